//! The first start on an empty database: an account, its owner, the predefined roles, and one token.

use styr_domain::access::{Licence, Permit, PredefinedRole, Role};
use styr_domain::account::{Account, Organisation};
use styr_domain::id::{AccountId, OrganisationId, RoleId, TokenId, UserId};
use styr_domain::token::{Token, TokenSecret};
use styr_domain::user::User;
use styr_domain::Language;
use styr_persistence::{Scope, Store, Tx, account};

use super::Result;

/// Makes an account with its owner if there is none yet. Answers its id and the owner's token, which is shown once.
///
/// # Errors
/// The database fails.
pub async fn first_start(
    store: &Store,
    name: &str,
    token: Option<TokenSecret>,
) -> Result<Option<(AccountId, TokenSecret)>> {
    if account::ids(&store.read()).await?.is_empty() {
        return new_account(store, name, token).await.map(Some);
    }
    Ok(None)
}

/// Makes an account with its owner, whatever accounts there are. Answers its id and the owner's token.
///
/// # Errors
/// The database fails.
pub async fn new_account(
    store: &Store,
    name: &str,
    token: Option<TokenSecret>,
) -> Result<(AccountId, TokenSecret)> {
    let account_id = AccountId(store.ambient().id());
    let token = token.unwrap_or_else(|| {
        let mut random = [0; 32];
        store.ambient().random(&mut random);
        TokenSecret::new(random)
    });
    let (secret, name) = (token.clone(), name.to_owned());
    store
        .write(Scope::of_styr(account_id), |tx| async move {
            let owner = make_account(&tx, &name).await?;
            make_token(&tx, &owner, "Owner", &secret).await
        })
        .await?;
    Ok((account_id, token))
}

/// Makes an account with one organisation, its owner, its key and the predefined roles. Answers the owner.
async fn make_account(tx: &Tx, name: &str) -> Result<User> {
    let account = Account {
        id: tx.account_id(),
        name: name.to_owned(),
        anonymized_word: "Anonymiserad".to_owned(),
        revision: 1,
        created_at: tx.now(),
    };
    account::insert(tx, &Permit::for_styr(), &account).await?;
    tx.make_first_key().await?;
    let organisation = Organisation {
        id: OrganisationId(tx.id()),
        account_id: account.id,
        parent_id: None,
        name: name.to_owned(),
        revision: 1,
        created_at: tx.now(),
    };
    tx.insert(&Permit::for_styr(), &organisation, "organisation.created").await?;
    for predefined in PredefinedRole::ALL {
        let role = Role {
            id: RoleId(tx.id()),
            account_id: account.id,
            api_name: predefined.api_name().to_owned(),
            name: predefined.name().in_language(Language::En).to_owned(),
            description: predefined.description().in_language(Language::En).to_owned(),
            rights: predefined.default_rights(),
            predefined: true,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&Permit::for_styr(), &role, "role.created").await?;
    }
    let owner = User {
        id: UserId(tx.id()),
        account_id: account.id,
        organisation_id: organisation.id,
        name: "Owner".to_owned(),
        email: None,
        phone: None,
        title: None,
        person_number: None,
        licence: Licence::Pro,
        external: false,
        owner: true,
        active: true,
        deactivated_at: None,
        anonymized_at: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    tx.insert(&Permit::for_styr(), &owner, "user.created").await?;
    Ok(owner)
}

/// Makes an unlimited token for a user.
///
/// # Errors
/// The database fails.
pub async fn make_token(tx: &Tx, user: &User, name: &str, secret: &TokenSecret) -> Result<()> {
    let token = Token {
        id: TokenId(tx.id()),
        account_id: user.account_id,
        user_id: user.id,
        name: name.to_owned(),
        hash: secret.hash().to_vec(),
        hint: secret.hint().to_owned(),
        scopes: None,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
        revision: 1,
        created_at: tx.now(),
    };
    tx.insert(&Permit::for_styr(), &token, "token.created").await
}

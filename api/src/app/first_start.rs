//! The first start on an empty database: an account, its owner, the predefined roles, and one token.

use styr_domain::access::{
    Licence, PermissionGroup, Permit, PredefinedRole, Provenance, Right, RightSet, Role, permission_groups,
};
use styr_domain::account::{Account, Organisation};
use styr_domain::id::{AccountId, OrganisationId, PermissionGroupId, RoleId, TokenId, UserId};
use styr_domain::token::{Token, TokenSecret};
use styr_domain::user::User;
use styr_domain::{Fault, Language, Text};
use styr_persistence::{Scope, Store, Tx, account, user};

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
        locked_down_at: None,
        revision: 1,
        created_at: tx.now(),
    };
    account::insert(tx, &Permit::for_styr(), &account).await?;
    tx.make_key().await?;
    let organisation = Organisation {
        id: OrganisationId(tx.id()),
        account_id: account.id,
        parent_id: None,
        name: name.to_owned(),
        hides_cases: false,
        locked_down_at: None,
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
    for right in permission_groups().iter() {
        let group = permission_group(tx, right);
        tx.insert(&Permit::for_styr(), &group, "permission_group.created").await?;
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
        external_id: None,
        user_name: None,
        directory: None,
        deprovisioned_at: None,
        provenance: Provenance::Hand,
        profile_id: None,
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

fn permission_group(tx: &Tx, right: Right) -> PermissionGroup {
    PermissionGroup {
        id: PermissionGroupId(tx.id()),
        account_id: tx.account_id(),
        name: right.description().in_language(Language::En).to_owned(),
        description: String::new(),
        rights: RightSet::of(&[right]),
        process_group_ids: None,
        predefined: true,
        revision: 1,
        created_at: tx.now(),
    }
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
        networks: None,
        previous_hash: None,
        previous_until: None,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
        revision: 1,
        created_at: tx.now(),
    };
    tx.insert(&Permit::for_styr(), &token, "token.created").await
}

/// Makes an unlimited token for the active user with this e-mail address in any account, or for the owner when it says
/// `owner`.
///
/// # Errors
/// `user_not_found`, `user_ambiguous` when several accounts have one, `user_inactive`, or the database fails.
pub async fn create_token_for(store: &Store, user: &str, name: &str) -> Result<TokenSecret> {
    let mut found = Vec::new();
    for account_id in account::ids(&store.read()).await? {
        found.extend(match user {
            "owner" => user::owner(&store.read(), account_id).await?,
            email => user::by_email(&store.read(), account_id, email).await?,
        });
    }
    let conflict = |code, text| Err(Fault::conflict(code, text).into());
    let user = match found.as_slice() {
        [] => return conflict("user_not_found", NO_USER),
        [user] if !user.active => return conflict("user_inactive", INACTIVE),
        [user] => user,
        _ => return conflict("user_ambiguous", SEVERAL),
    };
    let mut random = [0; 32];
    store.ambient().random(&mut random);
    let secret = TokenSecret::new(random);
    let made = &secret;
    store
        .write(Scope::of_styr(user.account_id), |tx| async move { make_token(&tx, user, name, made).await })
        .await?;
    Ok(secret)
}

const NO_USER: Text = Text::fixed(
    "Der er ingen sådan bruger i denne database. Angiv en brugers e-mailadresse, eller owner, og se efter, om --database er den rigtige.",
    "Det finns ingen sådan användare i denna databas. Ange en användares e-postadress, eller owner, och kontrollera att --database är rätt.",
    "There is no such user in this database. Give a user's e-mail address, or owner, and check that --database is the right one.",
);
const INACTIVE: Text = Text::fixed(
    "Brugeren er deaktiveret. Aktivér brugeren, før der laves et token.",
    "Användaren är inaktiverad. Aktivera användaren innan en token skapas.",
    "The user has been deactivated. Reactivate the user before making a token.",
);
const SEVERAL: Text = Text::fixed(
    "Flere konti har en sådan bruger. Angiv en e-mailadresse, som kun én konto har.",
    "Flera konton har en sådan användare. Ange en e-postadress som bara ett konto har.",
    "Several accounts have such a user. Give an e-mail address that only one account has.",
);

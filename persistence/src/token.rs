//! API tokens.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};
use styr_domain::access::{Coverage, Permit};
use styr_domain::id::{AccountId, TokenId, UserId};
use styr_domain::token::Token;

use crate::coverage::user_covered;
use crate::entity::token;
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{MaySave, Sort, list};
use crate::store::{Source, Store};
use crate::tx::Tx;

/// A user's own tokens and those of the users covered, or only those of `user_id` among them.
///
/// # Errors
/// The database fails.
pub async fn tokens(
    source: &impl Source,
    account_id: AccountId,
    own: UserId,
    coverage: &Coverage,
    user_id: Option<UserId>,
    page: PageRequest,
) -> Result<Page<Token>> {
    let seen = Condition::any().add(token::Column::UserId.eq(own)).add(user_covered(
        token::Column::UserId,
        account_id,
        coverage,
    ));
    let condition = Condition::all().add_option(user_id.map(|id| token::Column::UserId.eq(id)));
    let condition = if coverage.account { condition } else { condition.add(seen) };
    list(source, account_id, condition, Sort::OldestFirst, page).await
}

/// Revokes every token of these users that still works, each with its event.
///
/// # Errors
/// The database fails.
pub async fn revoke_all<R: MaySave<Token>>(tx: &Tx, permit: &Permit<R>, users: &[UserId]) -> Result<()> {
    for users in users.chunks(500) {
        let rows = token::Entity::find()
            .filter(token::Column::AccountId.eq(tx.account_id()))
            .filter(token::Column::UserId.is_in(users.iter().copied()))
            .filter(token::Column::RevokedAt.is_null())
            .all(tx.connection())
            .await?;
        let changes = rows.into_iter().map(Token::from).map(|before| {
            let after = Token { revoked_at: Some(tx.now()), ..before.clone() };
            (before, after)
        });
        tx.update_many(permit, changes.collect(), "token.revoked").await?;
    }
    tx.access_changed();
    Ok(())
}

impl Store {
    /// Notes when tokens were last used. Not an event: it says nothing that the requests' own events do not.
    ///
    /// # Errors
    /// The database fails.
    pub async fn note_token_use(&self, used: &[(AccountId, TokenId, DateTime<Utc>)]) -> Result<()> {
        for (account_id, id, at) in used.iter().copied() {
            self.write(crate::Scope::of_styr(account_id), move |tx| async move {
                token::Entity::update_many()
                    .col_expr(token::Column::LastUsedAt, sea_orm::sea_query::Expr::value(at))
                    .filter(token::Column::Id.eq(id))
                    .filter(token::Column::AccountId.eq(account_id))
                    .exec(tx.connection())
                    .await?;
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

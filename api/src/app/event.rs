//! The audit trail: looking at events, and verifying their chain.

use styr_domain::access::{Resource, Right, of};
use styr_domain::event::{Verification, Verifier};
use styr_domain::id::AccountId;
use styr_persistence::Store;
use styr_persistence::event::{self, EventFilter, EventWithSecret};

use super::{Ctx, Result};

/// How many events are read at a time when a chain is verified.
const BATCH: u64 = 1000;

/// One page of the account's events, newest first, going on below `before`; and the sequence to go on below. Whether an
/// event's personal values may be shown is the third.
///
/// # Errors
/// `forbidden`, or the database fails.
pub async fn list(
    ctx: &Ctx<of::LogSee>,
    filter: &EventFilter,
    before: Option<u64>,
    limit: u64,
) -> Result<(Vec<EventWithSecret>, Option<u64>, bool)> {
    let _seen = ctx.permit(&Resource::shared(ctx.account_id()))?;
    let (events, next) = event::list(&ctx.read(), ctx.account_id(), filter, before, limit).await?;
    Ok((events, next, ctx.actor().holds_in(Right::PersonalDataSeeSensitive, None)))
}

/// Verifies the caller's account's chain.
///
/// # Errors
/// `forbidden`, or the database fails.
pub async fn proof(ctx: &Ctx<of::LogSee>) -> Result<Verification> {
    let _seen = ctx.permit(&Resource::shared(ctx.account_id()))?;
    verify(ctx.app().store(), ctx.account_id()).await
}

/// Verifies an account's chain from its start to the end it has now, a batch at a time.
///
/// # Errors
/// The database fails.
pub async fn verify(store: &Store, account_id: AccountId) -> Result<Verification> {
    let read = store.read();
    let noted = event::head(&read, account_id).await?;
    let mut verifier = Verifier::new(styr_domain::event::ChainHead::start(account_id));
    loop {
        let left = noted.sequence.saturating_sub(verifier.head().sequence);
        let events = event::after(&read, account_id, verifier.head(), left.min(BATCH)).await?;
        let sound = events.iter().all(|(event, secret)| verifier.push(event, secret.as_ref()));
        if events.is_empty() || !sound {
            return Ok(verifier.finish_at(&noted));
        }
    }
}

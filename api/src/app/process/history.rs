//! What happened to a process.

use styr_domain::access::of;
use styr_domain::event::Event;
use styr_domain::id::ProcessId;
use styr_persistence::event::{self, EventFilter};

use super::{Seen, visible};
use crate::app::{Ctx, Result};

/// What everybody who sees a process may know of its past: when it came into force, was set aside, and whose it was.
const FOR_READERS: &[&str] =
    &["process.published", "process.frozen", "process.unfrozen", "process.owner_changed"];

/// One page of what happened to a process, its comments, its attachments and the people with a part in it, newest first,
/// without personal values; and the sequence to go on below.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn history(
    ctx: &Ctx<of::ProcessSee>,
    id: ProcessId,
    before: Option<u64>,
    limit: u64,
) -> Result<(Vec<Event>, Option<u64>)> {
    let read = ctx.read();
    let Seen { drafts, .. } = visible(ctx, &read, id).await?;
    let kinds = (!drafts).then_some(FOR_READERS);
    let filter = EventFilter { process_id: Some(id), kinds, ..EventFilter::default() };
    let (events, next) = event::list(&read, ctx.account_id(), &filter, before, limit).await?;
    Ok((events.into_iter().map(|(event, _)| event).collect(), next))
}

//! What the caller was told of.

use styr_domain::access::SignedIn;
use styr_domain::event::Notification;
use styr_domain::id::NotificationId;
use styr_persistence::{Page, PageRequest, notification};

use super::{Ctx, Result};

/// One page of what the caller was told, newest first.
///
/// # Errors
/// The database fails.
pub async fn list(ctx: &Ctx<SignedIn>, unread: bool, page: PageRequest) -> Result<Page<Notification>> {
    notification::of_user(&ctx.read(), ctx.account_id(), ctx.actor().user_id, unread, page).await
}

/// Notes that the caller has read something, or, with no id, everything.
///
/// # Errors
/// `not_found` when it is not theirs.
pub async fn read(ctx: &Ctx<SignedIn>, id: Option<NotificationId>) -> Result<()> {
    ctx.write(|tx| async move { notification::read(&tx, ctx.actor().user_id, id).await }).await
}

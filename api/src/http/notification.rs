//! What the caller was told of, on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use styr_domain::access::SignedIn;
use styr_domain::event::{Notification, NotificationKind};
use styr_domain::id::{NotificationId, UserId};
use uuid::Uuid;

use super::Tag;
use super::answer::{Answer, Done, Found};
use super::page::{self, page};
use crate::app::{Ctx, notification};

/// Something that the caller was told.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct NotificationView {
    /// Its id.
    id: NotificationId,
    /// What has happened.
    kind: NotificationKind,
    /// The kind of thing that it happened to: `process` or `activity`.
    entity: String,
    /// The thing that it happened to. It may be gone since.
    entity_id: Uuid,
    /// Who did it.
    actor_id: UserId,
    /// What they wrote about it; empty when nothing.
    note: String,
    /// When the caller read it; absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<DateTime<Utc>>,
    /// When it happened.
    created_at: DateTime<Utc>,
}

impl From<Notification> for NotificationView {
    fn from(notification: Notification) -> Self {
        let Notification {
            id,
            account_id: _,
            user_id: _,
            kind,
            entity,
            entity_id,
            actor_id,
            note,
            read_at,
            created_at,
        } = notification;
        Self { id, kind, entity, entity_id, actor_id, note, read_at, created_at }
    }
}

page! {
    /// One page of notifications.
    NotificationPage of NotificationView
}

/// The operations on notifications.
pub(crate) struct NotificationApi;

#[OpenApi(tag = "Tag::Event")]
impl NotificationApi {
    /// List my notifications
    ///
    /// What the caller was told of, newest first.
    #[oai(path = "/me/notifications", method = "get", operation_id = "me_notification_list")]
    async fn list(
        &self,
        ctx: Ctx<SignedIn>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// With `true`, only those not read yet.
        unread: Query<Option<bool>>,
    ) -> Answer<Found<NotificationPage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(notification::list(&ctx, unread.0 == Some(true), page).await?.into()))
    }

    /// Read a notification
    ///
    /// Notes that the caller has read it.
    #[oai(path = "/me/notifications/:id/read", method = "post", operation_id = "me_notification_read")]
    async fn read(&self, ctx: Ctx<SignedIn>, id: Path<NotificationId>) -> Answer<Done> {
        notification::read(&ctx, Some(id.0)).await?;
        Ok(Done)
    }

    /// Read all notifications
    ///
    /// Notes that the caller has read everything that they were told.
    #[oai(path = "/me/notifications/read", method = "post", operation_id = "me_notification_read_all")]
    async fn read_all(&self, ctx: Ctx<SignedIn>) -> Answer<Done> {
        notification::read(&ctx, None).await?;
        Ok(Done)
    }
}

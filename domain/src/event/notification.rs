//! What a user is told of.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{AccountId, NotificationId, UserId};

/// Something that a user is told, until they have read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Who is told.
    pub user_id: UserId,
    /// What has happened.
    pub kind: NotificationKind,
    /// The kind of thing that it happened to.
    pub entity: String,
    /// The thing that it happened to.
    pub entity_id: Uuid,
    /// What whoever did it wrote about it.
    pub note: String,
    /// When the user read it.
    pub read_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What a user is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "sea-orm", sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// A process that they hold a role in, or an activity of one, has come into force in a new edition.
    Published,
    /// Somebody commented on a process of theirs.
    Commented,
}

//! The record of a token; its secret is not in it.

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::access::RightSet;
use crate::id::{AccountId, TokenId, UserId};

/// An API token as Styr knows it. The secret was shown once and is stored only as a hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Whom it acts as.
    pub user_id: UserId,
    /// What it is for.
    pub name: String,
    /// The hash of its secret. Never answered, and no part of an event.
    #[serde(skip)]
    pub hash: Vec<u8>,
    /// Its first characters, by which people recognise it.
    pub hint: String,
    /// The rights it is limited to; none when it has all of its user's.
    pub scopes: Option<RightSet>,
    /// The networks that requests with it must come from; none when from anywhere.
    pub networks: Option<Vec<IpNet>>,
    /// The hash of the secret before the last rotation. Never answered, and no part of an event.
    #[serde(skip)]
    pub previous_hash: Option<Vec<u8>>,
    /// Until when that secret works too.
    pub previous_until: Option<DateTime<Utc>>,
    /// When it stops working; none when never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to within some minutes.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Its revision: grows by one with each change.
    pub revision: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

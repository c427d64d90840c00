//! What a use case holds while it writes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};
use serde::Serialize;
use serde_json::Value;
use styr_domain::event::{ChainHead, EntityKind, EventDraft, EventSecret};
use styr_domain::id::AccountId;
use uuid::Uuid;

use crate::ambient::Ambient;
use crate::entity::{event, event_chain, event_secret, idempotency, job};
use crate::error::Result;
use crate::store::{Scope, Source};

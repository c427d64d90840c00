//! The audit trail on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::param::Query;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::Value;
use styr_domain::access::of;
use styr_domain::event::{ChainFault, ChainFaultKind, EntityKind, Event, EventSecret, Verification, hex};
use styr_domain::id::{EventId, TokenId, UserId};
use styr_persistence::event::EventFilter;
use uuid::Uuid;

use super::Tag;
use super::answer::{Answer, Found};
use super::page;
use crate::app::{Ctx, event};

/// An event: who did what, when, to what, and what it changed.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct EventView {
    /// Its id.
    id: EventId,
    /// Its place in the account's chain, from 1 without gaps.
    sequence: u64,
    /// When it happened.
    at: DateTime<Utc>,
    /// Who did it; absent for Styr itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_id: Option<UserId>,
    /// For whom the actor did it, if not for themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<UserId>,
    /// The API token it was done with.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<TokenId>,
    /// The kind of thing it was done to.
    entity: EntityKind,
    /// The thing it was done to.
    entity_id: Uuid,
    /// What it concerns, where that is not the thing itself: a person, or what a comment or attachment is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_id: Option<Uuid>,
    /// What was done, such as `process.published`.
    kind: String,
    /// The request that caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// What it changed, field by field with `before` and `after`. Of a field with personal data only the name.
    detail: Any<Value>,
    /// The personal values it changed, as in `detail`. Only for those with `personal_data.see_sensitive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    personal: Option<Any<Value>>,
    /// Whether it had personal values that have been erased.
    erased: bool,
}

impl EventView {
    fn new((event, secret): (Event, Option<EventSecret>), shows_personal: bool) -> Self {
        let Event {
            id,
            account_id: _,
            sequence,
            at,
            actor,
            on_behalf_of,
            token_id,
            entity,
            entity_id,
            subject_id,
            kind,
            request_id,
            detail,
            commitment,
            previous: _,
            hash: _,
        } = event;
        Self {
            id,
            sequence,
            at,
            actor_id: actor,
            on_behalf_of,
            token_id,
            entity,
            entity_id,
            subject_id,
            kind,
            request_id,
            detail: Any(detail),
            erased: commitment.is_some() && secret.is_none(),
            personal: secret.filter(|_| shows_personal).map(|secret| Any(secret.personal)),
        }
    }
}

/// One page of events.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct EventPage {
    /// The items.
    items: Vec<EventView>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What a look at the whole chain of events found.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct EventProofView {
    /// How many events are sound, up to the first fault.
    events: u64,
    /// How many of these had personal values that have been erased.
    erased: u64,
    /// The sequence of the last sound event; 0 when there is none.
    head_sequence: u64,
    /// The hash of the last sound event, in hexadecimal. Note it elsewhere to be able to show later that no event was
    /// removed.
    head_hash: String,
    /// The first fault; absent when the chain is sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_fault: Option<EventFaultView>,
}

/// Where the chain is broken.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct EventFaultView {
    /// The sequence that was expected here.
    sequence: u64,
    /// The event that was found here, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<EventId>,
    /// What is wrong.
    kind: ChainFaultKind,
}

impl From<Verification> for EventProofView {
    fn from(Verification { events, erased, head, first_fault }: Verification) -> Self {
        Self {
            events,
            erased,
            head_sequence: head.sequence,
            head_hash: hex::encode(&head.hash),
            first_fault: first_fault.map(|ChainFault { sequence, event_id, kind }| EventFaultView {
                sequence,
                event_id,
                kind,
            }),
        }
    }
}

/// The operations on events.
pub(crate) struct EventApi;

#[OpenApi(tag = "Tag::Event")]
impl EventApi {
    /// List events
    ///
    /// Who did what in the account, newest first. Personal values are shown only to those with
    /// `personal_data.see_sensitive`, and only until they are erased; the event itself stays for ever.
    #[oai(path = "/events", method = "get", operation_id = "event_list")]
    #[expect(clippy::too_many_arguments, reason = "one for each query parameter")]
    async fn list(
        &self,
        ctx: Ctx<of::LogSee>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those at or after this time.
        since: Query<Option<DateTime<Utc>>>,
        /// Only those before this time.
        until: Query<Option<DateTime<Utc>>>,
        /// Only those that this user did.
        actor_id: Query<Option<UserId>>,
        /// Only those about things of this kind.
        entity: Query<Option<EntityKind>>,
        /// Only those about this thing.
        entity_id: Query<Option<Uuid>>,
        /// Only those of this kind, such as `process.published`.
        kind: Query<Option<String>>,
    ) -> Answer<Found<EventPage>> {
        let filter = EventFilter {
            since: since.0,
            until: until.0,
            actor_id: actor_id.0,
            entity: entity.0,
            entity_id: entity_id.0,
            kind: kind.0,
            ..EventFilter::default()
        };
        let before = page::number(cursor.0.as_deref())?;
        let limit = limit.0.unwrap_or(page::DEFAULT_LIMIT);
        let (events, next, shows_personal) = event::list(&ctx, &filter, before, limit).await?;
        Ok(Found(EventPage {
            items: events.into_iter().map(|event| EventView::new(event, shows_personal)).collect(),
            next_cursor: next.map(|sequence| page::cursor(&sequence.to_be_bytes())),
        }))
    }

    /// Verify the events
    ///
    /// Verifies the account's whole chain of events: that none was changed, removed, inserted or moved. Erasing personal
    /// values does not break it.
    #[oai(path = "/events/proof", method = "get", operation_id = "event_verify")]
    async fn verify(&self, ctx: Ctx<of::LogSee>) -> Answer<Found<EventProofView>> {
        Ok(Found(event::proof(&ctx).await?.into()))
    }
}

//! The events: listing them and reading the chain for verification.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use styr_domain::event::{ChainHead, EntityKind, Event, EventSecret};
use styr_domain::id::{AccountId, CaseId, ProcessId, UserId};
use uuid::Uuid;

use crate::entity::{event, event_chain, event_secret, process_person, task};
use crate::error::{Error, Result};
use crate::store::Source;

/// Which events a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Only those at or after this time.
    pub since: Option<DateTime<Utc>>,
    /// Only those before this time.
    pub until: Option<DateTime<Utc>>,
    /// Only those this user did.
    pub actor_id: Option<UserId>,
    /// Only those about things of this kind.
    pub entity: Option<EntityKind>,
    /// Only those about this thing.
    pub entity_id: Option<Uuid>,
    /// Only those about this case and its tasks.
    pub case_id: Option<CaseId>,
    /// Only those about this process, its comments, attachments and the people with a part in it.
    pub process_id: Option<ProcessId>,
    /// Only those of this kind.
    pub kind: Option<String>,
    /// Only those of these kinds.
    pub kinds: Option<&'static [&'static str]>,
}

pub(crate) fn to_row(event: Event) -> event::ActiveModel {
    let Event {
        id,
        account_id,
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
        previous: _, // the hash of the row before
        hash,
    } = event;
    event::ActiveModel {
        account_id: Set(account_id),
        sequence: Set(sequence.cast_signed()),
        id: Set(id),
        at: Set(at),
        actor_id: Set(actor),
        on_behalf_of: Set(on_behalf_of),
        token_id: Set(token_id),
        entity: Set(entity.as_str().to_owned()),
        entity_id: Set(entity_id),
        subject_id: Set(subject_id),
        kind: Set(kind),
        request_id: Set(request_id),
        detail: Set(detail.to_string()),
        commitment: Set(commitment.map(Vec::from)),
        hash: Set(hash.to_vec()),
    }
}

pub(crate) fn from_row(row: event::Model, previous: [u8; 32]) -> Result<Event> {
    let broken = |what: &str| Error::Database(DbErr::Type(format!("stored event: {what}")));
    let bytes = |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes).map_err(|_| broken("hash"));
    Ok(Event {
        id: row.id,
        account_id: row.account_id,
        sequence: row.sequence.unsigned_abs(),
        at: row.at,
        actor: row.actor_id,
        on_behalf_of: row.on_behalf_of,
        token_id: row.token_id,
        entity: row.entity.parse().map_err(|_| broken("entity"))?,
        entity_id: row.entity_id,
        subject_id: row.subject_id,
        kind: row.kind,
        request_id: row.request_id,
        detail: serde_json::from_str(&row.detail).map_err(|_| broken("detail"))?,
        commitment: row.commitment.map(bytes).transpose()?,
        previous,
        hash: bytes(row.hash)?,
    })
}

fn secret_from_row(row: event_secret::Model) -> Result<EventSecret> {
    let broken = || Error::Database(DbErr::Type("stored event secret".to_owned()));
    Ok(EventSecret {
        salt: row.salt.try_into().map_err(|_| broken())?,
        personal: serde_json::from_str(&row.personal).map_err(|_| broken())?,
    })
}

/// An event with its personal values, as long as they have not been erased.
pub type EventWithSecret = (Event, Option<EventSecret>);

/// One page of events, newest first, going on below `before`; and the sequence to go on below. The events' `previous`
/// is left empty.
///
/// # Errors
/// The database fails.
pub async fn list(
    source: &impl Source,
    account_id: AccountId,
    filter: &EventFilter,
    before: Option<u64>,
    limit: u64,
) -> Result<(Vec<EventWithSecret>, Option<u64>)> {
    let mut query = event::Entity::find().filter(event::Column::AccountId.eq(account_id));
    if let Some(before) = before {
        query = query.filter(event::Column::Sequence.lt(before.cast_signed()));
    }
    if let Some(since) = filter.since {
        query = query.filter(event::Column::At.gte(since));
    }
    if let Some(until) = filter.until {
        query = query.filter(event::Column::At.lt(until));
    }
    if let Some(actor) = filter.actor_id {
        query = query.filter(event::Column::ActorId.eq(actor));
    }
    if let Some(entity) = filter.entity {
        query = query.filter(event::Column::Entity.eq(entity.as_str()));
    }
    if let Some(id) = filter.entity_id {
        query = query.filter(event::Column::EntityId.eq(id));
    }
    if let Some(case_id) = filter.case_id {
        let mut tasks = Query::select();
        tasks
            .column(task::Column::Id)
            .from(task::Entity)
            .and_where(task::Column::AccountId.eq(account_id))
            .and_where(task::Column::CaseId.eq(case_id));
        let about = Condition::any()
            .add(event::Column::EntityId.eq(case_id))
            .add(event::Column::EntityId.in_subquery(tasks));
        query = query.filter(about);
    }
    if let Some(process_id) = filter.process_id {
        let mut people = Query::select();
        people
            .column(process_person::Column::Id)
            .from(process_person::Entity)
            .and_where(process_person::Column::AccountId.eq(account_id))
            .and_where(process_person::Column::ProcessId.eq(process_id));
        let about = Condition::any()
            .add(event::Column::EntityId.eq(process_id))
            .add(event::Column::SubjectId.eq(process_id.0))
            .add(event::Column::EntityId.in_subquery(people));
        query = query.filter(about);
    }
    if let Some(kinds) = filter.kinds {
        query = query.filter(event::Column::Kind.is_in(kinds.iter().copied()));
    }
    if let Some(kind) = &filter.kind {
        query = query.filter(event::Column::Kind.eq(kind));
    }
    let mut rows =
        query.order_by_desc(event::Column::Sequence).limit(limit + 1).all(source.connection()).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = more.then(|| rows.last().map(|row| row.sequence.unsigned_abs())).flatten();
    let mut secrets = secrets(source, account_id, rows.iter().map(|row| row.sequence).collect()).await?;
    let events = rows
        .into_iter()
        .map(|row| {
            let secret = secrets.remove(&row.sequence);
            Ok((from_row(row, [0; 32])?, secret))
        })
        .collect::<Result<_>>()?;
    Ok((events, next))
}

/// The end of an account's chain, as it is noted apart from the events.
///
/// # Errors
/// The database fails.
pub async fn head(source: &impl Source, account_id: AccountId) -> Result<ChainHead> {
    let row = event_chain::Entity::find_by_id(account_id).one(source.connection()).await?;
    let Some(event_chain::Model { account_id, sequence, hash }) = row else {
        return Ok(ChainHead::start(account_id));
    };
    Ok(ChainHead { account_id, sequence: sequence.unsigned_abs(), hash: hash.try_into().unwrap_or_default() })
}

/// The next events of the chain behind `head`, at most `limit`, in order.
///
/// # Errors
/// The database fails.
pub async fn after(
    source: &impl Source,
    account_id: AccountId,
    head: &ChainHead,
    limit: u64,
) -> Result<Vec<EventWithSecret>> {
    let rows = event::Entity::find()
        .filter(event::Column::AccountId.eq(account_id))
        .filter(event::Column::Sequence.gt(head.sequence.cast_signed()))
        .order_by_asc(event::Column::Sequence)
        .limit(limit)
        .all(source.connection())
        .await?;
    let mut secrets = secrets(source, account_id, rows.iter().map(|row| row.sequence).collect()).await?;
    let mut previous = head.hash;
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let secret = secrets.remove(&row.sequence);
        let event = from_row(row, previous)?;
        previous = event.hash;
        events.push((event, secret));
    }
    Ok(events)
}

pub(crate) async fn secrets(
    source: &impl Source,
    account_id: AccountId,
    sequences: Vec<i64>,
) -> Result<std::collections::BTreeMap<i64, EventSecret>> {
    if sequences.is_empty() {
        return Ok(std::collections::BTreeMap::new());
    }
    event_secret::Entity::find()
        .filter(event_secret::Column::AccountId.eq(account_id))
        .filter(event_secret::Column::Sequence.is_in(sequences))
        .all(source.connection())
        .await?
        .into_iter()
        .map(|row| Ok((row.sequence, secret_from_row(row)?)))
        .collect()
}

//! What a use case holds while it writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};
use serde::Serialize;
use serde_json::Value;
use styr_domain::event::{ChainHead, EntityKind, EventDraft, EventSecret, chain, changes};
use styr_domain::id::{AccountId, EventId, UserId};
use styr_domain::privacy::column::class_of;
use uuid::Uuid;

use crate::entity::{event, event_chain, event_secret, idempotency};
use crate::error::Result;
use crate::privacy::{Findable, index};
use crate::store::{Finished, OnceCommitted, Scope, Source, Store};

/// A write under way. What is saved with it, and the events it records, are committed together or not at all.
pub struct Tx {
    transaction: Arc<DatabaseTransaction>,
    store: Store,
    scope: Scope,
    now: DateTime<Utc>,
    head: ChainHead,
    pending: Mutex<Pending>,
}

/// What is written at the end of the write, once the use case has succeeded.
#[derive(Default)]
struct Pending {
    events: Vec<EventDraft>,
    findable: BTreeMap<(EntityKind, Uuid), Findable>,
    /// The things made in this write, which nothing was found by before.
    made: BTreeSet<Uuid>,
    access_changed: bool,
    on_behalf_of: Option<UserId>,
    once_committed: OnceCommitted,
}

/// A change of one thing, for its event.
pub struct Change<'a, T> {
    /// The kind of thing.
    pub entity: EntityKind,
    /// The thing.
    pub id: Uuid,
    /// What was done to it, as the entity and a past participle: `process.published`.
    pub kind: &'static str,
    /// What it concerns, where that is not the thing itself: a person, or what a comment or attachment is on.
    pub subject_id: Option<Uuid>,
    /// The thing before; none when it is new.
    pub before: Option<&'a T>,
    /// The thing after; none when it is gone.
    pub after: Option<&'a T>,
}

/// Fields that say nothing about a change that its event does not say already.
const UNRECORDED: &[&str] = &["id", "account_id", "revision", "created_at", "updated_at"];

impl Source for Tx {
    type Connection = DatabaseTransaction;
    fn connection(&self) -> &DatabaseTransaction {
        &self.transaction
    }
    fn once_committed(&self, then: impl FnOnce() + Send + 'static) {
        self.pending().once_committed.push(Box::new(then));
    }
}

impl Tx {
    pub(crate) fn new(
        transaction: Arc<DatabaseTransaction>,
        store: Store,
        scope: Scope,
        head: ChainHead,
    ) -> Self {
        let now = store.ambient().now();
        Self { transaction, store, scope, now, head, pending: Mutex::default() }
    }

    /// The time of this write; the same for all of it.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The end of the account's chain of events as it was before this write.
    #[must_use]
    pub const fn head(&self) -> &ChainHead {
        &self.head
    }

    /// The account that is written to.
    #[must_use]
    pub const fn account_id(&self) -> AccountId {
        self.scope.account_id
    }

    /// Who writes, for whom, and by which request.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// A new id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.store.ambient().id()
    }

    /// Random bytes fit for secrets.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.store.ambient().random(&mut bytes);
        bytes
    }

    /// The store this writes to.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Records a change as an event, and keeps person search in step with the thing's own personal fields. Values are
    /// kept in the open or apart by the class of their columns.
    pub fn record<T: Serialize>(&self, change: Change<'_, T>) {
        let Change { entity, id, kind, subject_id, before, after } = change;
        let fields = |thing| fields(entity, thing);
        let (before, after) = (before.map(fields), after.map(fields));
        let class = |name: &str| class_of(entity.as_str(), name);
        let changes = changes(before.as_ref(), after.as_ref(), class);
        if before.is_none() {
            self.pending().made.insert(id);
        }
        let of = |fields: Option<&Value>| Findable::of(entity, fields);
        let renamed = || Findable::is_by_name(entity) && of(before.as_ref()) != of(after.as_ref());
        if changes.personal.is_some() || after.is_none() || renamed() {
            self.find(entity, id, of(after.as_ref()));
        }
        self.note(entity, id, kind, subject_id, changes.detail, changes.personal);
    }

    /// Records something that happened to a thing, with values that are no personal data and values that are.
    pub fn note(
        &self,
        entity: EntityKind,
        id: Uuid,
        kind: &'static str,
        subject_id: Option<Uuid>,
        detail: Value,
        personal: Option<Value>,
    ) {
        let secret = personal.map(|personal| EventSecret { salt: self.random(), personal });
        let on_behalf_of = self.pending().on_behalf_of.or(self.scope.on_behalf_of);
        let draft = EventDraft {
            id: EventId(self.id()),
            at: self.now,
            actor: self.scope.actor_id,
            on_behalf_of,
            token_id: self.scope.token_id,
            entity,
            entity_id: id,
            subject_id,
            kind: kind.to_owned(),
            request_id: self.scope.request_id.clone(),
            detail,
            secret,
        };
        self.pending().events.push(draft);
    }

    /// Replaces what person search finds a thing by.
    pub fn find(&self, entity: EntityKind, id: Uuid, findable: Findable) {
        self.pending().findable.insert((entity, id), findable);
    }

    /// Says for whom the actor does what is recorded from now on.
    pub fn act_for(&self, user: UserId) {
        self.pending().on_behalf_of = Some(user);
    }

    /// Says that this write changes who may do what, so that no replica goes on with what it remembered.
    pub fn access_changed(&self) {
        self.pending().access_changed = true;
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the events, the search index, the epoch and the answer kept for the idempotency key.
    pub(crate) async fn finish<T: Serialize>(&self, answer: &T) -> Result<Finished> {
        let Pending { events, findable, made, access_changed, on_behalf_of: _, once_committed: mut then } =
            std::mem::take(&mut *self.pending());
        let head = self.append(events).await?;
        index(self, findable, &made).await?;
        if let Some(key) = &self.scope.idempotency {
            let answer =
                serde_json::to_string(answer).map_err(|error| sea_orm::DbErr::Type(error.to_string()))?;
            idempotency::Entity::insert(idempotency::ActiveModel {
                account_id: Set(self.scope.account_id),
                user_id: Set(key.user_id),
                key: Set(key.key.clone()),
                fingerprint: Set(key.fingerprint.to_vec()),
                request_id: Set(self.scope.request_id.clone().unwrap_or_default()),
                answer: Set(Some(answer)),
                created_at: Set(self.now),
            })
            .exec_without_returning(&*self.transaction)
            .await?;
        }
        let epoch = if access_changed { Some(crate::access::move_epoch(self).await?) } else { None };
        then.append(&mut self.pending().once_committed);
        Ok(Finished { epoch, head, once_committed: then })
    }

    async fn append(&self, drafts: Vec<EventDraft>) -> Result<ChainHead> {
        if drafts.is_empty() {
            return Ok(self.head);
        }
        let (mut events, mut secrets) = (Vec::with_capacity(drafts.len()), Vec::new());
        let mut head = self.head;
        for draft in drafts {
            let (event, secret) = chain(&head, draft);
            head = ChainHead { sequence: event.sequence, hash: event.hash, ..head };
            if let Some(secret) = secret {
                secrets.push(event_secret::ActiveModel {
                    account_id: Set(event.account_id),
                    sequence: Set(event.sequence.cast_signed()),
                    salt: Set(secret.salt.to_vec()),
                    personal: Set(secret.personal.to_string()),
                });
            }
            events.push(crate::event::to_row(event));
        }
        let connection = &*self.transaction;
        for rows in events.chunks(500) {
            event::Entity::insert_many(rows.iter().cloned()).exec_without_returning(connection).await?;
        }
        for rows in secrets.chunks(500) {
            event_secret::Entity::insert_many(rows.iter().cloned())
                .exec_without_returning(connection)
                .await?;
        }
        let row = event_chain::ActiveModel {
            sequence: Set(head.sequence.cast_signed()),
            hash: Set(head.hash.to_vec()),
            ..event_chain::ActiveModel::default()
        };
        if self.head.sequence == 0 {
            let row = event_chain::ActiveModel { account_id: Set(head.account_id), ..row };
            event_chain::Entity::insert(row).exec_without_returning(connection).await?;
        } else {
            event_chain::Entity::update_many()
                .set(row)
                .filter(event_chain::Column::AccountId.eq(head.account_id))
                .exec(connection)
                .await?;
        }
        Ok(head)
    }
}

/// A thing's fields as an event shows them.
fn fields<T: Serialize>(entity: EntityKind, thing: &T) -> Value {
    let mut value = serde_json::to_value(thing).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        // Of a case that is the interpreter's; a process's says whether it is in force.
        let interpreter = |name: &str| entity == EntityKind::Case && name == "state";
        fields.retain(|name, _| !UNRECORDED.contains(&name.as_str()) && !interpreter(name));
    }
    value
}

/// How long the answer to an idempotency key is kept.
const ANSWERS_KEPT: chrono::TimeDelta = chrono::TimeDelta::hours(24);

impl Store {
    /// Forgets the idempotency keys that are older than a day.
    ///
    /// # Errors
    /// The database fails.
    pub async fn forget_old_answers(&self) -> Result<()> {
        let before = self.ambient().now() - ANSWERS_KEPT;
        for account_id in crate::account::ids(&self.read()).await? {
            self.write(Scope::of_styr(account_id), move |tx| async move {
                idempotency::Entity::delete_many()
                    .filter(idempotency::Column::AccountId.eq(account_id))
                    .filter(idempotency::Column::CreatedAt.lt(before))
                    .exec(tx.connection())
                    .await?;
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

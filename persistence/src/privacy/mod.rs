//! Person search: what is found by which terms. Retention rules and anonymization runs are in [`run`], and what a run
//! does is in [`erase`].

pub mod erase;
pub mod run;

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query as Select};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde_json::{Map, Value};
use styr_domain::event::EntityKind;
use styr_domain::id::AccountId;
use styr_domain::privacy::column::class_of;
use styr_domain::privacy::{DataClass, TextKind, Way, terms_of};
use styr_domain::process::search::Shelf;
use uuid::Uuid;

use crate::entity::term;
use crate::error::Result;
use crate::store::Source;
use crate::tx::Tx;

/// What a thing can be found by: its personal values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findable {
    values: Vec<FindableValue>,
}

#[derive(Debug, Clone, PartialEq)]
struct FindableValue {
    field: String,
    class: DataClass,
    kind: TextKind,
    encrypted: bool,
    text: String,
}

impl Findable {
    /// Adds a value.
    pub fn add(
        &mut self,
        field: impl Into<String>,
        class: DataClass,
        kind: TextKind,
        encrypted: bool,
        text: impl Into<String>,
    ) {
        self.values.push(FindableValue { field: field.into(), class, kind, encrypted, text: text.into() });
    }

    /// The personal fields of a thing, by the classes of its columns.
    pub(crate) fn from_fields(entity: EntityKind, fields: Option<&Value>) -> Self {
        let mut findable = Self::default();
        for (name, value) in fields.and_then(Value::as_object).into_iter().flatten() {
            let Some(class) = class_of(entity.as_str(), name).filter(|class| *class != DataClass::None)
            else {
                continue;
            };
            let kind = if name == "phone" { TextKind::Phone } else { TextKind::Text };
            // What a directory says of a user is an object of texts. Other objects are found by what knows their fields.
            let directory = value.as_object().filter(|_| entity == EntityKind::User && name == "directory");
            let parts = directory.into_iter().flat_map(Map::values);
            for text in std::iter::once(value).chain(parts).filter_map(Value::as_str) {
                findable.add(name, class, kind, false, text);
            }
        }
        findable
    }

    /// The free text of a document, in which people may be named, though it is not about them; and its code, which only
    /// a search of the landscape asks for.
    pub(crate) fn from_document(fields: &Value) -> Self {
        let mut findable = Self::default();
        for name in ["title", "name", "purpose", "description"] {
            if let Some(text) = fields[name].as_str() {
                findable.add(name, DataClass::Personal, TextKind::Text, false, text);
            }
        }
        if let Some(code) = fields["code"].as_str() {
            findable.add("code", DataClass::Personal, TextKind::Code, false, code);
        }
        findable
    }

    /// Whether things of this kind are found by their names: those of the landscape that have no versions.
    pub(crate) const fn is_by_name(entity: EntityKind) -> bool {
        matches!(
            entity,
            EntityKind::ProcessGroup | EntityKind::ProcessRole | EntityKind::Label | EntityKind::Component
        )
    }

    /// What a thing is found by: its names, or its personal fields.
    pub(crate) fn of(entity: EntityKind, fields: Option<&Value>) -> Self {
        match fields {
            Some(fields) if Self::is_by_name(entity) => Self::from_document(fields),
            _ => Self::from_fields(entity, fields),
        }
    }
}

/// Replaces the terms that things are found by; what was `made` in this write has none yet. Those of a document come from
/// the notes of its versions too.
pub(crate) async fn index(
    tx: &Tx,
    findables: BTreeMap<(EntityKind, Uuid), Findable>,
    made: &BTreeSet<Uuid>,
) -> Result<()> {
    let old: Vec<Uuid> = findables.keys().map(|(_, id)| *id).filter(|id| !made.contains(id)).collect();
    for ids in old.chunks(500) {
        term::Entity::delete_many()
            .filter(term::Column::AccountId.eq(tx.account_id()))
            .filter(term::Column::EntityId.is_in(ids.iter().copied()))
            .exec(tx.connection())
            .await?;
    }
    let processes = findables
        .iter()
        .filter(|((kind, _), findable)| *kind == EntityKind::Process && !findable.values.is_empty());
    let mut flows = crate::search::flow_names(tx, processes.map(|((_, id), _)| *id).collect()).await?;
    let (mut rows, mut key) = (Vec::new(), None);
    for ((entity, id), mut findable) in findables {
        if entity == EntityKind::Activity {
            for instruction in crate::version::instructions(tx, id).await? {
                findable.add("instruction", DataClass::Personal, TextKind::Text, false, instruction);
            }
        }
        if matches!(
            entity,
            EntityKind::Process | EntityKind::Activity | EntityKind::Form | EntityKind::Workflow
        ) {
            for note in crate::version::notes(tx, id).await? {
                findable.add("note", DataClass::Personal, TextKind::Text, false, note);
            }
        }
        for (field, names) in flows.remove(&id).unwrap_or_default() {
            findable.add(field, DataClass::Personal, TextKind::Text, false, names);
        }
        if findable.values.is_empty() {
            continue;
        }
        let key = match &key {
            Some(key) => key,
            None => key.insert(tx.keys().await?.newest().blind_index_key()),
        };
        let mut terms = BTreeSet::new();
        for FindableValue { field, class, kind, encrypted, text } in findable.values {
            for term in terms_of(class, kind, encrypted, &text, key) {
                terms.insert((term.as_str().to_owned(), field.clone()));
            }
        }
        rows.extend(terms.into_iter().map(|(term, field)| term::ActiveModel {
            account_id: Set(tx.account_id()),
            term: Set(term),
            entity: Set(entity.as_str().to_owned()),
            entity_id: Set(id),
            shelf: Set(Shelf::of(entity, &field).map(|shelf| shelf as i32)),
            field: Set(field),
        }));
    }
    for rows in rows.chunks(500) {
        term::Entity::insert_many(rows.iter().cloned()).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// A place where a person was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The kind of thing.
    pub entity: String,
    /// The thing.
    pub entity_id: Uuid,
    /// Its fields that hold what was searched for.
    pub fields: Vec<String>,
}

/// The things that answer a query in one of its ways, by id, going on after `after`, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn search(
    source: &impl Source,
    account_id: AccountId,
    way: &Way,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Hit>> {
    let Some((first, rest)) = way.all_of.split_first() else { return Ok(Vec::new()) };
    let matches = |group: &[styr_domain::privacy::Match]| {
        group.iter().fold(Condition::any(), |condition, one| {
            let term = one.term.as_str();
            condition.add(if one.prefix {
                // A range rather than LIKE, so that both databases use the index whatever their collation rules for LIKE.
                Condition::all()
                    .add(term::Column::Term.gte(term))
                    .add(term::Column::Term.lt(format!("{term}\u{10FFFF}")))
            } else {
                Condition::all().add(term::Column::Term.eq(term))
            })
        })
    };
    let mut query = term::Entity::find()
        .select_only()
        .column(term::Column::EntityId)
        .distinct()
        .filter(term::Column::AccountId.eq(account_id))
        .filter(matches(first));
    for group in rest {
        let mut ids = Select::select();
        ids.column(term::Column::EntityId)
            .from(term::Entity)
            .and_where(term::Column::AccountId.eq(account_id))
            .cond_where(matches(group));
        query = query.filter(Expr::col(term::Column::EntityId).in_subquery(ids));
    }
    if let Some(after) = after {
        query = query.filter(term::Column::EntityId.gt(after));
    }
    let ids: Vec<Uuid> =
        query.order_by_asc(term::Column::EntityId).limit(limit).into_tuple().all(source.connection()).await?;
    let any = way.all_of.iter().fold(Condition::any(), |any, group| any.add(matches(group)));
    let rows = term::Entity::find()
        .filter(term::Column::AccountId.eq(account_id))
        .filter(term::Column::EntityId.is_in(ids))
        .filter(any)
        .order_by_asc(term::Column::EntityId)
        .order_by_asc(term::Column::Field)
        .all(source.connection())
        .await?;
    let mut hits: Vec<Hit> = Vec::new();
    for term::Model { entity, entity_id, field, .. } in rows {
        match hits.last_mut().filter(|hit| hit.entity_id == entity_id) {
            Some(hit) if !hit.fields.contains(&field) => hit.fields.push(field),
            Some(_) => {}
            None => hits.push(Hit { entity, entity_id, fields: vec![field] }),
        }
    }
    Ok(hits)
}

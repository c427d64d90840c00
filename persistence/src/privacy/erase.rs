//! Anonymizing things: what the table of columns says, in the rows and in everything that remembers them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Func, Query, SelectStatement, UpdateStatement};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use serde_json::{Value, json};
use styr_domain::access::Permit;
use styr_domain::case::CaseStatus;
use styr_domain::crypto::BlindIndexKey;
use styr_domain::event::EntityKind;
use styr_domain::file::File;
use styr_domain::form::{Form, FormContent, FormDefinition, Submission};
use styr_domain::id::{FileId, FormId, RetentionRuleId};
use styr_domain::privacy::column::COLUMNS;
use styr_domain::privacy::{
    AnonymizationRun, AnonymizationTarget, DataClass, Erased, Erasure, Query as Search, RetentionStart,
    TargetKind, TextKind, terms_of,
};
use uuid::Uuid;

use crate::doc::Doc;
use crate::entity::{
    case, comment, event, event_secret, file, idempotency, job, notification, retention_rule, submission,
    task, term, token, user,
};
use crate::error::Result;
use crate::record::{MaySave, get};
use crate::store::Source as _;
use crate::tx::Tx;
use crate::{account, attachment, version};

/// The event of a person search. Its personal values hold what was searched for, under [`SEARCHED_FOR`].
pub const SEARCH_RAN: &str = "person_search.ran";
/// Where the event of a person search holds what was searched for.
pub const SEARCHED_FOR: &str = "query";

/// How many rows are read or named at a time.
const CHUNK: usize = 500;

/// Anonymizes the targets, each with its event. Answers what was erased and how many of the targets could not be: the
/// account's owner, who was due by a deactivation that was taken back, and what a case needs that has not ended. Doing it again does no harm.
///
/// # Errors
/// The database fails.
pub async fn erase<R: MaySave<AnonymizationRun> + MaySave<File>>(
    tx: &Tx,
    permit: &Permit<R>,
    run: &AnonymizationRun,
    targets: &[AnonymizationTarget],
) -> Result<(Erased, u64)> {
    let word = account::get(tx, tx.account_id()).await?.anonymized_word;
    let spared = spared(tx, targets).await?;
    let (mut erased, mut about) = (Erased::default(), BTreeSet::new());
    let of_kind = |kind| {
        let targets = targets.iter().filter(move |target| target.entity == kind);
        targets.map(|target| target.id).filter(|id| !spared.contains(id)).collect::<Vec<Uuid>>()
    };
    let users = of_kind(TargetKind::User);
    erase_users(tx, permit, &users, &word, &mut erased, &mut about).await?;
    let cases = of_kind(TargetKind::Case);
    erase_cases(tx, &cases, &word, &mut erased, &mut about).await?;
    let of_cases = Condition::any()
        .add(submission::Column::CaseId.is_in(cases.iter().copied()))
        .add(submission::Column::Id.is_in(of_kind(TargetKind::Submission)));
    erase_submissions(tx, of_cases, &word, &mut erased, &mut about).await?;
    about.extend(targets.iter().map(|target| target.id).filter(|id| !spared.contains(id)));
    let about: Vec<Uuid> = about.into_iter().collect();
    forget(tx, &about, &users, &mut erased).await?;

    for target in targets.iter().filter(|target| !spared.contains(&target.id)) {
        let kind = match target.entity {
            TargetKind::User => "user.anonymized",
            TargetKind::Case => "case.anonymized",
            TargetKind::Submission => "submission.anonymized",
        };
        let detail = json!({ "run_id": run.id, "rule_id": target.rule_id });
        tx.note(target.entity.entity(), target.id, kind, None, detail, None);
    }
    Ok((erased, spared.len() as u64))
}

/// Those of the targets that must not be anonymized now.
async fn spared(tx: &Tx, targets: &[AnonymizationTarget]) -> Result<BTreeSet<Uuid>> {
    let ids = || targets.iter().map(|target| target.id);
    let mut spared: BTreeSet<Uuid> = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::AccountId.eq(tx.account_id()))
        .filter(user::Column::Id.is_in(ids()))
        .filter(user::Column::Owner.eq(true))
        .into_tuple::<Uuid>()
        .all(tx.connection())
        .await?
        .into_iter()
        .collect();
    spared.extend(
        case::Entity::find()
            .select_only()
            .column(case::Column::Id)
            .filter(case::Column::AccountId.eq(tx.account_id()))
            .filter(case::Column::Id.is_in(ids()))
            .filter(case::Column::Status.is_in(GOING_ON))
            .into_tuple::<Uuid>()
            .all(tx.connection())
            .await?,
    );
    spared.extend(taken_up_again(tx, targets).await?);
    let mut going_on = Query::select();
    going_on
        .column(case::Column::Id)
        .from(case::Entity)
        .and_where(case::Column::AccountId.eq(tx.account_id()))
        .and_where(case::Column::Status.is_in(GOING_ON));
    spared.extend(
        submission::Entity::find()
            .select_only()
            .column(submission::Column::Id)
            .filter(submission::Column::AccountId.eq(tx.account_id()))
            .filter(submission::Column::Id.is_in(ids()))
            .filter(submission::Column::CaseId.in_subquery(going_on))
            .into_tuple::<Uuid>()
            .all(tx.connection())
            .await?,
    );
    Ok(spared)
}

/// The users among the targets who were due by their deactivation and have been reactivated since.
async fn taken_up_again(tx: &Tx, targets: &[AnonymizationTarget]) -> Result<Vec<Uuid>> {
    let by_deactivation: Vec<RetentionRuleId> = retention_rule::Entity::find()
        .select_only()
        .column(retention_rule::Column::Id)
        .filter(retention_rule::Column::AccountId.eq(tx.account_id()))
        .filter(retention_rule::Column::Id.is_in(targets.iter().filter_map(|target| target.rule_id)))
        .filter(retention_rule::Column::StartsAt.eq(RetentionStart::Deactivation))
        .into_tuple()
        .all(tx.connection())
        .await?;
    let due = targets.iter().filter(|target| target.rule_id.is_some_and(|id| by_deactivation.contains(&id)));
    Ok(user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::AccountId.eq(tx.account_id()))
        .filter(user::Column::Id.is_in(due.map(|target| target.id)))
        .filter(user::Column::Active.eq(true))
        .into_tuple()
        .all(tx.connection())
        .await?)
}

/// Where cases stand whose data are still needed.
const GOING_ON: [CaseStatus; 2] = [CaseStatus::Running, CaseStatus::Parked];

/// An update that does to a table what its columns say. What takes more than an update is left out.
fn erasing(table: &'static str, word: &str) -> UpdateStatement {
    let mut update = Query::update();
    update.table(Alias::new(table));
    for column in COLUMNS.iter().filter(|column| column.table == table) {
        let value = match column.erasure {
            Erasure::Word => Expr::val(word),
            Erasure::Clear | Erasure::CutLoose => Expr::cust("NULL"),
            Erasure::Keep | Erasure::Zero | Erasure::Redact | Erasure::Delete => continue,
        };
        update.value(Alias::new(column.name), value);
    }
    update
}

/// Notes in a row that it was changed and anonymized just now.
fn mark(tx: &Tx, update: &mut UpdateStatement) {
    update
        .value(Alias::new("anonymized_at"), Expr::val(tx.now()))
        .value(Alias::new("updated_at"), Expr::val(tx.now()))
        .value(Alias::new("revision"), Expr::col(Alias::new("revision")).add(1));
}

async fn erase_users<R: MaySave<File>>(
    tx: &Tx,
    permit: &Permit<R>,
    ids: &[Uuid],
    word: &str,
    erased: &mut Erased,
    about: &mut BTreeSet<Uuid>,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let first = |column: Expr| Func::coalesce([column, Expr::val(tx.now())]);
    let mut update = erasing("user", word);
    mark(tx, &mut update);
    update
        .value(user::Column::Active, false)
        .value(user::Column::DeactivatedAt, first(Expr::col(user::Column::DeactivatedAt)))
        .and_where(user::Column::AccountId.eq(tx.account_id()))
        .and_where(user::Column::Id.is_in(ids.iter().copied()));
    erased.users += tx.connection().execute(&update).await?.rows_affected();

    about.extend(
        token::Entity::find()
            .select_only()
            .column(token::Column::Id)
            .filter(token::Column::AccountId.eq(tx.account_id()))
            .filter(token::Column::UserId.is_in(ids.iter().copied()))
            .into_tuple::<Uuid>()
            .all(tx.connection())
            .await?,
    );
    let mut update = erasing("token", word);
    update
        .value(token::Column::RevokedAt, first(Expr::col(token::Column::RevokedAt)))
        .value(token::Column::Revision, Expr::col(token::Column::Revision).add(1))
        .and_where(token::Column::AccountId.eq(tx.account_id()))
        .and_where(token::Column::UserId.is_in(ids.iter().copied()));
    erased.tokens += tx.connection().execute(&update).await?.rows_affected();
    erase_written(tx, permit, ids, word, erased, about).await?;
    tx.access_changed();
    Ok(())
}

/// What users wrote about processes, what they called files, and what they were told or told others.
async fn erase_written<R: MaySave<File>>(
    tx: &Tx,
    permit: &Permit<R>,
    ids: &[Uuid],
    word: &str,
    erased: &mut Erased,
    about: &mut BTreeSet<Uuid>,
) -> Result<()> {
    about.extend(
        comment::Entity::find()
            .select_only()
            .column(comment::Column::Id)
            .filter(comment::Column::AccountId.eq(tx.account_id()))
            .filter(comment::Column::AuthorId.is_in(ids.iter().copied()))
            .into_tuple::<Uuid>()
            .all(tx.connection())
            .await?,
    );
    let files: BTreeSet<FileId> = file::Entity::find()
        .select_only()
        .column(file::Column::Id)
        .filter(file::Column::AccountId.eq(tx.account_id()))
        .filter(file::Column::AuthorId.is_in(ids.iter().copied()))
        .into_tuple::<FileId>()
        .all(tx.connection())
        .await?
        .into_iter()
        .collect();
    about.extend(files.iter().map(|id| id.0));
    about.extend(brought(tx, ids).await?);
    let mut update = erasing("comment", word);
    update
        .value(comment::Column::Revision, Expr::col(comment::Column::Revision).add(1))
        .and_where(comment::Column::AccountId.eq(tx.account_id()))
        .and_where(comment::Column::AuthorId.is_in(ids.iter().copied()));
    erased.comments += tx.connection().execute(&update).await?.rows_affected();
    let mut update = erasing("file", word);
    update
        .and_where(file::Column::AccountId.eq(tx.account_id()))
        .and_where(file::Column::AuthorId.is_in(ids.iter().copied()));
    erased.files += tx.connection().execute(&update).await?.rows_affected();
    // What is attached to nothing nobody else ever saw. It has lost its name by now, so its last event does not tell it.
    attachment::sweep(tx, permit, &files).await?;
    let mut update = erasing("notification", word);
    update
        .and_where(notification::Column::AccountId.eq(tx.account_id()))
        .and_where(notification::Column::ActorId.is_in(ids.iter().copied()))
        .and_where(notification::Column::Note.ne(""));
    erased.notifications += tx.connection().execute(&update).await?.rows_affected();
    let told = notification::Entity::delete_many()
        .filter(notification::Column::AccountId.eq(tx.account_id()))
        .filter(notification::Column::UserId.is_in(ids.iter().copied()));
    erased.notifications += told.exec(tx.connection()).await?.rows_affected;
    Ok(())
}

/// The comments that users wrote and the files that they brought, those that are gone too: of them, only events know whose
/// they were.
async fn brought(tx: &Tx, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    Ok(event::Entity::find()
        .select_only()
        .column(event::Column::EntityId)
        .filter(event::Column::AccountId.eq(tx.account_id()))
        .filter(event::Column::ActorId.is_in(ids.iter().copied()))
        .filter(event::Column::Kind.is_in(["comment.created", "file.created"]))
        .into_tuple()
        .all(tx.connection())
        .await?)
}

async fn erase_cases(
    tx: &Tx,
    ids: &[Uuid],
    word: &str,
    erased: &mut Erased,
    about: &mut BTreeSet<Uuid>,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut update = erasing("case", word);
    mark(tx, &mut update);
    update
        .and_where(case::Column::AccountId.eq(tx.account_id()))
        .and_where(case::Column::Id.is_in(ids.iter().copied()));
    let cases = tx.connection().execute(&update).await?.rows_affected();
    erased.cases += cases;

    erase_tasks(tx, task::Column::CaseId.is_in(ids.iter().copied()), word, erased, about).await?;
    if cases < ids.len() as u64 {
        about.extend(gone_with(tx, ids).await?);
    }
    Ok(())
}

async fn erase_tasks(
    tx: &Tx,
    which: Expr,
    word: &str,
    erased: &mut Erased,
    about: &mut BTreeSet<Uuid>,
) -> Result<()> {
    about.extend(
        task::Entity::find()
            .select_only()
            .column(task::Column::Id)
            .filter(task::Column::AccountId.eq(tx.account_id()))
            .filter(which.clone())
            .into_tuple::<Uuid>()
            .all(tx.connection())
            .await?,
    );
    let mut update = erasing("task", word);
    update
        .value(task::Column::Revision, Expr::col(task::Column::Revision).add(1))
        .and_where(task::Column::AccountId.eq(tx.account_id()))
        .and_where(task::Column::Draft.is_not_null())
        .and_where(which);
    erased.tasks += tx.connection().execute(&update).await?.rows_affected();
    Ok(())
}

/// The tasks and submissions of cases that were deleted: their rows went with the cases', and only their events still
/// know whose they were.
async fn gone_with(tx: &Tx, cases: &[Uuid]) -> Result<Vec<Uuid>> {
    let named = cases
        .iter()
        .fold(Condition::any(), |any, id| any.add(event::Column::Detail.contains(id.to_string())));
    Ok(event::Entity::find()
        .select_only()
        .column(event::Column::EntityId)
        .distinct()
        .filter(event::Column::AccountId.eq(tx.account_id()))
        .filter(event::Column::Entity.is_in([EntityKind::Task.as_str(), EntityKind::Submission.as_str()]))
        .filter(named)
        .into_tuple()
        .all(tx.connection())
        .await?)
}

async fn erase_submissions(
    tx: &Tx,
    which: Condition,
    word: &str,
    erased: &mut Erased,
    about: &mut BTreeSet<Uuid>,
) -> Result<()> {
    let mut definitions: HashMap<(FormId, i32), FormDefinition> = HashMap::new();
    let mut after = Uuid::nil();
    loop {
        let rows = submission::Entity::find()
            .filter(submission::Column::AccountId.eq(tx.account_id()))
            .filter(which.clone())
            .filter(submission::Column::Id.gt(after))
            .order_by_asc(submission::Column::Id)
            .limit(CHUNK as u64)
            .all(tx.connection())
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.id.0;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
        for submission in rows.into_iter().map(Submission::from) {
            let key = (submission.form_id, submission.form_version);
            if let Entry::Vacant(place) = definitions.entry(key) {
                let form: Form = get(tx, tx.account_id(), key.0).await?;
                let (_, content): (_, FormContent) = version::get(tx, tx.account_id(), &form, key.1).await?;
                place.insert(content.definition);
            }
            let values = definitions[&key].redact(&submission.values, word);
            let mut update = erasing("submission", word);
            mark(tx, &mut update);
            update
                .value(submission::Column::Values, Expr::val(Doc(values)))
                .and_where(submission::Column::AccountId.eq(tx.account_id()))
                .and_where(submission::Column::Id.eq(submission.id));
            erased.submissions += tx.connection().execute(&update).await?.rows_affected();
        }
        erase_tasks(
            tx,
            task::Column::SubmissionId.is_in(ids.iter().copied()),
            word,
            erased,
            &mut BTreeSet::new(),
        )
        .await?;
        about.extend(ids);
    }
    Ok(())
}

/// Erases what remembers these things besides their own rows: the values of events about them, searches that found them, the
/// search index, answers kept for idempotency keys, and jobs' errors.
async fn forget(tx: &Tx, about: &[Uuid], users: &[Uuid], erased: &mut Erased) -> Result<()> {
    let searches = searches_for(tx, about).await?;
    for searches in searches.chunks(CHUNK) {
        let which = || event::Column::Sequence.is_in(searches.iter().copied());
        forget_events(tx, Condition::all().add(which()), erased).await?;
    }
    for ids in about.chunks(CHUNK) {
        forget_events(tx, concerning(ids), erased).await?;
        let terms = term::Entity::delete_many()
            .filter(term::Column::AccountId.eq(tx.account_id()))
            .filter(term::Column::EntityId.is_in(ids.iter().copied()));
        erased.terms += terms.exec(tx.connection()).await?.rows_affected;
    }
    if !users.is_empty() {
        erased.answers +=
            forget_answers(tx, idempotency::Column::UserId.is_in(users.iter().copied())).await?;
    }
    // Fewer at a time: each is a comparison of its own.
    for ids in about.chunks(100) {
        let named = ids.iter().fold(Condition::any(), |any, id| {
            any.add(job::Column::Key.eq(id.to_string()))
                .add(Expr::col(job::Column::Payload).like(format!("%{id}%")))
        });
        let mut update = erasing("job", "");
        update
            .and_where(job::Column::AccountId.eq(tx.account_id()))
            .and_where(job::Column::LastError.is_not_null())
            .cond_where(named);
        tx.connection().execute(&update).await?;
    }
    Ok(())
}

async fn forget_events(tx: &Tx, which: Condition, erased: &mut Erased) -> Result<()> {
    let of_events = |column: event::Column| -> SelectStatement {
        let mut select = Query::select();
        select
            .column(column)
            .from(event::Entity)
            .and_where(event::Column::AccountId.eq(tx.account_id()))
            .cond_where(which.clone());
        select
    };
    let mut requests = of_events(event::Column::RequestId);
    requests.and_where(event::Column::RequestId.is_not_null());
    erased.answers += forget_answers(tx, idempotency::Column::RequestId.in_subquery(requests)).await?;
    let secrets = event_secret::Entity::delete_many()
        .filter(event_secret::Column::AccountId.eq(tx.account_id()))
        .filter(event_secret::Column::Sequence.in_subquery(of_events(event::Column::Sequence)));
    erased.events += secrets.exec(tx.connection()).await?.rows_affected;
    Ok(())
}

async fn forget_answers(tx: &Tx, which: Expr) -> Result<u64> {
    let mut update = erasing("idempotency", "");
    update
        .value(idempotency::Column::Fingerprint, Expr::val(vec![0_u8; 32]))
        .and_where(idempotency::Column::AccountId.eq(tx.account_id()))
        .and_where(idempotency::Column::Answer.is_not_null())
        .and_where(which);
    Ok(tx.connection().execute(&update).await?.rows_affected())
}

/// The events of person searches that asked for something that one of these things is found by, or was: their events
/// still know what they were called before, and what was deleted.
async fn searches_for(tx: &Tx, about: &[Uuid]) -> Result<Vec<i64>> {
    let mut searches = Query::select();
    searches
        .column(event::Column::Sequence)
        .from(event::Entity)
        .and_where(event::Column::AccountId.eq(tx.account_id()))
        .and_where(event::Column::Kind.eq(SEARCH_RAN));
    let remembered = event_secret::Entity::find()
        .filter(event_secret::Column::AccountId.eq(tx.account_id()))
        .filter(event_secret::Column::Sequence.in_subquery(searches))
        .order_by_asc(event_secret::Column::Sequence)
        .limit(CHUNK as u64);
    if remembered.clone().one(tx.connection()).await?.is_none() {
        return Ok(Vec::new());
    }
    let keys = tx.keys().await?.blind_index_keys();
    let Some(newest) = keys.last() else { return Ok(Vec::new()) };
    let mut terms: BTreeSet<String> = BTreeSet::new();
    for ids in about.chunks(CHUNK) {
        let found: Vec<String> = term::Entity::find()
            .select_only()
            .column(term::Column::Term)
            .distinct()
            .filter(term::Column::AccountId.eq(tx.account_id()))
            .filter(term::Column::EntityId.is_in(ids.iter().copied()))
            .into_tuple()
            .all(tx.connection())
            .await?;
        terms.extend(found);
        let events = Query::select()
            .column(event::Column::Sequence)
            .from(event::Entity)
            .and_where(event::Column::AccountId.eq(tx.account_id()))
            .cond_where(concerning(ids))
            .take();
        let secrets = event_secret::Entity::find()
            .filter(event_secret::Column::AccountId.eq(tx.account_id()))
            .filter(event_secret::Column::Sequence.in_subquery(events));
        for secret in secrets.all(tx.connection()).await? {
            for text in texts(&personal(&secret)?) {
                let found = terms_of(DataClass::Sensitive, TextKind::Text, false, &text, newest);
                terms.extend(found.into_iter().map(|term| term.as_str().to_owned()));
            }
        }
    }
    let (mut found, mut after) = (Vec::new(), 0);
    if terms.is_empty() {
        return Ok(found);
    }
    loop {
        let next = remembered.clone().filter(event_secret::Column::Sequence.gt(after));
        let rows = next.all(tx.connection()).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.sequence;
        for row in rows {
            if personal(&row)?[SEARCHED_FOR].as_str().is_some_and(|query| asks_for(query, &terms, &keys)) {
                found.push(row.sequence);
            }
        }
    }
}

fn personal(secret: &event_secret::Model) -> Result<Value> {
    let read = serde_json::from_str(&secret.personal);
    Ok(read.map_err(|error| DbErr::Type(format!("stored event secret: {error}")))?)
}

/// Every text in a value, however deep.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// The events that these things are what happened to, or whom it concerns.
fn concerning(ids: &[Uuid]) -> Condition {
    Condition::any()
        .add(event::Column::EntityId.is_in(ids.iter().copied()))
        .add(event::Column::SubjectId.is_in(ids.iter().copied()))
}

/// Whether any part of a query matches any of the terms.
fn asks_for(query: &str, terms: &BTreeSet<String>, keys: &[BlindIndexKey]) -> bool {
    let ways = Search::parse(query).ways(keys);
    ways.iter().flat_map(|way| way.all_of.iter().flatten()).any(|one| {
        let term = one.term.as_str();
        if one.prefix {
            terms.range(term.to_owned()..).next().is_some_and(|found| found.starts_with(term))
        } else {
            terms.contains(term)
        }
    })
}

//! Searching the landscape, by the terms that person search keeps.

use std::collections::{BTreeMap, HashMap};

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Func, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait as _};
use serde::{Deserialize, Serialize};
use styr_domain::access::{ActivityFilter, ProcessEditFilter, ProcessFilter, Shown};
use styr_domain::id::{AccountId, ActivityId, ProcessGroupId, ProcessId};
use styr_domain::process::search::{DRAFT, FLOW, SearchKind, Shelf};
use uuid::Uuid;

use crate::entity::{activity, activity_use, attachment, comment, process, process_role, term, version};
use crate::error::Result;
use crate::page::PageRequest;
use crate::process::{ProcessQuery, admits, admits_editing, processes};
use crate::store::Source;
use crate::tx::Tx;

/// The names in the flows of processes, by the field that they are found by.
pub(crate) async fn flow_names(
    tx: &Tx,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, BTreeMap<&'static str, String>>> {
    #[derive(Deserialize)]
    struct Content {
        flow: Flow,
    }
    #[derive(Deserialize)]
    struct Flow {
        nodes: Vec<Node>,
    }
    #[derive(Deserialize)]
    struct Node {
        name: Option<String>,
        activity_id: Option<ActivityId>,
    }
    let mut found: HashMap<Uuid, BTreeMap<&'static str, String>> = HashMap::new();
    for ids in ids.chunks(100) {
        let newest = Expr::col((version::Entity, version::Column::Number))
            .equals((process::Entity, process::Column::Version));
        let in_force = Expr::col((version::Entity, version::Column::Number))
            .equals((process::Entity, process::Column::PublishedVersion));
        let of_process = Expr::col((version::Entity, version::Column::AccountId))
            .equals((process::Entity, process::Column::AccountId))
            .and(
                Expr::col((version::Entity, version::Column::DocumentId))
                    .equals((process::Entity, process::Column::Id)),
            )
            .and(newest.or(in_force));
        let mut query = Query::select();
        query
            .column((process::Entity, process::Column::Id))
            .column((process::Entity, process::Column::PublishedVersion))
            .column((version::Entity, version::Column::Number))
            .column((version::Entity, version::Column::Content))
            .from(process::Entity)
            .inner_join(version::Entity, of_process)
            .and_where(process::Column::AccountId.eq(tx.account_id()))
            .and_where(process::Column::Id.is_in(ids.iter().copied()));
        for row in tx.connection().query_all(&query).await? {
            let (id, published): (Uuid, Option<i32>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let (number, content): (i32, String) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            let read = serde_json::from_str(&content);
            let Content { flow } =
                read.map_err(|error| sea_orm::DbErr::Type(format!("stored version: {error}")))?;
            let field = if published.is_none_or(|published| published == number) { FLOW } else { DRAFT };
            // An activity is found by itself.
            let own = flow.nodes.into_iter().filter(|node| node.activity_id.is_none());
            let names: Vec<String> =
                own.filter_map(|node| node.name).filter(|name| !name.is_empty()).collect();
            if !names.is_empty() {
                found.entry(id).or_default().insert(field, names.join("\n"));
            }
        }
    }
    Ok(found)
}

/// Who searches: what of the landscape they may see.
#[derive(Debug, Clone)]
pub struct Searcher {
    /// The activities that they may see, and the processes.
    pub activities: ActivityFilter,
    /// What their profile shows; none for all.
    pub shown: Option<Shown>,
}

/// Something that a search found, and its place among all of that search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Which of the words leads: the rarest.
    lead: usize,
    /// The shelf that it lies on, by its place in [`Shelf::ALL`].
    shelf: usize,
    /// What it is, by its place in [`SearchKind::ALL`].
    kind: usize,
    /// The term that it was found by.
    term: String,
    /// The thing.
    pub id: Uuid,
}

impl Found {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> SearchKind {
        SearchKind::ALL[self.kind.min(SearchKind::ALL.len() - 1)]
    }
}

/// Who searches, and for what.
struct Asked<'a> {
    searcher: &'a Searcher,
    words: &'a [String],
    lead: usize,
}

/// How many rows of a word are looked at, first of all and then at a time.
const BATCHES: [u64; 3] = [100, 400, 1_500];
/// How many rows of the leading word one search looks at. Where they do not fill a page, the next one goes on after them.
const MOST_LOOKED_AT: u64 = 4_000;
/// How many it looks at where the caller may see none of them.
const MOST_UNSEEN: u64 = 10_000;
/// After so many rows of what the caller may not see, it is asked whether they see few processes.
const SUSPICIOUS: u64 = 1_000;
/// Of so many processes, the terms are looked at process by process.
const FEW: u64 = 300;
/// What a row of the leading word is: of something that the caller may not see, of something that they see but does not
/// have all of the words or came before, or of what they search for.
const UNSEEN: i32 = 0;
const SEEN: i32 = 1;
const COUNTS: i32 = 2;
/// From how many rows on a word is just common.
const COMMON: u64 = 1_000;

/// The things whose terms begin with each of these words, titles first; and the place to go on after when there may be more.
/// A page may hold fewer than asked for, or nothing, and yet not be the last: so no search takes long.
///
/// # Errors
/// The database fails.
pub async fn search(
    source: &impl Source,
    searcher: &Searcher,
    words: &[String],
    kind: Option<SearchKind>,
    limit: usize,
    after: Option<Found>,
) -> Result<(Vec<Found>, Option<Found>)> {
    let (mut found, mut looked_at, mut unseen): (Vec<Found>, u64, u64) = (Vec::new(), 0, 0);
    // The processes that the caller sees, once it is known that these are few.
    let (mut asked, mut few): (bool, Option<Vec<ProcessId>>) = (false, None);
    if !searcher.activities.processes.any || words.is_empty() {
        return Ok((found, None));
    }
    let lead = match &after {
        Some(after) => after.lead.min(words.len() - 1),
        None => match leading(source, searcher.activities.processes.account_id, words, kind).await? {
            Some(lead) => lead,
            None => return Ok((found, None)),
        },
    };
    let asked_for = Asked { searcher, words, lead };
    let place = |found: &Found| (found.shelf, found.kind);
    for (shelf, on) in Shelf::ALL.iter().enumerate() {
        for (number, of) in SearchKind::ALL.iter().enumerate() {
            let over = after.as_ref().is_some_and(|after| (shelf, number) < place(after));
            let drafts = *on == Shelf::Draft && *of != SearchKind::Process;
            if over || drafts || kind.is_some_and(|kind| kind != *of) {
                continue;
            }
            let here = after.as_ref().filter(|after| (shelf, number) == place(after));
            let mut last = here.map(|after| (after.term.clone(), after.id));
            // Where a search goes on says only what its caller may see anyway.
            let mut last_seen = None;
            let mut batches = BATCHES.into_iter();
            let mut batch = BATCHES[0];
            loop {
                batch = batches.next().unwrap_or(batch);
                let place = (*on, *of);
                let rows =
                    candidates(source, &asked_for, place, few.as_deref(), last.as_ref(), batch).await?;
                let exhausted = (rows.len() as u64) < batch;
                looked_at += rows.len() as u64;
                unseen += rows.iter().filter(|(.., answer)| *answer == UNSEEN).count() as u64;
                for (term, id, answer) in rows {
                    if answer == COUNTS && found.last().is_none_or(|last| last.id != id) {
                        if found.len() == limit {
                            let next = found.last().cloned();
                            return Ok((found, next));
                        }
                        found.push(Found { lead, shelf, kind: number, term: term.clone(), id });
                    }
                    if answer != UNSEEN {
                        last_seen = Some((term.clone(), id));
                    }
                    last = Some((term, id));
                }
                if exhausted || looked_at >= MOST_UNSEEN {
                    break;
                }
                if unseen >= SUSPICIOUS && !asked {
                    asked = true;
                    few = few_seen(source, &searcher.activities.processes).await?;
                }
                if let Some((term, id)) = last_seen.as_ref().filter(|_| looked_at >= MOST_LOOKED_AT) {
                    let next = Found { lead, shelf, kind: number, term: term.clone(), id: *id };
                    return Ok((found, Some(next)));
                }
            }
        }
    }
    Ok((found, None))
}

/// The rarest of the words; none when one of them is nowhere.
async fn leading(
    source: &impl Source,
    account_id: AccountId,
    words: &[String],
    kind: Option<SearchKind>,
) -> Result<Option<usize>> {
    if words.len() == 1 {
        return Ok(Some(0));
    }
    let mut rarest = (u64::MAX, 0);
    for (number, word) in words.iter().enumerate() {
        let mut count = 0;
        for shelf in Shelf::ALL {
            let mut rows = Query::select();
            rows.expr(Expr::val(1))
                .from(term::Entity)
                .and_where(term::Column::AccountId.eq(account_id))
                .and_where(term::Column::Shelf.eq(*shelf as i32))
                .and_where(term::Column::Entity.is_in(kinds(kind)))
                .cond_where(begins(term::Entity, word))
                .limit(COMMON);
            let mut counted = Query::select();
            counted.expr(Func::count(Expr::cust("*"))).from_subquery(rows, Alias::new("some"));
            let row = source.connection().query_one(&counted).await?;
            count +=
                row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?.unwrap_or_default().unsigned_abs();
            if count >= COMMON {
                break;
            }
        }
        if count == 0 {
            return Ok(None);
        }
        rarest = rarest.min((count, number));
    }
    Ok(Some(rarest.1))
}

fn kinds(kind: Option<SearchKind>) -> Vec<&'static str> {
    let all = SearchKind::ALL.iter().filter(|one| kind.is_none_or(|kind| kind == **one));
    all.map(|kind| kind.entity().as_str()).collect()
}

/// That a term begins so. A range rather than LIKE, so that both databases use the index.
fn begins(table: impl sea_orm::sea_query::IntoIden, word: &str) -> Condition {
    let column = Expr::col((table.into_iden(), term::Column::Term));
    Condition::all().add(column.clone().gte(word)).add(column.lt(format!("{word}\u{10FFFF}")))
}

/// The next rows of the leading word in one place, each with what it is.
async fn candidates(
    source: &impl Source,
    &Asked { searcher, words, lead }: &Asked<'_>,
    (shelf, kind): (Shelf, SearchKind),
    few: Option<&[ProcessId]>,
    after: Option<&(String, Uuid)>,
    limit: u64,
) -> Result<Vec<(String, Uuid, i32)>> {
    let account_id = searcher.activities.processes.account_id;
    let row = Alias::new("candidate");
    let mut rows = Query::select();
    rows.columns([term::Column::Term, term::Column::EntityId])
        .from(term::Entity)
        .and_where(term::Column::AccountId.eq(account_id))
        .and_where(term::Column::Entity.eq(kind.entity().as_str()))
        .cond_where(begins(term::Entity, &words[lead]))
        .order_by(term::Column::Term, sea_orm::Order::Asc)
        .order_by(term::Column::EntityId, sea_orm::Order::Asc)
        .limit(limit);
    match few.and_then(|few| ids_of(searcher, kind, few)) {
        // Not by the index of shelves, but by that of things.
        Some(ids) => {
            let shelved = Func::coalesce([Expr::col(term::Column::Shelf), Expr::val(0)]);
            rows.and_where(Expr::expr(shelved).eq(shelf as i32)).and_where(ids)
        }
        None => rows.and_where(term::Column::Shelf.eq(shelf as i32)),
    };
    if let Some((term, id)) = after {
        let place = Expr::tuple([Expr::col(term::Column::Term), Expr::col(term::Column::EntityId)]);
        rows.and_where(place.gt(Expr::tuple([Expr::val(term.as_str()), Expr::val(*id)])));
    }
    let id = Expr::col((row.clone(), term::Column::EntityId));
    let other = Alias::new("other");
    let also = |condition: Condition| {
        let column = |column: term::Column| Expr::col((other.clone(), column));
        let mut also = Query::select();
        also.expr(Expr::val(1))
            .from_as(term::Entity, other.clone())
            .and_where(column(term::Column::AccountId).eq(account_id))
            .and_where(column(term::Column::EntityId).eq(id.clone()))
            .cond_where(condition);
        Expr::exists(also)
    };
    let of_other = Expr::col((other.clone(), term::Column::Shelf));
    let mut counts = Condition::all();
    for (_, word) in words.iter().enumerate().filter(|(number, _)| *number != lead) {
        let mut seen = Condition::any().add(of_other.clone().lt(Shelf::Draft as i32));
        if kind == SearchKind::Process {
            let draft =
                Condition::all().add(of_other.clone().eq(Shelf::Draft as i32)).add(edits(searcher, &id));
            seen = seen.add(draft);
        }
        counts = counts.add(also(begins(other.clone(), word).add(seen)));
    }
    if shelf == Shelf::Draft {
        counts = counts.add(edits(searcher, &id));
    }
    let sooner =
        Expr::col((other.clone(), term::Column::Term)).lt(Expr::col((row.clone(), term::Column::Term)));
    let before = Condition::any()
        .add(of_other.clone().lt(shelf as i32))
        .add(Condition::all().add(of_other.eq(shelf as i32)).add(sooner));
    counts = counts.add(also(begins(other.clone(), &words[lead]).add(before)).not());
    let mut query = Query::select();
    query
        .column((row.clone(), term::Column::Term))
        .column((row.clone(), term::Column::EntityId))
        .expr(Expr::case(visible(searcher, kind, &id).not(), UNSEEN).case(counts, COUNTS).finally(SEEN))
        .from_subquery(rows, row.clone())
        .order_by((row.clone(), term::Column::Term), sea_orm::Order::Asc)
        .order_by((row, term::Column::EntityId), sea_orm::Order::Asc);
    let rows = source.connection().query_all(&query).await?;
    let read = |row: sea_orm::QueryResult| {
        Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?))
    };
    rows.into_iter().map(read).collect()
}

/// The processes that the caller sees, where these are few.
async fn few_seen(source: &impl Source, allowed: &ProcessFilter) -> Result<Option<Vec<ProcessId>>> {
    let page = PageRequest { limit: FEW, after: None };
    let seen = processes(source, allowed, &ProcessQuery::default(), page).await?;
    let few = seen.next.is_none();
    Ok(few.then(|| seen.items.into_iter().map(|process| process.id).collect()))
}

/// That a row is of one of these processes, or of what belongs to them; none for what belongs to no process.
fn ids_of(searcher: &Searcher, kind: SearchKind, few: &[ProcessId]) -> Option<Expr> {
    let account_id = searcher.activities.processes.account_id;
    let id = Expr::col(term::Column::EntityId);
    let few = || few.iter().copied();
    let activities = || {
        let own = Query::select()
            .column(activity::Column::Id)
            .from(activity::Entity)
            .and_where(activity::Column::AccountId.eq(account_id))
            .and_where(activity::Column::OwnerId.eq(searcher.activities.processes.user_id))
            .take();
        Query::select()
            .column(activity_use::Column::ActivityId)
            .from(activity_use::Entity)
            .and_where(activity_use::Column::AccountId.eq(account_id))
            .and_where(activity_use::Column::ProcessId.is_in(few()))
            .union(UnionType::Distinct, own)
            .take()
    };
    Some(match kind {
        SearchKind::Process => id.is_in(few().map(|ProcessId(id)| id)),
        SearchKind::Activity => id.in_subquery(activities()),
        SearchKind::Comment => id.in_subquery(
            Query::select()
                .column(comment::Column::Id)
                .from(comment::Entity)
                .and_where(comment::Column::AccountId.eq(account_id))
                .and_where(comment::Column::ProcessId.is_in(few()))
                .take(),
        ),
        SearchKind::Attachment => id.in_subquery(
            Query::select()
                .column(attachment::Column::Id)
                .from(attachment::Entity)
                .and_where(attachment::Column::AccountId.eq(account_id))
                .and_where(
                    attachment::Column::ProcessId
                        .is_in(few())
                        .or(attachment::Column::ActivityId.in_subquery(activities())),
                )
                .take(),
        ),
        SearchKind::ProcessGroup | SearchKind::ProcessRole | SearchKind::Label | SearchKind::Component => {
            return None;
        }
    })
}

/// Whether the caller may see a thing.
fn visible(searcher: &Searcher, kind: SearchKind, id: &Expr) -> Condition {
    let Searcher { activities, shown } = searcher;
    let allowed = &activities.processes;
    let account_id = allowed.account_id;
    let process_is = |column: (Alias, Alias)| {
        let of = Condition::all()
            .add(process::Column::AccountId.eq(account_id))
            .add(Expr::col((process::Entity, process::Column::Id)).equals(column))
            .add(admits(allowed));
        Query::select().expr(Expr::val(1)).from(process::Entity).cond_where(of).take()
    };
    let column = |table: &str, column: &str| (Alias::new(table), Alias::new(column));
    let activity_is = |id: Expr| {
        let of = Condition::all()
            .add(activity::Column::AccountId.eq(account_id))
            .add(Expr::col((activity::Entity, activity::Column::Id)).eq(id))
            .add(crate::activity::admits(activities));
        Query::select().expr(Expr::val(1)).from(activity::Entity).cond_where(of).take()
    };
    let exists = |query: SelectStatement| Condition::all().add(Expr::exists(query));
    match kind {
        SearchKind::Process => exists(
            Query::select()
                .expr(Expr::val(1))
                .from(process::Entity)
                .and_where(process::Column::AccountId.eq(account_id))
                .and_where(Expr::col((process::Entity, process::Column::Id)).eq(id.clone()))
                .cond_where(admits(allowed))
                .take(),
        ),
        SearchKind::ProcessGroup => Condition::all().add_option(shown.as_ref().map(|shown| {
            id.clone().is_in(shown.process_groups.union(&shown.above).map(|ProcessGroupId(id)| *id))
        })),
        SearchKind::ProcessRole => {
            // One that was merged into another is found by that one.
            exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(process_role::Entity)
                    .and_where(process_role::Column::AccountId.eq(account_id))
                    .and_where(Expr::col((process_role::Entity, process_role::Column::Id)).eq(id.clone()))
                    .and_where(process_role::Column::MergedIntoId.is_null())
                    .take(),
            )
        }
        SearchKind::Label | SearchKind::Component => Condition::all(),
        SearchKind::Activity => exists(activity_is(id.clone())),
        SearchKind::Comment => exists(
            Query::select()
                .expr(Expr::val(1))
                .from(comment::Entity)
                .and_where(comment::Column::AccountId.eq(account_id))
                .and_where(Expr::col((comment::Entity, comment::Column::Id)).eq(id.clone()))
                .and_where(Expr::exists(process_is(column("comment", "process_id"))))
                .take(),
        ),
        SearchKind::Attachment => {
            let of_activity = activity_is(Expr::col((attachment::Entity, attachment::Column::ActivityId)));
            exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(attachment::Entity)
                    .and_where(attachment::Column::AccountId.eq(account_id))
                    .and_where(Expr::col((attachment::Entity, attachment::Column::Id)).eq(id.clone()))
                    .cond_where(
                        Condition::any()
                            .add(Expr::exists(process_is(column("attachment", "process_id"))))
                            .add(Expr::exists(of_activity)),
                    )
                    .take(),
            )
        }
    }
}

/// Whether the caller works on a process, and so sees its newest flow: the rule of `sees_drafts` in SQL, which asks for no
/// right to save it now.
fn edits(searcher: &Searcher, id: &Expr) -> Expr {
    let seen = searcher.activities.processes.clone();
    let account_id = seen.account_id;
    let mut own = Query::select();
    own.expr(Expr::val(1))
        .from(process::Entity)
        .and_where(process::Column::AccountId.eq(account_id))
        .and_where(Expr::col((process::Entity, process::Column::Id)).eq(id.clone()))
        .cond_where(admits_editing(&ProcessEditFilter { seen, own: true }));
    Expr::exists(own)
}

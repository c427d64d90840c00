//! The landscape: process groups, processes and the people with a part in them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, FromQueryResult as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _,
};
use styr_domain::Fault;
use styr_domain::access::{Permit, ProcessEditFilter, ProcessFilter, ProcessState, ProcessVisibility, Shown};
use styr_domain::event::EntityKind;
use styr_domain::id::{
    AccountId, ComponentId, LabelId, ProcessGroupId, ProcessId, ProcessPersonId, ProcessRoleId, UserId,
};
pub use styr_domain::process::ProcessPart as Part;
use styr_domain::process::{Process, ProcessGroup};

use crate::beside::{Beside, read};
use crate::entity::{
    process, process_component, process_group, process_label, process_person, process_role_use,
};
use crate::error::Result;
use crate::library::Tags;
use crate::page::{Page, PageRequest};
use crate::record::{MaySave, Sort, list};
use crate::store::Source;
use crate::tx::Tx;
use crate::ways::{Wanted, Way};

/// Who has which part in a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Those who may change it.
    pub editors: BTreeSet<UserId>,
    /// Those who hold a process role in it.
    pub members: BTreeSet<UserId>,
}

impl People {
    fn add(&mut self, user_id: UserId, part: Part) {
        let part = match part {
            Part::Editor => &mut self.editors,
            Part::Member => &mut self.members,
        };
        part.insert(user_id);
    }
}

/// A process with all that is told of it.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The process.
    pub process: Process,
    /// Who has which part in it.
    pub people: People,
    /// Its labels and components.
    pub tags: Tags,
}

/// A process with all that is told of it, in one query.
///
/// # Errors
/// `not_found`, or the database fails.
pub async fn whole(source: &impl Source, account_id: AccountId, id: ProcessId) -> Result<Whole> {
    let beside = Beside::of(source);
    let of = "x.account_id = process.account_id AND x.process_id = process.id";
    let rows = |columns: &[&str], table: &str| beside.rows(columns, &format!("{table} x WHERE {of}"));
    let columns = [
        ("people", rows(&[&beside.id("x.user_id"), "x.part"], "process_person")),
        ("labels", rows(&[&beside.id("x.label_id")], "process_label")),
        ("components", rows(&[&beside.id("x.component_id")], "process_component")),
    ];
    let query = process::Entity::find_by_id(id).filter(process::Column::AccountId.eq(account_id));
    let row = beside.one(source, query, columns).await?.ok_or_else(Fault::not_found)?;
    let mut people = People::default();
    for (user_id, part) in read::<Vec<(UserId, Part)>>(&row, "people")? {
        people.add(user_id, part);
    }
    let labels = read::<Vec<(LabelId,)>>(&row, "labels")?.into_iter().map(|(id,)| id).collect();
    let components = read::<Vec<(ComponentId,)>>(&row, "components")?.into_iter().map(|(id,)| id).collect();
    let process = process::Model::from_query_result(&row, "")?.into();
    Ok(Whole { process, people, tags: Tags { labels, components } })
}

/// Who has which part in a process.
///
/// # Errors
/// The database fails.
pub async fn people(source: &impl Source, account_id: AccountId, process_id: ProcessId) -> Result<People> {
    Ok(people_of_many(source, account_id, &[process_id]).await?.remove(&process_id).unwrap_or_default())
}

/// Who has which part in each of these processes; one without anybody is left out.
///
/// # Errors
/// The database fails.
pub async fn people_of_many(
    source: &impl Source,
    account_id: AccountId,
    process_ids: &[ProcessId],
) -> Result<BTreeMap<ProcessId, People>> {
    let mut found: BTreeMap<ProcessId, People> = BTreeMap::new();
    for process_ids in process_ids.chunks(500) {
        let rows = process_person::Entity::find()
            .filter(process_person::Column::AccountId.eq(account_id))
            .filter(process_person::Column::ProcessId.is_in(process_ids.iter().copied()))
            .all(source.connection())
            .await?;
        for person in rows {
            found.entry(person.process_id).or_default().add(person.user_id, person.part);
        }
    }
    Ok(found)
}

/// Replaces who has one part in a process, and records what changed.
///
/// # Errors
/// One of them is not a user of the account, or the database fails.
pub async fn set_people<R: MaySave<Process>>(
    tx: &Tx,
    _: &Permit<R>,
    process: &Process,
    part: Part,
    wanted: &BTreeSet<UserId>,
) -> Result<()> {
    let People { editors, members } = people(tx, process.account_id, process.id).await?;
    let present = match part {
        Part::Editor => editors,
        Part::Member => members,
    };
    if present == *wanted {
        return Ok(());
    }
    process_person::Entity::delete_many()
        .filter(process_person::Column::AccountId.eq(tx.account_id()))
        .filter(process_person::Column::ProcessId.eq(process.id))
        .filter(process_person::Column::UserId.is_in(present.difference(wanted).copied()))
        .filter(process_person::Column::Part.eq(part))
        .exec(tx.connection())
        .await?;
    let rows: Vec<_> =
        wanted.difference(&present).map(|user_id| person(tx, process.id, *user_id, part, None)).collect();
    if !rows.is_empty() {
        process_person::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    note_people(tx, process.id, part, &present, wanted);
    Ok(())
}

fn person(
    tx: &Tx,
    process_id: ProcessId,
    user_id: UserId,
    part: Part,
    process_role_id: Option<ProcessRoleId>,
) -> process_person::ActiveModel {
    process_person::ActiveModel {
        id: Set(ProcessPersonId(tx.id())),
        account_id: Set(tx.account_id()),
        process_id: Set(process_id),
        user_id: Set(user_id),
        part: Set(part),
        process_role_id: Set(process_role_id),
        created_at: Set(tx.now()),
    }
}

fn note_people(tx: &Tx, id: ProcessId, part: Part, before: &BTreeSet<UserId>, after: &BTreeSet<UserId>) {
    let kind = match part {
        Part::Editor => "process.editors_changed",
        Part::Member => "process.members_changed",
    };
    let detail = serde_json::json!({ "before": before, "after": after });
    tx.note(EntityKind::Process, id.0, kind, None, detail, None);
}

/// Gives one user's part in processes to another, and records what changed. Named are those who have the part in each
/// of the processes now.
///
/// # Errors
/// The database fails.
pub async fn hand_over<R: MaySave<Process>>(
    tx: &Tx,
    _: &Permit<R>,
    part: Part,
    from: UserId,
    to: UserId,
    present: &BTreeMap<ProcessId, BTreeSet<UserId>>,
) -> Result<()> {
    let ids: Vec<ProcessId> = present.keys().copied().collect();
    for ids in ids.chunks(500) {
        let parts = |user_id: UserId| {
            process_person::Entity::find()
                .filter(process_person::Column::AccountId.eq(tx.account_id()))
                .filter(process_person::Column::ProcessId.is_in(ids.iter().copied()))
                .filter(process_person::Column::UserId.eq(user_id))
                .filter(process_person::Column::Part.eq(part))
                .all(tx.connection())
        };
        let held: HashSet<_> =
            parts(to).await?.into_iter().map(|held| (held.process_id, held.process_role_id)).collect();
        let given = parts(from).await?.into_iter();
        let (twice, given): (Vec<_>, Vec<_>) =
            given.partition(|given| held.contains(&(given.process_id, given.process_role_id)));
        process_person::Entity::delete_many()
            .filter(process_person::Column::AccountId.eq(tx.account_id()))
            .filter(process_person::Column::Id.is_in(twice.into_iter().map(|row| row.id)))
            .exec(tx.connection())
            .await?;
        process_person::Entity::update_many()
            .col_expr(process_person::Column::UserId, Expr::value(to))
            .filter(process_person::Column::AccountId.eq(tx.account_id()))
            .filter(process_person::Column::Id.is_in(given.into_iter().map(|row| row.id)))
            .exec(tx.connection())
            .await?;
        touch(tx, ids).await?;
    }
    for (id, before) in present {
        let mut after = before.clone();
        after.remove(&from);
        after.insert(to);
        note_people(tx, *id, part, before, &after);
    }
    Ok(())
}

/// Gives processes their next revision, since their people or roles, which are part of what a revision shows, have changed.
pub(crate) async fn touch(tx: &Tx, ids: &[ProcessId]) -> Result<()> {
    for ids in ids.chunks(500) {
        process::Entity::update_many()
            .col_expr(process::Column::Revision, Expr::col(process::Column::Revision).add(1))
            .col_expr(process::Column::UpdatedAt, Expr::value(tx.now()))
            .filter(process::Column::AccountId.eq(tx.account_id()))
            .filter(process::Column::Id.is_in(ids.iter().copied()))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// Which processes a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct ProcessQuery {
    /// Only those in this group.
    pub group_id: Option<ProcessGroupId>,
    /// Only those of this owner.
    pub owner_id: Option<UserId>,
    /// Only those in this state.
    pub state: Option<ProcessState>,
    /// Only those for these readers.
    pub visibility: Option<ProcessVisibility>,
    /// Only those with this label.
    pub label_id: Option<LabelId>,
    /// Only those that make use of this component.
    pub component_id: Option<ComponentId>,
    /// Only those whose lanes name this process role, or in which somebody holds it.
    pub process_role_id: Option<ProcessRoleId>,
    /// Only those whose lanes name this process role.
    pub lane_role_id: Option<ProcessRoleId>,
    /// Only those of which this user is a member.
    pub member_id: Option<UserId>,
    /// Only those that this user is an editor of.
    pub editor_id: Option<UserId>,
    /// Only those whose code begins so.
    pub code: Option<String>,
    /// Only those changed at that time or later.
    pub updated_since: Option<DateTime<Utc>>,
}

impl ProcessQuery {
    fn condition(&self, account_id: AccountId) -> Condition {
        let Self {
            group_id,
            owner_id,
            state,
            visibility,
            label_id,
            component_id,
            process_role_id,
            lane_role_id,
            member_id,
            editor_id,
            code,
            updated_since,
        } = self;
        let among = |ids: &mut SelectStatement| {
            Expr::col((process::Entity, process::Column::Id)).in_subquery(ids.take())
        };
        let in_lanes = |id: ProcessRoleId| {
            Query::select()
                .column(process_role_use::Column::ProcessId)
                .from(process_role_use::Entity)
                .and_where(process_role_use::Column::AccountId.eq(account_id))
                .and_where(process_role_use::Column::ProcessRoleId.eq(id))
                .take()
        };
        let with = |condition: Expr| {
            Query::select()
                .column(process_person::Column::ProcessId)
                .from(process_person::Entity)
                .and_where(process_person::Column::AccountId.eq(account_id))
                .and_where(condition)
                .take()
        };
        let with_part = |id: UserId, part: Part| {
            with(process_person::Column::UserId.eq(id).and(process_person::Column::Part.eq(part)))
        };
        let begins = code.as_ref().map(|code| {
            let end = format!("{code}\u{10FFFF}");
            process::Column::Code.gte(code.as_str()).and(process::Column::Code.lt(end))
        });
        Condition::all()
            .add_option(group_id.map(|id| process::Column::GroupId.eq(id)))
            .add_option(owner_id.map(|id| process::Column::OwnerId.eq(id)))
            .add_option(state.map(|state| process::Column::State.eq(state)))
            .add_option(visibility.map(|visibility| process::Column::Visibility.eq(visibility)))
            .add_option(label_id.map(|id| {
                among(
                    Query::select()
                        .column(process_label::Column::ProcessId)
                        .from(process_label::Entity)
                        .and_where(process_label::Column::AccountId.eq(account_id))
                        .and_where(process_label::Column::LabelId.eq(id)),
                )
            }))
            .add_option(component_id.map(|id| {
                among(
                    Query::select()
                        .column(process_component::Column::ProcessId)
                        .from(process_component::Entity)
                        .and_where(process_component::Column::AccountId.eq(account_id))
                        .and_where(process_component::Column::ComponentId.eq(id)),
                )
            }))
            .add_option(process_role_id.map(|id| {
                let mut held = with(process_person::Column::ProcessRoleId.eq(id));
                Condition::any().add(among(&mut in_lanes(id))).add(among(&mut held))
            }))
            .add_option(lane_role_id.map(|id| among(&mut in_lanes(id))))
            .add_option(member_id.map(|id| among(&mut with_part(id, Part::Member))))
            .add_option(editor_id.map(|id| among(&mut with_part(id, Part::Editor))))
            .add_option(begins)
            .add_option(updated_since.map(|at| process::Column::UpdatedAt.gte(at)))
    }
}

/// The processes that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn processes(
    source: &impl Source,
    allowed: &ProcessFilter,
    query: &ProcessQuery,
    page: PageRequest,
) -> Result<Page<Process>> {
    if !allowed.any {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let account_id = allowed.account_id;
    let narrowed = query.condition(account_id);
    let Some(ways) = ways(allowed, query.state) else {
        return list(source, account_id, narrowed.add(admits(allowed)), Sort::OldestFirst, page).await;
    };
    let wanted = Wanted { table: "process", account_id, narrowed: &narrowed, sort: Sort::OldestFirst, page };
    let Some(ids) = wanted.ids(ways) else { return Ok(Page { items: Vec::new(), next: None }) };
    list(source, account_id, process::Column::Id.in_subquery(ids), Sort::OldestFirst, page).await
}

/// Of so many process groups, the processes are gone through one by one; of more, all processes are, since then a page
/// of those that count is soon found.
const MOST_GROUPS: usize = 200;

/// The ways of [`ProcessFilter::matches`] to processes of one state, or of any; none when all processes are to be gone
/// through.
fn ways(allowed: &ProcessFilter, state: Option<ProcessState>) -> Option<Vec<Way>> {
    let ProcessFilter { account_id, any: _, user_id, managed, shown } = allowed;
    if shown.as_ref().map_or(managed.account, |shown| shown.len() > MOST_GROUPS)
        || managed.process_groups.len() > MOST_GROUPS
    {
        return None;
    }
    let that = |condition: Condition| Way {
        id: ("process", "id"),
        rows: condition.add(process::Column::AccountId.eq(*account_id)),
    };
    let with_part = Condition::all()
        .add(process_person::Column::AccountId.eq(*account_id))
        .add(process_person::Column::UserId.eq(*user_id));
    let edits = process_person::Column::Part.eq(Part::Editor);
    let with_part = match state {
        Some(ProcessState::Draft) => with_part.add(edits),
        Some(ProcessState::Live | ProcessState::Frozen) => with_part,
        None => with_part.add(Condition::any().add(edits).add(not_draft(*account_id))),
    };
    let within = |groups: &BTreeSet<ProcessGroupId>| process::Column::GroupId.is_in(groups.iter().copied());
    let within_shown = shown.as_ref().map(|shown| within(shown));
    let public = Condition::all()
        .add(process::Column::State.eq(ProcessState::Live))
        .add(process::Column::Visibility.eq(ProcessVisibility::Public))
        .add_option(within_shown.clone());
    let mut ways = vec![
        that(Condition::all().add(process::Column::OwnerId.eq(*user_id))),
        Way { id: ("process_person", "process_id"), rows: with_part },
    ];
    match within_shown {
        Some(shown) if managed.account => ways.push(that(Condition::all().add(shown))),
        shown => {
            if state.is_none_or(|state| state == ProcessState::Live) {
                ways.push(that(public));
            }
            if !managed.process_groups.is_empty() {
                let managed = Condition::all().add(within(&managed.process_groups));
                ways.push(that(managed.add_option(shown)));
            }
        }
    }
    Some(ways)
}

/// Whether the process of a person's part is no draft.
fn not_draft(account_id: AccountId) -> Expr {
    let mut process = Query::select();
    process
        .expr(Expr::val(1))
        .from(process::Entity)
        .and_where(process::Column::AccountId.eq(account_id))
        .and_where(
            Expr::col((process::Entity, process::Column::Id))
                .equals((process_person::Entity, process_person::Column::ProcessId)),
        )
        .and_where(process::Column::State.is_in([ProcessState::Live, ProcessState::Frozen]));
    Expr::exists(process)
}

/// The processes right in a group, or in none, that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn processes_of_level(
    source: &impl Source,
    allowed: &ProcessFilter,
    group_id: Option<ProcessGroupId>,
    page: PageRequest,
) -> Result<Page<Process>> {
    if !allowed.any {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let level = match group_id {
        Some(id) => process::Column::GroupId.eq(id),
        None => process::Column::GroupId.is_null(),
    };
    let condition = Condition::all().add(admits(allowed)).add(level);
    list(source, allowed.account_id, condition, Sort::OldestFirst, page).await
}

/// The rule of [`ProcessFilter::matches`] in SQL.
pub(crate) fn admits(allowed: &ProcessFilter) -> Condition {
    let ProcessFilter { account_id, any: _, user_id, managed, shown } = allowed;
    if managed.account && shown.is_none() {
        return Condition::all();
    }
    let has_part = |part: Part| {
        let mut ids = Query::select();
        ids.column(process_person::Column::ProcessId)
            .from(process_person::Entity)
            .and_where(process_person::Column::AccountId.eq(*account_id))
            .and_where(process_person::Column::UserId.eq(*user_id))
            .and_where(process_person::Column::Part.eq(part));
        Expr::col(process::Column::Id).in_subquery(ids)
    };
    let seen_by_all = Condition::all()
        .add(process::Column::State.eq(ProcessState::Live))
        .add(process::Column::Visibility.eq(ProcessVisibility::Public));
    let seen_by_members =
        Condition::all().add(process::Column::State.ne(ProcessState::Draft)).add(has_part(Part::Member));
    let seen_by_managers = if managed.account {
        Condition::all()
    } else {
        Condition::all().add(process::Column::GroupId.is_in(managed.process_groups.iter().copied()))
    };
    let seen_without_part = Condition::all()
        .add(Condition::any().add(seen_by_all).add(seen_by_managers))
        .add_option(shown.as_ref().map(|shown| process::Column::GroupId.is_in(shown.iter().copied())));
    Condition::any()
        .add(seen_without_part)
        .add(process::Column::OwnerId.eq(*user_id))
        .add(has_part(Part::Editor))
        .add(seen_by_members)
}

/// The rule of [`ProcessEditFilter::matches`] in SQL.
pub(crate) fn admits_editing(allowed: &ProcessEditFilter) -> Condition {
    let ProcessEditFilter { seen: ProcessFilter { account_id, any: _, user_id, managed, shown }, own } =
        allowed;
    let mut edited = Query::select();
    edited
        .column(process_person::Column::ProcessId)
        .from(process_person::Entity)
        .and_where(process_person::Column::AccountId.eq(*account_id))
        .and_where(process_person::Column::UserId.eq(*user_id))
        .and_where(process_person::Column::Part.eq(Part::Editor));
    let within = |groups: &BTreeSet<ProcessGroupId>| process::Column::GroupId.is_in(groups.iter().copied());
    let managed = Condition::all()
        .add_option((!managed.account).then(|| within(&managed.process_groups)))
        .add_option(shown.as_ref().map(|shown| within(shown)));
    if managed.is_empty() {
        return managed;
    }
    let own = own.then(|| {
        Condition::any()
            .add(process::Column::OwnerId.eq(*user_id))
            .add(process::Column::Id.in_subquery(edited))
    });
    Condition::any().add(managed).add_option(own)
}

/// The groups that a profile shows, right below one or at the top, or all; where a code is given, those whose code begins
/// so.
///
/// # Errors
/// The database fails.
pub async fn groups(
    source: &impl Source,
    account_id: AccountId,
    shown: Option<&Shown>,
    parent_id: Option<Option<ProcessGroupId>>,
    code: Option<&str>,
    page: PageRequest,
) -> Result<Page<ProcessGroup>> {
    let shown = shown.map(|Shown { process_groups, above }| {
        process_group::Column::Id.is_in(process_groups.union(above).copied())
    });
    let below = parent_id.map(|parent| match parent {
        Some(id) => process_group::Column::ParentId.eq(id),
        None => process_group::Column::ParentId.is_null(),
    });
    let begins = code.map(|code| {
        let end = format!("{code}\u{10FFFF}");
        process_group::Column::Code.gte(code).and(process_group::Column::Code.lt(end))
    });
    let condition = Condition::all().add_option(shown).add_option(below).add_option(begins);
    list(source, account_id, condition, Sort::OldestFirst, page).await
}

/// Each process group with the one above it.
///
/// # Errors
/// The database fails.
pub async fn group_parents(
    source: &impl Source,
    account_id: AccountId,
) -> Result<Vec<(ProcessGroupId, Option<ProcessGroupId>)>> {
    Ok(process_group::Entity::find()
        .select_only()
        .columns([process_group::Column::Id, process_group::Column::ParentId])
        .filter(process_group::Column::AccountId.eq(account_id))
        .into_tuple()
        .all(source.connection())
        .await?)
}

/// How many groups and processes lie right below a group.
///
/// # Errors
/// The database fails.
pub async fn count_children(source: &impl Source, account_id: AccountId, id: ProcessGroupId) -> Result<u64> {
    let groups = process_group::Entity::find()
        .filter(process_group::Column::AccountId.eq(account_id))
        .filter(process_group::Column::ParentId.eq(id))
        .count(source.connection())
        .await?;
    let processes = process::Entity::find()
        .filter(process::Column::AccountId.eq(account_id))
        .filter(process::Column::GroupId.eq(id))
        .count(source.connection())
        .await?;
    Ok(groups + processes)
}

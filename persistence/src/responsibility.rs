//! What names a user as responsible.

use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use styr_domain::access::{ActivityFilter, CaseFilter, Coverage};
use styr_domain::case::{Case, CaseStatus, Task, TaskStatus};
use styr_domain::id::{AccountId, UserId};
use styr_domain::process::{Activity, Process};
use styr_domain::user::{Group, Responsibility, ResponsibilityKind};
use uuid::Uuid;

use crate::activity::{ActivityQuery, activities};
use crate::entity::{activity, case, group, group_member, process, process_person, task};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::process::Part;
use crate::record::{Record, Sort, list};
use crate::store::Source;

/// The things that a caller may see, for filtering what another is responsible for.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which activities, and which processes.
    pub activities: ActivityFilter,
    /// Which cases, and with them their tasks.
    pub cases: CaseFilter,
    /// Where the rights groups lie; those that are shared are seen besides.
    pub groups: Coverage,
}

/// What of one kind a user is responsible for, as far as the caller may see it.
///
/// # Errors
/// The database fails.
pub async fn of_kind(
    source: &impl Source,
    user_id: UserId,
    kind: ResponsibilityKind,
    seen: &Seen,
    page: PageRequest,
) -> Result<Page<Responsibility>> {
    use ResponsibilityKind as Kind;
    let (account_id, processes) = (seen.cases.account_id, &seen.activities.processes);
    let held = held(account_id, user_id, kind);
    let sort = Sort::OldestFirst;
    let named = |id: Uuid, title: String| Responsibility { kind, id, title };
    Ok(match kind {
        Kind::ProcessOwner | Kind::ProcessEditor | Kind::ProcessMember if !processes.any => {
            Page { items: Vec::new(), next: None }
        }
        Kind::ProcessOwner | Kind::ProcessEditor | Kind::ProcessMember => {
            let condition = held.add(crate::process::admits(processes));
            list::<Process>(source, account_id, condition, sort, page)
                .await?
                .map(|process| named(process.id.0, process.title))
        }
        Kind::ActivityOwner => {
            let of_user = ActivityQuery { owner_id: Some(user_id), ..ActivityQuery::default() };
            activities(source, &seen.activities, &of_user, page)
                .await?
                .map(|activity| named(activity.id.0, activity.title))
        }
        Kind::CaseOwner => {
            let condition = held.add(crate::case::admits(&seen.cases));
            list::<Case>(source, account_id, condition, sort, page)
                .await?
                .map(|case| named(case.id.0, case.title))
        }
        Kind::Task => {
            let all = seen.cases.all.account;
            let admitted = || task::Column::CaseId.in_subquery(crate::case::admitted_ids(&seen.cases));
            let condition = held.add_option((!all).then(admitted));
            list::<Task>(source, account_id, condition, sort, page)
                .await?
                .map(|task| named(task.id.0, task.name))
        }
        Kind::GroupMember => {
            let admitted = crate::user::groups_covered(&seen.groups);
            list::<Group>(source, account_id, held.add(admitted), sort, page)
                .await?
                .map(|group| named(group.id.0, group.name))
        }
    })
}

/// The ids of all of one kind that a user is responsible for, seen by whoever asks or not.
///
/// # Errors
/// The database fails.
pub async fn ids(
    source: &impl Source,
    account_id: AccountId,
    user_id: UserId,
    kind: ResponsibilityKind,
) -> Result<Vec<Uuid>> {
    use ResponsibilityKind as Kind;
    let held = held(account_id, user_id, kind);
    match kind {
        Kind::ProcessOwner | Kind::ProcessEditor | Kind::ProcessMember => {
            ids_where::<Process>(source, account_id, held).await
        }
        Kind::ActivityOwner => ids_where::<Activity>(source, account_id, held).await,
        Kind::CaseOwner => ids_where::<Case>(source, account_id, held).await,
        Kind::Task => ids_where::<Task>(source, account_id, held).await,
        Kind::GroupMember => ids_where::<Group>(source, account_id, held).await,
    }
}

async fn ids_where<T: Record>(
    source: &impl Source,
    account_id: AccountId,
    condition: Condition,
) -> Result<Vec<Uuid>> {
    Ok(T::Entity::find()
        .select_only()
        .column(T::ID)
        .filter(T::ACCOUNT.eq(account_id))
        .filter(condition)
        .order_by_asc(T::ID)
        .into_tuple()
        .all(source.connection())
        .await?)
}

/// Which rows of a kind's table name the user.
fn held(account_id: AccountId, user_id: UserId, kind: ResponsibilityKind) -> Condition {
    let with_part = |part: Part| {
        let mut ids = Query::select();
        ids.column(process_person::Column::ProcessId)
            .from(process_person::Entity)
            .and_where(process_person::Column::AccountId.eq(account_id))
            .and_where(process_person::Column::UserId.eq(user_id))
            .and_where(process_person::Column::Part.eq(part));
        Condition::all().add(process::Column::Id.in_subquery(ids))
    };
    match kind {
        ResponsibilityKind::ProcessOwner => Condition::all().add(process::Column::OwnerId.eq(user_id)),
        ResponsibilityKind::ProcessEditor => with_part(Part::Editor),
        ResponsibilityKind::ProcessMember => with_part(Part::Member),
        ResponsibilityKind::ActivityOwner => Condition::all().add(activity::Column::OwnerId.eq(user_id)),
        ResponsibilityKind::CaseOwner => Condition::all()
            .add(case::Column::OwnerId.eq(user_id))
            .add(case::Column::Status.is_in([CaseStatus::Running, CaseStatus::Parked])),
        ResponsibilityKind::Task => Condition::all()
            .add(task::Column::AssigneeId.eq(user_id))
            .add(task::Column::Status.eq(TaskStatus::Open)),
        ResponsibilityKind::GroupMember => {
            let mut ids = Query::select();
            ids.column(group_member::Column::GroupId)
                .from(group_member::Entity)
                .and_where(group_member::Column::AccountId.eq(account_id))
                .and_where(group_member::Column::UserId.eq(user_id));
            Condition::all().add(group::Column::Id.in_subquery(ids))
        }
    }
}

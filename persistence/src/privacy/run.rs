//! Retention rules, what they make due, and anonymization runs with their targets.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use styr_domain::access::Permit;
use styr_domain::case::CaseStatus;
use styr_domain::id::{AccountId, AnonymizationRunId};
use styr_domain::privacy::{
    AnonymizationRun, AnonymizationTarget, RetentionRule, RetentionStart, RetentionTarget, RunStatus,
    TargetKind,
};
use uuid::Uuid;

use crate::doc::Doc;
use crate::entity::{
    anonymization_run, anonymization_target, case, event, event_secret, retention_rule, user,
};
use crate::error::Result;
use crate::page::{Page, PageRequest};
use crate::record::{MaySave, Sort, list};
use crate::store::Source;
use crate::tx::Tx;

/// The account's retention rules, oldest first.
///
/// # Errors
/// The database fails.
pub async fn rules(
    source: &impl Source,
    account_id: AccountId,
    page: PageRequest,
) -> Result<Page<RetentionRule>> {
    list(source, account_id, Condition::all(), Sort::OldestFirst, page).await
}

/// The account's active retention rules, oldest first, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn active_rules(
    source: &impl Source,
    account_id: AccountId,
    limit: u64,
) -> Result<Vec<RetentionRule>> {
    let active = retention_rule::Column::Active.eq(true);
    let page = PageRequest { limit, after: None };
    Ok(list(source, account_id, active, Sort::OldestFirst, page).await?.items)
}

/// The account's active rules that Styr itself runs by, oldest first, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn automatic_rules(
    source: &impl Source,
    account_id: AccountId,
    limit: u64,
) -> Result<Vec<RetentionRule>> {
    let automatic = retention_rule::Column::Active.eq(true).and(retention_rule::Column::Automatic.eq(true));
    let page = PageRequest { limit, after: None };
    Ok(list(source, account_id, automatic, Sort::OldestFirst, page).await?.items)
}

/// Whether a run that Styr started goes on.
///
/// # Errors
/// The database fails.
pub async fn automatic_run_goes_on(source: &impl Source, account_id: AccountId) -> Result<bool> {
    let run = anonymization_run::Entity::find()
        .filter(anonymization_run::Column::AccountId.eq(account_id))
        .filter(anonymization_run::Column::Status.eq(RunStatus::Running))
        .filter(anonymization_run::Column::StartedBy.is_null())
        .one(source.connection())
        .await?;
    Ok(run.is_some())
}

/// The account's anonymization runs, newest first.
///
/// # Errors
/// The database fails.
pub async fn runs(
    source: &impl Source,
    account_id: AccountId,
    page: PageRequest,
) -> Result<Page<AnonymizationRun>> {
    list(source, account_id, Condition::all(), Sort::NewestFirst, page).await
}

/// What a rule makes due by `now`, oldest first, at most `limit`: the rule of [`styr_domain::privacy::due_at`] in SQL.
/// Left out are the account's owner, cases that have not ended, and what is anonymized already. Of what was deleted
/// there is left what its events remember.
///
/// # Errors
/// The database fails.
pub async fn due(
    source: &impl Source,
    account_id: AccountId,
    rule: &RetentionRule,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<AnonymizationTarget>> {
    let before = now - TimeDelta::days(rule.days.into());
    let ids: Vec<Uuid> = match (rule.applies_to, rule.starts_at) {
        (target, RetentionStart::Deletion) => {
            let mut remembered = Query::select();
            remembered
                .expr(Expr::val(1))
                .from_as(event::Entity, "other")
                .inner_join(
                    event_secret::Entity,
                    Expr::col((event_secret::Entity, event_secret::Column::AccountId))
                        .equals(("other", event::Column::AccountId))
                        .and(
                            Expr::col((event_secret::Entity, event_secret::Column::Sequence))
                                .equals(("other", event::Column::Sequence)),
                        ),
                )
                .and_where(Expr::col(("other", event::Column::AccountId)).eq(account_id))
                .and_where(
                    Expr::col(("other", event::Column::EntityId))
                        .equals((event::Entity, event::Column::EntityId)),
                );
            let kind = match target {
                RetentionTarget::Case => "case.deleted",
                RetentionTarget::User => "user.deleted",
            };
            event::Entity::find()
                .select_only()
                .column(event::Column::EntityId)
                .filter(event::Column::AccountId.eq(account_id))
                .filter(event::Column::Kind.eq(kind))
                .filter(event::Column::At.lte(before))
                .filter(Expr::exists(remembered))
                .order_by_asc(event::Column::EntityId)
                .limit(limit)
                .into_tuple()
                .all(source.connection())
                .await?
        }
        (RetentionTarget::User, start) => {
            let since = match start {
                RetentionStart::Deactivation => Condition::all()
                    .add(user::Column::Active.eq(false))
                    .add(user::Column::DeactivatedAt.lte(before)),
                _ => Condition::all().add(user::Column::UpdatedAt.lte(before)),
            };
            user::Entity::find()
                .select_only()
                .column(user::Column::Id)
                .filter(user::Column::AccountId.eq(account_id))
                .filter(user::Column::AnonymizedAt.is_null())
                .filter(user::Column::Owner.eq(false))
                .filter(since)
                .order_by_asc(user::Column::Id)
                .limit(limit)
                .into_tuple()
                .all(source.connection())
                .await?
        }
        (RetentionTarget::Case, start) => {
            let since = match start {
                RetentionStart::Completion => Condition::all()
                    .add(case::Column::Status.eq(CaseStatus::Completed))
                    .add(case::Column::EndedAt.lte(before)),
                RetentionStart::Cancellation => Condition::all()
                    .add(case::Column::Status.eq(CaseStatus::Cancelled))
                    .add(case::Column::EndedAt.lte(before)),
                _ => Condition::all().add(case::Column::UpdatedAt.lte(before)),
            };
            case::Entity::find()
                .select_only()
                .column(case::Column::Id)
                .filter(case::Column::AccountId.eq(account_id))
                .filter(case::Column::AnonymizedAt.is_null())
                .filter(case::Column::Status.is_in([CaseStatus::Completed, CaseStatus::Cancelled]))
                .filter(since)
                .order_by_asc(case::Column::Id)
                .limit(limit)
                .into_tuple()
                .all(source.connection())
                .await?
        }
    };
    let entity = match rule.applies_to {
        RetentionTarget::Case => TargetKind::Case,
        RetentionTarget::User => TargetKind::User,
    };
    Ok(ids.into_iter().map(|id| AnonymizationTarget { entity, id, rule_id: Some(rule.id) }).collect())
}

/// Gives a new run its targets.
///
/// # Errors
/// The database fails.
pub async fn add_targets<R: MaySave<AnonymizationRun>>(
    tx: &Tx,
    _: &Permit<R>,
    run_id: AnonymizationRunId,
    targets: &[AnonymizationTarget],
) -> Result<()> {
    for targets in targets.chunks(500) {
        let rows = targets.iter().map(|target| anonymization_target::ActiveModel {
            account_id: Set(tx.account_id()),
            run_id: Set(run_id),
            entity_id: Set(target.id),
            entity: Set(target.entity),
            rule_id: Set(target.rule_id),
            done_at: Set(None),
        });
        anonymization_target::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// The next targets of a run that have not been handled, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn next_targets(
    tx: &Tx,
    run_id: AnonymizationRunId,
    limit: u64,
) -> Result<Vec<AnonymizationTarget>> {
    let rows = anonymization_target::Entity::find()
        .filter(anonymization_target::Column::AccountId.eq(tx.account_id()))
        .filter(anonymization_target::Column::RunId.eq(run_id))
        .filter(anonymization_target::Column::DoneAt.is_null())
        .order_by_asc(anonymization_target::Column::EntityId)
        .limit(limit)
        .all(tx.connection())
        .await?;
    let target = |row: anonymization_target::Model| AnonymizationTarget {
        entity: row.entity,
        id: row.entity_id,
        rule_id: row.rule_id,
    };
    Ok(rows.into_iter().map(target).collect())
}

/// Notes that targets have been handled and how far the run has come. Not an event: each thing has its own.
///
/// # Errors
/// The database fails.
pub async fn note_progress<R: MaySave<AnonymizationRun>>(
    tx: &Tx,
    _: &Permit<R>,
    run: &AnonymizationRun,
    handled: &[AnonymizationTarget],
) -> Result<()> {
    anonymization_target::Entity::update_many()
        .col_expr(anonymization_target::Column::DoneAt, Expr::value(tx.now()))
        .filter(anonymization_target::Column::AccountId.eq(tx.account_id()))
        .filter(anonymization_target::Column::RunId.eq(run.id))
        .filter(anonymization_target::Column::EntityId.is_in(handled.iter().map(|target| target.id)))
        .exec(tx.connection())
        .await?;
    anonymization_run::Entity::update_many()
        .set(anonymization_run::ActiveModel {
            counts: Set(Doc(run.counts)),
            revision: Set(run.revision + 1),
            ..Default::default()
        })
        .filter(anonymization_run::Column::AccountId.eq(tx.account_id()))
        .filter(anonymization_run::Column::Id.eq(run.id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// The rules that a run's targets were due by.
///
/// # Errors
/// The database fails.
pub async fn rules_of_run(tx: &Tx, run_id: AnonymizationRunId) -> Result<Vec<Uuid>> {
    Ok(anonymization_target::Entity::find()
        .select_only()
        .column(anonymization_target::Column::RuleId)
        .distinct()
        .filter(anonymization_target::Column::AccountId.eq(tx.account_id()))
        .filter(anonymization_target::Column::RunId.eq(run_id))
        .filter(anonymization_target::Column::RuleId.is_not_null())
        .into_tuple()
        .all(tx.connection())
        .await?)
}

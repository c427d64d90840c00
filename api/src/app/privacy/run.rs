//! Anonymization runs: what they would touch, starting, watching and stopping them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use styr_domain::access::{Permit, Resource, of};
use styr_domain::case::{Case, CaseStatus};
use styr_domain::crypto::{PublicKey, receipt_key_id};
use styr_domain::event::{EntityKind, hex};
use styr_domain::form::Submission;
use styr_domain::id::{AccountId, AnonymizationRunId, RetentionRuleId, UserId};
use styr_domain::privacy::column::Column;
use styr_domain::privacy::{
    AnonymizationRun, AnonymizationTarget, RetentionRule, RunCounts, RunStatus, TargetKind, columns_of,
};
use styr_domain::user::User;
use styr_domain::{Fault, Text, Violation};
use styr_persistence::privacy::run;
use styr_persistence::{MaySave, Page, PageRequest, Source, Tx, find_many, get};
use uuid::Uuid;

use super::titles_of;
use crate::app::process::missing;
use crate::app::{Ctx, Result};
use crate::jobs::ANONYMIZATION;

/// The most things that one run takes; what is due beyond them is left to the next.
pub const MOST_TARGETS: usize = 10_000;

/// The most rules that a run goes by.
const MOST_RULES: u64 = 200;

/// What a run is to anonymize: what rules make due, and what is named.
#[derive(Debug, Clone, Default)]
pub struct RunInput {
    /// The rules to go by. When none are given, all active ones, unless something is named.
    pub rule_ids: Option<Vec<RetentionRuleId>>,
    /// What is named.
    pub targets: Vec<(TargetKind, Uuid)>,
}

/// What a run would do.
#[derive(Debug, Clone)]
pub struct Preview {
    /// One page of the things it would anonymize, by id, and what they are called.
    pub page: Page<(AnonymizationTarget, Option<String>)>,
    /// How many there are of each kind.
    pub totals: BTreeMap<TargetKind, u64>,
    /// Whether more is due than one run takes.
    pub more_due: bool,
    /// What would be done to which columns.
    pub columns: Vec<&'static Column>,
}

/// Everything that a run would take, by id, and whether more is due than that.
async fn plan<R>(
    ctx: &Ctx<R>,
    source: &impl Source,
    now: DateTime<Utc>,
    input: &RunInput,
) -> Result<(BTreeMap<Uuid, AnonymizationTarget>, bool)> {
    let account_id = ctx.account_id();
    let mut violations = Vec::new();
    let rules: Vec<RetentionRule> = match &input.rule_ids {
        None if input.targets.is_empty() => run::active_rules(source, account_id, MOST_RULES).await?,
        None => Vec::new(),
        Some(ids) => {
            let rules: Vec<RetentionRule> = find_many(source, account_id, ids.iter().map(|id| id.0)).await?;
            for (index, id) in ids.iter().enumerate() {
                let pointer = format!("/rule_ids/{index}");
                match rules.iter().find(|rule| rule.id == *id) {
                    None => violations.push(missing(&pointer)),
                    Some(rule) if !rule.active => {
                        violations.push(Violation::at(pointer, "rule_inactive", INACTIVE));
                    }
                    Some(_) => {}
                }
            }
            rules
        }
    };
    violations.extend(check(ctx, source, &input.targets).await?);
    if !violations.is_empty() {
        return Err(Fault::invalid(violations).into());
    }
    let named = |&(entity, id): &(TargetKind, Uuid)| (id, AnonymizationTarget { entity, id, rule_id: None });
    let targets = input.targets.iter().map(named).collect();
    add_due(source, account_id, &rules, now, targets).await
}

/// Adds what the rules make due by `now`, up to what one run takes. Answers whether more is due than that.
async fn add_due(
    source: &impl Source,
    account_id: AccountId,
    rules: &[RetentionRule],
    now: DateTime<Utc>,
    mut targets: BTreeMap<Uuid, AnonymizationTarget>,
) -> Result<(BTreeMap<Uuid, AnonymizationTarget>, bool)> {
    let mut more = false;
    for rule in rules {
        let due = run::due(source, account_id, rule, now, MOST_TARGETS as u64 + 1).await?;
        more |= due.len() > MOST_TARGETS;
        for target in due.into_iter().take(MOST_TARGETS) {
            targets.entry(target.id).or_insert(target);
        }
    }
    while targets.len() > MOST_TARGETS {
        more = true;
        targets.pop_last();
    }
    Ok((targets, more))
}

/// What stands in the way of anonymizing the things that are named.
async fn check<R>(
    ctx: &Ctx<R>,
    source: &impl Source,
    targets: &[(TargetKind, Uuid)],
) -> Result<Vec<Violation>> {
    let account_id = ctx.account_id();
    let of_kind = |kind| targets.iter().filter(move |(other, _)| *other == kind).map(|(_, id)| *id);
    let users: Vec<User> = find_many(source, account_id, of_kind(TargetKind::User)).await?;
    let users: HashMap<Uuid, User> = users.into_iter().map(|user| (user.id.0, user)).collect();
    let submissions: Vec<Submission> = find_many(source, account_id, of_kind(TargetKind::Submission)).await?;
    let submissions: HashMap<Uuid, Submission> = submissions.into_iter().map(|one| (one.id.0, one)).collect();
    let cases = of_kind(TargetKind::Case).chain(submissions.values().filter_map(|one| Some(one.case_id?.0)));
    let cases: Vec<Case> = find_many(source, account_id, cases.collect::<BTreeSet<_>>()).await?;
    let cases: HashMap<Uuid, Case> = cases.into_iter().map(|case| (case.id.0, case)).collect();
    let ended = |case: &Case| matches!(case.status, CaseStatus::Completed | CaseStatus::Cancelled);
    let going_on = |pointer| Violation::at(pointer, "case_not_ended", NOT_ENDED);
    let mut violations = Vec::new();
    for (index, (kind, id)) in targets.iter().enumerate() {
        let pointer = format!("/targets/{index}/id");
        let violation = match kind {
            TargetKind::User => match users.get(id) {
                None => Some(missing(&pointer)),
                Some(user) if user.owner => Some(Violation::at(pointer, "user_is_owner", OWNER)),
                Some(_) => None,
            },
            TargetKind::Case => match cases.get(id) {
                None => Some(missing(&pointer)),
                Some(case) => (!ended(case)).then(|| going_on(pointer)),
            },
            TargetKind::Submission => match submissions.get(id) {
                None => Some(missing(&pointer)),
                Some(submission) => {
                    let case = submission.case_id.and_then(|id| cases.get(&id.0));
                    case.filter(|case| !ended(case)).map(|_| going_on(pointer))
                }
            },
        };
        violations.extend(violation);
    }
    Ok(violations)
}

const INACTIVE: Text = Text::fixed(
    "Reglen er ikke aktiv. Aktivér den, eller lad den ude.",
    "Regeln är inte aktiv. Aktivera den eller utelämna den.",
    "The rule is not active. Activate it, or leave it out.",
);
const OWNER: Text = Text::fixed(
    "Brugeren ejer kontoen. Giv kontoen en anden ejer først.",
    "Användaren äger kontot. Ge kontot en annan ägare först.",
    "The user owns the account. Give the account another owner first.",
);
const NOT_ENDED: Text = Text::fixed(
    "Sagen er ikke afsluttet, så dens oplysninger bruges endnu. Afslut eller annullér den først.",
    "Ärendet är inte avslutat, så dess uppgifter behövs ännu. Avsluta eller avbryt det först.",
    "The case has not ended, so its data are still needed. Complete or cancel it first.",
);

/// What a run would do now. Changes nothing.
///
/// # Errors
/// `forbidden`; `invalid`, naming every rule and thing that cannot be taken.
pub async fn preview(
    ctx: &Ctx<of::AnonymizationRun>,
    input: &RunInput,
    page: PageRequest,
) -> Result<Preview> {
    let _may = ctx.permit(&Resource::shared(ctx.account_id()))?;
    let now = ctx.app().store().ambient().now();
    let (targets, more_due) = plan(ctx, &ctx.read(), now, input).await?;
    let mut totals = BTreeMap::new();
    for target in targets.values() {
        *totals.entry(target.entity).or_default() += 1;
    }
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let mut left =
        targets.values().filter(|target| page.after.is_none_or(|after| target.id > after)).copied();
    let items: Vec<AnonymizationTarget> = left.by_ref().take(limit).collect();
    let next = left.next().and(items.last()).map(|target| target.id);
    let things: Vec<(EntityKind, Uuid)> =
        items.iter().map(|target| (target.entity.entity(), target.id)).collect();
    let mut titles = titles_of(&ctx.read(), ctx.account_id(), &things).await?;
    let items = items.into_iter().map(|target| (target, titles.remove(&target.id))).collect();
    let kinds: Vec<TargetKind> = totals.keys().copied().collect();
    Ok(Preview { page: Page { items, next }, totals, more_due, columns: columns_of(&kinds).collect() })
}

/// Starts a run. It goes on by itself until all its targets are anonymized, across restarts.
///
/// # Errors
/// `forbidden`; `invalid`, naming every rule and thing that cannot be taken.
pub async fn start(ctx: &Ctx<of::AnonymizationRun>, input: RunInput) -> Result<AnonymizationRun> {
    ctx.write(|tx| async move {
        let permit = ctx.permit(&Resource::shared(ctx.account_id()))?;
        let (targets, _) = plan(ctx, &*tx, tx.now(), &input).await?;
        begin(&tx, &permit, Some(ctx.actor().user_id), targets).await
    })
    .await
}

async fn begin<R: MaySave<AnonymizationRun>>(
    tx: &Tx,
    permit: &Permit<R>,
    started_by: Option<UserId>,
    targets: BTreeMap<Uuid, AnonymizationTarget>,
) -> Result<AnonymizationRun> {
    let targets: Vec<AnonymizationTarget> = targets.into_values().collect();
    let run = AnonymizationRun {
        id: AnonymizationRunId(tx.id()),
        account_id: tx.account_id(),
        status: RunStatus::Running,
        started_by,
        counts: RunCounts { targets: targets.len() as u64, ..RunCounts::default() },
        receipt: None,
        revision: 1,
        created_at: tx.now(),
        ended_at: None,
    };
    tx.insert(permit, &run, "anonymization_run.started").await?;
    run::add_targets(tx, permit, run.id, &targets).await?;
    tx.enqueue(ANONYMIZATION, &run.id.to_string(), json!({ "run_id": run.id }), tx.now()).await?;
    Ok(run)
}

/// Starts a run of what the automatic rules make due, if anything is and no such run goes on. Answers when to look again;
/// never, until a rule says so, when there is no such rule.
///
/// # Errors
/// The database fails.
pub async fn start_by_rules(tx: &Tx) -> Result<Option<DateTime<Utc>>> {
    let (account_id, now) = (tx.account_id(), tx.now());
    let rules = run::automatic_rules(tx, account_id, MOST_RULES).await?;
    if rules.is_empty() {
        return Ok(None);
    }
    if run::automatic_run_goes_on(tx, account_id).await? {
        return Ok(Some(now + SOON));
    }
    let (targets, more) = add_due(tx, account_id, &rules, now, BTreeMap::new()).await?;
    if !targets.is_empty() {
        begin(tx, &Permit::for_styr(), None, targets).await?;
    }
    Ok(Some(now + if more { SOON } else { TimeDelta::days(1) }))
}

/// When to look for more than one run takes.
const SOON: TimeDelta = TimeDelta::minutes(10);

/// One page of the account's runs, newest first.
///
/// # Errors
/// `forbidden`, or the database fails.
pub async fn list(ctx: &Ctx<of::AnonymizationRun>, page: PageRequest) -> Result<Page<AnonymizationRun>> {
    let _may = ctx.permit(&Resource::shared(ctx.account_id()))?;
    run::runs(&ctx.read(), ctx.account_id(), page).await
}

/// A run.
///
/// # Errors
/// `forbidden`, `not_found`, or the database fails.
pub async fn get_one(ctx: &Ctx<of::AnonymizationRun>, id: AnonymizationRunId) -> Result<AnonymizationRun> {
    let _may = ctx.permit(&Resource::shared(ctx.account_id()))?;
    get(&ctx.read(), ctx.account_id(), id).await
}

/// Stops a run. What it has anonymized stays so, and its receipt says what that is.
///
/// # Errors
/// `forbidden`, `not_found`; `run_ended` when there is nothing to stop.
pub async fn cancel(ctx: &Ctx<of::AnonymizationRun>, id: AnonymizationRunId) -> Result<AnonymizationRun> {
    let run = ctx
        .write(|tx| async move {
            let permit = ctx.permit(&Resource::shared(ctx.account_id()))?;
            let run: AnonymizationRun = get(&*tx, ctx.account_id(), id).await?;
            if run.status != RunStatus::Running {
                return Err(Fault::conflict("run_ended", ENDED).into());
            }
            end(&tx, &permit, &run, RunStatus::Cancelled).await
        })
        .await?;
    ctx.app().store().checkpoint().await?;
    Ok(run)
}

const ENDED: Text = Text::fixed(
    "Kørslen er allerede slut, så den kan ikke stoppes.",
    "Körningen är redan slut, så den kan inte stoppas.",
    "The run has ended already, so it cannot be stopped.",
);

/// Ends a run and signs its receipt.
///
/// # Errors
/// The database fails.
pub async fn end<R: MaySave<AnonymizationRun>>(
    tx: &Tx,
    permit: &Permit<R>,
    run: &AnonymizationRun,
    status: RunStatus,
) -> Result<AnonymizationRun> {
    let kind = match status {
        RunStatus::Cancelled => "anonymization_run.cancelled",
        RunStatus::Running | RunStatus::Completed => "anonymization_run.completed",
    };
    let receipt = json!({
        "run_id": run.id,
        "account_id": run.account_id,
        "status": status,
        "started_by": run.started_by,
        "started_at": run.created_at,
        "ended_at": tx.now(),
        "rule_ids": run::rules_of_run(tx, run.id).await?,
        "counts": run.counts,
        "events": { "sequence": tx.head().sequence, "hash": hex::encode(&tx.head().hash) },
    });
    let receipt = tx.keys().await?.newest().receipt_key().sign(&receipt);
    let after = AnonymizationRun { status, ended_at: Some(tx.now()), receipt: Some(receipt), ..run.clone() };
    tx.update(permit, run, after, kind).await
}

/// The receipt of a run that has ended, and the key to verify it with.
///
/// # Errors
/// `forbidden`, `not_found`; `run_not_ended` while there is none.
pub async fn receipt(ctx: &Ctx<of::AnonymizationRun>, id: AnonymizationRunId) -> Result<(String, PublicKey)> {
    let run = get_one(ctx, id).await?;
    let receipt = run.receipt.ok_or_else(|| Fault::conflict("run_not_ended", NOT_DONE))?;
    let kid = receipt_key_id(&receipt).unwrap_or_default();
    let store = ctx.app().store();
    let mut key = store.account_keys(ctx.account_id()).await?.receipt_key(&kid);
    if key.is_none() {
        // Another replica has signed with a key that it made just now.
        store.refresh_epoch().await?;
        key = store.account_keys(ctx.account_id()).await?.receipt_key(&kid);
    }
    Ok((receipt, key.ok_or_else(Fault::not_found)?))
}

const NOT_DONE: Text = Text::fixed(
    "Kørslen er ikke slut, så den har ingen kvittering endnu. Prøv igen, når den er færdig.",
    "Körningen är inte slut, så den har inget kvitto ännu. Försök igen när den är färdig.",
    "The run has not ended, so it has no receipt yet. Try again once it has.",
);

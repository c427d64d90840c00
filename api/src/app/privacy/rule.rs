//! Retention rules.

use styr_domain::Fault;
use styr_domain::access::{Permit, Resource, authorize, of};
use styr_domain::id::RetentionRuleId;
use styr_domain::privacy::{Retention, RetentionRule};
use styr_persistence::privacy::run;
use styr_persistence::{Page, PageRequest, Tx, get};

use crate::app::{Ctx, IfMatch, Result};
use crate::jobs;

/// What a rule is made or replaced with.
#[derive(Debug, Clone)]
pub struct RuleInput {
    /// Its name.
    pub name: String,
    /// What it rules.
    pub retention: Retention,
    /// Whether runs go by it.
    pub active: bool,
    /// Whether Styr itself runs by it each day.
    pub automatic: bool,
}

/// One page of the account's rules.
///
/// # Errors
/// `forbidden`, or the database fails.
pub async fn list(ctx: &Ctx<of::RetentionRuleManage>, page: PageRequest) -> Result<Page<RetentionRule>> {
    let _may = ctx.permit(&Resource::shared(ctx.account_id()))?;
    run::rules(&ctx.read(), ctx.account_id(), page).await
}

/// A rule.
///
/// # Errors
/// `forbidden`, `not_found`, or the database fails.
pub async fn get_one(ctx: &Ctx<of::RetentionRuleManage>, id: RetentionRuleId) -> Result<RetentionRule> {
    let _may = ctx.permit(&Resource::shared(ctx.account_id()))?;
    get(&ctx.read(), ctx.account_id(), id).await
}

/// Makes a rule. Styr runs by an automatic one at once, and then each day.
///
/// # Errors
/// `forbidden`, also when it is automatic and the caller may not approve anonymization; `invalid` when it rules what does not happen.
pub async fn create(ctx: &Ctx<of::RetentionRuleManage>, input: RuleInput) -> Result<RetentionRule> {
    ctx.write(|tx| async move {
        let permit = ctx.permit(&Resource::shared(ctx.account_id()))?;
        check(ctx, &input)?;
        let RuleInput { name, retention, active, automatic } = input;
        let Retention { applies_to, starts_at, days } = retention;
        let rule = RetentionRule {
            id: RetentionRuleId(tx.id()),
            account_id: tx.account_id(),
            name,
            applies_to,
            starts_at,
            days: days.cast_signed(),
            active,
            automatic,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&permit, &rule, "retention_rule.created").await?;
        run_soon(&tx, &rule).await?;
        Ok(rule)
    })
    .await
}

/// Replaces a rule. Styr runs by an automatic one at once, and then each day.
///
/// # Errors
/// `forbidden`, also when it is automatic and the caller may not approve anonymization; `not_found`, `revision_changed`; `invalid` when it rules what does not happen.
pub async fn replace(
    ctx: &Ctx<of::RetentionRuleManage>,
    id: RetentionRuleId,
    if_match: &IfMatch,
    input: RuleInput,
) -> Result<RetentionRule> {
    ctx.write(|tx| async move {
        let permit = ctx.permit(&Resource::shared(ctx.account_id()))?;
        check(ctx, &input)?;
        let before: RetentionRule = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(before.revision)?;
        let RuleInput { name, retention, active, automatic } = input;
        let Retention { applies_to, starts_at, days } = retention;
        let days = days.cast_signed();
        let after = RetentionRule { name, applies_to, starts_at, days, active, automatic, ..before.clone() };
        let rule = tx.update(&permit, &before, after, "retention_rule.changed").await?;
        run_soon(&tx, &rule).await?;
        Ok(rule)
    })
    .await
}

/// Deletes a rule. Runs that went by it go on.
///
/// # Errors
/// `forbidden`, `not_found`, `revision_changed`.
pub async fn delete(
    ctx: &Ctx<of::RetentionRuleManage>,
    id: RetentionRuleId,
    if_match: &IfMatch,
) -> Result<()> {
    ctx.write(|tx| async move {
        let permit = ctx.permit(&Resource::shared(ctx.account_id()))?;
        let rule: RetentionRule = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(rule.revision)?;
        tx.delete(&permit, &rule, "retention_rule.deleted").await
    })
    .await
}

/// Whether the rule can be, and the caller may make it. What an automatic rule erases nobody is asked about, so that whoever
/// makes it so must be one who approves anonymization.
fn check<R>(ctx: &Ctx<R>, input: &RuleInput) -> Result<(), Fault> {
    if input.automatic {
        let _may: Permit<of::AnonymizationApprove> =
            authorize(ctx.actor(), &Resource::shared(ctx.account_id()))?;
    }
    let violations = input.retention.check();
    if violations.is_empty() { Ok(()) } else { Err(Fault::invalid(violations)) }
}

async fn run_soon(tx: &Tx, rule: &RetentionRule) -> Result<()> {
    if rule.active && rule.automatic { jobs::run_retention(tx, tx.now()).await } else { Ok(()) }
}

//! Retention rules.

use styr_domain::Fault;
use styr_domain::access::{Resource, of};
use styr_domain::id::RetentionRuleId;
use styr_domain::privacy::{Retention, RetentionRule};
use styr_persistence::privacy::run;
use styr_persistence::{Page, PageRequest, get};

use crate::app::{Ctx, IfMatch, Result};

/// What a rule is made or replaced with.
#[derive(Debug, Clone)]
pub struct RuleInput {
    /// Its name.
    pub name: String,
    /// What it rules.
    pub retention: Retention,
    /// Whether runs go by it.
    pub active: bool,
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

/// Makes a rule.
///
/// # Errors
/// `forbidden`; `invalid` when it rules what does not happen.
pub async fn create(ctx: &Ctx<of::RetentionRuleManage>, input: RuleInput) -> Result<RetentionRule> {
    let permit = ctx.permit(&Resource::shared(ctx.account_id()))?;
    check(&input)?;
    ctx.write(|tx| async move {
        let RuleInput { name, retention: Retention { applies_to, starts_at, days }, active } = input;
        let rule = RetentionRule {
            id: RetentionRuleId(tx.id()),
            account_id: tx.account_id(),
            name,
            applies_to,
            starts_at,
            days: days.cast_signed(),
            active,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&permit, &rule, "retention_rule.created").await?;
        Ok(rule)
    })
    .await
}

/// Replaces a rule.
///
/// # Errors
/// `forbidden`, `not_found`, `revision_changed`; `invalid` when it rules what does not happen.
pub async fn replace(
    ctx: &Ctx<of::RetentionRuleManage>,
    id: RetentionRuleId,
    if_match: &IfMatch,
    input: RuleInput,
) -> Result<RetentionRule> {
    let permit = ctx.permit(&Resource::shared(ctx.account_id()))?;
    check(&input)?;
    ctx.write(|tx| async move {
        let before: RetentionRule = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(before.revision)?;
        let RuleInput { name, retention: Retention { applies_to, starts_at, days }, active } = input;
        let after =
            RetentionRule { name, applies_to, starts_at, days: days.cast_signed(), active, ..before.clone() };
        tx.update(&permit, &before, after, "retention_rule.changed").await
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
    let permit = ctx.permit(&Resource::shared(ctx.account_id()))?;
    ctx.write(|tx| async move {
        let rule: RetentionRule = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(rule.revision)?;
        tx.delete(&permit, &rule, "retention_rule.deleted").await
    })
    .await
}

fn check(input: &RuleInput) -> Result<(), Fault> {
    let violations = input.retention.check();
    if violations.is_empty() { Ok(()) } else { Err(Fault::invalid(violations)) }
}

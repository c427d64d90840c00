//! Person search and anonymization on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::crypto::PublicKey;
use styr_domain::event::EntityKind;
use styr_domain::id::{AnonymizationRunId, RetentionRuleId, UserId};
use styr_domain::privacy::column::Column;
use styr_domain::privacy::{
    AnonymizationRun, AnonymizationTarget, DataClass, Erasure, Retention, RetentionRule, RetentionStart,
    RetentionTarget, RunCounts, RunStatus, TargetKind, TermKind,
};
use uuid::Uuid;

use super::Tag;
use super::answer::{Answer, Created, Done, Found, Thing};
use super::body::Body;
use super::page::{self, page};
use crate::app::privacy::rule::{self, RuleInput};
use crate::app::privacy::run::{self, Preview, RunInput};
use crate::app::{Ctx, IfMatch, privacy};

/// What to search for.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonSearchBody {
    /// A name, an e-mail address, a phone number, a person number or its first six digits; or several of these, of which
    /// any finds. Of several words all must be there, in any order, each at least by its beginning.
    #[oai(validator(min_length = 1, max_length = 500))]
    query: String,
    /// How many items at most. 25 when absent.
    #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A place where a person was found.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct PersonHitView {
    /// The kind of thing.
    entity: EntityKind,
    /// The thing.
    entity_id: Uuid,
    /// Its fields that hold what was searched for.
    fields: Vec<String>,
    /// What was recognised, the most telling where there are several.
    reason: TermKind,
    /// What the thing is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
}

impl From<privacy::Found> for PersonHitView {
    fn from(privacy::Found { entity, entity_id, fields, reason, title }: privacy::Found) -> Self {
        Self { entity, entity_id, fields: fields.into_iter().collect(), reason, title }
    }
}

page! {
    /// One page of places where a person was found.
    PersonHitPage of PersonHitView
}

/// A retention rule: when things of one kind are anonymized.
#[derive(Debug, Object, Serialize)]
pub(crate) struct RetentionRuleView {
    /// Its id.
    id: RetentionRuleId,
    /// Its name.
    name: String,
    /// What it applies to.
    applies_to: RetentionTarget,
    /// What the days are counted from.
    starts_at: RetentionStart,
    /// How many days after that, of 24 hours each.
    days: u32,
    /// Whether runs go by it.
    active: bool,
    /// Whether Styr itself starts runs by it.
    automatic: bool,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<RetentionRule> for RetentionRuleView {
    fn from(rule: RetentionRule) -> Self {
        let Retention { applies_to, starts_at, days } = rule.retention();
        let RetentionRule {
            id,
            account_id: _,
            name,
            applies_to: _,
            starts_at: _,
            days: _,
            active,
            automatic,
            revision: _,
            created_at,
        } = rule;
        Self { id, name, applies_to, starts_at, days, active, automatic, created_at }
    }
}

impl From<RetentionRule> for Thing<RetentionRuleView> {
    fn from(rule: RetentionRule) -> Self {
        Self { revision: rule.revision, view: rule.into() }
    }
}

page! {
    /// One page of retention rules.
    RetentionRulePage of RetentionRuleView
}

/// What a retention rule is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionRuleBody {
    /// The name.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// What it applies to.
    applies_to: RetentionTarget,
    /// What the days are counted from. Cases are completed and cancelled, users are deactivated; both are deleted and changed.
    starts_at: RetentionStart,
    /// How many days after that: 0, at once, to 36500.
    #[oai(validator(maximum(value = "36500")))]
    days: u32,
    /// Whether runs go by it. They do when absent.
    active: Option<bool>,
    /// Whether Styr itself starts runs by it, each day and, for deletions, at once, without asking anybody. It does not when
    /// absent. Making a rule so, or changing one that stays so, takes `anonymization.approve` too.
    automatic: Option<bool>,
}

impl From<RetentionRuleBody> for RuleInput {
    fn from(body: RetentionRuleBody) -> Self {
        let RetentionRuleBody { name, applies_to, starts_at, days, active, automatic } = body;
        Self {
            name,
            retention: Retention { applies_to, starts_at, days },
            active: active.unwrap_or(true),
            automatic: automatic.unwrap_or(false),
        }
    }
}

/// A thing to anonymize.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetBody {
    /// The kind of thing.
    entity: TargetKind,
    /// The thing.
    id: Uuid,
}

/// What a run is to anonymize: what rules make due, what is named, or both.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnonymizationRunBody {
    /// The rules to go by. When absent, all active ones, unless `targets` names something.
    #[oai(validator(max_items = 200))]
    rule_ids: Option<Vec<RetentionRuleId>>,
    /// What to anonymize whether or not a rule makes it due: what a person search found, say.
    #[oai(validator(max_items = 1000))]
    targets: Option<Vec<TargetBody>>,
}

/// What a run would be to anonymize, and which page of it to show.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnonymizationPreviewBody {
    /// The rules to go by. When absent, all active ones, unless `targets` names something.
    #[oai(validator(max_items = 200))]
    rule_ids: Option<Vec<RetentionRuleId>>,
    /// What to anonymize whether or not a rule makes it due.
    #[oai(validator(max_items = 1000))]
    targets: Option<Vec<TargetBody>>,
    /// How many items at most. 25 when absent.
    #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
    limit: Option<u64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

fn input(rule_ids: Option<Vec<RetentionRuleId>>, targets: Option<Vec<TargetBody>>) -> RunInput {
    let targets = targets.into_iter().flatten().map(|TargetBody { entity, id }| (entity, id)).collect();
    RunInput { rule_ids, targets }
}

/// What a run would do.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct AnonymizationPreviewView {
    /// One page of the things it would anonymize.
    items: Vec<AnonymizationItemView>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// How many things of each kind there are in all.
    totals: Vec<AnonymizationTotalView>,
    /// Whether more is due than the 10,000 things that one run takes. The rest is left to the next run.
    more_due: bool,
    /// What would be done to each column that holds personal data of these things.
    columns: Vec<AnonymizedColumnView>,
}

/// A thing that a run would anonymize.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct AnonymizationItemView {
    /// The kind of thing.
    entity: TargetKind,
    /// The thing.
    id: Uuid,
    /// The rule that makes it due; absent when it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_id: Option<RetentionRuleId>,
    /// What it is called; absent when it is deleted, and only its events still hold personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
}

/// How many things of a kind there are.
#[derive(Debug, Object, Serialize)]
pub(crate) struct AnonymizationTotalView {
    /// The kind of thing.
    entity: TargetKind,
    /// How many.
    count: u64,
}

/// What is done to a column.
#[derive(Debug, Object, Serialize)]
pub(crate) struct AnonymizedColumnView {
    /// The table.
    table: String,
    /// The column.
    column: String,
    /// Which personal data it holds.
    class: DataClass,
    /// What is done to it.
    erasure: Erasure,
}

impl From<&'static Column> for AnonymizedColumnView {
    fn from(Column { table, name, class, erasure }: &'static Column) -> Self {
        Self { table: (*table).to_owned(), column: (*name).to_owned(), class: *class, erasure: *erasure }
    }
}

impl From<Preview> for AnonymizationPreviewView {
    fn from(Preview { page, totals, more_due, columns }: Preview) -> Self {
        let item = |(AnonymizationTarget { entity, id, rule_id }, title)| AnonymizationItemView {
            entity,
            id,
            rule_id,
            title,
        };
        Self {
            items: page.items.into_iter().map(item).collect(),
            next_cursor: page::next(page.next),
            totals: totals
                .into_iter()
                .map(|(entity, count)| AnonymizationTotalView { entity, count })
                .collect(),
            more_due,
            columns: columns.into_iter().map(Into::into).collect(),
        }
    }
}

/// An anonymization run.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct AnonymizationRunView {
    /// Its id.
    id: AnonymizationRunId,
    /// Where it stands.
    status: RunStatus,
    /// Who started it; absent when Styr did, by automatic rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_by: Option<UserId>,
    /// How far it has come, and what it has erased so far.
    counts: RunCounts,
    /// When it was started.
    created_at: DateTime<Utc>,
    /// When it was completed or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<DateTime<Utc>>,
}

impl From<AnonymizationRun> for AnonymizationRunView {
    fn from(run: AnonymizationRun) -> Self {
        let AnonymizationRun {
            id,
            account_id: _,
            status,
            started_by,
            counts,
            receipt: _,
            revision: _,
            created_at,
            ended_at,
        } = run;
        Self { id, status, started_by, counts, created_at, ended_at }
    }
}

impl From<AnonymizationRun> for Thing<AnonymizationRunView> {
    fn from(run: AnonymizationRun) -> Self {
        Self { revision: run.revision, view: run.into() }
    }
}

page! {
    /// One page of anonymization runs.
    AnonymizationRunPage of AnonymizationRunView
}

/// A receipt of an anonymization run.
#[derive(Debug, Object, Serialize)]
pub(crate) struct AnonymizationReceiptView {
    /// What the run did, as a JWS in compact form (RFC 7515): the run, the account, the rules, the counts, when it was
    /// started and ended, and the head of the chain of events.
    receipt: String,
    /// The public key to verify it with.
    key: PublicKey,
}

/// The operations on personal data.
pub(crate) struct PrivacyApi;

#[OpenApi(tag = "Tag::Privacy")]
impl PrivacyApi {
    /// Search for a person
    ///
    /// Finds every place in the account that holds what is searched for, by id. Names are found whatever their accents
    /// and Danish or Swedish spelling. Without `case.search_full_person_number` a person number finds by its first six
    /// digits. The search becomes an event, with the query among the personal values that are erased with the person's.
    ///
    /// What came encrypted already is not found, nor is anything in drafts and flows. A name in the free text of somebody
    /// else's case or submission, in a title or description, or in the note of a version is found here too; whether it
    /// is the same person is for people to judge.
    #[oai(path = "/person-search", method = "post", operation_id = "person_search")]
    async fn search(
        &self,
        ctx: Ctx<of::PersonSearchRun>,
        body: Body<PersonSearchBody>,
    ) -> Answer<Found<PersonHitPage>> {
        let PersonSearchBody { query, limit, cursor } = body.0;
        let page = privacy::find(&ctx, &query, page::request(limit, cursor.as_deref())?).await?;
        Ok(Found(page.into()))
    }

    /// List retention rules
    ///
    /// Oldest first.
    #[oai(path = "/retention-rules", method = "get", operation_id = "retention_rule_list")]
    async fn rules(
        &self,
        ctx: Ctx<of::RetentionRuleManage>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<RetentionRulePage>> {
        Ok(Found(rule::list(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Create a retention rule
    ///
    /// A rule says what a run finds due. An automatic one has Styr start such runs itself, the first at once: preview a run by
    /// the rule before making it so.
    #[oai(path = "/retention-rules", method = "post", operation_id = "retention_rule_create")]
    async fn create_rule(
        &self,
        ctx: Ctx<of::RetentionRuleManage>,
        body: Body<RetentionRuleBody>,
    ) -> Answer<Created<RetentionRuleView>> {
        let made = rule::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/retention-rules/{}", made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get a retention rule
    ///
    /// The rule as it is now.
    #[oai(path = "/retention-rules/:id", method = "get", operation_id = "retention_rule_get")]
    async fn rule(
        &self,
        ctx: Ctx<of::RetentionRuleManage>,
        id: Path<RetentionRuleId>,
    ) -> Answer<Thing<RetentionRuleView>> {
        Ok(rule::get_one(&ctx, id.0).await?.into())
    }

    /// Replace a retention rule
    ///
    /// Runs that have been started keep the things that the rule made due then.
    #[oai(path = "/retention-rules/:id", method = "put", operation_id = "retention_rule_replace")]
    async fn replace_rule(
        &self,
        ctx: Ctx<of::RetentionRuleManage>,
        if_match: IfMatch,
        id: Path<RetentionRuleId>,
        body: Body<RetentionRuleBody>,
    ) -> Answer<Thing<RetentionRuleView>> {
        Ok(rule::replace(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a retention rule
    ///
    /// Runs that have been started keep the things that the rule made due then.
    #[oai(path = "/retention-rules/:id", method = "delete", operation_id = "retention_rule_delete")]
    async fn delete_rule(
        &self,
        ctx: Ctx<of::RetentionRuleManage>,
        if_match: IfMatch,
        id: Path<RetentionRuleId>,
    ) -> Answer<Done> {
        rule::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Preview an anonymization run
    ///
    /// Exactly what a run with the same rules and targets would touch now, and what it would do to it. Changes nothing.
    #[oai(path = "/anonymization-runs/preview", method = "post", operation_id = "anonymization_run_preview")]
    async fn preview(
        &self,
        ctx: Ctx<of::AnonymizationRun>,
        body: Body<AnonymizationPreviewBody>,
    ) -> Answer<Found<AnonymizationPreviewView>> {
        let AnonymizationPreviewBody { rule_ids, targets, limit, cursor } = body.0;
        let page = page::request(limit, cursor.as_deref())?;
        Ok(Found(run::preview(&ctx, &input(rule_ids, targets), page).await?.into()))
    }

    /// List anonymization runs
    ///
    /// Newest first.
    #[oai(path = "/anonymization-runs", method = "get", operation_id = "anonymization_run_list")]
    async fn runs(
        &self,
        ctx: Ctx<of::AnonymizationRun>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<AnonymizationRunPage>> {
        Ok(Found(run::list(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Start an anonymization run
    ///
    /// Anonymizes what the rules make due and what is named, and cannot be undone. The run goes on by itself, across
    /// restarts, and ends with a signed receipt.
    ///
    /// A user is deactivated, loses their tokens, and keeps only the account's word for a name. A case that has ended
    /// loses its title, its tasks' drafts, and the personal values of its submissions; one that has not is refused.
    /// With each of them go the personal values of all events about it, of searches that would have found it, the search
    /// index, and answers kept for idempotency keys. The events themselves stay, and their chain still verifies.
    ///
    /// What others wrote about a person elsewhere is not theirs and stays: find it with a person search and name it as a
    /// target. The notes that authors gave their versions stay too.
    #[oai(path = "/anonymization-runs", method = "post", operation_id = "anonymization_run_start")]
    async fn start(
        &self,
        ctx: Ctx<of::AnonymizationRun>,
        body: Body<AnonymizationRunBody>,
    ) -> Answer<Created<AnonymizationRunView>> {
        let AnonymizationRunBody { rule_ids, targets } = body.0;
        let made = run::start(&ctx, input(rule_ids, targets)).await?;
        let location = format!("/v1/anonymization-runs/{}", made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get an anonymization run
    ///
    /// How far it has come, and what it has erased.
    #[oai(path = "/anonymization-runs/:id", method = "get", operation_id = "anonymization_run_get")]
    async fn run(
        &self,
        ctx: Ctx<of::AnonymizationRun>,
        id: Path<AnonymizationRunId>,
    ) -> Answer<Thing<AnonymizationRunView>> {
        Ok(run::get_one(&ctx, id.0).await?.into())
    }

    /// Cancel an anonymization run
    ///
    /// What it has anonymized stays so, and its receipt says what that is.
    #[oai(
        path = "/anonymization-runs/:id/cancel",
        method = "post",
        operation_id = "anonymization_run_cancel"
    )]
    async fn cancel(
        &self,
        ctx: Ctx<of::AnonymizationRun>,
        id: Path<AnonymizationRunId>,
    ) -> Answer<Thing<AnonymizationRunView>> {
        Ok(run::cancel(&ctx, id.0).await?.into())
    }

    /// Get an anonymization run's receipt
    ///
    /// The signed receipt of a run that has ended. It holds no personal data, and anyone can verify it with the key.
    #[oai(path = "/anonymization-runs/:id/receipt", method = "get", operation_id = "anonymization_receipt")]
    async fn receipt(
        &self,
        ctx: Ctx<of::AnonymizationRun>,
        id: Path<AnonymizationRunId>,
    ) -> Answer<Found<AnonymizationReceiptView>> {
        let (receipt, key) = run::receipt(&ctx, id.0).await?;
        Ok(Found(AnonymizationReceiptView { receipt, key }))
    }
}

//! Person search. Retention rules are in [`rule`], anonymization runs in [`run`].

pub mod rule;
pub mod run;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::json;
use styr_domain::access::{Resource, Right, of};
use styr_domain::case::{Case, Task};
use styr_domain::event::EntityKind;
use styr_domain::form::{Form, Submission};
use styr_domain::id::AccountId;
use styr_domain::privacy::{Query, TermKind};
use styr_domain::process::Process;
use styr_domain::token::Token;
use styr_domain::user::User;
use styr_domain::workflow::Workflow;
use styr_domain::{Fault, Text, Violation};
use styr_persistence::privacy::erase::{SEARCH_RAN, SEARCHED_FOR};
use styr_persistence::privacy::{Hit, search};
use styr_persistence::{Page, PageRequest, Source, find_many};
use uuid::Uuid;

use super::{Ctx, Result};

/// A place where a person was found, and why.
#[derive(Debug, Clone)]
pub struct Found {
    /// The kind of thing.
    pub entity: EntityKind,
    /// The thing.
    pub entity_id: Uuid,
    /// Its fields that hold what was searched for.
    pub fields: BTreeSet<String>,
    /// What was recognised, the most telling where there are several.
    pub reason: TermKind,
    /// What it is called, if anything.
    pub title: Option<String>,
}

/// One page of the places where a person's data lie, by id. The search itself becomes an event; where it finds anything,
/// with what was searched for among its personal values.
///
/// # Errors
/// `forbidden`; `invalid` when nothing is asked for; or the database fails.
pub async fn find(ctx: &Ctx<of::PersonSearchRun>, text: &str, page: PageRequest) -> Result<Page<Found>> {
    let account_id = ctx.account_id();
    let _may = ctx.permit(&Resource::shared(account_id))?;
    let mut query = Query::parse(text);
    if query.has_person_number() && !ctx.actor().holds_in(Right::CaseSearchFullPersonNumber, None) {
        query = query.limited_to_six_digits();
    }
    if query.is_empty() {
        let text = Text::fixed(
            "Der er intet at søge efter. Skriv et navn, en e-mailadresse, et telefonnummer eller et personnummer.",
            "Det finns inget att söka efter. Skriv ett namn, en e-postadress, ett telefonnummer eller ett personnummer.",
            "There is nothing to search for. Write a name, an e-mail address, a phone number or a person number.",
        );
        return Err(Fault::invalid(vec![Violation::at("/query", "query_empty", text)]).into());
    }
    let keys = ctx.app().store().account_keys(account_id).await?.blind_index_keys();
    let mut found: BTreeMap<Uuid, Found> = BTreeMap::new();
    for way in query.ways(&keys) {
        for Hit { entity, entity_id, fields } in
            search(&ctx.read(), account_id, &way, page.after, page.limit + 1).await?
        {
            let Ok(entity) = entity.parse() else { continue };
            let new = Found { entity, entity_id, fields: BTreeSet::new(), reason: way.kind, title: None };
            found.entry(entity_id).or_insert(new).fields.extend(fields);
        }
    }
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    let mut items: Vec<Found> = found.into_values().take(limit).collect();
    let next = more.then(|| items.last().map(|found| found.entity_id)).flatten();
    let mut titles = titles(&ctx.read(), account_id, &items).await?;
    for found in &mut items {
        found.title = titles.remove(&found.entity_id);
    }
    // The answer is not kept for the idempotency key: it would be one more place with personal data.
    let detail = json!({ "hits": items.len(), "more": more });
    // Nor is what was searched for when nothing holds it: then no anonymization would ever come by to erase it.
    let personal = (!items.is_empty()).then(|| json!({ SEARCHED_FOR: text }));
    ctx.write(|tx| async move {
        tx.note(EntityKind::PersonSearch, tx.id(), SEARCH_RAN, None, detail, personal);
        Ok(())
    })
    .await?;
    Ok(Page { items, next })
}

/// What the things are called.
async fn titles(
    source: &impl Source,
    account_id: AccountId,
    found: &[Found],
) -> Result<HashMap<Uuid, String>> {
    let things: Vec<(EntityKind, Uuid)> = found.iter().map(|found| (found.entity, found.entity_id)).collect();
    titles_of(source, account_id, &things).await
}

/// What things are called, for those kinds that a person can be found in: with one query for each kind.
async fn titles_of(
    source: &impl Source,
    account_id: AccountId,
    things: &[(EntityKind, Uuid)],
) -> Result<HashMap<Uuid, String>> {
    let of_kind = |kind| things.iter().filter(move |(other, _)| *other == kind).map(|(_, id)| *id);
    let mut titles = HashMap::new();
    let users: Vec<User> = find_many(source, account_id, of_kind(EntityKind::User)).await?;
    titles.extend(users.into_iter().map(|user| (user.id.0, user.name)));
    let tokens: Vec<Token> = find_many(source, account_id, of_kind(EntityKind::Token)).await?;
    titles.extend(tokens.into_iter().map(|token| (token.id.0, token.name)));
    let cases: Vec<Case> = find_many(source, account_id, of_kind(EntityKind::Case)).await?;
    titles.extend(cases.into_iter().map(|case| (case.id.0, case.title)));
    let tasks: Vec<Task> = find_many(source, account_id, of_kind(EntityKind::Task)).await?;
    titles.extend(tasks.into_iter().map(|task| (task.id.0, task.name)));
    let processes: Vec<Process> = find_many(source, account_id, of_kind(EntityKind::Process)).await?;
    titles.extend(processes.into_iter().map(|process| (process.id.0, process.title)));
    let workflows: Vec<Workflow> = find_many(source, account_id, of_kind(EntityKind::Workflow)).await?;
    titles.extend(workflows.into_iter().map(|workflow| (workflow.id.0, workflow.title)));
    let forms: Vec<Form> = find_many(source, account_id, of_kind(EntityKind::Form)).await?;
    titles.extend(forms.into_iter().map(|form| (form.id.0, form.title)));
    let submissions: Vec<Submission> = find_many(source, account_id, of_kind(EntityKind::Submission)).await?;
    let forms: BTreeSet<Uuid> = submissions.iter().map(|submission| submission.form_id.0).collect();
    let forms: Vec<Form> = find_many(source, account_id, forms).await?;
    let forms: HashMap<_, _> = forms.into_iter().map(|form| (form.id, form.title)).collect();
    titles.extend(
        submissions
            .into_iter()
            .filter_map(|submission| Some((submission.id.0, forms.get(&submission.form_id)?.clone()))),
    );
    Ok(titles)
}

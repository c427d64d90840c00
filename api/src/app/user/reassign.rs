//! When a person leaves: what they are responsible for, and giving it to another.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use styr_domain::access::{
    ActivityFilter, CaseFilter, Permit, ProcessEditFilter, authorize, edit_activity, edit_process, of,
};
use styr_domain::case::{Case, Task};
use styr_domain::id::{ActivityId, CaseId, ProcessId, UserId};
use styr_domain::process::{Activity, Process};
use styr_domain::user::{Group, Responsibility, ResponsibilityKind as Kind, User};
use styr_domain::{Fault, FaultKind, Text, Violation, text};
use styr_persistence::case::Part;
use styr_persistence::process::{Part as ProcessPart, People};
use styr_persistence::responsibility::{self, Seen};
use styr_persistence::{PageRequest, Tx, activity, case, find, find_many, get, process, user};
use uuid::Uuid;

use super::{Manage, ManageGroup, SEE_GROUP, group_resource, managed, resource};
use crate::app::Result;
use crate::app::account::coverage;
use crate::app::case::Known;
use crate::app::context::Ctx;
use crate::app::process::{self as processes_app, facts, missing, refuse_frozen};

/// A place in the list of what a user is responsible for: the last item seen.
pub type Place = (Kind, Uuid);

/// One page of what a user is responsible for, as far as the caller may see it, kind after kind; and where to go on.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn responsibilities(
    ctx: &Ctx<Manage>,
    id: UserId,
    after: Option<Place>,
    limit: u64,
) -> Result<(Vec<Responsibility>, Option<Place>)> {
    let read = ctx.read();
    let user: User = get(&read, ctx.account_id(), id).await?;
    let _managed = ctx.permit(&resource(ctx, &user))?;
    let mut groups = coverage(ctx, SEE_GROUP);
    groups.organisations.insert(ctx.actor().organisation_id);
    let seen =
        Seen { activities: ActivityFilter::of(ctx.actor()), cases: CaseFilter::of(ctx.actor()), groups };
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut items: Vec<Responsibility> = Vec::new();
    for kind in Kind::ALL.iter().copied().filter(|kind| after.is_none_or(|(last, _)| *kind >= last)) {
        // One more than asked for tells whether there is another page.
        let room = limit + 1 - items.len() as u64;
        if room == 0 {
            break;
        }
        let after = after.filter(|(last, _)| *last == kind).map(|(_, id)| id);
        let page = PageRequest { limit: room, after };
        items.extend(responsibility::of_kind(&read, id, kind, &seen, page).await?.items);
    }
    let more = items.len() > most;
    items.truncate(most);
    let next = items.last().filter(|_| more).map(|last| (last.kind, last.id));
    Ok((items, next))
}

/// Who is to be responsible, and for what.
#[derive(Debug, Clone)]
pub struct Reassignment {
    /// Who is to be.
    pub to_user_id: UserId,
    /// What of it; all when none is named.
    pub items: Option<Vec<(Kind, Uuid)>>,
}

/// How many things of a kind changed hands.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Reassigned {
    /// The kind.
    pub kind: Kind,
    /// How many.
    pub count: u64,
}

/// Things of one kind that the caller may change, and the proof of it.
struct Allowed<T, R> {
    things: Vec<T>,
    permit: Option<Permit<R>>,
}

impl<T, R> Default for Allowed<T, R> {
    fn default() -> Self {
        Self { things: Vec::new(), permit: None }
    }
}

impl<T, R> Allowed<T, R> {
    /// Takes the decision about one thing.
    fn decide(
        &mut self,
        refused: &mut Refused,
        item: (Kind, Uuid),
        thing: T,
        decided: Result<Permit<R>, Fault>,
    ) {
        match decided {
            Ok(permit) => {
                self.things.push(thing);
                self.permit = Some(permit);
            }
            Err(fault) => refused.add(item, fault),
        }
    }
}

/// What the caller may not change.
#[derive(Default)]
struct Refused {
    /// Where in the body each thing was named, if it was.
    pointers: BTreeMap<(Kind, Uuid), String>,
    forbidden: bool,
    missing_rights: BTreeSet<&'static str>,
    violations: Vec<Violation>,
    /// How many there are that the caller may not even see, and which they did not name.
    unseen: u64,
}

/// The most things that a refusal names.
const MOST_NAMED: usize = 100;

impl Refused {
    fn add(&mut self, item: (Kind, Uuid), fault: Fault) {
        let Fault { kind, code, text, violations: _, missing_rights } = fault;
        self.forbidden |= kind != FaultKind::Conflict;
        self.missing_rights.extend(missing_rights);
        let violation = match self.pointers.get(&item) {
            Some(pointer) => Violation::at(pointer.clone(), code, text),
            None if kind == FaultKind::NotFound => {
                self.unseen += 1;
                return;
            }
            None => {
                let (name, id, Text { da, sv, en }) = (item.0.as_str(), item.1, text);
                Violation::at("", code, text!("{name} {id}: {da}", "{name} {id}: {sv}", "{name} {id}: {en}"))
            }
        };
        if self.violations.len() < MOST_NAMED {
            self.violations.push(violation);
        }
    }

    /// # Errors
    /// `forbidden` or a conflict, naming each thing, when there is any.
    fn check(mut self) -> Result<(), Fault> {
        let unseen = self.unseen;
        if unseen > 0 {
            let text = text!(
                "Brugeren har ansvar for {unseen} ting, som du ikke må se. Vælg ud med items, eller bed en, der må se dem.",
                "Användaren ansvarar för {unseen} saker som du inte får se. Välj ut med items, eller be någon som får se dem.",
                "The user is responsible for {unseen} things that you may not see. Choose by items, or ask someone who may see them."
            );
            self.violations.push(Violation::at("", "not_found", text));
        }
        if self.violations.is_empty() {
            return Ok(());
        }
        let text = Text::fixed(
            "Intet er overdraget, for noget af det må eller kan du ikke ændre. Udelad det nævnte, eller bed en, der må.",
            "Inget har överlåtits, för en del av det får eller kan du inte ändra. Utelämna det nämnda, eller be någon som får.",
            "Nothing was reassigned, since you may not or cannot change some of it. Leave out what is named, or ask someone who may.",
        );
        let (kind, code) = if self.forbidden {
            (FaultKind::Forbidden, "forbidden")
        } else {
            (FaultKind::Conflict, "reassign_refused")
        };
        Err(Fault {
            violations: self.violations,
            missing_rights: self.missing_rights.into_iter().collect(),
            ..Fault::new(kind, code, text)
        })
    }
}

/// Makes another user responsible for what one is: all of it, or what is chosen. Either all of that changes hands or
/// nothing does.
///
/// # Errors
/// `not_found`, `forbidden` or `reassign_refused` with each thing that the caller may not or cannot change; `invalid` when
/// the other user is not there, not active or the same, or something is chosen that the user is not responsible for.
pub async fn reassign(ctx: &Ctx<Manage>, id: UserId, input: Reassignment) -> Result<Vec<Reassigned>> {
    ctx.write(|tx| async move {
        let (from, _permit) = managed(ctx, &tx, id, None).await?;
        let to = heir(&tx, from.id, input.to_user_id).await?;
        let (chosen, mut refused) = chosen(&tx, from.id, input.items).await?;
        let of = |kind: Kind| chosen.get(&kind).map(Vec::as_slice).unwrap_or_default();

        let (owned, _) =
            processes(ctx, &tx, &mut refused, Kind::ProcessOwner, of(Kind::ProcessOwner)).await?;
        let (edited, editors) =
            processes(ctx, &tx, &mut refused, Kind::ProcessEditor, of(Kind::ProcessEditor)).await?;
        let (joined, members) =
            processes(ctx, &tx, &mut refused, Kind::ProcessMember, of(Kind::ProcessMember)).await?;
        let activities = activities(ctx, &tx, &mut refused, of(Kind::ActivityOwner)).await?;
        let cases = cases(ctx, &tx, &mut refused, of(Kind::CaseOwner)).await?;
        let tasks = tasks(ctx, &tx, &mut refused, of(Kind::Task)).await?;
        let groups = groups(ctx, &tx, &mut refused, of(Kind::GroupMember)).await?;
        refused.check()?;

        if let Some(permit) = owned.permit {
            let changes = owned.things.into_iter().map(|before| {
                let after = Process { owner_id: to, ..before.clone() };
                (before, after)
            });
            tx.update_many(&permit, changes.collect(), "process.owner_changed").await?;
        }
        if let Some(permit) = edited.permit {
            let present = editors.into_iter().map(|(id, people)| (id, people.editors)).collect();
            process::hand_over(&tx, &permit, ProcessPart::Editor, from.id, to, &present).await?;
        }
        if let Some(permit) = joined.permit {
            let present = members.into_iter().map(|(id, people)| (id, people.members)).collect();
            process::hand_over(&tx, &permit, ProcessPart::Member, from.id, to, &present).await?;
        }
        if let Some(permit) = activities.permit {
            let changes = activities.things.into_iter().map(|before| {
                let after = Activity { owner_id: to, ..before.clone() };
                (before, after)
            });
            tx.update_many(&permit, changes.collect(), "activity.owner_changed").await?;
        }
        if let Some(permit) = cases.permit {
            let ids: Vec<CaseId> = cases.things.iter().map(|case| case.id).collect();
            // Whoever started a case keeps a part in it.
            let not_started = cases.things.iter().filter(|case| case.starter_id != from.id);
            let not_started: Vec<CaseId> = not_started.map(|case| case.id).collect();
            case::remove_party(&tx, &permit, &not_started, from.id, Part::Party).await?;
            case::add_parties(&tx, &permit, &ids, [(to.0, Part::Party)]).await?;
            let changes = cases.things.into_iter().map(|before| {
                let after = Case { owner_id: to, ..before.clone() };
                (before, after)
            });
            tx.update_many(&permit, changes.collect(), "case.owner_changed").await?;
        }
        if let Some(permit) = tasks.permit {
            let ids: BTreeSet<CaseId> = tasks.things.iter().map(|task| task.case_id).collect();
            let ids: Vec<CaseId> = ids.into_iter().collect();
            case::add_parties(&tx, &permit, &ids, [(to.0, Part::Involved)]).await?;
            let changes = tasks.things.into_iter().map(|before| {
                let after = Task { assignee_id: Some(to), ..before.clone() };
                (before, after)
            });
            tx.update_many(&permit, changes.collect(), "task.reassigned").await?;
        }
        if let Some(permit) = groups.permit {
            user::hand_over(&tx, &permit, &groups.things, from.id, to).await?;
        }
        let counts = Kind::ALL.iter().map(|kind| Reassigned { kind: *kind, count: of(*kind).len() as u64 });
        Ok(counts.collect())
    })
    .await
}

/// The user who is to be responsible.
async fn heir(tx: &Tx, from: UserId, to: UserId) -> Result<UserId> {
    let pointer = "/to_user_id";
    let violation = match find::<User>(tx, tx.account_id(), to).await? {
        Some(user) if user.id == from => {
            let text = Text::fixed(
                "Det er brugeren selv. Vælg en anden.",
                "Det är användaren själv. Välj en annan.",
                "This is the user themself. Choose another.",
            );
            Violation::at(pointer, "same_user", text)
        }
        Some(user) if user.active => return Ok(user.id),
        Some(_) => {
            let text = Text::fixed(
                "Brugeren er deaktiveret. Vælg en, der er aktiv.",
                "Användaren är inaktiverad. Välj någon som är aktiv.",
                "The user has been deactivated. Choose one who is active.",
            );
            Violation::at(pointer, "user_inactive", text)
        }
        None => missing(pointer),
    };
    Err(Fault::invalid(vec![violation]).into())
}

/// What is to change hands by its kind, and where in the body each was named.
async fn chosen(
    tx: &Tx,
    from: UserId,
    items: Option<Vec<(Kind, Uuid)>>,
) -> Result<(BTreeMap<Kind, Vec<Uuid>>, Refused)> {
    let mut held = BTreeMap::new();
    for kind in Kind::ALL {
        held.insert(*kind, responsibility::ids(tx, tx.account_id(), from, *kind).await?);
    }
    let mut refused = Refused::default();
    let Some(items) = items else { return Ok((held, refused)) };
    let mut violations = Vec::new();
    for (number, (kind, id)) in items.into_iter().enumerate() {
        let pointer = format!("/items/{number}/id");
        if held[&kind].binary_search(&id).is_ok() {
            refused.pointers.entry((kind, id)).or_insert(pointer);
        } else {
            violations.push(missing(&pointer));
        }
    }
    if !violations.is_empty() {
        return Err(Fault::invalid(violations).into());
    }
    let mut chosen: BTreeMap<Kind, Vec<Uuid>> = BTreeMap::new();
    for (kind, id) in refused.pointers.keys() {
        chosen.entry(*kind).or_default().push(*id);
    }
    Ok((chosen, refused))
}

async fn processes(
    ctx: &Ctx<Manage>,
    tx: &Tx,
    refused: &mut Refused,
    kind: Kind,
    ids: &[Uuid],
) -> Result<(Allowed<Process, of::ProcessEdit>, BTreeMap<ProcessId, People>)> {
    let ids: Vec<ProcessId> = ids.iter().copied().map(ProcessId).collect();
    let people = process::people_of_many(tx, ctx.account_id(), &ids).await?;
    let (mut allowed, nobody) = (Allowed::default(), People::default());
    for process in find_many::<Process>(tx, ctx.account_id(), ids.iter().map(|id| id.0)).await? {
        let people = people.get(&process.id).unwrap_or(&nobody);
        let decided = edit_process(ctx.actor(), &facts(&process, people, ctx.actor().user_id));
        let decided = decided.and_then(|permit| refuse_frozen(&process).map(|()| permit));
        allowed.decide(refused, (kind, process.id.0), process, decided);
    }
    Ok((allowed, people))
}

async fn activities(
    ctx: &Ctx<Manage>,
    tx: &Tx,
    refused: &mut Refused,
    ids: &[Uuid],
) -> Result<Allowed<Activity, of::ProcessEdit>> {
    let mut allowed = Allowed::default();
    let edits = ProcessEditFilter::of(ctx.actor());
    let standings = activity::standings(tx, &edits, ids.iter().copied().map(ActivityId)).await?;
    for activity in find_many::<Activity>(tx, ctx.account_id(), ids.iter().copied()).await? {
        let standing = standings.get(&activity.id).copied().unwrap_or_default();
        let facts = processes_app::activity::facts(&activity, standing);
        let decided = edit_activity(ctx.actor(), &facts);
        allowed.decide(refused, (Kind::ActivityOwner, activity.id.0), activity, decided);
    }
    Ok(allowed)
}

async fn cases(
    ctx: &Ctx<Manage>,
    tx: &Tx,
    refused: &mut Refused,
    ids: &[Uuid],
) -> Result<Allowed<Case, of::CaseChangeOwner>> {
    let mut allowed = Allowed::default();
    let cases = find_many(tx, ctx.account_id(), ids.iter().copied()).await?;
    for known in Known::of_many(tx, cases).await? {
        let decided = known.may(ctx.actor());
        allowed.decide(refused, (Kind::CaseOwner, known.case.id.0), known.case, decided);
    }
    Ok(allowed)
}

async fn tasks(
    ctx: &Ctx<Manage>,
    tx: &Tx,
    refused: &mut Refused,
    ids: &[Uuid],
) -> Result<Allowed<Task, of::CaseTakeOver>> {
    let mut allowed = Allowed::default();
    let tasks: Vec<Task> = find_many(tx, ctx.account_id(), ids.iter().copied()).await?;
    let cases: BTreeSet<CaseId> = tasks.iter().map(|task| task.case_id).collect();
    let cases = find_many(tx, ctx.account_id(), cases.into_iter().map(|id| id.0)).await?;
    let known = Known::of_many(tx, cases).await?;
    let known: BTreeMap<CaseId, Known> = known.into_iter().map(|known| (known.case.id, known)).collect();
    for task in tasks {
        let known = known.get(&task.case_id).ok_or_else(Fault::not_found);
        let decided = known.and_then(|known| known.may(ctx.actor()));
        allowed.decide(refused, (Kind::Task, task.id.0), task, decided);
    }
    Ok(allowed)
}

async fn groups(
    ctx: &Ctx<Manage>,
    tx: &Tx,
    refused: &mut Refused,
    ids: &[Uuid],
) -> Result<Allowed<Group, ManageGroup>> {
    let mut allowed = Allowed::default();
    for group in find_many::<Group>(tx, ctx.account_id(), ids.iter().copied()).await? {
        let decided = authorize::<ManageGroup>(ctx.actor(), &group_resource(ctx, &group));
        allowed.decide(refused, (Kind::GroupMember, group.id.0), group, decided);
    }
    Ok(allowed)
}

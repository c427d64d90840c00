//! Changing many processes at once: all of them or none.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use styr_domain::access::{Permit, ProcessState, ProcessVisibility, create_process, edit_process, of};
use styr_domain::id::{ProcessGroupId, ProcessId, UserId};
use styr_domain::process::{Process, ProcessGroup};
use styr_domain::user::User;
use styr_domain::{Fault, FaultKind, Text, Violation};
use styr_persistence::process::{Part, People};
use styr_persistence::version::Publication;
use styr_persistence::{Tx, find, find_many, process};

use super::version::{not_frozen, put_in_force, refuse_unpublished};
use super::{facts, missing, refuse_frozen, remove};
use crate::app::{Ctx, Result};

/// What is done to each of the processes; what is not named stays as it is.
#[derive(Debug, Clone, Default)]
pub struct BulkInput {
    /// The processes.
    pub process_ids: Vec<ProcessId>,
    /// The group to lie in.
    pub group_id: Option<ProcessGroupId>,
    /// Who answers for it.
    pub owner_id: Option<UserId>,
    /// Whether all may see it.
    pub visibility: Option<ProcessVisibility>,
    /// Who may change it besides those who do.
    pub add_editor_ids: BTreeSet<UserId>,
    /// Who may no longer.
    pub remove_editor_ids: BTreeSet<UserId>,
    /// What is done to it in the end.
    pub action: Option<BulkAction>,
    /// What was changed and why, for publishing.
    pub note: Option<String>,
}

/// What can be done to many processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAction {
    /// Puts the newest version in force; one that is in force already stays so.
    Publish,
    /// Sets it aside.
    Freeze,
    /// Takes it up again.
    Unfreeze,
    /// Deletes it.
    Delete,
}

/// How many processes were changed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct BulkDone {
    /// How many.
    pub count: u64,
}

/// Changes many processes.
///
/// # Errors
/// `forbidden`, a conflict or `invalid`, with each process that is in the way by its place in the list; `invalid` when the
/// group or a user is not there.
pub async fn change(ctx: &Ctx<of::ProcessEdit>, input: BulkInput) -> Result<BulkDone> {
    ctx.write(|tx| async move {
        check(ctx, &tx, &input).await?;
        let (permit, processes) = permitted(ctx, &tx, &input).await?;
        let Some(permit) = permit else { return Ok(BulkDone { count: 0 }) };
        let count = processes.len() as u64;
        let mut changed = Vec::with_capacity(processes.len());
        for (before, people) in processes {
            if input.action == Some(BulkAction::Delete) {
                remove(&tx, &permit, &before).await?;
                continue;
            }
            let editors: BTreeSet<UserId> = people
                .editors
                .union(&input.add_editor_ids)
                .filter(|id| !input.remove_editor_ids.contains(id))
                .copied()
                .collect();
            if editors != people.editors {
                process::set_people(&tx, &permit, &before, Part::Editor, &editors).await?;
            }
            let after = Process {
                group_id: input.group_id.or(before.group_id),
                owner_id: input.owner_id.unwrap_or(before.owner_id),
                visibility: input.visibility.unwrap_or(before.visibility),
                state: state_after(&before, input.action),
                ..before.clone()
            };
            if input.action == Some(BulkAction::Publish) && before.published_version != Some(before.version) {
                let publication = Publication { note: input.note.as_deref(), new_edition: true };
                put_in_force(&tx, &permit, &before, after, publication).await?;
            } else {
                changed.push((before, after));
            }
        }
        let kind = match input.action {
            Some(BulkAction::Freeze) => "process.frozen",
            Some(BulkAction::Unfreeze) => "process.unfrozen",
            _ => "process.changed",
        };
        tx.update_many(&permit, changed, kind).await?;
        Ok(BulkDone { count })
    })
    .await
}

const fn state_after(before: &Process, action: Option<BulkAction>) -> ProcessState {
    match action {
        Some(BulkAction::Publish | BulkAction::Unfreeze) => ProcessState::Live,
        Some(BulkAction::Freeze) => ProcessState::Frozen,
        Some(BulkAction::Delete) | None => before.state,
    }
}

/// Whether what the input names besides the processes is there, and theirs to put processes into.
async fn check(ctx: &Ctx<of::ProcessEdit>, tx: &Tx, input: &BulkInput) -> Result<()> {
    let mut violations = Vec::new();
    if let Some(group) = input.group_id {
        if find::<ProcessGroup>(tx, tx.account_id(), group).await?.is_none() {
            violations.push(missing("/group_id"));
        } else {
            let _fills = create_process(ctx.actor(), Some(group))?;
        }
    }
    let named = input.owner_id.iter().map(|id| ("/owner_id", *id));
    let added = input.add_editor_ids.iter().map(|id| ("/add_editor_ids", *id));
    let people: Vec<(&str, UserId)> = named.chain(added).collect();
    let known: Vec<User> = find_many(tx, tx.account_id(), people.iter().map(|(_, id)| id.0)).await?;
    let known: BTreeSet<UserId> = known.into_iter().map(|user| user.id).collect();
    violations.extend(
        people.into_iter().filter(|(_, id)| !known.contains(id)).map(|(pointer, _)| missing(pointer)),
    );
    Ok(Fault::unless_valid(violations)?)
}

/// The processes with their people, if all may be changed.
async fn permitted(
    ctx: &Ctx<of::ProcessEdit>,
    tx: &Tx,
    input: &BulkInput,
) -> Result<(Option<Permit<of::ProcessEdit>>, Vec<(Process, People)>)> {
    let ids: BTreeSet<ProcessId> = input.process_ids.iter().copied().collect();
    let found: Vec<Process> = find_many(tx, tx.account_id(), ids.iter().map(|id| id.0)).await?;
    let listed: Vec<ProcessId> = ids.iter().copied().collect();
    let mut people = process::people_of_many(tx, tx.account_id(), &listed).await?;
    let (mut permit, mut allowed, mut refused) = (None, Vec::new(), Refused::default());
    for process in found {
        let people = people.remove(&process.id).unwrap_or_default();
        let decided = edit_process(ctx.actor(), &facts(&process, &people, ctx.actor().user_id));
        match decided.and_then(|permit| fits(&process, input.action).map(|()| permit)) {
            Ok(granted) => permit = Some(granted),
            Err(fault) => refused.add(input, process.id, fault),
        }
        allowed.push((process, people));
    }
    for id in ids.iter().filter(|id| !allowed.iter().any(|(process, _)| process.id == **id)) {
        refused.add(input, *id, Fault::not_found());
    }
    refused.check()?;
    Ok((permit, allowed))
}

/// Whether the process is in a state for what is to be done.
fn fits(process: &Process, action: Option<BulkAction>) -> Result<(), Fault> {
    match action {
        Some(BulkAction::Unfreeze) if process.state == ProcessState::Frozen => Ok(()),
        Some(BulkAction::Unfreeze) => Err(not_frozen()),
        Some(BulkAction::Delete) => Ok(()),
        Some(BulkAction::Freeze) => {
            refuse_frozen(process).and_then(|()| refuse_unpublished(process).map(drop))
        }
        _ => refuse_frozen(process),
    }
}

/// The processes that are in the way.
#[derive(Default)]
struct Refused {
    kind: Option<FaultKind>,
    missing_rights: BTreeSet<&'static str>,
    violations: Vec<Violation>,
}

impl Refused {
    fn add(&mut self, input: &BulkInput, id: ProcessId, fault: Fault) {
        let Fault { kind, code, text, violations: _, missing_rights } = fault;
        // What may not be known of is not there, and what is named but not there is wrong in the request.
        let kind = if kind == FaultKind::NotFound { FaultKind::Invalid } else { kind };
        let weight = |kind| {
            [FaultKind::Conflict, FaultKind::Forbidden, FaultKind::Invalid].iter().position(|k| *k == kind)
        };
        if self.kind.is_none_or(|known| weight(known) < weight(kind)) {
            self.kind = Some(kind);
        }
        self.missing_rights.extend(missing_rights);
        let place = input.process_ids.iter().position(|named| *named == id).unwrap_or_default();
        self.violations.push(Violation::at(format!("/process_ids/{place}"), code, text));
    }

    fn check(self) -> Result<(), Fault> {
        let Some(kind) = self.kind else { return Ok(()) };
        let (code, text) = match kind {
            FaultKind::Invalid => return Err(Fault::invalid(self.violations)),
            FaultKind::Forbidden => ("forbidden", REFUSED),
            _ => ("bulk_refused", REFUSED),
        };
        let missing_rights = self.missing_rights.into_iter().collect();
        Err(Fault { violations: self.violations, missing_rights, ..Fault::new(kind, code, text) })
    }
}

const REFUSED: Text = Text::fixed(
    "Intet er ændret, for nogle af processerne må eller kan ikke ændres sådan. Udelad de nævnte, eller bed en, der må.",
    "Inget har ändrats, för några av processerna får eller kan inte ändras så. Utelämna de nämnda, eller be någon som får.",
    "Nothing was changed, since some of the processes may not or cannot be changed so. Leave out those named, or ask someone who may.",
);

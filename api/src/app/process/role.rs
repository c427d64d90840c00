//! Process roles: the library of job functions, who holds them, and the lanes that name them.

use serde_json::json;
use styr_domain::access::{Permit, ProcessFilter, Resource, of};
use styr_domain::event::EntityKind;
use styr_domain::id::ProcessRoleId;
use styr_domain::process::{Process, ProcessPerson, ProcessRole};
use styr_domain::{Fault, Text, Violation, text};
use styr_persistence::process::ProcessQuery;
use styr_persistence::{Page, PageRequest, Tx, find, get, library, process};

use super::missing;
use crate::app::{Ctx, IfMatch, Result};

/// What a process role is made or replaced with.
#[derive(Debug, Clone)]
pub struct ProcessRoleInput {
    /// Its name.
    pub name: String,
    /// What who holds it does.
    pub description: String,
}

/// One page of the account's process roles, without those that were merged into others.
///
/// # Errors
/// The database fails.
pub async fn list(ctx: &Ctx<of::ProcessSee>, page: PageRequest) -> Result<Page<ProcessRole>> {
    library::process_roles(&ctx.read(), ctx.account_id(), page).await
}

/// A process role. One that was merged into another says into which.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<of::ProcessSee>, id: ProcessRoleId) -> Result<ProcessRole> {
    get(&ctx.read(), ctx.account_id(), id).await
}

fn permit(ctx: &Ctx<of::ProcessRoleManage>) -> Result<Permit<of::ProcessRoleManage>, Fault> {
    ctx.permit(&Resource::shared(ctx.account_id()))
}

async fn refuse_taken(tx: &Tx, id: Option<ProcessRoleId>, name: &str) -> Result<()> {
    match library::process_role_by_name(tx, tx.account_id(), name).await? {
        Some(other) if Some(other.id) != id => Err(library::name_taken().into()),
        _ => Ok(()),
    }
}

/// Makes a process role.
///
/// # Errors
/// `forbidden`, `name_taken`.
pub async fn create(ctx: &Ctx<of::ProcessRoleManage>, input: ProcessRoleInput) -> Result<ProcessRole> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let ProcessRoleInput { name, description } = input;
        refuse_taken(&tx, None, &name).await?;
        let role = ProcessRole {
            id: ProcessRoleId(tx.id()),
            account_id: ctx.account_id(),
            name,
            description,
            merged_into_id: None,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&permit, &role, "process_role.created").await?;
        Ok(role)
    })
    .await
}

/// Loads a role that may be changed: one that was merged into another is changed there.
async fn present(tx: &Tx, id: ProcessRoleId) -> Result<ProcessRole> {
    let role: ProcessRole = get(tx, tx.account_id(), id).await?;
    match role.merged_into_id {
        None => Ok(role),
        Some(into) => {
            let text = text!(
                "Rollen er lagt sammen med {into}. Brug den i stedet.",
                "Rollen har slagits ihop med {into}. Använd den i stället.",
                "The role was merged into {into}. Use that one instead."
            );
            Err(Fault::conflict("process_role_merged", text).into())
        }
    }
}

/// Replaces a process role: all lanes that name it show its new name at once.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `name_taken`, `process_role_merged`.
pub async fn replace(
    ctx: &Ctx<of::ProcessRoleManage>,
    id: ProcessRoleId,
    if_match: &IfMatch,
    input: ProcessRoleInput,
) -> Result<ProcessRole> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let before = present(&tx, id).await?;
        if_match.check(before.revision)?;
        let ProcessRoleInput { name, description } = input;
        refuse_taken(&tx, Some(id), &name).await?;
        let after = ProcessRole { name, description, ..before.clone() };
        tx.update(&permit, &before, after, "process_role.changed").await
    })
    .await
}

/// Deletes a process role that nobody holds and no lane names.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `process_role_in_use`.
pub async fn delete(ctx: &Ctx<of::ProcessRoleManage>, id: ProcessRoleId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let role: ProcessRole = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(role.revision)?;
        let (held, named) = library::count_role_uses(&*tx, ctx.account_id(), id).await?;
        if held + named > 0 {
            let text = text!(
                "Rollen bruges: {held} medlemmer har den, og {named} processers baner nævner den. Fjern den der, eller læg den sammen med en anden.",
                "Rollen används: {held} medlemmar har den och {named} processers banor nämner den. Ta bort den där, eller slå ihop den med en annan.",
                "The role is in use: {held} members hold it, and the lanes of {named} processes name it. Remove it there, or merge it into another."
            );
            return Err(Fault::conflict("process_role_in_use", text).into());
        }
        tx.delete(&permit, &role, "process_role.deleted").await
    })
    .await
}

/// Merges a role into another: everything that named the one means the other from now on.
///
/// # Errors
/// `not_found`, `forbidden`, `process_role_merged`; `invalid` when the other is not there, or is the role itself.
pub async fn merge(
    ctx: &Ctx<of::ProcessRoleManage>,
    id: ProcessRoleId,
    into_id: ProcessRoleId,
) -> Result<ProcessRole> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let before = present(&tx, id).await?;
        let Some(into) = find::<ProcessRole>(&*tx, ctx.account_id(), into_id).await? else {
            return Err(Fault::invalid(vec![missing("/into_id")]).into());
        };
        // What that one was merged into itself is meant.
        let into_id = into.merged_into_id.unwrap_or(into_id);
        if into_id == id {
            let text = Text::fixed(
                "En rolle kan ikke lægges sammen med sig selv.",
                "En roll kan inte slås ihop med sig själv.",
                "A role cannot be merged into itself.",
            );
            return Err(Fault::invalid(vec![Violation::at("/into_id", "role_in_itself", text)]).into());
        }
        let (members, processes) = library::move_role(&tx, &permit, id, into_id).await?;
        let after = ProcessRole { merged_into_id: Some(into_id), ..before.clone() };
        tx.update(&permit, &before, after, "process_role.merged").await?;
        let detail = json!({ "merged_id": id, "members": members, "processes": processes });
        tx.note(EntityKind::ProcessRole, into_id.0, "process_role.took_over", None, detail, None);
        get(&*tx, ctx.account_id(), into_id).await
    })
    .await
}

/// One page of who holds a role, in the processes that the caller may see.
///
/// # Errors
/// `not_found`.
pub async fn holders(
    ctx: &Ctx<of::ProcessSee>,
    id: ProcessRoleId,
    page: PageRequest,
) -> Result<Page<ProcessPerson>> {
    let read = ctx.read();
    let role: ProcessRole = get(&read, ctx.account_id(), id).await?;
    let meant = role.merged_into_id.unwrap_or(id);
    library::role_holders(&read, &ProcessFilter::of(ctx.actor()), meant, page).await
}

/// One page of the processes that the caller may see whose lanes name a role.
///
/// # Errors
/// `not_found`.
pub async fn usage(ctx: &Ctx<of::ProcessSee>, id: ProcessRoleId, page: PageRequest) -> Result<Page<Process>> {
    let read = ctx.read();
    let role: ProcessRole = get(&read, ctx.account_id(), id).await?;
    let query =
        ProcessQuery { lane_role_id: Some(role.merged_into_id.unwrap_or(id)), ..ProcessQuery::default() };
    process::processes(&read, &ProcessFilter::of(ctx.actor()), &query, page).await
}

//! The members of a process: who holds which process role in it.

use styr_domain::access::of;
use styr_domain::id::{ProcessId, ProcessPersonId, ProcessRoleId, UserId};
use styr_domain::process::{ProcessPerson, ProcessRole};
use styr_domain::user::User;
use styr_domain::{Fault, Text};
use styr_persistence::{Page, PageRequest, find, member};

use super::{editable, missing, visible};
use crate::app::{Ctx, Result};

/// One page of a process's members, each once for each role they hold.
///
/// # Errors
/// `not_found`.
pub async fn list(
    ctx: &Ctx<of::ProcessSee>,
    id: ProcessId,
    page: PageRequest,
) -> Result<Page<ProcessPerson>> {
    let read = ctx.read();
    let _seen = visible(ctx, &read, id).await?;
    member::members(&read, ctx.account_id(), id, page).await
}

/// Makes a user a member, with a role or without.
///
/// # Errors
/// `not_found`, `forbidden`, `member_exists`; `invalid` when the user or the role is not there.
pub async fn create(
    ctx: &Ctx<of::ProcessEdit>,
    id: ProcessId,
    user_id: UserId,
    process_role_id: Option<ProcessRoleId>,
) -> Result<ProcessPerson> {
    ctx.write(|tx| async move {
        let (process, permit) = editable(ctx, &*tx, id, None).await?;
        let mut violations = Vec::new();
        if find::<User>(&*tx, ctx.account_id(), user_id).await?.is_none() {
            violations.push(missing("/user_id"));
        }
        let role = match process_role_id {
            Some(role_id) => {
                let role = find::<ProcessRole>(&*tx, ctx.account_id(), role_id).await?;
                if role.is_none() {
                    violations.push(missing("/process_role_id"));
                }
                role.map(|role| role.merged_into_id.unwrap_or(role.id))
            }
            None => None,
        };
        Fault::unless_valid(violations)?;
        let present = member::all_members(&*tx, ctx.account_id(), id).await?;
        let theirs = |row: &&ProcessPerson| row.user_id == user_id;
        let twice = match role {
            Some(role) => present.iter().filter(theirs).any(|row| row.process_role_id == Some(role)),
            None => present.iter().any(|row| theirs(&row)),
        };
        if twice {
            return Err(exists().into());
        }
        let made = member::add(&tx, &permit, &process, &present, user_id, role).await?;
        tx.touch(&permit, &process).await?;
        Ok(made)
    })
    .await
}

const fn exists() -> Fault {
    Fault::conflict(
        "member_exists",
        Text::fixed(
            "Brugeren er allerede medlem med den rolle.",
            "Användaren är redan medlem med den rollen.",
            "The user is a member with that role already.",
        ),
    )
}

/// Takes a member's role, or their membership where they have no role.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn delete(ctx: &Ctx<of::ProcessEdit>, id: ProcessId, member_id: ProcessPersonId) -> Result<()> {
    ctx.write(|tx| async move {
        let (process, permit) = editable(ctx, &*tx, id, None).await?;
        let present = member::all_members(&*tx, ctx.account_id(), id).await?;
        if !present.iter().any(|row| row.id == member_id) {
            return Err(Fault::not_found().into());
        }
        member::remove(&tx, &permit, &process, &present, member_id).await?;
        tx.touch(&permit, &process).await?;
        Ok(())
    })
    .await
}

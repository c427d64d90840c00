//! Permission groups: bundles of the account's administrative rights, in all of it or in branches of the landscape.

use std::collections::BTreeSet;
use std::sync::Arc;

use styr_domain::access::{
    PermissionGroup, Permit, Reach, Resource, Right, RightSet, may_give, of, permission_groups,
};
use styr_domain::id::{PermissionGroupId, ProcessGroupId, UserId};
use styr_domain::user::User;
use styr_domain::{Fault, Text, Violation, text};
use styr_persistence::{LandscapeTree, Page, PageRequest, Tx, access, find, get};

use super::super::process::missing;
use super::super::{Ctx, IfMatch, Result};

/// What seeing permission groups takes.
pub type SeePermissionGroups = (of::UserManagePermissions, of::UserManage);

/// What a permission group is made or replaced with.
#[derive(Debug, Clone)]
pub struct PermissionGroupInput {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What its members may do.
    pub rights: RightSet,
    /// The branches of the landscape in which its rights hold; none for the whole account.
    pub process_group_ids: Option<Vec<ProcessGroupId>>,
}

/// One page of the account's permission groups.
///
/// # Errors
/// The database fails.
pub async fn list(ctx: &Ctx<SeePermissionGroups>, page: PageRequest) -> Result<Page<PermissionGroup>> {
    access::permission_groups(&ctx.read(), ctx.account_id(), page).await
}

/// A permission group.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<SeePermissionGroups>, id: PermissionGroupId) -> Result<PermissionGroup> {
    get(&ctx.read(), ctx.account_id(), id).await
}

fn permit(ctx: &Ctx<of::UserManagePermissions>) -> Result<Permit<of::UserManagePermissions>, Fault> {
    ctx.permit(&Resource::shared(ctx.account_id()))
}

/// Where the rights of a permission group hold that is limited to these branches, or to none.
pub(super) fn reach_in<'a>(
    landscape: &LandscapeTree,
    branches: Option<impl IntoIterator<Item = &'a ProcessGroupId>>,
) -> Reach {
    branches.map_or(Reach::Account, |branches| {
        let all = branches.into_iter().flat_map(|id| landscape.with_all_below(*id)).collect();
        Reach::ProcessGroups(Arc::new(all))
    })
}

/// Which of the branches that something is limited to are not there.
pub(super) fn unknown_branches(
    landscape: &LandscapeTree,
    branches: Option<&Vec<ProcessGroupId>>,
) -> Vec<Violation> {
    let unknown = branches.into_iter().flatten().enumerate().filter(|(_, id)| !landscape.contains(**id));
    unknown.map(|(index, _)| missing(&format!("/process_group_ids/{index}"))).collect()
}

async fn check(ctx: &Ctx<of::UserManagePermissions>, tx: &Tx, input: &PermissionGroupInput) -> Result<()> {
    let landscape = LandscapeTree::load(tx, tx.account_id()).await?;
    let mut violations = unknown_branches(&landscape, input.process_group_ids.as_ref());
    let possible = match &input.process_group_ids {
        Some(_) => Right::LANDSCAPE,
        None => permission_groups(),
    };
    violations.extend(input.rights.difference(possible).iter().map(|right| {
        let (code, codes) = (right.code(), possible.codes().join(", "));
        let text = text!(
            "{code} kan ikke gives af sådan en tilladelsesgruppe. Mulige er: {codes}. Brug en rolle til andre.",
            "{code} kan inte ges av en sådan behörighetsgrupp. Möjliga är: {codes}. Använd en roll för andra.",
            "{code} cannot be given by such a permission group. Possible are: {codes}. Use a role for others."
        );
        Violation::at("/rights", "right_not_possible", text)
    }));
    Fault::unless_valid(violations)?;
    let reach = reach_in(&landscape, input.process_group_ids.as_ref());
    Ok(may_give(ctx.actor(), input.rights, &reach)?)
}

/// Makes a permission group without members.
///
/// # Errors
/// `forbidden`, `rights_not_held`; `invalid` for rights that such a group cannot give, and branches that are not there.
pub async fn create(
    ctx: &Ctx<of::UserManagePermissions>,
    input: PermissionGroupInput,
) -> Result<PermissionGroup> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        check(ctx, &tx, &input).await?;
        let PermissionGroupInput { name, description, rights, process_group_ids } = input;
        let group = PermissionGroup {
            id: PermissionGroupId(tx.id()),
            account_id: ctx.account_id(),
            name,
            description,
            rights,
            process_group_ids: process_group_ids.map(BTreeSet::from_iter),
            predefined: false,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&permit, &group, "permission_group.created").await?;
        Ok(group)
    })
    .await
}

fn refuse_predefined(group: &PermissionGroup) -> Result<(), Fault> {
    if !group.predefined {
        return Ok(());
    }
    Err(Fault::conflict(
        "permission_group_predefined",
        Text::fixed(
            "En foruddefineret tilladelsesgruppe kan ikke ændres eller slettes; kun dens medlemmer skifter. Opret din egen.",
            "En fördefinierad behörighetsgrupp kan inte ändras eller tas bort; bara dess medlemmar byts. Skapa en egen.",
            "A predefined permission group can be neither changed nor deleted; only its members change. Make your own.",
        ),
    ))
}

/// Replaces a permission group. What its members may do changes at once.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `permission_group_predefined`, `rights_not_held`; `invalid` as for
/// [`create`].
pub async fn replace(
    ctx: &Ctx<of::UserManagePermissions>,
    id: PermissionGroupId,
    if_match: &IfMatch,
    input: PermissionGroupInput,
) -> Result<PermissionGroup> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let before: PermissionGroup = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(before.revision)?;
        refuse_predefined(&before)?;
        check(ctx, &tx, &input).await?;
        let PermissionGroupInput { name, description, rights, process_group_ids } = input;
        let process_group_ids = process_group_ids.map(BTreeSet::from_iter);
        let after = PermissionGroup { name, description, rights, process_group_ids, ..before.clone() };
        tx.access_changed();
        tx.update(&permit, &before, after, "permission_group.changed").await
    })
    .await
}

/// Deletes a permission group. Its members lose what it gave them.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `permission_group_predefined`.
pub async fn delete(
    ctx: &Ctx<of::UserManagePermissions>,
    id: PermissionGroupId,
    if_match: &IfMatch,
) -> Result<()> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let group: PermissionGroup = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(group.revision)?;
        refuse_predefined(&group)?;
        tx.access_changed();
        tx.delete(&permit, &group, "permission_group.deleted").await
    })
    .await
}

/// One page of the members of a permission group.
///
/// # Errors
/// `not_found`.
pub async fn members(
    ctx: &Ctx<SeePermissionGroups>,
    id: PermissionGroupId,
    page: PageRequest,
) -> Result<Page<User>> {
    let read = ctx.read();
    let group: PermissionGroup = get(&read, ctx.account_id(), id).await?;
    access::permission_group_members(&read, ctx.account_id(), group.id, page).await
}

/// Makes a user a member. Does nothing for one who is.
///
/// # Errors
/// `not_found`, `forbidden`, `rights_not_held`; `invalid` when there is no such user.
pub async fn add_member(
    ctx: &Ctx<of::UserManagePermissions>,
    id: PermissionGroupId,
    user_id: UserId,
) -> Result<()> {
    ctx.write(|tx| async move {
        let group: PermissionGroup = get(&*tx, ctx.account_id(), id).await?;
        let user: Option<User> = find(&*tx, ctx.account_id(), user_id).await?;
        let user = user.ok_or_else(|| Fault::invalid(vec![missing("/user_id")]))?;
        let permit = ctx.permit(&Resource::local(ctx.account_id(), user.organisation_id))?;
        let landscape = LandscapeTree::load(&*tx, ctx.account_id()).await?;
        may_give(ctx.actor(), group.rights, &reach_in(&landscape, group.process_group_ids.as_ref()))?;
        access::add_permission_group_member(&tx, &permit, id, user_id).await?;
        Ok(())
    })
    .await
}

/// Takes a user out of a permission group.
///
/// # Errors
/// `not_found` for one who is no member too, `forbidden`.
pub async fn remove_member(
    ctx: &Ctx<of::UserManagePermissions>,
    id: PermissionGroupId,
    user_id: UserId,
) -> Result<()> {
    ctx.write(|tx| async move {
        let group: PermissionGroup = get(&*tx, ctx.account_id(), id).await?;
        let user: User = get(&*tx, ctx.account_id(), user_id).await?;
        let permit = ctx.permit(&Resource::local(ctx.account_id(), user.organisation_id))?;
        let removed = access::remove_permission_group_member(&tx, &permit, group.id, user_id).await?;
        if removed { Ok(()) } else { Err(Fault::not_found().into()) }
    })
    .await
}

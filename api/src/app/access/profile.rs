//! Profiles: what of the landscape their users see.

use std::collections::BTreeSet;

use styr_domain::access::{Permit, Profile, Resource, of};
use styr_domain::id::{DrawingId, ProcessGroupId, ProfileId, UserId};
use styr_domain::process::Drawing;
use styr_domain::user::User;
use styr_domain::{Fault, text};
use styr_persistence::{LandscapeTree, Page, PageRequest, Tx, access, find, find_many, get};

use super::super::process::missing;
use super::super::{Ctx, IfMatch, Result};
use super::permission_group::{SeePermissionGroups, unknown_branches};

/// What a profile is made or replaced with.
#[derive(Debug, Clone)]
pub struct ProfileInput {
    /// Its name.
    pub name: String,
    /// Who it is for.
    pub description: String,
    /// The branches of the landscape that are shown; none for the whole landscape.
    pub process_group_ids: Option<Vec<ProcessGroupId>>,
    /// The drawings of the landscape that are shown; none for all of them.
    pub drawing_ids: Option<Vec<DrawingId>>,
}

/// One page of the account's profiles.
///
/// # Errors
/// The database fails.
pub async fn list(ctx: &Ctx<SeePermissionGroups>, page: PageRequest) -> Result<Page<Profile>> {
    access::profiles(&ctx.read(), ctx.account_id(), page).await
}

/// A profile.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<SeePermissionGroups>, id: ProfileId) -> Result<Profile> {
    get(&ctx.read(), ctx.account_id(), id).await
}

fn permit(ctx: &Ctx<of::UserManagePermissions>) -> Result<Permit<of::UserManagePermissions>, Fault> {
    ctx.permit(&Resource::shared(ctx.account_id()))
}

/// The branches as they are kept, if all of them are there.
async fn known_branches(
    tx: &Tx,
    branches: Option<Vec<ProcessGroupId>>,
) -> Result<Option<BTreeSet<ProcessGroupId>>> {
    let landscape = LandscapeTree::load(tx, tx.account_id()).await?;
    Fault::unless_valid(unknown_branches(&landscape, branches.as_ref()))?;
    Ok(branches.map(BTreeSet::from_iter))
}

/// The drawings as they are kept, if all of them are there.
async fn known_drawings(tx: &Tx, drawings: Option<Vec<DrawingId>>) -> Result<Option<BTreeSet<DrawingId>>> {
    let Some(drawings) = drawings else { return Ok(None) };
    let found = find_many::<Drawing>(tx, tx.account_id(), drawings.iter().map(|id| id.0)).await?;
    let known: BTreeSet<DrawingId> = found.into_iter().map(|drawing| drawing.id).collect();
    let unknown = drawings.iter().enumerate().filter(|(_, id)| !known.contains(id));
    Fault::unless_valid(unknown.map(|(number, _)| missing(&format!("/drawing_ids/{number}"))).collect())?;
    Ok(Some(known))
}

/// Makes a profile.
///
/// # Errors
/// `forbidden`; `invalid` for branches or drawings that are not there.
pub async fn create(ctx: &Ctx<of::UserManagePermissions>, input: ProfileInput) -> Result<Profile> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let ProfileInput { name, description, process_group_ids, drawing_ids } = input;
        let process_group_ids = known_branches(&tx, process_group_ids).await?;
        let profile = Profile {
            id: ProfileId(tx.id()),
            account_id: ctx.account_id(),
            name,
            description,
            process_group_ids,
            drawing_ids: known_drawings(&tx, drawing_ids).await?,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&permit, &profile, "profile.created").await?;
        Ok(profile)
    })
    .await
}

/// Replaces a profile. What its users see changes at once.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`; `invalid` for branches or drawings that are not there.
pub async fn replace(
    ctx: &Ctx<of::UserManagePermissions>,
    id: ProfileId,
    if_match: &IfMatch,
    input: ProfileInput,
) -> Result<Profile> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let before: Profile = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(before.revision)?;
        let ProfileInput { name, description, process_group_ids, drawing_ids } = input;
        let process_group_ids = known_branches(&tx, process_group_ids).await?;
        tx.access_changed();
        let drawing_ids = known_drawings(&tx, drawing_ids).await?;
        let after = Profile { name, description, process_group_ids, drawing_ids, ..before.clone() };
        tx.update(&permit, &before, after, "profile.changed").await
    })
    .await
}

/// Deletes a profile that no user has: to see more must be somebody's decision.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `profile_in_use`.
pub async fn delete(ctx: &Ctx<of::UserManagePermissions>, id: ProfileId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let profile: Profile = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(profile.revision)?;
        let count = access::count_profile_users(&tx, id).await?;
        if count > 0 {
            let text = text!(
                "{count} brugere har profilen. Giv dem en anden, før den slettes.",
                "{count} användare har profilen. Ge dem en annan innan den tas bort.",
                "{count} users have the profile. Give them another before deleting it."
            );
            return Err(Fault::conflict("profile_in_use", text).into());
        }
        tx.delete(&permit, &profile, "profile.deleted").await
    })
    .await
}

/// Gives a user a profile, or takes theirs away.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`; `invalid` when there is no such profile.
pub async fn set(
    ctx: &Ctx<of::UserManagePermissions>,
    user_id: UserId,
    if_match: &IfMatch,
    profile_id: Option<ProfileId>,
) -> Result<User> {
    ctx.write(|tx| async move {
        let before: User = get(&*tx, ctx.account_id(), user_id).await?;
        let permit = ctx.permit(&Resource::local(ctx.account_id(), before.organisation_id))?;
        if_match.check(before.revision)?;
        if let Some(id) = profile_id
            && find::<Profile>(&*tx, ctx.account_id(), id).await?.is_none()
        {
            return Err(Fault::invalid(vec![missing("/profile_id")]).into());
        }
        tx.access_changed();
        tx.update(&permit, &before, User { profile_id, ..before.clone() }, "user.changed").await
    })
    .await
}

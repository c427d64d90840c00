//! Rights groups as a directory keeps them.

use std::collections::{BTreeMap, BTreeSet};

use styr_domain::Fault;
use styr_domain::access::Permit;
use styr_domain::id::{GroupId, UserId};
use styr_domain::scim::group::{
    GroupAttributes, Member, MemberChange, members, part, read, unknown_member, writable,
};
use styr_domain::scim::{Attributes, Condition, Patch, Projection, ResourceType};
use styr_domain::user::Group;
use styr_persistence::scim::{self, Window};
use styr_persistence::user::group_by_name;
use styr_persistence::{Source, Tx, find};

use super::{Provision, permit, taken};
use crate::app::Result;
use crate::app::context::{Ctx, IfMatch};
use crate::app::user::group_in_use;

/// A group with its members, as far as they were wanted.
#[derive(Debug, Clone)]
pub struct ScimGroup {
    /// The group.
    pub group: Group,
    /// Its members.
    pub members: Vec<Member>,
}

/// A part of the groups for which a condition holds, and how many there are in all.
///
/// # Errors
/// `forbidden`.
pub async fn list(
    ctx: &Ctx<Provision>,
    asked: &Condition,
    window: Window,
    wanted: &Projection,
) -> Result<(Vec<ScimGroup>, u64)> {
    permit(ctx)?;
    let (groups, total) = scim::groups(&ctx.read(), ctx.account_id(), asked, window).await?;
    Ok((with_members(ctx, groups, wanted).await?, total))
}

/// A group.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn get_one(ctx: &Ctx<Provision>, id: GroupId, wanted: &Projection) -> Result<ScimGroup> {
    permit(ctx)?;
    let group = known(&ctx.read(), ctx, id).await?;
    with_members_one(ctx, group, wanted).await
}

/// The group, if every organisation may use it.
async fn known(source: &impl Source, ctx: &Ctx<Provision>, id: GroupId) -> Result<Group> {
    let group: Option<Group> = find(source, ctx.account_id(), id).await?;
    Ok(group.filter(|group| group.organisation_id.is_none()).ok_or_else(Fault::not_found)?)
}

async fn with_members_one(ctx: &Ctx<Provision>, group: Group, wanted: &Projection) -> Result<ScimGroup> {
    Ok(with_members(ctx, vec![group], wanted).await?.pop().ok_or_else(Fault::not_found)?)
}

async fn with_members(
    ctx: &Ctx<Provision>,
    groups: Vec<Group>,
    wanted: &Projection,
) -> Result<Vec<ScimGroup>> {
    let ids: Vec<GroupId> = groups.iter().map(|group| group.id).collect();
    let mut members = match !ids.is_empty() && wanted.wants(ResourceType::Group, "members") {
        true => scim::members_of(&ctx.read(), ctx.account_id(), &ids).await?,
        false => BTreeMap::new(),
    };
    let named = wanted.requests(ResourceType::Group, "members.display");
    let mut members_of = |group: &Group| {
        let members = members.remove(&group.id).unwrap_or_default();
        members.into_iter().map(|(id, name)| (id, named.then_some(name))).collect()
    };
    Ok(groups.into_iter().map(|group| ScimGroup { members: members_of(&group), group }).collect())
}

/// Makes a group.
///
/// # Errors
/// `forbidden`, `uniqueness`, `invalidValue`.
pub async fn create(ctx: &Ctx<Provision>, resource: Attributes, wanted: &Projection) -> Result<ScimGroup> {
    let group = ctx
        .write(|tx| async move {
            let permit = permit(ctx)?;
            let said = read(&resource)?;
            refuse_taken(&tx, &said, None).await?;
            let GroupAttributes { name, external_id } = said;
            let group = Group {
                id: GroupId(tx.id()),
                account_id: ctx.account_id(),
                organisation_id: None,
                external_id,
                name,
                description: String::new(),
                revision: 1,
                created_at: tx.now(),
                updated_at: tx.now(),
            };
            tx.insert(&permit, &group, "group.created").await?;
            change_members(&tx, &permit, &group, vec![MemberChange::Add(members(&resource)?)]).await?;
            Ok(group)
        })
        .await?;
    with_members_one(ctx, group, wanted).await
}

/// Replaces a group and its members.
///
/// # Errors
/// As for [`create`], `not_found`, `revision_changed`.
pub async fn replace(
    ctx: &Ctx<Provision>,
    id: GroupId,
    if_match: Option<&IfMatch>,
    resource: Attributes,
    wanted: &Projection,
) -> Result<ScimGroup> {
    let group = ctx
        .write(|tx| async move {
            let permit = permit(ctx)?;
            let before = known(&*tx, ctx, id).await?;
            if_match.map_or(Ok(()), |if_match| if_match.check(before.revision))?;
            let changes = vec![MemberChange::Set(members(&resource)?)];
            save(&tx, &permit, before, read(&resource)?, changes).await
        })
        .await?;
    with_members_one(ctx, group, wanted).await
}

/// Changes a group, its members or both. However many it has, only those who come or go are looked at. Answers the group
/// without its members.
///
/// # Errors
/// As for [`replace`], and those of [`part`] and [`Patch::apply`].
pub async fn patch(
    ctx: &Ctx<Provision>,
    id: GroupId,
    if_match: Option<&IfMatch>,
    patch: Patch,
) -> Result<Group> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let before = known(&*tx, ctx, id).await?;
        if_match.map_or(Ok(()), |if_match| if_match.check(before.revision))?;
        let (patch, changes) = part(patch)?;
        let mut resource = writable(&before);
        patch.apply(ResourceType::Group, &mut resource)?;
        save(&tx, &permit, before, read(&resource)?, changes).await
    })
    .await
}

/// Deletes a group that no task was ever routed to.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `group_in_use`.
pub async fn delete(ctx: &Ctx<Provision>, id: GroupId, if_match: Option<&IfMatch>) -> Result<()> {
    let deleted = ctx
        .write(|tx| async move {
            let permit = permit(ctx)?;
            let group = known(&*tx, ctx, id).await?;
            if_match.map_or(Ok(()), |if_match| if_match.check(group.revision))?;
            tx.delete(&permit, &group, "group.deleted").await?;
            tx.access_changed();
            Ok(())
        })
        .await;
    deleted.map_err(|error| if error.is_foreign_key_violation() { group_in_use().into() } else { error })
}

async fn save(
    tx: &Tx,
    permit: &Permit<Provision>,
    before: Group,
    said: GroupAttributes,
    changes: Vec<MemberChange>,
) -> Result<Group> {
    let GroupAttributes { name, external_id } = said.clone();
    let after = Group { name, external_id, ..before.clone() };
    let is_changed = after != before;
    let group = match is_changed {
        true => {
            refuse_taken(tx, &said, Some(before.id)).await?;
            tx.update(permit, &before, after, "group.changed").await?
        }
        false => after,
    };
    let is_moved = change_members(tx, permit, &group, changes).await?;
    if is_moved && !is_changed { tx.touch(permit, &group).await } else { Ok(group) }
}

/// Answers whether anybody came or went.
async fn change_members(
    tx: &Tx,
    permit: &Permit<Provision>,
    group: &Group,
    changes: Vec<MemberChange>,
) -> Result<bool> {
    let mut moved = false;
    for change in changes {
        let (come, go) = match change {
            MemberChange::Add(users) => (BTreeSet::from_iter(users), BTreeSet::new()),
            MemberChange::Remove(users) => (BTreeSet::new(), BTreeSet::from_iter(users)),
            MemberChange::Set(users) => {
                let (wanted, present) = (BTreeSet::from_iter(users), scim::member_ids(tx, group).await?);
                (&wanted - &present, &present - &wanted)
            }
        };
        refuse_unknown(tx, &come).await?;
        moved |= scim::remove_members(tx, permit, group, &go).await?;
        moved |= scim::add_members(tx, permit, group, &come).await?;
    }
    Ok(moved)
}

async fn refuse_unknown(tx: &Tx, users: &BTreeSet<UserId>) -> Result<()> {
    let known = scim::known_users(tx, tx.account_id(), users).await?;
    if known.len() == users.len() { Ok(()) } else { Err(unknown_member().into()) }
}

async fn refuse_taken(tx: &Tx, said: &GroupAttributes, of: Option<GroupId>) -> Result<()> {
    let namesake = group_by_name(tx, tx.account_id(), None, &said.name).await?;
    if namesake.is_some_and(|other| Some(other.id) != of) {
        return Err(taken("displayName").into());
    }
    if let Some(external_id) = &said.external_id
        && scim::group_by_external_id(tx, tx.account_id(), external_id)
            .await?
            .is_some_and(|other| Some(other.id) != of)
    {
        return Err(taken("externalId").into());
    }
    Ok(())
}

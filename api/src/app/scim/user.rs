//! Users as a directory keeps them.

use std::collections::{BTreeMap, BTreeSet};

use styr_domain::access::{Licence, Permit, Provenance, Resource, Right, Role, RoleAssignment, may_give};
use styr_domain::form::email;
use styr_domain::id::{AssignmentId, GroupId, OrganisationId, RoleId, UserId};
use styr_domain::scim::user::{GivenRole, UserAttributes, read, user_name, writable};
use styr_domain::scim::{Attributes, Condition, Patch, Projection, ResourceType, ScimType};
use styr_domain::user::{DirectoryEntry, Group, User};
use styr_domain::{Fault, Text, text};
use styr_persistence::access::role_by_api_name;
use styr_persistence::scim::{self, Window};
use styr_persistence::user::{by_external_id, known_as};
use styr_persistence::{OrganisationTree, Source, Tx, find_many, token};

use super::{Provision, permit, taken};
use crate::app::Result;
use crate::app::access::reach_of;
use crate::app::context::{Ctx, IfMatch};

/// A user with what belongs to them, as far as it was wanted.
#[derive(Debug, Clone)]
pub struct ScimUser {
    /// The user.
    pub user: User,
    /// The roles that the directory gave them.
    pub roles: Vec<GivenRole>,
    /// The groups that they are in.
    pub groups: Vec<(GroupId, String)>,
}

/// A part of the users for which a condition holds, and how many there are in all.
///
/// # Errors
/// `forbidden`.
pub async fn list(
    ctx: &Ctx<Provision>,
    asked: &Condition,
    window: Window,
    wanted: &Projection,
) -> Result<(Vec<ScimUser>, u64)> {
    permit(ctx)?;
    let covered = ctx.actor().reach(Right::UserProvision).unwrap_or_default();
    let (users, total) = scim::users(&ctx.read(), ctx.account_id(), &covered, asked, window).await?;
    Ok((with_belongings(ctx, users, wanted).await?, total))
}

/// A user.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn get_one(ctx: &Ctx<Provision>, id: UserId, wanted: &Projection) -> Result<ScimUser> {
    permit(ctx)?;
    let user = known(&ctx.read(), ctx, id).await?;
    with_belongings_one(ctx, user, wanted).await
}

/// The user of this id, unless their organisation is locked down to the caller.
async fn known(source: &impl Source, ctx: &Ctx<Provision>, id: UserId) -> Result<User> {
    let user = scim::user(source, ctx.account_id(), id).await?;
    let open = |user: &User| ctx.actor().holds_in(Right::UserProvision, Some(user.organisation_id));
    Ok(user.filter(open).ok_or_else(Fault::not_found)?)
}

async fn with_belongings_one(ctx: &Ctx<Provision>, user: User, wanted: &Projection) -> Result<ScimUser> {
    Ok(with_belongings(ctx, vec![user], wanted).await?.pop().ok_or_else(Fault::not_found)?)
}

async fn with_belongings(
    ctx: &Ctx<Provision>,
    users: Vec<User>,
    wanted: &Projection,
) -> Result<Vec<ScimUser>> {
    let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
    let wants = |name| !ids.is_empty() && wanted.wants(ResourceType::User, name);
    let mut roles = match wants("roles") {
        true => scim::given_roles(&ctx.read(), ctx.account_id(), &ids).await?,
        false => BTreeMap::new(),
    };
    let mut groups = match wants("groups") {
        true => scim::groups_of(&ctx.read(), ctx.account_id(), &ids).await?,
        false => BTreeMap::new(),
    };
    let whole = |user: User| ScimUser {
        roles: given(roles.remove(&user.id).unwrap_or_default()),
        groups: groups.remove(&user.id).unwrap_or_default(),
        user,
    };
    Ok(users.into_iter().map(whole).collect())
}

fn given(roles: Vec<(RoleAssignment, Role)>) -> Vec<GivenRole> {
    roles.into_iter().map(|(_, role)| GivenRole { api_name: role.api_name, name: role.name }).collect()
}

/// Makes a user. Without an e-mail address, a `userName` that is one serves as it.
///
/// # Errors
/// `forbidden`, `uniqueness`, `invalidValue`; `rights_not_held` for a role that gives what the caller does not hold.
pub async fn create(ctx: &Ctx<Provision>, resource: Attributes, wanted: &Projection) -> Result<ScimUser> {
    let user = ctx
        .write(|tx| async move {
            let permit = permit(ctx)?;
            let said = read(&resource)?;
            let address = said.email.clone().or_else(|| email(&said.user_name));
            make_room(&tx, &permit, &said, address.as_deref(), None).await?;
            let organisation_id = match placed(&tx, None, &said.entry).await? {
                Some(id) => id,
                None => ctx.actor().organisation_id,
            };
            let _open = ctx.permit(&Resource::local(ctx.account_id(), organisation_id))?;
            let UserAttributes { user_name, external_id, name, email: _, phone, title, active, roles, entry } = said;
            let active = active.unwrap_or(true);
            let user = User {
                id: UserId(tx.id()),
                account_id: ctx.account_id(),
                organisation_id,
                name,
                email: address,
                phone,
                title,
                person_number: None,
                external_id,
                user_name: Some(user_name),
                directory: Some(entry),
                deprovisioned_at: None,
                provenance: Provenance::Scim,
                profile_id: None,
                licence: Licence::default(),
                external: false,
                owner: false,
                active,
                deactivated_at: (!active).then(|| tx.now()),
                anonymized_at: None,
                revision: 1,
                created_at: tx.now(),
                updated_at: tx.now(),
            };
            tx.insert(&permit, &user, "user.created").await?;
            set_roles(ctx, &tx, &permit, &user, &roles).await?;
            Ok(user)
        })
        .await?;
    with_belongings_one(ctx, user, wanted).await
}

/// Replaces all that a directory sets of a user.
///
/// # Errors
/// As for [`create`], `not_found`, `revision_changed`, `user_owns_account`.
pub async fn replace(
    ctx: &Ctx<Provision>,
    id: UserId,
    if_match: Option<&IfMatch>,
    resource: Attributes,
    wanted: &Projection,
) -> Result<ScimUser> {
    let user = ctx
        .write(|tx| async move {
            let permit = permit(ctx)?;
            let before = known(&*tx, ctx, id).await?;
            if_match.map_or(Ok(()), |if_match| if_match.check(before.revision))?;
            let mut said = read(&resource)?;
            said.email = said.email.or_else(|| email(&said.user_name));
            save(ctx, &tx, &permit, before, said).await
        })
        .await?;
    with_belongings_one(ctx, user, wanted).await
}

/// Changes some of what a directory sets of a user.
///
/// # Errors
/// As for [`replace`], and those of [`Patch::apply`].
pub async fn patch(
    ctx: &Ctx<Provision>,
    id: UserId,
    if_match: Option<&IfMatch>,
    patch: Patch,
    wanted: &Projection,
) -> Result<ScimUser> {
    let user = ctx
        .write(|tx| async move {
            let permit = permit(ctx)?;
            let before = known(&*tx, ctx, id).await?;
            if_match.map_or(Ok(()), |if_match| if_match.check(before.revision))?;
            let roles =
                scim::given_roles(&*tx, ctx.account_id(), &[id]).await?.remove(&id).unwrap_or_default();
            let mut resource = writable(&before, &given(roles));
            patch.apply(ResourceType::User, &mut resource)?;
            save(ctx, &tx, &permit, before, read(&resource)?).await
        })
        .await?;
    with_belongings_one(ctx, user, wanted).await
}

/// Deletes a user, as far as the directory goes: they are deactivated, their tokens end, and the roles and shared groups
/// that a directory keeps are taken from them. What they did stays theirs, and is anonymized in time.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `user_owns_account`.
pub async fn delete(ctx: &Ctx<Provision>, id: UserId, if_match: Option<&IfMatch>) -> Result<()> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let before = known(&*tx, ctx, id).await?;
        if_match.map_or(Ok(()), |if_match| if_match.check(before.revision))?;
        if before.owner {
            return Err(owner_stays().into());
        }
        set_roles(ctx, &tx, &permit, &before, &BTreeSet::new()).await?;
        let groups = scim::groups_of(&*tx, ctx.account_id(), &[id]).await?.remove(&id).unwrap_or_default();
        let groups =
            find_many::<Group>(&*tx, ctx.account_id(), groups.into_iter().map(|(id, _)| id.0)).await?;
        for group in groups {
            scim::remove_members(&tx, &permit, &group, &BTreeSet::from([id])).await?;
            tx.touch(&permit, &group).await?;
        }
        let after = User {
            active: false,
            deactivated_at: before.deactivated_at.or_else(|| Some(tx.now())),
            deprovisioned_at: Some(tx.now()),
            external_id: None,
            user_name: None,
            directory: None,
            ..before.clone()
        };
        tx.update(&permit, &before, after, "user.deprovisioned").await?;
        token::revoke_all(&tx, &permit, &[id]).await?;
        Ok(())
    })
    .await
}

/// Saves what a directory says of a user who is there.
async fn save(
    ctx: &Ctx<Provision>,
    tx: &Tx,
    permit: &Permit<Provision>,
    before: User,
    said: UserAttributes,
) -> Result<User> {
    let active = said.active.unwrap_or(before.active);
    let is_same = user_name(&before).eq_ignore_ascii_case(&said.user_name)
        && before.email == said.email
        && before.external_id == said.external_id;
    if before.owner && !(active && is_same) {
        return Err(owner_stays().into());
    }
    make_room(tx, permit, &said, said.email.as_deref(), Some(&before)).await?;
    let place = placed(tx, before.directory.as_ref(), &said.entry).await?;
    if let Some(id) = place {
        let _open = ctx.permit(&Resource::local(ctx.account_id(), id))?;
    }
    let UserAttributes { user_name, external_id, name, email, phone, title, active: _, roles, entry } = said;
    let after = User {
        organisation_id: place.unwrap_or(before.organisation_id),
        name,
        email,
        phone,
        title,
        external_id,
        user_name: Some(user_name),
        directory: Some(entry),
        active,
        deactivated_at: match active {
            true => None,
            false => before.deactivated_at.or_else(|| Some(tx.now())),
        },
        ..before.clone()
    };
    if active != before.active || after.organisation_id != before.organisation_id {
        tx.access_changed();
    }
    let is_changed = after != before;
    let user = match is_changed {
        true => {
            let kind = match (before.active, active) {
                (true, false) => "user.deactivated",
                (false, true) => "user.reactivated",
                _ => "user.changed",
            };
            tx.update(permit, &before, after, kind).await?
        }
        false => after,
    };
    if before.active && !active {
        token::revoke_all(tx, permit, &[user.id]).await?;
    }
    if set_roles(ctx, tx, permit, &user, &roles).await? && !is_changed {
        return tx.touch(permit, &user).await;
    }
    Ok(user)
}

/// Refuses what another user is known by already. One whom a directory has deleted makes room: whoever comes with their
/// e-mail address now is a new user, and takes nothing else over.
async fn make_room(
    tx: &Tx,
    permit: &Permit<Provision>,
    said: &UserAttributes,
    address: Option<&str>,
    of: Option<&User>,
) -> Result<()> {
    // What a user keeps is theirs, whoever else has come by it.
    let new_name = of.is_none_or(|of| !user_name(of).eq_ignore_ascii_case(&said.user_name));
    let kept = of.and_then(|of| of.email.as_deref());
    let new_address = address.filter(|new| kept.is_none_or(|kept| !kept.eq_ignore_ascii_case(new)));
    let names = [("userName", new_name.then_some(said.user_name.as_str())), ("emails", new_address)];
    let is_other = |other: &User| of.is_none_or(|of| of.id != other.id);
    let makes_room = |other: &User| !other.active && other.deprovisioned_at.is_some();
    for (attribute, name) in names.into_iter().filter_map(|(attribute, name)| Some((attribute, name?))) {
        for other in known_as(tx, tx.account_id(), name).await?.into_iter().filter(is_other) {
            if !makes_room(&other) {
                return Err(taken(attribute).into());
            }
            let after = User { email: None, ..other.clone() };
            tx.update(permit, &other, after, "user.changed").await?;
        }
    }
    if let Some(external_id) = &said.external_id
        && let Some(other) = by_external_id(tx, tx.account_id(), external_id).await?.filter(is_other)
    {
        if !makes_room(&other) {
            return Err(taken("externalId").into());
        }
        let after = User { external_id: None, ..other.clone() };
        tx.update(permit, &other, after, "user.changed").await?;
    }
    Ok(())
}

/// The organisation that the directory puts a user in, if it says something new that names one.
async fn placed(
    tx: &Tx,
    before: Option<&DirectoryEntry>,
    after: &DirectoryEntry,
) -> Result<Option<OrganisationId>> {
    let names = |entry: &DirectoryEntry| [entry.organization.clone(), entry.department.clone()];
    if before.is_some_and(|before| names(before) == names(after)) {
        return Ok(None);
    }
    for name in names(after).into_iter().flatten() {
        if let Some(id) = scim::organisation_named(tx, tx.account_id(), name.trim()).await? {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Gives a user just these roles of all that directories give, each where it usually holds. Answers whether any changed.
async fn set_roles(
    ctx: &Ctx<Provision>,
    tx: &Tx,
    permit: &Permit<Provision>,
    user: &User,
    wanted: &BTreeSet<String>,
) -> Result<bool> {
    let given =
        scim::given_roles(tx, tx.account_id(), &[user.id]).await?.remove(&user.id).unwrap_or_default();
    let mut lacking: BTreeMap<(RoleId, Option<OrganisationId>), Role> = BTreeMap::new();
    for name in wanted {
        let known = given.iter().find(|(_, role)| role.api_name == *name).map(|(_, role)| role.clone());
        let role = match known {
            Some(role) => role,
            None => role_by_api_name(tx, tx.account_id(), name).await?.ok_or_else(|| no_role(name))?,
        };
        lacking.insert((role.id, role.usual_place(user.organisation_id)), role);
    }
    let (mut changed, mut superfluous) = (false, Vec::new());
    for (assignment, _) in given {
        if lacking.remove(&(assignment.role_id, assignment.organisation_id)).is_none() {
            superfluous.push(assignment);
        }
    }
    if !superfluous.is_empty() {
        tx.delete_many(permit, &superfluous, "role_assignment.deleted").await?;
        changed = true;
    }
    if !lacking.is_empty() {
        let tree = OrganisationTree::load(tx, tx.account_id()).await?;
        for ((role_id, organisation_id), role) in lacking {
            may_give(ctx.actor(), role.rights, &reach_of(&tree, organisation_id))?;
            let assignment = RoleAssignment {
                id: AssignmentId(tx.id()),
                account_id: tx.account_id(),
                user_id: user.id,
                role_id,
                organisation_id,
                provenance: Provenance::Scim,
                expires_at: None,
                created_at: tx.now(),
            };
            tx.insert(permit, &assignment, "role_assignment.created").await?;
        }
        changed = true;
    }
    if changed {
        tx.access_changed();
    }
    Ok(changed)
}

fn no_role(name: &str) -> Fault {
    ScimType::InvalidValue.fault(text!(
        "Der er ingen rolle med api_name {name}. Se GET /v1/roles.",
        "Det finns ingen roll med api_name {name}. Se GET /v1/roles.",
        "There is no role with the api_name {name}. See GET /v1/roles."
    ))
}

const fn owner_stays() -> Fault {
    Fault::conflict(
        "user_owns_account",
        Text::fixed(
            "Kontoens ejer kan ikke slettes eller deaktiveres af et bibliotek, som heller ikke kan ændre ejerens userName, e-mail eller externalId. Overdrag kontoen, eller tag ejeren ud af det, der klargøres.",
            "Kontots ägare kan inte tas bort eller inaktiveras av en katalog, som inte heller kan ändra ägarens userName, e-post eller externalId. Överlåt kontot, eller ta ut ägaren ur det som etableras.",
            "A directory can neither delete nor deactivate the owner of the account, nor change the owner's userName, e-mail or externalId. Transfer the account, or leave the owner out of what is provisioned.",
        ),
    )
}

//! Rights, roles and who has them.

pub mod explain;
pub mod permission_group;
pub mod profile;
pub mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use styr_domain::access::{
    Actor, Coverage, DefaultReach, LockedOut, Permit, PredefinedRole, Provenance, Reach, Resource, Right,
    RightSet, Role, RoleAssignment, api_name_of, authorize, may_give, of,
};
use styr_domain::account::{Account, Organisation};
use styr_domain::id::{AssignmentId, OrganisationId, RoleId, UserId};
use styr_domain::token::Token;
use styr_domain::user::User;
use styr_domain::user::import::{NextImport, next_import};
use styr_domain::{Fault, Language, Text, Violation, text};
use styr_persistence::user::import::last_import;
use styr_persistence::{OrganisationTree, Page, PageRequest, Source, Tx, access, find, find_many, get};

use super::Result;
use super::account::{coverage, get_account};
use super::context::{Ctx, IfMatch};
use super::process::missing;
use super::token::past;
use super::user::resource;

/// What seeing roles takes.
pub type SeeRoles = (of::RoleManage, of::RoleAssign);
/// What seeing a user's roles takes.
pub type SeeAssignments = (of::RoleAssign, of::RoleManage, of::UserManage, of::UserManageLocal);

/// What a role is made or replaced with.
#[derive(Debug, Clone)]
pub struct RoleInput {
    /// Its name for machines; made of the name when absent, on replacing the one before.
    pub api_name: Option<String>,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it lets its holders do.
    pub rights: RightSet,
}

/// One page of the account's roles.
///
/// # Errors
/// The database fails.
pub async fn roles(ctx: &Ctx<SeeRoles>, page: PageRequest) -> Result<Page<Role>> {
    access::roles(&ctx.read(), ctx.account_id(), page).await
}

/// A role.
///
/// # Errors
/// `not_found`.
pub async fn role(ctx: &Ctx<SeeRoles>, id: RoleId) -> Result<Role> {
    get(&ctx.read(), ctx.account_id(), id).await
}

fn permit(ctx: &Ctx<of::RoleManage>) -> Result<Permit<of::RoleManage>, Fault> {
    ctx.permit(&Resource::shared(ctx.account_id()))
}

async fn taken(tx: &Tx, api_name: &str) -> Result<bool> {
    Ok(access::role_by_api_name(tx, tx.account_id(), api_name).await?.is_some())
}

fn api_name_taken() -> Fault {
    Fault::conflict(
        "api_name_taken",
        Text::fixed(
            "En anden rolle har allerede dette api_name. Vælg et andet.",
            "En annan roll har redan detta api_name. Välj ett annat.",
            "Another role has this api_name already. Choose another.",
        ),
    )
}

/// Makes a role.
///
/// # Errors
/// `forbidden`, `rights_not_held`, `api_name_taken`.
pub async fn create_role(ctx: &Ctx<of::RoleManage>, input: RoleInput) -> Result<Role> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let RoleInput { api_name, name, description, rights } = input;
        may_give(ctx.actor(), rights, &Reach::Account)?;
        let api_name = match api_name {
            Some(api_name) if taken(&tx, &api_name).await? => return Err(api_name_taken().into()),
            Some(api_name) => api_name,
            None => free_api_name(&tx, &api_name_of(&name)).await?,
        };
        let role = Role {
            id: RoleId(tx.id()),
            account_id: ctx.account_id(),
            api_name,
            name,
            description,
            rights,
            predefined: false,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&permit, &role, "role.created").await?;
        Ok(role)
    })
    .await
}

/// How many namesakes a made-up API name is told apart from, before the caller is asked for one.
const MOST_NAMESAKES: u32 = 50;

async fn free_api_name(tx: &Tx, wanted: &str) -> Result<String> {
    if !taken(tx, wanted).await? {
        return Ok(wanted.to_owned());
    }
    for number in 2..=MOST_NAMESAKES {
        let name = format!("{wanted}_{number}");
        if !taken(tx, &name).await? {
            return Ok(name);
        }
    }
    Err(api_name_taken().into())
}

/// Replaces a role. What its holders may do changes at once.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `rights_not_held`, `api_name_taken`; `invalid` for another API name of a
/// predefined role.
pub async fn replace_role(
    ctx: &Ctx<of::RoleManage>,
    id: RoleId,
    if_match: &IfMatch,
    input: RoleInput,
) -> Result<Role> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let before: Role = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(before.revision)?;
        let RoleInput { api_name, name, description, rights } = input;
        may_give(ctx.actor(), rights.difference(before.rights), &Reach::Account)?;
        let api_name = api_name.unwrap_or_else(|| before.api_name.clone());
        if api_name != before.api_name {
            if before.predefined {
                let text = Text::fixed(
                    "En foruddefineret rolle beholder sit api_name. Lad det ude.",
                    "En fördefinierad roll behåller sitt api_name. Utelämna det.",
                    "A predefined role keeps its api_name. Leave it out.",
                );
                return Err(Fault::invalid(vec![Violation::at("/api_name", "api_name_fixed", text)]).into());
            }
            if taken(&tx, &api_name).await? {
                return Err(api_name_taken().into());
            }
        }
        tx.access_changed();
        let after = Role { api_name, name, description, rights, ..before.clone() };
        tx.update(&permit, &before, after, "role.changed").await
    })
    .await
}

/// Gives a predefined role the name, description and rights it came with.
///
/// # Errors
/// `not_found`, `forbidden`, `rights_not_held`, `role_not_predefined`.
pub async fn reset_role(ctx: &Ctx<of::RoleManage>, id: RoleId) -> Result<Role> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let before: Role = get(&*tx, ctx.account_id(), id).await?;
        let Some(predefined) = PredefinedRole::from_api_name(&before.api_name).filter(|_| before.predefined)
        else {
            return Err(Fault::conflict(
                "role_not_predefined",
                Text::fixed(
                    "Kun foruddefinerede roller kan nulstilles. Ret rollen i stedet.",
                    "Bara fördefinierade roller kan återställas. Ändra rollen i stället.",
                    "Only predefined roles can be reset. Change the role instead.",
                ),
            )
            .into());
        };
        let rights = predefined.default_rights();
        may_give(ctx.actor(), rights.difference(before.rights), &Reach::Account)?;
        let after = Role {
            name: predefined.name().in_language(Language::En).to_owned(),
            description: predefined.description().in_language(Language::En).to_owned(),
            rights,
            ..before.clone()
        };
        tx.access_changed();
        tx.update(&permit, &before, after, "role.reset").await
    })
    .await
}

/// Deletes a role. Those who have it get another in its place, if one is named.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `role_predefined`; `role_in_use` when somebody has it and no other is
/// named; `rights_not_held` when the caller may not give the other; `invalid` when there is no such other.
pub async fn delete_role(
    ctx: &Ctx<of::RoleManage>,
    id: RoleId,
    if_match: &IfMatch,
    replacement_id: Option<RoleId>,
) -> Result<()> {
    ctx.write(|tx| async move {
        let permit = permit(ctx)?;
        let role: Role = get(&*tx, ctx.account_id(), id).await?;
        if_match.check(role.revision)?;
        if role.predefined {
            return Err(Fault::conflict(
                "role_predefined",
                Text::fixed(
                    "En foruddefineret rolle kan ikke slettes. Fjern dens rettigheder i stedet.",
                    "En fördefinierad roll kan inte tas bort. Ta bort dess rättigheter i stället.",
                    "A predefined role cannot be deleted. Take its rights away instead.",
                ),
            )
            .into());
        }
        let held = access::assignments(&*tx, ctx.account_id(), id).await?;
        match replacement_id {
            Some(replacement_id) => replace_held(ctx.actor(), &tx, id, replacement_id, held).await?,
            None if held.is_empty() => {}
            None => return Err(role_in_use(&held).into()),
        }
        tx.delete(&permit, &role, "role.deleted").await
    })
    .await
}

fn role_in_use(held: &[RoleAssignment]) -> Fault {
    let count = held.iter().map(|assignment| assignment.user_id).collect::<BTreeSet<_>>().len();
    let text = text!(
        "{count} brugere har rollen. Giv dem en anden ved at nævne den i replacement_id, eller fjern rollen fra dem (holders nævner dem), før den slettes.",
        "{count} användare har rollen. Ge dem en annan genom att nämna den i replacement_id, eller ta rollen från dem (holders nämner dem) innan den tas bort.",
        "{count} users have the role. Give them another by naming it in replacement_id, or take the role from them (holders names them) before deleting it."
    );
    Fault::conflict("role_in_use", text)
}

/// Gives all who have a role another instead, with the same reach.
async fn replace_held(
    actor: &Actor,
    tx: &Tx,
    role_id: RoleId,
    replacement_id: RoleId,
    held: Vec<RoleAssignment>,
) -> Result<()> {
    let replacement: Option<Role> = find(tx, tx.account_id(), replacement_id).await?;
    let replacement = replacement
        .filter(|replacement| replacement.id != role_id)
        .ok_or_else(|| Fault::invalid(vec![missing("/replacement_id")]))?;
    let ids: BTreeSet<_> = held.iter().map(|assignment| assignment.user_id.0).collect();
    let users: Vec<User> = find_many(tx, tx.account_id(), ids).await?;
    let homes: BTreeMap<_, _> = users.into_iter().map(|user| (user.id, user.organisation_id)).collect();
    let places: BTreeSet<(OrganisationId, Option<OrganisationId>)> = held
        .iter()
        .filter_map(|assignment| Some((*homes.get(&assignment.user_id)?, assignment.organisation_id)))
        .collect();
    let tree = OrganisationTree::load(tx, tx.account_id()).await?;
    let mut permit = None;
    for (home, reach) in places {
        permit = Some(may_assign(actor, &Resource::local(tx.account_id(), home), reach)?);
        may_give(actor, replacement.rights, &reach_of(&tree, reach))?;
    }
    let Some(permit) = permit else { return Ok(()) };
    let present = access::assignments(tx, tx.account_id(), replacement_id).await?;
    let present: BTreeSet<_> = present.into_iter().map(|has| (has.user_id, has.organisation_id)).collect();
    let (had, lacked): (Vec<_>, Vec<_>) =
        held.into_iter().partition(|has| present.contains(&(has.user_id, has.organisation_id)));
    tx.delete_many(&permit, &had, "role_assignment.deleted").await?;
    let changes = lacked.into_iter().map(|before| {
        let after = RoleAssignment { role_id: replacement_id, ..before.clone() };
        (before, after)
    });
    tx.update_many(&permit, changes.collect(), "role_assignment.changed").await?;
    tx.access_changed();
    Ok(())
}

/// Where a role holds that was given in an organisation, or in none.
pub(super) fn reach_of(tree: &OrganisationTree, organisation_id: Option<OrganisationId>) -> Reach {
    match organisation_id {
        None => Reach::Account,
        Some(id) => Reach::Organisations(Arc::new(tree.with_all_below(id))),
    }
}

/// One page of who has a role, among the users that the caller may see.
///
/// # Errors
/// `not_found`.
pub async fn holders(
    ctx: &Ctx<SeeRoles>,
    id: RoleId,
    page: PageRequest,
) -> Result<Page<(RoleAssignment, User)>> {
    let read = ctx.read();
    let role: Role = get(&read, ctx.account_id(), id).await?;
    let seen = coverage(ctx, &[Right::RoleManage, Right::RoleAssign]);
    let Page { items, next } =
        access::assignments_of_role(&read, ctx.account_id(), &seen, role.id, page).await?;
    let ids: BTreeSet<_> = items.iter().map(|assignment| assignment.user_id.0).collect();
    let users: Vec<User> = find_many(&read, ctx.account_id(), ids).await?;
    let users: BTreeMap<UserId, User> = users.into_iter().map(|user| (user.id, user)).collect();
    let with_user =
        |assignment: RoleAssignment| users.get(&assignment.user_id).cloned().map(|user| (assignment, user));
    Ok(Page { items: items.into_iter().filter_map(with_user).collect(), next })
}

async fn visible_user<R>(ctx: &Ctx<R>, source: &impl Source, id: UserId) -> Result<(User, Resource)> {
    let user: User = get(source, ctx.account_id(), id).await?;
    let resource = resource(ctx, &user);
    if resource.visible { Ok((user, resource)) } else { Err(Fault::not_found().into()) }
}

/// One page of the roles that a user has, each with what the next import would do to it.
///
/// # Errors
/// `not_found`.
pub async fn assignments(
    ctx: &Ctx<SeeAssignments>,
    user_id: UserId,
    page: PageRequest,
) -> Result<Page<(RoleAssignment, NextImport)>> {
    let (read, now) = (ctx.read(), ctx.app().store().ambient().now());
    let (user, _) = visible_user(ctx, &read, user_id).await?;
    let assignments = access::assignments_of_user(&read, ctx.account_id(), user.id, page).await?;
    let last = last_import(&read, ctx.account_id(), user.organisation_id).await?;
    Ok(assignments.map(|assignment| {
        let next = next_import(&user, &assignment, last.as_ref(), now);
        (assignment, next)
    }))
}

/// Where a role is to hold.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// Where such a role usually does.
    Usual,
    /// In the whole account, or in the user's own organisation.
    Reach(DefaultReach),
    /// In this organisation and those below it.
    Organisation(OrganisationId),
}

/// The permit to give or take a role with this reach, from a user: where the user lies, and where the reach does.
fn may_assign(
    actor: &Actor,
    user: &Resource,
    reach: Option<OrganisationId>,
) -> Result<Permit<of::RoleAssign>, Fault> {
    let _there = authorize::<of::RoleAssign>(actor, &Resource { organisation: reach, ..*user })?;
    authorize(actor, user)
}

/// Gives a user a role, for good or until a time.
///
/// # Errors
/// `not_found`, `forbidden`, `rights_not_held`, `role_already_assigned`; `invalid` when the role or organisation is not
/// there, or the time is past.
pub async fn assign(
    ctx: &Ctx<of::RoleAssign>,
    user_id: UserId,
    role_id: RoleId,
    place: Place,
    expires_at: Option<DateTime<Utc>>,
) -> Result<RoleAssignment> {
    ctx.write(|tx| async move {
        if expires_at.is_some_and(|at| at <= tx.now()) {
            return Err(Fault::invalid(vec![past("/expires_at")]).into());
        }
        let (user, resource) = visible_user(ctx, &*tx, user_id).await?;
        let role = find::<Role>(&*tx, ctx.account_id(), role_id).await?;
        let role = role.ok_or_else(|| Fault::invalid(vec![missing("/role_id")]))?;
        let organisation_id = match place {
            Place::Organisation(id) => Some(id),
            Place::Reach(DefaultReach::Account) => None,
            Place::Reach(DefaultReach::OwnOrganisation) => Some(user.organisation_id),
            Place::Usual => role.usual_place(user.organisation_id),
        };
        if let Some(id) = organisation_id
            && find::<Organisation>(&*tx, ctx.account_id(), id).await?.is_none()
        {
            return Err(Fault::invalid(vec![missing("/organisation_id")]).into());
        }
        let permit = may_assign(ctx.actor(), &resource, organisation_id)?;
        let tree = OrganisationTree::load(&*tx, ctx.account_id()).await?;
        may_give(ctx.actor(), role.rights, &reach_of(&tree, organisation_id))?;
        if access::is_assigned(&tx, user_id, role_id, organisation_id).await? {
            return Err(Fault::conflict(
                "role_already_assigned",
                Text::fixed(
                    "Brugeren har allerede rollen her.",
                    "Användaren har redan rollen här.",
                    "The user has the role here already.",
                ),
            )
            .into());
        }
        let assignment = RoleAssignment {
            id: AssignmentId(tx.id()),
            account_id: ctx.account_id(),
            user_id,
            role_id,
            organisation_id,
            provenance: Provenance::Hand,
            expires_at,
            created_at: tx.now(),
        };
        tx.insert(&permit, &assignment, "role_assignment.created").await?;
        tx.access_changed();
        Ok(assignment)
    })
    .await
}

/// Takes a role from a user. The account's owner holds every right whatever is taken, so that nobody can lock
/// everyone out.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn revoke(ctx: &Ctx<of::RoleAssign>, user_id: UserId, id: AssignmentId) -> Result<()> {
    ctx.write(|tx| async move {
        let (_, resource) = visible_user(ctx, &*tx, user_id).await?;
        let assignment: RoleAssignment = get(&*tx, ctx.account_id(), id).await?;
        if assignment.user_id != user_id {
            return Err(Fault::not_found().into());
        }
        let permit = may_assign(ctx.actor(), &resource, assignment.organisation_id)?;
        tx.delete(&permit, &assignment, "role_assignment.deleted").await?;
        tx.access_changed();
        Ok(())
    })
    .await
}

/// The caller, seen from inside.
#[derive(Debug, Clone)]
pub struct Me {
    /// Who they are.
    pub user: User,
    /// Their account.
    pub account: Account,
    /// Their organisation.
    pub organisation: Organisation,
    /// What they hold, and where.
    pub rights: Vec<(Right, Coverage)>,
    /// The token they came with.
    pub token: Option<Token>,
}

/// Who the caller is, and what they may do.
///
/// # Errors
/// The database fails.
pub async fn me(ctx: &Ctx<LockedOut>) -> Result<Me> {
    let (read, actor) = (ctx.read(), ctx.actor());
    let token = match actor.token_id {
        Some(id) => find(&read, ctx.account_id(), id).await?,
        None => None,
    };
    Ok(Me {
        user: get(&read, ctx.account_id(), actor.user_id).await?,
        account: get_account(ctx).await?,
        organisation: get(&read, ctx.account_id(), actor.organisation_id).await?,
        rights: Right::ALL.iter().filter_map(|right| Some((*right, actor.reach(*right)?))).collect(),
        token,
    })
}

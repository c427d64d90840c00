//! People and rights groups.

pub mod import;
mod reassign;
pub mod substitute;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use styr_domain::access::{Actor, Licence, Permit, Provenance, Resource, Right, of};
use styr_domain::account::Organisation;
use styr_domain::form::{DanishPersonNumber, SwedishPersonNumber, email};
use styr_domain::id::{GroupId, OrganisationId, UserId};
use styr_domain::user::{Group, User};
use styr_domain::{Fault, Text, Violation};
use styr_persistence::user::UserFilter;
use styr_persistence::{Page, PageRequest, Source, Tx, actor, find, get, token, user};

use super::Result;
use super::account::coverage;
use super::context::{Ctx, IfMatch};
use super::process::missing;
use crate::jobs::run_retention;

pub use reassign::{Place, Reassigned, Reassignment, reassign, responsibilities};

/// What managing users takes.
pub type Manage = (of::UserManage, of::UserManageLocal);
/// What seeing them takes.
pub type See = (of::UserSearch, of::UserManage, of::UserManageLocal);
/// What changing rights groups takes.
pub type ManageGroup = (of::GroupManage, of::GroupManageShared);
/// What seeing rights groups takes: those who change them, and those who route tasks to them.
pub type SeeGroup = (
    of::GroupManage,
    of::GroupManageShared,
    of::UserManage,
    of::UserManageLocal,
    of::WorkflowEdit,
    of::WorkflowEditShared,
);

const SEE: &[Right] = &[Right::UserSearch, Right::UserManage, Right::UserManageLocal, Right::RoleAssign];

/// What a user is made or replaced with.
#[derive(Debug, Clone)]
pub struct UserInput {
    /// The organisation to belong to; the caller's when none is named, on replacing the one before.
    pub organisation_id: Option<OrganisationId>,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their phone number.
    pub phone: Option<String>,
    /// Their title at work.
    pub title: Option<String>,
    /// Their person number, in any usual form.
    pub person_number: Option<String>,
    /// What the system that they come from knows them by; on replacing, as before when none is named.
    pub external_id: Option<String>,
    /// Their licence; basic when none is named, on replacing the one before.
    pub licence: Option<Licence>,
    /// Whether they come from outside; not when none is said, on replacing as before.
    pub external: Option<bool>,
}

/// Whether the caller manages a user of this organisation, and so sees their person number too.
#[must_use]
pub fn manages<R>(ctx: &Ctx<R>, organisation: OrganisationId) -> bool {
    let actor = ctx.actor();
    [Right::UserManage, Right::UserManageLocal]
        .into_iter()
        .any(|right| actor.holds_in(right, Some(organisation)))
}

/// A user as a thing to decide about: visible to themself, and where the caller may see users.
pub(crate) fn resource<R>(ctx: &Ctx<R>, user: &User) -> Resource {
    let visible = ctx.actor().user_id == user.id || coverage(ctx, SEE).covers(Some(user.organisation_id));
    Resource::local(user.account_id, user.organisation_id).visible_if(visible)
}

/// One page of the users that the caller may see.
///
/// # Errors
/// The database fails.
pub async fn list(ctx: &Ctx<See>, filter: &UserFilter, page: PageRequest) -> Result<Page<User>> {
    user::users(&ctx.read(), ctx.account_id(), &coverage(ctx, SEE), filter, page).await
}

/// A user.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<See>, id: UserId) -> Result<User> {
    let user: User = get(&ctx.read(), ctx.account_id(), id).await?;
    if resource(ctx, &user).visible { Ok(user) } else { Err(Fault::not_found().into()) }
}

/// Loads a user whom the caller may change, in the revision they know.
async fn managed(
    ctx: &Ctx<Manage>,
    tx: &Tx,
    id: UserId,
    if_match: Option<&IfMatch>,
) -> Result<(User, Permit<Manage>)> {
    let user: User = get(tx, ctx.account_id(), id).await?;
    let permit = ctx.permit(&resource(ctx, &user))?;
    if let Some(if_match) = if_match {
        if_match.check(user.revision)?;
    }
    Ok((user, permit))
}

/// What is wrong with the input, and its normal form.
async fn check(tx: &Tx, input: UserInput, of: Option<UserId>) -> Result<UserInput> {
    let mut violations = Vec::new();
    let address = email(input.email.trim());
    if address.is_none() {
        let text = Text::fixed(
            "Dette er ikke en e-mailadresse. Skriv den som navn@eksempel.dk.",
            "Detta är inte en e-postadress. Skriv den som namn@exempel.se.",
            "This is not an e-mail address. Write it as name@example.org.",
        );
        violations.push(Violation::at("/email", "email_malformed", text));
    }
    let today = tx.now().date_naive();
    let number = input.person_number.as_deref().map(|number| {
        let danish = DanishPersonNumber::parse(number, today).map(|number| number.as_str().to_owned());
        danish.or_else(|_| SwedishPersonNumber::parse(number, today).map(|number| number.as_str().to_owned()))
    });
    if let Some(Err(_)) = number {
        let text = Text::fixed(
            "Dette er hverken et CPR-nummer eller et svensk personnummer. Se efter, om alle cifre er rigtige.",
            "Detta är varken ett danskt CPR-nummer eller ett personnummer. Kontrollera att alla siffror är rätt.",
            "This is neither a Danish CPR number nor a Swedish personnummer. Check each digit.",
        );
        violations.push(Violation::at("/person_number", "person_number_malformed", text));
    }
    if let Some(id) = input.organisation_id
        && find::<Organisation>(tx, tx.account_id(), id).await?.is_none()
    {
        violations.push(missing("/organisation_id"));
    }
    let Some(address) = address.filter(|_| violations.is_empty()) else {
        return Err(Fault::invalid(violations).into());
    };
    if user::known_as(tx, tx.account_id(), &address).await?.iter().any(|other| Some(other.id) != of) {
        return Err(email_taken().into());
    }
    if let Some(external_id) = &input.external_id
        && user::by_external_id(tx, tx.account_id(), external_id)
            .await?
            .is_some_and(|other| Some(other.id) != of)
    {
        return Err(external_id_taken().into());
    }
    Ok(UserInput { email: address, person_number: number.and_then(Result::ok), ..input })
}

const fn email_taken() -> Fault {
    Fault::conflict(
        "email_taken",
        Text::fixed(
            "En anden bruger har allerede denne e-mailadresse. Vælg en anden, eller ret den bruger, der har den.",
            "En annan användare har redan denna e-postadress. Välj en annan, eller ändra den användare som har den.",
            "Another user has this e-mail address already. Choose another, or change the user who has it.",
        ),
    )
}

const fn external_id_taken() -> Fault {
    Fault::conflict(
        "external_id_taken",
        Text::fixed(
            "En anden bruger har allerede dette external_id. Ret den bruger, eller angiv et andet.",
            "En annan användare har redan detta external_id. Ändra den användaren, eller ange ett annat.",
            "Another user has this external_id already. Change that user, or give another.",
        ),
    )
}

/// Makes a user.
///
/// # Errors
/// `forbidden`, `email_taken`, `external_id_taken`, `invalid`.
pub async fn create(ctx: &Ctx<Manage>, input: UserInput) -> Result<User> {
    ctx.write(|tx| async move {
        let organisation_id = input.organisation_id.unwrap_or(ctx.actor().organisation_id);
        let UserInput {
            organisation_id: _,
            name,
            email,
            phone,
            title,
            person_number,
            external_id,
            licence,
            external,
        } = check(&tx, input, None).await?;
        let permit = ctx.permit(&Resource::local(ctx.account_id(), organisation_id))?;
        let user = User {
            id: UserId(tx.id()),
            account_id: ctx.account_id(),
            organisation_id,
            name,
            email: Some(email),
            phone,
            title,
            person_number,
            external_id,
            user_name: None,
            directory: None,
            deprovisioned_at: None,
            provenance: Provenance::Hand,
            profile_id: None,
            licence: licence.unwrap_or_default(),
            external: external.unwrap_or(false),
            owner: false,
            active: true,
            deactivated_at: None,
            anonymized_at: None,
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        tx.insert(&permit, &user, "user.created").await?;
        Ok(user)
    })
    .await
}

/// Replaces a user, and moves them if another organisation is named.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `user_anonymized`, `user_owns_account` for the owner made external, `email_taken`,
/// `external_id_taken`, `invalid`.
pub async fn replace(ctx: &Ctx<Manage>, id: UserId, if_match: &IfMatch, input: UserInput) -> Result<User> {
    ctx.write(|tx| async move {
        let (before, permit) = managed(ctx, &tx, id, Some(if_match)).await?;
        refuse_anonymized(&before)?;
        if input.external == Some(true) {
            refuse_owner(&before)?;
        }
        let UserInput {
            organisation_id,
            name,
            email,
            phone,
            title,
            person_number,
            external_id,
            licence,
            external,
        } = check(&tx, input, Some(id)).await?;
        let organisation_id = organisation_id.unwrap_or(before.organisation_id);
        let _there = ctx.permit(&Resource::local(ctx.account_id(), organisation_id))?;
        let after = User {
            organisation_id,
            name,
            email: Some(email),
            phone,
            title,
            person_number,
            external_id: external_id.or_else(|| before.external_id.clone()),
            licence: licence.unwrap_or(before.licence),
            external: external.unwrap_or(before.external),
            ..before.clone()
        };
        tx.access_changed();
        tx.update(&permit, &before, after, "user.changed").await
    })
    .await
}

fn refuse_anonymized(user: &User) -> Result<(), Fault> {
    if user.anonymized_at.is_none() {
        return Ok(());
    }
    Err(Fault::conflict(
        "user_anonymized",
        Text::fixed(
            "Brugeren er anonymiseret og kan ikke ændres. Opret personen på ny.",
            "Användaren är anonymiserad och kan inte ändras. Lägg upp personen på nytt.",
            "The user has been anonymized and cannot be changed. Create the person anew.",
        ),
    ))
}

fn refuse_owner(user: &User) -> Result<(), Fault> {
    if !user.owner {
        return Ok(());
    }
    Err(Fault::conflict(
        "user_owns_account",
        Text::fixed(
            "Kontoens ejer kan ikke slettes, deaktiveres eller gøres ekstern. Overdrag kontoen først.",
            "Kontots ägare kan inte tas bort, inaktiveras eller göras extern. Överlåt kontot först.",
            "The owner of the account can be neither deleted nor deactivated nor made external. Transfer the account first.",
        ),
    ))
}

const fn in_use() -> Fault {
    Fault::conflict(
        "user_in_use",
        Text::fixed(
            "Brugeren har en historik og kan ikke slettes. Deaktiver brugeren, og anonymiser, når tiden er inde.",
            "Användaren har en historik och kan inte tas bort. Inaktivera användaren, och anonymisera när det är dags.",
            "The user has a history and cannot be deleted. Deactivate the user, and anonymize when the time comes.",
        ),
    )
}

/// Deletes a user who has done nothing and whom nothing names.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `user_owns_account`, `user_in_use`.
pub async fn delete(ctx: &Ctx<Manage>, id: UserId, if_match: &IfMatch) -> Result<()> {
    let deleted = ctx
        .write(|tx| async move {
            let (user, permit) = managed(ctx, &tx, id, Some(if_match)).await?;
            refuse_owner(&user)?;
            if user::has_acted(&*tx, ctx.account_id(), id).await? {
                return Err(in_use().into());
            }
            tx.delete(&permit, &user, "user.deleted").await?;
            tx.access_changed();
            // A rule may want what is left anonymized at once.
            run_retention(&tx, tx.now()).await
        })
        .await;
    deleted.map_err(|error| if error.is_foreign_key_violation() { in_use().into() } else { error })
}

/// Deactivates a user: their tokens end at once. What they are responsible for stays theirs until it is reassigned. Does nothing to one who is not active.
///
/// # Errors
/// `not_found`, `forbidden`, `user_owns_account`.
pub async fn deactivate(ctx: &Ctx<Manage>, id: UserId) -> Result<User> {
    ctx.write(|tx| async move {
        let (before, permit) = managed(ctx, &tx, id, None).await?;
        refuse_owner(&before)?;
        if !before.active {
            return Ok(before);
        }
        let after = User { active: false, deactivated_at: Some(tx.now()), ..before.clone() };
        let user = tx.update(&permit, &before, after, "user.deactivated").await?;
        token::revoke_all(&tx, &permit, &[id]).await?;
        Ok(user)
    })
    .await
}

/// Takes a user up again. Their old tokens stay revoked. Does nothing to one who is active.
///
/// # Errors
/// `not_found`, `forbidden`, `user_anonymized`.
pub async fn reactivate(ctx: &Ctx<Manage>, id: UserId) -> Result<User> {
    ctx.write(|tx| async move {
        let (before, permit) = managed(ctx, &tx, id, None).await?;
        refuse_anonymized(&before)?;
        if before.active {
            return Ok(before);
        }
        tx.access_changed();
        let after = User { active: true, deactivated_at: None, deprovisioned_at: None, ..before.clone() };
        tx.update(&permit, &before, after, "user.reactivated").await
    })
    .await
}

/// What a rights group is made or replaced with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GroupInput {
    /// The organisation it is local to; none when every organisation may use it.
    pub organisation_id: Option<OrganisationId>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
}

const SEE_GROUP: &[Right] =
    &[Right::GroupManage, Right::UserManage, Right::UserManageLocal, Right::WorkflowEdit];

fn owned_by<R>(ctx: &Ctx<R>, organisation: Option<OrganisationId>) -> Resource {
    Resource { organisation, ..Resource::shared(ctx.account_id()) }
}

fn group_resource<R>(ctx: &Ctx<R>, group: &Group) -> Resource {
    let visible = group
        .organisation_id
        .is_none_or(|id| ctx.actor().organisation_id == id || coverage(ctx, SEE_GROUP).covers(Some(id)));
    owned_by(ctx, group.organisation_id).visible_if(visible)
}

/// One page of the rights groups that the caller may see: the shared ones, and those of organisations in their reach.
///
/// # Errors
/// The database fails.
pub async fn groups(ctx: &Ctx<SeeGroup>, page: PageRequest) -> Result<Page<Group>> {
    let mut seen = coverage(ctx, SEE_GROUP);
    seen.organisations.insert(ctx.actor().organisation_id);
    user::groups(&ctx.read(), ctx.account_id(), &seen, page).await
}

/// A rights group.
///
/// # Errors
/// `not_found`.
pub async fn group(ctx: &Ctx<SeeGroup>, id: GroupId) -> Result<Group> {
    visible_group(ctx, &ctx.read(), id).await
}

pub(crate) async fn visible_group<R>(ctx: &Ctx<R>, source: &impl Source, id: GroupId) -> Result<Group> {
    let group: Group = get(source, ctx.account_id(), id).await?;
    if group_resource(ctx, &group).visible { Ok(group) } else { Err(Fault::not_found().into()) }
}

async fn managed_group(
    ctx: &Ctx<ManageGroup>,
    tx: &Tx,
    id: GroupId,
    if_match: Option<&IfMatch>,
) -> Result<(Group, Permit<ManageGroup>)> {
    let group: Group = get(tx, ctx.account_id(), id).await?;
    let permit = ctx.permit(&group_resource(ctx, &group))?;
    if let Some(if_match) = if_match {
        if_match.check(group.revision)?;
    }
    Ok((group, permit))
}

async fn check_group(tx: &Tx, input: &GroupInput, of: Option<GroupId>) -> Result<()> {
    if let Some(id) = input.organisation_id
        && find::<Organisation>(tx, tx.account_id(), id).await?.is_none()
    {
        return Err(Fault::invalid(vec![missing("/organisation_id")]).into());
    }
    let namesake = user::group_by_name(tx, tx.account_id(), input.organisation_id, &input.name).await?;
    if namesake.is_some_and(|other| Some(other.id) != of) {
        return Err(Fault::conflict(
            "group_name_taken",
            Text::fixed(
                "Der er allerede en rettighedsgruppe med dette navn her. Vælg et andet navn.",
                "Det finns redan en rättighetsgrupp med detta namn här. Välj ett annat namn.",
                "There is a rights group of this name here already. Choose another name.",
            ),
        )
        .into());
    }
    Ok(())
}

/// Makes a rights group.
///
/// # Errors
/// `forbidden`, `group_name_taken`, `invalid`.
pub async fn create_group(ctx: &Ctx<ManageGroup>, input: GroupInput) -> Result<Group> {
    ctx.write(|tx| async move {
        check_group(&tx, &input, None).await?;
        let GroupInput { organisation_id, name, description } = input;
        let permit = ctx.permit(&owned_by(ctx, organisation_id))?;
        let group = Group {
            external_id: None,
            id: GroupId(tx.id()),
            account_id: ctx.account_id(),
            organisation_id,
            name,
            description,
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        tx.insert(&permit, &group, "group.created").await?;
        Ok(group)
    })
    .await
}

/// Replaces a rights group. Its members stay.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `group_name_taken`, `invalid`.
pub async fn replace_group(
    ctx: &Ctx<ManageGroup>,
    id: GroupId,
    if_match: &IfMatch,
    input: GroupInput,
) -> Result<Group> {
    ctx.write(|tx| async move {
        let (before, permit) = managed_group(ctx, &tx, id, Some(if_match)).await?;
        check_group(&tx, &input, Some(id)).await?;
        let GroupInput { organisation_id, name, description } = input;
        let _there = ctx.permit(&owned_by(ctx, organisation_id))?;
        // Directories see no local groups, and could never let go of the id.
        let external_id = before.external_id.clone().filter(|_| organisation_id.is_none());
        let after = Group { organisation_id, name, description, external_id, ..before.clone() };
        tx.update(&permit, &before, after, "group.changed").await
    })
    .await
}

/// Deletes a rights group that no task waits for.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`, `group_in_use`.
pub async fn delete_group(ctx: &Ctx<ManageGroup>, id: GroupId, if_match: &IfMatch) -> Result<()> {
    let deleted = ctx
        .write(|tx| async move {
            let (group, permit) = managed_group(ctx, &tx, id, Some(if_match)).await?;
            tx.delete(&permit, &group, "group.deleted").await?;
            tx.access_changed();
            Ok(())
        })
        .await;
    deleted.map_err(|error| if error.is_foreign_key_violation() { group_in_use().into() } else { error })
}

pub(super) const fn group_in_use() -> Fault {
    Fault::conflict(
        "group_in_use",
        Text::fixed(
            "Rettighedsgruppen har fået opgaver og kan ikke slettes. Tag medlemmerne ud i stedet.",
            "Rättighetsgruppen har fått uppgifter och kan inte tas bort. Ta ut medlemmarna i stället.",
            "Tasks were routed to the rights group, so that it cannot be deleted. Take its members out instead.",
        ),
    )
}

/// One page of the members of a rights group.
///
/// # Errors
/// `not_found`.
pub async fn members(ctx: &Ctx<SeeGroup>, id: GroupId, page: PageRequest) -> Result<Page<User>> {
    let read = ctx.read();
    let group = visible_group(ctx, &read, id).await?;
    user::group_members(&read, ctx.account_id(), group.id, page).await
}

/// Makes a user a member of a rights group; one who is one already stays it.
///
/// # Errors
/// `not_found`, `forbidden`, `invalid` when there is no such user.
pub async fn add_member(ctx: &Ctx<ManageGroup>, id: GroupId, user_id: UserId) -> Result<()> {
    ctx.write(|tx| async move {
        let (group, permit) = managed_group(ctx, &tx, id, None).await?;
        if find::<User>(&*tx, ctx.account_id(), user_id).await?.is_none() {
            return Err(Fault::invalid(vec![missing("/user_id")]).into());
        }
        user::add_member(&tx, &permit, &group, user_id).await?;
        Ok(())
    })
    .await
}

/// Takes a user out of a rights group.
///
/// # Errors
/// `not_found` when they are not in it; `forbidden`.
pub async fn remove_member(ctx: &Ctx<ManageGroup>, id: GroupId, user_id: UserId) -> Result<()> {
    ctx.write(|tx| async move {
        let (group, permit) = managed_group(ctx, &tx, id, None).await?;
        if user::remove_member(&tx, &permit, &group, user_id).await? {
            Ok(())
        } else {
            Err(Fault::not_found().into())
        }
    })
    .await
}

/// Loads what decisions need to know of a user at a time, as if they called without a token.
pub(crate) async fn actor_of(source: &impl Source, user: &User, now: DateTime<Utc>) -> Result<Actor> {
    let loaded = actor::by_user(source, user.account_id, user.id, now).await?;
    Ok(loaded.ok_or_else(Fault::not_found)?.actor)
}

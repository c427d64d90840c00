//! Rights, roles and who has them.

pub(super) mod explain;
pub(super) mod permission_group;
pub(super) mod report;

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::{
    Category, Coverage, DefaultReach, LockedOut, Part, Provenance, Right, Role, RoleAssignment, of,
};
use styr_domain::id::{AssignmentId, OrganisationId, ProcessGroupId, RoleId, UserId};
use styr_domain::user::User;
use styr_domain::user::import::NextImport;
use styr_domain::{Fault, Text, Violation};

use super::Tag;
use super::account::{AccountView, OrganisationView};
use super::answer::{Answer, Created, Done, Found, Thing};
use super::body::Body;
use super::page::{self, page};
use super::token::TokenView;
use super::user::UserView;
use crate::app::access::{self, Me, Place, RoleInput, SeeAssignments, SeeRoles};
use crate::app::{Ctx, IfMatch};

/// A right: one named permission from the fixed catalogue.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct RightView {
    /// Its code.
    code: Right,
    /// Where in the catalogue it stands.
    category: Category,
    /// The part of Styr it belongs to. Every right of the part `admin` also needs `admin.enter`.
    part: Part,
    /// What it lets one do, in the caller's language.
    description: String,
}

/// The whole catalogue of rights.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct RightList {
    /// The rights, in the catalogue's order.
    items: Vec<RightView>,
}

/// A role: a named bundle of rights.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct RoleView {
    /// Its id.
    id: RoleId,
    /// Its name for machines, unique in the account.
    api_name: String,
    /// Its name for people.
    name: String,
    /// What it is for.
    description: String,
    /// What it lets its holders do.
    rights: Vec<Right>,
    /// Whether it came with Styr: it can be changed and reset, but not deleted.
    predefined: bool,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        let Role {
            id,
            account_id: _,
            api_name,
            name,
            description,
            rights,
            predefined,
            revision: _,
            created_at,
        } = role;
        Self { id, api_name, name, description, rights: rights.iter().collect(), predefined, created_at }
    }
}

impl From<Role> for Thing<RoleView> {
    fn from(role: Role) -> Self {
        Self { revision: role.revision, view: role.into() }
    }
}

page! {
    /// One page of roles.
    RolePage of RoleView
}

/// What a role is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleBody {
    /// Its name for machines, in `snake_case`. Made of the name when absent; on replacing, it stays.
    #[oai(validator(max_length = 100, pattern = "^[a-z][a-z0-9_]*$"))]
    api_name: Option<String>,
    /// Its name for people.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// What it is for.
    #[oai(validator(max_length = 5000))]
    description: Option<String>,
    /// What it lets its holders do. Nothing when absent.
    #[oai(validator(max_items = 256))]
    rights: Option<Vec<Right>>,
}

impl From<RoleBody> for RoleInput {
    fn from(RoleBody { api_name, name, description, rights }: RoleBody) -> Self {
        let rights = rights.into_iter().flatten().collect();
        Self { api_name, name, description: description.unwrap_or_default(), rights }
    }
}

/// One giving of a role to a user.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct RoleAssignmentView {
    /// Its id.
    id: AssignmentId,
    /// Who has the role.
    user_id: UserId,
    /// The role.
    role_id: RoleId,
    /// The organisation in which, with all below it, the role's rights hold; absent for the whole account.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation_id: Option<OrganisationId>,
    /// How it came about.
    provenance: Provenance,
    /// When it stops holding; absent when never.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
    /// When it was given.
    created_at: DateTime<Utc>,
    /// In the list of a user's roles: what an import like the last one that reached the user's organisation would do to
    /// it. That can be foreseen for those who came by an import; for others it is `keep`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_import: Option<NextImport>,
}

impl From<RoleAssignment> for RoleAssignmentView {
    fn from(assignment: RoleAssignment) -> Self {
        let RoleAssignment {
            id,
            account_id: _,
            user_id,
            role_id,
            organisation_id,
            provenance,
            expires_at,
            created_at,
        } = assignment;
        Self { id, user_id, role_id, organisation_id, provenance, expires_at, created_at, next_import: None }
    }
}

impl From<(RoleAssignment, NextImport)> for RoleAssignmentView {
    fn from((assignment, next): (RoleAssignment, NextImport)) -> Self {
        Self { next_import: Some(next), ..assignment.into() }
    }
}

page! {
    /// One page of the roles that a user has.
    RoleAssignmentPage of RoleAssignmentView
}

/// Who has a role.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct RoleHolderView {
    /// The giving of the role.
    assignment: RoleAssignmentView,
    /// The user's name.
    user_name: String,
    /// Whether the user is active.
    user_active: bool,
}

impl From<(RoleAssignment, User)> for RoleHolderView {
    fn from((assignment, user): (RoleAssignment, User)) -> Self {
        Self { assignment: assignment.into(), user_name: user.name, user_active: user.active }
    }
}

page! {
    /// One page of who has a role.
    RoleHolderPage of RoleHolderView
}

/// Which role a user is given, and where it holds.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleAssignmentBody {
    /// The role.
    role_id: RoleId,
    /// The organisation in which, with all below it, it holds.
    organisation_id: Option<OrganisationId>,
    /// The same in other words, in place of `organisation_id`. When both are absent, the role's usual reach: the whole
    /// account for system administrators, the user's own organisation for all others.
    reach: Option<DefaultReach>,
    /// When it stops holding. Never when absent.
    expires_at: Option<DateTime<Utc>>,
}

/// A right that the caller holds, and where.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct HeldRightView {
    /// The right.
    right: Right,
    /// Whether it holds in the whole account; the ids below are then left out.
    account: bool,
    /// Whether it holds for what no organisation owns.
    shared: bool,
    /// The organisations it holds in.
    organisation_ids: Vec<OrganisationId>,
    /// The process groups it holds in.
    process_group_ids: Vec<ProcessGroupId>,
}

impl From<(Right, Coverage)> for HeldRightView {
    fn from((right, coverage): (Right, Coverage)) -> Self {
        let Coverage { account, shared, organisations, process_groups, closed } = coverage;
        Self {
            right,
            account,
            shared,
            organisation_ids: organisations.difference(&closed).copied().collect(),
            process_group_ids: process_groups.into_iter().collect(),
        }
    }
}

/// Who the caller is, and what they may do.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct MeView {
    /// The user.
    user: UserView,
    /// Their account.
    account: AccountView,
    /// Their organisation.
    organisation: OrganisationView,
    /// What they hold, within their token's limits. Nothing while all is locked down to them.
    rights: Vec<HeldRightView>,
    /// The organisations that are locked down to them, whatever their rights say.
    closed_organisation_ids: Vec<OrganisationId>,
    /// Whether everything is locked down to them: the account is, or their own organisation.
    locked_down: bool,
    /// The users whom they stand in for now.
    substitute_for: Vec<UserId>,
    /// The token they came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenView>,
}

/// The operations of this area.
pub(crate) struct AccessApi;

#[OpenApi(tag = "Tag::Access")]
impl AccessApi {
    /// Who am I
    ///
    /// The caller's user, account and organisation, what they may do and where, and their token's limits.
    #[oai(path = "/me", method = "get", operation_id = "me_get")]
    async fn me(&self, ctx: Ctx<LockedOut>) -> Answer<Found<MeView>> {
        let Me { user, account, organisation, rights, token } = access::me(&ctx).await?;
        let actor = ctx.actor();
        Ok(Found(MeView {
            user: UserView::of(&ctx, user),
            account: account.into(),
            organisation: organisation.into(),
            rights: rights.into_iter().map(Into::into).collect(),
            closed_organisation_ids: actor.lockdown.organisations.iter().copied().collect(),
            locked_down: actor.lockdown.whole,
            substitute_for: actor.substitute_for.iter().copied().collect(),
            token: token.map(Into::into),
        }))
    }

    /// List rights
    ///
    /// The whole fixed catalogue.
    #[oai(path = "/rights", method = "get", operation_id = "right_list")]
    async fn rights(&self, ctx: Ctx<LockedOut>) -> Answer<Found<RightList>> {
        let language = ctx.language();
        let items = Right::ALL.iter().map(|right| RightView {
            code: *right,
            category: right.category(),
            part: right.part(),
            description: right.description().in_language(language).to_owned(),
        });
        Ok(Found(RightList { items: items.collect() }))
    }

    /// List roles
    ///
    /// The account's roles, oldest first.
    #[oai(path = "/roles", method = "get", operation_id = "role_list")]
    async fn roles(
        &self,
        ctx: Ctx<SeeRoles>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<RolePage>> {
        Ok(Found(access::roles(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Create a role
    ///
    /// Nobody puts a right into a role that they do not hold in the whole account themselves.
    #[oai(path = "/roles", method = "post", operation_id = "role_create")]
    async fn create(&self, ctx: Ctx<of::RoleManage>, body: Body<RoleBody>) -> Answer<Created<RoleView>> {
        let made = access::create_role(&ctx, body.0.into()).await?;
        let location = format!("/v1/roles/{}", made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get a role
    ///
    /// With its rights.
    #[oai(path = "/roles/:id", method = "get", operation_id = "role_get")]
    async fn get(&self, ctx: Ctx<SeeRoles>, id: Path<RoleId>) -> Answer<Thing<RoleView>> {
        Ok(access::role(&ctx, id.0).await?.into())
    }

    /// Replace a role
    ///
    /// What its holders may do changes at once. Nobody adds a right that they do not hold themselves.
    #[oai(path = "/roles/:id", method = "put", operation_id = "role_replace")]
    async fn replace(
        &self,
        ctx: Ctx<of::RoleManage>,
        if_match: IfMatch,
        id: Path<RoleId>,
        body: Body<RoleBody>,
    ) -> Answer<Thing<RoleView>> {
        Ok(access::replace_role(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a role
    ///
    /// Only an own role. One that somebody has takes another in its place; without, the refusal says how many have it.
    #[oai(path = "/roles/:id", method = "delete", operation_id = "role_delete")]
    async fn delete(
        &self,
        ctx: Ctx<of::RoleManage>,
        if_match: IfMatch,
        id: Path<RoleId>,
        /// The role that its holders get in its place, where they had it. The caller must be allowed to give it.
        replacement_id: Query<Option<RoleId>>,
    ) -> Answer<Done> {
        access::delete_role(&ctx, id.0, &if_match, replacement_id.0).await?;
        Ok(Done)
    }

    /// Reset a role
    ///
    /// A predefined role gets back the name, description and rights it came with.
    #[oai(path = "/roles/:id/reset", method = "post", operation_id = "role_reset")]
    async fn reset(&self, ctx: Ctx<of::RoleManage>, id: Path<RoleId>) -> Answer<Thing<RoleView>> {
        Ok(access::reset_role(&ctx, id.0).await?.into())
    }

    /// List who has a role
    ///
    /// Among the users in the caller's reach.
    #[oai(path = "/roles/:id/holders", method = "get", operation_id = "role_holders")]
    async fn holders(
        &self,
        ctx: Ctx<SeeRoles>,
        id: Path<RoleId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<RoleHolderPage>> {
        Ok(Found(access::holders(&ctx, id.0, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// List a user's roles
    ///
    /// With where each holds, how it came about, and whether the next import of users would take it, oldest first.
    #[oai(path = "/users/:id/roles", method = "get", operation_id = "user_role_list")]
    async fn assignments(
        &self,
        ctx: Ctx<SeeAssignments>,
        id: Path<UserId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<RoleAssignmentPage>> {
        Ok(Found(access::assignments(&ctx, id.0, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Give a user a role
    ///
    /// By those who may give roles both where the user belongs and where the role is to hold, and who hold its rights
    /// there themselves.
    #[oai(path = "/users/:id/roles", method = "post", operation_id = "user_role_assign")]
    async fn assign(
        &self,
        ctx: Ctx<of::RoleAssign>,
        id: Path<UserId>,
        body: Body<RoleAssignmentBody>,
    ) -> Answer<Created<RoleAssignmentView>> {
        let RoleAssignmentBody { role_id, organisation_id, reach, expires_at } = body.0;
        let place = match (organisation_id, reach) {
            (None, None) => Place::Usual,
            (None, Some(reach)) => Place::Reach(reach),
            (Some(id), None) => Place::Organisation(id),
            (Some(_), Some(_)) => return Err(Fault::invalid(vec![both()]).into()),
        };
        let made = access::assign(&ctx, id.0, role_id, place, expires_at).await?;
        let location = format!("/v1/users/{}/roles/{}", made.user_id, made.id);
        Ok(Created { view: made.into(), revision: 1, location }) // it is given or taken, never changed
    }

    /// Take a role from a user
    ///
    /// By those who may give roles where the user belongs and where the role holds.
    #[oai(path = "/users/:id/roles/:assignment_id", method = "delete", operation_id = "user_role_revoke")]
    async fn revoke(
        &self,
        ctx: Ctx<of::RoleAssign>,
        id: Path<UserId>,
        assignment_id: Path<AssignmentId>,
    ) -> Answer<Done> {
        access::revoke(&ctx, id.0, assignment_id.0).await?;
        Ok(Done)
    }
}

fn both() -> Violation {
    let text = Text::fixed(
        "Angiv enten reach eller organisation_id, ikke begge.",
        "Ange antingen reach eller organisation_id, inte båda.",
        "Name either reach or organisation_id, not both.",
    );
    Violation::at("/reach", "reach_twice", text)
}

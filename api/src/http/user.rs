//! People and rights groups.

pub(super) mod import;
pub(super) mod substitute;

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::Fault;
use styr_domain::access::{Licence, Provenance};
use styr_domain::id::{GroupId, OrganisationId, ProfileId, UserId};
use styr_domain::user::{Group, Responsibility, ResponsibilityKind, User};
use styr_persistence::user::UserFilter;
use uuid::Uuid;

use super::Tag;
use super::answer::{Answer, Created, Done, Found, Thing};
use super::body::Body;
use super::page::{self, page};
use crate::app::user::{
    self, GroupInput, Manage, ManageGroup, Place, Reassigned, Reassignment, See, SeeGroup, UserInput, manages,
};
use crate::app::{Ctx, IfMatch};

/// A person who uses Styr.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct UserView {
    /// Their id.
    id: UserId,
    /// The organisation they belong to.
    organisation_id: OrganisationId,
    /// Their name.
    name: String,
    /// Their e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Their phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// Their title at work.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// Their person number. Only for those who manage the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    person_number: Option<String>,
    /// What the system that they come from knows them by, such as an employee number.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// How they came into the account.
    provenance: Provenance,
    /// The profile that says what of the landscape they see; absent when they see all that the rules open to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_id: Option<ProfileId>,
    /// Their licence.
    licence: Licence,
    /// Whether they come from outside.
    external: bool,
    /// Whether they own the account.
    owner: bool,
    /// Whether they may use Styr.
    active: bool,
    /// Since when they are not active.
    #[serde(skip_serializing_if = "Option::is_none")]
    deactivated_at: Option<DateTime<Utc>>,
    /// When their personal data were anonymized.
    #[serde(skip_serializing_if = "Option::is_none")]
    anonymized_at: Option<DateTime<Utc>>,
    /// When they were added.
    created_at: DateTime<Utc>,
    /// When they were last changed.
    updated_at: DateTime<Utc>,
}

impl UserView {
    /// A user as the caller may see them.
    pub(crate) fn of<R>(ctx: &Ctx<R>, user: User) -> Self {
        let managed = manages(ctx, user.organisation_id);
        let User {
            id,
            account_id: _,
            organisation_id,
            name,
            email,
            phone,
            title,
            person_number,
            external_id,
            provenance,
            profile_id,
            licence,
            external,
            owner,
            active,
            deactivated_at,
            anonymized_at,
            revision: _,
            created_at,
            updated_at,
        } = user;
        Self {
            id,
            organisation_id,
            name,
            email,
            phone,
            title,
            person_number: person_number.filter(|_| managed),
            external_id,
            provenance,
            profile_id,
            licence,
            external,
            owner,
            active,
            deactivated_at,
            anonymized_at,
            created_at,
            updated_at,
        }
    }
}

fn thing<R>(ctx: &Ctx<R>, user: User) -> Thing<UserView> {
    Thing { revision: user.revision, view: UserView::of(ctx, user) }
}

page! {
    /// One page of users.
    UserPage of UserView
}

/// What a user is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBody {
    /// The organisation to belong to. When absent, the caller's; on replacing, it stays.
    organisation_id: Option<OrganisationId>,
    /// Their name.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// Their e-mail address, unique in the account.
    #[oai(validator(min_length = 3, max_length = 254))]
    email: String,
    /// Their phone number.
    #[oai(validator(max_length = 50))]
    phone: Option<String>,
    /// Their title at work.
    #[oai(validator(max_length = 200))]
    title: Option<String>,
    /// Their Danish CPR number or Swedish personnummer.
    #[oai(validator(max_length = 20))]
    person_number: Option<String>,
    /// What the system that they come from knows them by, unique in the account. On replacing, it stays when absent.
    #[oai(validator(min_length = 1, max_length = 200))]
    external_id: Option<String>,
    /// Their licence. When absent, `basic`; on replacing, it stays.
    licence: Option<Licence>,
    /// Whether they come from outside. When absent, not; on replacing, it stays.
    external: Option<bool>,
}

impl From<UserBody> for UserInput {
    fn from(body: UserBody) -> Self {
        let UserBody {
            organisation_id,
            name,
            email,
            phone,
            title,
            person_number,
            external_id,
            licence,
            external,
        } = body;
        Self { organisation_id, name, email, phone, title, person_number, external_id, licence, external }
    }
}

/// A rights group: users that tasks are routed to.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct GroupView {
    /// Its id.
    id: GroupId,
    /// The organisation it is local to; absent when every organisation may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation_id: Option<OrganisationId>,
    /// What the system that it comes from knows it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// Its name.
    name: String,
    /// What it is for.
    description: String,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Group> for GroupView {
    fn from(group: Group) -> Self {
        let Group {
            id,
            account_id: _,
            organisation_id,
            external_id,
            name,
            description,
            revision: _,
            created_at,
        } = group;
        Self { id, organisation_id, external_id, name, description, created_at }
    }
}

impl From<Group> for Thing<GroupView> {
    fn from(group: Group) -> Self {
        Self { revision: group.revision, view: group.into() }
    }
}

page! {
    /// One page of rights groups.
    GroupPage of GroupView
}

/// What a rights group is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupBody {
    /// The organisation it is local to. Shared by all when absent.
    organisation_id: Option<OrganisationId>,
    /// Its name, unique in its organisation.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// What it is for.
    #[oai(validator(max_length = 5000))]
    description: Option<String>,
}

impl From<GroupBody> for GroupInput {
    fn from(GroupBody { organisation_id, name, description }: GroupBody) -> Self {
        Self { organisation_id, name, description: description.unwrap_or_default() }
    }
}

/// Who is to be a member.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupMemberBody {
    /// The user.
    user_id: UserId,
}

/// A thing that names a user as responsible.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ResponsibilityView {
    /// In which way.
    kind: ResponsibilityKind,
    /// The id of the process, case, task or rights group.
    id: Uuid,
    /// Its title or name.
    title: String,
}

impl From<Responsibility> for ResponsibilityView {
    fn from(Responsibility { kind, id, title }: Responsibility) -> Self {
        Self { kind, id, title }
    }
}

/// One page of what a user is responsible for.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ResponsibilityPage {
    /// The items.
    items: Vec<ResponsibilityView>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The cursor of a place: the kind's number, then the id.
fn place_cursor((kind, id): Place) -> Option<String> {
    let kind = ResponsibilityKind::ALL.iter().position(|other| *other == kind)?;
    let mut place = vec![u8::try_from(kind).ok()?];
    place.extend(id.as_bytes());
    Some(page::cursor(&place))
}

fn read_place(cursor: &str) -> Result<Place, Fault> {
    let place = page::place(cursor)?;
    let read = place.split_first().and_then(|(kind, id)| {
        Some((*ResponsibilityKind::ALL.get(usize::from(*kind))?, Uuid::from_slice(id).ok()?))
    });
    read.ok_or_else(page::bad_cursor)
}

/// A thing that is to change hands.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReassignItemBody {
    /// In which way the user is responsible for it.
    kind: ResponsibilityKind,
    /// The id of the process, case, task or rights group.
    id: Uuid,
}

/// Who is to be responsible, and for what.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReassignBody {
    /// Who is to be: an active user.
    to_user_id: UserId,
    /// What is to change hands. When absent, all that the user is responsible for.
    #[oai(validator(max_items = 1000))]
    items: Option<Vec<ReassignItemBody>>,
}

impl From<ReassignBody> for Reassignment {
    fn from(ReassignBody { to_user_id, items }: ReassignBody) -> Self {
        let item = |ReassignItemBody { kind, id }| (kind, id);
        Self { to_user_id, items: items.map(|items| items.into_iter().map(item).collect()) }
    }
}

/// How many things of a kind changed hands.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ReassignedView {
    /// The kind.
    kind: ResponsibilityKind,
    /// How many.
    count: u64,
}

impl From<Reassigned> for ReassignedView {
    fn from(Reassigned { kind, count }: Reassigned) -> Self {
        Self { kind, count }
    }
}

/// What changed hands.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ReassignedList {
    /// Each kind.
    items: Vec<ReassignedView>,
}

/// The operations of this area.
pub(crate) struct UserApi;

#[OpenApi(tag = "Tag::User")]
impl UserApi {
    /// List users
    ///
    /// The users in the caller's reach, oldest first.
    #[oai(path = "/users", method = "get", operation_id = "user_list")]
    async fn list(
        &self,
        ctx: Ctx<See>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those of this organisation.
        organisation_id: Query<Option<OrganisationId>>,
        /// Only active ones, or only others.
        active: Query<Option<bool>>,
        /// Only the one with this e-mail address.
        email: Query<Option<String>>,
    ) -> Answer<Found<UserPage>> {
        let filter = UserFilter { organisation_id: organisation_id.0, active: active.0, email: email.0 };
        let page = user::list(&ctx, &filter, page::request(limit.0, cursor.0.as_deref())?).await?;
        Ok(Found(page.map(|user| UserView::of(&ctx, user)).into()))
    }

    /// Create a user
    ///
    /// The new user is active and has no roles.
    #[oai(path = "/users", method = "post", operation_id = "user_create")]
    async fn create(&self, ctx: Ctx<Manage>, body: Body<UserBody>) -> Answer<Created<UserView>> {
        let made = user::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/users/{}", made.id);
        Ok(thing(&ctx, made).created(location))
    }

    /// Get a user
    ///
    /// A user in the caller's reach.
    #[oai(path = "/users/:id", method = "get", operation_id = "user_get")]
    async fn get(&self, ctx: Ctx<See>, id: Path<UserId>) -> Answer<Thing<UserView>> {
        Ok(thing(&ctx, user::get_one(&ctx, id.0).await?))
    }

    /// Replace a user
    ///
    /// Their roles and groups stay.
    #[oai(path = "/users/:id", method = "put", operation_id = "user_replace")]
    async fn replace(
        &self,
        ctx: Ctx<Manage>,
        if_match: IfMatch,
        id: Path<UserId>,
        body: Body<UserBody>,
    ) -> Answer<Thing<UserView>> {
        Ok(thing(&ctx, user::replace(&ctx, id.0, &if_match, body.0.into()).await?))
    }

    /// Delete a user
    ///
    /// Only one without a history; others are deactivated, and anonymized in time.
    #[oai(path = "/users/:id", method = "delete", operation_id = "user_delete")]
    async fn delete(&self, ctx: Ctx<Manage>, if_match: IfMatch, id: Path<UserId>) -> Answer<Done> {
        user::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Deactivate a user
    ///
    /// Their tokens end at once. What they are responsible for stays theirs until it is reassigned.
    #[oai(path = "/users/:id/deactivate", method = "post", operation_id = "user_deactivate")]
    async fn deactivate(&self, ctx: Ctx<Manage>, id: Path<UserId>) -> Answer<Thing<UserView>> {
        Ok(thing(&ctx, user::deactivate(&ctx, id.0).await?))
    }

    /// Reactivate a user
    ///
    /// Their old tokens stay revoked.
    #[oai(path = "/users/:id/reactivate", method = "post", operation_id = "user_reactivate")]
    async fn reactivate(&self, ctx: Ctx<Manage>, id: Path<UserId>) -> Answer<Thing<UserView>> {
        Ok(thing(&ctx, user::reactivate(&ctx, id.0).await?))
    }

    /// List what a user is responsible for
    ///
    /// What they own, edit or are a member of among processes, the cases they own that have not ended, their open tasks,
    /// and their rights groups, as far as the caller may see them; kind after kind, oldest first.
    #[oai(path = "/users/:id/responsibilities", method = "get", operation_id = "user_responsibilities")]
    async fn responsibilities(
        &self,
        ctx: Ctx<Manage>,
        id: Path<UserId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<ResponsibilityPage>> {
        let after = cursor.0.as_deref().map(read_place).transpose()?;
        let limit = limit.0.unwrap_or(page::DEFAULT_LIMIT);
        let (items, next) = user::responsibilities(&ctx, id.0, after, limit).await?;
        let items = items.into_iter().map(Into::into).collect();
        Ok(Found(ResponsibilityPage { items, next_cursor: next.and_then(place_cursor) }))
    }

    /// Reassign what a user is responsible for
    ///
    /// Makes another user responsible: for all of it, or for what is chosen. Each thing takes the right to change it:
    /// editing the process, `case.change_owner`, `case.take_over` for tasks, managing the rights group. Either all of it
    /// changes hands or, when the caller may not change something, nothing does, and `errors` names what. Roles are rights
    /// and stay.
    #[oai(path = "/users/:id/reassign", method = "post", operation_id = "user_reassign")]
    async fn reassign(
        &self,
        ctx: Ctx<Manage>,
        id: Path<UserId>,
        body: Body<ReassignBody>,
    ) -> Answer<Found<ReassignedList>> {
        let done = user::reassign(&ctx, id.0, body.0.into()).await?;
        Ok(Found(ReassignedList { items: done.into_iter().map(Into::into).collect() }))
    }

    /// List rights groups
    ///
    /// The shared ones, and those of organisations in the caller's reach, oldest first.
    #[oai(path = "/groups", method = "get", operation_id = "group_list")]
    async fn list_groups(
        &self,
        ctx: Ctx<SeeGroup>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<GroupPage>> {
        Ok(Found(user::groups(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Create a rights group
    ///
    /// Local to an organisation, or shared by all.
    #[oai(path = "/groups", method = "post", operation_id = "group_create")]
    async fn create_group(&self, ctx: Ctx<ManageGroup>, body: Body<GroupBody>) -> Answer<Created<GroupView>> {
        let made = user::create_group(&ctx, body.0.into()).await?;
        let location = format!("/v1/groups/{}", made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get a rights group
    ///
    /// One that the caller may see.
    #[oai(path = "/groups/:id", method = "get", operation_id = "group_get")]
    async fn get_group(&self, ctx: Ctx<SeeGroup>, id: Path<GroupId>) -> Answer<Thing<GroupView>> {
        Ok(user::group(&ctx, id.0).await?.into())
    }

    /// Replace a rights group
    ///
    /// Its members stay.
    #[oai(path = "/groups/:id", method = "put", operation_id = "group_replace")]
    async fn replace_group(
        &self,
        ctx: Ctx<ManageGroup>,
        if_match: IfMatch,
        id: Path<GroupId>,
        body: Body<GroupBody>,
    ) -> Answer<Thing<GroupView>> {
        Ok(user::replace_group(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a rights group
    ///
    /// Refused once tasks were routed to it.
    #[oai(path = "/groups/:id", method = "delete", operation_id = "group_delete")]
    async fn delete_group(
        &self,
        ctx: Ctx<ManageGroup>,
        if_match: IfMatch,
        id: Path<GroupId>,
    ) -> Answer<Done> {
        user::delete_group(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// List the members of a rights group
    ///
    /// Oldest first.
    #[oai(path = "/groups/:id/members", method = "get", operation_id = "group_member_list")]
    async fn list_members(
        &self,
        ctx: Ctx<SeeGroup>,
        id: Path<GroupId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<UserPage>> {
        let page = user::members(&ctx, id.0, page::request(limit.0, cursor.0.as_deref())?).await?;
        Ok(Found(page.map(|user| UserView::of(&ctx, user)).into()))
    }

    /// Add a member to a rights group
    ///
    /// One who is a member already stays one.
    #[oai(path = "/groups/:id/members", method = "post", operation_id = "group_member_add")]
    async fn add_member(
        &self,
        ctx: Ctx<ManageGroup>,
        id: Path<GroupId>,
        body: Body<GroupMemberBody>,
    ) -> Answer<Done> {
        user::add_member(&ctx, id.0, body.0.user_id).await?;
        Ok(Done)
    }

    /// Remove a member from a rights group
    ///
    /// The user stays.
    #[oai(path = "/groups/:id/members/:user_id", method = "delete", operation_id = "group_member_remove")]
    async fn remove_member(
        &self,
        ctx: Ctx<ManageGroup>,
        id: Path<GroupId>,
        user_id: Path<UserId>,
    ) -> Answer<Done> {
        user::remove_member(&ctx, id.0, user_id.0).await?;
        Ok(Done)
    }
}

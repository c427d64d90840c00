//! Permission groups and profiles.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::{PermissionGroup, Profile, Right, of};
use styr_domain::id::{DrawingId, PermissionGroupId, ProcessGroupId, ProfileId, UserId};

use super::super::Tag;
use super::super::answer::{Answer, Created, Done, Found, Thing};
use super::super::body::Body;
use super::super::page::{self, page};
use super::super::user::{UserPage, UserView};
use crate::app::access::permission_group::{self, PermissionGroupInput, SeePermissionGroups};
use crate::app::access::profile::{self, ProfileInput};
use crate::app::{Ctx, IfMatch};

/// A permission group: its members hold its rights in the whole account, or in branches of the landscape.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct PermissionGroupView {
    /// Its id.
    id: PermissionGroupId,
    /// Its name.
    name: String,
    /// What it is for.
    description: String,
    /// What its members may do.
    rights: Vec<Right>,
    /// The branches of the landscape in which, with all below them, its rights hold; absent for the whole account.
    #[serde(skip_serializing_if = "Option::is_none")]
    process_group_ids: Option<Vec<ProcessGroupId>>,
    /// Whether it came with Styr: its members change, and nothing else.
    predefined: bool,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<PermissionGroup> for PermissionGroupView {
    fn from(group: PermissionGroup) -> Self {
        let PermissionGroup {
            id,
            account_id: _,
            name,
            description,
            rights,
            process_group_ids,
            predefined,
            revision: _,
            created_at,
        } = group;
        let process_group_ids = process_group_ids.map(|ids| ids.into_iter().collect());
        let rights = rights.iter().collect();
        Self { id, name, description, rights, process_group_ids, predefined, created_at }
    }
}

impl From<PermissionGroup> for Thing<PermissionGroupView> {
    fn from(group: PermissionGroup) -> Self {
        Self { revision: group.revision, view: group.into() }
    }
}

page! {
    /// One page of permission groups.
    PermissionGroupPage of PermissionGroupView
}

/// What a permission group is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PermissionGroupBody {
    /// Its name.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// What it is for.
    #[oai(validator(max_length = 5000))]
    description: Option<String>,
    /// What its members may do: rights of the category `account_permission_groups`, and, limited to branches of the
    /// landscape, `process.create` and `process.manage_all` only.
    #[oai(validator(max_items = 11))]
    rights: Vec<Right>,
    /// The branches of the landscape in which, with all below them, its rights hold. The whole account when absent.
    #[oai(validator(min_items = 1, max_items = 1000))]
    process_group_ids: Option<Vec<ProcessGroupId>>,
}

impl From<PermissionGroupBody> for PermissionGroupInput {
    fn from(body: PermissionGroupBody) -> Self {
        let PermissionGroupBody { name, description, rights, process_group_ids } = body;
        let description = description.unwrap_or_default();
        Self { name, description, rights: rights.into_iter().collect(), process_group_ids }
    }
}

/// Who is to be a member.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PermissionGroupMemberBody {
    /// The user.
    user_id: UserId,
}

/// A profile: what of the landscape its users see, besides the processes that they have a part in.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ProfileView {
    /// Its id.
    id: ProfileId,
    /// Its name.
    name: String,
    /// Who it is for.
    description: String,
    /// The branches of the landscape that are shown, with all below them; absent for the whole landscape.
    #[serde(skip_serializing_if = "Option::is_none")]
    process_group_ids: Option<Vec<ProcessGroupId>>,
    /// The drawings of the landscape that are shown; absent for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    drawing_ids: Option<Vec<DrawingId>>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Profile> for ProfileView {
    fn from(profile: Profile) -> Self {
        let Profile {
            id,
            account_id: _,
            name,
            description,
            process_group_ids,
            drawing_ids,
            revision: _,
            created_at,
        } = profile;
        let process_group_ids = process_group_ids.map(|ids| ids.into_iter().collect());
        let drawing_ids = drawing_ids.map(|ids| ids.into_iter().collect());
        Self { id, name, description, process_group_ids, drawing_ids, created_at }
    }
}

impl From<Profile> for Thing<ProfileView> {
    fn from(profile: Profile) -> Self {
        Self { revision: profile.revision, view: profile.into() }
    }
}

page! {
    /// One page of profiles.
    ProfilePage of ProfileView
}

/// What a profile is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileBody {
    /// Its name.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// Who it is for.
    #[oai(validator(max_length = 5000))]
    description: Option<String>,
    /// The branches of the landscape that are shown, with all below them. The whole landscape when absent; nothing of it
    /// when empty.
    #[oai(validator(max_items = 1000))]
    process_group_ids: Option<Vec<ProcessGroupId>>,
    /// The drawings of the landscape that are shown. All of them when absent, none when empty.
    #[oai(validator(max_items = 1000))]
    drawing_ids: Option<Vec<DrawingId>>,
}

impl From<ProfileBody> for ProfileInput {
    fn from(ProfileBody { name, description, process_group_ids, drawing_ids }: ProfileBody) -> Self {
        Self { name, description: description.unwrap_or_default(), process_group_ids, drawing_ids }
    }
}

/// Which profile a user is to have.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserProfileBody {
    /// The profile. When absent, none: the user sees all that the rules open to them.
    profile_id: Option<ProfileId>,
}

/// The operations on permission groups and profiles.
pub(crate) struct PermissionGroupApi;

#[OpenApi(tag = "Tag::Access")]
impl PermissionGroupApi {
    /// List permission groups
    ///
    /// The eleven that came with Styr, and the account's own, oldest first.
    #[oai(path = "/permission-groups", method = "get", operation_id = "permission_group_list")]
    async fn list(
        &self,
        ctx: Ctx<SeePermissionGroups>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<PermissionGroupPage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(permission_group::list(&ctx, page).await?.into()))
    }

    /// Create a permission group
    ///
    /// By those who manage permissions and hold its rights there themselves.
    #[oai(path = "/permission-groups", method = "post", operation_id = "permission_group_create")]
    async fn create(
        &self,
        ctx: Ctx<of::UserManagePermissions>,
        body: Body<PermissionGroupBody>,
    ) -> Answer<Created<PermissionGroupView>> {
        let group = permission_group::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/permission-groups/{}", group.id);
        Ok(Created { revision: group.revision, view: group.into(), location })
    }

    /// Get a permission group
    ///
    /// One permission group of the account.
    #[oai(path = "/permission-groups/:id", method = "get", operation_id = "permission_group_get")]
    async fn get_one(
        &self,
        ctx: Ctx<SeePermissionGroups>,
        id: Path<PermissionGroupId>,
    ) -> Answer<Thing<PermissionGroupView>> {
        Ok(permission_group::get_one(&ctx, id.0).await?.into())
    }

    /// Replace a permission group
    ///
    /// Its members stay, and what they may do changes at once. One that came with Styr stays as it is.
    #[oai(path = "/permission-groups/:id", method = "put", operation_id = "permission_group_replace")]
    async fn replace(
        &self,
        ctx: Ctx<of::UserManagePermissions>,
        if_match: IfMatch,
        id: Path<PermissionGroupId>,
        body: Body<PermissionGroupBody>,
    ) -> Answer<Thing<PermissionGroupView>> {
        Ok(permission_group::replace(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a permission group
    ///
    /// Its members lose what it gave them. One that came with Styr stays.
    #[oai(path = "/permission-groups/:id", method = "delete", operation_id = "permission_group_delete")]
    async fn delete(
        &self,
        ctx: Ctx<of::UserManagePermissions>,
        if_match: IfMatch,
        id: Path<PermissionGroupId>,
    ) -> Answer<Done> {
        permission_group::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// List the members of a permission group
    ///
    /// Oldest first.
    #[oai(
        path = "/permission-groups/:id/members",
        method = "get",
        operation_id = "permission_group_member_list"
    )]
    async fn list_members(
        &self,
        ctx: Ctx<SeePermissionGroups>,
        id: Path<PermissionGroupId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<UserPage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        let members = permission_group::members(&ctx, id.0, page).await?;
        Ok(Found(members.map(|user| UserView::of(&ctx, user)).into()))
    }

    /// Add a member to a permission group
    ///
    /// By those who manage permissions and hold the group's rights themselves. Does nothing for one who is a member.
    #[oai(
        path = "/permission-groups/:id/members",
        method = "post",
        operation_id = "permission_group_member_add"
    )]
    async fn add_member(
        &self,
        ctx: Ctx<of::UserManagePermissions>,
        id: Path<PermissionGroupId>,
        body: Body<PermissionGroupMemberBody>,
    ) -> Answer<Done> {
        permission_group::add_member(&ctx, id.0, body.0.user_id).await?;
        Ok(Done)
    }

    /// Remove a member from a permission group
    ///
    /// They lose at once what it gave them.
    #[oai(
        path = "/permission-groups/:id/members/:user_id",
        method = "delete",
        operation_id = "permission_group_member_remove"
    )]
    async fn remove_member(
        &self,
        ctx: Ctx<of::UserManagePermissions>,
        id: Path<PermissionGroupId>,
        user_id: Path<UserId>,
    ) -> Answer<Done> {
        permission_group::remove_member(&ctx, id.0, user_id.0).await?;
        Ok(Done)
    }

    /// List profiles
    ///
    /// Oldest first.
    #[oai(path = "/profiles", method = "get", operation_id = "profile_list")]
    async fn list_profiles(
        &self,
        ctx: Ctx<SeePermissionGroups>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<ProfilePage>> {
        Ok(Found(profile::list(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Create a profile
    ///
    /// It limits nobody until a user is given it.
    #[oai(path = "/profiles", method = "post", operation_id = "profile_create")]
    async fn create_profile(
        &self,
        ctx: Ctx<of::UserManagePermissions>,
        body: Body<ProfileBody>,
    ) -> Answer<Created<ProfileView>> {
        let profile = profile::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/profiles/{}", profile.id);
        Ok(Created { revision: profile.revision, view: profile.into(), location })
    }

    /// Get a profile
    ///
    /// One profile of the account.
    #[oai(path = "/profiles/:id", method = "get", operation_id = "profile_get")]
    async fn get_profile(
        &self,
        ctx: Ctx<SeePermissionGroups>,
        id: Path<ProfileId>,
    ) -> Answer<Thing<ProfileView>> {
        Ok(profile::get_one(&ctx, id.0).await?.into())
    }

    /// Replace a profile
    ///
    /// What its users see changes at once.
    #[oai(path = "/profiles/:id", method = "put", operation_id = "profile_replace")]
    async fn replace_profile(
        &self,
        ctx: Ctx<of::UserManagePermissions>,
        if_match: IfMatch,
        id: Path<ProfileId>,
        body: Body<ProfileBody>,
    ) -> Answer<Thing<ProfileView>> {
        Ok(profile::replace(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a profile
    ///
    /// Refused while a user has it.
    #[oai(path = "/profiles/:id", method = "delete", operation_id = "profile_delete")]
    async fn delete_profile(
        &self,
        ctx: Ctx<of::UserManagePermissions>,
        if_match: IfMatch,
        id: Path<ProfileId>,
    ) -> Answer<Done> {
        profile::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Give a user a profile
    ///
    /// Or take theirs away. `If-Match` is the user's ETag.
    #[oai(path = "/users/:id/profile", method = "put", operation_id = "user_profile_replace")]
    async fn set_profile(
        &self,
        ctx: Ctx<of::UserManagePermissions>,
        if_match: IfMatch,
        id: Path<UserId>,
        body: Body<UserProfileBody>,
    ) -> Answer<Thing<UserView>> {
        let user = profile::set(&ctx, id.0, &if_match, body.0.profile_id).await?;
        Ok(Thing { revision: user.revision, view: UserView::of(&ctx, user) })
    }
}

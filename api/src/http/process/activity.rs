//! Activities on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::id::{ActivityId, ProcessId, UserId};
use styr_domain::process::{Activity, ActivityContent};
use styr_persistence::activity::ActivityQuery;

use super::super::Tag;
use super::super::answer::{Answer, Created, Done, Found, Thing};
use super::super::body::Body;
use super::super::markdown;
use super::super::page::{self, page};
use super::super::version::{ChangesView, PublishEditionInput, VersionPage, VersionView};
use super::ProcessPage;
use crate::app::process::activity::{self, ActivityInput, ActivityWithContent};
use crate::app::{Ctx, IfMatch};

/// An activity: a step that any number of processes show, with its work instruction.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ActivityView {
    /// Its id.
    id: ActivityId,
    /// Its title.
    title: String,
    /// How the work is done, in Markdown as written. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<String>,
    /// The same as HTML that is safe to show. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction_html: Option<String>,
    /// Who answers for it.
    owner_id: UserId,
    /// The number of its newest version.
    version: i32,
    /// The number of the version in force, if one is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_version: Option<i32>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<Activity> for ActivityView {
    fn from(activity: Activity) -> Self {
        let Activity {
            id,
            account_id: _,
            title,
            owner_id,
            version,
            published_version,
            revision: _,
            created_at,
            updated_at,
        } = activity;
        Self {
            id,
            title,
            instruction: None,
            instruction_html: None,
            owner_id,
            version,
            published_version,
            created_at,
            updated_at,
        }
    }
}

impl From<ActivityWithContent> for Thing<ActivityView> {
    fn from(ActivityWithContent { activity, content }: ActivityWithContent) -> Self {
        let revision = activity.revision;
        let ActivityContent { title, instruction } = content;
        let view = ActivityView {
            title,
            instruction_html: Some(markdown::html(&instruction)),
            instruction: Some(instruction),
            ..activity.into()
        };
        Self { view, revision }
    }
}

page! {
    /// One page of activities.
    ActivityPage of ActivityView
}

/// What an activity is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivityBody {
    /// The title.
    #[oai(validator(min_length = 1, max_length = 500))]
    title: String,
    /// How the work is done, in Markdown (CommonMark). Files that are attached to the activity are named as
    /// `/v1/files/{id}/content`.
    #[oai(validator(max_length = 200_000))]
    instruction: Option<String>,
    /// Who answers for it. The caller when absent; on replacing, whoever does already.
    owner_id: Option<UserId>,
}

impl From<ActivityBody> for ActivityInput {
    fn from(ActivityBody { title, instruction, owner_id }: ActivityBody) -> Self {
        Self { title, instruction: instruction.unwrap_or_default(), owner_id }
    }
}

/// A version of an activity with its content.
#[derive(Debug, Object, Serialize)]
pub(crate) struct ActivityVersionView {
    /// The version.
    version: VersionView,
    /// The title it had.
    title: String,
    /// The instruction it had, in Markdown as written.
    instruction: String,
    /// The same as HTML that is safe to show.
    instruction_html: String,
}

/// The operations on activities.
pub(crate) struct ActivityApi;

#[OpenApi(tag = "Tag::Process")]
impl ActivityApi {
    /// List activities
    ///
    /// The activities that the caller may see, oldest first: their own, those of the processes that they see, and all for
    /// who manages all processes.
    #[oai(path = "/activities", method = "get", operation_id = "activity_list")]
    async fn list(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those of this owner.
        owner_id: Query<Option<UserId>>,
        /// Only those in the newest flow of this process, or in the one in force.
        process_id: Query<Option<ProcessId>>,
        /// Only those that processes use, or with `false` those that none does.
        used: Query<Option<bool>>,
    ) -> Answer<Found<ActivityPage>> {
        let query = ActivityQuery { owner_id: owner_id.0, process_id: process_id.0, used: used.0 };
        let page = activity::list(&ctx, &query, page::request(limit.0, cursor.0.as_deref())?).await?;
        Ok(Found(page.into()))
    }

    /// Create an activity
    ///
    /// A flow shows it by its id in a node's `activity_id`.
    #[oai(path = "/activities", method = "post", operation_id = "activity_create")]
    async fn create(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        body: Body<ActivityBody>,
    ) -> Answer<Created<ActivityView>> {
        let made = activity::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/activities/{}", made.activity.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get an activity
    ///
    /// With its work instruction: the newest for who may edit it, the one in force for everybody else.
    #[oai(path = "/activities/:id", method = "get", operation_id = "activity_get")]
    async fn get(&self, ctx: Ctx<of::ProcessSee>, id: Path<ActivityId>) -> Answer<Thing<ActivityView>> {
        Ok(activity::get(&ctx, id.0).await?.into())
    }

    /// Replace an activity
    ///
    /// The change is a new version. Those who only read the activity see it once it is published.
    #[oai(path = "/activities/:id", method = "put", operation_id = "activity_replace")]
    async fn replace(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        if_match: IfMatch,
        id: Path<ActivityId>,
        body: Body<ActivityBody>,
    ) -> Answer<Thing<ActivityView>> {
        Ok(activity::replace(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete an activity
    ///
    /// Its versions and attachments go with it. One that processes use is refused.
    #[oai(path = "/activities/:id", method = "delete", operation_id = "activity_delete")]
    async fn delete(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        if_match: IfMatch,
        id: Path<ActivityId>,
    ) -> Answer<Done> {
        activity::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Publish an activity
    ///
    /// Puts its newest version in force in all processes that use it.
    #[oai(path = "/activities/:id/publish", method = "post", operation_id = "activity_publish")]
    async fn publish(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ActivityId>,
        body: Body<PublishEditionInput>,
    ) -> Answer<Thing<ActivityView>> {
        Ok(activity::publish(&ctx, id.0, body.0.into()).await?.into())
    }

    /// Get an activity's usage
    ///
    /// The processes with the activity in their newest flow or the one in force, as far as the caller sees them, oldest
    /// first.
    #[oai(path = "/activities/:id/usage", method = "get", operation_id = "activity_usage")]
    async fn usage(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ActivityId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<ProcessPage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(activity::usage(&ctx, id.0, page).await?.into()))
    }

    /// List an activity's versions
    ///
    /// Newest first: all for who may edit it, those that are or were in force for everybody else.
    #[oai(path = "/activities/:id/versions", method = "get", operation_id = "activity_version_list")]
    async fn versions(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ActivityId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<VersionPage>> {
        let (before, limit) = VersionPage::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(VersionPage::new(activity::versions(&ctx, id.0, before, limit).await?)))
    }

    /// Get a version of an activity
    ///
    /// The version with what the activity said then.
    #[oai(path = "/activities/:id/versions/:number", method = "get", operation_id = "activity_version_get")]
    async fn version(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ActivityId>,
        number: Path<i32>,
    ) -> Answer<Found<ActivityVersionView>> {
        let (version, content) = activity::version(&ctx, id.0, number.0).await?;
        let ActivityContent { title, instruction } = content;
        let instruction_html = markdown::html(&instruction);
        Ok(Found(ActivityVersionView { version: version.into(), title, instruction, instruction_html }))
    }

    /// Compare versions of an activity
    ///
    /// What changed from the version `since`, or the last one before that the caller sees, to this one.
    #[oai(
        path = "/activities/:id/versions/:number/changes",
        method = "get",
        operation_id = "activity_version_compare"
    )]
    async fn compare(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<ActivityId>,
        number: Path<i32>,
        /// The version to compare with; 0 for nothing. The one before when absent.
        since: Query<Option<i32>>,
    ) -> Answer<Found<ChangesView>> {
        let (before, after) = activity::compare(&ctx, id.0, number.0, since.0).await?;
        Ok(Found(ChangesView::between(&before, &after)))
    }

    /// Restore a version of an activity
    ///
    /// Brings its content back as a new version.
    #[oai(
        path = "/activities/:id/versions/:number/restore",
        method = "post",
        operation_id = "activity_version_restore"
    )]
    async fn restore(
        &self,
        ctx: Ctx<of::ProcessEdit>,
        id: Path<ActivityId>,
        number: Path<i32>,
    ) -> Answer<Thing<ActivityView>> {
        Ok(activity::restore(&ctx, id.0, number.0).await?.into())
    }
}

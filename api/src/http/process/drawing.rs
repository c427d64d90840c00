//! Drawings of the landscape on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::of;
use styr_domain::flow::Bounds;
use styr_domain::flow::draw::Theme;
use styr_domain::id::{DrawingId, ProcessGroupId, ProcessId};
use styr_domain::process::{Drawing, DrawingShape};

use super::Svg;
use crate::app::process::drawing::{self, DrawingInput};
use crate::app::{Ctx, IfMatch};
use crate::http::Tag;
use crate::http::answer::{Answer, Created, Done, Found, Thing};
use crate::http::body::Body;
use crate::http::page::{self, page};

/// A drawing: a picture of the landscape that somebody arranged.
#[derive(Debug, Object, Serialize)]
pub(crate) struct DrawingView {
    /// Its id.
    id: DrawingId,
    /// Its title.
    title: String,
    /// What it shows.
    description: String,
    /// What stands in it, from the back to the front. What stands for something that the caller may not see is an empty
    /// box.
    shapes: Vec<DrawingShape>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<Drawing> for DrawingView {
    fn from(drawing: Drawing) -> Self {
        let Drawing { id, account_id: _, title, description, shapes, revision: _, created_at, updated_at } =
            drawing;
        Self { id, title, description, shapes, created_at, updated_at }
    }
}

impl From<Drawing> for Thing<DrawingView> {
    fn from(drawing: Drawing) -> Self {
        Self { revision: drawing.revision, view: drawing.into() }
    }
}

page! {
    /// One page of drawings.
    DrawingPage of DrawingView
}

/// What a drawing is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DrawingBody {
    /// Its title.
    #[oai(validator(min_length = 1, max_length = 500))]
    title: String,
    /// What it shows.
    #[oai(validator(max_length = 5_000))]
    description: Option<String>,
    /// What stands in it, from the back to the front.
    #[oai(validator(max_items = 2_000))]
    shapes: Option<Vec<ShapeBody>>,
}

/// A box of a drawing: a process group, a process, or a text of its own.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShapeBody {
    /// The process group that it stands for.
    process_group_id: Option<ProcessGroupId>,
    /// The process that it stands for.
    process_id: Option<ProcessId>,
    /// The text on it, where it is not the group's or the process's title.
    #[oai(validator(max_length = 500))]
    text: Option<String>,
    /// Its colour, as `#` and six hexadecimal digits.
    #[oai(validator(pattern = "^#[0-9a-fA-F]{6}$"))]
    colour: Option<String>,
    /// Where it stands.
    bounds: Bounds,
}

impl From<ShapeBody> for DrawingShape {
    fn from(body: ShapeBody) -> Self {
        let ShapeBody { process_group_id, process_id, text, colour, bounds } = body;
        Self { process_group_id, process_id, text, colour, bounds }
    }
}

impl From<DrawingBody> for DrawingInput {
    fn from(DrawingBody { title, description, shapes }: DrawingBody) -> Self {
        let shapes = shapes.into_iter().flatten().map(Into::into).collect();
        Self { title, description: description.unwrap_or_default(), shapes }
    }
}

/// The operations on drawings.
pub(crate) struct DrawingApi;

#[OpenApi(tag = "Tag::Process")]
impl DrawingApi {
    /// List drawings
    ///
    /// Those that the caller's profile shows, oldest first.
    #[oai(path = "/drawings", method = "get", operation_id = "drawing_list")]
    async fn list(
        &self,
        ctx: Ctx<of::ProcessSee>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<DrawingPage>> {
        Ok(Found(drawing::list(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Create a drawing
    ///
    /// Of boxes that stand for process groups and processes, or bear a text of their own.
    #[oai(path = "/drawings", method = "post", operation_id = "drawing_create")]
    async fn create(
        &self,
        ctx: Ctx<of::DrawingManage>,
        body: Body<DrawingBody>,
    ) -> Answer<Created<DrawingView>> {
        let made = drawing::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/drawings/{}", made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get a drawing
    ///
    /// With its boxes; `/picture.svg` draws them.
    #[oai(path = "/drawings/:id", method = "get", operation_id = "drawing_get")]
    async fn get(&self, ctx: Ctx<of::ProcessSee>, id: Path<DrawingId>) -> Answer<Thing<DrawingView>> {
        Ok(drawing::get_one(&ctx, id.0).await?.into())
    }

    /// Replace a drawing
    ///
    /// With all of its boxes.
    #[oai(path = "/drawings/:id", method = "put", operation_id = "drawing_replace")]
    async fn replace(
        &self,
        ctx: Ctx<of::DrawingManage>,
        if_match: IfMatch,
        id: Path<DrawingId>,
        body: Body<DrawingBody>,
    ) -> Answer<Thing<DrawingView>> {
        Ok(drawing::replace(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a drawing
    ///
    /// Profiles no longer show it.
    #[oai(path = "/drawings/:id", method = "delete", operation_id = "drawing_delete")]
    async fn delete(
        &self,
        ctx: Ctx<of::DrawingManage>,
        if_match: IfMatch,
        id: Path<DrawingId>,
    ) -> Answer<Done> {
        drawing::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Draw a drawing
    ///
    /// As an accessible SVG picture, without scripts. What the caller may not see is an empty box in it.
    #[oai(path = "/drawings/:id/picture.svg", method = "get", operation_id = "drawing_picture")]
    async fn picture(
        &self,
        ctx: Ctx<of::ProcessSee>,
        id: Path<DrawingId>,
        /// Its colours. As the reader's device prefers when absent.
        theme: Query<Option<Theme>>,
    ) -> Answer<Svg> {
        Ok(Svg(drawing::picture(&ctx, id.0, theme.0).await?))
    }
}

//! Substitutes.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::ManageSubstitutes;
use styr_domain::id::{SubstituteId, UserId};
use styr_domain::user::Substitute;

use crate::app::user::substitute::{self, SubstituteInput};
use crate::app::{Ctx, IfMatch};
use crate::http::Tag;
use crate::http::answer::{Answer, Created, Done, Found, Thing};
use crate::http::body::Body;
use crate::http::page::{self, page};

/// A substitute: one user who handles another's tasks for a period.
#[derive(Debug, Object, Serialize)]
pub(crate) struct SubstituteView {
    /// Its id.
    id: SubstituteId,
    /// Who is stood in for.
    user_id: UserId,
    /// Who stands in.
    substitute_user_id: UserId,
    /// From when on.
    starts_at: DateTime<Utc>,
    /// Until when; no longer at that very time.
    ends_at: DateTime<Utc>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Substitute> for SubstituteView {
    fn from(substitute: Substitute) -> Self {
        let Substitute {
            id,
            account_id: _,
            user_id,
            substitute_user_id,
            starts_at,
            ends_at,
            revision: _,
            created_at,
        } = substitute;
        Self { id, user_id, substitute_user_id, starts_at, ends_at, created_at }
    }
}

impl From<Substitute> for Thing<SubstituteView> {
    fn from(substitute: Substitute) -> Self {
        Self { revision: substitute.revision, view: substitute.into() }
    }
}

page! {
    /// One page of substitutes.
    SubstitutePage of SubstituteView
}

/// What a substitute is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubstituteBody {
    /// Who stands in: an active user of the account, and another than who is stood in for.
    substitute_user_id: UserId,
    /// From when on. When absent, now; on replacing, it stays.
    starts_at: Option<DateTime<Utc>>,
    /// Until when, later than `starts_at`.
    ends_at: DateTime<Utc>,
}

impl From<SubstituteBody> for SubstituteInput {
    fn from(body: SubstituteBody) -> Self {
        let SubstituteBody { substitute_user_id, starts_at, ends_at } = body;
        Self { substitute_user_id, starts_at, ends_at }
    }
}

/// The operations of this area.
pub(crate) struct SubstituteApi;

#[OpenApi(tag = "Tag::User")]
impl SubstituteApi {
    /// List substitutes
    ///
    /// Who stands in for the user, oldest first, with those whose period is over or still to come.
    #[oai(path = "/users/:id/substitutes", method = "get", operation_id = "substitute_list")]
    async fn list(
        &self,
        ctx: Ctx<ManageSubstitutes>,
        id: Path<UserId>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<SubstitutePage>> {
        let page = page::request(limit.0, cursor.0.as_deref())?;
        Ok(Found(substitute::list(&ctx, id.0, page).await?.into()))
    }

    /// Create a substitute
    ///
    /// For oneself, or for a user whom one manages. In the period, and while both are active, the substitute sees the
    /// user's cases and works on their tasks, as far as the substitute's own rights go: the user's are not lent. What
    /// they do is recorded on the user's behalf. At most 20 that have not ended for each user, and by each.
    #[oai(path = "/users/:id/substitutes", method = "post", operation_id = "substitute_create")]
    async fn create(
        &self,
        ctx: Ctx<ManageSubstitutes>,
        id: Path<UserId>,
        body: Body<SubstituteBody>,
    ) -> Answer<Created<SubstituteView>> {
        let made = substitute::create(&ctx, id.0, body.0.into()).await?;
        let location = format!("/v1/users/{}/substitutes/{}", made.user_id, made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get a substitute
    ///
    /// One of the user's.
    #[oai(path = "/users/:id/substitutes/:substitute_id", method = "get", operation_id = "substitute_get")]
    async fn get(
        &self,
        ctx: Ctx<ManageSubstitutes>,
        id: Path<UserId>,
        substitute_id: Path<SubstituteId>,
    ) -> Answer<Thing<SubstituteView>> {
        Ok(substitute::get_one(&ctx, id.0, substitute_id.0).await?.into())
    }

    /// Replace a substitute
    ///
    /// Who stands in, and the period.
    #[oai(
        path = "/users/:id/substitutes/:substitute_id",
        method = "put",
        operation_id = "substitute_replace"
    )]
    async fn replace(
        &self,
        ctx: Ctx<ManageSubstitutes>,
        if_match: IfMatch,
        id: Path<UserId>,
        substitute_id: Path<SubstituteId>,
        body: Body<SubstituteBody>,
    ) -> Answer<Thing<SubstituteView>> {
        Ok(substitute::replace(&ctx, id.0, substitute_id.0, &if_match, body.0.into()).await?.into())
    }

    /// Delete a substitute
    ///
    /// They stand in no longer, at once. What they did stays.
    #[oai(
        path = "/users/:id/substitutes/:substitute_id",
        method = "delete",
        operation_id = "substitute_delete"
    )]
    async fn delete(
        &self,
        ctx: Ctx<ManageSubstitutes>,
        if_match: IfMatch,
        id: Path<UserId>,
        substitute_id: Path<SubstituteId>,
    ) -> Answer<Done> {
        substitute::delete(&ctx, id.0, substitute_id.0, &if_match).await?;
        Ok(Done)
    }
}

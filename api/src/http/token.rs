//! API tokens.

use chrono::{DateTime, TimeDelta, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::{Right, RightSet, SignedIn};
use styr_domain::id::{TokenId, UserId};
use styr_domain::token::Token;

use super::Tag;
use super::answer::{Answer, Created, Done, Found, Thing};
use super::body::Body;
use super::page::{self, page};
use crate::app::token::{self, TokenInput, TokenReplacement};
use crate::app::{Ctx, IfMatch};

/// An API token, without its secret.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct TokenView {
    /// Its id.
    id: TokenId,
    /// Whom it acts as.
    user_id: UserId,
    /// What it is for.
    name: String,
    /// Its first characters, by which it is recognised.
    hint: String,
    /// The rights it is limited to; absent when it has all of its user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<Right>>,
    /// The networks that requests with it must come from, in CIDR notation; absent when from anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    networks: Option<Vec<String>>,
    /// Until when the secret before the last rotation works too; absent when there was no rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_until: Option<DateTime<Utc>>,
    /// When it stops working; absent when never.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to within some minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        let Token {
            id,
            account_id: _,
            user_id,
            name,
            hash: _,
            hint,
            scopes,
            networks,
            previous_hash: _,
            previous_until,
            expires_at,
            revoked_at,
            last_used_at,
            revision: _,
            created_at,
        } = token;
        Self {
            id,
            user_id,
            name,
            hint,
            scopes: scopes.map(|scopes| scopes.iter().collect()),
            networks: networks.map(|networks| networks.iter().map(ToString::to_string).collect()),
            previous_until,
            expires_at,
            revoked_at,
            last_used_at,
            created_at,
        }
    }
}

impl From<Token> for Thing<TokenView> {
    fn from(token: Token) -> Self {
        Self { revision: token.revision, view: token.into() }
    }
}

page! {
    /// One page of tokens.
    TokenPage of TokenView
}

/// A new token with its secret, which is shown this once.
#[derive(Object, Serialize)]
pub(crate) struct NewTokenView {
    /// The token.
    token: TokenView,
    /// What to send as `Authorization: Bearer`. Keep it safe: it cannot be shown again.
    secret: String,
}

/// What a token is made with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenBody {
    /// Whom it acts as. The caller when absent.
    user_id: Option<UserId>,
    /// What it is for.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// The rights to limit it to. All of the user's, as they come and go, when absent.
    #[oai(validator(max_items = 256))]
    scopes: Option<Vec<Right>>,
    /// The networks that requests with it must come from, in CIDR notation: IPv4, IPv6 or both. From anywhere when
    /// absent.
    #[oai(validator(min_items = 1, max_items = 64))]
    networks: Option<Vec<String>>,
    /// When it stops working. Never when absent.
    expires_at: Option<DateTime<Utc>>,
}

/// What a token is replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenReplaceBody {
    /// What it is for.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// The networks that requests with it must come from, in CIDR notation; `0.0.0.0/0` and `::/0` are all there are.
    /// They stay as they are when absent.
    #[oai(validator(min_items = 1, max_items = 64))]
    networks: Option<Vec<String>>,
    /// When it stops working, not later than before. Stays as it is when absent.
    expires_at: Option<DateTime<Utc>>,
}

/// How a token gets a new secret.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenRotateBody {
    /// For how many seconds the secret before works on, up to 30 days. A day when absent; 0 for one that others may know.
    #[oai(validator(minimum(value = "0"), maximum(value = "2592000")))]
    overlap_seconds: Option<u32>,
}

/// The overlap of a rotation that names none.
const OVERLAP: TimeDelta = TimeDelta::days(1);

/// The operations of this area.
pub(crate) struct TokenApi;

#[OpenApi(tag = "Tag::Token")]
impl TokenApi {
    /// List tokens
    ///
    /// The caller's own, and those of users whose tokens they manage, oldest first. Revoked ones are among them.
    #[oai(path = "/tokens", method = "get", operation_id = "token_list")]
    async fn list(
        &self,
        ctx: Ctx<SignedIn>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those of this user.
        user_id: Query<Option<UserId>>,
    ) -> Answer<Found<TokenPage>> {
        Ok(Found(token::list(&ctx, user_id.0, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Create a token
    ///
    /// For the caller, or, with `token.manage`, for another user. The secret is shown this once. Nobody makes a token
    /// that does what they could not give the right to.
    #[oai(path = "/tokens", method = "post", operation_id = "token_create")]
    async fn create(&self, ctx: Ctx<SignedIn>, body: Body<TokenBody>) -> Answer<Created<NewTokenView>> {
        let TokenBody { user_id, name, scopes, networks, expires_at } = body.0;
        let scopes = scopes.map(|scopes| scopes.into_iter().collect::<RightSet>());
        let input = TokenInput { user_id, name, scopes, networks, expires_at };
        let (made, secret) = token::create(&ctx, input).await?;
        let location = format!("/v1/tokens/{}", made.id);
        let revision = made.revision;
        let view = NewTokenView { token: made.into(), secret: secret.to_string() };
        Ok(Thing { view, revision }.created(location))
    }

    /// Get a token
    ///
    /// Without its secret, which nobody can see again.
    #[oai(path = "/tokens/:id", method = "get", operation_id = "token_get")]
    async fn get(&self, ctx: Ctx<SignedIn>, id: Path<TokenId>) -> Answer<Thing<TokenView>> {
        Ok(token::get_one(&ctx, id.0).await?.into())
    }

    /// Replace a token
    ///
    /// Its name, the networks it works from, and an earlier end. Its user and scopes stay.
    #[oai(path = "/tokens/:id", method = "put", operation_id = "token_replace")]
    async fn replace(
        &self,
        ctx: Ctx<SignedIn>,
        if_match: IfMatch,
        id: Path<TokenId>,
        body: Body<TokenReplaceBody>,
    ) -> Answer<Thing<TokenView>> {
        let TokenReplaceBody { name, networks, expires_at } = body.0;
        let input = TokenReplacement { name, networks, expires_at };
        Ok(token::replace(&ctx, id.0, &if_match, input).await?.into())
    }

    /// Revoke a token
    ///
    /// It stops working at once. It stays in the list, so that what it did can be told.
    #[oai(path = "/tokens/:id", method = "delete", operation_id = "token_delete")]
    async fn delete(&self, ctx: Ctx<SignedIn>, if_match: IfMatch, id: Path<TokenId>) -> Answer<Done> {
        token::revoke(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }

    /// Rotate a token
    ///
    /// Gives it a new secret, which is shown this once, for the same user, scopes, networks and end. The secret before
    /// works on for the overlap, and is then refused as `token_rotated`; rotating again ends the older one at once. Who
    /// rotates the very token they call with, and wants to repeat the request if the answer is lost, needs an overlap.
    /// Nobody gets the secret of a token that does what they could not give the right to.
    #[oai(path = "/tokens/:id/rotate", method = "post", operation_id = "token_rotate")]
    async fn rotate(
        &self,
        ctx: Ctx<SignedIn>,
        id: Path<TokenId>,
        body: Body<TokenRotateBody>,
    ) -> Answer<Thing<NewTokenView>> {
        let overlap = body.0.overlap_seconds.map_or(OVERLAP, |seconds| TimeDelta::seconds(seconds.into()));
        let (rotated, secret) = token::rotate(&ctx, id.0, overlap).await?;
        let revision = rotated.revision;
        let view = NewTokenView { token: rotated.into(), secret: secret.to_string() };
        Ok(Thing { view, revision })
    }
}

//! The account and its organisations.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use styr_domain::access::{LockedOut, of};
use styr_domain::account::{Account, Organisation};
use styr_domain::id::{AccountId, OrganisationId, UserId};

use super::Tag;
use super::answer::{Answer, Created, Done, Found, Thing};
use super::body::Body;
use super::page::{self, page};
use super::user::UserView;
use crate::app::account::{self, OrganisationInput};
use crate::app::{Ctx, IfMatch};

/// The account: the tenant that everything belongs to.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct AccountView {
    /// Its id.
    id: AccountId,
    /// Its name.
    name: String,
    /// What anonymization writes in place of a personal text.
    anonymized_word: String,
    /// Since when it is locked down: closed to all without `lockdown.enter`. Absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_down_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        let Account { id, name, anonymized_word, locked_down_at, revision: _, created_at } = account;
        Self { id, name, anonymized_word, locked_down_at, created_at }
    }
}

impl From<Account> for Thing<AccountView> {
    fn from(account: Account) -> Self {
        Self { revision: account.revision, view: account.into() }
    }
}

/// What the account is replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountBody {
    /// Its name.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// What anonymization writes in place of a personal text. Stays as it is when absent.
    #[oai(validator(min_length = 1, max_length = 100))]
    anonymized_word: Option<String>,
}

/// Who is to own the account.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountOwnerBody {
    /// The user.
    user_id: UserId,
}

/// An organisation: a unit in the account's tree.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct OrganisationView {
    /// Its id.
    id: OrganisationId,
    /// The organisation above it; absent at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<OrganisationId>,
    /// Its name.
    name: String,
    /// Whether its cases are hidden from those who have no part in them, unless they hold `case.see_hidden` there.
    hides_cases: bool,
    /// Since when it is locked down: closed, with all below it, to all without `lockdown.enter` there. Absent while it is
    /// open.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_down_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Organisation> for OrganisationView {
    fn from(organisation: Organisation) -> Self {
        let Organisation {
            id,
            account_id: _,
            parent_id,
            name,
            hides_cases,
            locked_down_at,
            revision: _,
            created_at,
        } = organisation;
        Self { id, parent_id, name, hides_cases, locked_down_at, created_at }
    }
}

impl From<Organisation> for Thing<OrganisationView> {
    fn from(organisation: Organisation) -> Self {
        Self { revision: organisation.revision, view: organisation.into() }
    }
}

page! {
    /// One page of organisations.
    OrganisationPage of OrganisationView
}

/// What an organisation is made or replaced with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganisationBody {
    /// Its name.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// The organisation above it. When absent, the caller's own; on replacing, it stays where it is.
    parent_id: Option<OrganisationId>,
    /// Whether its cases are hidden from those who have no part in them, unless they hold `case.see_hidden` there: cases
    /// that they would see for their right to search all, or for a group of theirs that had a task once. `false` when
    /// absent.
    hides_cases: Option<bool>,
}

impl From<OrganisationBody> for OrganisationInput {
    fn from(OrganisationBody { name, parent_id, hides_cases }: OrganisationBody) -> Self {
        Self { name, parent_id, hides_cases: hides_cases.unwrap_or_default() }
    }
}

/// The operations of this area.
pub(crate) struct AccountApi;

#[OpenApi(tag = "Tag::Account")]
impl AccountApi {
    /// Get the account
    ///
    /// The account that the caller belongs to.
    #[oai(path = "/account", method = "get", operation_id = "account_get")]
    async fn get_account(&self, ctx: Ctx<LockedOut>) -> Answer<Thing<AccountView>> {
        Ok(account::get_account(&ctx).await?.into())
    }

    /// Replace the account
    ///
    /// Its name, and the word that anonymization writes.
    #[oai(path = "/account", method = "put", operation_id = "account_replace")]
    async fn replace_account(
        &self,
        ctx: Ctx<of::AccountManage>,
        if_match: IfMatch,
        body: Body<AccountBody>,
    ) -> Answer<Thing<AccountView>> {
        let AccountBody { name, anonymized_word } = body.0;
        Ok(account::replace_account(&ctx, &if_match, name, anonymized_word).await?.into())
    }

    /// Lock the account down
    ///
    /// Closes it to all who do not hold `lockdown.enter` in the whole account, tokens of theirs too: all they can still do
    /// is ask who they are. Takes that right as well. Does nothing when it is locked down.
    #[oai(path = "/account/lockdown", method = "post", operation_id = "account_lockdown")]
    async fn lockdown(&self, ctx: Ctx<of::AccountManage>) -> Answer<Thing<AccountView>> {
        Ok(account::lock_account(&ctx, true).await?.into())
    }

    /// Lift the account's lockdown
    ///
    /// Does nothing when it is open.
    #[oai(path = "/account/unlock", method = "post", operation_id = "account_unlock")]
    async fn unlock(&self, ctx: Ctx<of::AccountManage>) -> Answer<Thing<AccountView>> {
        Ok(account::lock_account(&ctx, false).await?.into())
    }

    /// Hand the account over
    ///
    /// Makes another active user, not from outside, the owner. The owner before keeps the roles that they were given, and
    /// nothing else: give yourself those that you need first.
    #[oai(path = "/account/owner", method = "post", operation_id = "account_transfer")]
    async fn transfer(
        &self,
        ctx: Ctx<of::AccountTransfer>,
        body: Body<AccountOwnerBody>,
    ) -> Answer<Thing<UserView>> {
        let user = account::transfer(&ctx, body.0.user_id).await?;
        Ok(Thing { revision: user.revision, view: UserView::of(&ctx, user) })
    }

    /// List organisations
    ///
    /// The account's organisations, oldest first. People from outside see only those they are in.
    #[oai(path = "/organisations", method = "get", operation_id = "organisation_list")]
    async fn list(
        &self,
        ctx: Ctx<LockedOut>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those right below this one.
        parent_id: Query<Option<OrganisationId>>,
    ) -> Answer<Found<OrganisationPage>> {
        Ok(Found(
            account::list(&ctx, parent_id.0, page::request(limit.0, cursor.0.as_deref())?).await?.into(),
        ))
    }

    /// Create an organisation
    ///
    /// Below another, or below the caller's own when none is named.
    #[oai(path = "/organisations", method = "post", operation_id = "organisation_create")]
    async fn create(
        &self,
        ctx: Ctx<of::OrganisationManage>,
        body: Body<OrganisationBody>,
    ) -> Answer<Created<OrganisationView>> {
        let made = account::create(&ctx, body.0.into()).await?;
        let location = format!("/v1/organisations/{}", made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get an organisation
    ///
    /// One organisation of the account.
    #[oai(path = "/organisations/:id", method = "get", operation_id = "organisation_get")]
    async fn get(&self, ctx: Ctx<LockedOut>, id: Path<OrganisationId>) -> Answer<Thing<OrganisationView>> {
        Ok(account::get_one(&ctx, id.0).await?.into())
    }

    /// Replace an organisation
    ///
    /// Renames it, and moves it with all below it when another parent is named. Moving needs the right to manage
    /// organisations in both places.
    #[oai(path = "/organisations/:id", method = "put", operation_id = "organisation_replace")]
    async fn replace(
        &self,
        ctx: Ctx<(of::OrganisationManage, of::OrganisationChangeSettings)>,
        if_match: IfMatch,
        id: Path<OrganisationId>,
        body: Body<OrganisationBody>,
    ) -> Answer<Thing<OrganisationView>> {
        Ok(account::replace(&ctx, id.0, &if_match, body.0.into()).await?.into())
    }

    /// Lock an organisation down
    ///
    /// Closes it, with all below it, to all who do not hold `lockdown.enter` there: its people can do nothing, and what it
    /// owns is neither seen nor changed by others. Takes that right as well. Does nothing when it is locked down.
    #[oai(path = "/organisations/:id/lockdown", method = "post", operation_id = "organisation_lockdown")]
    async fn lockdown_organisation(
        &self,
        ctx: Ctx<of::OrganisationChangeSettings>,
        id: Path<OrganisationId>,
    ) -> Answer<Thing<OrganisationView>> {
        Ok(account::lock_organisation(&ctx, id.0, true).await?.into())
    }

    /// Lift an organisation's lockdown
    ///
    /// Does nothing when it is open. One above it may still be locked down.
    #[oai(path = "/organisations/:id/unlock", method = "post", operation_id = "organisation_unlock")]
    async fn unlock_organisation(
        &self,
        ctx: Ctx<of::OrganisationChangeSettings>,
        id: Path<OrganisationId>,
    ) -> Answer<Thing<OrganisationView>> {
        Ok(account::lock_organisation(&ctx, id.0, false).await?.into())
    }

    /// Delete an organisation
    ///
    /// Refused while anything belongs to it; the refusal says what.
    #[oai(path = "/organisations/:id", method = "delete", operation_id = "organisation_delete")]
    async fn delete(
        &self,
        ctx: Ctx<of::OrganisationManage>,
        if_match: IfMatch,
        id: Path<OrganisationId>,
    ) -> Answer<Done> {
        account::delete(&ctx, id.0, &if_match).await?;
        Ok(Done)
    }
}

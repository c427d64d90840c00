//! People in and out by file.

use chrono::{DateTime, Utc};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use styr_domain::access::of;
use styr_domain::id::{OrganisationId, RoleId, UserId, UserImportId};
use styr_domain::user::import::{ImportAction, ImportChange, ImportCounts, ImportReason, UserImport};

use crate::app::Ctx;
use crate::app::user::import::{self, MAX_DEACTIVATED_PERCENT, Preview};
use crate::http::Tag;
use crate::http::answer::{Answer, Created, Found, Thing};
use crate::http::body::CsvBody;
use crate::http::page::{self, page};

/// What an import does in numbers. A user counts once among the first five.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct UserImportCountsView {
    /// Users who are new.
    added: u32,
    /// Users of whom something changes, and who stay as active as they were.
    changed: u32,
    /// Users who were not active and are again.
    reactivated: u32,
    /// Users who are active no more.
    deactivated: u32,
    /// Users in the file of whom nothing changes; their roles may.
    unchanged: u32,
    /// Roles given.
    roles_given: u32,
    /// Roles that get another end, or are from now on the import's.
    roles_changed: u32,
    /// Roles taken.
    roles_taken: u32,
    /// Active users within the caller's reach who came by an import, before this one.
    imported_before: u32,
}

impl From<ImportCounts> for UserImportCountsView {
    fn from(counts: ImportCounts) -> Self {
        let ImportCounts {
            added,
            changed,
            reactivated,
            deactivated,
            unchanged,
            roles_given,
            roles_changed,
            roles_taken,
            imported_before,
        } = counts;
        Self {
            added,
            changed,
            reactivated,
            deactivated,
            unchanged,
            roles_given,
            roles_changed,
            roles_taken,
            imported_before,
        }
    }
}

/// One change that an import would make.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct UserImportChangeView {
    /// What would be done.
    action: ImportAction,
    /// Why.
    reason: ImportReason,
    /// The line of the file that it comes from, the header's being 1; absent for who is not in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// The user; absent for one who is to be added.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    /// What the user is known by in the system that the file comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// The user's name after the change.
    name: String,
    /// The fields of the user that change.
    fields: Vec<String>,
    /// The role, for a change of roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    role_id: Option<RoleId>,
    /// The role's API name.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// The organisation in which, with all below it, the role holds; absent for the whole account.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation_id: Option<OrganisationId>,
    /// When the role stops holding after the change; absent when never.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

impl From<ImportChange> for UserImportChangeView {
    fn from(change: ImportChange) -> Self {
        let ImportChange {
            action,
            reason,
            line,
            user_id,
            external_id,
            name,
            fields,
            role_id,
            role,
            organisation_id,
            expires_at,
        } = change;
        let fields = fields.into_iter().map(str::to_owned).collect();
        Self {
            action,
            reason,
            line,
            user_id,
            external_id,
            name,
            fields,
            role_id,
            role,
            organisation_id,
            expires_at,
        }
    }
}

/// What an import would do.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct UserImportPreviewView {
    /// In numbers.
    counts: UserImportCountsView,
    /// Whether it would be refused, since it deactivates more than `max_deactivated_percent` allows.
    refused: bool,
    /// Why it would be refused, in the caller's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
    /// The changes: deactivations, then those of roles, then of users, then additions; 500 at most.
    changes: Vec<UserImportChangeView>,
    /// How many changes are left out.
    left_out: u64,
}

/// An import of users that was carried out.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct UserImportView {
    /// Its id.
    id: UserImportId,
    /// Who ran it; absent when it was run on the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_by: Option<UserId>,
    /// The file's SHA-256, in lower-case hexadecimal.
    sha256: String,
    /// Whether the file said which roles its people have.
    with_roles: bool,
    /// The organisations that it reached; absent for the whole account.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation_ids: Option<Vec<OrganisationId>>,
    /// How much of those who had come by imports it was allowed to deactivate, in percent.
    max_deactivated_percent: i32,
    /// What it did.
    counts: UserImportCountsView,
    /// When it was carried out.
    created_at: DateTime<Utc>,
}

impl From<UserImport> for UserImportView {
    fn from(import: UserImport) -> Self {
        let UserImport {
            id,
            account_id: _,
            started_by,
            sha256,
            with_roles,
            organisation_ids,
            max_deactivated_percent,
            counts,
            created_at,
        } = import;
        Self {
            id,
            started_by,
            sha256,
            with_roles,
            organisation_ids: organisation_ids.map(|ids| ids.into_iter().collect()),
            max_deactivated_percent,
            counts: counts.into(),
            created_at,
        }
    }
}

impl From<UserImport> for Thing<UserImportView> {
    fn from(import: UserImport) -> Self {
        Self { revision: 1, view: import.into() } // it is carried out, never changed
    }
}

page! {
    /// One page of imports.
    UserImportPage of UserImportView
}

/// The operations of this area.
pub(crate) struct UserImportApi;

#[OpenApi(tag = "Tag::User")]
impl UserImportApi {
    /// Preview an import of users
    ///
    /// Says what importing the file would do, and stores nothing. The file and its faults are as for `user_import_apply`.
    #[oai(path = "/user-imports/preview", method = "post", operation_id = "user_import_preview")]
    async fn preview(
        &self,
        ctx: Ctx<of::UserImport>,
        /// How much of those who came by imports may be deactivated, in percent. When absent, 5.
        #[oai(validator(minimum(value = "0"), maximum(value = "100")))]
        max_deactivated_percent: Query<Option<u8>>,
        body: CsvBody,
    ) -> Answer<Found<UserImportPreviewView>> {
        let max = max_deactivated_percent.0.unwrap_or(MAX_DEACTIVATED_PERCENT);
        let Preview { counts, refusal, changes, left_out } = import::preview(&ctx, body.0, max).await?;
        Ok(Found(UserImportPreviewView {
            counts: counts.into(),
            refused: refusal.is_some(),
            refusal: refusal.map(|fault| fault.text.in_language(ctx.language()).to_owned()),
            changes: changes.into_iter().map(Into::into).collect(),
            left_out: left_out as u64,
        }))
    }

    /// List imports of users
    ///
    /// Those that were carried out, newest first: all of them for those who may import in the whole account, otherwise the
    /// caller's own.
    #[oai(path = "/user-imports", method = "get", operation_id = "user_import_list")]
    async fn list(
        &self,
        ctx: Ctx<of::UserImport>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Answer<Found<UserImportPage>> {
        Ok(Found(import::list(&ctx, page::request(limit.0, cursor.0.as_deref())?).await?.into()))
    }

    /// Import users
    ///
    /// The body is a CSV file in UTF-8, with commas or semicolons between, that names everybody who is to be there: its first
    /// line names the columns `external_id`, `name` and `email`, and as wished `organisation` (an id, or a path like
    /// `Nordby/Skole`), `phone`, `title`, `person_number`, `licence`, `active`, `roles` (API names with `|` between, each
    /// with an organisation behind `@` where it is not to hold as usual) and `roles_expire_at`. Users are known by
    /// `external_id`, or by e-mail when they have none. Those who came by an import and are gone from the file are
    /// deactivated, and their tokens end at once; with the column `roles`, the roles of those in it become the file's.
    ///
    /// All of it is done, or nothing: `errors` names the line and column of each fault, as in `/12/email`. A file that would
    /// deactivate more than `max_deactivated_percent` is refused with `too_many_deactivations`. The caller's right must
    /// hold where each person is and goes, and nobody gives a role by a file whose rights they do not hold there themselves.
    #[oai(path = "/user-imports", method = "post", operation_id = "user_import_apply")]
    async fn apply(
        &self,
        ctx: Ctx<of::UserImport>,
        /// How much of those who came by imports may be deactivated, in percent. When absent, 5.
        #[oai(validator(minimum(value = "0"), maximum(value = "100")))]
        max_deactivated_percent: Query<Option<u8>>,
        body: CsvBody,
    ) -> Answer<Created<UserImportView>> {
        let max = max_deactivated_percent.0.unwrap_or(MAX_DEACTIVATED_PERCENT);
        let made = import::apply(&ctx, body.0, max).await?;
        let location = format!("/v1/user-imports/{}", made.id);
        Ok(Thing::from(made).created(location))
    }

    /// Get an import of users
    ///
    /// What it did, in numbers. What became of each person is in the audit trail, by the events of the same request.
    #[oai(path = "/user-imports/:id", method = "get", operation_id = "user_import_get")]
    async fn get(&self, ctx: Ctx<of::UserImport>, id: Path<UserImportId>) -> Answer<Thing<UserImportView>> {
        Ok(import::get_one(&ctx, id.0).await?.into())
    }
}

//! Reports on the wire: who could do what at a time, and what changed who may do what.

use chrono::{DateTime, Utc};
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use styr_domain::access::history::{FieldChange, HeldPermissionGroup, HeldRole, Named, PastAccess};
use styr_domain::access::{Licence, Provenance, Right, RightSet, of};
use styr_domain::event::EntityKind;
use styr_domain::id::{
    AssignmentId, GroupId, OrganisationId, PermissionGroupId, ProcessGroupId, ProfileId, RoleId, UserId,
};
use styr_domain::{Language, Text};
use styr_persistence::PageRequest;
use uuid::Uuid;

use crate::app::Ctx;
use crate::app::access::report::{self, Change, NamedAccess, Period, Person, ReportFilter};
use crate::http::Tag;
use crate::http::answer::{Answer, Found};
use crate::http::page::{self, page};
use crate::http::xlsx::{Book, Cell, Column, Xlsx};

/// A role that a user held.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct PastRoleView {
    /// The giving of the role.
    assignment_id: AssignmentId,
    /// The role.
    role_id: RoleId,
    /// Its name then.
    name: String,
    /// Its name for machines then.
    api_name: String,
    /// What it let its holders do then.
    rights: Vec<Right>,
    /// The organisation in which, with all below it, the role's rights held; absent for the whole account.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation_id: Option<OrganisationId>,
    /// The name that this organisation had.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation_name: Option<String>,
    /// How it came about.
    provenance: Provenance,
    /// When it was to stop holding; absent when never.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

impl From<HeldRole> for PastRoleView {
    fn from(role: HeldRole) -> Self {
        let HeldRole { assignment_id, role, api_name, rights, organisation, provenance, expires_at } = role;
        let (organisation_id, organisation_name) = organisation.map(|Named { id, name }| (id, name)).unzip();
        Self {
            assignment_id,
            role_id: role.id,
            name: role.name,
            api_name,
            rights: rights.iter().collect(),
            organisation_id,
            organisation_name,
            provenance,
            expires_at,
        }
    }
}

/// A permission group that a user was a member of.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct PastPermissionGroupView {
    /// The permission group.
    id: PermissionGroupId,
    /// Its name then.
    name: String,
    /// What it let its members do then.
    rights: Vec<Right>,
    /// The branches of the landscape in which, with all below them, its rights held; absent for the whole account.
    #[serde(skip_serializing_if = "Option::is_none")]
    process_group_ids: Option<Vec<ProcessGroupId>>,
}

impl From<HeldPermissionGroup> for PastPermissionGroupView {
    fn from(HeldPermissionGroup { group, rights, process_groups }: HeldPermissionGroup) -> Self {
        let Named { id, name } = group;
        let process_group_ids =
            process_groups.map(|groups| groups.into_iter().map(|group| group.id).collect());
        Self { id, name, rights: rights.iter().collect(), process_group_ids }
    }
}

/// A rights group that a user was a member of.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct PastGroupView {
    /// The rights group.
    id: GroupId,
    /// Its name then.
    name: String,
}

/// What a user was and could do at a time.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct PastAccessView {
    /// The user.
    user_id: UserId,
    /// Their name now, or when they were deleted; absent when that has been erased since the deletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The organisation they belonged to.
    organisation_id: OrganisationId,
    /// The name that it had.
    organisation_name: String,
    /// Whether they could sign in and use tokens.
    active: bool,
    /// Whether they owned the account, and so held every right.
    owner: bool,
    /// Whether they came from outside.
    external: bool,
    /// Their licence.
    licence: Licence,
    /// Their profile; absent for all that the rules open to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_id: Option<ProfileId>,
    /// The roles they held; one that had expired by then is left out.
    roles: Vec<PastRoleView>,
    /// The permission groups they were in.
    permission_groups: Vec<PastPermissionGroupView>,
    /// The rights groups they were in.
    groups: Vec<PastGroupView>,
    /// Every right that they could make use of somewhere, as `me_get` would have told them without a token's limits. None
    /// while they were not active.
    rights: Vec<Right>,
}

impl From<NamedAccess> for PastAccessView {
    fn from(NamedAccess { name, access }: NamedAccess) -> Self {
        let PastAccess {
            user_id,
            organisation,
            active,
            owner,
            external,
            licence,
            profile,
            roles,
            permission_groups,
            groups,
            rights,
        } = access;
        Self {
            user_id,
            name,
            organisation_id: organisation.id,
            organisation_name: organisation.name,
            active,
            owner,
            external,
            licence,
            profile_id: profile.map(|profile| profile.id),
            roles: roles.into_iter().map(Into::into).collect(),
            permission_groups: permission_groups.into_iter().map(Into::into).collect(),
            groups: groups.into_iter().map(|Named { id, name }| PastGroupView { id, name }).collect(),
            rights: rights.iter().collect(),
        }
    }
}

page! {
    /// One page of what users could do at a time.
    AccessReportPage of PastAccessView
}

/// A field that was changed.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct FieldChangeView {
    /// The field.
    field: String,
    /// What it was, ids as names where those are known; absent when it had no value, and for lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// What it became; absent when it has no value any more, and for lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// What was taken out of a list.
    removed: Vec<String>,
    /// What was added to a list.
    added: Vec<String>,
}

impl From<FieldChange> for FieldChangeView {
    fn from(FieldChange { field, before, after, removed, added }: FieldChange) -> Self {
        Self { field, before, after, removed, added }
    }
}

/// A user by name.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct PersonView {
    /// Their id.
    id: UserId,
    /// Their name now, or when they were deleted; absent when that has been erased since the deletion.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl From<Person> for PersonView {
    fn from(Person { id, name }: Person) -> Self {
        Self { id, name }
    }
}

/// A change of who may do what.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct AccessChangeView {
    /// When it was made.
    at: DateTime<Utc>,
    /// Who made it; absent for Styr itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<PersonView>,
    /// For whom the actor did it, if not for themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<PersonView>,
    /// What was done, such as `role_assignment.created`.
    kind: String,
    /// The kind of thing it was done to.
    entity: EntityKind,
    /// The thing it was done to.
    entity_id: Uuid,
    /// The name of that, where it has one that is no personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    entity_name: Option<String>,
    /// The user it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<PersonView>,
    /// What it changed, but for personal data.
    changes: Vec<FieldChangeView>,
}

impl From<Change> for AccessChangeView {
    fn from(change: Change) -> Self {
        let Change { at, actor, on_behalf_of, kind, entity, entity_id, entity_name, subject, fields } =
            change;
        Self {
            at,
            actor: actor.map(Into::into),
            on_behalf_of: on_behalf_of.map(Into::into),
            kind,
            entity,
            entity_id,
            entity_name,
            subject: subject.map(Into::into),
            changes: fields.into_iter().map(Into::into).collect(),
        }
    }
}

/// One page of changes of who may do what.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct AccessChangePage {
    /// The items.
    items: Vec<AccessChangeView>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// How many users or changes are read at a time for a file.
const BATCH: u64 = 200;

/// The operations of this area.
pub(crate) struct ReportApi;

#[OpenApi(tag = "Tag::Access")]
impl ReportApi {
    /// Report who could do what
    ///
    /// The users that the account had at a time, by id, with what they held and could do then, exactly as it was: what
    /// happened up to and including that very instant counts, and users deleted since are among them. Names of people are
    /// those of today. It has the users who then belonged to an organisation in which the caller has the right.
    #[oai(path = "/access/report", method = "get", operation_id = "access_report")]
    async fn report(
        &self,
        ctx: Ctx<of::ReportSeeLocal>,
        /// The time, which must have come. Now when absent.
        at: Query<Option<DateTime<Utc>>>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only this user.
        user_id: Query<Option<UserId>>,
        /// Only those who held this role.
        role_id: Query<Option<RoleId>>,
    ) -> Answer<Found<AccessReportPage>> {
        let filter = ReportFilter { user_id: user_id.0, role_id: role_id.0 };
        let page = page::request(limit.0, cursor.0.as_deref())?;
        let moment = report::moment(&ctx, at.0).await?;
        Ok(Found(report::users(&ctx, moment, filter, page).await?.into()))
    }

    /// Report who could do what, for Excel
    ///
    /// The same as `access_report` with all its pages, as a file with a row for each role and permission group of each
    /// user, and one for each user without. Headers are in the caller's language, times in UTC.
    #[oai(path = "/access/report.xlsx", method = "get", operation_id = "access_report_xlsx")]
    async fn report_xlsx(
        &self,
        ctx: Ctx<of::ReportSeeLocal>,
        /// The time, which must have come. Now when absent.
        at: Query<Option<DateTime<Utc>>>,
        /// Only this user.
        user_id: Query<Option<UserId>>,
        /// Only those who held this role.
        role_id: Query<Option<RoleId>>,
    ) -> Answer<Xlsx> {
        let filter = ReportFilter { user_id: user_id.0, role_id: role_id.0 };
        let moment = report::moment(&ctx, at.0).await?;
        let mut book = Book::new(&report_columns(), ctx.language(), now(&ctx))?;
        let mut after = None;
        loop {
            let page = report::users(&ctx, moment, filter, PageRequest { limit: BATCH, after }).await?;
            for user in page.items {
                report_rows(user, ctx.language()).into_iter().try_for_each(|row| book.push(row))?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        book.finish(format!("access-{}", moment.at.format("%Y-%m-%dT%H%M%SZ"))).await
    }

    /// List changes of who may do what
    ///
    /// Every change of roles and who has them, of rights groups, permission groups and their members, of profiles, of what
    /// users are (active, organisation, profile, licence, owner, from outside), of where organisations lie, of tokens and
    /// of lockdown, newest first. A change that concerns a user is seen where that user belonged when it was made, one of
    /// an organisation or a local rights group where that lies; what concerns the account as a whole is seen by all who
    /// hold the right anywhere.
    #[oai(path = "/access/changes", method = "get", operation_id = "access_change_list")]
    async fn changes(
        &self,
        ctx: Ctx<of::ReportSeeLocal>,
        /// How many items at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// Only those at or after this time.
        since: Query<Option<DateTime<Utc>>>,
        /// Only those before this time.
        until: Query<Option<DateTime<Utc>>>,
    ) -> Answer<Found<AccessChangePage>> {
        let period = Period { since: since.0, until: until.0 };
        let below = page::number(cursor.0.as_deref())?;
        let limit = limit.0.unwrap_or(page::DEFAULT_LIMIT);
        let (changes, next) = report::changes(&ctx, period, below, limit).await?;
        Ok(Found(AccessChangePage {
            items: changes.into_iter().map(Into::into).collect(),
            next_cursor: next.map(|sequence| page::cursor(&sequence.to_be_bytes())),
        }))
    }

    /// List changes of who may do what, for Excel
    ///
    /// The same as `access_change_list` with all its pages, as a file with a row for each field changed, and one for each
    /// change without. Headers are in the caller's language, times in UTC.
    #[oai(path = "/access/changes.xlsx", method = "get", operation_id = "access_change_xlsx")]
    async fn changes_xlsx(
        &self,
        ctx: Ctx<of::ReportSeeLocal>,
        /// Only those at or after this time.
        since: Query<Option<DateTime<Utc>>>,
        /// Only those before this time.
        until: Query<Option<DateTime<Utc>>>,
    ) -> Answer<Xlsx> {
        let period = Period { since: since.0, until: until.0 };
        let now = now(&ctx);
        let mut book = Book::new(&change_columns(), ctx.language(), now)?;
        let mut below = None;
        loop {
            let (changes, next) = report::changes(&ctx, period, below, BATCH).await?;
            for change in changes {
                change_rows(change).into_iter().try_for_each(|row| book.push(row))?;
            }
            below = next;
            if below.is_none() {
                break;
            }
        }
        book.finish(format!("access-changes-{}", now.format("%Y-%m-%dT%H%M%SZ"))).await
    }
}

fn now(ctx: &Ctx<of::ReportSeeLocal>) -> DateTime<Utc> {
    ctx.app().store().ambient().now()
}

const fn column(da: &'static str, sv: &'static str, en: &'static str, width: u8) -> Column {
    Column { header: Text::fixed(da, sv, en), width }
}

const fn report_columns() -> [Column; 16] {
    [
        column("Bruger", "Användare", "User", 28),
        column("Bruger-id", "Användar-id", "User id", 38),
        column("Aktiv", "Aktiv", "Active", 8),
        column("Ejer", "Ägare", "Owner", 8),
        column("Ekstern", "Extern", "External", 10),
        column("Licens", "Licens", "Licence", 10),
        column("Organisation", "Organisation", "Organisation", 28),
        column("Profil", "Profil", "Profile", 20),
        column("Rettighedsgrupper", "Rättighetsgrupper", "Rights groups", 30),
        column("Har", "Har", "Holds", 18),
        column("Navn", "Namn", "Name", 28),
        column("Gælder i", "Gäller i", "Holds in", 28),
        column("Oprindelse", "Ursprung", "Provenance", 12),
        column("Udløber (UTC)", "Upphör (UTC)", "Expires (UTC)", 20),
        column("Rettigheder", "Rättigheter", "Rights", 60),
        column("Alle brugerens rettigheder", "Alla användarens rättigheter", "All rights of the user", 60),
    ]
}

/// The rows of one user: one for each role and permission group, or a single one when there is none.
fn report_rows(NamedAccess { name, access }: NamedAccess, language: Language) -> Vec<Vec<Cell>> {
    let PastAccess {
        user_id,
        organisation,
        active,
        owner,
        external,
        licence,
        profile,
        roles,
        permission_groups,
        groups,
        rights,
    } = access;
    let say = |text: Text| Cell::from(text.in_language(language));
    let yes_or_no =
        |yes| say(if yes { Text::fixed("ja", "ja", "yes") } else { Text::fixed("nej", "nej", "no") });
    let whole_account = || say(Text::fixed("Hele kontoen", "Hela kontot", "The whole account"));
    let of_roles = roles.into_iter().map(|role| {
        let HeldRole { assignment_id: _, role, api_name: _, rights, organisation, provenance, expires_at } =
            role;
        vec![
            say(Text::fixed("Rolle", "Roll", "Role")),
            role.name.into(),
            organisation.map_or_else(whole_account, |organisation| organisation.name.into()),
            code(&provenance),
            expires_at.map_or(Cell::Empty, Cell::Time),
            codes(rights),
        ]
    });
    let of_groups =
        permission_groups.into_iter().map(|HeldPermissionGroup { group, rights, process_groups }| {
            vec![
                say(Text::fixed("Tilladelsesgruppe", "Behörighetsgrupp", "Permission group")),
                group.name.into(),
                process_groups.map_or_else(whole_account, |groups| names(groups).into()),
                Cell::Empty,
                Cell::Empty,
                codes(rights),
            ]
        });
    let mut held: Vec<Vec<Cell>> = of_roles.chain(of_groups).collect();
    if held.is_empty() {
        held.push((0..6).map(|_| Cell::Empty).collect());
    }
    let (profile, groups) = (profile.map(|profile| profile.name), names(groups));
    let row = |held: Vec<Cell>| {
        let mut row = vec![
            Cell::option(name.clone()),
            user_id.to_string().into(),
            yes_or_no(active),
            yes_or_no(owner),
            yes_or_no(external),
            code(&licence),
            organisation.name.clone().into(),
            Cell::option(profile.clone()),
            groups.clone().into(),
        ];
        row.extend(held);
        row.push(codes(rights));
        row
    };
    held.into_iter().map(row).collect()
}

const fn change_columns() -> [Column; 12] {
    [
        column("Tidspunkt (UTC)", "Tidpunkt (UTC)", "Time (UTC)", 20),
        column("Af", "Av", "By", 28),
        column("På vegne af", "På uppdrag av", "On behalf of", 28),
        column("Hændelse", "Händelse", "Event", 30),
        column("Art", "Slag", "Kind", 18),
        column("Id", "Id", "Id", 38),
        column("Navn", "Namn", "Name", 28),
        column("Vedrører", "Gäller", "Concerns", 28),
        column("Bruger-id", "Användar-id", "User id", 38),
        column("Felt", "Fält", "Field", 20),
        column("Før, eller fjernet", "Före, eller borttaget", "Before, or removed", 50),
        column("Efter, eller tilføjet", "Efter, eller tillagt", "After, or added", 50),
    ]
}

/// The rows of one change: one for each field, or a single one when there is none.
fn change_rows(change: Change) -> Vec<Vec<Cell>> {
    let Change { at, actor, on_behalf_of, kind, entity, entity_id, entity_name, subject, fields } = change;
    // One who has no name any more is still told from others.
    let who = |person: &Person| person.name.clone().unwrap_or_else(|| person.id.to_string());
    let side = |one: Option<String>, several: Vec<String>| {
        Cell::option(one.or_else(|| (!several.is_empty()).then(|| several.join(", "))))
    };
    let mut fields: Vec<Vec<Cell>> = fields
        .into_iter()
        .map(|FieldChange { field, before, after, removed, added }| {
            vec![field.into(), side(before, removed), side(after, added)]
        })
        .collect();
    if fields.is_empty() {
        fields.push(Vec::new());
    }
    let row = |field: Vec<Cell>| {
        let mut row = vec![
            Cell::Time(at),
            Cell::option(actor.as_ref().map(who)),
            Cell::option(on_behalf_of.as_ref().map(who)),
            kind.clone().into(),
            entity.as_str().into(),
            entity_id.to_string().into(),
            Cell::option(entity_name.clone()),
            Cell::option(subject.as_ref().map(who)),
            Cell::option(subject.as_ref().map(|person| person.id.to_string())),
        ];
        row.extend(field);
        row
    };
    fields.into_iter().map(row).collect()
}

fn names<I>(named: Vec<Named<I>>) -> String {
    named.into_iter().map(|Named { id: _, name }| name).collect::<Vec<_>>().join(", ")
}

fn codes(rights: RightSet) -> Cell {
    rights.codes().join(", ").into()
}

/// A value by its name on the wire.
fn code(value: &impl Serialize) -> Cell {
    Cell::option(serde_json::to_value(value).ok().as_ref().and_then(serde_json::Value::as_str))
}

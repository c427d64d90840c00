//! Reports: that they say of a past time what Styr said at that time, and to each caller only what concerns them.

mod random;

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt as _;
use styr_persistence::Ambient as _;
use styr_sdk::types::{self, Licence, Right};
use styr_sdk::{Client, read};
use uuid::Uuid;

use crate::people::{assign, client, role, user};
use crate::privacy::{anonymize, ended_runs, rule};
use crate::support::{TestApp, noon, on_both, problem};
use random::the_report_says_what_was_said_then;

on_both! {
    the_report_says_what_was_said_then
    a_role_counts_until_the_second_it_expires
    who_is_deleted_stays_in_the_past_and_erased_names_do_not
    a_time_to_come_is_refused_and_before_the_account_there_is_nobody
    a_local_administrator_sees_who_was_theirs_then
    changes_are_told_with_names
    the_files_have_the_same_rows
}

/// The pages of the report at a time, three users each.
async fn report(client: &Client, at: DateTime<Utc>) -> Vec<types::PastAccessView> {
    let users: Vec<types::PastAccessView> =
        client.access_report().at(at).limit(3).stream().try_collect().await.unwrap();
    assert!(users.is_sorted_by(|one, other| one.user_id < other.user_id), "each once, in order");
    users
}

async fn one(client: &Client, at: DateTime<Utc>, user: Uuid) -> Option<types::PastAccessView> {
    client.access_report().at(at).user_id(user).send().await.unwrap().into_inner().items.pop()
}

async fn a_role_counts_until_the_second_it_expires(app: &TestApp) {
    let owner = app.owner();
    let holder = user(app, "holder", None).await;
    let (role, end) = (role(app, "employee").await, noon() + TimeDelta::hours(1));
    let body = |body: types::builder::RoleAssignmentBody| body.role_id(role).expires_at(end);
    owner.user_role_assign().id(holder).body_map(body).send().await.unwrap();
    app.clock.set(end + TimeDelta::hours(1));
    let before = one(&owner, end - TimeDelta::microseconds(1), holder).await.unwrap();
    assert_eq!((before.roles.len(), before.roles[0].expires_at), (1, Some(end)));
    assert!(before.rights.contains(&Right::CaseStart));
    let after = one(&owner, end, holder).await.unwrap();
    assert!(after.roles.is_empty() && !after.rights.contains(&Right::CaseStart), "{after:?}");
    let by_role = |at| owner.access_report().at(at).role_id(role).send();
    assert_eq!(by_role(end - TimeDelta::microseconds(1)).await.unwrap().into_inner().items.len(), 1);
    assert!(by_role(end).await.unwrap().into_inner().items.is_empty());
}

async fn who_is_deleted_stays_in_the_past_and_erased_names_do_not(app: &TestApp) {
    let owner = app.owner();
    let (deleted, erased) = (user(app, "dora", None).await, user(app, "erik", None).await);
    let group = owner.group_create().body_map(|body| body.name("Board")).send().await.unwrap().id;
    for member in [deleted, erased] {
        assign(app, member, role(app, "employee").await).await;
        owner.group_member_add().id(group).body_map(|body| body.user_id(member)).send().await.unwrap();
    }
    let then = noon();
    app.clock.advance(TimeDelta::hours(1));
    owner.user_delete().id(deleted).if_match("*").send().await.unwrap();
    owner.group_delete().id(group).if_match("*").send().await.unwrap();
    owner.user_deactivate().id(erased).send().await.unwrap();
    let of = async |id: Uuid| one(&owner, then, id).await.unwrap();
    let dora = of(deleted).await;
    assert_eq!((dora.name.as_deref(), dora.active), (Some("dora"), true));
    assert_eq!((dora.roles.len(), dora.groups[0].name.as_str()), (1, "Board"));
    assert!(dora.rights.contains(&Right::CaseStart));
    assert!(one(&owner, noon() + TimeDelta::hours(1), deleted).await.is_none(), "the very instant counts");

    anonymize(app, erased, 1).await;
    let erik = of(erased).await;
    assert_eq!((erik.name.as_deref(), erik.active, erik.roles.len()), (Some("Anonymiserad"), true, 1));
    let erik = one(&owner, noon() + TimeDelta::hours(1), erased).await.unwrap();
    assert!(!erik.active && erik.rights.is_empty() && erik.groups.is_empty(), "{erik:?}");

    rule(&owner, types::RetentionTarget::User, types::RetentionStart::Deletion, 0, true).await.unwrap();
    let frida = user(app, "frida", None).await;
    let made = app.clock.now();
    app.clock.advance(TimeDelta::hours(1));
    owner.user_delete().id(frida).if_match("*").send().await.unwrap();
    ended_runs(app, 2).await;
    let frida = one(&owner, made, frida).await.unwrap();
    assert_eq!((frida.name, frida.active), (None, true));
    let changes = owner.access_change_list().limit(200).send().await.unwrap().into_inner().items;
    let about =
        |id| changes.iter().find(|change| change.entity_id == id && change.kind == "user.deleted").unwrap();
    assert_eq!(about(frida.user_id).subject.as_ref().unwrap().name, None);
    let all = format!("{changes:?}");
    assert!(!all.contains("frida") && !all.contains("erik") && all.contains("Anonymiserad"), "{all}");
}

async fn a_time_to_come_is_refused_and_before_the_account_there_is_nobody(app: &TestApp) {
    let owner = app.owner();
    let late = problem(owner.access_report().at(noon() + TimeDelta::microseconds(1)).send().await);
    assert_eq!((late.status, late.errors[0].pointer.as_deref()), (422, Some("?at")));
    let late =
        problem(owner.access_report_xlsx().at(noon() + TimeDelta::seconds(1)).send().await.map(|_| ()));
    assert_eq!((late.status, late.errors[0].code.as_str()), (422, "time_to_come"));
    assert!(report(&owner, noon() - TimeDelta::microseconds(1)).await.is_empty());
    assert_eq!(report(&owner, noon()).await.len(), 1, "its owner");
    let now = owner.access_report().send().await.unwrap().into_inner();
    assert_eq!(now.items[0].rights.len(), owner.me_get().send().await.unwrap().rights.len());
    // Another account's users and changes are not there.
    let me = owner.me_get().send().await.unwrap().into_inner().user.id;
    assert!(one(&app.stranger(), noon(), me).await.is_none());
    let changes = app.stranger().access_change_list().limit(200).send().await.unwrap().into_inner().items;
    assert!(changes.iter().all(|change| change.entity_id != me), "{changes:?}");
}

/// A client of who sees reports in one organisation.
async fn reporter(app: &TestApp, name: &str, organisation: Uuid) -> (Uuid, Client) {
    let owner = app.owner();
    let rights = vec![Right::AdminEnter, Right::ReportSeeLocal];
    let name = name.to_owned();
    let role = owner.role_create().body_map(|body| body.name(&name).rights(rights)).send().await.unwrap().id;
    let id = user(app, &name, Some(organisation)).await;
    let body = |body: types::builder::RoleAssignmentBody| body.role_id(role).organisation_id(organisation);
    owner.user_role_assign().id(id).body_map(body).send().await.unwrap();
    (id, client(app, id).await.0)
}

async fn a_local_administrator_sees_who_was_theirs_then(app: &TestApp) {
    let owner = app.owner();
    let organisation = async |name: &str| {
        owner.organisation_create().body_map(|body| body.name(name)).send().await.unwrap().id
    };
    let (here, there) = (organisation("Here").await, organisation("There").await);
    let (me, reader) = reporter(app, "reader", here).await;
    let (mover, gone, other) = (
        user(app, "mover", Some(here)).await,
        user(app, "gone", Some(here)).await,
        user(app, "other", Some(there)).await,
    );
    let employee = role(app, "employee").await;
    assign(app, other, employee).await;
    let local = async |place: Option<Uuid>, name: &str| {
        let body = |body: types::builder::GroupBody| body.name(name).organisation_id(place);
        owner.group_create().body_map(body).send().await.unwrap().id
    };
    let (ours, theirs, shared) =
        (local(Some(here), "Ours").await, local(Some(there), "Theirs").await, local(None, "Shared").await);
    let step = || app.clock.advance(TimeDelta::hours(1));
    let put = async |place: Uuid| {
        let body = |body: types::builder::UserBody| {
            body.name("mover").email("mover@example.org").organisation_id(place)
        };
        owner.user_replace().id(mover).if_match("*").body_map(body).send().await.unwrap();
    };
    step();
    put(there).await;
    step();
    assign(app, mover, employee).await;
    owner.user_delete().id(gone).if_match("*").send().await.unwrap();
    owner.group_delete().id(ours).if_match("*").send().await.unwrap();
    owner.group_delete().id(theirs).if_match("*").send().await.unwrap();
    step();
    put(here).await;

    let seen = async |hours| -> BTreeSet<Uuid> {
        report(&reader, noon() + TimeDelta::hours(hours)).await.into_iter().map(|user| user.user_id).collect()
    };
    assert_eq!(seen(0).await, BTreeSet::from([me, mover, gone]));
    assert_eq!(seen(1).await, BTreeSet::from([me, gone]), "who had left is not theirs");
    assert_eq!(seen(2).await, BTreeSet::from([me]));
    assert_eq!(seen(3).await, BTreeSet::from([me, mover]));
    assert!(one(&reader, noon(), other).await.is_none());
    assert!(one(&reader, noon() + TimeDelta::hours(2), mover).await.is_none());

    let paged: Vec<types::AccessChangeView> =
        reader.access_change_list().limit(2).stream().try_collect().await.unwrap();
    let all = reader.access_change_list().limit(200).send().await.unwrap().into_inner().items;
    assert_eq!(paged.len(), all.len());
    assert!(all.is_sorted_by(|one, other| one.at >= other.at), "newest first");
    let kinds = |id: Uuid| -> Vec<(&str, DateTime<Utc>)> {
        let about = all.iter().filter(|change| {
            change.entity_id == id || change.subject.as_ref().is_some_and(|subject| subject.id == id)
        });
        about.map(|change| (change.kind.as_str(), change.at)).collect()
    };
    let at = |hours| noon() + TimeDelta::hours(hours);
    assert_eq!(
        kinds(mover),
        [("user.changed", at(3)), ("user.changed", at(1)), ("user.created", at(0))],
        "leaving and coming are seen, and nothing in between"
    );
    assert_eq!(kinds(gone), [("user.deleted", at(2)), ("user.created", at(0))]);
    assert_eq!(kinds(ours), [("group.deleted", at(2)), ("group.created", at(0))]);
    assert_eq!((kinds(theirs), kinds(other)), (vec![], vec![]));
    assert_eq!(kinds(shared), [("group.created", at(0))]);
    assert_eq!(kinds(employee), [("role.created", at(0))], "what a role is concerns everyone");
    let changes = owner.access_change_list().limit(200).send().await.unwrap().into_inner().items;
    assert!(changes.iter().any(|change| change.entity_id == theirs));
    assert!(changes.len() > all.len());
}

async fn changes_are_told_with_names(app: &TestApp) {
    let owner = app.owner();
    let (anna, employee) = (user(app, "anna", None).await, role(app, "employee").await);
    let me = owner.me_get().send().await.unwrap().into_inner();
    let made =
        owner.role_create().body_map(|body| body.name("Starter").rights(vec![Right::CaseStart])).send();
    let made = made.await.unwrap().id;
    app.clock.advance(TimeDelta::hours(1));
    let from = noon() + TimeDelta::hours(1);
    let body = |body: types::builder::RoleBody| body.name("Parker").rights(vec![Right::CasePark]);
    owner.role_replace().id(made).if_match("*").body_map(body).send().await.unwrap();
    assign(app, anna, made).await;
    owner.role_delete().id(made).if_match("*").replacement_id(employee).send().await.unwrap();
    // What says nothing of who may do what is no change of it.
    let body = |body: types::builder::UserBody| {
        body.name("Anna").email("anna@example.org").licence(Licence::Pro).title("Head".to_owned())
    };
    owner.user_replace().id(anna).if_match("*").body_map(body).send().await.unwrap();
    owner.user_deactivate().id(anna).send().await.unwrap();
    app.clock.advance(TimeDelta::hours(1));
    let until = noon() + TimeDelta::hours(2);
    owner.user_reactivate().id(anna).send().await.unwrap();

    let asked = owner.access_change_list().since(from).until(until).send().await.unwrap();
    let changes = asked.into_inner().items;
    let told: Vec<_> = changes.iter().rev().map(|change| change.kind.as_str()).collect();
    let wanted = [
        "role.changed",
        "role_assignment.created",
        "role_assignment.changed",
        "role.deleted",
        "user.deactivated",
    ];
    assert_eq!(told, wanted);
    let [deactivated, deleted, moved, given, changed] = &changes[..] else { panic!("{changes:?}") };
    for change in &changes {
        let actor = change.actor.as_ref().unwrap();
        assert_eq!((actor.id, actor.name.as_deref()), (me.user.id, Some("Owner")));
    }
    let field = |change: &types::AccessChangeView, name: &str| {
        change
            .changes
            .iter()
            .find(|one| one.field == name)
            .cloned()
            .unwrap_or_else(|| panic!("{name}: {change:?}"))
    };
    let rights = field(changed, "rights");
    assert_eq!((rights.removed, rights.added), (vec!["case.start".to_owned()], vec!["case.park".to_owned()]));
    let name = field(changed, "name");
    assert_eq!((name.before.as_deref(), name.after.as_deref()), (Some("Starter"), Some("Parker")));
    assert_eq!(given.subject.as_ref().unwrap().name.as_deref(), Some("Anna"));
    assert_eq!(field(given, "role_id").after.as_deref(), Some("Parker"));
    assert_eq!(field(given, "organisation_id").after.as_deref(), Some(me.organisation.name.as_str()));
    let role = field(moved, "role_id");
    assert_eq!(role.before.as_deref(), Some("Parker"), "also once the role is deleted");
    assert_ne!(role.after, None);
    assert_eq!(deleted.entity_name.as_deref(), Some("Parker"));
    let active = field(deactivated, "active");
    assert_eq!((active.before.as_deref(), active.after.as_deref()), (Some("true"), Some("false")));
    let next = user(app, "bo", None).await;
    let bo = client(app, next).await.0;
    app.clock.advance(TimeDelta::hours(1));
    owner.account_transfer().body_map(|body| body.user_id(next)).send().await.unwrap();
    let owned = async |hours: i64| {
        let users = report(&bo, noon() + TimeDelta::hours(hours)).await;
        users.into_iter().find(|user| user.owner).unwrap().name.unwrap()
    };
    assert_eq!([owned(2).await, owned(3).await], ["Owner", "bo"]);
    let transferred = bo.access_change_list().since(noon() + TimeDelta::hours(3)).send().await.unwrap();
    let transferred = transferred.into_inner().items;
    assert_eq!(transferred.iter().filter(|change| change.kind == "account.transferred").count(), 2);
    let later = bo
        .access_change_list()
        .since(until)
        .until(until + TimeDelta::microseconds(1))
        .send()
        .await
        .unwrap()
        .into_inner()
        .items;
    assert_eq!(
        later.iter().map(|change| change.kind.as_str()).collect::<Vec<_>>(),
        ["token.created", "user.created", "user.reactivated"]
    );
}

/// The rows of an Excel file's only sheet.
fn rows(file: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file)).unwrap();
    assert_eq!(book.sheet_names().len(), 1);
    assert!(book.worksheet_formula(&book.sheet_names()[0]).unwrap().is_empty(), "no formula");
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().map(<[Data]>::to_vec).collect()
}

async fn the_files_have_the_same_rows(app: &TestApp) {
    let owner = app.owner();
    let email = "f@example.org";
    let body = |body: types::builder::UserBody| body.name("=HYPERLINK(\"http://x\")").email(email);
    let formula = owner.user_create().body_map(body).send().await.unwrap().id;
    let end = noon() + TimeDelta::days(30);
    for name in ["employee", "standard"] {
        let role = role(app, name).await;
        let body = |body: types::builder::RoleAssignmentBody| body.role_id(role).expires_at(end);
        owner.user_role_assign().id(formula).body_map(body).send().await.unwrap();
    }
    let gone = user(app, "gone", None).await;
    app.clock.advance(TimeDelta::hours(1));
    owner.user_delete().id(gone).if_match("*").send().await.unwrap();

    let text = |cell: &Data| match cell {
        Data::String(text) => text.clone(),
        Data::Empty => String::new(),
        other => panic!("not a text: {other:?}"),
    };
    let answer = owner.access_report_xlsx().at(noon()).send().await.unwrap();
    let disposition = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(disposition, "attachment; filename=\"access-2026-06-01T120000Z.xlsx\"");
    let rows_of_report = rows(read(answer).await.unwrap());
    assert_eq!(text(&rows_of_report[0][0]), "User");
    let mut wanted = Vec::new();
    for user in report(&owner, noon()).await {
        let all = user.rights.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let name = user.name.unwrap();
        if user.roles.is_empty() {
            wanted.push([name.clone(), user.user_id.to_string(), String::new(), String::new(), all.clone()]);
        }
        for role in user.roles {
            let rights = role.rights.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            wanted.push([name.clone(), user.user_id.to_string(), role.name, rights, all.clone()]);
        }
    }
    assert_eq!(wanted.len(), 4, "the owner, who has no role; two roles of one; who is gone");
    let is: Vec<_> = rows_of_report[1..]
        .iter()
        .map(|row| [0, 1, 10, 14, 15].map(|column| row.get(column).map(text).unwrap_or_default()))
        .collect();
    assert_eq!(is, wanted);
    let ends = rows_of_report[1..].iter().filter_map(|row| match &row[13] {
        Data::DateTime(time) => time.as_datetime(),
        _ => None,
    });
    assert_eq!(ends.collect::<Vec<_>>(), [end.naive_utc(); 2], "dates are dates");

    let answer = owner.access_change_xlsx().send().await.unwrap();
    let rows_of_changes = rows(read(answer).await.unwrap());
    let changes: Vec<types::AccessChangeView> =
        owner.access_change_list().stream().try_collect().await.unwrap();
    let wanted: Vec<[String; 3]> = changes
        .iter()
        .flat_map(|change| {
            let fields = change.changes.iter().map(|one| one.field.clone());
            let fields = if change.changes.is_empty() { vec![String::new()] } else { fields.collect() };
            fields.into_iter().map(|field| [change.kind.clone(), change.entity_id.to_string(), field])
        })
        .collect();
    let is: Vec<[String; 3]> = rows_of_changes[1..]
        .iter()
        .map(|row| [3, 5, 9].map(|column| row.get(column).map(text).unwrap_or_default()))
        .collect();
    assert_eq!(is, wanted);
    let request =
        app.raw(styr_sdk::reqwest::Method::GET, "/v1/access/changes.xlsx").bearer_auth(&app.owner_token);
    let danish = request.header("Accept-Language", "da").send().await.unwrap().bytes().await.unwrap();
    assert_eq!(text(&rows(danish.to_vec())[0][7]), "Vedrører");
}

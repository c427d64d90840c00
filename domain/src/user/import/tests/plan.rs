//! What a file would change.

use chrono::TimeDelta;

use super::*;
use crate::id::UserImportId;

const HEADER: &str = "external_id,name,email";

fn file(lines: &[&str]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

fn with_roles(lines: &[&str]) -> String {
    format!("{HEADER},roles,roles_expire_at\n{}\n", lines.join("\n"))
}

fn done(plan: &Plan) -> Vec<(ImportAction, ImportReason, &str)> {
    plan.changes.iter().map(|change| (change.action, change.reason, change.name.as_str())).collect()
}

#[test]
fn people_come_change_and_go() {
    use ImportAction::*;
    let gone = user(1, Some("1"), "gone@x.dk");
    let stays = User { phone: Some("123".to_owned()), ..user(2, Some("2"), "stays@x.dk") };
    let back = User { active: false, deactivated_at: Some(now()), ..user(3, Some("3"), "back@x.dk") };
    let renamed = user(4, Some("4"), "renamed@x.dk");
    let by_hand =
        User { provenance: Provenance::Hand, title: Some("Leder".to_owned()), ..user(5, None, "Hand@x.dk") };
    let left_alone = User { provenance: Provenance::Hand, ..user(6, None, "alone@x.dk") };
    let scim = User { provenance: Provenance::Scim, ..user(7, Some("7"), "scim@x.dk") };
    let owner = User { owner: true, ..user(8, Some("8"), "owner@x.dk") };
    let present =
        nordby(vec![gone.clone(), stays, back, renamed, by_hand, left_alone, scim, owner], Vec::new());
    let plan = planned(
        &anyone(),
        &present,
        &file(&[
            "2,Somebody,stays@x.dk",
            "3,Somebody,back@x.dk",
            "4,New name,renamed@x.dk",
            "5,Somebody,hand@x.dk",
            "9,Added,new@x.dk",
        ]),
    )
    .unwrap();
    assert_eq!(
        done(&plan),
        [
            (Deactivate, ImportReason::NotInFile, "Somebody"),
            (Reactivate, ImportReason::InFile, "Somebody"),
            (Change, ImportReason::DiffersInFile, "New name"),
            (Change, ImportReason::KnownByEmail, "Somebody"),
            (Add, ImportReason::InFile, "Added"),
        ]
    );
    assert_eq!(plan.deactivated[0].0.id, gone.id);
    assert_eq!(plan.deactivated[0].1.deactivated_at, Some(now()));
    let taken_over = &plan.changed[1].1;
    assert_eq!((taken_over.provenance, taken_over.title.as_deref()), (Provenance::Import, Some("Leder")));
    assert_eq!(plan.changes[3].fields, ["email", "external_id", "provenance"]);
    let expected = ImportCounts {
        added: 1,
        changed: 2,
        reactivated: 1,
        deactivated: 1,
        unchanged: 1,
        imported_before: 4,
        ..ImportCounts::default()
    };
    assert_eq!(plan.counts, expected);
}

#[test]
fn a_column_that_is_there_says_all_of_it_and_one_that_is_not_says_nothing() {
    let known = User {
        phone: Some("1".to_owned()),
        title: Some("T".to_owned()),
        organisation_id: SCHOOL,
        licence: Licence::Pro,
        ..user(1, Some("1"), "a@x.dk")
    };
    let present = nordby(vec![known], Vec::new());
    assert!(planned(&anyone(), &present, "external_id,name,email\n1,Somebody,a@x.dk\n").unwrap().is_empty());
    let cleared = "external_id,name,email,phone,organisation,licence\n1,Somebody,a@x.dk,,,\n";
    let plan = planned(&anyone(), &present, cleared).unwrap();
    assert_eq!(plan.changes[0].fields, ["phone"]);
    let moved = "external_id,name,email,organisation\n1,Somebody,a@x.dk,Nordby/Skole/Bibliotek\n";
    assert_eq!(planned(&anyone(), &present, moved).unwrap().changed[0].1.organisation_id, LIBRARY);
    let moved = format!("external_id,name,email,organisation\n1,Somebody,a@x.dk,{MUSEUM}\n");
    assert_eq!(planned(&anyone(), &present, &moved).unwrap().changed[0].1.organisation_id, MUSEUM);
}

#[test]
fn whom_the_file_calls_inactive_is_kept_out() {
    let owner = User { owner: true, ..user(2, Some("2"), "owner@x.dk") };
    let scim = User { provenance: Provenance::Scim, ..user(3, Some("3"), "scim@x.dk") };
    let present = nordby(vec![user(1, Some("1"), "a@x.dk"), owner, scim], Vec::new());
    let inactive = "external_id,name,email,active\n1,Somebody,a@x.dk,no\n2,Somebody,owner@x.dk,no\n\
         3,Somebody,scim@x.dk,no\n4,Nobody,new@x.dk,no\n";
    let plan = planned(&anyone(), &present, inactive).unwrap();
    assert_eq!(done(&plan), [(ImportAction::Deactivate, ImportReason::InactiveInFile, "Somebody")]);
    assert_eq!(plan.deactivated[0].0.external_id.as_deref(), Some("1"));
}

#[test]
fn addresses_change_hands_only_when_their_holders_get_others() {
    let (one, two) = (user(1, Some("1"), "one@x.dk"), user(2, Some("2"), "two@x.dk"));
    let present = nordby(vec![one.clone(), two.clone()], Vec::new());
    let plan = planned(&anyone(), &present, &file(&["1,A,two@x.dk", "2,B,one@x.dk"])).unwrap();
    assert_eq!((plan.changed.len(), plan.email_passed_on.len()), (2, 2));
    let plan =
        planned(&anyone(), &present, &file(&["1,A,other@x.dk", "3,C,one@x.dk", "2,B,two@x.dk"])).unwrap();
    assert_eq!((plan.added.len(), plan.email_passed_on), (1, vec![one.id]));
    // Not from somebody who leaves, nor is another key another person's.
    for line in ["1,A,two@x.dk", "3,C,TWO@x.dk"] {
        let fault = planned(&anyone(), &present, &file(&[line])).unwrap_err();
        assert_eq!(told(&fault), [("/2/email", "email_taken")], "{line}");
    }
}

#[test]
fn nobody_is_taken_for_somebody_who_was_anonymized() {
    let erased = User { anonymized_at: Some(now()), active: false, ..user(1, Some("1"), "a@x.dk") };
    let present = nordby(vec![erased], Vec::new());
    let plan = planned(&anyone(), &present, &file(&["1,A,a@x.dk"])).unwrap();
    assert_eq!((plan.added.len(), plan.reactivated.len()), (1, 0));
}

#[test]
fn roles_become_the_files() {
    use ImportAction::{ChangeRole, GiveRole, TakeRole};
    let holder = user(1, Some("1"), "a@x.dk");
    let until = now() + TimeDelta::days(1);
    let by_hand =
        RoleAssignment { provenance: Provenance::Hand, ..assignment(1, &holder, EMPLOYEE, Some(ROOT)) };
    let extra = assignment(2, &holder, READER, Some(SCHOOL));
    let expired = RoleAssignment { expires_at: Some(now()), ..assignment(3, &holder, READER, Some(MUSEUM)) };
    let present = nordby(vec![holder], vec![by_hand.clone(), extra, expired]);
    let roles = |roles: &str, until: &str| {
        let line = format!("1,Somebody,a@x.dk,{roles},{until}");
        planned(&anyone(), &present, &with_roles(&[&line])).unwrap()
    };
    let plan = roles("employee|system_administrator", "");
    assert_eq!(
        done(&plan).into_iter().map(|(action, reason, _)| (action, reason)).collect::<Vec<_>>(),
        [
            (TakeRole, ImportReason::NotInFile),
            (TakeRole, ImportReason::Expired),
            (GiveRole, ImportReason::InFile),
            (ChangeRole, ImportReason::DiffersInFile),
        ]
    );
    assert_eq!(
        plan.roles_given[0].organisation_id, None,
        "it is for the whole account unless one says otherwise"
    );
    let settled = RoleAssignment { provenance: Provenance::Import, ..by_hand.clone() };
    assert_eq!(plan.roles_changed, [(by_hand, settled)]);

    let plan = roles("employee", &until.to_rfc3339());
    assert_eq!(plan.roles_changed[0].1.expires_at, Some(until));
    let plan = roles("employee", &now().to_rfc3339());
    assert_eq!((plan.roles_taken.len(), plan.roles_given.len()), (3, 0), "what has ended is not given");
    // Without the column nothing is touched.
    assert!(planned(&anyone(), &present, &file(&["1,Somebody,a@x.dk"])).unwrap().is_empty());
}

#[test]
fn what_is_not_there_is_named_by_line() {
    let present = nordby(Vec::new(), Vec::new());
    let lines = "external_id,name,email,organisation,roles\n1,A,a@x.dk,Sydby,employee\n2,B,b@x.dk,Nordby,nobody\n\
         3,C,c@x.dk,Skole,reader\n4,D,d@x.dk,Nordby,reader@Sydby\n";
    let fault = planned(&anyone(), &present, lines).unwrap_err();
    let expected = [
        ("/2/organisation", "organisation_unknown"),
        ("/3/roles", "role_unknown"),
        ("/4/organisation", "organisation_unknown"),
        ("/5/roles", "organisation_unknown"),
    ];
    assert_eq!((fault.code, told(&fault)), ("invalid", expected.to_vec()));
    let mut twins = present;
    twins.organisations.push(organisation(OrganisationId(Uuid::from_u128(14)), Some(ROOT), "Skole"));
    let fault = planned(&anyone(), &twins, "external_id,name,email,organisation\n1,A,a@x.dk,Nordby/Skole\n");
    assert_eq!(told(&fault.unwrap_err()), [("/2/organisation", "organisation_ambiguous")]);
}

#[test]
fn a_local_import_stays_in_its_organisations() {
    let at = |number, organisation_id, key: &str| User {
        organisation_id,
        ..user(number, Some(key), &format!("{key}@x.dk"))
    };
    let pupil = at(1, LIBRARY, "here");
    let present = nordby(vec![pupil, at(2, MUSEUM, "there")], Vec::new());
    let organisation = |line: &str| format!("external_id,name,email,organisation,roles\n{line}\n");
    let plan = planned(&local(), &present, &organisation("new,New,new@x.dk,,employee")).unwrap();
    assert_eq!(plan.added[0].organisation_id, SCHOOL);
    let left: Vec<_> = plan.deactivated.iter().filter_map(|(user, _)| user.external_id.as_deref()).collect();
    assert_eq!((left, plan.counts.imported_before), (vec!["here"], 1), "who is elsewhere stays");

    let cases = [
        ("there,Somebody,there@x.dk,,", "/2/external_id", "forbidden"),
        ("there,Somebody,there@x.dk,Nordby/Skole,", "/2/external_id", "forbidden"),
        ("here,Somebody,here@x.dk,Nordby/Museum,", "/2/organisation", "forbidden"),
        ("new,New,new@x.dk,Nordby,", "/2/organisation", "forbidden"),
        ("here,Somebody,here@x.dk,,reader@Nordby", "/2/roles", "forbidden"),
        ("here,Somebody,here@x.dk,,reader@*", "/2/roles", "forbidden"),
    ];
    for (line, pointer, code) in cases {
        let fault = planned(&local(), &present, &organisation(line)).unwrap_err();
        assert_eq!((fault.code, told(&fault)), (code, vec![(pointer, "out_of_reach")]), "{line}");
        assert_eq!(fault.missing_rights, ["user.import"]);
    }
}

#[test]
fn a_local_import_leaves_roles_that_hold_further_and_gives_none_that_its_caller_lacks() {
    let pupil = User { organisation_id: SCHOOL, ..user(1, Some("1"), "a@x.dk") };
    let further = assignment(1, &pupil, SYSTEM, None);
    let ends = Some(now() + TimeDelta::days(1));
    let ending = RoleAssignment { expires_at: ends, ..assignment(2, &pupil, EMPLOYEE, Some(SCHOOL)) };
    let mut present = nordby(vec![pupil], vec![further, ending]);
    let line = |roles: &str| with_roles(&[&format!("1,Somebody,a@x.dk,{roles},")]);
    let plan = planned(&local(), &present, &line("")).unwrap();
    assert_eq!(plan.roles_taken.len(), 1);

    let fault = planned(&local(), &present, &line("system_administrator@Nordby/Skole")).unwrap_err();
    assert_eq!((fault.code, told(&fault)), ("rights_not_held", vec![("/2/roles", "rights_not_held")]));
    assert_eq!(fault.missing_rights, ["account.manage"]);
    planned(&local(), &present, &line("employee")).unwrap();
    // Giving a role for longer is giving it.
    present.roles[0].rights.insert(Right::CaseDelete);
    assert_eq!(planned(&local(), &present, &line("employee")).unwrap_err().code, "rights_not_held");
    let nobody = actor(RightSet::of(&[Right::AdminEnter]), Reach::Account);
    assert_eq!(planned(&nobody, &present, &line("")).unwrap_err().code, "forbidden");
}

#[test]
fn what_is_locked_down_is_out_of_reach() {
    let at = |number, organisation_id, key: &str| User {
        organisation_id,
        ..user(number, Some(key), &format!("{key}@x.dk"))
    };
    let present = nordby(vec![at(1, LIBRARY, "open"), at(2, MUSEUM, "closed")], Vec::new());
    let organisations = Arc::new(BTreeSet::from([MUSEUM]));
    let outside = Actor { lockdown: Lockdown { whole: false, organisations }, ..anyone() };
    let plan = planned(&outside, &present, &file(&[])).unwrap();
    let left: Vec<_> = plan.deactivated.iter().filter_map(|(user, _)| user.external_id.as_deref()).collect();
    assert_eq!((left, plan.counts.imported_before), (vec!["open"], 1));
    assert_eq!(plan.reached, Some(BTreeSet::from([ROOT, SCHOOL, LIBRARY])));
    assert_eq!(planned(&anyone(), &present, &file(&[])).unwrap().reached, None);
    let fault = planned(&outside, &present, &file(&["closed,New name,closed@x.dk"])).unwrap_err();
    assert_eq!(told(&fault), [("/2/external_id", "out_of_reach")]);
}

#[test]
fn the_brake_is_a_share_of_those_who_came_by_imports() {
    let users: Vec<User> =
        (0..20).map(|number| user(number, Some(&number.to_string()), &format!("a{number}@x.dk"))).collect();
    let present = nordby(users, Vec::new());
    let without = |gone: usize| {
        let lines: Vec<String> =
            (gone..20).map(|number| format!("{number},Somebody,a{number}@x.dk")).collect();
        file(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    };
    for (gone, percent, refused) in
        [(1, 5, false), (2, 5, true), (2, 10, false), (1, 0, true), (20, 99, true), (20, 100, false)]
    {
        let settings = Settings { now: now(), max_deactivated_percent: percent };
        let plan = plan_at(&anyone(), &present, &without(gone), settings).unwrap();
        assert_eq!(plan.check_brake(settings).is_err(), refused, "{gone} of 20 at {percent} %");
    }
    let plan = planned(&anyone(), &present, &without(7)).unwrap();
    let fault = plan.check_brake(Settings { now: now(), max_deactivated_percent: 5 }).unwrap_err();
    assert!(fault.code == "too_many_deactivations" && fault.text.en.contains("7 of 20"), "{fault}");
}

#[test]
fn what_the_next_import_would_do_is_foreseen() {
    let holder = user(1, Some("1"), "a@x.dk");
    let imported = assignment(1, &holder, EMPLOYEE, Some(SCHOOL));
    let by_hand = RoleAssignment { provenance: Provenance::Hand, ..imported.clone() };
    let last = UserImport {
        id: UserImportId(Uuid::nil()),
        account_id: ACCOUNT,
        started_by: None,
        sha256: String::new(),
        with_roles: true,
        organisation_ids: Some(BTreeSet::from([SCHOOL, LIBRARY])),
        max_deactivated_percent: 5,
        counts: ImportCounts::default(),
        created_at: now(),
    };
    let next = |user: &User, assignment: &RoleAssignment, last: Option<&UserImport>| {
        next_import(user, assignment, last, now())
    };
    assert_eq!(next(&holder, &imported, Some(&last)), NextImport::Keep);
    assert_eq!(next(&holder, &by_hand, Some(&last)), NextImport::Remove);
    assert_eq!(next(&holder, &by_hand, None), NextImport::Keep);
    let expired = RoleAssignment { expires_at: Some(now()), ..imported };
    assert_eq!(next(&holder, &expired, Some(&last)), NextImport::Remove);
    let without = UserImport { with_roles: false, ..last.clone() };
    assert_eq!(next(&holder, &by_hand, Some(&without)), NextImport::Keep);
    let further = RoleAssignment { organisation_id: None, ..by_hand.clone() };
    assert_eq!(next(&holder, &further, Some(&last)), NextImport::Keep, "it is out of that import's reach");
    let by_nobody = User { provenance: Provenance::Hand, ..holder };
    assert_eq!(next(&by_nobody, &by_hand, Some(&last)), NextImport::Keep);
}

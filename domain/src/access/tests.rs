use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::{AccountId, GroupId, OrganisationId, ProcessGroupId, RoleId, UserId};
use crate::{Fault, FaultKind};

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
const OTHER_ACCOUNT: AccountId = AccountId(Uuid::from_u128(2));
/// The municipality, its school, the school's library, and another school.
const ROOT: OrganisationId = OrganisationId(Uuid::from_u128(10));
const SCHOOL: OrganisationId = OrganisationId(Uuid::from_u128(11));
const LIBRARY: OrganisationId = OrganisationId(Uuid::from_u128(12));
const ELSEWHERE: OrganisationId = OrganisationId(Uuid::from_u128(13));

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(100 + n))
}

fn group(n: u128) -> GroupId {
    GroupId(Uuid::from_u128(200 + n))
}

fn branch(n: u128) -> ProcessGroupId {
    ProcessGroupId(Uuid::from_u128(300 + n))
}

fn organisations(ids: &[OrganisationId]) -> Reach {
    Reach::Organisations(Arc::new(ids.iter().copied().collect()))
}

/// User 0, of the school.
fn actor(grants: Vec<Grant>) -> Actor {
    Actor {
        account_id: ACCOUNT,
        user_id: user(0),
        token_id: None,
        organisation_id: SCHOOL,
        ancestor_ids: BTreeSet::from([ROOT, SCHOOL]),
        groups: BTreeSet::new(),
        substitute_for: BTreeSet::new(),
        grants,
        scopes: None,
        owner: false,
        licence: Licence::Pro,
        external: false,
        shown: None,
        drawings: None,
        lockdown: Lockdown::default(),
        hiding: Arc::default(),
    }
}

fn grant(rights: RightSet, reach: Reach) -> Grant {
    let role_id = RoleId(Uuid::from_u128(400));
    Grant { rights, reach, ground: Ground::Role { assignment_id: None, role_id } }
}

fn with(rights: &[Right], reach: Reach) -> Actor {
    actor(vec![grant(RightSet::of(rights), reach)])
}

fn in_role(role: PredefinedRole) -> Actor {
    let reach = match role.default_reach() {
        DefaultReach::Account => Reach::Account,
        DefaultReach::OwnOrganisation => organisations(&[SCHOOL, LIBRARY]),
    };
    let mut actor = actor(vec![grant(role.default_rights(), reach)]);
    actor.external = matches!(role, PredefinedRole::ExternalMitidUser | PredefinedRole::ExternalEmailUser);
    actor
}

fn owner() -> Actor {
    Actor { owner: true, licence: Licence::Starter, ..actor(Vec::new()) }
}

/// What a caller would be told.
fn answer<R>(decision: Result<R, Fault>) -> &'static str {
    match decision {
        Ok(_) => "yes",
        Err(fault) if fault.kind == FaultKind::NotFound => "not found",
        Err(fault) if fault.kind == FaultKind::Forbidden => "forbidden",
        Err(fault) => fault.code,
    }
}

#[test]
fn every_right_is_described_and_goes_by_one_code() {
    let form = regex::Regex::new("^[a-z]+(_[a-z]+)*\\.[a-z]+(_[a-z]+)*$").unwrap();
    let mut codes = HashSet::new();
    let mut sentences = HashSet::new();
    for right in Right::ALL {
        assert!(form.is_match(right.code()), "{right}");
        assert!(codes.insert(right.code()), "{right} twice");
        assert_eq!(right.code().parse(), Ok(*right));
        assert_eq!(serde_json::to_value(right).unwrap(), right.code());
        assert_eq!(serde_json::from_value::<Right>(right.code().into()).unwrap(), *right);
        let text = right.description();
        for words in [text.da, text.sv, text.en] {
            assert!(words.len() > 5 && !words.ends_with('.'), "{right}: {words}");
        }
        assert!(sentences.insert(right.description().en), "{right} reads like another");
    }
    assert_eq!(permission_groups().len(), 11);
    assert!("case.fly".parse::<Right>().is_err());
}

#[test]
fn a_set_is_written_as_codes_in_order() {
    let set = RightSet::of(&[Right::CaseTakeOver, Right::ExportManageOwn, Right::RecordKindManage]);
    let json = serde_json::to_value(set).unwrap();
    assert_eq!(json, serde_json::json!(["export.manage_own", "case.take_over", "record_kind.manage"]));
    assert_eq!(serde_json::from_value::<RightSet>(json).unwrap(), set);
    // An older replica may read a newer right.
    assert_eq!(serde_json::from_str::<RightSet>("[\"case.fly\"]").unwrap(), RightSet::EMPTY);
    assert_eq!(RightSet::from_stored_codes(["case.fly", "case.park"]), RightSet::of(&[Right::CasePark]));
    let violations = RightSet::from_codes(["case.park", "case.fly"], "/rights").unwrap_err();
    assert_eq!(violations[0].pointer, "/rights/1");
    assert_eq!(RightSet::ALL.iter().collect::<Vec<_>>(), Right::ALL);
}

#[test]
fn predefined_roles_give_no_more_than_they_should() {
    let administration = RightSet::of_part(Part::Admin);
    for role in PredefinedRole::ALL {
        let rights = role.default_rights();
        assert_eq!(PredefinedRole::from_api_name(role.api_name()), Some(role));
        assert_eq!(serde_json::to_value(role).unwrap(), role.api_name());
        let administers = !rights.intersection(administration).is_empty();
        assert_eq!(administers, rights.contains(Right::AdminEnter), "{role:?}");
        assert!(rights.intersection(RightSet::of_category(Category::AccountOwner)).is_empty(), "{role:?}");
        assert!(!rights.contains(Right::SecureRecordRead), "{role:?}");
        let user_part = rights.is_subset(RightSet::of_part(Part::User));
        let administrator =
            matches!(role, PredefinedRole::SystemAdministrator | PredefinedRole::LocalAdministrator);
        assert_eq!(user_part, !administrator, "{role:?}");
    }
    let local = PredefinedRole::LocalAdministrator.default_rights();
    for right in Right::SHARED_ONLY.iter().chain([Right::DataProcessorAttach, Right::DataProcessorManage]) {
        assert!(!local.contains(right), "{right}");
    }
}

#[test]
fn administration_is_entered_before_anything_in_it() {
    for right in RightSet::of_part(Part::Admin).iter().filter(|right| *right != Right::AdminEnter) {
        assert!(!with(&[right], Reach::Account).holds(right), "{right}");
        assert!(with(&[right, Right::AdminEnter], Reach::Account).holds(right), "{right}");
    }
    let fault = authorize::<of::LogSee>(&with(&[Right::LogSee], Reach::Account), &Resource::shared(ACCOUNT));
    assert_eq!(fault.unwrap_err().missing_rights, ["admin.enter"]);
}

type Decision = fn(&Actor, &Resource) -> Result<(), Fault>;

fn decide<R: Requirement>(actor: &Actor, resource: &Resource) -> Result<(), Fault> {
    authorize::<R>(actor, resource).map(drop)
}

#[test]
fn who_may_do_what_where() {
    let personas = [
        owner(),
        in_role(PredefinedRole::SystemAdministrator),
        in_role(PredefinedRole::LocalAdministrator),
        in_role(PredefinedRole::Employee),
        in_role(PredefinedRole::ExternalMitidUser),
        actor(Vec::new()),
    ];
    let (shared, school, library) =
        (Resource::shared(ACCOUNT), Resource::local(ACCOUNT, SCHOOL), Resource::local(ACCOUNT, LIBRARY));
    let elsewhere = Resource::local(ACCOUNT, ELSEWHERE);
    let foreign = Resource::local(OTHER_ACCOUNT, SCHOOL);
    let unseen = school.visible_if(false);
    // y: yes, f: forbidden, n: not found; in the personas' order.
    let table: [(&str, Decision, Resource, &str); 22] = [
        ("signed in", decide::<SignedIn>, shared, "yyyyyy"),
        ("signed in, another account", decide::<SignedIn>, foreign, "nnnnnn"),
        ("signed in, not visible", decide::<SignedIn>, unseen, "nnnnnn"),
        ("another account", decide::<of::FormEdit>, foreign, "nnnnnn"),
        ("not visible", decide::<of::FormEdit>, unseen, "nnnnnn"),
        ("form of the school", decide::<of::FormEdit>, school, "yyyfff"),
        ("form below", decide::<of::FormEdit>, library, "yyyfff"),
        ("form elsewhere", decide::<of::FormEdit>, elsewhere, "yyffff"),
        ("shared form by the local right", decide::<of::FormEdit>, shared, "ffffff"),
        ("shared form by either", decide::<(of::FormEdit, of::FormEditShared)>, shared, "yyffff"),
        ("local form by the shared right", decide::<of::FormEditShared>, school, "ffffff"),
        ("shared group", decide::<of::GroupManageShared>, shared, "yyffff"),
        ("group of the school", decide::<of::GroupManage>, school, "yyyfff"),
        ("give roles here", decide::<of::RoleAssign>, school, "yyyfff"),
        ("give roles elsewhere", decide::<of::RoleAssign>, elsewhere, "yyffff"),
        ("make roles", decide::<of::RoleManage>, shared, "yyffff"),
        ("see a shared list", decide::<of::ValueListSee>, shared, "yyyfff"),
        ("change a shared list", decide::<of::ValueListChange>, shared, "yyffff"),
        ("change the school's list", decide::<of::ValueListChange>, school, "yyyfff"),
        ("close the account", decide::<of::AccountClose>, shared, "yfffff"),
        ("read secure records", decide::<of::SecureRecordRead>, school, "yfffff"),
        ("see own information", decide::<of::UserSeeOwn>, school, "yyyyyf"),
    ];
    for (what, decision, resource, expected) in table {
        let answers: String = personas.iter().map(|p| &answer(decision(p, &resource))[..1]).collect();
        assert_eq!(answers, expected, "{what}");
    }
}

#[test]
fn a_shared_right_holds_wherever_it_was_given() {
    let actor = with(&[Right::AdminEnter, Right::FormEditShared], organisations(&[SCHOOL]));
    assert_eq!(answer(decide::<of::FormEditShared>(&actor, &Resource::shared(ACCOUNT))), "yes");
    assert_eq!(answer(decide::<of::FormEditShared>(&actor, &Resource::local(ACCOUNT, SCHOOL))), "forbidden");
}

#[test]
fn a_refusal_says_what_is_missing_and_why() {
    let shared = Resource::shared(ACCOUNT);
    let lacking = decide::<(of::FormEdit, of::FormEditShared)>(&actor(Vec::new()), &shared).unwrap_err();
    assert_eq!(lacking.missing_rights, ["form.edit_shared"]);
    assert!(lacking.text.en.contains("Edit and delete shared form templates"));

    let mut scoped = in_role(PredefinedRole::SystemAdministrator);
    scoped.scopes = Some(RightSet::of(&[Right::AdminEnter]));
    assert!(decide::<of::LogSee>(&scoped, &shared).unwrap_err().text.en.contains("token"));

    let starter = Actor { licence: Licence::Starter, ..in_role(PredefinedRole::SystemAdministrator) };
    assert!(decide::<of::LabelManage>(&starter, &shared).unwrap_err().text.en.contains("licence"));

    let local = in_role(PredefinedRole::LocalAdministrator);
    let elsewhere = decide::<of::FormEdit>(&local, &Resource::local(ACCOUNT, ELSEWHERE)).unwrap_err();
    assert!(elsewhere.text.en.contains("not here"));
    assert_eq!(elsewhere.code, "forbidden");
    assert_eq!(answer(authorize_anywhere::<of::FormEdit>(&local)), "yes");
    assert_eq!(answer(authorize_anywhere::<of::FormEditShared>(&local)), "forbidden");
}

#[test]
fn scopes_limit_even_the_owner() {
    let token = Actor { scopes: Some(RightSet::of(&[Right::CasePark])), ..owner() };
    assert_eq!(token.rights(), RightSet::of(&[Right::CasePark]));
    assert_eq!(owner().rights(), RightSet::ALL);
}

#[test]
fn nobody_gives_what_they_lack() {
    let local = in_role(PredefinedRole::LocalAdministrator);
    let employee = PredefinedRole::Employee.default_rights();
    assert!(may_give(&local, employee, &organisations(&[LIBRARY])).is_ok());
    assert!(may_give(&local, employee, &organisations(&[LIBRARY, ELSEWHERE])).is_err());
    assert!(may_give(&local, employee, &Reach::Account).is_err());
    let fault = may_give(
        &local,
        RightSet::of(&[Right::CasePark, Right::FormEditShared, Right::LogSee]),
        &organisations(&[SCHOOL]),
    )
    .unwrap_err();
    assert_eq!((fault.kind, fault.code), (FaultKind::Forbidden, "rights_not_held"));
    assert_eq!(fault.missing_rights, ["log.see", "form.edit_shared"]);
    assert!(may_give(&owner(), RightSet::ALL, &Reach::Account).is_ok());
    let system = Actor { licence: Licence::Basic, ..in_role(PredefinedRole::SystemAdministrator) };
    for role in PredefinedRole::ALL {
        assert!(may_give(&system, role.default_rights(), &Reach::Account).is_ok(), "{role:?}");
    }
    let planner = with(&[Right::ProcessCreate], Reach::ProcessGroups(Arc::new([branch(0)].into())));
    let create = RightSet::of(&[Right::ProcessCreate]);
    assert!(may_give(&planner, create, &Reach::ProcessGroups(Arc::new([branch(0)].into()))).is_ok());
    assert!(may_give(&planner, create, &Reach::ProcessGroups(Arc::new([branch(1)].into()))).is_err());
}

#[test]
fn processes_open_by_part_state_and_visibility() {
    use ProcessState::{Draft, Frozen, Live};
    use ProcessVisibility::{Private, Public};
    let states = [(Draft, Public), (Live, Public), (Live, Private), (Frozen, Public), (Frozen, Private)];
    let facts = |owner, is_editor, is_member, (state, visibility)| ProcessFacts {
        account_id: ACCOUNT,
        group_id: None,
        owner_id: Some(user(owner)),
        is_editor,
        is_member,
        state,
        visibility,
    };
    let plain = actor(Vec::new());
    let manager = with(&[Right::ProcessManageAll], Reach::Account);
    let external = in_role(PredefinedRole::ExternalMitidUser);
    let starter = Actor { licence: Licence::Starter, ..plain.clone() };
    let basic = Actor { licence: Licence::Basic, ..plain.clone() };
    // see, edit, set up tasks; in the states' order.
    let table = [
        ("owner", &plain, 0, false, false, ["yyyyy", "yyyyy", "yyyyy"]),
        ("editor", &plain, 1, true, false, ["yyyyy", "yyyyy", "yyyyy"]),
        ("member", &plain, 1, false, true, ["nyyyy", "nffff", "nyyyy"]),
        ("other", &plain, 1, false, false, ["nynnn", "nfnnn", "nfnnn"]),
        ("manager", &manager, 1, false, false, ["yyyyy", "yyyyy", "yyyyy"]),
        ("editor, starter", &starter, 1, true, false, ["yyyyy", "fffff", "fffff"]),
        ("member, basic", &basic, 1, false, true, ["nyyyy", "nffff", "nffff"]),
        ("external", &external, 1, false, true, ["nnnnn", "nnnnn", "nnnnn"]),
    ];
    for (who, actor, owner, editor, member, expected) in table {
        let ask = |decide: &dyn Fn(&ProcessFacts) -> &'static str| -> String {
            states.iter().map(|state| &decide(&facts(owner, editor, member, *state))[..1]).collect()
        };
        let answers = [
            ask(&|process| answer(see_process(actor, process))),
            ask(&|process| answer(edit_process(actor, process))),
            ask(&|process| answer(set_up_tasks(actor, process))),
        ];
        assert_eq!(answers, expected, "{who}");
    }
    let foreign = ProcessFacts { account_id: OTHER_ACCOUNT, ..facts(0, true, true, (Live, Public)) };
    assert_eq!(answer(see_process(&owner(), &foreign)), "not found");
}

#[test]
fn a_branch_of_the_landscape_limits_its_group() {
    let rights = [Right::ProcessCreate, Right::ProcessManageAll, Right::UserManage];
    let actor = with(&rights, Reach::ProcessGroups(Arc::new([branch(0)].into())));
    assert_eq!(answer(create_process(&actor, Some(branch(0)))), "yes");
    assert_eq!(answer(create_process(&actor, Some(branch(1)))), "forbidden");
    assert_eq!(answer(create_process(&actor, None)), "forbidden");
    assert!(!actor.holds(Right::UserManage));
}

const NOBODYS: CaseFacts<'_> = CaseFacts {
    account_id: ACCOUNT,
    organisation_id: SCHOOL,
    party_ids: &[],
    assignee_ids: &[],
    waiting_group_ids: &[],
    involved_ids: &[],
    group_ids: &[],
};

#[test]
fn cases_open_to_those_with_a_part_in_them() {
    let mut employee = in_role(PredefinedRole::Employee);
    employee.groups.insert(group(0));
    employee.substitute_for.insert(user(1));
    let external = in_role(PredefinedRole::ExternalMitidUser);
    let local = in_role(PredefinedRole::LocalAdministrator);
    let roleless = actor(Vec::new());
    let personas = [&employee, &external, &local, &roleless];
    let table = [
        ("nobody's", NOBODYS, "nnyn"),
        ("elsewhere", CaseFacts { organisation_id: ELSEWHERE, ..NOBODYS }, "nnnn"),
        ("own", CaseFacts { party_ids: &[user(0)], ..NOBODYS }, "yyyn"),
        (
            "own, elsewhere",
            CaseFacts { party_ids: &[user(0)], organisation_id: ELSEWHERE, ..NOBODYS },
            "yyyn",
        ),
        ("of one stood in for", CaseFacts { party_ids: &[user(1)], ..NOBODYS }, "ynyn"),
        ("working on it", CaseFacts { assignee_ids: &[user(0)], ..NOBODYS }, "yyyy"),
        ("once worked on it", CaseFacts { involved_ids: &[user(0)], ..NOBODYS }, "yyyn"),
        ("one stood in for once worked on it", CaseFacts { involved_ids: &[user(1)], ..NOBODYS }, "nnyn"),
        ("waiting for the group", CaseFacts { waiting_group_ids: &[group(0)], ..NOBODYS }, "ynyn"),
        ("was the group's", CaseFacts { group_ids: &[group(0)], ..NOBODYS }, "ynyn"),
        (
            "another account's",
            CaseFacts { account_id: OTHER_ACCOUNT, party_ids: &[user(0)], ..NOBODYS },
            "nnnn",
        ),
    ];
    for (what, case, expected) in table {
        let answers: String = personas.iter().map(|p| &answer(see_case(p, &case))[..1]).collect();
        assert_eq!(answers, expected, "{what}");
    }
    let hidden = [&employee, &local].map(|persona| {
        let persona = Actor { hiding: Arc::new([SCHOOL].into()), ..persona.clone() };
        let groups = answer(see_case(&persona, &CaseFacts { group_ids: &[group(0)], ..NOBODYS }));
        (groups, answer(see_case(&persona, &CaseFacts { party_ids: &[user(0)], ..NOBODYS })))
    });
    assert_eq!(hidden, [("not found", "yes"), ("yes", "yes")], "only a right shows what is hidden");
    let own = CaseFacts { party_ids: &[user(0)], ..NOBODYS };
    assert_eq!(answer(act_on_case::<of::CasePark>(&employee, &own)), "yes");
    assert_eq!(answer(act_on_case::<of::CaseDelete>(&employee, &own)), "forbidden");
    assert_eq!(answer(act_on_case::<of::CaseDelete>(&local, &NOBODYS)), "yes");
    assert_eq!(answer(act_on_case::<of::CaseDelete>(&employee, &NOBODYS)), "not found");
}

#[test]
fn tasks_are_worked_on_claimed_or_filled_in_for_others() {
    let mut member = actor(Vec::new());
    member.groups.insert(group(0));
    let waiting = TaskFacts {
        case: CaseFacts { waiting_group_ids: &[group(0)], ..NOBODYS },
        assignee_id: None,
        group_id: Some(group(0)),
        open: true,
    };
    assert_eq!(answer(claim_task(&member, &waiting)), "yes");
    assert_eq!(answer(work_on_task(&member, &waiting)), "forbidden");
    assert_eq!(answer(claim_task(&actor(Vec::new()), &waiting)), "not found");
    let given = TaskFacts {
        case: CaseFacts { assignee_ids: &[user(0)], ..NOBODYS },
        assignee_id: Some(user(0)),
        ..waiting
    };
    assert_eq!(answer(work_on_task(&member, &given)), "yes");
    let starter = Actor { licence: Licence::Starter, ..member };
    assert_eq!(answer(work_on_task(&starter, &given)), "not found");
    let others = TaskFacts { case: NOBODYS, assignee_id: Some(user(2)), ..waiting };
    let local = in_role(PredefinedRole::LocalAdministrator);
    assert_eq!(answer(work_on_task(&local, &others)), "yes");
    assert_eq!(answer(see_draft(&local, &others)), "yes");
    let reader = with(&[Right::CaseSearchAll], Reach::Account);
    assert_eq!(answer(work_on_task(&reader, &others)), "forbidden");
    assert_eq!(answer(see_draft(&reader, &others)), "forbidden");
}

#[test]
fn workflows_are_started_where_they_are_offered() {
    let workflow = |organisation_id, active, open_to_external| TemplateFacts {
        account_id: ACCOUNT,
        organisation_id,
        active,
        open_to_external,
    };
    let personas = [
        in_role(PredefinedRole::SystemAdministrator),
        in_role(PredefinedRole::LocalAdministrator),
        in_role(PredefinedRole::Employee),
        in_role(PredefinedRole::ExternalMitidUser),
        actor(Vec::new()),
    ];
    let table = [
        ("shared", workflow(None, true, false), "yyynf"),
        ("shared, open", workflow(None, true, true), "yyyyf"),
        ("shared, inactive", workflow(None, false, true), "wnnnn"),
        ("the school's", workflow(Some(SCHOOL), true, true), "yyyyf"),
        ("the school's, inactive", workflow(Some(SCHOOL), false, true), "wwnnn"),
        ("the municipality's", workflow(Some(ROOT), true, true), "yyyyf"),
        ("the library's", workflow(Some(LIBRARY), true, false), "yyynn"),
        ("the library's, open", workflow(Some(LIBRARY), true, true), "yyynn"),
        ("elsewhere", workflow(Some(ELSEWHERE), true, true), "ynnnn"),
    ];
    for (what, facts, expected) in table {
        let ask = |p| &answer(start_case(p, &facts, StartFor::Oneself))[..1];
        assert_eq!(personas.iter().map(ask).collect::<String>(), expected, "{what}");
    }
    let shared = workflow(None, true, false);
    assert_eq!(answer(start_case(&personas[2], &shared, StartFor::AnotherUser)), "yes");
    assert_eq!(answer(start_case(&personas[2], &shared, StartFor::PersonNumber)), "forbidden");
    assert_eq!(
        answer(start_case(&personas[3], &workflow(None, true, true), StartFor::AnotherUser)),
        "forbidden"
    );
}

#[test]
fn a_lockdown_lets_in_those_with_the_right() {
    let rights = [Right::AdminEnter, Right::LockdownEnter, Right::UserManageLocal];
    let local = with(&rights, organisations(&[SCHOOL, ELSEWHERE]));
    let account_wide = with(&[Right::AdminEnter, Right::LockdownEnter, Right::UserManage], Reach::Account);
    let plain = with(&[Right::AdminEnter, Right::UserManage], Reach::Account);
    let token = Actor { scopes: Some(RightSet::of(&[Right::UserManage])), ..owner() };
    // Who is locked down, what is, and then: everything, the school, elsewhere.
    let cases: [(&Actor, bool, &[OrganisationId], [&str; 3]); 9] = [
        (&owner(), true, &[SCHOOL], ["yes", "yes", "yes"]),
        (&account_wide, true, &[SCHOOL], ["yes", "yes", "yes"]),
        (&local, true, &[], ["locked_down", "locked_down", "locked_down"]),
        (&local, false, &[SCHOOL, ELSEWHERE], ["yes", "yes", "yes"]),
        (&plain, true, &[], ["locked_down", "locked_down", "locked_down"]),
        (&plain, false, &[SCHOOL], ["locked_down", "locked_down", "locked_down"]),
        (&plain, false, &[ELSEWHERE], ["yes", "yes", "locked_down"]),
        (&token, false, &[ELSEWHERE], ["yes", "yes", "locked_down"]),
        (&token, true, &[], ["locked_down", "locked_down", "locked_down"]),
    ];
    for (number, (actor, account, closed, expected)) in cases.into_iter().enumerate() {
        let lockdown = Lockdown::of(actor, account, closed.iter().copied());
        let actor = Actor { lockdown, ..actor.clone() };
        type Manage = (of::UserManage, of::UserManageLocal);
        let said =
            |decision: Result<Permit<Manage>, Fault>| decision.map_or_else(|fault| fault.code, |_| "yes");
        let answers = [
            said(authorize_anywhere(&actor)),
            said(authorize(&actor, &Resource::local(ACCOUNT, SCHOOL))),
            said(authorize(&actor, &Resource::local(ACCOUNT, ELSEWHERE))),
        ];
        assert_eq!(answers, expected, "case {number}");
    }
}

#[test]
fn whoever_locks_down_can_go_on_working_there() {
    let settings = [Right::AdminEnter, Right::OrganisationChangeSettings];
    let both = [Right::AdminEnter, Right::OrganisationChangeSettings, Right::LockdownEnter];
    let school = Resource::local(ACCOUNT, SCHOOL);
    let everything = Resource::shared(ACCOUNT);
    let school = |actor: &Actor| answer(lock_down::<of::OrganisationChangeSettings>(actor, &school));
    let everything = |actor: &Actor| answer(lock_down::<of::AccountManage>(actor, &everything));
    assert_eq!(school(&with(&settings, organisations(&[SCHOOL]))), "forbidden");
    assert_eq!(school(&with(&both, organisations(&[SCHOOL]))), "yes");
    assert_eq!(school(&with(&both, organisations(&[ELSEWHERE]))), "forbidden");
    assert_eq!(everything(&with(&both, Reach::Account)), "forbidden");
    assert_eq!(everything(&owner()), "yes");
}

#[test]
fn a_profile_hides_what_lies_outside_its_branches() {
    let shown = |branches: &[u128]| {
        let process_groups = Arc::new(branches.iter().map(|n| branch(*n)).collect());
        Some(Shown { process_groups, ..Shown::default() })
    };
    let live = |group_id| ProcessFacts {
        account_id: ACCOUNT,
        group_id,
        owner_id: None,
        is_editor: false,
        is_member: false,
        state: ProcessState::Live,
        visibility: ProcessVisibility::Public,
    };
    let narrow = Actor { shown: shown(&[1]), ..actor(Vec::new()) };
    let manager = Actor { shown: shown(&[1]), ..with(&[Right::ProcessManageAll], Reach::Account) };
    for (group, expected) in [(Some(branch(1)), "yes"), (Some(branch(2)), "not found"), (None, "not found")] {
        assert_eq!(answer(see_process(&narrow, &live(group))), expected, "{group:?}");
        assert_eq!(answer(edit_process(&manager, &live(group))), expected, "{group:?}");
    }
    let mine = ProcessFacts { owner_id: Some(user(0)), ..live(None) };
    let edited = ProcessFacts { is_editor: true, state: ProcessState::Draft, ..live(None) };
    let held = ProcessFacts { is_member: true, visibility: ProcessVisibility::Private, ..live(None) };
    for process in [mine, edited, held] {
        assert_eq!(answer(see_process(&narrow, &process)), "yes", "{process:?}");
        assert_eq!(answer(see_process(&manager, &process)), "yes", "{process:?}");
    }
}

#[test]
fn a_decision_names_what_gives_the_right_and_all_that_stands_in_its_way() {
    let school = Place::Organisation(Some(SCHOOL));
    let actor = Actor {
        scopes: Some(RightSet::of(&[Right::FormEdit])),
        ..with(&[Right::FormEdit, Right::UserSearch], organisations(&[SCHOOL]))
    };
    let obstacles = |actor: &Actor, right, place| actor.obstacles(right, place).collect::<Vec<_>>();
    assert_eq!(obstacles(&actor, Right::FormEdit, school), [Obstacle::Administration]);
    assert_eq!(
        obstacles(&actor, Right::UserSearch, Place::Organisation(Some(ELSEWHERE))),
        [Obstacle::TokenScopes, Obstacle::Elsewhere]
    );
    assert_eq!(obstacles(&actor, Right::ProcessCreate, school), [Obstacle::NotGiven, Obstacle::TokenScopes]);
    assert_eq!(obstacles(&owner(), Right::FormEdit, Place::Organisation(None)), [Obstacle::OtherKind]);
    let grounds: Vec<_> = actor.grounds(Right::UserSearch, school).collect();
    assert_eq!(grounds, [actor.grants[0].ground]);
    assert_eq!(
        owner().grounds(Right::TaskWork, school).collect::<Vec<_>>(),
        [Ground::Owner, Ground::Everyone]
    );
}

// The small world that the properties are checked in.

fn an_account() -> impl Strategy<Value = AccountId> {
    prop_oneof![9 => Just(ACCOUNT), 1 => Just(OTHER_ACCOUNT)]
}

fn an_organisation() -> impl Strategy<Value = OrganisationId> {
    prop::sample::select(vec![ROOT, SCHOOL, LIBRARY, ELSEWHERE])
}

fn a_reach() -> impl Strategy<Value = Reach> {
    prop_oneof![
        Just(Reach::Account),
        prop::collection::btree_set(an_organisation(), 0..3)
            .prop_map(|ids| Reach::Organisations(Arc::new(ids))),
        prop::collection::btree_set((0..3u128).prop_map(branch), 0..3)
            .prop_map(|ids| Reach::ProcessGroups(Arc::new(ids))),
    ]
}

/// Rights, denser in those that the rules ask about.
fn rights() -> impl Strategy<Value = RightSet> {
    let asked = vec![
        Right::AdminEnter,
        Right::CaseSearchAll,
        Right::CaseSearchGroups,
        Right::CaseSearchInvolved,
        Right::CaseSearchOwn,
        Right::CaseSeeHidden,
        Right::FormEdit,
        Right::FormManage,
        Right::GroupManageShared,
        Right::ProcessManageAll,
        Right::ValueListChange,
        Right::ValueListSee,
        Right::WorkflowEdit,
        Right::WorkflowEditShared,
    ];
    prop::collection::vec(prop_oneof![prop::sample::select(asked), prop::sample::select(Right::ALL)], 0..9)
        .prop_map(|rights| rights.into_iter().collect())
}

fn an_actor() -> impl Strategy<Value = Actor> {
    let grants = (rights(), a_reach()).prop_map(|(rights, reach)| grant(rights, reach));
    let scopes = prop::option::weighted(
        0.2,
        rights().prop_map(|rights| rights.union(RightSet::of(&[Right::ProcessSee, Right::TaskWork]))),
    );
    (
        prop::collection::vec(grants, 0..4),
        scopes,
        prop::bool::weighted(0.1),
        prop::sample::select(vec![Licence::Starter, Licence::Basic, Licence::Pro]),
        prop::bool::weighted(0.2),
        prop::collection::btree_set((0..3u128).prop_map(group), 0..3),
        prop::collection::btree_set((1..4u128).prop_map(user), 0..2),
        prop::option::weighted(0.3, prop::collection::btree_set((0..4u128).prop_map(branch), 0..3)),
        (prop::bool::weighted(0.1), prop::collection::btree_set(an_organisation(), 0..2)),
    )
        .prop_map(|(grants, scopes, owner, licence, external, groups, substitute_for, shown, locked)| {
            let shown = shown.map(|ids| Shown { process_groups: Arc::new(ids), ..Shown::default() });
            let mut actor =
                Actor { scopes, owner, licence, external, groups, substitute_for, shown, ..actor(grants) };
            let (account, organisations) = locked;
            actor.lockdown = Lockdown::of(&actor, account, organisations);
            actor
        })
}

fn users() -> impl Strategy<Value = Vec<UserId>> {
    prop::collection::vec((0..6u128).prop_map(user), 0..2)
}

fn groups() -> impl Strategy<Value = Vec<GroupId>> {
    prop::collection::vec((0..5u128).prop_map(group), 0..2)
}

proptest! {
    #[test]
    fn the_list_of_processes_is_the_decisions(
        actor in an_actor(),
        account_id in an_account(),
        group_id in prop::option::of((0..4u128).prop_map(branch)),
        owner_id in prop::option::of((0..3u128).prop_map(user)),
        is_editor: bool,
        is_member: bool,
        state in prop::sample::select(vec![ProcessState::Draft, ProcessState::Live, ProcessState::Frozen]),
        private: bool,
    ) {
        let visibility = if private { ProcessVisibility::Private } else { ProcessVisibility::Public };
        let process = ProcessFacts { account_id, group_id, owner_id, is_editor, is_member, state, visibility };
        let seen = see_process(&actor, &process).is_ok();
        prop_assert_eq!(ProcessFilter::of(&actor).matches(&process), seen);
        let edited = edit_process(&actor, &process).is_ok();
        prop_assert_eq!(ProcessEditFilter::of(&actor).matches(&process), edited);
        prop_assert!(seen || !edited);
        prop_assert!(sees_drafts(&actor, &process) || !edited);
        let author = user(1);
        let managed = manage_comment(&actor, &process, author).is_ok();
        prop_assert_eq!(managed, if author == actor.user_id { comment_on_process(&actor, &process).is_ok() } else { edited });
    }

    #[test]
    fn the_activity_filter_admits_what_may_be_seen(
        actor in an_actor(),
        account_id in an_account(),
        owner_id in (0..3u128).prop_map(user),
        seen_in_process: bool,
        edits_all_uses: bool,
    ) {
        let filter = ActivityFilter::of(&actor);
        // Who sees no processes sees none that uses it, and who edits them sees them.
        let seen_in_process = seen_in_process && filter.processes.any;
        let edits_all_uses = edits_all_uses && seen_in_process;
        let activity = ActivityFacts { account_id, owner_id, seen_in_process, edits_all_uses };
        let seen = see_activity(&actor, &activity).is_ok();
        prop_assert_eq!(filter.matches(&activity), seen);
        prop_assert!(seen || edit_activity(&actor, &activity).is_err());
        let file = FileFacts { account_id, author_id: owner_id, attached_seen: seen_in_process };
        prop_assert!(see_file(&actor, &file).is_ok() || delete_file(&actor, &file).is_err());
    }

    #[test]
    fn an_explanation_says_what_stands_in_the_way_when_something_does(
        actor in an_actor(),
        right in prop::sample::select(Right::ALL),
        organisation in prop::option::of(an_organisation()),
        group_id in prop::option::of((0..4u128).prop_map(branch)),
        owner_id in prop::option::of((0..3u128).prop_map(user)),
        is_editor: bool,
        is_member: bool,
        state in prop::sample::select(vec![ProcessState::Draft, ProcessState::Live, ProcessState::Frozen]),
        parties in users(),
        assignees in users(),
    ) {
        let visibility = ProcessVisibility::Private;
        let process =
            ProcessFacts { account_id: ACCOUNT, group_id, owner_id, is_editor, is_member, state, visibility };
        let case = CaseFacts { party_ids: &parties, assignee_ids: &assignees, ..NOBODYS };
        let owned = Resource { organisation, ..Resource::shared(ACCOUNT) };
        for thing in [Thing::Anything, Thing::Owned(&owned), Thing::Process(&process), Thing::Case(&case)] {
            let why = explain(&actor, right, thing);
            prop_assert_eq!(why.decision.is_ok(), why.obstacles.is_empty(), "{:?} {:?}", thing, why);
            prop_assert!(why.decision.is_err() || why.sufficient.is_empty());
            // What is said to help, helps.
            for given in why.sufficient.iter() {
                let mut helped = actor.clone();
                helped.grants.push(grant(RightSet::of(&[given, Right::AdminEnter]), Reach::Account));
                prop_assert!(explain(&helped, right, thing).decision.is_ok(), "{} for {}", given, right);
            }
        }
    }

    #[test]
    fn the_list_of_cases_is_the_decisions(
        actor in an_actor(),
        account_id in an_account(),
        organisation_id in an_organisation(),
        (party_ids, assignee_ids, involved_ids) in (users(), users(), users()),
        (waiting_group_ids, group_ids) in (groups(), groups()),
        hidden: bool,
    ) {
        let mut actor = actor;
        if hidden {
            actor.hiding = Arc::new([organisation_id].into());
        }
        let case = CaseFacts {
            account_id,
            organisation_id,
            party_ids: &party_ids,
            assignee_ids: &assignee_ids,
            waiting_group_ids: &waiting_group_ids,
            involved_ids: &involved_ids,
            group_ids: &group_ids,
        };
        prop_assert_eq!(CaseFilter::of(&actor).matches(&case), see_case(&actor, &case).is_ok());
    }

    #[test]
    fn the_task_list_is_what_one_may_work_on_or_claim(
        actor in an_actor(),
        account_id in an_account(),
        assignee_id in prop::option::of((0..4u128).prop_map(user)),
        group_id in prop::option::of((0..4u128).prop_map(group)),
    ) {
        // Without the right to fill in for others, which no list of one's own tasks follows.
        let actor = Actor { owner: false, grants: Vec::new(), ..actor };
        let case = CaseFacts {
            account_id,
            assignee_ids: assignee_id.as_slice(),
            waiting_group_ids: if assignee_id.is_none() { group_id.as_slice() } else { &[] },
            ..NOBODYS
        };
        let task = TaskFacts { case, assignee_id, group_id, open: true };
        let decided = match assignee_id {
            Some(_) => work_on_task(&actor, &task).is_ok(),
            None => claim_task(&actor, &task).is_ok(),
        };
        prop_assert_eq!(TaskFilter::of(&actor).matches(&task), decided);
        let done = TaskFacts { open: false, ..task };
        prop_assert!(!TaskFilter::of(&actor).matches(&done));
    }

    #[test]
    fn the_list_of_templates_is_the_decisions(
        actor in an_actor(),
        kind in prop::sample::select(vec![
            TemplateKind::Form, TemplateKind::Workflow, TemplateKind::Group, TemplateKind::ValueList,
        ]),
        account_id in an_account(),
        organisation_id in prop::option::of(an_organisation()),
        active: bool,
        open_to_external: bool,
    ) {
        let template = TemplateFacts { account_id, organisation_id, active, open_to_external };
        let decided = see_template(&actor, kind, &template).is_ok();
        prop_assert_eq!(TemplateFilter::of(&actor, kind).matches(&template), decided);
    }

    #[test]
    fn coverage_is_where_a_right_holds(
        actor in an_actor(),
        right in prop::sample::select(Right::ALL),
        organisation in prop::option::of(an_organisation()),
        group in prop::option::of((0..4u128).prop_map(branch)),
    ) {
        let coverage = actor.reach(right);
        prop_assert_eq!(coverage.is_some(), actor.holds(right));
        let covers = coverage.as_ref().is_some_and(|coverage| coverage.covers(organisation));
        prop_assert_eq!(covers, actor.holds_in(right, organisation));
        // What is held has a ground, and what has none is not held.
        let place = Place::Organisation(organisation);
        prop_assert!(!actor.holds_at(right, place) || actor.grounds(right, place).next().is_some());
        if Right::LANDSCAPE.contains(right) {
            let covers = coverage.is_some_and(|coverage| coverage.covers_process_group(group));
            prop_assert_eq!(covers, actor.holds_in_process_group(right, group));
        }
    }

    #[test]
    fn what_is_given_is_held_no_wider_than_the_giver_holds_it(
        giver in an_actor(),
        rights in rights(),
        reach in a_reach(),
        organisation in prop::option::of(an_organisation()),
    ) {
        let giver = Actor { licence: Licence::Pro, lockdown: Lockdown::default(), ..giver };
        if may_give(&giver, rights, &reach).is_ok() {
            let receiver = actor(vec![grant(rights, reach)]);
            for right in rights.difference(Right::COMMON).iter() {
                prop_assert!(
                    !receiver.holds_in(right, organisation) || giver.holds_in(right, organisation),
                    "{} in {:?}", right, organisation,
                );
            }
        }
    }
}

/// The page that administrators read.
const PAGE: &str = include_str!("../../../docs/roles.md");

#[test]
fn the_docs_say_what_each_role_gives() {
    let mark = |has: bool| if has { "x" } else { "" };
    let mut table = String::from(
        "| right | SA | LA | E | S | X | C | licence |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for right in Right::ALL {
        let of = |role: PredefinedRole| mark(role.default_rights().contains(*right));
        let admin = if right.part() == Part::Admin && *right != Right::AdminEnter { " ·" } else { "" };
        let licence = match right.licence() {
            Licence::Starter => "",
            Licence::Basic => "basic",
            Licence::Pro => "pro",
        };
        let row = [
            of(PredefinedRole::SystemAdministrator),
            of(PredefinedRole::LocalAdministrator),
            of(PredefinedRole::Employee),
            of(PredefinedRole::Standard),
            of(PredefinedRole::ExternalMitidUser),
            mark(Right::COMMON.contains(*right)),
            licence,
        ];
        table += &format!("| `{right}`{admin} | {} |\n", row.join(" | "));
    }
    assert!(PAGE.contains(&table), "docs/roles.md has another table than this:\n{table}");
}

#[cfg(feature = "poem")]
#[test]
fn the_wire_knows_a_right_by_its_code() {
    use poem_openapi::types::{ParseFromJSON, ToJSON};
    for right in Right::ALL {
        assert_eq!(right.to_json(), Some(right.code().into()));
        assert_eq!(Right::parse_from_json(Some(right.code().into())).ok(), Some(*right));
    }
}

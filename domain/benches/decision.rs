//! How fast rights are decided: `cargo bench --workspace --bench decision`.
//!
//! The actor is somebody with five roles, each in an organisation with 60 below it, and three permission groups.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use styr_domain::access::{
    Actor, CaseFacts, Grant, Ground, Licence, Lockdown, PredefinedRole, ProcessFacts, ProcessState,
    ProcessVisibility, Reach, Resource, Right, RightSet, Thing, authorize, edit_process, explain, of,
    see_case,
};
use styr_domain::id::{
    AccountId, GroupId, OrganisationId, PermissionGroupId, ProcessGroupId, RoleId, UserId,
};
use uuid::Uuid;

const ROUNDS: u32 = 1_000_000;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn actor() -> Actor {
    let roles = (0..5).map(|number| Grant {
        rights: PredefinedRole::LocalAdministrator.default_rights(),
        reach: Reach::Organisations(Arc::new(
            (0..60).map(|below| OrganisationId(id(1000 * number + below))).collect(),
        )),
        ground: Ground::Role { assignment_id: None, role_id: RoleId(id(number)) },
    });
    let groups = (0..3).map(|number| Grant {
        rights: RightSet::of(&[Right::ProcessCreate, Right::ProcessManageAll]),
        reach: Reach::ProcessGroups(Arc::new(
            (0..100).map(|below| ProcessGroupId(id(1000 * number + below))).collect(),
        )),
        ground: Ground::PermissionGroup(PermissionGroupId(id(number))),
    });
    Actor {
        account_id: AccountId(id(1)),
        user_id: UserId(id(1)),
        token_id: None,
        organisation_id: OrganisationId(id(0)),
        ancestor_ids: (0..4).map(|number| OrganisationId(id(number))).collect(),
        groups: (0..10).map(|number| GroupId(id(number))).collect(),
        substitute_for: BTreeSet::from([UserId(id(2))]),
        grants: roles.chain(groups).collect(),
        scopes: Some(RightSet::ALL),
        owner: false,
        licence: Licence::Pro,
        external: false,
        shown: None,
        drawings: None,
        lockdown: Lockdown::default(),
        hiding: Arc::default(),
    }
}

fn measure(name: &str, mut decide: impl FnMut() -> bool) {
    let began = Instant::now();
    let mut yes = 0;
    for _ in 0..ROUNDS {
        yes += u32::from(black_box(decide()));
    }
    let each = began.elapsed() / ROUNDS;
    println!("{name}: {} ns each, {}", each.as_nanos(), if yes == 0 { "no" } else { "yes" });
}

fn main() {
    let actor = actor();
    let account_id = actor.account_id;
    let held = Resource::local(account_id, OrganisationId(id(4059)));
    let elsewhere = Resource::local(account_id, OrganisationId(id(77)));
    measure("a right over what an organisation owns", || {
        authorize::<of::UserManageLocal>(black_box(&actor), black_box(&held)).is_ok()
    });
    measure("the same, refused with its text", || {
        authorize::<of::UserManage>(black_box(&actor), black_box(&elsewhere)).is_ok()
    });
    let process = ProcessFacts {
        account_id,
        group_id: Some(ProcessGroupId(id(2050))),
        owner_id: None,
        is_editor: false,
        is_member: false,
        state: ProcessState::Live,
        visibility: ProcessVisibility::Private,
    };
    measure("editing a process", || edit_process(black_box(&actor), black_box(&process)).is_ok());
    let (parties, groups) = ([UserId(id(9)), UserId(id(8))], [GroupId(id(5))]);
    let case = CaseFacts {
        account_id,
        organisation_id: OrganisationId(id(3010)),
        party_ids: &parties,
        assignee_ids: &parties,
        waiting_group_ids: &[],
        involved_ids: &parties,
        group_ids: &groups,
    };
    measure("seeing a case", || see_case(black_box(&actor), black_box(&case)).is_ok());
    measure("why, of a process", || {
        explain(black_box(&actor), Right::ProcessEdit, Thing::Process(&process)).decision.is_ok()
    });
}

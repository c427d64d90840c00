//! A small municipality, and what files do to it.

mod file;
mod plan;
mod settled;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::*;
use crate::access::{
    Actor, Grant, Ground, Licence, Lockdown, Provenance, Reach, Right, RightSet, Role, RoleAssignment,
};
use crate::account::Organisation;
use crate::id::{AccountId, AssignmentId, OrganisationId, RoleId, UserId};
use crate::user::User;
use crate::{Fault, Violation};

const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
/// Nordby, its school, the school's library, and its museum.
const ROOT: OrganisationId = OrganisationId(Uuid::from_u128(10));
const SCHOOL: OrganisationId = OrganisationId(Uuid::from_u128(11));
const LIBRARY: OrganisationId = OrganisationId(Uuid::from_u128(12));
const MUSEUM: OrganisationId = OrganisationId(Uuid::from_u128(13));
const EMPLOYEE: RoleId = RoleId(Uuid::from_u128(20));
const SYSTEM: RoleId = RoleId(Uuid::from_u128(21));
const READER: RoleId = RoleId(Uuid::from_u128(22));

fn now() -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn settings() -> Settings {
    Settings { now: now(), max_deactivated_percent: 100 }
}

fn reach(place: Option<OrganisationId>) -> Reach {
    let ids = |ids: &[OrganisationId]| Reach::Organisations(Arc::new(ids.iter().copied().collect()));
    match place {
        None => Reach::Account,
        Some(ROOT) => ids(&[ROOT, SCHOOL, LIBRARY, MUSEUM]),
        Some(SCHOOL) => ids(&[SCHOOL, LIBRARY]),
        Some(other) => ids(&[other]),
    }
}

fn actor(rights: RightSet, reach: Reach) -> Actor {
    Actor {
        account_id: ACCOUNT,
        user_id: UserId(Uuid::from_u128(99)),
        token_id: None,
        organisation_id: ROOT,
        ancestor_ids: BTreeSet::from([ROOT]),
        groups: BTreeSet::new(),
        substitute_for: BTreeSet::new(),
        grants: vec![Grant { rights, reach, ground: Ground::Everyone }],
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

fn anyone() -> Actor {
    actor(RightSet::ALL, Reach::Account)
}

/// Who may import at the school, and holds what its employees do.
fn local() -> Actor {
    let rights = [Right::AdminEnter, Right::UserImport, Right::CaseStart, Right::CaseTakeOver];
    Actor { organisation_id: SCHOOL, ..actor(RightSet::of(&rights), reach(Some(SCHOOL))) }
}

fn organisation(id: OrganisationId, parent_id: Option<OrganisationId>, name: &str) -> Organisation {
    Organisation {
        id,
        account_id: ACCOUNT,
        parent_id,
        name: name.to_owned(),
        hides_cases: false,
        locked_down_at: None,
        revision: 1,
        created_at: now(),
    }
}

fn role(id: RoleId, api_name: &str, rights: &[Right]) -> Role {
    Role {
        id,
        account_id: ACCOUNT,
        api_name: api_name.to_owned(),
        name: api_name.to_owned(),
        description: String::new(),
        rights: RightSet::of(rights),
        predefined: false,
        revision: 1,
        created_at: now(),
    }
}

/// An active user of Nordby who came by an import.
fn user(number: u128, external_id: Option<&str>, email: &str) -> User {
    User {
        id: UserId(Uuid::from_u128(100 + number)),
        account_id: ACCOUNT,
        organisation_id: ROOT,
        name: "Somebody".to_owned(),
        email: Some(email.to_owned()),
        phone: None,
        title: None,
        person_number: None,
        external_id: external_id.map(str::to_owned),
        user_name: None,
        directory: None,
        deprovisioned_at: None,
        provenance: Provenance::Import,
        profile_id: None,
        licence: Licence::Basic,
        external: false,
        owner: false,
        active: true,
        deactivated_at: None,
        anonymized_at: None,
        revision: 1,
        created_at: now(),
        updated_at: now(),
    }
}

fn assignment(number: u128, user: &User, role_id: RoleId, place: Option<OrganisationId>) -> RoleAssignment {
    RoleAssignment {
        id: AssignmentId(Uuid::from_u128(500 + number)),
        account_id: ACCOUNT,
        user_id: user.id,
        role_id,
        organisation_id: place,
        provenance: Provenance::Import,
        expires_at: None,
        created_at: now(),
    }
}

fn nordby(users: Vec<User>, assignments: Vec<RoleAssignment>) -> Present {
    Present {
        users,
        assignments,
        roles: vec![
            role(EMPLOYEE, "employee", &[Right::CaseStart, Right::CaseTakeOver]),
            role(SYSTEM, "system_administrator", &[Right::AccountManage]),
            role(READER, "reader", &[]),
        ],
        organisations: vec![
            organisation(ROOT, None, "Nordby"),
            organisation(SCHOOL, Some(ROOT), "Skole"),
            organisation(LIBRARY, Some(SCHOOL), "Bibliotek"),
            organisation(MUSEUM, Some(ROOT), "Museum"),
        ],
    }
}

fn read_text(text: &str) -> Result<UserFile, Fault> {
    read(text.as_bytes(), now().date_naive())
}

fn plan_at(actor: &Actor, present: &Present, file: &str, settings: Settings) -> Result<Plan, Fault> {
    let mut next = 1000;
    let mut new_id = || {
        next += 1;
        Uuid::from_u128(next)
    };
    plan(actor, &read_text(file).unwrap(), present, settings, &reach, &mut new_id)
}

fn planned(actor: &Actor, present: &Present, file: &str) -> Result<Plan, Fault> {
    plan_at(actor, present, file, settings())
}

/// Pointers and codes.
fn told(fault: &Fault) -> Vec<(&str, &str)> {
    fault.violations.iter().map(|Violation { pointer, code, .. }| (pointer.as_str(), *code)).collect()
}

/// What a save would make of it.
fn apply(present: &mut Present, plan: &Plan) {
    for (before, after) in plan.changed.iter().chain(&plan.reactivated).chain(&plan.deactivated) {
        let saved = present.users.iter_mut().find(|user| user.id == before.id).unwrap();
        assert_eq!(saved, before);
        saved.clone_from(after);
    }
    present.users.extend(plan.added.iter().cloned());
    present.assignments.retain(|held| !plan.roles_taken.contains(held));
    for (before, after) in &plan.roles_changed {
        let saved = present.assignments.iter_mut().find(|held| held.id == before.id).unwrap();
        assert_eq!(saved, before);
        saved.clone_from(after);
    }
    present.assignments.extend(plan.roles_given.iter().cloned());
}

//! The cases that a list shows are those that the rule admits.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use styr_domain::access::{CaseFacts, CaseFilter, Coverage, Permit};
use styr_domain::case::{Case, CaseStatus, Task, TaskStatus};
use styr_domain::flow::run::State;
use styr_domain::id::{CaseId, GroupId, OrganisationId, TaskId, UserId, WorkflowId};
use styr_domain::user::Group;
use styr_domain::workflow::Workflow;
use styr_persistence::case::{CaseQuery, Part, add_parties, cases};
use styr_persistence::{PageRequest, Tx};

use crate::world::{Home, World, on_both};

on_both! { a_list_shows_the_cases_that_the_rule_admits }

/// A case with those who have a part in it.
struct Known {
    case: Case,
    parties: Vec<UserId>,
    involved: Vec<UserId>,
    groups: Vec<GroupId>,
    assignees: Vec<UserId>,
    waiting: Vec<GroupId>,
}

struct People {
    users: Vec<UserId>,
    groups: Vec<GroupId>,
    organisations: Vec<OrganisationId>,
    workflow: WorkflowId,
}

async fn people(home: &Home, tx: &Tx) -> People {
    let styr = Permit::for_styr();
    let mut people = People {
        users: Vec::new(),
        groups: Vec::new(),
        organisations: Vec::new(),
        workflow: WorkflowId(tx.id()),
    };
    for number in 0..4 {
        let user = home.add_user(tx, "Anna", &format!("anna{number}@example.dk")).await.unwrap();
        people.users.push(user.id);
        people.organisations.push(home.add(tx, &format!("Afdeling {number}")).await.unwrap().id);
        let group = Group {
            id: GroupId(tx.id()),
            account_id: home.account,
            organisation_id: None,
            external_id: None,
            name: format!("Gruppe {number}"),
            description: String::new(),
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        tx.insert(&styr, &group, "group.created").await.unwrap();
        people.groups.push(group.id);
    }
    let workflow = Workflow {
        process_id: None,
        id: people.workflow,
        account_id: home.account,
        organisation_id: None,
        title: "Tilskud".to_owned(),
        description: String::new(),
        active: true,
        external_start: false,
        version: 1,
        published_version: Some(1),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    tx.insert(&styr, &workflow, "workflow.created").await.unwrap();
    people
}

/// Some of them, mostly few.
fn some<T: Copy>(random: &mut StdRng, all: &[T]) -> Vec<T> {
    let count = random.random_range(0..=2);
    all.sample(random, count).copied().collect()
}

async fn known(home: &Home, tx: &Tx, people: &People, random: &mut StdRng) -> Known {
    let styr = Permit::for_styr();
    let case = Case {
        id: CaseId(tx.id()),
        account_id: home.account,
        organisation_id: *people.organisations.choose(random).unwrap(),
        workflow_id: people.workflow,
        workflow_version: 1,
        title: "Tilskud".to_owned(),
        status: if random.random() { CaseStatus::Running } else { CaseStatus::Parked },
        starter_id: home.owner,
        owner_id: *people.users.choose(random).unwrap(),
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        ended_at: None,
        anonymized_at: None,
        state: State::default(),
    };
    tx.insert(&styr, &case, "case.started").await.unwrap();
    let (assignees, waiting) = (some(random, &people.users), some(random, &people.groups));
    let targets =
        assignees.iter().map(|id| (Some(*id), None)).chain(waiting.iter().map(|id| (None, Some(*id))));
    for (work, (assignee_id, group_id)) in targets.enumerate() {
        let open = task(&case, tx, i64::try_from(work).unwrap(), assignee_id, group_id, TaskStatus::Open);
        tx.insert(&styr, &open, "task.created").await.unwrap();
    }
    // What has ended is nobody's work any more.
    let ended = task(&case, tx, 100, Some(people.users[0]), None, TaskStatus::Completed);
    tx.insert(&styr, &ended, "task.created").await.unwrap();
    // Whoever has an open task is involved, and so is the group that one waits for.
    let parties = some(random, &people.users);
    let both =
        |some: Vec<UserId>| -> BTreeSet<UserId> { some.into_iter().chain(assignees.clone()).collect() };
    let involved: Vec<UserId> = both(some(random, &people.users)).into_iter().collect();
    let groups: BTreeSet<GroupId> = some(random, &people.groups).into_iter().chain(waiting.clone()).collect();
    let groups: Vec<GroupId> = groups.into_iter().collect();
    let parts = (parties.iter().map(|id| (id.0, Part::Party)))
        .chain(involved.iter().map(|id| (id.0, Part::Involved)))
        .chain(groups.iter().map(|id| (id.0, Part::Group)));
    add_parties(tx, &styr, &[case.id], parts).await.unwrap();
    Known { case, parties, involved, groups, assignees, waiting }
}

fn task(
    case: &Case,
    tx: &Tx,
    work: i64,
    assignee_id: Option<UserId>,
    group_id: Option<GroupId>,
    status: TaskStatus,
) -> Task {
    Task {
        id: TaskId(tx.id()),
        account_id: case.account_id,
        case_id: case.id,
        organisation_id: case.organisation_id,
        node: "apply".to_owned(),
        work,
        name: "Apply".to_owned(),
        form_id: None,
        form_version: None,
        may_send_back: false,
        status,
        assignee_id,
        group_id,
        draft: None,
        submission_id: None,
        revision: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        ended_at: None,
    }
}

fn filter(home: &Home, people: &People, random: &mut StdRng) -> CaseFilter {
    let user_id = *people.users.choose(random).unwrap();
    let mut person_ids: BTreeSet<UserId> = some(random, &people.users).into_iter().collect();
    person_ids.insert(user_id);
    let closed: BTreeSet<OrganisationId> = match random.random_ratio(1, 3) {
        true => some(random, &people.organisations).into_iter().collect(),
        false => BTreeSet::new(),
    };
    let closed = Arc::new(closed);
    let all = Coverage {
        closed: Arc::clone(&closed),
        account: random.random_ratio(1, 10),
        organisations: some(random, &people.organisations).into_iter().collect(),
        ..Coverage::default()
    };
    CaseFilter {
        account_id: home.account,
        user_id,
        person_ids,
        group_ids: some(random, &people.groups).into_iter().collect(),
        own: random.random(),
        work: random.random(),
        involved: random.random(),
        groups: random.random(),
        all,
        hidden: BTreeSet::new(),
        closed,
    }
}

async fn a_list_shows_the_cases_that_the_rule_admits(world: World) {
    let (store, home) = (&world.store, &world.here);
    let mut random = StdRng::seed_from_u64(7);
    let people = store
        .write(home.scope(), async |tx: Arc<Tx>| {
            let People { users, groups, organisations, workflow } = people(home, &tx).await;
            Ok((users, groups, organisations, workflow))
        })
        .await
        .unwrap();
    let people = People { users: people.0, groups: people.1, organisations: people.2, workflow: people.3 };
    let all = std::sync::Mutex::new(Vec::new());
    for _ in 0..60 {
        let mut drawn = StdRng::seed_from_u64(random.random());
        let work = async |tx: Arc<Tx>| {
            let known = known(home, &tx, &people, &mut drawn).await;
            all.lock().unwrap().push(known);
            Ok(())
        };
        store.write(home.scope(), work).await.unwrap();
    }
    let all = all.into_inner().unwrap();

    let mut shown = 0;
    for _ in 0..150 {
        let filter = filter(home, &people, &mut random);
        let query = CaseQuery {
            status: random.random_ratio(1, 3).then_some(CaseStatus::Parked),
            organisation_id: random.random_ratio(1, 4).then_some(people.organisations[0]),
            owner_id: random.random_ratio(1, 4).then_some(people.users[1]),
            workflow_id: random.random_ratio(1, 4).then_some(people.workflow),
        };
        let admitted = |known: &&Known| {
            let Known { case, parties, involved, groups, assignees, waiting } = known;
            filter.matches(&CaseFacts {
                account_id: case.account_id,
                organisation_id: case.organisation_id,
                party_ids: parties,
                assignee_ids: assignees,
                waiting_group_ids: waiting,
                involved_ids: involved,
                group_ids: groups,
            }) && query.status.is_none_or(|status| case.status == status)
                && query.organisation_id.is_none_or(|id| case.organisation_id == id)
                && query.owner_id.is_none_or(|id| case.owner_id == id)
        };
        let expected: Vec<CaseId> = all.iter().rev().filter(admitted).map(|known| known.case.id).collect();
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = PageRequest { after, limit: 7 };
            let page = cases(&store.read(), &filter, &query, page).await.unwrap();
            found.extend(page.items.iter().map(|case| case.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{filter:?} {query:?}");
        shown += found.len();
    }
    assert!(shown > 500, "the filters admit too little to say anything: {shown}");
}

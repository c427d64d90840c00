//! The municipality to try things in: each persona's token does what the words beside it say.

use std::collections::BTreeMap;

use styr_api::app::demo;
use styr_domain::id::AccountId;
use styr_sdk::{Client, types};
use uuid::Uuid;

use crate::support::{TestApp, on_both, problem};

on_both! {
    the_personas_do_what_the_demo_says
}

async fn names(client: &Client) -> Vec<String> {
    let users = client.user_list().limit(200_u64).send().await.unwrap().into_inner().items;
    users.into_iter().map(|user| user.name).collect()
}

async fn waiting(client: &Client) -> Vec<Uuid> {
    let tasks = client.me_task_list().send().await.unwrap().into_inner().items;
    tasks.into_iter().map(|task| task.id).collect()
}

async fn the_personas_do_what_the_demo_says(app: &TestApp) {
    let account = app.owner().me_get().send().await.unwrap().into_inner().account.id;
    let personas = demo::fill(app.app(), AccountId(account)).await.unwrap();
    let clients: BTreeMap<&str, Client> = personas
        .iter()
        .map(|persona| {
            let token = persona.token.as_ref().map_or(app.owner_token.as_str(), |token| token.as_str());
            (persona.part, app.client(token))
        })
        .collect();
    for persona in &personas {
        let me = clients[persona.part].me_get().send().await.unwrap().into_inner();
        assert_eq!((me.user.name.as_str(), me.account.name.as_str()), (persona.name, demo::NAME));
    }

    let owner = &clients["owner"];
    assert!(!owner.event_list().send().await.unwrap().items.is_empty());
    assert!(!owner.landscape_get().send().await.unwrap().into_inner().groups.is_empty());
    assert!(owner.event_verify().send().await.unwrap().first_fault.is_none());

    let administrator = &clients["system administrator"];
    let search = administrator.person_search().body_map(|body| body.query("050652-0217"));
    let found = search.send().await.unwrap().into_inner().items;
    for kind in [types::EntityKind::User, types::EntityKind::Submission] {
        assert!(found.iter().any(|hit| hit.entity == kind), "{kind}: {found:?}");
    }

    let school = &clients["local administrator of the school"];
    let (all, of_school) = (names(owner).await, names(school).await);
    assert!(
        of_school.contains(&"Lars Winther".to_owned()) && !of_school.contains(&"Mette Dalgaard".to_owned())
    );
    assert!(of_school.len() < all.len());
    let place = school.me_get().send().await.unwrap().into_inner().organisation.id;
    let form = |place: Option<Uuid>| {
        school.form_create().body_map(|body| body.title("Ny blanket").organisation_id(place)).send()
    };
    form(Some(place)).await.unwrap();
    assert_eq!(problem(form(None).await).status, 403, "shared forms are not theirs to make");

    let employee = &clients["employee"];
    let begun = waiting(employee).await;
    let task = employee.task_get().id(begun[0]).send().await.unwrap().into_inner();
    let mut values = task.draft.expect("what was begun");
    values.insert("days".to_owned(), 15.into());
    let complete = employee.task_complete().id(task.id).body_map(|body| body.values(Some(values)));
    complete.send().await.unwrap();
    assert!(waiting(employee).await.is_empty());

    let worker = &clients["case worker in Visitation"];
    let offered = waiting(worker).await;
    let claimed = worker.task_claim().id(offered[0]).send().await.unwrap().into_inner();
    let case = worker.case_get().id(claimed.case_id).send().await.unwrap();
    assert_eq!(case.title, "Hjemmehjælp til mig");

    let citizen = &clients["external user"];
    let cases = citizen.case_list().send().await.unwrap().into_inner().items;
    assert_eq!(cases.iter().map(|case| case.id).collect::<Vec<_>>(), [claimed.case_id]);
    assert_eq!(problem(citizen.process_list().send().await).status, 403);
    assert!(personas.iter().all(|persona| !persona.to_try.is_empty()));
}

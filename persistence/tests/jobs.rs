//! Jobs: each runs, none twice at once, and those that fail are tried again until they are set aside.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use styr_persistence::Tx;
use styr_persistence::job::Job;

use crate::world::{World, on_both};

on_both! {
    each_job_runs_once_however_many_workers_there_are
    a_job_that_fails_is_tried_later_and_later_and_then_set_aside
    a_lease_that_ran_out_is_taken_again
    a_job_asked_for_while_it_runs_runs_once_more
    a_job_that_is_given_back_runs_on_at_once
}

async fn enqueue(world: &World, key: &str) {
    let work = async |tx: Arc<Tx>| tx.enqueue("mail", key, json!({ "key": key }), tx.now()).await;
    world.store.write(world.here.scope(), work).await.unwrap();
}

async fn lease(world: &World) -> Vec<Job> {
    world.store.lease_jobs(10, TimeDelta::minutes(5)).await.unwrap()
}

async fn complete(world: &World, job: &Job) {
    world.store.write(world.here.scope(), async |tx: Arc<Tx>| tx.complete_job(job.id).await).await.unwrap();
}

async fn state(world: &World) -> Vec<String> {
    world.column("SELECT state || ' ' || coalesce(last_error, '-') FROM job").await
}

async fn each_job_runs_once_however_many_workers_there_are(world: World) {
    join_all((0..200).map(|number| {
        let world = &world;
        async move { enqueue(world, &number.to_string()).await }
    }))
    .await;
    enqueue(&world, "7").await;
    let runs = Mutex::new(BTreeMap::<String, u32>::new());
    let worker = || async {
        loop {
            let jobs = lease(&world).await;
            if jobs.is_empty() && state(&world).await.is_empty() {
                return;
            }
            for job in jobs {
                *runs.lock().unwrap().entry(job.payload["key"].to_string()).or_default() += 1;
                complete(&world, &job).await;
            }
        }
    };
    join_all((0..6).map(|_| worker())).await;
    let runs = runs.into_inner().unwrap();
    assert_eq!(runs.len(), 200);
    assert!(runs.values().all(|runs| *runs == 1));
}

async fn a_job_that_fails_is_tried_later_and_later_and_then_set_aside(world: World) {
    enqueue(&world, "1").await;
    let mut pause = 10;
    for attempt in 0..12 {
        let jobs = lease(&world).await;
        assert_eq!(jobs.iter().map(|job| job.attempts).collect::<Vec<_>>(), [attempt]);
        assert!(lease(&world).await.is_empty(), "leased");
        world.store.fail_job(&jobs[0], "no answer").await.unwrap();
        if attempt < 11 {
            assert_eq!(state(&world).await, ["ready no answer"]);
            world.ambient.advance(TimeDelta::seconds(pause - 1));
            assert!(lease(&world).await.is_empty(), "not yet");
            world.ambient.advance(TimeDelta::seconds(1));
        }
        pause = (pause * 2).min(6 * 3600);
    }
    assert_eq!(state(&world).await, ["dead no answer"]);
    world.ambient.advance(TimeDelta::days(1));
    assert!(lease(&world).await.is_empty());

    enqueue(&world, "1").await;
    let again = lease(&world).await;
    assert_eq!(again.iter().map(|job| job.attempts).collect::<Vec<_>>(), [0]);
}

async fn a_lease_that_ran_out_is_taken_again(world: World) {
    enqueue(&world, "1").await;
    let first = lease(&world).await.remove(0);
    world.ambient.advance(TimeDelta::minutes(5) + TimeDelta::microseconds(1));
    let second = lease(&world).await.remove(0);
    assert_eq!((first.id, first.attempts + 1), (second.id, second.attempts));
    // The first worker was only slow: its failure says nothing about the second.
    world.store.fail_job(&first, "too slow").await.unwrap();
    assert!(lease(&world).await.is_empty());
    for _ in 0..10 {
        world.ambient.advance(TimeDelta::minutes(6));
        assert_eq!(lease(&world).await.len(), 1);
    }
    world.ambient.advance(TimeDelta::minutes(6));
    assert!(lease(&world).await.is_empty(), "it kills whoever runs it");
    assert_eq!(state(&world).await, ["dead its lease ran out"]);
}

async fn a_job_asked_for_while_it_runs_runs_once_more(world: World) {
    enqueue(&world, "1").await;
    let first = lease(&world).await.remove(0);
    enqueue(&world, "1").await;
    assert!(lease(&world).await.is_empty(), "never two at once");
    complete(&world, &first).await;
    let second = lease(&world).await.remove(0);
    enqueue(&world, "1").await;
    world.store.fail_job(&second, "no answer").await.unwrap();
    let third = lease(&world).await.remove(0);
    complete(&world, &third).await;
    assert!(state(&world).await.is_empty());
}

async fn a_job_that_is_given_back_runs_on_at_once(world: World) {
    enqueue(&world, "1").await;
    for _ in 0..20 {
        let job = lease(&world).await.remove(0);
        assert_eq!(job.attempts, 0, "nothing has gone wrong");
        world.store.return_job(&job).await.unwrap();
    }
    let slow = lease(&world).await.remove(0);
    world.ambient.advance(TimeDelta::minutes(6));
    let other = lease(&world).await.remove(0);
    world.store.return_job(&slow).await.unwrap();
    assert!(lease(&world).await.is_empty(), "it is somebody else's by now");
    enqueue(&world, "1").await;
    world.store.return_job(&other).await.unwrap();
    assert_eq!(lease(&world).await.len(), 1);
}

//! Writing: all of a write or nothing of it, whatever happens meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{join_all, pending};
use serde_json::json;
use styr_domain::access::Coverage;
use styr_domain::account::Organisation;
use styr_domain::{Fault, FaultKind};
use styr_persistence::{Idempotency, PageRequest, Result, Scope, Tx, account};

use crate::world::{Home, World, on_both};

on_both! {
    a_write_is_there_as_a_whole_or_not_at_all
    a_write_torn_off_at_any_point_is_whole_or_absent
    many_writes_at_once_make_one_chain
    one_key_is_one_execution
    a_taken_value_says_so_and_stops_no_other_write
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Success,
    Fault,
    Panic,
    Cancelled,
}

/// A write that touches everything that a write can, and then ends somehow.
async fn everything(home: &Home, tx: &Tx, number: usize, end: End) -> Result<Organisation> {
    let saved = home.add(tx, &format!("Afdeling {number}")).await?;
    home.add_user(tx, "Astrid Nørgaard", &format!("astrid{number}@example.dk")).await?;
    tx.enqueue("mail", &number.to_string(), json!({}), tx.now()).await?;
    match end {
        End::Success => Ok(saved),
        End::Fault => Err(Fault::not_found().into()),
        End::Panic => panic!("on purpose"),
        End::Cancelled => pending().await,
    }
}

fn with_key(home: &Home, key: &str, fingerprint: u8) -> Scope {
    let idempotency =
        Idempotency { user_id: home.owner, key: key.to_owned(), fingerprint: [fingerprint; 32] };
    Scope { idempotency: Some(idempotency), request_id: Some(key.to_owned()), ..home.scope() }
}

async fn a_write_is_there_as_a_whole_or_not_at_all(world: World) {
    let before = world.counts().await;
    let mut tasks = Vec::new();
    for number in 0..40 {
        let end = [End::Fault, End::Panic, End::Cancelled, End::Success][number % 4];
        let (store, home) = (world.store.clone(), world.here.clone());
        let inside = Arc::new(tokio::sync::Notify::new());
        let entered = Arc::clone(&inside);
        let task = tokio::spawn(async move {
            let scope = with_key(&home, &number.to_string(), 1);
            let work = async |tx: Arc<Tx>| {
                entered.notify_one();
                everything(&home, &tx, number, end).await
            };
            store.write(scope, work).await
        });
        let abort = task.abort_handle();
        if end == End::Cancelled {
            tokio::spawn(async move {
                inside.notified().await;
                abort.abort();
            });
        }
        tasks.push((end, task));
    }
    for (end, task) in tasks {
        match (end, task.await) {
            (End::Success, Ok(Ok(_))) | (End::Fault, Ok(Err(_))) => {}
            (End::Panic, Err(error)) => assert!(error.is_panic()),
            (End::Cancelled, Err(error)) => assert!(error.is_cancelled()),
            (end, other) => panic!("{end:?}: {other:?}"),
        }
    }
    let growth: Vec<_> = before
        .iter()
        .zip(world.counts().await)
        .map(|((table, before), (_, after))| {
            (*table, after.parse::<i32>().unwrap() - before.parse::<i32>().unwrap())
        })
        .collect();
    let terms = growth.last().unwrap().1;
    assert!(terms > 0 && terms % 10 == 0, "{terms}");
    let expected =
        [("organisation", 10), ("event", 20), ("event_secret", 10), ("idempotency", 10), ("job", 10)];
    assert_eq!(growth[..5], expected);
    world.verify().await;
}

async fn a_write_torn_off_at_any_point_is_whole_or_absent(world: World) {
    let events = world.verify().await.events;
    let neighbours = Arc::new(AtomicUsize::new(0));
    for number in 0..150 {
        let (home, store) = (&world.here, &world.store);
        let torn =
            store.write(home.scope(), async |tx: Arc<Tx>| everything(home, &tx, number, End::Success).await);
        let neighbour =
            store.write(home.scope(), async |tx: Arc<Tx>| home.add(&tx, "Nabo").await.map(|_| ()));
        let (_, kept) =
            tokio::join!(tokio::time::timeout(Duration::from_micros(number as u64 * 40), torn), neighbour);
        kept.unwrap();
        neighbours.fetch_add(1, Ordering::Relaxed);
    }
    let organisations =
        world.column("SELECT CAST(count(*) AS TEXT) FROM organisation WHERE name LIKE 'Afdeling%'").await;
    let users = world.column("SELECT CAST(count(*) AS TEXT) FROM \"user\" WHERE email LIKE 'astrid%'").await;
    let jobs = world.column("SELECT CAST(count(*) AS TEXT) FROM job").await;
    assert_eq!((&organisations, &users), (&users, &jobs));
    let whole: u64 = jobs[0].parse().unwrap();
    assert_eq!(world.verify().await.events, events + 150 + 2 * whole);
}

async fn many_writes_at_once_make_one_chain(world: World) {
    let before = world.verify().await.events;
    let reading = tokio::spawn({
        let (store, account) = (world.store.clone(), world.here.account);
        async move {
            let everywhere = Coverage { account: true, ..Coverage::default() };
            let page = PageRequest { limit: 200, after: None };
            loop {
                account::organisations(&store.read(), account, &everywhere, None, page).await.unwrap();
            }
        }
    });
    let writes = (0..200).map(|number| {
        let (store, home) = (world.store.clone(), world.here.clone());
        tokio::spawn(async move {
            let name = format!("Afdeling {number}");
            store.write(home.scope(), async |tx: Arc<Tx>| home.add(&tx, &name).await).await
        })
    });
    for write in join_all(writes).await {
        write.unwrap().unwrap();
    }
    reading.abort();
    assert!(reading.await.unwrap_err().is_cancelled());
    let seen = world.verify().await;
    assert_eq!((seen.events, seen.head.sequence), (before + 200, before + 200));
}

async fn one_key_is_one_execution(world: World) {
    let executions = AtomicUsize::new(0);
    let once = || async {
        let home = &world.here;
        let work = async |tx: Arc<Tx>| {
            executions.fetch_add(1, Ordering::Relaxed);
            home.add(&tx, "Kun en").await
        };
        world.store.write(with_key(home, "key", 1), work).await.unwrap()
    };
    let answers = join_all((0..20).map(|_| once())).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(executions.into_inner(), 1);

    let reused = world.store.write(with_key(&world.here, "key", 2), async |_: Arc<Tx>| Ok(())).await;
    let fault = reused.unwrap_err().into_fault();
    assert_eq!((fault.kind, fault.code), (FaultKind::Invalid, "idempotency_key_reused"));

    let other = with_key(&world.elsewhere, "key", 2);
    world.store.write(other, async |_: Arc<Tx>| Ok(())).await.unwrap();
}

async fn a_taken_value_says_so_and_stops_no_other_write(world: World) {
    let writes = (0..30).map(|number| {
        let (store, home) = (world.store.clone(), world.here.clone());
        async move {
            let email =
                if number % 3 == 0 { "EJER@example.dk".to_owned() } else { format!("{number}@example.dk") };
            (
                number,
                store.write(home.scope(), async |tx: Arc<Tx>| home.add_user(&tx, "Bo", &email).await).await,
            )
        }
    });
    for (number, result) in join_all(writes).await {
        match result {
            Ok(_) => assert_ne!(number % 3, 0),
            Err(error) => {
                assert_eq!(number % 3, 0, "{error}");
                assert!(
                    error.unique_violation().is_some_and(|index| index.contains("user_by_email")),
                    "{error}"
                );
            }
        }
    }
    world.verify().await;
}

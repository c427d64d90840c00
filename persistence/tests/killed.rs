//! A process that is killed while it writes: what was answered is there, and nothing is there by half.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use styr_domain::crypto::MasterKey;
use styr_domain::event::EntityKind;
use styr_persistence::{Database, Store, System, Tx, event};

use crate::world::{Home, KEY, World, on_both};

on_both! { what_was_answered_survives_a_kill }

const DATABASE: &str = "STYR_TEST_KILLED";
const WRITES: usize = 1000;
const BEFORE_KILL: usize = 400;

async fn what_was_answered_survives_a_kill(world: World) {
    let events = world.verify().await.events;
    let address = match &world.database {
        Database::Sqlite(path) => format!("sqlite://{}", path.display()),
        Database::Postgres(url) => url.clone(),
    };
    let home =
        serde_json::to_string(&(world.here.account, world.here.organisation, world.here.owner)).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::writer", "--ignored", "--nocapture"])
        .env(DATABASE, format!("{home} {address}"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut answered = BTreeSet::new();
    for line in lines {
        if let Some(id) = line.unwrap().strip_prefix("answered ") {
            answered.insert(id.to_owned());
        }
        if answered.len() == BEFORE_KILL {
            child.kill().unwrap();
        }
    }
    assert!(!child.wait().unwrap().success(), "it was killed before it was through");
    assert!(answered.len() >= BEFORE_KILL);

    let store = crate::world::open(&world.database, Arc::clone(&world.ambient)).await;
    let saved = world.column("SELECT name FROM organisation WHERE name LIKE 'write %'").await;
    let saved: BTreeSet<_> =
        saved.into_iter().filter_map(|name| Some(name.strip_prefix("write ")?.to_owned())).collect();
    assert!(saved.is_superset(&answered));
    let users = world.column("SELECT name FROM \"user\" WHERE name LIKE 'write %'").await;
    assert_eq!(saved.len(), users.len());
    assert_eq!(world.verify().await.events, events + 2 * saved.len() as u64);
    let filter =
        event::EventFilter { entity: Some(EntityKind::Organisation), ..event::EventFilter::default() };
    let (listed, _) = event::list(&store.read(), world.here.account, &filter, None, 10_000).await.unwrap();
    assert_eq!(listed.len(), saved.len() + 1);
    store.write(world.here.scope(), async |tx: Arc<Tx>| world.here.add(&tx, "bagefter").await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process that the test above kills"]
async fn writer() {
    let Ok(order) = std::env::var(DATABASE) else { return };
    let (home, address) = order.split_once(' ').unwrap();
    let (account, organisation, owner) = serde_json::from_str(home).unwrap();
    let home = Home::of(account, organisation, owner);
    let master = MasterKey::from_base64(KEY).unwrap();
    let store = Store::open(&address.parse().unwrap(), master, Arc::new(System::default())).await.unwrap();
    let next = AtomicUsize::new(0);
    let writer = || async {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= WRITES {
                return;
            }
            let work = async |tx: Arc<Tx>| {
                let name = format!("write {number}");
                home.add(&tx, &name).await?;
                home.add_user(&tx, &name, &format!("{number}@example.dk")).await
            };
            store.write(home.scope(), work).await.unwrap();
            let mut output = std::io::stdout().lock();
            writeln!(output, "\nanswered {number}").unwrap();
        }
    };
    join_all((0..16).map(|_| writer())).await;
}

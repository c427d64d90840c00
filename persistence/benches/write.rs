//! What a write costs on SQLite: 32 writers that each change one row and record one event, through the store, and the
//! same rows by plain transactions one after another with the same settings.

#![expect(clippy::unwrap_used, reason = "a bench stops by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::future::join_all;
use styr_domain::access::of;
use styr_domain::account::Organisation;
use styr_persistence::{Tx, find};

#[path = "../../tests/support/postgres.rs"]
mod postgres;
#[path = "../tests/world.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "the tests need more of it")]
mod world;

use world::{Home, World};

const WRITERS: usize = 32;
const WRITES: usize = 8000;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            let world = World::on_sqlite().await;
            let through_store = store(&world).await;
            let plain = plain(&World::on_sqlite().await).await;
            let line = format!(
                "store {through_store:.0} writes/s, plain {plain:.0} writes/s, {:.2} times",
                through_store / plain
            );
            std::io::Write::write_all(&mut std::io::stdout(), format!("{line}\n").as_bytes()).unwrap();
        }
    });
}

/// Writes per second through the store.
async fn store(world: &World) -> f64 {
    let next = AtomicUsize::new(0);
    let targets = organisations(world).await;
    let began = Instant::now();
    let writer = |number: usize| {
        let (home, next, target) = (&world.here, &next, &targets[number]);
        async move {
            let permit = home.permit::<of::OrganisationManage>();
            while next.fetch_add(1, Ordering::Relaxed) < WRITES {
                let work = async |tx: Arc<Tx>| change(&tx, home, target, &permit).await;
                world.store.write(home.scope(), work).await.unwrap();
            }
        }
    };
    join_all((0..WRITERS).map(writer)).await;
    WRITES as f64 / began.elapsed().as_secs_f64()
}

async fn change(
    tx: &Tx,
    home: &Home,
    target: &Organisation,
    permit: &styr_domain::access::Permit<of::OrganisationManage>,
) -> styr_persistence::Result<()> {
    let before: Organisation = find(tx, home.account, target.id).await?.unwrap();
    let after = Organisation { name: format!("Afdeling {}", before.revision), ..before.clone() };
    tx.update(permit, &before, after, "organisation.changed").await.map(|_| ())
}

async fn organisations(world: &World) -> Vec<Organisation> {
    let home = &world.here;
    let add = |_| world.store.write(home.scope(), async |tx: Arc<Tx>| home.add(&tx, "Afdeling").await);
    join_all((0..WRITERS).map(add)).await.into_iter().map(Result::unwrap).collect()
}

/// Transactions per second of the same reads and rows: the thing read and changed, the chain's head read and changed, an
/// event added.
async fn plain(world: &World) -> f64 {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
    use sqlx::{ConnectOptions as _, Executor as _};

    let targets = organisations(world).await;
    let styr_persistence::Database::Sqlite(path) = &world.database else { return 0.0 };
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        .connect()
        .await
        .unwrap();
    let account = world.here.account.0;
    let events = WRITES / 4;
    let began = Instant::now();
    for number in 0..events {
        let id = targets[number % WRITERS].id.0;
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        let queries = [
            sqlx::query("SELECT * FROM organisation WHERE id = ?").bind(id),
            sqlx::query("SELECT * FROM event_chain WHERE account_id = ?").bind(account),
            sqlx::query("UPDATE organisation SET name = ?, revision = revision + 1 WHERE id = ?").bind(format!("Afdeling {number}")).bind(id),
            sqlx::query(
                "INSERT INTO event (account_id, sequence, id, at, actor_id, entity, entity_id, kind, detail, hash) \
                 VALUES (?, ?, ?, '2026-06-01T12:00:00+00:00', ?, 'organisation', ?, 'organisation.changed', ?, ?)",
            )
            .bind(account)
            .bind(1000 + number as i64)
            .bind(world.store.ambient().id())
            .bind(world.here.owner.0)
            .bind(id)
            .bind("{\"name\":{\"before\":\"Afdeling 1\",\"after\":\"Afdeling 2\"}}")
            .bind(vec![7_u8; 32]),
            sqlx::query("UPDATE event_chain SET sequence = ?, hash = ? WHERE account_id = ?").bind(1000 + number as i64).bind(vec![7_u8; 32]).bind(account),
        ];
        for query in queries {
            connection.fetch_all(query).await.unwrap();
        }
        connection.execute("COMMIT").await.unwrap();
    }
    events as f64 / began.elapsed().as_secs_f64()
}

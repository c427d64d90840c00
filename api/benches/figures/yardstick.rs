//! The yardstick: what two bare handlers with plain sqlx give, on the same SQLite settings, without authorization,
//! rules or events' hashes. One reads the row that `process_get` reads, one writes the rows that `task_complete` writes
//! in one transaction.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use poem::listener::TcpListener;
use poem::listener::{Acceptor as _, Listener as _};
use poem::web::{Data, Json};
use poem::{EndpointExt as _, Route, Server, get, handler, post};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row as _, SqlitePool};
use uuid::Uuid;

#[derive(Clone)]
struct Pools {
    reader: SqlitePool,
    writer: SqlitePool,
    sequence: Arc<AtomicI64>,
    account: Uuid,
    user: Uuid,
}

/// A task to complete, with what its rows name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Work {
    pub(crate) task_id: Uuid,
    pub(crate) case_id: Uuid,
    pub(crate) form_id: Uuid,
    pub(crate) organisation_id: Uuid,
    /// The idempotency key.
    pub(crate) key: Uuid,
}

#[derive(Serialize)]
struct Process {
    id: Uuid,
    group_id: Option<Uuid>,
    code: Option<String>,
    title: String,
    purpose: String,
    state: String,
    visibility: String,
    owner_id: Uuid,
    version: i32,
    published_version: Option<i32>,
    revision: i64,
    created_at: String,
    updated_at: String,
}

#[handler]
async fn read(poem::web::Path(id): poem::web::Path<Uuid>, pools: Data<&Pools>) -> Json<Process> {
    let row = sqlx::query(
        "SELECT id, group_id, code, title, purpose, state, visibility, owner_id, version, published_version, revision, \
         created_at, updated_at FROM process WHERE id = ? AND account_id = ?",
    )
    .bind(id)
    .bind(pools.account)
    .fetch_one(&pools.reader)
    .await
    .expect("a process");
    Json(Process {
        id: row.get(0),
        group_id: row.get(1),
        code: row.get(2),
        title: row.get(3),
        purpose: row.get(4),
        state: row.get(5),
        visibility: row.get(6),
        owner_id: row.get(7),
        version: row.get(8),
        published_version: row.get(9),
        revision: row.get(10),
        created_at: row.get(11),
        updated_at: row.get(12),
    })
}

const NOW: &str = "2026-06-01 12:00:00.000000+00:00";

#[handler]
async fn write(Json(work): Json<Work>, pools: Data<&Pools>) -> Json<Work> {
    let Pools { writer, sequence, account, user, .. } = *pools;
    let Work { task_id, case_id, form_id, organisation_id, key } = work.clone();
    let (submission, next) = (Uuid::now_v7(), Uuid::now_v7());
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.expect("a transaction");
    let queries = [
        sqlx::query("INSERT INTO submission VALUES (?, ?, ?, ?, 1, ?, ?, 1, ?, ?, NULL, ?)")
            .bind(submission)
            .bind(account)
            .bind(organisation_id)
            .bind(form_id)
            .bind(case_id)
            .bind(user)
            .bind(NOW)
            .bind(NOW)
            .bind(r#"{"amount":1500,"email":"anna@example.dk","note":"To the letter"}"#),
        sqlx::query(
            "UPDATE task SET status = 'completed', submission_id = ?, draft = NULL, revision = revision + 1, \
             updated_at = ?, ended_at = ? WHERE id = ? AND account_id = ?",
        )
        .bind(submission)
        .bind(NOW)
        .bind(NOW)
        .bind(task_id)
        .bind(account),
        sqlx::query("UPDATE \"case\" SET state = ?, revision = revision + 1, updated_at = ? WHERE id = ? AND account_id = ?")
            .bind(r#"{"status":"running","tokens":[{"at":"approve","work":2}],"next":3,"history":[{"node":"apply","work":1}]}"#)
            .bind(NOW)
            .bind(case_id)
            .bind(account),
        sqlx::query(
            "INSERT INTO task VALUES (?, ?, ?, ?, 'approve', 2, 'Approve', NULL, NULL, 0, 'open', ?, NULL, NULL, NULL, 1, \
             ?, ?, NULL)",
        )
        .bind(next)
        .bind(account)
        .bind(case_id)
        .bind(organisation_id)
        .bind(user)
        .bind(NOW)
        .bind(NOW),
        sqlx::query("INSERT INTO case_party VALUES (?, ?, ?, 'involved') ON CONFLICT DO NOTHING")
            .bind(account)
            .bind(case_id)
            .bind(user),
    ];
    for query in queries {
        query.execute(&mut *tx).await.expect("a row");
    }
    let last = sequence.fetch_add(4, Ordering::Relaxed) + 4;
    let mut events = sqlx::query(
        "INSERT INTO event VALUES (?, ?, ?, ?, ?, NULL, NULL, 'task', ?, NULL, 'task.completed', ?, ?, ?, ?), \
         (?, ?, ?, ?, ?, NULL, NULL, 'task', ?, NULL, 'task.completed', ?, ?, ?, ?), \
         (?, ?, ?, ?, ?, NULL, NULL, 'task', ?, NULL, 'task.completed', ?, ?, ?, ?), \
         (?, ?, ?, ?, ?, NULL, NULL, 'task', ?, NULL, 'task.completed', ?, ?, ?, ?)",
    );
    for event in 0..4 {
        events = events
            .bind(account)
            .bind(last - event)
            .bind(Uuid::now_v7())
            .bind(NOW)
            .bind(user)
            .bind(task_id)
            .bind(key.to_string())
            .bind(r#"{"status":{"after":"completed","before":"open"},"ended_at":{"after":"2026-06-01T12:00:00Z"}}"#)
            .bind((event == 0).then(|| vec![7_u8; 32]))
            .bind(vec![7_u8; 32]);
    }
    events.execute(&mut *tx).await.expect("events");
    let queries = [
        sqlx::query("INSERT INTO event_secret VALUES (?, ?, ?, ?)")
            .bind(account)
            .bind(last)
            .bind(vec![7_u8; 32])
            .bind(r#"{"values":{"after":{"email":"anna@example.dk"}}}"#),
        sqlx::query("UPDATE event_chain SET sequence = ?, hash = ? WHERE account_id = ?")
            .bind(last)
            .bind(vec![7_u8; 32])
            .bind(account),
        sqlx::query("INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?)")
            .bind(account)
            .bind(user)
            .bind(key.to_string())
            .bind(vec![7_u8; 32])
            .bind(submission.to_string())
            .bind("{\"task\":{}}".repeat(200))
            .bind(NOW),
    ];
    for query in queries {
        query.execute(&mut *tx).await.expect("a row");
    }
    let mut terms = sqlx::query(
        "INSERT INTO term (account_id, term, entity, entity_id, field) VALUES (?, ?, 'submission', ?, 'email'), (?, ?, 'submission', ?, 'email'), \
         (?, ?, 'submission', ?, 'email'), (?, ?, 'submission', ?, 'email')",
    );
    for term in ["e", "p", "q", "r"] {
        terms = terms.bind(account).bind(format!("{term}:{submission}")).bind(submission);
    }
    terms.execute(&mut *tx).await.expect("terms");
    tx.commit().await.expect("it is there");
    Json(work)
}

/// Serves the yardstick, until it is killed.
pub(crate) async fn serve(database: &Path) {
    let options = |read_only: bool| {
        let options = SqliteConnectOptions::new()
            .filename(database)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma("secure_delete", "ON")
            .pragma("mmap_size", "16777216")
            .pragma("cache_size", "-8000");
        if read_only { options.pragma("query_only", "ON") } else { options }
    };
    let pool = |connections| SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false);
    let reader = pool(4).connect_with(options(true)).await.expect("readers");
    let writer = pool(1).connect_with(options(false)).await.expect("a writer");
    let row = sqlx::query("SELECT account_id, sequence FROM event_chain")
        .fetch_one(&reader)
        .await
        .expect("a chain");
    let user = sqlx::query("SELECT id FROM \"user\" LIMIT 1").fetch_one(&reader).await.expect("a user");
    let pools = Pools {
        reader,
        writer,
        sequence: Arc::new(AtomicI64::new(row.get(1))),
        account: row.get(0),
        user: user.get(0),
    };
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
    let address = acceptor.local_addr().remove(0);
    let address = *address.as_socket_addr().expect("an address");
    super::say(&format!("The yardstick listens on http://{address}"));
    let routes = Route::new().at("/read/:id", get(read)).at("/write", post(write)).data(pools);
    Server::new_with_acceptor(acceptor).run(routes).await.expect("it serves");
}

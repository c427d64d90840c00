//! What Styr costs, measured from outside: `cargo bench -p styr-api`, or with the names of some figures behind `--`.
//!
//! Rates are ratios to the yardstick in the same run, each of them a process of its own on the same machine, in rounds
//! by turns; the median of the rounds counts.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]
#![expect(clippy::disallowed_methods, reason = "no test pins what is measured")]

mod http;
mod import;
mod lists;
mod processes;
mod program;
mod yardstick;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use http::{Connection, load, request};
use program::Program;
use yardstick::Work;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Names the database on which this program is to serve the yardstick.
const YARDSTICK: &str = "STYR_BENCH_YARDSTICK";

const ROUNDS: usize = 5;
/// How long a round of reading is.
const READING: Duration = Duration::from_secs(3);
/// How many tasks a round completes.
const TASKS: usize = 4000;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    if let Some(database) = std::env::var_os(YARDSTICK) {
        return runtime.block_on(yardstick::serve(Path::new(&database)));
    }
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wants = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    runtime.block_on(async {
        if wants("read") || wants("write") {
            rates(wants("read"), wants("write")).await;
        }
        if wants("start") {
            start().await;
        }
        if wants("list") {
            lists::measure().await;
        }
        if wants("import") {
            import::measure().await;
        }
        if wants("processes") {
            processes::measure().await;
        }
    });
}

fn say(text: &str) {
    println!("{text}");
}

/// `process_get` and `task_complete` against the yardstick.
async fn rates(read: bool, write: bool) {
    let (ours, theirs) = (folder(), folder());
    let token = token();
    let styr = Program::styr(ours.path(), &["--bootstrap-token", &token]);
    let mut connection = Connection::open(&styr.address).await;
    let body =
        json!({ "title": "Inddrivelse af restancer", "purpose": "Kommunen får sine penge til tiden." });
    let process = connection.call("POST", "/v1/processes", &token, &body).await;
    let work = if write { work(&styr, &token, ROUNDS * TASKS).await } else { Vec::new() };
    styr.stop();
    std::fs::copy(ours.path().join("styr.db"), theirs.path().join("styr.db")).expect("a copy");

    let styr = Program::styr(ours.path(), &[]);
    let yardstick = Program::yardstick(theirs.path());
    let process = process["id"].as_str().expect("an id");
    if read {
        let get = |path: String| move |_| Some(request("GET", &path, "", "", &Value::Null));
        let with_token = request("GET", &format!("/v1/processes/{process}"), &token, "", &Value::Null);
        let mut rounds = Rounds::new("process_get");
        for _ in 0..ROUNDS {
            let bare = measure(&yardstick, READING, get(format!("/read/{process}"))).await;
            let with_token = with_token.clone();
            let styr = measure(&styr, READING, move |_| Some(with_token.clone())).await;
            rounds.add(styr, bare);
        }
        rounds.report();
    }
    let work = Arc::new(work);
    let mut rounds = Rounds::new("task_complete");
    for round in 0..if write { ROUNDS } else { 0 } {
        let (turn, begin) = (work.clone(), round * TASKS);
        let bare = move |number| {
            let work: &Work = (number < TASKS).then(|| &turn[begin + number])?;
            Some(request("POST", "/write", "", "", &json!(work)))
        };
        let bare = measure(&yardstick, Duration::MAX, bare).await;
        let (turn, token) = (work.clone(), token.clone());
        let complete = move |number| {
            let work: &Work = (number < TASKS).then(|| &turn[begin + number])?;
            let values = json!({ "amount": 1500, "email": format!("anna{number}@example.dk"), "note": "To the letter" });
            let path = format!("/v1/tasks/{}/complete", work.task_id);
            let key = format!("idempotency-key: {}\r\n", work.key);
            Some(request("POST", &path, &token, &key, &json!({ "values": values })))
        };
        rounds.add(measure(&styr, Duration::MAX, complete).await, bare);
    }
    if write {
        rounds.report();
    }
    styr.stop();
    yardstick.stop();
    if write {
        same_rows(ours.path(), theirs.path()).await;
    }
}

/// Requests a second, and the program's processor time for each.
async fn measure(
    program: &Program,
    most: Duration,
    next: impl Fn(usize) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> (f64, Duration) {
    let (before, began) = (program.cpu(), Instant::now());
    let rate = load(&program.address, most, next).await;
    let requests = rate * began.elapsed().as_secs_f64();
    (rate, (program.cpu() - before).div_f64(requests))
}

/// One figure's rounds.
struct Rounds {
    name: &'static str,
    ratios: Vec<f64>,
}

impl Rounds {
    fn new(name: &'static str) -> Self {
        Self { name, ratios: Vec::new() }
    }

    fn add(&mut self, (styr, styr_cpu): (f64, Duration), (bare, bare_cpu): (f64, Duration)) {
        let ratio = styr / bare;
        println!(
            "{}: {styr:.0} a second ({} µs of processor each), yardstick {bare:.0} ({} µs): {ratio:.2}",
            self.name,
            styr_cpu.as_micros(),
            bare_cpu.as_micros()
        );
        self.ratios.push(ratio);
    }

    fn report(mut self) {
        self.ratios.sort_by(f64::total_cmp);
        println!("{}: {:.2} of the yardstick\n", self.name, self.ratios[self.ratios.len() / 2]);
    }
}

fn folder() -> tempfile::TempDir {
    // Beside what is built: a temporary folder may lie in memory, where nothing is durable.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tempfile::tempdir_in(target).expect("a folder")
}

fn token() -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_styr")).args(["token", "generate"]).output();
    String::from_utf8(output.expect("it runs").stdout).expect("text").trim().to_owned()
}

/// Starts cases whose first task has a form with a personal field, and whose second depends on what is filled in.
async fn work(styr: &Program, token: &str, cases: usize) -> Vec<Work> {
    let mut connection = Connection::open(&styr.address).await;
    let field = |key: &str, kind: &str, class: &str| json!({ "key": key, "type": kind, "label": { "en": key }, "required": true, "class": class });
    let form = json!({ "title": "Application", "definition": { "fields": [
        field("amount", "integer", "none"), field("email", "email", "personal"), field("note", "short_text", "none"),
    ] } });
    let form = connection.call("POST", "/v1/forms", token, &form).await;
    let form_id = form["id"].as_str().expect("an id");
    connection.call("POST", &format!("/v1/forms/{form_id}/publish"), token, &json!({})).await;
    let node = |id: &str, kind: &str| json!({ "id": id, "type": kind });
    let task = |id: &str, step: Value| json!({ "id": id, "type": "user_task", "name": id, "step": step });
    let flow = |id: &str, source: &str, target: &str| json!({ "id": id, "source": source, "target": target });
    let starter = json!({ "type": "starter" });
    let mut large = flow("large", "decide", "approve");
    large["condition"] = json!("amount > 1000");
    let mut decide = node("decide", "exclusive_gateway");
    decide["default_flow"] = json!("small");
    let flow = json!({
        "nodes": [
            node("start", "start_event"),
            task("apply", json!({ "assignee": starter, "form_id": form_id })),
            decide,
            task("approve", json!({ "assignee": starter })),
            node("end", "end_event"),
        ],
        "sequence_flows": [
            flow("begin", "start", "apply"), flow("ask", "apply", "decide"), large, flow("small", "decide", "end"),
            flow("done", "approve", "end"),
        ],
        "artifacts": [], "associations": [], "data": [], "lanes": [], "message_flows": [], "pools": [],
    });
    let workflow = json!({ "title": "Grants", "flow": flow });
    let workflow = connection.call("POST", "/v1/workflows", token, &workflow).await;
    let workflow_id = workflow["id"].as_str().expect("an id").to_owned();
    for action in ["publish", "activate"] {
        connection.call("POST", &format!("/v1/workflows/{workflow_id}/{action}"), token, &json!({})).await;
    }
    let mut starters = Vec::new();
    for number in 0..http::CONNECTIONS {
        let (token, body) = (token.to_owned(), json!({ "workflow_id": workflow_id }));
        let (mut connection, form_id) = (Connection::open(&styr.address).await, form_id.to_owned());
        starters.push(tokio::spawn(async move {
            let mut work = Vec::new();
            for _ in (number..cases).step_by(http::CONNECTIONS) {
                let case = connection.call("POST", "/v1/cases", &token, &body).await;
                let id = |value: &Value| value.as_str().and_then(|id| id.parse().ok()).expect("an id");
                work.push(Work {
                    task_id: id(&case["open_tasks"][0]["id"]),
                    case_id: id(&case["id"]),
                    form_id: form_id.parse().expect("an id"),
                    organisation_id: id(&case["organisation_id"]),
                    key: Uuid::now_v7(),
                });
            }
            work
        }));
    }
    let mut work = Vec::new();
    for starter in starters {
        work.extend(starter.await.expect("it runs"));
    }
    work
}

/// Cold start on a database that is there, and what the demonstration takes when idle.
async fn start() {
    let folder = folder();
    let styr = Program::styr(folder.path(), &["--demo"]);
    println!("demo: filled and ready in {} ms", styr.started_in.as_millis());
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!("demo: {:.0} MB resident when idle", styr.resident());
    styr.stop();
    let mut starts = Vec::new();
    for _ in 0..ROUNDS * 2 {
        let styr = Program::styr(folder.path(), &[]);
        // Ready is what answers.
        let began = Instant::now();
        let mut connection = Connection::open(&styr.address).await;
        let (status, _) = connection.send(b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        assert_eq!(status, 200);
        starts.push(styr.started_in + began.elapsed());
        styr.stop();
    }
    starts.sort();
    println!(
        "cold start: ready in {} ms, at worst {} ms\n",
        starts[starts.len() / 2].as_millis(),
        starts.last().map_or(0, Duration::as_millis)
    );
}

/// Sees that both have written the same numbers of rows.
async fn same_rows(ours: &Path, theirs: &Path) {
    let (ours, theirs) = (lists::rows(ours).await, lists::rows(theirs).await);
    for (table, rows) in &ours {
        let bare = theirs.get(table).copied().unwrap_or_default();
        assert_eq!(*rows, bare, "rows of {table}: Styr wrote {rows}, the yardstick {bare}");
    }
}

//! What a large landscape costs: 10,000 processes of 15 activities against 100 of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::{Connection, load, request, request_of};
use super::program::Program;
use super::{folder, token};

const FEW: usize = 100;
const MANY: usize = 10_000;
const ACTIVITIES: usize = 15;
/// How many processes lie in a group.
const GROUP: usize = 100;
const REPETITIONS: usize = 300;

/// What people look for: whole words and their beginnings, of titles and of activities, rare and in every process.
const SEARCHES: [&str; 10] = [
    "ansogning",
    "ansøgning om",
    "beh",
    "b",
    "registrer",
    "byggetilladelse 77",
    "journal",
    "af",
    "godk bevilling",
    "4711",
];

/// Measures the import, the lists, the search and the Excel file.
pub(crate) async fn measure() {
    let (few, many) = (times(FEW).await, times(MANY).await);
    for (what, few) in few {
        let many = many[&what];
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        println!("{what}: {} µs of {MANY}, {} µs of {FEW}: {ratio:.2}", many.as_micros(), few.as_micros());
    }
    println!();
}

async fn times(processes: usize) -> BTreeMap<String, Duration> {
    let folder = folder();
    let owner = token();
    let styr = Program::styr(folder.path(), &["--bootstrap-token", &owner]);
    let mut connection = Connection::open(&styr.address).await;
    let mut groups = Vec::new();
    for number in 0..processes.div_ceil(GROUP) {
        let group = json!({ "title": format!("Område {number}"), "code": format!("{}", number + 1) });
        let group = connection.call("POST", "/v1/process-groups", &owner, &group).await;
        groups.push(group["id"].as_str().expect("an id").to_owned());
    }
    let (into, token) = (Arc::new(groups), owner.clone());
    let first = into[0].clone();
    let import = move |number: usize| {
        let group = into.get(number / GROUP).filter(|_| number < processes)?;
        let path = format!("/v1/processes/import?group_id={group}");
        Some(request_of("POST", &path, &token, "", "application/xml", &model(number)))
    };
    let rate = load(&styr.address, Duration::MAX, import).await;
    println!("process_import: {rate:.0} files a second into {processes}");

    let mut times = BTreeMap::new();
    for (what, path) in [
        ("landscape_get, the top", "/v1/landscape".to_owned()),
        ("landscape_get, a group", format!("/v1/landscape?group_id={first}")),
        ("process_list, 25", "/v1/processes?limit=25".to_owned()),
        ("process_list, 25 of a group", format!("/v1/processes?limit=25&group_id={first}")),
        ("process_list, 25 drafts", "/v1/processes?limit=25&state=draft".to_owned()),
    ] {
        let taken = taken(&mut connection, &owner, &[path]).await;
        times.insert(what.to_owned(), taken[taken.len() / 2]);
    }
    let searches = SEARCHES.map(|words| format!("/v1/landscape/search?q={}", percent(words)));
    for (words, path) in SEARCHES.iter().zip(&searches) {
        let taken = taken(&mut connection, &owner, std::slice::from_ref(path)).await;
        times.insert(format!("landscape_search, {words}"), taken[taken.len() / 2]);
    }
    let taken = taken(&mut connection, &owner, &searches).await;
    times.insert("landscape_search, the slowest hundredth".to_owned(), taken[taken.len() * 99 / 100]);

    let before = styr.peak();
    let began = Instant::now();
    let (status, body) =
        connection.send(&request("GET", "/v1/landscape.xlsx", &owner, "", &Value::Null)).await;
    assert_eq!(status, 200);
    println!(
        "landscape_export: {} activities, {} kB in {} ms, at most {:.0} MB resident ({before:.0} before)",
        processes * ACTIVITIES,
        body.len() / 1000,
        began.elapsed().as_millis(),
        styr.peak()
    );
    styr.stop();
    times
}

/// How long requests by turns take, sorted.
async fn taken(connection: &mut Connection, token: &str, paths: &[String]) -> Vec<Duration> {
    let mut taken = Vec::with_capacity(REPETITIONS);
    for number in 0..REPETITIONS {
        let path = &paths[number % paths.len()];
        let request = request("GET", path, token, "", &Value::Null);
        let began = Instant::now();
        let (status, body) = connection.send(&request).await;
        taken.push(began.elapsed());
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(body));
    }
    taken.sort();
    taken
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = write!(encoded, "%{byte:02X}"); // writing to a text does not fail
        encoded
    })
}

/// A process of fifteen tasks one after another, in words that a municipality might use.
fn model(number: usize) -> String {
    const ABOUT: [&str; 8] = [
        "ansøgning om byggetilladelse",
        "restance",
        "klage over bevilling",
        "flytning",
        "skoleindskrivning",
        "ældrebolig",
        "kørselstilskud",
        "faktura fra leverandør",
    ];
    const DO: [&str; 5] = ["Registrer", "Behandl", "Godkend", "Send svar på", "Journaliser"];
    let about = ABOUT[number % ABOUT.len()];
    let mut xml = format!(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" targetNamespace=\"urn:bench\">\
         <process id=\"p\" name=\"Behandling af {about} {number}\"><startEvent id=\"n0\"/>"
    );
    for step in 1..=ACTIVITIES {
        let verb = DO[step % DO.len()];
        let _ = write!(xml, "<userTask id=\"n{step}\" name=\"{verb} {about}, trin {step}\"/>");
        let _ =
            write!(xml, "<sequenceFlow id=\"f{step}\" sourceRef=\"n{}\" targetRef=\"n{step}\"/>", step - 1);
    }
    xml + "<endEvent id=\"end\"/><sequenceFlow id=\"last\" sourceRef=\"n15\" targetRef=\"end\"/></process></definitions>"
}

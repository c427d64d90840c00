//! How long imports of users take: the first of 20,000 people, and those of the nights after, with 300 changes each.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::http::{Connection, request_of};
use super::program::Program;
use super::{folder, token};

const PEOPLE: usize = 20_000;
/// How many of them each night are renamed, come, leave, or get another role: a quarter each.
const CHANGES: usize = 300;
const ROUNDS: usize = 3;

/// Measures the preview and the import.
pub(crate) async fn measure() {
    let folder = folder();
    let owner = token();
    let styr = Program::styr(folder.path(), &["--bootstrap-token", &owner]);
    let mut connection = Connection::open(&styr.address).await;
    let (all, taken) = send(&mut connection, &owner, "", &file(0)).await;
    assert_eq!(all["counts"]["added"], PEOPLE);
    println!("user_import_apply, the first, of {PEOPLE} people: {} ms", taken.as_millis());
    for round in 1..=ROUNDS {
        let file = file(round);
        let (shown, preview) = send(&mut connection, &owner, "/preview", &file).await;
        let (done, apply) = send(&mut connection, &owner, "", &file).await;
        assert_eq!(shown["counts"], done["counts"]);
        let changes: u64 = ["added", "changed", "deactivated", "roles_taken"]
            .iter()
            .filter_map(|count| done["counts"][count].as_u64())
            .sum();
        println!(
            "{PEOPLE} people, {changes} changes: user_import_preview {} ms, user_import_apply {} ms",
            preview.as_millis(),
            apply.as_millis()
        );
    }
    styr.stop();
    println!();
}

async fn send(connection: &mut Connection, token: &str, path: &str, file: &str) -> (Value, Duration) {
    let request = request_of("POST", &format!("/v1/user-imports{path}"), token, "", "text/csv", file);
    let began = Instant::now();
    let (status, body) = connection.send(&request).await;
    let taken = began.elapsed();
    assert!(status < 300, "{status}: {}", String::from_utf8_lossy(body));
    (serde_json::from_slice(body).expect("JSON"), taken)
}

/// The people of a night. Each night another part of them changes.
fn file(night: usize) -> String {
    let part = CHANGES / 4;
    let mut file = "external_id,name,email,title,roles\n".to_owned();
    for number in night * part..PEOPLE + night * part {
        // Which people those are is the same on all nights after, so that they stay as they became.
        let changed = |kind: usize| (1..=night).any(|night| number / part == night * 8 + kind);
        let name = if changed(0) { "Renamed" } else { "Person" };
        let role = if changed(4) { "standard" } else { "employee" };
        file += &format!("{number},{name} {number},p{number}@example.dk,Medarbejder,{role}\n");
    }
    file
}

//! How long a list takes when there is much to list: 25 of a million cases, and of ten thousand processes, against 25 of
//! a thousand and of ten; and for who sees few of them against who sees all.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Row as _};

use super::http::{Connection, request};
use super::program::Program;
use super::{folder, token, work};

const FEW: usize = 1_000;
const MANY: usize = 1_000_000;
const REPETITIONS: usize = 200;

/// Measures `case_list` and `process_list` on both, for who sees all and for who sees only their own.
pub(crate) async fn measure() {
    let (few, many) = (times(FEW).await, times(MANY).await);
    for (list, few) in few {
        let many = many[&list];
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        println!("{list}: {} µs of many, {} µs of few: {ratio:.2}", many.as_micros(), few.as_micros());
    }
    for (list, all) in many.iter().filter(|(list, _)| list.contains(", all,")) {
        let own = many[&list.replace(", all,", ", own,")];
        let ratio = own.as_secs_f64() / all.as_secs_f64();
        println!("{}: {ratio:.2} of who sees all", list.replace(", all,", ", own,"));
    }
    println!();
}

async fn times(cases: usize) -> BTreeMap<String, Duration> {
    let folder = folder();
    let owner = token();
    let styr = Program::styr(folder.path(), &["--bootstrap-token", &owner]);
    work(&styr, &owner, 1).await;
    let mut connection = Connection::open(&styr.address).await;
    connection.call("POST", "/v1/processes", &owner, &json!({ "title": "Buy" })).await;
    let employee = employee(&styr, &owner).await;
    styr.stop();
    fill(&folder.path().join("styr.db"), cases).await;

    let styr = Program::styr(folder.path(), &[]);
    let mut connection = Connection::open(&styr.address).await;
    let all = connection.call("GET", "/v1/cases?limit=25", &owner, &Value::Null).await;
    let cursor = all["next_cursor"].as_str().expect("more than 25 cases").to_owned();
    let first = &all["items"][0];
    let filter = |name: &str| format!("{name}={}", first[name].as_str().expect("a value"));
    let mut times = BTreeMap::new();
    for (who, token) in [("all", &owner), ("own", &employee)] {
        for (things, query) in [
            ("case", ""),
            ("case", &cursor_of(&cursor)),
            ("case", &filter("workflow_id")),
            ("case", &filter("organisation_id")),
            ("case", &filter("owner_id")),
            ("case", "status=parked"),
            ("process", ""),
            ("process", "state=live"),
        ] {
            let path = if things == "case" { "cases" } else { "processes" };
            let path = format!("/v1/{path}?limit=25&{query}");
            let path = path.trim_end_matches('&');
            let request = request("GET", path, token, "", &Value::Null);
            let mut taken = Vec::with_capacity(REPETITIONS);
            for _ in 0..REPETITIONS {
                let began = Instant::now();
                let (status, body) = connection.send(&request).await;
                taken.push(began.elapsed());
                assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(body));
            }
            taken.sort();
            let name = query.split('=').next().filter(|name| !name.is_empty()).unwrap_or("no filter");
            times.insert(format!("{things}_list, {who}, {name}"), taken[REPETITIONS / 2]);
        }
    }
    styr.stop();
    times
}

fn cursor_of(cursor: &str) -> String {
    format!("cursor={cursor}")
}

/// Somebody who sees only the cases they have a part in.
async fn employee(styr: &Program, owner: &str) -> String {
    let mut connection = Connection::open(&styr.address).await;
    let organisation =
        connection.call("GET", "/v1/organisations", owner, &Value::Null).await["items"][0]["id"].clone();
    let user = json!({ "name": "Ida Holm", "email": "ida@example.dk", "organisation_id": organisation });
    let user = connection.call("POST", "/v1/users", owner, &user).await["id"].clone();
    let roles = connection.call("GET", "/v1/roles", owner, &Value::Null).await;
    let role = roles["items"]
        .as_array()
        .and_then(|roles| roles.iter().find(|role| role["api_name"] == "employee"))
        .expect("the role")["id"]
        .clone();
    let assignment = json!({ "role_id": role });
    connection
        .call("POST", &format!("/v1/users/{}/roles", user.as_str().expect("an id")), owner, &assignment)
        .await;
    let token = json!({ "name": "Bench", "user_id": user });
    connection.call("POST", "/v1/tokens", owner, &token).await["secret"]
        .as_str()
        .expect("a secret")
        .to_owned()
}

/// Copies the one case until there are so many, the employee having a part in every hundredth, and one in twenty parked.
async fn fill(database: &Path, cases: usize) {
    let mut connection = open(database).await;
    let statements = [
        "CREATE TEMP TABLE made AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?) \
         SELECT n, unhex(printf('%012x7', 1700000000000 + n) || substr(hex(randomblob(10)), 1, 19)) AS id FROM n",
        "INSERT INTO \"case\" SELECT made.id, account_id, organisation_id, workflow_id, workflow_version, \
         title || ' ' || n, iif(n % 20 = 0, 'parked', status), starter_id, owner_id, revision, created_at, updated_at, \
         ended_at, anonymized_at, state FROM \"case\" CROSS JOIN made ORDER BY n",
        "INSERT INTO case_party SELECT c.account_id, c.id, c.starter_id, 'party' FROM \"case\" c JOIN made ON made.id = c.id",
        "INSERT INTO case_party SELECT u.account_id, made.id, u.id, 'involved' FROM made \
         JOIN \"user\" u ON u.email = 'ida@example.dk' WHERE n % 100 = 0",
        "INSERT INTO process SELECT made.id, account_id, group_id, code, title || ' ' || n, purpose, 'live', 'private', \
         owner_id, version, published_version, revision, created_at, updated_at FROM process CROSS JOIN made \
         WHERE n % 100 = 0 ORDER BY n",
        "INSERT INTO process_person SELECT randomblob(16), u.account_id, made.id, u.id, 'member', NULL, u.created_at FROM made \
         JOIN \"user\" u ON u.email = 'ida@example.dk' WHERE n % 10000 = 0",
    ];
    for (number, statement) in statements.into_iter().enumerate() {
        let query = sqlx::query(statement);
        let query = if number == 0 { query.bind(i64::try_from(cases).expect("a count")) } else { query };
        query.execute(&mut connection).await.expect("rows");
    }
}

async fn open(database: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(database).connect().await.expect("the database")
}

/// How many rows each table has.
pub(crate) async fn rows(folder: &Path) -> BTreeMap<String, i64> {
    let mut connection = open(&folder.join("styr.db")).await;
    let tables = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .fetch_all(&mut connection)
        .await
        .expect("tables");
    let mut rows = BTreeMap::new();
    for table in tables {
        let table: String = table.get(0);
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM \"{table}\""));
        rows.insert(table, sqlx::query(count).fetch_one(&mut connection).await.expect("a count").get(0));
    }
    rows
}

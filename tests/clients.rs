//! Clients that are too many, too slow or gone, and what is under way when Styr is told to stop.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use styr_api::config::Limits;
use styr_sdk::Client;
use styr_sdk::reqwest::{Method, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::support::{TestApp, on_both};

on_both! {
    a_token_has_a_rate
    a_body_that_is_too_large_is_refused_however_it_is_sent
    a_client_that_sends_nothing_of_use_is_let_go
    what_is_under_way_is_finished_before_the_end
}

async fn a_token_has_a_rate(app: &TestApp) {
    let limited = app.replica_with(Limits { requests_per_second: 1, ..Limits::default() }).await;
    let get = async |token: &str| -> Response {
        limited.raw(Method::GET, "/v1/me").bearer_auth(token).send().await.unwrap()
    };
    let header = |response: &Response, name: &str| {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    for (left, full_after) in [(1, 1), (0, 2)] {
        let response = get(&app.owner_token).await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "ratelimit-policy").unwrap(), "\"token\";q=2;w=2");
        assert_eq!(header(&response, "ratelimit").unwrap(), format!("\"token\";r={left};t={full_after}"));
        assert_eq!(header(&response, "retry-after"), None);
    }
    let response = get(&app.owner_token).await;
    assert_eq!(response.status(), 429);
    assert_eq!(header(&response, "ratelimit").unwrap(), "\"token\";r=0;t=2");
    assert_eq!(header(&response, "retry-after").unwrap(), "1");
    let told: Value = response.json().await.unwrap();
    assert_eq!(told["code"], "too_many_requests");
    assert_eq!(get(&app.stranger_token).await.status(), 200, "each token has its own");

    let impatient = limited.client(&app.owner_token);
    let mut refused = None;
    for _ in 0..10 {
        if let Err(error) = impatient.me_get().send().await {
            refused = error.problem().cloned();
            break;
        }
    }
    assert_eq!(refused.and_then(|problem| problem.retry_after), Some(Duration::from_secs(1)));
    // Left to itself, the SDK waits for as long as it is asked to.
    let patient = Client::builder(&limited.base_url).token(&app.owner_token).build().unwrap();
    let begun = Instant::now();
    for number in 0..3 {
        patient.process_create().body_map(|body| body.title(format!("{number}"))).send().await.unwrap();
    }
    assert!(begun.elapsed() > Duration::from_secs(1), "it did not wait");
    assert_eq!(app.owner().process_list().send().await.unwrap().items.len(), 3);

    let unlimited = app.raw(Method::GET, "/v1/me").bearer_auth(&app.owner_token).send().await.unwrap();
    assert_eq!(header(&unlimited, "ratelimit"), None);
    limited.stop().await;
}

/// A request's first line and headers, with these more.
fn head(app: &TestApp, method: &str, path: &str, more: &str) -> String {
    let token = &app.owner_token;
    format!(
        "{method} {path} HTTP/1.1\r\nHost: styr\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{more}\r\n"
    )
}

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.address()).await.unwrap()
}

/// What comes until the other side closes, which it does before long.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await;
    let _reset = read.expect("the connection is held");
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn a_body_that_is_too_large_is_refused_however_it_is_sent(app: &TestApp) {
    let large = "x".repeat(5 << 20);
    let length = format!("Content-Length: {}\r\nConnection: close\r\n", large.len());
    let mut stream = connect(app).await;
    stream.write_all(head(app, "POST", "/v1/processes", &length).as_bytes()).await.unwrap();
    stream.write_all(large.as_bytes()).await.unwrap();
    let told = rest(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 413 ") && told.contains("\"body_too_large\""), "{told}");

    // Whoever asks first is told before sending.
    let mut stream = connect(app).await;
    let asking = format!("{length}Expect: 100-continue\r\n");
    stream.write_all(head(app, "POST", "/v1/processes", &asking).as_bytes()).await.unwrap();
    let told = rest(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 413 "), "{told}");

    let chunked = "Transfer-Encoding: chunked\r\nIdempotency-Key: k\r\n";
    let mut stream = connect(app).await;
    stream.write_all(head(app, "POST", "/v1/processes", chunked).as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..80 {
        stream.write_all(chunk.as_bytes()).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let mut told = vec![0; 13];
    timeout(Duration::from_secs(10), stream.read_exact(&mut told)).await.unwrap().unwrap();
    assert_eq!(told, b"HTTP/1.1 413 ");
    assert!(app.owner().process_list().send().await.unwrap().items.is_empty());
}

async fn a_client_that_sends_nothing_of_use_is_let_go(app: &TestApp) {
    let hasty = &app.replica_with(Limits { client_seconds: 1, ..Limits::default() }).await;
    let sends = async |bytes: String| {
        let mut stream = connect(hasty).await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        rest(&mut stream).await
    };
    // One byte at a time, for as long as the other side takes them.
    let drips = async |head: String, byte: &[u8]| {
        let (mut input, mut output) = connect(hasty).await.into_split();
        output.write_all(head.as_bytes()).await.unwrap();
        let drip = async {
            while output.write_all(byte).await.is_ok() {
                sleep(Duration::from_millis(50)).await;
            }
        };
        let mut told = Vec::new();
        let read = timeout(Duration::from_secs(10), async {
            tokio::select! {
                () = drip => {}
                _ = input.read_to_end(&mut told) => {}
            }
        });
        read.await.expect("the connection is held");
        String::from_utf8_lossy(&told).into_owned()
    };
    let half = head(app, "GET", "/v1/me", "").trim_end().to_owned();
    let length = |length: usize| head(app, "POST", "/v1/processes", &format!("Content-Length: {length}\r\n"));
    let chunked = head(app, "POST", "/v1/processes", "Transfer-Encoding: chunked\r\nIdempotency-Key: k\r\n");
    let never_reads = async {
        let mut stream = connect(hasty).await;
        let get = "GET /openapi.json HTTP/1.1\r\nHost: styr\r\n\r\n".repeat(200);
        stream.write_all(get.as_bytes()).await.unwrap();
        sleep(Duration::from_secs(4)).await;
        rest(&mut stream).await.matches("HTTP/1.1 200").count()
    };
    // Slow, but it gets on.
    let slow = async {
        let body = format!("{{\"title\":\"Slow\"{}}}", " ".repeat(80 << 10));
        let mut stream = connect(hasty).await;
        let close = format!("Content-Length: {}\r\nConnection: close\r\n", body.len());
        stream.write_all(head(app, "POST", "/v1/processes", &close).as_bytes()).await.unwrap();
        for piece in body.as_bytes().chunks(16 << 10) {
            stream.write_all(piece).await.unwrap();
            sleep(Duration::from_millis(500)).await;
        }
        rest(&mut stream).await
    };
    let (silent, headers, preface, dripped, body, dripped_body, answers, slow) = tokio::join!(
        sends(String::new()),
        sends(half.clone()),
        sends("PRI * HTTP/2.0\r\n".to_owned()),
        drips(half + "\r\nX-Long: ", b"x"),
        sends(length(100) + "{"),
        drips(chunked, b"1\r\n \r\n"),
        never_reads,
        slow,
    );
    assert_eq!([silent, headers, preface, dripped].concat(), "");
    for told in [body, dripped_body] {
        assert!(told.starts_with("HTTP/1.1 408 ") && told.contains("\"body_too_slow\""), "{told}");
    }
    assert!(answers < 200, "whoever reads nothing was sent everything");
    assert!(slow.starts_with("HTTP/1.1 201 "), "{slow}");
    assert_eq!(app.owner().process_list().send().await.unwrap().items.len(), 1);
    assert_eq!(hasty.raw(Method::GET, "/health/live").send().await.unwrap().status(), 200);
}

async fn what_is_under_way_is_finished_before_the_end(app: &TestApp) {
    let replica = app.replica().await;
    let address = replica.address();
    let body = json!({ "title": "Buy" }).to_string();
    let length = format!("Content-Length: {}\r\n", body.len());
    let mut under_way = connect(&replica).await;
    let mut begun = head(app, "POST", "/v1/processes", &length).into_bytes();
    begun.extend(&body.as_bytes()[..5]);
    under_way.write_all(&begun).await.unwrap();
    // Those who hold a connection and ask for nothing do not hold up the end.
    let mut idle = connect(&replica).await;
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: styr\r\n\r\n").await.unwrap();
    let mut half = connect(&replica).await;
    half.write_all(b"GET /health/live HTTP/1.1\r\nHo").await.unwrap();
    sleep(Duration::from_millis(300)).await;

    let stopping = Instant::now();
    let stop = tokio::spawn(replica.stop());
    let mut refused = false;
    for _ in 0..50 {
        refused = TcpStream::connect(address).await.is_err();
        if refused {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    assert!(refused, "new connections are still taken");
    assert!(!stop.is_finished(), "it did not wait for what is under way");
    under_way.write_all(&body.as_bytes()[5..]).await.unwrap();
    let told = rest(&mut under_way).await;
    assert!(told.starts_with("HTTP/1.1 201 "), "{told}");
    stop.await.unwrap();
    assert!(stopping.elapsed() < Duration::from_secs(9), "quiet clients held up the end");
    assert!(rest(&mut idle).await.starts_with("HTTP/1.1 200 "));
    assert_eq!(rest(&mut half).await, "");
    assert_eq!(app.owner().process_list().send().await.unwrap().items.len(), 1);
}

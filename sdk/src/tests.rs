//! The runtime against a server that answers by a script.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use progenitor_client::{ByteStream, ResponseValue};
use reqwest::header::{ETAG, HeaderMap, HeaderValue};
use reqwest::{Body, Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::{Client, Error, ItemStream, Page, Retry, Token, WithEtag, pages, read};

/// A server on a free port. It gives each connection the next of its answers, and nothing but a closed connection
/// when they are used up; `""` closes the connection too.
struct Server {
    base_url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answers: impl IntoIterator<Item = String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let mut answers = answers.into_iter().collect::<Vec<_>>().into_iter();
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let request = request(&mut connection).await;
                record.lock().unwrap().push(request);
                let answer = answers.next().unwrap_or_default();
                connection.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { base_url, seen }
    }

    /// A client that waits next to nothing between its tries.
    fn client(&self) -> Client {
        let retry = Retry { first_wait: Duration::from_millis(1), ..Retry::default() };
        Client::builder(&self.base_url).token("styr_secret").retry(retry).build().unwrap()
    }

    fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// What each request had in a header.
    fn headers(&self, name: &str) -> Vec<Option<String>> {
        let of = |request: &String| {
            request.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        self.requests().iter().map(of).collect()
    }
}

/// The head of a request and as much of its body as there is.
async fn request(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            let whole = match length {
                Some(length) => body.len() >= length,
                None => !head.contains("transfer-encoding: chunked") || body.ends_with("0\r\n\r\n"),
            };
            if whole {
                return text;
            }
        }
        match connection.read(&mut buffer).await.unwrap() {
            0 => return text,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

fn problem(status: u16, headers: &str, body: &serde_json::Value) -> String {
    answer(status, &format!("Content-Type: application/problem+json\r\n{headers}"), &body.to_string())
}

fn ok() -> String {
    answer(200, "", "done")
}

#[tokio::test]
async fn what_may_be_sent_twice_is_tried_again() {
    for (method, first) in [
        (Method::GET, answer(503, "", "")),
        (Method::GET, answer(429, "", "")),
        (Method::GET, answer(502, "", "")),
        (Method::PUT, answer(504, "", "")),
        (Method::DELETE, String::new()),
        (Method::POST, String::new()),
        (Method::POST, answer(503, "", "")),
    ] {
        let server = Server::start([first.clone(), ok()]).await;
        let client = server.client();
        let got = client.execute(client.request(method.clone(), "/v1/things").body("{}")).await.unwrap();
        assert_eq!(got.text().await.unwrap(), "done", "{method} after {first:?}");
        assert_eq!(server.requests().len(), 2, "{method} after {first:?}");
    }
}

#[tokio::test]
async fn a_post_has_the_same_key_at_every_try_and_another_at_the_next_call() {
    let server = Server::start([String::new(), answer(503, "", ""), ok(), ok()]).await;
    let client = server.client();
    for _ in 0..2 {
        client.execute(client.request(Method::POST, "/v1/things").body("{\"title\":\"a\"}")).await.unwrap();
    }
    let keys = server.headers("Idempotency-Key");
    assert!(keys[0].as_ref().is_some_and(|key| key.len() == 36), "{keys:?}");
    assert_eq!(keys[0], keys[1]);
    assert_eq!(keys[0], keys[2]);
    assert_ne!(keys[0], keys[3]);
    assert!(server.requests()[2].ends_with("{\"title\":\"a\"}"));
}

#[tokio::test]
async fn the_callers_own_key_stays_and_only_posts_get_one() {
    let server = Server::start([ok(), ok()]).await;
    let client = server.client();
    let post = client.request(Method::POST, "/v1/things").header("Idempotency-Key", "mine");
    client.execute(post).await.unwrap();
    client.execute(client.request(Method::PUT, "/v1/things/1")).await.unwrap();
    assert_eq!(server.headers("Idempotency-Key"), [Some("mine".to_owned()), None]);
}

#[tokio::test]
async fn what_may_not_be_sent_twice_is_sent_once() {
    let server = Server::start([answer(503, "", ""), ok()]).await;
    let client = server.client();
    let error = client.execute(client.request(Method::PATCH, "/v1/things")).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(server.requests().len(), 1);

    // A stream is used up by the first try.
    let server = Server::start([answer(503, "", ""), ok()]).await;
    let client = server.client();
    let body = Body::wrap_stream(stream::iter([Ok::<_, std::io::Error>("piece")]));
    client.execute(client.request(Method::POST, "/v1/files").body(body)).await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    for status in [400, 401, 403, 404, 409, 412, 422, 500] {
        let server = Server::start([problem(status, "", &json!({ "code": "no" })), ok()]).await;
        let client = server.client();
        let error = client.execute(client.request(Method::GET, "/v1/things")).await.unwrap_err();
        assert_eq!((error.status().map(|is| is.as_u16()), error.code()), (Some(status), Some("no")));
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn retry_after_goes_before_back_off() {
    // With its own back-off of an hour the client would not come to an end.
    let retry = Retry {
        first_wait: Duration::from_secs(3600),
        longest_wait: Duration::from_secs(3600),
        ..Retry::default()
    };
    let now = "Retry-After: 0\r\n";
    let at = "Date: Wed, 04 Mar 2026 10:00:00 GMT\r\nRetry-After: Wed, 04 Mar 2026 09:59:00 GMT\r\n";
    // The last: a first try that is still at work.
    let server = Server::start([answer(429, now, ""), answer(503, at, ""), answer(409, now, ""), ok()]).await;
    let client = Client::builder(&server.base_url).retry(retry).build().unwrap();
    client.execute(client.request(Method::POST, "/v1/things")).await.unwrap();
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_wait_longer_than_allowed_is_the_callers_to_decide() {
    let busy = json!({ "code": "too_many_requests" });
    let server = Server::start([problem(429, "Retry-After: 86400\r\n", &busy), ok()]).await;
    let client = server.client();
    let error = client.execute(client.request(Method::GET, "/v1/things")).await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.problem().unwrap().retry_after, Some(Duration::from_secs(86400)));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn tries_come_to_an_end() {
    let server = Server::start([]).await;
    let client = server.client();
    let error = client.execute(client.request(Method::GET, "/v1/things")).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error}");
    assert_eq!(server.requests().len(), 4);

    let server = Server::start([]).await;
    let client = Client::builder(&server.base_url).retry(Retry::never()).build().unwrap();
    client.execute(client.request(Method::GET, "/v1/things")).await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_problem_is_read_and_told() {
    let body = json!({
        "type": "urn:styr:problem:forbidden", "title": "Forbidden", "status": 403, "code": "forbidden",
        "detail": "You may not publish this.", "request_id": "r-1",
        "missing_rights": ["process.publish", "process.admin"], "something_new": 1,
        "errors": [
            { "pointer": "/title", "code": "required", "detail": "Give it a title." },
            { "element": "task_1", "code": "unreachable" },
            { "pointer": "", "code": "odd" },
        ],
    });
    let server = Server::start([problem(403, "", &body)]).await;
    let client = server.client();
    let error = client.execute(client.request(Method::POST, "/v1/processes/1/publish")).await.unwrap_err();
    assert!(error.is_forbidden() && !error.is_not_found());
    assert_eq!(error.request_id(), Some("r-1"));
    let problem = error.problem().unwrap();
    assert_eq!(problem.missing_rights, ["process.publish", "process.admin"]);
    assert_eq!(problem.errors[0].pointer.as_deref(), Some("/title"));
    assert_eq!(
        error.to_string(),
        "403 forbidden: You may not publish this. (missing right: process.publish or process.admin) [request r-1]\
         \n  /title: required: Give it a title.\n  task_1: unreachable\n  (whole): odd"
    );
}

#[tokio::test]
async fn many_errors_are_told_in_part_and_kept_whole() {
    let errors: Vec<_> =
        (0..50).map(|row| json!({ "pointer": format!("/{row}"), "code": "required" })).collect();
    let server = Server::start([problem(422, "", &json!({ "code": "invalid", "errors": errors }))]).await;
    let client = server.client();
    let error = client.execute(client.request(Method::POST, "/v1/things")).await.unwrap_err();
    assert!(error.is_invalid());
    assert_eq!(error.problem().unwrap().errors.len(), 50);
    assert!(error.to_string().ends_with("\n  /19: required\n  and 30 more"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_no_problem_is_told_in_short() {
    let page = format!("<h1>Bad\n gateway</h1>{}", "x".repeat(10_000));
    let server =
        Server::start([answer(500, "Content-Type: text/html\r\nX-Request-Id: r-2\r\n", &page)]).await;
    let client = server.client();
    let error = client.execute(client.request(Method::GET, "/")).await.unwrap_err();
    assert_eq!((error.status(), error.request_id()), (Some(StatusCode::INTERNAL_SERVER_ERROR), Some("r-2")));
    let told = error.to_string();
    assert!(told.starts_with("unexpected answer, status 500: <h1>Bad gateway</h1>xxx"), "{told}");
    assert!(told.len() < 300, "{told}");

    let server = Server::start([problem(404, "", &json!("not an object"))]).await;
    let client = server.client();
    let error = client.execute(client.request(Method::GET, "/")).await.unwrap_err();
    assert!(error.is_not_found() && error.problem().is_none());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start([ok()]).await;
    let location = format!("Location: {}/v1/me\r\n", elsewhere.base_url);
    let server = Server::start([answer(307, &location, "")]).await;
    let client = server.client();
    let error = client.execute(client.request(Method::GET, "/v1/me")).await.unwrap_err();
    assert!(error.to_string().contains(&elsewhere.base_url), "{error}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn every_request_says_who_calls_and_in_which_language() {
    let server = Server::start([ok()]).await;
    let base_url = format!("{}/styr/", server.base_url);
    let client = Client::builder(base_url)
        .token("styr_secret")
        .language("sv")
        .user_agent("payroll/2.1")
        .build()
        .unwrap();
    client.execute(client.request(Method::GET, "/v1/me")).await.unwrap();
    assert!(server.requests()[0].starts_with("GET /styr/v1/me HTTP/1.1\r\n"));
    assert_eq!(server.headers("Authorization"), [Some("Bearer styr_secret".to_owned())]);
    assert_eq!(server.headers("Accept-Language"), [Some("sv".to_owned())]);
    let user_agent = server.headers("User-Agent")[0].clone().unwrap();
    assert!(user_agent.starts_with("payroll/2.1 styr-sdk/"), "{user_agent}");
}

#[test]
fn the_token_is_never_printed() {
    let builder = Client::builder("https://styr.example.org").token("styr_secret");
    let client = builder.clone().build().unwrap();
    let request = client.request(Method::GET, "/v1/me");
    let shown = format!("{:?} {builder:#?} {client:#?} {request:#?}", Token::from("styr_secret"));
    assert!(shown.contains("Token(…)"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");

    let error = Client::new("https://styr.example.org", "styr_secret\n").unwrap_err();
    assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
}

#[test]
fn a_base_url_that_cannot_be_meant_is_refused() {
    for base_url in [
        "",
        "styr.example.org",
        "localhost:8080",
        "ftp://styr.example.org",
        "https://anna:secret@styr.example.org",
        "https://styr.example.org/?a=b",
        "https://styr.example.org/#a",
    ] {
        let error = Client::new(base_url, "styr_x").unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{base_url}");
        assert!(error.to_string().contains("base URL"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

/// A page as generated ones are.
struct Numbers(Vec<u32>, Option<&'static str>);

impl Page for Numbers {
    type Item = u32;

    fn into_parts(self) -> (Vec<u32>, Option<String>) {
        (self.0, self.1.map(str::to_owned))
    }
}

fn response<T>(value: T) -> ResponseValue<T> {
    ResponseValue::new(value, StatusCode::OK, HeaderMap::new())
}

#[tokio::test]
async fn pages_are_got_when_they_are_come_to_and_end_with_the_last() {
    let asked = Mutex::new(Vec::new());
    let fetch = |cursor: Option<String>| {
        asked.lock().unwrap().push(cursor.clone());
        async move {
            Ok(response(match cursor.as_deref() {
                None => Numbers(vec![1, 2], Some("b")),
                Some("b") => Numbers(vec![], Some("c")),
                Some("c") => Numbers(vec![3], None),
                Some(other) => panic!("asked for {other}"),
            }))
        }
    };
    let mut numbers: ItemStream<'_, u32> = Box::pin(pages(fetch));
    assert!(asked.lock().unwrap().is_empty());
    assert_eq!(numbers.try_next().await.unwrap(), Some(1));
    assert_eq!(asked.lock().unwrap().len(), 1);
    assert_eq!(numbers.by_ref().try_collect::<Vec<_>>().await.unwrap(), [2, 3]);
    assert_eq!(*asked.lock().unwrap(), [None, Some("b".to_owned()), Some("c".to_owned())]);
}

#[tokio::test]
async fn pages_end_with_the_first_error() {
    let fetch = |cursor: Option<String>| async move {
        match cursor {
            None => Ok(response(Numbers(vec![1], Some("b")))),
            Some(_) => Err(Error::InvalidRequest("no".to_owned())),
        }
    };
    let numbers: Vec<_> = pages(fetch).collect().await;
    assert!(matches!(numbers.as_slice(), [Ok(1), Err(Error::InvalidRequest(_))]), "{numbers:?}");

    // A server that goes round in circles.
    let numbers: Vec<_> = pages(|_| async { Ok(response(Numbers(vec![1], Some("a")))) }).collect().await;
    assert!(matches!(numbers.as_slice(), [Ok(1), Err(Error::Unexpected { .. })]), "{numbers:?}");
}

#[test]
fn an_etag_is_kept_beside_its_value() {
    let headers = HeaderMap::from_iter([(ETAG, HeaderValue::from_static("\"7\""))]);
    let value = WithEtag::try_from(ResponseValue::new("process", StatusCode::OK, headers)).unwrap();
    assert_eq!((value.value, value.etag.as_str(), value.len()), ("process", "\"7\"", 7));

    let error = WithEtag::try_from(response("process")).unwrap_err();
    assert!(error.to_string().contains("no ETag"), "{error}");
}

#[tokio::test]
async fn bytes_are_collected() {
    let pieces = ["<svg>", "</svg>"].map(|piece| Ok(piece.into()));
    let body = ByteStream::new(Box::pin(stream::iter(pieces)));
    assert_eq!(read(response(body)).await.unwrap(), b"<svg></svg>");
}

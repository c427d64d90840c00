//! A lean HTTP client: what the load costs should be little beside what it measures.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Requests under way at once.
pub(crate) const CONNECTIONS: usize = 32;

/// One connection that is kept open.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, buffer: Vec::with_capacity(1 << 16) }
    }

    /// Sends a request and answers the status and the body, which has a length: nothing is compressed or chunked.
    pub(crate) async fn send(&mut self, request: &[u8]) -> (u16, &[u8]) {
        self.stream.write_all(request).await.expect("it is sent");
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.expect("an answer");
            assert!(read > 0, "the connection was closed");
            let Some(head) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
            let text = std::str::from_utf8(&self.buffer[..head]).expect("headers");
            let status = text[9..12].parse().expect("a status");
            let length: usize = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().expect("a length"));
            let start = head + 4;
            while self.buffer.len() < start + length {
                let read = self.stream.read_buf(&mut self.buffer).await.expect("an answer");
                assert!(read > 0, "the connection was closed");
            }
            return (status, &self.buffer[start..start + length]);
        }
    }

    /// Sends JSON and answers JSON.
    pub(crate) async fn call(&mut self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        let (status, answer) = self.send(&request(method, path, token, "", body)).await;
        let text = String::from_utf8_lossy(answer);
        assert!((200..300).contains(&status), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }
}

/// A request's bytes, with JSON. `headers` are whole lines.
pub(crate) fn request(method: &str, path: &str, token: &str, headers: &str, body: &Value) -> Vec<u8> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    request_of(method, path, token, headers, "application/json", &body)
}

/// A request's bytes, with a body of this media type.
pub(crate) fn request_of(
    method: &str,
    path: &str,
    token: &str,
    headers: &str,
    media_type: &str,
    body: &str,
) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n{headers}\
         content-type: {media_type}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Requests a second over all connections, until there are no more requests or the time is over.
pub(crate) async fn load(
    address: &str,
    most: Duration,
    next: impl Fn(usize) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> f64 {
    let (next, sent) = (std::sync::Arc::new(next), std::sync::Arc::new(AtomicUsize::new(0)));
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(address).await);
    }
    let began = Instant::now();
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|mut connection| {
            let (next, sent) = (next.clone(), sent.clone());
            tokio::spawn(async move {
                let mut answered = 0_usize;
                while began.elapsed() < most {
                    let Some(request) = next(sent.fetch_add(1, Ordering::Relaxed)) else { break };
                    let (status, body) = connection.send(&request).await;
                    assert!(status < 300, "{status} {}", String::from_utf8_lossy(body));
                    answered += 1;
                }
                answered
            })
        })
        .collect();
    let mut answered = 0;
    for task in tasks {
        answered += task.await.expect("it runs");
    }
    answered as f64 / began.elapsed().as_secs_f64()
}

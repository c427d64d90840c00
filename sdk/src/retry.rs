//! Sending again what may be sent twice.

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, Request, Response, StatusCode};

/// The header whose value makes a POST safe to send twice.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// How often and after what time a request is sent again.
///
/// Sent again is what may be sent twice: GET, HEAD, OPTIONS, PUT and DELETE, and a POST with an `Idempotency-Key`,
/// which the client gives to every POST; but no body that is a stream. That is done when there was no answer (no
/// connection, a broken one, a timeout), after 429, 502, 503 and 504, and after a 409 with `Retry-After`, which says
/// that the first try is still at work. A replace or delete whose first answer was lost may end with 412 or 404; look
/// at the thing again, as with any 412.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// How often a request is sent at most; 1 is never again. Default 4.
    pub tries: u32,
    /// The wait before the second try. It doubles with every further one, less a random part of up to half. Default
    /// 250 ms.
    pub first_wait: Duration,
    /// No wait is longer. If `Retry-After` asks for more, the answer is given back at once. Default 30 s.
    pub longest_wait: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { tries: 4, first_wait: Duration::from_millis(250), longest_wait: Duration::from_secs(30) }
    }
}

impl Retry {
    /// Sends every request once.
    #[must_use]
    pub fn never() -> Self {
        Self { tries: 1, ..Self::default() }
    }

    pub(crate) async fn execute(&self, client: &Client, mut request: Request) -> reqwest::Result<Response> {
        let mut tried = 0_u32;
        loop {
            tried = tried.saturating_add(1);
            let again =
                (tried < self.tries && may_be_sent_twice(&request)).then(|| request.try_clone()).flatten();
            let outcome = client.execute(request).await;
            let (Some(again), Some(wait)) = (again, self.wait(tried, &outcome)) else { return outcome };
            tokio::time::sleep(wait).await;
            request = again;
        }
    }

    /// How long to wait for another try; none if there should be none.
    fn wait(&self, tried: u32, outcome: &reqwest::Result<Response>) -> Option<Duration> {
        let answer = match outcome {
            Ok(answer) => answer,
            Err(error) => return (!error.is_builder() && !error.is_redirect()).then(|| self.back_off(tried)),
        };
        let asked = retry_after(answer.headers());
        match answer.status() {
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => {}
            StatusCode::CONFLICT if asked.is_some() => {}
            _ => return None,
        }
        match asked {
            Some(asked) if asked > self.longest_wait => None,
            // A little later than asked, and not all at once.
            Some(asked) => Some(asked.mul_f64(1.0 + random() / 10.0)),
            None => Some(self.back_off(tried)),
        }
    }

    fn back_off(&self, tried: u32) -> Duration {
        let doubled = self.first_wait.saturating_mul(2_u32.saturating_pow(tried.saturating_sub(1)));
        doubled.min(self.longest_wait).mul_f64(0.5 + random() / 2.0)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the SDK has no context; nothing but the length of a wait depends on it"
)]
fn random() -> f64 {
    rand::random()
}

fn may_be_sent_twice(request: &Request) -> bool {
    match *request.method() {
        Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE => true,
        Method::POST => request.headers().contains_key(IDEMPOTENCY_KEY),
        _ => false,
    }
}

/// What `Retry-After` asks for. A point in time is taken from the answer's own `Date`, so that the two clocks need not
/// agree.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let asked = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(asked).ok()?;
    let now = DateTime::parse_from_rfc2822(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some((until - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let retry = Retry {
            tries: 100,
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(1),
        };
        for (tried, full) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (99, 1000), (u32::MAX, 1000)]
        {
            let wait = retry.back_off(tried);
            assert!(wait <= Duration::from_millis(full), "{tried}: {wait:?}");
            assert!(wait >= Duration::from_millis(full / 2), "{tried}: {wait:?}");
        }
    }

    #[test]
    fn a_post_may_be_sent_twice_only_with_a_key() {
        let url: reqwest::Url = "http://localhost/".parse().unwrap();
        let mut post = Request::new(Method::POST, url.clone());
        assert!(!may_be_sent_twice(&post));
        post.headers_mut().insert(IDEMPOTENCY_KEY, HeaderValue::from_static("k"));
        assert!(may_be_sent_twice(&post));
        for (method, may) in
            [(Method::GET, true), (Method::PUT, true), (Method::DELETE, true), (Method::PATCH, false)]
        {
            assert_eq!(may_be_sent_twice(&Request::new(method, url.clone())), may);
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_time_on_the_servers_clock() {
        let of = |retry_after: &str, date: &str| {
            let pairs = [(RETRY_AFTER, retry_after), (DATE, date)];
            let headers = pairs.map(|(name, value)| (name, HeaderValue::from_str(value).unwrap()));
            super::retry_after(&headers.into_iter().collect())
        };
        let date = "Wed, 04 Mar 2026 10:00:00 GMT";
        assert_eq!(of("7", date), Some(Duration::from_secs(7)));
        assert_eq!(of("Wed, 04 Mar 2026 10:01:30 GMT", date), Some(Duration::from_secs(90)));
        assert_eq!(of("Wed, 04 Mar 2026 09:00:00 GMT", date), Some(Duration::ZERO));
        assert_eq!(of("soon", date), None);
        assert_eq!(of("Wed, 04 Mar 2026 10:01:30 GMT", "today"), None);
        assert_eq!(of("-1", date), None);
    }
}

//! Building a client, and what happens to every request.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use reqwest::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Request, RequestBuilder, Response, Url, redirect};
use uuid::Uuid;

use crate::generated::request_media_type;
use crate::retry::IDEMPOTENCY_KEY;
use crate::{Client, Error, Retry, error};

/// An API token. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl<T: Into<String>> From<T> for Token {
    fn from(token: T) -> Self {
        Self(token.into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Settings of a client in the making; see [`Client::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ClientBuilder {
    base_url: String,
    token: Option<Token>,
    language: Option<String>,
    user_agent: Option<String>,
    connect_timeout: Duration,
    timeout: Duration,
    retry: Retry,
}

impl ClientBuilder {
    /// Who calls. Without one, the server tells only what is public.
    pub fn token(mut self, token: impl Into<Token>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// In which language texts come: `da`, `sv` or `en`, or whatever `Accept-Language` takes. By default the server
    /// decides.
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// The caller's name and version, such as `payroll/2.1`, for the server's logs. The SDK's own follow it.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// How long connecting may take, at each try. Default 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long the server may be silent, at each try: before its answer and between the pieces of it. Long downloads
    /// and event streams go on for as long as something comes. Default 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often and after what time a request is sent again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if the base URL is none, or the token, language or user agent cannot be sent in a
    /// header.
    pub fn build(self) -> Result<Client, Error> {
        let url = base_url(&self.base_url)?;
        let mut headers = HeaderMap::new();
        if let Some(Token(token)) = &self.token {
            let mut value = header("token", &format!("Bearer {token}"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        if let Some(language) = &self.language {
            headers.insert(ACCEPT_LANGUAGE, header("language", language)?);
        }
        let own = concat!("styr-sdk/", env!("CARGO_PKG_VERSION"));
        let user_agent = match &self.user_agent {
            Some(caller) => header("user agent", &format!("{caller} {own}"))?,
            None => HeaderValue::from_static(own),
        };

        // reqwest comes without a provider of cryptography. One that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::Client::builder()
            .default_headers(headers)
            .user_agent(user_agent)
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.timeout)
            // The token goes where it was meant to go and nowhere else.
            .redirect(redirect::Policy::none());
        if url.scheme() == "http" {
            // Reading the system's certificates takes time, and fails where there are none.
            client = client.tls_certs_only([]);
        }
        if is_this_machine(&url) {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| Error::InvalidRequest(error::chain(&error)))?;
        Ok(Client { baseurl: url.as_str().trim_end_matches('/').to_owned(), client, inner: self.retry })
    }
}

fn header(what: &str, value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(value)
        .map_err(|_| Error::InvalidRequest(format!("the {what} has a character that no header can carry")))
}

fn base_url(text: &str) -> Result<Url, Error> {
    // Not quoted in the errors: it may hold a password.
    let wrong =
        |why: &str| Error::InvalidRequest(format!("the base URL {why}; it is like https://styr.example.org"));
    let url = Url::parse(text).map_err(|error| wrong(&format!("is not a URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("does not begin with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("has a user name or password, where a token is asked for"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a query or fragment"));
    }
    Ok(url)
}

fn is_this_machine(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

impl Client {
    /// A client for the Styr at `base_url`, with default settings. Clone it freely; the clones share their
    /// connections.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`].
    pub fn new(base_url: &str, token: impl Into<Token>) -> Result<Self, Error> {
        Self::builder(base_url).token(token).build()
    }

    /// A client in the making. `base_url` is where `/v1` begins, such as `https://styr.example.org`.
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.into(),
            token: None,
            language: None,
            user_agent: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            retry: Retry::default(),
        }
    }

    /// A request of your own, for what has no operation here, such as those that a form's own document describes.
    /// `path` begins with a slash.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.baseurl))
    }

    /// Sends a request of your own as operations are sent: keyed, tried again, and with a problem as an error.
    ///
    /// # Errors
    /// Any [`Error`]; every answer that is not a success is one.
    pub async fn execute(&self, request: RequestBuilder) -> Result<Response, Error> {
        let send = async {
            let mut request = request.build()?;
            let info = OperationInfo { operation_id: "" };
            self.pre(&mut request, &info).await?;
            let answer = self.exec(request, &info).await?;
            if answer.status().is_success() {
                Ok(answer)
            } else {
                Err(progenitor_client::Error::UnexpectedResponse(answer))
            }
        };
        error::finish(send).await
    }
}

impl ClientHooks<Retry> for Client {
    async fn pre<E>(
        &self,
        request: &mut Request,
        info: &OperationInfo,
    ) -> Result<(), progenitor_client::Error<E>> {
        if let Some(media_type) = request_media_type(info.operation_id) {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        if *request.method() == Method::POST && !request.headers().contains_key(IDEMPOTENCY_KEY) {
            #[expect(
                clippy::disallowed_methods,
                reason = "the SDK has no context; the key need only be unique"
            )]
            let key = Uuid::now_v7().to_string();
            request.headers_mut().insert(IDEMPOTENCY_KEY, key.try_into()?);
        }
        Ok(())
    }

    async fn exec(&self, request: Request, _: &OperationInfo) -> reqwest::Result<Response> {
        self.inner().execute(self.client(), request).await
    }
}

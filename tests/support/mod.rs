//! A running Styr for one test.

pub(crate) mod postgres;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use styr_api::app::App;
use styr_api::app::first_start::{first_start, new_account};
use styr_api::config::{Limits, Proxies, Storage};
use styr_api::server::{self, Running};
use styr_persistence::{Database, Pinned};
use styr_sdk::reqwest::{Method, RequestBuilder, StatusCode};
use styr_sdk::{Client, Retry};

/// A test for each database, by the name of one function that takes a [`TestApp`].
macro_rules! on_both {
    ($($name:ident)+) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let app = $crate::support::TestApp::on_sqlite().await;
                super::$name(&app).await;
                app.stop().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let app = $crate::support::TestApp::on_postgres().await;
                super::$name(&app).await;
                app.stop().await;
            }
        }
    )+};
}
pub(crate) use on_both;

/// A key that guards nothing.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A running Styr with two accounts, a pinned clock and a seeded generator.
pub(crate) struct TestApp {
    running: Running,
    pub(crate) clock: Arc<Pinned>,
    pub(crate) base_url: String,
    /// The token of the owner of the account that tests act in.
    pub(crate) owner_token: String,
    /// The token of the owner of another account.
    pub(crate) stranger_token: String,
    http: styr_sdk::reqwest::Client,
    database: Database,
    folder: tempfile::TempDir,
}

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse().expect("a time")
}

impl TestApp {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = Database::Sqlite(folder.path().join("styr.db"));
        Self::start(database, folder, Limits::default()).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = tokio::task::spawn_blocking(postgres::server).await.expect("it runs");
        let server = server.unwrap_or_else(|error| panic!("{error}"));
        let migrate = async |url: String| {
            let storage = storage(url.parse()?);
            server::open(&storage, Arc::new(Pinned::new(noon(), 0)))
                .await?
                .close()
                .await
                .map_err(|error| error.to_string())
        };
        let url = server.database(migrate).await.expect("a database");
        Self::start(url.parse().expect("an address"), folder, Limits::default()).await
    }

    pub(crate) async fn start(database: Database, folder: tempfile::TempDir, limits: Limits) -> Self {
        let clock = Arc::new(Pinned::new(noon(), 1));
        let ambient: Arc<Pinned> = Arc::clone(&clock);
        let store = server::open(&storage(database.clone()), ambient).await.expect("the store opens");
        let (_, owner) =
            first_start(&store, "Nordby", None).await.expect("the first start").expect("an empty database");
        let (_, stranger) = new_account(&store, "Sydby", None).await.expect("another account");
        let tokens = [owner, stranger].map(|token| token.expose().to_owned());
        Self::listen(App::new(store, limits, Proxies::default()), clock, tokens, database, folder).await
    }

    /// Another replica on the same database.
    pub(crate) async fn replica(&self) -> Self {
        self.replica_with(Limits::default()).await
    }

    /// Another replica on the same database, with these limits.
    pub(crate) async fn replica_with(&self, limits: Limits) -> Self {
        self.replica_of(limits, Proxies::default()).await
    }

    /// Another replica on the same database, behind these proxies.
    pub(crate) async fn replica_behind(&self, proxies: Proxies) -> Self {
        self.replica_of(Limits::default(), proxies).await
    }

    async fn replica_of(&self, limits: Limits, proxies: Proxies) -> Self {
        let ambient: Arc<Pinned> = Arc::clone(&self.clock);
        let store = server::open(&storage(self.database.clone()), ambient).await.expect("the store opens");
        let tokens = [self.owner_token.clone(), self.stranger_token.clone()];
        let folder = tempfile::tempdir().expect("a temporary folder");
        let app = App::new(store, limits, proxies);
        Self::listen(app, Arc::clone(&self.clock), tokens, self.database.clone(), folder).await
    }

    /// Stops it and starts it again, as for a new version.
    pub(crate) async fn restart(self) -> Self {
        let Self { running, clock, owner_token, stranger_token, database, folder, .. } = self;
        running.stop().await.expect("it stops");
        let ambient: Arc<Pinned> = Arc::clone(&clock);
        let store = server::open(&storage(database.clone()), ambient).await.expect("the store opens");
        let app = App::new(store, Limits::default(), Proxies::default());
        Self::listen(app, clock, [owner_token, stranger_token], database, folder).await
    }

    async fn listen(
        app: App,
        clock: Arc<Pinned>,
        [owner_token, stranger_token]: [String; 2],
        database: Database,
        folder: tempfile::TempDir,
    ) -> Self {
        let listen = "127.0.0.1:0".parse().expect("an address");
        let running = server::start(app, listen, Duration::from_secs(10)).await.expect("it listens");
        let base_url = format!("http://{}", running.address);
        // Building the SDK's client first gives reqwest its provider of cryptography.
        Client::builder(&base_url).build().expect("a client");
        Self {
            base_url,
            running,
            clock,
            owner_token,
            stranger_token,
            http: styr_sdk::reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .build()
                .expect("a client"),
            database,
            folder,
        }
    }

    /// The address it listens on.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.running.address
    }

    /// The SDK with a token. It does not try again, so that a test sees each answer.
    pub(crate) fn client(&self, token: &str) -> Client {
        Client::builder(&self.base_url).token(token).retry(Retry::never()).build().expect("a client")
    }

    /// The SDK as the account's owner.
    pub(crate) fn owner(&self) -> Client {
        self.client(&self.owner_token)
    }

    /// The SDK as the owner of another account.
    pub(crate) fn stranger(&self) -> Client {
        self.client(&self.stranger_token)
    }

    /// A request outside the SDK, for what the SDK would not send.
    pub(crate) fn raw(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base_url))
    }

    /// The folder with the SQLite files.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The app, for what does not go over HTTP.
    pub(crate) fn app(&self) -> &App {
        self.running.app()
    }

    /// Stops it as an operator would.
    pub(crate) async fn stop(self) {
        self.running.stop().await.expect("it stops");
    }
}

fn storage(database: Database) -> Storage {
    Storage { database, master_key: Some(MASTER_KEY.to_owned()), master_key_file: "unused".into() }
}

/// The problem that a call of the SDK was answered with.
pub(crate) fn problem<T>(result: Result<T, styr_sdk::Error>) -> styr_sdk::Problem {
    match result {
        Ok(_) => panic!("the call succeeded"),
        Err(styr_sdk::Error::Problem(problem)) => *problem,
        Err(error) => panic!("not a problem: {error}"),
    }
}

/// The status and body of a raw answer.
pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, serde_json::Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or_default())
}

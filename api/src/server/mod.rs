//! Starting and stopping Styr.

mod connection;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poem::{EndpointExt as _, IntoEndpoint as _};
use styr_domain::crypto::MasterKey;
use styr_persistence::{Ambient, Database, Error, Store, account};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use crate::app::App;
use crate::config::Storage;
use crate::{http, jobs};

/// A running Styr.
pub struct Running {
    /// The address it listens on.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    jobs: JoinHandle<()>,
    app: App,
}

/// Opens the configured store and brings its tables up to date.
///
/// # Errors
/// The master key cannot be read or made, or the database cannot be opened; the text says what to do.
pub async fn open(storage: &Storage, ambient: Arc<dyn Ambient>) -> Result<Store, String> {
    let (key, made) = master_key(storage, &*ambient)?;
    let store = Store::open(&storage.database, key, ambient)
        .await
        .map_err(|error| not_opened(&storage.database, &error))?;
    store.migrate().await.map_err(|error| format!("the tables could not be brought up to date: {error}"))?;
    store.refresh_epoch().await.map_err(|error| format!("the database does not answer: {error}"))?;
    check_key(&store, made.is_some(), &storage.master_key_file).await?;
    if let Some(text) = made {
        let file = &storage.master_key_file;
        write_secret(file, &text)
            .map_err(|error| format!("the master key could not be written to {}: {error}", file.display()))?;
    }
    Ok(store)
}

/// Opens a database that is there already, for looking only: without its master key, and without touching its tables.
///
/// # Errors
/// There is no such database, or it cannot be opened.
pub async fn open_to_look(database: &Database, ambient: Arc<dyn Ambient>) -> Result<Store, String> {
    if let Database::Sqlite(path) = database
        && !path.is_file()
    {
        return Err(format!("there is no database {}", path.display()));
    }
    // What is sealed stays sealed: this key opens nothing.
    let mut bytes = Zeroizing::new([0; 32]);
    ambient.random(&mut *bytes);
    let key = MasterKey::from_base64(&STANDARD.encode(*bytes)).map_err(|fault| fault.text.en.into_owned())?;
    Store::open(database, key, ambient).await.map_err(|error| not_opened(database, &error))
}

fn not_opened(database: &Database, error: &Error) -> String {
    let to_do = match database {
        Database::Sqlite(path) => {
            format!("see whether the folder of {} is there and Styr may write in it", path.display())
        }
        Database::Postgres(_) => {
            "see whether the server runs, and whether host, name, user and password in --database \
                                  or STYR_DATABASE are right"
                .to_owned()
        }
    };
    format!("the database could not be opened; {to_do}: {error}")
}

/// Whether the master key opens what is there, so that a wrong one is found out now and not at the first encrypted value.
async fn check_key(store: &Store, made: bool, file: &Path) -> Result<(), String> {
    let accounts = account::ids(&store.read())
        .await
        .map_err(|error| format!("the database does not answer: {error}"))?;
    if made && !accounts.is_empty() {
        let file = file.display();
        return Err(format!(
            "the database was made with a master key, but there is none in {file}: put that file back, or name the one \
             that holds the key by --master-key-file"
        ));
    }
    for account_id in accounts {
        store.account_keys(account_id).await.map_err(|error| match error {
            Error::Fault(_) => format!(
                "the master key is not the one that the database was made with: it does not open the keys of account \
                 {account_id}. Give the right one by --master-key-file or STYR_MASTER_KEY"
            ),
            error => format!("the keys of account {account_id} could not be read: {error}"),
        })?;
    }
    Ok(())
}

/// The master key. One made now, since there is none, is answered as text too: it is still to be written down.
fn master_key(
    storage: &Storage,
    ambient: &dyn Ambient,
) -> Result<(MasterKey, Option<Zeroizing<String>>), String> {
    let parse = |source: &str, text: &str| {
        let key = MasterKey::from_base64(text.trim());
        key.map_err(|fault| format!("the master key in {source}: {}", fault.text.en))
    };
    if let Some(key) = &storage.master_key {
        return Ok((parse("STYR_MASTER_KEY or --master-key", key)?, None));
    }
    let file = storage.master_key_file.display();
    match std::fs::read_to_string(&storage.master_key_file).map(Zeroizing::new) {
        Ok(text) => Ok((parse(&file.to_string(), &text)?, None)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut bytes = Zeroizing::new([0; 32]);
            ambient.random(&mut *bytes);
            let text = Zeroizing::new(STANDARD.encode(*bytes));
            Ok((parse(&file.to_string(), &text)?, Some(text)))
        }
        Err(error) => Err(format!("the master key could not be read from {file}: {error}")),
    }
}

/// Writes a file that only its owner can read.
fn write_secret(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

/// Listens and answers, until it is stopped.
///
/// # Errors
/// The address cannot be listened on.
pub async fn start(app: App, listen: SocketAddr, shutdown: Duration) -> std::io::Result<Running> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let endpoint = http::routes(app.clone()).into_endpoint().map_to_response();
    let patience = app.limits().patience();
    let server = tokio::spawn(connection::serve(listener, endpoint, patience, stopped.clone(), shutdown));
    let jobs = tokio::spawn(jobs::run(app.clone(), stopped));
    Ok(Running { address, stop, server, jobs, app })
}

impl Running {
    /// Styr's insides, for what does not go over HTTP.
    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// Takes no more requests, finishes those under way, and closes the database.
    ///
    /// # Errors
    /// The server or the database failed.
    pub async fn stop(self) -> Result<(), String> {
        self.stop.send_replace(true);
        self.server.await.map_err(|error| error.to_string())?;
        self.jobs.await.map_err(|error| error.to_string())?;
        self.app.store().clone().close().await.map_err(|error| error.to_string())
    }

    /// Waits until the server has failed, which it does not do by itself.
    pub async fn failed(&mut self) -> String {
        match (&mut self.server).await {
            Ok(()) => "the server stopped".to_owned(),
            Err(error) => error.to_string(),
        }
    }
}

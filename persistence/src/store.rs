//! The store: opening a database, reading from it, and the one way to write to it.

mod group;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{Connection as _, PgConnection};
use sea_orm::{
    ColumnTrait as _, ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, Statement, TransactionTrait as _,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use styr_domain::crypto::MasterKey;
use styr_domain::event::ChainHead;
use styr_domain::id::{AccountId, TokenId, UserId};
use styr_domain::{Fault, FaultKind, Text};
use tokio::sync::{Mutex, oneshot};

use self::group::{Group, Turn};
use crate::ambient::Ambient;
use crate::crypto::Keys;
use crate::entity::{event_chain, idempotency};
use crate::error::{Error, Result};
use crate::migration;
use crate::tx::Tx;

/// Which database to open, by its address: `sqlite://path` or `postgres://…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A file of SQLite's, made when it is not there.
    Sqlite(PathBuf),
    /// A PostgreSQL database's address.
    Postgres(String),
}

impl std::str::FromStr for Database {
    type Err = String;

    fn from_str(address: &str) -> Result<Self, String> {
        if let Some(path) = address.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.contains(":memory:") || path.contains('?') {
                return Err("name a file, as in sqlite://styr.db, without parameters".to_owned());
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Ok(Self::Postgres(address.to_owned()));
        }
        Err("the address begins with sqlite:// or postgres://".to_owned())
    }
}

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    reader: DatabaseConnection,
    /// On SQLite a pool of one connection, on PostgreSQL the readers' pool.
    writer: DatabaseConnection,
    ambient: Arc<dyn Ambient>,
    keys: Keys,
    /// The writes that SQLite will commit together. Always none on PostgreSQL.
    group: Arc<Mutex<Option<Group>>>,
    /// How many writes wait for the group, so that the last one knows that it is the last.
    waiting: AtomicUsize,
    epoch: AtomicU64,
}

/// The most writes that are committed together: enough to make the disk's share small, few enough that the first
/// does not wait long for the last.
const GROUP_SIZE: usize = 64;

/// What a write that has been written, but not yet committed, leaves to be done.
pub(crate) struct Finished {
    /// The new epoch, if it moved.
    pub(crate) epoch: Option<u64>,
    /// The new end of the chain.
    pub(crate) head: ChainHead,
    /// What waits for the commit.
    pub(crate) once_committed: OnceCommitted,
}

/// Whatever can be read from: the committed state, or a write's own view.
pub trait Source: Send + Sync {
    /// The connection's type.
    #[doc(hidden)]
    type Connection: ConnectionTrait;
    /// The connection.
    #[doc(hidden)]
    fn connection(&self) -> &Self::Connection;
    /// Does something once what was read here is sure to stay: at once for the committed state, for a write's own view
    /// when the write is committed, and never when it is undone. What a cache remembers is put into it by this.
    fn once_committed(&self, then: impl FnOnce() + Send + 'static);
}

/// What is to be done once a write is committed.
pub(crate) type OnceCommitted = Vec<Box<dyn FnOnce() + Send>>;

/// The committed state, for reading.
pub struct Read<'a>(&'a DatabaseConnection);

impl Source for Read<'_> {
    type Connection = DatabaseConnection;
    fn connection(&self) -> &DatabaseConnection {
        self.0
    }
    fn once_committed(&self, then: impl FnOnce() + Send + 'static) {
        then();
    }
}

/// On whose account and behalf a write happens.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The account that is written to.
    pub account_id: AccountId,
    /// Who does it; none when Styr itself does.
    pub actor_id: Option<UserId>,
    /// For whom, when not for themselves.
    pub on_behalf_of: Option<UserId>,
    /// The token they used.
    pub token_id: Option<TokenId>,
    /// The request's id.
    pub request_id: Option<String>,
    /// The caller's promise that a repetition is the same request.
    pub idempotency: Option<Idempotency>,
}

impl Scope {
    /// A write that Styr does by itself.
    #[must_use]
    pub const fn of_styr(account_id: AccountId) -> Self {
        Self {
            account_id,
            actor_id: None,
            on_behalf_of: None,
            token_id: None,
            request_id: None,
            idempotency: None,
        }
    }
}

/// An idempotency key and what it was sent with.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// Who sent it; keys of different users are apart.
    pub user_id: UserId,
    /// The key, 1 to 255 characters.
    pub key: String,
    /// A hash of the request, by which a reuse for something else is known.
    pub fingerprint: [u8; 32],
}

impl Store {
    /// Opens a database. Its tables are made or brought up to date by [`Store::migrate`].
    ///
    /// # Errors
    /// The database cannot be reached or opened.
    pub async fn open(database: &Database, master_key: MasterKey, ambient: Arc<dyn Ambient>) -> Result<Self> {
        let (reader, writer) = match database {
            Database::Sqlite(path) => {
                keep_private(path).map_err(|error| DbErr::Custom(error.to_string()))?;
                let url = format!("sqlite://{}?mode=rwc", path.display());
                let writer = sea_orm::Database::connect(sqlite_options(&url, 1, false)).await?;
                let reader = sea_orm::Database::connect(sqlite_options(&url, 4, true)).await?;
                (reader, writer)
            }
            Database::Postgres(url) => {
                // A pool tries for as long as it may, and then only says that it is out of time.
                PgConnection::connect(url).await.map_err(|error| DbErr::Custom(error.to_string()))?;
                let mut options = ConnectOptions::new(url);
                options
                    .max_connections(32)
                    .acquire_timeout(Duration::from_secs(10))
                    .sqlx_logging(false)
                    .record_stmt_in_spans(false)
                    .test_before_acquire(false);
                let pool = sea_orm::Database::connect(options).await?;
                (pool.clone(), pool)
            }
        };
        Ok(Self {
            inner: Arc::new(Inner {
                reader,
                writer,
                ambient,
                keys: Keys::new(master_key),
                group: Arc::default(),
                waiting: AtomicUsize::new(0),
                epoch: AtomicU64::new(0),
            }),
        })
    }

    /// Makes the tables, or brings them up to date.
    ///
    /// # Errors
    /// The database fails, or holds tables that are not Styr's.
    pub async fn migrate(&self) -> Result<()> {
        Ok(migration::run(&self.inner.writer).await?)
    }

    /// The committed state, for reading.
    #[must_use]
    pub fn read(&self) -> Read<'_> {
        Read(&self.inner.reader)
    }

    /// The clock and random source that writes use.
    #[must_use]
    pub fn ambient(&self) -> &Arc<dyn Ambient> {
        &self.inner.ambient
    }

    /// The accounts' keys.
    pub(crate) fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// The epoch of who may do what, as this replica knows it. Caches are valid for the epoch they were filled in.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.inner.epoch.load(Ordering::Acquire)
    }

    /// Asks the database for the epoch, so that a revocation by another replica is seen here too.
    ///
    /// # Errors
    /// The database fails.
    pub async fn refresh_epoch(&self) -> Result<u64> {
        let value = crate::access::epoch(&self.read()).await?;
        self.inner.epoch.fetch_max(value, Ordering::AcqRel);
        Ok(self.epoch())
    }

    /// Writes in SQLite's file what still lies in its log, and cuts the log off, so that erased bytes are gone from
    /// both. Does nothing on PostgreSQL.
    ///
    /// # Errors
    /// The database fails, or a reader held on to the log for 30 seconds.
    pub async fn checkpoint(&self) -> Result<()> {
        if !self.is_sqlite() {
            return Ok(());
        }
        let mut group = self.inner.turn().await;
        Group::commit(&mut group).await;
        let row = self
            .inner
            .writer
            .query_one_raw(Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)"));
        match row.await?.map(|row| row.try_get_by_index::<i32>(0)).transpose()? {
            Some(0) => Ok(()),
            _ => Err(DbErr::Custom("the log is in use and could not be cut off".to_owned()).into()),
        }
    }

    /// Waits for the writes under way and closes the connections.
    ///
    /// # Errors
    /// The database fails.
    pub async fn close(self) -> Result<()> {
        let inner = &self.inner;
        Group::commit(&mut *inner.turn().await).await;
        inner.writer.clone().close().await?;
        inner.reader.clone().close().await?;
        Ok(())
    }

    /// The answer that is kept for an idempotency key, if there is one.
    ///
    /// # Errors
    /// The key was used for another request, or the database fails.
    pub async fn answered<T: DeserializeOwned>(
        &self,
        account_id: AccountId,
        idempotency: &Idempotency,
    ) -> Result<Option<T>> {
        earlier_answer(&self.inner.reader, account_id, idempotency).await
    }

    fn is_sqlite(&self) -> bool {
        self.inner.writer.get_database_backend() == DbBackend::Sqlite
    }

    /// The only way to change anything. Runs `work` in a transaction that also holds its events, its jobs and the
    /// answer kept for its idempotency key; either all of it is there afterwards, durably, or none of it. Writes of
    /// one account run one after another, so `work` may read, decide and save without another write between.
    ///
    /// Nothing outside the database may be called from `work`.
    ///
    /// # Errors
    /// What `work` answers, an idempotency key used for another request, or the database's failure.
    pub async fn write<T, F, W>(&self, scope: Scope, work: W) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        W: FnOnce(Arc<Tx>) -> F,
        F: Future<Output = Result<T>>,
    {
        if self.is_sqlite() {
            self.write_in_group(scope, work).await
        } else {
            self.write_alone(scope, work).await
        }
    }

    async fn write_alone<T, F, W>(&self, scope: Scope, work: W) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        W: FnOnce(Arc<Tx>) -> F,
        F: Future<Output = Result<T>>,
    {
        let transaction = Arc::new(self.inner.writer.begin().await?);
        let (value, finished) = self.run(&transaction, None, scope, work).await?;
        let transaction = Arc::into_inner(transaction)
            .ok_or_else(|| DbErr::Custom("a use case kept its transaction".to_owned()))?;
        transaction.commit().await?;
        self.committed(finished);
        Ok(value)
    }

    async fn write_in_group<T, F, W>(&self, scope: Scope, work: W) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        W: FnOnce(Arc<Tx>) -> F,
        F: Future<Output = Result<T>>,
    {
        let mut turn = Turn::new(&self.inner);
        let mut group = self.inner.turn().await;
        turn.begins();

        let current = match &mut *group {
            Some(current) => current,
            none => none.insert(Group::begin(&self.inner.writer).await?),
        };
        let account_id = scope.account_id;
        let result = match current.open_savepoint().await {
            Ok(()) => {
                let head = current.heads.get(&account_id).copied();
                let transaction = Arc::clone(&current.transaction);
                self.run(&transaction, head, scope, work).await
            }
            Err(error) => Err(error.into()),
        };
        let (done, committed) = oneshot::channel();
        let result = match result {
            Ok((value, finished)) => {
                current.keep(account_id, finished.head, done);
                Ok((value, finished))
            }
            Err(error) => match current.undo().await {
                Ok(()) => Err(error),
                // When there is no more room, SQLite undoes the whole transaction by itself.
                Err(undoing) => {
                    let cause = Arc::new(if let Error::Database(cause) = error { cause } else { undoing });
                    Group::give_up(&mut group, &cause).await;
                    Err(Error::Shared(cause))
                }
            },
        };
        if self.inner.waiting.load(Ordering::Acquire) == 0
            || group.as_ref().is_some_and(|group| group.done.len() >= GROUP_SIZE)
        {
            // By itself, so that the others' writes are committed even if this caller goes away meanwhile.
            tokio::spawn(async move { Group::commit(&mut group).await });
        } else {
            drop(group);
        }
        turn.ends();

        let (value, finished) = result?;
        match committed.await {
            Ok(Ok(())) => {
                self.committed(finished);
                Ok(value)
            }
            Ok(Err(error)) => Err(Error::Shared(error)),
            Err(_) => Err(DbErr::Custom("the group of writes was given up".to_owned()).into()),
        }
    }

    /// What every write consists of, inside a transaction or savepoint. `head` is the end of the account's chain if it
    /// is known.
    async fn run<T, F, W>(
        &self,
        transaction: &Arc<DatabaseTransaction>,
        head: Option<ChainHead>,
        scope: Scope,
        work: W,
    ) -> Result<(T, Finished)>
    where
        T: Serialize + DeserializeOwned,
        W: FnOnce(Arc<Tx>) -> F,
        F: Future<Output = Result<T>>,
    {
        let head = match head {
            Some(head) => head,
            None => self.head(transaction, scope.account_id).await?,
        };
        if let Some(idempotency) = &scope.idempotency
            && let Some(answer) = earlier_answer(&**transaction, scope.account_id, idempotency).await?
        {
            return Ok((answer, Finished { epoch: None, head, once_committed: Vec::new() }));
        }

        let tx = Arc::new(Tx::new(Arc::clone(transaction), self.clone(), scope, head));
        let value = work(Arc::clone(&tx)).await?;
        let finished = tx.finish(&value).await?;
        Ok((value, finished))
    }

    /// The end of an account's chain. On PostgreSQL this locks it, which is what lets the writes of one account run one
    /// after another.
    async fn head(&self, transaction: &DatabaseTransaction, account_id: AccountId) -> Result<ChainHead> {
        let head = event_chain::Entity::find_by_id(account_id);
        let head = if self.is_sqlite() { head } else { head.lock_exclusive() };
        let Some(event_chain::Model { account_id, sequence, hash }) = head.one(transaction).await? else {
            return Ok(ChainHead::start(account_id));
        };
        let hash = hash.try_into().map_err(|_| DbErr::Type("stored chain: hash".to_owned()))?;
        Ok(ChainHead { account_id, sequence: sequence.unsigned_abs(), hash })
    }

    fn committed(&self, Finished { epoch, head: _, once_committed }: Finished) {
        if let Some(epoch) = epoch {
            self.inner.epoch.fetch_max(epoch, Ordering::AcqRel);
        }
        for then in once_committed {
            then();
        }
    }
}

async fn earlier_answer<T: DeserializeOwned>(
    connection: &impl ConnectionTrait,
    account_id: AccountId,
    idempotency: &Idempotency,
) -> Result<Option<T>> {
    let earlier = idempotency::Entity::find()
        .filter(idempotency::Column::AccountId.eq(account_id))
        .filter(idempotency::Column::UserId.eq(idempotency.user_id))
        .filter(idempotency::Column::Key.eq(&idempotency.key))
        .one(connection)
        .await?;
    let Some(earlier) = earlier else { return Ok(None) };
    let Some(answer) = earlier.answer else {
        return Err(Fault::new(
            FaultKind::Gone,
            "idempotency_answer_erased",
            Text::fixed(
                "Anmodningen blev udført, men svaret er slettet, fordi det indeholdt personoplysninger, der er anonymiseret.",
                "Begäran utfördes, men svaret är raderat eftersom det innehöll personuppgifter som har anonymiserats.",
                "The request was carried out, but its answer has been erased, since it held personal data that have been anonymized.",
            ),
        )
        .into());
    };
    if earlier.fingerprint != idempotency.fingerprint {
        return Err(Fault::new(
            FaultKind::Invalid,
            "idempotency_key_reused",
            Text::fixed(
                "Idempotency-Key er allerede brugt til en anden anmodning. Brug en ny nøgle.",
                "Idempotency-Key har redan använts för en annan begäran. Använd en ny nyckel.",
                "This Idempotency-Key was already used for another request. Use a new key.",
            ),
        )
        .into());
    }
    serde_json::from_str(&answer)
        .map(Some)
        .map_err(|error| DbErr::Type(format!("stored answer: {error}")).into())
}

/// Makes the file, if it is not there, so that only its owner can read it. SQLite gives the same rights to its log.
fn keep_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

fn sqlite_options(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(connections)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(30))
                .pragma("secure_delete", "ON")
                .pragma("mmap_size", "16777216")
                .pragma("cache_size", "-8000")
                .statement_cache_capacity(256);
            if read_only { options.pragma("query_only", "ON") } else { options }
        });
    options
}

//! SQLite's group commit: writes that wait together are committed together, each undone alone if it fails.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};
use styr_domain::event::ChainHead;
use styr_domain::id::AccountId;
use tokio::sync::{OwnedMutexGuard, oneshot};

use super::Inner;

/// Writes of one SQLite transaction, each behind a savepoint of its own.
pub(super) struct Group {
    pub(super) transaction: Arc<DatabaseTransaction>,
    pub(super) done: Vec<oneshot::Sender<Result<(), Arc<DbErr>>>>,
    /// The ends of the chains that were read or written in this transaction, which nobody else can write to.
    pub(super) heads: HashMap<AccountId, ChainHead>,
    /// The number of the newest savepoint.
    pub(super) number: u32,
    pub(super) savepoint: Savepoint,
}

/// What has become of the newest savepoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Savepoint {
    /// It is closed, or there was none.
    Closed,
    /// Its write is under way. A write that was torn off leaves it so, and the next one undoes it.
    Open,
    /// Its write succeeded. It is closed together with the next one's beginning.
    Kept,
}

/// The group, for whoever's turn it is.
pub(super) type Held = OwnedMutexGuard<Option<Group>>;

/// A write's turn in the group. The last to wait commits for all; when a write is torn off, by a panic or because
/// its caller gave up, someone else must.
pub(super) struct Turn<'a> {
    inner: &'a Arc<Inner>,
    waits: bool,
    over: bool,
}

impl<'a> Turn<'a> {
    pub(super) fn new(inner: &'a Arc<Inner>) -> Self {
        inner.waiting.fetch_add(1, Ordering::AcqRel);
        Self { inner, waits: true, over: false }
    }

    pub(super) fn begins(&mut self) {
        self.waits = false;
        self.inner.waiting.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn ends(&mut self) {
        self.over = true;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.waits {
            self.begins();
        }
        if self.over {
            return;
        }
        let inner = Arc::clone(self.inner);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let mut group = inner.turn().await;
                if inner.waiting.load(Ordering::Acquire) == 0 {
                    Group::commit(&mut group).await;
                }
            });
        }
    }
}

impl Inner {
    pub(super) async fn turn(&self) -> Held {
        Arc::clone(&self.group).lock_owned().await
    }
}

impl Group {
    pub(super) async fn begin(writer: &DatabaseConnection) -> Result<Self, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = Arc::new(writer.begin_with_options(options).await?);
        Ok(Self {
            transaction,
            done: Vec::new(),
            heads: HashMap::new(),
            number: 0,
            savepoint: Savepoint::Closed,
        })
    }

    pub(super) async fn open_savepoint(&mut self) -> Result<(), DbErr> {
        if self.savepoint == Savepoint::Open {
            self.undo_torn().await?;
        }
        let mut sql = String::new();
        if self.savepoint == Savepoint::Kept {
            sql = format!("RELEASE write{}; ", self.number);
        }
        self.number += 1;
        self.savepoint = Savepoint::Open;
        sql += &format!("SAVEPOINT write{}", self.number);
        self.transaction.execute_unprepared(&sql).await?;
        Ok(())
    }

    /// Has the write committed with the others.
    pub(super) fn keep(
        &mut self,
        account_id: AccountId,
        head: ChainHead,
        done: oneshot::Sender<Result<(), Arc<DbErr>>>,
    ) {
        self.savepoint = Savepoint::Kept;
        self.heads.insert(account_id, head);
        self.done.push(done);
    }

    /// Undoes the newest write alone.
    pub(super) async fn undo(&mut self) -> Result<(), DbErr> {
        let sql = format!("ROLLBACK TO write{0}; RELEASE write{0}", self.number);
        self.transaction.execute_unprepared(&sql).await?;
        self.savepoint = Savepoint::Closed;
        Ok(())
    }

    /// Undoes a write that was torn off. That may have been just before its savepoint was opened or just after it was
    /// closed; then there is none of its name, and as long as the transaction goes on, nothing is half done.
    pub(super) async fn undo_torn(&mut self) -> Result<(), DbErr> {
        if let Err(error) = self.undo().await {
            let none = error.to_string().contains("no such savepoint");
            if !none || self.transaction.execute_unprepared("BEGIN").await.is_ok() {
                return Err(error);
            }
            self.savepoint = Savepoint::Closed;
        }
        Ok(())
    }

    /// Commits the group, if there is one, and tells its writers.
    pub(super) async fn commit(group: &mut Option<Self>) {
        let Some(mut current) = group.take() else { return };
        let undone = if current.savepoint == Savepoint::Open { current.undo_torn().await } else { Ok(()) };
        let result = match undone {
            Ok(()) => current.transaction.execute_unprepared("COMMIT").await.map(|_| ()),
            Err(error) => Err(error),
        };
        current.end(result.map_err(Arc::new)).await;
    }

    /// Undoes the group, if there is one, and tells its writers why.
    pub(super) async fn give_up(group: &mut Option<Self>, cause: &Arc<DbErr>) {
        if let Some(current) = group.take() {
            current.end(Err(Arc::clone(cause))).await;
        }
    }

    pub(super) async fn end(self, result: Result<(), Arc<DbErr>>) {
        let Self { transaction, done, .. } = self;
        // The driver counts its transactions and must be given one to undo, even if SQLite has ended it already.
        // Where SQLite has not, a second BEGIN fails, which is as good.
        let _ = transaction.execute_unprepared("BEGIN").await;
        let ended = match Arc::into_inner(transaction) {
            Some(transaction) => transaction.rollback().await,
            None => Err(DbErr::Custom("a use case kept its transaction".to_owned())),
        };
        if let Err(error) = ended {
            tracing::error!(%error, "a transaction could not be ended");
        }
        for done in done {
            // A caller who has gone away does not change what was committed.
            let _ = done.send(result.clone());
        }
    }
}

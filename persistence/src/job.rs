//! Jobs: what runs without a request. Leased, so that two replicas never run the same one at once; at least once.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use styr_domain::id::{AccountId, JobId};

use crate::entity::job;
use crate::error::Result;
use crate::store::{Scope, Source, Store};
use crate::tx::Tx;

/// A job that is leased to this replica.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The account it works for.
    pub account_id: AccountId,
    /// What to do.
    pub kind: String,
    /// What to do it to: ids, never personal values.
    pub payload: Value,
    /// How often it was tried before.
    pub attempts: i32,
}

/// How often a job is tried before it is set aside as dead.
const MOST_ATTEMPTS: i32 = 12;

const READY: &str = "ready";
const DEAD: &str = "dead";

impl Tx {
    /// Has a job run once this write is committed, not before `run_at`. A job of the same kind and key that has not run
    /// yet stays the only one; one that is running runs once more afterwards.
    ///
    /// # Errors
    /// The database fails.
    pub async fn enqueue(&self, kind: &str, key: &str, payload: Value, run_at: DateTime<Utc>) -> Result<()> {
        let row = job::ActiveModel {
            id: Set(JobId(self.id())),
            account_id: Set(self.account_id()),
            kind: Set(kind.to_owned()),
            key: Set(key.to_owned()),
            payload: Set(crate::doc::Doc(payload)),
            state: Set(READY.to_owned()),
            run_at: Set(run_at),
            leased_until: Set(None),
            attempts: Set(0),
            last_error: Set(None),
            created_at: Set(self.now()),
        };
        let same = OnConflict::columns([job::Column::AccountId, job::Column::Kind, job::Column::Key])
            .update_columns([
                job::Column::Payload,
                job::Column::State,
                job::Column::RunAt,
                job::Column::Attempts,
                job::Column::LastError,
            ])
            .to_owned();
        job::Entity::insert(row).on_conflict(same).exec_without_returning(self.connection()).await?;
        Ok(())
    }

    /// Takes a job that has been done off the table, or gives it back when it was asked for again while it ran. Part of
    /// the job's last write, so that it is done exactly when its effects are there.
    ///
    /// # Errors
    /// The database fails.
    pub async fn complete_job(&self, id: JobId) -> Result<()> {
        job::Entity::delete_many()
            .filter(job::Column::Id.eq(id))
            .filter(job::Column::Attempts.ne(0))
            .exec(self.connection())
            .await?;
        release(self, id).await
    }
}

/// Ends the lease of a job that was asked for again while it ran: that is the only leased one without an attempt.
async fn release(tx: &Tx, id: JobId) -> Result<()> {
    job::Entity::update_many()
        .col_expr(job::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>))
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::Attempts.eq(0))
        .exec(tx.connection())
        .await?;
    Ok(())
}

impl Store {
    /// Leases the jobs that are due, oldest first, at most `limit`, for `lease`.
    ///
    /// # Errors
    /// The database fails.
    pub async fn lease_jobs(&self, limit: u64, lease: TimeDelta) -> Result<Vec<Job>> {
        let now = self.ambient().now();
        let due = Condition::all().add(job::Column::State.eq(READY)).add(job::Column::RunAt.lte(now)).add(
            Condition::any().add(job::Column::LeasedUntil.is_null()).add(job::Column::LeasedUntil.lt(now)),
        );
        // Most often there is nothing to do, and then nothing is locked.
        let some = job::Entity::find().filter(due.clone()).limit(1).one(self.read().connection()).await?;
        let Some(some) = some else { return Ok(Vec::new()) };
        self.write(Scope::of_styr(some.account_id), move |tx| async move {
            // Whoever held it last died of it every time.
            job::Entity::update_many()
                .col_expr(job::Column::State, Expr::value(DEAD))
                .col_expr(job::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>))
                .col_expr(job::Column::LastError, Expr::value("its lease ran out"))
                .filter(due.clone())
                .filter(job::Column::Attempts.gte(MOST_ATTEMPTS))
                .exec(tx.connection())
                .await?;
            let rows = job::Entity::find()
                .filter(due)
                .order_by_asc(job::Column::RunAt)
                .limit(limit)
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                .all(tx.connection())
                .await?;
            job::Entity::update_many()
                .col_expr(job::Column::LeasedUntil, Expr::value(now + lease))
                .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).add(1))
                .filter(job::Column::Id.is_in(rows.iter().map(|row| row.id)))
                .exec(tx.connection())
                .await?;
            Ok(rows
                .into_iter()
                .map(|job::Model { id, account_id, kind, payload, attempts, .. }| Job {
                    id,
                    account_id,
                    kind,
                    payload: payload.0,
                    attempts,
                })
                .collect())
        })
        .await
    }

    /// Gives a job back that did not succeed: it runs again after a pause that doubles each time, from 10 seconds to 6
    /// hours, or is set aside as dead after the twelfth try. Nothing happens when it has been leased anew meanwhile.
    ///
    /// # Errors
    /// The database fails.
    pub async fn fail_job(&self, job: &Job, error: &str) -> Result<()> {
        let now = self.ambient().now();
        let pause = TimeDelta::seconds(std::cmp::min(10 << job.attempts.clamp(0, 11), 6 * 3600));
        let attempts = job.attempts + 1;
        let state = if attempts >= MOST_ATTEMPTS { DEAD } else { READY };
        let (id, error) = (job.id, error.chars().take(500).collect::<String>());
        self.write(Scope::of_styr(job.account_id), move |tx| async move {
            job::Entity::update_many()
                .col_expr(job::Column::State, Expr::value(state))
                .col_expr(job::Column::RunAt, Expr::value(now + pause))
                .col_expr(job::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>))
                .col_expr(job::Column::LastError, Expr::value(error))
                .filter(job::Column::Id.eq(id))
                .filter(job::Column::Attempts.eq(attempts))
                .exec(tx.connection())
                .await?;
            release(&tx, id).await
        })
        .await
    }

    /// Gives a job back that is not finished through no fault of its own. It runs on at once, here or elsewhere, and the
    /// try does not count. Nothing happens when it has been leased anew meanwhile.
    ///
    /// # Errors
    /// The database fails.
    pub async fn return_job(&self, job: &Job) -> Result<()> {
        let (id, attempts) = (job.id, job.attempts);
        self.write(Scope::of_styr(job.account_id), move |tx| async move {
            job::Entity::update_many()
                .col_expr(job::Column::LeasedUntil, Expr::value(None::<DateTime<Utc>>))
                .col_expr(job::Column::Attempts, Expr::value(attempts))
                .filter(job::Column::Id.eq(id))
                .filter(job::Column::Attempts.eq(attempts + 1))
                .exec(tx.connection())
                .await?;
            release(&tx, id).await
        })
        .await
    }
}

//! What runs without a request: leased jobs, and the housekeeping of this replica.

mod anonymization;
mod retention;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use styr_persistence::Tx;
use styr_persistence::job::Job;
use tokio::sync::watch;

use crate::app::{App, Result};

/// How long a job may take before another replica takes it up.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// Runs jobs and housekeeping until `stop` says so.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut second = tokio::time::interval(Duration::from_millis(500));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut ticks: u64 = 0;
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = second.tick() => {}
        }
        ticks += 1;
        if let Err(error) = app.store().refresh_epoch().await {
            tracing::warn!(%error, "the epoch could not be read");
        }
        if let Err(error) = run_due(&app).await {
            tracing::error!(%error, "jobs could not be run");
        }
        if ticks.is_multiple_of(120) {
            app.forget_quiet_tokens();
            if let Err(error) = keep_house(&app).await {
                tracing::warn!(%error, "housekeeping failed");
            }
        }
    }
}

/// Runs every job that is due now.
///
/// # Errors
/// The database fails.
pub async fn run_due(app: &App) -> Result<()> {
    loop {
        let jobs = app.store().lease_jobs(10, LEASE).await?;
        if jobs.is_empty() {
            return Ok(());
        }
        for job in jobs {
            if let Err(error) = perform(app, &job).await {
                tracing::warn!(kind = job.kind, id = %job.id, attempts = job.attempts, %error, "a job failed");
                app.store().fail_job(&job, &error.to_string()).await?;
            }
        }
    }
}

/// The kind of job that carries an anonymization run through; its key is the run's id.
pub const ANONYMIZATION: &str = "anonymization";

/// The kind of job that starts runs by the automatic retention rules. An account has one at most.
const RETENTION: &str = "retention";

/// Has the automatic retention rules looked at, not before `at`.
///
/// # Errors
/// The database fails.
pub(crate) async fn run_retention(tx: &Tx, at: DateTime<Utc>) -> Result<()> {
    tx.enqueue(RETENTION, "daily", json!({}), at).await
}

async fn perform(app: &App, job: &Job) -> Result<()> {
    match job.kind.as_str() {
        ANONYMIZATION => anonymization::perform(app, job).await,
        RETENTION => retention::perform(app, job).await,
        kind => Err(job_unknown(kind).into()),
    }
}

fn job_unknown(kind: &str) -> styr_domain::Fault {
    let text = styr_domain::text!("Ukendt job {kind}.", "Okänt jobb {kind}.", "Unknown job {kind}.");
    styr_domain::Fault::new(styr_domain::FaultKind::Internal, "job_unknown", text)
}

/// Notes which tokens were used, and forgets old idempotency keys.
async fn keep_house(app: &App) -> Result<()> {
    app.store().note_token_use(&app.sessions().take_used()).await?;
    app.store().forget_old_answers().await
}

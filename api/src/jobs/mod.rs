//! What runs without a request: leased jobs, and the housekeeping of this replica.

mod anonymization;
mod retention;
mod unused_file;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::json;
use styr_domain::file::File;
use styr_domain::{Fault, FaultKind};
use styr_persistence::Tx;
use styr_persistence::job::Job;
use tokio::sync::watch;

use crate::app::{App, Result};

/// How long a job may take before another replica takes it up.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// Whether Styr is stopping.
pub type Stop = watch::Receiver<bool>;

/// Runs jobs and housekeeping until `stop` says so. Each goes by itself: a long job keeps nobody from seeing that a
/// token was revoked by another replica.
pub async fn run(app: App, stop: Stop) {
    tokio::join!(follow_epoch(&app, &stop), work(&app, &stop), keep_house(&app, &stop));
}

async fn follow_epoch(app: &App, stop: &Stop) {
    while goes_on(stop, Duration::from_millis(500)).await {
        if let Err(error) = app.store().refresh_epoch().await {
            tracing::warn!(%error, "the epoch could not be read");
        }
    }
}

async fn work(app: &App, stop: &Stop) {
    while goes_on(stop, Duration::from_millis(500)).await {
        if let Err(error) = run_due(app, stop).await {
            tracing::error!(%error, "jobs could not be run");
        }
    }
}

/// Notes which tokens were used, and forgets old idempotency keys and quiet tokens.
async fn keep_house(app: &App, stop: &Stop) {
    while goes_on(stop, Duration::from_secs(60)).await {
        app.forget_quiet_tokens();
        let noted = app.store().note_token_use(&app.sessions().take_used()).await;
        if let Err(error) = noted.and(app.store().forget_old_answers().await) {
            tracing::warn!(%error, "housekeeping failed");
        }
    }
}

/// Waits, and answers whether Styr goes on.
async fn goes_on(stop: &Stop, pause: Duration) -> bool {
    let mut stop = stop.clone();
    tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await.is_err()
}

/// Runs every job that is due now, or as many as it comes to until Styr stops.
///
/// # Errors
/// The database fails.
pub async fn run_due(app: &App, stop: &Stop) -> Result<()> {
    while !*stop.borrow() {
        // One at a time: what is not begun is anybody's.
        let Some(job) = app.store().lease_jobs(1, LEASE).await?.pop() else { break };
        if let Err(error) = perform(app, &job, stop).await {
            tracing::warn!(kind = job.kind, id = %job.id, attempts = job.attempts, %error, "a job failed");
            app.store().fail_job(&job, &error.to_string()).await?;
        }
    }
    Ok(())
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

/// The kind of job that deletes a file which nobody has attached to anything; its key is the file's id.
const UNUSED_FILE: &str = "unused_file";

/// How long a file waits to be attached.
const UNUSED_FILES_KEPT: TimeDelta = TimeDelta::days(7);

/// Has a new file deleted in a while, unless it is attached to something then.
///
/// # Errors
/// The database fails.
pub(crate) async fn delete_unused(tx: &Tx, file: &File) -> Result<()> {
    let (key, payload) = (file.id.to_string(), json!({ "file_id": file.id }));
    tx.enqueue(UNUSED_FILE, &key, payload, tx.now() + UNUSED_FILES_KEPT).await
}

async fn perform(app: &App, job: &Job, stop: &Stop) -> Result<()> {
    match job.kind.as_str() {
        ANONYMIZATION => anonymization::perform(app, job, stop).await,
        RETENTION => retention::perform(app, job).await,
        UNUSED_FILE => unused_file::perform(app, job).await,
        kind => Err(job_unknown(kind).into()),
    }
}

/// What a job is to do, as it was planned.
fn payload<T: DeserializeOwned>(job: &Job) -> Result<T, Fault> {
    serde_json::from_value(job.payload.clone()).map_err(|error| {
        tracing::error!(%error, kind = job.kind, "a job's payload cannot be read");
        let text = styr_domain::Text::fixed(
            "Jobbet siger ikke, hvad det gælder.",
            "Jobbet säger inte vad det gäller.",
            "The job does not say what it is about.",
        );
        Fault::new(FaultKind::Internal, "job_unreadable", text)
    })
}

fn job_unknown(kind: &str) -> Fault {
    let text = styr_domain::text!("Ukendt job {kind}.", "Okänt jobb {kind}.", "Unknown job {kind}.");
    Fault::new(FaultKind::Internal, "job_unknown", text)
}

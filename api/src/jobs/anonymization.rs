//! Carries an anonymization run through, a batch at a time.

use serde::Deserialize;
use styr_domain::access::{Permit, Styr};
use styr_domain::id::AnonymizationRunId;
use styr_domain::privacy::{AnonymizationRun, RunStatus};
use styr_persistence::job::Job;
use styr_persistence::privacy::{erase, run};
use styr_persistence::{Scope, find};

use crate::app::privacy::run::end;
use crate::app::{App, Result};
use crate::jobs::{Stop, payload};

/// How many things are anonymized in one write: others wait for it.
const BATCH: u64 = 20;

#[derive(Deserialize)]
struct Payload {
    run_id: AnonymizationRunId,
}

/// Anonymizes what is left of the run. Each batch is one write that also notes it as handled, so nothing is lost or done
/// twice when this is torn off; when Styr stops, the rest is given back. The run is completed once nothing is left in
/// the database's log either.
pub(super) async fn perform(app: &App, job: &Job, stop: &Stop) -> Result<()> {
    let Payload { run_id } = payload(job)?;
    let started_by = find::<AnonymizationRun>(&app.store().read(), job.account_id, run_id)
        .await?
        .and_then(|run| run.started_by);
    let scope = Scope { on_behalf_of: started_by, ..Scope::of_styr(job.account_id) };
    while app.store().write(scope.clone(), |tx| async move { batch(&tx, run_id).await }).await? {
        if *stop.borrow() {
            return app.store().return_job(job).await;
        }
    }
    app.store().checkpoint().await?;
    let job_id = job.id;
    app.store()
        .write(scope, |tx| async move {
            let run: Option<AnonymizationRun> = find(&*tx, tx.account_id(), run_id).await?;
            if let Some(run) = run.filter(|run| run.status == RunStatus::Running) {
                end(&tx, &permit(), &run, RunStatus::Completed).await?;
            }
            tx.complete_job(job_id).await
        })
        .await
}

/// Anonymizes the next things. Answers whether there may be more.
async fn batch(tx: &styr_persistence::Tx, run_id: AnonymizationRunId) -> Result<bool> {
    let run: Option<AnonymizationRun> = find(tx, tx.account_id(), run_id).await?;
    let Some(mut run) = run.filter(|run| run.status == RunStatus::Running) else { return Ok(false) };
    let targets = run::next_targets(tx, run_id, BATCH).await?;
    if targets.is_empty() {
        return Ok(false);
    }
    let (erased, passed_over) = erase::erase(tx, &permit(), &run, &targets).await?;
    run.counts.done += targets.len() as u64;
    run.counts.passed_over += passed_over;
    run.counts.erased += erased;
    run::note_progress(tx, &permit(), &run, &targets).await?;
    Ok(true)
}

const fn permit() -> Permit<Styr> {
    Permit::for_styr()
}

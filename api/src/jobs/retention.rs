//! Starts anonymization runs by the automatic retention rules, each day.

use styr_persistence::Scope;
use styr_persistence::job::Job;

use crate::app::privacy::run::start_by_rules;
use crate::app::{App, Result};

/// Starts a run of what is due and plans the next look, in one write: a replica that does this once more, because the first
/// was slow, finds nothing more to start.
pub(super) async fn perform(app: &App, job: &Job) -> Result<()> {
    let job_id = job.id;
    app.store()
        .write(Scope::of_styr(job.account_id), |tx| async move {
            if let Some(next) = start_by_rules(&tx).await? {
                super::run_retention(&tx, next).await?;
            }
            tx.complete_job(job_id).await
        })
        .await
}

//! Deletes files that nobody has attached to anything.

use std::collections::BTreeSet;

use serde::Deserialize;
use styr_domain::access::Permit;
use styr_domain::id::FileId;
use styr_persistence::job::Job;
use styr_persistence::{Scope, attachment};

use super::payload;
use crate::app::{App, Result};

#[derive(Deserialize)]
struct Payload {
    file_id: FileId,
}

/// Deletes the file if nothing has it.
pub(super) async fn perform(app: &App, job: &Job) -> Result<()> {
    let Payload { file_id } = payload(job)?;
    let job_id = job.id;
    app.store()
        .write(Scope::of_styr(job.account_id), |tx| async move {
            attachment::sweep(&tx, &Permit::for_styr(), &BTreeSet::from([file_id])).await?;
            tx.complete_job(job_id).await
        })
        .await
}

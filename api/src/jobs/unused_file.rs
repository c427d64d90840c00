//! Deletes files that nobody has attached to anything.

use std::collections::BTreeSet;

use serde::Deserialize;
use styr_domain::access::Permit;
use styr_domain::id::FileId;
use styr_domain::{Fault, FaultKind, Text};
use styr_persistence::job::Job;
use styr_persistence::{Scope, attachment};

use crate::app::{App, Result};

#[derive(Deserialize)]
struct Payload {
    file_id: FileId,
}

/// Deletes the file if nothing has it.
pub(super) async fn perform(app: &App, job: &Job) -> Result<()> {
    let Payload { file_id } = serde_json::from_value(job.payload.clone()).map_err(|_| unreadable())?;
    let job_id = job.id;
    app.store()
        .write(Scope::of_styr(job.account_id), |tx| async move {
            attachment::sweep(&tx, &Permit::for_styr(), &BTreeSet::from([file_id])).await?;
            tx.complete_job(job_id).await
        })
        .await
}

const fn unreadable() -> Fault {
    let text = Text::fixed(
        "Jobbet siger ikke, hvilken fil det gælder.",
        "Jobbet säger inte vilken fil det gäller.",
        "The job does not say which file it is about.",
    );
    Fault::new(FaultKind::Internal, "job_unreadable", text)
}

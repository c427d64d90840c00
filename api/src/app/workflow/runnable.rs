//! The workflows that cases run, made ready once and remembered.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use styr_domain::Fault;
use styr_domain::flow::run::Definition;
use styr_domain::id::{AccountId, FormId, WorkflowId};
use styr_domain::workflow::{Workflow, WorkflowContent};
use styr_persistence::{Source, get, version};

use super::Result;

/// A published version of a workflow, ready to run.
#[derive(Debug)]
pub struct Runnable {
    /// Its flow.
    pub definition: Definition,
    /// Whether its conditions read what was filled in.
    pub has_conditions: bool,
    /// The version of each form that its steps name.
    pub form_versions: BTreeMap<FormId, i32>,
}

/// The workflows that cases have run lately. A published version never changes, so none is ever out of date.
#[derive(Debug, Default)]
pub struct Runnables {
    by_version: Arc<RwLock<ByVersion>>,
}

type ByVersion = HashMap<(WorkflowId, i32), Arc<Runnable>>;

/// How many versions are remembered; a replica that runs more than this starts over.
const MOST_RUNNABLES: usize = 500;

impl Runnables {
    /// The workflow's published version, ready to run.
    ///
    /// # Errors
    /// `not_found`, or the database fails.
    pub async fn of(
        &self,
        source: &impl Source,
        account_id: AccountId,
        id: WorkflowId,
        number: i32,
    ) -> Result<Arc<Runnable>> {
        let known =
            self.by_version.read().unwrap_or_else(PoisonError::into_inner).get(&(id, number)).cloned();
        if let Some(runnable) = known {
            return Ok(runnable);
        }
        let workflow: Workflow = get(source, account_id, id).await?;
        let (_, content): (_, WorkflowContent) = version::get(source, account_id, &workflow, number).await?;
        let definition = Definition::compile(&content.flow).map_err(Fault::invalid)?;
        let has_conditions = definition.has_conditions();
        let runnable =
            Arc::new(Runnable { definition, has_conditions, form_versions: content.form_versions });
        let (by_version, remembered) = (Arc::clone(&self.by_version), Arc::clone(&runnable));
        source.once_committed(move || {
            let mut by_version = by_version.write().unwrap_or_else(PoisonError::into_inner);
            if by_version.len() >= MOST_RUNNABLES {
                by_version.clear();
            }
            by_version.insert((id, number), remembered);
        });
        Ok(runnable)
    }
}

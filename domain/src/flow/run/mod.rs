//! The interpreter: what a running flow waits for, and what follows from each thing that happens to it.
//!
//! Pure and deterministic: [`advance`] takes a state and a signal and gives the next state and the commands that
//! the caller carries out. The token semantics are those of BPMN 2.0, ISO/IEC 19510, clause 13 (execution
//! semantics); the code names the subclauses. A fault leaves the state as it was, so that the caller may mend
//! what is wrong and send the signal again.

mod definition;
mod machine;
mod reads;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use definition::Definition;
pub use reads::Condition;

use crate::Fault;
use crate::flow::UserStep;

/// The number of one piece of work in its case, given by the interpreter and never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkId(pub u32);

/// Where a case stands. Stored as JSON beside the id of its definition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Whether the case has begun and ended.
    pub status: Status,
    /// What waits for a person, oldest first.
    pub work: Vec<Work>,
    /// Tokens that wait at a gateway for others to join them, oldest first.
    pub waiting: Vec<Waiting>,
    /// The sub-processes that are running, outer ones before inner ones.
    pub scopes: Vec<Scope>,
    /// The sequence flows that a token has gone along, by their ids.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub passed: BTreeSet<String>,
    /// The last number given to a piece of work or a scope.
    last_number: u32,
}

/// Whether a case has begun and ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not started.
    #[default]
    New,
    /// Something waits.
    Running,
    /// Every token has come to an end.
    Completed,
    /// Ended from outside.
    Cancelled,
}

/// A task that waits for a person: a token at rest in an activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Its number in the case.
    pub id: WorkId,
    /// The id of the task in the flow.
    pub element: String,
    /// The scope it lies in.
    pub scope: ScopeId,
    /// The steps that led here.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    trail: Trail,
}

/// A token that waits at a joining gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// The id of the sequence flow it came by.
    pub flow: String,
    /// The scope it lies in.
    pub scope: ScopeId,
    /// The steps that led here.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    trail: Trail,
}

/// The number of a running scope: 0 is the flow itself, others are sub-processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeId(pub u32);

/// One running sub-process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Its number in the case.
    pub id: ScopeId,
    /// The id of the sub-process in the flow.
    pub element: String,
    /// The scope around it.
    pub parent: ScopeId,
    /// Whether it ever held more than one token, so that what leaves it has no single past.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    split: bool,
}

/// The steps that a token came through since it was last alone, for sending back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trail {
    /// The ids of the tasks completed, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    steps: Vec<String>,
    /// Whether the trail begins where branches parted or met, rather than at the start.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    branched: bool,
}

impl Trail {
    /// How many steps back a token remembers.
    const LONGEST: usize = 32;

    const fn branched() -> Self {
        Self { steps: Vec::new(), branched: true }
    }

    fn is_empty(&self) -> bool {
        self.steps.is_empty() && !self.branched
    }

    fn push(&mut self, element: String) {
        if self.steps.len() == Self::LONGEST {
            self.steps.remove(0);
        }
        self.steps.push(element);
    }
}

/// What happens to a case.
///
/// `variables` are all fields filled in so far; conditions read them. They are not kept in the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Signal {
    /// The case begins.
    Start {
        /// The fields filled in so far.
        variables: Map<String, Value>,
    },
    /// A person has done a piece of work.
    Complete {
        /// The work done.
        work: WorkId,
        /// The fields filled in so far, this work's among them.
        variables: Map<String, Value>,
    },
    /// A person returns the case to the step before their own.
    SendBack {
        /// The work of that person.
        work: WorkId,
    },
    /// The case is called off.
    Cancel,
}

/// What the caller is to do, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Someone is to do a task.
    CreateWork {
        /// The work's number in the case.
        work: WorkId,
        /// The id of the task in the flow.
        element: String,
        /// The task's name, if it has one.
        name: Option<String>,
        /// Who is to do what.
        step: UserStep,
        /// Whether it was done before and sent back.
        returned: bool,
    },
    /// A piece of work is no longer wanted.
    CancelWork {
        /// The work's number in the case.
        work: WorkId,
    },
    /// A token went along a sequence flow. For history and diagrams.
    Take {
        /// The id of the sequence flow.
        flow: String,
    },
    /// The case has come to its end.
    Complete,
}

/// What follows when `signal` happens to a case in `state`.
///
/// # Errors
/// [`FaultKind::Conflict`](crate::FaultKind::Conflict), the state staying as it was:
/// - `case_not_running`, `case_already_started`, `work_not_waiting`: the signal does not fit the state;
/// - `condition_failed`, `no_branch`: a condition cannot be evaluated, or none holds and there is no default;
/// - `send_back_not_allowed`, `nothing_before`, `branches_before`: there is no one step to send back to;
/// - `flow_stuck`, `flow_endless`, `too_many_tokens`: the flow is drawn so that it cannot go on;
/// - `state_of_other_flow`: the state does not belong to the definition.
pub fn advance(
    definition: &Definition,
    state: &State,
    signal: &Signal,
) -> Result<(State, Vec<Command>), Fault> {
    machine::advance(definition, state.clone(), signal)
}

/// The state after `signals`, from the beginning.
///
/// # Errors
/// Those of [`advance`], for the first signal that has one.
pub fn replay<'a>(
    definition: &Definition,
    signals: impl IntoIterator<Item = &'a Signal>,
) -> Result<State, Fault> {
    let mut state = State::default();
    for signal in signals {
        (state, _) = machine::advance(definition, state, signal)?;
    }
    Ok(state)
}

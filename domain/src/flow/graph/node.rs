//! Activities, gateways and events.

use serde::{Deserialize, Serialize};

use super::Bounds;
use crate::id::{ActivityId, FormId, GroupId, ProcessId, UserId};

/// An activity, gateway or event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct Node {
    /// The element's id.
    pub id: String,
    /// The BPMN element this is.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "poem", oai(rename = "type"))]
    pub kind: NodeKind,
    /// The text shown on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// BPMN's `documentation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// The sub-process that this node lies in; none at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The innermost lane that this node lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
    /// What an event waits for or raises, none for a plain event; the message of a send or receive task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventDefinition>,
    /// The activity that a boundary event sits on. Boundary events only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attached_to: Option<String>,
    /// Whether a boundary event, or the start event of an event sub-process, ends what it interrupts. Absent means yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupting: Option<bool>,
    /// The outgoing sequence flow taken when no condition holds. Activities, exclusive and inclusive gateways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_flow: Option<String>,
    /// How often an activity repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// Whether an activity exists to undo another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_compensation: Option<bool>,
    /// Whether a sub-process is started by an event rather than by a sequence flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triggered_by_event: Option<bool>,
    /// The id of what a call activity calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<String>,
    /// The account's process that this node leads to. Call activities and events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_id: Option<ProcessId>,
    /// The account's activity that this node shows: its name is the activity's title. Activities only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_id: Option<ActivityId>,
    /// What a person does here when the flow runs as a workflow. Tasks only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<UserStep>,
    /// Where the shape is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// Where its label is drawn, if apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Bounds>,
    /// Whether a sub-process is drawn open. Absent means no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expanded: Option<bool>,
    /// What other tools say of it and Styr has no meaning for, as XML; an export says it again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "poem", oai(skip_serializing_if_is_empty))]
    pub extensions: Vec<String>,
}

/// The BPMN element that a node is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A task of no particular type.
    #[default]
    Task,
    /// Done by a person with Styr's help.
    UserTask,
    /// Done by a person without any system.
    ManualTask,
    /// Done by a service.
    ServiceTask,
    /// Sends a message.
    SendTask,
    /// Waits for a message.
    ReceiveTask,
    /// Runs a script.
    ScriptTask,
    /// Evaluates business rules.
    BusinessRuleTask,
    /// Calls a process or global task.
    CallActivity,
    /// An embedded sub-process.
    SubProcess,
    /// A sub-process that is done wholly or undone.
    Transaction,
    /// A sub-process whose activities have no fixed order.
    AdHocSubProcess,
    /// Chooses one way.
    ExclusiveGateway,
    /// Chooses one or more ways; joins those that were chosen.
    InclusiveGateway,
    /// Takes all ways; joins all.
    ParallelGateway,
    /// Takes the way whose event comes first.
    EventBasedGateway,
    /// Chooses by a rule of its own.
    ComplexGateway,
    /// Where the flow starts.
    StartEvent,
    /// Where the flow ends.
    EndEvent,
    /// Waits on the way.
    IntermediateCatchEvent,
    /// Raises on the way.
    IntermediateThrowEvent,
    /// Sits on an activity's edge.
    BoundaryEvent,
}

impl NodeKind {
    /// Whether it is a task of any type.
    #[must_use]
    pub const fn is_task(self) -> bool {
        matches!(
            self,
            Self::Task
                | Self::UserTask
                | Self::ManualTask
                | Self::ServiceTask
                | Self::SendTask
                | Self::ReceiveTask
                | Self::ScriptTask
                | Self::BusinessRuleTask
        )
    }

    /// Whether it holds other nodes.
    #[must_use]
    pub const fn is_sub_process(self) -> bool {
        matches!(self, Self::SubProcess | Self::Transaction | Self::AdHocSubProcess)
    }

    /// Whether it is work: a task, a sub-process or a call.
    #[must_use]
    pub const fn is_activity(self) -> bool {
        self.is_task() || self.is_sub_process() || matches!(self, Self::CallActivity)
    }

    /// Whether it is an event of any type.
    #[must_use]
    pub const fn is_event(self) -> bool {
        matches!(
            self,
            Self::StartEvent
                | Self::EndEvent
                | Self::IntermediateCatchEvent
                | Self::IntermediateThrowEvent
                | Self::BoundaryEvent
        )
    }

    /// Whether it is a gateway of any type.
    #[must_use]
    pub const fn is_gateway(self) -> bool {
        !self.is_activity() && !self.is_event()
    }

    /// Whether one of its outgoing sequence flows may be its default.
    #[must_use]
    pub const fn may_have_default(self) -> bool {
        self.is_activity()
            || matches!(self, Self::ExclusiveGateway | Self::InclusiveGateway | Self::ComplexGateway)
    }
}

/// What an event waits for or raises.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct EventDefinition {
    /// The kind of trigger or result.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "poem", oai(rename = "type"))]
    pub kind: EventKind,
    /// The name of the message, signal, error or escalation, or of the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The code of an error or escalation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A timer's ISO 8601 date, duration or cycle; a conditional event's condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// Which of BPMN's three a timer's expression is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timer: Option<TimerKind>,
    /// The activity that a compensation event undoes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// Whether a multiple event waits for all of its definitions. Absent means for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel: Option<bool>,
    /// What a multiple event waits for or raises: two or more, none of them multiple.
    pub definitions: Vec<EventDefinition>,
}

/// The kind of an event's trigger or result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A message from or to another participant.
    #[default]
    Message,
    /// A date, a delay or a cycle.
    Timer,
    /// A named error.
    Error,
    /// A named escalation.
    Escalation,
    /// A signal to whoever listens.
    Signal,
    /// A condition that comes true.
    Conditional,
    /// A jump within the same flow.
    Link,
    /// Undoing what was done.
    Compensation,
    /// Cancelling a transaction.
    Cancel,
    /// Ending everything at once.
    Terminate,
    /// One of several, or all of several.
    Multiple,
}

/// Which kind of time expression a timer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum TimerKind {
    /// A point in time.
    Date,
    /// A delay.
    Duration,
    /// A repetition.
    Cycle,
}

/// How often an activity repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// While a condition holds.
    Loop,
    /// Once for each item, one after another.
    MultiInstanceSequential,
    /// Once for each item, all at once.
    MultiInstanceParallel,
}

/// What a person does at a task when the flow runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct UserStep {
    /// The form to fill in; none when the step is only to be confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_id: Option<FormId>,
    /// Who gets the task. Absent means the case's starter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Assignee>,
    /// Whether the person may send the case back to the step before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_send_back: Option<bool>,
}

/// Who gets a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct Assignee {
    /// The kind of receiver.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "poem", oai(rename = "type"))]
    pub kind: AssigneeKind,
    /// The user, when the kind is `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The rights group, when the kind is `group`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<GroupId>,
}

/// The kind of a task's receiver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum AssigneeKind {
    /// Whoever the case was started for.
    #[default]
    Starter,
    /// One user.
    User,
    /// Any member of a rights group, who claims it first.
    Group,
}

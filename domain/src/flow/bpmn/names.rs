//! The names that import and export share.

use crate::flow::{EventKind, NodeKind};

pub(super) const MODEL: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
pub(super) const BPMNDI: &str = "http://www.omg.org/spec/BPMN/20100524/DI";
pub(super) const DC: &str = "http://www.omg.org/spec/DD/20100524/DC";
pub(super) const DI: &str = "http://www.omg.org/spec/DD/20100524/DI";
pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Styr's own settings.
pub(super) const STYR: &str = "urn:styr:bpmn:1";

/// The name by which other tools, too, know the property that a data association points to where its activity
/// has no input of its own.
pub(super) const PLACEHOLDER: &str = "__targetRef_placeholder";

/// The element of each kind of node.
pub(super) const NODES: [(NodeKind, &str); 22] = [
    (NodeKind::Task, "task"),
    (NodeKind::UserTask, "userTask"),
    (NodeKind::ManualTask, "manualTask"),
    (NodeKind::ServiceTask, "serviceTask"),
    (NodeKind::SendTask, "sendTask"),
    (NodeKind::ReceiveTask, "receiveTask"),
    (NodeKind::ScriptTask, "scriptTask"),
    (NodeKind::BusinessRuleTask, "businessRuleTask"),
    (NodeKind::CallActivity, "callActivity"),
    (NodeKind::SubProcess, "subProcess"),
    (NodeKind::Transaction, "transaction"),
    (NodeKind::AdHocSubProcess, "adHocSubProcess"),
    (NodeKind::ExclusiveGateway, "exclusiveGateway"),
    (NodeKind::InclusiveGateway, "inclusiveGateway"),
    (NodeKind::ParallelGateway, "parallelGateway"),
    (NodeKind::EventBasedGateway, "eventBasedGateway"),
    (NodeKind::ComplexGateway, "complexGateway"),
    (NodeKind::StartEvent, "startEvent"),
    (NodeKind::EndEvent, "endEvent"),
    (NodeKind::IntermediateCatchEvent, "intermediateCatchEvent"),
    (NodeKind::IntermediateThrowEvent, "intermediateThrowEvent"),
    (NodeKind::BoundaryEvent, "boundaryEvent"),
];

/// The event definition of each kind of event but `multiple`, which is several of them.
pub(super) const EVENTS: [(EventKind, &str); 10] = [
    (EventKind::Message, "messageEventDefinition"),
    (EventKind::Timer, "timerEventDefinition"),
    (EventKind::Error, "errorEventDefinition"),
    (EventKind::Escalation, "escalationEventDefinition"),
    (EventKind::Signal, "signalEventDefinition"),
    (EventKind::Conditional, "conditionalEventDefinition"),
    (EventKind::Link, "linkEventDefinition"),
    (EventKind::Compensation, "compensateEventDefinition"),
    (EventKind::Cancel, "cancelEventDefinition"),
    (EventKind::Terminate, "terminateEventDefinition"),
];

/// What else makes a model large.
const OTHERS: [&str; 12] = [
    "process",
    "collaboration",
    "participant",
    "lane",
    "sequenceFlow",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "textAnnotation",
    "group",
    "association",
    "messageFlow",
];

pub(super) fn node_kind(name: &str) -> Option<NodeKind> {
    NODES.iter().find(|(_, n)| *n == name).map(|(kind, _)| *kind)
}

pub(super) fn node_name(kind: NodeKind) -> &'static str {
    NODES.iter().find(|(k, _)| *k == kind).map_or("task", |(_, name)| name)
}

pub(super) fn event_kind(name: &str) -> Option<EventKind> {
    EVENTS.iter().find(|(_, n)| *n == name).map(|(kind, _)| *kind)
}

pub(super) fn is_flow_element(name: &str) -> bool {
    node_kind(name).is_some() || OTHERS.contains(&name)
}

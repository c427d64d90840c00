//! The names that import and export share.

use super::xml::{Element, Space};
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

/// How ids begin that an export makes up, and an import does not keep.
pub(super) const MADE_UP: &str = "styr_";

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

/// The element of a kind of event; nothing for `multiple`.
pub(super) fn event_name(kind: EventKind) -> &'static str {
    EVENTS.iter().find(|(k, _)| *k == kind).map_or("", |(_, name)| name)
}

pub(super) fn is_flow_element(name: &str) -> bool {
    node_kind(name).is_some() || OTHERS.contains(&name)
}

/// Elements that are told apart by their place among those of their name, rather than by id.
const PLACED: [&str; 20] = [
    "documentation",
    "extensionElements",
    "laneSet",
    "childLaneSet",
    "ioSpecification",
    "inputSet",
    "outputSet",
    "dataInputRefs",
    "dataOutputRefs",
    "dataState",
    "conditionExpression",
    "standardLoopCharacteristics",
    "multiInstanceLoopCharacteristics",
    "timeDate",
    "timeDuration",
    "timeCycle",
    "condition",
    "text",
    "BPMNPlane",
    "BPMNLabel",
];

/// Whether the element is told apart by its place among those of its name, rather than by id.
pub(super) fn is_placed(element: &Element) -> bool {
    matches!(element.space, Space::Model | Space::Diagram)
        && (PLACED.contains(&element.name.as_str()) || event_kind(&element.name).is_some())
}

/// Whether the flow says by itself that there is such a child, so that a file has none where the flow has none.
pub(super) fn is_told(parent: &str, child: &str) -> bool {
    match child {
        "documentation" => parent == "process" || node_kind(parent).is_some(),
        "text" => parent == "textAnnotation",
        "standardLoopCharacteristics" | "multiInstanceLoopCharacteristics" => true,
        "timeDate" | "timeDuration" | "timeCycle" | "BPMNPlane" => true,
        _ => event_kind(child).is_some(),
    }
}

/// The place of a child among its siblings that OMG's schema asks for.
pub(super) fn rank(child: &Element, in_definitions: bool, in_process: bool) -> u8 {
    let name = child.name.as_str();
    match (child.space, name) {
        (Space::Model, "import") if in_definitions => 2,
        (Space::Model, "extension") if in_definitions => 3,
        (Space::Model, "relationship") => 51,
        (Space::Diagram, "BPMNDiagram") => 50,
        (Space::Diagram, "BPMNLabel" | "BPMNLabelStyle") => 40,
        (Space::Drawing, "extension") => 0,
        (Space::Model, "documentation") => 0,
        (Space::Model, "extensionElements") | (Space::Foreign | Space::Plain, _) => 1,
        (Space::Model, _) if in_definitions => 25,
        (Space::Model, "auditing" | "monitoring" | "property") if in_process => 12,
        (Space::Model, "resourceRole" | "performer" | "humanPerformer" | "potentialOwner") if in_process => {
            40
        }
        (Space::Model, _) => match name {
            "supportedInterfaceRef" => 2,
            "auditing" => 3,
            "monitoring" => 4,
            "categoryValueRef" => 5,
            "incoming" => 6,
            "outgoing" => 7,
            "ioSpecification" => 10,
            "ioBinding" => 11,
            "property" => 13,
            "dataInput" => 14,
            "dataOutput" => 15,
            "dataInputAssociation" => 16,
            "dataOutputAssociation" => 17,
            "inputSet" => 18,
            "outputSet" => 19,
            "resourceRole" | "performer" | "humanPerformer" | "potentialOwner" => 20,
            "standardLoopCharacteristics" | "multiInstanceLoopCharacteristics" => 21,
            "participant" | "sourceRef" | "partitionElement" | "interfaceRef" => 22,
            "messageFlow" | "targetRef" | "flowNodeRef" | "endPointRef" => 23,
            "laneSet" | "transformation" | "childLaneSet" | "participantMultiplicity" => 24,
            "assignment" => 25,
            "eventDefinitionRef" => 26,
            "textAnnotation" | "group" | "association" => 27,
            "completionCondition" | "activationCondition" | "script" => 28,
            "conversation" | "subConversation" | "callConversation" => 29,
            "conversationAssociation" => 30,
            "participantAssociation" => 31,
            "messageFlowAssociation" => 32,
            "correlationKey" => 33,
            "choreographyRef" => 34,
            "conversationLink" => 35,
            "correlationSubscription" => 41,
            "supports" => 42,
            _ => 25,
        },
        _ => 25,
    }
}

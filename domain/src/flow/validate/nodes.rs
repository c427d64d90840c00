//! Activities, gateways and events: where they sit, and which fields their kinds have.

use std::collections::{HashMap, HashSet};

use super::Validator;
use crate::flow::{EventDefinition, EventKind, Node, NodeKind};
use crate::text;

impl Validator<'_> {
    pub(super) fn nodes(&mut self) {
        let flow = self.flow;
        let lanes: HashSet<&str> = flow.lanes.iter().map(|l| l.id.as_str()).collect();
        let sources: HashMap<&str, &str> =
            flow.sequence_flows.iter().map(|f| (f.id.as_str(), f.source.as_str())).collect();
        for node in &flow.nodes {
            let id = node.id.as_str();
            self.parent(id, "parent", node.parent.as_ref());
            self.text(id, "name", node.name.as_deref());
            self.text(id, "documentation", node.documentation.as_deref());
            self.text(id, "calls", node.calls.as_deref());
            self.place(id, node.bounds, node.label);
            if let Some(lane) = node.lane.as_deref().filter(|l| !lanes.contains(l)) {
                self.unknown(id, "lane_unknown", "lane", lane);
            }
            if let Some(default) = node.default_flow.as_deref()
                && sources.get(default) != Some(&id)
            {
                let text = text!(
                    "Standardvejen »{default}« er ikke et sekvensflow ud af »{id}«.",
                    "Standardvägen ”{default}” är inte ett sekvensflöde ut ur ”{id}”.",
                    "The default flow \"{default}\" is not a sequence flow out of \"{id}\"."
                );
                self.add(id, "default_flow_unknown", text);
            }
            self.attachment(node);
            self.fields(node);
            if let Some(event) = &node.event {
                self.event(node, event);
            }
        }
    }

    fn attachment(&mut self, node: &Node) {
        let id = node.id.as_str();
        match (node.kind, node.attached_to.as_deref()) {
            (NodeKind::BoundaryEvent, host) => {
                let found = host.and_then(|h| self.nodes.get(h));
                if !found.is_some_and(|h| h.kind.is_activity() && h.parent == node.parent) {
                    let host = host.unwrap_or_default();
                    let text = text!(
                        "Kanthændelsen »{id}« skal sidde på en aktivitet i samme delproces; »{host}« er det ikke.",
                        "Kanthändelsen ”{id}” ska sitta på en aktivitet i samma delprocess; ”{host}” är inte det.",
                        "The boundary event \"{id}\" must sit on an activity of the same sub-process; \"{host}\" is none."
                    );
                    self.add(id, "attached_to_unknown", text);
                }
            }
            (_, Some(_)) => self.misplaced(id, "attached_to"),
            _ => {}
        }
    }

    /// Fields that only some kinds of nodes have.
    fn fields(&mut self, node: &Node) {
        let kind = node.kind;
        let may_interrupt = matches!(kind, NodeKind::BoundaryEvent | NodeKind::StartEvent);
        let has_event = kind.is_event() || matches!(kind, NodeKind::SendTask | NodeKind::ReceiveTask);
        let misplaced = [
            (node.event.is_some() && !has_event, "event"),
            (node.interrupting.is_some() && !may_interrupt, "interrupting"),
            (node.default_flow.is_some() && !kind.may_have_default(), "default_flow"),
            (node.repeat.is_some() && !kind.is_activity(), "repeat"),
            (node.for_compensation.is_some() && !kind.is_activity(), "for_compensation"),
            (node.triggered_by_event.is_some() && !kind.is_sub_process(), "triggered_by_event"),
            (node.calls.is_some() && kind != NodeKind::CallActivity, "calls"),
            (node.step.is_some() && !kind.is_task(), "step"),
            (node.expanded.is_some() && !kind.is_sub_process(), "expanded"),
        ];
        for (_, field) in misplaced.into_iter().filter(|(wrong, _)| *wrong) {
            self.misplaced(&node.id, field);
        }
    }

    fn event(&mut self, node: &Node, event: &EventDefinition) {
        let id = node.id.as_str();
        if !node.kind.is_event() && (event.kind != EventKind::Message || !event.definitions.is_empty()) {
            return self.misplaced(id, "event");
        }
        if node.kind.is_event() && !allowed(node.kind, event.kind) {
            self.kind_refused(node, event.kind);
        }
        let catches = !matches!(node.kind, NodeKind::EndEvent | NodeKind::IntermediateThrowEvent);
        if event.parallel.is_some() && !(catches && event.kind == EventKind::Multiple) {
            self.misplaced(id, "event.parallel");
        }
        if event.kind == EventKind::Multiple {
            let nested = event.definitions.iter().any(|d| d.kind == EventKind::Multiple);
            if event.definitions.len() < 2 || event.definitions.len() > 100 || nested {
                let text = text!(
                    "Den sammensatte hændelse »{id}« skal have 2 til 100 definitioner, ingen af dem selv sammensat.",
                    "Den sammansatta händelsen ”{id}” ska ha 2 till 100 definitioner, ingen av dem själv sammansatt.",
                    "The multiple event \"{id}\" must have 2 to 100 definitions, none of them multiple itself."
                );
                self.add(id, "definitions_invalid", text);
            }
            for part in &event.definitions {
                if !allowed(node.kind, part.kind) {
                    self.kind_refused(node, part.kind);
                }
                if !part.definitions.is_empty() || part.parallel.is_some() {
                    self.misplaced(id, "event.definitions.definitions");
                }
                self.definition(id, part);
            }
        } else if !event.definitions.is_empty() {
            self.misplaced(id, "event.definitions");
        }
        self.definition(id, event);
    }

    fn kind_refused(&mut self, node: &Node, kind: EventKind) {
        let id = &node.id;
        let (kind, place) = (format!("{kind:?}").to_lowercase(), format!("{:?}", node.kind));
        let text = text!(
            "»{id}« er en {place}, og BPMN har ingen sådan af slagsen {kind}.",
            "”{id}” är en {place}, och BPMN har ingen sådan av slaget {kind}.",
            "\"{id}\" is a {place}, and BPMN has none of the kind {kind}."
        );
        self.add(id, "event_kind_refused", text);
    }

    fn definition(&mut self, id: &str, event: &EventDefinition) {
        use EventKind::{Compensation, Conditional, Error, Escalation, Link, Message, Signal, Timer};
        let kind = event.kind;
        let misplaced = [
            (
                event.name.is_some() && !matches!(kind, Message | Signal | Error | Escalation | Link),
                "event.name",
            ),
            (event.code.is_some() && !matches!(kind, Error | Escalation), "event.code"),
            (event.expression.is_some() && !matches!(kind, Timer | Conditional), "event.expression"),
            (event.timer.is_some() && kind != Timer, "event.timer"),
            (event.activity.is_some() && kind != Compensation, "event.activity"),
        ];
        for (_, field) in misplaced.into_iter().filter(|(wrong, _)| *wrong) {
            self.misplaced(id, field);
        }
        if kind == Timer && event.expression.is_some() && event.timer.is_none() {
            let text = text!(
                "Timeren »{id}« har et udtryk, men siger ikke i event.timer, om det er dato, varighed eller gentagelse.",
                "Timern ”{id}” har ett uttryck men säger inte i event.timer om det är datum, varaktighet eller upprepning.",
                "The timer \"{id}\" has an expression, but event.timer does not say whether it is a date, duration or cycle."
            );
            self.add(id, "timer_kind_missing", text);
        }
        if let Some(activity) = event.activity.as_deref()
            && !self.nodes.get(activity).is_some_and(|n| n.kind.is_activity())
        {
            self.unknown(id, "activity_unknown", "event.activity", activity);
        }
        for (field, text) in [
            ("event.name", &event.name),
            ("event.code", &event.code),
            ("event.expression", &event.expression),
        ] {
            self.text(id, field, text.as_deref());
        }
    }
}

/// Whether BPMN has the event of this kind anywhere; where in the flow it may stand is for [`advise()`](super::advise()).
fn allowed(place: NodeKind, kind: EventKind) -> bool {
    use EventKind::{
        Cancel, Compensation, Conditional, Error, Escalation, Link, Message, Multiple, Signal, Terminate,
        Timer,
    };
    match place {
        NodeKind::StartEvent => {
            matches!(
                kind,
                Message | Timer | Error | Escalation | Signal | Conditional | Compensation | Multiple
            )
        }
        NodeKind::EndEvent => {
            matches!(
                kind,
                Message | Error | Escalation | Signal | Compensation | Cancel | Terminate | Multiple
            )
        }
        NodeKind::IntermediateCatchEvent => {
            matches!(kind, Message | Timer | Signal | Conditional | Link | Multiple)
        }
        NodeKind::IntermediateThrowEvent => {
            matches!(kind, Message | Escalation | Signal | Link | Compensation | Multiple)
        }
        NodeKind::BoundaryEvent => {
            matches!(
                kind,
                Message
                    | Timer
                    | Error
                    | Escalation
                    | Signal
                    | Conditional
                    | Compensation
                    | Cancel
                    | Multiple
            )
        }
        _ => false,
    }
}

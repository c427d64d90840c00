//! Flows made from random numbers: valid ones survive an export, others never break one.

use proptest::prelude::*;

use super::*;
use crate::flow::{
    Artifact, ArtifactKind, Assignee, Association, Bounds, Data, Direction, EventDefinition, Lane,
    MessageFlow, Node, Point, Pool, SequenceFlow, UserStep,
};
use crate::id::{ActivityId, FormId, GroupId, ProcessId, ProcessRoleId, UserId};

/// Decisions, one number each; zero when the numbers are used up.
struct Tape(std::vec::IntoIter<u32>);

impl Tape {
    fn below(&mut self, limit: usize) -> usize {
        self.0.next().unwrap_or(0) as usize % limit.max(1)
    }

    fn yes(&mut self) -> bool {
        self.below(2) == 1
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.yes() { Some(make(self)) } else { None }
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn text(&mut self) -> String {
        self.of(&[
            "",
            "Køb",
            " a ",
            "x < y && \"z\" > 'w'",
            "to\nlinjer\r\n\tog",
            "]]>",
            "&amp;",
            "𝄞 \u{85}\u{2028}",
            " ",
        ])
        .to_owned()
    }

    fn number(&mut self) -> f64 {
        self.of(&[0.0, 1.0, -20.25, 0.1, 0.001, 123_456.789])
    }

    fn bounds(&mut self) -> Option<Bounds> {
        self.maybe(|t| Bounds {
            x: t.number(),
            y: t.number(),
            width: t.number().abs(),
            height: t.number().abs(),
        })
    }

    fn line(&mut self) -> Vec<Point> {
        let count = self.of(&[0, 2, 3]);
        (0..count).map(|_| Point { x: self.number(), y: self.number() }).collect()
    }

    fn uuid(&mut self) -> uuid::Uuid {
        uuid::Uuid::from_u128(self.below(usize::MAX) as u128)
    }
}

const KINDS: [NodeKind; 22] = {
    let mut kinds = [NodeKind::Task; 22];
    let mut index = 0;
    while index < 22 {
        kinds[index] = super::super::names::NODES[index].0;
        index += 1;
    }
    kinds
};

fn definition(tape: &mut Tape, kind: EventKind, activities: &[String]) -> EventDefinition {
    use EventKind::{Compensation, Conditional, Error, Escalation, Link, Message, Signal, Timer};
    let named = matches!(kind, Message | Signal | Error | Escalation | Link);
    let coded = matches!(kind, Error | Escalation);
    let timer = if kind == Timer {
        tape.maybe(|t| t.of(&[TimerKind::Date, TimerKind::Duration, TimerKind::Cycle]))
    } else {
        None
    };
    let expressed = timer.is_some() || kind == Conditional;
    EventDefinition {
        kind,
        name: if named { tape.maybe(Tape::text) } else { None },
        code: if coded { tape.maybe(Tape::text) } else { None },
        expression: if expressed { tape.maybe(Tape::text) } else { None },
        timer,
        activity: if kind == Compensation && !activities.is_empty() {
            tape.maybe(|t| t.of(activities))
        } else {
            None
        },
        ..EventDefinition::default()
    }
}

fn event(tape: &mut Tape, kind: NodeKind, activities: &[String]) -> Option<EventDefinition> {
    use EventKind::{
        Cancel, Compensation, Conditional, Error, Escalation, Link, Message, Multiple, Signal, Terminate,
        Timer,
    };
    let kinds: &[EventKind] = match kind {
        NodeKind::StartEvent => &[Multiple, Message, Timer, Error, Signal, Conditional],
        NodeKind::EndEvent => &[Multiple, Message, Error, Compensation, Cancel, Terminate],
        NodeKind::IntermediateCatchEvent => &[Multiple, Message, Timer, Link, Conditional],
        NodeKind::IntermediateThrowEvent => &[Multiple, Message, Escalation, Link, Compensation],
        NodeKind::BoundaryEvent => &[Multiple, Timer, Error, Cancel],
        NodeKind::SendTask | NodeKind::ReceiveTask => &[Message],
        _ => return None,
    };
    let chosen = tape.maybe(|t| t.of(kinds))?;
    let mut event = definition(tape, chosen, activities);
    if chosen == Multiple {
        event.definitions = (0..2 + tape.below(2))
            .map(|_| {
                let part = tape.of(&kinds[1..]);
                definition(tape, part, activities)
            })
            .collect();
        if !matches!(kind, NodeKind::EndEvent | NodeKind::IntermediateThrowEvent) {
            event.parallel = tape.maybe(Tape::yes);
        }
    }
    Some(event)
}

fn step(tape: &mut Tape) -> UserStep {
    UserStep {
        form_id: tape.maybe(|t| FormId(t.uuid())),
        assignee: tape.maybe(|t| Assignee {
            kind: t.of(&[AssigneeKind::Starter, AssigneeKind::User, AssigneeKind::Group]),
            user_id: t.maybe(|t| UserId(t.uuid())),
            group_id: t.maybe(|t| GroupId(t.uuid())),
        }),
        may_send_back: tape.maybe(Tape::yes),
    }
}

/// A flow with nothing wrong in it, its lists in any order.
fn build(numbers: Vec<u32>) -> Flow {
    let tape = &mut Tape(numbers.into_iter());
    let mut flow = Flow::default();
    let mut subs: Vec<Option<String>> = vec![None];
    let mut activities: Vec<String> = Vec::new();
    for n in 0..tape.below(12) {
        let mut kind = tape.of(&KINDS);
        let host = flow.nodes.iter().rfind(|n: &&Node| n.kind.is_activity()).cloned();
        if kind == NodeKind::BoundaryEvent && host.is_none() {
            kind = NodeKind::Task;
        }
        let attached = host.filter(|_| kind == NodeKind::BoundaryEvent);
        let parent = attached.as_ref().map_or_else(|| tape.of(&subs), |h| h.parent.clone());
        let bounds = tape.bounds();
        let id = format!("n{n}");
        let interrupts = matches!(kind, NodeKind::BoundaryEvent | NodeKind::StartEvent);
        flow.nodes.push(Node {
            activity_id: tape.maybe(|t| ActivityId(t.uuid())),
            process_id: tape.maybe(|t| ProcessId(t.uuid())),
            id: id.clone(),
            kind,
            name: tape.maybe(Tape::text),
            documentation: tape.maybe(Tape::text),
            parent,
            lane: None,
            event: event(tape, kind, &activities),
            attached_to: attached.map(|h| h.id),
            interrupting: if interrupts { tape.maybe(Tape::yes) } else { None },
            default_flow: None,
            repeat: if kind.is_activity() {
                tape.maybe(|t| {
                    t.of(&[Repeat::Loop, Repeat::MultiInstanceParallel, Repeat::MultiInstanceSequential])
                })
            } else {
                None
            },
            for_compensation: if kind.is_activity() { tape.maybe(Tape::yes) } else { None },
            triggered_by_event: if kind.is_sub_process() { tape.maybe(Tape::yes) } else { None },
            calls: if kind == NodeKind::CallActivity {
                tape.maybe(|t| t.of(&["", "p", "n0", "0190-uuid", "a:b", "øl"]).to_owned())
            } else {
                None
            },
            step: if kind.is_task() { tape.maybe(step) } else { None },
            bounds,
            label: if bounds.is_some() { tape.bounds() } else { None },
            expanded: if kind.is_sub_process() { tape.maybe(Tape::yes) } else { None },
            extensions: Vec::new(),
        });
        if kind.is_sub_process() {
            subs.push(Some(id.clone()));
        }
        if kind.is_activity() {
            activities.push(id);
        }
    }
    lanes(tape, &mut flow, &subs);
    sequence_flows(tape, &mut flow);
    around(tape, &mut flow);
    data(tape, &mut flow, &subs);
    associations(tape, &mut flow, &subs);
    extend(tape, &mut flow);
    if tape.yes() {
        flow.nodes.reverse();
        flow.lanes.reverse();
        flow.data.reverse();
    }
    if tape.yes() && !flow.associations.is_empty() {
        flow.associations.rotate_left(1);
        flow.artifacts.reverse();
        flow.sequence_flows.reverse();
    }
    flow
}

/// Gives some elements pieces that an import could have kept.
fn extend(tape: &mut Tape, flow: &mut Flow) {
    const MODEL: &str = "xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"";
    const DIAGRAM: &str = "xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\"";
    const OTHER: &str = "xmlns:o=\"urn:other\"";
    let piece = |tape: &mut Tape, name: &str, shape: Option<&str>| {
        let mut pieces = Vec::new();
        match tape.below(5) {
            0 => pieces.push(format!("<bpmn:{name} {MODEL} {OTHER} o:a=\"&lt;&#10;&quot;\"/>")),
            1 => pieces.push(format!(
                "<bpmn:{name} {MODEL} {OTHER}><bpmn:extensionElements><o:b o:c=\"1\"> x &amp; y <o:d/>z</o:b><o:b/></bpmn:extensionElements></bpmn:{name}>"
            )),
            2 => pieces.push(format!("<bpmn:{name} {MODEL} {OTHER}><bpmn:extensionElements><e xmlns=\"urn:e\" o:f=\"\"/></bpmn:extensionElements></bpmn:{name}>")),
            _ => {}
        }
        if let Some(shape) = shape.filter(|_| tape.yes()) {
            pieces.push(format!("<bpmndi:{shape} {DIAGRAM} {OTHER} id=\"other\" o:fill=\"#fff\"/>"));
        }
        pieces
    };
    for node in &mut flow.nodes {
        let shape = node.bounds.map(|_| "BPMNShape");
        node.extensions = piece(tape, super::super::names::node_name(node.kind), shape);
    }
    for line in &mut flow.sequence_flows {
        let edge = Some("BPMNEdge").filter(|_| !line.waypoints.is_empty());
        line.extensions = piece(tape, "sequenceFlow", edge);
    }
    for pool in &mut flow.pools {
        pool.extensions = piece(tape, "participant", pool.bounds.map(|_| "BPMNShape"));
    }
    for lane in &mut flow.lanes {
        lane.extensions = piece(tape, "lane", lane.bounds.map(|_| "BPMNShape"));
    }
    for message in &mut flow.message_flows {
        message.extensions = piece(tape, "messageFlow", None);
    }
    for data in &mut flow.data {
        let name = match (data.kind, &data.refers_to) {
            (DataKind::Object, Some(_)) => "dataObjectReference",
            (DataKind::Object, None) => "dataObject",
            (DataKind::Store, _) => "dataStoreReference",
            (DataKind::Input, _) => "dataInput",
            (DataKind::Output, _) => "dataOutput",
        };
        data.extensions = piece(tape, name, data.bounds.map(|_| "BPMNShape"));
    }
    for artifact in &mut flow.artifacts {
        let name = if artifact.kind == ArtifactKind::Group { "group" } else { "textAnnotation" };
        artifact.extensions = piece(tape, name, artifact.bounds.map(|_| "BPMNShape"));
    }
    for association in &mut flow.associations {
        let name = match association.kind {
            AssociationKind::Association => "association",
            AssociationKind::DataInput => "dataInputAssociation",
            AssociationKind::DataOutput => "dataOutputAssociation",
        };
        association.extensions = piece(tape, name, None);
    }
    if tape.yes() {
        flow.extensions
            .push(format!("<bpmn:definitions {MODEL} {OTHER} targetNamespace=\"urn:t\" o:version=\"7\"/>"));
    }
    if tape.yes() {
        flow.extensions.push(format!("<bpmn:process {MODEL} isClosed=\"true\"><bpmn:documentation textFormat=\"text/html\"/><bpmn:property id=\"styled\"/></bpmn:process>"));
    }
    if tape.yes() {
        flow.extensions.push(format!("<bpmn:itemDefinition {MODEL} id=\"item\" structureRef=\"t\"/>"));
        flow.extensions.push(format!("<bpmn:message {MODEL} id=\"order\" name=\"Køb\" itemRef=\"item\"/>"));
    }
}

fn lanes(tape: &mut Tape, flow: &mut Flow, subs: &[Option<String>]) {
    for n in 0..tape.below(5) {
        let sub_process = tape.of(subs);
        let around: Vec<String> = flow
            .lanes
            .iter()
            .filter(|l: &&Lane| l.sub_process == sub_process)
            .map(|l| l.id.clone())
            .collect();
        let parent = if around.is_empty() { None } else { tape.maybe(|t| t.of(&around)) };
        flow.lanes.push(Lane {
            process_role_id: tape.maybe(|t| ProcessRoleId(t.uuid())),
            id: format!("l{n}"),
            name: tape.maybe(Tape::text),
            parent,
            sub_process,
            bounds: tape.bounds(),
            extensions: Vec::new(),
        });
    }
    let lanes: Vec<String> = flow.lanes.iter().map(|l| l.id.clone()).collect();
    for node in flow.nodes.iter_mut().filter(|_| !lanes.is_empty()) {
        node.lane = tape.maybe(|t| t.of(&lanes));
    }
}

fn sequence_flows(tape: &mut Tape, flow: &mut Flow) {
    for n in 0..tape.below(16) {
        let (Some(from), Some(to)) = (
            flow.nodes.get(tape.below(flow.nodes.len())).map(|n| (n.id.clone(), n.kind, n.parent.clone())),
            flow.nodes.get(tape.below(flow.nodes.len())).map(|n| (n.id.clone(), n.kind, n.parent.clone())),
        ) else {
            return;
        };
        let entered = !matches!(to.1, NodeKind::StartEvent | NodeKind::BoundaryEvent);
        if from.2 != to.2 || from.1 == NodeKind::EndEvent || !entered {
            continue;
        }
        let id = format!("f{n}");
        if from.1.may_have_default() && tape.yes() {
            let source = flow.nodes.iter_mut().find(|n| n.id == from.0).unwrap();
            source.default_flow = Some(id.clone());
        }
        let waypoints = tape.line();
        flow.sequence_flows.push(SequenceFlow {
            id,
            name: tape.maybe(Tape::text),
            source: from.0,
            target: to.0,
            condition: tape.maybe(Tape::text),
            label: if waypoints.is_empty() { None } else { tape.bounds() },
            waypoints,
            extensions: Vec::new(),
        });
    }
}

fn around(tape: &mut Tape, flow: &mut Flow) {
    let count = tape.below(4);
    for n in 0..count {
        flow.pools.push(Pool {
            id: format!("p{n}"),
            name: tape.maybe(Tape::text),
            own: n == 0,
            process: if n == 0 { None } else { tape.maybe(|t| t.of(&["there", "process", "n0"]).to_owned()) },
            vertical: tape.maybe(Tape::yes),
            bounds: tape.bounds(),
            extensions: Vec::new(),
        });
    }
    for n in 0..if count < 2 { 0 } else { tape.below(4) } {
        let own = flow.nodes.first().filter(|_| tape.yes()).map_or("p0".to_owned(), |n| n.id.clone());
        let foreign = tape.yes();
        let other = if foreign { tape.of(&["theirs", "Collaboration", "Message"]) } else { "p1" }.to_owned();
        let (source, target) = if tape.yes() { (own, other) } else { (other, own) };
        let waypoints = tape.line();
        flow.message_flows.push(MessageFlow {
            id: format!("m{n}"),
            name: tape.maybe(Tape::text),
            source,
            target,
            other_pool: foreign.then(|| "p1".to_owned()),
            label: if waypoints.is_empty() { None } else { tape.bounds() },
            waypoints,
            extensions: Vec::new(),
        });
    }
}

fn data(tape: &mut Tape, flow: &mut Flow, subs: &[Option<String>]) {
    for n in 0..tape.below(6) {
        let kind = tape.of(&[DataKind::Object, DataKind::Store, DataKind::Input, DataKind::Output]);
        let refers_to = match kind {
            DataKind::Object => tape.maybe(|t| t.of(&["o1", "o2"]).to_owned()),
            DataKind::Store => tape.maybe(|t| t.of(&["s1", "Message"]).to_owned()),
            _ => None,
        };
        let same =
            flow.data.iter().find(|d| refers_to.is_some() && d.refers_to == refers_to).map(|d| d.collection);
        let bounds = tape.bounds();
        flow.data.push(Data {
            id: format!("d{n}"),
            kind,
            name: tape.maybe(Tape::text),
            collection: same
                .unwrap_or_else(|| if kind == DataKind::Store { None } else { tape.maybe(Tape::yes) }),
            refers_to,
            state: tape.maybe(Tape::text),
            parent: tape.of(subs),
            bounds,
            label: if bounds.is_some() { tape.bounds() } else { None },
            extensions: Vec::new(),
        });
    }
    for n in 0..tape.below(4) {
        let bounds = tape.bounds();
        flow.artifacts.push(Artifact {
            id: format!("a{n}"),
            kind: tape.of(&[ArtifactKind::TextAnnotation, ArtifactKind::Group]),
            text: tape.maybe(Tape::text),
            parent: tape.of(subs),
            bounds,
            label: if bounds.is_some() { tape.bounds() } else { None },
            extensions: Vec::new(),
        });
    }
}

fn associations(tape: &mut Tape, flow: &mut Flow, subs: &[Option<String>]) {
    let mut ends: Vec<String> = flow.nodes.iter().map(|n| n.id.clone()).collect();
    ends.extend(flow.artifacts.iter().map(|a| a.id.clone()));
    ends.extend(flow.sequence_flows.iter().map(|f| f.id.clone()));
    ends.extend(flow.pools.iter().map(|p| p.id.clone()));
    let workers: Vec<Node> = flow.nodes.iter().filter(|n| n.kind.is_activity()).cloned().collect();
    let data: Vec<String> = flow.data.iter().map(|d| d.id.clone()).collect();
    for n in 0..if ends.is_empty() { 0 } else { tape.below(6) } {
        let id = format!("as{n}");
        let waypoints = tape.line();
        if workers.is_empty() || data.is_empty() || tape.yes() {
            flow.associations.push(Association {
                id,
                kind: AssociationKind::Association,
                source: tape.of(&ends),
                target: tape.of(&ends),
                direction: tape.maybe(|t| t.of(&[Direction::One, Direction::Both])),
                parent: tape.of(subs),
                waypoints,
                extensions: Vec::new(),
            });
            continue;
        }
        let (worker, data) = (tape.of(&workers), tape.of(&data));
        let (kind, source, target) = if tape.yes() {
            (AssociationKind::DataInput, data, worker.id)
        } else {
            (AssociationKind::DataOutput, worker.id, data)
        };
        let parent = worker.parent;
        let extensions = Vec::new();
        flow.associations.push(Association {
            id,
            kind,
            source,
            target,
            direction: None,
            parent,
            waypoints,
            extensions,
        });
    }
}

fn flows() -> impl Strategy<Value = Flow> {
    prop::collection::vec(any::<u32>(), 0..800).prop_map(build)
}

proptest! {
    #[test]
    fn a_valid_flow_survives_an_export(flow in flows(), id in "[a-z0-9:]{0,6}") {
        prop_assert_eq!(validate(&flow), []);
        let process = ExportedProcess { id: &id, name: Some("Navn"), documentation: Some("Om"), executable: Some(false), flow: &flow };
        let file = export(&process);
        prop_assert_eq!(&file, &export(&process));
        let import = super::super::import(file.as_bytes()).unwrap();
        prop_assert_eq!(&import.processes[0].flow, &flow);
        prop_assert!(import.not_carried.iter().all(|left| left.kept), "{:?}", import.not_carried);
    }

    #[test]
    fn a_broken_flow_is_refused_and_breaks_nothing(flow in flows(), which in 0..8_u8, at in any::<prop::sample::Index>()) {
        let mut flow = flow;
        prop_assume!(!flow.nodes.is_empty());
        let index = at.index(flow.nodes.len());
        let other = flow.nodes[0].id.clone();
        let node = &mut flow.nodes[index];
        match which {
            0 => node.id = "not a name".to_owned(),
            1 => node.parent = Some(node.id.clone()),
            2 => node.lane = Some("nowhere".to_owned()),
            3 => node.name = Some("\u{1}".to_owned()),
            4 => node.bounds = Some(Bounds { x: f64::NAN, ..Bounds::default() }),
            5 => node.default_flow = Some("nowhere".to_owned()),
            6 => node.attached_to = Some("nowhere".to_owned()),
            _ => flow.nodes.push(Node { id: other, ..Node::default() }),
        }
        prop_assert_ne!(validate(&flow), []);
        let file = export(&ExportedProcess { id: "p", name: None, documentation: None, executable: None, flow: &flow });
        // Whatever comes out is XML that can be judged.
        if let Err(fault) = super::super::import(file.as_bytes()) {
            prop_assert!(fault.violations.iter().all(|v| v.code != "xml_malformed"), "{:?}", fault);
        }
        let _ = advise(&flow);
    }
}

//! Flows to BPMN 2.0 XML.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use self::children::Children;
use self::roots::{Root, root_of};
use self::writer::{Attribute, Writer};
use super::import::ids::unique;
use super::kept::Kept;
use super::names::{self, PLACEHOLDER};
use super::xml::{self, Element, is_ncname};
use crate::flow::{
    Artifact, ArtifactKind, AssigneeKind, Association, Data, DataKind, Direction, EventKind, Flow, Lane,
    MAX_NESTING, Node, NodeKind, Repeat, SequenceFlow, UserStep,
};

mod children;
mod diagram;
mod roots;
mod writer;

/// A process to be written.
#[derive(Debug, Clone, Copy)]
pub struct ExportedProcess<'a> {
    /// The id of the `process` element; made into an XML name where it is none.
    pub id: &'a str,
    /// Its name.
    pub name: Option<&'a str>,
    /// Its `documentation`.
    pub documentation: Option<&'a str>,
    /// Whether it says that an engine may run it.
    pub executable: Option<bool>,
    /// Its graph, one that [`validate()`](crate::flow::validate()) accepts. Of another, what has no place is left out.
    pub flow: &'a Flow,
}

/// Writes a process as BPMN 2.0 XML with its drawing, valid by OMG's schema; always the same for the same process.
///
/// [`import()`](super::import()) of it gives the same flow, its measures rounded to a thousandth of a pixel.
#[must_use]
pub fn export(process: &ExportedProcess<'_>) -> String {
    let kept = Kept::read(process.flow);
    let mut root = tree(process, &kept);
    kept.complete(&mut root);
    xml::document(&root)
}

/// What a file says of the flow itself, with the ids that its pieces have for what the flow has no ids for.
pub(super) fn tree(process: &ExportedProcess<'_>, kept: &Kept) -> Element {
    let (root, written) = Exporter::new(process, kept, HashMap::new()).document();
    let order = disorder(process.flow, &written);
    if order.is_empty() { root } else { Exporter::new(process, kept, order).document().0 }
}

/// The places in the flow's lists of those elements that the file holds in another order.
fn disorder<'a>(flow: &'a Flow, written: &[&str]) -> HashMap<&'a str, usize> {
    let places: HashMap<&str, usize> = written.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    let lists: [Vec<&str>; 6] = [
        flow.nodes.iter().map(|n| n.id.as_str()).collect(),
        flow.sequence_flows.iter().map(|f| f.id.as_str()).collect(),
        flow.lanes.iter().map(|l| l.id.as_str()).collect(),
        flow.data.iter().map(|d| d.id.as_str()).collect(),
        flow.artifacts.iter().map(|a| a.id.as_str()).collect(),
        flow.associations.iter().map(|a| a.id.as_str()).collect(),
    ];
    let place = |id: &str| places.get(id).copied().unwrap_or(usize::MAX);
    let disordered = lists.into_iter().filter(|list| !list.is_sorted_by_key(|id| place(id)));
    disordered.flat_map(|list| list.into_iter().enumerate().map(|(index, id)| (id, index))).collect()
}

struct Exporter<'a> {
    process: &'a ExportedProcess<'a>,
    flow: &'a Flow,
    kept: &'a Kept,
    /// Values of Styr's order attribute.
    order: HashMap<&'a str, usize>,
    out: Writer,
    /// The ids of the flow's elements, in the order of the file.
    written: Vec<&'a str>,
    taken: HashSet<String>,
    process_id: String,
    roots: HashMap<Root<'a>, String>,
    /// Those that no piece has, in the order of their events.
    root_order: Vec<Root<'a>>,
    /// What each root element among the pieces is.
    kept_roots: HashMap<&'a str, Root<'a>>,
    /// The category value of each text that groups show.
    categories: HashMap<&'a str, String>,
    /// The texts that no piece has a category value for.
    category_order: Vec<&'a str>,
    /// The text of each category value among the pieces.
    kept_categories: HashMap<&'a str, &'a str>,
    children: Children<'a>,
}

fn some(value: &str) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(value))
}

fn maybe(value: Option<&String>) -> Option<Cow<'_, str>> {
    value.map(|v| Cow::Borrowed(v.as_str()))
}

fn flag(value: Option<bool>) -> Option<Cow<'static, str>> {
    value.map(|v| Cow::Borrowed(if v { "true" } else { "false" }))
}

impl<'a> Exporter<'a> {
    fn new(process: &'a ExportedProcess<'a>, kept: &'a Kept, order: HashMap<&'a str, usize>) -> Self {
        let flow = process.flow;
        let mut taken = HashSet::new();
        let mut take = |id: &str| {
            taken.insert(id.to_owned());
        };
        flow.nodes.iter().for_each(|n| take(&n.id));
        flow.sequence_flows.iter().for_each(|f| take(&f.id));
        flow.pools.iter().for_each(|p| take(&p.id));
        flow.lanes.iter().for_each(|l| take(&l.id));
        flow.data.iter().flat_map(|d| d.refers_to.iter().chain([&d.id])).for_each(|id| take(id));
        flow.artifacts.iter().for_each(|a| take(&a.id));
        flow.associations.iter().for_each(|a| take(&a.id));
        // Ends in other flows are kept by name, so nothing here may bear their names.
        flow.message_flows.iter().flat_map(|m| [&m.id, &m.source, &m.target]).for_each(|id| take(id));
        let kept_id = kept.process.as_ref().map(Element::id).filter(|id| is_ncname(id));
        let process_id = if let Some(id) = kept_id.or(Some(process.id).filter(|id| is_ncname(id))) {
            id.to_owned()
        } else {
            format!("Process_{}", name_like(process.id))
        };
        let process_id = unique(&mut taken, process_id);
        taken.extend(kept.ids().into_iter().map(str::to_owned));
        let mut exporter = Self {
            process,
            flow,
            kept,
            order,
            out: Writer::new(),
            written: Vec::new(),
            taken,
            process_id,
            roots: HashMap::new(),
            root_order: Vec::new(),
            kept_roots: HashMap::new(),
            categories: HashMap::new(),
            category_order: Vec::new(),
            kept_categories: HashMap::new(),
            children: Children::new(flow),
        };
        exporter.find_roots();
        exporter
    }

    /// An id for what the flow has none for.
    fn fresh(&mut self, base: &str) -> String {
        unique(&mut self.taken, format!("{}{base}", names::MADE_UP))
    }

    fn document(mut self) -> (Element, Vec<&'a str>) {
        let id = self.fresh("Definitions");
        self.out.start(
            "definitions",
            &[("id", some(&id)), ("targetNamespace", some(names::STYR)), ("exporter", some("Styr"))],
        );
        let collaboration = (!self.flow.pools.is_empty()).then(|| self.collaboration());
        self.root_process();
        self.root_elements();
        diagram::write(&mut self, collaboration.as_deref());
        (self.out.finish(), self.written)
    }

    fn collaboration(&mut self) -> String {
        let kept = self.kept.collaborations.first().map(Element::id).filter(|id| is_ncname(id));
        let id = kept.map_or_else(|| self.fresh("Collaboration"), str::to_owned);
        self.out.start("collaboration", &[("id", some(&id))]);
        for pool in &self.flow.pools {
            let attributes = [
                ("id", some(&pool.id)),
                ("name", maybe(pool.name.as_ref())),
                ("processRef", some(&self.process_id).filter(|_| pool.own)),
                ("styr:process", maybe(pool.process.as_ref())),
                ("styr:vertical", flag(pool.vertical).filter(|_| pool.bounds.is_none())),
            ];
            self.out.empty("participant", &attributes);
        }
        let nodes = self.flow.nodes.iter().map(|n| n.id.as_str());
        let known: HashSet<&str> = nodes.chain(self.flow.pools.iter().map(|p| p.id.as_str())).collect();
        for message in &self.flow.message_flows {
            let end =
                |end: &'a String| match message.other_pool.as_ref().filter(|_| !known.contains(end.as_str()))
                {
                    Some(pool) => (some(pool), some(end)),
                    None => (some(end), None),
                };
            let (source, own_source) = end(&message.source);
            let (target, own_target) = end(&message.target);
            let attributes = [
                ("id", some(&message.id)),
                ("name", maybe(message.name.as_ref())),
                ("sourceRef", source),
                ("targetRef", target),
                ("styr:source", own_source),
                ("styr:target", own_target),
            ];
            self.out.empty("messageFlow", &attributes);
        }
        self.out.end();
        id
    }

    fn root_process(&mut self) {
        let id = self.process_id.clone();
        // Without an id among the pieces it is one that the caller gave, not the file's.
        let given = self.kept.process.as_ref().is_none_or(|p| p.id().is_empty());
        let attributes = [
            ("id", some(&id)),
            ("styr:given", flag(given.then_some(true))),
            ("name", self.process.name.map(Cow::Borrowed)),
            ("isExecutable", flag(self.process.executable)),
            ("styr:runs", flag(self.process.executable.map(|_| true))),
        ];
        self.out.start("process", &attributes);
        if let Some(documentation) = self.process.documentation {
            self.out.text("documentation", &[], documentation);
        }
        self.inputs_and_outputs(None);
        self.scope(None, 0);
        self.out.end();
    }

    /// What lies in a process or sub-process: lanes, then elements, then artifacts, as the schema has it.
    fn scope(&mut self, parent: Option<&'a str>, depth: usize) {
        if let Some(lanes) = self.children.lane_sets.remove(&parent) {
            let id = self.fresh("LaneSet");
            self.lane_set("laneSet", &id, lanes, depth);
        }
        for node in self.children.nodes.remove(&parent).unwrap_or_default() {
            self.node(node, depth);
        }
        for edge in self.children.flows.remove(&parent).unwrap_or_default() {
            self.sequence_flow(edge);
        }
        for data in self.children.objects.remove(&parent).unwrap_or_default() {
            let attributes =
                [("id", maybe(data.refers_to.as_ref())), ("isCollection", flag(data.collection))];
            self.out.empty("dataObject", &attributes);
        }
        for data in self.children.data.remove(&parent).unwrap_or_default() {
            self.data(data);
        }
        for artifact in self.children.artifacts.remove(&parent).unwrap_or_default() {
            self.artifact(artifact);
        }
        for association in self.children.associations.remove(&parent).unwrap_or_default() {
            let direction = association.direction.map(|d| match d {
                Direction::One => Cow::Borrowed("One"),
                Direction::Both => Cow::Borrowed("Both"),
            });
            let order = self.begin(&association.id);
            let attributes = [
                ("id", some(&association.id)),
                ("sourceRef", some(&association.source)),
                ("targetRef", some(&association.target)),
                ("associationDirection", direction),
                order,
            ];
            self.out.empty("association", &attributes);
        }
    }

    /// Notes that an element is written, and says which order attribute it needs.
    fn begin(&mut self, id: &'a str) -> Attribute<'static> {
        self.written.push(id);
        ("styr:order", self.order.get(id).map(|o| Cow::Owned(o.to_string())))
    }

    fn lane_set(&mut self, name: &'static str, id: &str, lanes: Vec<&'a Lane>, depth: usize) {
        self.out.start(name, &[("id", some(id))]);
        for lane in lanes {
            let order = self.begin(&lane.id);
            let attributes = [
                ("id", some(&lane.id)),
                ("name", maybe(lane.name.as_ref())),
                ("styr:processRoleId", lane.process_role_id.map(|id| Cow::Owned(id.to_string()))),
                order,
            ];
            self.out.start("lane", &attributes);
            for node in self.children.in_lane.remove(lane.id.as_str()).unwrap_or_default() {
                self.out.text("flowNodeRef", &[], node);
            }
            if depth <= MAX_NESTING
                && let Some(inner) = self.children.lanes.remove(lane.id.as_str())
            {
                let id = self.fresh("LaneSet");
                self.lane_set("childLaneSet", &id, inner, depth + 1);
            }
            self.out.end();
        }
        self.out.end();
    }

    fn node(&mut self, node: &'a Node, depth: usize) {
        let id = node.id.as_str();
        let called = node.calls.as_ref().map(|calls| {
            if is_ncname(calls) {
                (Cow::Borrowed(calls.as_str()), None)
            } else {
                (Cow::Owned(format!("_{}", name_like(calls))), some(calls))
            }
        });
        let piece = self.kept.piece(id);
        let message = node.event.as_ref().filter(|_| node.kind.is_task()).and_then(root_of);
        let referred = piece.and_then(|p| p.get("messageRef"));
        let message = message.and_then(|(root, _)| self.root_id(root, referred).map(str::to_owned));
        let parallel = node.event.as_ref().and_then(|e| e.parallel);
        let order = self.begin(id);
        let interrupting = |kind| flag(node.interrupting).filter(|_| node.kind == kind);
        let attributes = [
            ("id", some(id)),
            ("name", maybe(node.name.as_ref())),
            ("attachedToRef", maybe(node.attached_to.as_ref())),
            ("cancelActivity", interrupting(NodeKind::BoundaryEvent)),
            ("isInterrupting", interrupting(NodeKind::StartEvent)),
            ("parallelMultiple", flag(parallel)),
            ("isForCompensation", flag(node.for_compensation)),
            ("default", maybe(node.default_flow.as_ref())),
            ("triggeredByEvent", flag(node.triggered_by_event)),
            ("calledElement", called.as_ref().map(|(called, _)| called.clone())),
            ("styr:calls", called.and_then(|(_, own)| own)),
            ("messageRef", message.map(Cow::Owned)),
            ("styr:activityId", node.activity_id.map(|id| Cow::Owned(id.to_string()))),
            ("styr:processId", node.process_id.map(|id| Cow::Owned(id.to_string()))),
            ("styr:expanded", flag(node.expanded).filter(|_| node.bounds.is_none())),
            order,
        ];
        self.out.start(names::node_name(node.kind), &attributes);
        if let Some(documentation) = &node.documentation {
            self.out.text("documentation", &[], documentation);
        }
        if let Some(step) = &node.step {
            self.step(step);
        }
        for edge in self.children.incoming.remove(id).unwrap_or_default() {
            self.out.text("incoming", &[], edge);
        }
        for edge in self.children.outgoing.remove(id).unwrap_or_default() {
            self.out.text("outgoing", &[], edge);
        }
        if node.kind.is_sub_process() {
            self.inputs_and_outputs(Some(id));
        }
        self.data_associations(id);
        match node.repeat {
            Some(Repeat::Loop) => self.out.empty("standardLoopCharacteristics", &[]),
            Some(Repeat::MultiInstanceParallel) => self.out.empty("multiInstanceLoopCharacteristics", &[]),
            Some(Repeat::MultiInstanceSequential) => {
                self.out.empty("multiInstanceLoopCharacteristics", &[("isSequential", some("true"))]);
            }
            None => {}
        }
        if let Some(event) = node.event.as_ref().filter(|_| node.kind.is_event()) {
            let single = std::slice::from_ref(event);
            let all = if event.kind == EventKind::Multiple { &event.definitions } else { single };
            let mut met: HashMap<EventKind, usize> = HashMap::new();
            for definition in all {
                let place = met.entry(definition.kind).or_default();
                self.event(
                    definition,
                    piece.and_then(|p| p.all(names::event_name(definition.kind)).nth(*place)),
                );
                *place += 1;
            }
        }
        if node.kind.is_sub_process() && depth <= MAX_NESTING {
            self.scope(Some(id), depth + 1);
        }
        self.out.end();
    }

    fn step(&mut self, step: &UserStep) {
        self.out.start("extensionElements", &[]);
        let own = |id: String| Some(Cow::Owned(id));
        let attributes = [
            ("formId", step.form_id.and_then(|f| own(f.to_string()))),
            ("maySendBack", flag(step.may_send_back)),
        ];
        match &step.assignee {
            None => self.out.empty("styr:step", &attributes),
            Some(assignee) => {
                self.out.start("styr:step", &attributes);
                let kind = match assignee.kind {
                    AssigneeKind::Starter => "starter",
                    AssigneeKind::User => "user",
                    AssigneeKind::Group => "group",
                };
                let attributes = [
                    ("type", some(kind)),
                    ("userId", assignee.user_id.and_then(|u| own(u.to_string()))),
                    ("groupId", assignee.group_id.and_then(|g| own(g.to_string()))),
                ];
                self.out.empty("styr:assignee", &attributes);
                self.out.end();
            }
        }
        self.out.end();
    }

    fn data_associations(&mut self, node: &'a str) {
        let reads = self.children.reads.remove(node).unwrap_or_default();
        // A piece knows the activity's own input that the data goes to.
        let known = |a: &Association| self.kept.piece(&a.id).is_some_and(|p| p.first("targetRef").is_some());
        let unknown: Vec<bool> = reads.iter().map(|a| !known(a)).collect();
        let inputs: Vec<Option<String>> = reads
            .iter()
            .zip(unknown)
            .map(|(a, made)| made.then(|| self.fresh(&format!("{}_input", a.id))))
            .collect();
        for id in inputs.iter().flatten() {
            self.out.empty("property", &[("id", some(id)), ("name", some(PLACEHOLDER))]);
        }
        for (association, input) in reads.iter().zip(&inputs) {
            let order = self.begin(&association.id);
            self.out.start("dataInputAssociation", &[("id", some(&association.id)), order]);
            self.out.text("sourceRef", &[], &association.source);
            if let Some(input) = input {
                self.out.text("targetRef", &[], input);
            }
            self.out.end();
        }
        for association in self.children.writes.remove(node).unwrap_or_default() {
            let order = self.begin(&association.id);
            self.out.start("dataOutputAssociation", &[("id", some(&association.id)), order]);
            self.out.text("targetRef", &[], &association.target);
            self.out.end();
        }
    }

    fn sequence_flow(&mut self, edge: &'a SequenceFlow) {
        let order = self.begin(&edge.id);
        let attributes = [
            ("id", some(&edge.id)),
            ("name", maybe(edge.name.as_ref())),
            ("sourceRef", some(&edge.source)),
            ("targetRef", some(&edge.target)),
            order,
        ];
        match &edge.condition {
            None => self.out.empty("sequenceFlow", &attributes),
            Some(condition) => {
                self.out.start("sequenceFlow", &attributes);
                expression(&mut self.out, "conditionExpression", Some(condition));
                self.out.end();
            }
        }
    }

    fn inputs_and_outputs(&mut self, parent: Option<&'a str>) {
        let Some(all) = self.children.data.get_mut(&parent) else { return };
        let of_kind = |all: &mut Vec<&'a Data>, kind| -> Vec<&'a Data> {
            all.extract_if(.., |d| d.kind == kind).collect()
        };
        let (inputs, outputs) = (of_kind(all, DataKind::Input), of_kind(all, DataKind::Output));
        if inputs.is_empty() && outputs.is_empty() {
            return;
        }
        self.out.start("ioSpecification", &[]);
        inputs.iter().chain(&outputs).for_each(|data| self.data(data));
        for (set, reference, data) in
            [("inputSet", "dataInputRefs", inputs), ("outputSet", "dataOutputRefs", outputs)]
        {
            self.out.start(set, &[]);
            data.iter().for_each(|d| self.out.text(reference, &[], &d.id));
            self.out.end();
        }
        self.out.end();
    }

    fn data(&mut self, data: &'a Data) {
        let (tag, reference) = match (data.kind, &data.refers_to) {
            (DataKind::Object, Some(_)) => ("dataObjectReference", "dataObjectRef"),
            (DataKind::Object, None) => ("dataObject", "dataObjectRef"),
            (DataKind::Store, _) => ("dataStoreReference", "dataStoreRef"),
            (DataKind::Input, _) => ("dataInput", "dataObjectRef"),
            (DataKind::Output, _) => ("dataOutput", "dataObjectRef"),
        };
        let order = self.begin(&data.id);
        let attributes = [
            ("id", some(&data.id)),
            ("name", maybe(data.name.as_ref())),
            (reference, maybe(data.refers_to.as_ref())),
            // An object that is referred to says itself whether it is a list.
            ("isCollection", flag(data.collection).filter(|_| data.refers_to.is_none())),
            order,
        ];
        match &data.state {
            None => self.out.empty(tag, &attributes),
            Some(state) => {
                self.out.start(tag, &attributes);
                self.out.empty("dataState", &[("name", some(state))]);
                self.out.end();
            }
        }
    }

    fn artifact(&mut self, artifact: &'a Artifact) {
        let order = self.begin(&artifact.id);
        match artifact.kind {
            ArtifactKind::Group => {
                let piece = self.kept.piece(&artifact.id).and_then(|p| p.get("categoryValueRef")).map(local);
                let named =
                    piece.filter(|id| self.kept_categories.get(id).copied() == artifact.text.as_deref());
                let value = artifact.text.as_deref().and_then(|t| self.categories.get(t));
                let value = named.or(value.map(String::as_str)).map(Cow::Borrowed);
                let attributes = [("id", some(&artifact.id)), ("categoryValueRef", value), order];
                self.out.empty("group", &attributes);
            }
            ArtifactKind::TextAnnotation => {
                self.out.start("textAnnotation", &[("id", some(&artifact.id)), order]);
                if let Some(text) = &artifact.text {
                    self.out.text("text", &[], text);
                }
                self.out.end();
            }
        }
    }
}

/// A reference without the prefix of its namespace.
fn local(reference: &str) -> &str {
    reference.rsplit_once(':').map_or(reference, |(_, local)| local)
}

/// The text with all that an XML name cannot have replaced.
fn name_like(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

/// An expression; spaces at its ends are marked as meant.
fn expression(out: &mut Writer, name: &'static str, text: Option<&str>) {
    let meant = text.is_some_and(|t| t.is_empty() || t.trim() != t);
    let attributes =
        [("xsi:type", some("bpmn:tFormalExpression")), ("xml:space", some("preserve").filter(|_| meant))];
    match text {
        Some(text) => out.text(name, &attributes, text),
        None => out.empty(name, &attributes),
    }
}

//! One `process` element to one flow.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{File, ImportedProcess};
use crate::flow::bpmn::layout::flag;
use crate::flow::bpmn::names;
use crate::flow::bpmn::xml::{Element, Space, shorten};
use crate::flow::{
    Artifact, ArtifactKind, Assignee, AssigneeKind, Association, AssociationKind, Bounds, Data, DataKind,
    Direction, Flow, Lane, Node, NodeKind, SequenceFlow, UserStep,
};
use crate::id::{ActivityId, FormId, GroupId, ProcessId, ProcessRoleId, UserId};
use crate::text;

pub(super) struct ProcessReader<'f, 'a> {
    pub(super) file: &'f mut File<'a>,
    element: &'a Element,
    flow: Flow,
    /// The diagram that shows the process.
    main: usize,
    /// The innermost lane of each node, with its depth.
    lanes: HashMap<String, (usize, String)>,
    /// The first reference to each data object.
    references: HashMap<String, String>,
}

impl<'f, 'a> ProcessReader<'f, 'a> {
    pub(super) fn new(file: &'f mut File<'a>, element: &'a Element) -> Self {
        let main = file.layout.main(element.children.iter().map(Element::id).filter(|id| !id.is_empty()));
        file.mains.push(main);
        Self { file, element, flow: Flow::default(), main, lanes: HashMap::new(), references: HashMap::new() }
    }

    pub(super) fn read(mut self) -> ImportedProcess {
        let element = self.element;
        self.find_references(element);
        self.scope(element, None);
        self.settle();
        ImportedProcess {
            bpmn_id: element.id().to_owned(),
            name: element.get("name").filter(|n| !n.is_empty()).map(str::to_owned),
            documentation: documentation(element),
            flow: self.flow,
        }
    }

    fn find_references(&mut self, element: &'a Element) {
        for child in element.children.iter().filter(|c| c.space == Space::Model) {
            if child.name == "dataObjectReference"
                && let Some(object) = child.get("dataObjectRef")
            {
                let object = self.file.ids.resolve(object);
                self.references.entry(object).or_insert_with(|| child.id().to_owned());
            }
            self.find_references(child);
        }
    }

    fn scope(&mut self, element: &'a Element, parent: Option<&str>) {
        let model = |c: &&Element| c.space == Space::Model;
        for lane_set in element.children.iter().filter(model).filter(|c| c.name == "laneSet") {
            self.lane_set(lane_set, None, parent, 0);
        }
        for child in element.children.iter().filter(model) {
            match child.name.as_str() {
                "sequenceFlow" => self.sequence_flow(child),
                "dataObject" | "dataObjectReference" | "dataStoreReference" => self.data(child, parent),
                "ioSpecification" => self.inputs_and_outputs(child, parent),
                "textAnnotation" | "group" => {
                    let artifact = self.file.artifact(child, parent, self.main);
                    self.flow.artifacts.push(artifact);
                }
                "association" => {
                    let association = self.file.association(child, parent, self.main);
                    self.flow.associations.push(association);
                }
                name => {
                    if let Some(kind) = names::node_kind(name) {
                        self.node(child, kind, parent);
                    }
                }
            }
        }
    }

    fn lane_set(
        &mut self,
        lane_set: &'a Element,
        lane: Option<&str>,
        sub_process: Option<&str>,
        depth: usize,
    ) {
        for child in lane_set.all("lane") {
            let id = child.id();
            let own = |s: &str| Some(s.to_owned());
            let process_role_id = self.named(child, "processRoleId", ProcessRoleId);
            self.flow.lanes.push(Lane {
                process_role_id,
                id: id.to_owned(),
                name: child.get("name").map(str::to_owned),
                parent: lane.and_then(own),
                sub_process: sub_process.and_then(own),
                bounds: self.file.bounds(self.main, id),
                extensions: Vec::new(),
            });
            for node in child.all("flowNodeRef") {
                let node = self.file.ids.resolve(&node.text);
                match self.lanes.get(&node) {
                    Some((deeper, _)) if *deeper > depth => {}
                    Some((equal, other)) if *equal == depth && other != id => {
                        let reason = text!(
                            "Ligger i flere baner; beholdt den første, »{other}«.",
                            "Ligger i flera banor; behöll den första, ”{other}”.",
                            "Lies in several lanes; kept the first, \"{other}\"."
                        );
                        self.file.leave(&node, "flowNodeRef", reason);
                    }
                    _ => {
                        self.lanes.insert(node, (depth, id.to_owned()));
                    }
                }
            }
            for inner in child.all("childLaneSet") {
                self.lane_set(inner, Some(id), sub_process, depth + 1);
            }
        }
    }

    fn sequence_flow(&mut self, element: &'a Element) {
        let id = element.id();
        let end = |name| element.get(name).map(|r| self.file.ids.resolve(r)).unwrap_or_default();
        let edge = self.file.layout.edge(self.main, id);
        let condition = element.first("conditionExpression");
        self.flow.sequence_flows.push(SequenceFlow {
            id: id.to_owned(),
            name: element.get("name").map(str::to_owned),
            source: end("sourceRef"),
            target: end("targetRef"),
            condition: condition.and_then(Element::trimmed).map(str::to_owned),
            waypoints: edge.map(|e| e.waypoints.clone()).unwrap_or_default(),
            label: edge.and_then(|e| e.label),
            extensions: Vec::new(),
        });
    }

    fn data(&mut self, element: &'a Element, parent: Option<&str>) {
        let id = element.id();
        let reference = |name| element.get(name).filter(|r| !r.is_empty()).map(|r| self.file.ids.resolve(r));
        let (kind, refers_to) = match element.name.as_str() {
            "dataObject" if self.references.contains_key(id) => return,
            "dataStoreReference" => (DataKind::Store, reference("dataStoreRef")),
            _ => (DataKind::Object, reference("dataObjectRef")),
        };
        let target = refers_to.as_deref().and_then(|r| self.file.by_id.get(r)).copied();
        if let Some(target) = target {
            self.file.used.insert(target.id());
        }
        let of_either = |name| element.get(name).or_else(|| target?.get(name));
        let (bounds, label) = self.place(id);
        let state = |e: &'a Element| e.first("dataState")?.get("name");
        self.flow.data.push(Data {
            id: id.to_owned(),
            kind,
            name: of_either("name").map(|text| self.file.copy(text)),
            refers_to,
            state: state(element).or_else(|| state(target?)).map(|text| self.file.copy(text)),
            collection: flag(of_either("isCollection")).filter(|_| kind != DataKind::Store),
            parent: parent.map(str::to_owned),
            bounds,
            label,
            extensions: Vec::new(),
        });
    }

    fn inputs_and_outputs(&mut self, element: &'a Element, parent: Option<&str>) {
        for child in element.children.iter().filter(|c| c.space == Space::Model) {
            let kind = match child.name.as_str() {
                "dataInput" => DataKind::Input,
                "dataOutput" => DataKind::Output,
                _ => continue,
            };
            let (bounds, label) = self.place(child.id());
            self.flow.data.push(Data {
                id: child.id().to_owned(),
                kind,
                name: child.get("name").map(str::to_owned),
                refers_to: None,
                state: child.first("dataState").and_then(|s| s.get("name")).map(str::to_owned),
                collection: flag(child.get("isCollection")),
                parent: parent.map(str::to_owned),
                bounds,
                label,
                extensions: Vec::new(),
            });
        }
    }

    fn node(&mut self, element: &'a Element, kind: NodeKind, parent: Option<&str>) {
        let id = element.id();
        let own = |value: &str| value.to_owned();
        let reference = |name| element.get(name).filter(|r| !r.is_empty()).map(|r| self.file.ids.resolve(r));
        let attached_to = reference("attachedToRef").filter(|_| kind == NodeKind::BoundaryEvent);
        let default_flow = reference("default").filter(|_| kind.may_have_default());
        let calls = || {
            let called = element.styr("calls").map(own);
            called.or_else(|| {
                element.get("calledElement").filter(|c| !c.is_empty()).map(|c| self.file.ids.resolve(c))
            })
        };
        let calls = if kind == NodeKind::CallActivity { calls() } else { None };
        let interrupting = match kind {
            NodeKind::BoundaryEvent => flag(element.get("cancelActivity")),
            NodeKind::StartEvent => flag(element.get("isInterrupting")),
            _ => None,
        };
        let shape = self.file.layout.shape(self.main, id);
        let expanded = shape
            .map_or_else(
                || flag(element.styr("expanded")),
                |(diagram, shape)| {
                    let drawn = |c: &Element| {
                        names::node_kind(&c.name).is_some()
                            && self.file.layout.shape_in(diagram, c.id()).is_some_and(|s| s.bounds.is_some())
                    };
                    shape.expanded.or_else(|| element.children.iter().any(drawn).then_some(true))
                },
            )
            .filter(|_| kind.is_sub_process());
        let (bounds, label) = self.place(id);
        let node = Node {
            activity_id: self.named(element, "activityId", ActivityId),
            process_id: self.named(element, "processId", ProcessId),
            id: own(id),
            kind,
            name: element.get("name").map(own),
            documentation: documentation(element),
            parent: parent.map(own),
            lane: None,
            event: self.event(element, kind),
            attached_to,
            interrupting,
            default_flow,
            repeat: Self::repeat(element).filter(|_| kind.is_activity()),
            for_compensation: flag(element.get("isForCompensation")).filter(|_| kind.is_activity()),
            triggered_by_event: flag(element.get("triggeredByEvent")).filter(|_| kind.is_sub_process()),
            calls,
            step: self.step(element).filter(|_| kind.is_task()),
            bounds,
            label,
            expanded,
            extensions: Vec::new(),
        };
        self.flow.nodes.push(node);
        for child in element.children.iter().filter(|c| c.space == Space::Model) {
            match child.name.as_str() {
                "dataInputAssociation" => {
                    self.data_association(child, AssociationKind::DataInput, id, parent);
                }
                "dataOutputAssociation" => {
                    self.data_association(child, AssociationKind::DataOutput, id, parent);
                }
                _ => {}
            }
        }
        if kind.is_sub_process() {
            self.scope(element, Some(id));
        }
    }

    /// What an export named of its account.
    fn named<T>(&mut self, element: &Element, attribute: &str, new: fn(Uuid) -> T) -> Option<T> {
        let found = element.styr(attribute)?.parse().ok().map(new);
        if found.is_none() {
            let reason = text!("Er ikke et id.", "Är inte ett id.", "Is not an id.");
            self.file.leave(element.id(), attribute, reason);
        }
        found
    }

    /// What Styr itself wrote about the step.
    fn step(&mut self, element: &'a Element) -> Option<UserStep> {
        let extensions = element.first("extensionElements")?;
        let found = extensions.children.iter().find(|c| c.is(Space::Styr, "step"))?;
        let step = read_step(found);
        if step.is_none() {
            let reason = text!(
                "Styrs egen indstilling af opgaven er skadet.",
                "Styrs egen inställning av uppgiften är skadad.",
                "Styr's own setting of the task is damaged."
            );
            self.file.leave(element.id(), "extensionElements", reason);
        }
        step
    }

    fn data_association(
        &mut self,
        element: &'a Element,
        kind: AssociationKind,
        owner: &str,
        parent: Option<&str>,
    ) {
        let data_end = if kind == AssociationKind::DataInput { "sourceRef" } else { "targetRef" };
        let ends: Vec<String> = element.all(data_end).map(|e| self.file.ids.resolve(&e.text)).collect();
        let Some(first) = ends.first().filter(|e| !e.is_empty()) else {
            return self.leave_reference(owner, &element.name, "");
        };
        if let Some(second) = ends.get(1) {
            self.leave_reference(owner, &element.name, second);
        }
        let data = self.references.get(first).unwrap_or(first).clone();
        let (source, target) = match kind {
            AssociationKind::DataInput => (data, owner.to_owned()),
            _ => (owner.to_owned(), data),
        };
        let edge = self.file.layout.edge(self.main, element.id());
        self.flow.associations.push(Association {
            id: element.id().to_owned(),
            kind,
            source,
            target,
            direction: None,
            parent: parent.map(str::to_owned),
            waypoints: edge.map(|e| e.waypoints.clone()).unwrap_or_default(),
            extensions: Vec::new(),
        });
    }

    pub(super) fn leave_reference(&mut self, element: &str, kind: &str, to: &str) {
        self.file.leave_reference(element, kind, to);
    }

    fn place(&mut self, id: &str) -> (Option<Bounds>, Option<Bounds>) {
        self.file.place(self.main, id)
    }

    /// Settles what can be told only when the whole process is read: lanes, and references to what is not there.
    fn settle(&mut self) {
        let mut lanes = std::mem::take(&mut self.lanes);
        for node in &mut self.flow.nodes {
            node.lane = lanes.remove(&node.id).map(|(_, lane)| lane);
        }
        let mut strays: Vec<_> = lanes.into_iter().collect();
        strays.sort_unstable();
        for (node, (_, lane)) in strays {
            let node = shorten(&node);
            let reason = text!(
                "Peger på »{node}«, som flowet ikke har.",
                "Pekar på ”{node}”, som flödet inte har.",
                "Points to \"{node}\", which the flow does not have."
            );
            self.file.leave(&lane, "flowNodeRef", reason);
        }
        let sources: HashMap<&str, &str> =
            self.flow.sequence_flows.iter().map(|f| (f.id.as_str(), f.source.as_str())).collect();
        let activities: HashSet<String> =
            self.flow.nodes.iter().filter(|n| n.kind.is_activity()).map(|n| n.id.clone()).collect();
        let mut lost = Vec::new();
        for node in &mut self.flow.nodes {
            if let Some(default) =
                node.default_flow.take_if(|flow| sources.get(flow.as_str()) != Some(&node.id.as_str()))
            {
                lost.push((node.id.clone(), "default", default));
            }
            let Some(event) = &mut node.event else { continue };
            for event in std::iter::once(&mut event.activity)
                .chain(event.definitions.iter_mut().map(|d| &mut d.activity))
            {
                if let Some(activity) = event.take_if(|a| !activities.contains(a)) {
                    lost.push((node.id.clone(), "compensateEventDefinition", activity));
                }
            }
        }
        for (element, kind, to) in lost {
            self.leave_reference(&element, kind, &to);
        }
    }
}

impl<'a> File<'a> {
    pub(super) fn leave_reference(&mut self, element: &str, kind: &str, to: &str) {
        let to = shorten(to);
        let what = text!(
            "peger på »{to}«, som flowet ikke har.",
            "pekar på ”{to}”, som flödet inte har.",
            "points to \"{to}\", which the flow does not have."
        );
        self.leave_kept(element, kind, what);
    }

    /// Where a shape and its label are drawn.
    pub(super) fn place(&mut self, main: usize, id: &str) -> (Option<Bounds>, Option<Bounds>) {
        let Some((_, shape)) = self.layout.shape(main, id) else { return (None, None) };
        let (bounds, label) = (shape.bounds, shape.label);
        if bounds.is_none() {
            let reason = text!(
                "Tegningens mål er ikke tal inden for grænserne, så elementet er uden plads på tegningen.",
                "Ritningens mått är inte tal inom gränserna, så elementet saknar plats på ritningen.",
                "The drawing's measures are not numbers within bounds, so the element has no place on it."
            );
            self.leave(id, "BPMNShape", reason);
        }
        (bounds, label.filter(|_| bounds.is_some()))
    }

    pub(super) fn bounds(&mut self, main: usize, id: &str) -> Option<Bounds> {
        self.place(main, id).0
    }

    pub(super) fn artifact(&mut self, element: &'a Element, parent: Option<&str>, main: usize) -> Artifact {
        let (bounds, label) = self.place(main, element.id());
        let (kind, text) = if element.name == "group" {
            (ArtifactKind::Group, self.category(element))
        } else {
            (ArtifactKind::TextAnnotation, element.first("text").map(|t| t.text.clone()))
        };
        let (id, parent) = (element.id().to_owned(), parent.map(str::to_owned));
        Artifact { id, kind, text, parent, bounds, label, extensions: Vec::new() }
    }

    /// The value of the category that a group shows.
    fn category(&mut self, group: &Element) -> Option<String> {
        let reference = self.ids.resolve(group.get("categoryValueRef")?);
        let value = self.by_id.get(reference.as_str()).copied()?;
        self.used.extend(self.categories.get(value.id()));
        value.get("value").map(|text| self.copy(text))
    }

    pub(super) fn association(
        &mut self,
        element: &'a Element,
        parent: Option<&str>,
        main: usize,
    ) -> Association {
        let end = |name| element.get(name).map(|r| self.ids.resolve(r)).unwrap_or_default();
        let (source, target) = (end("sourceRef"), end("targetRef"));
        let edge = self.layout.edge(main, element.id());
        let waypoints = edge.map(|e| e.waypoints.clone()).unwrap_or_default();
        Association {
            id: element.id().to_owned(),
            kind: AssociationKind::Association,
            source,
            target,
            direction: match element.get("associationDirection") {
                Some("One") => Some(Direction::One),
                Some("Both") => Some(Direction::Both),
                _ => None,
            },
            parent: parent.map(str::to_owned),
            waypoints,
            extensions: Vec::new(),
        }
    }
}

/// The text of an element's first `documentation`; what more there is it keeps as it is.
fn documentation(element: &Element) -> Option<String> {
    element.first("documentation").map(|d| d.text.clone())
}

fn read_step(element: &Element) -> Option<UserStep> {
    fn id<T>(element: &Element, name: &str, new: fn(Uuid) -> T) -> Option<Option<T>> {
        element.get(name).map_or(Some(None), |value| value.parse().ok().map(|id| Some(new(id))))
    }
    let assignee = match element.children.iter().find(|c| c.is(Space::Styr, "assignee")) {
        None => None,
        Some(found) => Some(Assignee {
            kind: match found.get("type")? {
                "starter" => AssigneeKind::Starter,
                "user" => AssigneeKind::User,
                "group" => AssigneeKind::Group,
                _ => return None,
            },
            user_id: id(found, "userId", UserId)?,
            group_id: id(found, "groupId", GroupId)?,
        }),
    };
    Some(UserStep {
        form_id: id(element, "formId", FormId)?,
        assignee,
        may_send_back: flag(element.get("maySendBack")),
    })
}

//! What makes a flow unable to run, or hard to read, though it may be stored.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{EventKind, Flow, Node, NodeKind, SequenceFlow};
use crate::fault::Violation;
use crate::text;
use crate::text::Text;

/// Warnings about a flow that [`validate()`](super::validate()) accepts, each with its element's id.
#[must_use]
pub fn advise(flow: &Flow) -> Vec<Violation> {
    let mut adviser = Adviser::new(flow);
    adviser.ends();
    adviser.reach();
    adviser.events();
    adviser.links();
    adviser.choices();
    adviser.warnings
}

struct Adviser<'a> {
    flow: &'a Flow,
    nodes: HashMap<&'a str, &'a Node>,
    outgoing: HashMap<&'a str, Vec<&'a SequenceFlow>>,
    incoming: HashMap<&'a str, Vec<&'a SequenceFlow>>,
    /// The boundary events of each activity.
    boundaries: HashMap<&'a str, Vec<&'a str>>,
    warnings: Vec<Violation>,
}

impl<'a> Adviser<'a> {
    fn new(flow: &'a Flow) -> Self {
        let mut adviser = Self {
            flow,
            nodes: flow.nodes.iter().map(|n| (n.id.as_str(), n)).collect(),
            outgoing: HashMap::new(),
            incoming: HashMap::new(),
            boundaries: HashMap::new(),
            warnings: Vec::new(),
        };
        for edge in &flow.sequence_flows {
            adviser.outgoing.entry(&edge.source).or_default().push(edge);
            adviser.incoming.entry(&edge.target).or_default().push(edge);
        }
        for node in &flow.nodes {
            if let Some(host) = &node.attached_to {
                adviser.boundaries.entry(host).or_default().push(&node.id);
            }
        }
        adviser
    }

    fn warn(&mut self, element: &str, code: &'static str, text: Text) {
        self.warnings.push(Violation::of_element(element, code, text));
    }

    fn leaving(&self, id: &str) -> &[&'a SequenceFlow] {
        self.outgoing.get(id).map_or(&[], Vec::as_slice)
    }

    fn entering(&self, id: &str) -> &[&'a SequenceFlow] {
        self.incoming.get(id).map_or(&[], Vec::as_slice)
    }

    /// Whether the node begins when its process or sub-process does, or when its own trigger comes.
    fn starts(&self, node: &Node) -> bool {
        let started_apart = node.triggered_by_event == Some(true) || node.for_compensation == Some(true);
        node.kind == NodeKind::StartEvent
            || node.attached_to.is_none()
                && (started_apart
                    || self.entering(&node.id).is_empty() && !is_link(node, NodeKind::IntermediateCatchEvent))
    }

    /// Processes and sub-processes without a start or end event.
    fn ends(&mut self) {
        let mut scopes: HashMap<Option<&str>, (bool, bool)> = HashMap::new();
        for node in &self.flow.nodes {
            let scope = scopes.entry(node.parent.as_deref()).or_default();
            scope.0 |= node.kind == NodeKind::StartEvent;
            scope.1 |= node.kind == NodeKind::EndEvent;
        }
        let mut scopes: Vec<_> = scopes.into_iter().collect();
        scopes.sort_unstable();
        for (scope, (start, end)) in scopes {
            let ad_hoc =
                scope.and_then(|s| self.nodes.get(s)).is_some_and(|n| n.kind == NodeKind::AdHocSubProcess);
            let add = |code, text| match scope {
                Some(id) => Violation::of_element(id, code, text),
                None => Violation::at("", code, text),
            };
            if !start && !ad_hoc {
                self.warnings.push(add(
                    "start_implicit",
                    text!(
                        "Ingen starthændelse: det begynder ved alle elementer, som intet fører ind i.",
                        "Ingen starthändelse: det börjar vid alla element som inget leder in i.",
                        "No start event: it begins at all elements that nothing leads into."
                    ),
                ));
            }
            if !end && !ad_hoc {
                self.warnings.push(add(
                    "end_implicit",
                    text!(
                        "Ingen sluthændelse: det ender, hvor ingen vej fører videre.",
                        "Ingen sluthändelse: det slutar där ingen väg leder vidare.",
                        "No end event: it ends where no way leads on."
                    ),
                ));
            }
        }
    }

    /// Nodes that no way leads to, and nodes from which no way leads to an end.
    fn reach(&mut self) {
        let flow = self.flow;
        let starts = flow.nodes.iter().filter(|n| self.starts(n)).map(|n| n.id.as_str());
        let links = self.link_targets();
        let reached = spread(starts, |id| {
            let boundaries = self.boundaries.get(id).into_iter().flatten().copied();
            let on = self.leaving(id).iter().map(|f| f.target.as_str());
            let jumps = links.get(id).into_iter().flatten().copied();
            on.chain(boundaries).chain(jumps).collect()
        });
        let mut sources: HashMap<&str, Vec<&str>> = HashMap::new();
        for (source, targets) in &links {
            for target in targets {
                sources.entry(target).or_default().push(source);
            }
        }
        let stops = flow
            .nodes
            .iter()
            .filter(|n| self.leaving(&n.id).is_empty() && !links.contains_key(n.id.as_str()));
        let ending = spread(stops.map(|n| n.id.as_str()), |id| {
            let back = self.entering(id).iter().map(|f| f.source.as_str());
            // What leaves by its boundary event has left.
            let host = self.nodes.get(id).and_then(|n| n.attached_to.as_deref());
            back.chain(host).chain(sources.get(id).into_iter().flatten().copied()).collect()
        });
        for node in &flow.nodes {
            let id = node.id.as_str();
            if !reached.contains(id) {
                let text = text!(
                    "Ingen vej fører til »{id}«.",
                    "Ingen väg leder till ”{id}”.",
                    "No way leads to \"{id}\"."
                );
                self.warn(id, "unreachable", text);
            } else if !ending.contains(id) {
                let text = text!(
                    "Fra »{id}« fører ingen vej til en slutning.",
                    "Från ”{id}” leder ingen väg till ett slut.",
                    "From \"{id}\" no way leads to an end."
                );
                self.warn(id, "no_way_to_end", text);
            }
        }
    }

    /// The catching link events that each throwing one jumps to.
    fn link_targets(&self) -> HashMap<&'a str, Vec<&'a str>> {
        let mut catching: HashMap<_, Vec<&str>> = HashMap::new();
        for node in self.flow.nodes.iter().filter(|n| is_link(n, NodeKind::IntermediateCatchEvent)) {
            catching.entry(link_key(node)).or_default().push(&node.id);
        }
        let throwing = self.flow.nodes.iter().filter(|n| is_link(n, NodeKind::IntermediateThrowEvent));
        // A link leads to one place; with more it is ambiguous, and one is enough to tell what is reached.
        let jump = |n: &'a Node| {
            Some((n.id.as_str(), catching.get(&link_key(n))?.first().copied().into_iter().collect()))
        };
        throwing.filter_map(jump).collect()
    }

    /// Events of a kind that means nothing where they stand.
    fn events(&mut self) {
        for node in &self.flow.nodes {
            let Some(event) = &node.event else { continue };
            let id = node.id.as_str();
            let host =
                |reference: &Option<String>| reference.as_deref().and_then(|r| self.nodes.get(r)).copied();
            let parent = host(&node.parent);
            let in_event_sub_process = parent.is_some_and(|p| p.triggered_by_event == Some(true));
            let in_transaction = parent.is_some_and(|p| p.kind == NodeKind::Transaction);
            let misfit = match (node.kind, event.kind) {
                (
                    NodeKind::StartEvent,
                    EventKind::Error | EventKind::Escalation | EventKind::Compensation,
                ) => !in_event_sub_process,
                (NodeKind::StartEvent, _) => parent.is_some() && !in_event_sub_process,
                (NodeKind::EndEvent, EventKind::Cancel) => !in_transaction,
                (NodeKind::BoundaryEvent, EventKind::Cancel) => {
                    host(&node.attached_to).is_some_and(|h| h.kind != NodeKind::Transaction)
                }
                _ => false,
            };
            if misfit {
                let text = text!(
                    "Hændelsen »{id}« virker ikke her: fejl, eskalering og kompensation starter kun hændelsesdelprocesser, annullering hører til transaktioner, og en almindelig delproces starter uden udløser.",
                    "Händelsen ”{id}” verkar inte här: fel, eskalering och kompensation startar bara händelsedelprocesser, avbrytning hör till transaktioner och en vanlig delprocess startar utan utlösare.",
                    "The event \"{id}\" has no effect here: error, escalation and compensation start event sub-processes only, cancelling belongs to transactions, and a plain sub-process starts without a trigger."
                );
                self.warn(id, "event_misplaced", text);
            }
        }
    }

    fn links(&mut self) {
        let flow = self.flow;
        let keys = |kind| flow.nodes.iter().filter(move |n| is_link(n, kind));
        let mut catching: HashMap<_, usize> = HashMap::new();
        for node in keys(NodeKind::IntermediateCatchEvent) {
            *catching.entry(link_key(node)).or_default() += 1;
        }
        let throwing: HashSet<_> = keys(NodeKind::IntermediateThrowEvent).map(link_key).collect();
        for node in &flow.nodes {
            let paired = if is_link(node, NodeKind::IntermediateThrowEvent) {
                catching.get(&link_key(node)) == Some(&1)
            } else if is_link(node, NodeKind::IntermediateCatchEvent) {
                throwing.contains(&link_key(node)) && catching.get(&link_key(node)) == Some(&1)
            } else {
                true
            };
            if !paired {
                let id = &node.id;
                let text = text!(
                    "Linket »{id}« skal have præcis ét mål, og mindst én kilde, med samme navn i samme delproces.",
                    "Länken ”{id}” ska ha exakt ett mål, och minst en källa, med samma namn i samma delprocess.",
                    "The link \"{id}\" must have exactly one target, and at least one source, of the same name in the same sub-process."
                );
                self.warn(id, "link_unpaired", text);
            }
        }
    }

    /// Gateways and conditions.
    fn choices(&mut self) {
        let flow = self.flow;
        for node in &flow.nodes {
            let id = node.id.as_str();
            let out: Vec<&SequenceFlow> = self.leaving(id).to_vec();
            match node.kind {
                NodeKind::EventBasedGateway => {
                    for edge in &out {
                        let Some(target) = self.nodes.get(edge.target.as_str()) else { continue };
                        let waits = match (target.kind, target.event.as_ref().map(|e| e.kind)) {
                            (NodeKind::ReceiveTask, _) => true,
                            (NodeKind::IntermediateCatchEvent, Some(kind)) => kind != EventKind::Link,
                            _ => false,
                        };
                        if !waits || self.entering(&target.id).len() > 1 {
                            let to = &target.id;
                            let text = text!(
                                "Efter den hændelsesstyrede gateway »{id}« skal »{to}« være en ventende hændelse eller en modtageopgave, som kun den fører til.",
                                "Efter den händelsestyrda gatewayen ”{id}” ska ”{to}” vara en väntande händelse eller en mottagningsuppgift, som bara den leder till.",
                                "After the event-based gateway \"{id}\", \"{to}\" must be a waiting event or a receive task that only it leads to."
                            );
                            self.warn(id, "gateway_target_unfit", text);
                        }
                    }
                }
                NodeKind::ExclusiveGateway | NodeKind::InclusiveGateway if out.len() > 1 => {
                    for edge in &out {
                        let default = node.default_flow.as_deref() == Some(&edge.id);
                        if edge.condition.is_none() && !default {
                            let way = &edge.id;
                            let text = text!(
                                "Vejen »{way}« ud af »{id}« har hverken en betingelse eller er standardvejen.",
                                "Vägen ”{way}” ut ur ”{id}” har varken ett villkor eller är standardvägen.",
                                "The way \"{way}\" out of \"{id}\" neither has a condition nor is the default."
                            );
                            self.warn(way, "condition_missing", text);
                        }
                    }
                }
                _ => {}
            }
            for edge in out {
                let chooses = node.kind.may_have_default();
                let default = node.default_flow.as_deref() == Some(&edge.id);
                if edge.condition.is_some() && (!chooses || default) {
                    let way = &edge.id;
                    let text = text!(
                        "Betingelsen på »{way}« spørges der aldrig til: »{id}« vælger ikke, eller det er standardvejen.",
                        "Villkoret på ”{way}” frågas aldrig: ”{id}” väljer inte, eller så är det standardvägen.",
                        "The condition of \"{way}\" is never asked for: \"{id}\" does not choose, or it is the default."
                    );
                    self.warn(way, "condition_unused", text);
                }
            }
        }
    }
}

fn is_link(node: &Node, kind: NodeKind) -> bool {
    node.kind == kind && node.event.as_ref().is_some_and(|e| e.kind == EventKind::Link)
}

/// Where and by which name a link event finds its other half.
fn link_key(node: &Node) -> (Option<&str>, Option<&str>) {
    let own = node.event.as_ref().and_then(|e| e.name.as_deref());
    (node.parent.as_deref(), own.or(node.name.as_deref()))
}

/// All that can be got to from these nodes.
fn spread<'a>(from: impl Iterator<Item = &'a str>, next: impl Fn(&str) -> Vec<&'a str>) -> HashSet<&'a str> {
    let mut queue: VecDeque<&str> = from.collect();
    let mut reached: HashSet<&str> = queue.iter().copied().collect();
    while let Some(id) = queue.pop_front() {
        for id in next(id) {
            if reached.insert(id) {
                queue.push_back(id);
            }
        }
    }
    reached
}

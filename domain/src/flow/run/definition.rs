//! A flow made ready to run: names resolved, conditions compiled, and refused where it could not run.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::expression::Expression;
use crate::flow::{EventKind, Flow, Node, NodeKind, UserStep};
use crate::{Violation, text};

/// The most nodes, and the most sequence flows, of a flow that runs.
const MOST: usize = 5_000;

/// A flow that can run.
#[derive(Debug, Clone)]
pub struct Definition {
    pub(super) nodes: Vec<Element>,
    pub(super) flows: Vec<Edge>,
    /// Where the flow itself starts.
    pub(super) starts: Vec<usize>,
    node_of: HashMap<String, usize>,
    flow_of: HashMap<String, usize>,
}

#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) id: String,
    pub(super) kind: Kind,
    /// The sub-process it lies in.
    pub(super) parent: Option<usize>,
    pub(super) incoming: Vec<usize>,
    pub(super) outgoing: Vec<usize>,
    pub(super) default: Option<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// Passes every token on: none start events and none intermediate events.
    Pass,
    /// Waits for a person.
    Task {
        name: Option<String>,
        step: UserStep,
    },
    SubProcess {
        /// Where it starts.
        starts: Vec<usize>,
    },
    Exclusive,
    Parallel,
    Inclusive {
        /// For each incoming flow, the nodes from which it can be reached without passing this gateway.
        reach: Vec<NodeSet>,
    },
    End,
    Terminate,
}

#[derive(Debug, Clone)]
pub(super) struct Edge {
    pub(super) id: String,
    pub(super) source: usize,
    pub(super) target: usize,
    pub(super) condition: Option<Expression>,
}

/// A set of nodes, a bit each.
#[derive(Debug, Clone)]
pub(super) struct NodeSet(Vec<u64>);

impl NodeSet {
    pub(super) fn new(nodes: usize) -> Self {
        Self(vec![0; nodes.div_ceil(64)])
    }

    /// Whether the node was not there yet.
    pub(super) fn insert(&mut self, node: usize) -> bool {
        let (word, bit) = (&mut self.0[node / 64], 1 << (node % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    pub(super) fn contains(&self, node: usize) -> bool {
        self.0[node / 64] & (1 << (node % 64)) != 0
    }
}

impl Definition {
    /// Makes a flow ready to run.
    ///
    /// # Errors
    /// Every element that cannot be run, with what to do about it.
    pub fn compile(flow: &Flow) -> Result<Self, Vec<Violation>> {
        if flow.nodes.len() > MOST || flow.sequence_flows.len() > MOST {
            return Err(vec![Violation::at(
                "",
                "flow_too_large",
                text!(
                    "Et flow kan køre med højst {MOST} elementer og {MOST} sekvensflow. Del det i flere.",
                    "Ett flöde kan köras med högst {MOST} element och {MOST} sekvensflöden. Dela upp det i flera.",
                    "A flow can run with at most {MOST} elements and {MOST} sequence flows. Divide it into several.",
                ),
            )]);
        }
        let mut compiler = Compiler { violations: Vec::new() };
        let definition = compiler.compile(flow);
        if compiler.violations.is_empty() { Ok(definition) } else { Err(compiler.violations) }
    }

    pub(super) fn node(&self, id: &str) -> Option<usize> {
        self.node_of.get(id).copied()
    }

    pub(super) fn flow(&self, id: &str) -> Option<usize> {
        self.flow_of.get(id).copied()
    }

    /// Whether tokens can stay in the node for a while: a task, or a sub-process with a task in it.
    fn waits(&self) -> Vec<bool> {
        let mut waits = vec![false; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            if matches!(node.kind, Kind::Task { .. }) {
                let mut outer = Some(at);
                while let Some(node) = outer.filter(|node| !waits[*node]) {
                    waits[node] = true;
                    outer = self.nodes[node].parent;
                }
            }
        }
        waits
    }

    /// A node on a loop that no token ever rests in.
    fn loop_without_wait(&self) -> Option<usize> {
        let waits = self.waits();
        let targets = |node: usize| {
            let flows = self.nodes[node].outgoing.iter();
            flows.map(|flow| self.flows[*flow].target).filter(|target| !waits[*target])
        };
        // Kahn's order leaves over what lies on a loop or after one.
        let mut before = vec![0_usize; self.nodes.len()];
        let automatic = || (0..self.nodes.len()).filter(|node| !waits[*node]);
        for node in automatic() {
            targets(node).for_each(|target| before[target] += 1);
        }
        let mut ready: Vec<usize> = automatic().filter(|node| before[*node] == 0).collect();
        let mut left: Vec<bool> = waits.iter().map(|waits| !waits).collect();
        while let Some(node) = ready.pop() {
            left[node] = false;
            for target in targets(node) {
                before[target] -= 1;
                if before[target] == 0 {
                    ready.push(target);
                }
            }
        }
        // Every node left over has a left-over predecessor: walking backwards ends on a loop.
        let mut node = left.iter().position(|left| *left)?;
        let mut seen = NodeSet::new(self.nodes.len());
        while seen.insert(node) {
            let mut sources = self.nodes[node].incoming.iter().map(|flow| self.flows[*flow].source);
            node = sources.find(|source| left[*source])?;
        }
        Some(node)
    }

    /// The nodes from which `flow` can be reached without passing `gateway`.
    fn reaching(&self, flow: usize, gateway: usize) -> NodeSet {
        let mut set = NodeSet::new(self.nodes.len());
        let mut queue = VecDeque::from([self.flows[flow].source]);
        while let Some(node) = queue.pop_front() {
            if node != gateway && set.insert(node) {
                queue.extend(self.nodes[node].incoming.iter().map(|flow| self.flows[*flow].source));
            }
        }
        set
    }
}

struct Compiler {
    violations: Vec<Violation>,
}

impl Compiler {
    fn compile(&mut self, flow: &Flow) -> Definition {
        let node_of = self.index(flow.nodes.iter().map(|node| &node.id));
        let flow_of = self.index(flow.sequence_flows.iter().map(|flow| &flow.id));
        let mut definition = Definition {
            nodes: flow.nodes.iter().map(|node| self.element(node, flow, &node_of)).collect(),
            flows: Vec::with_capacity(flow.sequence_flows.len()),
            starts: Vec::new(),
            node_of,
            flow_of,
        };
        self.edges(flow, &mut definition);
        self.defaults(flow, &mut definition);
        if !self.violations.is_empty() {
            return definition;
        }
        self.parents(&definition);
        if !self.violations.is_empty() {
            return definition;
        }
        self.starts(flow, &mut definition);
        self.conditions(&definition);
        if let Some(node) = definition.loop_without_wait() {
            self.refuse(
                &definition.nodes[node].id,
                "flow_endless",
                text!(
                    "Elementet ligger i en løkke, hvor ingen opgave venter, så den ville køre for evigt. Læg en opgave i løkken, eller fjern den.",
                    "Elementet ligger i en slinga där ingen uppgift väntar, så den skulle köra för evigt. Lägg en uppgift i slingan eller ta bort den.",
                    "The element lies on a loop in which no task waits, so it would run for ever. Put a task in the loop, or remove it.",
                ),
            );
        }
        for gateway in 0..definition.nodes.len() {
            let node = &definition.nodes[gateway];
            if matches!(node.kind, Kind::Inclusive { .. }) {
                let reach = node.incoming.iter().map(|flow| definition.reaching(*flow, gateway)).collect();
                definition.nodes[gateway].kind = Kind::Inclusive { reach };
            }
        }
        definition
    }

    fn refuse(&mut self, element: &str, code: &'static str, text: crate::Text) {
        self.violations.push(Violation::of_element(element, code, text));
    }

    fn index<'a>(&mut self, ids: impl Iterator<Item = &'a String>) -> HashMap<String, usize> {
        let mut index = HashMap::new();
        for (at, id) in ids.enumerate() {
            if index.insert(id.clone(), at).is_some() {
                self.refuse(
                    id,
                    "duplicate_id",
                    text!(
                        "Flere elementer har id'et »{id}«. Giv hvert sit eget.",
                        "Flera element har id:t ”{id}”. Ge varje element ett eget.",
                        "Several elements have the id “{id}”. Give each its own.",
                    ),
                );
            }
        }
        index
    }

    fn unknown(&mut self, element: &str, other: &str) {
        self.refuse(
            element,
            "unknown_element",
            text!(
                "Elementet henviser til »{other}«, som ikke findes, hvor det skal. Ret henvisningen.",
                "Elementet hänvisar till ”{other}”, som inte finns där det ska. Rätta hänvisningen.",
                "The element refers to “{other}”, which is not where it must be. Mend the reference.",
            ),
        );
    }

    fn element(&mut self, node: &Node, flow: &Flow, node_of: &HashMap<String, usize>) -> Element {
        let parent = node.parent.as_ref().and_then(|parent| {
            let found = node_of.get(parent).copied();
            let holds = |at: usize| {
                use NodeKind::{AdHocSubProcess, SubProcess, Transaction};
                matches!(flow.nodes[at].kind, SubProcess | Transaction | AdHocSubProcess)
            };
            if !found.is_some_and(holds) {
                self.unknown(&node.id, parent);
            }
            found
        });
        Element {
            id: node.id.clone(),
            kind: self.kind(node),
            parent,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            default: None,
        }
    }

    fn kind(&mut self, node: &Node) -> Kind {
        let event = node.event.as_ref().map(|event| event.kind);
        let kind = match (node.kind, event) {
            (NodeKind::Task | NodeKind::UserTask | NodeKind::ManualTask, None) => {
                Kind::Task { name: node.name.clone(), step: node.step.clone().unwrap_or_default() }
            }
            (NodeKind::SubProcess, None) if node.triggered_by_event != Some(true) => {
                Kind::SubProcess { starts: Vec::new() }
            }
            (NodeKind::ExclusiveGateway, None) => Kind::Exclusive,
            (NodeKind::InclusiveGateway, None) => Kind::Inclusive { reach: Vec::new() },
            (NodeKind::ParallelGateway, None) => Kind::Parallel,
            (NodeKind::StartEvent | NodeKind::IntermediateThrowEvent, None) => Kind::Pass,
            (NodeKind::EndEvent, None) => Kind::End,
            (NodeKind::EndEvent, Some(EventKind::Terminate)) => Kind::Terminate,
            _ => return self.not_yet(node),
        };
        if node.repeat.is_some() || node.for_compensation == Some(true) {
            return self.not_yet(node);
        }
        kind
    }

    fn not_yet(&mut self, node: &Node) -> Kind {
        self.refuse(
            &node.id,
            "cannot_be_run",
            text!(
                "Elementet er af en slags, som endnu ikke kan køres. Brug opgaver, der venter på en person, eksklusive, inklusive og parallelle gateways, indlejrede underprocesser og start- og sluthændelser uden udløser.",
                "Elementet är av ett slag som ännu inte kan köras. Använd uppgifter som väntar på en person, exklusiva, inklusiva och parallella grindar, inbäddade delprocesser och start- och sluthändelser utan utlösare.",
                "The element is of a kind that cannot be run yet. Use tasks that wait for a person, exclusive, inclusive and parallel gateways, embedded sub-processes, and start and end events without trigger.",
            ),
        );
        Kind::Pass
    }

    fn edges(&mut self, flow: &Flow, definition: &mut Definition) {
        for (at, edge) in flow.sequence_flows.iter().enumerate() {
            let ends = [&edge.source, &edge.target].map(|id| {
                let node = definition.node(id);
                if node.is_none() {
                    self.unknown(&edge.id, id);
                }
                node
            });
            let [Some(source), Some(target)] = ends else { continue };
            // Clause 13.4, gateways: conditions count only out of what chooses.
            let chooses = !matches!(
                definition.nodes[source].kind,
                Kind::Parallel | Kind::Pass | Kind::End | Kind::Terminate
            );
            let condition = edge.condition.as_deref().filter(|_| chooses).and_then(|source| {
                Expression::compile(source)
                    .map_err(|fault| self.refuse(&edge.id, fault.code, fault.text))
                    .ok()
            });
            if flow.nodes[source].parent != flow.nodes[target].parent {
                self.refuse(
                    &edge.id,
                    "crosses_sub_process",
                    text!(
                        "Sekvensflowet krydser kanten af en underproces. Forbind elementer i samme underproces.",
                        "Sekvensflödet korsar kanten av en delprocess. Koppla ihop element i samma delprocess.",
                        "The sequence flow crosses the edge of a sub-process. Connect elements of the same sub-process.",
                    ),
                );
            }
            let enters_start = flow.nodes[target].kind == NodeKind::StartEvent;
            if enters_start || flow.nodes[source].kind == NodeKind::EndEvent {
                self.refuse(
                    &edge.id,
                    "against_event",
                    text!(
                        "Et sekvensflow kan hverken gå ind i en starthændelse eller ud af en sluthændelse. Flyt det.",
                        "Ett sekvensflöde kan varken gå in i en starthändelse eller ut ur en sluthändelse. Flytta det.",
                        "A sequence flow can neither enter a start event nor leave an end event. Move it.",
                    ),
                );
            }
            definition.nodes[source].outgoing.push(at);
            definition.nodes[target].incoming.push(at);
            definition.flows.push(Edge { id: edge.id.clone(), source, target, condition });
        }
    }

    fn defaults(&mut self, flow: &Flow, definition: &mut Definition) {
        for (at, node) in flow.nodes.iter().enumerate() {
            let Some(default) = &node.default_flow else { continue };
            let found = definition.flow(default).filter(|flow| definition.nodes[at].outgoing.contains(flow));
            if found.is_none() {
                self.unknown(&node.id, default);
            }
            definition.nodes[at].default = found;
        }
    }

    /// A sub-process within itself would never open.
    fn parents(&mut self, definition: &Definition) {
        for node in &definition.nodes {
            let mut outer = node.parent;
            for _ in 0..definition.nodes.len() {
                outer = outer.and_then(|outer| definition.nodes[outer].parent);
            }
            if outer.is_some() {
                self.unknown(&node.id, &node.id);
            }
        }
    }

    /// Clauses 13.2, process instantiation, and 13.5, start events: a scope starts at its none start event or, having no start event, at every
    /// activity and gateway that nothing leads to.
    fn starts(&mut self, flow: &Flow, definition: &mut Definition) {
        let mut scopes: BTreeMap<Option<usize>, (Vec<usize>, Vec<usize>)> =
            BTreeMap::from([(None, Default::default())]);
        for (at, node) in definition.nodes.iter().enumerate() {
            let (events, others) = scopes.entry(node.parent).or_default();
            if flow.nodes[at].kind == NodeKind::StartEvent {
                events.push(at);
            } else if node.incoming.is_empty() {
                others.push(at);
            }
        }
        for (scope, (events, others)) in scopes {
            for event in events.iter().skip(1) {
                self.refuse(
                    &definition.nodes[*event].id,
                    "several_starts",
                    text!(
                        "Der er flere starthændelser uden udløser, så det er uvist, hvor sagen begynder. Behold én, og lad den føre til en gateway.",
                        "Det finns flera starthändelser utan utlösare, så det är ovisst var ärendet börjar. Behåll en och låt den leda till en grind.",
                        "There are several start events without trigger, so it is uncertain where a case begins. Keep one and let it lead to a gateway.",
                    ),
                );
            }
            if !events.is_empty() {
                for other in &others {
                    self.refuse(
                        &definition.nodes[*other].id,
                        "nothing_leads_here",
                        text!(
                            "Intet sekvensflow fører hertil, selv om der er en starthændelse. Forbind elementet, eller fjern det.",
                            "Inget sekvensflöde leder hit, trots att det finns en starthändelse. Koppla elementet eller ta bort det.",
                            "No sequence flow leads here, though there is a start event. Connect the element or remove it.",
                        ),
                    );
                }
            }
            let found = if events.is_empty() { others } else { events };
            let holder = scope.map_or("", |scope| definition.nodes[scope].id.as_str()).to_owned();
            if found.is_empty() {
                self.refuse(
                    &holder,
                    "no_start",
                    text!(
                        "Der er intet sted at begynde. Tilføj en starthændelse, og forbind den med det første element.",
                        "Det finns ingenstans att börja. Lägg till en starthändelse och koppla den till det första elementet.",
                        "There is nowhere to begin. Add a start event and connect it with the first element.",
                    ),
                );
            }
            match scope {
                None => definition.starts = found,
                Some(scope) => definition.nodes[scope].kind = Kind::SubProcess { starts: found },
            }
        }
    }

    /// Gateways that choose need something to choose by.
    fn conditions(&mut self, definition: &Definition) {
        for node in &definition.nodes {
            let chooses = matches!(node.kind, Kind::Exclusive | Kind::Inclusive { .. });
            if !chooses || node.outgoing.len() < 2 {
                continue;
            }
            for flow in node.outgoing.iter().filter(|flow| node.default != Some(**flow)) {
                if definition.flows[*flow].condition.is_none() {
                    let gateway = &node.id;
                    self.refuse(
                        &definition.flows[*flow].id,
                        "condition_missing",
                        text!(
                            "Vejen ud af gatewayen »{gateway}« har ingen betingelse. Skriv en, eller gør vejen til gatewayens standard.",
                            "Vägen ut ur grinden ”{gateway}” har inget villkor. Skriv ett eller gör vägen till grindens standard.",
                            "The way out of the gateway “{gateway}” has no condition. Write one, or make the way the gateway's default.",
                        ),
                    );
                }
            }
        }
    }
}

//! Which element lies in which sub-process, and which of them show.

use std::collections::HashMap;

use super::super::graph::{Bounds, Flow, Node, NodeKind};
use super::geometry;

/// The flow's sub-processes as a tree, made whole: a parent that is unknown, no sub-process, or inside what
/// it contains counts as none.
pub(super) struct Tree<'a> {
    /// The first node with each id.
    index: HashMap<&'a str, usize>,
    /// The sub-process around each node.
    pub(super) parent: Vec<Option<usize>>,
    /// All nodes, each after the one around it.
    pub(super) outside_in: Vec<usize>,
    /// Whether each node lies, at any depth, in a sub-process that is drawn closed.
    pub(super) hidden: Vec<bool>,
}

impl<'a> Tree<'a> {
    pub(super) fn of(flow: &'a Flow) -> Self {
        let nodes = &flow.nodes;
        let mut index = HashMap::with_capacity(nodes.len());
        for (i, node) in nodes.iter().enumerate() {
            index.entry(node.id.as_str()).or_insert(i);
        }
        let mut parent: Vec<Option<usize>> = nodes
            .iter()
            .map(|node| {
                let around = *index.get(node.parent.as_deref()?)?;
                is_sub_process(nodes[around].kind).then_some(around)
            })
            .collect();
        let mut inside: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        for (i, around) in parent.iter().enumerate() {
            if let Some(around) = around {
                inside[*around].push(i);
            }
        }
        let mut outside_in = Vec::with_capacity(nodes.len());
        let mut hidden = vec![false; nodes.len()];
        let mut seen = vec![false; nodes.len()];
        // Nodes at the top first; whatever they do not reach lies in a ring, which is cut where it is met.
        let top: Vec<usize> = (0..nodes.len()).filter(|&i| parent[i].is_none()).collect();
        for root in top.into_iter().chain(0..nodes.len()) {
            if seen[root] {
                continue;
            }
            parent[root] = None;
            seen[root] = true;
            let mut next = outside_in.len();
            outside_in.push(root);
            while let Some(&around) = outside_in.get(next) {
                next += 1;
                for &i in &inside[around] {
                    if !seen[i] {
                        seen[i] = true;
                        hidden[i] = hidden[around] || !is_open(&nodes[around]);
                        outside_in.push(i);
                    }
                }
            }
        }
        Self { index, parent, outside_in, hidden }
    }

    /// The node with this id.
    pub(super) fn node(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The sub-process with this id.
    pub(super) fn sub_process(&self, flow: &Flow, id: Option<&str>) -> Option<usize> {
        self.node(id?).filter(|&i| is_sub_process(flow.nodes[i].kind))
    }

    /// Whether what lies directly in this sub-process shows.
    pub(super) fn shows_inside(&self, flow: &Flow, id: Option<&str>) -> bool {
        self.sub_process(flow, id).is_none_or(|i| !self.hidden[i] && is_open(&flow.nodes[i]))
    }

    /// Whether every node that shows has a place.
    pub(super) fn is_drawn(&self, flow: &Flow) -> bool {
        flow.nodes.iter().zip(&self.hidden).all(|(node, hidden)| *hidden || bounds(node).is_some())
    }
}

/// Where a node is drawn, if that is a place at all.
pub(super) fn bounds(node: &Node) -> Option<Bounds> {
    node.bounds.and_then(geometry::sound)
}

/// Whether a node can hold others.
pub(super) const fn is_sub_process(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::SubProcess | NodeKind::Transaction | NodeKind::AdHocSubProcess)
}

/// Whether a node is a sub-process whose inside shows.
pub(super) fn is_open(node: &Node) -> bool {
    is_sub_process(node.kind) && node.expanded == Some(true)
}

/// Whether a node is drawn as a circle.
pub(super) const fn is_event(kind: NodeKind) -> bool {
    use NodeKind::{BoundaryEvent, EndEvent, IntermediateCatchEvent, IntermediateThrowEvent, StartEvent};
    matches!(kind, StartEvent | EndEvent | IntermediateCatchEvent | IntermediateThrowEvent | BoundaryEvent)
}

/// Whether a node is drawn as a diamond.
pub(super) const fn is_gateway(kind: NodeKind) -> bool {
    use NodeKind::{ComplexGateway, EventBasedGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway};
    matches!(kind, ExclusiveGateway | InclusiveGateway | ParallelGateway | EventBasedGateway | ComplexGateway)
}

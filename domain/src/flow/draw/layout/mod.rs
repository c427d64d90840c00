//! Automatic layout: layers from left to right, lanes as bands, lines of level and upright pieces.
//!
//! Each sub-process is arranged on a plane of its own, innermost first, and then moved into its box. What
//! lies in a closed sub-process keeps a plane of its own, as BPMN's separate diagrams have it.

mod arrange;
mod bands;
mod channels;
mod collaboration;
mod heights;
mod layers;
mod measure;
mod place;
mod ways;

use self::measure::Size;
use super::super::graph::{Bounds, Flow, NodeKind, Point};
use super::geometry::{elbow, straight};
use super::tree::{Tree, is_open, is_sub_process};

/// The flow with a place for everything, where a node that shows has none; otherwise the flow as it is.
///
/// All places are then made anew, also those that were there, and pools run from left to right. Time and
/// memory stay near linear in the flow's size. The same flow is always laid out alike.
#[must_use]
pub fn layout(flow: &Flow) -> Flow {
    let tree = Tree::of(flow);
    if tree.is_drawn(flow) { flow.clone() } else { arranged(flow, &tree) }
}

/// What lies directly in one sub-process, or at the top.
#[derive(Default)]
struct Plane {
    /// Nodes other than the boundary events that sit on them.
    nodes: Vec<usize>,
    /// Lines that order the nodes.
    lines: Vec<Line>,
    /// Data and artifacts that are not beside a node.
    loose: Vec<Thing>,
    lanes: Vec<usize>,
}

/// A line that nodes are ordered by.
#[derive(Clone, Copy)]
enum Line {
    Sequence(usize),
    /// From a compensation event to the activity that undoes.
    Association(usize),
}

/// Something that takes up room and is not in the order.
#[derive(Clone, Copy)]
enum Thing {
    Node(usize),
    Data(usize),
    Artifact(usize),
}

/// A layout in the making. Places are relative to their plane until the end.
struct Layout<'a> {
    flow: &'a Flow,
    tree: &'a Tree<'a>,
    out: Flow,
    /// For each node, the node whose place it shares in the order: an activity for its boundary events.
    host: Vec<usize>,
    /// The boundary events on each node.
    attached: Vec<Vec<usize>>,
    /// Whether any of a node's boundary events has a name.
    labelled: Vec<bool>,
    /// How far below its activity's lower edge each boundary event's line turns to the right.
    stub: Vec<f64>,
    /// Data and artifacts beside each node.
    beside: Vec<Vec<Thing>>,
    /// Each node's size.
    size: Vec<Size>,
}

/// Lays the whole flow out.
pub(super) fn arranged(flow: &Flow, tree: &Tree<'_>) -> Flow {
    let mut layout = Layout::new(flow, tree);
    let mut planes = layout.planes();
    // The innermost first, so that a sub-process's size is known before it is placed. Plane 0 is the top.
    for &i in tree.outside_in.iter().rev() {
        if is_sub_process(flow.nodes[i].kind) {
            let plane = std::mem::take(&mut planes[i + 1]);
            let inside = layout.arrange(&plane, arrange::INSIDE_SUB_PROCESS);
            layout.size[i] = if is_open(&flow.nodes[i]) {
                (inside.0.max(140.0), inside.1.max(100.0))
            } else {
                measure::node(&flow.nodes[i])
            };
        }
    }
    layout.collaboration(&std::mem::take(&mut planes[0]));
    layout.unfold();
    layout.remaining_lines();
    layout.out
}

impl<'a> Layout<'a> {
    fn new(flow: &'a Flow, tree: &'a Tree<'a>) -> Self {
        let mut out = flow.clone();
        for node in &mut out.nodes {
            (node.bounds, node.label) = (None, None);
        }
        for line in &mut out.sequence_flows {
            line.waypoints.clear();
            line.label = None;
        }
        for line in &mut out.message_flows {
            line.waypoints.clear();
            line.label = None;
        }
        for line in &mut out.associations {
            line.waypoints.clear();
        }
        for data in &mut out.data {
            (data.bounds, data.label) = (None, None);
        }
        for artifact in &mut out.artifacts {
            (artifact.bounds, artifact.label) = (None, None);
        }
        for lane in &mut out.lanes {
            lane.bounds = None;
        }
        for pool in &mut out.pools {
            (pool.bounds, pool.vertical) = (None, None);
        }
        let count = flow.nodes.len();
        let mut host: Vec<usize> = (0..count).collect();
        let mut attached = vec![Vec::new(); count];
        for (i, node) in flow.nodes.iter().enumerate() {
            let on = node.attached_to.as_deref().and_then(|id| tree.node(id));
            if let Some(on) = on.filter(|_| node.kind == NodeKind::BoundaryEvent)
                && flow.nodes[on].kind != NodeKind::BoundaryEvent
                && tree.parent[on] == tree.parent[i]
            {
                host[i] = on;
                attached[on].push(i);
            }
        }
        let size = flow.nodes.iter().map(measure::node).collect();
        let mut labelled = vec![false; count];
        for (i, node) in flow.nodes.iter().enumerate() {
            labelled[host[i]] |= host[i] != i && node.name.is_some();
        }
        let (stub, beside) = (place::stubs(flow, &attached), vec![Vec::new(); count]);
        Self { flow, tree, out, host, attached, labelled, stub, beside, size }
    }

    /// Sorts everything by where it lies.
    fn planes(&mut self) -> Vec<Plane> {
        let (flow, tree) = (self.flow, self.tree);
        let mut planes: Vec<Plane> = Vec::new();
        planes.resize_with(flow.nodes.len() + 1, Plane::default);
        let plane_of = |node: usize| tree.parent[node].map_or(0, |around| around + 1);
        for i in 0..flow.nodes.len() {
            if self.host[i] == i {
                planes[plane_of(i)].nodes.push(i);
            }
        }
        // The plane that both ends lie in, if it is one.
        let common = |source: &str, target: &str| {
            let (source, target) = (tree.node(source)?, tree.node(target)?);
            (tree.parent[source] == tree.parent[target]).then(|| plane_of(source))
        };
        for (i, line) in flow.sequence_flows.iter().enumerate() {
            if let Some(plane) = common(&line.source, &line.target) {
                planes[plane].lines.push(Line::Sequence(i));
            }
        }
        for (i, line) in flow.associations.iter().enumerate() {
            if let Some(plane) = common(&line.source, &line.target) {
                planes[plane].lines.push(Line::Association(i));
            }
        }
        for (i, lane) in flow.lanes.iter().enumerate() {
            planes[tree.sub_process(flow, lane.sub_process.as_deref()).map_or(0, |p| p + 1)].lanes.push(i);
        }
        let anchors = self.anchors();
        let data = flow.data.iter().enumerate().map(|(i, d)| (Thing::Data(i), &d.id, &d.parent));
        let artifacts =
            flow.artifacts.iter().enumerate().map(|(i, a)| (Thing::Artifact(i), &a.id, &a.parent));
        for (thing, id, parent) in data.chain(artifacts) {
            let around = tree.sub_process(flow, parent.as_deref());
            match anchors.get(id.as_str()) {
                Some(&node) if tree.parent[node] == around => self.beside[node].push(thing),
                _ => planes[around.map_or(0, |around| around + 1)].loose.push(thing),
            }
        }
        planes
    }

    /// Moves what lies in open sub-processes to where they are, from the outside inwards.
    fn unfold(&mut self) {
        let (flow, tree) = (self.flow, self.tree);
        let mut corner: Vec<Option<Point>> = vec![None; flow.nodes.len()];
        let within = |corner: &[Option<Point>], around: Option<usize>| corner[around?];
        for &i in &tree.outside_in {
            if let Some(by) = within(&corner, tree.parent[i]) {
                let node = &mut self.out.nodes[i];
                shift(&mut node.bounds, by);
                shift(&mut node.label, by);
            }
            if is_open(&flow.nodes[i]) {
                corner[i] = self.out.nodes[i].bounds.map(|b| Point { x: b.x, y: b.y });
            }
        }
        for line in &mut self.out.sequence_flows {
            let around = tree.node(&line.source).and_then(|i| tree.parent[i]);
            if let Some(by) = within(&corner, around) {
                shift_line(&mut line.waypoints, by);
                shift(&mut line.label, by);
            }
        }
        for line in &mut self.out.associations {
            let around = tree.node(&line.source).and_then(|i| tree.parent[i]);
            if let Some(by) = within(&corner, around) {
                shift_line(&mut line.waypoints, by);
            }
        }
        for data in &mut self.out.data {
            if let Some(by) = within(&corner, tree.sub_process(flow, data.parent.as_deref())) {
                shift(&mut data.bounds, by);
                shift(&mut data.label, by);
            }
        }
        for artifact in &mut self.out.artifacts {
            if let Some(by) = within(&corner, tree.sub_process(flow, artifact.parent.as_deref())) {
                shift(&mut artifact.bounds, by);
            }
        }
        for lane in &mut self.out.lanes {
            if let Some(by) = within(&corner, tree.sub_process(flow, lane.sub_process.as_deref())) {
                shift(&mut lane.bounds, by);
            }
        }
    }

    /// Joins what no plane could: associations with data and notes, and lines between planes.
    fn remaining_lines(&mut self) {
        let places = super::frames::places(&self.out);
        let bounds = |id: &str| match self.tree.node(id) {
            Some(i) => self.out.nodes[i].bounds,
            None => places.get(id).copied(),
        };
        let join = |line: &[Point], ends: (&str, &str), way: fn(Bounds, Bounds) -> Vec<Point>| {
            if line.is_empty() { Some(way(bounds(ends.0)?, bounds(ends.1)?)) } else { None }
        };
        let sequence: Vec<_> = (self.out.sequence_flows.iter())
            .map(|line| join(&line.waypoints, (&line.source, &line.target), elbow))
            .collect();
        let associations: Vec<_> = (self.out.associations.iter())
            .map(|line| join(&line.waypoints, (&line.source, &line.target), straight))
            .collect();
        for (line, points) in self.out.sequence_flows.iter_mut().zip(sequence) {
            line.waypoints = points.unwrap_or_else(|| std::mem::take(&mut line.waypoints));
        }
        for (line, points) in self.out.associations.iter_mut().zip(associations) {
            line.waypoints = points.unwrap_or_else(|| std::mem::take(&mut line.waypoints));
        }
    }
}

fn shift(bounds: &mut Option<Bounds>, by: Point) {
    if let Some(b) = bounds {
        b.x += by.x;
        b.y += by.y;
    }
}

fn shift_line(line: &mut [Point], by: Point) {
    for p in line {
        p.x += by.x;
        p.y += by.y;
    }
}

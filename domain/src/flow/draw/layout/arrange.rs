//! One plane: from the order of its nodes to places for them and points for their lines.

use std::collections::HashMap;
use std::ops::Range;

use super::super::super::graph::NodeKind;
use super::super::geometry::point;
use super::bands::Bands;
use super::heights::{Room, level, settle};
use super::layers::{Layers, Neighbours, assign, order};
use super::measure::Size;
use super::{Layout, Line, Plane, Thing};

/// What a plane keeps free at its sides, in pixels.
#[derive(Clone, Copy)]
pub(super) struct Insets {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// The top plane without a pool.
pub(super) const AT_TOP: Insets = Insets { left: 0.0, top: 0.0, bottom: 0.0 };
/// Room for the name above and the markers below.
pub(super) const INSIDE_SUB_PROCESS: Insets = Insets { left: 0.0, top: 20.0, bottom: 10.0 };

/// Between nodes and the frame around them, in pixels.
pub(super) const PADDING: f64 = 20.0;
/// Between nodes above each other, in pixels.
pub(super) const GAP: f64 = 30.0;

/// A line between two items.
pub(super) struct Edge {
    pub(super) line: Line,
    pub(super) from: usize,
    pub(super) to: usize,
    /// The boundary event that it leaves.
    pub(super) port: Option<usize>,
    /// Whether it goes back to where the flow came from, or to its own start.
    pub(super) back: bool,
    /// The items that stand for it in the layers that it passes, in the layers' order.
    pub(super) through: Range<usize>,
    /// Whether it goes around below instead, since it would need too many such items.
    pub(super) around: bool,
}

/// A plane's ordered part. Items are nodes first, then lines' ways through layers.
pub(super) struct Sheet {
    /// The nodes that lines join.
    pub(super) items: Vec<usize>,
    pub(super) edges: Vec<Edge>,
    /// How many layers there are.
    pub(super) depth: usize,
    /// Each item's layer.
    pub(super) layer: Vec<usize>,
    /// Each item's room.
    pub(super) rooms: Vec<Room>,
    /// Each item's height: within its band first, then on the plane.
    pub(super) height: Vec<f64>,
    /// Each layer's width.
    pub(super) column: Vec<f64>,
}

impl Layout<'_> {
    /// Places everything on the plane, and says how large it became.
    pub(super) fn arrange(&mut self, plane: &Plane, insets: Insets) -> Size {
        let bands = Bands::of(self.flow, plane);
        let (mut sheet, mut loose) = self.sheet(plane, &bands);
        loose[bands.lanes.len()].extend(&plane.loose);
        let stack = self.stack(&mut sheet, &bands, &loose, insets.top);
        let ways = self.ways(&sheet, stack.end());
        let left = insets.left + bands.headings() + PADDING;
        let columns = self.columns(&sheet, &ways, left);
        for (item, &node) in sheet.items.iter().enumerate() {
            self.place(node, point(columns.middle[sheet.layer[item]], sheet.height[item]));
        }
        let wide = columns.end.max(self.place_rows(&stack, left)) + PADDING;
        self.write_lines(&sheet, &ways, &columns);
        self.place_lanes(&bands, &stack, insets.left, wide);
        (wide, ways.end + insets.bottom)
    }

    /// Layers the nodes that lines join. The others are listed by band.
    fn sheet(&self, plane: &Plane, bands: &Bands) -> (Sheet, Vec<Vec<Thing>>) {
        let mut ends = Vec::with_capacity(plane.lines.len());
        let mut linked: HashMap<usize, usize> = HashMap::new();
        for &line in &plane.lines {
            let (source, target) = match line {
                Line::Sequence(i) => {
                    (&self.flow.sequence_flows[i].source, &self.flow.sequence_flows[i].target)
                }
                Line::Association(i) => {
                    (&self.flow.associations[i].source, &self.flow.associations[i].target)
                }
            };
            if let (Some(source), Some(target)) = (self.tree.node(source), self.tree.node(target)) {
                ends.push((line, source, target));
                linked.insert(self.host[source], 0);
                linked.insert(self.host[target], 0);
            }
        }
        let mut items = Vec::with_capacity(linked.len());
        let mut loose = vec![Vec::new(); bands.lanes.len() + 1];
        for &node in &plane.nodes {
            if let Some(item) = linked.get_mut(&node) {
                *item = items.len();
                items.push(node);
            } else {
                loose[bands.band(&self.flow.nodes[node])].push(Thing::Node(node));
            }
        }
        let pairs: Vec<(usize, usize)> =
            ends.iter().map(|&(_, s, t)| (linked[&self.host[s]], linked[&self.host[t]])).collect();
        let is_start: Vec<bool> =
            items.iter().map(|&node| self.flow.nodes[node].kind == NodeKind::StartEvent).collect();
        let layers = assign(&pairs, &is_start);
        let edges =
            ends.iter().zip(&pairs).zip(&layers.back).map(|((&(line, source, _), &(from, to)), &back)| {
                let port = (self.host[source] != source).then_some(source);
                Edge { line, from, to, port, back, through: 0..0, around: false }
            });
        let edges = edges.collect();
        let depth = layers.layer.iter().max().map_or(0, |last| last + 1);
        let rooms = items.iter().map(|&node| self.room(node, bands.band(&self.flow.nodes[node]))).collect();
        let mut column = vec![0.0_f64; depth];
        for (&node, &layer) in items.iter().zip(&layers.layer) {
            column[layer] = column[layer].max(self.width(node));
        }
        let mut sheet = Sheet { items, edges, depth, layer: Vec::new(), rooms, height: Vec::new(), column };
        sheet.settle(layers);
        (sheet, loose)
    }
}

impl Sheet {
    /// Makes ways through the layers, and gives all items an order and a height.
    fn settle(&mut self, layers: Layers) {
        let Layers { layer, mut part, walked, .. } = layers;
        self.layer = layer;
        self.pass_through(&mut part);
        let (nodes, total) = (self.items.len(), self.rooms.len());
        let mut stacked: Vec<Vec<usize>> = vec![Vec::new(); self.depth];
        let mut by_walk: Vec<usize> = (0..nodes).collect();
        by_walk.sort_by_key(|&item| walked[item]);
        for item in by_walk.into_iter().chain(nodes..total) {
            stacked[self.layer[item]].push(item);
        }
        let mut links: Vec<(usize, usize)> = Vec::with_capacity(total);
        let mut close: Vec<(usize, usize)> = Vec::new();
        for edge in self.edges.iter().filter(|edge| !edge.around) {
            let through = edge.through.clone();
            if edge.back {
                links.extend(through.clone().zip(through.clone().skip(1)));
                close.extend([(through.start, edge.to), (through.end - 1, edge.from)]);
            } else {
                let way = std::iter::once(edge.from).chain(through).chain([edge.to]);
                links.extend(way.clone().zip(way.skip(1)));
            }
        }
        let left = Neighbours::of(total, links.iter().map(|&(a, b)| (b, a)));
        let right = Neighbours::of(total, links.iter().copied());
        let close = Neighbours::of(total, close.iter().copied());
        order(&mut stacked, |item| (self.rooms[item].band, part[item]), &left, &right, total);
        self.height = settle(&stacked, &self.rooms, &left, &right, &close);
        let ways = self.edges.iter().map(|edge| (edge.through.clone(), [edge.from, edge.to]));
        level(&stacked, &self.rooms, ways, &mut self.height);
    }

    /// Gives each line an item in every layer that it passes, the short ones first, for as long as the number
    /// of items stays in proportion. A line back also passes the layers of its ends, to turn around there.
    fn pass_through(&mut self, part: &mut Vec<usize>) {
        let span = |edge: &Edge| {
            let (from, to) = (self.layer[edge.from], self.layer[edge.to]);
            if edge.back { to..from + 1 } else { from + 1..to }
        };
        let mut spans: Vec<(usize, Range<usize>)> = self.edges.iter().map(span).enumerate().collect();
        spans.sort_by_key(|(_, span)| span.len());
        let mut budget = 4 * (self.items.len() + self.edges.len()) + 1000;
        for (e, span) in spans {
            let edge = &mut self.edges[e];
            if span.len() > budget {
                edge.around = true;
                continue;
            }
            budget -= span.len();
            let first = self.rooms.len();
            edge.through = first..first + span.len();
            let lends = if edge.back { edge.from } else { edge.to };
            let band = self.rooms[lends].band;
            part.extend(std::iter::repeat_n(part[edge.from], span.len()));
            for layer in span {
                self.layer.push(layer);
                self.rooms.push(Room { up: 6.0, down: 6.0, gap: 12.0, band, is_line: true });
            }
        }
    }
}

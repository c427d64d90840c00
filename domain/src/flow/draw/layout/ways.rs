//! The lines' ways between the layers, how wide that makes the channels, and the lines' points and labels.

use std::collections::HashMap;
use std::ops::Range;

use super::super::geometry::{bottom, point, rect, right, simplify};
use super::super::tree::is_gateway;
use super::arrange::{Edge, PADDING, Sheet};
use super::channels::{Hop, Tracks, tracks};
use super::{Layout, Line, measure};

/// Ways around below everything share this many heights.
const BYPASSES: usize = 16;
/// The least width between two layers, in pixels.
const CHANNEL: f64 = 50.0;
/// A line that would step by less than this is drawn straight, if a straight side allows; in pixels.
const STEP: f64 = 12.0;

/// How far from others of its source a default flow begins, so that its mark stands on it alone; in pixels.
const APART: f64 = 12.0;

/// All lines' ways.
pub(super) struct Ways {
    hops: Vec<Hop>,
    /// The hops of each edge.
    of_edge: Vec<Range<usize>>,
    /// How far from its source's middle each edge begins, downwards.
    begin: Vec<f64>,
    tracks: Tracks,
    /// Where the plane ends below.
    pub(super) end: f64,
}

/// Where layers and channels lie from left to right.
pub(super) struct Columns {
    /// Each layer's middle.
    pub(super) middle: Vec<f64>,
    /// Each channel's left side.
    channel: Vec<f64>,
    /// The right side of all.
    pub(super) end: f64,
}

impl Layout<'_> {
    /// Leads each line through the channels. `end` is where the nodes end below.
    pub(super) fn ways(&self, sheet: &Sheet, end: f64) -> Ways {
        let begin = self.beginnings(sheet, end);
        let port = |i: usize, edge: &Edge| (edge.from, edge.port, begin[i] as i64);
        let (mut leaving, mut entering) = (HashMap::new(), HashMap::new());
        for (i, edge) in sheet.edges.iter().enumerate() {
            let next = leaving.len();
            leaving.entry(port(i, edge)).or_insert((next, 0)).1 += 1;
            *entering.entry(edge.to).or_insert(0) += 1;
        }
        let mut hops: Vec<Hop> = Vec::new();
        let mut of_edge = Vec::with_capacity(sheet.edges.len());
        let mut bypasses = 0;
        for (i, edge) in sheet.edges.iter().enumerate() {
            let first = hops.len();
            let mut at = sheet.height[edge.from] + edge.port.map_or(begin[i], |port| self.stub(port));
            let mut hop = |channel, to| {
                hops.push(Hop { channel, from: at, to, bundle: None });
                at = to;
            };
            if edge.around {
                hop(sheet.layer[edge.from] + 1, end + PADDING + (bypasses % BYPASSES) as f64 * STEP);
                bypasses += 1;
            } else if edge.back {
                // A channel has the number of the layer on its right; going back, a line meets that layer first.
                edge.through.clone().rev().for_each(|item| hop(sheet.layer[item] + 1, sheet.height[item]));
            } else {
                edge.through.clone().for_each(|item| hop(sheet.layer[item], sheet.height[item]));
            }
            hop(sheet.layer[edge.to], sheet.height[edge.to]);
            let last = hops.len() - 1;
            let may_step = |item: usize| self.is_flat(sheet.items[item]);
            if edge.port.is_none() && begin[i] == 0.0 && may_step(edge.from) && step(hops[first]) {
                hops[first].from = hops[first].to;
            } else if may_step(edge.to) && step(hops[last]) {
                hops[last].to = hops[last].from;
            }
            let (id, count) = leaving[&port(i, edge)];
            if count > 1 {
                hops[first].bundle = Some((true, id));
            }
            if entering[&edge.to] > 1 && hops[last].bundle.is_none() {
                hops[last].bundle = Some((false, edge.to));
            }
            of_edge.push(first..hops.len());
        }
        let tracks = tracks(sheet.depth + 1, &hops);
        let below = if bypasses > 0 { 2.0 * PADDING + bypasses.min(BYPASSES) as f64 * STEP } else { 0.0 };
        Ways { hops, of_edge, begin, tracks, end: end + below }
    }

    /// How far from its source's middle each edge begins, downwards: where one of several is the default flow, it
    /// begins apart from the others, on the side that it goes to.
    fn beginnings(&self, sheet: &Sheet, end: f64) -> Vec<f64> {
        // How far down from its source an edge goes first.
        let way = |edge: &Edge| {
            let mut through = edge.through.clone();
            let next = if edge.back { through.next_back() } else { through.next() };
            let to = if edge.around { end + PADDING } else { sheet.height[next.unwrap_or(edge.to)] };
            to - sheet.height[edge.from]
        };
        let is_default = |edge: &Edge| match edge.line {
            Line::Sequence(i) => {
                let source = &self.flow.nodes[sheet.items[edge.from]];
                source.default_flow.as_ref() == Some(&self.flow.sequence_flows[i].id)
            }
            Line::Association(_) => false,
        };
        let own = || sheet.edges.iter().filter(|edge| edge.port.is_none());
        let mut count: HashMap<usize, usize> = HashMap::new();
        own().for_each(|edge| *count.entry(edge.from).or_default() += 1);
        let several = own().filter(|edge| is_default(edge) && count[&edge.from] > 1);
        let defaults: HashMap<usize, f64> = several.map(|edge| (edge.from, way(edge))).collect();
        let begin = |edge: &Edge| {
            let Some(default) = defaults.get(&edge.from).filter(|_| edge.port.is_none()) else { return 0.0 };
            let level = default.abs() < STEP;
            let way = way(edge);
            if is_default(edge) == level || way.abs() < STEP && !level { 0.0 } else { APART.copysign(way) }
        };
        sheet.edges.iter().map(begin).collect()
    }

    /// Puts the layers beside each other, with channels wide enough for tracks and labels.
    pub(super) fn columns(&self, sheet: &Sheet, ways: &Ways, left: f64) -> Columns {
        let mut width: Vec<f64> = (0..=sheet.depth)
            .map(|channel| match ways.tracks.count[channel] {
                0 if channel == 0 || channel == sheet.depth => 0.0,
                _ => ways.tracks.width(channel).max(CHANNEL),
            })
            .collect();
        for (edge, range) in sheet.edges.iter().zip(&ways.of_edge) {
            let label = self.edge_label(edge).0;
            if label > 0.0 {
                let wide = &mut width[ways.hops[range.start].channel];
                *wide = wide.max(ways.tracks.offset(range.start).unwrap_or(0.0) + label + 20.0);
            }
        }
        let mut columns = Columns { middle: Vec::new(), channel: Vec::new(), end: left };
        for (channel, wide) in width.into_iter().enumerate() {
            columns.channel.push(columns.end);
            columns.end += wide;
            if let Some(column) = sheet.column.get(channel) {
                columns.middle.push((columns.end + column / 2.0).round());
                columns.end += column;
            }
        }
        columns
    }

    /// Gives the lines their points and labels.
    pub(super) fn write_lines(&mut self, sheet: &Sheet, ways: &Ways, columns: &Columns) {
        for ((edge, range), begin) in sheet.edges.iter().zip(&ways.of_edge).zip(&ways.begin) {
            let bounds = |node: usize| self.out.nodes[node].bounds.unwrap_or_default();
            let (first, last) = (ways.hops[range.start], ways.hops[range.end - 1]);
            let mut line = Vec::with_capacity(range.len() * 2 + 3);
            if let Some(port) = edge.port {
                let b = bounds(port);
                let middle = b.x + b.width / 2.0;
                line.extend([point(middle, bottom(b)), point(middle, first.from)]);
            } else {
                let (node, b) = (sheet.items[edge.from], bounds(sheet.items[edge.from]));
                // A gateway's side is slanted.
                let slant = if is_gateway(self.flow.nodes[node].kind) {
                    begin.abs() * b.width / b.height
                } else {
                    0.0
                };
                line.push(point(right(b) - slant, first.from));
            }
            for i in range.clone() {
                if let Some(offset) = ways.tracks.offset(i) {
                    let (hop, x) = (ways.hops[i], columns.channel[ways.hops[i].channel] + offset);
                    line.extend([point(x, hop.from), point(x, hop.to)]);
                }
            }
            line.push(point(bounds(sheet.items[edge.to]).x, last.to));
            simplify(&mut line);
            let (wide, high) = self.edge_label(edge);
            match edge.line {
                Line::Association(i) => self.out.associations[i].waypoints = line,
                Line::Sequence(i) => {
                    let flow = &mut self.out.sequence_flows[i];
                    flow.waypoints = line;
                    // Beside the track where the ways have parted. A line that turns back has no such place.
                    if wide > 0.0 && !edge.back && !edge.around {
                        let track = ways.tracks.offset(range.start).unwrap_or(0.0);
                        let x = columns.channel[first.channel] + track + 5.0;
                        flow.label = Some(rect(x, first.to - high - 3.0, wide, high));
                    }
                }
            }
        }
    }

    fn edge_label(&self, edge: &Edge) -> measure::Size {
        match edge.line {
            Line::Sequence(i) => measure::label(self.flow.sequence_flows[i].name.as_deref()),
            Line::Association(_) => (0.0, 0.0),
        }
    }
}

/// Whether a hop is a step too small to show.
fn step(hop: Hop) -> bool {
    (hop.to - hop.from).abs() < STEP
}

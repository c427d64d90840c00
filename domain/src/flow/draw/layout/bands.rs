//! Lanes as bands below each other, and in each band what no line orders, in rows.

use std::collections::HashMap;

use super::super::super::graph::{Flow, Node, Point};
use super::super::frames::BAND;
use super::super::geometry::{point, rect};
use super::arrange::{GAP, PADDING, Sheet};
use super::{Layout, Plane, Thing};

/// The least height of a lane, in pixels.
const LANE: f64 = 100.0;

/// A plane's lanes as bands from top to bottom. One more band, the last, is for what lies in no lane.
pub(super) struct Bands<'a> {
    /// Lanes in the order of their bands: each before the lanes in it.
    pub(super) lanes: Vec<usize>,
    /// How many lanes are around each band's lane.
    depth: Vec<usize>,
    /// The band after those of each lane and the lanes in it.
    end: Vec<usize>,
    /// Each lane's band.
    of_lane: HashMap<&'a str, usize>,
}

impl<'a> Bands<'a> {
    pub(super) fn of(flow: &'a Flow, plane: &Plane) -> Self {
        let mut index: HashMap<&str, usize> = HashMap::new();
        for (k, &lane) in plane.lanes.iter().enumerate() {
            index.entry(flow.lanes[lane].id.as_str()).or_insert(k);
        }
        let parent: Vec<Option<usize>> = (plane.lanes.iter())
            .map(|&lane| index.get(flow.lanes[lane].parent.as_deref()?).copied())
            .collect();
        let mut inside: Vec<Vec<usize>> = vec![Vec::new(); plane.lanes.len()];
        for (k, around) in parent.iter().enumerate() {
            if let Some(around) = around {
                inside[*around].push(k);
            }
        }
        let mut bands =
            Self { lanes: Vec::new(), depth: Vec::new(), end: Vec::new(), of_lane: HashMap::new() };
        let mut seen = vec![false; plane.lanes.len()];
        let top: Vec<usize> = (0..parent.len()).filter(|&k| parent[k].is_none()).collect();
        // What the top does not reach is a ring, which is cut where it is met.
        for root in top.into_iter().chain(0..parent.len()) {
            let mut stack = vec![(root, 0)];
            while let Some((k, depth)) = stack.pop() {
                if std::mem::replace(&mut seen[k], true) {
                    continue;
                }
                bands.of_lane.entry(flow.lanes[plane.lanes[k]].id.as_str()).or_insert(bands.lanes.len());
                bands.lanes.push(plane.lanes[k]);
                bands.depth.push(depth);
                stack.extend(inside[k].iter().rev().map(|&k| (k, depth + 1)));
            }
        }
        // A lane ends where the next one that is no deeper begins.
        bands.end = vec![bands.lanes.len(); bands.lanes.len()];
        let mut open: Vec<usize> = Vec::new();
        for band in 0..bands.lanes.len() {
            while let Some(&last) = open.last() {
                if bands.depth[last] < bands.depth[band] {
                    break;
                }
                bands.end[last] = band;
                open.pop();
            }
            open.push(band);
        }
        bands
    }

    /// The band that a node stands in.
    pub(super) fn band(&self, node: &Node) -> usize {
        let lane = node.lane.as_deref().and_then(|lane| self.of_lane.get(lane));
        lane.copied().unwrap_or(self.lanes.len())
    }

    /// How wide the lanes' names are together, in pixels.
    pub(super) fn headings(&self) -> f64 {
        self.depth.iter().max().map_or(0.0, |deepest| BAND * (*deepest as f64 + 1.0))
    }
}

/// The bands' heights and rows.
pub(super) struct Stack {
    /// Where each band starts, and where the last one ends.
    starts: Vec<f64>,
    /// Things in rows, from the plane's left.
    rows: Vec<(Thing, Point)>,
}

impl Stack {
    /// Where the last band ends.
    pub(super) fn end(&self) -> f64 {
        self.starts.last().copied().unwrap_or_default()
    }
}

impl Layout<'_> {
    /// Puts the bands below each other, from `top`, and the ordered nodes in them.
    pub(super) fn stack(
        &self,
        sheet: &mut Sheet,
        bands: &Bands<'_>,
        loose: &[Vec<Thing>],
        top: f64,
    ) -> Stack {
        let count = loose.len();
        let mut reach = vec![(f64::INFINITY, f64::NEG_INFINITY); count];
        for (room, y) in sheet.rooms.iter().zip(&sheet.height) {
            let (low, high) = &mut reach[room.band];
            *low = low.min(y - room.up);
            *high = high.max(y + room.down);
        }
        // Rows are about as wide as the ordered nodes, or else as makes a picture wider than high.
        let blocks = loose.iter().flatten().map(|&thing| self.block(thing));
        let area: f64 = blocks.map(|(wide, high)| (wide + GAP) * (high + GAP)).sum();
        let limit = (sheet.column.iter().sum::<f64>() + sheet.depth as f64 * 60.0).max(area.sqrt() * 1.5);

        let mut stack = Stack { starts: vec![top], rows: Vec::new() };
        let (mut y, mut shift) = (top, vec![0.0; count]);
        for band in 0..count {
            let (start, ordered) = (y, reach[band].0 <= reach[band].1);
            let holds_lanes = bands.end.get(band).is_some_and(|&end| end > band + 1);
            if ordered || !loose[band].is_empty() {
                y += PADDING;
                if ordered {
                    shift[band] = y - reach[band].0;
                    y += reach[band].1 - reach[band].0;
                }
                if !loose[band].is_empty() {
                    y = self.rows(&loose[band], limit, y + if ordered { GAP } else { 0.0 }, &mut stack.rows);
                }
                y += PADDING;
            }
            let least = if band < bands.lanes.len() && !holds_lanes { LANE } else { 0.0 };
            if y - start < least {
                shift[band] += (least - (y - start)) / 2.0;
                y = start + least;
            }
            stack.starts.push(y);
        }
        for (y, room) in sheet.height.iter_mut().zip(&sheet.rooms) {
            *y = (*y + shift[room.band]).round();
        }
        stack
    }

    /// Puts things in rows from `y`; says where they end.
    fn rows(&self, things: &[Thing], limit: f64, mut y: f64, rows: &mut Vec<(Thing, Point)>) -> f64 {
        let (mut x, mut high) = (0.0, 0.0_f64);
        for &thing in things {
            let size = self.block(thing);
            if x > 0.0 && x + size.0 > limit {
                y += high + GAP;
                (x, high) = (0.0, 0.0);
            }
            rows.push((thing, point(x, y)));
            x += size.0 + GAP;
            high = high.max(size.1);
        }
        y + high
    }

    /// Places what is in rows; says how far right it reaches.
    pub(super) fn place_rows(&mut self, stack: &Stack, left: f64) -> f64 {
        let mut far = left;
        for &(thing, at) in &stack.rows {
            far = far.max(left + at.x + self.block(thing).0);
            self.put(thing, point(left + at.x, at.y));
        }
        far
    }

    /// Places the lanes, each as wide as what it lies in.
    pub(super) fn place_lanes(&mut self, bands: &Bands<'_>, stack: &Stack, left: f64, wide: f64) {
        for (band, &lane) in bands.lanes.iter().enumerate() {
            let x = left + BAND * bands.depth[band] as f64;
            let (top, end) = (stack.starts[band], stack.starts[bands.end[band]]);
            self.out.lanes[lane].bounds = Some(rect(x, top, wide - x, end - top));
        }
    }
}

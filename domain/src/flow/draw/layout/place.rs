//! A node with all that belongs to it: label, boundary events, and data and notes above it.

use super::super::super::graph::{Flow, Point};
use super::super::geometry::{bottom, point, rect, right};
use super::super::nodes::LABEL_WIDTH;
use super::super::tree::{is_event, is_gateway};
use super::arrange::GAP;
use super::heights::Room;
use super::measure::{self, EVENT, Size};
use super::{Layout, Thing};

/// Between a node and what stands above it, in pixels.
const ABOVE: f64 = 18.0;
/// How many things stand side by side above a node.
const ABREAST: usize = 3;
/// Between things above a node, in pixels.
const BETWEEN: f64 = 16.0;
/// From one boundary event's middle to the next, in pixels, without labels and with.
const PORT: [f64; 2] = [48.0, LABEL_WIDTH + 16.0];
/// Between the lines that leave boundary events, in pixels.
const STUB: f64 = 10.0;

impl Layout<'_> {
    /// Whether a node has a straight side to its left and right.
    pub(super) fn is_flat(&self, node: usize) -> bool {
        let kind = self.flow.nodes[node].kind;
        !is_event(kind) && !is_gateway(kind)
    }

    /// The node's size, wide enough for the boundary events on it.
    pub(super) fn core(&self, node: usize) -> Size {
        let (wide, high) = self.size[node];
        let ports = self.attached[node].len();
        let apart = (ports.max(1) - 1) as f64 * self.port_distance(node);
        (wide.max(apart + if ports > 0 { 60.0 } else { 0.0 }), high)
    }

    /// How wide the node is with all that belongs to it.
    pub(super) fn width(&self, node: usize) -> f64 {
        let label = measure::node_label(&self.flow.nodes[node]).0;
        self.core(node).0.max(label).max(self.shelf(node).0)
    }

    /// The room that a node needs above and below its middle.
    pub(super) fn room(&self, node: usize, band: usize) -> Room {
        let half = self.core(node).1 / 2.0;
        let shelf = self.shelf(node).1;
        let label = measure::node_label(&self.flow.nodes[node]).1;
        let up = half + if shelf > 0.0 { shelf + ABOVE } else { 0.0 };
        let down = match self.attached[node].len() {
            0 if label > 0.0 => half + 4.0 + label,
            0 => half,
            _ => self.attached[node].iter().map(|&port| half + self.stub[port] + STUB).fold(half, f64::max),
        };
        Room { up, down, gap: GAP, band, is_line: false }
    }

    /// The size of a thing with its label and all that belongs to it.
    pub(super) fn block(&self, thing: Thing) -> Size {
        match thing {
            Thing::Node(i) => {
                let room = self.room(i, 0);
                (self.width(i), room.up + room.down)
            }
            Thing::Data(i) => {
                let data = &self.flow.data[i];
                let (size, label) = (measure::data(data), measure::data_label(data));
                let below = if label.1 > 0.0 { 4.0 + label.1 } else { 0.0 };
                (size.0.max(label.0), size.1 + below)
            }
            Thing::Artifact(i) => measure::artifact(&self.flow.artifacts[i]),
        }
    }

    /// Places a thing with its block's top left corner at `at`.
    pub(super) fn put(&mut self, thing: Thing, at: Point) {
        let (wide, high) = self.block(thing);
        match thing {
            Thing::Node(i) => {
                let up = self.room(i, 0).up;
                self.place(i, point((at.x + wide / 2.0).round(), (at.y + up).round()));
            }
            Thing::Data(i) => {
                let size = measure::data(&self.flow.data[i]);
                let x = at.x + (wide - size.0) / 2.0;
                self.out.data[i].bounds = Some(rect(x, at.y + high - size.1, size.0, size.1));
                if high > size.1 {
                    // Above, as the line to the node that it stands above leaves below.
                    let label = measure::data_label(&self.flow.data[i]);
                    let x = at.x + (wide - label.0) / 2.0;
                    self.out.data[i].label = Some(rect(x, at.y, label.0, label.1));
                }
            }
            Thing::Artifact(i) => self.out.artifacts[i].bounds = Some(rect(at.x, at.y, wide, high)),
        }
    }

    /// Places a node with its middle at `at`, and all that belongs to it.
    pub(super) fn place(&mut self, node: usize, at: Point) {
        let (wide, high) = self.core(node);
        let b = rect(at.x - wide / 2.0, at.y - high / 2.0, wide, high);
        self.out.nodes[node].bounds = Some(b);
        for (k, port) in self.attached[node].clone().into_iter().enumerate() {
            let middle = right(b) - 30.0 - k as f64 * self.port_distance(node);
            let event = rect(middle - EVENT / 2.0, bottom(b) - EVENT / 2.0, EVENT, EVENT);
            let label = measure::label(self.flow.nodes[port].name.as_deref());
            self.out.nodes[port].bounds = Some(event);
            if label.0 > 0.0 {
                // Beside the line that leaves the event, not under it.
                let at = rect(middle - 5.0 - label.0, bottom(event) + 2.0, label.0, label.1);
                self.out.nodes[port].label = Some(at);
            }
        }
        let mut low = b.y - ABOVE;
        for row in self.beside[node].clone().chunks(ABREAST) {
            let (across, up) = self.row(row);
            let mut x = at.x - across / 2.0;
            for &thing in row {
                let size = self.block(thing);
                self.put(thing, point(x, low - size.1));
                x += size.0 + BETWEEN;
            }
            low -= up + BETWEEN;
        }
    }

    /// How far below the node's middle a boundary event's line turns to the right.
    pub(super) fn stub(&self, port: usize) -> f64 {
        self.core(self.host[port]).1 / 2.0 + self.stub[port]
    }

    /// How far apart the boundary events on a node are.
    fn port_distance(&self, node: usize) -> f64 {
        PORT[usize::from(self.labelled[node])]
    }

    /// The size of all that stands above a node.
    fn shelf(&self, node: usize) -> Size {
        let rows = self.beside[node].chunks(ABREAST).map(|row| self.row(row));
        rows.fold((0.0, 0.0), |(wide, high): Size, row| {
            (wide.max(row.0), high + row.1 + if high > 0.0 { BETWEEN } else { 0.0 })
        })
    }

    fn row(&self, row: &[Thing]) -> Size {
        let sizes = row.iter().map(|&thing| self.block(thing));
        let (wide, high) =
            sizes.fold((0.0, 0.0), |(wide, high): Size, size| (wide + size.0 + BETWEEN, high.max(size.1)));
        (wide - BETWEEN, high)
    }
}

/// How far below its activity's lower edge each boundary event's line turns to the right: below the labels,
/// and the rightmost first, so that these lines do not cross.
pub(super) fn stubs(flow: &Flow, attached: &[Vec<usize>]) -> Vec<f64> {
    let mut stubs = vec![0.0; attached.len()];
    for ports in attached {
        let labels = ports.iter().map(|&port| measure::label(flow.nodes[port].name.as_deref()).1);
        let clear = EVENT / 2.0 + labels.fold(0.0, f64::max) + 10.0;
        for (nth, &port) in ports.iter().enumerate() {
            stubs[port] = clear + nth as f64 * STUB;
        }
    }
    stubs
}

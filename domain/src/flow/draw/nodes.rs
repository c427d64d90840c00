//! Activities, gateways and events.

use super::super::graph::{Bounds, EventKind, Node, NodeKind, Point, Repeat};
use super::canvas::{Anchor, Canvas, Escaped, Num};
use super::colour::Colour;
use super::geometry::{bottom, centre, inset, point, rect, right, sound};
use super::tree::{bounds, is_event, is_gateway, is_open, is_sub_process};
use super::type_metrics::{LABEL, LEADING, TEXT, extent, width, wrap};
use super::{Drawing, ElementState, icons};
use crate::flow::bpmn::{self, Look};

/// How wide a label below an event, gateway or piece of data becomes, in pixels.
pub(super) const LABEL_WIDTH: f64 = 90.0;
/// How many lines a label may have.
pub(super) const LABEL_LINES: usize = 8;

/// What an activity's width is more than its text's at least, in pixels.
pub(super) const TEXT_MARGIN: f64 = 16.0;

/// How much of an activity's corner its icon takes, in pixels.
const ICON: f64 = 24.0;

/// The corners of activities.
const RADIUS: f64 = 8.0;

/// Where in an activity its name may stand.
#[derive(Clone, Copy)]
struct Column {
    middle: f64,
    wide: f64,
    top: f64,
}

impl Drawing<'_> {
    /// Sub-processes drawn open, each before what lies in it.
    pub(super) fn open_sub_processes(&self, canvas: &mut Canvas) {
        for &i in &self.tree.outside_in {
            if is_open(&self.flow.nodes[i]) {
                self.node(canvas, i);
            }
        }
    }

    /// All other nodes, boundary events last.
    pub(super) fn nodes(&self, canvas: &mut Canvas) {
        for last in [false, true] {
            for (i, node) in self.flow.nodes.iter().enumerate() {
                if !is_open(node) && (node.kind == NodeKind::BoundaryEvent) == last {
                    self.node(canvas, i);
                }
            }
        }
    }

    fn node(&self, canvas: &mut Canvas, i: usize) {
        let node = &self.flow.nodes[i];
        let Some(b) = bounds(node).filter(|_| !self.tree.hidden[i]) else { return };
        canvas.cover(b);
        let look = self.look(&node.extensions);
        // On the filling of an open sub-process, what lies in it could not be seen in every theme.
        let look = if is_open(node) { Look { fill: None, ..look } } else { look };
        self.open_group(canvas, &node.id, "styr-node", &look);
        canvas.put(format_args!("<title>{}</title>", Escaped(&self.node_title(node))));
        if is_event(node.kind) {
            self.event(canvas, i, b);
            // A line leaves a boundary event downwards as a rule, so its label stands to the left of that.
            let aside = if node.kind == NodeKind::BoundaryEvent { 0.5 } else { 0.0 };
            let wide =
                extent(&wrap(node.name.as_deref().unwrap_or_default(), LABEL_WIDTH, LABEL, 1), LABEL).0;
            let under = Bounds { x: b.x - aside * (wide + 8.0), ..b };
            label_below(canvas, node.name.as_deref(), node.label, under);
        } else if is_gateway(node.kind) {
            gateway(canvas, node, b);
            label_below(canvas, node.name.as_deref(), node.label, b);
        } else {
            self.activity(canvas, i, b);
        }
        if let Some(state) = self.state(&node.id) {
            let at = if is_event(node.kind) || is_gateway(node.kind) {
                point(b.x + b.width * 0.85, b.y + b.height * 0.15)
            } else {
                point(right(b) - 4.0, b.y + 4.0)
            };
            badge(canvas, state, at);
        }
        canvas.put(format_args!("</g>\n"));
    }

    /// How another tool drew the element. A picture of how far a case has come has no colours but those that say so.
    pub(super) fn look(&self, extensions: &[String]) -> Look {
        let look = bpmn::look(extensions);
        if self.options.states.is_empty() { look } else { Look { message: look.message, ..Look::default() } }
    }

    /// Opens the group that stands for an element, in the colours of its own that can be seen in every theme.
    pub(super) fn open_group(&self, canvas: &mut Canvas, id: &str, class: &str, look: &Look) {
        let state = match self.state(id) {
            None => "",
            Some(ElementState::Done) => " styr-done",
            Some(ElementState::Current) => " styr-current",
            Some(ElementState::Failed) => " styr-failed",
        };
        let colour = |text: &Option<String>| text.as_deref().and_then(Colour::parse);
        let fill = colour(&look.fill).filter(|fill| !fill.is_white());
        let line = colour(&look.line).filter(|line| line.shows_on_any_ground());
        let filled = fill.map_or("", |fill| if fill.is_pale() { " styr-pale" } else { " styr-deep" });
        let lined = if line.is_some() { " styr-lined" } else { "" };
        canvas
            .put(format_args!("<g class=\"{class}{state}{filled}{lined}\" data-element=\"{}\"", Escaped(id)));
        match (fill, line) {
            (None, None) => canvas.put(format_args!(">")),
            (Some(fill), None) => canvas.put(format_args!(" style=\"fill:{fill}\">")),
            (None, Some(line)) => canvas.put(format_args!(" style=\"color:{line}\">")),
            (Some(fill), Some(line)) => canvas.put(format_args!(" style=\"fill:{fill};color:{line}\">")),
        }
    }

    fn event(&self, canvas: &mut Canvas, i: usize, b: Bounds) {
        let node = &self.flow.nodes[i];
        let (at, r) = (centre(b), b.width.min(b.height) / 2.0);
        let starts_event_sub_process = node.kind == NodeKind::StartEvent
            && self.tree.parent[i].is_some_and(|p| self.flow.nodes[p].triggered_by_event == Some(true));
        let lets_go_on = node.interrupting == Some(false)
            && (node.kind == NodeKind::BoundaryEvent || starts_event_sub_process);
        let dash = if lets_go_on { " styr-dashed" } else { "" };
        let thick = if node.kind == NodeKind::EndEvent { " styr-thick" } else { "" };
        canvas.circle(&format!("styr-shape{dash}{thick}"), at, r);
        if !matches!(node.kind, NodeKind::StartEvent | NodeKind::EndEvent) {
            canvas.circle(&format!("styr-line{dash}"), at, r - 3.0);
        }
        if let Some(event) = &node.event {
            let raises = matches!(node.kind, NodeKind::EndEvent | NodeKind::IntermediateThrowEvent);
            event_icon(canvas, event.kind, raises, at, r / 18.0);
        }
    }

    fn activity(&self, canvas: &mut Canvas, i: usize, b: Bounds) {
        let node = &self.flow.nodes[i];
        let mut class = String::from("styr-shape");
        if node.kind == NodeKind::CallActivity {
            class.push_str(" styr-thick");
        }
        if node.triggered_by_event == Some(true) && is_sub_process(node.kind) {
            class.push_str(" styr-dotted");
        }
        if is_open(node) {
            class.push_str(" styr-open");
        }
        canvas.rectangle(&class, b, RADIUS);
        if node.kind == NodeKind::Transaction {
            canvas.rectangle("styr-line", inset(b, 3.0), RADIUS - 2.0);
        }
        let corner = point(b.x + 15.0, b.y + 14.0);
        let mut has_icon = false;
        if let Some((icon, filled)) = icons::task(node.kind) {
            canvas.icon(if filled { "styr-solid" } else { "styr-icon" }, icon.body, corner, 1.0);
            canvas.icon(if filled { "styr-knockout" } else { "styr-icon" }, icon.detail, corner, 1.0);
            has_icon = true;
        } else if !is_open(node) && node.triggered_by_event == Some(true) {
            has_icon = self.trigger(canvas, i, point(b.x + 16.0, b.y + 16.0));
        }
        let markers = markers(canvas, node, b);
        let Some(name) = node.name.as_deref() else { return };
        if is_open(node) {
            // Rather smaller than on two lines, of which the second might cover what lies below.
            let (lines, size) = whole(name, b.width - 12.0, TEXT * LEADING)
                .unwrap_or_else(|| (wrap(name, b.width - 24.0, TEXT, 2), TEXT));
            canvas.text("styr-text", &lines, point(b.x + b.width / 2.0, b.y + 8.0), size, Anchor::Middle);
            return;
        }
        let low = bottom(b) - if markers { 20.0 } else { self.covered_below(i, b) };
        // Below the icon if the name can be read well there, else beside it.
        let middle = b.x + b.width / 2.0;
        let beside = Column { middle: middle + ICON / 2.0 - 2.0, wide: b.width - ICON - 4.0, top: b.y + 4.0 };
        let top = b.y + if has_icon { ICON } else { 4.0 };
        let below = Column { middle, wide: b.width - TEXT_MARGIN, top };
        let fits = |column: Column| Some((column, whole(name, column.wide, low - column.top)?));
        let readable = |size: f64| size.min(11.0);
        let (column, (lines, size)) = (has_icon.then_some(beside).into_iter())
            .chain([below])
            .filter_map(fits)
            .max_by(|(_, a), (_, b)| readable(a.1).total_cmp(&readable(b.1)))
            .unwrap_or_else(|| (below, fitted(name, below.wide, low - below.top)));
        let high = extent(&lines, size).1;
        let y = (b.y + (b.height - high) / 2.0).min(low - high).max(column.top);
        canvas.text("styr-text", &lines, point(column.middle, y), size, Anchor::Middle);
    }

    /// How high up from an activity's lower edge no text can stand, in pixels.
    fn covered_below(&self, i: usize, b: Bounds) -> f64 {
        self.covered.get(&i).map_or(4.0, |top| (bottom(b) - top + 2.0).clamp(4.0, 20.0))
    }

    /// The start event's icon on a closed event sub-process.
    fn trigger(&self, canvas: &mut Canvas, i: usize, at: Point) -> bool {
        let Some(start) = self.triggers.get(&i).map(|&start| &self.flow.nodes[start]) else { return false };
        let dash = if start.interrupting == Some(false) { " styr-dashed" } else { "" };
        canvas.circle(&format!("styr-line{dash}"), at, 10.0);
        if let Some(event) = &start.event {
            event_icon(canvas, event.kind, false, at, 10.0 / 18.0);
        }
        true
    }
}

/// The smallest size of a text in a shape, in pixels.
const SMALL: f64 = 9.0;

/// The text at the largest size at which it fits, cut off where none does.
pub(super) fn fitted(name: &str, wide: f64, high: f64) -> (Vec<String>, f64) {
    let most = || ((high / (SMALL * LEADING)).floor() as usize).max(1);
    whole(name, wide, high).unwrap_or_else(|| (wrap(name, wide, SMALL, most()), SMALL))
}

/// The text at the largest size at which it fits without a word broken.
fn whole(name: &str, wide: f64, high: f64) -> Option<(Vec<String>, f64)> {
    [TEXT, 11.0, 10.0, SMALL].into_iter().find_map(|size| {
        let most = (high / (size * LEADING)).floor() as usize;
        let lines = wrap(name, wide, size, most + 1);
        let fits = lines.len() <= most && !lines.iter().any(|line| line.ends_with('-'));
        fits.then_some((lines, size))
    })
}

fn event_icon(canvas: &mut Canvas, kind: EventKind, raises: bool, at: Point, scale: f64) {
    let icon = icons::event(kind);
    let (body, detail) = if raises || kind == EventKind::Terminate {
        ("styr-solid", "styr-knockout")
    } else {
        ("styr-icon", "styr-icon")
    };
    canvas.icon(body, icon.body, at, scale);
    if !icon.detail.is_empty() {
        canvas.icon(detail, icon.detail, at, scale);
    }
}

fn gateway(canvas: &mut Canvas, node: &Node, b: Bounds) {
    let c = centre(b);
    canvas.put(format_args!(
        "<polygon class=\"styr-shape\" points=\"{},{} {},{} {},{} {},{}\"/>",
        Num(c.x),
        Num(b.y),
        Num(right(b)),
        Num(c.y),
        Num(c.x),
        Num(bottom(b)),
        Num(b.x),
        Num(c.y)
    ));
    let scale = b.width.min(b.height) / 50.0;
    if node.kind == NodeKind::EventBasedGateway {
        canvas.icon("styr-icon", icons::EVENT_BASED, c, scale);
    } else {
        canvas.icon("styr-icon styr-bold", icons::gateway(node.kind), c, scale);
    }
}

/// Draws an activity's markers in a row at its lower edge; says whether there are any.
fn markers(canvas: &mut Canvas, node: &Node, b: Bounds) -> bool {
    let mut row: Vec<(&str, &str)> = Vec::new();
    match node.repeat {
        Some(Repeat::Loop) => row.push(("styr-icon", icons::LOOP)),
        Some(Repeat::MultiInstanceSequential) => row.push(("styr-icon styr-bold", icons::SEQUENTIAL)),
        Some(Repeat::MultiInstanceParallel) => row.push(("styr-icon styr-bold", icons::PARALLEL)),
        None => {}
    }
    if node.for_compensation == Some(true) {
        row.push(("styr-icon", icons::COMPENSATION));
    }
    if is_sub_process(node.kind) && !is_open(node) || node.kind == NodeKind::CallActivity {
        row.push(("styr-icon", icons::COLLAPSED));
    }
    if node.kind == NodeKind::AdHocSubProcess {
        row.push(("styr-solid", icons::AD_HOC));
    }
    let middle = b.x + b.width / 2.0;
    for (k, (class, data)) in row.iter().enumerate() {
        let x = middle + (k as f64 - (row.len() as f64 - 1.0) / 2.0) * 19.0;
        canvas.icon(class, data, point(x, bottom(b) - 11.0), 1.0);
    }
    !row.is_empty()
}

/// A label where its own bounds are, or else centred below the shape.
pub(super) fn label_below(canvas: &mut Canvas, text: Option<&str>, own: Option<Bounds>, shape: Bounds) {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return };
    let broken = |wide: f64| wrap(text, wide.max(longest_word(text, LABEL)), LABEL, LABEL_LINES);
    let (at, lines) = match own.and_then(sound) {
        Some(b) if b.width > 0.0 => {
            let lines = broken(b.width);
            // Other tools' label bounds fit their fonts tightly, so a little more room saves a line.
            let more = lines.len() > ((b.height + 2.0) / (LABEL * LEADING)).floor() as usize;
            (point(b.x + b.width / 2.0, b.y), if more { broken(b.width.mul_add(1.1, 4.0)) } else { lines })
        }
        Some(b) => (point(b.x, b.y), broken(LABEL_WIDTH)),
        None => (point(shape.x + shape.width / 2.0, bottom(shape) + 4.0), broken(LABEL_WIDTH)),
    };
    canvas.text("styr-label", &lines, at, LABEL, Anchor::Middle);
}

/// What a text's box must be wide at least: other tools measure with narrower fonts, or let a text stand out of its box.
pub(super) fn longest_word(text: &str, size: f64) -> f64 {
    text.split_whitespace().map(|word| width(word, size)).fold(0.0, f64::max).min(LABEL_WIDTH)
}

/// The sign of a state, so that it does not depend on colour alone.
fn badge(canvas: &mut Canvas, state: ElementState, at: Point) {
    canvas.circle("styr-badge", at, 9.0);
    let data = match state {
        ElementState::Done => icons::DONE,
        ElementState::Current => icons::CURRENT,
        ElementState::Failed => icons::FAILED,
    };
    canvas.icon("styr-sign", data, at, 1.0);
    canvas.cover(rect(at.x - 10.0, at.y - 10.0, 20.0, 20.0));
}

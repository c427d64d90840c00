//! Sequence flows, message flows and associations.

use super::super::graph::{
    Association, AssociationKind, Bounds, Direction, MessageFlow, Point, SequenceFlow,
};
use super::canvas::{Anchor, Canvas, Escaped, Num};
use super::geometry::{
    centre, elbow, halfway, heading, inset, is_inside, leaving, longest_piece, point, sound, sound_line,
    straight,
};
use super::nodes::{LABEL_LINES, LABEL_WIDTH, label_below};
use super::tree::{bounds, is_gateway};
use super::type_metrics::{LABEL, extent, wrap};
use super::{Drawing, icons};
use crate::flow::bpmn::Look;

/// What a line's end bears.
#[derive(Clone, Copy)]
enum Tip {
    /// A sequence flow's arrow.
    Solid,
    /// A message flow's arrow.
    Hollow,
    /// An association's arrow.
    Open,
}

impl Drawing<'_> {
    pub(super) fn lines(&self, canvas: &mut Canvas) {
        let all = self.flow.draws_associations_straight();
        for association in self.flow.associations.iter().filter(|a| all || a.waypoints.len() > 1) {
            self.association(canvas, association);
        }
        for flow in &self.flow.sequence_flows {
            self.sequence_flow(canvas, flow);
        }
        for flow in &self.flow.message_flows {
            self.message_flow(canvas, flow);
        }
    }

    fn sequence_flow(&self, canvas: &mut Canvas, flow: &SequenceFlow) {
        let Some(line) = self.line(&flow.waypoints, &flow.source, &flow.target, elbow) else { return };
        let source = self.tree.node(&flow.source).map(|i| &self.flow.nodes[i]);
        let title = self.line_title(flow.name.as_deref(), &flow.source, &flow.target);
        self.open_line(canvas, &flow.id, title, &self.look(&flow.extensions));
        path(canvas, "styr-line styr-path", &line);
        tip(canvas, Tip::Solid, &line);
        let is_default = source.is_some_and(|node| node.default_flow.as_deref() == Some(flow.id.as_str()));
        if is_default {
            slash(canvas, &line);
        } else if flow.condition.is_some() && source.is_some_and(|node| !is_gateway(node.kind)) {
            diamond(canvas, &line);
        }
        let near_source = source.is_some_and(|node| is_gateway(node.kind));
        line_label(canvas, flow.name.as_deref(), flow.label, &line, near_source, 0.0);
        canvas.put(format_args!("</g>\n"));
    }

    fn message_flow(&self, canvas: &mut Canvas, flow: &MessageFlow) {
        let Some(mut line) = self.line(&flow.waypoints, &flow.source, &flow.target, elbow) else { return };
        // What lies in another participant's pool is not drawn, so a line to it ends at the pool's edge, and its label
        // neither stays behind nor hides that end.
        let mut label = flow.label;
        for end in [&flow.source, &flow.target] {
            if let Some(pool) = self.foreign_pool(flow, end) {
                line = leaving(line, pool);
                let covers = |label: &Bounds, end| is_inside(inset(*label, -6.0), end);
                label = label.filter(|l| !is_inside(pool, centre(*l)) && !covers(l, line[0]));
            }
            line.reverse();
        }
        let (title, look) =
            (self.line_title(flow.name.as_deref(), &flow.source, &flow.target), self.look(&flow.extensions));
        self.open_line(canvas, &flow.id, title, &look);
        path(canvas, "styr-line styr-path styr-message", &line);
        let away = heading(line[0], line[1]);
        canvas.circle("styr-shape", point(line[0].x + away.x * 4.0, line[0].y + away.y * 4.0), 4.0);
        tip(canvas, Tip::Hollow, &line);
        if let Some(first) = look.message {
            let class = if first { "styr-shape" } else { "styr-shape styr-answer" };
            canvas.icon(class, icons::ENVELOPE, halfway(&line), 1.0);
        }
        let beside = if look.message.is_some() { 12.0 } else { 0.0 };
        line_label(canvas, flow.name.as_deref(), label, &line, false, beside);
        canvas.put(format_args!("</g>\n"));
    }

    /// Where the pool is drawn that an end of the message is or lies in; none for a node of this flow.
    fn foreign_pool(&self, flow: &MessageFlow, end: &str) -> Option<Bounds> {
        if self.tree.node(end).is_some() {
            return None;
        }
        self.places.get(end).or_else(|| self.places.get(flow.other_pool.as_deref()?)).copied()
    }

    fn association(&self, canvas: &mut Canvas, association: &Association) {
        if !self.tree.shows_inside(self.flow, association.parent.as_deref()) {
            return;
        }
        let ends = (&association.source, &association.target);
        let Some(mut line) = self.line(&association.waypoints, ends.0, ends.1, straight) else { return };
        let look = self.look(&association.extensions);
        self.open_line(canvas, &association.id, self.line_title(None, ends.0, ends.1), &look);
        path(canvas, "styr-line styr-path styr-dotted", &line);
        let (at_target, at_source) = match (association.kind, association.direction) {
            (_, Some(Direction::Both)) => (true, true),
            (AssociationKind::Association, None) => (false, false),
            (_, Some(Direction::One)) | (AssociationKind::DataInput | AssociationKind::DataOutput, None) => {
                (true, false)
            }
        };
        if at_target {
            tip(canvas, Tip::Open, &line);
        }
        if at_source {
            line.reverse();
            tip(canvas, Tip::Open, &line);
        }
        canvas.put(format_args!("</g>\n"));
    }

    fn open_line(&self, canvas: &mut Canvas, id: &str, title: String, look: &Look) {
        self.open_group(canvas, id, "styr-connector", &Look { fill: None, ..look.clone() });
        canvas.put(format_args!("<title>{}</title>", Escaped(&title)));
    }

    /// The line's own points, or else ones between what it joins. None where neither can be drawn.
    fn line(
        &self,
        waypoints: &[Point],
        source: &str,
        target: &str,
        join: fn(Bounds, Bounds) -> Vec<Point>,
    ) -> Option<Vec<Point>> {
        let hidden = |id| self.tree.node(id).is_some_and(|i| self.tree.hidden[i]);
        if hidden(source) || hidden(target) {
            return None;
        }
        sound_line(waypoints).or_else(|| sound_line(&join(self.bounds_of(source)?, self.bounds_of(target)?)))
    }

    /// Where any element that a line can end at is drawn; a line's own place is its middle.
    fn bounds_of(&self, id: &str) -> Option<Bounds> {
        if let Some(i) = self.tree.node(id) {
            return bounds(&self.flow.nodes[i]);
        }
        self.places.get(id).copied()
    }
}

fn path(canvas: &mut Canvas, class: &str, line: &[Point]) {
    canvas.cover_points(line);
    canvas.put(format_args!("<path class=\"{class}\" d=\""));
    for (i, p) in line.iter().enumerate() {
        canvas.put(format_args!("{}{} {}", if i == 0 { 'M' } else { 'L' }, Num(p.x), Num(p.y)));
    }
    canvas.put(format_args!("\"/>"));
}

/// The arrow at a line's end.
fn tip(canvas: &mut Canvas, tip: Tip, line: &[Point]) {
    let [.., before, end] = *line else { return };
    let d = heading(before, end);
    let (long, half) = match tip {
        Tip::Solid => (10.0, 4.5),
        Tip::Hollow => (9.0, 5.0),
        Tip::Open => (7.0, 4.5),
    };
    let foot = point(end.x - d.x * long, end.y - d.y * long);
    let wings =
        [point(foot.x - d.y * half, foot.y + d.x * half), point(foot.x + d.y * half, foot.y - d.x * half)];
    let (class, close) = match tip {
        Tip::Solid => ("styr-solid", "Z"),
        Tip::Hollow => ("styr-shape", "Z"),
        Tip::Open => ("styr-line", ""),
    };
    let [a, b] = wings.map(|p| (Num(p.x), Num(p.y)));
    canvas.path(class, format_args!("M{} {}L{} {}L{} {}{close}", a.0, a.1, Num(end.x), Num(end.y), b.0, b.1));
}

/// The stroke across a default flow.
fn slash(canvas: &mut Canvas, line: &[Point]) {
    let (p, d) = (line[0], heading(line[0], line[1]));
    let at = |along: f64, across: f64| {
        (Num(p.x + d.x * along - d.y * across), Num(p.y + d.y * along + d.x * across))
    };
    let (a, b) = (at(7.0, 6.0), at(13.0, -6.0));
    canvas.path("styr-line", format_args!("M{} {}L{} {}", a.0, a.1, b.0, b.1));
}

/// The diamond where a conditional flow leaves an activity.
fn diamond(canvas: &mut Canvas, line: &[Point]) {
    let (p, d) = (line[0], heading(line[0], line[1]));
    let at = |along: f64, across: f64| {
        (Num(p.x + d.x * along - d.y * across), Num(p.y + d.y * along + d.x * across))
    };
    let [a, b, c, e] = [at(0.0, 0.0), at(8.0, 4.5), at(16.0, 0.0), at(8.0, -4.5)];
    canvas.path(
        "styr-shape",
        format_args!("M{} {}L{} {}L{} {}L{} {}Z", a.0, a.1, b.0, b.1, c.0, c.1, e.0, e.1),
    );
}

/// A line's label where its own bounds are, or else on the last level piece (out of a gateway, where the
/// ways have parted) or the longest, `beside` pixels further from it than usual.
fn line_label(
    canvas: &mut Canvas,
    text: Option<&str>,
    own: Option<Bounds>,
    line: &[Point],
    near_source: bool,
    beside: f64,
) {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return };
    if own.and_then(sound).is_some() {
        return label_below(canvas, Some(text), own, Bounds::default());
    }
    let lines = wrap(text, LABEL_WIDTH, LABEL, LABEL_LINES);
    let (wide, high) = extent(&lines, LABEL);
    let piece = if near_source && line.len() > 2 { longest_piece(&line[1..]) } else { longest_piece(line) };
    let Some((a, b)) = piece else { return };
    let middle = centre(Bounds {
        x: a.x.min(b.x),
        y: a.y.min(b.y),
        width: (a.x - b.x).abs(),
        height: (a.y - b.y).abs(),
    });
    let at = if (a.y - b.y).abs() < (a.x - b.x).abs() {
        point(middle.x, middle.y - high - 3.0 - beside)
    } else {
        point(middle.x + wide / 2.0 + 5.0 + beside, middle.y - high / 2.0)
    };
    canvas.text("styr-label", &lines, at, LABEL, Anchor::Middle);
}

//! Pools, lanes, data, annotations and groups.

use std::collections::HashMap;

use super::super::graph::{Artifact, ArtifactKind, Bounds, Data, DataKind, Flow, Point, Pool};
use super::Drawing;
use super::canvas::{Anchor, Canvas, Escaped, Num};
use super::geometry::{bottom, centre, longest_piece, point, rect, right, sound, sound_line};
use super::nodes::{fitted, label_below, longest_word};
use super::type_metrics::{TEXT, extent, wrap};
use crate::flow::bpmn::Look;

/// How wide the band with a pool's or lane's name is, in pixels.
pub(super) const BAND: f64 = 30.0;

impl Drawing<'_> {
    pub(super) fn pools_and_lanes(&self, canvas: &mut Canvas) {
        for pool in &self.flow.pools {
            self.pool(canvas, pool);
        }
        let upright = self.flow.pools.iter().any(|pool| pool.own && pool.vertical == Some(true));
        for lane in &self.flow.lanes {
            let Some(b) = lane.bounds.and_then(sound) else { continue };
            if !self.tree.shows_inside(self.flow, lane.sub_process.as_deref()) {
                continue;
            }
            canvas.cover(b);
            self.open_group(canvas, &lane.id, "styr-lane", &Look::default());
            canvas.put(format_args!("<title>{}</title>", Escaped(&self.lane_title(lane))));
            canvas.rectangle("styr-frame", b, 0.0);
            band(canvas, lane.name.as_deref(), b, upright && lane.sub_process.is_none(), "styr-text");
            canvas.put(format_args!("</g>\n"));
        }
    }

    fn pool(&self, canvas: &mut Canvas, pool: &Pool) {
        let Some(b) = pool.bounds.and_then(sound) else { return };
        canvas.cover(b);
        self.open_group(canvas, &pool.id, "styr-pool", &Look::default());
        canvas.put(format_args!("<title>{}</title>", Escaped(&self.pool_title(pool))));
        canvas.rectangle("styr-frame", b, 0.0);
        let upright = pool.vertical == Some(true);
        if pool.own || b.width.min(b.height) > 150.0 {
            band(canvas, pool.name.as_deref(), b, upright, "styr-text styr-band-text");
        } else {
            // A participant whose inside is unknown bears its name in the middle.
            let (c, wide, high) = (centre(b), b.width.max(b.height), b.width.min(b.height));
            let level = rect(c.x - wide / 2.0, c.y - high / 2.0, wide, high);
            canvas.rectangle("styr-band", b, 0.0);
            let text = pool.name.as_deref();
            turned(canvas, text, level, b.height > b.width, "styr-text styr-band-text");
        }
        canvas.put(format_args!("</g>\n"));
    }

    pub(super) fn data(&self, canvas: &mut Canvas) {
        for data in &self.flow.data {
            let Some(b) = data.bounds.and_then(sound) else { continue };
            if !self.tree.shows_inside(self.flow, data.parent.as_deref()) {
                continue;
            }
            canvas.cover(b);
            self.open_group(canvas, &data.id, "styr-data", &self.look(&data.extensions));
            canvas.put(format_args!("<title>{}</title>", Escaped(&self.data_title(data))));
            data_shape(canvas, data, b);
            label_below(canvas, data_text(data).as_deref(), data.label, b);
            canvas.put(format_args!("</g>\n"));
        }
    }

    pub(super) fn artifacts(&self, canvas: &mut Canvas) {
        for artifact in &self.flow.artifacts {
            let Some(b) = artifact.bounds.and_then(sound) else { continue };
            if !self.tree.shows_inside(self.flow, artifact.parent.as_deref()) {
                continue;
            }
            canvas.cover(b);
            self.open_group(canvas, &artifact.id, "styr-artifact", &Look::default());
            canvas.put(format_args!("<title>{}</title>", Escaped(&self.artifact_title(artifact))));
            artifact_shape(canvas, artifact, b);
            canvas.put(format_args!("</g>\n"));
        }
    }
}

/// Where everything that is no node is drawn, so that lines without points can end there.
pub(super) fn places(flow: &Flow) -> HashMap<&str, Bounds> {
    let pools = flow.pools.iter().map(|pool| (pool.id.as_str(), pool.bounds));
    let data = flow.data.iter().map(|data| (data.id.as_str(), data.bounds));
    let artifacts = flow.artifacts.iter().map(|artifact| (artifact.id.as_str(), artifact.bounds));
    let lines = flow.sequence_flows.iter().map(|line| (line.id.as_str(), middle(&line.waypoints)));
    let messages = flow.message_flows.iter().map(|line| (line.id.as_str(), middle(&line.waypoints)));
    pools
        .chain(data)
        .chain(artifacts)
        .chain(lines)
        .chain(messages)
        .filter_map(|(id, bounds)| Some((id, sound(bounds?)?)))
        .collect()
}

/// The middle of a line's longest piece, as a rectangle without extent.
fn middle(line: &[Point]) -> Option<Bounds> {
    let line = sound_line(line)?;
    let (a, b) = longest_piece(&line)?;
    Some(rect(f64::midpoint(a.x, b.x), f64::midpoint(a.y, b.y), 0.0, 0.0))
}

/// A piece of data's label: its name, and its state where the name does not say it already.
pub(super) fn data_text(data: &Data) -> Option<String> {
    match (data.name.as_deref(), data.state.as_deref()) {
        (Some(name), Some(state)) if name.contains(state) => Some(name.to_owned()),
        (Some(name), Some(state)) => Some(format!("{name}\n[{state}]")),
        (Some(name), None) => Some(name.to_owned()),
        (None, Some(state)) => Some(format!("[{state}]")),
        (None, None) => None,
    }
}

fn data_shape(canvas: &mut Canvas, data: &Data, b: Bounds) {
    let Bounds { x, y, width, .. } = b;
    let (far, low) = (right(b), bottom(b));
    if data.kind == DataKind::Store {
        return store_shape(canvas, b);
    }
    let fold = (width * 0.3).min(b.height * 0.3).min(12.0);
    canvas.path(
        "styr-shape",
        format_args!(
            "M{x} {y}H{nick}L{far} {under}V{low}H{x}ZM{nick} {y}V{under}H{far}",
            x = Num(x),
            y = Num(y),
            nick = Num(far - fold),
            far = Num(far),
            under = Num(y + fold),
            low = Num(low)
        ),
    );
    const ARROW: &str = "M-6 -2H1V-5.5L7 0L1 5.5V2H-6Z";
    match data.kind {
        DataKind::Input => canvas.icon("styr-icon", ARROW, point(x + 11.0, y + 10.0), 1.0),
        DataKind::Output => canvas.icon("styr-solid", ARROW, point(x + 11.0, y + 10.0), 1.0),
        DataKind::Object | DataKind::Store => {}
    }
    if data.collection == Some(true) {
        canvas.icon("styr-icon styr-bold", super::icons::PARALLEL, point(x + width / 2.0, low - 9.0), 0.8);
    }
}

/// A barrel with two hoops under its lid.
fn store_shape(canvas: &mut Canvas, b: Bounds) {
    let curve = (b.height * 0.13).min(8.0);
    let (x, far, rx, ry) = (Num(b.x), Num(right(b)), Num(b.width / 2.0), Num(curve));
    let (top, base) = (Num(b.y + curve), Num(bottom(b) - curve));
    canvas.path(
        "styr-shape",
        format_args!("M{x} {top}A{rx} {ry} 0 0 1 {far} {top}V{base}A{rx} {ry} 0 0 1 {x} {base}Z"),
    );
    for hoop in [1.0, 1.8, 2.6] {
        let y = Num(b.y + curve * hoop);
        canvas.path("styr-line", format_args!("M{x} {y}A{rx} {ry} 0 0 0 {far} {y}"));
    }
}

fn artifact_shape(canvas: &mut Canvas, artifact: &Artifact, b: Bounds) {
    let text = artifact.text.as_deref().unwrap_or_default();
    match artifact.kind {
        ArtifactKind::TextAnnotation => {
            let arm = Num((b.x + 10.0).min(right(b)));
            let (x, y, low) = (Num(b.x), Num(b.y), Num(bottom(b)));
            canvas.path("styr-line", format_args!("M{arm} {y}H{x}V{low}H{arm}"));
            let lines = wrap(text, (b.width - 8.0).max(longest_word(text, TEXT)), TEXT, 40);
            canvas.text("styr-label", &lines, point(b.x + 6.0, b.y + 4.0), TEXT, Anchor::Start);
        }
        ArtifactKind::Group => {
            canvas.rectangle("styr-frame styr-group", b, 10.0);
            if artifact.label.and_then(sound).is_some() {
                return label_below(canvas, Some(text), artifact.label, b);
            }
            let lines = wrap(text, b.width - 16.0, TEXT, 2);
            canvas.text("styr-label", &lines, point(b.x + b.width / 2.0, b.y + 6.0), TEXT, Anchor::Middle);
        }
    }
}

/// The band with a name along the start of a pool or lane: its left side, or its top when it is upright.
fn band(canvas: &mut Canvas, name: Option<&str>, b: Bounds, upright: bool, class: &str) {
    let strip = if upright {
        rect(b.x, b.y, b.width, BAND.min(b.height))
    } else {
        rect(b.x, b.y, BAND.min(b.width), b.height)
    };
    canvas.rectangle("styr-band", strip, 0.0);
    // The strip as it lies before it is turned.
    let c = centre(strip);
    let (wide, high) = if upright { (strip.width, strip.height) } else { (strip.height, strip.width) };
    turned(canvas, name, rect(c.x - wide / 2.0, c.y - high / 2.0, wide, high), !upright, class);
}

/// A name in the middle of a level strip, which may then be turned to read upwards.
fn turned(canvas: &mut Canvas, name: Option<&str>, strip: Bounds, turn: bool, class: &str) {
    let Some(name) = name else { return };
    let (lines, size) = fitted(name, strip.width - 8.0, strip.height - 2.0);
    let c = centre(strip);
    if turn {
        canvas.put(format_args!("<g transform=\"rotate(-90 {} {})\">", Num(c.x), Num(c.y)));
    }
    let high = extent(&lines, size).1;
    canvas.text_uncovered(class, &lines, point(c.x, c.y - high / 2.0), size, Anchor::Middle);
    if turn {
        canvas.put(format_args!("</g>"));
    }
}

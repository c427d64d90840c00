//! How large everything is before it is placed.

use super::super::super::graph::{Artifact, ArtifactKind, Data, DataKind, Node};
use super::super::frames::data_text;
use super::super::nodes::{LABEL_LINES, LABEL_WIDTH, TEXT_MARGIN};
use super::super::tree::{is_event, is_gateway};
use super::super::type_metrics::{LABEL, LEADING, TEXT, extent, wrap};

/// A width and a height, in pixels.
pub(super) type Size = (f64, f64);

/// An event's width and height, in pixels.
pub(super) const EVENT: f64 = 36.0;

/// The size of a node that is no open sub-process. A long name makes an activity wider, then higher.
pub(super) fn node(node: &Node) -> Size {
    if is_event(node.kind) {
        return (EVENT, EVENT);
    }
    if is_gateway(node.kind) {
        return (50.0, 50.0);
    }
    let name = node.name.as_deref().unwrap_or_default();
    for wide in [100.0, 120.0, 140.0] {
        let lines = wrap(name, wide - TEXT_MARGIN, TEXT, 4);
        if lines.len() < 4 && !lines.iter().any(|line| line.ends_with('-')) {
            return (wide, 80.0);
        }
    }
    let lines = wrap(name, 160.0 - TEXT_MARGIN, TEXT, 12).len();
    (160.0, (lines as f64 * TEXT * LEADING + 48.0).max(80.0))
}

/// The size of a label below a shape or on a line; nothing for no text.
pub(super) fn label(text: Option<&str>) -> Size {
    extent(&wrap(text.unwrap_or_default(), LABEL_WIDTH, LABEL, LABEL_LINES), LABEL)
}

/// The size of a node's label outside the shape.
pub(super) fn node_label(node: &Node) -> Size {
    if is_event(node.kind) || is_gateway(node.kind) { label(node.name.as_deref()) } else { (0.0, 0.0) }
}

/// The size of a piece of data.
pub(super) const fn data(data: &Data) -> Size {
    match data.kind {
        DataKind::Store => (50.0, 50.0),
        DataKind::Object | DataKind::Input | DataKind::Output => (36.0, 50.0),
    }
}

/// The size of a piece of data's label.
pub(super) fn data_label(data: &Data) -> Size {
    label(data_text(data).as_deref())
}

/// The size of an annotation or group.
pub(super) fn artifact(artifact: &Artifact) -> Size {
    match artifact.kind {
        ArtifactKind::TextAnnotation => {
            let text = artifact.text.as_deref().unwrap_or_default();
            let (wide, high) = extent(&wrap(text, 150.0, TEXT, 40), TEXT);
            ((wide + 14.0).max(40.0), (high + 8.0).max(30.0))
        }
        ArtifactKind::Group => (160.0, 80.0),
    }
}

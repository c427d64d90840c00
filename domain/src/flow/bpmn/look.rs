//! How another tool drew an element, as far as a drawing here shows it too.

use super::xml::{Attribute, Element, Space, parse};

/// What the kept shape or edge of an element says of its look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::flow) struct Look {
    /// Its filling, as the file writes it.
    pub(in crate::flow) fill: Option<String>,
    /// Its outline or line, as the file writes it.
    pub(in crate::flow) line: Option<String>,
    /// Whether a message flow shows its message, and then whether that is the first of an exchange.
    pub(in crate::flow) message: Option<bool>,
}

/// BPMN in Color 1.0 (OMG), and what bpmn.io's tools wrote before there was a standard.
const COLOR: &str = "http://www.omg.org/spec/BPMN/non-normative/color/1.0";
const BIOC: &str = "http://bpmn.io/schema/bpmn/biocolor/1.0";

/// Reads what is kept of an element. The standard's colours go before bpmn.io's.
pub(in crate::flow) fn look(extensions: &[String]) -> Look {
    // Few pieces say anything of it, and parsing them all would be most of the work of a drawing.
    let says =
        |xml: &&String| xml.contains(COLOR) || xml.contains(BIOC) || xml.contains("messageVisibleKind");
    let mut pieces = extensions.iter().filter(says).filter_map(|xml| parse(xml.as_bytes()).ok());
    let is_drawn = |piece: &Element| {
        piece.space == Space::Diagram && matches!(piece.name.as_str(), "BPMNShape" | "BPMNEdge")
    };
    let Some(piece) = pieces.find(is_drawn) else { return Look::default() };
    let colour = |uri: &str, name: &str| {
        let is = |a: &&Attribute| a.name == name && a.binding.as_ref().is_some_and(|b| b.uri == uri);
        piece.attributes.iter().find(is).map(|a| a.value.clone())
    };
    Look {
        fill: colour(COLOR, "background-color").or_else(|| colour(BIOC, "fill")),
        line: colour(COLOR, "border-color").or_else(|| colour(BIOC, "stroke")),
        message: piece.get("messageVisibleKind").and_then(|kind| match kind {
            "initiating" => Some(true),
            "non_initiating" => Some(false),
            _ => None,
        }),
    }
}

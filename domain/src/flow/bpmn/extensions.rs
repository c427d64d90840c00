//! Whether a caller's extensions are what an import could have kept.

use super::kept::{declarations, elements, elements_mut, part};
use super::layout::round;
use super::xml::{Element, Space, parse};
use super::{ExportedProcess, MAX_EXTENSIONS, export, import, names};
use crate::fault::Violation;
use crate::flow::{Flow, MAX_VIOLATIONS};
use crate::text;

/// What is wrong with a flow's extensions, each with its element's id; empty for those of the file as a whole.
///
/// They may say anything but what the flow's own fields say, so an export must still be read as the same flow.
pub(in crate::flow) fn validate_extensions(flow: &Flow) -> Vec<Violation> {
    let all = || elements(flow).chain([("", &flow.extensions)]);
    let size: usize = all().flat_map(|(_, pieces)| pieces).map(String::len).sum();
    if size == 0 && all().all(|(_, pieces)| pieces.is_empty()) {
        return Vec::new();
    }
    if size > MAX_EXTENSIONS {
        return vec![too_large()];
    }
    let mut violations = Vec::new();
    let mut read = Vec::new();
    for (id, pieces) in all() {
        let mut met = Vec::new();
        for (index, xml) in pieces.iter().enumerate() {
            if violations.len() >= MAX_VIOLATIONS {
                return violations;
            }
            match parse(xml.as_bytes()) {
                Err(fault) => violations.extend(fault.violations.into_iter().map(|v| {
                    let crate::text::Text { da, sv, en } = v.text;
                    let text = text!(
                        "extensions[{index}] på »{id}« kan ikke læses: {da}",
                        "extensions[{index}] på ”{id}” kan inte läsas: {sv}",
                        "extensions[{index}] of \"{id}\" cannot be read: {en}"
                    );
                    Violation::of_element(id, "extension_invalid", text)
                })),
                Ok(piece) => {
                    let single = (part(&piece), piece.is(Space::Model, "dataObject"));
                    let fits = if id.is_empty() {
                        is_of_file(&piece)
                    } else {
                        is_of_element(&piece) && !met.contains(&single)
                    };
                    met.push(single);
                    if !fits {
                        let name = piece.qualified();
                        let text = text!(
                            "extensions[{index}] på »{id}« er et element »{name}«, som ikke hører til der.",
                            "extensions[{index}] på ”{id}” är ett element ”{name}”, som inte hör hemma där.",
                            "extensions[{index}] of \"{id}\" is an element \"{name}\", which does not belong there."
                        );
                        violations.push(Violation::of_element(id, "extension_misplaced", text));
                    }
                    read.push(piece);
                }
            }
        }
    }
    if !violations.is_empty() {
        return violations;
    }
    if declarations(read.iter()) > MAX_EXTENSIONS {
        return vec![too_large()];
    }
    drop(read);
    contradictions(flow)
}

fn too_large() -> Violation {
    let limit = MAX_EXTENSIONS / 1_000_000;
    let text = text!(
        "Flowets extensions fylder mere end {limit} MB tilsammen.",
        "Flödets extensions är större än {limit} MB tillsammans.",
        "The flow's extensions are larger than {limit} MB together."
    );
    Violation::at("", "extensions_too_large", text)
}

/// What a piece of the file as a whole may be.
fn is_of_file(piece: &Element) -> bool {
    match piece.space {
        Space::Model => names::node_kind(&piece.name).is_none(),
        Space::Diagram => piece.name == "BPMNDiagram",
        _ => false,
    }
}

/// What a piece of an element may be: that element, of whatever name, or what is drawn of it.
fn is_of_element(piece: &Element) -> bool {
    match piece.space {
        Space::Model => !matches!(piece.name.as_str(), "definitions" | "process" | "collaboration"),
        Space::Diagram => matches!(piece.name.as_str(), "BPMNShape" | "BPMNEdge" | "BPMNDiagram"),
        _ => false,
    }
}

/// The elements that an export of the flow with its extensions would make something else of.
fn contradictions(flow: &Flow) -> Vec<Violation> {
    let process = ExportedProcess { id: "process", name: None, documentation: None, executable: None, flow };
    let plain = |flow: &Flow| {
        let mut plain = flow.clone();
        plain.extensions.clear();
        elements_mut(&mut plain).for_each(|(_, pieces)| pieces.clear());
        plain
    };
    let told = |id: &str, detail: (&str, &str, &str)| {
        let (da, sv, en) = detail;
        let text = text!(
            "Flowets extensions siger andet end flowet selv, ved »{id}«: {da}",
            "Flödets extensions säger annat än flödet självt, vid ”{id}”: {sv}",
            "The flow's extensions say other things than the flow itself, at \"{id}\": {en}"
        );
        Violation::of_element(id, "extension_contradicts", text)
    };
    let again = match import(export(&process).as_bytes()) {
        Ok(again) => again,
        Err(fault) => {
            let all = fault.violations.into_iter();
            return all
                .map(|v| told(v.element.as_deref().unwrap_or_default(), (&v.text.da, &v.text.sv, &v.text.en)))
                .collect();
        }
    };
    let [only] = &again.processes[..] else {
        return vec![told(
            "",
            ("der er flere processer.", "det finns flera processer.", "there are several processes."),
        )];
    };
    let (mut before, after) = (plain(flow), plain(&only.flow));
    round(&mut before);
    if before == after {
        return Vec::new();
    }
    let id = first_difference(&before, &after);
    vec![told(
        &id,
        (
            "felterne og extensions passer ikke sammen.",
            "fälten och extensions passar inte ihop.",
            "the fields and the extensions do not fit together.",
        ),
    )]
}

/// The id of the first element that only one of the flows has, or that differs.
fn first_difference(before: &Flow, after: &Flow) -> String {
    macro_rules! compare {
        ($($list:ident),*) => {$(
            let places = 0..before.$list.len().max(after.$list.len());
            for (one, other) in places.map(|place| (before.$list.get(place), after.$list.get(place))) {
                if one != other && let Some(found) = one.or(other) {
                    return found.id.clone();
                }
            }
        )*};
    }
    compare!(nodes, sequence_flows, pools, lanes, message_flows, data, artifacts, associations);
    String::new()
}

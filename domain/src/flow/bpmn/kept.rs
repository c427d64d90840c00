//! What other tools say in a file and the flow has no meaning for: kept beside the flow, and said again by an export.
//!
//! An import writes the flow as an export would and keeps, of each element of the file, what that lacks: a *piece*, the
//! element without what the flow says itself. An export adds the pieces to what it writes. Where a flow was changed in
//! the meantime, it wins over its pieces.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::names;
use super::xml::{Attribute, Binding, Element, Space, parse};
use crate::flow::Flow;

/// The pieces of a flow.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) definitions: Option<Element>,
    pub(super) process: Option<Element>,
    pub(super) collaborations: Vec<Element>,
    /// Whole root elements.
    pub(super) roots: Vec<Element>,
    /// The first says what the process's own diagram lacks, the others are whole.
    pub(super) diagrams: Vec<Element>,
    pieces: HashMap<(Part, String), Element>,
}

/// What a piece of an element belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Model,
    /// Its shape or edge.
    Drawn,
    /// The diagram of what lies in a closed sub-process.
    Plane,
}

/// The ids and pieces of all of a flow's elements that may have any.
pub(super) fn elements(flow: &Flow) -> impl Iterator<Item = (&str, &Vec<String>)> {
    let nodes = flow.nodes.iter().map(|n| (n.id.as_str(), &n.extensions));
    let flows = flow.sequence_flows.iter().map(|f| (f.id.as_str(), &f.extensions));
    let pools = flow.pools.iter().map(|p| (p.id.as_str(), &p.extensions));
    let lanes = flow.lanes.iter().map(|l| (l.id.as_str(), &l.extensions));
    let messages = flow.message_flows.iter().map(|m| (m.id.as_str(), &m.extensions));
    let data = flow.data.iter().map(|d| (d.id.as_str(), &d.extensions));
    let artifacts = flow.artifacts.iter().map(|a| (a.id.as_str(), &a.extensions));
    let associations = flow.associations.iter().map(|a| (a.id.as_str(), &a.extensions));
    nodes
        .chain(flows)
        .chain(pools)
        .chain(lanes)
        .chain(messages)
        .chain(data)
        .chain(artifacts)
        .chain(associations)
}

/// The same, to be written.
pub(super) fn elements_mut(flow: &mut Flow) -> impl Iterator<Item = (&str, &mut Vec<String>)> {
    let nodes = flow.nodes.iter_mut().map(|n| (n.id.as_str(), &mut n.extensions));
    let flows = flow.sequence_flows.iter_mut().map(|f| (f.id.as_str(), &mut f.extensions));
    let pools = flow.pools.iter_mut().map(|p| (p.id.as_str(), &mut p.extensions));
    let lanes = flow.lanes.iter_mut().map(|l| (l.id.as_str(), &mut l.extensions));
    let messages = flow.message_flows.iter_mut().map(|m| (m.id.as_str(), &mut m.extensions));
    let data = flow.data.iter_mut().map(|d| (d.id.as_str(), &mut d.extensions));
    let artifacts = flow.artifacts.iter_mut().map(|a| (a.id.as_str(), &mut a.extensions));
    let associations = flow.associations.iter_mut().map(|a| (a.id.as_str(), &mut a.extensions));
    nodes
        .chain(flows)
        .chain(pools)
        .chain(lanes)
        .chain(messages)
        .chain(data)
        .chain(artifacts)
        .chain(associations)
}

impl Flow {
    /// The flow as whoever is not of its account may have it: elements by their names, without ids of activities, processes,
    /// process roles, forms and people, and without what other tools say of it.
    #[must_use]
    pub fn for_outsiders(mut self) -> Self {
        self.extensions.clear();
        elements_mut(&mut self).for_each(|(_, pieces)| pieces.clear());
        for node in &mut self.nodes {
            (node.activity_id, node.process_id, node.step) = (None, None, None);
        }
        self.lanes.iter_mut().for_each(|lane| lane.process_role_id = None);
        self
    }
}

impl Kept {
    /// Reads a flow's pieces; what is none is passed over.
    pub(super) fn read(flow: &Flow) -> Self {
        let mut kept = Self::default();
        for piece in flow.extensions.iter().filter_map(|xml| read(xml)) {
            kept.add(piece);
        }
        let objects: HashMap<&str, &str> =
            flow.data.iter().filter_map(|d| Some((d.id.as_str(), d.refers_to.as_deref()?))).collect();
        for (id, pieces) in elements(flow) {
            for piece in pieces.iter().filter_map(|xml| read(xml)) {
                let object = objects.get(id).filter(|_| piece.is(Space::Model, "dataObject"));
                kept.pieces.entry((part(&piece), (*object.unwrap_or(&id)).to_owned())).or_insert(piece);
            }
        }
        kept
    }

    /// Adds a piece of the file as a whole.
    pub(super) fn add(&mut self, piece: Element) {
        match (piece.space, piece.name.as_str()) {
            (Space::Model, "definitions") => self.definitions = Some(piece),
            (Space::Model, "process") => self.process = Some(piece),
            (Space::Model, "collaboration") => self.collaborations.push(piece),
            (Space::Diagram, _) => self.diagrams.push(piece),
            _ => self.roots.push(piece),
        }
    }

    pub(super) fn piece(&self, id: &str) -> Option<&Element> {
        self.pieces.get(&(Part::Model, id.to_owned()))
    }

    /// Every id that a piece has.
    pub(super) fn ids(&self) -> Vec<&str> {
        fn collect<'a>(element: &'a Element, found: &mut Vec<&'a str>) {
            found.extend(element.get("id"));
            element.children.iter().for_each(|c| collect(c, found));
        }
        let mut found = Vec::new();
        let own = [&self.definitions, &self.process].into_iter().flatten();
        let lists = self.collaborations.iter().chain(&self.roots).chain(&self.diagrams);
        own.chain(lists).chain(self.pieces.values()).for_each(|e| collect(e, &mut found));
        found
    }

    /// Adds all pieces to what was written of the flow.
    pub(super) fn complete(mut self, root: &mut Element) {
        let mut collaborations = self.collaborations.drain(..).collect::<Vec<_>>().into_iter();
        let mut diagrams = self.diagrams.drain(..).collect::<Vec<_>>().into_iter();
        let own = |c: &&Element| c.is(Space::Model, "process") || c.is(Space::Model, "collaboration");
        let own: Vec<String> = root.children.iter().filter(own).map(|c| c.id().to_owned()).collect();
        for child in &mut root.children {
            self.complete_inside(child);
            let piece = match (child.space, child.name.as_str()) {
                (Space::Model, "process") => self.process.take(),
                (Space::Model, "collaboration") => collaborations.next(),
                (Space::Diagram, _) if plane(child).is_some_and(|id| own.iter().any(|o| o == id)) => {
                    diagrams.next()
                }
                _ => None,
            };
            if let Some(piece) = piece {
                merge(child, piece);
            }
        }
        root.children.extend(collaborations.chain(self.roots.drain(..)).chain(diagrams));
        merge(root, self.definitions.take().unwrap_or_else(|| Element::new(Space::Model, "definitions")));
    }

    fn complete_inside(&mut self, element: &mut Element) {
        element.children.iter_mut().for_each(|c| self.complete_inside(c));
        let key = match element.space {
            Space::Model => element.get("id").map(|id| (Part::Model, id)),
            Space::Diagram if element.name == "BPMNDiagram" => plane(element).map(|id| (Part::Plane, id)),
            Space::Diagram => element.get("bpmnElement").map(|id| (Part::Drawn, id)),
            _ => None,
        };
        let key = key.filter(|_| element.name != "BPMNPlane").map(|(part, id)| (part, id.to_owned()));
        if let Some(piece) = key.and_then(|key| self.pieces.remove(&key)) {
            merge(element, piece);
        }
    }
}

fn read(xml: &str) -> Option<Element> {
    let mut piece = parse(xml.as_bytes()).ok()?;
    let used = namespaces_of(std::iter::once(&piece));
    forget_used(&mut piece, &used);
    Some(piece)
}

/// What a piece belongs to.
pub(super) fn part(piece: &Element) -> Part {
    match (piece.space, piece.name.as_str()) {
        (Space::Diagram, "BPMNDiagram") => Part::Plane,
        (Space::Diagram, _) => Part::Drawn,
        _ => Part::Model,
    }
}

/// What a diagram shows.
pub(super) fn plane(diagram: &Element) -> Option<&str> {
    diagram.children.iter().find(|c| c.is(Space::Diagram, "BPMNPlane"))?.get("bpmnElement")
}

/// Where among these those are that are told apart by their place, by name.
pub(super) fn placed(children: &[Element]) -> HashMap<(Space, &str), Vec<usize>> {
    let mut found: HashMap<(Space, &str), Vec<usize>> = HashMap::new();
    for (place, child) in children.iter().enumerate().filter(|(_, c)| names::is_placed(c)) {
        found.entry((child.space, &child.name)).or_default().push(place);
    }
    found
}

/// Adds to an element what its piece says besides.
fn merge(element: &mut Element, piece: Element) {
    // A reference to no object is the one thing that the flow does not tell from an object.
    if element.is(Space::Model, "dataObject") && piece.is(Space::Model, "dataObjectReference") {
        element.name.clone_from(&piece.name);
    }
    for attribute in piece.attributes {
        let same = |a: &&mut Attribute| {
            (a.space, &a.binding, &a.name) == (attribute.space, &attribute.binding, &attribute.name)
        };
        match element.attributes.iter_mut().find(same) {
            None => element.attributes.push(attribute),
            Some(own) if is_made_up(element.space, own) || is_prefixed(&attribute.value, &own.value) => {
                *own = attribute;
            }
            Some(_) => {}
        }
    }
    element.declared.extend(piece.declared);
    let own = placed(&element.children);
    let own: HashMap<(Space, String), Vec<usize>> =
        own.into_iter().map(|((space, name), places)| ((space, name.to_owned()), places)).collect();
    let mut met: HashMap<String, usize> = HashMap::new();
    for child in piece.children {
        if !names::is_placed(&child) {
            element.children.push(child);
            continue;
        }
        let key = (child.space, child.name.clone());
        let place = met.entry(child.name.clone()).or_default();
        if let Some(own) = own.get(&key).and_then(|places| places.get(*place)) {
            *place += 1;
            merge(&mut element.children[*own], child);
        } else if *place > 0 || !names::is_told(&element.name, &child.name) {
            *place += 1;
            element.children.push(child);
        }
    }
    let root = element.is(Space::Model, "definitions");
    let process = element.is(Space::Model, "process");
    element.children.sort_by_key(|c| names::rank(c, root, process));
}

/// Whether an export made the value up, since the flow does not say which.
pub(super) fn is_made_up(space: Space, attribute: &Attribute) -> bool {
    match (attribute.space, attribute.name.as_str()) {
        (Space::Plain, "id") => attribute.value.starts_with(names::MADE_UP) || space == Space::Diagram,
        (Space::Plain, "targetNamespace") => attribute.value == names::STYR,
        (Space::Plain, "isMarkerVisible") | (Space::Instance, _) => true,
        _ => false,
    }
}

/// Whether one name is the other with a prefix before it.
pub(super) fn is_prefixed(name: &str, local: &str) -> bool {
    name.rsplit_once(':').is_some_and(|(_, end)| end == local)
}

/// How many bytes an export of the pieces may need at most to declare what names mean where prefixes have several meanings;
/// what has one is declared once.
pub(super) fn declarations<'e>(pieces: impl Iterator<Item = &'e Element>) -> usize {
    fn of(element: &Element) -> impl Iterator<Item = &Binding> {
        element.attributes.iter().map(|a| &a.binding).chain([&element.binding]).filter_map(Option::as_deref)
    }
    type Uses<'e> = HashMap<&'e str, (HashSet<&'e str>, usize)>;
    fn collect<'e>(element: &'e Element, around: Option<&Element>, found: &mut Uses<'e>) {
        for binding in of(element) {
            if !around.is_some_and(|around| of(around).any(|b| b == binding)) {
                let (meanings, bytes) = found.entry(&binding.prefix).or_default();
                meanings.insert(&binding.uri);
                *bytes += binding.uri.len();
            }
        }
        element.children.iter().for_each(|c| collect(c, Some(element), found));
    }
    let mut found = Uses::new();
    pieces.for_each(|piece| collect(piece, None, &mut found));
    let several = found.iter().filter(|(prefix, (meanings, _))| prefix.is_empty() || meanings.len() > 1);
    several.map(|(_, (_, bytes))| bytes).sum()
}

/// The foreign namespaces that names in the pieces use.
pub(super) fn namespaces_of<'e>(pieces: impl Iterator<Item = &'e Element>) -> HashSet<Rc<Binding>> {
    fn collect(element: &Element, found: &mut HashSet<Rc<Binding>>) {
        found.extend(element.binding.clone());
        found.extend(element.attributes.iter().filter_map(|a| a.binding.clone()));
        element.children.iter().for_each(|c| collect(c, found));
    }
    let mut found = HashSet::new();
    pieces.for_each(|piece| collect(piece, &mut found));
    found
}

/// Forgets declarations that are written wherever names need them.
pub(super) fn forget_used(piece: &mut Element, used: &HashSet<Rc<Binding>>) {
    piece.declared.retain(|binding| !used.contains(binding));
    piece.children.iter_mut().for_each(|c| forget_used(c, used));
}

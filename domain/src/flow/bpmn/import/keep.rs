//! What the flows lack of the file: kept as their extensions, and reported.

use std::collections::{HashMap, HashSet};

use super::homes::Drawings;
use super::ids::is_named;
use super::{File, ImportedProcess, reason};
use crate::fault::Violation;
use crate::flow::bpmn::export::{ExportedProcess, tree};
use crate::flow::bpmn::kept::{
    Kept, declarations, elements, elements_mut, forget_used, is_made_up, is_prefixed, namespaces_of, placed,
    plane,
};
use crate::flow::bpmn::names::{self, PLACEHOLDER};
use crate::flow::bpmn::xml::{Attribute, Element, Space, compact, is_ncname};
use crate::flow::bpmn::{MAX_BYTES, MAX_EXTENSIONS};
use crate::text;

/// References that the export chooses, from among equals the one that the piece names.
const CHOSEN: [&str; 5] = ["messageRef", "signalRef", "errorRef", "escalationRef", "categoryValueRef"];

/// What an export writes from other parts of the flow.
const WRITTEN: [&str; 5] = ["incoming", "outgoing", "flowNodeRef", "Bounds", "waypoint"];

impl<'a> File<'a> {
    /// Gives each process's flow what it lacks of the file; says which flows would become too large by that, until all
    /// together are.
    pub(super) fn keep(&mut self, processes: &mut [ImportedProcess]) -> Vec<Violation> {
        let mut violations = Vec::new();
        let mut carried: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, id) in processes.iter().enumerate().flat_map(|(i, p)| ids_of(p).map(move |id| (i, id))) {
            let of = carried.entry(id).or_default();
            if of.last() != Some(&index) {
                of.push(index);
            }
        }
        let shared = self.roots(processes.len()).zip(self.drawings(processes.len(), &carried));
        let Some((roots, drawings)) = shared else {
            let text = text!(
                "For mange processer henviser til for mange af filens øvrige elementer. Del filen op.",
                "För många processer hänvisar till för många av filens övriga element. Dela upp filen.",
                "Too many processes refer to too many of the file's other elements. Split the file up."
            );
            return vec![Violation::at("", "extensions_too_large", text)];
        };
        let mut all = 0_usize;
        for (index, (process, beside)) in processes.iter_mut().zip(roots.iter().zip(drawings)).enumerate() {
            let (size, own, pieces) = self.pieces(index, process, beside, &carried);
            all = all.saturating_add(size);
            if size > MAX_EXTENSIONS || all > MAX_BYTES {
                let limit = MAX_EXTENSIONS / 1_000_000;
                violations.push(Violation::of_element(
                    &process.bpmn_id,
                    "extensions_too_large",
                    text!(
                        "Det, som andre værktøjer har sat til processen, fylder mere end {limit} MB. Fjern det, eller del filen op.",
                        "Det som andra verktyg har lagt till processen är större än {limit} MB. Ta bort det eller dela upp filen.",
                        "What other tools added to the process is larger than {limit} MB. Remove it, or split the file up."
                    ),
                ));
                if all > MAX_BYTES {
                    break;
                }
                continue;
            }
            process.flow.extensions = own;
            for (id, extensions) in elements_mut(&mut process.flow) {
                *extensions = pieces.get(id).cloned().unwrap_or_default();
            }
        }
        violations
    }

    /// The pieces of the file as a whole and those of each element, and their size; no more of them than would be kept.
    fn pieces(
        &mut self,
        index: usize,
        process: &ImportedProcess,
        (roots, drawings): (&Vec<&'a Element>, Drawings<'a>),
        carried: &HashMap<String, Vec<usize>>,
    ) -> (usize, Vec<String>, HashMap<String, Vec<String>>) {
        let element = self.processes[index];
        let around = self.around[index];
        let mut kept = Kept::default();
        let mut identity = Element::new(Space::Model, "process");
        if element.styr("given").is_none() {
            identity.attributes.push(Attribute::plain("id", element.id()));
        }
        kept.add(identity);
        if let Some(around) = around.filter(|a| !a.id().starts_with(names::MADE_UP)) {
            let mut identity = Element::new(Space::Model, "collaboration");
            identity.attributes.push(Attribute::plain("id", around.id()));
            kept.add(identity);
        }
        let is_own = |root: &Element| root.id().starts_with(names::MADE_UP) || root.space != Space::Model;
        let beside = |root: &Element| {
            matches!(root.name.as_str(), "import" | "extension" | "extensionElements" | "relationship")
        };
        let whole_roots = roots.iter().filter(|r| !is_own(r) && !beside(r));
        let whole_roots = whole_roots
            .filter(|r| r.name != "process" && (r.name != "collaboration" || !self.owned.contains(&r.id())));
        // An export writes a data store by itself where that has nothing but its id.
        let stores: HashSet<&str> = process.flow.data.iter().filter_map(|d| d.refers_to.as_deref()).collect();
        let says_more = |r: &&&Element| {
            r.name != "dataStore"
                || r.attributes.len() > 1
                || !r.children.is_empty()
                || !stores.contains(r.id())
        };
        let mut whole_roots: Vec<&Element> = whole_roots.filter(says_more).copied().collect();
        whole_roots.sort_by_key(|root| root.name != "collaboration");
        whole_roots.iter().for_each(|root| kept.roots.push((*root).clone()));
        let written = tree(
            &ExportedProcess {
                id: &process.bpmn_id,
                name: process.name.as_deref(),
                documentation: process.documentation.as_deref(),
                executable: None,
                flow: &process.flow,
            },
            &kept,
        );
        let root = self.root;
        let here = ids_of(process).collect();
        let mut keeper =
            Keeper { file: self, carried, here, index, written: HashMap::new(), pieces: Vec::new() };
        keeper.index(&written);
        let bare = Element::new(Space::Model, "definitions");
        let mut own = Vec::new();
        let file = root.id().to_owned();
        let mut definitions = keeper.head(&file, root, &written);
        for root in roots.iter().filter(|r| beside(r) || r.space == Space::Foreign) {
            keeper.report(&file, root);
            definitions.children.push(keeper.whole(root));
        }
        own.push(definitions);
        let mut of_process = keeper.piece(element.id(), element, written.first("process").unwrap_or(&bare));
        if element.styr("given").is_none() {
            of_process.attributes.insert(0, Attribute::plain("id", element.id()));
        }
        own.push(of_process);
        keeper.inside(element);
        if let Some(around) = around {
            let mut piece =
                keeper.piece(around.id(), around, written.first("collaboration").unwrap_or(&bare));
            if !around.id().starts_with(names::MADE_UP) {
                piece.attributes.insert(0, Attribute::plain("id", around.id()));
            }
            own.push(piece);
            keeper.inside(around);
        }
        own.extend(whole_roots.iter().map(|root| keeper.whole(root)));
        own.retain(|piece| !piece.is_bare());
        own.extend(keeper.diagrams(&written, drawings));
        let mut pieces = keeper.pieces;
        let used = namespaces_of(own.iter().chain(pieces.iter().map(|(_, piece)| piece)));
        let all = own.iter_mut().chain(pieces.iter_mut().map(|(_, piece)| piece));
        all.for_each(|piece| forget_used(piece, &used));
        own.retain(|piece| !piece.is_bare() || piece.space == Space::Diagram);
        let objects: HashMap<&str, &str> = (process.flow.data.iter().rev())
            .filter_map(|d| Some((d.refers_to.as_deref()?, d.id.as_str())))
            .collect();
        let unsaid: HashSet<&str> = (process.flow.data.iter())
            .filter_map(|d| Some(d.id.as_str()).filter(|_| d.refers_to.is_none()))
            .collect();
        pieces.retain(|(id, piece)| {
            !piece.is_bare() || piece.name == "dataObjectReference" && unsaid.contains(id.as_str())
        });
        let mut size = declarations(own.iter().chain(pieces.iter().map(|(_, piece)| piece)));
        let mut write = |piece: &Element| {
            let text = if size <= MAX_EXTENSIONS { compact(piece) } else { String::new() };
            size += text.len();
            text
        };
        let mut by_element: HashMap<String, Vec<String>> = HashMap::new();
        for (id, piece) in &pieces {
            let owner =
                objects.get(id.as_str()).copied().filter(|_| piece.name == "dataObject").unwrap_or(id);
            by_element.entry(owner.to_owned()).or_default().push(write(piece));
        }
        let own = own.iter().map(write).collect();
        (size, own, by_element)
    }
}

/// The ids that a process's flow says something of.
fn ids_of(process: &ImportedProcess) -> impl Iterator<Item = String> {
    let own = elements(&process.flow).map(|(id, _)| id.to_owned());
    let objects = process.flow.data.iter().filter_map(|d| d.refers_to.clone());
    own.chain(objects).chain([process.bpmn_id.clone()])
}

/// Finds the pieces of one process.
struct Keeper<'f, 'a, 'm> {
    file: &'f mut File<'a>,
    /// The ids of all elements that some flow of the file has.
    carried: &'f HashMap<String, Vec<usize>>,
    /// Those that this flow has.
    here: HashSet<String>,
    index: usize,
    /// What the export wrote of each, by name and id.
    written: HashMap<(&'m str, &'m str), &'m Element>,
    pieces: Vec<(String, Element)>,
}

impl<'a, 'm> Keeper<'_, 'a, 'm> {
    fn index(&mut self, element: &'m Element) {
        if element.space == Space::Model {
            if self.here.contains(element.id()) {
                self.written.insert((&element.name, element.id()), element);
            }
            element.children.iter().for_each(|c| self.index(c));
        }
    }

    /// Finds the pieces of all elements inside that the flow has.
    fn inside(&mut self, element: &'a Element) {
        let model = |c: &&Element| c.space == Space::Model && c.name != "extensionElements";
        for child in element.children.iter().filter(model) {
            if let Some(written) = self.written(child) {
                let piece = self.piece(child.id(), child, written);
                self.pieces.push((child.id().to_owned(), piece));
            }
            self.inside(child);
        }
    }

    fn written(&self, element: &Element) -> Option<&'m Element> {
        let of = |name| self.written.get(&(name, element.id())).copied();
        let object = || of("dataObject").filter(|_| element.name == "dataObjectReference");
        of(element.name.as_str()).or_else(object)
    }

    /// Whether the element is told of elsewhere: at its own place in this flow, or in another.
    fn is_elsewhere(&self, element: &Element) -> bool {
        element.space == Space::Styr
            || element.space == Space::Model
                && (self.written(element).is_some()
                    || (is_named(&element.name) && self.carried.contains_key(element.id()))
                    || (element.id().starts_with(names::MADE_UP) && !names::is_placed(element)))
    }

    /// The element with the attributes that the export did not write.
    fn head(&mut self, owner: &str, element: &Element, written: &Element) -> Element {
        let mut piece = Element::new(element.space, &element.name);
        piece.declared.clone_from(&element.declared);
        let mut lost: Vec<String> = Vec::new();
        for attribute in &element.attributes {
            let same = |a: &&Attribute| {
                (a.space, &a.binding, &a.name) == (attribute.space, &attribute.binding, &attribute.name)
            };
            let own = written.attributes.iter().find(same);
            let differs = own.is_none_or(|own| {
                let (told, own_told) = (attribute.value.trim(), own.value.as_str());
                told != own_told
                    && (is_made_up(element.space, own)
                        || attribute.name == "calledElement" && is_prefixed(told, own_told)
                        || CHOSEN.contains(&attribute.name.as_str()))
            });
            if differs && !is_ours(element, attribute) {
                let mut kept = attribute.clone();
                // Where the export has the attribute too, it is an id or a reference.
                if own.is_some() && kept.value.trim().len() < kept.value.len() {
                    kept.value = kept.value.trim().to_owned();
                }
                piece.attributes.push(kept);
                if own.is_none() && is_telling(attribute) {
                    lost.push(attribute.qualified());
                }
            }
        }
        // An export puts them behind its own, so their order says nothing.
        piece.attributes.sort_by(|a, b| (a.name != "id", &a.name).cmp(&(b.name != "id", &b.name)));
        if !lost.is_empty() && element.space == Space::Model {
            let lost = lost.join(", ");
            self.file.leave_kept(
                owner,
                &element.name,
                text!("attributterne {lost}.", "attributen {lost}.", "the attributes {lost}."),
            );
        }
        piece
    }

    /// The element without what the export wrote of it.
    fn piece(&mut self, owner: &str, element: &Element, written: &Element) -> Element {
        let mut piece = self.head(owner, element, written);
        let placed = placed(&written.children);
        let mut met: HashMap<&str, usize> = HashMap::new();
        // How many of a name are to be stepped over, since nothing of them is kept.
        let mut bare: HashMap<&str, usize> = HashMap::new();
        for child in &element.children {
            let name = child.name.as_str();
            if self.is_elsewhere(child)
                || child.space != Space::Foreign && WRITTEN.contains(&name)
                || self.is_told_end(element, child, written, &mut met)
            {
                continue;
            }
            if !names::is_placed(child) {
                self.report(owner, child);
                piece.children.push(self.whole(child));
                continue;
            }
            let place = met.entry(name).or_default();
            let found = placed.get(&(child.space, name)).and_then(|places| places.get(*place));
            *place += 1;
            let kept = match found {
                Some(found) => self.piece(owner, child, &written.children[*found]),
                None => {
                    self.report(owner, child);
                    self.whole(child)
                }
            };
            if kept.is_bare() {
                *bare.entry(name).or_default() += 1;
            } else {
                for _ in 0..bare.remove(name).unwrap_or_default() {
                    piece.children.push(Element::new(child.space, name));
                }
                piece.children.push(kept);
            }
        }
        piece
    }

    /// Whether the child is the end of a data association that the flow knows.
    fn is_told_end<'e>(
        &self,
        element: &Element,
        child: &'e Element,
        written: &Element,
        met: &mut HashMap<&'e str, usize>,
    ) -> bool {
        let told = match (element.name.as_str(), child.name.as_str()) {
            ("dataInputAssociation", "sourceRef") | ("dataOutputAssociation", "targetRef") => true,
            ("dataInputAssociation", "targetRef") => {
                return written.first("targetRef").is_some_and(|own| own.text == child.text);
            }
            _ => false,
        };
        let place = met.entry(&child.name).or_default();
        if told {
            *place += 1;
        }
        told && *place == 1
    }

    /// The element with all in it but what is told of elsewhere.
    fn whole(&self, element: &Element) -> Element {
        let mut piece = Element { children: Vec::new(), ..Element::new(element.space, &element.name) };
        piece.binding.clone_from(&element.binding);
        let foreign = |a: &&Attribute| {
            a.space != Space::Styr && !(a.name == "id" && a.value.starts_with(names::MADE_UP))
        };
        piece.attributes = element.attributes.iter().filter(foreign).cloned().collect();
        piece.declared.clone_from(&element.declared);
        let inner = element.children.iter().filter(|c| !self.is_elsewhere(c));
        piece.children =
            inner.map(|c| self.whole(c)).filter(|c| c.name != "extensionElements" || !c.is_bare()).collect();
        if element.space == Space::Foreign || !element.text.trim().is_empty() {
            piece.text.clone_from(&element.text);
        }
        piece.tail.clone_from(&element.tail);
        piece
    }

    /// Notes a child that is kept as it is.
    fn report(&mut self, owner: &str, element: &Element) {
        let name = element.name.as_str();
        match element.space {
            Space::Model if name == "extensionElements" => self.file.leave_foreign(owner, &element.children),
            Space::Foreign => self.file.leave_foreign(owner, std::slice::from_ref(element)),
            Space::Model => {
                let placeholder = name == "property" && element.get("name") == Some(PLACEHOLDER);
                if !placeholder
                    && !matches!(name, "sourceRef" | "targetRef" | "conditionExpression" | "laneSet")
                {
                    let owner = if is_named(name) { element.id() } else { owner };
                    self.file.leave_kept(owner, name, reason(name));
                }
            }
            _ => {}
        }
    }

    /// The pieces of what is drawn; gives those of diagrams.
    fn diagrams(&mut self, written: &'m Element, drawings: Drawings<'a>) -> Vec<Element> {
        let main = self.file.mains[self.index];
        let planes: Vec<&Element> =
            written.children.iter().filter(|c| c.is(Space::Diagram, "BPMNDiagram")).collect();
        let mut used: HashSet<*const Element> = HashSet::new();
        for drawn in planes.iter().flat_map(|d| &d.children).flat_map(|p| &p.children) {
            let Some(id) = drawn.get("bpmnElement") else { continue };
            let layout = &self.file.layout;
            let found = match drawn.name.as_str() {
                "BPMNEdge" => layout.edge(main, id).map(|e| e.element),
                _ => layout.shape(main, id).map(|(_, s)| s.element),
            };
            if let Some(found) = found {
                used.insert(found);
                let piece = self.piece(id, found, drawn);
                self.pieces.push((id.to_owned(), piece));
            }
        }
        // What cannot be drawn is reported as left out.
        for id in &self.here {
            let shape = self.file.layout.shape(main, id).filter(|(_, s)| s.bounds.is_none());
            used.extend(shape.map(|(_, s)| std::ptr::from_ref(s.element)));
            let edge = self.file.layout.edge(main, id).filter(|e| e.waypoints.is_empty());
            used.extend(edge.map(|e| std::ptr::from_ref(e.element)));
        }
        let own = |d: &&&Element| {
            plane(d)
                .is_some_and(|id| written.children.iter().any(|c| c.space == Space::Model && c.id() == id))
        };
        let first = planes.iter().find(own).copied();
        let mut rest: HashMap<&str, &Element> =
            planes.iter().filter(|d| !own(d)).filter_map(|d| Some((plane(d)?, *d))).collect();
        let empty = Element::new(Space::Diagram, "BPMNDiagram");
        let (mut head, mut others) = (None, Vec::new());
        for (place, mut drawn) in drawings {
            drawn.retain(|(_, drawn)| !used.contains(&std::ptr::from_ref(*drawn)));
            let diagram = self.file.layout.diagrams[place];
            let shows = plane(diagram).map(|p| self.file.ids.resolve(p)).unwrap_or_default();
            if place == main {
                head = Some(self.diagram(diagram, first.unwrap_or(&empty), &drawn, true));
            } else if let Some(written) = rest.remove(shows.as_str()) {
                let piece = self.diagram(diagram, written, &drawn, true);
                self.pieces.push((shows, piece));
            } else {
                others.push(self.diagram(diagram, &empty, &drawn, false));
            }
        }
        if others.is_empty() && head.as_ref().is_none_or(Element::is_bare) {
            return Vec::new();
        }
        others.insert(0, head.unwrap_or(empty));
        others
    }

    fn diagram(
        &mut self,
        diagram: &Element,
        written: &Element,
        drawn: &[(&Element, &Element)],
        own: bool,
    ) -> Element {
        let mut drawn = drawn.iter().peekable();
        let id = diagram.id();
        let mut piece = self.head(id, diagram, written);
        let bare = Element::new(Space::Diagram, "BPMNPlane");
        for child in &diagram.children {
            if !child.is(Space::Diagram, "BPMNPlane") {
                piece.children.push(self.whole(child));
                continue;
            }
            let of_plane = written.children.iter().find(|c| c.name == "BPMNPlane").unwrap_or(&bare);
            let mut plane = self.head(id, child, of_plane);
            plane.attributes.retain(|a| !own || a.name != "bpmnElement");
            while let Some((_, drawn)) = drawn.next_if(|(of, _)| std::ptr::eq(*of, child)) {
                plane.children.push(self.whole(drawn));
            }
            if !plane.is_bare() {
                piece.children.push(plane);
            }
        }
        let drawing = piece.children.iter().any(|c| c.name == "BPMNPlane" && !c.children.is_empty());
        if drawing {
            self.file.leave_kept(
                id,
                "BPMNDiagram",
                text!(
                    "tegner, hvad et andet diagram også tegner, eller hvad flowet ikke har.",
                    "ritar det som ett annat diagram också ritar, eller det som flödet inte har.",
                    "draws what another diagram draws as well, or what the flow does not have."
                ),
            );
        }
        piece
    }
}

/// Whether the attribute is written by Styr itself, or would be by any tool.
fn is_ours(element: &Element, attribute: &Attribute) -> bool {
    let (name, value) = (attribute.name.as_str(), attribute.value.as_str());
    match attribute.space {
        Space::Styr => true,
        Space::Plain => match (element.name.as_str(), name) {
            ("definitions", "exporter" | "exporterVersion") | ("participant", "processRef") => true,
            ("definitions", "targetNamespace") => value == names::STYR,
            ("process" | "collaboration", "id") => true,
            ("process", "isExecutable") => element.styr("runs").is_some(),
            // An empty name is none, and gets one.
            ("process", "name") => attribute.value.trim().is_empty(),
            (_, "id") if value.starts_with(names::MADE_UP) => true,
            // Other tools pass over what has an id that is none.
            (_, "id") if names::is_placed(element) && !is_ncname(value) => true,
            ("BPMNShape" | "BPMNEdge", "id") => {
                let rest =
                    element.get("bpmnElement").and_then(|of| value.strip_prefix(of)?.strip_prefix("_di"));
                rest.is_some_and(|n| {
                    n.is_empty() || n.strip_prefix('_').is_some_and(|n| n.parse::<u32>().is_ok())
                })
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether the attribute says more than what holds without it, or what the graph shows anyway.
fn is_telling(attribute: &Attribute) -> bool {
    let fixed = matches!(
        (attribute.name.as_str(), attribute.value.as_str()),
        ("startQuantity" | "completionQuantity", "1")
            | ("implementation", "##unspecified" | "##WebService" | "##Unspecified")
            | ("id" | "name" | "gatewayDirection" | "textFormat" | "isExecutable" | "targetNamespace", _)
            | ("instantiate" | "isClosed" | "testBefore" | "isCollection" | "parallelMultiple", "false")
            | ("isForCompensation" | "triggeredByEvent" | "isImmediate", "false")
            | ("associationDirection" | "processType", "None" | "")
            | ("eventGatewayType", "Exclusive")
            | ("method", "##Compensate" | "compensate")
            | ("cancelRemainingInstances" | "isUnlimited" | "cancelActivity" | "isInterrupting", "true")
            | ("itemSubjectRef" | "calledElement" | "default" | "expressionLanguage" | "typeLanguage", "")
    );
    let read = attribute.space == Space::Plain && (fixed || CHOSEN.contains(&attribute.name.as_str()));
    !read && matches!(attribute.space, Space::Plain | Space::Foreign)
}

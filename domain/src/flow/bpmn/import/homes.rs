//! Which processes of a file the rest of it is kept with.

use std::collections::{HashMap, HashSet};

use super::File;
use crate::flow::bpmn::MAX_XML_ELEMENTS;
use crate::flow::bpmn::kept::plane;
use crate::flow::bpmn::xml::{Element, Space};

/// What of each diagram, named by its place, goes with a process: what is drawn, each with its plane.
pub(super) type Drawings<'a> = Vec<(usize, Vec<(&'a Element, &'a Element)>)>;

impl<'a> File<'a> {
    /// The children of the root that are kept with each process: those that it refers to, directly or not; and with the
    /// first, those that none does. None where that would be too many.
    pub(super) fn roots(&self, processes: usize) -> Option<Vec<Vec<&'a Element>>> {
        let mut inside: HashMap<&str, usize> = HashMap::new();
        let is_root =
            |c: &Element| c.space == Space::Model && !matches!(c.name.as_str(), "process" | "collaboration");
        for (place, root) in self.root.children.iter().enumerate().filter(|(_, c)| is_root(c)) {
            ids(root, &mut |id| {
                inside.entry(id).or_insert(place);
            });
        }
        let mut homes: Vec<HashSet<usize>> = vec![HashSet::new(); self.root.children.len()];
        let mut waiting: Vec<(usize, &Element)> = self.root.all("process").enumerate().collect();
        waiting
            .extend(self.around.iter().enumerate().filter_map(|(index, around)| Some((index, (*around)?))));
        // How many elements each has, and to which children of the root it refers: found once for all processes.
        let mut known: HashMap<*const Element, (usize, Vec<usize>)> = HashMap::new();
        let mut count = 0;
        while let Some((process, element)) = waiting.pop() {
            let (_, targets) = known.entry(element).or_insert_with(|| survey(element, &inside));
            for place in targets.clone() {
                if homes[place].insert(process) {
                    let root = &self.root.children[place];
                    count += known.entry(root).or_insert_with(|| survey(root, &inside)).0;
                    waiting.push((process, root));
                }
            }
            if count > MAX_XML_ELEMENTS {
                return None;
            }
        }
        let mut roots = vec![Vec::new(); processes];
        for (child, homes) in self.root.children.iter().zip(&homes) {
            match (child.space, child.name.as_str()) {
                // What holds for the file holds for every process of it.
                (Space::Model, "import" | "extension" | "extensionElements") => {
                    count = count.saturating_add(survey(child, &inside).0.saturating_mul(processes - 1));
                    if count > MAX_XML_ELEMENTS {
                        return None;
                    }
                    roots.iter_mut().for_each(|of| of.push(child));
                }
                _ if homes.is_empty() => roots[0].push(child),
                _ => homes.iter().for_each(|process| roots[*process].push(child)),
            }
        }
        Some(roots)
    }

    /// What is drawn of each process; `carried` are the processes whose flows have an element. None where that would be too
    /// much.
    pub(super) fn drawings(
        &self,
        processes: usize,
        carried: &HashMap<String, Vec<usize>>,
    ) -> Option<Vec<Drawings<'a>>> {
        let homes = |id: Option<&str>| -> Vec<usize> {
            let id = id.map(|id| self.ids.resolve(id)).unwrap_or_default();
            let elsewhere = || vec![self.homes.get(id.as_str()).copied().unwrap_or_default()];
            carried.get(&id).cloned().unwrap_or_else(elsewhere)
        };
        let mut drawings: Vec<Drawings<'a>> = vec![Vec::new(); processes];
        let mut count = 0;
        for (place, diagram) in self.layout.diagrams.iter().enumerate() {
            let planes = diagram.children.iter().filter(|c| c.is(Space::Diagram, "BPMNPlane"));
            let mut drawn: Vec<_> =
                planes.flat_map(|p| p.children.iter().map(move |d| Some((p, d)))).collect();
            // An empty diagram goes with what it shows.
            if drawn.is_empty() {
                drawn.push(None);
            }
            for drawn in drawn {
                for home in homes(drawn.map_or_else(|| plane(diagram), |(_, d)| d.get("bpmnElement"))) {
                    let of = &mut drawings[home];
                    if of.last().is_none_or(|(last, _)| *last != place) {
                        of.push((place, Vec::new()));
                        count += diagram.children.len();
                    }
                    if let Some((_, all)) = of.last_mut() {
                        all.extend(drawn);
                        count += 1;
                    }
                }
                if count > 2 * MAX_XML_ELEMENTS {
                    return None;
                }
            }
        }
        Some(drawings)
    }
}

/// Every id of BPMN's own inside an element, its own too.
fn ids<'a>(element: &'a Element, found: &mut impl FnMut(&'a str)) {
    if let Some(id) = element.get("id") {
        found(id);
    }
    element.children.iter().filter(|c| c.space == Space::Model).for_each(|c| ids(c, found));
}

/// How many elements there are, and the places in `inside` of what they refer to, each once.
fn survey(element: &Element, inside: &HashMap<&str, usize>) -> (usize, Vec<usize>) {
    fn count(element: &Element) -> usize {
        element.children.iter().map(count).sum::<usize>() + 1
    }
    let (mut places, mut met) = (Vec::new(), HashSet::new());
    references(element, &mut |reference| {
        let local = reference.rsplit_once(':').map_or(reference, |(_, local)| local);
        let found = inside.get(reference).or_else(|| inside.get(local));
        places.extend(found.filter(|place| met.insert(**place)));
    });
    (count(element), places)
}

/// Every word inside an element that may be a reference.
fn references<'a>(element: &'a Element, found: &mut impl FnMut(&'a str)) {
    element.attributes.iter().filter(|a| a.name != "id").for_each(|a| found(a.value.trim()));
    if !element.text.is_empty() {
        found(element.text.trim());
    }
    element.children.iter().for_each(|c| references(c, found));
}

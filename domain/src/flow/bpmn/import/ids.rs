//! Ids: every element that the flow holds gets one that is valid and its own.

use std::collections::{HashMap, HashSet};

use crate::fault::Violation;
use crate::flow::bpmn::names;
use crate::flow::bpmn::xml::{Attribute, Element, Space, continues_name, is_ncname, shorten, starts_name};
use crate::flow::{MAX_ID, MAX_VIOLATIONS};
use crate::text;
use crate::text::Text;

/// The elements besides nodes whose ids the flow keeps.
const NAMED: [&str; 14] = [
    "process",
    "participant",
    "messageFlow",
    "lane",
    "sequenceFlow",
    "dataObject",
    "dataObjectReference",
    "dataStore",
    "dataStoreReference",
    "textAnnotation",
    "group",
    "association",
    "dataInputAssociation",
    "dataOutputAssociation",
];

/// The ids of a file, as the flow has them.
#[derive(Default)]
pub(super) struct Ids {
    taken: HashSet<String>,
    renamed: HashMap<String, String>,
    /// The new ids of elements whose own was not valid, with the old ones and the elements' names.
    pub(super) changed: Vec<(String, String, String)>,
    pub(super) clashes: Vec<Violation>,
}

impl Ids {
    /// Gives ids to the elements that lack them, and replaces those that are not XML names.
    pub(super) fn settle(root: &mut Element) -> Self {
        let mut ids = Self::default();
        ids.collect(root);
        let mut own = HashSet::new();
        ids.mend(root, &mut own);
        ids
    }

    /// The id of the element that a reference means, with or without a prefix.
    pub(super) fn resolve(&self, reference: &str) -> String {
        let reference = reference.trim();
        let direct = |r: &str| self.renamed.get(r).or_else(|| self.taken.get(r)).cloned();
        let local = reference.rsplit_once(':').map_or(reference, |(_, local)| local);
        direct(reference).or_else(|| direct(local)).unwrap_or_else(|| local.to_owned())
    }

    fn collect(&mut self, element: &mut Element) {
        let is_id_attribute = |a: &&mut Attribute| a.space == Space::Plain && a.name == "id";
        if element.space == Space::Model
            && let Some(id) = element.attributes.iter_mut().find(is_id_attribute)
        {
            // Spaces around an id do not count (XML Schema, collapse).
            if id.value.trim().len() < id.value.len() {
                id.value = id.value.trim().to_owned();
            }
            if is_id(&id.value) {
                self.taken.insert(id.value.clone());
            }
        }
        element.children.iter_mut().filter(|c| c.name != "extensionElements").for_each(|c| self.collect(c));
    }

    fn mend(&mut self, element: &mut Element, own: &mut HashSet<String>) {
        if element.space == Space::Model && is_named(&element.name) {
            self.mend_one(element, own);
        }
        // The inputs and outputs of a process are elements of its drawing, those of a task are not.
        let drawn =
            element.space == Space::Model && matches!(element.name.as_str(), "process" | "subProcess");
        for child in &mut element.children {
            if drawn && child.is(Space::Model, "ioSpecification") {
                let data = |c: &&mut Element| matches!(c.name.as_str(), "dataInput" | "dataOutput");
                child.children.iter_mut().filter(data).for_each(|c| self.mend_one(c, own));
            }
            if child.name != "extensionElements" {
                self.mend(child, own);
            }
        }
    }

    fn mend_one(&mut self, element: &mut Element, own: &mut HashSet<String>) {
        let id = element.id().to_owned();
        if is_id(&id) && own.insert(id.clone()) {
            return;
        }
        // Nothing refers to a data association, so a clash of its id does no harm.
        let free = element.name.ends_with("Association");
        if is_id(&id) && !free {
            let name = &element.name;
            let text = text!(
                "Flere elementer har id »{id}« (her en {name}). Giv hvert sit eget.",
                "Flera element har id ”{id}” (här en {name}). Ge vart och ett sitt eget.",
                "Several elements have the id \"{id}\" (here a {name}). Give each its own."
            );
            return self.clash(&id, text);
        }
        let fresh = self.fresh(&id, &element.name);
        own.insert(fresh.clone());
        if !id.is_empty() && !free {
            if self.renamed.insert(id.clone(), fresh.clone()).is_some() {
                let id = shorten(&id);
                let text = text!(
                    "Flere elementer har id »{id}«. Giv hvert sit eget.",
                    "Flera element har id ”{id}”. Ge vart och ett sitt eget.",
                    "Several elements have the id \"{id}\". Give each its own."
                );
                self.clash(id, text);
            }
            self.changed.push((fresh.clone(), shorten(&id).to_owned(), element.name.clone()));
        }
        element.attributes.retain(|a| a.space != Space::Plain || a.name != "id");
        element.attributes.push(Attribute::plain("id", fresh));
    }

    fn clash(&mut self, id: &str, text: Text) {
        if self.clashes.len() < MAX_VIOLATIONS {
            self.clashes.push(Violation::of_element(id, "id_clash", text));
        }
    }

    /// An id like this one that is an XML name and not taken.
    pub(super) fn fresh(&mut self, like: &str, name: &str) -> String {
        let mut base: String =
            shorten(like).chars().map(|c| if continues_name(c) { c } else { '_' }).collect();
        if base.is_empty() {
            name.clone_into(&mut base);
        } else if !base.starts_with(starts_name) {
            base.insert(0, '_');
        }
        unique(&mut self.taken, base)
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= MAX_ID && is_ncname(text)
}

pub(super) fn is_named(name: &str) -> bool {
    names::node_kind(name).is_some() || NAMED.contains(&name)
}

/// The name itself, or with a number behind it where it is taken.
pub(in crate::flow::bpmn) fn unique(taken: &mut HashSet<String>, base: String) -> String {
    if taken.insert(base.clone()) {
        return base;
    }
    // Doubling first and counting from there keeps many elements of one name from counting through all of them.
    let mut number = 2_usize;
    while taken.contains(&format!("{base}_{number}")) {
        number *= 2;
    }
    let mut low = number / 2;
    while low + 1 < number {
        let middle = low.midpoint(number);
        if taken.contains(&format!("{base}_{middle}")) {
            low = middle;
        } else {
            number = middle;
        }
    }
    let id = format!("{base}_{number}");
    taken.insert(id.clone());
    id
}

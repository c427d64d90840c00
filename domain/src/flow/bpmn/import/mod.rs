//! BPMN 2.0 XML to flows.

use std::collections::{HashMap, HashSet};

use self::ids::Ids;
use self::process::ProcessReader;
use self::report::reason;
use super::layout::Layout;
use super::xml::{self, Element, Space, refused};
use super::{MAX_BYTES, names};
use crate::fault::{Fault, Violation};
use crate::flow::{Flow, MAX_VIOLATIONS, Pool, validate::validate_graph};
use crate::text;
use crate::text::Text;

mod collaboration;
mod events;
mod homes;
pub(super) mod ids;
mod keep;
mod process;
mod report;

/// What a BPMN file held.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The file's processes, in its order.
    pub processes: Vec<ImportedProcess>,
    /// What means nothing in Styr, each once.
    pub not_carried: Vec<NotCarried>,
}

/// A process of a BPMN file.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedProcess {
    /// The id of the `process` element.
    pub bpmn_id: String,
    /// Its name, or else its pool's.
    pub name: Option<String>,
    /// Its `documentation`.
    pub documentation: Option<String>,
    /// Its graph; [`validate()`](crate::flow::validate()) finds nothing wrong with it.
    pub flow: Flow,
}

/// Something in a BPMN file that means nothing in Styr.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCarried {
    /// The id of the element, or of the nearest around it that has one; empty for the file.
    pub element: String,
    /// The name of the BPMN element, or of the one that the attributes are of.
    pub kind: String,
    /// Whether an export says it again; otherwise it was left out.
    pub kept: bool,
    /// What it is, and why it means nothing.
    pub reason: Text,
}

/// Reads a BPMN 2.0 file.
///
/// Elements without an id, or with one that is no XML name, are given ids; all other ids stay as they are, but for spaces
/// around them, which XML Schema does not count.
///
/// # Errors
/// [`FaultKind::Invalid`](crate::FaultKind::Invalid), with a violation for each thing that is wrong, up to
/// [`MAX_VIOLATIONS`]: a file that is too large, not XML, not BPMN or has a document type; and models that
/// [`validate()`](crate::flow::validate()) refuses.
pub fn import(bytes: &[u8]) -> Result<Import, Fault> {
    let mut root = xml::parse(bytes)?;
    if !root.is(Space::Model, "definitions") {
        let model = names::MODEL;
        return Err(refused(
            "not_bpmn",
            text!(
                "Filen er ikke BPMN 2.0: dens yderste element skal være »definitions« i OMG's navnerum {model}.",
                "Filen är inte BPMN 2.0: dess yttersta element ska vara ”definitions” i OMG:s namnrymd {model}.",
                "The file is not BPMN 2.0: its outermost element must be \"definitions\" in OMG's namespace {model}."
            ),
        ));
    }
    events::write_out_references(&mut root)?;
    let mut ids = Ids::settle(&mut root);
    collaboration::add_hidden_participants(&mut root, &mut ids);
    if root.first("process").is_none() {
        return Err(refused(
            "no_process",
            text!(
                "Filen har ingen proces, så der er intet at hente. Eksportér modellen igen med mindst én proces.",
                "Filen har ingen process, så det finns inget att hämta. Exportera modellen igen med minst en process.",
                "The file has no process, so there is nothing to import. Export the model again with at least one."
            ),
        ));
    }
    if !ids.clashes.is_empty() {
        return Err(Fault::invalid(ids.clashes));
    }
    File::new(&root, &ids).read()
}

/// What all processes of a file share.
struct File<'a> {
    root: &'a Element,
    ids: &'a Ids,
    /// Every element of BPMN's own vocabulary with an id; the first, where ids clash.
    by_id: HashMap<&'a str, &'a Element>,
    layout: Layout<'a>,
    /// The processes, in the file's order.
    processes: Vec<&'a Element>,
    /// The diagram that shows each process best.
    mains: Vec<usize>,
    /// The collaboration that each process is in.
    around: Vec<Option<&'a Element>>,
    /// The ids of all these.
    owned: HashSet<&'a str>,
    /// How many bytes were copied out of what several elements share.
    copied: usize,
    /// The process that an element lies in.
    homes: HashMap<&'a str, usize>,
    /// The category of each category value.
    categories: HashMap<&'a str, &'a str>,
    /// The values of Styr's order attribute, by element.
    orders: HashMap<&'a str, u32>,
    /// The root elements that something refers to.
    used: HashSet<&'a str>,
    not_carried: Vec<NotCarried>,
    reported: HashSet<(String, String)>,
}

impl<'a> File<'a> {
    fn new(root: &'a Element, ids: &'a Ids) -> Self {
        let processes: Vec<&Element> = root.all("process").collect();
        let mut file = Self {
            root,
            ids,
            by_id: HashMap::new(),
            layout: Layout::read(root, |r| ids.resolve(r)),
            mains: Vec::new(),
            around: vec![None; processes.len()],
            owned: HashSet::new(),
            copied: 0,
            processes,
            homes: HashMap::new(),
            categories: HashMap::new(),
            orders: HashMap::new(),
            used: HashSet::new(),
            not_carried: Vec::new(),
            reported: HashSet::new(),
        };
        file.index(root, None);
        file
    }

    fn index(&mut self, element: &'a Element, home: Option<usize>) {
        let mut next = 0;
        for child in &element.children {
            let mut home = home;
            if child.is(Space::Model, "process") && std::ptr::eq(element, self.root) {
                home = Some(next);
                next += 1;
            }
            if child.space == Space::Model && !child.id().is_empty() {
                self.by_id.entry(child.id()).or_insert(child);
                if let Some(home) = home {
                    self.homes.entry(child.id()).or_insert(home);
                }
                if child.name == "categoryValue" {
                    self.categories.insert(child.id(), element.id());
                }
                if let Some(order) = child.styr("order").and_then(|o| o.parse().ok()) {
                    self.orders.insert(child.id(), order);
                }
            }
            if child.space == Space::Model && child.name != "extensionElements" {
                self.index(child, home);
            }
        }
    }

    fn read(mut self) -> Result<Import, Fault> {
        let mut processes: Vec<ImportedProcess> = Vec::with_capacity(self.processes.len());
        for element in self.processes.clone() {
            processes.push(ProcessReader::new(&mut self, element).read());
        }
        let mut violations = self.collaborations(&mut processes);
        for (index, process) in processes.iter_mut().enumerate() {
            self.drop_loose_associations(&mut process.flow);
            self.sort(&mut process.flow);
            let name = process.flow.pools.iter().find(|p| p.own).and_then(|p: &Pool| p.name.clone());
            process.name = process.name.take().or(name).filter(|n| !n.is_empty());
            let found = validate_graph(&process.flow).into_iter();
            violations.extend(found.map(|v| self.name_crossing(v, &process.flow, index)));
            violations.truncate(MAX_VIOLATIONS);
        }
        // What is wrong besides may come from the texts that were not copied.
        if self.copied > MAX_BYTES {
            let text = text!(
                "Lange navne bruges af for mange elementer. Forkort dem.",
                "Långa namn används av för många element. Förkorta dem.",
                "Long names are used by too many elements. Shorten them."
            );
            return Err(Fault::invalid(vec![Violation::at("", "too_much_text", text)]));
        }
        if violations.is_empty() {
            violations = self.keep(&mut processes);
        }
        if !violations.is_empty() {
            return Err(Fault::invalid(violations));
        }
        self.report_rest();
        Ok(Import { processes, not_carried: self.not_carried })
    }

    /// Puts every list in the order that an export of Styr's noted.
    fn sort(&self, flow: &mut Flow) {
        fn sort<T>(list: &mut [T], orders: &HashMap<&str, u32>, id: fn(&T) -> &str) {
            if list.iter().any(|item| orders.contains_key(id(item))) {
                list.sort_by_key(|item| orders.get(id(item)).copied().unwrap_or(u32::MAX));
            }
        }
        let orders = &self.orders;
        sort(&mut flow.nodes, orders, |n| &n.id);
        sort(&mut flow.sequence_flows, orders, |f| &f.id);
        sort(&mut flow.lanes, orders, |l| &l.id);
        sort(&mut flow.data, orders, |d| &d.id);
        sort(&mut flow.artifacts, orders, |a| &a.id);
        sort(&mut flow.associations, orders, |a| &a.id);
    }

    /// Says so where an end is unknown because it lies in another process.
    fn name_crossing(&self, violation: Violation, flow: &Flow, process: usize) -> Violation {
        let Some(found) = violation
            .element
            .as_deref()
            .filter(|_| violation.code == "end_unknown")
            .and_then(|id| flow.sequence_flows.iter().find(|f| f.id == id))
        else {
            return violation;
        };
        let elsewhere = |id: &str| self.homes.get(id).is_some_and(|home| *home != process);
        if !elsewhere(&found.source) && !elsewhere(&found.target) {
            return violation;
        }
        let id = &found.id;
        Violation::of_element(
            id,
            "crosses_pools",
            text!(
                "Sekvensflow »{id}« går fra en proces til en anden. Mellem pools går kun beskeder: brug et meddelelsesflow.",
                "Sekvensflödet ”{id}” går från en process till en annan. Mellan pooler går bara meddelanden: använd ett meddelandeflöde.",
                "Sequence flow \"{id}\" leads from one process to another. Only messages pass between pools: use a message flow."
            ),
        )
    }

    /// A copy of a text that several elements share; nothing once such texts have become too large.
    fn copy(&mut self, text: &str) -> String {
        self.copied = self.copied.saturating_add(text.len());
        if self.copied > MAX_BYTES { String::new() } else { text.to_owned() }
    }
}

//! BPMN 2.0 XML to flows.

use std::collections::{HashMap, HashSet};

use self::ids::Ids;
use self::process::ProcessReader;
use super::layout::Layout;
use super::names::{self, PLACEHOLDER};
use super::xml::{self, Element, Space, refused};
use crate::fault::{Fault, Violation};
use crate::flow::{Flow, Pool, validate};
use crate::text;
use crate::text::Text;

mod collaboration;
pub(super) mod ids;
mod process;

/// What a BPMN file held.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The file's processes, in its order.
    pub processes: Vec<ImportedProcess>,
    /// What the flows cannot hold, each once.
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
    /// Whether it says that an engine may run it.
    pub executable: Option<bool>,
    /// Its graph; [`validate()`] finds nothing wrong with it.
    pub flow: Flow,
}

/// Something in a BPMN file that a flow cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCarried {
    /// The id of the element, or of the nearest around it that has one; empty for the file.
    pub element: String,
    /// The name of the BPMN element that was left out, or of the one that lost attributes.
    pub kind: String,
    /// Why, and what of it is missing.
    pub reason: Text,
}

/// Reads a BPMN 2.0 file.
///
/// Elements without an id, or with one that is no XML name, are given ids; all other ids stay as they are.
///
/// # Errors
/// [`FaultKind::Invalid`](crate::FaultKind::Invalid), with a violation for each thing that is wrong: a file that is
/// too large, not XML, not BPMN or has a document type; and models that [`validate()`] refuses.
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
    layout: Layout,
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
        let mut file = Self {
            root,
            ids,
            by_id: HashMap::new(),
            layout: Layout::read(root, |r| ids.resolve(r)),
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
            if child.is(Space::Model, "process") {
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
            if child.space == Space::Model {
                self.index(child, home);
            }
        }
    }

    fn read(mut self) -> Result<Import, Fault> {
        let elements: Vec<&Element> = self.root.all("process").collect();
        let mut processes: Vec<ImportedProcess> = Vec::with_capacity(elements.len());
        for element in elements {
            processes.push(ProcessReader::new(&mut self, element).read());
        }
        let mut violations = self.collaborations(&mut processes);
        for (index, process) in processes.iter_mut().enumerate() {
            self.drop_loose_associations(&mut process.flow);
            self.sort(&mut process.flow);
            let name = process.flow.pools.iter().find(|p| p.own).and_then(|p: &Pool| p.name.clone());
            process.name = process.name.take().or(name).filter(|n| !n.is_empty());
            let found = validate(&process.flow).into_iter();
            violations.extend(found.map(|v| self.name_crossing(v, &process.flow, index)));
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

    /// Notes something that is left out, once for each element and kind.
    fn leave(&mut self, element: &str, kind: &str, reason: Text) {
        if self.reported.insert((element.to_owned(), kind.to_owned())) {
            self.not_carried.push(NotCarried { element: element.to_owned(), kind: kind.to_owned(), reason });
        }
    }

    /// Notes the attributes and children of an element that nobody reads.
    fn leave_rest(&mut self, owner: &str, element: &'a Element, attributes: &[&str], children: &[&str]) {
        let lost = |a: &&xml::Attribute| match a.space {
            Space::Plain => {
                !matches!(a.name.as_str(), "id" | "name")
                    && !attributes.contains(&a.name.as_str())
                    && !is_default(a)
            }
            Space::Foreign => true,
            _ => false,
        };
        let lost: Vec<&str> = element.attributes.iter().filter(lost).map(|a| a.name.as_str()).collect();
        if !lost.is_empty() {
            let lost = lost.join(", ");
            self.leave(
                owner,
                &element.name,
                text!(
                    "Attributterne {lost} har ingen plads i flowet.",
                    "Attributen {lost} har ingen plats i flödet.",
                    "The flow has no place for the attributes {lost}."
                ),
            );
        }
        self.leave_foreign(owner, element);
        for child in element.children.iter().filter(|c| c.space == Space::Model) {
            let name = child.name.as_str();
            if name == "extensionElements" {
                self.leave_foreign(owner, child);
                continue;
            }
            let placeholder = name == "property" && child.get("name") == Some(PLACEHOLDER);
            if !placeholder && !children.contains(&name) {
                self.leave(owner, name, reason(name));
            }
        }
    }

    fn leave_foreign(&mut self, owner: &str, element: &Element) {
        if !element.foreign.is_empty() {
            let names = element.foreign.join(", ");
            self.leave(
                owner,
                "extensionElements",
                text!(
                    "Andre værktøjers egne indstillinger: {names}.",
                    "Andra verktygs egna inställningar: {names}.",
                    "Settings of other tools: {names}."
                ),
            );
        }
    }

    /// Notes what is left out beside the processes.
    fn report_rest(&mut self) {
        const READ: [&str; 6] =
            ["process", "collaboration", "documentation", "import", "relationship", "extension"];
        let file = self.root.id();
        for (new, old, kind) in &self.ids.changed {
            let reason = text!(
                "Id »{old}« er ikke et XML-navn og blev til »{new}«.",
                "Id ”{old}” är inte ett XML-namn och blev ”{new}”.",
                "The id \"{old}\" is not an XML name and became \"{new}\"."
            );
            self.leave(new, kind, reason);
        }
        self.leave_foreign(file, self.root);
        for child in self.root.children.iter().filter(|c| c.space == Space::Model) {
            let id = Some(child.id()).filter(|id| !id.is_empty()).unwrap_or(file);
            match child.name.as_str() {
                name if self.used.contains(child.id()) => {
                    let read: &[&str] = match name {
                        "error" => &["errorCode"],
                        "escalation" => &["escalationCode"],
                        _ => &[],
                    };
                    if names::event_kind(name).is_none() {
                        self.leave_rest(id, child, read, &["categoryValue"]);
                    }
                }
                "message" | "signal" | "error" | "escalation" | "category" | "dataStore" => {
                    self.leave(
                        id,
                        &child.name,
                        text!(
                            "Ingen proces i filen bruger det.",
                            "Ingen process i filen använder det.",
                            "No process in the file uses it."
                        ),
                    );
                }
                "extensionElements" => self.leave_foreign(file, child),
                name @ ("import" | "relationship" | "extension") => self.leave(file, name, reason(name)),
                name if READ.contains(&name) => {}
                name => self.leave(id, name, reason(name)),
            }
        }
        let mut drawings: Vec<(String, Text)> = Vec::new();
        for diagram in self.layout.diagrams.iter().filter(|d| !d.extras.is_empty()) {
            let names = diagram.extras.join(", ");
            let reason = text!(
                "Skrifter, farver og andre værktøjers tegneindstillinger: {names}.",
                "Typsnitt, färger och andra verktygs ritinställningar: {names}.",
                "Fonts, colours and other tools' drawing settings: {names}."
            );
            drawings.push((diagram.id.clone(), reason));
        }
        for diagram in self.layout.diagrams.iter().filter(|d| d.repeats) {
            let reason = text!(
                "Tegner kun, hvad et andet diagram også tegner; hvert element tegnes ét sted.",
                "Ritar bara det som ett annat diagram också ritar; varje element ritas på ett ställe.",
                "Draws only what another diagram draws as well; each element is drawn in one place."
            );
            drawings.push((diagram.id.clone(), reason));
        }
        for (id, reason) in drawings {
            self.leave(&id, "BPMNDiagram", reason);
        }
    }
}

/// Whether the attribute says only what holds without it, or what the graph shows anyway.
fn is_default(attribute: &xml::Attribute) -> bool {
    matches!(
        (attribute.name.as_str(), attribute.value.as_str()),
        ("startQuantity" | "completionQuantity", "1")
            | ("implementation", "##unspecified" | "##WebService" | "##Unspecified")
            | ("gatewayDirection" | "textFormat", _)
            | ("instantiate" | "isClosed", "false")
            | ("eventGatewayType", "Exclusive")
            | ("processType", "None" | "")
            | ("method", "##Compensate" | "compensate")
            | ("cancelRemainingInstances" | "isUnlimited", "true")
            | ("itemSubjectRef" | "messageRef" | "calledElement" | "categoryValueRef" | "default", "")
    )
}

/// Why a BPMN element has no place in the flow.
fn reason(name: &str) -> Text {
    match name {
        "ioSpecification"
        | "property"
        | "dataInput"
        | "dataOutput"
        | "inputSet"
        | "outputSet"
        | "itemDefinition"
        | "dataInputAssociation"
        | "dataOutputAssociation" => text!(
            "Flowet viser data som objekter og lagre med deres forbindelser; egenskaber, typer og ind- og uddata for hver opgave har det ikke.",
            "Flödet visar data som objekt och lager med deras kopplingar; egenskaper, typer och in- och utdata för varje uppgift har det inte.",
            "The flow shows data as objects and stores with their associations; it has no properties, types, or inputs and outputs for each task."
        ),
        "potentialOwner"
        | "performer"
        | "humanPerformer"
        | "resourceRole"
        | "resource"
        | "partnerEntity"
        | "partnerRole"
        | "participantMultiplicity" => text!(
            "Hvem der gør hvad, siger baner og opgavernes modtagere; andre ressourcer har flowet ikke.",
            "Vem som gör vad säger banor och uppgifternas mottagare; andra resurser har flödet inte.",
            "Lanes and the tasks' receivers say who does what; the flow has no other resources."
        ),
        "interface" | "operation" | "interfaceRef" | "endPoint" | "endPointRef" | "import" | "script" => {
            text!(
                "Kald til andre systemer og scripts sættes op i Styr, ikke i BPMN.",
                "Anrop till andra system och skript ställs in i Styr, inte i BPMN.",
                "Calls to other systems and scripts are set up in Styr, not in BPMN."
            )
        }
        "choreography" | "globalConversation" | "conversation" | "callConversation" | "subConversation"
        | "conversationLink" => text!(
            "Styr har processer, ikke koreografier eller konversationer.",
            "Styr har processer, inte koreografier eller konversationer.",
            "Styr has processes, not choreographies or conversations."
        ),
        "documentation" => text!(
            "Kun processer og deres aktiviteter, gateways og hændelser har en beskrivelse.",
            "Bara processer och deras aktiviteter, gateways och händelser har en beskrivning.",
            "Only processes and their activities, gateways and events have a documentation."
        ),
        _ => text!(
            "Flowet har ingen plads til det.",
            "Flödet har ingen plats för det.",
            "The flow has no place for it."
        ),
    }
}

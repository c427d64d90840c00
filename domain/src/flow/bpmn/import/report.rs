//! What of a file means nothing in Styr.

use super::{File, NotCarried};
use crate::flow::MAX_ID;
use crate::flow::bpmn::xml::{Attribute, Element, Space};
use crate::flow::bpmn::{MAX_NOT_CARRIED, names};
use crate::text;
use crate::text::Text;

impl File<'_> {
    /// Notes something that is left out, once for each element and kind.
    pub(super) fn leave(&mut self, element: &str, kind: &str, reason: Text) {
        self.note(element, kind, false, reason);
    }

    /// Notes something that an export says again.
    pub(super) fn leave_kept(&mut self, element: &str, kind: &str, what: Text) {
        let Text { da, sv, en } = what;
        let reason = text!(
            "Bevaret, men betyder intet i Styr: {da}",
            "Bevarat, men betyder inget i Styr: {sv}",
            "Kept, but means nothing in Styr: {en}"
        );
        self.note(element, kind, true, reason);
    }

    fn note(&mut self, element: &str, kind: &str, kept: bool, reason: Text) {
        let nameless = element.starts_with(names::MADE_UP) || element.len() > MAX_ID;
        let element = if nameless { "" } else { element };
        if self.not_carried.len() < MAX_NOT_CARRIED
            && self.reported.insert((element.to_owned(), kind.to_owned()))
        {
            let (element, kind) = (element.to_owned(), kind.to_owned());
            self.not_carried.push(NotCarried { element, kind, kept, reason });
        }
    }

    /// Notes elements in foreign vocabularies.
    pub(super) fn leave_foreign(&mut self, owner: &str, elements: &[Element]) {
        let mut names: Vec<String> = Vec::new();
        for element in elements.iter().filter(|e| e.space != Space::Styr) {
            let name = element.qualified();
            if names.len() < 20 && !names.contains(&name) {
                names.push(name);
            }
        }
        if !names.is_empty() {
            let names = names.join(", ");
            let what = text!(
                "andre værktøjers egne indstillinger: {names}.",
                "andra verktygs egna inställningar: {names}.",
                "settings of other tools: {names}."
            );
            self.leave_kept(owner, "extensionElements", what);
        }
    }

    /// Notes what stands beside the processes.
    pub(super) fn report_rest(&mut self) {
        let file = self.root.id();
        for (new, old, kind) in &self.ids.changed {
            let reason = text!(
                "Id »{old}« er ikke et XML-navn og blev til »{new}«.",
                "Id ”{old}” är inte ett XML-namn och blev ”{new}”.",
                "The id \"{old}\" is not an XML name and became \"{new}\"."
            );
            self.leave(new, kind, reason);
        }
        for child in self.root.children.iter().filter(|c| c.space == Space::Model) {
            let id = Some(child.id()).filter(|id| !id.is_empty()).unwrap_or(file);
            match child.name.as_str() {
                "process" | "collaboration" | "import" | "relationship" | "extension"
                | "extensionElements" => {}
                name if names::event_kind(name).is_some() => {}
                _ if self.used.contains(child.id()) => {}
                "message" | "signal" | "error" | "escalation" | "category" | "dataStore" => {
                    let what = text!(
                        "ingen proces i filen bruger det.",
                        "ingen process i filen använder det.",
                        "no process in the file uses it."
                    );
                    self.leave_kept(id, &child.name, what);
                }
                name => self.leave_kept(id, name, reason(name)),
            }
        }
        for index in 0..self.layout.diagrams.len() {
            let diagram = self.layout.diagrams[index];
            let mut extras: Vec<String> = Vec::new();
            collect_extras(diagram, &mut extras);
            if !extras.is_empty() {
                let names = extras.join(", ");
                let what = text!(
                    "skrifter, farver og andre værktøjers tegneindstillinger: {names}.",
                    "typsnitt, färger och andra verktygs ritinställningar: {names}.",
                    "fonts, colours and other tools' drawing settings: {names}."
                );
                self.leave_kept(diagram.id(), "BPMNDiagram", what);
            }
        }
    }
}

/// The names of fonts and foreign settings in a drawing, each once.
fn collect_extras(element: &Element, found: &mut Vec<String>) {
    let styles = element
        .children
        .iter()
        .filter(|c| c.is(Space::Diagram, "BPMNLabelStyle") || c.space == Space::Foreign);
    let attributes = element.attributes.iter().filter(|a| a.space == Space::Foreign);
    let names = styles.map(Element::qualified).chain(attributes.map(Attribute::qualified));
    for name in names {
        if found.len() < 20 && !found.contains(&name) {
            found.push(name);
        }
    }
    element.children.iter().filter(|c| c.space != Space::Foreign).for_each(|c| collect_extras(c, found));
}

/// What an element is that means nothing in Styr.
pub(super) fn reason(name: &str) -> Text {
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
            "flowet viser data som objekter og lagre med deres forbindelser; egenskaber, typer og ind- og uddata for hver opgave har det ikke.",
            "flödet visar data som objekt och lager med deras kopplingar; egenskaper, typer och in- och utdata för varje uppgift har det inte.",
            "the flow shows data as objects and stores with their associations; it has no properties, types, or inputs and outputs for each task."
        ),
        "potentialOwner"
        | "performer"
        | "humanPerformer"
        | "resourceRole"
        | "resource"
        | "partnerEntity"
        | "partnerRole"
        | "participantMultiplicity" => text!(
            "hvem der gør hvad, siger baner og opgavernes modtagere; andre ressourcer har flowet ikke.",
            "vem som gör vad säger banor och uppgifternas mottagare; andra resurser har flödet inte.",
            "lanes and the tasks' receivers say who does what; the flow has no other resources."
        ),
        "interface" | "operation" | "interfaceRef" | "endPoint" | "endPointRef" | "import" | "script" => {
            text!(
                "kald til andre systemer og scripts sættes op i Styr, ikke i BPMN.",
                "anrop till andra system och skript ställs in i Styr, inte i BPMN.",
                "calls to other systems and scripts are set up in Styr, not in BPMN."
            )
        }
        "choreography" | "globalConversation" | "conversation" | "callConversation" | "subConversation"
        | "conversationLink" => text!(
            "styr har processer, ikke koreografier eller konversationer.",
            "styr har processer, inte koreografier eller konversationer.",
            "styr has processes, not choreographies or conversations."
        ),
        "documentation" => text!(
            "kun processer og deres aktiviteter, gateways og hændelser har en beskrivelse.",
            "bara processer och deras aktiviteter, gateways och händelser har en beskrivning.",
            "only processes and their activities, gateways and events have a documentation."
        ),
        _ => text!(
            "flowet har ingen plads til det.",
            "flödet har ingen plats för det.",
            "the flow has no place for it."
        ),
    }
}

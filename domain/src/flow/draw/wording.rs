//! The words for those who cannot see the picture, and for those who point at a part of it.

use super::super::graph::{Artifact, ArtifactKind, Data, DataKind, EventKind, Lane, Node, NodeKind, Pool};
use super::tree::{is_event, is_gateway};
use super::{Drawing, ElementState};
use crate::text;
use crate::text::Text;

/// How many lanes or current steps the description names.
const NAMED: usize = 12;

impl Drawing<'_> {
    fn say(&self, text: &Text) -> String {
        text.in_language(self.options.language).to_owned()
    }

    /// The picture's title.
    pub(super) fn title(&self) -> String {
        let own = || self.flow.pools.iter().find(|pool| pool.own)?.name.clone();
        self.options
            .title
            .clone()
            .or_else(own)
            .unwrap_or_else(|| self.say(&Text::fixed("Procesdiagram", "Processdiagram", "Process diagram")))
    }

    /// What the picture shows, in a few sentences: how much there is, who takes part, where the case stands.
    pub(super) fn description(&self) -> String {
        let (mut activities, mut gateways, mut events) = (0, 0, 0);
        for node in &self.flow.nodes {
            match node.kind {
                kind if is_event(kind) => events += 1,
                kind if is_gateway(kind) => gateways += 1,
                _ => activities += 1,
            }
        }
        let activities = count(
            activities,
            ["aktivitet", "aktiviteter"],
            ["aktivitet", "aktiviteter"],
            ["activity", "activities"],
        );
        let gateways =
            count(gateways, ["gateway", "gateways"], ["gateway", "gatewayer"], ["gateway", "gateways"]);
        let events = count(events, ["hændelse", "hændelser"], ["händelse", "händelser"], ["event", "events"]);
        let mut sentences = vec![self.say(&Text {
            da: format!("BPMN-diagram med {}, {} og {}.", activities.da, gateways.da, events.da).into(),
            sv: format!("BPMN-diagram med {}, {} och {}.", activities.sv, gateways.sv, events.sv).into(),
            en: format!("BPMN diagram with {}, {} and {}.", activities.en, gateways.en, events.en).into(),
        })];
        let lanes = self.flow.lanes.iter().filter_map(|lane| lane.name.as_deref());
        let lanes: Vec<&str> = lanes.filter(|name| !name.trim().is_empty()).take(NAMED + 1).collect();
        if !lanes.is_empty() {
            let list = list(&lanes);
            sentences.push(self.say(&text!("Baner: {list}.", "Banor: {list}.", "Lanes: {list}.")));
        }
        for (state, lead) in [
            (ElementState::Current, Text::fixed("Sagen står ved", "Ärendet står vid", "The case stands at")),
            (
                ElementState::Failed,
                Text::fixed("Sagen sidder fast ved", "Ärendet har fastnat vid", "The case is stuck at"),
            ),
        ] {
            let here = self.flow.nodes.iter().filter(|node| self.state(&node.id) == Some(state));
            let names: Vec<&str> =
                here.map(|node| node.name.as_deref().unwrap_or(&node.id)).take(NAMED + 1).collect();
            if !names.is_empty() {
                sentences.push(format!("{}: {}.", self.say(&lead), list(&names)));
            }
        }
        sentences.join(" ")
    }

    /// The kind of node, what it is called, and how far the case is there.
    pub(super) fn node_title(&self, node: &Node) -> String {
        let mut words = self.say(&node_kind(node.kind));
        if let Some(event) = &node.event {
            words = format!("{words} ({})", self.say(&event_kind(event.kind)));
        }
        let words = named(words, node.name.as_deref());
        match self.state(&node.id) {
            Some(state) => format!("{words} ({})", self.say(&state_word(state))),
            None => words,
        }
    }

    /// What a line joins.
    pub(super) fn line_title(&self, name: Option<&str>, source: &str, target: &str) -> String {
        // Cut short, or one long name would be written out for each of its node's lines.
        let called = |id| {
            let name = self.tree.node(id).and_then(|i| self.flow.nodes[i].name.as_deref());
            name.unwrap_or(id).chars().take(80).collect::<String>()
        };
        let ends = format!("{} → {}", called(source), called(target));
        match name {
            Some(name) => format!("{name}: {ends}"),
            None => ends,
        }
    }

    pub(super) fn pool_title(&self, pool: &Pool) -> String {
        named(self.say(&Text::fixed("Deltager", "Deltagare", "Participant")), pool.name.as_deref())
    }

    pub(super) fn lane_title(&self, lane: &Lane) -> String {
        named(self.say(&Text::fixed("Bane", "Bana", "Lane")), lane.name.as_deref())
    }

    pub(super) fn data_title(&self, data: &Data) -> String {
        let kind = match data.kind {
            DataKind::Object => Text::fixed("Data", "Data", "Data object"),
            DataKind::Store => Text::fixed("Datalager", "Datalager", "Data store"),
            DataKind::Input => Text::fixed("Input", "Indata", "Data input"),
            DataKind::Output => Text::fixed("Output", "Utdata", "Data output"),
        };
        named(self.say(&kind), data.name.as_deref())
    }

    pub(super) fn artifact_title(&self, artifact: &Artifact) -> String {
        let kind = match artifact.kind {
            ArtifactKind::TextAnnotation => Text::fixed("Bemærkning", "Kommentar", "Annotation"),
            ArtifactKind::Group => Text::fixed("Gruppe", "Grupp", "Group"),
        };
        named(self.say(&kind), artifact.text.as_deref())
    }
}

fn named(kind: String, name: Option<&str>) -> String {
    match name {
        Some(name) if !name.trim().is_empty() => format!("{kind}: {name}"),
        _ => kind,
    }
}

fn count(n: usize, da: [&str; 2], sv: [&str; 2], en: [&str; 2]) -> Text {
    let [da, sv, en] = [da, sv, en].map(|[one, many]| if n == 1 { one } else { many });
    text!("{n} {da}", "{n} {sv}", "{n} {en}")
}

/// Names with commas between, cut off after [`NAMED`].
fn list(names: &[&str]) -> String {
    let mut list = names[..names.len().min(NAMED)].join(", ");
    if names.len() > NAMED {
        list.push_str(", …");
    }
    list
}

const fn state_word(state: ElementState) -> Text {
    match state {
        ElementState::Done => Text::fixed("udført", "utförd", "done"),
        ElementState::Current => Text::fixed("i gang", "pågår", "in progress"),
        ElementState::Failed => Text::fixed("fejlet", "misslyckad", "failed"),
    }
}

pub(in crate::flow) const fn node_kind(kind: NodeKind) -> Text {
    match kind {
        NodeKind::Task => Text::fixed("Opgave", "Uppgift", "Task"),
        NodeKind::UserTask => Text::fixed("Brugeropgave", "Användaruppgift", "User task"),
        NodeKind::ManualTask => Text::fixed("Manuel opgave", "Manuell uppgift", "Manual task"),
        NodeKind::ServiceTask => Text::fixed("Serviceopgave", "Tjänsteuppgift", "Service task"),
        NodeKind::SendTask => Text::fixed("Sendeopgave", "Sändningsuppgift", "Send task"),
        NodeKind::ReceiveTask => Text::fixed("Modtageopgave", "Mottagningsuppgift", "Receive task"),
        NodeKind::ScriptTask => Text::fixed("Scriptopgave", "Skriptuppgift", "Script task"),
        NodeKind::BusinessRuleTask => Text::fixed("Regelopgave", "Regeluppgift", "Business rule task"),
        NodeKind::CallActivity => Text::fixed("Kald af proces", "Anrop av process", "Call activity"),
        NodeKind::SubProcess => Text::fixed("Delproces", "Delprocess", "Sub-process"),
        NodeKind::Transaction => Text::fixed("Transaktion", "Transaktion", "Transaction"),
        NodeKind::AdHocSubProcess => {
            Text::fixed("Ad hoc-delproces", "Ad hoc-delprocess", "Ad-hoc sub-process")
        }
        NodeKind::ExclusiveGateway => {
            Text::fixed("Eksklusiv gateway", "Exklusiv gateway", "Exclusive gateway")
        }
        NodeKind::InclusiveGateway => {
            Text::fixed("Inklusiv gateway", "Inklusiv gateway", "Inclusive gateway")
        }
        NodeKind::ParallelGateway => Text::fixed("Parallel gateway", "Parallell gateway", "Parallel gateway"),
        NodeKind::EventBasedGateway => {
            Text::fixed("Hændelsesstyret gateway", "Händelsestyrd gateway", "Event-based gateway")
        }
        NodeKind::ComplexGateway => Text::fixed("Kompleks gateway", "Komplex gateway", "Complex gateway"),
        NodeKind::StartEvent => Text::fixed("Starthændelse", "Starthändelse", "Start event"),
        NodeKind::EndEvent => Text::fixed("Sluthændelse", "Sluthändelse", "End event"),
        NodeKind::IntermediateCatchEvent => {
            Text::fixed("Ventende hændelse", "Väntande händelse", "Intermediate catch event")
        }
        NodeKind::IntermediateThrowEvent => {
            Text::fixed("Udløsende hændelse", "Utlösande händelse", "Intermediate throw event")
        }
        NodeKind::BoundaryEvent => Text::fixed("Kanthændelse", "Kanthändelse", "Boundary event"),
    }
}

const fn event_kind(kind: EventKind) -> Text {
    match kind {
        EventKind::Message => Text::fixed("besked", "meddelande", "message"),
        EventKind::Timer => Text::fixed("tid", "tid", "timer"),
        EventKind::Error => Text::fixed("fejl", "fel", "error"),
        EventKind::Escalation => Text::fixed("eskalering", "eskalering", "escalation"),
        EventKind::Signal => Text::fixed("signal", "signal", "signal"),
        EventKind::Conditional => Text::fixed("betingelse", "villkor", "conditional"),
        EventKind::Link => Text::fixed("link", "länk", "link"),
        EventKind::Compensation => Text::fixed("kompensation", "kompensation", "compensation"),
        EventKind::Cancel => Text::fixed("annullering", "avbrott", "cancel"),
        EventKind::Terminate => Text::fixed("afslut alt", "avsluta allt", "terminate"),
        EventKind::Multiple => Text::fixed("flere", "flera", "multiple"),
    }
}

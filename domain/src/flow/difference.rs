//! What changed between two flows, element by element, in words for those who read it; and between any two documents as
//! a JSON Patch, for machines.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::draw::wording::node_kind;
use super::{ArtifactKind, DataKind, Flow};
use crate::text;
use crate::text::Text;

/// One thing that was done to an element of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What was done.
    pub kind: DifferenceKind,
    /// The element's id; empty for the flow as a whole.
    pub element: String,
    /// What it is: a node's type, `flow`, or `sequence_flow`, `pool`, `lane`, `message_flow`, `data`, `artifact`, `association`.
    pub element_type: String,
    /// The same as a sentence.
    pub text: Text,
}

/// What was done to an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It lies elsewhere: in another lane or sub-process, or on the drawing.
    Moved,
    /// It is otherwise than before.
    Changed,
}

/// What turns one document into another, as the operations of a JSON Patch (RFC 6902).
#[must_use]
pub fn patch(before: &Value, after: &Value) -> Vec<Value> {
    match serde_json::to_value(json_patch::diff(before, after)) {
        Ok(Value::Array(operations)) => operations,
        _ => Vec::new(),
    }
}

/// Everything that was done to the elements of one flow to get the other, in the order of its lists. The order in a list
/// says nothing, so a change of it is none.
#[must_use]
pub fn difference(before: &Flow, after: &Flow) -> Vec<Difference> {
    let mut found = Vec::new();
    if before.extensions != after.extensions {
        let text = Text::fixed(
            "Det, som andre værktøjer siger om helheden, er ændret",
            "Det som andra verktyg säger om helheten har ändrats",
            "What other tools say of the whole was changed",
        );
        let (element, element_type) = (String::new(), "flow".to_owned());
        found.push(Difference { kind: DifferenceKind::Changed, element, element_type, text });
    }
    let (before, after) = (Elements::of(before), Elements::of(after));
    for element in &after.list {
        match before.same(element) {
            Some(was) => Comparison { before: &before, after: &after, was, is: element }.note(&mut found),
            None => {
                let Text { da, sv, en } = after.called(element);
                let text = text!("{da} er tilføjet", "{sv} har lagts till", "{en} was added");
                found.push(element.difference(DifferenceKind::Added, text));
            }
        }
    }
    for element in before.list.iter().filter(|element| after.same(element).is_none()) {
        let Text { da, sv, en } = before.called(element);
        let text = text!("{da} er fjernet", "{sv} har tagits bort", "{en} was removed");
        found.push(element.difference(DifferenceKind::Removed, text));
    }
    found
}

/// An element of any kind, by its fields.
struct Element {
    /// The list it stands in.
    list: &'static str,
    id: String,
    /// What it is, for machines and for people.
    kind: String,
    word: Text,
    fields: Map<String, Value>,
}

impl Element {
    fn new<T: Serialize>(list: &'static str, kind: Option<&'static str>, word: Text, element: &T) -> Self {
        let fields = match serde_json::to_value(element) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        let own = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let kind = kind.map(str::to_owned).or_else(|| own("type")).unwrap_or_default();
        Self { list, id: own("id").unwrap_or_default(), kind, word, fields }
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }

    /// What stands on it in the drawing.
    fn name(&self) -> Option<&str> {
        let name = self.text("name").or_else(|| self.text("text").filter(|_| self.list == "artifacts"));
        name.filter(|name| !name.trim().is_empty())
    }

    fn difference(&self, kind: DifferenceKind, text: Text) -> Difference {
        Difference { kind, element: self.id.clone(), element_type: self.kind.clone(), text }
    }
}

/// All elements of a flow.
struct Elements {
    list: Vec<Element>,
    /// Where each stands in `list`.
    places: HashMap<String, usize>,
}

impl Elements {
    fn of(flow: &Flow) -> Self {
        // No field of a flow is passed over here: a new kind of element does not compile until it is compared too.
        let Flow {
            nodes,
            sequence_flows,
            pools,
            lanes,
            message_flows,
            data,
            artifacts,
            associations,
            extensions: _, // of the whole, and compared as such
        } = flow;
        let mut list = Vec::new();
        list.extend(nodes.iter().map(|node| Element::new("nodes", None, node_kind(node.kind), node)));
        list.extend(
            lanes
                .iter()
                .map(|lane| Element::new("lanes", Some("lane"), Text::fixed("Bane", "Bana", "Lane"), lane)),
        );
        list.extend(pools.iter().map(|pool| {
            let word = Text::fixed("Deltager", "Deltagare", "Participant");
            Element::new("pools", Some("pool"), word, pool)
        }));
        list.extend(sequence_flows.iter().map(|way| {
            let word = Text::fixed("Sekvensflow", "Sekvensflöde", "Sequence flow");
            Element::new("sequence_flows", Some("sequence_flow"), word, way)
        }));
        list.extend(message_flows.iter().map(|message| {
            let word = Text::fixed("Beskedflow", "Meddelandeflöde", "Message flow");
            Element::new("message_flows", Some("message_flow"), word, message)
        }));
        list.extend(data.iter().map(|data| {
            let word = match data.kind {
                DataKind::Object => Text::fixed("Data", "Data", "Data object"),
                DataKind::Store => Text::fixed("Datalager", "Datalager", "Data store"),
                DataKind::Input => Text::fixed("Input", "Indata", "Data input"),
                DataKind::Output => Text::fixed("Output", "Utdata", "Data output"),
            };
            Element::new("data", Some("data"), word, data)
        }));
        list.extend(artifacts.iter().map(|artifact| {
            let word = match artifact.kind {
                ArtifactKind::TextAnnotation => Text::fixed("Bemærkning", "Kommentar", "Annotation"),
                ArtifactKind::Group => Text::fixed("Gruppe", "Grupp", "Group"),
            };
            Element::new("artifacts", Some("artifact"), word, artifact)
        }));
        list.extend(associations.iter().map(|association| {
            let word = Text::fixed("Forbindelse", "Koppling", "Association");
            Element::new("associations", Some("association"), word, association)
        }));
        let places = list.iter().enumerate().map(|(place, element)| (element.id.clone(), place)).collect();
        Self { list, places }
    }

    fn by_id(&self, id: &str) -> Option<&Element> {
        self.places.get(id).map(|place| &self.list[*place])
    }

    /// What another flow's element is here.
    fn same(&self, other: &Element) -> Option<&Element> {
        self.by_id(&other.id).filter(|element| element.list == other.list)
    }

    /// The name, or else the id, of what has this id.
    fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.by_id(id).and_then(Element::name).unwrap_or(id)
    }

    /// What it is and what it is called; a line without a name is called by its ends.
    fn called(&self, element: &Element) -> Text {
        let Text { da, sv, en } = &element.word;
        if let Some(name) = element.name() {
            let name = shorten(name);
            return text!("{da} »{name}«", "{sv} ”{name}”", "{en} “{name}”");
        }
        if let (Some(source), Some(target)) = (element.text("source"), element.text("target")) {
            let (from, to) = (shorten(self.name_of(source)), shorten(self.name_of(target)));
            return text!(
                "{da} fra »{from}« til »{to}«",
                "{sv} från ”{from}” till ”{to}”",
                "{en} from “{from}” to “{to}”"
            );
        }
        let id = shorten(&element.id);
        text!("{da} {id}", "{sv} {id}", "{en} {id}")
    }
}

/// The longest part of a name that a sentence repeats, in characters.
const LONGEST_NAME: usize = 200;

fn shorten(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    name.chars().take(LONGEST_NAME).chain(['…']).collect()
}

/// Fields that say where an element is drawn and nothing else.
const DRAWN: [&str; 4] = ["bounds", "label", "waypoints", "expanded"];

/// One element before and after.
struct Comparison<'a> {
    before: &'a Elements,
    after: &'a Elements,
    was: &'a Element,
    is: &'a Element,
}

impl Comparison<'_> {
    fn note(&self, found: &mut Vec<Difference>) {
        let (was, is) = (&self.was.fields, &self.is.fields);
        let names = was.keys().chain(is.keys().filter(|name| !was.contains_key(*name)));
        let mut changed: Vec<&str> =
            names.filter(|name| was.get(*name) != is.get(*name)).map(String::as_str).collect();
        if changed.is_empty() {
            return;
        }
        let others = changed.iter().any(|name| !DRAWN.contains(name));
        changed.retain(|name| !DRAWN.contains(name));
        if !others {
            let Text { da, sv, en } = self.after.called(self.is);
            let text = text!(
                "{da} er flyttet på tegningen",
                "{sv} har flyttats på ritningen",
                "{en} was moved on the drawing"
            );
            found.push(self.is.difference(DifferenceKind::Moved, text));
            return;
        }
        let mut take = |name: &str| {
            let place = changed.iter().position(|changed| *changed == name);
            place.map(|place| changed.remove(place)).is_some()
        };
        let artifact = self.is.list == "artifacts";
        if take("name") | (artifact && take("text")) {
            found.push(self.is.difference(DifferenceKind::Changed, self.renamed()));
        }
        for (field, what) in [
            ("lane", Text::fixed("bane", "bana", "lane")),
            ("parent", self.container()),
            ("sub_process", Text::fixed("delproces", "delprocess", "sub-process")),
        ] {
            if take(field) {
                found.push(self.is.difference(DifferenceKind::Moved, self.moved(field, &what)));
            }
        }
        if take("source") | take("target") {
            found.push(self.is.difference(DifferenceKind::Changed, self.led_elsewhere()));
        }
        if !changed.is_empty() {
            found.push(self.is.difference(DifferenceKind::Changed, self.changed(&changed)));
        }
    }

    /// What the parent of such an element is.
    fn container(&self) -> Text {
        match self.is.list {
            "lanes" => Text::fixed("bane", "bana", "lane"),
            _ => Text::fixed("delproces", "delprocess", "sub-process"),
        }
    }

    fn renamed(&self) -> Text {
        let Text { da, sv, en } = self.before.called(self.was);
        match self.is.name().map(shorten) {
            Some(name) => {
                text!("{da} hedder nu »{name}«", "{sv} heter nu ”{name}”", "{en} is now called “{name}”")
            }
            None => {
                text!("{da} har intet navn mere", "{sv} har inget namn längre", "{en} has no name any more")
            }
        }
    }

    fn moved(&self, field: &str, what: &Text) -> Text {
        let Text { da, sv, en } = self.after.called(self.is);
        let Text { da: what_da, sv: what_sv, en: what_en } = what;
        let from = self.was.text(field).map(|id| shorten(self.before.name_of(id)));
        let to = self.is.text(field).map(|id| shorten(self.after.name_of(id)));
        match (from, to) {
            (Some(from), Some(to)) => text!(
                "{da} er flyttet fra {what_da} »{from}« til »{to}«",
                "{sv} har flyttats från {what_sv} ”{from}” till ”{to}”",
                "{en} was moved from {what_en} “{from}” to “{to}”"
            ),
            (None, Some(to)) => text!(
                "{da} er flyttet ind i {what_da} »{to}«",
                "{sv} har flyttats in i {what_sv} ”{to}”",
                "{en} was moved into {what_en} “{to}”"
            ),
            (from, None) => {
                let from = from.unwrap_or_default();
                text!(
                    "{da} er flyttet ud af {what_da} »{from}«",
                    "{sv} har flyttats ut ur {what_sv} ”{from}”",
                    "{en} was moved out of {what_en} “{from}”"
                )
            }
        }
    }

    fn led_elsewhere(&self) -> Text {
        let Text { da, sv, en } = self.before.called(self.was);
        let end = |field| shorten(self.after.name_of(self.is.text(field).unwrap_or_default()));
        let (from, to) = (end("source"), end("target"));
        text!(
            "{da} går nu fra »{from}« til »{to}«",
            "{sv} går nu från ”{from}” till ”{to}”",
            "{en} now leads from “{from}” to “{to}”"
        )
    }

    fn changed(&self, fields: &[&str]) -> Text {
        let Text { da, sv, en } = self.after.called(self.is);
        let words: Vec<Text> = fields.iter().map(|field| field_word(field)).collect();
        let list = |of: fn(&Text) -> &str| words.iter().map(of).collect::<Vec<_>>().join(", ");
        let (what_da, what_sv, what_en) =
            (list(|text| &text.da), list(|text| &text.sv), list(|text| &text.en));
        text!("{da} er ændret: {what_da}", "{sv} har ändrats: {what_sv}", "{en} was changed: {what_en}")
    }
}

/// What people call a field.
fn field_word(field: &str) -> Text {
    match field {
        "type" => Text::fixed("type", "typ", "type"),
        "documentation" => Text::fixed("beskrivelse", "beskrivning", "documentation"),
        "event" => Text::fixed("hændelse", "händelse", "event"),
        "attached_to" => Text::fixed("hvad den sidder på", "vad den sitter på", "what it sits on"),
        "interrupting" => Text::fixed("om den afbryder", "om den avbryter", "whether it interrupts"),
        "default_flow" => Text::fixed("standardvej", "standardväg", "default flow"),
        "repeat" => Text::fixed("gentagelse", "upprepning", "repetition"),
        "for_compensation" => Text::fixed("kompensation", "kompensation", "compensation"),
        "triggered_by_event" => Text::fixed("start ved hændelse", "start vid händelse", "start by an event"),
        "calls" | "process_id" => Text::fixed("hvor den fører hen", "vart den leder", "where it leads"),
        "activity_id" => Text::fixed("aktivitet", "aktivitet", "activity"),
        "process_role_id" => Text::fixed("rolle", "roll", "role"),
        "extensions" => {
            Text::fixed("hvad andre værktøjer siger", "vad andra verktyg säger", "what other tools say")
        }
        "step" => Text::fixed("opgave", "uppgift", "task"),
        "condition" => Text::fixed("betingelse", "villkor", "condition"),
        "own" | "process" => Text::fixed("deltager", "deltagare", "participant"),
        "vertical" => Text::fixed("retning", "riktning", "direction"),
        "other_pool" => Text::fixed("den anden deltager", "den andra deltagaren", "the other participant"),
        "refers_to" => Text::fixed("henvisning", "hänvisning", "reference"),
        "state" => Text::fixed("tilstand", "tillstånd", "state"),
        "collection" => Text::fixed("antal", "antal", "number"),
        "direction" => Text::fixed("pile", "pilar", "arrows"),
        other => {
            let word = other.to_owned();
            text!("{word}", "{word}", "{word}")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{Bounds, Lane, Node, NodeKind, Point, SequenceFlow};
    use super::*;

    fn lane(id: &str, name: &str) -> Lane {
        Lane { id: id.to_owned(), name: Some(name.to_owned()), ..Lane::default() }
    }

    fn flow() -> Flow {
        let node = |id: &str, kind, name: Option<&str>| Node {
            id: id.to_owned(),
            kind,
            name: name.map(str::to_owned),
            ..Node::default()
        };
        let way = |id: &str, source: &str, target: &str| SequenceFlow {
            id: id.to_owned(),
            source: source.to_owned(),
            target: target.to_owned(),
            ..SequenceFlow::default()
        };
        let check =
            Node { lane: Some("buyer".to_owned()), ..node("check", NodeKind::Task, Some("Check the bill")) };
        Flow {
            nodes: vec![
                node("start", NodeKind::StartEvent, None),
                check,
                node("end", NodeKind::EndEvent, None),
            ],
            lanes: vec![lane("buyer", "Buyer"), lane("accounts", "Accounts")],
            sequence_flows: vec![way("a", "start", "check"), way("b", "check", "end")],
            ..Flow::default()
        }
    }

    fn said(after: &Flow) -> Vec<(DifferenceKind, String, String)> {
        let found = difference(&flow(), after).into_iter();
        found.map(|one| (one.kind, one.element, one.text.en.into_owned())).collect()
    }

    type Change = fn(&mut Flow);

    #[test]
    fn each_change_is_said_once_by_its_element() {
        use DifferenceKind::{Added, Changed, Moved, Removed};
        let table: [(Change, DifferenceKind, &str, &str); 10] = [
            (
                |flow| flow.nodes[1].lane = Some("accounts".to_owned()),
                Moved,
                "check",
                "Task “Check the bill” was moved from lane “Buyer” to “Accounts”",
            ),
            (
                |flow| flow.nodes[1].lane = None,
                Moved,
                "check",
                "Task “Check the bill” was moved out of lane “Buyer”",
            ),
            (
                |flow| flow.nodes[1].name = Some("Check it".to_owned()),
                Changed,
                "check",
                "Task “Check the bill” is now called “Check it”",
            ),
            (
                |flow| flow.nodes[1].bounds = Some(Bounds { x: 1.0, ..Bounds::default() }),
                Moved,
                "check",
                "Task “Check the bill” was moved on the drawing",
            ),
            (
                |flow| flow.sequence_flows[0].waypoints = vec![Point::default(); 2],
                Moved,
                "a",
                "Sequence flow from “start” to “Check the bill” was moved on the drawing",
            ),
            (
                |flow| flow.nodes[1].documentation = Some("Twice".to_owned()),
                Changed,
                "check",
                "Task “Check the bill” was changed: documentation",
            ),
            (
                |flow| flow.nodes[1].kind = NodeKind::UserTask,
                Changed,
                "check",
                "User task “Check the bill” was changed: type",
            ),
            (
                |flow| flow.sequence_flows[1].target = "start".to_owned(),
                Changed,
                "b",
                "Sequence flow from “Check the bill” to “end” now leads from “Check the bill” to “start”",
            ),
            (|flow| flow.lanes.push(lane("boss", "Boss")), Added, "boss", "Lane “Boss” was added"),
            (
                |flow| {
                    flow.sequence_flows.pop();
                },
                Removed,
                "b",
                "Sequence flow from “Check the bill” to “end” was removed",
            ),
        ];
        for (change, kind, element, text) in table {
            let mut after = flow();
            change(&mut after);
            assert_eq!(said(&after), [(kind, element.to_owned(), text.to_owned())]);
        }
    }

    #[test]
    fn the_order_of_lists_says_nothing_and_a_move_between_lanes_is_not_said_twice() {
        let mut after = flow();
        after.nodes.reverse();
        after.lanes.reverse();
        after.sequence_flows.reverse();
        assert_eq!(difference(&flow(), &after), []);
        after.nodes[1].lane = Some("accounts".to_owned());
        after.nodes[1].bounds = Some(Bounds { y: 300.0, ..Bounds::default() });
        assert_eq!(said(&after).len(), 1);
    }

    #[test]
    fn it_is_said_in_three_languages() {
        let mut after = flow();
        after.nodes[1].lane = Some("accounts".to_owned());
        let text = &difference(&flow(), &after)[0].text;
        assert_eq!(text.da, "Opgave »Check the bill« er flyttet fra bane »Buyer« til »Accounts«");
        assert_eq!(text.sv, "Uppgift ”Check the bill” har flyttats från bana ”Buyer” till ”Accounts”");
    }

    fn a_document() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c~/ø]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-c~/ø]{0,2}", inner, 0..5).prop_map(|members| json!(members)),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_patch_turns_the_one_document_into_the_other(before in a_document(), after in a_document()) {
            let operations = patch(&before, &after);
            let patch: json_patch::Patch = serde_json::from_value(Value::Array(operations)).unwrap();
            let mut document = before;
            json_patch::patch(&mut document, &patch).unwrap();
            prop_assert_eq!(document, after);
        }
    }
}

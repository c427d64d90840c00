//! What makes a flow impossible to store: it contradicts itself, or BPMN has no way to say it.

mod data;
mod nodes;

use std::collections::{HashMap, HashSet};

use super::bpmn::{self, is_ncname, is_xml_char, shorten};
use super::{
    Bounds, Flow, MAX_COORDINATE, MAX_ELEMENTS, MAX_ID, MAX_NESTING, MAX_TEXT, MAX_VIOLATIONS, Node,
    NodeKind, Point,
};
use crate::fault::Violation;
use crate::text;
use crate::text::Text;

/// Everything that is wrong with a flow, up to [`MAX_VIOLATIONS`], each with its element's id; nothing for a flow that may
/// be stored.
///
/// Such a flow is sound, but need not run: see [`advise()`](super::advise()).
#[must_use]
pub fn validate(flow: &Flow) -> Vec<Violation> {
    let mut violations = validate_graph(flow);
    if violations.is_empty() {
        violations = bpmn::validate_extensions(flow);
    }
    violations
}

/// What is wrong with a flow apart from its extensions.
pub(super) fn validate_graph(flow: &Flow) -> Vec<Violation> {
    let count = flow.nodes.len()
        + flow.sequence_flows.len()
        + flow.pools.len()
        + flow.lanes.len()
        + flow.message_flows.len()
        + flow.data.len()
        + flow.artifacts.len()
        + flow.associations.len();
    if count > MAX_ELEMENTS {
        return vec![Violation::at(
            "",
            "too_many_elements",
            text!(
                "Flowet har {count} elementer; flere end {MAX_ELEMENTS} kan det ikke have. Del det op.",
                "Flödet har {count} element; fler än {MAX_ELEMENTS} kan det inte ha. Dela upp det.",
                "The flow has {count} elements; it cannot have more than {MAX_ELEMENTS}. Split it up."
            ),
        )];
    }
    let mut validator = Validator::new(flow);
    validator.ids();
    validator.nodes();
    validator.sequence_flows();
    validator.pools_and_messages();
    validator.lanes();
    validator.data();
    validator.artifacts_and_associations();
    validator.nesting();
    validator.violations
}

struct Validator<'a> {
    flow: &'a Flow,
    nodes: HashMap<&'a str, &'a Node>,
    violations: Vec<Violation>,
}

impl<'a> Validator<'a> {
    fn new(flow: &'a Flow) -> Self {
        let nodes = flow.nodes.iter().map(|n| (n.id.as_str(), n)).collect();
        Self { flow, nodes, violations: Vec::new() }
    }

    fn add(&mut self, element: &str, code: &'static str, text: Text) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation::of_element(element, code, text));
        }
    }

    /// A reference to something that is not there, or not what it must be.
    fn unknown(&mut self, element: &str, code: &'static str, field: &str, to: &str) {
        let to = shorten(to);
        let text = text!(
            "»{element}« peger i {field} på »{to}«, som ikke findes her eller er af en anden slags.",
            "”{element}” pekar i {field} på ”{to}”, som inte finns här eller är av ett annat slag.",
            "\"{element}\" points in {field} to \"{to}\", which is not here or is of another kind."
        );
        self.add(element, code, text);
    }

    fn misplaced(&mut self, element: &str, field: &str) {
        let text = text!(
            "»{element}« kan ikke have {field}; dens slags element har det ikke. Fjern feltet.",
            "”{element}” kan inte ha {field}; dess slags element har det inte. Ta bort fältet.",
            "\"{element}\" cannot have {field}; its kind of element has none. Remove the field."
        );
        self.add(element, "field_misplaced", text);
    }

    fn ids(&mut self) {
        let flow = self.flow;
        let mut seen = HashSet::new();
        let drawn = flow.nodes.iter().map(|n| &n.id).chain(flow.sequence_flows.iter().map(|f| &f.id));
        let around = flow.pools.iter().map(|p| &p.id).chain(flow.lanes.iter().map(|l| &l.id));
        let data = flow.message_flows.iter().map(|m| &m.id).chain(flow.data.iter().map(|d| &d.id));
        let rest = flow.artifacts.iter().map(|a| &a.id).chain(flow.associations.iter().map(|a| &a.id));
        for id in drawn.chain(around).chain(data).chain(rest) {
            if !is_ncname(id) || id.len() > MAX_ID {
                let id = shorten(id);
                let text = text!(
                    "»{id}« er ikke et gyldigt id: det skal begynde med et bogstav eller _, og have bogstaver, cifre, - _ og . alene.",
                    "”{id}” är inte ett giltigt id: det ska börja med en bokstav eller _ och bara ha bokstäver, siffror, - _ och .",
                    "\"{id}\" is not a valid id: it must begin with a letter or _ and have letters, digits, - _ and . alone."
                );
                self.add(id, "id_invalid", text);
            } else if !seen.insert(id.as_str()) {
                let text = text!(
                    "Flere elementer har id »{id}«. Giv hvert sit eget.",
                    "Flera element har id ”{id}”. Ge vart och ett sitt eget.",
                    "Several elements have the id \"{id}\". Give each its own."
                );
                self.add(id, "id_clash", text);
            }
        }
        for data in &flow.data {
            let Some(object) = &data.refers_to else { continue };
            if !is_ncname(object) || seen.contains(object.as_str()) {
                self.unknown(&data.id, "reference_invalid", "refers_to", object);
            }
        }
    }

    fn text(&mut self, element: &str, field: &str, text: Option<&str>) {
        if text.is_some_and(|t| t.len() > MAX_TEXT || !t.chars().all(is_xml_char)) {
            let limit = MAX_TEXT;
            let text = text!(
                "Teksten {field} på »{element}« er længere end {limit} bytes eller har tegn, som XML ikke kan rumme.",
                "Texten {field} på ”{element}” är längre än {limit} byte eller har tecken som XML inte kan rymma.",
                "The text {field} of \"{element}\" is longer than {limit} bytes or has characters that XML cannot hold."
            );
            self.add(element, "text_invalid", text);
        }
    }

    fn place(&mut self, element: &str, bounds: Option<Bounds>, label: Option<Bounds>) {
        let within = |n: f64| n.abs() <= MAX_COORDINATE;
        let sound = |b: Bounds| {
            within(b.x)
                && within(b.y)
                && (0.0..=MAX_COORDINATE).contains(&b.width)
                && (0.0..=MAX_COORDINATE).contains(&b.height)
        };
        if !bounds.into_iter().chain(label).all(sound) {
            let text = text!(
                "Målene for »{element}« skal være tal inden for ±{MAX_COORDINATE}, bredde og højde ikke negative.",
                "Måtten för ”{element}” ska vara tal inom ±{MAX_COORDINATE}, bredd och höjd inte negativa.",
                "The measures of \"{element}\" must be numbers within ±{MAX_COORDINATE}, width and height not negative."
            );
            self.add(element, "bounds_invalid", text);
        }
        if label.is_some() && bounds.is_none() {
            self.label_alone(element);
        }
    }

    fn label_alone(&mut self, element: &str) {
        let text = text!(
            "»{element}« har en etiket, men er ikke selv tegnet. Giv den mål eller fjern etiketten.",
            "”{element}” har en etikett men är inte själv ritad. Ge den mått eller ta bort etiketten.",
            "\"{element}\" has a label but is not drawn itself. Give it a place or remove the label."
        );
        self.add(element, "label_alone", text);
    }

    fn line(&mut self, element: &str, waypoints: &[Point], label: Option<Bounds>) {
        let within = |n: f64| n.abs() <= MAX_COORDINATE;
        if waypoints.len() == 1
            || waypoints.len() > 1000
            || !waypoints.iter().all(|p| within(p.x) && within(p.y))
        {
            let text = text!(
                "Linjen »{element}« skal have 2 til 1000 punkter, eller ingen, med tal inden for ±{MAX_COORDINATE}.",
                "Linjen ”{element}” ska ha 2 till 1000 punkter, eller inga, med tal inom ±{MAX_COORDINATE}.",
                "The line \"{element}\" must have 2 to 1000 points, or none, with numbers within ±{MAX_COORDINATE}."
            );
            self.add(element, "waypoints_invalid", text);
        }
        let frame = waypoints.first().map(|_| Bounds::default());
        self.place(element, frame, label);
    }

    /// Checks that a parent is a sub-process.
    fn parent(&mut self, element: &str, field: &str, parent: Option<&String>) {
        if let Some(parent) = parent
            && !self.nodes.get(parent.as_str()).is_some_and(|n| n.kind.is_sub_process())
        {
            self.unknown(element, "parent_unknown", field, parent);
        }
    }

    fn sequence_flows(&mut self) {
        let flow = self.flow;
        for edge in &flow.sequence_flows {
            let id = edge.id.as_str();
            self.text(id, "name", edge.name.as_deref());
            self.text(id, "condition", edge.condition.as_deref());
            self.line(id, &edge.waypoints, edge.label);
            let ends = [("source", &edge.source), ("target", &edge.target)];
            let found = ends.map(|(_, end)| self.nodes.get(end.as_str()).copied());
            for ((field, end), _) in ends.into_iter().zip(found).filter(|(_, node)| node.is_none()) {
                self.unknown(id, "end_unknown", field, end);
            }
            if let [Some(source), Some(target)] = found
                && source.parent != target.parent
            {
                let (from, to) = (&source.id, &target.id);
                let text = text!(
                    "Sekvensflow »{id}« krydser kanten af en delproces, fra »{from}« til »{to}«. Begge ender skal ligge i den samme.",
                    "Sekvensflödet ”{id}” korsar kanten av en delprocess, från ”{from}” till ”{to}”. Båda ändar ska ligga i samma.",
                    "Sequence flow \"{id}\" crosses the edge of a sub-process, from \"{from}\" to \"{to}\". Both ends must lie in the same."
                );
                self.add(id, "crosses_sub_process", text);
            }
            if let Some(source) = found[0].filter(|n| n.kind == NodeKind::EndEvent) {
                let end = &source.id;
                let text = text!(
                    "Sekvensflow »{id}« går ud af slutningen »{end}«. Brug en mellemhændelse, eller fjern det.",
                    "Sekvensflödet ”{id}” går ut ur slutet ”{end}”. Använd en mellanhändelse, eller ta bort det.",
                    "Sequence flow \"{id}\" leaves the end event \"{end}\". Use an intermediate event, or remove it."
                );
                self.add(id, "leaves_end_event", text);
            }
            if let Some(target) =
                found[1].filter(|n| matches!(n.kind, NodeKind::StartEvent | NodeKind::BoundaryEvent))
            {
                let start = &target.id;
                let text = text!(
                    "Sekvensflow »{id}« går ind i »{start}«, en start- eller kanthændelse, som intet går ind i.",
                    "Sekvensflödet ”{id}” går in i ”{start}”, en start- eller kanthändelse, som inget går in i.",
                    "Sequence flow \"{id}\" enters \"{start}\", a start or boundary event, which nothing enters."
                );
                self.add(id, "enters_start_event", text);
            }
        }
    }

    fn pools_and_messages(&mut self) {
        let flow = self.flow;
        let pools: HashMap<&str, bool> = flow.pools.iter().map(|p| (p.id.as_str(), p.own)).collect();
        for pool in &flow.pools {
            self.text(&pool.id, "name", pool.name.as_deref());
            self.place(&pool.id, pool.bounds, None);
            match &pool.process {
                Some(_) if pool.own => self.misplaced(&pool.id, "process"),
                Some(process) if !is_ncname(process) => {
                    self.unknown(&pool.id, "reference_invalid", "process", process);
                }
                _ => {}
            }
        }
        for pool in flow.pools.iter().filter(|p| p.own).skip(1) {
            let id = &pool.id;
            let text = text!(
                "»{id}« er en pool mere med own: true; flowet har kun én selv.",
                "”{id}” är en pool till med own: true; flödet har bara en själv.",
                "\"{id}\" is one more pool with own: true; the flow has only one of its own."
            );
            self.add(id, "own_pool_clash", text);
        }
        let around = flow.pools.iter().map(|p| &p.id).chain(flow.message_flows.iter().map(|m| &m.id)).next();
        if let Some(id) = around.filter(|_| !flow.pools.iter().any(|p| p.own)) {
            let text = text!(
                "Ingen pool har own: true; hvor der er pools eller meddelelsesflow, er én af dem flowets egen.",
                "Ingen pool har own: true; där det finns pooler eller meddelandeflöden är en av dem flödets egen.",
                "No pool has own: true; where there are pools or message flows, one pool is the flow's own."
            );
            self.add(id, "own_pool_missing", text);
        }
        for message in &flow.message_flows {
            let id = message.id.as_str();
            self.text(id, "name", message.name.as_deref());
            self.line(id, &message.waypoints, message.label);
            let mut foreign = 0;
            let own = |end: &str| self.nodes.contains_key(end) || pools.get(end) == Some(&true);
            if !own(&message.source) && !own(&message.target) {
                let text = text!(
                    "Meddelelsesflow »{id}« har ingen ende i dette flow.",
                    "Meddelandeflödet ”{id}” har ingen ände i det här flödet.",
                    "Message flow \"{id}\" has no end in this flow."
                );
                self.add(id, "message_elsewhere", text);
            }
            for (field, end) in [("source", &message.source), ("target", &message.target)] {
                if self.nodes.contains_key(end.as_str()) || pools.contains_key(end.as_str()) {
                    continue;
                }
                foreign += 1;
                if message.other_pool.is_none() || !is_ncname(end) || foreign > 1 {
                    self.unknown(id, "end_unknown", field, end);
                }
            }
            if let Some(pool) = message.other_pool.as_deref()
                && (pools.get(pool) != Some(&false) || foreign == 0)
            {
                self.unknown(id, "other_pool_unknown", "other_pool", pool);
            }
        }
    }

    fn lanes(&mut self) {
        let flow = self.flow;
        let lanes: HashMap<&str, _> = flow.lanes.iter().map(|l| (l.id.as_str(), l)).collect();
        for lane in &flow.lanes {
            let id = lane.id.as_str();
            self.text(id, "name", lane.name.as_deref());
            self.place(id, lane.bounds, None);
            self.parent(id, "sub_process", lane.sub_process.as_ref());
            if let Some(parent) = lane.parent.as_deref()
                && lanes.get(parent).is_none_or(|p| p.sub_process != lane.sub_process)
            {
                self.unknown(id, "parent_unknown", "parent", parent);
            }
        }
    }

    /// Sub-processes and lanes within themselves, or too deep.
    fn nesting(&mut self) {
        let flow = self.flow;
        let nodes: HashMap<&str, Option<&str>> =
            flow.nodes.iter().map(|n| (n.id.as_str(), n.parent.as_deref())).collect();
        let lanes: HashMap<&str, Option<&str>> =
            flow.lanes.iter().map(|l| (l.id.as_str(), l.parent.as_deref())).collect();
        for parents in [nodes, lanes] {
            let mut too_deep: Vec<&str> =
                parents.keys().copied().filter(|id| depth(&parents, id).is_none()).collect();
            too_deep.sort_unstable();
            for id in too_deep {
                let text = text!(
                    "»{id}« ligger i sig selv, eller mere end {MAX_NESTING} niveauer dybt.",
                    "”{id}” ligger i sig själv, eller mer än {MAX_NESTING} nivåer djupt.",
                    "\"{id}\" lies within itself, or more than {MAX_NESTING} levels deep."
                );
                self.add(id, "nested_too_deep", text);
            }
        }
    }
}

/// How many parents an element has around it; none for more than is allowed, or endlessly many.
fn depth(parents: &HashMap<&str, Option<&str>>, id: &str) -> Option<usize> {
    let mut at = id;
    (0..=MAX_NESTING).find(|_| match parents.get(at).copied().flatten() {
        Some(parent) => {
            at = parent;
            false
        }
        None => true,
    })
}

//! Pools, message flows and what else is drawn around the processes.

use std::collections::{HashMap, HashSet};

use super::ids::Ids;
use super::{File, ImportedProcess};
use crate::fault::Violation;
use crate::flow::bpmn::layout::flag;
use crate::flow::bpmn::xml::{Attribute, Element, Space, shorten};
use crate::flow::{AssociationKind, Bounds, Flow, MessageFlow, Pool};
use crate::text;

/// How many pools the processes of a collaboration may have all together.
const MAX_POOLS: usize = 50_000;

/// A collaboration's processes.
struct Around<'a> {
    /// Each process's own pool in this collaboration.
    pools: Vec<Option<&'a str>>,
    /// The process of each of these pools.
    own: HashMap<&'a str, usize>,
}

impl<'a> File<'a> {
    /// Gives each process its collaboration's pools, and the message flows and artifacts that concern it.
    pub(super) fn collaborations(&mut self, processes: &mut [ImportedProcess]) -> Vec<Violation> {
        let mut violations = Vec::new();
        let places: HashMap<String, usize> =
            processes.iter().enumerate().map(|(index, p)| (p.bpmn_id.clone(), index)).collect();
        let collaborations: Vec<&Element> = self.root.all("collaboration").collect();
        for element in collaborations {
            let participants: Vec<&Element> = element.all("participant").collect();
            let process_of = |p: &Element| places.get(&self.ids.resolve(p.get("processRef")?)).copied();
            let mut pools = vec![None; processes.len()];
            for participant in &participants {
                if let Some(process) = process_of(participant)
                    && processes[process].flow.pools.is_empty()
                {
                    pools[process].get_or_insert(participant.id());
                }
            }
            let own: HashMap<&str, usize> =
                pools.iter().enumerate().filter_map(|(index, pool)| Some(((*pool)?, index))).collect();
            // Each process gets every pool, so many of both would fill the memory.
            if own.len().saturating_mul(participants.len()) > MAX_POOLS {
                violations.push(Violation::of_element(
                    element.id(),
                    "too_many_elements",
                    text!(
                        "Samarbejdet har for mange pools med en proces. Del filen op.",
                        "Samarbetet har för många pooler med en process. Dela upp filen.",
                        "The collaboration has too many pools with a process. Split the file up."
                    ),
                ));
                continue;
            }
            for (pool, &index) in &own {
                let main = self.mains[index];
                let made = participants.iter().map(|p| self.pool(p, pool, main)).collect();
                processes[index].flow.pools = made;
                self.around[index] = Some(element);
                self.owned.insert(element.id());
            }
            let around = Around { pools, own };
            if around.own.is_empty() {
                let what = text!(
                    "samarbejdet har ingen af filens processer, eller de har allerede et andet.",
                    "samarbetet har ingen av filens processer, eller så har de redan ett annat.",
                    "the collaboration has none of the file's processes, or they have another already."
                );
                self.leave_kept(element.id(), "collaboration", what);
                continue;
            }
            for flow in element.all("messageFlow") {
                violations.extend(self.message_flow(flow, processes, &around));
            }
            self.artifacts(element, processes, &around);
        }
        violations
    }

    fn pool(&mut self, participant: &Element, own: &str, main: usize) -> Pool {
        let id = participant.id();
        let own = id == own;
        let given = participant.styr("process").filter(|_| !own).map(|text| self.copy(text));
        let referred = participant.get("processRef").filter(|p| !own && given.is_none() && !p.is_empty());
        let referred = referred.map(|text| self.copy(text));
        let process = given.or_else(|| referred.map(|p| self.ids.resolve(&p)));
        // A pool drawn elsewhere does not fit around what is drawn here.
        let drawn = self.layout.shape_in(main, id).is_some();
        Pool {
            id: id.to_owned(),
            name: participant.get("name").map(|text| self.copy(text)),
            own,
            process,
            vertical: match self.layout.shape_in(main, id).filter(|s| s.bounds.is_some()) {
                Some(shape) => shape.horizontal.map(|horizontal| !horizontal),
                None => flag(participant.styr("vertical")),
            },
            bounds: if drawn { self.bounds(main, id) } else { None },
            extensions: Vec::new(),
        }
    }

    fn message_flow(
        &mut self,
        element: &'a Element,
        processes: &mut [ImportedProcess],
        around: &Around<'_>,
    ) -> Option<Violation> {
        let id = element.id();
        let end = |own, plain| {
            let written = element.styr(own).or_else(|| element.get(plain)).unwrap_or_default();
            let pool = element.styr(own).and_then(|_| element.get(plain)).map(|p| self.ids.resolve(p));
            (self.ids.resolve(written), pool)
        };
        let (source, source_pool) = end("source", "sourceRef");
        let (target, target_pool) = end("target", "targetRef");
        let message = element.get("messageRef").map(|m| self.ids.resolve(m));
        let message = message.and_then(|m| self.by_id.get(m.as_str()).copied());
        let name = element.get("name").or_else(|| message?.get("name")).map(|text| self.copy(text));
        let is_pool = |end: &str| self.by_id.get(end).is_some_and(|e| e.name == "participant");
        let home = |end: &str| around.own.get(end).or_else(|| self.homes.get(end)).copied();
        let pool_of = |end: &str| around.pools.get(home(end)?).copied().flatten().map(str::to_owned);
        let mut carried = false;
        let homes = [home(&source), home(&target).filter(|h| Some(*h) != home(&source))];
        for index in homes.into_iter().flatten().filter(|index| around.pools[*index].is_some()) {
            let here = |end: &str| home(end) == Some(index);
            carried = true;
            let other = |end: &str, written: &Option<String>| match written {
                _ if here(end) || is_pool(end) => None,
                Some(pool) => Some(pool.clone()),
                None => pool_of(end),
            };
            let edge = self.layout.edge(self.mains[index], id);
            processes[index].flow.message_flows.push(MessageFlow {
                id: id.to_owned(),
                name: name.clone(),
                source: source.clone(),
                target: target.clone(),
                other_pool: other(&source, &source_pool).or_else(|| other(&target, &target_pool)),
                waypoints: edge.map(|e| e.waypoints.clone()).unwrap_or_default(),
                label: edge.and_then(|e| e.label),
                extensions: Vec::new(),
            });
        }
        let known = |end: &str| is_pool(end) || self.homes.contains_key(end);
        let unknown = [&source, &target].into_iter().find(|end| !known(end));
        self.used.extend(message.map(Element::id));
        if carried {
            return None;
        }
        if let Some(end) = unknown {
            let end = shorten(end);
            return Some(Violation::of_element(
                id,
                "end_unknown",
                text!(
                    "Meddelelsesflow »{id}« peger på »{end}«, som ikke findes.",
                    "Meddelandeflödet ”{id}” pekar på ”{end}”, som inte finns.",
                    "Message flow \"{id}\" points to \"{end}\", which does not exist."
                ),
            ));
        }
        let what = text!(
            "går ikke til eller fra nogen af filens processer.",
            "går inte till eller från någon av filens processer.",
            "leads neither to nor from any of the file's processes."
        );
        self.leave_kept(id, "messageFlow", what);
        None
    }

    /// The collaboration's own artifacts: each goes to the process that it is tied to or drawn over, else to the first.
    fn artifacts(&mut self, element: &'a Element, processes: &mut [ImportedProcess], around: &Around<'_>) {
        let own =
            |p: &ImportedProcess| p.flow.pools.iter().find(|pool| pool.own).and_then(|pool| pool.bounds);
        let mut frames: Vec<(usize, Bounds)> =
            around.own.values().filter_map(|&index| Some((index, own(&processes[index])?))).collect();
        frames.sort_unstable_by_key(|(index, _)| *index);
        let first = around.pools.iter().position(Option::is_some).unwrap_or_default();
        let mut homes: HashMap<&str, usize> = HashMap::new();
        let associations: Vec<(&Element, String, String)> = element
            .all("association")
            .map(|a| {
                let end = |name| a.get(name).map(|r| self.ids.resolve(r)).unwrap_or_default();
                (a, end("sourceRef"), end("targetRef"))
            })
            .collect();
        let mut tied: HashMap<&str, usize> = HashMap::new();
        for (_, source, target) in &associations {
            let home = |end: &str| self.homes.get(end).or_else(|| around.own.get(end)).copied();
            if let Some(home) = home(target) {
                tied.entry(source).or_insert(home);
            }
            if let Some(home) = home(source) {
                tied.entry(target).or_insert(home);
            }
        }
        for child in element.children.iter().filter(|c| c.space == Space::Model) {
            if !matches!(child.name.as_str(), "textAnnotation" | "group") {
                continue;
            }
            let over = || {
                let shape = self.layout.shape(0, child.id())?.1.bounds?;
                frames.iter().find(|(_, frame)| holds(*frame, shape)).map(|(index, _)| *index)
            };
            let home = tied.get(child.id()).copied().or_else(over).unwrap_or(first);
            homes.insert(child.id(), home);
            let artifact = self.artifact(child, None, self.mains[home]);
            processes[home].flow.artifacts.push(artifact);
        }
        for (association, source, target) in &associations {
            let home = |end: &str| homes.get(end).or_else(|| self.homes.get(end)).copied();
            let home = home(source).or_else(|| home(target)).unwrap_or(first);
            let association = self.association(association, None, self.mains[home]);
            processes[home].flow.associations.push(association);
        }
    }

    /// Leaves out associations with an end that the flow does not have.
    pub(super) fn drop_loose_associations(&mut self, flow: &mut Flow) {
        let data: HashSet<&str> = flow.data.iter().map(|d| d.id.as_str()).collect();
        let nodes = flow.nodes.iter().map(|n| n.id.as_str());
        let lines = flow
            .sequence_flows
            .iter()
            .map(|f| f.id.as_str())
            .chain(flow.message_flows.iter().map(|f| f.id.as_str()));
        let places = flow.pools.iter().map(|p| p.id.as_str()).chain(flow.lanes.iter().map(|l| l.id.as_str()));
        let artifacts = flow.artifacts.iter().map(|a| a.id.as_str());
        let known: HashSet<&str> =
            nodes.chain(lines).chain(places).chain(artifacts).chain(data.iter().copied()).collect();
        let mut loose = Vec::new();
        flow.associations.retain(|a| {
            let (source, target) = (a.source.as_str(), a.target.as_str());
            let lost = match a.kind {
                AssociationKind::Association => [source, target].into_iter().find(|end| !known.contains(end)),
                AssociationKind::DataInput => Some(source).filter(|end| !data.contains(end)),
                AssociationKind::DataOutput => Some(target).filter(|end| !data.contains(end)),
            };
            if let Some(lost) = lost {
                loose.push((a.id.clone(), a.kind, lost.to_owned()));
            }
            lost.is_none()
        });
        for (id, kind, lost) in loose {
            let kind = match kind {
                AssociationKind::Association => "association",
                AssociationKind::DataInput => "dataInputAssociation",
                AssociationKind::DataOutput => "dataOutputAssociation",
            };
            self.leave_reference(&id, kind, &lost);
        }
    }
}

/// Gives a participant to each process that messages reach although no pool is drawn around it.
pub(super) fn add_hidden_participants(root: &mut Element, ids: &mut Ids) {
    fn homes<'a>(element: &'a Element, process: &'a str, found: &mut HashMap<&'a str, &'a str>) {
        for child in element.children.iter().filter(|c| c.space == Space::Model) {
            found.insert(child.id(), process);
            homes(child, process, found);
        }
    }
    let mut found = HashMap::new();
    root.all("process").for_each(|p| homes(p, p.id(), &mut found));
    let named = root.all("process").filter_map(|p| Some((p.id().to_owned(), p.get("name")?.to_owned())));
    let named: HashMap<String, String> = named.filter(|(_, name)| !name.is_empty()).collect();
    let participants = root.all("collaboration").flat_map(|c| c.all("participant"));
    let mut shown: HashSet<String> =
        participants.filter_map(|p| p.get("processRef")).map(|p| ids.resolve(p)).collect();
    let mut hidden: Vec<Vec<String>> = Vec::new();
    for collaboration in root.all("collaboration") {
        let flows = collaboration.all("messageFlow");
        let ends = flows
            .flat_map(|f| [f.get("sourceRef"), f.get("targetRef")])
            .flatten()
            .map(|end| ids.resolve(end));
        let processes = ends.filter_map(|end| found.get(end.as_str()).map(|p| (*p).to_owned()));
        hidden.push(processes.filter(|p| shown.insert(p.clone())).collect());
    }
    let collaborations = root.children.iter_mut().filter(|c| c.is(Space::Model, "collaboration"));
    for (collaboration, processes) in collaborations.zip(hidden) {
        for process in processes {
            let id = ids.fresh("", "participant");
            let mut participant = Element::new(Space::Model, "participant");
            participant.attributes.push(Attribute::plain("id", id));
            participant
                .attributes
                .extend(named.get(&process).map(|name| Attribute::plain("name", name.as_str())));
            participant.attributes.push(Attribute::plain("processRef", process));
            collaboration.children.push(participant);
        }
    }
}

/// Whether the middle of one rectangle lies in the other.
fn holds(outer: Bounds, inner: Bounds) -> bool {
    let (x, y) = (inner.x + inner.width / 2.0, inner.y + inner.height / 2.0);
    (outer.x..=outer.x + outer.width).contains(&x) && (outer.y..=outer.y + outer.height).contains(&y)
}

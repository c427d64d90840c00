//! Data, artifacts and associations.

use std::collections::{HashMap, HashSet};

use super::Validator;
use crate::flow::{AssociationKind, Data, DataKind, NodeKind};
use crate::text;

impl Validator<'_> {
    pub(super) fn data(&mut self) {
        let flow = self.flow;
        let mut objects: HashMap<&str, &Data> = HashMap::new();
        for data in &flow.data {
            let id = data.id.as_str();
            self.text(id, "name", data.name.as_deref());
            self.text(id, "state", data.state.as_deref());
            self.place(id, data.bounds, data.label);
            self.parent(id, "parent", data.parent.as_ref());
            if data.collection.is_some() && data.kind == DataKind::Store {
                self.misplaced(id, "collection");
            }
            let Some(object) = &data.refers_to else { continue };
            if matches!(data.kind, DataKind::Input | DataKind::Output) {
                self.misplaced(id, "refers_to");
            }
            let first = *objects.entry(object).or_insert(data);
            if first.kind != data.kind || first.collection != data.collection {
                let other = &first.id;
                let text = text!(
                    "»{id}« og »{other}« viser begge »{object}«, men som forskellige slags data.",
                    "”{id}” och ”{other}” visar båda ”{object}”, men som olika slags data.",
                    "\"{id}\" and \"{other}\" both show \"{object}\", but as different kinds of data."
                );
                self.add(id, "data_differ", text);
            }
        }
    }

    pub(super) fn artifacts_and_associations(&mut self) {
        let flow = self.flow;
        for artifact in &flow.artifacts {
            self.text(&artifact.id, "text", artifact.text.as_deref());
            self.place(&artifact.id, artifact.bounds, artifact.label);
            self.parent(&artifact.id, "parent", artifact.parent.as_ref());
        }
        let data: HashSet<&str> = flow.data.iter().map(|d| d.id.as_str()).collect();
        let lines = flow.sequence_flows.iter().map(|f| &f.id).chain(flow.message_flows.iter().map(|f| &f.id));
        let places = flow.pools.iter().map(|p| &p.id).chain(flow.lanes.iter().map(|l| &l.id));
        let others: HashSet<&str> =
            lines.chain(places).chain(flow.artifacts.iter().map(|a| &a.id)).map(String::as_str).collect();
        for association in &flow.associations {
            let id = association.id.as_str();
            let (source, target) = (association.source.as_str(), association.target.as_str());
            self.line(id, &association.waypoints, None);
            self.parent(id, "parent", association.parent.as_ref());
            let owner = match association.kind {
                AssociationKind::Association => {
                    for (field, end) in [("source", source), ("target", target)] {
                        if !self.nodes.contains_key(end) && !data.contains(end) && !others.contains(end) {
                            self.unknown(id, "end_unknown", field, end);
                        }
                    }
                    continue;
                }
                AssociationKind::DataInput => (("source", source), ("target", target)),
                AssociationKind::DataOutput => (("target", target), ("source", source)),
            };
            let ((data_field, data_end), (node_field, node_end)) = owner;
            if !data.contains(data_end) {
                self.unknown(id, "end_unknown", data_field, data_end);
            }
            let reads = association.kind == AssociationKind::DataInput;
            match self.nodes.get(node_end).copied().filter(|n| takes_data(n.kind, reads)) {
                None => self.unknown(id, "end_unknown", node_field, node_end),
                Some(node) if node.parent != association.parent => {
                    let parent = association.parent.as_deref().unwrap_or_default();
                    self.unknown(id, "parent_unknown", "parent", parent);
                }
                Some(_) => {}
            }
            if association.direction.is_some() {
                self.misplaced(id, "direction");
            }
        }
    }
}

/// Whether BPMN lets the node read data, or write it.
fn takes_data(kind: NodeKind, reads: bool) -> bool {
    let throws = matches!(kind, NodeKind::EndEvent | NodeKind::IntermediateThrowEvent);
    kind.is_activity() || kind.is_event() && throws == reads
}

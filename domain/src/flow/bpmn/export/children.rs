//! What lies where in a flow.

use std::collections::HashMap;

use crate::flow::{Artifact, Association, AssociationKind, Data, DataKind, Flow, Lane, Node, SequenceFlow};

/// What lies in each sub-process, and at the top, and at each node.
#[derive(Default)]
pub(super) struct Children<'a> {
    pub(super) nodes: HashMap<Option<&'a str>, Vec<&'a Node>>,
    pub(super) flows: HashMap<Option<&'a str>, Vec<&'a SequenceFlow>>,
    pub(super) lane_sets: HashMap<Option<&'a str>, Vec<&'a Lane>>,
    pub(super) lanes: HashMap<&'a str, Vec<&'a Lane>>,
    pub(super) data: HashMap<Option<&'a str>, Vec<&'a Data>>,
    /// Data objects without an element of their own in the flow, where they are declared.
    pub(super) objects: HashMap<Option<&'a str>, Vec<&'a Data>>,
    pub(super) artifacts: HashMap<Option<&'a str>, Vec<&'a Artifact>>,
    pub(super) associations: HashMap<Option<&'a str>, Vec<&'a Association>>,
    /// The data associations of each node.
    pub(super) reads: HashMap<&'a str, Vec<&'a Association>>,
    pub(super) writes: HashMap<&'a str, Vec<&'a Association>>,
    pub(super) incoming: HashMap<&'a str, Vec<&'a str>>,
    pub(super) outgoing: HashMap<&'a str, Vec<&'a str>>,
    pub(super) in_lane: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Children<'a> {
    pub(super) fn new(flow: &'a Flow) -> Self {
        let mut all = Self::default();
        let parents: HashMap<&str, Option<&str>> =
            flow.nodes.iter().map(|n| (n.id.as_str(), n.parent.as_deref())).collect();
        for node in &flow.nodes {
            all.nodes.entry(node.parent.as_deref()).or_default().push(node);
            if let Some(lane) = &node.lane {
                all.in_lane.entry(lane).or_default().push(&node.id);
            }
        }
        for edge in &flow.sequence_flows {
            let scope = parents.get(edge.source.as_str()).copied().flatten();
            all.flows.entry(scope).or_default().push(edge);
            all.outgoing.entry(&edge.source).or_default().push(&edge.id);
            all.incoming.entry(&edge.target).or_default().push(&edge.id);
        }
        for lane in &flow.lanes {
            match &lane.parent {
                Some(parent) => all.lanes.entry(parent).or_default().push(lane),
                None => all.lane_sets.entry(lane.sub_process.as_deref()).or_default().push(lane),
            }
        }
        let mut objects: Vec<(&Data, Option<&str>)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for data in &flow.data {
            let scope = data.parent.as_deref();
            all.data.entry(scope).or_default().push(data);
            let Some(object) = data.refers_to.as_deref().filter(|_| data.kind == DataKind::Object) else {
                continue;
            };
            let place = *places.entry(object).or_insert_with(|| {
                objects.push((data, scope));
                objects.len() - 1
            });
            // What is seen from several sub-processes is declared around all of them.
            if objects[place].1 != scope {
                objects[place].1 = None;
            }
        }
        for (data, scope) in objects {
            all.objects.entry(scope).or_default().push(data);
        }
        for artifact in &flow.artifacts {
            all.artifacts.entry(artifact.parent.as_deref()).or_default().push(artifact);
        }
        for association in &flow.associations {
            match association.kind {
                AssociationKind::Association => {
                    all.associations.entry(association.parent.as_deref()).or_default().push(association);
                }
                AssociationKind::DataInput => {
                    all.reads.entry(&association.target).or_default().push(association);
                }
                AssociationKind::DataOutput => {
                    all.writes.entry(&association.source).or_default().push(association);
                }
            }
        }
        all
    }
}

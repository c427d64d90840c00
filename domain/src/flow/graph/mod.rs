//! The graph's types, shared by the wire, the rules and the stored versions.

use serde::{Deserialize, Serialize};

use crate::id::ProcessRoleId;

mod data;
mod node;

pub use data::*;
pub use node::*;

/// The graph of one process: what happens, in which order, by whom, and where it is drawn.
///
/// Ids are those of BPMN's `id` attribute (XML `NCName`), unique in the flow. Lists keep their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default))]
pub struct Flow {
    /// Activities, gateways and events, those inside sub-processes too.
    pub nodes: Vec<Node>,
    /// The order between nodes.
    pub sequence_flows: Vec<SequenceFlow>,
    /// The participants of the collaboration, this process's own pool among them.
    pub pools: Vec<Pool>,
    /// Lanes, nested ones too.
    pub lanes: Vec<Lane>,
    /// Messages between this process and other participants.
    pub message_flows: Vec<MessageFlow>,
    /// Data objects, data stores, data inputs and outputs.
    pub data: Vec<Data>,
    /// Text annotations and groups.
    pub artifacts: Vec<Artifact>,
    /// Associations of artifacts, and data associations.
    pub associations: Vec<Association>,
    /// What other tools say of the file, the process and its collaboration, and Styr has no meaning for: settings, types,
    /// messages, resources, diagrams. Each an XML element that declares its own namespaces and stands for itself; an export
    /// says it again. An element's own `extensions` are that element and its shape or edge, without what the other fields say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "poem", oai(skip_serializing_if_is_empty))]
    pub extensions: Vec<String>,
}

impl Flow {
    /// Whether any of its elements has this id.
    #[must_use]
    pub fn has_element(&self, id: &str) -> bool {
        self.nodes.iter().any(|node| node.id == id)
            || self.sequence_flows.iter().any(|way| way.id == id)
            || self.pools.iter().any(|pool| pool.id == id)
            || self.lanes.iter().any(|lane| lane.id == id)
            || self.message_flows.iter().any(|message| message.id == id)
            || self.data.iter().any(|data| data.id == id)
            || self.artifacts.iter().any(|artifact| artifact.id == id)
            || self.associations.iter().any(|association| association.id == id)
    }

    /// Whether associations without points are drawn, as straight lines. Once any has points, whoever drew the flow left the
    /// others out: tools name all data that an activity reads, and draw a line where it helps the reader.
    #[must_use]
    pub fn draws_associations_straight(&self) -> bool {
        self.associations.iter().all(|association| association.waypoints.len() < 2)
    }
}

/// The order between two nodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct SequenceFlow {
    /// The element's id.
    pub id: String,
    /// The text shown on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The node it leaves.
    pub source: String,
    /// The node it enters.
    pub target: String,
    /// When it is taken, out of a gateway or activity that chooses. CEL when the flow runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The points of its line.
    pub waypoints: Vec<Point>,
    /// Where its label is drawn, if apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Bounds>,
    /// What other tools say of it and Styr has no meaning for, as XML; an export says it again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "poem", oai(skip_serializing_if_is_empty))]
    pub extensions: Vec<String>,
}

/// A participant of a collaboration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct Pool {
    /// The element's id.
    pub id: String,
    /// The participant's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether this is the pool of the flow itself; the others are known from outside only.
    pub own: bool,
    /// The BPMN id of the other participant's process, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Whether its lanes run from top to bottom. Absent means from left to right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vertical: Option<bool>,
    /// Where it is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// What other tools say of it and Styr has no meaning for, as XML; an export says it again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "poem", oai(skip_serializing_if_is_empty))]
    pub extensions: Vec<String>,
}

/// A lane: who does what lies in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct Lane {
    /// The element's id.
    pub id: String,
    /// The lane's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The account's process role that works in this lane: its name is the role's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process_role_id: Option<ProcessRoleId>,
    /// The lane around this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The sub-process whose lane this is; none at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_process: Option<String>,
    /// Where it is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// What other tools say of it and Styr has no meaning for, as XML; an export says it again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "poem", oai(skip_serializing_if_is_empty))]
    pub extensions: Vec<String>,
}

/// A message between participants.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct MessageFlow {
    /// The element's id.
    pub id: String,
    /// The message's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A node or pool, of this flow or of another participant's.
    pub source: String,
    /// A node or pool, of this flow or of another participant's.
    pub target: String,
    /// The pool of the other participant, where that end is a node of theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_pool: Option<String>,
    /// The points of its line.
    pub waypoints: Vec<Point>,
    /// Where its label is drawn, if apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Bounds>,
    /// What other tools say of it and Styr has no meaning for, as XML; an export says it again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "poem", oai(skip_serializing_if_is_empty))]
    pub extensions: Vec<String>,
}

/// A rectangle on the drawing, in pixels from its top left corner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
    /// Wide.
    pub width: f64,
    /// High.
    pub height: f64,
}

/// A point on the drawing, in pixels from its top left corner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

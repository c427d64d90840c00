//! Data, artifacts, and the lines that join them to nodes.

use serde::{Deserialize, Serialize};

use super::{Bounds, Point};

/// Data that activities read or write.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct Data {
    /// The id of the drawn element: the reference, for objects and stores.
    pub id: String,
    /// The BPMN element this is.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "poem", oai(rename = "type"))]
    pub kind: DataKind,
    /// The text shown on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The id of the data object or data store that this refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refers_to: Option<String>,
    /// The state the data is in, as BPMN's `dataState` names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Whether it is a list. Absent means one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection: Option<bool>,
    /// The sub-process that it lies in; none at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Where it is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// Where its label is drawn, if apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Bounds>,
    /// What other tools say of it and Styr has no meaning for, as XML; an export says it again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "poem", oai(skip_serializing_if_is_empty))]
    pub extensions: Vec<String>,
}

/// The BPMN element that a piece of data is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum DataKind {
    /// Lives as long as the case.
    #[default]
    Object,
    /// Outlives the case.
    Store,
    /// What the process is given.
    Input,
    /// What the process gives.
    Output,
}

/// A note or a group on the drawing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct Artifact {
    /// The element's id.
    pub id: String,
    /// The BPMN element this is.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "poem", oai(rename = "type"))]
    pub kind: ArtifactKind,
    /// The annotation's text, or the group's category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The sub-process that it lies in; none at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Where it is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// Where its label is drawn, if apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Bounds>,
    /// What other tools say of it and Styr has no meaning for, as XML; an export says it again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "poem", oai(skip_serializing_if_is_empty))]
    pub extensions: Vec<String>,
}

/// The BPMN element that an artifact is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ArtifactKind {
    /// A text beside the flow.
    #[default]
    TextAnnotation,
    /// A frame around elements.
    Group,
}

/// A line between an artifact or data and another element.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "poem", oai(default, skip_serializing_if_is_none))]
pub struct Association {
    /// The element's id.
    pub id: String,
    /// The BPMN element this is.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "poem", oai(rename = "type"))]
    pub kind: AssociationKind,
    /// The element it leaves.
    pub source: String,
    /// The element it enters.
    pub target: String,
    /// Where its arrows point. Absent means nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The sub-process that it lies in; none at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The points of its line.
    pub waypoints: Vec<Point>,
    /// What other tools say of it and Styr has no meaning for, as XML; an export says it again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "poem", oai(skip_serializing_if_is_empty))]
    pub extensions: Vec<String>,
}

/// The BPMN element that an association is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum AssociationKind {
    /// Between an artifact and anything, or from a compensation event to its activity.
    #[default]
    Association,
    /// Data read by an activity or event.
    DataInput,
    /// Data written by an activity or event.
    DataOutput,
}

/// Where an association's arrows point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the target.
    One,
    /// To both.
    Both,
}

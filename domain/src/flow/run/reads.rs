//! What a flow that can run asks of people, and what its conditions read.

use std::collections::BTreeSet;

use super::definition::{Definition, Kind, NodeSet};
use crate::flow::UserStep;
use crate::id::FormId;

/// A condition of a flow that can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition<'a> {
    /// The id of the sequence flow that it stands on.
    pub flow: &'a str,
    /// The names that it reads.
    pub variables: &'a BTreeSet<String>,
    /// The forms that have been filled in on some way to it.
    pub forms: BTreeSet<FormId>,
}

impl Definition {
    /// What people do: the id of each task in the flow, and its step.
    pub fn steps(&self) -> impl Iterator<Item = (&str, &UserStep)> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            Kind::Task { step, .. } => Some((node.id.as_str(), step)),
            _ => None,
        })
    }

    /// Whether any way depends on what was filled in.
    #[must_use]
    pub fn has_conditions(&self) -> bool {
        self.flows.iter().any(|flow| flow.condition.is_some())
    }

    /// The conditions, each with the forms whose fields it may read.
    pub fn conditions(&self) -> impl Iterator<Item = Condition<'_>> {
        self.flows.iter().filter_map(|flow| {
            let variables = flow.condition.as_ref()?.variables();
            let passed = self.passed_before_leaving(flow.source);
            let form = |at: usize| match &self.nodes[at].kind {
                Kind::Task { step, .. } if self.lies_in(at, &passed) => step.form_id,
                _ => None,
            };
            Some(Condition {
                flow: &flow.id,
                variables,
                forms: (0..self.nodes.len()).filter_map(form).collect(),
            })
        })
    }

    /// The nodes that a token has passed on some way through the node, that one too. Of a sub-process that it has passed,
    /// the nodes within are not listed by themselves.
    fn passed_before_leaving(&self, node: usize) -> NodeSet {
        let mut passed = NodeSet::new(self.nodes.len());
        let mut around = NodeSet::new(self.nodes.len());
        passed.insert(node);
        let mut queue = vec![node];
        while let Some(node) = queue.pop() {
            let sources = self.nodes[node].incoming.iter().map(|flow| self.flows[*flow].source);
            queue.extend(sources.filter(|source| passed.insert(*source)));
            queue.extend(self.nodes[node].parent.filter(|parent| around.insert(*parent)));
        }
        passed
    }

    /// Whether the node, or a sub-process around it, is in the set.
    fn lies_in(&self, node: usize, set: &NodeSet) -> bool {
        let mut at = Some(node);
        while let Some(node) = at {
            if set.contains(node) {
                return true;
            }
            at = self.nodes[node].parent;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Flow, Node, NodeKind, SequenceFlow};
    use uuid::Uuid;

    fn task(id: &str, parent: Option<&str>, form: u128) -> Node {
        let step = UserStep { form_id: Some(FormId(Uuid::from_u128(form))), ..UserStep::default() };
        let parent = parent.map(str::to_owned);
        Node { id: id.to_owned(), kind: NodeKind::UserTask, parent, step: Some(step), ..Node::default() }
    }

    fn node(id: &str, kind: NodeKind) -> Node {
        Node { id: id.to_owned(), kind, ..Node::default() }
    }

    fn edge(id: &str, source: &str, target: &str, condition: Option<&str>) -> SequenceFlow {
        SequenceFlow {
            id: id.to_owned(),
            source: source.to_owned(),
            target: target.to_owned(),
            condition: condition.map(str::to_owned),
            ..SequenceFlow::default()
        }
    }

    #[test]
    fn a_condition_reads_the_forms_on_the_way_and_no_others() {
        let flow = Flow {
            nodes: vec![
                node("start", NodeKind::StartEvent),
                task("first", None, 1),
                node("within", NodeKind::SubProcess),
                task("inner", Some("within"), 2),
                task("last", Some("within"), 3),
                node("choice", NodeKind::ExclusiveGateway),
                task("later", None, 4),
                task("aside", None, 5),
            ],
            sequence_flows: vec![
                edge("a", "start", "first", None),
                edge("b", "first", "within", None),
                edge("c", "inner", "last", Some("x")),
                edge("d", "within", "choice", None),
                edge("e", "choice", "later", Some("y > 1")),
                edge("f", "choice", "aside", Some("z")),
            ],
            ..Flow::default()
        };
        let definition = Definition::compile(&flow).unwrap();
        let forms = |condition: Condition<'_>| -> Vec<u128> {
            condition.forms.iter().map(|id| id.0.as_u128()).collect()
        };
        let read: Vec<(String, Vec<u128>)> =
            definition.conditions().map(|condition| (condition.flow.to_owned(), forms(condition))).collect();
        assert_eq!(
            read,
            [("c".to_owned(), vec![1, 2]), ("e".to_owned(), vec![1, 2, 3]), ("f".to_owned(), vec![1, 2, 3])]
        );
        assert!(definition.has_conditions());
        assert_eq!(definition.steps().count(), 5);
    }
}

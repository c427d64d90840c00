//! What other tools drew, as they drew it.

use super::*;
use crate::flow::draw::geometry::{point, rect};

/// A node of this kind in this place.
fn at(id: &str, kind: NodeKind, bounds: Bounds) -> Node {
    Node { bounds: Some(bounds), ..node(id, kind) }
}

/// An element's markup.
fn markup<'a>(picture: &'a str, id: &str) -> &'a str {
    let from = picture.find(&format!("data-element=\"{id}\"")).expect("the element");
    let rest = &picture[from..];
    &rest[..rest.find("</g>\n").expect("its end")]
}

fn drawn(flow: &Flow) -> String {
    let picture = svg(flow, &DrawOptions::default());
    read(&picture);
    picture
}

#[test]
fn a_message_to_what_lies_in_anothers_pool_ends_at_its_edge() {
    let mut flow = Flow::default();
    flow.nodes.push(at("task", NodeKind::Task, rect(100.0, 200.0, 100.0, 80.0)));
    flow.pools.push(Pool {
        id: "them".into(),
        bounds: Some(rect(0.0, 0.0, 400.0, 100.0)),
        ..Pool::default()
    });
    let message = MessageFlow {
        id: "out".into(),
        source: "task".into(),
        target: "theirs".into(),
        other_pool: Some("them".into()),
        waypoints: vec![point(150.0, 200.0), point(150.0, 150.0), point(300.0, 150.0), point(300.0, 40.0)],
        ..MessageFlow::default()
    };
    let back = MessageFlow {
        id: "back".into(),
        source: "theirs".into(),
        target: "task".into(),
        waypoints: vec![point(80.0, 40.0), point(80.0, 90.0), point(120.0, 200.0)],
        ..message.clone()
    };
    // A line that never leaves the pool, and one to the pool itself, are drawn as they are.
    let lost = MessageFlow {
        id: "lost".into(),
        waypoints: vec![point(20.0, 20.0), point(40.0, 40.0)],
        ..message.clone()
    };
    let whole = MessageFlow {
        id: "whole".into(),
        target: "them".into(),
        waypoints: vec![point(150.0, 200.0), point(150.0, 100.0)],
        ..message.clone()
    };
    flow.message_flows = vec![message, back, lost, whole];
    let picture = drawn(&flow);
    for (id, path) in [
        ("out", "M150 200L150 150L300 150L300 100\""),
        ("back", "M83.64 100L120 200\""),
        ("lost", "M20 20L40 40\""),
        ("whole", "M150 200L150 100\""),
    ] {
        assert!(markup(&picture, id).contains(path), "{}", markup(&picture, id));
    }
}

#[test]
fn associations_that_a_drawing_leaves_out_are_not_drawn() {
    let mut flow = Flow::default();
    flow.nodes.push(at("task", NodeKind::Task, rect(0.0, 0.0, 100.0, 80.0)));
    for id in ["shown", "hidden"] {
        flow.data.push(Data { id: id.into(), bounds: Some(rect(0.0, 200.0, 36.0, 50.0)), ..Data::default() });
        flow.associations.push(Association {
            id: format!("from_{id}"),
            kind: AssociationKind::DataInput,
            source: id.into(),
            target: "task".into(),
            ..Association::default()
        });
    }
    let has = |flow: &Flow, id| read(&drawn(flow)).0.contains_key(id);
    assert!(has(&flow, "from_shown") && has(&flow, "from_hidden"), "neither has points: both are straight");
    flow.associations[0].waypoints = vec![point(20.0, 200.0), point(20.0, 80.0)];
    assert!(has(&flow, "from_shown") && !has(&flow, "from_hidden"));
    let process = crate::flow::bpmn::ExportedProcess {
        id: "p",
        name: None,
        documentation: None,
        executable: None,
        flow: &flow,
    };
    let file = crate::flow::bpmn::export(&process);
    assert!(file.contains("bpmnElement=\"from_shown\"") && !file.contains("bpmnElement=\"from_hidden\""));
}

//! The rules about flows, one by one.

use super::*;
use crate::fault::Violation;

fn node(id: &str, kind: NodeKind) -> Node {
    Node { id: id.to_owned(), kind, ..Node::default() }
}

fn edge(id: &str, source: &str, target: &str) -> SequenceFlow {
    SequenceFlow {
        id: id.to_owned(),
        source: source.to_owned(),
        target: target.to_owned(),
        ..SequenceFlow::default()
    }
}

fn event(kind: EventKind) -> Option<EventDefinition> {
    Some(EventDefinition { kind, ..EventDefinition::default() })
}

/// Start, a sub-process with a task in it, a choice that may go back, end.
fn sound() -> Flow {
    let inside = Node { parent: Some("sub".to_owned()), ..node("inside", NodeKind::UserTask) };
    let late = Node {
        attached_to: Some("sub".to_owned()),
        event: Some(EventDefinition { timer: Some(TimerKind::Duration), ..event(EventKind::Timer).unwrap() }),
        ..node("late", NodeKind::BoundaryEvent)
    };
    let choose = Node { default_flow: Some("on".to_owned()), ..node("choose", NodeKind::ExclusiveGateway) };
    let back = SequenceFlow { condition: Some("again".to_owned()), ..edge("back", "choose", "sub") };
    Flow {
        nodes: vec![
            node("start", NodeKind::StartEvent),
            node("sub", NodeKind::SubProcess),
            node("begin", NodeKind::StartEvent),
            inside,
            node("done", NodeKind::EndEvent),
            late,
            choose,
            node("end", NodeKind::EndEvent),
        ]
        .into_iter()
        .map(|n| {
            if matches!(n.id.as_str(), "begin" | "done") {
                Node { parent: Some("sub".to_owned()), ..n }
            } else {
                n
            }
        })
        .collect(),
        sequence_flows: vec![
            edge("f1", "start", "sub"),
            edge("f2", "begin", "inside"),
            edge("f3", "inside", "done"),
            edge("f4", "sub", "choose"),
            edge("on", "choose", "end"),
            back,
            edge("f5", "late", "end"),
        ],
        lanes: vec![
            Lane { id: "outer".to_owned(), ..Lane::default() },
            Lane { id: "inner".to_owned(), parent: Some("outer".to_owned()), ..Lane::default() },
        ],
        pools: vec![Pool { id: "own".to_owned(), own: true, ..Pool::default() }],
        ..Flow::default()
    }
}

fn found(violations: &[Violation]) -> Vec<(&str, &'static str)> {
    violations.iter().map(|v| (v.element.as_deref().unwrap_or_default(), v.code)).collect()
}

#[test]
fn a_sound_flow_with_a_cycle_has_nothing_wrong() {
    assert_eq!(validate(&sound()), []);
    assert_eq!(advise(&sound()), []);
}

type Change = fn(&mut Flow);

fn at<'a>(flow: &'a mut Flow, id: &str) -> &'a mut Node {
    flow.nodes.iter_mut().find(|n| n.id == id).unwrap()
}

#[test]
fn each_fault_is_named_with_its_element() {
    let table: &[(Change, &str, &str)] = &[
        (|f| f.sequence_flows[0].id = "1 bad".to_owned(), "1 bad", "id_invalid"),
        (|f| f.lanes[0].id = "own".to_owned(), "own", "id_clash"),
        (|f| f.sequence_flows[0].target = "gone".to_owned(), "f1", "end_unknown"),
        (|f| f.sequence_flows[0].target = "own".to_owned(), "f1", "end_unknown"),
        (|f| f.sequence_flows[0].target = "inside".to_owned(), "f1", "crosses_sub_process"),
        (|f| f.sequence_flows.push(edge("x", "end", "choose")), "x", "leaves_end_event"),
        (|f| f.sequence_flows.push(edge("x", "choose", "start")), "x", "enters_start_event"),
        (|f| f.sequence_flows.push(edge("x", "choose", "late")), "x", "enters_start_event"),
        (|f| f.sequence_flows[0].waypoints = vec![Point::default()], "f1", "waypoints_invalid"),
        (|f| f.sequence_flows[0].label = Some(Bounds::default()), "f1", "label_alone"),
        (|f| at(f, "late").attached_to = None, "late", "attached_to_unknown"),
        (|f| at(f, "late").attached_to = Some("choose".to_owned()), "late", "attached_to_unknown"),
        (|f| at(f, "late").attached_to = Some("inside".to_owned()), "late", "attached_to_unknown"),
        (|f| at(f, "sub").attached_to = Some("sub".to_owned()), "sub", "field_misplaced"),
        (|f| at(f, "late").event = event(EventKind::Terminate), "late", "event_kind_refused"),
        (|f| at(f, "start").event = event(EventKind::Link), "start", "event_kind_refused"),
        (|f| at(f, "end").event = event(EventKind::Timer), "end", "event_kind_refused"),
        (|f| at(f, "end").event = event(EventKind::Multiple), "end", "definitions_invalid"),
        (|f| at(f, "inside").event = event(EventKind::Message), "inside", "field_misplaced"),
        (|f| at(f, "late").event.as_mut().unwrap().code = Some("E".to_owned()), "late", "field_misplaced"),
        (
            |f| {
                *at(f, "late").event.as_mut().unwrap() =
                    EventDefinition { expression: Some("P1D".to_owned()), ..event(EventKind::Timer).unwrap() }
            },
            "late",
            "timer_kind_missing",
        ),
        (|f| at(f, "choose").default_flow = Some("f1".to_owned()), "choose", "default_flow_unknown"),
        (|f| at(f, "choose").step = Some(UserStep::default()), "choose", "field_misplaced"),
        (|f| at(f, "inside").parent = Some("choose".to_owned()), "inside", "parent_unknown"),
        (|f| at(f, "inside").lane = Some("nowhere".to_owned()), "inside", "lane_unknown"),
        (|f| at(f, "sub").parent = Some("sub".to_owned()), "sub", "nested_too_deep"),
        (
            |f| at(f, "sub").bounds = Some(Bounds { x: f64::INFINITY, ..Bounds::default() }),
            "sub",
            "bounds_invalid",
        ),
        (
            |f| at(f, "sub").bounds = Some(Bounds { width: -1.0, ..Bounds::default() }),
            "sub",
            "bounds_invalid",
        ),
        (|f| at(f, "sub").name = Some("\0".to_owned()), "sub", "text_invalid"),
        (|f| f.lanes[1].parent = Some("gone".to_owned()), "inner", "parent_unknown"),
        (|f| f.lanes[0].parent = Some("inner".to_owned()), "inner", "nested_too_deep"),
        (|f| f.pools[0].own = false, "own", "own_pool_missing"),
        (|f| f.pools.push(Pool { id: "p".to_owned(), own: true, ..Pool::default() }), "p", "own_pool_clash"),
        (
            |f| {
                f.message_flows.push(MessageFlow {
                    id: "m".to_owned(),
                    source: "sub".to_owned(),
                    target: "theirs".to_owned(),
                    ..MessageFlow::default()
                });
            },
            "m",
            "end_unknown",
        ),
        (
            |f| {
                f.data.push(Data {
                    id: "d".to_owned(),
                    refers_to: Some("sub".to_owned()),
                    ..Data::default()
                });
            },
            "d",
            "reference_invalid",
        ),
        (
            |f| {
                f.associations.push(Association {
                    id: "a".to_owned(),
                    kind: AssociationKind::DataInput,
                    source: "sub".to_owned(),
                    target: "sub".to_owned(),
                    ..Association::default()
                });
            },
            "a",
            "end_unknown",
        ),
    ];
    for (change, element, code) in table {
        let mut flow = sound();
        change(&mut flow);
        let violations = validate(&flow);
        assert!(found(&violations).contains(&(*element, *code)), "{element} {code}: {violations:?}");
    }
}

#[test]
fn too_many_elements_are_one_fault() {
    let nodes = (0..100_000).map(|n| node(&format!("n{n}"), NodeKind::Task)).collect();
    let flow = Flow { nodes, ..Flow::default() };
    assert_eq!(found(&validate(&flow)), [("", "too_many_elements")]);
}

#[test]
fn what_may_be_stored_but_not_run_is_only_advised_against() {
    let throw = || Node { event: event(EventKind::Link), ..node("link", NodeKind::IntermediateThrowEvent) };
    type Case = (Box<dyn Fn(&mut Flow)>, &'static str, &'static str);
    let table: Vec<Case> = vec![
        (Box::new(|f| f.nodes.retain(|n| n.id != "done")), "sub", "end_implicit"),
        (Box::new(|f| f.nodes.retain(|n| n.id != "start")), "", "start_implicit"),
        (Box::new(|f| f.sequence_flows.push(edge("x", "lost", "lost"))), "lost", "unreachable"),
        (
            Box::new(|f| {
                f.sequence_flows.push(edge("x", "choose", "lost"));
                f.sequence_flows.push(edge("y", "lost", "lost"));
            }),
            "lost",
            "no_way_to_end",
        ),
        (Box::new(move |f| f.nodes.push(throw())), "link", "link_unpaired"),
        (Box::new(|f| at(f, "choose").kind = NodeKind::EventBasedGateway), "choose", "gateway_target_unfit"),
        (Box::new(|f| at(f, "choose").default_flow = None), "on", "condition_missing"),
        (Box::new(|f| f.sequence_flows[0].condition = Some("x".to_owned())), "f1", "condition_unused"),
        (Box::new(|f| at(f, "start").event = event(EventKind::Error)), "start", "event_misplaced"),
    ];
    for (change, element, code) in table {
        let mut flow = sound();
        flow.nodes.push(node("lost", NodeKind::Task));
        change(&mut flow);
        let kept: Vec<String> = flow.nodes.iter().map(|n| n.id.clone()).collect();
        flow.sequence_flows.retain(|f| kept.contains(&f.source) && kept.contains(&f.target));
        let warnings = advise(&flow);
        assert!(found(&warnings).contains(&(element, code)), "{element} {code}: {warnings:?}");
    }
}

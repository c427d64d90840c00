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

/// The lines of an element's text.
fn lines(picture: &str, id: &str) -> Vec<String> {
    let spans = markup(picture, id).split("<tspan").skip(1);
    spans.map(|span| span.split(['>', '<']).nth(1).expect("a text").trim().to_owned()).collect()
}

/// The numbers of an attribute wherever an element's markup has it.
fn numbers(picture: &str, id: &str, attribute: &str) -> Vec<f64> {
    let start = format!(" {attribute}=\"");
    let values = markup(picture, id).split(&start).skip(1);
    values.map(|value| value.split('"').next().expect("a value").parse().expect("a number")).collect()
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
    // A label in the pool, or on the line's new end, goes with the line.
    flow.message_flows[0].name = Some("Order".into());
    for (label, place) in [
        (rect(300.0, 20.0, 40.0, 14.0), 225.0),
        (rect(280.0, 98.0, 40.0, 14.0), 225.0),
        (rect(180.0, 120.0, 40.0, 14.0), 200.0),
    ] {
        flow.message_flows[0].label = Some(label);
        assert_eq!(numbers(&drawn(&flow), "out", "x"), [place]);
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

#[test]
fn a_name_stands_beside_the_icon_where_there_is_no_room_below() {
    let mut flow = Flow::default();
    let mut task = at("task", NodeKind::UserTask, rect(0.0, 0.0, 120.0, 60.0));
    task.name = Some("Perform repair (premium level)".into());
    let mut event = at("timer", NodeKind::BoundaryEvent, rect(48.0, 48.0, 24.0, 24.0));
    (event.attached_to, event.name) = (Some("task".into()), None);
    flow.nodes = vec![task, event];
    let picture = drawn(&flow);
    assert_eq!(lines(&picture, "task").join(" "), "Perform repair (premium level)");
    assert!(numbers(&picture, "task", "font-size")[0] >= 11.0);
    let baselines = numbers(&picture, "task", "y");
    assert!(baselines.iter().all(|y| *y < 48.0), "above the event: {baselines:?}");
    // With room below, it stands in the middle.
    flow.nodes[0].bounds = Some(rect(0.0, 0.0, 120.0, 100.0));
    flow.nodes[1].bounds = Some(rect(48.0, 88.0, 24.0, 24.0));
    let picture = drawn(&flow);
    assert!(numbers(&picture, "task", "x").iter().skip(1).all(|x| (x - 60.0).abs() < 3.0));
}

#[test]
fn a_label_has_as_many_lines_as_its_box_was_made_for() {
    let mut flow = Flow::default();
    let mut gateway = at("g", NodeKind::ExclusiveGateway, rect(0.0, 0.0, 50.0, 50.0));
    for (name, box_of, count) in [
        ("Boundary Intermediate Event Non-Interrupting Message", rect(0.0, 60.0, 105.0, 51.2), 4),
        ("Boundary Intermediate Event Non-Interrupting Message", rect(0.0, 60.0, 105.0, 40.0), 3),
        ("Message to the customer", rect(0.0, 60.0, 122.0, 14.0), 1),
        ("Message to the customer", rect(0.0, 60.0, 122.0, 22.0), 1),
    ] {
        (gateway.name, gateway.label) = (Some(name.into()), Some(box_of));
        flow.nodes = vec![gateway.clone()];
        assert_eq!(lines(&drawn(&flow), "g").len(), count, "{box_of:?}");
    }
    // A box that is narrower than a word breaks no word.
    gateway.label = Some(rect(0.0, 60.0, 20.0, 14.0));
    flow.nodes = vec![gateway];
    assert_eq!(lines(&drawn(&flow), "g"), ["Message", "to the", "customer"]);
}

#[test]
fn an_open_sub_process_bears_its_name_on_one_line_where_it_can() {
    let mut flow = Flow::default();
    let mut open = at("open", NodeKind::SubProcess, rect(0.0, 0.0, 134.0, 200.0));
    (open.expanded, open.name) = (Some(true), Some("Expanded Sub-Process 1".into()));
    flow.nodes = vec![open];
    assert_eq!(lines(&drawn(&flow), "open"), ["Expanded Sub-Process 1"]);
    flow.nodes[0].name = Some("Expanded Sub-Process that goes on for a while".into());
    assert_eq!(lines(&drawn(&flow), "open").len(), 2);
}

#[test]
fn a_groups_name_stands_where_it_was_put_and_a_narrow_note_breaks_no_word() {
    let mut flow = row(1);
    flow = layout(&flow);
    flow.artifacts.push(Artifact {
        id: "group".into(),
        kind: ArtifactKind::Group,
        text: Some("Team".into()),
        bounds: Some(rect(0.0, 0.0, 400.0, 300.0)),
        label: Some(rect(360.0, -20.0, 40.0, 14.0)),
        ..Artifact::default()
    });
    flow.artifacts.push(Artifact {
        id: "note".into(),
        kind: ArtifactKind::TextAnnotation,
        text: Some("Data Store Reference".into()),
        bounds: Some(rect(0.0, 400.0, 24.0, 30.0)),
        ..Artifact::default()
    });
    let picture = drawn(&flow);
    assert_eq!(numbers(&picture, "group", "x").last(), Some(&380.0));
    assert!(numbers(&picture, "group", "y").last().is_some_and(|y| *y < 0.0));
    assert_eq!(lines(&picture, "note").join(" "), "Data Store Reference");
}

/// A kept shape or edge that says this of its look.
fn kept(name: &str, look: &str) -> Vec<String> {
    vec![format!(
        "<d:{name} xmlns:d=\"http://www.omg.org/spec/BPMN/20100524/DI\" \
         xmlns:color=\"http://www.omg.org/spec/BPMN/non-normative/color/1.0\" \
         xmlns:bioc=\"http://bpmn.io/schema/bpmn/biocolor/1.0\" xmlns:other=\"urn:other\" {look}/>"
    )]
}

/// What an element's group begins with.
fn group<'a>(picture: &'a str, id: &str) -> &'a str {
    let place = picture.find(&format!("data-element=\"{id}\"")).expect("the element");
    let start = picture[..place].rfind("<g").expect("its group");
    &picture[start..=start + picture[start..].find('>').expect("its end")]
}

#[test]
fn colours_of_other_tools_are_drawn_where_they_can_be_read() {
    let mut flow = layout(&row(1));
    let mut of = |look: &str| {
        flow.nodes[1].extensions = kept("BPMNShape", look);
        group(&drawn(&flow), "task0").to_owned()
    };
    for (look, class, style) in [
        // The standard's colours go before those from before it; short ones are written out.
        (
            "color:background-color=\"#FFE500\" bioc:fill=\"#000000\" bioc:stroke=\"#e53935\"",
            " styr-pale styr-lined",
            " style=\"fill:#ffe500;color:#e53935\"",
        ),
        ("bioc:fill=\"#06c\"", " styr-deep", " style=\"fill:#0066cc\""),
        ("color:border-color=\"#FF6600\"", " styr-lined", " style=\"color:#ff6600\""),
        // White and black are what tools write for no colour; a line of them would be lost on one of the grounds.
        ("color:background-color=\"#ffffff\" color:border-color=\"#000000\"", "", ""),
        ("color:border-color=\"#ffe500\"", "", ""),
        ("other:fill=\"#06c\" fill=\"#06c\" id=\"x\"", "", ""),
    ] {
        assert_eq!(
            of(look),
            format!("<g class=\"styr-node{class}\" data-element=\"task0\"{style}>"),
            "{look}"
        );
    }
    for hostile in [
        "red",
        "#12345",
        "#1234567",
        "#+12",
        "#ｆｆｆ",
        "#fff;stroke:url(//evil)",
        "url(#x)",
        "#fff\"&gt;&lt;script&gt;",
        "var(--x)",
        "",
    ] {
        let look = format!("bioc:fill='{hostile}' color:border-color='{hostile}'");
        assert_eq!(of(&look), "<g class=\"styr-node\" data-element=\"task0\">", "{hostile}");
    }
}

#[test]
fn lines_and_data_have_their_colours_and_a_case_only_its_own() {
    let mut flow = row(2);
    flow.data.push(Data { id: "data".into(), ..Data::default() });
    let mut open = node("open", NodeKind::SubProcess);
    open.expanded = Some(true);
    flow.nodes.push(open);
    let mut flow = layout(&flow);
    let look = "bioc:fill=\"#bbdefb\" bioc:stroke=\"#1e88e5\"";
    flow.data[0].extensions = kept("BPMNShape", look);
    flow.sequence_flows[0].extensions = kept("BPMNEdge", look);
    for node in &mut flow.nodes {
        node.extensions = kept("BPMNShape", look);
    }
    let picture = drawn(&flow);
    assert!(group(&picture, "data").contains("styr-pale styr-lined"));
    for unfilled in ["line1", "open"] {
        let group = group(&picture, unfilled);
        assert!(group.contains(" style=\"color:#1e88e5\"") && !group.contains("styr-pale"), "{group}");
    }
    let states = BTreeMap::from([("task0".to_owned(), ElementState::Done)]);
    let case = svg(&flow, &DrawOptions { states, ..DrawOptions::default() });
    assert!(!case.contains("style=\"") && case.contains("styr-node styr-done"));
}

#[test]
fn a_message_flow_shows_its_message_where_the_other_tool_did() {
    let mut flow = layout(&everything());
    let envelopes = |flow: &Flow| drawn(flow).matches(icons::ENVELOPE).count();
    assert_eq!(envelopes(&flow), 0);
    for (kind, shaded) in [("initiating", false), ("non_initiating", true)] {
        flow.message_flows[0].extensions =
            kept("BPMNEdge", &format!("id=\"e\" messageVisibleKind=\"{kind}\""));
        assert_eq!(envelopes(&flow), 1);
        assert_eq!(drawn(&flow).contains("styr-shape styr-answer"), shaded);
    }
    // The message's name does not lie on it.
    flow.message_flows[0].name = Some("Order".into());
    flow.message_flows[0].waypoints = vec![point(0.0, 0.0), point(0.0, 200.0)];
    let names = numbers(&drawn(&flow), "message", "x");
    assert!(names.iter().all(|x| *x > 12.0 + 15.0), "{names:?}");
}

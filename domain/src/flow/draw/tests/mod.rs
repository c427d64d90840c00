use std::collections::HashMap;

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::super::graph::*;
use super::*;

mod imported;

fn node(id: &str, kind: NodeKind) -> Node {
    Node { id: id.to_owned(), name: Some(format!("Name {id}")), kind, ..Node::default() }
}

fn line(id: &str, source: &str, target: &str) -> SequenceFlow {
    SequenceFlow {
        id: id.to_owned(),
        source: source.to_owned(),
        target: target.to_owned(),
        ..SequenceFlow::default()
    }
}

/// A start, tasks in a row and an end.
fn row(tasks: usize) -> Flow {
    let mut flow = Flow::default();
    flow.nodes.push(node("start", NodeKind::StartEvent));
    flow.nodes.extend((0..tasks).map(|i| node(&format!("task{i}"), NodeKind::UserTask)));
    flow.nodes.push(node("end", NodeKind::EndEvent));
    for i in 1..flow.nodes.len() {
        flow.sequence_flows.push(line(&format!("line{i}"), &flow.nodes[i - 1].id, &flow.nodes[i].id));
    }
    flow
}

/// Everything the notation has, in one flow without places.
fn everything() -> Flow {
    use NodeKind::*;
    let mut flow = row(3);
    let kinds = [
        Task,
        ManualTask,
        ServiceTask,
        SendTask,
        ReceiveTask,
        ScriptTask,
        BusinessRuleTask,
        CallActivity,
        SubProcess,
        Transaction,
        AdHocSubProcess,
        ExclusiveGateway,
        InclusiveGateway,
        ParallelGateway,
        EventBasedGateway,
        ComplexGateway,
    ];
    for (i, kind) in kinds.into_iter().enumerate() {
        let mut node = node(&format!("kind{i}"), kind);
        node.repeat = [
            None,
            Some(Repeat::Loop),
            Some(Repeat::MultiInstanceSequential),
            Some(Repeat::MultiInstanceParallel),
        ][i % 4];
        node.for_compensation = (i % 3 == 0).then_some(true);
        flow.sequence_flows.push(line(&format!("from{i}"), "task1", &node.id));
        flow.nodes.push(node);
    }
    let events = [
        EventKind::Message,
        EventKind::Timer,
        EventKind::Error,
        EventKind::Escalation,
        EventKind::Signal,
        EventKind::Conditional,
        EventKind::Link,
        EventKind::Compensation,
        EventKind::Cancel,
        EventKind::Terminate,
        EventKind::Multiple,
    ];
    for (i, kind) in events.into_iter().enumerate() {
        for of in [StartEvent, IntermediateCatchEvent, IntermediateThrowEvent, EndEvent, BoundaryEvent] {
            let mut node = node(&format!("{of:?}{i}"), of);
            node.event = Some(EventDefinition { kind, ..EventDefinition::default() });
            node.interrupting = (i % 2 == 0).then_some(false);
            node.attached_to = (of == BoundaryEvent).then(|| format!("task{}", i % 3));
            flow.nodes.push(node);
        }
    }
    let mut open = node("open", SubProcess);
    (open.expanded, open.triggered_by_event) = (Some(true), Some(true));
    let mut inner = node("inner", StartEvent);
    inner.parent = Some("open".to_owned());
    flow.nodes.extend([open, inner]);
    flow.sequence_flows[1].condition = Some("true".to_owned());
    flow.nodes[2].default_flow = Some("line3".to_owned());
    flow.pools = vec![
        Pool { id: "other".to_owned(), name: Some("Other".to_owned()), ..Pool::default() },
        Pool { id: "own".to_owned(), name: Some("Own".to_owned()), own: true, ..Pool::default() },
    ];
    for (id, parent) in [("lane0", None), ("lane1", None), ("lane2", Some("lane1"))] {
        flow.lanes.push(Lane {
            id: id.to_owned(),
            name: Some(id.to_owned()),
            parent: parent.map(str::to_owned),
            ..Lane::default()
        });
    }
    for (i, node) in flow.nodes.iter_mut().enumerate() {
        node.lane = Some(["lane0", "lane2"][i % 2].to_owned());
    }
    flow.message_flows.push(MessageFlow {
        id: "message".to_owned(),
        source: "task0".to_owned(),
        target: "other".to_owned(),
        ..MessageFlow::default()
    });
    for (i, kind) in
        [DataKind::Object, DataKind::Store, DataKind::Input, DataKind::Output].into_iter().enumerate()
    {
        flow.data.push(Data {
            id: format!("data{i}"),
            name: Some(format!("Data {i}")),
            kind,
            state: Some("new".to_owned()),
            collection: Some(true),
            ..Data::default()
        });
        flow.associations.push(Association {
            id: format!("association{i}"),
            kind: AssociationKind::DataInput,
            source: format!("data{i}"),
            target: "task1".to_owned(),
            ..Association::default()
        });
    }
    for (id, kind) in [("note", ArtifactKind::TextAnnotation), ("group", ArtifactKind::Group)] {
        flow.artifacts.push(Artifact {
            id: id.to_owned(),
            kind,
            text: Some("Text".to_owned()),
            ..Artifact::default()
        });
    }
    flow
}

/// The picture's elements by id with how often each occurs, and all its text. Fails where it is not XML.
fn read(svg: &str) -> (HashMap<String, usize>, String) {
    let mut reader = Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let (mut ids, mut text, mut depth) = (HashMap::new(), String::new(), 0);
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) => {
                depth += 1;
                for attribute in tag.attributes() {
                    let attribute = attribute.expect("a sound attribute");
                    let name = attribute.key.as_ref().to_ascii_lowercase();
                    assert!(!name.starts_with("on") && !name.ends_with("href"), "{tag:?}");
                    if name == "data-element" {
                        let value = quick_xml::escape::unescape(&attribute.value).expect("an escaped value");
                        *ids.entry(value.into_owned()).or_insert(0) += 1;
                    }
                }
                assert!(!matches!(tag.name().as_ref(), "script" | "image" | "use" | "foreignObject"));
            }
            Event::End(_) => depth -= 1,
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(part) => {
                text.push_str(match part.as_ref() {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    "quot" => "\"",
                    _ => "'",
                });
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    (ids, text)
}

fn all_ids(flow: &Flow) -> Vec<&str> {
    let ids = flow.nodes.iter().map(|x| &x.id).chain(flow.sequence_flows.iter().map(|x| &x.id));
    let ids = ids.chain(flow.pools.iter().map(|x| &x.id)).chain(flow.lanes.iter().map(|x| &x.id));
    let ids = ids.chain(flow.message_flows.iter().map(|x| &x.id)).chain(flow.data.iter().map(|x| &x.id));
    let ids = ids.chain(flow.artifacts.iter().map(|x| &x.id));
    ids.chain(flow.associations.iter().map(|x| &x.id)).map(String::as_str).collect()
}

#[test]
fn every_element_is_drawn_once() {
    let flow = everything();
    let picture = svg(&flow, &DrawOptions::default());
    let (drawn, _) = read(&picture);
    for id in all_ids(&flow) {
        assert_eq!(drawn.get(id), Some(&1), "{id}");
    }
    assert!(!picture.contains("NaN") && !picture.contains("inf"));
    assert_eq!(picture, svg(&flow, &DrawOptions::default()));
}

#[test]
fn what_lies_in_a_closed_sub_process_is_not_drawn() {
    let mut flow = everything();
    flow.nodes.iter_mut().find(|node| node.id == "open").expect("it is there").expanded = None;
    let (drawn, _) = read(&svg(&flow, &DrawOptions::default()));
    assert!(drawn.contains_key("open") && !drawn.contains_key("inner"));
}

#[test]
fn hostile_names_stay_text() {
    let hostile = "</text><script>alert('1')</script> & \"two\"\u{0}\u{202e}\u{ffff}";
    let mut flow = everything();
    for node in &mut flow.nodes {
        node.name = Some(hostile.to_owned());
    }
    flow.artifacts[0].text = Some(hostile.to_owned());
    flow.pools[0].name = Some(hostile.to_owned());
    flow.lanes[0].name = Some(hostile.to_owned());
    flow.data[0].name = Some(hostile.to_owned());
    flow.sequence_flows[0].id = "\"><script>".to_owned();
    let options = DrawOptions { title: Some(hostile.to_owned()), ..DrawOptions::default() };
    let picture = svg(&flow, &options);
    let (drawn, text) = read(&picture);
    assert!(!picture.contains("<script") && !picture.contains(['\u{0}', '\u{202e}', '\u{ffff}']));
    assert!(text.contains("</text><script>alert('1')</script> & \"two\""));
    assert_eq!(drawn.get("\"><script>"), Some(&1));
}

#[test]
fn a_wrapped_name_reads_as_written() {
    let mut flow = row(1);
    flow.nodes[1].name = Some("Kontrollér ansøgningen og bed om det, der mangler".to_owned());
    let picture = svg(&flow, &DrawOptions::default());
    let shown = picture.rsplit("data-element=\"task0\"").next().and_then(|rest| rest.split("</text>").next());
    let lines = shown.expect("the task").split("</title>").last().expect("its text");
    let words: String = lines.split("<tspan").skip(1).filter_map(|t| t.split(['>', '<']).nth(1)).collect();
    assert_eq!(words, "Kontrollér ansøgningen og bed om det, der mangler");
    assert!(lines.matches("<tspan").count() > 1);
}

#[test]
fn the_picture_describes_itself_in_the_readers_language() {
    let flow = row(2);
    for (language, words) in [
        (
            Language::Da,
            ["2 aktiviteter", "0 gateways", "2 hændelser", "Sagen står ved: Name task1", "i gang"],
        ),
        (
            Language::Sv,
            ["2 aktiviteter", "0 gatewayer", "2 händelser", "Ärendet står vid: Name task1", "pågår"],
        ),
        (
            Language::En,
            ["2 activities", "0 gateways", "2 events", "The case stands at: Name task1", "in progress"],
        ),
    ] {
        let states = BTreeMap::from([("task1".to_owned(), ElementState::Current)]);
        let options =
            DrawOptions { language, states, title: Some("Køb".to_owned()), ..DrawOptions::default() };
        let picture = svg(&flow, &options);
        assert!(picture.contains("role=\"img\"") && picture.contains("<title>Køb</title>"));
        for word in words {
            assert!(picture.contains(word), "{word}");
        }
    }
}

#[test]
fn states_mark_their_element_only() {
    let options = DrawOptions {
        states: BTreeMap::from([
            ("task0".to_owned(), ElementState::Done),
            ("task1".to_owned(), ElementState::Failed),
            ("nobody".to_owned(), ElementState::Current),
        ]),
        ..DrawOptions::default()
    };
    let picture = svg(&row(2), &options);
    let class = |id: &str| {
        let before = picture.split(&format!("\" data-element=\"{id}\"")).next().expect("something");
        before.rsplit('"').next().expect("a class").to_owned()
    };
    assert_eq!(class("task0"), "styr-node styr-done");
    assert_eq!(class("task1"), "styr-node styr-failed");
    assert_eq!(class("end"), "styr-node");
    assert!(!picture.contains("nobody"));
}

#[test]
fn themes_choose_the_colours() {
    let of = |theme| svg(&row(1), &DrawOptions { theme, ..DrawOptions::default() });
    assert!(of(Theme::Auto).contains("prefers-color-scheme:dark"));
    assert!(!of(Theme::Light).contains("prefers-color-scheme"));
    assert!(!of(Theme::Dark).contains("prefers-color-scheme"));
    assert_ne!(of(Theme::Light), of(Theme::Dark));
}

#[test]
fn a_drawn_flow_is_left_as_it_is() {
    let flow = layout(&everything());
    assert_eq!(layout(&flow), flow);
    let mut moved = flow.clone();
    moved.nodes[0].bounds = Some(Bounds { x: 5.0, y: 7.0, width: 36.0, height: 36.0 });
    assert_eq!(layout(&moved), moved);
}

#[test]
fn a_row_runs_from_left_to_right_at_one_height() {
    let flow = layout(&row(5));
    let middles: Vec<Point> = flow.nodes.iter().filter_map(|n| n.bounds).map(geometry::centre).collect();
    assert_eq!(middles.len(), 7);
    assert!(middles.windows(2).all(|w| w[0].x < w[1].x && w[0].y == w[1].y), "{middles:?}");
    assert!(flow.sequence_flows.iter().all(|line| line.waypoints.len() == 2));
}

#[test]
fn nodes_lie_in_their_lane_and_lanes_in_their_pool() {
    let flow = layout(&everything());
    let lanes: HashMap<&str, Bounds> =
        flow.lanes.iter().map(|lane| (lane.id.as_str(), lane.bounds.expect("a place"))).collect();
    let pool = flow.pools[1].bounds.expect("a place");
    // A boundary event goes where its activity goes.
    for node in flow.nodes.iter().filter(|node| node.parent.is_none() && node.attached_to.is_none()) {
        let lane = lanes[node.lane.as_deref().expect("a lane")];
        assert!(holds(lane, node.bounds.expect("a place")), "{} in {:?}", node.id, node.lane);
    }
    assert!(lanes.values().all(|lane| holds(pool, *lane)));
    assert!(holds(lanes["lane1"], lanes["lane2"]) && !overlap(lanes["lane0"], lanes["lane1"]));
}

#[test]
fn boundary_events_sit_on_the_edge_of_their_activity() {
    let flow = layout(&everything());
    let at = |id: &str| {
        flow.nodes.iter().find(|node| node.id == id).and_then(|node| node.bounds).expect("a place")
    };
    for event in flow.nodes.iter().filter(|node| node.attached_to.is_some()) {
        let (middle, host) =
            (geometry::centre(at(&event.id)), at(event.attached_to.as_deref().expect("a host")));
        assert_eq!(middle.y, host.y + host.height);
        assert!(middle.x > host.x && middle.x < host.x + host.width);
    }
}

#[test]
fn rings_of_parents_lanes_and_hosts_are_drawn_all_the_same() {
    let mut flow = row(3);
    for (i, around) in [(1, "task1"), (2, "task0"), (3, "task2")] {
        flow.nodes[i].kind = NodeKind::SubProcess;
        flow.nodes[i].expanded = Some(true);
        flow.nodes[i].parent = Some(around.to_owned());
    }
    flow.nodes[0].kind = NodeKind::BoundaryEvent;
    flow.nodes[0].attached_to = Some("start".to_owned());
    for (id, parent) in [("a", "b"), ("b", "a"), ("c", "c")] {
        flow.lanes.push(Lane { id: id.to_owned(), parent: Some(parent.to_owned()), ..Lane::default() });
    }
    flow.sequence_flows.push(line("self", "end", "end"));
    flow.sequence_flows.push(line("dangling", "end", "nowhere"));
    let (drawn, _) = read(&svg(&flow, &DrawOptions::default()));
    for node in &flow.nodes {
        assert_eq!(drawn.get(&node.id), Some(&1), "{}", node.id);
    }
    assert!(!drawn.contains_key("dangling"));
}

#[test]
fn places_beyond_all_measure_are_no_places() {
    let mut flow = layout(&row(2));
    flow.nodes[1].bounds = Some(Bounds { x: 1e300, y: 0.0, width: 100.0, height: 80.0 });
    flow.nodes[2].bounds = Some(Bounds { x: f64::NAN, y: 0.0, width: 100.0, height: -1.0 });
    let picture = svg(&flow, &DrawOptions::default());
    assert_eq!(read(&picture).0.get("task0"), Some(&1));
    assert!(!picture.contains("NaN") && !picture.contains("00000000000"));
}

/// A flow that would take minutes, or the stack, if anything were quadratic or recursive.
#[test]
fn large_and_deep_flows_are_laid_out() {
    const MANY: usize = 20_000;
    let chain = row(MANY);
    let mut ring = row(MANY);
    ring.sequence_flows
        .extend((0..MANY).step_by(2).map(|i| line(&format!("back{i}"), "end", &format!("task{i}"))));
    ring.sequence_flows.extend(
        (0..MANY / 2)
            .map(|i| line(&format!("over{i}"), &format!("task{i}"), &format!("task{}", MANY - 1 - i))),
    );
    let mut star = row(MANY);
    for line in &mut star.sequence_flows {
        line.source = "start".to_owned();
    }
    let mut ports = row(1);
    ports.nodes.extend((0..MANY).map(|i| {
        let mut event = node(&format!("port{i}"), NodeKind::BoundaryEvent);
        event.attached_to = Some("task0".to_owned());
        event
    }));
    let mut deep = Flow::default();
    for i in 0..MANY {
        let mut inner = node(&format!("n{i}"), NodeKind::SubProcess);
        inner.expanded = Some(true);
        inner.parent = i.checked_sub(1).map(|i| format!("n{i}"));
        deep.nodes.push(inner);
    }
    for flow in [chain, ring, star, ports, deep] {
        let flow = layout(&flow);
        assert!(flow.nodes.iter().all(|node| node.bounds.and_then(geometry::sound).is_some()));
    }
}

#[test]
#[ignore = "reads real models from the directory in STYR_SHARED_DATA"]
fn shared_data_models_are_drawn() {
    let Some(data) = std::env::var_os("STYR_SHARED_DATA") else {
        eprintln!("STYR_SHARED_DATA is not set: passed by");
        return;
    };
    let mut drawn_models = 0;
    for set in ["reference", "apqc"] {
        let directory = std::path::Path::new(&data).join("bpmn").join(set);
        for file in std::fs::read_dir(directory).expect("a directory") {
            let bytes = std::fs::read(file.expect("a file").path()).expect("bytes");
            for process in crate::flow::bpmn::import(&bytes).expect("a sound model").processes {
                let mut flow = process.flow;
                let tree = Tree::of(&flow);
                let shown: Vec<String> = (flow.nodes.iter().zip(&tree.hidden))
                    .filter(|(_, hidden)| !**hidden)
                    .map(|(node, _)| node.id.clone())
                    .collect();
                for strip in [false, true] {
                    if strip {
                        flow.nodes.iter_mut().for_each(|node| node.bounds = None);
                    }
                    let (drawn, _) = read(&svg(&flow, &DrawOptions::default()));
                    assert!(shown.iter().all(|id| drawn.get(id) == Some(&1)));
                }
                drawn_models += 1;
            }
        }
    }
    assert!(drawn_models > 60);
}

fn overlap(a: Bounds, b: Bounds) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

fn holds(outer: Bounds, inner: Bounds) -> bool {
    outer.x <= inner.x
        && outer.y <= inner.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

/// Any flow at all: lines anywhere, nodes in sub-processes and lanes, boundary events, notes.
fn any_flow() -> impl Strategy<Value = Flow> {
    let nodes = prop::collection::vec((0_u8..22, any::<u8>(), any::<u8>(), "[ a-zæøå]{0,40}"), 1..30);
    let lines = prop::collection::vec((any::<u8>(), any::<u8>(), "[a-z ]{0,12}"), 0..60);
    (nodes, lines, 0_usize..4).prop_map(|(nodes, lines, lanes)| {
        use NodeKind::*;
        const KINDS: [NodeKind; 10] = [
            Task,
            UserTask,
            SubProcess,
            AdHocSubProcess,
            ExclusiveGateway,
            ParallelGateway,
            StartEvent,
            EndEvent,
            BoundaryEvent,
            CallActivity,
        ];
        let mut flow = Flow::default();
        let count = nodes.len();
        for (i, (kind, around, lane, name)) in nodes.into_iter().enumerate() {
            let other = usize::from(around) % count;
            let kind = KINDS[usize::from(kind) % KINDS.len()];
            flow.nodes.push(Node {
                id: format!("n{i}"),
                kind,
                name: Some(name),
                expanded: Some(true),
                parent: (around % 3 == 0).then(|| format!("n{other}")),
                attached_to: (kind == BoundaryEvent).then(|| format!("n{other}")),
                lane: (lanes > 0).then(|| format!("lane{}", usize::from(lane) % (lanes + 1))),
                ..Node::default()
            });
        }
        for (i, (source, target, name)) in lines.into_iter().enumerate() {
            let end = |n: u8| format!("n{}", usize::from(n) % count);
            flow.sequence_flows.push(SequenceFlow {
                name: Some(name),
                ..line(&format!("line{i}"), &end(source), &end(target))
            });
            if i % 7 == 0 {
                flow.artifacts.push(Artifact {
                    id: format!("note{i}"),
                    text: Some("A note".to_owned()),
                    ..Artifact::default()
                });
                flow.associations.push(Association {
                    id: format!("to{i}"),
                    source: format!("note{i}"),
                    target: end(target),
                    ..Association::default()
                });
            }
        }
        for i in 0..lanes {
            flow.lanes.push(Lane { id: format!("lane{i}"), ..Lane::default() });
        }
        flow
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn laid_out_nodes_do_not_overlap(flow in any_flow()) {
        let placed = layout(&flow);
        let tree = Tree::of(&placed);
        let bounds: Vec<Bounds> = placed.nodes.iter().map(|n| n.bounds.expect("a place")).collect();
        prop_assert!(bounds.iter().all(|b| geometry::sound(*b).is_some()));
        let sits = |i: usize| placed.nodes[i].kind == NodeKind::BoundaryEvent && placed.nodes[i].attached_to.is_some();
        for i in 0..bounds.len() {
            if let Some(around) = tree.parent[i] {
                prop_assert!(sits(i) || holds(bounds[around], bounds[i]));
            }
            for j in 0..i {
                if tree.parent[i] == tree.parent[j] && !sits(i) && !sits(j) {
                    prop_assert!(!overlap(bounds[i], bounds[j]), "n{i} and n{j}");
                }
            }
        }
        for line in &placed.sequence_flows {
            prop_assert!(line.waypoints.iter().all(|p| p.x.is_finite() && p.y.is_finite()));
        }
        prop_assert_eq!(&placed, &layout(&flow));
        read(&svg(&flow, &DrawOptions::default()));
    }

    #[test]
    fn flows_without_rings_run_to_the_right(
        lines in prop::collection::vec((0_usize..12, 0_usize..12), 1..30)
    ) {
        let mut flow = Flow::default();
        flow.nodes.extend((0..12).map(|i| node(&format!("n{i}"), NodeKind::Task)));
        for (i, (a, b)) in lines.into_iter().enumerate().filter(|(_, (a, b))| a != b) {
            flow.sequence_flows.push(line(&format!("l{i}"), &format!("n{}", a.min(b)), &format!("n{}", a.max(b))));
        }
        let placed = layout(&flow);
        let at: HashMap<&str, Bounds> =
            placed.nodes.iter().map(|n| (n.id.as_str(), n.bounds.expect("a place"))).collect();
        for line in &placed.sequence_flows {
            let (source, target) = (at[line.source.as_str()], at[line.target.as_str()]);
            prop_assert!(source.x + source.width < target.x);
            let level = |w: &[Point]| w[0].x == w[1].x || w[0].y == w[1].y;
            prop_assert!(line.waypoints.len() > 1 && line.waypoints.windows(2).all(level), "{:?}", line.waypoints);
            // No line runs through a node that it does not join.
            for other in placed.nodes.iter().filter(|n| n.id != line.source && n.id != line.target) {
                let b = geometry::inset(at[other.id.as_str()], 1.0);
                prop_assert!(!line.waypoints.windows(2).any(|w| overlap(b, Bounds {
                    x: w[0].x.min(w[1].x),
                    y: w[0].y.min(w[1].y),
                    width: (w[0].x - w[1].x).abs(),
                    height: (w[0].y - w[1].y).abs(),
                })), "{} through {}", line.id, other.id);
            }
        }
    }

    #[test]
    fn any_text_is_drawn_soundly(name in any::<String>()) {
        let mut flow = everything();
        for node in &mut flow.nodes {
            node.name = Some(name.clone());
        }
        flow.sequence_flows[0].name = Some(name.clone());
        read(&svg(&flow, &DrawOptions { title: Some(name), ..DrawOptions::default() }));
    }
}

#[test]
fn a_default_flow_begins_apart_from_others_of_its_source() {
    for kind in [NodeKind::ExclusiveGateway, NodeKind::UserTask] {
        for default in ["to0", "to1", "to2"] {
            let mut flow = Flow::default();
            let node = |id: &str, kind| Node { id: id.into(), kind, ..Node::default() };
            flow.nodes.push(Node { default_flow: Some(default.into()), ..node("choose", kind) });
            for n in 0..3 {
                flow.nodes.push(node(&format!("task{n}"), NodeKind::Task));
                flow.sequence_flows.push(SequenceFlow {
                    id: format!("to{n}"),
                    source: "choose".into(),
                    target: format!("task{n}"),
                    ..SequenceFlow::default()
                });
            }
            let flow = layout(&flow);
            let place = flow.sequence_flows.iter().position(|line| line.id == default).expect("the default");
            let start = flow.sequence_flows[place].waypoints[0];
            for (i, line) in flow.sequence_flows.iter().enumerate().filter(|(i, _)| *i != place) {
                let other = line.waypoints[0];
                assert!((start.y - other.y).abs() >= 12.0, "{kind:?} {default} {i}: {start:?} {other:?}");
            }
        }
    }
}

//! The drawing: one diagram for the process, and one for each closed sub-process that has something drawn inside.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Exporter, flag, some};
use crate::flow::bpmn::import::ids::unique;
use crate::flow::bpmn::layout::rounded;
use crate::flow::{Bounds, MAX_NESTING, NodeKind, Point};

/// A shape or an edge.
struct Drawn<'a> {
    id: &'a str,
    label: Option<Bounds>,
    what: What<'a>,
}

enum What<'a> {
    Shape {
        bounds: Bounds,
        horizontal: Option<bool>,
        expanded: Option<bool>,
        marker: bool,
    },
    /// A line of the flow's own.
    Edge(&'a [Point]),
    /// A straight line, for tools that draw no edge without points.
    Straight([Point; 2]),
}

/// The closed sub-process whose diagram shows something; none for the process's own.
type Plane<'a> = Option<&'a str>;

pub(super) fn write(exporter: &mut Exporter<'_>, collaboration: Option<&str>) {
    let flow = exporter.flow;
    let nodes: HashMap<&str, _> = flow.nodes.iter().map(|n| (n.id.as_str(), n)).collect();
    let plane_in = |parent: Option<&'_ str>| -> Plane<'_> {
        let mut at = parent.and_then(|p| nodes.get(p));
        for _ in 0..=MAX_NESTING {
            match at {
                Some(node) if node.expanded == Some(true) => {
                    at = node.parent.as_deref().and_then(|p| nodes.get(p));
                }
                Some(node) => return Some(&node.id),
                None => return None,
            }
        }
        None
    };
    let vertical = flow.pools.iter().find(|p| p.own).and_then(|p| p.vertical);
    let mut places: HashMap<&str, (Plane<'_>, Bounds)> = HashMap::new();
    // The first plane is the process's own; the others follow in the order of their sub-processes.
    let mut planes: Vec<(Plane<'_>, Vec<Drawn<'_>>)> = vec![(None, Vec::new())];
    let mut indexes: HashMap<Plane<'_>, usize> = HashMap::from([(None, 0)]);
    let mut draw = |plane, drawn| {
        let index = *indexes.entry(plane).or_insert_with(|| {
            planes.push((plane, Vec::new()));
            planes.len() - 1
        });
        planes[index].1.push(drawn);
    };
    let shape = |bounds, horizontal, expanded, marker| What::Shape { bounds, horizontal, expanded, marker };
    for pool in &flow.pools {
        let Some(bounds) = pool.bounds else { continue };
        let what = shape(bounds, pool.vertical.map(|v| !v), None, false);
        places.insert(&pool.id, (None, bounds));
        draw(None, Drawn { id: &pool.id, label: None, what });
    }
    for lane in &flow.lanes {
        let Some(bounds) = lane.bounds else { continue };
        let plane = plane_in(lane.sub_process.as_deref());
        let what = shape(bounds, Some(vertical != Some(true)), None, false);
        places.insert(&lane.id, (plane, bounds));
        draw(plane, Drawn { id: &lane.id, label: None, what });
    }
    for node in &flow.nodes {
        let Some(bounds) = node.bounds else { continue };
        let plane = plane_in(node.parent.as_deref());
        let what = shape(bounds, None, node.expanded, node.kind == NodeKind::ExclusiveGateway);
        places.insert(&node.id, (plane, bounds));
        draw(plane, Drawn { id: &node.id, label: node.label, what });
    }
    let data = flow.data.iter().map(|d| (&d.id, d.bounds, d.label, &d.parent));
    let artifacts = flow.artifacts.iter().map(|a| (&a.id, a.bounds, a.label, &a.parent));
    for (id, bounds, label, parent) in data.chain(artifacts) {
        let Some(bounds) = bounds else { continue };
        let plane = plane_in(parent.as_deref());
        places.insert(id, (plane, bounds));
        draw(plane, Drawn { id, label, what: shape(bounds, None, None, false) });
    }
    let parent_of = |id: &str| nodes.get(id).and_then(|n| n.parent.as_deref());
    let flows = flow
        .sequence_flows
        .iter()
        .map(|f| (&f.id, &f.waypoints, f.label, &f.source, &f.target, plane_in(parent_of(&f.source))));
    let messages =
        flow.message_flows.iter().map(|m| (&m.id, &m.waypoints, m.label, &m.source, &m.target, None));
    let all = flow.draws_associations_straight();
    let associations = flow
        .associations
        .iter()
        .filter(|a| all || a.waypoints.len() > 1)
        .map(|a| (&a.id, &a.waypoints, None, &a.source, &a.target, plane_in(a.parent.as_deref())));
    for (id, waypoints, label, source, target, plane) in flows.chain(messages).chain(associations) {
        if waypoints.len() >= 2 {
            draw(plane, Drawn { id, label, what: What::Edge(waypoints) });
        } else if let (Some((from_plane, from)), Some((to_plane, to))) =
            (places.get(source.as_str()), places.get(target.as_str()))
            && from_plane == to_plane
        {
            let what = What::Straight([edge_point(*from, *to), edge_point(*to, *from)]);
            draw(*from_plane, Drawn { id, label: None, what });
        }
    }
    // Pieces of the process's own diagram want one to belong to.
    let empty = !exporter.kept.diagrams.is_empty();
    let shows = |plane: &Plane<'_>, drawn: &Vec<_>| !drawn.is_empty() || empty && plane.is_none();
    for (plane, drawn) in planes.into_iter().filter(|(plane, drawn)| shows(plane, drawn)) {
        let process = exporter.process_id.clone();
        let element = plane.or(collaboration).unwrap_or(&process);
        diagram(exporter, element, &drawn);
    }
}

fn diagram(exporter: &mut Exporter<'_>, element: &str, drawn: &[Drawn<'_>]) {
    let id = exporter.fresh("Diagram");
    exporter.out.start("bpmndi:BPMNDiagram", &[("id", some(&id))]);
    let id = exporter.fresh("Plane");
    exporter.out.start("bpmndi:BPMNPlane", &[("id", some(&id)), ("bpmnElement", some(element))]);
    for Drawn { id, label, what } in drawn {
        let own = unique(&mut exporter.taken, format!("{id}_di"));
        let (own, element) = (("id", some(&own)), ("bpmnElement", some(id)));
        let out = &mut exporter.out;
        match what {
            What::Shape { bounds, horizontal, expanded, marker } => {
                let attributes = [
                    own,
                    element,
                    ("isHorizontal", flag(*horizontal)),
                    ("isExpanded", flag(*expanded)),
                    ("isMarkerVisible", flag(marker.then_some(true))),
                ];
                out.start("bpmndi:BPMNShape", &attributes);
                rectangle(out, *bounds);
            }
            What::Edge(waypoints) => {
                out.start("bpmndi:BPMNEdge", &[own, element]);
                waypoints.iter().for_each(|p| point(out, *p));
            }
            What::Straight(ends) => {
                out.start("bpmndi:BPMNEdge", &[own, element, ("styr:straight", some("true"))]);
                ends.iter().for_each(|p| point(out, *p));
            }
        }
        if let Some(label) = label {
            out.start("bpmndi:BPMNLabel", &[]);
            rectangle(out, *label);
            out.end();
        }
        out.end();
    }
    exporter.out.end();
    exporter.out.end();
}

fn number(value: f64) -> Option<Cow<'static, str>> {
    Some(Cow::Owned(rounded(value).to_string()))
}

fn rectangle(out: &mut super::Writer, b: Bounds) {
    let size =
        [("x", number(b.x)), ("y", number(b.y)), ("width", number(b.width)), ("height", number(b.height))];
    out.empty("dc:Bounds", &size);
}

fn point(out: &mut super::Writer, p: Point) {
    out.empty("di:waypoint", &[("x", number(p.x)), ("y", number(p.y))]);
}

/// Where the line from one rectangle's middle to another's leaves the first.
fn edge_point(from: Bounds, to: Bounds) -> Point {
    let middle = |b: Bounds| (b.x + b.width / 2.0, b.y + b.height / 2.0);
    let ((x, y), (to_x, to_y)) = (middle(from), middle(to));
    let (dx, dy) = (to_x - x, to_y - y);
    // The part of the way at which the nearer pair of sides is met; all of it where the rectangles overlap.
    let part = |half: f64, way: f64| if way == 0.0 { 1.0 } else { (half / way.abs()).min(1.0) };
    let part = part(from.width / 2.0, dx).min(part(from.height / 2.0, dy));
    Point { x: x + dx * part, y: y + dy * part }
}

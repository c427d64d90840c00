//! The drawing in a BPMN file: BPMNDI's shapes and edges.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::xml::{Element, Space};
use crate::flow::{Bounds, Flow, MAX_COORDINATE, Point};

pub(super) struct Shape<'a> {
    pub(super) element: &'a Element,
    /// None where the file's bounds are no rectangle on a page.
    pub(super) bounds: Option<Bounds>,
    pub(super) label: Option<Bounds>,
    pub(super) horizontal: Option<bool>,
    pub(super) expanded: Option<bool>,
}

pub(super) struct Edge<'a> {
    pub(super) element: &'a Element,
    pub(super) waypoints: Vec<Point>,
    pub(super) label: Option<Bounds>,
}

/// What is drawn of one element, with the place of the diagram that it is in, in order of these.
type Views<T> = HashMap<String, Vec<(usize, T)>>;

/// All diagrams of a file.
#[derive(Default)]
pub(super) struct Layout<'a> {
    pub(super) diagrams: Vec<&'a Element>,
    shapes: Views<Shape<'a>>,
    edges: Views<Edge<'a>>,
}

impl<'a> Layout<'a> {
    /// Reads the diagrams; `resolve` turns a reference into the element's id.
    pub(super) fn read(root: &'a Element, resolve: impl Fn(&str) -> String) -> Self {
        let mut layout = Self::default();
        for diagram in root.children.iter().filter(|c| c.is(Space::Diagram, "BPMNDiagram")) {
            layout.diagram(diagram, &resolve);
        }
        layout
    }

    fn diagram(&mut self, diagram: &'a Element, resolve: &impl Fn(&str) -> String) {
        let place = self.diagrams.len();
        let planes = diagram.children.iter().filter(|c| c.is(Space::Diagram, "BPMNPlane"));
        for element in planes.flat_map(|p| &p.children) {
            let Some(id) = element.get("bpmnElement").map(resolve) else { continue };
            if element.is(Space::Diagram, "BPMNShape") {
                let shape = Shape {
                    element,
                    bounds: bounds(element),
                    label: label(element),
                    horizontal: flag(element.get("isHorizontal")),
                    expanded: flag(element.get("isExpanded")),
                };
                add(&mut self.shapes, id, place, shape);
            } else if element.is(Space::Diagram, "BPMNEdge") {
                add(&mut self.edges, id, place, edge(element));
            }
        }
        self.diagrams.push(diagram);
    }

    /// The diagram that shows most of these elements; the first of equals.
    pub(super) fn main<'e>(&self, elements: impl Iterator<Item = &'e str>) -> usize {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for (place, _) in elements.filter_map(|id| self.shapes.get(id)).flatten() {
            *counts.entry(*place).or_default() += 1;
        }
        let best = counts.into_iter().max_by_key(|(place, count)| (*count, Reverse(*place)));
        best.map_or(0, |(place, _)| place)
    }

    /// The shape in the main diagram, or else in the first that has one; and that diagram's place.
    pub(super) fn shape(&self, main: usize, id: &str) -> Option<(usize, &Shape<'a>)> {
        view(&self.shapes, main, id)
    }

    pub(super) fn shape_in(&self, diagram: usize, id: &str) -> Option<&Shape<'a>> {
        self.shape(diagram, id).filter(|(place, _)| *place == diagram).map(|(_, shape)| shape)
    }

    pub(super) fn edge(&self, main: usize, id: &str) -> Option<&Edge<'a>> {
        view(&self.edges, main, id).map(|(_, edge)| edge)
    }
}

/// Keeps what a diagram draws of an element; of several drawings in one diagram, the first.
fn add<T>(views: &mut Views<T>, id: String, place: usize, drawn: T) {
    let of_element = views.entry(id).or_default();
    if of_element.last().is_none_or(|(last, _)| *last != place) {
        of_element.push((place, drawn));
    }
}

fn view<'a, T>(views: &'a Views<T>, main: usize, id: &str) -> Option<(usize, &'a T)> {
    let of_element = views.get(id)?;
    let index = of_element.binary_search_by_key(&main, |(place, _)| *place).unwrap_or_default();
    of_element.get(index).map(|(place, drawn)| (*place, drawn))
}

/// An XML Schema boolean.
pub(super) fn flag(value: Option<&str>) -> Option<bool> {
    match value?.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn number(element: &Element, name: &str) -> Option<f64> {
    element.get(name)?.trim().parse().ok().filter(|n: &f64| n.abs() <= MAX_COORDINATE).map(rounded)
}

/// A measure as files have it, to a thousandth of a pixel: some numbers have hundreds of digits.
pub(super) fn rounded(number: f64) -> f64 {
    // Adding nothing makes -0 a 0.
    (number * 1000.0).round() / 1000.0 + 0.0
}

/// Makes all measures of a flow what they are after an export.
pub(super) fn round(flow: &mut Flow) {
    let line = |points: &mut [Point]| {
        points.iter_mut().for_each(|p| *p = Point { x: rounded(p.x), y: rounded(p.y) });
    };
    let place = |bounds: &mut Option<Bounds>| {
        let all = bounds.iter_mut().flat_map(|b| [&mut b.x, &mut b.y, &mut b.width, &mut b.height]);
        all.for_each(|n| *n = rounded(*n));
    };
    flow.nodes.iter_mut().flat_map(|n| [&mut n.bounds, &mut n.label]).for_each(place);
    flow.data.iter_mut().flat_map(|d| [&mut d.bounds, &mut d.label]).for_each(place);
    flow.artifacts.iter_mut().flat_map(|a| [&mut a.bounds, &mut a.label]).for_each(place);
    flow.pools.iter_mut().map(|p| &mut p.bounds).for_each(place);
    flow.lanes.iter_mut().map(|l| &mut l.bounds).for_each(place);
    flow.sequence_flows.iter_mut().map(|f| &mut f.label).for_each(place);
    flow.message_flows.iter_mut().map(|f| &mut f.label).for_each(place);
    flow.sequence_flows.iter_mut().for_each(|f| line(&mut f.waypoints));
    flow.message_flows.iter_mut().for_each(|f| line(&mut f.waypoints));
    flow.associations.iter_mut().for_each(|a| line(&mut a.waypoints));
}

fn bounds(element: &Element) -> Option<Bounds> {
    let found = element.children.iter().find(|c| c.is(Space::Drawing, "Bounds"))?;
    let size = |name| number(found, name).filter(|n| *n >= 0.0);
    Some(Bounds {
        x: number(found, "x")?,
        y: number(found, "y")?,
        width: size("width")?,
        height: size("height")?,
    })
}

fn label(element: &Element) -> Option<Bounds> {
    element.children.iter().find(|c| c.is(Space::Diagram, "BPMNLabel")).and_then(bounds)
}

/// The edge's line; nothing of it where it is not a line, or only stands in for one that the flow does not have.
fn edge(element: &Element) -> Edge<'_> {
    let points = element.children.iter().filter(|c| c.is(Space::Drawing, "waypoint"));
    let waypoints: Option<Vec<Point>> =
        points.map(|p| Some(Point { x: number(p, "x")?, y: number(p, "y")? })).collect();
    match waypoints {
        Some(waypoints) if waypoints.len() >= 2 && element.styr("straight").is_none() => {
            Edge { element, waypoints, label: label(element) }
        }
        _ => Edge { element, waypoints: Vec::new(), label: None },
    }
}

//! The drawing in a BPMN file: BPMNDI's shapes and edges.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::xml::{Element, Space};
use crate::flow::{Bounds, MAX_COORDINATE, Point};

pub(super) struct Shape {
    /// None where the file's bounds are no rectangle on a page.
    pub(super) bounds: Option<Bounds>,
    pub(super) label: Option<Bounds>,
    pub(super) horizontal: Option<bool>,
    pub(super) expanded: Option<bool>,
}

#[derive(Default)]
pub(super) struct Edge {
    pub(super) waypoints: Vec<Point>,
    pub(super) label: Option<Bounds>,
}

/// What a diagram is reported for.
#[derive(Default)]
pub(super) struct Diagram {
    pub(super) id: String,
    /// Settings of other tools, and fonts: what a drawing here does not have.
    pub(super) extras: Vec<String>,
    /// Whether it draws something, but only what diagrams before it draw as well.
    pub(super) repeats: bool,
}

/// What is drawn of one element, with the place of the diagram that it is in, in order of these.
type Views<T> = HashMap<String, Vec<(usize, T)>>;

/// All diagrams of a file.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) diagrams: Vec<Diagram>,
    shapes: Views<Shape>,
    edges: Views<Edge>,
}

impl Layout {
    /// Reads the diagrams; `resolve` turns a reference into the element's id.
    pub(super) fn read(root: &Element, resolve: impl Fn(&str) -> String) -> Self {
        let mut layout = Self::default();
        for diagram in root.children.iter().filter(|c| c.is(Space::Diagram, "BPMNDiagram")) {
            layout.diagram(diagram, &resolve);
        }
        layout
    }

    fn diagram(&mut self, element: &Element, resolve: &impl Fn(&str) -> String) {
        let place = self.diagrams.len();
        let mut diagram = Diagram { id: element.id().to_owned(), ..Diagram::default() };
        let (mut drawn, mut fresh) = (0, 0);
        if element.children.iter().any(|c| c.is(Space::Diagram, "BPMNLabelStyle")) {
            diagram.extra("BPMNLabelStyle");
        }
        let planes = element.children.iter().filter(|c| c.is(Space::Diagram, "BPMNPlane"));
        for child in planes.flat_map(|p| &p.children) {
            let foreign = child.attributes.iter().filter(|a| a.space == Space::Foreign).map(|a| &a.name);
            for name in foreign.chain(&child.foreign) {
                diagram.extra(name);
            }
            let Some(id) = child.get("bpmnElement").map(resolve) else { continue };
            if child.is(Space::Diagram, "BPMNShape") {
                let shape = Shape {
                    bounds: bounds(child),
                    label: label(child),
                    horizontal: flag(child.get("isHorizontal")),
                    expanded: flag(child.get("isExpanded")),
                };
                drawn += 1;
                fresh += usize::from(!self.shapes.contains_key(&id));
                add(&mut self.shapes, id, place, shape);
            } else if child.is(Space::Diagram, "BPMNEdge") {
                add(&mut self.edges, id, place, edge(child));
            }
        }
        diagram.repeats = drawn > 0 && fresh == 0;
        self.diagrams.push(diagram);
    }

    /// The diagram that shows most of these elements; the first of equals.
    pub(super) fn main<'a>(&self, elements: impl Iterator<Item = &'a str>) -> usize {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for (place, _) in elements.filter_map(|id| self.shapes.get(id)).flatten() {
            *counts.entry(*place).or_default() += 1;
        }
        let best = counts.into_iter().max_by_key(|(place, count)| (*count, Reverse(*place)));
        best.map_or(0, |(place, _)| place)
    }

    /// The shape in the main diagram, or else in the first that has one; and that diagram's place.
    pub(super) fn shape(&self, main: usize, id: &str) -> Option<(usize, &Shape)> {
        view(&self.shapes, main, id)
    }

    pub(super) fn shape_in(&self, diagram: usize, id: &str) -> Option<&Shape> {
        self.shape(diagram, id).filter(|(place, _)| *place == diagram).map(|(_, shape)| shape)
    }

    pub(super) fn edge(&self, main: usize, id: &str) -> Option<&Edge> {
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

impl Diagram {
    fn extra(&mut self, name: &str) {
        if self.extras.len() < 20 && !self.extras.iter().any(|n| n == name) {
            self.extras.push(name.to_owned());
        }
    }
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
    element.get(name)?.trim().parse().ok().filter(|n: &f64| n.abs() <= MAX_COORDINATE)
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
fn edge(element: &Element) -> Edge {
    let points = element.children.iter().filter(|c| c.is(Space::Drawing, "waypoint"));
    let waypoints: Option<Vec<Point>> =
        points.map(|p| Some(Point { x: number(p, "x")?, y: number(p, "y")? })).collect();
    match waypoints {
        Some(waypoints) if waypoints.len() >= 2 && element.styr("straight").is_none() => {
            Edge { waypoints, label: label(element) }
        }
        _ => Edge::default(),
    }
}

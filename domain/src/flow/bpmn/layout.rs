//! The drawing in a BPMN file: BPMNDI's shapes and edges.

use std::collections::{HashMap, HashSet};

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

#[derive(Default)]
pub(super) struct Diagram {
    pub(super) id: String,
    pub(super) shapes: HashMap<String, Shape>,
    edges: HashMap<String, Edge>,
    /// Settings of other tools, and fonts: what a drawing here does not have.
    pub(super) extras: Vec<String>,
}

/// All diagrams of a file.
pub(super) struct Layout(pub(super) Vec<Diagram>);

impl Layout {
    /// Reads the diagrams; `resolve` turns a reference into the element's id.
    pub(super) fn read(root: &Element, resolve: impl Fn(&str) -> String) -> Self {
        let diagrams = root.children.iter().filter(|c| c.is(Space::Diagram, "BPMNDiagram"));
        Self(diagrams.map(|d| Diagram::read(d, &resolve)).collect())
    }

    /// The diagram that shows most of these elements; the first of equals.
    pub(super) fn main<'a>(&self, elements: impl Iterator<Item = &'a str> + Clone) -> usize {
        let shown = |d: &Diagram| elements.clone().filter(|id| d.shapes.contains_key(*id)).count();
        let mut best = (0, 0);
        for (index, diagram) in self.0.iter().enumerate() {
            let count = shown(diagram);
            if count > best.1 {
                best = (index, count);
            }
        }
        best.0
    }

    /// The shape in the main diagram, or else in the first that has one; and that diagram's place.
    pub(super) fn shape(&self, main: usize, id: &str) -> Option<(usize, &Shape)> {
        self.from(main).find_map(|(index, d)| d.shapes.get(id).map(|s| (index, s)))
    }

    pub(super) fn shape_in(&self, diagram: usize, id: &str) -> Option<&Shape> {
        self.0.get(diagram)?.shapes.get(id)
    }

    pub(super) fn edge(&self, main: usize, id: &str) -> Option<&Edge> {
        self.from(main).find_map(|(_, d)| d.edges.get(id))
    }

    fn from(&self, main: usize) -> impl Iterator<Item = (usize, &Diagram)> {
        let first = self.0.get(main).map(|d| (main, d));
        first.into_iter().chain(self.0.iter().enumerate().filter(move |(index, _)| *index != main))
    }

    /// The diagrams that draw only what other diagrams draw as well.
    pub(super) fn repetitions(&self) -> impl Iterator<Item = &Diagram> {
        let mut seen = HashSet::new();
        self.0.iter().filter(move |d| {
            let fresh = d.shapes.keys().filter(|id| seen.insert(id.as_str())).count();
            fresh == 0 && !d.shapes.is_empty()
        })
    }
}

impl Diagram {
    fn read(element: &Element, resolve: &impl Fn(&str) -> String) -> Self {
        let mut diagram = Self { id: element.id().to_owned(), ..Self::default() };
        for child in &element.children {
            if child.is(Space::Diagram, "BPMNLabelStyle") {
                diagram.extra("BPMNLabelStyle");
            }
            if !child.is(Space::Diagram, "BPMNPlane") {
                continue;
            }
            for drawn in &child.children {
                let foreign =
                    drawn.attributes.iter().filter(|a| a.space == Space::Foreign).map(|a| a.name.as_str());
                for name in foreign.chain(drawn.foreign.iter().map(String::as_str)) {
                    diagram.extra(name);
                }
                let Some(id) = drawn.get("bpmnElement").map(resolve) else { continue };
                if drawn.is(Space::Diagram, "BPMNShape") {
                    diagram.shapes.entry(id).or_insert_with(|| Shape {
                        bounds: bounds(drawn),
                        label: label(drawn),
                        horizontal: flag(drawn.get("isHorizontal")),
                        expanded: flag(drawn.get("isExpanded")),
                    });
                } else if drawn.is(Space::Diagram, "BPMNEdge") {
                    diagram.edges.entry(id).or_insert_with(|| edge(drawn));
                }
            }
        }
        diagram
    }

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

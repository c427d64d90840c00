//! The drawing of a flow: BPMN 2.0's notation as SVG, and a layout for flows that were never drawn.
//!
//! The picture stands alone: no scripts, no fonts, no references, not even ids, so that several can be put
//! in one page. Texts are real text, and every element is a `<g>` that names its element in `data-element`.

mod board;
mod canvas;
mod colour;
mod connectors;
mod frames;
mod geometry;
mod icons;
mod landscape;
mod layout;
mod nodes;
mod style;
#[cfg(test)]
mod tests;
mod tree;
mod type_metrics;
pub(super) mod wording;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

pub use self::board::{BoardBox, board};
use self::canvas::{Canvas, Finished};
use self::geometry::bottom;
pub use self::landscape::{LandscapeItem, LandscapeOptions, landscape};
pub use self::layout::layout;
use self::tree::Tree;
use super::graph::{Bounds, Flow, NodeKind, Point};
use crate::text::Language;

/// How a flow is to be drawn.
#[derive(Debug, Clone, Default)]
pub struct DrawOptions {
    /// The process's name, for the picture's title. Absent means the name of the flow's own pool, if any.
    pub title: Option<String>,
    /// The language of the words that the picture adds for screen readers.
    pub language: Language,
    /// Light, dark, or as the reader's device has it.
    pub theme: Theme,
    /// The elements to point out, by id: how far a case has come. Ids that the flow lacks are passed over.
    pub states: BTreeMap<String, ElementState>,
}

/// The colours of a drawing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the reader's device prefers.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// How far a case has come at an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ElementState {
    /// It has been passed.
    Done,
    /// The case stands here.
    Current,
    /// The case is stuck here.
    Failed,
}

/// The flow as a standalone SVG document, laid out first where a node that shows has no bounds.
///
/// The same flow and options give the same bytes. Time and size are linear in the flow's.
#[must_use]
pub fn svg(flow: &Flow, options: &DrawOptions) -> String {
    let tree = Tree::of(flow);
    if tree.is_drawn(flow) {
        Drawing::new(flow, tree, options).svg()
    } else {
        let flow = &layout::arranged(flow, &tree);
        Drawing::new(flow, tree, options).svg()
    }
}

/// A flow on its way to the canvas.
struct Drawing<'a> {
    flow: &'a Flow,
    tree: Tree<'a>,
    options: &'a DrawOptions,
    /// Where pools, data, artifacts and the middles of lines are.
    places: HashMap<&'a str, Bounds>,
    /// The start event of each sub-process that an event starts.
    triggers: HashMap<usize, usize>,
    /// How high up the events on an activity's lower edge reach.
    covered: HashMap<usize, f64>,
}

impl<'a> Drawing<'a> {
    fn new(flow: &'a Flow, tree: Tree<'a>, options: &'a DrawOptions) -> Self {
        let starts = flow.nodes.iter().enumerate().filter(|(_, node)| node.kind == NodeKind::StartEvent);
        let triggers = starts.filter_map(|(i, _)| Some((tree.parent[i]?, i))).collect();
        let mut covered: HashMap<usize, f64> = HashMap::new();
        for event in &flow.nodes {
            if let (Some(host), Some(b)) =
                (event.attached_to.as_deref().and_then(|id| tree.node(id)), tree::bounds(event))
                && tree::bounds(&flow.nodes[host]).is_some_and(|host| bottom(b) > bottom(host))
            {
                let top = covered.entry(host).or_insert(b.y);
                *top = top.min(b.y);
            }
        }
        Self { flow, tree, options, places: frames::places(flow), triggers, covered }
    }

    /// Draws from the back to the front: frames, lines, nodes, what sits on nodes.
    fn svg(&self) -> String {
        let mut canvas = Canvas::default();
        self.pools_and_lanes(&mut canvas);
        self.open_sub_processes(&mut canvas);
        self.lines(&mut canvas);
        self.data(&mut canvas);
        self.nodes(&mut canvas);
        self.artifacts(&mut canvas);
        let (title, description) = (self.title(), self.description());
        document(&canvas.finish(MARGIN), &title, &description, self.options.theme, self.options.language)
    }

    fn state(&self, id: &str) -> Option<ElementState> {
        self.options.states.get(id).copied()
    }
}

/// The whole document around a picture's markup.
fn document(body: &Finished, title: &str, description: &str, theme: Theme, language: Language) -> String {
    let Bounds { x, y, width, height } = body.view;
    let (class, language) = (style::class(theme), style::language_tag(language));
    let style = style::sheet(theme);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"styr-diagram {class}\" role=\"img\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"{x} {y} {width} {height}\">\n\
         <title>{}</title>\n<desc lang=\"{language}\">{}</desc>\n<style>{style}</style>\n\
         <rect class=\"styr-ground\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n{}</svg>\n",
        canvas::Escaped(title),
        canvas::Escaped(description),
        body.markup,
    )
}

/// The empty edge around the picture, in pixels.
const MARGIN: f64 = 20.0;

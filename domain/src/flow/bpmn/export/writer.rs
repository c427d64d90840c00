//! Builds the tree of a file in the order of its elements.

use std::borrow::Cow;

use crate::flow::bpmn::xml::{Attribute as Written, Element, Space};

pub(super) struct Writer {
    open: Vec<Element>,
}

/// An attribute; none is left out.
pub(super) type Attribute<'a> = (&'static str, Option<Cow<'a, str>>);

impl Writer {
    pub(super) fn new() -> Self {
        Self { open: Vec::new() }
    }

    pub(super) fn start(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        let (space, name) = split(name, Space::Model);
        let mut element = Element::new(space, name);
        for (name, value) in attributes {
            let Some(value) = value else { continue };
            let (space, name) = split(name, Space::Plain);
            element.attributes.push(Written { space, ..Written::plain(name, value.as_ref()) });
        }
        self.open.push(element);
    }

    pub(super) fn end(&mut self) {
        if self.open.len() > 1
            && let Some(element) = self.open.pop()
            && let Some(parent) = self.open.last_mut()
        {
            parent.children.push(element);
        }
    }

    pub(super) fn empty(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        self.start(name, attributes);
        self.end();
    }

    pub(super) fn text(&mut self, name: &str, attributes: &[Attribute<'_>], text: &str) {
        self.start(name, attributes);
        if let Some(element) = self.open.last_mut() {
            text.clone_into(&mut element.text);
        }
        self.end();
    }

    /// The outermost element, all of it.
    pub(super) fn finish(mut self) -> Element {
        while self.open.len() > 1 {
            self.end();
        }
        self.open.pop().unwrap_or_else(|| Element::new(Space::Model, "definitions"))
    }
}

/// The vocabulary that a prefix stands for, and the name without it.
fn split(name: &str, none: Space) -> (Space, &str) {
    let Some((prefix, local)) = name.split_once(':') else { return (none, name) };
    let space = match prefix {
        "bpmndi" => Space::Diagram,
        "dc" | "di" => Space::Drawing,
        "xsi" => Space::Instance,
        "xml" => Space::Xml,
        _ => Space::Styr,
    };
    (space, local)
}

//! A tree as XML text.

use std::collections::HashMap;

use super::{Binding, Element, Space, is_xml_char};
use crate::flow::bpmn::names;

/// The tree as a document, indented.
pub(in crate::flow::bpmn) fn document(root: &Element) -> String {
    let mut writer =
        Writer { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), ..Writer::default() };
    writer.element(root, Some(0), used(root));
    writer.out.push('\n');
    writer.out
}

/// The tree on one line: always the same text for the same tree.
pub(in crate::flow::bpmn) fn compact(root: &Element) -> String {
    let mut writer = Writer::default();
    writer.element(root, None, used(root));
    writer.out
}

#[derive(Default)]
struct Writer<'a> {
    out: String,
    /// Which namespace each prefix means, the innermost last.
    scope: Vec<(&'a str, &'a str)>,
}

impl<'a> Writer<'a> {
    /// Writes an element that begins with these declarations, at this depth if it is to be indented.
    fn element(&mut self, element: &'a Element, depth: Option<usize>, declare: Vec<(&'a str, &'a str)>) {
        let outside = self.scope.len();
        let mut new = declare;
        self.scope.extend(&new);
        let mut need = |writer: &mut Self, (prefix, uri): (&'a str, &'a str)| {
            let meant = writer.scope.iter().rfind(|(p, _)| *p == prefix).map(|(_, uri)| *uri);
            if meant.unwrap_or_default() != uri {
                writer.scope.push((prefix, uri));
                new.push((prefix, uri));
            }
        };
        let own = namespace(element.space, element.binding.as_deref(), &element.name);
        own.into_iter().for_each(|name| need(self, name));
        let attributes = element.attributes.iter().filter(|a| a.space != Space::Plain);
        let prefixes = attributes.filter_map(|a| namespace(a.space, a.binding.as_deref(), &a.name));
        prefixes.for_each(|name| need(self, name));
        for binding in &element.declared {
            if !new.iter().any(|(prefix, _)| *prefix == binding.prefix) {
                self.scope.push((&binding.prefix, &binding.uri));
                new.push((&binding.prefix, &binding.uri));
            }
        }
        self.out.push('<');
        self.name(element.space, element.binding.as_deref(), &element.name);
        for (prefix, uri) in new {
            self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(prefix);
            self.value(uri);
        }
        for attribute in &element.attributes {
            self.out.push(' ');
            if attribute.space != Space::Plain {
                self.name(attribute.space, attribute.binding.as_deref(), &attribute.name);
            } else {
                self.out.push_str(&attribute.name);
            }
            self.value(&attribute.value);
        }
        if element.children.is_empty() && element.text.is_empty() {
            self.out.push_str("/>");
        } else {
            self.out.push('>');
            escape(&element.text, &mut self.out, false);
            let mixed = !element.text.is_empty() || element.children.iter().any(|c| !c.tail.is_empty());
            let inside = depth.filter(|_| !mixed).map(|d| d + 1);
            for child in &element.children {
                self.line(inside);
                self.element(child, inside, Vec::new());
                escape(&child.tail, &mut self.out, false);
            }
            if !element.children.is_empty() {
                self.line(inside.map(|d| d - 1));
            }
            self.out.push_str("</");
            self.name(element.space, element.binding.as_deref(), &element.name);
            self.out.push('>');
        }
        self.scope.truncate(outside);
    }

    fn line(&mut self, depth: Option<usize>) {
        if let Some(depth) = depth {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", depth));
        }
    }

    fn name(&mut self, space: Space, binding: Option<&Binding>, name: &str) {
        if let Some((prefix, _)) = namespace(space, binding, name).filter(|(prefix, _)| !prefix.is_empty()) {
            self.out.push_str(prefix);
            self.out.push(':');
        } else if space == Space::Xml {
            self.out.push_str("xml:");
        }
        self.out.push_str(name);
    }

    fn value(&mut self, value: &str) {
        self.out.push_str("=\"");
        escape(value, &mut self.out, true);
        self.out.push('"');
    }
}

/// The prefix and namespace that a name needs; none for those of XML itself.
fn namespace<'a>(space: Space, binding: Option<&'a Binding>, name: &str) -> Option<(&'a str, &'a str)> {
    Some(match space {
        Space::Model => ("bpmn", names::MODEL),
        Space::Diagram => ("bpmndi", names::BPMNDI),
        Space::Drawing if matches!(name, "Bounds" | "Font" | "Point") => ("dc", names::DC),
        Space::Drawing => ("di", names::DI),
        Space::Styr => ("styr", names::STYR),
        Space::Instance => ("xsi", names::XSI),
        Space::Xml => return None,
        Space::Plain => ("", ""),
        Space::Foreign => binding.map(|b| (b.prefix.as_str(), b.uri.as_str()))?,
    })
}

/// The namespaces that names in the tree need, under the first meaning of each prefix: declared once, at the top.
fn used(root: &Element) -> Vec<(&str, &str)> {
    fn collect<'a>(
        element: &'a Element,
        found: &mut Vec<(&'a str, &'a str)>,
        seen: &mut HashMap<&'a str, &'a str>,
    ) {
        let own = namespace(element.space, element.binding.as_deref(), &element.name);
        let attributes = element.attributes.iter().filter(|a| a.space != Space::Plain);
        let attributes = attributes.filter_map(|a| namespace(a.space, a.binding.as_deref(), &a.name));
        for (prefix, uri) in own.into_iter().chain(attributes).filter(|(prefix, _)| !prefix.is_empty()) {
            if !seen.contains_key(prefix) {
                seen.insert(prefix, uri);
                found.push((prefix, uri));
            }
        }
        element.children.iter().for_each(|c| collect(c, found, seen));
    }
    let mut found = Vec::new();
    collect(root, &mut found, &mut HashMap::new());
    found
}

/// What XML cannot hold at all becomes U+FFFD; what a reader would change is written as a reference.
fn escape(text: &str, out: &mut String, attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            c if is_xml_char(c) => out.push(c),
            _ => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
}

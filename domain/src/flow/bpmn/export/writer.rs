//! Indented XML.

use std::borrow::Cow;

/// Writes elements in order, indented; every value is escaped so that a reader gets it back as it was.
pub(super) struct Writer {
    out: String,
    open: Vec<&'static str>,
}

/// An attribute; none is left out.
pub(super) type Attribute<'a> = (&'static str, Option<Cow<'a, str>>);

impl Writer {
    pub(super) fn new() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }

    pub(super) fn start(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.tag(name, attributes);
        self.out.push_str(">\n");
        self.open.push(name);
    }

    pub(super) fn end(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.out.push_str("</");
            self.name(name);
            self.out.push_str(">\n");
        }
    }

    pub(super) fn empty(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.tag(name, attributes);
        self.out.push_str("/>\n");
    }

    pub(super) fn text(&mut self, name: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.tag(name, attributes);
        self.out.push('>');
        escape(text, &mut self.out, false);
        self.out.push_str("</");
        self.name(name);
        self.out.push_str(">\n");
    }

    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.end();
        }
        self.out
    }

    /// An element's name: BPMN's own where it has no prefix.
    fn name(&mut self, name: &str) {
        if !name.contains(':') {
            self.out.push_str("bpmn:");
        }
        self.out.push_str(name);
    }

    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n("  ", self.open.len()));
    }

    fn tag(&mut self, name: &'static str, attributes: &[Attribute<'_>]) {
        self.indent();
        self.out.push('<');
        self.name(name);
        for (name, value) in attributes {
            if let Some(value) = value {
                self.out.push(' ');
                self.out.push_str(name);
                self.out.push_str("=\"");
                escape(value, &mut self.out, true);
                self.out.push('"');
            }
        }
    }
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
            c if crate::flow::bpmn::is_xml_char(c) => out.push(c),
            _ => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
}

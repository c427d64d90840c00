//! XML as a tree of elements, read within limits and written so that a reader gets back what was there.

use std::rc::Rc;

use super::names;

mod parse;
mod write;

pub(super) use parse::{parse, refused};
pub(super) use write::{compact, document};

/// The vocabularies that an import reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Model,
    Diagram,
    /// OMG's DC and DI, whose few names do not clash.
    Drawing,
    Styr,
    Instance,
    Xml,
    /// No namespace: BPMN's attributes.
    Plain,
    Foreign,
}

impl Space {
    fn of(uri: &str) -> Self {
        match uri {
            names::MODEL => Self::Model,
            names::BPMNDI => Self::Diagram,
            names::DC | names::DI => Self::Drawing,
            names::STYR => Self::Styr,
            names::XSI => Self::Instance,
            names::XML => Self::Xml,
            _ => Self::Foreign,
        }
    }
}

/// A foreign namespace under the prefix that the file gave it; empty for the default namespace.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Binding {
    pub(super) prefix: String,
    pub(super) uri: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attribute {
    pub(super) space: Space,
    /// The namespace, where the space is foreign.
    pub(super) binding: Option<Rc<Binding>>,
    /// The local name.
    pub(super) name: String,
    pub(super) value: String,
}

impl Attribute {
    pub(super) fn plain(name: &str, value: impl Into<String>) -> Self {
        Self { space: Space::Plain, binding: None, name: name.to_owned(), value: value.into() }
    }

    /// The name as people write it, with its prefix where it is foreign.
    pub(super) fn qualified(&self) -> String {
        qualified(self.binding.as_deref(), &self.name)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Element {
    pub(super) space: Space,
    /// The namespace, where the space is foreign.
    pub(super) binding: Option<Rc<Binding>>,
    /// The local name.
    pub(super) name: String,
    pub(super) attributes: Vec<Attribute>,
    /// Foreign namespaces declared here, which values may refer to.
    pub(super) declared: Vec<Rc<Binding>>,
    pub(super) children: Vec<Element>,
    /// The text before the first child element.
    pub(super) text: String,
    /// The text between this element's end and what follows it in its parent.
    pub(super) tail: String,
}

impl Element {
    pub(super) fn new(space: Space, name: &str) -> Self {
        Self {
            space,
            binding: None,
            name: name.to_owned(),
            attributes: Vec::new(),
            declared: Vec::new(),
            children: Vec::new(),
            text: String::new(),
            tail: String::new(),
        }
    }

    pub(super) fn is(&self, space: Space, name: &str) -> bool {
        self.space == space && self.name == name
    }

    /// A plain attribute's value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attribute(Space::Plain, name)
    }

    /// An attribute of Styr's own.
    pub(super) fn styr(&self, name: &str) -> Option<&str> {
        self.attribute(Space::Styr, name)
    }

    pub(super) fn attribute(&self, space: Space, name: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.space == space && a.name == name).map(|a| a.value.as_str())
    }

    /// The id as it is written, empty where there is none.
    pub(super) fn id(&self) -> &str {
        self.get("id").unwrap_or_default()
    }

    /// The children of BPMN's own vocabulary with this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |c| c.is(Space::Model, name))
    }

    pub(super) fn first<'a>(&'a self, name: &'a str) -> Option<&'a Element> {
        self.all(name).next()
    }

    /// The text, trimmed unless the file says that its spaces count; none when nothing is left.
    pub(super) fn trimmed(&self) -> Option<&str> {
        if self.attribute(Space::Xml, "space") == Some("preserve") {
            return Some(&self.text);
        }
        Some(self.text.trim()).filter(|t| !t.is_empty())
    }

    /// The name as people write it, with its prefix where it is foreign.
    pub(super) fn qualified(&self) -> String {
        qualified(self.binding.as_deref(), &self.name)
    }

    /// Whether it says nothing at all.
    pub(super) fn is_bare(&self) -> bool {
        self.attributes.is_empty()
            && self.declared.is_empty()
            && self.children.is_empty()
            && self.text.is_empty()
            && self.tail.is_empty()
    }
}

fn qualified(binding: Option<&Binding>, name: &str) -> String {
    match binding.map(|b| b.prefix.as_str()) {
        None | Some("") => name.to_owned(),
        Some(prefix) => format!("{prefix}:{name}"),
    }
}

/// Whether XML 1.0 can hold the character at all, as itself or as a reference.
pub(in crate::flow) const fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Whether the text is an XML `NCName`, as ids must be.
pub(in crate::flow) fn is_ncname(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(starts_name) && chars.all(continues_name)
}

pub(super) const fn starts_name(c: char) -> bool {
    matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}' | '\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

pub(super) const fn continues_name(c: char) -> bool {
    starts_name(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}' | '\u{2040}')
}

/// The text, or its beginning where it is too long to be shown.
pub(in crate::flow) fn shorten(text: &str) -> &str {
    text.char_indices().nth(200).map_or(text, |(end, _)| &text[..end])
}

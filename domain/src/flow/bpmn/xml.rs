//! XML read into a tree of the elements that BPMN models are made of, within limits.
//!
//! There are no entities but XML's own five and no document type at all, so nothing can be expanded or fetched.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

use super::{MAX_BYTES, MAX_DEPTH, MAX_XML_ELEMENTS, names};
use crate::fault::{Fault, Violation};
use crate::flow::MAX_ELEMENTS;
use crate::text;
use crate::text::Text;

/// More attributes than any real element has; the check that none comes twice is quadratic in their number.
const MAX_ATTRIBUTES: usize = 100;

/// The vocabularies that an import reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) space: Space,
    /// The local name; with its prefix where the space is foreign.
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Debug)]
pub(super) struct Element {
    pub(super) space: Space,
    /// The local name.
    pub(super) name: String,
    pub(super) attributes: Vec<Attribute>,
    pub(super) children: Vec<Element>,
    /// The text before the first child element.
    pub(super) text: String,
    /// The names, with prefix, of child elements in foreign vocabularies, each once; they are not kept.
    pub(super) foreign: Vec<String>,
}

impl Element {
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

/// A refusal of the file as a whole.
pub(super) fn refused(code: &'static str, text: Text) -> Fault {
    Fault::invalid(vec![Violation::at("", code, text)])
}

/// Reads the file's root element.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, Fault> {
    if bytes.len() > MAX_BYTES {
        let limit = MAX_BYTES / 1_000_000;
        return Err(refused(
            "file_too_large",
            text!(
                "Filen er større end {limit} MB. Del den op.",
                "Filen är större än {limit} MB. Dela upp den.",
                "The file is larger than {limit} MB. Split it up."
            ),
        ));
    }
    let source = decode(bytes)?;
    if let Some((offset, found)) = source.char_indices().find(|&(_, c)| !is_xml_char(c)) {
        return Err(malformed(
            &source,
            offset,
            &format!("U+{:04X} is not a character of XML", u32::from(found)),
        ));
    }
    Parser { source: &source, reader: NsReader::from_str(&source), elements: 0, flow_elements: 0 }.document()
}

/// The file's text, in the encoding that its first bytes or its XML declaration name.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let whole = bytes.len().is_multiple_of(2);
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.ok().filter(|_| whole).map(Cow::Owned).ok_or_else(|| not_encoded("UTF-16", None))
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => return utf8(rest),
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0, b'<', ..] => return utf16(bytes, u16::from_be_bytes),
        [b'<', 0, ..] => return utf16(bytes, u16::from_le_bytes),
        _ => {}
    }
    let encoding = declared_encoding(bytes);
    match encoding.as_str() {
        "" | "utf-8" | "utf8" | "us-ascii" | "ascii" => utf8(bytes),
        "iso-8859-1" | "latin1" | "iso_8859-1" => {
            Ok(Cow::Owned(bytes.iter().copied().map(char::from).collect()))
        }
        "windows-1252" | "cp1252" => Ok(Cow::Owned(bytes.iter().copied().map(windows_1252).collect())),
        _ => Err(refused(
            "encoding_unknown",
            text!(
                "Filen er kodet som »{encoding}«, som Styr ikke læser. Gem den som UTF-8.",
                "Filen är kodad som ”{encoding}”, som Styr inte läser. Spara den som UTF-8.",
                "The file is encoded as \"{encoding}\", which Styr does not read. Save it as UTF-8."
            ),
        )),
    }
}

/// The encoding that the XML declaration names, in lower case; empty where there is none.
fn declared_encoding(bytes: &[u8]) -> String {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let value = head
        .trim_start()
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split_once("?>"))
        .and_then(|(declaration, _)| declaration.split_once("encoding"))
        .and_then(|(_, rest)| rest.trim_start().strip_prefix('='))
        .map(str::trim_start)
        .and_then(|rest| rest.chars().next().filter(|c| "\"'".contains(*c)).map(|quote| (rest, quote)))
        .and_then(|(rest, quote)| rest[1..].split_once(quote));
    value.map(|(name, _)| name.to_lowercase()).unwrap_or_default()
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    str::from_utf8(bytes).map(Cow::Borrowed).map_err(|e| not_encoded("UTF-8", Some(e.valid_up_to())))
}

fn not_encoded(encoding: &str, offset: Option<usize>) -> Fault {
    let at = offset.map_or(String::new(), |o| format!(" ({o})"));
    refused(
        "encoding_broken",
        text!(
            "Filens bytes er ikke {encoding}, som den siger{at}. Gem den igen som UTF-8.",
            "Filens byte är inte {encoding}, som den säger{at}. Spara den igen som UTF-8.",
            "The file's bytes are not {encoding}, as it says they are{at}. Save it again as UTF-8."
        ),
    )
}

/// Windows-1252 differs from ISO-8859-1 in 0x80 to 0x9F only; its five holes stand for themselves.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    HIGH.get(usize::from(byte).wrapping_sub(0x80)).copied().unwrap_or(char::from(byte))
}

fn malformed(source: &str, offset: usize, detail: &str) -> Fault {
    let detail = shorten(detail);
    let before = &source.as_bytes()[..offset.min(source.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |p| p + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    refused(
        "xml_malformed",
        text!(
            "Filen er ikke velformet XML, linje {line}, tegn {column}: {detail}.",
            "Filen är inte välformad XML, rad {line}, tecken {column}: {detail}.",
            "The file is not well-formed XML, line {line}, character {column}: {detail}."
        ),
    )
}

struct Parser<'a> {
    source: &'a str,
    reader: NsReader<&'a [u8]>,
    elements: usize,
    flow_elements: usize,
}

impl<'a> Parser<'a> {
    fn document(mut self) -> Result<Element, Fault> {
        let mut open: Vec<Element> = Vec::new();
        // How many foreign elements are open; what is inside them is read for form only.
        let mut skipping = 0_usize;
        let mut root = None;
        loop {
            let event = self.reader.read_event().map_err(|e| self.broken(&e.to_string()))?;
            match event {
                Event::Start(start) => {
                    self.check_room(open.len() + skipping, root.is_some())?;
                    if skipping > 0 {
                        skipping += 1;
                    } else if let Some(element) = self.element(&start, open.last_mut())? {
                        open.push(element);
                    } else {
                        skipping = 1;
                    }
                }
                Event::Empty(start) => {
                    self.check_room(open.len() + skipping, root.is_some())?;
                    if skipping == 0
                        && let Some(element) = self.element(&start, open.last_mut())?
                    {
                        close(element, &mut open, &mut root);
                    }
                }
                Event::End(_) if skipping > 0 => skipping -= 1,
                Event::End(_) => {
                    if let Some(element) = open.pop() {
                        close(element, &mut open, &mut root);
                    }
                }
                Event::Text(text) => self.text(&mut open, skipping, &text.xml10_content())?,
                Event::CData(text) => self.text(&mut open, skipping, &text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref() {
                        Ok(Some(c)) if is_xml_char(c) => Some(Cow::Owned(c.to_string())),
                        Ok(None) => quick_xml::escape::resolve_predefined_entity(&reference.xml10_content())
                            .map(Cow::Borrowed),
                        _ => None,
                    };
                    let resolved = resolved.ok_or_else(|| {
                        self.broken(&format!("unknown reference &{};", reference.xml10_content()))
                    })?;
                    self.text(&mut open, skipping, &resolved)?;
                }
                Event::DocType(_) => {
                    return Err(refused(
                        "doctype_refused",
                        text!(
                            "Filen har en DOCTYPE. Styr læser hverken dokumenttyper eller egne entiteter; fjern den.",
                            "Filen har en DOCTYPE. Styr läser varken dokumenttyper eller egna entiteter; ta bort den.",
                            "The file has a DOCTYPE. Styr reads neither document types nor entities; remove it."
                        ),
                    ));
                }
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => break,
            }
        }
        match root {
            Some(root) if open.is_empty() && skipping == 0 => Ok(root),
            _ => Err(self.broken("the file ends too early")),
        }
    }

    fn broken(&self, detail: &str) -> Fault {
        let offset = match self.reader.error_position() {
            0 => self.reader.buffer_position(),
            position => position,
        };
        malformed(self.source, usize::try_from(offset).unwrap_or(usize::MAX), detail)
    }

    fn check_room(&mut self, depth: usize, after_root: bool) -> Result<(), Fault> {
        self.elements += 1;
        if depth == 0 && after_root {
            return Err(self.broken("a second root element"));
        }
        if depth >= MAX_DEPTH {
            return Err(refused(
                "nested_too_deep",
                text!(
                    "Filens elementer ligger mere end {MAX_DEPTH} niveauer inde i hinanden.",
                    "Filens element ligger mer än {MAX_DEPTH} nivåer inuti varandra.",
                    "The file's elements are nested more than {MAX_DEPTH} levels deep."
                ),
            ));
        }
        if self.elements > MAX_XML_ELEMENTS || self.flow_elements > MAX_ELEMENTS {
            return Err(refused(
                "too_many_elements",
                text!(
                    "Modellen har flere end {MAX_ELEMENTS} elementer. Del den op i flere processer og filer.",
                    "Modellen har fler än {MAX_ELEMENTS} element. Dela upp den i flera processer och filer.",
                    "The model has more than {MAX_ELEMENTS} elements. Split it into several processes and files."
                ),
            ));
        }
        Ok(())
    }

    /// The element, or none where it is foreign and to be skipped with all that is in it.
    fn element(
        &mut self,
        start: &BytesStart<'_>,
        parent: Option<&mut Element>,
    ) -> Result<Option<Element>, Fault> {
        let (space, prefixed) = match self.reader.resolver().resolve_element(start.name()).0 {
            ResolveResult::Bound(namespace) => (Space::of(namespace.into_inner()), start.name().into_inner()),
            ResolveResult::Unbound => (Space::Plain, start.name().into_inner()),
            ResolveResult::Unknown(prefix) => {
                return Err(self.broken(&format!("the prefix \"{prefix}\" is not declared")));
            }
        };
        let known = !matches!(space, Space::Plain | Space::Foreign | Space::Instance | Space::Xml);
        if let Some(parent) = parent
            && !known
        {
            if parent.foreign.len() < 20 && !parent.foreign.iter().any(|n| n == shorten(prefixed)) {
                parent.foreign.push(shorten(prefixed).to_owned());
            }
            return Ok(None);
        }
        let name = shorten(start.local_name().into_inner()).to_owned();
        if space == Space::Model && names::is_flow_element(&name) {
            self.flow_elements += 1;
        }
        let attributes = self.attributes(start)?;
        Ok(Some(Element {
            space,
            name,
            attributes,
            children: Vec::new(),
            text: String::new(),
            foreign: Vec::new(),
        }))
    }

    fn attributes(&self, start: &BytesStart<'_>) -> Result<Vec<Attribute>, Fault> {
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e| self.broken(&e.to_string()))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let space = match self.reader.resolver().resolve_attribute(attribute.key).0 {
                ResolveResult::Bound(namespace) => Space::of(namespace.into_inner()),
                ResolveResult::Unbound => Space::Plain,
                ResolveResult::Unknown(prefix) => {
                    return Err(self.broken(&format!("the prefix \"{prefix}\" is not declared")));
                }
            };
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|e| self.broken(&e.to_string()))?;
            if attributes.len() >= MAX_ATTRIBUTES || !value.chars().all(is_xml_char) {
                return Err(self.broken(&format!("the attributes of \"{}\"", start.name().into_inner())));
            }
            let name = shorten(match space {
                Space::Foreign => attribute.key.into_inner(),
                _ => attribute.key.local_name().into_inner(),
            });
            attributes.push(Attribute { space, name: name.to_owned(), value: value.into_owned() });
        }
        Ok(attributes)
    }

    fn text(&self, open: &mut [Element], skipping: usize, text: &str) -> Result<(), Fault> {
        match open.last_mut() {
            Some(element) if skipping == 0 && element.children.is_empty() => element.text.push_str(text),
            Some(_) => {}
            None if text.trim().is_empty() => {}
            None => return Err(self.broken("text outside the root element")),
        }
        Ok(())
    }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

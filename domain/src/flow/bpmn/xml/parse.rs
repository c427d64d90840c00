//! XML read into a tree, within limits.
//!
//! There are no entities but XML's own five and no document type at all, so nothing can be expanded or fetched.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{PrefixDeclaration, QName, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

use super::{Attribute, Binding, Element, Space, is_ncname, is_xml_char, shorten};
use crate::fault::{Fault, Violation};
use crate::flow::bpmn::{MAX_BYTES, MAX_DEPTH, MAX_XML_ATTRIBUTES, MAX_XML_ELEMENTS, names};
use crate::flow::{MAX_ELEMENTS, MAX_ID};
use crate::text;
use crate::text::Text;

/// More attributes than any real element has, declarations aside; the check that none comes twice is quadratic in their
/// number.
const MAX_ATTRIBUTES: usize = 100;

/// The prefixes that Styr writes, always for the same.
const OWN: [&str; 7] = ["bpmn", "bpmndi", "dc", "di", "styr", "xsi", "xml"];

/// More foreign vocabularies than any real file has. An export declares all of them at its top.
const MAX_BINDINGS: usize = 100;

/// How many declarations may hold at one place; each name is looked for among them.
const MAX_SCOPE: usize = 500;

/// A refusal of the file as a whole.
pub(in crate::flow::bpmn) fn refused(code: &'static str, text: Text) -> Fault {
    Fault::invalid(vec![Violation::at("", code, text)])
}

/// Reads the file's root element.
pub(in crate::flow::bpmn) fn parse(bytes: &[u8]) -> Result<Element, Fault> {
    if bytes.len() > MAX_BYTES {
        let limit = MAX_BYTES >> 20;
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
    let mut reader = NsReader::from_str(&source);
    reader.resolver_mut().set_max_namespace_bindings(MAX_SCOPE);
    let parser = Parser {
        source: &source,
        reader,
        elements: 0,
        attributes: 0,
        flow_elements: 0,
        bindings: HashMap::new(),
        renamed: HashMap::new(),
    };
    parser.document()
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
    attributes: usize,
    flow_elements: usize,
    bindings: HashMap<(String, String), Rc<Binding>>,
    /// What is written for those of Styr's own prefixes that the file gives another meaning.
    renamed: HashMap<String, String>,
}

impl<'a> Parser<'a> {
    fn document(mut self) -> Result<Element, Fault> {
        let mut open: Vec<Element> = Vec::new();
        let mut root = None;
        loop {
            let event = self.reader.read_event().map_err(|e| self.broken(&e.to_string()))?;
            match event {
                Event::Start(start) => {
                    self.check_room(open.len(), root.is_some())?;
                    open.push(self.element(&start)?);
                }
                Event::Empty(start) => {
                    self.check_room(open.len(), root.is_some())?;
                    close(self.element(&start)?, &mut open, &mut root);
                }
                Event::End(_) => {
                    if let Some(element) = open.pop() {
                        close(element, &mut open, &mut root);
                    }
                }
                Event::Text(text) => self.text(&mut open, &text.xml10_content())?,
                Event::CData(text) => self.text(&mut open, &text.xml10_content())?,
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
                    self.text(&mut open, &resolved)?;
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
            Some(root) if open.is_empty() => Ok(root),
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

    fn element(&mut self, start: &BytesStart<'_>) -> Result<Element, Fault> {
        let (prefix, uri) = match self.reader.resolver().resolve_element(start.name()).0 {
            ResolveResult::Bound(namespace) => {
                (self.prefix(start.name())?, namespace.into_inner().to_owned())
            }
            ResolveResult::Unbound => (self.prefix(start.name())?, String::new()),
            ResolveResult::Unknown(prefix) => {
                return Err(self.broken(&format!("the prefix \"{prefix}\" is not declared")));
            }
        };
        let (space, binding) = self.space(prefix, &uri)?;
        let mut element = Element::new(space, self.name(start.local_name().into_inner())?);
        element.binding = binding;
        if space == Space::Model && names::is_flow_element(&element.name) {
            self.flow_elements += 1;
        }
        self.attributes(start, &mut element)?;
        // There may be very many elements, most of them small.
        element.attributes.shrink_to_fit();
        Ok(element)
    }

    /// Which vocabulary a name belongs to, and its namespace where that is foreign.
    fn space(&mut self, prefix: &str, uri: &str) -> Result<(Space, Option<Rc<Binding>>), Fault> {
        if uri.is_empty() {
            return Ok((Space::Plain, None));
        }
        // As the value of an attribute reads.
        let uri = uri.replace("\r\n", " ").replace(['\r', '\n', '\t'], " ");
        let uri = quick_xml::escape::unescape(&uri).map_err(|e| self.broken(&e.to_string()))?;
        let space = Space::of(&uri);
        Ok((space, if space == Space::Foreign { Some(self.binding(prefix, &uri)?) } else { None }))
    }

    fn binding(&mut self, prefix: &str, uri: &str) -> Result<Rc<Binding>, Fault> {
        let key = (self.renamed(prefix), uri.to_owned());
        if let Some(made) = self.bindings.get(&key) {
            return Ok(Rc::clone(made));
        }
        let (prefix, uri) = key.clone();
        if !prefix.is_empty() {
            self.name(&prefix)?;
        }
        if self.bindings.len() >= MAX_BINDINGS || uri.len() > MAX_ID || !uri.chars().all(is_xml_char) {
            return Err(self.broken("too many namespaces, or one that is too long"));
        }
        let made = Rc::new(Binding { prefix, uri });
        self.bindings.insert(key, Rc::clone(&made));
        Ok(made)
    }

    /// The prefix, or another that the file does not have where it is one of Styr's own.
    fn renamed(&mut self, prefix: &str) -> String {
        if !OWN.contains(&prefix) {
            return prefix.to_owned();
        }
        let source = self.source;
        let longest = || {
            let declaration = format!("xmlns:{prefix}");
            let alike = source.match_indices(&declaration).map(|(at, found)| &source[at + found.len()..]);
            alike.map(|rest| rest.bytes().take_while(|b| *b == b'_').count()).max().unwrap_or_default()
        };
        let renamed = self.renamed.entry(prefix.to_owned());
        renamed.or_insert_with(|| format!("{prefix}{}", "_".repeat(longest() + 1))).clone()
    }

    /// The prefix of a name, empty where it has none.
    fn prefix<'n>(&self, name: QName<'n>) -> Result<&'n str, Fault> {
        name.prefix().map_or(Ok(""), |prefix| self.name(prefix.into_inner()))
    }

    fn name<'n>(&self, name: &'n str) -> Result<&'n str, Fault> {
        if name.len() > MAX_ID {
            return Err(self.broken(&format!("the name \"{}\" is too long", shorten(name))));
        }
        if !is_ncname(name) {
            return Err(self.broken(&format!("\"{}\" is not a name", shorten(name))));
        }
        Ok(name)
    }

    fn attributes(&mut self, start: &BytesStart<'_>, element: &mut Element) -> Result<(), Fault> {
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e| self.broken(&e.to_string()))?;
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|e| self.broken(&e.to_string()))?;
            self.attributes += 1;
            if self.attributes > MAX_XML_ATTRIBUTES {
                return Err(refused(
                    "too_many_attributes",
                    text!(
                        "Filens elementer har flere end {MAX_XML_ATTRIBUTES} attributter tilsammen. Del den op.",
                        "Filens element har fler än {MAX_XML_ATTRIBUTES} attribut tillsammans. Dela upp den.",
                        "The file's elements have more than {MAX_XML_ATTRIBUTES} attributes together. Split it up."
                    ),
                ));
            }
            if element.attributes.len() >= MAX_ATTRIBUTES || !value.chars().all(is_xml_char) {
                return Err(self.broken(&format!("the attributes of \"{}\"", start.name().into_inner())));
            }
            if let Some(declared) = attribute.key.as_namespace_binding() {
                if let PrefixDeclaration::Named(prefix) = declared {
                    self.name(prefix)?;
                }
                // Values may begin with any prefix but those that are always there.
                if let PrefixDeclaration::Named(prefix) = declared
                    && (Space::of(&value) == Space::Foreign || !OWN.contains(&prefix))
                    && !value.is_empty()
                    && Space::of(&value) != Space::Styr
                {
                    let binding = self.binding(prefix, &value)?;
                    element.declared.push(binding);
                }
                continue;
            }
            let uri = match self.reader.resolver().resolve_attribute(attribute.key).0 {
                ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
                ResolveResult::Unbound => String::new(),
                ResolveResult::Unknown(prefix) => {
                    return Err(self.broken(&format!("the prefix \"{prefix}\" is not declared")));
                }
            };
            let prefix = self.prefix(attribute.key)?;
            let (space, binding) = self.space(prefix, &uri)?;
            let name = self.name(attribute.key.local_name().into_inner())?.to_owned();
            // What is written for them may be one prefix, though the file had two (Namespaces in XML 1.0, section 6.3).
            let uri = binding.as_ref().map(|b| &b.uri);
            let same =
                |a: &Attribute| (a.space, &a.name, a.binding.as_ref().map(|b| &b.uri)) == (space, &name, uri);
            if space != Space::Plain && element.attributes.iter().any(same) {
                return Err(self.broken(&format!("the attribute \"{}\" comes twice", shorten(&name))));
            }
            let value = if space == Space::Instance { self.type_name(&value) } else { value.into_owned() };
            element.attributes.push(Attribute { space, binding, name, value });
        }
        Ok(())
    }

    /// The name of a type under Styr's own prefix, where it is BPMN's.
    fn type_name(&self, value: &str) -> String {
        let name = QName(value);
        match self.reader.resolver().resolve_element(name).0 {
            ResolveResult::Bound(namespace) if namespace.into_inner() == names::MODEL => {
                format!("bpmn:{}", name.local_name().into_inner())
            }
            _ => value.to_owned(),
        }
    }

    fn text(&self, open: &mut [Element], text: &str) -> Result<(), Fault> {
        match open.last_mut() {
            Some(element) => {
                let last = element.children.last_mut().map(|c| &mut c.tail);
                last.unwrap_or(&mut element.text).push_str(text);
            }
            None if text.trim().is_empty() => {}
            None => return Err(self.broken("text outside the root element")),
        }
        Ok(())
    }
}

/// Ends an element; spaces that only set its children apart are dropped.
fn close(mut element: Element, open: &mut [Element], root: &mut Option<Element>) {
    element.children.shrink_to_fit();
    element.text.shrink_to_fit();
    if !element.children.is_empty() && element.attribute(Space::Xml, "space") != Some("preserve") {
        let texts =
            std::iter::once(&mut element.text).chain(element.children.iter_mut().map(|c| &mut c.tail));
        texts.filter(|t| t.trim().is_empty()).for_each(String::clear);
    }
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

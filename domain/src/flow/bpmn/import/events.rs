//! What events wait for or raise, and how often activities repeat.

use std::collections::HashMap;

use super::process::ProcessReader;
use crate::Fault;
use crate::flow::bpmn::layout::flag;
use crate::flow::bpmn::xml::{Attribute, Element, Space, refused};
use crate::flow::bpmn::{MAX_BYTES, MAX_XML_ELEMENTS, names};
use crate::flow::{EventDefinition, EventKind, NodeKind, Repeat, TimerKind};
use crate::text;

/// Puts the event definitions that events refer to into those events.
///
/// # Errors
/// `too_much_text` where that would fill the memory.
pub(super) fn write_out_references(root: &mut Element) -> Result<(), Fault> {
    let is_shared = |c: &&Element| c.space == Space::Model && names::event_kind(&c.name).is_some();
    let shared: HashMap<String, (Element, usize, usize)> = (root.children.iter().filter(is_shared))
        .map(|c| {
            let mut copy = c.clone();
            copy.attributes.retain(|a| a.space != Space::Plain || a.name != "id");
            let (elements, bytes) = size(c);
            (c.id().trim().to_owned(), (copy, elements, bytes))
        })
        .collect();
    let (mut elements, mut bytes) = (0_usize, 0_usize);
    if !shared.is_empty() {
        let mut find = |reference: &str| {
            let local = reference.rsplit_once(':').map_or(reference, |(_, local)| local);
            let (found, more, text) = shared.get(reference).or_else(|| shared.get(local))?;
            (elements, bytes) = (elements.saturating_add(*more), bytes.saturating_add(*text));
            (elements <= MAX_XML_ELEMENTS && bytes <= MAX_BYTES).then(|| found.clone())
        };
        root.children
            .iter_mut()
            .filter(|c| c.is(Space::Model, "process"))
            .for_each(|c| write_out(c, &mut find));
    }
    if elements > MAX_XML_ELEMENTS || bytes > MAX_BYTES {
        return Err(refused(
            "too_much_text",
            text!(
                "For mange hændelser deler store definitioner. Del filen op.",
                "För många händelser delar stora definitioner. Dela upp filen.",
                "Too many events share large definitions. Split the file up."
            ),
        ));
    }
    Ok(())
}

fn write_out(element: &mut Element, find: &mut impl FnMut(&str) -> Option<Element>) {
    for child in element.children.iter_mut().filter(|c| c.space == Space::Model) {
        if child.name == "eventDefinitionRef" {
            if let Some(found) = find(child.text.trim()) {
                *child = found;
            }
        } else {
            write_out(child, find);
        }
    }
}

/// How many elements there are, and how many bytes of texts and attributes.
fn size(element: &Element) -> (usize, usize) {
    let attribute = |a: &Attribute| size_of::<Attribute>() + a.name.len() + a.value.len();
    let texts = element.name.len() + element.text.len() + element.tail.len();
    let own = texts
        + element.attributes.iter().map(attribute).sum::<usize>()
        + size_of_val(element.declared.as_slice());
    element.children.iter().map(size).fold((1, own), |(n, bytes), (m, more)| (n + m, bytes + more))
}

impl<'a> ProcessReader<'_, 'a> {
    pub(super) fn event(&mut self, element: &'a Element, kind: NodeKind) -> Option<EventDefinition> {
        if matches!(kind, NodeKind::SendTask | NodeKind::ReceiveTask) {
            let message = element.get("messageRef").filter(|r| !r.is_empty())?;
            let mut event = EventDefinition { kind: EventKind::Message, ..EventDefinition::default() };
            self.root_of(&mut event, message);
            return Some(event);
        }
        if !kind.is_event() {
            return None;
        }
        let mut definitions = Vec::new();
        for child in element.children.iter().filter(|c| c.space == Space::Model) {
            if let Some(kind) = names::event_kind(&child.name) {
                definitions.push(self.definition(child, kind));
            } else if child.name == "eventDefinitionRef" {
                self.leave_reference(element.id(), &child.name, &child.text);
            }
        }
        let parallel = flag(element.get("parallelMultiple"));
        match definitions.len() {
            0 => None,
            1 => definitions.pop(),
            _ => Some(EventDefinition {
                kind: EventKind::Multiple,
                parallel,
                definitions,
                ..EventDefinition::default()
            }),
        }
    }

    fn definition(&mut self, element: &'a Element, kind: EventKind) -> EventDefinition {
        let mut event = EventDefinition { kind, ..EventDefinition::default() };
        let reference = match kind {
            EventKind::Message => "messageRef",
            EventKind::Signal => "signalRef",
            EventKind::Error => "errorRef",
            EventKind::Escalation => "escalationRef",
            EventKind::Compensation => "activityRef",
            _ => "",
        };
        let referred = element.get(reference).filter(|r| !r.is_empty());
        match kind {
            EventKind::Timer => {
                let timers = [
                    ("timeDate", TimerKind::Date),
                    ("timeDuration", TimerKind::Duration),
                    ("timeCycle", TimerKind::Cycle),
                ];
                if let Some((time, timer)) =
                    timers.iter().find_map(|(n, t)| element.first(n).map(|e| (e, *t)))
                {
                    event.timer = Some(timer);
                    event.expression = time.trimmed().map(str::to_owned);
                }
            }
            EventKind::Conditional => {
                event.expression = element.first("condition").and_then(Element::trimmed).map(str::to_owned);
            }
            EventKind::Link => {
                event.name =
                    element.get("name").filter(|_| element.styr("unnamed").is_none()).map(str::to_owned);
            }
            EventKind::Compensation => event.activity = referred.map(|r| self.file.ids.resolve(r)),
            _ => {
                if let Some(referred) = referred {
                    self.root_of(&mut event, referred);
                }
            }
        }
        event
    }

    /// The name and code of the message, signal, error or escalation that an event refers to.
    fn root_of(&mut self, event: &mut EventDefinition, reference: &str) {
        let id = self.file.ids.resolve(reference);
        if let Some(root) = self.file.by_id.get(id.as_str()).copied() {
            self.file.used.insert(root.id());
            event.name = root.get("name").map(|text| self.file.copy(text));
            let code = match event.kind {
                EventKind::Error => root.get("errorCode"),
                EventKind::Escalation => root.get("escalationCode"),
                _ => None,
            };
            event.code = code.map(|text| self.file.copy(text));
        }
    }

    pub(super) fn repeat(element: &Element) -> Option<Repeat> {
        let of = |name| element.first(name);
        match of("multiInstanceLoopCharacteristics") {
            Some(found) if flag(found.get("isSequential")) == Some(true) => {
                Some(Repeat::MultiInstanceSequential)
            }
            Some(_) => Some(Repeat::MultiInstanceParallel),
            None => of("standardLoopCharacteristics").map(|_| Repeat::Loop),
        }
    }
}

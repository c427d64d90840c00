//! Events, and the root elements that they and groups refer to.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Exporter, expression, local, maybe, some};
use crate::flow::bpmn::xml::{Element, is_ncname};
use crate::flow::{ArtifactKind, DataKind, EventDefinition, EventKind, TimerKind};

/// A root element that events refer to: its kind, name and code.
pub(super) type Root<'a> = (EventKind, Option<&'a str>, Option<&'a str>);

impl<'a> Exporter<'a> {
    fn find_kept_roots(&mut self) {
        for root in &self.kept.roots {
            let (kind, code) = match root.name.as_str() {
                "message" => (EventKind::Message, None),
                "signal" => (EventKind::Signal, None),
                "error" => (EventKind::Error, root.get("errorCode")),
                "escalation" => (EventKind::Escalation, root.get("escalationCode")),
                "category" => {
                    for value in root.all("categoryValue") {
                        if let Some(text) = value.get("value") {
                            self.kept_categories.insert(value.id(), text);
                            self.categories.entry(text).or_insert_with(|| value.id().to_owned());
                        }
                    }
                    continue;
                }
                _ => continue,
            };
            let key = (kind, root.get("name"), code);
            if is_ncname(root.id()) {
                self.kept_roots.insert(root.id(), key);
                self.roots.entry(key).or_insert_with(|| root.id().to_owned());
            }
        }
    }

    pub(super) fn find_roots(&mut self) {
        self.find_kept_roots();
        let flow = self.flow;
        // A task has its message only by reference, so that one is there even without a name.
        let events = flow.nodes.iter().filter_map(|n| Some((n.event.as_ref()?, n.kind.is_task())));
        let events =
            events.flat_map(|(e, task)| std::iter::once(e).chain(&e.definitions).map(move |e| (e, task)));
        for (event, task) in events {
            let Some((root, name)) = root_of(event).filter(|_| task || is_named(event)) else { continue };
            if !self.roots.contains_key(&root) {
                let id = self.fresh(name);
                self.roots.insert(root, id);
                self.root_order.push(root);
            }
        }
        let groups = flow.artifacts.iter().filter(|a| a.kind == ArtifactKind::Group);
        for text in groups.filter_map(|a| a.text.as_deref()) {
            if !self.categories.contains_key(text) {
                let id = self.fresh("CategoryValue");
                self.categories.insert(text, id);
                self.category_order.push(text);
            }
        }
    }

    /// The id of the root element that an event refers to: the one that its piece names, if that is still what it means.
    pub(super) fn root_id(&self, root: Root<'a>, referred: Option<&str>) -> Option<&str> {
        let referred = referred.map(local).and_then(|id| self.kept_roots.get_key_value(id));
        let named = referred.filter(|(_, kept)| **kept == root).map(|(id, _)| *id);
        named.or_else(|| self.roots.get(&root).map(String::as_str))
    }

    pub(super) fn event(&mut self, event: &'a EventDefinition, piece: Option<&'a Element>) {
        let named = root_of(event).filter(|_| is_named(event));
        let attribute = |p: &'a Element| {
            ["messageRef", "signalRef", "errorRef", "escalationRef"].iter().find_map(|a| p.get(a))
        };
        let referred = piece.and_then(attribute);
        let reference = named.and_then(|(root, _)| self.root_id(root, referred));
        let reference = reference.map(|id| Cow::<'a, str>::Owned(id.to_owned()));
        let out = &mut self.out;
        match event.kind {
            EventKind::Message => out.empty("messageEventDefinition", &[("messageRef", reference)]),
            EventKind::Signal => out.empty("signalEventDefinition", &[("signalRef", reference)]),
            EventKind::Error => out.empty("errorEventDefinition", &[("errorRef", reference)]),
            EventKind::Escalation => out.empty("escalationEventDefinition", &[("escalationRef", reference)]),
            EventKind::Timer => {
                out.start("timerEventDefinition", &[]);
                let time = match event.timer {
                    Some(TimerKind::Date) => Some("timeDate"),
                    Some(TimerKind::Duration) => Some("timeDuration"),
                    Some(TimerKind::Cycle) => Some("timeCycle"),
                    None => None,
                };
                if let Some(time) = time {
                    expression(out, time, event.expression.as_deref());
                }
                out.end();
            }
            EventKind::Conditional => {
                out.start("conditionalEventDefinition", &[]);
                expression(out, "condition", event.expression.as_deref());
                out.end();
            }
            EventKind::Link => {
                // BPMN wants a name even where there is none.
                let unnamed = some("true").filter(|_| event.name.is_none());
                let name = maybe(event.name.as_ref()).or(some(""));
                out.empty("linkEventDefinition", &[("name", name), ("styr:unnamed", unnamed)]);
            }
            EventKind::Compensation => {
                out.empty("compensateEventDefinition", &[("activityRef", maybe(event.activity.as_ref()))]);
            }
            EventKind::Cancel => out.empty("cancelEventDefinition", &[]),
            EventKind::Terminate => out.empty("terminateEventDefinition", &[]),
            EventKind::Multiple => {}
        }
    }

    /// What processes refer to from outside: data stores, messages and their like, categories.
    pub(super) fn root_elements(&mut self) {
        let kept = self.kept.roots.iter().filter(|r| r.name == "dataStore");
        let mut stores: HashSet<&str> = kept.map(Element::id).collect();
        for data in self.flow.data.iter().filter(|d| d.kind == DataKind::Store) {
            if let Some(store) = data.refers_to.as_ref().filter(|s| stores.insert(s.as_str())) {
                self.out.empty("dataStore", &[("id", some(store))]);
            }
        }
        for root in std::mem::take(&mut self.root_order) {
            let (kind, name, code) = root;
            let (tag, code_name) = match kind {
                EventKind::Signal => ("signal", ""),
                EventKind::Error => ("error", "errorCode"),
                EventKind::Escalation => ("escalation", "escalationCode"),
                _ => ("message", ""),
            };
            let id = self.roots.get(&root).map(|id| Cow::Borrowed(id.as_str()));
            let attributes =
                [("id", id), ("name", name.map(Cow::Borrowed)), (code_name, code.map(Cow::Borrowed))];
            self.out.empty(tag, &attributes);
        }
        if !self.category_order.is_empty() {
            let id = self.fresh("Category");
            self.out.start("category", &[("id", some(&id))]);
            for text in &self.category_order {
                let id = maybe(self.categories.get(text));
                self.out.empty("categoryValue", &[("id", id), ("value", some(text))]);
            }
            self.out.end();
        }
    }
}

/// The root element that an event needs, and what its id begins with; none for an event that names nothing.
pub(super) fn root_of(event: &EventDefinition) -> Option<(Root<'_>, &'static str)> {
    let base = match event.kind {
        EventKind::Message => "Message",
        EventKind::Signal => "Signal",
        EventKind::Error => "Error",
        EventKind::Escalation => "Escalation",
        _ => return None,
    };
    Some(((event.kind, event.name.as_deref(), event.code.as_deref()), base))
}

fn is_named(event: &EventDefinition) -> bool {
    event.name.is_some() || event.code.is_some()
}

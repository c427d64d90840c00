//! What a PATCH does to a resource (RFC 7644, section 3.5.2), and how the attributes of any body are read.

use serde_json::Value;

use super::filter::{Filter, boolean};
use super::path::{Found, Path, Target, find};
use super::schema::{Attribute, Kind, Mutability, ResourceType};
use super::{Attributes, ScimType};
use crate::{Fault, Text, text};

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Adds values to those that are there.
    Add,
    /// Takes values away.
    Remove,
    /// Puts values in the place of those that are there.
    Replace,
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// What it does.
    pub action: Action,
    /// Where.
    pub path: Path,
    /// With what; null if nothing was sent.
    pub value: Value,
}

/// The operations of a PATCH, in their order. One without a path has become one for each attribute that it names.
#[derive(Debug, Clone)]
pub struct Patch {
    /// The operations.
    pub operations: Vec<Operation>,
}

impl Patch {
    /// Reads the body of a PATCH.
    ///
    /// Entra ID writes operations with a capital, leaves out `schemas`, and names sub-attributes and elements in the keys
    /// of an operation without a path: all taken.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidPath`, `invalidFilter`, `noTarget` for a removal without a path, `mutability` for a path to
    /// what Styr sets.
    pub fn parse(resource_type: ResourceType, body: &Value) -> Result<Self, Fault> {
        let sent = body.as_object().and_then(|body| member(body, "operations")).and_then(Value::as_array);
        let sent = sent.filter(|sent| !sent.is_empty()).ok_or_else(no_operations)?;
        let mut operations = Vec::with_capacity(sent.len());
        for operation in sent {
            let operation = operation.as_object().ok_or_else(no_operations)?;
            let action = match member(operation, "op").and_then(Value::as_str) {
                Some(name) if name.eq_ignore_ascii_case("add") => Action::Add,
                Some(name) if name.eq_ignore_ascii_case("remove") => Action::Remove,
                Some(name) if name.eq_ignore_ascii_case("replace") => Action::Replace,
                _ => return Err(no_operations()),
            };
            let value = member(operation, "value").cloned().unwrap_or_default();
            match member(operation, "path") {
                Some(Value::String(path)) if !path.trim().is_empty() => {
                    let path = Path::parse(resource_type, path)?;
                    if let Path::Attribute { target, .. } = &path {
                        refuse_read_only(target)?;
                    }
                    operations.push(Operation { action, path, value });
                }
                None | Some(Value::Null | Value::String(_)) => match (action, value) {
                    (Action::Remove, _) => return Err(no_target()),
                    (_, Value::Object(values)) => {
                        for (name, value) in values {
                            if let Some(path) = named(resource_type, &name)? {
                                operations.push(Operation { action, path, value });
                            }
                        }
                    }
                    _ => return Err(no_operations()),
                },
                Some(_) => return Err(no_operations()),
            }
        }
        Ok(Self { operations })
    }

    /// Does all of it to a resource.
    ///
    /// # Errors
    /// `invalidValue`, `noTarget`. The resource is then to be thrown away.
    pub fn apply(self, resource_type: ResourceType, resource: &mut Attributes) -> Result<(), Fault> {
        for Operation { action, path, value } in self.operations {
            match path {
                Path::PassedOver => {}
                Path::Extension => apply_to_extension(resource_type, resource, action, value)?,
                Path::Attribute { target, filter } => {
                    apply(resource_type, resource, action, target, filter.as_ref(), value)?;
                }
            }
        }
        Ok(())
    }
}

/// The attributes of a new or replacing resource, by their canonical names. What is read-only, unknown, null or empty is
/// left out (RFC 7644, section 3.3; RFC 7643, section 2.5).
///
/// # Errors
/// `invalidSyntax`, `invalidValue`.
pub fn attributes(resource_type: ResourceType, body: Value) -> Result<Attributes, Fault> {
    let Value::Object(values) = body else { return Err(no_object()) };
    let mut resource = Attributes::new();
    for (name, value) in values {
        match named(resource_type, &name)? {
            Some(Path::Attribute { target, filter }) => {
                apply(resource_type, &mut resource, Action::Add, target, filter.as_ref(), value)?;
            }
            Some(Path::Extension) => {
                apply_to_extension(resource_type, &mut resource, Action::Add, value)?;
            }
            Some(Path::PassedOver) | None => {}
        }
    }
    Ok(resource)
}

/// What a key of an object leads to; none for what is to be left out.
fn named(resource_type: ResourceType, name: &str) -> Result<Option<Path>, Fault> {
    if name.contains('[') {
        return match Path::parse(resource_type, name)? {
            Path::Attribute { target, .. } if read_only(&target) => Ok(None),
            path => Ok(Some(path)),
        };
    }
    Ok(match find(resource_type, name) {
        Found::Attribute(target) if !read_only(&target) => Some(Path::Attribute { target, filter: None }),
        Found::Extension => Some(Path::Extension),
        Found::Attribute(_) | Found::PassedOver | Found::Nothing => None,
    })
}

fn read_only(target: &Target) -> bool {
    [Some(target.attribute), target.sub]
        .into_iter()
        .flatten()
        .any(|attribute| attribute.mutability == Mutability::ReadOnly)
}

fn refuse_read_only(target: &Target) -> Result<(), Fault> {
    if !read_only(target) {
        return Ok(());
    }
    let name = target.attribute.name;
    Err(ScimType::Mutability.fault(text!(
        "{name} sættes af Styr og kan ikke ændres.",
        "{name} sätts av Styr och kan inte ändras.",
        "{name} is set by Styr and cannot be changed."
    )))
}

fn required(name: &str) -> Fault {
    ScimType::Mutability.fault(text!(
        "{name} skal være der og kan ikke fjernes. Erstat værdien i stedet.",
        "{name} måste finnas och kan inte tas bort. Ersätt värdet i stället.",
        "{name} must be there and cannot be removed. Replace it instead."
    ))
}

/// A member of an object, whatever its case.
pub(super) fn member<'a>(object: &'a Attributes, name: &str) -> Option<&'a Value> {
    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn apply_to_extension(
    resource_type: ResourceType,
    resource: &mut Attributes,
    action: Action,
    value: Value,
) -> Result<(), Fault> {
    let Some(schema) = resource_type.extension() else { return Ok(()) };
    match (action, value) {
        (Action::Remove, _) | (_, Value::Null) => {
            resource.remove(schema.id);
            Ok(())
        }
        (_, Value::Object(values)) => {
            for (name, value) in values {
                let name = if name.contains(':') { name } else { format!("{}:{name}", schema.id) };
                if let Found::Attribute(target) = find(resource_type, &name) {
                    apply(resource_type, resource, action, target, None, value)?;
                }
            }
            Ok(())
        }
        _ => Err(unfit(schema.id)),
    }
}

fn apply(
    resource_type: ResourceType,
    resource: &mut Attributes,
    action: Action,
    target: Target,
    filter: Option<&Filter>,
    value: Value,
) -> Result<(), Fault> {
    let attribute = target.attribute;
    if action == Action::Remove && attribute.required {
        return Err(required(attribute.name));
    }
    let holder = match resource_type.extension().filter(|_| target.extension) {
        None => &mut *resource,
        Some(schema) => {
            let inner = resource.entry(schema.id).or_insert_with(|| Attributes::new().into());
            inner.as_object_mut().ok_or_else(|| unfit(schema.id))?
        }
    };
    let before = holder.remove(attribute.name);
    let after = if attribute.multi {
        let before = match before {
            Some(Value::Array(elements)) => elements.into_iter().filter_map(object).collect(),
            _ => Vec::new(),
        };
        let after = change_many(attribute, before, action, target.sub, filter, value)?;
        let after: Vec<Value> = after.into_iter().filter(|one| !one.is_empty()).map(Value::Object).collect();
        (!after.is_empty()).then(|| after.into())
    } else {
        change_one(attribute, before, action, target.sub, value)?
    };
    if let Some(after) = after {
        holder.insert(attribute.name.to_owned(), after);
    }
    if let Some(schema) = resource_type.extension()
        && resource.get(schema.id).and_then(Value::as_object).is_some_and(Attributes::is_empty)
    {
        resource.remove(schema.id);
    }
    Ok(())
}

fn object(value: Value) -> Option<Attributes> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// What becomes of an attribute with one value.
fn change_one(
    attribute: &Attribute,
    before: Option<Value>,
    action: Action,
    sub: Option<&Attribute>,
    value: Value,
) -> Result<Option<Value>, Fault> {
    if attribute.kind != Kind::Complex {
        return match action {
            Action::Remove => Ok(None),
            Action::Add | Action::Replace => simple(attribute, value),
        };
    }
    let mut parts = before.and_then(object).unwrap_or_default();
    match (sub, action) {
        (None, Action::Remove) => parts.clear(),
        (Some(sub), Action::Remove) => {
            parts.remove(sub.name);
        }
        (Some(sub), Action::Add | Action::Replace) => set(&mut parts, sub, value)?,
        // Sub-attributes that are not sent stay (RFC 7644, section 3.5.2.3).
        (None, Action::Add | Action::Replace) => match value {
            Value::Null => parts.clear(),
            value => merge(attribute, &mut parts, value)?,
        },
    }
    Ok((!parts.is_empty()).then(|| parts.into()))
}

/// What becomes of an attribute with many values.
fn change_many(
    attribute: &Attribute,
    mut before: Vec<Attributes>,
    action: Action,
    sub: Option<&'static Attribute>,
    filter: Option<&Filter>,
    value: Value,
) -> Result<Vec<Attributes>, Fault> {
    let meets = |element: &Attributes| filter.is_none_or(|filter| filter.holds(attribute, element));
    match (action, sub) {
        (Action::Remove, None) => {
            // Entra ID says in the value which elements it means; none said, it means none.
            let named = match value {
                Value::Null => None,
                value => Some(elements(attribute, value)?),
            };
            before.retain(|element| {
                let named =
                    named.as_ref().is_none_or(|named| named.iter().any(|one| same(attribute, one, element)));
                !(meets(element) && named)
            });
        }
        (Action::Remove, Some(sub)) => {
            before.iter_mut().filter(|element| meets(element)).for_each(|element| {
                element.remove(sub.name);
            });
        }
        (Action::Add, None) if filter.is_none() => {
            let new = elements(attribute, value)?;
            let leads = new.iter().any(|element| element.get("primary") == Some(&Value::Bool(true)));
            if leads || (attribute.single && !new.is_empty()) {
                before.iter_mut().for_each(|element| {
                    element.remove("primary");
                });
            }
            for element in new {
                match before.iter_mut().find(|other| same(attribute, &element, other)) {
                    Some(other) => other.extend(element),
                    None => before.push(element),
                }
            }
        }
        (Action::Replace, None) if filter.is_none() => before = elements(attribute, value)?,
        (Action::Add | Action::Replace, sub) => {
            let mut found = false;
            for element in before.iter_mut().filter(|element| meets(element)) {
                found = true;
                match sub {
                    Some(sub) => set(element, sub, value.clone())?,
                    None => {
                        if action == Action::Replace {
                            element.clear();
                        }
                        merge(attribute, element, value.clone())?;
                    }
                }
            }
            if !found {
                let mut element = made_by(attribute, filter, action)?;
                match sub {
                    Some(sub) => set(&mut element, sub, value)?,
                    None => merge(attribute, &mut element, value)?,
                }
                before.push(element);
            }
        }
    }
    Ok(before)
}

/// The element that a filter means which none meets yet. Entra ID adds by such paths, and replaces what Styr does not
/// have: then only what Styr would keep is made, and for anything else there is no target (RFC 7644, section 3.5.2.3).
fn made_by(attribute: &Attribute, filter: Option<&Filter>, action: Action) -> Result<Attributes, Fault> {
    let mut element = Attributes::new();
    let Some(filter) = filter else { return Ok(element) };
    let mut demands = Vec::new();
    if !filter.demands(&mut demands) {
        return Err(no_target());
    }
    for (name, value) in demands {
        let Some(sub) = attribute.sub(name) else { continue };
        let kept = match sub.name {
            "type" => sub.canonical.iter().any(|known| value.as_str() == Some(known)),
            "primary" => boolean(value) == Some(true),
            _ => false,
        };
        if action == Action::Replace && !kept {
            return Err(no_target());
        }
        set(&mut element, sub, value.clone())?;
    }
    Ok(element)
}

/// Whether an element names this one: by its value, if it has one.
fn same(attribute: &Attribute, one: &Attributes, other: &Attributes) -> bool {
    match (one.get("value"), other.get("value")) {
        (Some(Value::String(one)), Some(Value::String(other))) => {
            let exact = attribute.sub("value").is_some_and(|sub| sub.case_exact);
            if exact { one == other } else { one.eq_ignore_ascii_case(other) }
        }
        _ => one == other,
    }
}

/// The elements that a value stands for: an array of them, or one alone.
pub(super) fn elements(attribute: &Attribute, value: Value) -> Result<Vec<Attributes>, Fault> {
    let values = match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values,
        value => vec![value],
    };
    let mut elements = Vec::with_capacity(values.len());
    for value in values {
        let mut element = Attributes::new();
        merge(attribute, &mut element, value)?;
        if !element.is_empty() {
            elements.push(element);
        }
    }
    Ok(elements)
}

/// Sets the sub-attributes that a value names. A value that is no object is the sub-attribute `value`; Entra ID also sends
/// such an object written as a text.
fn merge(attribute: &Attribute, parts: &mut Attributes, value: Value) -> Result<(), Fault> {
    match value {
        Value::Object(values) => {
            for (name, value) in values {
                let Some(sub) = attribute.sub(&name).filter(|sub| sub.mutability != Mutability::ReadOnly)
                else {
                    continue;
                };
                match value {
                    Value::String(text) if sub.name == "value" => set_value(attribute, parts, text)?,
                    value => set(parts, sub, value)?,
                }
            }
            Ok(())
        }
        Value::String(text) if attribute.sub("value").is_some() => set_value(attribute, parts, text),
        Value::Null => Ok(()),
        _ => Err(unfit(attribute.name)),
    }
}

fn set_value(attribute: &Attribute, parts: &mut Attributes, text: String) -> Result<(), Fault> {
    match serde_json::from_str(&text) {
        Ok(Value::Object(values)) => merge(attribute, parts, Value::Object(values)),
        _ => attribute.sub("value").map_or(Ok(()), |sub| set(parts, sub, Value::String(text))),
    }
}

fn set(parts: &mut Attributes, sub: &Attribute, value: Value) -> Result<(), Fault> {
    match simple(sub, value)? {
        Some(value) => parts.insert(sub.name.to_owned(), value),
        None => parts.remove(sub.name),
    };
    Ok(())
}

/// A value as a simple attribute takes it; none for one that is unassigned.
fn simple(attribute: &Attribute, value: Value) -> Result<Option<Value>, Fault> {
    let value = match value {
        // Entra ID's older jobs wrap a single value.
        Value::Array(mut values) if values.len() == 1 => values.remove(0),
        Value::Array(values) if values.is_empty() => Value::Null,
        value => value,
    };
    let value = match value {
        Value::Object(mut object) => object.remove("value").ok_or_else(|| unfit(attribute.name))?,
        value => value,
    };
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (Kind::Boolean, value) => {
            boolean(&value).map(|flag| Some(flag.into())).ok_or_else(|| unfit(attribute.name))
        }
        (_, Value::String(text)) if text.trim().is_empty() => Ok(None),
        (_, Value::String(text)) => Ok(Some(text.into())),
        (Kind::String, Value::Number(number)) => Ok(Some(number.to_string().into())),
        _ => Err(unfit(attribute.name)),
    }
}

/// The value does not fit the attribute.
pub(super) fn unfit(name: &str) -> Fault {
    ScimType::InvalidValue.fault(text!(
        "Værdien passer ikke til {name}. Se /scim/v2/Schemas.",
        "Värdet passar inte till {name}. Se /scim/v2/Schemas.",
        "The value does not fit {name}. See /scim/v2/Schemas."
    ))
}

const fn no_object() -> Fault {
    ScimType::InvalidSyntax.fault(Text::fixed(
        "Indholdet skal være et JSON-objekt.",
        "Innehållet måste vara ett JSON-objekt.",
        "The body must be a JSON object.",
    ))
}

const fn no_operations() -> Fault {
    ScimType::InvalidSyntax.fault(Text::fixed(
        "En PATCH har Operations, hver med op (add, remove eller replace), og path eller et objekt som value.",
        "En PATCH har Operations, var och en med op (add, remove eller replace), och path eller ett objekt som value.",
        "A PATCH has Operations, each with op (add, remove or replace), and path or an object as value.",
    ))
}

const fn no_target() -> Fault {
    ScimType::NoTarget.fault(Text::fixed(
        "Der er intet på den sti, der er nævnt. En remove nævner altid en.",
        "Det finns inget på den sökväg som är nämnd. En remove nämner alltid en.",
        "There is nothing at the path named. A remove always names one.",
    ))
}

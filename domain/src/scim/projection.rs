//! Which attributes a caller wants (`attributes` and `excludedAttributes`, RFC 7644, section 3.9).

use serde_json::Value;

use super::Attributes;
use super::path::{Found, Target, find};
use super::schema::{Attribute, ResourceType, Returned};

/// Which attributes a caller wants. Names that lead nowhere are passed over.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    /// Only these; by default all that are returned by default.
    pub attributes: Option<Vec<String>>,
    /// All but these.
    pub excluded: Vec<String>,
}

/// What is wanted of an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    Some,
    None,
}

impl Projection {
    /// Whether the caller wants any of this attribute, so that one that costs much need not be looked up.
    #[must_use]
    pub fn wants(&self, resource_type: ResourceType, name: &str) -> bool {
        resource_type
            .attribute(name)
            .is_some_and(|attribute| self.wanted(resource_type, false, attribute) != Wanted::None)
    }

    /// Whether the caller wants a sub-attribute that is only returned on request.
    #[must_use]
    pub fn requests(&self, resource_type: ResourceType, name: &str) -> bool {
        match find(resource_type, name) {
            Found::Attribute(Target { extension, attribute, sub: Some(sub) }) => {
                self.wants_sub(resource_type, extension, attribute, sub)
            }
            _ => false,
        }
    }

    /// The wanted part of a resource.
    #[must_use]
    pub fn of(&self, resource_type: ResourceType, resource: Attributes) -> Attributes {
        let extension = resource_type.extension().map(|schema| schema.id);
        resource
            .into_iter()
            .filter_map(|(name, value)| match value {
                Value::Object(inner) if Some(name.as_str()) == extension => {
                    let inner = inner.into_iter().filter_map(|(name, value)| {
                        let attribute = resource_type.extension_attribute(&name)?;
                        Some((name, self.part(resource_type, true, attribute, value)?))
                    });
                    let inner: Attributes = inner.collect();
                    (!inner.is_empty()).then(|| (name, inner.into()))
                }
                value => {
                    let attribute = resource_type.attribute(&name)?;
                    Some((name, self.part(resource_type, false, attribute, value)?))
                }
            })
            .collect()
    }

    fn part(
        &self,
        resource_type: ResourceType,
        extension: bool,
        attribute: &'static Attribute,
        value: Value,
    ) -> Option<Value> {
        if self.wanted(resource_type, extension, attribute) == Wanted::None {
            return None;
        }
        let part = |element: Value| match element {
            Value::Object(subs) => {
                let wanted = |name: &str| {
                    attribute
                        .sub(name)
                        .is_some_and(|sub| self.wants_sub(resource_type, extension, attribute, sub))
                };
                Value::Object(subs.into_iter().filter(|(name, _)| wanted(name)).collect())
            }
            other => other,
        };
        match value {
            Value::Array(elements) => Some(elements.into_iter().map(part).collect()),
            value => Some(part(value)),
        }
    }

    fn wanted(&self, resource_type: ResourceType, extension: bool, attribute: &Attribute) -> Wanted {
        if attribute.returned == Returned::Always {
            return Wanted::All;
        }
        let names = |names: &[String], whole: bool| {
            names.iter().any(|name| match find(resource_type, name) {
                Found::Attribute(target) => {
                    target.extension == extension
                        && target.attribute.name == attribute.name
                        && (target.sub.is_none() || !whole)
                }
                Found::Extension => extension,
                Found::PassedOver | Found::Nothing => false,
            })
        };
        match &self.attributes {
            Some(only) if names(only, true) => Wanted::All,
            Some(only) if names(only, false) => Wanted::Some,
            Some(_) => Wanted::None,
            None if names(&self.excluded, true) => Wanted::None,
            None => Wanted::All,
        }
    }

    fn wants_sub(
        &self,
        resource_type: ResourceType,
        extension: bool,
        attribute: &Attribute,
        sub: &Attribute,
    ) -> bool {
        let names = |names: &[String]| {
            names.iter().any(|name| {
                matches!(find(resource_type, name), Found::Attribute(target)
                    if target.extension == extension
                        && target.attribute.name == attribute.name
                        && target.sub.is_some_and(|named| named.name == sub.name))
            })
        };
        let named = self.attributes.as_deref().is_some_and(names);
        match sub.returned {
            Returned::Always => true,
            Returned::Request => named,
            Returned::Default => match self.wanted(resource_type, extension, attribute) {
                Wanted::All => !names(&self.excluded),
                Wanted::Some => named,
                Wanted::None => false,
            },
        }
    }
}

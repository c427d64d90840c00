//! Names of attributes, as filters, paths and projections write them: `[URN ":"] name ["." sub]`.

use super::ScimType;
use super::filter::{Filter, Parser};
use super::schema::{Attribute, ResourceType};
use crate::{Fault, text};

/// An attribute that a resource has.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Whether it lies in the extension.
    pub extension: bool,
    /// The attribute.
    pub attribute: &'static Attribute,
    /// Its sub-attribute, if it is that.
    pub sub: Option<&'static Attribute>,
}

/// What a name leads to.
#[derive(Debug, Clone, Copy)]
pub enum Found {
    /// An attribute.
    Attribute(Target),
    /// The extension as a whole.
    Extension,
    /// An attribute that Styr passes over.
    PassedOver,
    /// Nothing.
    Nothing,
}

/// What a name leads to in resources of a type. Case does not matter (RFC 7643, section 2.1).
#[must_use]
pub fn find(resource_type: ResourceType, name: &str) -> Found {
    let is_urn = name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
    if !is_urn {
        return find_in(resource_type, false, name);
    }
    let extension = resource_type.extension().map(|schema| schema.id);
    if extension.is_some_and(|id| id.eq_ignore_ascii_case(name)) {
        return Found::Extension;
    }
    let Some((schema, name)) = name.rsplit_once(':') else { return Found::Nothing };
    // The version of a URN has a full stop, and so has a sub-attribute; but no attribute has a colon.
    if schema.eq_ignore_ascii_case(resource_type.schema().id) {
        find_in(resource_type, false, name)
    } else if extension.is_some_and(|id| id.eq_ignore_ascii_case(schema)) {
        find_in(resource_type, true, name)
    } else {
        Found::Nothing
    }
}

fn find_in(resource_type: ResourceType, extension: bool, name: &str) -> Found {
    let (name, sub) = name.split_once('.').map_or((name, None), |(name, sub)| (name, Some(sub)));
    let attribute = match extension {
        true => resource_type.extension_attribute(name),
        false => resource_type.attribute(name),
    };
    let Some(attribute) = attribute else {
        return if resource_type.passes_over(name) { Found::PassedOver } else { Found::Nothing };
    };
    let Some(sub) = sub else { return Found::Attribute(Target { extension, attribute, sub: None }) };
    match attribute.sub(sub) {
        Some(sub) => Found::Attribute(Target { extension, attribute, sub: Some(sub) }),
        None if passes_over_sub(attribute, sub) => Found::PassedOver,
        None => Found::Nothing,
    }
}

/// Whether the RFC has such a sub-attribute, which Styr does not keep.
fn passes_over_sub(attribute: &Attribute, sub: &str) -> bool {
    const OF_MANY: &[&str] = &["type", "primary", "display", "$ref"];
    const OF_NAME: &[&str] = &["middleName", "honorificPrefix", "honorificSuffix"];
    let names = match attribute.name {
        "name" => OF_NAME,
        _ if attribute.multi => OF_MANY,
        _ => &[],
    };
    names.iter().any(|name| name.eq_ignore_ascii_case(sub))
}

/// Where an operation of a PATCH acts (RFC 7644, section 3.5.2).
#[derive(Debug, Clone)]
pub enum Path {
    /// On an attribute or a sub-attribute, of those elements for which the filter holds.
    Attribute {
        /// The attribute, and the sub-attribute.
        target: Target,
        /// Which of the attribute's elements; all if none.
        filter: Option<Filter>,
    },
    /// On the extension as a whole.
    Extension,
    /// On an attribute that Styr passes over.
    PassedOver,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// `invalidPath` for what cannot be read or leads nowhere, `invalidFilter` for a filter that cannot be read.
    pub fn parse(resource_type: ResourceType, path: &str) -> Result<Self, Fault> {
        let path = path.trim();
        let nowhere = || {
            let path: String = path.chars().take(100).collect();
            ScimType::InvalidPath.fault(text!(
                "Stien {path} fører ikke til noget. Se /scim/v2/Schemas.",
                "Sökvägen {path} leder inte till något. Se /scim/v2/Schemas.",
                "The path {path} leads nowhere. See /scim/v2/Schemas."
            ))
        };
        let Some((name, rest)) = path.split_once('[') else {
            return match find(resource_type, path) {
                Found::Attribute(target) => Ok(Self::Attribute { target, filter: None }),
                Found::Extension => Ok(Self::Extension),
                Found::PassedOver => Ok(Self::PassedOver),
                Found::Nothing => Err(nowhere()),
            };
        };
        let mut parser = Parser::new(rest)?;
        let filter = parser.bracketed()?;
        let after = parser.rest();
        let sub = match after.trim() {
            "" => None,
            after => Some(after.strip_prefix('.').ok_or_else(nowhere)?),
        };
        let target = match find(resource_type, name.trim()) {
            Found::Attribute(target) => target,
            Found::PassedOver => return Ok(Self::PassedOver),
            Found::Extension | Found::Nothing => return Err(nowhere()),
        };
        if !target.attribute.multi || target.sub.is_some() {
            return Err(nowhere());
        }
        let Some(sub) = sub else { return Ok(Self::Attribute { target, filter: Some(filter) }) };
        match target.attribute.sub(sub) {
            Some(sub) => {
                Ok(Self::Attribute { target: Target { sub: Some(sub), ..target }, filter: Some(filter) })
            }
            None if passes_over_sub(target.attribute, sub) => Ok(Self::PassedOver),
            None => Err(nowhere()),
        }
    }
}

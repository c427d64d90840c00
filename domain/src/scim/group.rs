//! Rights groups as a directory sees them. Members are never loaded to change some of them.

use serde_json::{Value, json};

use super::filter::{Filter, Operator};
use super::patch::{Action, Operation, Patch, elements, unfit};
use super::path::Path;
use super::schema::{Attribute, GROUP_SCHEMA, ResourceType};
use super::{Attributes, ScimType};
use crate::id::UserId;
use crate::user::Group;
use crate::{Fault, Text};

/// What a directory says of a group, but for its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupAttributes {
    /// Its name.
    pub name: String,
    /// The directory's id of it.
    pub external_id: Option<String>,
}

/// What becomes of a group's members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberChange {
    /// These come in.
    Add(Vec<UserId>),
    /// These go.
    Remove(Vec<UserId>),
    /// These are all.
    Set(Vec<UserId>),
}

/// A member, with the name if it was asked for.
pub type Member = (UserId, Option<String>);

/// A group's attributes that the directory sets, but for its members.
#[must_use]
pub fn writable(group: &Group) -> Attributes {
    let mut resource = Attributes::new();
    resource.insert("displayName".to_owned(), json!(group.name));
    if let Some(external_id) = &group.external_id {
        resource.insert("externalId".to_owned(), json!(external_id));
    }
    resource
}

/// A group's whole resource. `base` is SCIM's own address.
#[must_use]
pub fn resource(group: &Group, members: &[Member], base: &str) -> Attributes {
    let mut resource = writable(group);
    resource.insert("schemas".to_owned(), json!([GROUP_SCHEMA]));
    resource.insert("id".to_owned(), json!(group.id));
    if !members.is_empty() {
        let members = members.iter().map(|(id, name)| {
            let reference = format!("{base}{}/{id}", ResourceType::User.endpoint());
            let mut member = json!({ "value": id, "$ref": reference, "type": ResourceType::User.name() });
            if let Some(name) = name {
                member["display"] = json!(name);
            }
            member
        });
        resource.insert("members".to_owned(), members.collect());
    }
    let meta = json!({
        "resourceType": ResourceType::Group.name(),
        "created": group.created_at,
        "lastModified": group.updated_at,
        "location": format!("{base}{}/{}", ResourceType::Group.endpoint(), group.id),
        "version": super::version(group.revision),
    });
    resource.insert("meta".to_owned(), meta);
    resource
}

/// What attributes say of a group.
///
/// # Errors
/// `invalidValue`: `displayName` is missing or too long, or `externalId` is.
pub fn read(resource: &Attributes) -> Result<GroupAttributes, Fault> {
    let said = |name: &str| {
        let text = resource.get(name).and_then(Value::as_str).map(str::to_owned);
        match text {
            Some(text) if text.chars().count() > 200 || text.contains('\0') => Err(unfit(name)),
            text => Ok(text),
        }
    };
    let name = said("displayName")?.ok_or_else(|| unfit("displayName"))?;
    Ok(GroupAttributes { name, external_id: said("externalId")? })
}

/// The members that a new or replacing resource names.
///
/// # Errors
/// `invalidValue` for what is no id of a user.
pub fn members(resource: &Attributes) -> Result<Vec<UserId>, Fault> {
    match resource.get("members") {
        Some(members) => ids(attribute(), members.clone()),
        None => Ok(Vec::new()),
    }
}

/// Parts a patch into what it does to members, and the rest.
///
/// # Errors
/// `invalidValue` for what is no id of a user, `invalidFilter` for members chosen by anything but their ids, `mutability`
/// for changing one.
pub fn part(patch: Patch) -> Result<(Patch, Vec<MemberChange>), Fault> {
    let (mut rest, mut changes) = (Vec::new(), Vec::new());
    for operation in patch.operations {
        match operation.path {
            Path::Attribute { target, filter } if target.attribute.name == "members" => {
                let whole = target.sub.is_none_or(|sub| sub.name == "value");
                let change = member_change(operation.action, filter.as_ref(), whole, operation.value);
                // A directory may send an operation for each member.
                match (changes.last_mut(), change?) {
                    (Some(MemberChange::Add(all)), MemberChange::Add(more))
                    | (Some(MemberChange::Remove(all)), MemberChange::Remove(more)) => all.extend(more),
                    (_, change) => changes.push(change),
                }
            }
            path => rest.push(Operation { path, ..operation }),
        }
    }
    Ok((Patch { operations: rest }, changes))
}

fn member_change(
    action: Action,
    filter: Option<&Filter>,
    whole: bool,
    value: Value,
) -> Result<MemberChange, Fault> {
    match (action, filter) {
        (Action::Add, None) if whole => Ok(MemberChange::Add(ids(attribute(), value)?)),
        (Action::Replace, None) if whole => Ok(MemberChange::Set(ids(attribute(), value)?)),
        // Entra ID says in the value who goes (RFC 7644 has no value here); without one, all go.
        (Action::Remove, None) if whole => match value {
            Value::Null => Ok(MemberChange::Set(Vec::new())),
            value => Ok(MemberChange::Remove(ids(attribute(), value)?)),
        },
        (Action::Remove, Some(filter)) if whole => {
            let mut chosen = Vec::new();
            if !chosen_by(filter, &mut chosen) {
                return Err(by_id_only());
            }
            Ok(MemberChange::Remove(chosen))
        }
        _ => Err(ScimType::Mutability.fault(Text::fixed(
            "Et medlem kan ikke ændres, kun tilføjes eller fjernes.",
            "En medlem kan inte ändras, bara läggas till eller tas bort.",
            "A member cannot be changed, only added or removed.",
        ))),
    }
}

/// The ids that a filter names, if it does only that. What is no id is nobody's.
fn chosen_by(filter: &Filter, chosen: &mut Vec<UserId>) -> bool {
    match filter {
        Filter::Or(any) => any.iter().all(|filter| chosen_by(filter, chosen)),
        Filter::Compare { name, operator: Operator::Eq, value: Value::String(id) }
            if name.eq_ignore_ascii_case("value") =>
        {
            chosen.extend(id.parse().map(UserId));
            true
        }
        _ => false,
    }
}

fn attribute() -> &'static Attribute {
    ResourceType::Group.attribute("members").expect("the group's schema has members")
}

fn ids(attribute: &Attribute, value: Value) -> Result<Vec<UserId>, Fault> {
    let id = |element: &Attributes| Some(UserId(element.get("value")?.as_str()?.parse().ok()?));
    elements(attribute, value)?.iter().map(|element| id(element).ok_or_else(unknown_member)).collect()
}

/// Somebody named as a member is no user of the account's.
#[must_use]
pub const fn unknown_member() -> Fault {
    ScimType::InvalidValue.fault(Text::fixed(
        "Et medlem er ikke en bruger her. Medlemmer nævnes ved brugerens id hos Styr; grupper i grupper findes ikke.",
        "En medlem är ingen användare här. Medlemmar nämns med användarens id hos Styr; grupper i grupper finns inte.",
        "A member is no user here. Members are named by the user's id at Styr; there are no groups in groups.",
    ))
}

const fn by_id_only() -> Fault {
    ScimType::InvalidFilter.fault(Text::fixed(
        "Medlemmer vælges ved deres id: members[value eq \"…\"], flere med or.",
        "Medlemmar väljs med sitt id: members[value eq \"…\"], flera med or.",
        "Members are chosen by their ids: members[value eq \"…\"], several with or.",
    ))
}

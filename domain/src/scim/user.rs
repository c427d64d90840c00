//! Users as a directory sees them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::patch::unfit;
use super::schema::{ENTERPRISE_SCHEMA, ResourceType, USER_SCHEMA, WORK};
use super::{Attributes, ScimType};
use crate::form::email;
use crate::id::GroupId;
use crate::user::{DirectoryEntry, User};
use crate::{Fault, Text, text};

/// What a directory says of a user.
#[derive(Debug, Clone, PartialEq)]
pub struct UserAttributes {
    /// What it knows the user by.
    pub user_name: String,
    /// Its id of the user.
    pub external_id: Option<String>,
    /// The name for Styr to show.
    pub name: String,
    /// The e-mail address, in its normal form.
    pub email: Option<String>,
    /// The phone number.
    pub phone: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// Whether the user may use Styr; as before if it is not said.
    pub active: Option<bool>,
    /// The API names of the roles.
    pub roles: BTreeSet<String>,
    /// What it says beyond.
    pub entry: DirectoryEntry,
}

/// A role that a directory gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRole {
    /// Its API name.
    pub api_name: String,
    /// Its name.
    pub name: String,
}

/// What a user is known by in the directory: by the e-mail address until the directory says otherwise, and by the id
/// without one.
#[must_use]
pub fn user_name(user: &User) -> String {
    user.user_name.clone().or_else(|| user.email.clone()).unwrap_or_else(|| user.id.to_string())
}

/// A user's attributes that the directory sets.
#[must_use]
pub fn writable(user: &User, roles: &[GivenRole]) -> Attributes {
    let mut resource = Attributes::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            resource.insert(name.to_owned(), value);
        }
    };
    let marked = |mut element: Value, primary: Option<bool>| {
        if let Some(primary) = primary {
            element["primary"] = primary.into();
        }
        element
    };
    let contact = |value: &Option<String>, primary: Option<bool>| match value {
        Some(value) => json!([marked(json!({ "value": value, "type": WORK }), primary)]),
        None => Value::Null,
    };
    put("externalId", json!(user.external_id));
    put("userName", user_name(user).into());
    let entry = user.directory.clone().unwrap_or_default();
    let user_name = user_name(user);
    // Whoever was renamed in Styr since has the name that Styr has.
    if entry.shown_name(&user_name) == user.name {
        let parts = [
            ("formatted", &entry.formatted_name),
            ("familyName", &entry.family_name),
            ("givenName", &entry.given_name),
        ];
        let parts =
            parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), json!(part.as_ref()?))));
        let parts: Attributes = parts.collect();
        put("name", if parts.is_empty() { Value::Null } else { parts.into() });
        put("displayName", json!(entry.display_name));
    } else {
        put("name", json!({ "formatted": user.name }));
        put("displayName", json!(user.name));
    }
    put("title", json!(user.title));
    put("active", user.active.into());
    put("emails", contact(&user.email, entry.primary_email));
    put("phoneNumbers", contact(&user.phone, entry.primary_phone));
    let roles = roles.iter().map(|role| {
        let primary = entry.primary_roles.get(&role.api_name).copied();
        marked(json!({ "value": role.api_name, "display": role.name }), primary)
    });
    let roles: Vec<Value> = roles.collect();
    put("roles", if roles.is_empty() { Value::Null } else { roles.into() });
    let enterprise = [("organization", &entry.organization), ("department", &entry.department)];
    let enterprise =
        enterprise.into_iter().filter_map(|(name, part)| Some((name.to_owned(), json!(part.as_ref()?))));
    let enterprise: Attributes = enterprise.collect();
    put(ENTERPRISE_SCHEMA, if enterprise.is_empty() { Value::Null } else { enterprise.into() });
    resource
}

/// A user's whole resource. `base` is SCIM's own address.
#[must_use]
pub fn resource(user: &User, roles: &[GivenRole], groups: &[(GroupId, String)], base: &str) -> Attributes {
    let mut resource = writable(user, roles);
    let mut schemas = vec![USER_SCHEMA];
    if resource.contains_key(ENTERPRISE_SCHEMA) {
        schemas.push(ENTERPRISE_SCHEMA);
    }
    resource.insert("schemas".to_owned(), json!(schemas));
    resource.insert("id".to_owned(), json!(user.id));
    if !groups.is_empty() {
        let groups = groups.iter().map(|(id, name)| {
            let reference = format!("{base}{}/{id}", ResourceType::Group.endpoint());
            json!({ "value": id, "$ref": reference, "display": name, "type": "direct" })
        });
        resource.insert("groups".to_owned(), groups.collect());
    }
    let meta = json!({
        "resourceType": ResourceType::User.name(),
        "created": user.created_at,
        "lastModified": user.updated_at,
        "location": format!("{base}{}/{}", ResourceType::User.endpoint(), user.id),
        "version": super::version(user.revision),
    });
    resource.insert("meta".to_owned(), meta);
    resource
}

/// What attributes say of a user.
///
/// # Errors
/// `invalidValue`: `userName` is missing, or a value is not fit for what Styr keeps it as.
pub fn read(resource: &Attributes) -> Result<UserAttributes, Fault> {
    let said = |name: &str, most: usize| text_of(resource.get(name), name, most);
    let part = |holder: &str, name: &str, most: usize| {
        let full = format!("{holder}.{name}");
        text_of(resource.get(holder).and_then(|holder| holder.get(name)), &full, most)
    };
    let user_name = said("userName", 254)?.ok_or_else(no_user_name)?;
    if !user_name.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(no_user_name());
    }
    let (roles, primary_roles) = roles(resource)?;
    let (email_kept, phone_kept) = (kept(resource, "emails"), kept(resource, "phoneNumbers"));
    let primary = |element: Option<&Value>| element?.get("primary")?.as_bool();
    let entry = DirectoryEntry {
        display_name: said("displayName", 200)?,
        formatted_name: part("name", "formatted", 200)?,
        given_name: part("name", "givenName", 100)?,
        family_name: part("name", "familyName", 100)?,
        organization: part(ENTERPRISE_SCHEMA, "organization", 200)?,
        department: part(ENTERPRISE_SCHEMA, "department", 200)?,
        primary_email: primary(email_kept),
        primary_phone: primary(phone_kept),
        primary_roles,
    };
    let address = email_kept
        .and_then(|element| element["value"].as_str())
        .map(|address| email(address.trim()).ok_or_else(|| unfit("emails")))
        .transpose()?;
    Ok(UserAttributes {
        external_id: said("externalId", 200)?,
        name: entry.shown_name(&user_name),
        email: address,
        phone: text_of(phone_kept.and_then(|element| element.get("value")), "phoneNumbers", 50)?,
        title: said("title", 200)?,
        active: resource.get("active").and_then(Value::as_bool),
        roles,
        entry,
        user_name,
    })
}

fn text_of(value: Option<&Value>, name: &str, most: usize) -> Result<Option<String>, Fault> {
    let Some(text) = value.and_then(Value::as_str) else { return Ok(None) };
    if text.contains('\0') {
        return Err(unfit(name));
    }
    if text.chars().count() > most {
        return Err(ScimType::InvalidValue.fault(text!(
            "{name} er for lang: højst {most} tegn.",
            "{name} är för lång: högst {most} tecken.",
            "{name} is too long: at most {most} characters."
        )));
    }
    Ok(Some(text.to_owned()))
}

/// The one value that Styr keeps of many: the primary one, or else the last that is for work or of no type.
fn kept<'a>(resource: &'a Attributes, name: &str) -> Option<&'a Value> {
    let elements = resource.get(name)?.as_array()?;
    let for_work =
        |element: &&Value| element["type"].as_str().is_none_or(|name| name.eq_ignore_ascii_case(WORK));
    elements.iter().find(|element| element["primary"] == true).or_else(|| elements.iter().rfind(for_work))
}

fn roles(resource: &Attributes) -> Result<(BTreeSet<String>, BTreeMap<String, bool>), Fault> {
    let (mut roles, mut primary) = (BTreeSet::new(), BTreeMap::new());
    for element in resource.get("roles").and_then(Value::as_array).into_iter().flatten() {
        let Some(role) = text_of(element.get("value"), "roles", 100)? else { continue };
        let role = role.trim().to_ascii_lowercase();
        if let Some(is_primary) = element["primary"].as_bool() {
            primary.insert(role.clone(), is_primary);
        }
        roles.insert(role);
    }
    Ok((roles, primary))
}

const fn no_user_name() -> Fault {
    ScimType::InvalidValue.fault(Text::fixed(
        "userName skal være der og bestå af 1 til 254 ASCII-tegn.",
        "userName måste finnas och bestå av 1 till 254 ASCII-tecken.",
        "userName must be there, in 1 to 254 ASCII characters.",
    ))
}

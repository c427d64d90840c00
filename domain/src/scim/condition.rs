//! What a filter asks of the columns that Styr keeps resources in, so that a database answers it. No text of a filter
//! gets any further than into a [`Test`]'s value.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::ScimType;
use super::filter::{Filter, Operator, boolean};
use super::path::{Found, Target, find};
use super::schema::{Attribute, ResourceType, WORK};
use crate::{Fault, text};

/// What a filter can ask about and a list can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The resource's id.
    Id,
    /// A user's name in the directory.
    UserName,
    /// The directory's id. The one text that is compared with regard to case.
    ExternalId,
    /// The name that Styr shows.
    Name,
    /// A user's title.
    Title,
    /// Whether a user is active.
    Active,
    /// A user's e-mail address.
    Email,
    /// A user's phone number.
    Phone,
    /// The API names of the roles that the directory gave a user.
    Role,
    /// The ids of the groups that a user is in.
    Group,
    /// The ids of a group's members.
    Member,
    /// When the resource was made.
    Created,
    /// When it was last changed.
    LastModified,
}

/// What is asked of a field. What is absent passes no test.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It has a value.
    Present,
    /// Its text compares so with this one; never by [`Operator::Ne`] or [`Operator::Pr`].
    Text(Operator, String),
    /// It is this.
    Flag(bool),
    /// It is this id, or one of many is.
    Id(Uuid),
    /// Its time compares so with this one: never by other operators than equal, greater and less.
    Time(Operator, DateTime<Utc>),
}

/// What a resource must meet. Only tests are negated.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these; always, if there are none.
    All(Vec<Self>),
    /// One of these; never, if there are none.
    Any(Vec<Self>),
    /// A test.
    Test {
        /// The field.
        field: Field,
        /// What is asked of it.
        test: Test,
        /// Whether it must not pass.
        negated: bool,
    },
}

impl Condition {
    /// What every resource meets.
    pub const ALWAYS: Self = Self::All(Vec::new());
    /// What none meets.
    pub const NEVER: Self = Self::Any(Vec::new());

    /// What a filter asks of resources of a type.
    ///
    /// # Errors
    /// `invalidFilter` for what cannot be asked of them, naming what can.
    pub fn of(resource_type: ResourceType, filter: &Filter) -> Result<Self, Fault> {
        Compiler { resource_type }.filter(filter, None, false)
    }
}

/// The field that a list of resources is to be sorted by.
///
/// # Errors
/// `invalidPath` for what they cannot be sorted by.
pub fn sort_field(resource_type: ResourceType, name: &str) -> Result<Field, Fault> {
    let field = match find(resource_type, name) {
        Found::Attribute(target) => subject(resource_type, target),
        _ => None,
    };
    match field {
        Some(Subject::Field(field)) if !matches!(field, Field::Role | Field::Group | Field::Member) => {
            Ok(field)
        }
        _ => {
            let (name, known) = (cut(name), answerable(resource_type));
            Err(ScimType::InvalidPath.fault(text!(
                "Der kan ikke sorteres efter {name}. Sorter efter en af disse: {known}.",
                "Det går inte att sortera efter {name}. Sortera efter en av dessa: {known}.",
                "Lists cannot be sorted by {name}. Sort by one of these: {known}."
            )))
        }
    }
}

/// What a name in a filter is about.
enum Subject {
    Field(Field),
    /// Something that all values of a field have in common.
    Constant(Field, Value),
    /// The resource's type.
    ResourceType,
}

fn subject(resource_type: ResourceType, Target { extension, attribute, sub }: Target) -> Option<Subject> {
    if extension {
        return None;
    }
    let field = match (resource_type, attribute.name, sub.map(|sub| sub.name)) {
        (_, "id", None) => Field::Id,
        (_, "externalId", None) => Field::ExternalId,
        (_, "displayName", None) | (ResourceType::User, "name", Some("formatted")) => Field::Name,
        (_, "meta", Some("created")) => Field::Created,
        (_, "meta", Some("lastModified")) => Field::LastModified,
        (_, "meta", Some("resourceType")) => return Some(Subject::ResourceType),
        (ResourceType::User, "userName", None) => Field::UserName,
        (ResourceType::User, "title", None) => Field::Title,
        (ResourceType::User, "active", None) => Field::Active,
        (ResourceType::User, "emails", None | Some("value")) => Field::Email,
        (ResourceType::User, "phoneNumbers", None | Some("value")) => Field::Phone,
        (ResourceType::User, "roles", None | Some("value")) => Field::Role,
        (ResourceType::User, "groups", None | Some("value")) => Field::Group,
        (ResourceType::Group, "members", None | Some("value")) => Field::Member,
        (_, name, Some(sub)) => {
            let field = match name {
                "emails" => Field::Email,
                "phoneNumbers" => Field::Phone,
                "members" => Field::Member,
                _ => return None,
            };
            let constant = match (field, sub) {
                (Field::Member, "type") => Value::from(ResourceType::User.name()),
                (Field::Email | Field::Phone, "type") => Value::from(WORK),
                _ => return None,
            };
            return Some(Subject::Constant(field, constant));
        }
        _ => return None,
    };
    Some(Subject::Field(field))
}

const fn answerable(resource_type: ResourceType) -> &'static str {
    match resource_type {
        ResourceType::User => {
            "id, userName, externalId, displayName, title, active, emails, phoneNumbers, roles, groups, meta.created, \
             meta.lastModified"
        }
        ResourceType::Group => "id, displayName, externalId, members, meta.created, meta.lastModified",
    }
}

fn cut(name: &str) -> String {
    name.chars().take(100).collect()
}

struct Compiler {
    resource_type: ResourceType,
}

impl Compiler {
    /// The condition of a filter, or, negated, its opposite. Within an attribute's brackets, names are of its
    /// sub-attributes.
    fn filter(&self, filter: &Filter, within: Option<&Attribute>, negated: bool) -> Result<Condition, Fault> {
        match filter {
            Filter::And(all) => self.series(all, within, negated, true),
            Filter::Or(any) => self.series(any, within, negated, false),
            Filter::Not(filter) => self.filter(filter, within, !negated),
            Filter::Compare { name, operator, value } => {
                let name = within.map_or_else(|| name.clone(), |of| format!("{}.{name}", of.name));
                self.compare(&name, *operator, value, negated)
            }
            Filter::Element { name, filter } if within.is_none() => self.element(name, filter, negated),
            Filter::Element { name, .. } => Err(self.unanswerable(name)),
        }
    }

    fn series(
        &self,
        filters: &[Filter],
        within: Option<&Attribute>,
        negated: bool,
        all: bool,
    ) -> Result<Condition, Fault> {
        let conditions = filters.iter().map(|filter| self.filter(filter, within, negated));
        let conditions = conditions.collect::<Result<_, _>>()?;
        Ok(if all == negated { Condition::Any(conditions) } else { Condition::All(conditions) })
    }

    fn element(&self, name: &str, filter: &Filter, negated: bool) -> Result<Condition, Fault> {
        let Found::Attribute(target @ Target { attribute, sub: None, .. }) = find(self.resource_type, name)
        else {
            return Err(self.unanswerable(name));
        };
        match subject(self.resource_type, target) {
            // Of one element, what holds for each of its sub-attributes holds for the element.
            Some(Subject::Field(field)) if attribute.single => {
                let present = Condition::Test { field, test: Test::Present, negated };
                let conditions = vec![present, self.filter(filter, Some(attribute), negated)?];
                Ok(if negated { Condition::Any(conditions) } else { Condition::All(conditions) })
            }
            // Of many, two conditions might hold for different ones.
            Some(Subject::Field(_)) if attribute.multi && matches!(filter, Filter::Compare { .. }) => {
                self.filter(filter, Some(attribute), negated)
            }
            _ => Err(self.unanswerable(name)),
        }
    }

    fn compare(
        &self,
        name: &str,
        operator: Operator,
        value: &Value,
        negated: bool,
    ) -> Result<Condition, Fault> {
        let Found::Attribute(target) = find(self.resource_type, name) else {
            return Err(self.unanswerable(name));
        };
        let subject = subject(self.resource_type, target).ok_or_else(|| self.unanswerable(name))?;
        // "Not equal" is the opposite of "equal", and so holds for what is absent.
        let (operator, negated) = match operator {
            Operator::Ne => (Operator::Eq, !negated),
            operator => (operator, negated),
        };
        let (operator, negated) = match operator {
            Operator::Eq if value.is_null() => (Operator::Pr, !negated),
            operator => (operator, negated),
        };
        let decided = |holds: bool| if holds == negated { Condition::NEVER } else { Condition::ALWAYS };
        let field = match subject {
            Subject::ResourceType => {
                let is = Value::from(self.resource_type.name());
                return Ok(decided(meets(&is, operator, value).ok_or_else(|| self.unfit(name, operator))?));
            }
            Subject::Constant(field, constant) => {
                let holds = meets(&constant, operator, value).ok_or_else(|| self.unfit(name, operator))?;
                return Ok(match holds {
                    true => Condition::Test { field, test: Test::Present, negated },
                    false => decided(false),
                });
            }
            Subject::Field(field) => field,
        };
        let unfit = || self.unfit(name, operator);
        let test = match field {
            _ if operator == Operator::Pr => Test::Present,
            Field::Active if operator == Operator::Eq => Test::Flag(boolean(value).ok_or_else(unfit)?),
            Field::Id | Field::Group | Field::Member if operator == Operator::Eq => {
                // What is no id of Styr's is nobody's id.
                match value.as_str().ok_or_else(unfit)?.parse() {
                    Ok(id) => Test::Id(id),
                    Err(_) => return Ok(decided(false)),
                }
            }
            Field::Active | Field::Id | Field::Group | Field::Member => return Err(unfit()),
            Field::Created | Field::LastModified => {
                if matches!(operator, Operator::Co | Operator::Sw | Operator::Ew) {
                    return Err(unfit());
                }
                let time = value.as_str().and_then(|time| DateTime::parse_from_rfc3339(time).ok());
                Test::Time(operator, time.ok_or_else(unfit)?.to_utc())
            }
            Field::UserName
            | Field::ExternalId
            | Field::Name
            | Field::Title
            | Field::Email
            | Field::Phone
            | Field::Role => Test::Text(operator, value.as_str().ok_or_else(unfit)?.to_owned()),
        };
        Ok(Condition::Test { field, test, negated })
    }

    fn unanswerable(&self, name: &str) -> Fault {
        let (name, known) = (cut(name), answerable(self.resource_type));
        ScimType::InvalidFilter.fault(text!(
            "Der kan ikke filtreres på {name} sådan. Brug disse: {known}.",
            "Det går inte att filtrera på {name} så. Använd dessa: {known}.",
            "There is no filtering by {name} like that. Use these: {known}."
        ))
    }

    fn unfit(&self, name: &str, operator: Operator) -> Fault {
        let (name, operator) = (cut(name), operator.as_str());
        ScimType::InvalidFilter.fault(text!(
            "{name} kan ikke sammenlignes sådan ({operator}). Tekster og tider står i anførselstegn; id'er og sandhedsværdier har kun eq, ne og pr.",
            "{name} kan inte jämföras så ({operator}). Texter och tider står inom citattecken; id:n och sanningsvärden har bara eq, ne och pr.",
            "{name} cannot be compared like that ({operator}). Texts and times are in quotation marks; ids and booleans have eq, ne and pr only."
        ))
    }
}

/// Whether something that is always the same meets a comparison; none if it cannot be compared so.
fn meets(is: &Value, operator: Operator, wanted: &Value) -> Option<bool> {
    match (is, operator) {
        (_, Operator::Pr) => Some(true),
        (Value::String(is), Operator::Eq) => Some(wanted.as_str()?.eq_ignore_ascii_case(is)),
        _ => None,
    }
}

//! Versions on the wire, the same for everything that has them.

use chrono::{DateTime, Utc};
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use styr_domain::Fault;
use styr_domain::id::UserId;
use styr_persistence::version::Version;

use super::page;

/// What a version is published with.
#[derive(Debug, Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishInput {
    /// What was changed and why.
    #[oai(validator(max_length = 5000))]
    pub(crate) note: Option<String>,
}

/// A version.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct VersionView {
    /// Its number, from 1 without gaps.
    number: i32,
    /// What was changed and why.
    note: String,
    /// Who saved it.
    author_id: UserId,
    /// When it was saved.
    created_at: DateTime<Utc>,
    /// When it was published; absent while it is a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<DateTime<Utc>>,
    /// The number of the edition that it was published as, from 1; a small change keeps the edition of the version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    edition: Option<i32>,
    /// The version whose content it brought back, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored_from: Option<i32>,
}

impl From<Version> for VersionView {
    fn from(version: Version) -> Self {
        let Version { number, note, author_id, created_at, published_at, edition, restored_from } = version;
        Self { number, note, author_id, created_at, published_at, edition, restored_from }
    }
}

/// One page of versions.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct VersionPage {
    /// The items.
    items: Vec<VersionView>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl VersionPage {
    /// The number to go on below, and how many versions to list.
    pub(crate) fn request(limit: Option<u64>, cursor: Option<&str>) -> Result<(Option<i32>, u64), Fault> {
        let before = page::number(cursor)?.map(|number| i32::try_from(number).unwrap_or(i32::MAX));
        Ok((before, limit.unwrap_or(page::DEFAULT_LIMIT)))
    }

    pub(crate) fn new((versions, next): (Vec<Version>, Option<i32>)) -> Self {
        Self {
            items: versions.into_iter().map(Into::into).collect(),
            next_cursor: next.map(|number| page::cursor(&u64::from(number.unsigned_abs()).to_be_bytes())),
        }
    }
}

/// What changed between two versions.
#[derive(Debug, Object, Serialize)]
pub(crate) struct ChangesView {
    /// Each change, in the order of the places.
    changes: Vec<ChangeView>,
}

/// One change.
#[derive(Debug, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ChangeView {
    /// What was done.
    action: ChangeAction,
    /// Where, as a JSON pointer (RFC 6901) into the content; items of lists stand by their id or key.
    pointer: String,
    /// The value before.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Any<Value>>,
    /// The value after.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Any<Value>>,
}

/// What was done to a value.
#[derive(Debug, Clone, Copy, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeAction {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
}

impl ChangesView {
    /// What changed from one content to another.
    pub(crate) fn between<T: Serialize>(before: &T, after: &T) -> Self {
        let value = |content: &T| serde_json::to_value(content).unwrap_or_default();
        let mut changes = Vec::new();
        compare("", Some(&value(before)), Some(&value(after)), &mut changes);
        Self { changes }
    }
}

fn compare(pointer: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<ChangeView>) {
    if before == after {
        return;
    }
    if let (Some(before), Some(after)) = (before, after)
        && let (Some(before), Some(after)) = (members(before), members(after))
    {
        for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
            let name_in_pointer = name.replace('~', "~0").replace('/', "~1");
            compare(&format!("{pointer}/{name_in_pointer}"), before.get(name), after.get(name), changes);
        }
        return;
    }
    let action = match (before, after) {
        (None, _) => ChangeAction::Added,
        (_, None) => ChangeAction::Removed,
        _ => ChangeAction::Changed,
    };
    let any = |value: Option<&Value>| value.cloned().map(Any);
    changes.push(ChangeView { action, pointer: pointer.to_owned(), before: any(before), after: any(after) });
}

/// The members of an object; or the items of a list by their ids or keys, so that one that moved is the same.
fn members(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members.clone()),
        Value::Array(items) => {
            let name = |item: &Value| {
                ["id", "key", "value"].iter().find_map(|name| item[name].as_str().map(str::to_owned))
            };
            let named: Map<String, Value> =
                items.iter().map(|item| Some((name(item)?, item.clone()))).collect::<Option<_>>()?;
            (named.len() == items.len()).then_some(named)
        }
        _ => None,
    }
}

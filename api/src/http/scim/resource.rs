//! Users and groups on SCIM's wire.

use std::collections::HashMap;

use poem::http::StatusCode;
use poem::{Request, RequestBody, Response};
use serde_json::Value;
use styr_domain::scim::condition::sort_field;
use styr_domain::scim::{
    Attributes, Condition, Filter, Patch, Projection, ResourceType, ScimType, group, patch as patching, user,
    version,
};
use styr_domain::{Fault, text};
use styr_persistence::scim::Window;
use uuid::Uuid;

use super::{Answer, BASE, JSON, list_response, no_such, respond_with, with_headers};
use crate::app::scim::Provision;
use crate::app::scim::group::{self as groups, ScimGroup};
use crate::app::scim::user::{self as users, ScimUser};
use crate::app::{App, Ctx, IfMatch};
use crate::http::problem::Problem;
use crate::http::{auth, body, json};

/// The most resources of one answer.
pub(super) const MOST: u64 = 200;
/// How many there are if the caller does not say.
const USUAL: u64 = 100;

/// What a caller looks for (RFC 7644, section 3.4.2).
#[derive(Default)]
struct Query {
    filter: Option<Filter>,
    sort_by: Option<String>,
    descending: bool,
    start_index: u64,
    count: u64,
    projection: Projection,
}

impl Query {
    /// Reads what is asked for, from an address or a message.
    fn read(asked: &Attributes) -> Result<Self, Fault> {
        let said =
            |name: &str| asked.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let text =
            |name: &str| said(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let number = |name: &str, usual: u64, least: i64| match said(name) {
            None | Some(Value::Null) => Ok(usual),
            Some(value) => {
                let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
                let number: i64 = number.ok_or_else(|| no_number(name))?;
                Ok(number.max(least).unsigned_abs())
            }
        };
        let names = |name: &str| match said(name) {
            Some(Value::String(names)) => {
                let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
                Some(names.map(str::to_owned).collect())
            }
            Some(Value::Array(names)) => {
                Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            _ => None,
        };
        Ok(Self {
            filter: text("filter").map(Filter::parse).transpose()?,
            sort_by: text("sortBy").map(str::to_owned),
            descending: text("sortOrder").is_some_and(|order| order.eq_ignore_ascii_case("descending")),
            start_index: number("startIndex", 1, 1)?,
            count: number("count", USUAL, 0)?.min(MOST),
            projection: Projection {
                attributes: names("attributes").filter(|names: &Vec<String>| !names.is_empty()),
                excluded: names("excludedAttributes").unwrap_or_default(),
            },
        })
    }

    fn of_address(request: &Request) -> Result<Self, Fault> {
        let parameters: HashMap<String, String> = request.params().unwrap_or_default();
        Self::read(&parameters.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
    }

    fn condition(&self, kind: ResourceType) -> Result<Condition, Fault> {
        self.filter.as_ref().map_or(Ok(Condition::ALWAYS), |filter| Condition::of(kind, filter))
    }

    fn window(&self, kind: ResourceType) -> Result<Window, Fault> {
        let field = self.sort_by.as_deref().map(|name| sort_field(kind, name)).transpose()?;
        Ok(Window {
            sort: field.map(|field| (field, self.descending)),
            offset: self.start_index - 1,
            limit: self.count,
        })
    }
}

fn no_number(name: &str) -> Fault {
    ScimType::InvalidValue.fault(text!(
        "{name} skal være et helt tal.",
        "{name} måste vara ett heltal.",
        "{name} must be a whole number."
    ))
}

/// A resource of either type, in the caller's part.
enum Found {
    User(Box<ScimUser>),
    Group(ScimGroup),
}

impl Found {
    fn id(&self) -> Uuid {
        match self {
            Self::User(found) => found.user.id.0,
            Self::Group(found) => found.group.id.0,
        }
    }

    fn kind(&self) -> ResourceType {
        match self {
            Self::User(_) => ResourceType::User,
            Self::Group(_) => ResourceType::Group,
        }
    }

    fn version(&self) -> String {
        version(match self {
            Self::User(found) => found.user.revision,
            Self::Group(found) => found.group.revision,
        })
    }

    fn view(&self, projection: &Projection) -> Value {
        let whole = match self {
            Self::User(found) => {
                let ScimUser { user, roles, groups } = &**found;
                user::resource(user, roles, groups, BASE)
            }
            Self::Group(ScimGroup { group, members }) => group::resource(group, members, BASE),
        };
        Value::Object(projection.of(self.kind(), whole))
    }

    fn respond(&self, status: StatusCode, projection: &Projection) -> Response {
        let location = (status == StatusCode::CREATED)
            .then(|| format!("{BASE}{}/{}", self.kind().endpoint(), self.id()));
        with_headers(respond_with(status, &self.view(projection)), &self.version(), location)
    }
}

async fn some(
    ctx: &Ctx<Provision>,
    kind: ResourceType,
    condition: &Condition,
    window: Window,
    wanted: &Projection,
) -> Result<(Vec<Found>, u64), Problem> {
    Ok(match kind {
        ResourceType::User => {
            let (users, total) = users::list(ctx, condition, window, wanted).await?;
            (users.into_iter().map(|user| Found::User(Box::new(user))).collect(), total)
        }
        ResourceType::Group => {
            let (groups, total) = groups::list(ctx, condition, window, wanted).await?;
            (groups.into_iter().map(Found::Group).collect(), total)
        }
    })
}

fn answer(query: &Query, found: &[Found], total: u64) -> Response {
    let resources: Vec<Value> = found.iter().map(|one| one.view(&query.projection)).collect();
    respond_with(StatusCode::OK, &list_response(&resources, total, query.start_index))
}

pub(super) async fn list(ctx: &Ctx<Provision>, kind: ResourceType, request: &Request) -> Answer {
    let query = Query::of_address(request)?;
    let (found, total) =
        some(ctx, kind, &query.condition(kind)?, query.window(kind)?, &query.projection).await?;
    Ok(answer(&query, &found, total))
}

/// Searches one type of resource, or, with none, users and then groups.
pub(super) async fn search(
    ctx: &Ctx<Provision>,
    kind: Option<ResourceType>,
    request: &mut Request,
) -> Answer {
    let asked = read_body(ctx.app(), request).await?;
    let query = Query::read(asked.as_object().unwrap_or(&Attributes::new()))?;
    if let Some(kind) = kind {
        let (found, total) =
            some(ctx, kind, &query.condition(kind)?, query.window(kind)?, &query.projection).await?;
        return Ok(answer(&query, &found, total));
    }
    let (mut all, mut total, mut refused) = (Vec::new(), 0, Vec::new());
    for kind in ResourceType::ALL {
        // What a type of resource does not have, none of its resources meets.
        let (condition, window) = match (query.condition(kind), query.window(kind)) {
            (Ok(condition), Ok(window)) => (condition, window),
            (Err(fault), _) | (_, Err(fault)) => {
                refused.push(fault);
                continue;
            }
        };
        let window = Window {
            offset: window.offset.saturating_sub(total),
            limit: window.limit - all.len() as u64,
            ..window
        };
        let (found, count) = some(ctx, kind, &condition, window, &query.projection).await?;
        all.extend(found);
        total += count;
    }
    match refused.pop() {
        Some(fault) if refused.len() + 1 == ResourceType::ALL.len() => Err(Problem(fault)),
        _ => Ok(answer(&query, &all, total)),
    }
}

pub(super) async fn get_one(ctx: &Ctx<Provision>, kind: ResourceType, request: &Request) -> Answer {
    let (id, query) = (id(request)?, Query::of_address(request)?);
    let found = match kind {
        ResourceType::User => Found::User(Box::new(users::get_one(ctx, id.into(), &query.projection).await?)),
        ResourceType::Group => Found::Group(groups::get_one(ctx, id.into(), &query.projection).await?),
    };
    Ok(found.respond(StatusCode::OK, &query.projection))
}

pub(super) async fn create(ctx: &Ctx<Provision>, kind: ResourceType, request: &mut Request) -> Answer {
    let wanted = Query::of_address(request)?.projection;
    let resource = patching::attributes(kind, read_body(ctx.app(), request).await?)?;
    let found = match kind {
        ResourceType::User => Found::User(Box::new(users::create(ctx, resource, &wanted).await?)),
        ResourceType::Group => Found::Group(groups::create(ctx, resource, &wanted).await?),
    };
    Ok(found.respond(StatusCode::CREATED, &wanted))
}

pub(super) async fn replace(ctx: &Ctx<Provision>, kind: ResourceType, request: &mut Request) -> Answer {
    let (id, wanted) = (id(request)?, Query::of_address(request)?.projection);
    let if_match = if_match(request)?;
    let resource = patching::attributes(kind, read_body(ctx.app(), request).await?)?;
    let found = match kind {
        ResourceType::User => {
            Found::User(Box::new(users::replace(ctx, id.into(), if_match.as_ref(), resource, &wanted).await?))
        }
        ResourceType::Group => {
            Found::Group(groups::replace(ctx, id.into(), if_match.as_ref(), resource, &wanted).await?)
        }
    };
    Ok(found.respond(StatusCode::OK, &wanted))
}

/// Answers a changed user whole. A group may have many members, so that it is answered only if the caller says what of
/// it (RFC 7644, section 3.5.2).
pub(super) async fn patch(ctx: &Ctx<Provision>, kind: ResourceType, request: &mut Request) -> Answer {
    let (id, wanted) = (id(request)?, Query::of_address(request)?.projection);
    let if_match = if_match(request)?;
    let patch = Patch::parse(kind, &read_body(ctx.app(), request).await?)?;
    let found = match kind {
        ResourceType::User => {
            Found::User(Box::new(users::patch(ctx, id.into(), if_match.as_ref(), patch, &wanted).await?))
        }
        ResourceType::Group => {
            let group = groups::patch(ctx, id.into(), if_match.as_ref(), patch).await?;
            if wanted.attributes.is_none() && wanted.excluded.is_empty() {
                let done = Response::builder().status(StatusCode::NO_CONTENT).finish();
                return Ok(with_headers(done, &version(group.revision), None));
            }
            Found::Group(groups::get_one(ctx, group.id, &wanted).await?)
        }
    };
    Ok(found.respond(StatusCode::OK, &wanted))
}

pub(super) async fn delete(ctx: &Ctx<Provision>, kind: ResourceType, request: &Request) -> Answer {
    let (id, if_match) = (id(request)?, if_match(request)?);
    match kind {
        ResourceType::User => users::delete(ctx, id.into(), if_match.as_ref()).await?,
        ResourceType::Group => groups::delete(ctx, id.into(), if_match.as_ref()).await?,
    }
    Ok(Response::builder().status(StatusCode::NO_CONTENT).finish())
}

/// The id in the address. What is none of Styr's ids is nobody's.
fn id(request: &Request) -> Result<Uuid, Problem> {
    let id: String = request.path_params().map_err(|_| no_such())?;
    id.parse().map_err(|_| no_such())
}

fn if_match(request: &Request) -> Result<Option<IfMatch>, Problem> {
    auth::if_match(request.headers()).map_err(Problem)
}

async fn read_body(app: &App, request: &mut Request) -> Result<Value, Problem> {
    body::expect_json(request, JSON)?;
    let mut taken = RequestBody::new(request.take_body());
    let limits = app.limits();
    let bytes = body::read(request.headers(), &mut taken, limits.body_bytes, limits.patience()).await?;
    json::read(&bytes).map_err(Problem)
}

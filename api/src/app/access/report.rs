//! Reports: who could do what at a time, and what changed who may do what.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use styr_domain::access::history::{FieldChange, History, PastAccess, field_changes, ids_in};
use styr_domain::access::{Right, of};
use styr_domain::event::{EntityKind, Event};
use styr_domain::id::{RoleId, UserId};
use styr_domain::{Fault, Text, Violation};
use styr_persistence::history::{self, PastUserFilter};
use styr_persistence::{Page, PageRequest};
use uuid::Uuid;

use crate::app::Result;
use crate::app::account::coverage;
use crate::app::context::Ctx;

/// Which users a report is narrowed to.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReportFilter {
    /// Only this one.
    pub user_id: Option<UserId>,
    /// Only those who held this role.
    pub role_id: Option<RoleId>,
}

/// A time that has come, and how far the account's events went by then.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The time.
    pub at: DateTime<Utc>,
    sequence: u64,
}

/// The time that a report is about; now when none is named. What happened at that very instant counts.
///
/// # Errors
/// `invalid` for a time to come.
pub async fn moment(ctx: &Ctx<of::ReportSeeLocal>, at: Option<DateTime<Utc>>) -> Result<Moment> {
    let at = past(at, ctx.app().store().ambient().now())?;
    Ok(Moment { at, sequence: history::until(&ctx.read(), ctx.account_id(), at).await? })
}

/// A time that is asked about, or now when none is.
///
/// # Errors
/// `invalid` for a time to come.
pub(crate) fn past(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    let at = at.unwrap_or(now);
    if at > now {
        let text = Text::fixed(
            "Tidspunktet er ikke kommet endnu. Angiv et, der er forbi.",
            "Tidpunkten har inte kommit än. Ange en som har passerat.",
            "The time has not come yet. Name one that has passed.",
        );
        return Err(Fault::invalid(vec![Violation::at("?at", "time_to_come", text)]));
    }
    Ok(at)
}

/// Who a user was and what they held, with the name they have now.
#[derive(Debug, Clone)]
pub struct NamedAccess {
    /// Their name now, or when they were deleted; none when that has been erased.
    pub name: Option<String>,
    /// What they were and held.
    pub access: PastAccess,
}

/// One page of the users that the account had at a time and what they could do, by id: those who then belonged to an
/// organisation in which the caller sees reports.
///
/// # Errors
/// The database fails.
pub async fn users(
    ctx: &Ctx<of::ReportSeeLocal>,
    moment: Moment,
    filter: ReportFilter,
    page: PageRequest,
) -> Result<Page<NamedAccess>> {
    let (read, account_id) = (ctx.read(), ctx.account_id());
    let covered = coverage(ctx, &[Right::ReportSeeLocal]);
    let ReportFilter { user_id, role_id } = filter;
    let narrowed = PastUserFilter { user_id, role_id };
    let wanted = |access: &PastAccess| {
        role_id.is_none_or(|wanted| access.roles.iter().any(|held| held.role.id == wanted))
    };
    let mut found: Vec<PastAccess> = Vec::new();
    let mut next = page.after;
    loop {
        let asked = PageRequest { after: next, ..page };
        let users = history::users(&read, account_id, moment.sequence, &covered, narrowed, asked).await?;
        let history = held_by(ctx, moment.sequence, &users.items).await?;
        let each = users.items.iter().filter_map(|id| history.access(account_id, *id, moment.at));
        found.extend(each.filter(wanted));
        next = users.next;
        if next.is_none() || found.len() as u64 >= page.limit {
            break;
        }
    }
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    if found.len() > limit {
        found.truncate(limit);
        next = found.last().map(|last| last.user_id.0);
    }
    let ids = found.iter().map(|access| access.user_id).collect();
    let names = history::user_names(&read, account_id, &ids).await?;
    let items =
        found.into_iter().map(|access| NamedAccess { name: names.get(&access.user_id).cloned(), access });
    Ok(Page { items: items.collect(), next })
}

/// What the events say of what these users were and held: their own, those of what they were given, and of the things that
/// those name, which may name others in turn.
async fn held_by(ctx: &Ctx<of::ReportSeeLocal>, sequence: u64, users: &[UserId]) -> Result<History> {
    let (read, account_id) = (ctx.read(), ctx.account_id());
    let held = history::of_what_users_held(&read, account_id, sequence, users).await?;
    let mut history = History::of(&held);
    let mut open: BTreeSet<Uuid> = users.iter().map(|user| user.0).chain([account_id.0]).collect();
    let mut known = BTreeSet::new();
    while !open.is_empty() {
        known.extend(open.iter().copied());
        let events = history::of_things(&read, account_id, sequence, open).await?;
        events.iter().for_each(|event| history.add(event));
        open = history.mentioned().difference(&known).copied().collect();
    }
    Ok(history)
}

/// A change of who may do what.
#[derive(Debug, Clone)]
pub struct Change {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Who made it; none for Styr itself.
    pub actor: Option<Person>,
    /// For whom the actor did it, if not for themselves.
    pub on_behalf_of: Option<Person>,
    /// What was done, such as `role_assignment.created`.
    pub kind: String,
    /// The kind of thing it was done to.
    pub entity: EntityKind,
    /// The thing it was done to.
    pub entity_id: Uuid,
    /// The name of that, where it has one that is no personal data.
    pub entity_name: Option<String>,
    /// The user it concerns.
    pub subject: Option<Person>,
    /// What it changed.
    pub fields: Vec<FieldChange>,
}

/// A user by name.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// Their name now, or when they were deleted; none when that has been erased.
    pub name: Option<String>,
}

/// From when until when changes are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Period {
    /// Only those at or after this time.
    pub since: Option<DateTime<Utc>>,
    /// Only those before this time.
    pub until: Option<DateTime<Utc>>,
}

/// One page of the changes of who may do what, newest first, going on below `below`; and the sequence to go on below.
/// Those that concern a user or an organisation are seen with the right there, those of the whole account with the right
/// anywhere.
///
/// # Errors
/// The database fails.
pub async fn changes(
    ctx: &Ctx<of::ReportSeeLocal>,
    period: Period,
    below: Option<u64>,
    limit: u64,
) -> Result<(Vec<Change>, Option<u64>)> {
    let (read, account_id) = (ctx.read(), ctx.account_id());
    let above = match period.since {
        Some(since) => history::before(&read, account_id, since).await?,
        None => 0,
    };
    let up_to = match period.until {
        Some(until) => history::before(&read, account_id, until).await?,
        None => i64::MAX.unsigned_abs(),
    };
    let up_to = below.map_or(up_to, |below| up_to.min(below.saturating_sub(1)));
    let covered = coverage(ctx, &[Right::ReportSeeLocal]);
    let (events, next) = history::access_changes(&read, account_id, &covered, above, up_to, limit).await?;
    let names = Names::load(ctx, &events).await?;
    Ok((events.into_iter().map(|event| names.change(event)).collect(), next))
}

/// The names that a page of changes shows.
struct Names {
    users: BTreeMap<UserId, String>,
    things: History,
}

impl Names {
    async fn load(ctx: &Ctx<of::ReportSeeLocal>, events: &[Event]) -> Result<Self> {
        let (read, account_id) = (ctx.read(), ctx.account_id());
        let named = events.iter().flat_map(|event| ids_in(&event.detail).chain([event.entity_id]));
        let things: BTreeSet<Uuid> = named.collect();
        let people = events.iter().flat_map(|event| [event.actor, event.on_behalf_of, subject(event)]);
        let mut users: BTreeSet<UserId> = people.flatten().collect();
        // Ids do not say of what they are.
        users.extend(things.iter().copied().map(UserId));
        let latest = i64::MAX.unsigned_abs();
        let of_things = history::of_things(&read, account_id, latest, things).await?;
        Ok(Self {
            users: history::user_names(&read, account_id, &users).await?,
            things: History::of(&of_things),
        })
    }

    fn person(&self, id: UserId) -> Person {
        Person { id, name: self.users.get(&id).cloned() }
    }

    fn of(&self, id: Uuid) -> Option<String> {
        self.things.name(id).map(str::to_owned).or_else(|| self.users.get(&UserId(id)).cloned())
    }

    fn change(&self, event: Event) -> Change {
        let subject = subject(&event).map(|id| self.person(id));
        let Event {
            id: _,
            account_id: _,
            sequence: _,
            at,
            actor,
            on_behalf_of,
            token_id: _,
            entity,
            entity_id,
            subject_id: _,
            kind,
            request_id: _,
            detail,
            commitment: _,
            previous: _,
            hash: _,
        } = event;
        Change {
            at,
            actor: actor.map(|id| self.person(id)),
            on_behalf_of: on_behalf_of.map(|id| self.person(id)),
            kind,
            entity,
            entity_id,
            entity_name: self.things.name(entity_id).map(str::to_owned),
            subject,
            fields: field_changes(&detail, |id| self.of(id)),
        }
    }
}

/// The user that an event concerns, whom it may itself be about.
fn subject(event: &Event) -> Option<UserId> {
    let itself = (event.entity == EntityKind::User).then_some(event.entity_id);
    event.subject_id.or(itself).map(UserId)
}

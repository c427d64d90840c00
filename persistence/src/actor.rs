//! Everything that decisions need to know of a caller, in one read.
//!
//! A request whose caller is not remembered waits for this read and no other. So what a user has, in rows of several
//! tables, comes as JSON beside the user's own row, each part found by an index.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, FromQueryResult as _, QueryFilter as _, QueryResult,
    QueryTrait,
};
use styr_domain::access::{Actor, Grant, Ground, Lockdown, Reach, RightSet, Shown};
use styr_domain::id::{
    AccountId, AssignmentId, DrawingId, GroupId, OrganisationId, PermissionGroupId, ProcessGroupId, RoleId,
    UserId,
};
use styr_domain::token::Token;
use styr_domain::user::User;

use crate::beside::{Beside, read};
use crate::entity::{token, user};
use crate::error::Result;
use crate::store::Source;
use crate::tree::Tree;

/// A user, as decisions know them.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The user.
    pub user: User,
    /// What decisions need to know of them.
    pub actor: Actor,
    /// Until when that holds if nobody changes anything: roles expire, and substitutes come and go, by themselves.
    pub until: Option<DateTime<Utc>>,
}

/// The token whose secret, or secret before the last rotation, has this hash, whatever its state, and the user it acts as,
/// within its limits, at a time.
///
/// # Errors
/// The database fails.
pub async fn by_token(
    source: &impl Source,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<(Token, Loaded)>> {
    let beside = Beside::of(source);
    let present = token::Column::Hash.eq(hash.to_vec());
    let either = Condition::any().add(present).add(token::Column::PreviousHash.eq(hash.to_vec()));
    let mut query = token::Entity::find().filter(either).select_also(user::Entity);
    let of_token = Expr::col((user::Entity, user::Column::AccountId))
        .equals((token::Entity, token::Column::AccountId))
        .and(Expr::col((user::Entity, user::Column::Id)).equals((token::Entity, token::Column::UserId)));
    QueryTrait::query(&mut query).inner_join(user::Entity, of_token);
    let Some(row) = beside.one(source, query, columns(beside)).await? else { return Ok(None) };
    let token: Token = token::Model::from_query_result(&row, "A_")?.into();
    let user: User = user::Model::from_query_result(&row, "B_")?.into();
    let loaded = Parts::read(&row)?.load(user, Some(&token), now);
    Ok(Some((token, loaded)))
}

/// A user of the account as they are at a time, with no token's limits.
///
/// # Errors
/// The database fails.
pub async fn by_user(
    source: &impl Source,
    account_id: AccountId,
    id: UserId,
    now: DateTime<Utc>,
) -> Result<Option<Loaded>> {
    let beside = Beside::of(source);
    let query = user::Entity::find_by_id(id).filter(user::Column::AccountId.eq(account_id));
    let Some(row) = beside.one(source, query, columns(beside)).await? else { return Ok(None) };
    let user: User = user::Model::from_query_result(&row, "")?.into();
    Ok(Some(Parts::read(&row)?.load(user, None, now)))
}

/// The further columns: what of each kind the row's user has.
fn columns(beside: Beside) -> [(&'static str, String); 9] {
    let id = |column: &str| beside.id(column);
    let all = |columns: &[&str], from: &str| beside.rows(columns, from);
    let (own_id, parent_id) = (id("x.id"), id("x.parent_id"));
    let locked = "CASE WHEN x.locked_down_at IS NULL THEN 0 ELSE 1 END";
    let hiding = "CASE WHEN x.hides_cases THEN 1 ELSE 0 END";
    let of_account = "x.account_id = \"user\".account_id";
    let of_user = "x.account_id = \"user\".account_id AND x.user_id = \"user\".id";
    let limited = "(SELECT p.process_group_ids FROM profile p WHERE p.id = \"user\".profile_id)";
    let limited_group = "EXISTS (SELECT 1 FROM permission_group_member m JOIN permission_group g \
         ON g.account_id = m.account_id AND g.id = m.permission_group_id WHERE m.account_id = \"user\".account_id \
         AND m.user_id = \"user\".id AND g.process_group_ids IS NOT NULL)";
    [
        ("locked", beside.value(&format!("SELECT {locked} FROM account x WHERE x.id = \"user\".account_id"))),
        (
            "organisations",
            all(&[&own_id, &parent_id, locked, hiding], &format!("organisation x WHERE {of_account}")),
        ),
        (
            "roles",
            all(
                &[&own_id, &id("x.role_id"), &id("x.organisation_id"), "x.expires_at", "r.rights"],
                &format!("role_assignment x JOIN role r ON r.id = x.role_id WHERE {of_user}"),
            ),
        ),
        ("groups", all(&[&id("x.group_id")], &format!("group_member x WHERE {of_user}"))),
        (
            "permission_groups",
            all(
                &[&id("g.id"), "g.rights", "g.process_group_ids"],
                &format!(
                    "permission_group_member x JOIN permission_group g ON g.id = x.permission_group_id WHERE {of_user}"
                ),
            ),
        ),
        (
            "substitutes",
            all(
                &[&id("x.user_id"), "x.starts_at", "x.ends_at"],
                "substitute x JOIN \"user\" s ON s.account_id = x.account_id AND s.id = x.user_id AND s.active \
                 WHERE x.account_id = \"user\".account_id AND x.substitute_user_id = \"user\".id",
            ),
        ),
        ("profile", limited.to_owned()),
        ("drawings", "(SELECT p.drawing_ids FROM profile p WHERE p.id = \"user\".profile_id)".to_owned()),
        (
            // Only for those whom it concerns, as the landscape may be large.
            "process_groups",
            all(
                &[&own_id, &parent_id],
                &format!("process_group x WHERE {of_account} AND ({limited} IS NOT NULL OR {limited_group})"),
            ),
        ),
    ]
}

/// The giving of a role, the role, where it holds, when it expires, and its rights' codes.
type HeldRole = (AssignmentId, RoleId, Option<OrganisationId>, Option<DateTime<Utc>>, String);

/// What a user has, as it was read.
struct Parts {
    locked: bool,
    /// Each with the one above it, whether it is locked down, and whether it hides its cases.
    organisations: Vec<(OrganisationId, Option<OrganisationId>, u8, u8)>,
    roles: Vec<HeldRole>,
    groups: Vec<(GroupId,)>,
    permission_groups: Vec<(PermissionGroupId, String, Option<String>)>,
    substitutes: Vec<(UserId, DateTime<Utc>, DateTime<Utc>)>,
    profile: Option<BTreeSet<ProcessGroupId>>,
    drawings: Option<BTreeSet<DrawingId>>,
    process_groups: Vec<(ProcessGroupId, Option<ProcessGroupId>)>,
}

impl Parts {
    fn read(row: &QueryResult) -> Result<Self> {
        Ok(Self {
            locked: read::<u8>(row, "locked")? == 1,
            organisations: read(row, "organisations")?,
            roles: read(row, "roles")?,
            groups: read(row, "groups")?,
            permission_groups: read(row, "permission_groups")?,
            substitutes: read(row, "substitutes")?,
            profile: read(row, "profile")?,
            drawings: read(row, "drawings")?,
            process_groups: read(row, "process_groups")?,
        })
    }

    fn load(self, user: User, token: Option<&Token>, now: DateTime<Utc>) -> Loaded {
        let Self { locked, organisations, roles, groups, permission_groups, substitutes, .. } = &self;
        let tree = Tree::of(organisations.iter().map(|(id, parent, ..)| (*id, *parent)));
        let landscape = Tree::of(self.process_groups.iter().copied());
        let branches = |ids: &BTreeSet<ProcessGroupId>| -> BTreeSet<ProcessGroupId> {
            ids.iter().flat_map(|id| landscape.with_all_below(*id)).collect()
        };
        let current = |expires_at: &Option<DateTime<Utc>>| expires_at.is_none_or(|at| now < at);
        let from_roles = roles.iter().filter(|(_, _, _, expires_at, _)| current(expires_at)).map(
            |(assignment_id, role_id, organisation_id, _, rights)| Grant {
                rights: stored_rights(rights),
                reach: match organisation_id {
                    None => Reach::Account,
                    Some(id) => Reach::Organisations(Arc::new(tree.with_all_below(*id))),
                },
                ground: Ground::Role { assignment_id: Some(*assignment_id), role_id: *role_id },
            },
        );
        let from_groups = permission_groups.iter().map(|(id, rights, process_group_ids)| Grant {
            rights: stored_rights(rights),
            reach: match process_group_ids {
                None => Reach::Account,
                Some(ids) => {
                    Reach::ProcessGroups(Arc::new(branches(&serde_json::from_str(ids).unwrap_or_default())))
                }
            },
            ground: Ground::PermissionGroup(*id),
        });
        let shown = self.profile.as_ref().map(|ids| Shown {
            process_groups: Arc::new(branches(ids)),
            above: Arc::new(ids.iter().flat_map(|id| landscape.with_all_above(*id)).collect()),
        });
        let ends = roles.iter().filter_map(|(_, _, _, expires_at, _)| *expires_at);
        let periods = substitutes.iter().flat_map(|(_, starts_at, ends_at)| [*starts_at, *ends_at]);
        let until = ends.chain(periods).filter(|at| now < *at).min();
        let mut actor = Actor {
            account_id: user.account_id,
            user_id: user.id,
            token_id: token.map(|token| token.id),
            organisation_id: user.organisation_id,
            ancestor_ids: tree.with_all_above(user.organisation_id),
            groups: groups.iter().map(|(id,)| *id).collect(),
            substitute_for: substitutes
                .iter()
                .filter(|(_, starts_at, ends_at)| *starts_at <= now && now < *ends_at)
                .map(|(id, ..)| *id)
                .collect(),
            grants: from_roles.chain(from_groups).collect(),
            scopes: token.and_then(|token| token.scopes),
            owner: user.owner,
            licence: user.licence,
            external: user.external,
            shown,
            drawings: self.drawings.clone().map(Arc::new),
            lockdown: Lockdown::default(),
            hiding: Arc::new(
                organisations.iter().filter(|(.., hiding)| *hiding == 1).map(|(id, ..)| *id).collect(),
            ),
        };
        let closed = organisations.iter().filter(|(_, _, locked, _)| *locked == 1);
        actor.lockdown = Lockdown::of(&actor, *locked, closed.flat_map(|(id, ..)| tree.with_all_below(*id)));
        Loaded { user, actor, until }
    }
}

/// The rights of a stored list of codes; unknown ones give nothing.
fn stored_rights(codes: &str) -> RightSet {
    serde_json::from_str(codes).unwrap_or_default()
}

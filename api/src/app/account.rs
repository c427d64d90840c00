//! The account and its organisations.

use styr_domain::access::{
    Coverage, LockedOut, Reach, Resource, Right, RightSet, authorize, lock_down, may_give, of,
};
use styr_domain::account::{Account, Organisation};
use styr_domain::id::{OrganisationId, UserId};
use styr_domain::user::User;
use styr_domain::{Fault, Text, Violation, text};
use styr_persistence::{OrganisationTree, Page, PageRequest, account, find, get, user};

use super::Result;
use super::context::{Ctx, IfMatch};
use super::process::missing;

/// The caller's account.
///
/// # Errors
/// The database fails.
pub async fn get_account<R>(ctx: &Ctx<R>) -> Result<Account> {
    account::get(&ctx.read(), ctx.account_id()).await
}

/// Replaces what can be changed of the account: its name, and the word that anonymization writes.
///
/// # Errors
/// `forbidden`, `revision_changed`.
pub async fn replace_account(
    ctx: &Ctx<of::AccountManage>,
    if_match: &IfMatch,
    name: String,
    anonymized_word: Option<String>,
) -> Result<Account> {
    ctx.write(|tx| async move {
        let permit = ctx.permit(&Resource::shared(ctx.account_id()))?;
        let before = account::get(&*tx, ctx.account_id()).await?;
        if_match.check(before.revision)?;
        let anonymized_word = anonymized_word.unwrap_or_else(|| before.anonymized_word.clone());
        let after = Account { name, anonymized_word, ..before.clone() };
        account::update(&tx, &permit, &before, after, "account.changed").await
    })
    .await
}

/// Closes the account to all but those who may enter during lockdown, or opens it again. Does nothing when it is so.
///
/// # Errors
/// `forbidden`, `locked_down`.
pub async fn lock_account(ctx: &Ctx<of::AccountManage>, locked: bool) -> Result<Account> {
    ctx.write(|tx| async move {
        let permit = lock_down::<of::AccountManage>(ctx.actor(), &Resource::shared(ctx.account_id()))?;
        let before = account::get(&*tx, ctx.account_id()).await?;
        if before.locked_down_at.is_some() == locked {
            return Ok(before);
        }
        tx.access_changed();
        let after = Account { locked_down_at: locked.then(|| tx.now()), ..before.clone() };
        let kind = if locked { "account.locked_down" } else { "account.unlocked" };
        account::update(&tx, &permit, &before, after, kind).await
    })
    .await
}

/// The same for an organisation with all below it.
///
/// # Errors
/// `not_found`, `forbidden`, `locked_down`.
pub async fn lock_organisation(
    ctx: &Ctx<of::OrganisationChangeSettings>,
    id: OrganisationId,
    locked: bool,
) -> Result<Organisation> {
    ctx.write(|tx| async move {
        let before: Organisation = get(&*tx, ctx.account_id(), id).await?;
        let visible = seen(ctx).covers(Some(id));
        let resource = Resource::local(ctx.account_id(), id).visible_if(visible);
        let permit = lock_down::<of::OrganisationChangeSettings>(ctx.actor(), &resource)?;
        if before.locked_down_at.is_some() == locked {
            return Ok(before);
        }
        tx.access_changed();
        let after = Organisation { locked_down_at: locked.then(|| tx.now()), ..before.clone() };
        let kind = if locked { "organisation.locked_down" } else { "organisation.unlocked" };
        tx.update(&permit, &before, after, kind).await
    })
    .await
}

/// Makes another user the account's owner. The owner before keeps the roles they have, and nothing else.
///
/// # Errors
/// `forbidden`; `rights_not_held` for one who does not hold every right; `invalid` when there is no such user, or none who
/// is active and from inside.
pub async fn transfer(ctx: &Ctx<of::AccountTransfer>, user_id: UserId) -> Result<User> {
    ctx.write(|tx| async move {
        let permit = ctx.permit(&Resource::shared(ctx.account_id()))?;
        may_give(ctx.actor(), RightSet::ALL, &Reach::Account)?;
        let before = user::owner(&*tx, ctx.account_id()).await?.ok_or_else(Fault::not_found)?;
        let next: Option<User> = find(&*tx, ctx.account_id(), user_id).await?;
        let next = next.ok_or_else(|| Fault::invalid(vec![missing("/user_id")]))?;
        if next.id == before.id {
            return Ok(next);
        }
        if !next.active || next.external {
            let text = Text::fixed(
                "Kun en aktiv bruger, som ikke er ekstern, kan eje kontoen. Vælg en anden.",
                "Bara en aktiv användare som inte är extern kan äga kontot. Välj en annan.",
                "Only an active user who is not external can own the account. Choose another.",
            );
            return Err(Fault::invalid(vec![Violation::at("/user_id", "cannot_own", text)]).into());
        }
        tx.access_changed();
        let after = User { owner: false, ..before.clone() };
        tx.update(&permit, &before, after, "account.transferred").await?;
        let after = User { owner: true, ..next.clone() };
        tx.update(&permit, &next, after, "account.transferred").await
    })
    .await
}

/// The organisations that a caller may know of: all of the account's, or, from outside, those they are in.
fn seen<R>(ctx: &Ctx<R>) -> Coverage {
    let actor = ctx.actor();
    Coverage { account: !actor.external, organisations: actor.ancestor_ids.clone(), ..Coverage::default() }
}

/// One page of the organisations, or of those right below one.
///
/// # Errors
/// The database fails.
pub async fn list(
    ctx: &Ctx<LockedOut>,
    parent_id: Option<OrganisationId>,
    page: PageRequest,
) -> Result<Page<Organisation>> {
    account::organisations(&ctx.read(), ctx.account_id(), &seen(ctx), parent_id, page).await
}

/// An organisation.
///
/// # Errors
/// `not_found`.
pub async fn get_one<R>(ctx: &Ctx<R>, id: OrganisationId) -> Result<Organisation> {
    if !seen(ctx).covers(Some(id)) {
        return Err(Fault::not_found().into());
    }
    get(&ctx.read(), ctx.account_id(), id).await
}

/// What an organisation is made or replaced with.
#[derive(Debug, Clone)]
pub struct OrganisationInput {
    /// Its name.
    pub name: String,
    /// The organisation above it. When none is named, the caller's own; on replacing, it stays where it is.
    pub parent_id: Option<OrganisationId>,
    /// Whether its cases are hidden from those who have no part in them.
    pub hides_cases: bool,
}

/// Makes an organisation below another, or below the caller's own when none is named.
///
/// # Errors
/// `forbidden`; `invalid` when the one above is not there.
pub async fn create(
    ctx: &Ctx<of::OrganisationManage>,
    OrganisationInput { name, parent_id, hides_cases }: OrganisationInput,
) -> Result<Organisation> {
    ctx.write(|tx| async move {
        let parent_id = parent_id.unwrap_or(ctx.actor().organisation_id);
        if find::<Organisation>(&*tx, ctx.account_id(), parent_id).await?.is_none() {
            return Err(Fault::invalid(vec![missing("/parent_id")]).into());
        }
        let permit = ctx.permit(&Resource::local(ctx.account_id(), parent_id))?;
        let organisation = Organisation {
            id: OrganisationId(tx.id()),
            account_id: ctx.account_id(),
            parent_id: Some(parent_id),
            name,
            hides_cases,
            locked_down_at: None,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&permit, &organisation, "organisation.created").await?;
        tx.access_changed(); // whoever has rights above has them here
        Ok(organisation)
    })
    .await
}

/// Replaces an organisation, and moves it below another if one is named.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`; `organisation_below_itself`; `invalid` when the one above is not there.
pub async fn replace(
    ctx: &Ctx<(of::OrganisationManage, of::OrganisationChangeSettings)>,
    id: OrganisationId,
    if_match: &IfMatch,
    OrganisationInput { name, parent_id, hides_cases }: OrganisationInput,
) -> Result<Organisation> {
    ctx.write(|tx| async move {
        let before: Organisation = get(&*tx, ctx.account_id(), id).await?;
        let visible = seen(ctx).covers(Some(id));
        let permit = ctx.permit(&Resource::local(ctx.account_id(), id).visible_if(visible))?;
        if_match.check(before.revision)?;
        let moved = parent_id.filter(|parent| before.parent_id != Some(*parent));
        if let Some(parent) = moved {
            if find::<Organisation>(&*tx, ctx.account_id(), parent).await?.is_none() {
                return Err(Fault::invalid(vec![missing("/parent_id")]).into());
            }
            // It leaves one place and comes to another: both must be the caller's to change.
            for place in [before.parent_id, Some(parent)] {
                let place = Resource { organisation: place, ..Resource::shared(ctx.account_id()) };
                let _moves = authorize::<of::OrganisationManage>(ctx.actor(), &place)?;
            }
            if OrganisationTree::load(&*tx, ctx.account_id()).await?.with_all_above(parent).contains(&id) {
                return Err(below_itself().into());
            }
            tx.access_changed();
        }
        if hides_cases != before.hides_cases {
            tx.access_changed();
        }
        let parent_id = moved.or(before.parent_id);
        let after = Organisation { name, parent_id, hides_cases, ..before.clone() };
        tx.update(&permit, &before, after, "organisation.changed").await
    })
    .await
}

const fn below_itself() -> Fault {
    Fault::conflict(
        "organisation_below_itself",
        Text::fixed(
            "En organisation kan ikke ligge under sig selv eller en, der ligger under den. Vælg en anden.",
            "En organisation kan inte ligga under sig själv eller en som ligger under den. Välj en annan.",
            "An organisation cannot lie below itself or one that lies below it. Choose another.",
        ),
    )
}

/// Deletes an organisation that nothing belongs to.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`; `organisation_in_use`, saying what belongs to it.
pub async fn delete(ctx: &Ctx<of::OrganisationManage>, id: OrganisationId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let organisation: Organisation = get(&*tx, ctx.account_id(), id).await?;
        let visible = seen(ctx).covers(Some(id));
        let permit = ctx.permit(&Resource::local(ctx.account_id(), id).visible_if(visible))?;
        if_match.check(organisation.revision)?;
        let contents = account::organisation_contents(&*tx, ctx.account_id(), id).await?;
        if !contents.is_empty() {
            let contents: Vec<_> =
                contents.into_iter().map(|(kind, count)| format!("{}: {count}", kind.as_str())).collect();
            let contents = contents.join(", ");
            return Err(Fault::conflict(
                "organisation_in_use",
                text!(
                    "Organisationen har stadig noget, der hører til den ({contents}). Flyt eller slet det først.",
                    "Organisationen har fortfarande sådant som hör till den ({contents}). Flytta eller ta bort det först.",
                    "Things still belong to the organisation ({contents}). Move or delete them first."
                ),
            )
            .into());
        }
        tx.delete(&permit, &organisation, "organisation.deleted").await?;
        tx.access_changed();
        Ok(())
    })
    .await
}

/// Where the caller holds the right; nowhere when they do not.
pub(crate) fn coverage<R>(ctx: &Ctx<R>, rights: &[Right]) -> Coverage {
    let mut all = Coverage::default();
    for coverage in rights.iter().filter_map(|right| ctx.actor().reach(*right)) {
        all.merge(coverage);
    }
    all
}

//! The account and its organisations.

use styr_domain::access::{Coverage, Resource, Right, SignedIn, authorize, of};
use styr_domain::account::{Account, Organisation};
use styr_domain::id::OrganisationId;
use styr_domain::{Fault, Text, text};
use styr_persistence::access::OrganisationTree;
use styr_persistence::{Page, PageRequest, account, find, get};

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
        account::update(&tx, &permit, &before, Account { name, anonymized_word, ..before.clone() }).await
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
    ctx: &Ctx<SignedIn>,
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

/// Makes an organisation below another, or below the caller's own when none is named.
///
/// # Errors
/// `forbidden`; `invalid` when the one above is not there.
pub async fn create(
    ctx: &Ctx<of::OrganisationManage>,
    name: String,
    parent_id: Option<OrganisationId>,
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

/// Renames an organisation, and moves it below another if one is named.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`; `organisation_below_itself`; `invalid` when the one above is not there.
pub async fn replace(
    ctx: &Ctx<(of::OrganisationManage, of::OrganisationChangeSettings)>,
    id: OrganisationId,
    if_match: &IfMatch,
    name: String,
    parent_id: Option<OrganisationId>,
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
        let after = Organisation { name, parent_id: moved.or(before.parent_id), ..before.clone() };
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

//! Substitutes: who handles whose tasks for a period.

use chrono::{DateTime, Utc};
use styr_domain::access::{ManageSubstitutes, Permit, manage_substitutes};
use styr_domain::id::{SubstituteId, UserId};
use styr_domain::user::{Substitute, User};
use styr_domain::{Fault, Text, Violation};
use styr_persistence::{Page, PageRequest, Source, Tx, find, get, user};

use super::resource;
use crate::app::Result;
use crate::app::context::{Ctx, IfMatch};
use crate::app::process::missing;

/// What a substitute is made or replaced with.
#[derive(Debug, Clone)]
pub struct SubstituteInput {
    /// Who stands in.
    pub substitute_user_id: UserId,
    /// From when on; now when no time is named, on replacing as before.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
}

/// Loads a user whose substitutes the caller may name.
async fn managed(
    ctx: &Ctx<ManageSubstitutes>,
    source: &impl Source,
    id: UserId,
) -> Result<(User, Permit<ManageSubstitutes>)> {
    let user: User = get(source, ctx.account_id(), id).await?;
    let permit = manage_substitutes(ctx.actor(), id, &resource(ctx, &user))?;
    Ok((user, permit))
}

/// Loads a substitute of a user.
async fn of_user(
    ctx: &Ctx<ManageSubstitutes>,
    source: &impl Source,
    user_id: UserId,
    id: SubstituteId,
) -> Result<Substitute> {
    let substitute: Substitute = get(source, ctx.account_id(), id).await?;
    if substitute.user_id == user_id { Ok(substitute) } else { Err(Fault::not_found().into()) }
}

/// One page of a user's substitutes.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn list(
    ctx: &Ctx<ManageSubstitutes>,
    user_id: UserId,
    page: PageRequest,
) -> Result<Page<Substitute>> {
    let read = ctx.read();
    let (user, _) = managed(ctx, &read, user_id).await?;
    user::substitutes(&read, ctx.account_id(), user.id, page).await
}

/// A substitute of a user.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn get_one(ctx: &Ctx<ManageSubstitutes>, user_id: UserId, id: SubstituteId) -> Result<Substitute> {
    let read = ctx.read();
    let (user, _) = managed(ctx, &read, user_id).await?;
    of_user(ctx, &read, user.id, id).await
}

/// Refuses a substitute that could not work: for or by somebody who is not active, by oneself, in no time at all, or one
/// too many.
async fn check(tx: &Tx, user: &User, new: &Substitute) -> Result<()> {
    if !user.active {
        return Err(inactive().into());
    }
    let mut violations = Vec::new();
    match find::<User>(tx, tx.account_id(), new.substitute_user_id).await? {
        None => violations.push(missing("/substitute_user_id")),
        Some(other) if other.id == user.id => violations.push(oneself()),
        Some(other) if !other.active => violations.push(substitute_inactive()),
        Some(_) => {}
    }
    if new.ends_at <= new.starts_at {
        violations.push(no_time());
    }
    if !violations.is_empty() {
        return Err(Fault::invalid(violations).into());
    }
    let others = user::count_substitutes(tx, user.id, new.substitute_user_id, new.id).await?;
    if new.ends_at > tx.now() && others.into_iter().any(|count| count >= Substitute::MOST) {
        return Err(too_many().into());
    }
    Ok(())
}

const fn inactive() -> Fault {
    Fault::conflict(
        "user_inactive",
        Text::fixed(
            "Brugeren er deaktiveret. Fordel brugerens opgaver til andre, eller aktivér brugeren.",
            "Användaren är inaktiverad. Fördela användarens uppgifter på andra, eller aktivera användaren.",
            "The user has been deactivated. Give their tasks to others, or reactivate the user.",
        ),
    )
}

fn oneself() -> Violation {
    let text = Text::fixed(
        "Ingen kan være sin egen stedfortræder. Vælg en anden.",
        "Ingen kan vara sin egen ersättare. Välj någon annan.",
        "Nobody stands in for themself. Choose somebody else.",
    );
    Violation::at("/substitute_user_id", "substitute_oneself", text)
}

fn substitute_inactive() -> Violation {
    let text = Text::fixed(
        "Stedfortræderen er deaktiveret. Vælg en anden.",
        "Ersättaren är inaktiverad. Välj någon annan.",
        "The substitute has been deactivated. Choose somebody else.",
    );
    Violation::at("/substitute_user_id", "substitute_inactive", text)
}

fn no_time() -> Violation {
    let text = Text::fixed(
        "Perioden slutter, før den begynder. Angiv et senere ends_at.",
        "Perioden slutar innan den börjar. Ange ett senare ends_at.",
        "The period ends before it begins. Name a later ends_at.",
    );
    Violation::at("/ends_at", "period_empty", text)
}

const fn too_many() -> Fault {
    Fault::conflict(
        "substitutes_too_many",
        Text::fixed(
            "En bruger kan have 20 stedfortrædere og træde i stedet for 20 andre. Afslut en af dem først.",
            "En användare kan ha 20 ersättare och ersätta 20 andra. Avsluta någon av dem först.",
            "A user can have 20 substitutes and stand in for 20 others. End one of those first.",
        ),
    )
}

/// Names a substitute for a user.
///
/// # Errors
/// `not_found`, `forbidden`, `user_inactive`, `substitutes_too_many`; `invalid` for a substitute who is not there, is not
/// active or is the user, and for a period that is empty.
pub async fn create(
    ctx: &Ctx<ManageSubstitutes>,
    user_id: UserId,
    input: SubstituteInput,
) -> Result<Substitute> {
    ctx.write(|tx| async move {
        let (user, permit) = managed(ctx, &*tx, user_id).await?;
        let SubstituteInput { substitute_user_id, starts_at, ends_at } = input;
        let substitute = Substitute {
            id: SubstituteId(tx.id()),
            account_id: ctx.account_id(),
            user_id,
            substitute_user_id,
            starts_at: starts_at.unwrap_or(tx.now()),
            ends_at,
            revision: 1,
            created_at: tx.now(),
        };
        check(&tx, &user, &substitute).await?;
        tx.access_changed();
        tx.insert(&permit, &substitute, "substitute.created").await?;
        Ok(substitute)
    })
    .await
}

/// Replaces a substitute of a user.
///
/// # Errors
/// `revision_changed`, and those of [`create`].
pub async fn replace(
    ctx: &Ctx<ManageSubstitutes>,
    user_id: UserId,
    id: SubstituteId,
    if_match: &IfMatch,
    input: SubstituteInput,
) -> Result<Substitute> {
    ctx.write(|tx| async move {
        let (user, permit) = managed(ctx, &*tx, user_id).await?;
        let before = of_user(ctx, &*tx, user_id, id).await?;
        if_match.check(before.revision)?;
        let SubstituteInput { substitute_user_id, starts_at, ends_at } = input;
        let starts_at = starts_at.unwrap_or(before.starts_at);
        let after = Substitute { substitute_user_id, starts_at, ends_at, ..before.clone() };
        check(&tx, &user, &after).await?;
        tx.access_changed();
        tx.update(&permit, &before, after, "substitute.changed").await
    })
    .await
}

/// Takes a substitute of a user away. What they did stays.
///
/// # Errors
/// `not_found`, `forbidden`, `revision_changed`.
pub async fn delete(
    ctx: &Ctx<ManageSubstitutes>,
    user_id: UserId,
    id: SubstituteId,
    if_match: &IfMatch,
) -> Result<()> {
    ctx.write(|tx| async move {
        let (user, permit) = managed(ctx, &*tx, user_id).await?;
        let substitute = of_user(ctx, &*tx, user.id, id).await?;
        if_match.check(substitute.revision)?;
        tx.access_changed();
        tx.delete(&permit, &substitute, "substitute.deleted").await
    })
    .await
}

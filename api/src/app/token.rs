//! API tokens.

use chrono::{DateTime, TimeDelta, Utc};
use ipnet::IpNet;
use styr_domain::access::{Coverage, Permit, Right, RightSet, SignedIn, manage_token, may_make_token, of};
use styr_domain::id::{TokenId, UserId};
use styr_domain::token::{Token, TokenSecret, network, within};
use styr_domain::user::User;
use styr_domain::{Fault, FaultKind, Text, Violation, text};
use styr_persistence::{Page, PageRequest, Source, Tx, find, get, token};
use zeroize::Zeroizing;

use super::context::{Ctx, IfMatch};
use super::process::missing;
use super::user::actor_of;
use super::{Result, secret};

/// What a token is made with.
#[derive(Debug, Clone)]
pub struct TokenInput {
    /// Whom it acts as; the caller when none is named.
    pub user_id: Option<UserId>,
    /// What it is for.
    pub name: String,
    /// The rights it is limited to; none when it has all of its user's.
    pub scopes: Option<RightSet>,
    /// The networks that requests with it must come from, in CIDR notation; none when from anywhere.
    pub networks: Option<Vec<String>>,
    /// When it stops working; none when never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a token is replaced with.
#[derive(Debug, Clone)]
pub struct TokenReplacement {
    /// What it is for.
    pub name: String,
    /// The networks that requests with it must come from, in CIDR notation; as before when none are named.
    pub networks: Option<Vec<String>>,
    /// When it stops working; as before when no time is named.
    pub expires_at: Option<DateTime<Utc>>,
}

/// One page of the caller's own tokens and those they manage, or only of one user's.
///
/// # Errors
/// The database fails.
pub async fn list(ctx: &Ctx<SignedIn>, user_id: Option<UserId>, page: PageRequest) -> Result<Page<Token>> {
    let actor = ctx.actor();
    let managed: Coverage = actor.reach(Right::TokenManage).unwrap_or_default();
    token::tokens(&ctx.read(), ctx.account_id(), actor.user_id, &managed, user_id, page).await
}

async fn managed(
    ctx: &Ctx<SignedIn>,
    source: &impl Source,
    id: TokenId,
) -> Result<(Token, Permit<of::TokenManage>)> {
    let token: Token = get(source, ctx.account_id(), id).await?;
    let user: User = get(source, ctx.account_id(), token.user_id).await?;
    let permit = manage_token(ctx.actor(), user.id, user.organisation_id)?;
    Ok((token, permit))
}

/// A token.
///
/// # Errors
/// `not_found`.
pub async fn get_one(ctx: &Ctx<SignedIn>, id: TokenId) -> Result<Token> {
    Ok(managed(ctx, &ctx.read(), id).await?.0)
}

/// Makes a token. Answers it with its secret, which is never shown again but to a repetition of this request.
///
/// # Errors
/// `token_scopes_wider`, `token_networks_wider`, `token_outlives_own`, `rights_not_held`, `user_inactive`; `invalid` for
/// a user that the caller manages no tokens of, for scopes that the user does not hold, for what is no network, and for
/// a time that has passed.
pub async fn create(ctx: &Ctx<SignedIn>, input: TokenInput) -> Result<(Token, Zeroizing<String>)> {
    let made = ctx
        .write(|tx| async move {
            let TokenInput { user_id, name, scopes, networks, expires_at } = input;
            let networks = networks.as_deref().map(read_networks).transpose()?;
            let user = find::<User>(&*tx, ctx.account_id(), user_id.unwrap_or(ctx.actor().user_id)).await?;
            let user = user.ok_or_else(|| Fault::invalid(vec![missing("/user_id")]))?;
            let permit = manage_token(ctx.actor(), user.id, user.organisation_id)
                .map_err(|_| Fault::invalid(vec![missing("/user_id")]))?;
            if !user.active {
                return Err(inactive().into());
            }
            let holder = actor_of(&*tx, &user, tx.now()).await?;
            let beyond = scopes.map_or(RightSet::EMPTY, |scopes| scopes.difference(holder.rights()));
            if !beyond.is_empty() {
                return Err(Fault::invalid(vec![scopes_beyond(beyond)]).into());
            }
            may_make_token(ctx.actor(), &holder, scopes)?;
            if expires_at.is_some_and(|at| at <= tx.now()) {
                return Err(Fault::invalid(vec![past("/expires_at")]).into());
            }
            refuse_beyond_own(ctx, &tx, networks.as_deref(), Some(expires_at)).await?;

            let secret = TokenSecret::new(tx.random());
            let token = Token {
                id: TokenId(tx.id()),
                account_id: ctx.account_id(),
                user_id: user.id,
                name,
                hash: secret.hash().to_vec(),
                hint: secret.hint().to_owned(),
                scopes,
                networks,
                previous_hash: None,
                previous_until: None,
                expires_at,
                revoked_at: None,
                last_used_at: None,
                revision: 1,
                created_at: tx.now(),
            };
            tx.insert(&permit, &token, "token.created").await?;
            secret::seal(&tx, token, secret.expose()).await
        })
        .await?;
    secret::show(ctx, made).await
}

/// Gives a token a new secret for the same purpose, and lets the one before work on for `overlap`. The one before that
/// is forgotten at once, so that a token never has more than two. Answers the token with its secret, as [`create`] does.
///
/// # Errors
/// `not_found`, `token_revoked`, `token_expired`, `user_inactive`, and, since the caller gets to act as the token does,
/// `token_scopes_wider`, `token_networks_wider`, `token_outlives_own` and `rights_not_held`.
pub async fn rotate(
    ctx: &Ctx<SignedIn>,
    id: TokenId,
    overlap: TimeDelta,
) -> Result<(Token, Zeroizing<String>)> {
    let made = ctx
        .write(|tx| async move {
            let (before, permit) = managed(ctx, &*tx, id).await?;
            if before.revoked_at.is_some() {
                return Err(revoked().into());
            }
            if before.expires_at.is_some_and(|at| at <= tx.now()) {
                return Err(expired().into());
            }
            let user: User = get(&*tx, ctx.account_id(), before.user_id).await?;
            if !user.active {
                return Err(inactive().into());
            }
            may_make_token(ctx.actor(), &actor_of(&*tx, &user, tx.now()).await?, before.scopes)?;
            refuse_beyond_own(ctx, &tx, before.networks.as_deref(), Some(before.expires_at)).await?;

            let secret = TokenSecret::new(tx.random());
            let after = Token {
                hash: secret.hash().to_vec(),
                hint: secret.hint().to_owned(),
                previous_hash: Some(before.hash.clone()),
                previous_until: Some(tx.now() + overlap),
                ..before.clone()
            };
            tx.access_changed();
            let token = tx.update(&permit, &before, after, "token.rotated").await?;
            secret::seal(&tx, token, secret.expose()).await
        })
        .await?;
    secret::show(ctx, made).await
}

/// A token that ends, or works in some places only, must not leave behind another that goes on, or works elsewhere.
/// Without `expires_at`, the other's end is not changed.
async fn refuse_beyond_own(
    ctx: &Ctx<SignedIn>,
    tx: &Tx,
    networks: Option<&[IpNet]>,
    expires_at: Option<Option<DateTime<Utc>>>,
) -> Result<()> {
    let Some(own) = ctx.actor().token_id else { return Ok(()) };
    let own: Token = get(tx, ctx.account_id(), own).await?;
    if own.networks.is_some_and(|own| !within(networks, &own)) {
        return Err(networks_wider().into());
    }
    let (Some(expires_at), Some(limit)) = (expires_at, own.expires_at) else { return Ok(()) };
    if expires_at.is_some_and(|at| at <= limit) {
        return Ok(());
    }
    let text = text!(
        "Dit eget token udløber {limit}. Angiv et expires_at, der ikke er senere.",
        "Din egen token går ut {limit}. Ange ett expires_at som inte är senare.",
        "Your own token expires at {limit}. Name an expires_at that is not later."
    );
    Err(Fault::new(FaultKind::Forbidden, "token_outlives_own", text).into())
}

/// The networks that these texts name.
fn read_networks(texts: &[String]) -> Result<Vec<IpNet>, Fault> {
    let read: Vec<_> = texts.iter().map(|text| network(text)).collect();
    let wrong = read.iter().enumerate().filter(|(_, network)| network.is_none());
    let violations: Vec<Violation> = wrong.map(|(at, _)| no_network(at)).collect();
    if violations.is_empty() {
        Ok(read.into_iter().flatten().collect())
    } else {
        Err(Fault::invalid(violations))
    }
}

fn no_network(at: usize) -> Violation {
    let text = Text::fixed(
        "Dette er ikke et netværk. Skriv dets første adresse og antallet af faste bit, som 192.0.2.0/24 eller 2001:db8::/32; en enkelt adresse som 192.0.2.7/32.",
        "Detta är inte ett nätverk. Skriv dess första adress och antalet fasta bitar, som 192.0.2.0/24 eller 2001:db8::/32; en enda adress som 192.0.2.7/32.",
        "This is not a network. Write its first address and the number of fixed bits, as 192.0.2.0/24 or 2001:db8::/32; a single address as 192.0.2.7/32.",
    );
    Violation::at(format!("/networks/{at}"), "network_malformed", text)
}

const fn networks_wider() -> Fault {
    Fault::new(
        FaultKind::Forbidden,
        "token_networks_wider",
        Text::fixed(
            "Dit eget token virker kun fra visse netværk. Angiv networks, der ligger i dem.",
            "Din egen token fungerar bara från vissa nätverk. Ange networks som ligger i dem.",
            "Your own token works from certain networks only. Name networks that lie in them.",
        ),
    )
}

const fn revoked() -> Fault {
    Fault::conflict(
        "token_revoked",
        Text::fixed(
            "Tokenet er tilbagekaldt og får ikke en ny hemmelighed. Lav et andet token.",
            "Token är återkallad och får ingen ny hemlighet. Skapa en annan token.",
            "The token has been revoked and gets no new secret. Make another token.",
        ),
    )
}

const fn expired() -> Fault {
    Fault::conflict(
        "token_expired",
        Text::fixed(
            "Tokenet er udløbet og får ikke en ny hemmelighed. Lav et andet token.",
            "Token har gått ut och får ingen ny hemlighet. Skapa en annan token.",
            "The token has expired and gets no new secret. Make another token.",
        ),
    )
}

fn scopes_beyond(beyond: RightSet) -> Violation {
    let codes = beyond.codes().join(", ");
    let text = text!(
        "Brugeren har ikke selv: {codes}. Lad dem ude, eller giv først brugeren en rolle med dem.",
        "Användaren har inte själv: {codes}. Utelämna dem, eller ge först användaren en roll med dem.",
        "The user does not hold: {codes}. Leave them out, or give the user a role with them first."
    );
    Violation::at("/scopes", "scopes_not_held", text)
}

pub(super) fn past(pointer: &str) -> Violation {
    let text = Text::fixed(
        "Tidspunktet er forbi. Angiv et, der kommer.",
        "Tidpunkten har passerat. Ange en som kommer.",
        "The time has passed. Name one to come.",
    );
    Violation::at(pointer, "time_passed", text)
}

const fn inactive() -> Fault {
    Fault::conflict(
        "user_inactive",
        Text::fixed(
            "Brugeren er deaktiveret. Aktivér brugeren, før der laves et token.",
            "Användaren är inaktiverad. Aktivera användaren innan en token skapas.",
            "The user has been deactivated. Reactivate the user before making a token.",
        ),
    )
}

/// Renames a token; lets it work from other networks if such are named, and end earlier if a time is.
///
/// # Errors
/// `not_found`, `revision_changed`, `token_networks_wider`; `invalid` for what is no network, and for a time later than
/// the token's.
pub async fn replace(
    ctx: &Ctx<SignedIn>,
    id: TokenId,
    if_match: &IfMatch,
    input: TokenReplacement,
) -> Result<Token> {
    ctx.write(|tx| async move {
        let TokenReplacement { name, networks, expires_at } = input;
        let networks = networks.as_deref().map(read_networks).transpose()?;
        let (before, permit) = managed(ctx, &*tx, id).await?;
        if_match.check(before.revision)?;
        if let (Some(wanted), Some(present)) = (expires_at, before.expires_at)
            && wanted > present
        {
            let text = Text::fixed(
                "Et token kan udløbe tidligere, men ikke senere. Lav et nyt token i stedet.",
                "En token kan gå ut tidigare men inte senare. Skapa en ny token i stället.",
                "A token can expire earlier, but not later. Make a new token instead.",
            );
            return Err(Fault::invalid(vec![Violation::at("/expires_at", "expiry_later", text)]).into());
        }
        if let Some(networks) = &networks {
            refuse_beyond_own(ctx, &tx, Some(networks), None).await?;
        }
        let after = Token {
            name,
            networks: networks.or_else(|| before.networks.clone()),
            expires_at: expires_at.or(before.expires_at),
            ..before.clone()
        };
        tx.access_changed();
        tx.update(&permit, &before, after, "token.changed").await
    })
    .await
}

/// Revokes a token: it stops working at once. It stays in the list, so that what it did can be told.
///
/// # Errors
/// `not_found`, `revision_changed`.
pub async fn revoke(ctx: &Ctx<SignedIn>, id: TokenId, if_match: &IfMatch) -> Result<()> {
    ctx.write(|tx| async move {
        let (before, permit) = managed(ctx, &*tx, id).await?;
        if_match.check(before.revision)?;
        if before.revoked_at.is_none() {
            let after = Token { revoked_at: Some(tx.now()), ..before.clone() };
            tx.update(&permit, &before, after, "token.revoked").await?;
            tx.access_changed();
        }
        Ok(())
    })
    .await
}

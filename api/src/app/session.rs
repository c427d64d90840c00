//! Who is behind a token, remembered for as long as nobody's rights change.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use styr_domain::access::Actor;
use styr_domain::id::{AccountId, TokenId};
use styr_domain::token::{Token, TokenSecret, covers};
use styr_domain::{Fault, FaultKind, Text};
use styr_persistence::actor::{self, Loaded};
use styr_persistence::{Source, Store, Tx, access};

use super::Result;

/// When a secret stops working, and what makes the fault that it is told from then on.
type End = (DateTime<Utc>, fn() -> Fault);

/// A token's user with their rights, as of an epoch.
#[derive(Debug)]
pub struct Session {
    /// The caller.
    pub actor: Arc<Actor>,
    /// When the secret stops working; none when never.
    end: Option<End>,
    /// Where requests must come from; none when from anywhere.
    networks: Option<Vec<IpNet>>,
    /// The last use that was noted, in seconds since 1970.
    noted: AtomicI64,
    /// When what the user may do changes by itself.
    until: Option<DateTime<Utc>>,
    epoch: u64,
    hash: [u8; 32],
}

/// The sessions of tokens used lately. One is valid for the epoch it was loaded in, and until a role of the user's expires
/// or a period in which they stand in for somebody begins or ends; a change of anybody's rights moves the epoch, here at once and on other replicas within a second.
#[derive(Debug, Default)]
pub struct Sessions {
    by_hash: RwLock<HashMap<[u8; 32], Arc<Session>>>,
    used: Mutex<HashMap<TokenId, (AccountId, DateTime<Utc>)>>,
}

/// How many sessions are remembered; a replica that sees more tokens than this starts over.
const MOST_SESSIONS: usize = 20_000;

/// How exactly the last use of a token is known, in seconds.
const USE_PRECISION: i64 = 300;

impl Sessions {
    /// The session of a token. `address` is asked where the request comes from if that matters, and answers none when
    /// nobody can say.
    ///
    /// # Errors
    /// `token_invalid`, `token_revoked`, `token_expired`, `token_rotated`, `token_network_refused` or `user_inactive`, all
    /// of them 401; or the database fails.
    pub async fn of(
        &self,
        store: &Store,
        secret: &TokenSecret,
        address: impl FnOnce() -> Option<IpAddr>,
    ) -> Result<Arc<Session>> {
        let hash = secret.hash();
        let (epoch, now) = (store.epoch(), store.ambient().now());
        let known = self.by_hash.read().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        let session =
            match known.filter(|session| session.epoch == epoch && session.until.is_none_or(|at| now < at)) {
                Some(session) => session,
                None => self.load(store, hash, epoch, now).await?,
            };
        session.check(now, address)?;
        self.note_use(&session, now);
        Ok(session)
    }

    async fn load(
        &self,
        store: &Store,
        hash: [u8; 32],
        epoch: u64,
        now: DateTime<Utc>,
    ) -> Result<Arc<Session>> {
        let (token, Loaded { actor, until, user: _ }) = current(&store.read(), &hash, now).await?;
        let session = Arc::new(Session {
            actor: Arc::new(actor),
            end: end(&token, &hash),
            noted: AtomicI64::new(token.last_used_at.map_or(i64::MIN, |at| at.timestamp())),
            networks: token.networks,
            until,
            epoch,
            hash,
        });
        let mut by_hash = self.by_hash.write().unwrap_or_else(PoisonError::into_inner);
        if by_hash.len() >= MOST_SESSIONS {
            by_hash.clear();
        }
        by_hash.insert(hash, Arc::clone(&session));
        Ok(session)
    }

    /// Remembers that a token was used, unless that was noted lately.
    fn note_use(&self, session: &Session, now: DateTime<Utc>) {
        let due =
            |noted: i64| (now.timestamp().saturating_sub(noted) >= USE_PRECISION).then_some(now.timestamp());
        if session.noted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok()
            && let Some(token_id) = session.actor.token_id
        {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            used.insert(token_id, (session.actor.account_id, now));
        }
    }

    /// The tokens used since this was last asked, for noting it in the database.
    pub fn take_used(&self) -> Vec<(AccountId, TokenId, DateTime<Utc>)> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *used).into_iter().map(|(token, (account, at))| (account, token, at)).collect()
    }
}

/// What is behind the secret with this hash, if it still opens anything.
async fn current(source: &impl Source, hash: &[u8; 32], now: DateTime<Utc>) -> Result<(Token, Loaded)> {
    let Some((token, loaded)) = actor::by_token(source, hash, now).await? else {
        return Err(token_invalid().into());
    };
    if token.revoked_at.is_some() {
        return Err(unauthenticated("token_revoked", REVOKED).into());
    }
    if !loaded.user.active {
        return Err(unauthenticated("user_inactive", INACTIVE).into());
    }
    Ok((token, loaded))
}

impl Session {
    /// The caller as they are in a write, if anybody's rights have changed since the session was loaded.
    ///
    /// # Errors
    /// `token_invalid`, `token_revoked` or `user_inactive`, or the database fails.
    pub async fn actor_now(&self, tx: &Tx) -> Result<Option<Actor>> {
        if access::epoch(tx).await? == self.epoch {
            return Ok(None);
        }
        let (_, loaded) = current(tx, &self.hash, tx.now()).await?;
        Ok(Some(loaded.actor))
    }

    fn check(&self, now: DateTime<Utc>, address: impl FnOnce() -> Option<IpAddr>) -> Result<(), Fault> {
        if let Some((_, fault)) = self.end.filter(|(at, _)| *at <= now) {
            return Err(fault());
        }
        if let Some(networks) = &self.networks
            && !address().is_some_and(|address| covers(networks, address))
        {
            return Err(unauthenticated("token_network_refused", ELSEWHERE));
        }
        Ok(())
    }
}

/// When the secret with this hash stops working: with its token, or sooner when a newer one has taken its place.
fn end(token: &Token, hash: &[u8; 32]) -> Option<End> {
    let expired = || unauthenticated("token_expired", EXPIRED);
    let rotated = || unauthenticated("token_rotated", ROTATED);
    let replaced = token.previous_until.filter(|_| token.hash != *hash);
    let ends: [Option<End>; 2] =
        [token.expires_at.map(|at| (at, expired as _)), replaced.map(|at| (at, rotated as _))];
    ends.into_iter().flatten().min_by_key(|(at, _)| *at)
}

/// The fault of a request without a token that Styr knows.
#[must_use]
pub fn token_invalid() -> Fault {
    unauthenticated("token_invalid", INVALID)
}

/// The fault of a request without any token.
#[must_use]
pub fn token_missing() -> Fault {
    unauthenticated("token_missing", MISSING)
}

const fn unauthenticated(code: &'static str, text: Text) -> Fault {
    Fault::new(FaultKind::Unauthenticated, code, text)
}

const MISSING: Text = Text::fixed(
    "Anmodningen har intet token. Send det som Authorization: Bearer styr_….",
    "Begäran saknar token. Skicka den som Authorization: Bearer styr_….",
    "The request has no token. Send it as Authorization: Bearer styr_….",
);
const INVALID: Text = Text::fixed(
    "Styr kender ikke dette token. Se efter, om det er skrevet helt af.",
    "Styr känner inte till denna token. Kontrollera att den är fullständigt avskriven.",
    "Styr does not know this token. Check that all of it was copied.",
);
const REVOKED: Text = Text::fixed(
    "Dette token er tilbagekaldt. Bed en administrator om et nyt.",
    "Denna token är återkallad. Be en administratör om en ny.",
    "This token has been revoked. Ask an administrator for a new one.",
);
const EXPIRED: Text = Text::fixed(
    "Dette token er udløbet. Bed en administrator om et nyt.",
    "Denna token har gått ut. Be en administratör om en ny.",
    "This token has expired. Ask an administrator for a new one.",
);
const ROTATED: Text = Text::fixed(
    "Dette token har fået en ny hemmelighed. Brug den, eller bed den, der har den, om den.",
    "Denna token har fått en ny hemlighet. Använd den, eller be den som har den om den.",
    "This token has got a new secret. Use that, or ask whoever has it.",
);
const ELSEWHERE: Text = Text::fixed(
    "Dette token virker ikke herfra. Kald fra et af dets netværk, eller få dem ændret.",
    "Denna token fungerar inte härifrån. Anropa från något av dess nätverk, eller få dem ändrade.",
    "This token does not work from here. Call from one of its networks, or have them changed.",
);
const INACTIVE: Text = Text::fixed(
    "Brugeren bag dette token er deaktiveret.",
    "Användaren bakom denna token är inaktiverad.",
    "The user behind this token has been deactivated.",
);

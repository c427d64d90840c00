//! Who is behind a token, remembered for as long as nobody's rights change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use styr_domain::access::Actor;
use styr_domain::id::{AccountId, TokenId};
use styr_domain::token::TokenSecret;
use styr_domain::{Fault, FaultKind, Text};
use styr_persistence::{Store, access};

use super::Result;

/// A token's user with their rights, as of an epoch.
#[derive(Debug)]
pub struct Session {
    /// The caller.
    pub actor: Arc<Actor>,
    /// When the token stops working.
    expires_at: Option<DateTime<Utc>>,
    epoch: u64,
}

/// The sessions of tokens used lately. One is valid for the epoch it was loaded in; a change of anybody's rights moves
/// the epoch, here at once and on other replicas within a second.
#[derive(Debug, Default)]
pub struct Sessions {
    by_hash: RwLock<HashMap<[u8; 32], Arc<Session>>>,
    used: Mutex<HashMap<TokenId, (AccountId, DateTime<Utc>)>>,
}

/// How many sessions are remembered; a replica that sees more tokens than this starts over.
const MOST_SESSIONS: usize = 20_000;

/// How exactly the last use of a token is known.
const USE_PRECISION: TimeDelta = TimeDelta::minutes(5);

impl Sessions {
    /// The session of a token.
    ///
    /// # Errors
    /// `token_invalid`, `token_revoked`, `token_expired` or `user_inactive`, all of them 401; or the database fails.
    pub async fn of(&self, store: &Store, secret: &TokenSecret) -> Result<Arc<Session>> {
        let hash = secret.hash();
        let (epoch, now) = (store.epoch(), store.ambient().now());
        let known = self.by_hash.read().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        if let Some(session) = known.filter(|session| session.epoch == epoch) {
            session.check(now)?;
            return Ok(session);
        }
        let read = store.read();
        let Some((token, user)) = access::token_by_hash(&read, &hash).await? else {
            return Err(token_invalid().into());
        };
        if token.revoked_at.is_some() {
            return Err(unauthenticated("token_revoked", REVOKED).into());
        }
        if !user.active {
            return Err(unauthenticated("user_inactive", INACTIVE).into());
        }
        let actor = Arc::new(access::load_actor(&read, &user, Some(&token)).await?);
        let session = Arc::new(Session { actor, expires_at: token.expires_at, epoch });
        session.check(now)?;
        if token.last_used_at.is_none_or(|at| now - at > USE_PRECISION) {
            self.used
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(token.id, (token.account_id, now));
        }
        let mut by_hash = self.by_hash.write().unwrap_or_else(PoisonError::into_inner);
        if by_hash.len() >= MOST_SESSIONS {
            by_hash.clear();
        }
        by_hash.insert(hash, Arc::clone(&session));
        Ok(session)
    }

    /// The tokens used since this was last asked, for noting it in the database.
    pub fn take_used(&self) -> Vec<(AccountId, TokenId, DateTime<Utc>)> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *used).into_iter().map(|(token, (account, at))| (account, token, at)).collect()
    }
}

impl Session {
    fn check(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        if self.expires_at.is_some_and(|at| at <= now) {
            return Err(unauthenticated("token_expired", EXPIRED));
        }
        Ok(())
    }
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
const INACTIVE: Text = Text::fixed(
    "Brugeren bag dette token er deaktiveret.",
    "Användaren bakom denna token är inaktiverad.",
    "The user behind this token has been deactivated.",
);

//! What a use case is called with: who calls, by which request, and what they must hold.

use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use styr_domain::access::{Actor, Permit, Requirement, Resource, authorize, authorize_anywhere};
use styr_domain::id::{AccountId, TokenId};
use styr_domain::{Fault, FaultKind, Language, Text};
use styr_persistence::{Idempotency, Read, Scope, Tx};

use super::{App, Rate, Result, Session};

/// A caller who holds one of the rights of `R` somewhere, and their request. Whether the right holds for the thing at
/// hand is decided in the use case, which asks for a permit.
pub struct Ctx<R> {
    app: App,
    actor: Arc<Actor>,
    /// The caller as the write found them, where their rights had changed since they were remembered.
    fresh: OnceLock<Arc<Actor>>,
    session: Option<Arc<Session>>,
    request: Arc<RequestInfo>,
    requirement: PhantomData<fn() -> R>,
}

/// What is known of a request before anyone looks at its content.
#[derive(Debug, Clone)]
pub struct RequestInfo {
    /// Its id, from `X-Request-Id` or made up.
    pub id: String,
    /// The language to answer in, from `Accept-Language`.
    pub language: Language,
    /// The idempotency key, and the hash of the request it was sent with.
    pub idempotency: Option<(String, [u8; 32])>,
    /// How the caller's token stands against its limit, once it has been counted.
    pub rate: OnceLock<Rate>,
}

/// The revisions that the caller is ready to change, from `If-Match` (RFC 9110, section 13.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// Whatever it is now: `*`.
    Any,
    /// One of these.
    Revisions(Vec<i64>),
}

impl IfMatch {
    /// Whether the thing still has the revision that the caller saw.
    ///
    /// # Errors
    /// `revision_changed` (412).
    pub fn check(&self, revision: i64) -> Result<(), Fault> {
        match self {
            Self::Any => Ok(()),
            Self::Revisions(revisions) if revisions.contains(&revision) => Ok(()),
            Self::Revisions(_) => Err(Fault::new(
                FaultKind::PreconditionFailed,
                "revision_changed",
                Text::fixed(
                    "En anden har ændret dette siden. Hent det igen, og gentag ændringen med den nye ETag i If-Match.",
                    "Någon annan har ändrat detta sedan dess. Hämta det igen och upprepa ändringen med den nya ETag i If-Match.",
                    "Somebody else has changed this since. Get it again, and repeat the change with the new ETag in If-Match.",
                ),
            )),
        }
    }
}

/// A request's hash bound to the token it came with: another token, which may do less or be in other hands, is not given
/// the answer.
fn bound(fingerprint: &[u8; 32], token: Option<TokenId>) -> [u8; 32] {
    let token = token.map(|TokenId(id)| id).unwrap_or_default();
    Sha256::new_with_prefix(fingerprint).chain_update(token).finalize().into()
}

impl<R: Requirement> Ctx<R> {
    /// A context for a caller who holds one of the rights somewhere.
    ///
    /// # Errors
    /// `forbidden`, naming the rights; `locked_down`.
    pub fn new(app: App, actor: Arc<Actor>, request: Arc<RequestInfo>) -> Result<Self, Fault> {
        let _held = authorize_anywhere::<R>(&actor)?;
        Ok(Self { app, actor, fresh: OnceLock::new(), session: None, request, requirement: PhantomData })
    }

    /// The same for a caller with a token.
    ///
    /// # Errors
    /// As for [`Ctx::new`].
    pub fn of(app: App, session: Arc<Session>, request: Arc<RequestInfo>) -> Result<Self, Fault> {
        let actor = Arc::clone(&session.actor);
        Ok(Self { session: Some(session), ..Self::new(app, actor, request)? })
    }

    /// Changes something: see [`styr_persistence::Store::write`]. What the caller may do is what it is at that moment: of
    /// two who take each other's rights at once, the second no longer has them.
    ///
    /// # Errors
    /// What `work` answers, an idempotency key used for another request, or the database's failure; 401 or `forbidden`
    /// when the caller's token or rights are gone since the request came.
    pub async fn write<T, F, W>(&self, work: W) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        W: FnOnce(Arc<Tx>) -> F,
        F: Future<Output = Result<T>>,
    {
        self.write_as(Scope { idempotency: self.idempotency(), ..self.scope() }, work).await
    }

    /// One of several writes of a request, by the caller as this write finds them. Its answer is not kept for the
    /// idempotency key: the last write, by [`Ctx::write`], keeps that of the whole request, and [`Ctx::answered`] says
    /// whether there is one.
    ///
    /// # Errors
    /// As for [`Ctx::write`].
    pub async fn write_part<T, F, W>(&self, work: W) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        W: FnOnce(Arc<Tx>, Arc<Self>) -> F,
        F: Future<Output = Result<T>>,
    {
        let part = Arc::new(Self {
            app: self.app.clone(),
            actor: Arc::clone(&self.actor),
            fresh: OnceLock::new(),
            session: self.session.clone(),
            request: Arc::clone(&self.request),
            requirement: PhantomData,
        });
        let caller = Arc::clone(&part);
        part.write_as(self.scope(), |tx| work(tx, caller)).await
    }

    /// The answer that is kept for the request's idempotency key, if it was carried out before.
    ///
    /// # Errors
    /// The key was used for another request, or the database fails.
    pub async fn answered<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        match self.idempotency() {
            Some(key) => self.app.store().answered(self.actor.account_id, &key).await,
            None => Ok(None),
        }
    }

    fn idempotency(&self) -> Option<Idempotency> {
        self.request.idempotency.as_ref().map(|(key, fingerprint)| Idempotency {
            user_id: self.actor.user_id,
            key: key.clone(),
            fingerprint: bound(fingerprint, self.actor.token_id),
        })
    }

    fn scope(&self) -> Scope {
        Scope {
            account_id: self.actor.account_id,
            actor_id: Some(self.actor.user_id),
            on_behalf_of: None,
            token_id: self.actor.token_id,
            request_id: Some(self.request.id.clone()),
            idempotency: None,
        }
    }

    async fn write_as<T, F, W>(&self, scope: Scope, work: W) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        W: FnOnce(Arc<Tx>) -> F,
        F: Future<Output = Result<T>>,
    {
        let current = async |tx: Arc<Tx>| {
            self.refresh(&tx).await?;
            work(tx).await
        };
        self.app.store().write(scope, current).await
    }

    /// Loads the caller anew if rights have changed since they were remembered.
    async fn refresh(&self, tx: &Tx) -> Result<()> {
        let Some(session) = &self.session else { return Ok(()) };
        if let Some(actor) = session.actor_now(tx).await? {
            let _held = authorize_anywhere::<R>(&actor)?;
            let _ = self.fresh.set(Arc::new(actor)); // further writes have callers of their own
        }
        Ok(())
    }

    /// Whether the caller may do this to the resource.
    ///
    /// # Errors
    /// `not_found` or `forbidden`.
    pub fn permit(&self, resource: &Resource) -> Result<Permit<R>, Fault> {
        authorize(self.actor(), resource)
    }
}

impl<R> Ctx<R> {
    /// The caller.
    #[must_use]
    pub fn actor(&self) -> &Arc<Actor> {
        self.fresh.get().unwrap_or(&self.actor)
    }

    /// The caller's account.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        self.actor.account_id
    }

    /// Styr.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> &RequestInfo {
        &self.request
    }

    /// The language to answer in.
    #[must_use]
    pub fn language(&self) -> Language {
        self.request.language
    }

    /// The committed state, for reading.
    #[must_use]
    pub fn read(&self) -> Read<'_> {
        self.app.store().read()
    }
}

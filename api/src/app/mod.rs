//! The use cases: load, authorize, decide, save, in one transaction.

mod aside;
mod context;
mod secret;
mod session;

pub mod access;
pub mod account;
pub mod case;
pub mod demo;
pub mod event;
pub mod file;
pub mod first_start;
pub mod form;
pub mod notification;
pub mod privacy;
pub mod process;
pub mod scim;
pub mod token;
pub mod user;
pub mod workflow;

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use styr_domain::id::TokenId;
use styr_persistence::{Error, Store};

pub use context::{Ctx, IfMatch, RequestInfo};
use form::FormCache;
pub use session::{Session, Sessions, token_invalid, token_missing};

use crate::config::{Limits, Proxies};

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What every request needs of Styr. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    sessions: Sessions,
    forms: FormCache,
    runnables: workflow::Runnables,
    limits: Limits,
    proxies: Proxies,
    rate: Option<DefaultKeyedRateLimiter<TokenId, StateInformationMiddleware>>,
}

/// How a token stands against its rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The most requests at once. They are all there again after [`Rate::WINDOW`] seconds of quiet.
    pub quota: u32,
    /// How many of them are left.
    pub remaining: u32,
    /// That the request is one too many, and how many whole seconds later the next may come.
    pub retry_after: Option<u64>,
}

impl Rate {
    /// In how many seconds a quota that is used up comes back.
    pub const WINDOW: u32 = 2;

    /// In how many whole seconds all of the quota is there again.
    #[must_use]
    pub fn full_after(&self) -> u32 {
        ((self.quota - self.remaining) * Self::WINDOW).div_ceil(self.quota)
    }
}

impl App {
    /// Styr on a store.
    #[must_use]
    pub fn new(store: Store, limits: Limits, proxies: Proxies) -> Self {
        let rate = NonZeroU32::new(limits.requests_per_second).map(|rate| {
            let quota = Quota::per_second(rate).allow_burst(rate.saturating_mul(BURST));
            RateLimiter::keyed(quota).with_middleware()
        });
        let (sessions, forms) = (Sessions::default(), FormCache::default());
        let runnables = workflow::Runnables::default();
        Self { inner: Arc::new(Inner { store, sessions, forms, runnables, limits, proxies, rate }) }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Who is behind which token.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.inner.sessions
    }

    /// The workflows that cases run.
    #[must_use]
    pub fn runnables(&self) -> &workflow::Runnables {
        &self.inner.runnables
    }

    /// The forms used lately, ready for use.
    pub(crate) fn forms(&self) -> &FormCache {
        &self.inner.forms
    }

    /// The sizes and rates that requests must keep to.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Which proxies are believed about where a request comes from.
    #[must_use]
    pub fn proxies(&self) -> &Proxies {
        &self.inner.proxies
    }

    /// Counts a request against its token's rate. None when there is no limit.
    #[must_use]
    pub fn count(&self, token: TokenId) -> Option<Rate> {
        let limiter = self.inner.rate.as_ref()?;
        let quota = self.inner.limits.requests_per_second.saturating_mul(Rate::WINDOW);
        Some(match limiter.check_key(&token) {
            Ok(state) => {
                Rate { quota, remaining: state.remaining_burst_capacity().min(quota), retry_after: None }
            }
            Err(until) => {
                let wait = until.wait_time_from(limiter.clock().now());
                Rate { quota, remaining: 0, retry_after: Some(wait.as_secs() + 1) }
            }
        })
    }

    /// Forgets tokens that have been quiet, so that the rate limiter does not grow for ever.
    pub fn forget_quiet_tokens(&self) {
        if let Some(limiter) = &self.inner.rate {
            limiter.retain_recent();
        }
    }
}

const BURST: NonZeroU32 = NonZeroU32::new(Rate::WINDOW).expect("not zero");

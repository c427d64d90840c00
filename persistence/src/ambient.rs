//! Where the time, ids and randomness come from.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The time, ids and randomness: the system's in production, pinned and seeded in tests.
pub trait Ambient: Send + Sync + 'static {
    /// The time now, in microseconds, which is what both databases keep.
    fn now(&self) -> DateTime<Utc>;
    /// Fills a buffer with random bytes fit for secrets.
    fn random(&self, bytes: &mut [u8]);
    /// A new UUIDv7 (RFC 9562), greater than every one before it from the same source.
    fn id(&self) -> Uuid;
}

/// The system's clock and random source.
#[derive(Debug, Default)]
pub struct System {
    last: Mutex<(u64, u128)>,
}

impl Ambient for System {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> DateTime<Utc> {
        let now = Utc::now();
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }

    fn random(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }

    fn id(&self) -> Uuid {
        let mut random = [0; 16];
        self.random(&mut random);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        next_id(&mut last, self.now(), random)
    }
}

/// A clock that stands until it is set, and ids and randomness that are the same for the same seed. For tests.
#[derive(Debug)]
pub struct Pinned {
    seed: u64,
    state: Mutex<PinnedState>,
}

#[derive(Debug)]
struct PinnedState {
    now: DateTime<Utc>,
    drawn: u64,
    last: (u64, u128),
}

impl Pinned {
    /// A clock that shows this time, and a generator with this seed.
    #[must_use]
    pub fn new(now: DateTime<Utc>, seed: u64) -> Self {
        Self { seed, state: Mutex::new(PinnedState { now, drawn: 0, last: (0, 0) }) }
    }

    /// Sets the clock.
    pub fn set(&self, now: DateTime<Utc>) {
        self.state().now = now;
    }

    /// Moves the clock, back if the step is negative.
    pub fn advance(&self, step: TimeDelta) {
        self.state().now += step;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, PinnedState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PinnedState {
    fn fill(&mut self, seed: u64, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.drawn += 1;
            let block = Sha256::new()
                .chain_update(seed.to_be_bytes())
                .chain_update(self.drawn.to_be_bytes())
                .finalize();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

impl Ambient for Pinned {
    fn now(&self) -> DateTime<Utc> {
        self.state().now
    }

    fn random(&self, bytes: &mut [u8]) {
        self.state().fill(self.seed, bytes);
    }

    fn id(&self) -> Uuid {
        let mut state = self.state();
        let mut random = [0; 16];
        state.fill(self.seed, &mut random);
        let now = state.now;
        next_id(&mut state.last, now, random)
    }
}

/// The next UUIDv7 after `last`: the time in milliseconds, then 74 random bits, of which an id within the same
/// millisecond takes the previous ones plus a random step, so that ids made here are always in order.
fn next_id(last: &mut (u64, u128), now: DateTime<Utc>, random: [u8; 16]) -> Uuid {
    const RANDOM_BITS: u32 = 74;
    let random = u128::from_be_bytes(random);
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0).max(last.0);
    let mut tail = random >> (128 - RANDOM_BITS) >> 1;
    if millis == last.0 {
        tail = last.1 + 1 + (random & 0xFFFF_FFFF);
    }
    *last = (millis, tail);
    let mut counter = [0; 10];
    counter[..2].copy_from_slice(&(((tail >> 62) & 0xFFF) as u16).to_be_bytes());
    counter[2..].copy_from_slice(&((tail & 0x3FFF_FFFF_FFFF_FFFF) as u64).to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(millis, &counter).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_are_in_order() {
        let system = System::default();
        let ids: Vec<_> = (0..10_000).map(|_| system.id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}

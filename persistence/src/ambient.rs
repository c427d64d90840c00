//! Where the time, ids and randomness come from.

use std::sync::Mutex;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
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
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        next_id(&mut last, self.now(), random)
    }
}

/// The next UUIDv7 after `last`: the time in milliseconds, then 74 random bits, of which an id within the same
/// millisecond takes the previous ones plus a random step, so that ids made here are always in order.
pub fn next_id(last: &mut (u64, u128), now: DateTime<Utc>, random: [u8; 16]) -> Uuid {
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

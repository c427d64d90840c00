//! The chain of an account's events, and how it is verified.

use std::fmt;

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{canonical::canonical, entity::EntityKind, hex};
use crate::id::{AccountId, EventId, TokenId, UserId};

/// Something that happened, as it lies in its account's chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The account whose chain it lies in.
    pub account_id: AccountId,
    /// Its place in the account's chain, from 1 without gaps.
    pub sequence: u64,
    /// When it happened, in whole microseconds.
    #[serde(serialize_with = "microseconds")]
    pub at: DateTime<Utc>,
    /// Who did it; none for Styr itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// For whom the actor did it, as a substitute or when starting for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<UserId>,
    /// The API token it was done with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<TokenId>,
    /// The kind of thing it was done to.
    pub entity: EntityKind,
    /// The thing it was done to.
    pub entity_id: Uuid,
    /// What it concerns, where that is not the thing itself: the person who was given a role, or the process that was
    /// commented on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_id: Option<Uuid>,
    /// What was done, as the entity and a past participle: `process.published`.
    pub kind: String,
    /// The request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What it changed, without personal data; see [`changes`](super::changes).
    pub detail: Value,
    /// What binds its [`EventSecret`]; none when it never had personal values.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex::option")]
    pub commitment: Option<[u8; 32]>,
    /// The hash of the event before it; zeros for the first.
    #[serde(with = "hex")]
    pub previous: [u8; 32],
    /// The SHA-256 hash of all of the above; [`event`](super) says exactly of what.
    #[serde(with = "hex")]
    pub hash: [u8; 32],
}

/// An event that has no place in the chain yet. Its fields are those of [`Event`].
#[derive(Debug, Clone, PartialEq)]
pub struct EventDraft {
    /// Its id.
    pub id: EventId,
    /// When it happened; cut down to microseconds.
    pub at: DateTime<Utc>,
    /// Who did it; none for Styr itself.
    pub actor: Option<UserId>,
    /// For whom the actor did it.
    pub on_behalf_of: Option<UserId>,
    /// The API token it was done with.
    pub token_id: Option<TokenId>,
    /// The kind of thing it was done to.
    pub entity: EntityKind,
    /// The thing it was done to.
    pub entity_id: Uuid,
    /// What it concerns, where that is not the thing itself: a person, or what a comment or attachment is on.
    pub subject_id: Option<Uuid>,
    /// What was done, as the entity and a past participle.
    pub kind: String,
    /// The request that caused it.
    pub request_id: Option<String>,
    /// What it changed, without personal data.
    pub detail: Value,
    /// Its personal values, to be kept apart.
    pub secret: Option<EventSecret>,
}

/// The personal values of an event. Deleting this erases them; the chain still verifies.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct EventSecret {
    /// Random, so that the values cannot be guessed from the commitment.
    #[serde(with = "hex")]
    pub salt: [u8; 32],
    /// The values.
    pub personal: Value,
}

/// Does not show the values, which must not reach a log.
impl fmt::Debug for EventSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventSecret(…)")
    }
}

impl EventSecret {
    /// What an event says of its secret without betraying it.
    #[must_use]
    pub fn commitment(&self) -> [u8; 32] {
        let hash = Sha256::new_with_prefix(b"styr-event-secret-v1\0");
        hash.chain_update(self.salt).chain_update(canonical(&self.personal)).finalize().into()
    }
}

/// The end of an account's chain, which the next event is appended to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// The account.
    pub account_id: AccountId,
    /// The sequence of the newest event; 0 before the first.
    pub sequence: u64,
    /// The hash of the newest event; zeros before the first.
    #[serde(with = "hex")]
    pub hash: [u8; 32],
}

impl ChainHead {
    /// The head of a chain without events.
    #[must_use]
    pub const fn start(account_id: AccountId) -> Self {
        Self { account_id, sequence: 0, hash: [0; 32] }
    }
}

/// Puts a draft behind the head of its account's chain. The secret comes back beside the event, to be stored apart.
#[must_use]
pub fn chain(previous: &ChainHead, draft: EventDraft) -> (Event, Option<EventSecret>) {
    let EventDraft {
        id,
        at,
        actor,
        on_behalf_of,
        token_id,
        entity,
        entity_id,
        subject_id,
        kind,
        request_id,
        detail,
        secret,
    } = draft;
    let mut event = Event {
        id,
        account_id: previous.account_id,
        sequence: previous.sequence + 1,
        at: at.trunc_subsecs(6),
        actor,
        on_behalf_of,
        token_id,
        entity,
        entity_id,
        subject_id,
        kind,
        request_id,
        detail,
        commitment: secret.as_ref().map(EventSecret::commitment),
        previous: previous.hash,
        hash: [0; 32],
    };
    event.hash = event.expected_hash();
    (event, secret)
}

impl Event {
    /// The head of a chain that ends with this event.
    #[must_use]
    pub const fn head(&self) -> ChainHead {
        ChainHead { account_id: self.account_id, sequence: self.sequence, hash: self.hash }
    }

    fn expected_hash(&self) -> [u8; 32] {
        let mut value = serde_json::to_value(self).expect("an event has only members that JSON can hold");
        if let Some(members) = value.as_object_mut() {
            members.remove("hash");
        }
        Sha256::new_with_prefix(b"styr-event-v1\0").chain_update(canonical(&value)).finalize().into()
    }
}

fn microseconds<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// What a look at a chain, or a part of one, found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many events are sound, up to the first fault.
    pub events: u64,
    /// How many of these had personal values that have been erased.
    pub erased: u64,
    /// The last sound event, or where the look began.
    pub head: ChainHead,
    /// The first fault. Nothing behind it can be trusted, so nothing behind it is looked at.
    pub first_fault: Option<ChainFault>,
}

/// Where a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainFault {
    /// The sequence that was expected here.
    pub sequence: u64,
    /// The event that was found here; none where one should be and is not.
    pub event_id: Option<EventId>,
    /// What is wrong with it.
    pub kind: ChainFaultKind,
}

/// How a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ChainFaultKind {
    /// The event belongs to another account.
    OtherAccount,
    /// The event has another sequence: one was removed, inserted or moved.
    WrongSequence,
    /// The event was not written behind the one before it: one of the two was replaced.
    WrongPrevious,
    /// The event was changed after it was written.
    WrongHash,
    /// The personal values were changed after they were written, or were put beside an event that had none.
    WrongSecret,
    /// The chain ends otherwise than was noted of it: its newest events were removed or replaced.
    WrongEnd,
}

/// For people who verify a chain at the command line.
impl fmt::Display for ChainFaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherAccount => "an event of another account",
            Self::WrongSequence => "an event was removed, inserted or moved",
            Self::WrongPrevious => "this event or the one before it was replaced",
            Self::WrongHash => "the event was changed after it was written",
            Self::WrongSecret => "the event's personal values were changed after they were written",
            Self::WrongEnd => "the newest events were removed or replaced",
        })
    }
}

/// Verifies a chain event by event, in the order of their sequence, keeping none of them.
#[derive(Debug, Clone)]
pub struct Verifier {
    seen: Verification,
}

impl Verifier {
    /// Begins behind `head`: [`ChainHead::start`], or a head that was verified or noted before.
    #[must_use]
    pub const fn new(head: ChainHead) -> Self {
        Self { seen: Verification { events: 0, erased: 0, head, first_fault: None } }
    }

    /// Looks at the next event and what is left of its secret. False once the chain is broken: the rest need not be read.
    pub fn push(&mut self, event: &Event, secret: Option<&EventSecret>) -> bool {
        let seen = &mut self.seen;
        if seen.first_fault.is_some() {
            return false;
        }
        let sequence = seen.head.sequence.saturating_add(1);
        if let Some(kind) = fault_of(&seen.head, sequence, event, secret) {
            seen.first_fault = Some(ChainFault { sequence, event_id: Some(event.id), kind });
            return false;
        }
        seen.events += 1;
        seen.erased += u64::from(event.commitment.is_some() && secret.is_none());
        seen.head = event.head();
        true
    }

    /// The last sound event so far, which the next must follow.
    #[must_use]
    pub const fn head(&self) -> &ChainHead {
        &self.seen.head
    }

    /// What was found.
    #[must_use]
    pub const fn finish(self) -> Verification {
        self.seen
    }

    /// What was found, when the chain is noted to end with `noted`.
    #[must_use]
    pub fn finish_at(mut self, noted: &ChainHead) -> Verification {
        let seen = &mut self.seen;
        if seen.first_fault.is_none() && seen.head != *noted {
            let sequence = noted.sequence.min(seen.head.sequence.saturating_add(1));
            seen.first_fault = Some(ChainFault { sequence, event_id: None, kind: ChainFaultKind::WrongEnd });
        }
        self.seen
    }
}

fn fault_of(
    head: &ChainHead,
    sequence: u64,
    event: &Event,
    secret: Option<&EventSecret>,
) -> Option<ChainFaultKind> {
    if event.account_id != head.account_id {
        Some(ChainFaultKind::OtherAccount)
    } else if event.sequence != sequence {
        Some(ChainFaultKind::WrongSequence)
    } else if event.previous != head.hash {
        Some(ChainFaultKind::WrongPrevious)
    } else if event.hash != event.expected_hash() || event.at != event.at.trunc_subsecs(6) {
        Some(ChainFaultKind::WrongHash) // the hash covers whole microseconds only
    } else if secret.is_some_and(|secret| event.commitment != Some(secret.commitment())) {
        Some(ChainFaultKind::WrongSecret)
    } else {
        None
    }
}

/// Verifies the events behind `head`, in the order of their sequence, up to the first fault.
pub fn verify(
    head: ChainHead,
    events: impl IntoIterator<Item = (Event, Option<EventSecret>)>,
) -> Verification {
    let mut verifier = Verifier::new(head);
    for (event, secret) in events {
        if !verifier.push(&event, secret.as_ref()) {
            break;
        }
    }
    verifier.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    type Entry = (Event, Option<EventSecret>);

    const ACCOUNT: AccountId = AccountId(Uuid::from_u128(7));

    fn draft(number: u128, secret: bool) -> EventDraft {
        EventDraft {
            id: EventId(Uuid::from_u128(number)),
            at: DateTime::from_timestamp_nanos(1_772_600_000_123_456_789),
            actor: Some(UserId(Uuid::from_u128(100 + number))),
            on_behalf_of: None,
            token_id: None,
            entity: EntityKind::User,
            entity_id: Uuid::from_u128(200),
            subject_id: None,
            kind: "user.changed".to_owned(),
            request_id: Some(format!("request-{number}")),
            detail: json!({"state": {"before": number as u64, "after": 1.5}}),
            secret: secret.then(|| EventSecret {
                salt: [number as u8; 32],
                personal: json!({"email": {"after": "anna@example.dk"}}),
            }),
        }
    }

    fn chain_of(secrets: &[bool]) -> Vec<Entry> {
        let mut head = ChainHead::start(ACCOUNT);
        let drafts = secrets.iter().enumerate().map(|(number, &secret)| draft(number as u128, secret));
        let append = |draft| {
            let entry = chain(&head, draft);
            head = entry.0.head();
            entry
        };
        drafts.map(append).collect()
    }

    fn fault(entries: Vec<Entry>) -> Option<ChainFaultKind> {
        verify(ChainHead::start(ACCOUNT), entries).first_fault.map(|fault| fault.kind)
    }

    #[test]
    fn the_encoding_is_the_documented_one() {
        let (event, secret) = chain_of(&[true]).remove(0);
        let text = "{\"account_id\":\"00000000-0000-0000-0000-000000000007\",\
            \"actor\":\"00000000-0000-0000-0000-000000000064\",\
            \"at\":\"2026-03-04T04:53:20.123456Z\",\
            \"commitment\":\"COMMITMENT\",\
            \"detail\":{\"state\":{\"after\":1.5,\"before\":0}},\
            \"entity\":\"user\",\"entity_id\":\"00000000-0000-0000-0000-0000000000c8\",\
            \"id\":\"00000000-0000-0000-0000-000000000000\",\"kind\":\"user.changed\",\
            \"previous\":\"0000000000000000000000000000000000000000000000000000000000000000\",\
            \"request_id\":\"request-0\",\"sequence\":1}";
        let mut committed = b"styr-event-secret-v1\0".to_vec();
        committed.extend([0; 32]);
        committed.extend(br#"{"email":{"after":"anna@example.dk"}}"#);
        let commitment = Sha256::digest(&committed).into();
        assert_eq!(secret.unwrap().commitment(), commitment);
        let text = text.replace("COMMITMENT", &hex::encode(&commitment));
        let hash: [u8; 32] = Sha256::digest(["styr-event-v1\0", &text].concat()).into();
        assert_eq!(hex::encode(&event.hash), hex::encode(&hash));
    }

    #[test]
    fn an_exported_event_reads_back_and_verifies() {
        let entries = chain_of(&[true, false, true]).into_iter().map(|(event, secret)| {
            let text = serde_json::to_string(&event).unwrap();
            let read: Event = serde_json::from_str(&text).unwrap();
            assert_eq!(read, event);
            (read, secret)
        });
        let found = verify(ChainHead::start(ACCOUNT), entries);
        assert_eq!((found.events, found.erased, found.first_fault), (3, 0, None));
    }

    #[test]
    fn a_secret_does_not_print_its_values() {
        assert!(!format!("{:?}", draft(1, true)).contains("anna"));
    }

    #[test]
    fn a_part_verifies_behind_a_noted_head() {
        let entries = chain_of(&[true, false, true, false]);
        let (first, second) = entries.split_at(2);
        let noted = verify(ChainHead::start(ACCOUNT), first.to_vec()).head;
        assert_eq!(noted, first[1].0.head());
        let found = verify(noted, second.to_vec());
        assert_eq!((found.events, found.head, found.first_fault), (2, entries[3].0.head(), None));
    }

    #[test]
    fn a_fault_names_the_place_and_ends_the_look() {
        let mut entries = chain_of(&[true, true, false]);
        entries[0].1 = None;
        entries[1].0.kind = "user.created".to_owned();
        let id = entries[1].0.id;
        let found = verify(ChainHead::start(ACCOUNT), entries);
        assert_eq!((found.events, found.erased, found.head.sequence), (1, 1, 1));
        let fault = ChainFault { sequence: 2, event_id: Some(id), kind: ChainFaultKind::WrongHash };
        assert_eq!(found.first_fault, Some(fault));
    }

    #[test]
    fn every_field_is_bound() {
        let edits: &[fn(&mut Event)] = &[
            |e| e.id = EventId(Uuid::from_u128(99)),
            |e| e.at += chrono::TimeDelta::microseconds(1),
            |e| e.at += chrono::TimeDelta::nanoseconds(1),
            |e| e.actor = None,
            |e| e.on_behalf_of = e.actor,
            |e| e.token_id = Some(TokenId(Uuid::nil())),
            |e| e.entity = EntityKind::Role,
            |e| e.entity_id = Uuid::nil(),
            |e| e.subject_id = Some(Uuid::nil()),
            |e| e.kind.push('x'),
            |e| e.request_id = None,
            |e| e.detail["state"]["after"] = json!(1.25),
            |e| e.detail["extra"] = json!(null),
            |e| e.commitment = None,
            |e| e.hash[31] ^= 1,
        ];
        for (index, edit) in edits.iter().enumerate() {
            let mut entries = chain_of(&[false, true, false]);
            edit(&mut entries[1].0);
            entries[1].1 = None;
            assert_eq!(fault(entries), Some(ChainFaultKind::WrongHash), "edit {index}");
        }
    }

    #[test]
    fn another_accounts_events_are_refused() {
        let found = verify(ChainHead::start(AccountId(Uuid::nil())), chain_of(&[false]));
        assert_eq!(found.first_fault.map(|fault| fault.kind), Some(ChainFaultKind::OtherAccount));
    }

    #[test]
    fn a_chain_that_ends_otherwise_than_noted_is_broken() {
        let (first, secret) = chain(&ChainHead::start(ACCOUNT), draft(1, false));
        let (second, _) = chain(&first.head(), draft(2, false));
        let looked_at = || {
            let mut verifier = Verifier::new(ChainHead::start(ACCOUNT));
            assert!(verifier.push(&first, secret.as_ref()));
            verifier
        };
        assert_eq!(looked_at().finish_at(&first.head()).first_fault, None);
        let fault = |sequence| Some(ChainFault { sequence, event_id: None, kind: ChainFaultKind::WrongEnd });
        assert_eq!(looked_at().finish_at(&second.head()).first_fault, fault(2));
        let replaced = ChainHead { hash: [9; 32], ..first.head() };
        assert_eq!(looked_at().finish_at(&replaced).first_fault, fault(1));
    }

    proptest! {
        #[test]
        fn erasing_leaves_the_chain_sound(secrets: Vec<bool>, erase: Vec<bool>) {
            let mut entries = chain_of(&secrets);
            let mut erased = 0;
            for (entry, _) in entries.iter_mut().zip(&erase).filter(|(_, erase)| **erase) {
                erased += u64::from(entry.1.take().is_some());
            }
            let found = verify(ChainHead::start(ACCOUNT), entries);
            prop_assert_eq!((found.events, found.erased, found.first_fault), (secrets.len() as u64, erased, None));
        }

        #[test]
        fn tampering_is_found(secrets in prop::collection::vec(any::<bool>(), 2..12), at: prop::sample::Index, other: prop::sample::Index) {
            let entries = chain_of(&secrets);
            let (at, other) = (at.index(entries.len() - 1), other.index(entries.len()));

            let mut removed = entries.clone();
            removed.remove(at);
            prop_assert_eq!(fault(removed), Some(ChainFaultKind::WrongSequence));

            let mut inserted = entries.clone();
            inserted.insert(at, entries[other].clone());
            prop_assert!(fault(inserted).is_some());

            let mut swapped = entries.clone();
            swapped.swap(at, other);
            prop_assert_eq!(fault(swapped).is_some(), at != other);

            // One that is replaced and hashed anew breaks the link from the next.
            let mut forged = entries.clone();
            forged[at].0.detail = json!({});
            forged[at].0.hash = forged[at].0.expected_hash();
            prop_assert_eq!(fault(forged), Some(ChainFaultKind::WrongPrevious));

            let mut changed = entries.clone();
            changed[at].1 = Some(EventSecret { salt: [1; 32], personal: json!({"email": {"after": "b@example.dk"}}) });
            prop_assert_eq!(fault(changed), Some(ChainFaultKind::WrongSecret));
        }
    }
}

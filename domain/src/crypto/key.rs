//! The keys: one master key outside the database, wrapped keys of the accounts in it, and what is derived from those.

use std::fmt;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{InitializationVector, ReceiptKey, jwe};
use crate::{
    Fault, FaultKind, Text,
    id::{AccountId, AccountKeyId},
};

/// The key that wraps the accounts' keys. It comes from the configuration and is never stored with what it protects.
#[derive(Clone)]
pub struct MasterKey {
    bytes: Zeroizing<[u8; 32]>,
    id: String,
}

impl MasterKey {
    /// The master key in base64, 32 bytes, in either alphabet, as `openssl rand -base64 32` makes one.
    ///
    /// # Errors
    /// `key_malformed`.
    pub fn from_base64(text: &str) -> Result<Self, Fault> {
        let bytes = decode(text)?;
        let id = Sha256::new_with_prefix(b"styr-master-key-id\0").chain_update(&bytes[..]).finalize();
        let id = id[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { bytes, id })
    }

    /// Which master key this is: 16 hexadecimal digits that say nothing of the key. It is the
    /// [`key_id`](super::key_id) of what this key has wrapped.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Wraps an account's key to be stored. `version` counts the account's keys from 1; `iv` must be random.
    #[must_use]
    pub fn wrap(
        &self,
        key: &AccountKey,
        account: AccountId,
        version: u32,
        iv: &InitializationVector,
    ) -> String {
        let context = WrapContext { account, key: key.id, version };
        jwe::seal(&self.bytes, &self.id, &context, &key.bytes[..], iv)
    }

    /// Unwraps an account's key.
    ///
    /// # Errors
    /// Those of [`open`](super::open): the wrapped key is another account's, another one of the account's, of another
    /// version, or of another master key, or was changed.
    pub fn unwrap(
        &self,
        wrapped: &str,
        account: AccountId,
        id: AccountKeyId,
        version: u32,
    ) -> Result<AccountKey, Fault> {
        let context = WrapContext { account, key: id, version };
        let opened = jwe::open(&self.bytes, &self.id, &context, wrapped)?;
        let bytes = <&[u8; 32]>::try_from(opened.as_slice()).map_err(|_| malformed())?;
        Ok(AccountKey::new(id, *bytes))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

#[derive(Serialize)]
struct WrapContext {
    account: AccountId,
    key: AccountKeyId,
    version: u32,
}

/// A key that seals an account's fields, whether Styr keeps it wrapped or the customer keeps it.
#[derive(Clone)]
pub struct AccountKey {
    id: AccountKeyId,
    bytes: Zeroizing<[u8; 32]>,
}

impl AccountKey {
    /// The key of 32 random bytes, which must come from a cryptographic generator.
    #[must_use]
    pub fn new(id: AccountKeyId, bytes: [u8; 32]) -> Self {
        Self { id, bytes: Zeroizing::new(bytes) }
    }

    /// The key that a customer sends, in base64 of either alphabet.
    ///
    /// # Errors
    /// `key_malformed`.
    pub fn from_base64(id: AccountKeyId, text: &str) -> Result<Self, Fault> {
        Ok(Self { id, bytes: decode(text)? })
    }

    /// The key's id: the `kid` of what it has sealed.
    #[must_use]
    pub const fn id(&self) -> AccountKeyId {
        self.id
    }

    /// The key in base64url, as the `k` of a JWK holds it: to be shown once, to the customer who keeps it.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(&self.bytes[..]))
    }

    /// What tells the right key from a wrong one of the same id: 64 bits in base64url that say nothing of the key.
    #[must_use]
    pub fn check_value(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.derive("check value")[..8])
    }

    /// The key that blinds terms of person search.
    #[must_use]
    pub fn blind_index_key(&self) -> BlindIndexKey {
        BlindIndexKey(self.derive("blind index"))
    }

    /// The key that signs receipts.
    #[must_use]
    pub fn receipt_key(&self) -> ReceiptKey {
        ReceiptKey::new(&self.derive("receipt signing"))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// HKDF-SHA-256 (RFC 5869) without salt; the purpose is the info.
    fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut derived = Zeroizing::new([0; 32]);
        let info = ["styr-v1 ", purpose].concat();
        Hkdf::<Sha256>::new(None, &self.bytes[..])
            .expand(info.as_bytes(), &mut derived[..])
            .expect("HKDF gives up to 8,160 bytes");
        derived
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountKey({})", self.id)
    }
}

/// The key that blinds what an index must hold but not show: equal values meet, and nothing else can be read from them.
#[derive(Clone)]
pub struct BlindIndexKey(Zeroizing<[u8; 32]>);

impl BlindIndexKey {
    /// The blinded value: HMAC-SHA-256 over its kind and itself, cut to 128 bits, in 22 characters of base64url. A person
    /// number has so few possible values that whoever holds the key can find it by trying.
    #[must_use]
    pub fn blind(&self, kind: &str, value: &str) -> String {
        let mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0[..]).expect("HMAC takes keys of any length");
        let mac = mac.chain_update(kind).chain_update(b"\0").chain_update(value).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(&mac[..16])
    }
}

impl fmt::Debug for BlindIndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndexKey(…)")
    }
}

fn decode(text: &str) -> Result<Zeroizing<[u8; 32]>, Fault> {
    let text = text.trim().trim_end_matches('=');
    let engine = if text.contains(['-', '_']) { &URL_SAFE_NO_PAD } else { &STANDARD_NO_PAD };
    let bytes = Zeroizing::new(engine.decode(text).map_err(|_| malformed())?);
    Ok(Zeroizing::new(*<&[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| malformed())?))
}

fn malformed() -> Fault {
    let text = Text::fixed(
        "Nøglen er ikke 32 byte i base64. Angiv nøglen, som den blev udleveret, eller lav en ny med \"openssl rand -base64 32\".",
        "Nyckeln är inte 32 byte i base64. Ange nyckeln som den lämnades ut, eller gör en ny med \"openssl rand -base64 32\".",
        "The key is not 32 bytes in base64. Give the key as it was handed out, or make a new one with \"openssl rand -base64 32\".",
    );
    Fault::new(FaultKind::Invalid, "key_malformed", text)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ACCOUNT: AccountId = AccountId(Uuid::from_u128(1));
    const KEY: AccountKeyId = AccountKeyId(Uuid::from_u128(2));

    fn master(byte: u8) -> MasterKey {
        MasterKey::from_base64(&STANDARD_NO_PAD.encode([byte; 32])).unwrap()
    }

    #[test]
    fn a_wrapped_key_unwraps_as_what_it_was() {
        let key = AccountKey::new(KEY, [3; 32]);
        let wrapped = master(1).wrap(&key, ACCOUNT, 1, &[4; 12]);
        assert_eq!(super::super::key_id(&wrapped).as_deref(), Some(master(1).id()));
        let unwrapped = master(1).unwrap(&wrapped, ACCOUNT, KEY, 1).unwrap();
        assert_eq!((unwrapped.id(), unwrapped.expose()), (KEY, key.expose()));

        let refusals = [
            master(2).unwrap(&wrapped, ACCOUNT, KEY, 1),
            master(1).unwrap(&wrapped, AccountId(Uuid::nil()), KEY, 1),
            master(1).unwrap(&wrapped, ACCOUNT, AccountKeyId(Uuid::nil()), 1),
            master(1).unwrap(&wrapped, ACCOUNT, KEY, 2),
            master(1).unwrap(&wrapped[1..], ACCOUNT, KEY, 1),
        ];
        let codes = refusals.map(|refusal| refusal.unwrap_err().code);
        let elsewhere = "sealed_elsewhere";
        assert_eq!(codes, ["sealed_with_another_key", elsewhere, elsewhere, elsewhere, "sealed_malformed"]);
    }

    #[test]
    fn a_key_is_read_in_either_alphabet() {
        let bytes = [0xfb; 32];
        let text = STANDARD_NO_PAD.encode(bytes);
        let texts = [format!("{text}=\n"), text.replace('+', "-").replace('/', "_"), text.clone()];
        for text in texts {
            let key = AccountKey::from_base64(KEY, &text).unwrap();
            assert_eq!(key.expose(), AccountKey::new(KEY, bytes).expose(), "{text}");
        }
        for text in ["", "å", "+-", &text[1..], &format!("{text}{text}")] {
            assert_eq!(MasterKey::from_base64(text).unwrap_err().code, "key_malformed", "{text}");
        }
    }

    #[test]
    fn keys_do_not_print_themselves() {
        let key = AccountKey::new(KEY, [0xab; 32]);
        let shown = format!("{:?} {key:?} {:?} {:?}", master(0xab), key.blind_index_key(), key.receipt_key());
        for secret in ["171", "abab", key.expose().as_str()] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn each_purpose_and_kind_has_its_own_values() {
        let (one, two) = (AccountKey::new(KEY, [1; 32]), AccountKey::new(KEY, [2; 32]));
        let blinded = one.blind_index_key().blind("person_number", "0101901234");
        assert_eq!(blinded.len(), 22);
        assert_eq!(blinded, one.blind_index_key().blind("person_number", "0101901234"));
        assert_ne!(blinded, one.blind_index_key().blind("word", "0101901234"));
        assert_ne!(blinded, two.blind_index_key().blind("person_number", "0101901234"));
        assert_ne!(one.check_value(), two.check_value());
        assert_ne!(one.receipt_key().public_key(), two.receipt_key().public_key());
    }
}

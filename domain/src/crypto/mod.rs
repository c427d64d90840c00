//! Encrypted fields, wrapped keys and signed receipts, all in JOSE's standard forms.
//!
//! - A sealed field is a JWE in compact serialization (RFC 7516) with `alg` `dir` and `enc` `A256GCM`. Any JOSE library
//!   opens it with the account's key as an `oct` JWK. Its protected header names the key (`kid`) and where it belongs
//!   (`ctx`); both are authenticated, so a ciphertext that is moved to another place does not open there.
//! - An account's key is wrapped by the master key, which lies outside the database, in the very same form.
//! - `ctx` is a header of Styr's own. RFC 7516 has libraries pass over what they do not know; Python's joserfc does so
//!   when told (`JWERegistry(strict_check_header=False)`).
//! - A receipt is a JWS in compact serialization (RFC 7515) with `alg` `EdDSA` over Ed25519 (RFC 8037).
//!
//! # How long a key lasts
//!
//! AES-GCM breaks when one key meets the same initialization vector twice. The vectors are 96 random bits, and with
//! those a key may seal at most 2³² times (NIST SP 800-38D, section 8.3). Make an account a new key long before, and
//! in any case when one who knew it leaves: new values are sealed with the new key, and the old key opens the old
//! values, known by their `kid`, until they have been sealed anew. The blind index and the receipts' signatures come
//! from the key they were made with too: keep that key's [`PublicKey`], and build the index anew.

mod field;
mod jwe;
mod key;
mod receipt;

pub use field::{FieldContext, open, seal};
pub use jwe::key_id;
pub use key::{AccountKey, BlindIndexKey, MasterKey};
pub use receipt::{PublicKey, ReceiptKey, receipt_key_id, verify};

/// A random value that seals one message: 96 bits from a cryptographic generator, never used twice with one key.
pub type InitializationVector = [u8; 12];

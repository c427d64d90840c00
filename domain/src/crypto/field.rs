//! Sealed fields.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{AccountKey, InitializationVector, jwe};
use crate::{
    Fault,
    id::{AccountId, FormId},
};

/// Where a sealed field belongs; it opens nowhere else. This is the `ctx` of its header.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
#[serde(deny_unknown_fields)]
pub struct FieldContext {
    /// The account.
    pub account: AccountId,
    /// The form, or whatever else defines the field.
    pub form: FormId,
    /// The field's name.
    pub field: String,
    /// The submission, or whatever else holds the value.
    pub record: Uuid,
}

/// Seals a field's value. `iv` must be random; see [`crypto`](super) for how often a key may be used.
///
/// # Panics
/// When the plaintext is 64 GiB or more.
#[must_use]
pub fn seal(key: &AccountKey, context: &FieldContext, plaintext: &[u8], iv: &InitializationVector) -> String {
    jwe::seal(key.bytes(), &key.id().to_string(), context, plaintext, iv)
}

/// Opens a field's value.
///
/// # Errors
/// `sealed_malformed`, `sealed_with_another_key`, `sealed_broken` when the key's bytes are wrong or anything was changed,
/// and `sealed_elsewhere` when it was sealed for another context.
pub fn open(key: &AccountKey, context: &FieldContext, sealed: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
    jwe::open(key.bytes(), &key.id().to_string(), context, sealed)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::{crypto::key_id, id::AccountKeyId};

    fn key() -> AccountKey {
        AccountKey::new(AccountKeyId(Uuid::from_u128(1)), [5; 32])
    }

    fn context() -> FieldContext {
        FieldContext {
            account: AccountId(Uuid::from_u128(2)),
            form: FormId(Uuid::from_u128(3)),
            field: "diagnosis".to_owned(),
            record: Uuid::from_u128(4),
        }
    }

    fn refusal(key: &AccountKey, context: &FieldContext, sealed: &str) -> &'static str {
        open(key, context, sealed).unwrap_err().code
    }

    #[test]
    fn the_stored_form_is_a_jwe() {
        let sealed = seal(&key(), &context(), b"asthma", &[6; 12]);
        let parts: Vec<&str> = sealed.split('.').collect();
        let header: Value = serde_json::from_slice(&BASE64.decode(parts[0]).unwrap()).unwrap();
        let id = |number: u128| Uuid::from_u128(number).to_string();
        let expected = json!({
            "alg": "dir", "enc": "A256GCM", "kid": id(1),
            "ctx": {"account": id(2), "form": id(3), "field": "diagnosis", "record": id(4)}
        });
        assert_eq!(header, expected);
        assert_eq!((parts.len(), parts[1], parts[2]), (5, "", "BgYGBgYGBgYGBgYG"));
        assert_eq!(key_id(&sealed), Some(id(1)));
        assert_eq!(open(&key(), &context(), &sealed).unwrap().as_slice(), b"asthma");
    }

    #[test]
    fn a_value_opens_in_its_own_place_only() {
        let sealed = seal(&key(), &context(), b"asthma", &[6; 12]);
        let elsewhere = [
            FieldContext { account: AccountId(Uuid::nil()), ..context() },
            FieldContext { form: FormId(Uuid::nil()), ..context() },
            FieldContext { field: "notes".to_owned(), ..context() },
            FieldContext { record: Uuid::nil(), ..context() },
        ];
        for place in elsewhere {
            assert_eq!(refusal(&key(), &place, &sealed), "sealed_elsewhere");
            // Nor does it help to write the new place into the header.
            let forged = seal(&key(), &place, b"asthma", &[6; 12]);
            let (header, _) = forged.split_once('.').unwrap();
            let (_, rest) = sealed.split_once('.').unwrap();
            assert_eq!(refusal(&key(), &place, &format!("{header}.{rest}")), "sealed_broken");
        }
    }

    #[test]
    fn another_key_is_refused() {
        let sealed = seal(&key(), &context(), b"asthma", &[6; 12]);
        let same_id = AccountKey::new(key().id(), [7; 32]);
        assert_eq!(refusal(&same_id, &context(), &sealed), "sealed_broken");
        let same_bytes = AccountKey::new(AccountKeyId(Uuid::nil()), [5; 32]);
        assert_eq!(refusal(&same_bytes, &context(), &sealed), "sealed_with_another_key");
    }

    #[test]
    fn other_kinds_of_jwe_are_refused() {
        let sealed = seal(&key(), &context(), b"asthma", &[6; 12]);
        let (header, rest) = sealed.split_once('.').unwrap();
        let header: Value = serde_json::from_slice(&BASE64.decode(header).unwrap()).unwrap();
        for (member, value) in [
            ("alg", json!("A256KW")),
            ("enc", json!("A128GCM")),
            ("zip", json!("DEF")),
            ("crit", json!(["exp"])),
            ("kid", json!(7)),
        ] {
            let mut header = header.clone();
            header[member] = value;
            let edited = format!("{}.{rest}", BASE64.encode(header.to_string()));
            assert_eq!(refusal(&key(), &context(), &edited), "sealed_malformed", "{member}");
        }
        for text in ["", "....", "a.b.c.d.e", &format!("{sealed}."), &sealed.replacen("..", ".eA.", 1)] {
            assert_eq!(refusal(&key(), &context(), text), "sealed_malformed", "{text}");
        }
        assert_eq!(key_id("nothing"), None);
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(key: [u8; 32], iv: [u8; 12], plaintext: Vec<u8>, field: String) {
            let key = AccountKey::new(AccountKeyId(Uuid::from_u128(1)), key);
            let context = FieldContext { field, ..context() };
            let sealed = seal(&key, &context, &plaintext, &iv);
            prop_assert_eq!(open(&key, &context, &sealed).unwrap().to_vec(), plaintext);
        }

        #[test]
        fn a_changed_character_is_refused(at: prop::sample::Index, other in "[0-9A-Za-z_.-]") {
            let sealed = seal(&key(), &context(), b"asthma", &[6; 12]);
            let at = at.index(sealed.len());
            let mut changed = sealed.clone();
            changed.replace_range(at..=at, &other);
            prop_assert_eq!(open(&key(), &context(), &changed).is_ok(), changed == sealed);
        }

        #[test]
        fn no_text_makes_it_panic(text: String, parts in "[0-9A-Za-z]{0,40}(\\.[0-9A-Za-z]{0,8}){4}") {
            prop_assert!(open(&key(), &context(), &text).is_err());
            prop_assert!(open(&key(), &context(), &parts).is_err());
        }
    }
}

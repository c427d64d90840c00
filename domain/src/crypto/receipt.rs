//! Receipts that anyone can verify who has the public key.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Fault, FaultKind, Text};

/// The key that signs an account's receipts.
#[derive(Clone)]
pub struct ReceiptKey(SigningKey);

/// A public key of Ed25519 as a JWK (RFC 8037), by which receipts are verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Object))]
pub struct PublicKey {
    /// The key type, `OKP`.
    pub kty: String,
    /// The curve, `Ed25519`.
    pub crv: String,
    /// The key's 32 bytes in base64url.
    pub x: String,
    /// Its SHA-256 thumbprint (RFC 7638): the `kid` of the receipts that it verifies.
    pub kid: String,
    /// The algorithm, `EdDSA`.
    pub alg: String,
    /// What it is for, `sig`.
    #[serde(rename = "use")]
    #[cfg_attr(feature = "poem", oai(rename = "use"))]
    pub purpose: String,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    kid: String,
    #[serde(default, skip_serializing)]
    crit: Option<Value>,
}

impl ReceiptKey {
    pub(super) fn new(bytes: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(bytes))
    }

    /// Signs a receipt, giving a JWS in compact serialization. It holds no secret, and can be read without any key.
    #[must_use]
    pub fn sign(&self, receipt: &Value) -> String {
        let header = Header { alg: "EdDSA".to_owned(), kid: self.public_key().kid, crit: None };
        let header = serde_json::to_vec(&header).expect("two strings are JSON");
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(receipt.to_string()));
        let signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
    }

    /// The public key to verify with. It is worth keeping as long as any of the receipts.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        let x = BASE64.encode(self.0.verifying_key().as_bytes());
        let kid = BASE64.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)));
        PublicKey {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x,
            kid,
            alg: "EdDSA".to_owned(),
            purpose: "sig".to_owned(),
        }
    }
}

impl fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptKey(…)")
    }
}

/// The `kid` of the key that a receipt says it was signed with. Nothing is proved by it: [`verify`] does that. None when
/// this is no receipt.
#[must_use]
pub fn receipt_key_id(receipt: &str) -> Option<String> {
    let (header, _) = receipt.split_once('.')?;
    let header: Header = serde_json::from_slice(&BASE64.decode(header).ok()?).ok()?;
    Some(header.kid)
}

/// What a receipt says, if it was signed with this key and has not been changed since.
///
/// # Errors
/// `receipt_malformed`, `receipt_not_genuine`.
pub fn verify(key: &PublicKey, receipt: &str) -> Result<Value, Fault> {
    let decode = |part| BASE64.decode(part).map_err(|_| malformed());
    let (signed, signature) = receipt.rsplit_once('.').ok_or_else(malformed)?;
    let (header, payload) = signed.split_once('.').ok_or_else(malformed)?;
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed())?;
    if header.alg != "EdDSA" || header.crit.is_some() {
        return Err(malformed());
    }
    let payload = decode(payload)?;
    let signature = Signature::from_slice(&decode(signature)?).map_err(|_| malformed())?;
    verifying_key(key)
        .and_then(|key| key.verify_strict(signed.as_bytes(), &signature).ok())
        .ok_or_else(not_genuine)?;
    serde_json::from_slice(&payload).map_err(|_| malformed())
}

fn verifying_key(key: &PublicKey) -> Option<VerifyingKey> {
    let usable = key.kty == "OKP" && key.crv == "Ed25519";
    let bytes = usable.then(|| BASE64.decode(&key.x).ok())??;
    VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()
}

fn malformed() -> Fault {
    let text = Text::fixed(
        "Dette er ikke en kvittering: en JWS i kompakt form med alg \"EdDSA\". Send hele kvitteringen, som den blev udleveret.",
        "Detta är inte ett kvitto: en JWS i kompakt form med alg \"EdDSA\". Skicka hela kvittot, som det lämnades ut.",
        "This is not a receipt: a JWS in compact form with alg \"EdDSA\". Send the whole receipt as it was handed out.",
    );
    Fault::new(FaultKind::Invalid, "receipt_malformed", text)
}

fn not_genuine() -> Fault {
    let text = Text::fixed(
        "Kvitteringen er ændret eller underskrevet med en anden nøgle. Hent den igen, og brug den offentlige nøgle, som dens kid nævner.",
        "Kvittot har ändrats eller undertecknats med en annan nyckel. Hämta det igen och använd den offentliga nyckel som dess kid nämner.",
        "The receipt was changed, or signed with another key. Fetch it again, and use the public key that its kid names.",
    );
    Fault::new(FaultKind::Invalid, "receipt_not_genuine", text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn key() -> ReceiptKey {
        ReceiptKey::new(&[5; 32])
    }

    #[test]
    fn a_receipt_verifies_with_its_own_key_only() {
        let said = json!({"run": "1", "erased": {"cases": 3}});
        let receipt = key().sign(&said);
        assert_eq!(verify(&key().public_key(), &receipt).unwrap(), said);
        assert_eq!(receipt_key_id(&receipt), Some(key().public_key().kid));
        let other = ReceiptKey::new(&[6; 32]).public_key();
        assert_eq!(verify(&other, &receipt).unwrap_err().code, "receipt_not_genuine");
        let unusable = PublicKey { crv: "X25519".to_owned(), ..key().public_key() };
        assert_eq!(verify(&unusable, &receipt).unwrap_err().code, "receipt_not_genuine");
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        // The key and its thumbprint are those of RFC 8037, appendix A.
        let secret = BASE64.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let public = ReceiptKey::new(&secret.try_into().unwrap()).public_key();
        assert_eq!(public.x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(public.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn what_is_no_receipt_is_refused() {
        let none = format!("{}.e30.", BASE64.encode(r#"{"alg":"none","kid":""}"#));
        for text in ["", "..", "a.b", "e30.e30.e30", &none] {
            assert_eq!(verify(&key().public_key(), text).unwrap_err().code, "receipt_malformed", "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_receipt_is_refused(at: prop::sample::Index, other in "[0-9A-Za-z_.-]") {
            let receipt = key().sign(&json!({"erased": 3}));
            let at = at.index(receipt.len());
            let mut changed = receipt.clone();
            changed.replace_range(at..=at, &other);
            prop_assert_eq!(verify(&key().public_key(), &changed).is_ok(), changed == receipt);
        }

        #[test]
        fn no_text_makes_it_panic(text: String, x: String) {
            let key = PublicKey { x, ..key().public_key() };
            prop_assert!(verify(&key, &text).is_err());
        }
    }
}

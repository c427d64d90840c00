//! JWE compact serialization with a shared key (RFC 7516; `dir`, `A256GCM`).

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::InitializationVector;
use crate::{Fault, FaultKind, Text, text};

const TAG: usize = 16;

#[derive(Serialize, Deserialize)]
struct Header<C> {
    alg: String,
    enc: String,
    kid: String,
    ctx: C,
    // What would change how the rest is to be read, none of which is known here.
    #[serde(default, skip_serializing)]
    crit: Option<Value>,
    #[serde(default, skip_serializing)]
    zip: Option<Value>,
}

/// Seals the plaintext with the key named `kid` for the place that `context` says.
pub(super) fn seal(
    key: &[u8; 32],
    kid: &str,
    context: &impl Serialize,
    plaintext: &[u8],
    iv: &InitializationVector,
) -> String {
    let header = Header {
        alg: "dir".to_owned(),
        enc: "A256GCM".to_owned(),
        kid: kid.to_owned(),
        ctx: context,
        crit: None,
        zip: None,
    };
    let header = serde_json::to_vec(&header).expect("ids and a name are JSON");
    let header = BASE64.encode(header);
    let payload = Payload { msg: plaintext, aad: header.as_bytes() };
    let sealed = Aes256Gcm::new(key.into()).encrypt(iv.into(), payload).expect("less than 64 GiB");
    let (ciphertext, tag) = sealed.split_at(sealed.len() - TAG);
    format!("{header}..{}.{}.{}", BASE64.encode(iv), BASE64.encode(ciphertext), BASE64.encode(tag))
}

/// Opens what was sealed with the key named `kid` for the place that `context` says, and nothing else.
pub(super) fn open(
    key: &[u8; 32],
    kid: &str,
    context: &impl Serialize,
    sealed: &str,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let parts: Vec<&str> = sealed.splitn(6, '.').collect();
    let &[header, "", iv, ciphertext, tag] = parts.as_slice() else { return Err(malformed()) };
    let decode = |part| BASE64.decode(part).map_err(|_| malformed());
    let found: Header<Value> = serde_json::from_slice(&decode(header)?).map_err(|_| malformed())?;
    let known = found.alg == "dir" && found.enc == "A256GCM" && found.crit.is_none() && found.zip.is_none();
    if !known {
        return Err(malformed());
    }
    if found.kid != kid {
        return Err(wrong_key(kid));
    }
    let iv: InitializationVector = decode(iv)?.try_into().map_err(|_| malformed())?;
    let (mut sealed, tag) = (decode(ciphertext)?, decode(tag)?);
    if tag.len() != TAG {
        return Err(malformed());
    }
    sealed.extend(tag);
    let payload = Payload { msg: &sealed, aad: header.as_bytes() };
    let plaintext = Aes256Gcm::new(key.into()).decrypt((&iv).into(), payload).map_err(|_| broken())?;
    let plaintext = Zeroizing::new(plaintext);
    let here = serde_json::to_value(context).expect("ids and a name are JSON");
    if found.ctx == here { Ok(plaintext) } else { Err(elsewhere()) }
}

/// The id of the key that opens this, to find it by. Nothing is proved by it: opening does that. None when this is no
/// sealed value.
#[must_use]
pub fn key_id(sealed: &str) -> Option<String> {
    let (header, _) = sealed.split_once('.')?;
    let header: Header<Value> = serde_json::from_slice(&BASE64.decode(header).ok()?).ok()?;
    Some(header.kid)
}

fn malformed() -> Fault {
    let text = Text::fixed(
        "Værdien er ikke krypteret, som den skal være: en JWE i kompakt form med alg \"dir\", enc \"A256GCM\", kid og ctx. Kryptér den igen.",
        "Värdet är inte krypterat som det ska vara: en JWE i kompakt form med alg \"dir\", enc \"A256GCM\", kid och ctx. Kryptera det igen.",
        "The value is not encrypted as it must be: a JWE in compact form with alg \"dir\", enc \"A256GCM\", kid and ctx. Encrypt it again.",
    );
    Fault::new(FaultKind::Invalid, "sealed_malformed", text)
}

fn wrong_key(kid: &str) -> Fault {
    let text = text!(
        "Værdien er krypteret med en anden nøgle end {kid}. Brug den nøgle, som værdiens kid nævner.",
        "Värdet är krypterat med en annan nyckel än {kid}. Använd den nyckel som värdets kid nämner.",
        "The value is encrypted with another key than {kid}. Use the key that the value's kid names.",
    );
    Fault::new(FaultKind::Invalid, "sealed_with_another_key", text)
}

fn broken() -> Fault {
    let text = Text::fixed(
        "Værdien kan ikke åbnes: enten er nøglen ikke den rigtige, eller værdien er ændret. Prøv med den rigtige nøgle, eller hent værdien fra en sikkerhedskopi.",
        "Värdet kan inte öppnas: antingen är nyckeln fel eller så har värdet ändrats. Försök med rätt nyckel, eller hämta värdet ur en säkerhetskopia.",
        "The value does not open: either the key is not the right one, or the value was changed. Try the right key, or fetch the value from a backup.",
    );
    Fault::new(FaultKind::Invalid, "sealed_broken", text)
}

fn elsewhere() -> Fault {
    let text = Text::fixed(
        "Værdien er krypteret til et andet felt eller en anden post og er flyttet hertil. Kryptér den til dette sted.",
        "Värdet är krypterat för ett annat fält eller en annan post och har flyttats hit. Kryptera det för den här platsen.",
        "The value is encrypted for another field or record and was moved here. Encrypt it for this place.",
    );
    Fault::new(FaultKind::Invalid, "sealed_elsewhere", text)
}

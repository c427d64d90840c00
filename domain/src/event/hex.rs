//! 32 bytes as 64 lower-case hexadecimal digits, for hashes in JSON.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// The bytes as 64 lower-case digits.
#[must_use]
pub fn encode(bytes: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The bytes that 64 lower-case digits say; none for anything else, so that each value has one spelling.
#[must_use]
pub fn decode(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// For serde's `with`.
pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&encode(bytes))
}

/// For serde's `with`.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    decode(&String::deserialize(deserializer)?)
        .ok_or_else(|| D::Error::custom("not 64 lower-case hexadecimal digits"))
}

/// The same for a value that may be absent.
pub mod option {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// For serde's `with`.
    pub fn serialize<S: Serializer>(bytes: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => serializer.serialize_some(&super::encode(bytes)),
            None => serializer.serialize_none(),
        }
    }

    /// For serde's `with`.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[u8; 32]>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let decode = |text: String| {
            super::decode(&text).ok_or_else(|| D::Error::custom("not 64 lower-case hexadecimal digits"))
        };
        text.map(decode).transpose()
    }
}

//! API tokens: `styr_`, 32 random bytes in base62 (43 characters), and their CRC-32 in base62 (6 characters).
//!
//! The prefix lets scanners recognise a leaked token, and the checksum lets a mistyped one be refused without asking
//! the database. What is stored is a plain SHA-256 hash: a slow hash protects secrets that people choose, and here there
//! are 256 random bits to guess.

mod network;
mod record;

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use network::{covers, network, within};
pub use record::Token;

const PREFIX: &str = "styr_";
const RANDOM: usize = 43; // 62⁴³ > 2²⁵⁶
const CHECKSUM: usize = 6; // 62⁶ > 2³²
const HINT: usize = 4;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An API token. It does not print itself, and its memory is wiped when it is dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TokenSecret(String);

impl TokenSecret {
    /// The token of 32 random bytes, which must come from a cryptographic generator.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        let random = Zeroizing::new(random);
        let mut token = String::with_capacity(PREFIX.len() + RANDOM + CHECKSUM); // never moved while it grows
        token.push_str(PREFIX);
        push_base62(&random[..], RANDOM, &mut token);
        let checksum = crc32(token.as_bytes());
        push_base62(&checksum.to_be_bytes(), CHECKSUM, &mut token);
        Self(token)
    }

    /// The token that a text is; none when its prefix, length, characters or checksum are wrong.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        if digits.len() != RANDOM + CHECKSUM || !digits.bytes().all(|digit| digit.is_ascii_alphanumeric()) {
            return None;
        }
        let (body, checksum) = text.split_at(PREFIX.len() + RANDOM);
        let mut expected = String::new();
        push_base62(&crc32(body.as_bytes()).to_be_bytes(), CHECKSUM, &mut expected);
        (checksum == expected).then(|| Self(text.to_owned()))
    }

    /// What is stored, and what a token is found by.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    /// Whether this is the token whose hash was stored, in a time that does not depend on the answer.
    #[must_use]
    pub fn matches(&self, stored: &[u8; 32]) -> bool {
        self.hash().ct_eq(stored).into()
    }

    /// The token itself: to be shown once, to its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first characters, by which its owner recognises it in a list. They say nothing of the rest.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.0[..PREFIX.len() + HINT]
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

/// Appends a big-endian number as that many digits, leading zeros among them.
fn push_base62(bytes: &[u8], count: usize, text: &mut String) {
    let mut number = Zeroizing::new(bytes.to_vec());
    let mut digits = Zeroizing::new(vec![0; count]);
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0;
        for byte in number.iter_mut() {
            let dividend = remainder << 8 | usize::from(*byte);
            *byte = (dividend / 62) as u8;
            remainder = dividend % 62;
        }
        *digit = DIGITS[remainder];
    }
    text.extend(digits.iter().map(|&digit| char::from(digit)));
}

/// The CRC-32 of ISO 3309, as in zip and PNG.
fn crc32(bytes: &[u8]) -> u32 {
    let rest = bytes.iter().fold(u32::MAX, |rest, &byte| {
        (0..8).fold(rest ^ u32::from(byte), |rest, _| rest >> 1 ^ (0xedb8_8320 & 0u32.wrapping_sub(rest & 1)))
    });
    !rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_has_its_documented_form() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926); // the check value of CRC-32/ISO-HDLC
        let mut random = [0; 32];
        random[31] = 61;
        random[30] = 1; // 256 + 61 = 5 * 62 + 7
        let token = TokenSecret::new(random);
        assert!(token.expose().starts_with(&format!("styr_{}57", "0".repeat(41))));
        assert_eq!(token.expose().len(), 54);
        assert_eq!(token.hint(), "styr_0000");
        assert_eq!(TokenSecret::new([255; 32]).expose().len(), 54);
    }

    /// The example of docs/tokens.md, whose checksum was computed by Python's `zlib.crc32`.
    #[test]
    fn the_documented_example_is_a_token() {
        let document = include_str!("../../../docs/tokens.md");
        let pattern = regex::Regex::new(r"\bstyr_[0-9A-Za-z]{49}\b").unwrap();
        assert!(document.contains(pattern.as_str()));
        let examples: Vec<&str> = pattern.find_iter(document).map(|found| found.as_str()).collect();
        assert_eq!(examples, [TokenSecret::new(std::array::from_fn(|at| at as u8)).expose()]);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let token = TokenSecret::new([9; 32]).expose().to_owned();
        let cases = [
            String::new(),
            "styr_".to_owned(),
            token[1..].to_owned(),
            token[..53].to_owned(),
            format!("{token}0"),
            format!(" {token}"),
            token.replace("styr_", "STYR_"),
            format!("styr_{}å", &token[7..]),
            format!("styr_{}-{}", &token[5..20], &token[21..]),
        ];
        for case in cases {
            assert!(TokenSecret::parse(&case).is_none(), "{case}");
        }
    }

    #[test]
    fn a_token_does_not_print_itself() {
        let token = TokenSecret::new([9; 32]);
        assert!(!format!("{token:?}").contains(&token.expose()[5..9]));
    }

    proptest! {
        #[test]
        fn a_token_is_read_back_and_matches_only_its_own_hash(random: [u8; 32], other: [u8; 32]) {
            let token = TokenSecret::new(random);
            let read = TokenSecret::parse(token.expose()).unwrap();
            prop_assert!(read.matches(&token.hash()));
            prop_assert_eq!(read.matches(&TokenSecret::new(other).hash()), random == other);
        }

        #[test]
        fn a_mistyped_token_is_refused(random: [u8; 32], at in 5usize..54, typed in "[0-9A-Za-z]") {
            let token = TokenSecret::new(random).expose().to_owned();
            let mut mistyped = token.clone();
            mistyped.replace_range(at..=at, &typed);
            prop_assert_eq!(TokenSecret::parse(&mistyped).is_some(), mistyped == token);
        }

        #[test]
        fn no_text_makes_it_panic(text: String, tail in ".{0,60}") {
            prop_assert!(TokenSecret::parse(&text).is_none());
            let _ = TokenSecret::parse(&format!("styr_{tail}"));
        }
    }
}

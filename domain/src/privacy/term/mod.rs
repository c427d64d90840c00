//! The terms by which a person's data is found.
//!
//! Values are indexed by terms, and a [`Query`] is matched against these by equality and by prefix only, so that both
//! databases agree; terms must be compared byte by byte (`COLLATE "C"`, `BINARY`). A term begins with a letter for
//! its kind, then `:` before plain text or `~` before what is blinded with the account's [`BlindIndexKey`].
//!
//! - Words are plain, so that a prefix finds them: runs of letters and digits, of at most 64 characters. They are
//!   folded: lower case, without accents, and with Danish and Swedish spellings meeting as `ä` = `æ` = `ae`,
//!   `ö` = `ø` = `oe`, `å` = `aa`. So Jörgen, Jørgen and Joergen are one, and so are Åberg and Aaberg.
//! - E-mail addresses are folded and blinded whole; their parts are words besides.
//! - Phone numbers are the last eight digits of the national number, blinded: `+46 70-123 45 67` and `0701234567` are one.
//! - Person numbers are ten characters without century, blinded, and so are their first six digits. They are recognised
//!   in free text too, where nothing of them becomes a word or a phone number. So ten bare digits that begin like a date
//!   are not found as a phone number there. The centuries of a Swedish number are not told apart.
//! - All terms of an encrypted field are blinded, its words too, which a prefix then does not find.

mod landscape;
mod scan;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use self::landscape::code_term;
pub use self::landscape::{Snippet, Words};
use self::scan::{BLANK, MOST_LETTERS, Scan, birth_digits, fold, phone, phones, without_century, words};
use super::DataClass;
use crate::crypto::BlindIndexKey;

/// The most terms of one value; what comes later in it is not found.
const MOST_TERMS: usize = 1_000;
/// The most of each kind in a query; what comes later in it does not count.
const MOST_ASKED: usize = 16;

/// What a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "poem", derive(poem_openapi::Enum))]
#[cfg_attr(feature = "poem", oai(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum TermKind {
    /// A word of a name or a text.
    Word,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A whole person number.
    PersonNumber,
    /// The first six digits of a person number.
    BirthDigits,
}

/// How a value is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum TextKind {
    /// As text in which words, e-mail addresses, phone numbers and person numbers may occur.
    #[default]
    Text,
    /// As one phone number.
    Phone,
    /// As a classification code, such as `8.7.4`. Only a search of the landscape asks for those.
    Code,
}

/// A term, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(String);

impl Term {
    fn plain(kind: TermKind, value: &str) -> Self {
        Self(format!("{}:{value}", kind.names().0))
    }

    fn blinded(kind: TermKind, value: &str, key: &BlindIndexKey) -> Self {
        let (letter, name) = kind.names();
        Self(format!("{letter}~{}", key.blind(name, value)))
    }

    /// The stored text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TermKind {
    /// The letter that its terms begin with, and the name that they are blinded under.
    const fn names(self) -> (char, &'static str) {
        match self {
            Self::Word => ('w', "word"),
            Self::Email => ('e', "email"),
            Self::Phone => ('p', "phone"),
            Self::PersonNumber => ('n', "person_number"),
            Self::BirthDigits => ('b', "birth_digits"),
        }
    }
}

/// The terms of a value, each once: at most 1,000, and none for a value without personal data.
///
/// A value of the class `person_number` is taken as a person number whatever it looks like.
#[must_use]
pub fn terms_of(
    class: DataClass,
    kind: TextKind,
    encrypted: bool,
    text: &str,
    key: &BlindIndexKey,
) -> Vec<Term> {
    let text = fold(text);
    if kind == TextKind::Code {
        let code: String = text.into_iter().filter(|c| !c.is_whitespace()).take(MOST_LETTERS).collect();
        let code = code.trim_end_matches('.');
        return if code.is_empty() { Vec::new() } else { vec![code_term(code)] };
    }
    let mut found = Vec::new();
    match (class, kind) {
        (DataClass::None, _) => {}
        (DataClass::PersonNumber, _) => {
            let characters: String =
                text.into_iter().filter(|c| c.is_alphanumeric()).take(MOST_LETTERS).collect();
            push_person_number(without_century(&characters), &mut found);
        }
        (_, TextKind::Phone) => {
            let number: String = text.into_iter().collect();
            found.extend(phone(&number).map(|number| (TermKind::Phone, number)));
        }
        (_, TextKind::Text | TextKind::Code) => {
            let scan = Scan::of(text);
            scan.person_numbers.into_iter().for_each(|number| push_person_number(&number, &mut found));
            found.extend(scan.emails.into_iter().map(|(_, email)| (TermKind::Email, email)));
            found.extend(scan.phones.into_iter().map(|phone| (TermKind::Phone, phone)));
            found.extend(words(&scan.rest).map(|word| (TermKind::Word, word)));
        }
    }
    let mut seen = HashSet::new();
    let terms = found.into_iter().map(|(kind, value)| match kind {
        TermKind::Word if !encrypted => Term::plain(kind, &value),
        _ => Term::blinded(kind, &value, key),
    });
    terms.filter(|term| seen.insert(term.clone())).take(MOST_TERMS).collect()
}

fn push_person_number(number: &str, found: &mut Vec<(TermKind, String)>) {
    let first = number.get(..6).filter(|first| first.bytes().all(|byte| byte.is_ascii_digit()));
    found.extend(first.map(|first| (TermKind::BirthDigits, first.to_owned())));
    if !number.is_empty() && first != Some(number) {
        found.push((TermKind::PersonNumber, number.to_owned()));
    }
}

/// What a search for a person asks for.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Query {
    words: Vec<String>,
    emails: Vec<String>,
    phones: Vec<String>,
    person_numbers: Vec<String>,
    birth_digits: Vec<String>,
}

/// One of the ways in which a value can answer a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What the terms are: the reason for a hit.
    pub kind: TermKind,
    /// Of each of these, one match must be among the terms of the place that is found.
    pub all_of: Vec<Vec<Match>>,
}

/// How a term is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The term, or how it begins.
    pub term: Term,
    /// Whether it need only begin so. It holds letters, digits and a colon only, none of which `LIKE` takes for more.
    pub prefix: bool,
}

impl Query {
    /// Reads what was typed, recognising e-mail addresses, phone numbers, and person numbers whole or by their first
    /// six digits. Digits may be several of these at once.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = fold(text);
        let phones = phones(&text);
        let mut scan = Scan::of(text);
        for (place, _) in &scan.emails {
            scan.rest[place.clone()].fill(BLANK);
        }
        let mut words: Vec<String> = words(&scan.rest).take(MOST_ASKED).collect();
        let birth_digits = words.iter().filter_map(|word| birth_digits(word)).collect();
        // The groups of a phone number are no words.
        if !phones.is_empty() && !scan.rest.iter().any(|c| c.is_alphabetic()) && words.len() > 1 {
            words.clear();
        }
        Self {
            words,
            emails: scan.emails.into_iter().map(|(_, email)| email).take(MOST_ASKED).collect(),
            phones: phones.into_iter().take(MOST_ASKED).collect(),
            person_numbers: scan.person_numbers.into_iter().take(MOST_ASKED).collect(),
            birth_digits,
        }
    }

    /// Whether it asks for nothing, and finds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it asks for a whole person number, which takes a right of its own.
    #[must_use]
    pub fn has_person_number(&self) -> bool {
        !self.person_numbers.is_empty()
    }

    /// The same query, asking for the first six digits of what may be whole person numbers.
    #[must_use]
    pub fn limited_to_six_digits(mut self) -> Self {
        self.birth_digits.extend(self.person_numbers.drain(..).map(|number| number[..6].to_owned()));
        self
    }

    /// The ways to answer it; any one will do. `keys` are all those that terms may have been blinded with.
    #[must_use]
    pub fn ways(&self, keys: &[BlindIndexKey]) -> Vec<Way> {
        let exact = |kind, value: &str| -> Vec<Match> {
            let blinded = keys.iter().map(|key| Term::blinded(kind, value, key));
            blinded.map(|term| Match { term, prefix: false }).collect()
        };
        let mut ways = Vec::new();
        for (kind, values) in [
            (TermKind::PersonNumber, &self.person_numbers),
            (TermKind::BirthDigits, &self.birth_digits),
            (TermKind::Email, &self.emails),
            (TermKind::Phone, &self.phones),
        ] {
            ways.extend(values.iter().map(|value| Way { kind, all_of: vec![exact(kind, value)] }));
        }
        if !self.words.is_empty() {
            let kind = TermKind::Word;
            let either = |word: &String| {
                let mut either = exact(kind, word);
                either.push(Match { term: Term::plain(kind, word), prefix: true });
                either
            };
            ways.push(Way { kind, all_of: self.words.iter().map(either).collect() });
        }
        ways
    }
}

/// Does not show what is searched for, which must not reach a log.
impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Query(…)")
    }
}

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
//! - Person numbers are ten characters without century, blinded, and so are their first six digits. They are recognised in free
//!   text too, where nothing of them becomes a word. The centuries of a Swedish number are not told apart.
//! - All terms of an encrypted field are blinded, its words too, which a prefix then does not find.

use std::{collections::HashSet, ops::Range};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::DataClass;
use crate::crypto::BlindIndexKey;

/// The most terms of one value; what comes later in it is not found.
const MOST_TERMS: usize = 1_000;
/// The most characters of a word; what comes later in it does not count.
const MOST_LETTERS: usize = 64;
/// The most of each kind in a query; what comes later in it does not count.
const MOST_ASKED: usize = 16;
/// The longest e-mail address (RFC 5321).
const LONGEST_EMAIL: usize = 254;

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
        (_, TextKind::Text) => {
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
    if let Some(first) = number.get(..6).filter(|first| first.bytes().all(|byte| byte.is_ascii_digit())) {
        found.push((TermKind::BirthDigits, first.to_owned()));
    }
    if !number.is_empty() && number.len() != 6 {
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
        let mut scan = Scan::of(fold(text));
        for (place, _) in &scan.emails {
            scan.rest[place.clone()].fill(BLANK);
        }
        let mut words: Vec<String> = words(&scan.rest).take(MOST_ASKED).collect();
        let birth_digits = words.iter().filter_map(|word| birth_digits(word)).collect();
        // The groups of a phone number are no words.
        if !scan.phones.is_empty() && !scan.rest.iter().any(|c| c.is_alphabetic()) && words.len() > 1 {
            words.clear();
        }
        Self {
            words,
            emails: scan.emails.into_iter().map(|(_, email)| email).take(MOST_ASKED).collect(),
            phones: scan.phones.into_iter().take(MOST_ASKED).collect(),
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

    /// The ways to answer it; any one will do.
    #[must_use]
    pub fn ways(&self, key: &BlindIndexKey) -> Vec<Way> {
        let exact = |kind, value: &String| Match { term: Term::blinded(kind, value, key), prefix: false };
        let mut ways = Vec::new();
        for (kind, values) in [
            (TermKind::PersonNumber, &self.person_numbers),
            (TermKind::BirthDigits, &self.birth_digits),
            (TermKind::Email, &self.emails),
            (TermKind::Phone, &self.phones),
        ] {
            ways.extend(values.iter().map(|value| Way { kind, all_of: vec![vec![exact(kind, value)]] }));
        }
        if !self.words.is_empty() {
            let kind = TermKind::Word;
            let either =
                |word: &String| vec![Match { term: Term::plain(kind, word), prefix: true }, exact(kind, word)];
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

/// The text in the one spelling that all spellings of it share.
fn fold(text: &str) -> Vec<char> {
    const RING: char = '\u{30a}';
    const DIAERESIS: char = '\u{308}';
    let mut folded: Vec<char> = Vec::with_capacity(text.len());
    for character in text.nfkd().flat_map(char::to_lowercase) {
        match character {
            RING if folded.last() == Some(&'a') => folded.push('a'),
            DIAERESIS if matches!(folded.last(), Some('a' | 'o')) => folded.push('e'),
            '\u{300}'..='\u{36f}' => {}
            'æ' => folded.extend(['a', 'e']),
            'ø' | 'œ' => folded.extend(['o', 'e']),
            'ß' => folded.extend(['s', 's']),
            'þ' => folded.extend(['t', 'h']),
            'ð' | 'đ' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            _ => folded.push(character),
        }
    }
    folded
}

/// Stands where something was taken out; neither part of a word nor of a number.
const BLANK: char = '\0';

/// What was recognised in a folded text.
struct Scan {
    person_numbers: Vec<String>,
    emails: Vec<(Range<usize>, String)>,
    phones: Vec<String>,
    /// The text with person numbers blanked.
    rest: Vec<char>,
}

impl Scan {
    fn of(mut text: Vec<char>) -> Self {
        let emails = emails(&text);
        let phones = phones(&text);
        let person_numbers = person_numbers(&text);
        for (place, _) in &person_numbers {
            text[place.clone()].fill(BLANK);
        }
        let person_numbers = person_numbers.into_iter().map(|(_, number)| number).collect();
        Self { person_numbers, emails, phones, rest: text }
    }
}

fn words(text: &[char]) -> impl Iterator<Item = String> {
    let words = text.split(|c| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.iter().take(MOST_LETTERS).collect())
}

/// The places where a condition holds without a break.
fn runs(text: &[char], holds: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.iter().enumerate().filter(|(_, c)| holds(**c)) {
        match runs.last_mut().filter(|run| run.end == at) {
            Some(run) => run.end += 1,
            None => runs.push(at..at + 1),
        }
    }
    runs
}

fn emails(text: &[char]) -> Vec<(Range<usize>, String)> {
    let inside = |c: char| !c.is_whitespace() && !"<>()[]{},;:\"|\\".contains(c);
    let candidates = runs(text, inside).into_iter().filter_map(|place| {
        let run: String = text[place.clone()].iter().collect();
        let address = run.trim_matches(['.', '\'', '?', '!', '/']);
        let (local, domain) = address.split_once('@')?;
        let plausible = !local.is_empty() && domain.contains('.') && !domain.contains('@');
        (plausible && address.len() <= LONGEST_EMAIL).then(|| (place, address.to_owned()))
    });
    candidates.collect()
}

fn phones(text: &[char]) -> Vec<String> {
    let mut numbers = Vec::new();
    for run in runs(text, |c| c.is_ascii_digit() || "+ -./()".contains(c)) {
        let run: String = text[run].iter().collect();
        // A plus begins a number; other marks lie within one.
        for (index, part) in run.split('+').enumerate() {
            let number = if index == 0 { part.to_owned() } else { format!("+{part}") };
            let digits = number.bytes().filter(u8::is_ascii_digit).count();
            numbers.extend((digits >= 8).then(|| phone(&number)).flatten());
        }
    }
    numbers
}

/// The last eight digits of a phone number's national part; none when it has fewer than 5 digits or more than 15.
fn phone(number: &str) -> Option<String> {
    /// The Nordic countries'; the numbers of others are long enough for their last eight digits.
    const COUNTRIES: [&str; 7] = ["45", "46", "47", "298", "299", "354", "358"];
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.len() > 15 {
        return None;
    }
    let plus = number.trim_start_matches([' ', '(']).starts_with('+');
    let abroad = if plus { Some(digits.as_str()) } else { digits.strip_prefix("00") };
    let national = match abroad {
        Some(abroad) => COUNTRIES.iter().find_map(|code| abroad.strip_prefix(code)).unwrap_or(abroad),
        None => &digits,
    };
    let national = national.trim_start_matches('0');
    (national.len() >= 5).then(|| national[national.len().saturating_sub(8)..].to_owned())
}

/// Person numbers: ten digits, or twelve with a century, whole or parted before the last four, that begin like a
/// date of birth. The last four may hold letters, as those of some replacement numbers do.
fn person_numbers(text: &[char]) -> Vec<(Range<usize>, String)> {
    let runs = runs(text, char::is_alphanumeric);
    let mut numbers = Vec::new();
    let mut free = 0;
    for (index, run) in runs.iter().enumerate().filter(|(_, run)| run.len() <= MOST_LETTERS) {
        // Letters may touch the number: "CPR0101901234".
        for digits in self::runs(&text[run.clone()], |c| c.is_ascii_digit()) {
            let start = run.start + digits.start;
            if start < free {
                continue;
            }
            let end = run.start + digits.end;
            let after_plus = start > 0 && text[start - 1] == '+' && text[start] != '0';
            let whole = match digits.len() {
                10 | 12 => Some(end),
                // Letters among the last four, with nothing behind them.
                6..=11 if matches!(run.end - start, 10 | 12) => Some(run.end),
                6 | 8 if end == run.end => {
                    let next = runs.get(index + 1).filter(|next| next.len() >= 4 && next.start - end <= 3);
                    let next =
                        next.filter(|next| text[end..next.start].iter().all(|c| " -+/.‐–−".contains(*c)));
                    let tail = next.map(|next| &text[next.start..next.end]).filter(|tail| {
                        tail.len() == 4 && tail.iter().any(char::is_ascii_digit)
                            || tail[..4].iter().all(char::is_ascii_digit)
                                && !tail.get(4).is_some_and(char::is_ascii_digit)
                    });
                    tail.and(next).map(|next| next.start + 4)
                }
                _ => None,
            };
            let Some(whole) = whole.filter(|_| !after_plus) else { continue };
            let number: String = text[start..whole].iter().filter(|c| c.is_alphanumeric()).collect();
            let number = without_century(&number);
            if number.len() == 10 && birth_digits(&number[..6]).is_some() {
                numbers.push((start..whole, number.to_owned()));
                free = whole;
            }
        }
    }
    numbers
}

/// Twelve characters that begin with a century without it; everything else as it is.
fn without_century(number: &str) -> &str {
    let century = number.len() == 12 && ["18", "19", "20"].iter().any(|century| number.starts_with(century));
    if century { number.get(2..).unwrap_or(number) } else { number }
}

/// The six digits by which a person number begins, of six digits or of eight with a century, when these may be a date:
/// DDMMYY or YYMMDD, where 60 is added to the days of replacement and coordination numbers.
fn birth_digits(word: &str) -> Option<String> {
    let six = match word.len() {
        8 if ["18", "19", "20"].iter().any(|century| word.starts_with(century)) => word.get(2..)?,
        _ => word,
    };
    let digits: [u8; 6] = six.as_bytes().try_into().ok()?;
    let all = digits.iter().all(u8::is_ascii_digit);
    let pair = |at: usize| (digits[at].wrapping_sub(b'0'), digits[at + 1].wrapping_sub(b'0'));
    let number = |at| u16::from(pair(at).0) * 10 + u16::from(pair(at).1);
    let day = |number| matches!(number, 1..=31 | 61..=91);
    let month = matches!(number(2), 1..=12);
    (all && month && (day(number(0)) || day(number(4)))).then(|| six.to_owned())
}

//! Recognising words, addresses and numbers in a text.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// The most characters of a word; what comes later in it does not count.
pub(super) const MOST_LETTERS: usize = 64;
/// The longest e-mail address (RFC 5321).
const LONGEST_EMAIL: usize = 254;

/// The text in the one spelling that all spellings of it share.
pub(super) fn fold(text: &str) -> Vec<char> {
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

/// The same with the number of the character that each came from.
pub(super) fn fold_with_places(text: &str) -> Vec<(char, usize)> {
    let mut folded: Vec<(char, usize)> = Vec::with_capacity(text.len());
    for (place, character) in text.chars().enumerate() {
        let last = folded.last().map(|(last, _)| *last);
        match character {
            // What an accent does depends on the letter before it, to which it then belongs.
            '\u{300}'..='\u{36f}' => {
                let Some(last) = last else { continue };
                let with: Vec<char> = fold(&format!("{last}{character}"));
                folded.extend(with.into_iter().skip(1).map(|c| (c, place)));
                if let Some(last) = folded.last_mut() {
                    last.1 = place;
                }
            }
            _ => folded.extend(fold(character.encode_utf8(&mut [0; 4])).into_iter().map(|c| (c, place))),
        }
    }
    folded
}

/// Stands where something was taken out; neither part of a word nor of a number.
pub(super) const BLANK: char = '\0';

/// What was recognised in a folded text.
pub(super) struct Scan {
    pub(super) person_numbers: Vec<String>,
    pub(super) emails: Vec<(Range<usize>, String)>,
    /// Those that are not person numbers; else who may not ask for a person number could ask for it as a phone number.
    pub(super) phones: Vec<String>,
    /// The text with person numbers blanked.
    pub(super) rest: Vec<char>,
}

impl Scan {
    pub(super) fn of(mut text: Vec<char>) -> Self {
        let emails = emails(&text);
        let person_numbers = person_numbers(&text);
        for (place, _) in &person_numbers {
            text[place.clone()].fill(BLANK);
        }
        let phones = phones(&text);
        let person_numbers = person_numbers.into_iter().map(|(_, number)| number).collect();
        Self { person_numbers, emails, phones, rest: text }
    }
}

pub(super) fn words(text: &[char]) -> impl Iterator<Item = String> {
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

pub(super) fn phones(text: &[char]) -> Vec<String> {
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
pub(super) fn phone(number: &str) -> Option<String> {
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
    for (index, run) in runs.iter().enumerate() {
        // Letters may touch the number: "CPR0101901234".
        for digits in self::runs(&text[run.clone()], |c| c.is_ascii_digit()) {
            let start = run.start + digits.start;
            if start < free {
                continue;
            }
            let end = run.start + digits.end;
            // That is a phone number with its country's code.
            let after_plus = start > 0 && text[start - 1] == '+' && text[start] != '0';
            let whole = match digits.len() {
                10 | 12 => (!after_plus).then_some(end),
                // Letters among the last four, with nothing behind them.
                6..=11 if matches!(run.end - start, 10 | 12) => Some(run.end),
                6 | 8 if end == run.end => {
                    let next = runs.get(index + 1).filter(|next| next.len() >= 4 && next.start - end <= 3);
                    let next =
                        next.filter(|next| text[end..next.start].iter().all(|c| " _-+/.‐–−".contains(*c)));
                    let tail = next.map(|next| &text[next.start..next.end]).filter(|tail| {
                        tail.len() == 4 && tail.iter().any(char::is_ascii_digit)
                            || tail[..4].iter().all(char::is_ascii_digit)
                                && !tail.get(4).is_some_and(char::is_ascii_digit)
                    });
                    tail.and(next).map(|next| next.start + 4)
                }
                _ => None,
            };
            let Some(whole) = whole else { continue };
            let number: String = text[start..whole].iter().filter(|c| c.is_alphanumeric()).collect();
            let number = without_century(&number);
            if number.len() == 10 && number.get(..6).and_then(birth_digits).is_some() {
                numbers.push((start..whole, number.to_owned()));
                free = whole;
            }
        }
    }
    numbers
}

/// Twelve characters that begin with a century without it; everything else as it is.
pub(super) fn without_century(number: &str) -> &str {
    let century = number.len() == 12 && ["18", "19", "20"].iter().any(|century| number.starts_with(century));
    if century { number.get(2..).unwrap_or(number) } else { number }
}

/// The six digits by which a person number begins, of six digits or of eight with a century, when these may be a date:
/// DDMMYY or YYMMDD, where 60 is added to the days of replacement and coordination numbers.
pub(super) fn birth_digits(word: &str) -> Option<String> {
    let six = match word.len() {
        8 if ["18", "19", "20"].iter().any(|century| word.starts_with(century)) => word.get(2..)?,
        _ => word,
    };
    if six.len() != 6 || !six.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let pair = |at: usize| six[at..at + 2].parse().unwrap_or(0);
    let day = |number: u8| matches!(number, 1..=31 | 61..=91);
    let plausible = (1..=12).contains(&pair(2)) && (day(pair(0)) || day(pair(4)));
    plausible.then(|| six.to_owned())
}

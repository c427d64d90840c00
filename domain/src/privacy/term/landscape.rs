//! Searching the landscape by words, and showing where they stand.

use std::ops::Range;

use super::scan::{MOST_LETTERS, fold_with_places, words};
use super::{MOST_ASKED, Term, TermKind};

/// What a search of the landscape asks for: words and codes, each of which must begin something that is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(Vec<Beginning>);

/// How something that is found begins.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Beginning {
    text: Vec<char>,
    code: bool,
}

/// A part of a text around what was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The part, with `…` where it is cut.
    pub text: String,
    /// What was found in it, from and up to which character.
    pub matches: Vec<Range<usize>>,
}

/// The most characters of a snippet.
const MOST_SHOWN: usize = 200;
/// How many of them may come before the first that was found.
const SHOWN_BEFORE: usize = 60;

impl Words {
    /// Reads what was typed. At most 16 words count.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut asked: Vec<Beginning> = Vec::new();
        for part in text.split(|c: char| c.is_whitespace() || c == '\0') {
            let folded: Vec<char> = fold_with_places(part).into_iter().map(|(c, _)| c).collect();
            let found: Vec<Beginning> = match code(&folded) {
                Some(text) => vec![Beginning { text, code: true }],
                None => words(&folded)
                    .map(|word| Beginning { text: word.chars().collect(), code: false })
                    .collect(),
            };
            asked.extend(found);
        }
        // What begins with a longer one begins with the shorter one too.
        let needed = |at: usize, one: &Beginning| {
            !asked.iter().enumerate().any(|(other_at, other)| {
                other.code == one.code
                    && other.text.starts_with(&one.text)
                    && (other.text != one.text || other_at < at)
            })
        };
        let needed: Vec<Beginning> = asked
            .iter()
            .enumerate()
            .filter(|(at, one)| needed(*at, one))
            .map(|(_, one)| one.clone())
            .collect();
        Self(needed.into_iter().take(MOST_ASKED).collect())
    }

    /// Whether it asks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How a term must begin for each of the words.
    pub fn terms(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|Beginning { text, code }| {
            let text: String = text.iter().collect();
            if *code { code_term(&text).0 } else { Term::plain(TermKind::Word, &text).0 }
        })
    }

    /// Whether each of the words begins one of the text's, or the code.
    #[must_use]
    pub fn all_in(&self, text: &str, code: &str) -> bool {
        let fold = |text: &str| fold_with_places(text).into_iter().map(|(c, _)| c).collect::<Vec<char>>();
        let (text, code) = (fold(text), fold(code));
        let found: Vec<String> = words(&text).collect();
        self.0.iter().all(|asked| {
            if asked.code {
                return code.starts_with(&asked.text);
            }
            let asked: String = asked.text.iter().collect();
            found.iter().any(|word| word.starts_with(&asked))
        })
    }

    /// Where the words stand in a text; none where none of them does. A code's text is `code`.
    #[must_use]
    pub fn highlight(&self, text: &str, code: bool) -> Option<Snippet> {
        let folded = fold_with_places(text);
        let mut found: Vec<Range<usize>> = Vec::new();
        if code {
            let whole: Vec<char> = folded.iter().map(|(c, _)| *c).collect();
            let asked = self.0.iter().filter(|asked| whole.starts_with(&asked.text));
            found.extend(asked.map(|asked| 0..folded[asked.text.len() - 1].1 + 1));
        } else {
            let mut at = 0;
            while at < folded.len() {
                let end = folded[at..]
                    .iter()
                    .position(|(c, _)| !c.is_alphanumeric())
                    .map_or(folded.len(), |n| at + n);
                let word = &folded[at..end];
                let begins = |asked: &&Beginning| {
                    !asked.code
                        && asked.text.len() <= word.len()
                        && asked.text.iter().zip(word).all(|(asked, (c, _))| asked == c)
                };
                if let Some(asked) = self.0.iter().filter(begins).max_by_key(|asked| asked.text.len()) {
                    found.push(word[0].1..word[asked.text.len() - 1].1 + 1);
                }
                at = end + 1;
            }
        }
        found.sort_by_key(|range| (range.start, range.end));
        found.dedup_by(|next, before| next.start < before.end);
        cut(text, found)
    }
}

/// The part of a text around the first of its places, which are counted in characters.
fn cut(text: &str, places: Vec<Range<usize>>) -> Option<Snippet> {
    let first = places.first()?.start;
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= MOST_SHOWN {
        return Some(Snippet { text: text.to_owned(), matches: places });
    }
    let mut start = first.saturating_sub(SHOWN_BEFORE);
    if start > 0 {
        // Not in the midst of a word, if there is a gap soon.
        let gap = characters[start..first].iter().position(|c| c.is_whitespace());
        start += gap.map_or(0, |gap| gap + 1);
    }
    let (lead, room) = if start > 0 { ("…", MOST_SHOWN - 2) } else { ("", MOST_SHOWN - 1) };
    let end = characters.len().min(start + room);
    let tail = if end < characters.len() { "…" } else { "" };
    let shown: String = characters[start..end].iter().collect();
    let shift = usize::from(!lead.is_empty());
    let matches = places
        .into_iter()
        .filter(|place| place.start >= start && place.end <= end)
        .map(|place| place.start - start + shift..place.end - start + shift)
        .collect();
    Some(Snippet { text: format!("{lead}{shown}{tail}"), matches })
}

/// The code that a folded word is: digits in parts, such as `8.7.4`, without a point at its end.
fn code(folded: &[char]) -> Option<Vec<char>> {
    let end = folded.iter().rposition(|c| *c != '.')? + 1;
    let code = &folded[..end];
    let sound = code.first().is_some_and(char::is_ascii_digit)
        && code.contains(&'.')
        && code.len() <= MOST_LETTERS
        && code.iter().all(|c| c.is_alphanumeric() || *c == '.');
    sound.then(|| code.to_vec())
}

/// The term of a classification code.
pub(super) fn code_term(folded: &str) -> Term {
    Term(format!("c:{folded}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &str, text: &str) -> Option<String> {
        let Snippet { text, matches } = Words::parse(query).highlight(text, false)?;
        let mut shown: Vec<String> = text.chars().map(String::from).collect();
        for range in matches {
            shown[range.start].insert(0, '[');
            shown[range.end - 1].push(']');
        }
        Some(shown.concat())
    }

    #[test]
    fn what_is_found_is_shown_in_its_own_spelling() {
        assert_eq!(shown("aarlig kob", "Årlig koBling").as_deref(), Some("[Årlig] [koB]ling"));
        assert_eq!(shown("koeb", "Et køb, et KÖB").as_deref(), Some("Et [køb], et [KÖB]"));
        assert_eq!(shown("kö", "ko\u{308}rsel").as_deref(), Some("[ko\u{308}]rsel"));
        assert_eq!(shown("sag", "Ingen"), None);
    }

    #[test]
    fn a_long_text_is_cut_around_what_was_found() {
        let text = format!("{} her er målet {}", "ord ".repeat(100), "og mere ".repeat(100));
        let Some(Snippet { text, matches }) = Words::parse("mål").highlight(&text, false) else {
            panic!("it is there")
        };
        let characters: Vec<char> = text.chars().collect();
        assert!(characters.len() <= 200 && characters[0] == '…' && characters[characters.len() - 1] == '…');
        let found: String = characters[matches[0].clone()].iter().collect();
        assert_eq!(found, "mål");
    }

    #[test]
    fn codes_and_words_become_terms() {
        let terms = |text| Words::parse(text).terms().collect::<Vec<_>>();
        assert_eq!(terms("8.7.4. Æble-tærte"), ["c:8.7.4", "w:aeble", "w:taerte"]);
        assert_eq!(terms("køb købe KØB"), ["w:koebe"]);
        assert_eq!(terms("8.7"), ["c:8.7"]);
        assert_eq!(terms("87"), ["w:87"]);
        for nothing in ["", " - ", "\"'%_\0", "..."] {
            assert!(Words::parse(nothing).is_empty(), "{nothing}");
        }
        assert_eq!(Words::parse(&"ord1 x2 ".repeat(2_000)).terms().count(), 2);
        assert!(Words::parse(&"å".repeat(10_000)).terms().all(|term| term.chars().count() <= 66));
    }

    #[test]
    fn a_code_is_shown_by_how_it_begins() {
        let snippet = Words::parse("8.7").highlight("8.7.4", true);
        let matches = std::iter::once(0..3).collect();
        assert_eq!(snippet, Some(Snippet { text: "8.7.4".to_owned(), matches }));
        assert_eq!(Words::parse("7.4").highlight("8.7.4", true), None);
    }
}

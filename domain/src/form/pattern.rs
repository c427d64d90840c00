//! The patterns of text fields: regular expressions that mean the same to Styr and to a reader of JSON Schema.

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::{text, text::Text};

/// The most characters of a pattern.
pub(super) const MAX_CHARS: usize = 500;
/// The most bytes that a compiled pattern may take, and its cache besides.
const MAX_COMPILED: usize = 512 * 1024;
/// The most bytes of a sample.
const MAX_SAMPLE: usize = 4_000;

/// A compiled pattern. It is matched against the whole text.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    regex: Regex,
    source: String,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// Why it cannot be taken, for people.
    pub(super) fn compile(pattern: &str) -> Result<Self, Text> {
        if pattern.chars().count() > MAX_CHARS {
            return Err(text!(
                "Mønstret er for langt. Brug højst {MAX_CHARS} tegn.",
                "Mönstret är för långt. Använd högst {MAX_CHARS} tecken.",
                "The pattern is too long. Use at most {MAX_CHARS} characters.",
            ));
        }
        let source = portable(pattern).map(|portable| format!("^(?:{portable})$")).ok_or_else(|| {
            text!(
                "Mønstret bruger noget, som ikke betyder det samme alle steder: flag, navngivne grupper, se-frem eller se-tilbage, tilbagehenvisninger, \\b, eller mængder i mængder. Skriv det uden.",
                "Mönstret använder något som inte betyder detsamma överallt: flaggor, namngivna grupper, framåt- eller bakåtblickar, bakåtreferenser, \\b eller mängder i mängder. Skriv det utan.",
                "The pattern uses something that does not mean the same everywhere: flags, named groups, look-around, back-references, \\b, or classes in classes. Write it without.",
            )
        })?;
        let regex = RegexBuilder::new(&source)
            .size_limit(MAX_COMPILED)
            .dfa_size_limit(MAX_COMPILED)
            .nest_limit(50)
            .build()
            .map_err(|_| {
                text!(
                    "Mønstret er intet regulært udtryk, eller det er for stort. Se efter parenteser, og skriv + i stedet for lange gentagelser som {{2,60}}: længden begrænses af min_length og max_length.",
                    "Mönstret är inget reguljärt uttryck, eller så är det för stort. Se efter parenteser och skriv + i stället för långa upprepningar som {{2,60}}: längden begränsas av min_length och max_length.",
                    "The pattern is no regular expression, or it is too large. See to its parentheses, and write + for long repetitions such as {{2,60}}: min_length and max_length bound the length.",
                )
            })?;
        Ok(Self { regex, source })
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The pattern as JSON Schema takes it: anchored, and valid ECMAScript too.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Texts that are likely to match, from short to long.
    pub(super) fn samples(&self) -> Vec<String> {
        let Ok(hir) = regex_syntax::parse(&self.source) else { return Vec::new() };
        [0, 1, 2, 5, 10, 20, 50, 100]
            .into_iter()
            .map(|repeats| {
                let mut sample = String::new();
                write_sample(&hir, repeats, &mut sample);
                sample
            })
            .collect()
    }
}

/// The pattern in the words that ECMAScript (with its `u` flag) and Rust's regex crate both know, meaning the same; none
/// where there are none. `\d` and `\w` are ASCII's, as in ECMAScript.
fn portable(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    let mut quantified = false;
    while let Some(c) = chars.next() {
        let after_quantifier = std::mem::replace(&mut quantified, !in_class && matches!(c, '*' | '+' | '}'));
        let next = chars.peek().copied();
        match c {
            '\\' => match (chars.next()?, in_class) {
                ('d', true) => out.push_str("0-9"),
                ('d', false) => out.push_str("[0-9]"),
                ('D', false) => out.push_str("[^0-9]"),
                ('w', true) => out.push_str("0-9A-Za-z_"),
                ('w', false) => out.push_str("[0-9A-Za-z_]"),
                ('W', false) => out.push_str("[^0-9A-Za-z_]"),
                (escape @ ('p' | 'P'), _) => {
                    let name: String = chars.by_ref().take_while(|c| *c != '}').collect();
                    out.push_str(&format!("\\{escape}{}}}", name.strip_prefix('{').map(|_| name.as_str())?));
                }
                (escape @ ('s' | 'S' | 't' | 'n' | 'r'), _) | (escape @ '-', true) => {
                    out.extend(['\\', escape]);
                }
                (escape, _) if "^$\\.*+?()[]{}|/".contains(escape) => out.extend(['\\', escape]),
                // What the one lets be escaped and the other does not, and neither needs to.
                (plain, false) if plain.is_ascii_punctuation() => out.push(plain),
                _ => return None,
            },
            '[' => {
                if in_class || next == Some(']') {
                    return None;
                }
                in_class = true;
                out.push(c);
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                    if chars.peek() == Some(&']') {
                        return None;
                    }
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(c);
            }
            ']' => return None,
            '&' | '-' | '~' if in_class && next == Some(c) => return None,
            '(' if !in_class && chars.next_if_eq(&'?').is_some() => {
                chars.next_if_eq(&':')?;
                out.push_str("(?:");
            }
            '*' | '+' | '{' if !in_class && after_quantifier => return None,
            '{' if !in_class && next == Some(',') => return None,
            _ => out.push(c),
        }
    }
    Some(out)
}

fn write_sample(hir: &Hir, repeats: u32, out: &mut String) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            let holds = |c: &char| class.iter().any(|range| (range.start()..=range.end()).contains(c));
            let first =
                || class.iter().map(regex_syntax::hir::ClassUnicodeRange::start).find(|c| !c.is_control());
            out.extend("aA1-".chars().find(holds).or_else(first));
        }
        HirKind::Class(Class::Bytes(_)) => {}
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            for _ in 0..repeats.clamp(repetition.min, most.max(repetition.min)) {
                if out.len() > MAX_SAMPLE {
                    break;
                }
                write_sample(&repetition.sub, repeats, out);
            }
        }
        HirKind::Capture(capture) => write_sample(&capture.sub, repeats, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write_sample(part, repeats, out)),
        HirKind::Alternation(ways) => ways.iter().take(1).for_each(|way| write_sample(way, repeats, out)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_match_the_whole_text() {
        for (pattern, text, matches) in [
            ("[A-Z]{2}", "AB", true),
            ("[A-Z]{2}", "ABC", false),
            ("a|b", "ab", false),
            ("^a+$", "aa", true),
            (r"\d+", "42", true),
            (r"\d+", "٤٢", false),
            (r"[\dx]+", "4x", true),
            (r"\w", "å", false),
            (r"\p{L}+", "åé", true),
            (r"\D", "x", true),
            (r"a\-b\@", "a-b@", true),
            (r"[a\-b]+", "-a", true),
            (r"\S+ \S+", "to ord", true),
            ("", "", true),
        ] {
            assert_eq!(Pattern::compile(pattern).unwrap().matches(text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn what_does_not_travel_is_refused() {
        for pattern in [
            "(?i)a",
            r"\pL",
            "(?<n>a)",
            "(?P<n>a)",
            "(?=a)",
            "(?!a)",
            "(?<=a)",
            r"(a)\1",
            r"\bA\b",
            r"\Aa\z",
            "[[:alpha:]]",
            "[a&&b]",
            "[a--b]",
            "[]",
            "[^]",
            "a]",
            "a**",
            "a{2}{3}",
            "a{,2}",
            "a++",
            r"\",
            r"\q",
            "[a",
            "(a",
            "a)",
            "a{2",
            "{",
            "*",
            r"[\D]",
            "a{1001}{1001}",
        ] {
            assert!(Pattern::compile(pattern).is_err(), "{pattern}");
        }
        assert!(Pattern::compile(r"\p{L}{1000}").unwrap_err().en.contains("{2,60}"));
        assert!(Pattern::compile(r"((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9})").is_err());
        assert!(Pattern::compile(&"(".repeat(500)).is_err());
        assert!(Pattern::compile(&"a".repeat(501)).is_err());
    }

    #[test]
    fn samples_match() {
        for pattern in [
            r"[A-Z]{2}\d{4}",
            r"(dk|se)-\d+",
            r"\p{Lu}\p{Ll}*( \p{Lu}\p{Ll}*)?",
            r"[^a]{3}",
            ".{3,5}",
            "(a*)*b",
            r"\d{4} [A-ZÆØÅ]{2}",
            r"\S+@\S+",
        ] {
            let compiled = Pattern::compile(pattern).unwrap();
            assert!(compiled.samples().iter().any(|sample| compiled.matches(sample)), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn anything_compiles_or_is_refused(pattern in r"[a-c\\dw\[\]^(){}?:*+|,.0-9&-]{0,24}|\PC{0,20}") {
            if let Ok(compiled) = Pattern::compile(&pattern) {
                for sample in compiled.samples() {
                    prop_assert!(sample.len() <= 2 * MAX_SAMPLE);
                }
                prop_assert!(Pattern::compile(compiled.source()).is_ok());
            }
        }
    }
}

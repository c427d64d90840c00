//! Ready landscapes to start from, in our own words.
//!
//! They have the levels and the codes that people know from classification frameworks: what an organisation does, and what a
//! supply chain does. Each lies in a text file of lines with a code and a title in each language.

use crate::Language;

/// A ready landscape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skeleton {
    /// Its name in addresses.
    pub name: &'static str,
    /// What it is.
    pub title: Text3,
    /// What it is for.
    pub description: Text3,
    lines: &'static str,
}

/// A text in Danish, Swedish and English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text3 {
    da: &'static str,
    sv: &'static str,
    en: &'static str,
}

impl Text3 {
    /// The text in a language.
    #[must_use]
    pub const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::Da => self.da,
            Language::Sv => self.sv,
            Language::En => self.en,
        }
    }
}

/// A line of a ready landscape: what has lines below it becomes a process group, the rest become processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Its code.
    pub code: &'static str,
    /// The code of the line above it; none at the top.
    pub above: Option<&'static str>,
    /// Its title.
    pub title: &'static str,
    /// Its level, from 1.
    pub level: usize,
    /// Whether other lines lie below it.
    pub holds_others: bool,
}

/// All ready landscapes.
pub const SKELETONS: &[Skeleton] = &[
    Skeleton {
        name: "enterprise",
        title: Text3 { da: "Hele organisationen", sv: "Hela organisationen", en: "A whole organisation" },
        description: Text3 {
            da: "Tretten kategorier fra strategi til forbedring, med procesgrupper og processer, nummereret som i de kendte klassifikationer.",
            sv: "Tretton kategorier från strategi till förbättring, med processgrupper och processer, numrerade som i de kända klassifikationerna.",
            en: "Thirteen categories from strategy to improvement, with process groups and processes, numbered as in the well-known classifications.",
        },
        lines: include_str!("enterprise.txt"),
    },
    Skeleton {
        name: "supply_chain",
        title: Text3 { da: "Forsyningskæden", sv: "Försörjningskedjan", en: "A supply chain" },
        description: Text3 {
            da: "Planlæg, ordre, skaf, omdan, opfyld og retur, og det, der binder dem sammen, i tre niveauer.",
            sv: "Planera, order, anskaffa, förädla, uppfyll och retur, och det som binder samman dem, i tre nivåer.",
            en: "Plan, order, source, transform, fulfil and return, and what holds them together, in three levels.",
        },
        lines: include_str!("supply_chain.txt"),
    },
];

impl Skeleton {
    /// The ready landscape of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Self> {
        SKELETONS.iter().find(|skeleton| skeleton.name == name)
    }

    /// Its lines in a language, each after the one above it.
    pub fn lines(&self, language: Language) -> impl Iterator<Item = Line> {
        let lines = self.lines.lines().filter(|line| !line.starts_with('#'));
        let mut lines = lines.filter_map(move |line| {
            let mut parts = line.split('|');
            let code = parts.next()?;
            let [da, sv, en] = [parts.next()?, parts.next()?, parts.next()?];
            Some((code, Text3 { da, sv, en }.in_language(language)))
        });
        let mut path: Vec<&'static str> = Vec::new();
        let mut next = lines.next();
        std::iter::from_fn(move || {
            let (code, title) = next?;
            next = lines.next();
            while path.last().is_some_and(|above| !lies_below(code, above)) {
                path.pop();
            }
            let above = path.last().copied();
            path.push(code);
            let holds_others = next.is_some_and(|(below, _)| lies_below(below, code));
            Some(Line { code, above, title, level: path.len(), holds_others })
        })
    }
}

/// Whether a code begins with another: `8.7` lies below `8`, and `P1` below `P`, but `10` not below `1`.
fn lies_below(code: &str, above: &str) -> bool {
    code.strip_prefix(above).is_some_and(|rest| {
        rest.starts_with('.') || (above.ends_with(|c: char| c.is_ascii_alphabetic()) && !rest.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn skeletons_hang_together_in_every_language() {
        for skeleton in SKELETONS {
            let mut sizes = BTreeSet::new();
            for language in [Language::Da, Language::Sv, Language::En] {
                let lines: Vec<Line> = skeleton.lines(language).collect();
                sizes.insert(lines.len());
                let codes: BTreeSet<&str> = lines.iter().map(|line| line.code).collect();
                assert_eq!(codes.len(), lines.len(), "{} has a code twice", skeleton.name);
                for line in &lines {
                    assert!(
                        !line.title.trim().is_empty() && line.title.chars().count() < 80,
                        "{}",
                        line.code
                    );
                    assert_eq!(line.above.is_none(), line.level == 1, "{}", line.code);
                    assert!(line.holds_others || line.level == 3, "{} ends early", line.code);
                }
            }
            assert_eq!(sizes.len(), 1);
            assert_eq!(
                skeleton.lines.lines().count(),
                sizes.first().map_or(0, |size| size + 1),
                "a line is lost"
            );
        }
        let categories = |name| {
            let lines = Skeleton::of(name).into_iter().flat_map(|skeleton| skeleton.lines(Language::En));
            lines.filter(|line| line.level == 1).count()
        };
        assert_eq!((categories("enterprise"), categories("supply_chain")), (13, 7));
    }
}

//! What is wrong with a file, line by line.

use crate::{Text, Violation, text};

/// The most faults that are told of one by one; how many more there are is told at the end.
pub const MOST_FAULTS: usize = 100;

/// The faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    told: Vec<Violation>,
    more: usize,
}

impl Faults {
    /// Adds a fault on a line, from 1, in the column of this name.
    pub(super) fn at(&mut self, line: u64, column: &str, code: &'static str, text: Text) {
        // RFC 6901, section 3; what a stranger named a column is told no further than a column can be named.
        let column: String = column.chars().take(50).collect();
        let column = column.replace('~', "~0").replace('/', "~1");
        self.add(Violation::at(format!("/{line}/{column}"), code, text));
    }

    /// Adds a fault of a whole line.
    pub(super) fn of_line(&mut self, line: u64, code: &'static str, text: Text) {
        self.add(Violation::at(format!("/{line}"), code, text));
    }

    fn add(&mut self, violation: Violation) {
        if self.told.len() < MOST_FAULTS {
            self.told.push(violation);
        } else {
            self.more += 1;
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// All of these and of the others.
    pub(super) fn and(mut self, others: Self) -> Self {
        others.told.into_iter().for_each(|violation| self.add(violation));
        self.more += others.more;
        self
    }

    /// The faults as an answer lists them.
    pub(super) fn into_violations(mut self) -> Vec<Violation> {
        let more = self.more;
        if more > 0 {
            let text = text!(
                "Og {more} fejl til. Ret de nævnte først.",
                "Och {more} fel till. Rätta de nämnda först.",
                "And {more} more. Mend those named first."
            );
            self.told.push(Violation::at("", "more_faults", text));
        }
        self.told
    }
}

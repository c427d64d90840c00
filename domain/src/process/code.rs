//! Classification codes, as people order them.

use std::cmp::Ordering;

/// Compares codes part by part, digits by their value: `2.9` comes before `2.10`, and `2` before `2.1`.
#[must_use]
pub fn compare_codes(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        match (one.is_empty(), other.is_empty()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        let (head, rest) = head(one);
        let (other_head, other_rest) = self::head(other);
        let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let order = if digits(head) && digits(other_head) {
            let (a, b) = (head.trim_start_matches('0'), other_head.trim_start_matches('0'));
            a.len().cmp(&b.len()).then(a.cmp(b)).then(head.len().cmp(&other_head.len()))
        } else {
            head.cmp(other_head)
        };
        if order != Ordering::Equal {
            return order;
        }
        (one, other) = (rest, other_rest);
    }
}

/// The digits that a text begins with, or else what comes before its first digit; and the rest.
fn head(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    text.split_at(end)
}

/// The codes above a code, from the top: `8` and `8.7` for `8.7.4`.
pub fn codes_above(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices('.').map(|(at, _)| &code[..at]).filter(|above| !above.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_compare_as_people_order_them() {
        let mut codes = ["2.10", "2.9", "2", "10", "2.9.1", "A2", "A10", "02", "", "2.a"];
        codes.sort_by(|a, b| compare_codes(a, b));
        assert_eq!(codes, ["", "2", "2.9", "2.9.1", "2.10", "2.a", "02", "10", "A2", "A10"]);
    }

    #[test]
    fn what_lies_above_a_code() {
        assert_eq!(codes_above("8.7.4").collect::<Vec<_>>(), ["8", "8.7"]);
        assert_eq!(codes_above("8").count(), 0);
    }
}

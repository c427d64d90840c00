//! E-mail addresses and phone numbers: what can be told without asking the network.

use super::Country;

/// The normal form of an e-mail address, its domain in lower case; none for what is no address.
///
/// A dot-atom (RFC 5322, section 3.2.3) of at most 64 octets before the `@`, a domain of two labels or more after it, 254
/// octets in all (RFC 5321, section 4.5.3.1, as RFC 3696's erratum 1690 reckons it). Quoted local parts, comments and address
/// literals, which hardly any mail system takes, are refused. Labels may hold any letters (RFC 5890).
pub fn email(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let atoms = local.split('.').all(|atom| {
        !atom.is_empty()
            && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
    });
    let domain = domain.to_lowercase();
    let labels = domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    let top = domain
        .rsplit_once('.')
        .is_some_and(|(_, top)| top.chars().count() >= 2 && !top.starts_with(char::is_numeric));
    let address = format!("{local}@{domain}");
    (atoms && labels && top && local.len() <= 64 && address.len() <= 254).then_some(address)
}

/// The normal form of a phone number, `+` and 7 to 15 digits (ITU-T E.164); none for what is no number.
///
/// `00` stands for `+`. A number without either is `country`'s own: eight digits in Denmark, a 0 and six to nine more digits
/// in Sweden. Spaces, hyphens, full stops, slashes and parentheses are passed over, and so is the `(0)` in `+46 (0)70`.
pub(super) fn phone(text: &str, country: Country) -> Option<String> {
    let digits: String = text
        .replacen("(0)", "", usize::from(text.starts_with(['+']) || text.starts_with("00")))
        .chars()
        .filter(|c| !" -./()\u{a0}".contains(*c))
        .collect();
    let number = match (digits.strip_prefix('+').or_else(|| digits.strip_prefix("00")), country) {
        (Some(international), _) => international.to_owned(),
        (None, Country::Dk) if digits.len() == 8 && !digits.starts_with(['0', '1']) => format!("45{digits}"),
        (None, Country::Se) if (7..=10).contains(&digits.len()) => format!("46{}", digits.strip_prefix('0')?),
        _ => return None,
    };
    let plausible = (7..=15).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && !number.starts_with('0')
        && (!number.starts_with("45") || number.len() == 10);
    plausible.then(|| format!("+{number}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses() {
        let label = "a".repeat(63);
        let longest = format!("{}@{label}.{label}.{}.dk", "b".repeat(64), "c".repeat(58));
        assert_eq!(longest.len(), 254);
        for (text, normal) in [
            ("anna@example.dk", "anna@example.dk"),
            ("Anna.B+tag@Example.DK", "Anna.B+tag@example.dk"),
            ("o'neil@sub.example.co.uk", "o'neil@sub.example.co.uk"),
            ("post@RØDGRØD.dk", "post@rødgrød.dk"),
            ("x@xn--rdgrd-vuad.dk", "x@xn--rdgrd-vuad.dk"),
            (&longest, &longest),
        ] {
            assert_eq!(email(text).as_deref(), Some(normal));
        }
        for text in [
            "",
            "@",
            "a@",
            "@b.dk",
            "a@b",
            "a.b.dk",
            "a@@b.dk",
            "a@b@c.dk",
            ".a@b.dk",
            "a.@b.dk",
            "a..b@c.dk",
            "a b@c.dk",
            "a@b..dk",
            "a@-b.dk",
            "a@b-.dk",
            "a@b.dk.",
            "a@b.d",
            "a@1.2.3.4",
            "a@[1.2.3.4]",
            "\"a b\"@c.dk",
            "å@b.dk",
            "a@b_c.dk",
            "a@b.dk\r\nBcc: c@d.dk",
            "a,b@c.dk",
            "<a@b.dk>",
        ] {
            assert_eq!(email(text), None, "{text}");
        }
        assert_eq!(email(&format!("{}@b.dk", "a".repeat(65))), None);
        assert_eq!(email(&format!("a@{}.dk", "b".repeat(64))), None);
        assert_eq!(email(&longest.replace("@", "@c.")), None);
    }

    #[test]
    fn numbers() {
        use Country::{Dk, Se};
        for (text, country, normal) in [
            ("20 12 34 56", Dk, Some("+4520123456")),
            ("+45 20-12-34-56", Se, Some("+4520123456")),
            ("004520123456", Dk, Some("+4520123456")),
            ("070-123 45 67", Se, Some("+46701234567")),
            ("08/123 456 78", Se, Some("+46812345678")),
            ("+46 (0)70 123 45 67", Dk, Some("+46701234567")),
            ("0046 (0)70 123 45 67", Dk, Some("+46701234567")),
            ("+1 (212) 555-0100", Dk, Some("+12125550100")),
            ("", Dk, None),
            ("+", Dk, None),
            ("2012345", Dk, None),
            ("201234567", Dk, None),
            ("01123456", Dk, None),
            ("+45 2012345", Dk, None),
            ("701234567", Se, None),
            ("+1234567890123456", Dk, None),
            ("+0123456789", Dk, None),
            ("+45 20123456 ext 7", Dk, None),
            ("++4520123456", Dk, None),
            ("٢٠١٢٣٤٥٦", Dk, None),
        ] {
            assert_eq!(phone(text, country).as_deref(), normal, "{text}");
        }
    }

    proptest! {
        #[test]
        fn normal_forms_are_their_own(text in "\\PC{0,20}|[+0-9 ()-]{5,20}|[a-zA-Z.]{1,8}@[a-zA-ZøİẞΣ.]{1,9}\\.[a-zA-Z]{2,3}") {
            for country in [Country::Dk, Country::Se] {
                if let Some(normal) = phone(&text, country) {
                    prop_assert_eq!(phone(&normal, country), Some(normal));
                }
            }
            if let Some(normal) = email(&text) {
                prop_assert_eq!(email(&normal), Some(normal));
            }
        }
    }
}

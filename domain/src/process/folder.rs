//! What the names of files and folders say of processes.

use unicode_normalization::UnicodeNormalization as _;

/// What a name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    /// The classification code that it begins with, such as `8.7.4`.
    pub code: Option<String>,
    /// The rest of it.
    pub title: String,
}

/// The most characters of a code.
const MOST_OF_CODE: usize = 50;
/// The most characters of a title.
const MOST_OF_TITLE: usize = 500;

/// Reads the name of a folder, or of a file without its ending: `8.7.4. Title`, `8.7.4 Title`, `8.7.4_Title`. A name that
/// is nothing but a code has no title, and is then called by its code. None for one without any letter or digit.
#[must_use]
pub fn file_name(name: &str) -> Option<FileName> {
    let name: String = name.nfc().filter(|c| !c.is_control()).collect();
    let name = name.trim();
    if !name.contains(char::is_alphanumeric) {
        return None;
    }
    let end = name.find(|c: char| !(c.is_alphanumeric() || c == '.')).unwrap_or(name.len());
    let (head, rest) = name.split_at(end);
    let code = head.trim_end_matches('.');
    // After the code comes its point, a blank or a line.
    let parted = head.ends_with('.') || rest.starts_with([' ', '_', '-']) || rest.is_empty();
    if !parted || !is_code(code) {
        return Some(FileName { code: None, title: cut(name) });
    }
    let title = rest.trim_start_matches([' ', '_', '-', '–']).trim();
    let title = if title.is_empty() { code } else { title };
    Some(FileName { code: Some(code.to_owned()), title: cut(title) })
}

fn cut(title: &str) -> String {
    let title: Vec<&str> = title.split_whitespace().collect();
    title.join(" ").chars().take(MOST_OF_TITLE).collect()
}

/// Digits in parts, or one or two letters before digits in parts.
fn is_code(text: &str) -> bool {
    let letters = text.chars().take_while(char::is_ascii_alphabetic).count();
    let numbers = &text[letters..];
    let parts = || numbers.split('.');
    text.len() <= MOST_OF_CODE
        && parts().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        && (letters == 0 || (letters <= 2 && parts().count() > 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_codes_and_titles() {
        for (name, code, title) in [
            ("8.7.4. Install  it", Some("8.7.4"), "Install it"),
            ("8.7.4 Install it", Some("8.7.4"), "Install it"),
            ("8.7.4_Install_it", Some("8.7.4"), "Install_it"),
            ("1. Vision", Some("1"), "Vision"),
            ("10 - Køb", Some("10"), "Køb"),
            ("8.7", Some("8.7"), "8.7"),
            ("P1.2 Plan", Some("P1.2"), "Plan"),
            ("A4 papir", None, "A4 papir"),
            ("2024-plan", Some("2024"), "plan"),
            ("3D-print", None, "3D-print"),
            ("Køb.ind", None, "Køb.ind"),
            ("O\u{308}l", None, "Öl"),
        ] {
            let expected = FileName { code: code.map(str::to_owned), title: title.to_owned() };
            assert_eq!(file_name(name), Some(expected), "{name}");
        }
        assert_eq!(file_name(" - "), None);
        assert_eq!(file_name(&"x".repeat(5_000)).map(|name| name.title.len()), Some(500));
    }
}

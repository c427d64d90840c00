//! The language to answer in.

use poem::http::HeaderMap;
use poem::http::header::ACCEPT_LANGUAGE;
use styr_domain::Language;

/// The language of Styr's that the caller likes best (RFC 9110, section 12.5.4); English if none.
pub(crate) fn of(headers: &HeaderMap) -> Language {
    let Some(wanted) = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) else {
        return Language::default();
    };
    let mut best = (0.0, Language::default());
    for range in wanted.split(',').take(32) {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let quality = parts
            .find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok())
            .filter(|quality| quality.is_finite())
            .unwrap_or(1.0);
        let primary = tag.split('-').next().unwrap_or_default();
        let language = match primary.to_ascii_lowercase().as_str() {
            "da" => Language::Da,
            "sv" => Language::Sv,
            "en" => Language::En,
            _ => continue,
        };
        if quality > best.0 {
            best = (quality, language);
        }
    }
    best.1
}

/// The language's tag (RFC 5646).
pub(crate) const fn tag(language: Language) -> &'static str {
    match language {
        Language::Da => "da",
        Language::Sv => "sv",
        Language::En => "en",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_known_language_wins() {
        let choose = |text: &str| of(&HeaderMap::from_iter([(ACCEPT_LANGUAGE, text.parse().unwrap())]));
        assert_eq!(choose("da"), Language::Da);
        assert_eq!(choose("nb, sv-SE;q=0.8, da;q=0.5"), Language::Sv);
        assert_eq!(choose("fr, *;q=0.1"), Language::En);
        assert_eq!(choose("da;q=0, sv;q=nonsense"), Language::Sv);
    }
}

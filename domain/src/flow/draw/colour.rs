//! Colours that somebody chose, and what can be read on them.

use std::fmt::{self, Display};

/// A colour, written as `#` and six hexadecimal digits whatever it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(u8, u8, u8);

/// What is written on pale colours, and on deep ones.
pub(super) const INKS: [&str; 2] = ["#16202e", "#ffffff"];

impl Colour {
    /// Reads `#` and three or six hexadecimal digits, and nothing else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let digits: Vec<u8> = digits.chars().map(|c| Some(c.to_digit(16)? as u8)).collect::<Option<_>>()?;
        match digits[..] {
            [r, g, b] => Some(Self(r * 17, g * 17, b * 17)),
            [r, red, g, green, b, blue] => Some(Self(r * 16 + red, g * 16 + green, b * 16 + blue)),
            _ => None,
        }
    }

    /// How bright it is, from 0 to 1 (WCAG 2.2, relative luminance).
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// Whether dark texts on it have the greater contrast.
    pub(super) fn is_pale(self) -> bool {
        self.luminance() > 0.179
    }

    /// Whether a line of it has a contrast of 2:1 or more both on the light and on the dark ground.
    pub(super) fn shows_on_any_ground(self) -> bool {
        (0.066..=0.475).contains(&self.luminance())
    }

    /// Whether it is white, which tools write for no colour.
    pub(super) fn is_white(self) -> bool {
        self == Self(255, 255, 255)
    }
}

impl Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

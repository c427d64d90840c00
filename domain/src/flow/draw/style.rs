//! The style sheet: a line of colours for each theme.

use super::Theme;
use super::colour::INKS;
use crate::text::Language;

/// A theme's colours.
struct Palette {
    /// Behind everything.
    ground: &'static str,
    /// Inside shapes.
    card: &'static str,
    /// Inside open sub-processes, so that what lies in them stands out.
    open: &'static str,
    /// The bands with the names of pools and lanes.
    band: &'static str,
    /// Outlines of shapes, lines and icons.
    ink: &'static str,
    /// Frames of pools, lanes and groups.
    frame: &'static str,
    /// Texts.
    text: &'static str,
    /// Outline and filling of what is done.
    done: [&'static str; 2],
    /// Outline and filling of where the case stands.
    current: [&'static str; 2],
    /// Outline and filling of where the case is stuck.
    failed: [&'static str; 2],
}

const LIGHT: Palette = Palette {
    ground: "#ffffff",
    card: "#ffffff",
    open: "#f8fafc",
    band: "#eef2f6",
    ink: "#334155",
    frame: "#7b8aa0",
    text: "#16202e",
    done: ["#1a7f4e", "#eaf7f0"],
    current: ["#0a5bd3", "#e6f0ff"],
    failed: ["#c22121", "#fdecec"],
};

const DARK: Palette = Palette {
    ground: "#10161d",
    card: "#1b242e",
    open: "#151d26",
    band: "#222d39",
    ink: "#b6c3d1",
    frame: "#64748b",
    text: "#eef3f8",
    done: ["#63d29b", "#143324"],
    current: ["#76b4ff", "#14315a"],
    failed: ["#ff9189", "#451d1d"],
};

/// What holds in every theme.
const COMMON: &str = "\
.styr-diagram{max-width:100%;height:auto;font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif}\
.styr-diagram text{white-space:pre}\
.styr-shape,.styr-line,.styr-icon,.styr-knockout,.styr-frame,.styr-sign{stroke-width:1.5;stroke-linejoin:round}\
.styr-line,.styr-icon,.styr-knockout,.styr-sign,.styr-frame{fill:none}\
.styr-icon,.styr-knockout{stroke-width:1.2;stroke-linecap:round}\
.styr-solid{stroke-width:1;stroke-linejoin:round}\
.styr-thick{stroke-width:3.5}\
.styr-bold{stroke-width:2.6}\
.styr-sign{stroke-width:2;stroke-linecap:round}\
.styr-dashed{stroke-dasharray:5 3}\
.styr-dotted{stroke-dasharray:.1 4;stroke-linecap:round;stroke-width:2}\
.styr-message{stroke-dasharray:8 5}\
.styr-group{stroke-dasharray:9 4 1 4;stroke-linecap:round}\
.styr-label{paint-order:stroke;stroke-width:3;stroke-linejoin:round}\
.styr-band-text{font-weight:600}\
.styr-done .styr-path{stroke-width:2.2}\
.styr-current .styr-shape,.styr-current .styr-path,.styr-failed .styr-shape,.styr-failed .styr-path{stroke-width:3}\
.styr-current .styr-thick,.styr-failed .styr-thick{stroke-width:5}";

/// What elements with colours of their own have in every theme: these rules go before a theme's.
fn own_colours() -> String {
    let mut sheet = String::from(
        ".styr-diagram .styr-lined .styr-icon,.styr-diagram .styr-lined .styr-solid{stroke:currentColor}\
         .styr-diagram .styr-lined .styr-solid{fill:currentColor}",
    );
    for (class, ink, knockout) in [("pale", INKS[0], INKS[1]), ("deep", INKS[1], INKS[0])] {
        let own = format!(".styr-diagram .styr-{class}");
        sheet.push_str(&format!(
            "{own} .styr-shape{{fill:inherit}}\
             {own} .styr-line,{own} .styr-icon,{own} .styr-solid{{stroke:{ink}}}\
             {own} .styr-text,{own} .styr-solid{{fill:{ink}}}\
             {own} .styr-knockout{{stroke:{knockout}}}"
        ));
    }
    sheet + ".styr-diagram .styr-lined .styr-shape,.styr-diagram .styr-lined .styr-line{stroke:currentColor}"
}

/// The class of the picture's root in this theme. Pictures with different themes can share a page.
pub(super) const fn class(theme: Theme) -> &'static str {
    match theme {
        Theme::Auto => "styr-auto",
        Theme::Light => "styr-light",
        Theme::Dark => "styr-dark",
    }
}

/// The language's BCP 47 tag.
pub(super) const fn language_tag(language: Language) -> &'static str {
    match language {
        Language::Da => "da",
        Language::Sv => "sv",
        Language::En => "en",
    }
}

/// The whole style sheet for a theme. Plain rules rather than variables, which few programs beside browsers know.
pub(super) fn sheet(theme: Theme) -> String {
    let common = COMMON.to_owned() + &own_colours();
    match theme {
        Theme::Light => format!("{common}{}", colours(".styr-light", &LIGHT)),
        Theme::Dark => format!("{common}{}", colours(".styr-dark", &DARK)),
        Theme::Auto => format!(
            "{common}{}@media (prefers-color-scheme:dark){{{}}}",
            colours(".styr-auto", &LIGHT),
            colours(".styr-auto", &DARK)
        ),
    }
}

fn colours(root: &str, palette: &Palette) -> String {
    let Palette { ground, card, open, band, ink, frame, text, done, current, failed } = palette;
    let mut sheet = format!(
        "{root} .styr-ground{{fill:{ground}}}\
         {root} .styr-shape{{fill:{card};stroke:{ink}}}\
         {root} .styr-open{{fill:{open}}}\
         {root} .styr-answer{{fill:{band}}}\
         {root} .styr-band{{fill:{band};stroke:{frame}}}\
         {root} .styr-frame{{stroke:{frame}}}\
         {root} .styr-line,{root} .styr-icon,{root} .styr-solid{{stroke:{ink}}}\
         {root} .styr-solid{{fill:{ink}}}\
         {root} .styr-knockout,{root} .styr-sign{{stroke:{card}}}\
         {root} .styr-text,{root} .styr-label{{fill:{text}}}\
         {root} .styr-label{{stroke:{ground}}}"
    );
    for (class, [line, fill]) in [("done", done), ("current", current), ("failed", failed)] {
        let state = format!("{root} .styr-{class}");
        sheet.push_str(&format!(
            "{state} .styr-shape{{fill:{fill};stroke:{line}}}\
             {state} .styr-line,{state} .styr-icon,{state} .styr-solid{{stroke:{line}}}\
             {state} .styr-solid,{state} .styr-badge{{fill:{line}}}"
        ));
    }
    sheet
}

//! The picture of a landscape: a column for each group at the top, with what lies in it below.

use super::canvas::{Anchor, Canvas, Escaped};
use super::geometry::{point, rect};
use super::type_metrics::{LABEL, TEXT, extent, wrap};
use super::{MARGIN, Point, Theme, document};
use crate::access::ProcessState;
use crate::text;
use crate::text::{Language, Text};

/// A group or process of a landscape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LandscapeItem {
    /// Its id, which the picture names it by and links lead to.
    pub id: String,
    /// Its code, shown before the title.
    pub code: Option<String>,
    /// Its title.
    pub title: String,
    /// A process's state; none for a group.
    pub state: Option<ProcessState>,
    /// What lies in a group, in the order in which it is shown.
    pub children: Vec<LandscapeItem>,
}

/// How a landscape is to be drawn.
#[derive(Debug, Clone)]
pub struct LandscapeOptions {
    /// The picture's title. Absent means the language's word for a landscape.
    pub title: Option<String>,
    /// The language of the words that the picture adds.
    pub language: Language,
    /// Light, dark, or as the reader's device has it.
    pub theme: Theme,
    /// How many levels are shown, at least 1: groups on the last say only how many processes lie in them. At most 20.
    pub levels: usize,
    /// What links begin with, before the item's id: a path or a web address. Absent, or anything else, means no links.
    pub link_base: Option<String>,
}

impl Default for LandscapeOptions {
    fn default() -> Self {
        Self {
            title: None,
            language: Language::default(),
            theme: Theme::default(),
            levels: 4,
            link_base: None,
        }
    }
}

/// How many columns stand beside each other.
const COLUMNS: usize = 6;
/// How many processes without a group share a column before they take more.
const LOOSE: usize = 12;
/// How wide a column is, in pixels.
const COLUMN: f64 = 230.0;
/// Between columns, and between rows of them, in pixels.
const GAP: f64 = 24.0;
/// Between boxes, and inside a group's edge, in pixels.
const PAD: f64 = 8.0;
/// More levels than this are not drawn, so that boxes keep a width to write in.
const MOST_LEVELS: usize = 20;
/// How many lines a title may have.
const LINES: usize = 5;

/// The landscape as a standalone SVG document in the style of [`svg()`](super::svg()).
///
/// The same items and options give the same bytes. Time and size are linear in what is shown.
#[must_use]
pub fn landscape(items: &[LandscapeItem], options: &LandscapeOptions) -> String {
    let picture = Picture { options, base: options.link_base.as_deref().filter(|base| is_safe(base)) };
    let mut canvas = Canvas::default();
    // Processes without a group share a column, or several where they are many.
    let (loose, groups): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.state.is_some());
    let mut columns: Vec<Vec<&LandscapeItem>> = groups.into_iter().map(|group| vec![group]).collect();
    let long = loose.len().div_ceil(COLUMNS).max(LOOSE);
    columns.extend(loose.chunks(long).map(<[_]>::to_vec));
    let mut y = 0.0;
    for row in columns.chunks(COLUMNS) {
        let mut low: f64 = y;
        for (place, column) in row.iter().enumerate() {
            let x = place as f64 * (COLUMN + GAP);
            let mut at = y;
            for item in column {
                at += picture.item(&mut canvas, item, point(x, at), COLUMN, 1) + PAD;
            }
            low = low.max(at - PAD);
        }
        y = low + GAP;
    }
    let title = options.title.clone().unwrap_or_else(|| {
        picture.say(&Text::fixed("Proceslandskab", "Processlandskap", "Process landscape"))
    });
    document(&canvas.finish(MARGIN), &title, &picture.description(items), options.theme, options.language)
}

struct Picture<'a> {
    options: &'a LandscapeOptions,
    base: Option<&'a str>,
}

impl Picture<'_> {
    fn say(&self, text: &Text) -> String {
        text.in_language(self.options.language).to_owned()
    }

    /// Draws an item and what lies in it; gives its height.
    fn item(&self, canvas: &mut Canvas, item: &LandscapeItem, at: Point, wide: f64, level: usize) -> f64 {
        let is_group = item.state.is_none();
        let lines = title(item, wide);
        let note = self.note(item, level);
        let head = extent(&lines, TEXT).1 + note.as_ref().map_or(0.0, |_| LABEL * 1.4) + 2.0 * PAD;
        let high = self.height(item, wide, level);
        canvas.put(format_args!("<g class=\"styr-node\" data-element=\"{}\">", Escaped(&item.id)));
        let full = note.as_ref().map_or_else(|| name(item), |note| format!("{} ({note})", name(item)));
        canvas.put(format_args!("<title>{}</title>", Escaped(&full)));
        if let Some(base) = self.base {
            canvas.put(format_args!("<a href=\"{}{}\">", Escaped(base), Encoded(&item.id)));
        }
        let b = rect(at.x, at.y, wide, high);
        canvas.cover(b);
        let class = match item.state {
            Some(ProcessState::Draft) => "styr-shape styr-dashed",
            Some(ProcessState::Frozen) => "styr-shape styr-thick",
            Some(ProcessState::Live) => "styr-shape",
            None => "styr-shape styr-open",
        };
        canvas.rectangle(class, b, if is_group { 4.0 } else { 8.0 });
        if level == 1 && is_group {
            canvas.rectangle("styr-band", rect(at.x, at.y, wide, head), 4.0);
        }
        let text = if is_group { "styr-text styr-band-text" } else { "styr-text" };
        canvas.text_uncovered(text, &lines, point(at.x + PAD, at.y + PAD), TEXT, Anchor::Start);
        if let Some(note) = note {
            let under = point(at.x + PAD, at.y + PAD + extent(&lines, TEXT).1 + 2.0);
            canvas.text_uncovered("styr-text", &[note], under, LABEL, Anchor::Start);
        }
        if self.base.is_some() {
            canvas.put(format_args!("</a>"));
        }
        canvas.put(format_args!("</g>\n"));
        if self.is_open(item, level) {
            let mut y = at.y + head;
            for child in &item.children {
                y += self.item(canvas, child, point(at.x + PAD, y), wide - 2.0 * PAD, level + 1) + PAD;
            }
        }
        high
    }

    fn height(&self, item: &LandscapeItem, wide: f64, level: usize) -> f64 {
        let lines = title(item, wide);
        let note = self.note(item, level).map_or(0.0, |_| LABEL * 1.4);
        let own = extent(&lines, TEXT).1 + note + 2.0 * PAD;
        if !self.is_open(item, level) {
            return own;
        }
        own + item.children.iter().map(|c| self.height(c, wide - 2.0 * PAD, level + 1) + PAD).sum::<f64>()
    }

    fn is_open(&self, item: &LandscapeItem, level: usize) -> bool {
        !item.children.is_empty() && level < self.options.levels.clamp(1, MOST_LEVELS)
    }

    /// A process's state where it is not in use; how many processes lie in a closed group.
    fn note(&self, item: &LandscapeItem, level: usize) -> Option<String> {
        match item.state {
            Some(ProcessState::Draft) => Some(self.say(&Text::fixed("kladde", "utkast", "draft"))),
            Some(ProcessState::Frozen) => Some(self.say(&Text::fixed("frosset", "fryst", "frozen"))),
            Some(ProcessState::Live) => None,
            None if self.is_open(item, level) => None,
            None => Some(self.processes(processes(item))),
        }
    }

    fn processes(&self, n: usize) -> String {
        let [da, sv, en] =
            if n == 1 { ["proces", "process", "process"] } else { ["processer", "processer", "processes"] };
        self.say(&text!("{n} {da}", "{n} {sv}", "{n} {en}"))
    }

    fn description(&self, items: &[LandscapeItem]) -> String {
        let groups: usize = items.iter().map(groups).sum();
        let processes = self.processes(items.iter().map(processes).sum());
        let [da, sv, en] =
            if groups == 1 { ["gruppe", "grupp", "group"] } else { ["grupper", "grupper", "groups"] };
        self.say(&text!(
            "{groups} {da}, {processes}.",
            "{groups} {sv}, {processes}.",
            "{groups} {en}, {processes}."
        ))
    }
}

/// An item's name as it stands in a box this wide. The widest fonts in common use, such as DejaVu Sans, take up to an
/// eighth more than texts are measured with, and what is set in bold a quarter more.
fn title(item: &LandscapeItem, wide: f64) -> Vec<String> {
    let font = if item.state.is_none() { 1.25 } else { 1.12 };
    wrap(&name(item), (wide - 2.0 * PAD) / font, TEXT, LINES)
}

fn name(item: &LandscapeItem) -> String {
    match item.code.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
        Some(code) => format!("{code} {}", item.title),
        None => item.title.clone(),
    }
}

/// How many processes an item is or holds, at any depth.
fn processes(item: &LandscapeItem) -> usize {
    usize::from(item.state.is_some()) + item.children.iter().map(processes).sum::<usize>()
}

fn groups(item: &LandscapeItem) -> usize {
    usize::from(item.state.is_none()) + item.children.iter().map(groups).sum::<usize>()
}

/// Whether links may begin so: only what leads to pages.
fn is_safe(base: &str) -> bool {
    (base.starts_with('/') && !base.starts_with("//"))
        || base.starts_with("https://")
        || base.starts_with("http://")
}

/// An id as a piece of a path.
struct Encoded<'a>(&'a str);

impl std::fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                write!(f, "{}", char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(id: &str, state: ProcessState) -> LandscapeItem {
        LandscapeItem {
            id: id.into(),
            title: format!("Process {id}"),
            state: Some(state),
            ..Default::default()
        }
    }

    fn items() -> Vec<LandscapeItem> {
        let inner = LandscapeItem {
            id: "g2".into(),
            code: Some("1.1".into()),
            title: "Ansæt <folk> & hold på dem, også når det er svært at finde nogen".into(),
            children: vec![process("a", ProcessState::Live), process("b", ProcessState::Draft)],
            ..Default::default()
        };
        let top = LandscapeItem {
            id: "g1".into(),
            code: Some("1".into()),
            title: "Personale".into(),
            children: vec![inner, process("c", ProcessState::Frozen)],
            ..Default::default()
        };
        vec![top, process("d", ProcessState::Live)]
    }

    /// Where each box lies: left, top, width, height.
    fn boxes(picture: &str) -> Vec<[f64; 4]> {
        let shapes = picture.split("<rect class=\"styr-shape").skip(1);
        let number = |shape: &str, name: &str| {
            let value = shape.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap();
            value.parse::<f64>().unwrap()
        };
        shapes.map(|s| ["x", "y", "width", "height"].map(|name| number(s, name))).collect()
    }

    #[test]
    fn boxes_lie_in_their_groups_and_no_two_overlap_otherwise() {
        let picture = landscape(&items(), &LandscapeOptions::default());
        let boxes = boxes(&picture);
        assert_eq!(boxes.len(), 6);
        for (i, a) in boxes.iter().enumerate() {
            for b in &boxes[i + 1..] {
                let apart =
                    a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
                let holds =
                    a[0] < b[0] && b[0] + b[2] < a[0] + a[2] && a[1] < b[1] && b[1] + b[3] < a[1] + a[3];
                assert!(apart || holds, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn texts_are_wrapped_escaped_and_told_to_screen_readers() {
        let options = LandscapeOptions { language: Language::Da, ..Default::default() };
        let picture = landscape(&items(), &options);
        for part in [
            "role=\"img\"",
            "<title>Proceslandskab</title>",
            "<desc lang=\"da\">2 grupper, 4 processer.</desc>",
            "&lt;folk&gt; &amp; hold",
            "kladde",
            "frosset",
        ] {
            assert!(picture.contains(part), "{part}");
        }
        assert!(picture.matches("<tspan").count() > 8);
        assert!(!picture.contains("<a ") && !picture.contains("<script"));
        let dark = landscape(&items(), &LandscapeOptions { theme: Theme::Dark, ..options });
        assert!(dark.contains("styr-dark") && !dark.contains("prefers-color-scheme"));
    }

    #[test]
    fn deeper_levels_are_counted_instead() {
        let picture = landscape(&items(), &LandscapeOptions { levels: 2, ..Default::default() });
        assert!(picture.contains("2 processes") && !picture.contains("Process b"));
        let first = landscape(&items(), &LandscapeOptions { levels: 0, ..Default::default() });
        assert!(first.contains("3 processes") && first.contains("Process d"));
    }

    #[test]
    fn links_begin_as_asked_and_lead_to_pages_only() {
        let with = |base: &str| {
            landscape(&items(), &LandscapeOptions { link_base: Some(base.into()), ..Default::default() })
        };
        assert!(with("/processes/").contains("<a href=\"/processes/g1\">"));
        assert_eq!(with("https://styr.example/p?a=1&b=").matches("?a=1&amp;b=").count(), 6);
        for base in ["javascript:alert(1)//", "data:text/html,", "//evil.example/", ""] {
            assert!(!with(base).contains("<a "), "{base}");
        }
        let odd = [process("a b\"/<", ProcessState::Live)];
        let picture =
            landscape(&odd, &LandscapeOptions { link_base: Some("/".into()), ..Default::default() });
        assert!(picture.contains("href=\"/a%20b%22%2F%3C\""));
    }

    #[test]
    fn nothing_and_many_are_drawn_too() {
        assert!(landscape(&[], &LandscapeOptions::default()).contains("0 processes"));
        let mut deep = process("p", ProcessState::Live);
        for n in 0..200 {
            deep = LandscapeItem {
                id: n.to_string(),
                title: n.to_string(),
                children: vec![deep],
                ..Default::default()
            };
        }
        assert!(
            landscape(&[deep], &LandscapeOptions { levels: 500, ..Default::default() }).contains("1 process")
        );
    }

    #[test]
    fn titles_keep_in_their_boxes_in_a_wide_font() {
        let text = "Execute and measure strategic initiatives and options to achieve the objectives";
        let inner = LandscapeItem { title: text.into(), ..process("p", ProcessState::Draft) };
        let group = LandscapeItem {
            id: "g".into(),
            title: text.into(),
            children: vec![inner.clone()],
            ..Default::default()
        };
        for (item, font) in [(&inner, 1.1), (&group, 1.25)] {
            let lines = title(item, COLUMN);
            assert!(lines.len() > 2);
            for line in &lines {
                let wide = super::super::type_metrics::width(line.trim_end(), TEXT) * font;
                assert!(wide <= COLUMN - 2.0 * PAD, "{line}: {wide}");
            }
        }
    }

    #[test]
    fn many_processes_without_a_group_stand_in_several_columns() {
        let loose = |n: usize| -> Vec<LandscapeItem> {
            (0..n).map(|n| process(&n.to_string(), ProcessState::Live)).collect()
        };
        let columns = |n| {
            let boxes = boxes(&landscape(&loose(n), &LandscapeOptions::default()));
            boxes.iter().map(|b| b[0] as i64).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert_eq!([columns(12), columns(13), columns(60), columns(600)], [1, 2, 5, 6]);
    }
}

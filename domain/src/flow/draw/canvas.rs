//! The paper: collects markup and how far it reaches.

use std::fmt::{self, Display, Write as _};

use super::super::graph::{Bounds, Point};
use super::geometry::rect;
use super::type_metrics::{LEADING, extent, width};

/// A number as SVG writes it: hundredths of a pixel, no more digits than needed.
pub(super) struct Num(pub(super) f64);

impl Display for Num {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Adding zero turns minus zero into zero.
        write!(f, "{}", (self.0 * 100.0).round() / 100.0 + 0.0)
    }
}

/// Text as XML carries it, without characters that control rather than show.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' | '\r' | '\t' => f.write_char(' ')?,
                // What turns the writing direction could make one text read as another.
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
                // XML has no way to write these two.
                '\u{fffe}' | '\u{ffff}' => {}
                c if c.is_control() => {}
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Where a text stands relative to the point it is given.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
}

/// What has been drawn so far.
pub(super) struct Canvas {
    markup: String,
    from: (f64, f64),
    to: (f64, f64),
}

/// The whole picture's markup and the part of the plane that it covers, in whole pixels.
pub(super) struct Finished {
    pub(super) markup: String,
    pub(super) view: Bounds,
}

impl Default for Canvas {
    fn default() -> Self {
        Self {
            markup: String::new(),
            from: (f64::INFINITY, f64::INFINITY),
            to: (f64::NEG_INFINITY, f64::NEG_INFINITY),
        }
    }
}

impl Canvas {
    /// Adds markup as it is.
    pub(super) fn put(&mut self, markup: fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.markup.write_fmt(markup);
    }

    /// Makes the view hold this rectangle.
    pub(super) fn cover(&mut self, b: Bounds) {
        self.from = (self.from.0.min(b.x), self.from.1.min(b.y));
        self.to = (self.to.0.max(b.x + b.width), self.to.1.max(b.y + b.height));
    }

    /// Makes the view hold these points.
    pub(super) fn cover_points(&mut self, points: &[Point]) {
        for p in points {
            self.cover(rect(p.x, p.y, 0.0, 0.0));
        }
    }

    pub(super) fn rectangle(&mut self, class: &str, b: Bounds, radius: f64) {
        let Bounds { x, y, width, height } = b;
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            Num(x),
            Num(y),
            Num(width),
            Num(height)
        ));
        if radius > 0.0 {
            self.put(format_args!(" rx=\"{}\"", Num(radius)));
        }
        self.put(format_args!("/>"));
    }

    pub(super) fn circle(&mut self, class: &str, at: Point, radius: f64) {
        let (x, y, r) = (Num(at.x), Num(at.y), Num(radius.max(0.0)));
        self.put(format_args!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>"));
    }

    /// A path whose data is known to be sound.
    pub(super) fn path(&mut self, class: &str, data: impl Display) {
        self.put(format_args!("<path class=\"{class}\" d=\"{data}\"/>"));
    }

    /// A path from an icon's own plane, moved to `at` and scaled.
    pub(super) fn icon(&mut self, class: &str, data: &str, at: Point, scale: f64) {
        self.put(format_args!(
            "<path class=\"{class}\" transform=\"translate({} {}) scale({})\" d=\"{data}\"/>",
            Num(at.x),
            Num(at.y),
            Num(scale)
        ));
    }

    /// Lines of text below each other, the first with its top at `at`.
    pub(super) fn text(&mut self, class: &str, lines: &[String], at: Point, size: f64, anchor: Anchor) {
        let (wide, high) = extent(lines, size);
        let left = if anchor == Anchor::Middle { at.x - wide / 2.0 } else { at.x };
        self.cover(rect(left, at.y, wide, high));
        self.text_uncovered(class, lines, at, size, anchor);
    }

    /// The same, where the view holds the text anyway.
    pub(super) fn text_uncovered(
        &mut self,
        class: &str,
        lines: &[String],
        at: Point,
        size: f64,
        anchor: Anchor,
    ) {
        if lines.is_empty() {
            return;
        }
        let middle = if anchor == Anchor::Middle { " text-anchor=\"middle\"" } else { "" };
        self.put(format_args!("<text class=\"{class}\" font-size=\"{}\"{middle}>", Num(size)));
        for (i, line) in lines.iter().enumerate() {
            // The space at a line's end counts when a line is centred; make up for it.
            let shift = match anchor {
                Anchor::Middle if line.ends_with(' ') => width(" ", size) / 2.0,
                _ => 0.0,
            };
            let (x, y) = (Num(at.x + shift), Num(at.y + size * (0.95 + i as f64 * LEADING)));
            self.put(format_args!("<tspan x=\"{x}\" y=\"{y}\">{}</tspan>", Escaped(line)));
        }
        self.put(format_args!("</text>"));
    }

    /// The markup, and a view around it.
    pub(super) fn finish(self, margin: f64) -> Finished {
        let (from, to) =
            if self.from.0 <= self.to.0 { (self.from, self.to) } else { ((0.0, 0.0), (0.0, 0.0)) };
        let (x, y) = ((from.0 - margin).floor(), (from.1 - margin).floor());
        let view = rect(x, y, (to.0 + margin).ceil() - x, (to.1 + margin).ceil() - y);
        Finished { markup: self.markup, view }
    }
}

//! A picture that somebody arranged: boxes with texts, in the same style as a flow's.

use super::canvas::{self, Anchor, Canvas};
use super::colour::{Colour, INKS};
use super::geometry::{centre, sound};
use super::type_metrics::extent;
use super::{MARGIN, Theme, nodes, style};
use crate::flow::graph::Bounds;
use crate::text::Language;

/// A box of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardBox {
    /// Where it stands. One without a size, or out of the way, is not drawn.
    pub bounds: Bounds,
    /// The text in it; none for an empty box.
    pub text: Option<String>,
    /// Its colour, as `#` and three or six hexadecimal digits; the theme's when none is given or it is written otherwise.
    pub colour: Option<String>,
    /// What tells it apart, as the `data-element` of its group; none for what nobody may know.
    pub element: Option<String>,
}

/// Between the edge of a box and its text.
const PADDING: f64 = 8.0;

/// The boxes as a standalone SVG document, from the back to the front: no scripts, no fonts, no references. Texts are real
/// texts, and the picture has a title and a description. The same boxes give the same bytes.
#[must_use]
pub fn board(boxes: &[BoardBox], title: &str, description: &str, language: Language, theme: Theme) -> String {
    let mut canvas = Canvas::default();
    for BoardBox { bounds, text, colour, element } in boxes {
        let Some(bounds) = sound(*bounds) else { continue };
        canvas.cover(bounds);
        match element {
            Some(element) => canvas.put(format_args!("<g data-element=\"{}\">", canvas::Escaped(element))),
            None => canvas.put(format_args!("<g>")),
        }
        let colour = colour.as_deref().and_then(Colour::parse);
        match colour {
            Some(colour) => {
                let Bounds { x, y, width, height } = bounds;
                canvas.put(format_args!(
                    "<rect class=\"styr-frame\" style=\"fill:{colour}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
                    canvas::Num(x),
                    canvas::Num(y),
                    canvas::Num(width),
                    canvas::Num(height)
                ));
            }
            None => canvas.rectangle("styr-shape", bounds, 6.0),
        }
        if let Some(text) = text {
            let wide = (bounds.width - 2.0 * PADDING).max(1.0);
            let high = (bounds.height - 2.0 * PADDING).max(1.0);
            let (lines, size) = nodes::fitted(text, wide, high);
            let (_, tall) = extent(&lines, size);
            let mut at = centre(bounds);
            at.y -= tall / 2.0;
            if let Some(colour) = colour {
                // On a colour of its own the theme's text could not be read.
                let ink = INKS[usize::from(!colour.is_pale())];
                canvas.put(format_args!("<g fill=\"{ink}\">"));
                canvas.text_uncovered("styr-own", &lines, at, size, Anchor::Middle);
                canvas.put(format_args!("</g>"));
            } else {
                canvas.text_uncovered("styr-text", &lines, at, size, Anchor::Middle);
            }
        }
        canvas.put(format_args!("</g>\n"));
    }
    let body = canvas.finish(MARGIN);
    let Bounds { x, y, width, height } = body.view;
    let (class, tag, sheet) = (style::class(theme), style::language_tag(language), style::sheet(theme));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"styr-diagram {class}\" role=\"img\" width=\"{width}\" height=\"{height}\" viewBox=\"{x} {y} {width} {height}\">\n\
         <title>{}</title>\n<desc lang=\"{tag}\">{}</desc>\n<style>{sheet}</style>\n\
         <rect class=\"styr-ground\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n{}</svg>\n",
        canvas::Escaped(title),
        canvas::Escaped(description),
        body.markup,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_drawn_with_their_texts() {
        let bounds = Bounds { x: 10.0, y: 10.0, width: 160.0, height: 60.0 };
        let boxes = [
            BoardBox {
                bounds,
                text: Some("Køb <ind>".to_owned()),
                colour: Some("#102030".to_owned()),
                element: Some("a".to_owned()),
            },
            BoardBox {
                bounds: Bounds { x: 200.0, ..bounds },
                text: None,
                colour: Some("red;x".to_owned()),
                element: None,
            },
            BoardBox {
                bounds: Bounds { width: f64::NAN, ..bounds },
                text: Some("Nowhere".to_owned()),
                colour: None,
                element: None,
            },
        ];
        let svg = board(&boxes, "Title", "Two boxes", Language::Da, Theme::Auto);
        assert!(svg.starts_with("<svg") && svg.contains("<title>Title</title>"));
        assert!(
            svg.contains("Køb &lt;ind&gt;")
                && svg.contains("fill:#102030")
                && svg.contains("prefers-color-scheme")
        );
        assert!(!svg.contains("red;x") && !svg.contains("Nowhere"));
        assert_eq!(svg.matches("<g data-element").count(), 1);
    }
}

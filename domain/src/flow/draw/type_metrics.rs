//! How wide a text is and where its lines break, near enough for any sans-serif font.

/// The size of the text inside shapes, in pixels.
pub(super) const TEXT: f64 = 12.0;
/// The size of labels beside shapes and lines, in pixels.
pub(super) const LABEL: f64 = 11.0;
/// From one line's top to the next, in text sizes.
pub(super) const LEADING: f64 = 1.2;

/// A character's width, in text sizes.
fn advance(c: char) -> f64 {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | '!' | 'I' => 0.26,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '\\' | '-' | '"' | '*' => 0.32,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | 'æ' | 'Æ' | 'œ' | 'Œ' | '—' | '…' => 0.88,
        'A'..='Z' | 'À'..='Þ' | '&' => 0.69,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => 1.0,
        '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' => 1.0,
        '\u{1f000}'..='\u{3ffff}' => 1.3,
        '0'..='9' => 0.6,
        _ => 0.57,
    }
}

/// The text's width in pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// The width of the widest line and the height of all, in pixels.
pub(super) fn extent(lines: &[String], size: f64) -> (f64, f64) {
    let widest = lines.iter().map(|line| width(line.trim_end(), size)).fold(0.0, f64::max);
    (widest, lines.len() as f64 * size * LEADING)
}

/// Breaks the text into lines no wider than `limit` pixels, at most `most` of them.
///
/// A line that ends between words keeps its space, so that what a reader selects reads as written. A word
/// too wide for a line is broken with a hyphen. What does not fit is cut off with an ellipsis.
pub(super) fn wrap(text: &str, limit: f64, size: f64, most: usize) -> Vec<String> {
    let limit = limit.max(size * 2.0);
    // No letter is narrower than a sixth of its size: what comes after so many of them is never drawn, however long it is.
    let letters = (most + 1) * (limit / size * 6.0).ceil() as usize;
    let text = text.char_indices().nth(letters).map_or(text, |(end, _)| &text[..end]);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0.0);
    let space = width(" ", size);
    'text: for paragraph in text.split(['\n', '\r']) {
        for word in paragraph.split_whitespace() {
            let mut rest = word;
            loop {
                let wide = width(rest, size);
                if line.is_empty() && wide > limit {
                    let (head, tail) = break_word(rest, limit, size);
                    lines.push(head);
                    rest = tail;
                } else if line.is_empty() || used + space + wide <= limit {
                    if !line.is_empty() {
                        line.push(' ');
                        used += space;
                    }
                    line.push_str(rest);
                    used += wide;
                    break;
                } else {
                    line.push(' ');
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                if lines.len() > most {
                    break 'text;
                }
            }
        }
        if !line.is_empty() {
            line.push(' ');
            lines.push(std::mem::take(&mut line));
            used = 0.0;
        }
        if lines.len() > most {
            break;
        }
    }
    let cut = lines.len() > most;
    lines.truncate(most);
    if let Some(last) = lines.last_mut() {
        last.truncate(last.trim_end().len());
        if cut {
            let mut over = width(last, size) + width("…", size) - limit;
            while over > 0.0 {
                over -= last.pop().map_or(over, |c| advance(c) * size);
            }
            last.truncate(last.trim_end_matches([' ', '-']).len());
            last.push('…');
        }
    }
    lines
}

/// The part of a word that fits a line, and what remains. Breaks after a hyphen or slash if one is near.
fn break_word(word: &str, limit: f64, size: f64) -> (String, &str) {
    let room = limit - width("-", size);
    let (mut used, mut fits, mut natural) = (0.0, 0, 0);
    for (at, c) in word.char_indices() {
        let wide = advance(c) * size;
        if used + wide > room && at > 0 {
            break;
        }
        used += wide;
        fits = at + c.len_utf8();
        if matches!(c, '-' | '/' | '_' | '.') {
            natural = fits;
        }
    }
    if natural > fits / 3 {
        (word[..natural].to_owned(), &word[natural..])
    } else {
        (format!("{}-", &word[..fits]), &word[fits..])
    }
}

//! How wide a text will be, reckoned a little generously: the layout is made before anything is drawn.

/// The kind of letters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Font {
    /// Names, addresses.
    Mono,
    /// Words.
    Sans,
    /// Headings.
    Bold,
}

/// The width of a text in pixels at a size in pixels.
pub fn width(text: &str, font: Font, size: f64) -> f64 {
    let letter = |letter: char| match (font, letter) {
        // A Hangul syllable or another wide letter.
        (Font::Mono, '\u{1100}'..) => 1.2,
        (_, '\u{1100}'..) => 1.0,
        (Font::Mono, _) => 0.61,
        (
            _,
            'i' | 'j' | 'l' | 't' | 'f' | 'r' | ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '(' | ')' | '/' | '·',
        ) => 0.4,
        (_, 'm' | 'w' | 'M' | 'W' | '@' | '%') => 0.98,
        (_, 'A'..='Z') => 0.74,
        _ => 0.62,
    };
    let bold = if font == Font::Bold { 1.05 } else { 1.0 };
    text.chars().map(letter).sum::<f64>() * size * bold
}

/// The text, or as much of its beginning as there is room for; nothing where there is not even room for a letter.
pub fn fit(text: &str, font: Font, size: f64, viewport: f64) -> String {
    if width(text, font, size) <= viewport {
        return text.to_owned();
    }
    if viewport < 2.0 * size {
        return String::new();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if width(&kept, font, size) + width("…", font, size) > viewport {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

/// The text in lines of this width, broken at spaces; at most `most` lines, the last one shortened.
pub fn wrap(text: &str, font: Font, size: f64, viewport: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let full = lines.len() >= most;
        let last = lines.last_mut().filter(|line| width(&format!("{line} {word}"), font, size) <= viewport);
        match last {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None if !full => lines.push(fit(word, font, size, viewport)),
            None => {
                if let Some(line) = lines.last_mut() {
                    *line = fit(&format!("{line} {word}…"), font, size, viewport);
                }
                break;
            }
        }
    }
    lines
}

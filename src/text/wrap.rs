//! Our own lines in a terminal, broken where a person would break them.

/// Breaks a text at its spaces into lines of at most so many columns; all but the first are indented. A word that is longer
/// than a line is left to the terminal.
#[inline(never)]
pub fn wrap(text: &str, columns: u16) -> String {
    let columns = usize::from(columns.max(20));
    let mut lines = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let width: usize = word.chars().map(cells).sum();
        if used > 0 && used + 1 + width > columns {
            lines.push_str("\r\n  ");
            used = 2;
        } else if used > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += width;
    }
    lines
}

/// The cells of a terminal that a letter takes: two for the wide ones of East Asia.
fn cells(letter: char) -> usize {
    match letter {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::wrap;

    #[wasm_bindgen_test]
    fn lines_end_at_words() {
        for (text, columns, lines) in [
            ("short", 20, "short"),
            ("↳ Why? Nobody answers", 20, "↳ Why? Nobody\r\n  answers"),
            ("왜? 아무도 답하지 않았습니다.", 20, "왜? 아무도 답하지\r\n  않았습니다."),
            ("a-word-that-is-longer-than-a-line b", 20, "a-word-that-is-longer-than-a-line\r\n  b"),
        ] {
            assert_eq!(wrap(text, columns), lines);
        }
    }
}

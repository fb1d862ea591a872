//! Where text falls on a screen of so many columns.

use unicode_width::UnicodeWidthChar;

/// A place on the screen, from where the prompt starts.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Place {
    pub row: usize,
    pub column: usize,
}

impl Place {
    /// Where the cursor is after one more character.
    pub fn after(self, c: char, columns: usize) -> Place {
        let Place { row, column } = self;
        let width = match c {
            '\n' => return Place { row: row + 1, column: 0 },
            '\t' => 8 - column % 8,
            c => c.width().unwrap_or(0),
        };
        // A wide character that does not fit goes to the next row whole.
        let (row, column) = if column + width > columns { (row + 1, 0) } else { (row, column) };
        if column + width == columns {
            Place { row: row + 1, column: 0 }
        } else {
            Place { row, column: column + width }
        }
    }

    /// Where the cursor is after text without control sequences.
    pub fn after_all<'a>(self, text: impl IntoIterator<Item = &'a char>, columns: usize) -> Place {
        text.into_iter().fold(self, |place, c| place.after(*c, columns))
    }
}

/// Text without its control sequences (colours), for measuring.
pub(super) fn visible(text: &str) -> Vec<char> {
    let mut shown = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            match chars.next() {
                Some('[') => {
                    for c in chars.by_ref() {
                        if ('\u{40}'..='\u{7e}').contains(&c) {
                            break;
                        }
                    }
                }
                Some(']') => {
                    for c in chars.by_ref() {
                        if c == '\u{7}' {
                            break;
                        }
                    }
                }
                _ => {}
            }
        } else if c == '\n' || !c.is_control() {
            shown.push(c);
        }
    }
    shown
}

/// The control sequence that moves the cursor.
pub(super) fn go(from: Place, to: Place) -> String {
    let mut text = String::new();
    if to.row < from.row {
        text.push_str(&format!("\u{1b}[{}A", from.row - to.row));
    } else if to.row > from.row {
        text.push_str(&format!("\u{1b}[{}B", to.row - from.row));
    }
    if to.row != from.row || to.column == 0 && from.column != 0 {
        text.push('\r');
        if to.column > 0 {
            text.push_str(&format!("\u{1b}[{}C", to.column));
        }
    } else if to.column < from.column {
        let back = from.column - to.column;
        text.push_str(&if back <= 2 { "\u{8}".repeat(back) } else { format!("\u{1b}[{back}D") });
    } else if to.column > from.column {
        text.push_str(&format!("\u{1b}[{}C", to.column - from.column));
    }
    text
}

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
    pub(super) fn after(self, c: char, columns: usize) -> Place {
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
    pub(super) fn after_all<'a>(self, text: impl IntoIterator<Item = &'a char>, columns: usize) -> Place {
        text.into_iter().fold(self, |place, c| place.after(*c, columns))
    }
}

/// Text without its control sequences (colours), for measuring.
pub(super) fn visible(text: &str) -> Vec<char> {
    letters(text).filter(|(_, shown)| *shown).map(|(c, _)| c).collect()
}

/// Each character, and whether it is seen: not those of control sequences.
fn letters(text: &str) -> impl Iterator<Item = (char, bool)> {
    #[derive(Clone, Copy)]
    enum In {
        Text,
        Escape,
        Csi,
        Osc,
    }
    let mut state = In::Text;
    text.chars().map(move |c| {
        let (next, shown) = match (state, c) {
            (In::Text, '\u{1b}') => (In::Escape, false),
            (In::Text, c) => (In::Text, c == '\n' || !c.is_control()),
            (In::Escape, '[') => (In::Csi, false),
            (In::Escape, ']') => (In::Osc, false),
            (In::Escape, _) | (In::Csi, '\u{40}'..='\u{7e}') | (In::Osc, '\u{7}') => (In::Text, false),
            (In::Csi | In::Osc, _) => (state, false),
        };
        state = next;
        (c, shown)
    })
}

/// Writes text with a line's end wherever a row of so many columns is full: the screen that shows it may have wider rows.
/// Gives where the cursor is then.
pub(super) fn write_rows(text: &str, from: Place, columns: usize, written: &mut String) -> Place {
    let mut place = from;
    for (c, shown) in letters(text) {
        if !shown {
            written.push(c);
            continue;
        }
        let next = place.after(c, columns);
        if c == '\n' {
            written.push_str("\r\n");
        } else {
            let wraps_first = next.row > place.row && next.column > 0;
            let fills_the_row = next.row > place.row && next.column == 0;
            if wraps_first {
                written.push_str("\r\n");
            }
            written.push(c);
            if fills_the_row {
                written.push_str("\r\n");
            }
        }
        place = next;
    }
    place
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

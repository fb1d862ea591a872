//! Editing a line: emacs keys, history, search, bracketed paste, as GNU readline.

use super::screen::{Place, go, visible, write_rows};

/// What a key came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Event {
    /// The line was edited, or nothing happened.
    None,
    /// Enter: the line.
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D on an empty line.
    EndOfFile,
    /// Tab: the caller completes.
    Complete,
}

#[derive(Clone, Debug)]
struct Search {
    query: Vec<char>,
    at: Option<usize>,
    before: (Vec<char>, usize),
}

/// The most characters a line may have; more is not taken.
const LINE_LIMIT: usize = 32 * 1024;

/// A line being edited: plain data.
#[derive(Clone, Default)]
pub struct Readline {
    prompt: String,
    columns: usize,
    line: Vec<char>,
    cursor: usize,
    history_at: Option<usize>,
    /// The new line, while an old one is shown.
    saved: Vec<char>,
    killed: Vec<char>,
    bytes: Vec<u8>,
    /// What has come of a paste that has not ended. It is put in and drawn as a whole.
    pasted: Option<Vec<char>>,
    search: Option<Search>,
    output: String,
    /// Where the cursor was left, and where the text ended.
    drawn: (Place, Place),
    pub(super) tabs: u32,
}

impl Readline {
    /// Starts a new line after a prompt.
    pub(super) fn start(&mut self, prompt: &str, columns: u16) {
        *self = Readline {
            prompt: prompt.to_owned(),
            columns: usize::from(columns).max(2),
            killed: std::mem::take(&mut self.killed),
            output: std::mem::take(&mut self.output),
            ..Readline::default()
        };
        self.output.push_str("\u{1b}[?2004h");
        self.draw();
    }

    /// The text as it stands.
    pub fn text(&self) -> String {
        self.line.iter().collect()
    }

    /// What is to be written to the screen.
    pub(super) fn take_output(&mut self) -> String {
        std::mem::take(&mut self.output)
    }

    pub(super) fn resize(&mut self, columns: u16) {
        self.columns = usize::from(columns).max(2);
        // What is on the screen stays where it is: rows end where they were ended.
        if self.drawn == Default::default() || self.drawn == self.places() {
            return;
        }
        if self.search.is_some() {
            self.draw_search();
        } else {
            self.draw();
        }
    }

    /// The shell went away under the line: go below it.
    pub(super) fn leave(&mut self) {
        self.accept();
    }

    fn places(&self) -> (Place, Place) {
        let start = Place::default().after_all(&visible(&self.prompt), self.columns);
        let cursor = start.after_all(&self.line[..self.cursor], self.columns);
        (cursor, cursor.after_all(&self.line[self.cursor..], self.columns))
    }

    /// Draws prompt and line anew.
    fn draw(&mut self) {
        let top = go(self.drawn.0, Place::default());
        let (cursor, end) = self.places();
        self.output.push_str(&top);
        if self.drawn != <(Place, Place)>::default() {
            self.output.push_str("\r\u{1b}[J");
        }
        let start = write_rows(&self.prompt, Place::default(), self.columns, &mut self.output);
        write_rows(&self.text(), start, self.columns, &mut self.output);
        self.output.push_str(&go(end, cursor));
        self.drawn = (cursor, end);
    }

    fn move_to(&mut self, cursor: usize) {
        self.cursor = cursor.min(self.line.len());
        let (place, end) = self.places();
        self.output.push_str(&go(self.drawn.0, place));
        self.drawn = (place, end);
    }

    fn bell(&mut self) {
        self.output.push('\u{7}');
    }

    /// Puts text at the cursor.
    pub(super) fn insert(&mut self, text: &[char]) {
        if self.line.len() + text.len() > LINE_LIMIT {
            return self.bell();
        }
        let at_end = self.cursor == self.line.len();
        let before = self.drawn.1;
        self.line.splice(self.cursor..self.cursor, text.iter().copied());
        self.cursor += text.len();
        let (cursor, end) = self.places();
        if at_end && before == self.drawn.0 && end.row == before.row && !text.contains(&'\n') && !text.contains(&'\t') {
            self.output.extend(text);
            self.drawn = (cursor, end);
        } else {
            self.draw();
        }
    }

    fn set_line(&mut self, line: Vec<char>) {
        self.cursor = line.len();
        self.line = line;
        self.draw();
    }

    /// Removes a range, keeping it for Ctrl-Y if `keep`.
    fn cut(&mut self, from: usize, to: usize, keep: bool) {
        if from >= to {
            return self.bell();
        }
        let cut: Vec<char> = self.line.drain(from..to).collect();
        if keep {
            self.killed = cut;
        }
        self.cursor = from;
        self.draw();
    }

    /// The start of the word before the cursor: of letters and digits, or up to a blank.
    fn word_left(&self, blanks: bool) -> usize {
        let inside = |c: char| if blanks { !c.is_whitespace() } else { c.is_alphanumeric() };
        let mut at = self.cursor;
        while at > 0 && !inside(self.line[at - 1]) {
            at -= 1;
        }
        while at > 0 && inside(self.line[at - 1]) {
            at -= 1;
        }
        at
    }

    fn word_right(&self) -> usize {
        let mut at = self.cursor;
        while at < self.line.len() && !self.line[at].is_alphanumeric() {
            at += 1;
        }
        while at < self.line.len() && self.line[at].is_alphanumeric() {
            at += 1;
        }
        at
    }

    /// Ends the line: the cursor goes below it.
    fn accept(&mut self) -> String {
        self.search = None;
        self.move_to(self.line.len());
        // Also after a full row: the cursor is on a row of its own then.
        self.output.push_str("\u{1b}[?2004l");
        self.output.push_str(if self.drawn.1.column == 0 && self.drawn.1.row > 0 && !self.line.is_empty() {
            "\r"
        } else {
            "\r\n"
        });
        let text = self.text();
        self.line.clear();
        self.cursor = 0;
        self.drawn = Default::default();
        text
    }

    fn show_history(&mut self, history: &[String], older: bool) {
        let at = match (self.history_at, older) {
            (None, true) => history.len().checked_sub(1),
            (Some(at), true) => Some(at.min(history.len()).saturating_sub(1)).filter(|_| at > 0),
            (Some(at), false) if at + 1 < history.len() => Some(at + 1),
            (Some(_), false) => {
                self.history_at = None;
                let saved = std::mem::take(&mut self.saved);
                return self.set_line(saved);
            }
            (None, false) => None,
        };
        let Some(at) = at else { return self.bell() };
        if self.history_at.is_none() {
            self.saved = self.line.clone();
        }
        self.history_at = Some(at);
        self.set_line(history[at].chars().collect());
    }

    /// Takes one byte from the keyboard.
    pub(super) fn key(&mut self, byte: u8, history: &[String]) -> Event {
        // The terminal makes a signal of Ctrl-C before the line editor reads it, so no sequence that began can swallow it.
        if byte == 3 && self.pasted.is_none() {
            self.bytes.clear();
            if self.search.take().is_some() {
                self.draw();
            }
            self.output.push_str("^C");
            self.accept();
            return Event::Interrupt;
        }
        self.bytes.push(byte);
        let bytes = std::mem::take(&mut self.bytes);
        if bytes[0] == 0x1b {
            let complete = match bytes.get(1) {
                None => false,
                Some(b'[') => bytes.len() > 2 && (0x40..=0x7e).contains(&byte),
                Some(b'O') => bytes.len() > 2,
                Some(_) => true,
            };
            if !complete && bytes.len() < 16 {
                self.bytes = bytes;
                return Event::None;
            }
            return self.sequence(&bytes, history);
        }
        let c = match std::str::from_utf8(&bytes) {
            Ok(text) => text.chars().next().unwrap_or('\0'),
            Err(error) if error.error_len().is_none() && bytes.len() < 4 => {
                self.bytes = bytes;
                return Event::None;
            }
            Err(_) => return Event::None,
        };
        if let Some(pasted) = &mut self.pasted {
            let room = self.line.len() + pasted.len() < LINE_LIMIT;
            match c {
                '\r' | '\n' if room => pasted.push('\n'),
                c if room && (c == '\t' || !c.is_control()) => pasted.push(c),
                _ => {}
            }
            return Event::None;
        }
        if self.search.is_some() {
            return self.search_key(c, history);
        }
        let tabs = std::mem::take(&mut self.tabs);
        match c {
            '\r' | '\n' => return Event::Line(self.accept()),
            '\u{4}' if self.line.is_empty() => {
                self.output.push_str("\u{1b}[?2004l\r\n");
                self.drawn = Default::default();
                return Event::EndOfFile;
            }
            '\u{4}' => self.delete(),
            '\t' => {
                self.tabs = tabs + 1;
                return Event::Complete;
            }
            '\u{1}' => self.move_to(0),
            '\u{5}' => self.move_to(self.line.len()),
            '\u{2}' => self.left(),
            '\u{6}' => self.move_to(self.cursor + 1),
            '\u{8}' | '\u{7f}' => self.backspace(),
            '\u{b}' => {
                let end = self.line.len();
                if self.cursor < end {
                    self.cut(self.cursor, end, true);
                }
            }
            '\u{15}' => self.cut(0, self.cursor, true),
            '\u{17}' => self.cut(self.word_left(true), self.cursor, true),
            '\u{19}' => self.insert(&self.killed.clone()),
            '\u{14}' if self.cursor > 0 && self.line.len() > 1 => {
                let at = self.cursor.min(self.line.len() - 1);
                self.line.swap(at - 1, at);
                self.cursor = at + 1;
                self.draw();
            }
            '\u{c}' => {
                self.output.push_str("\u{1b}[H\u{1b}[2J");
                self.drawn = Default::default();
                self.draw();
            }
            '\u{10}' => self.show_history(history, true),
            '\u{e}' => self.show_history(history, false),
            '\u{12}' => {
                let before = (self.line.clone(), self.cursor);
                self.search = Some(Search { query: Vec::new(), at: None, before });
                self.draw_search();
            }
            c if c.is_control() => {}
            c => self.insert(&[c]),
        }
        Event::None
    }

    fn left(&mut self) {
        self.move_to(self.cursor.saturating_sub(1));
    }

    fn delete(&mut self) {
        self.cut(self.cursor, (self.cursor + 1).min(self.line.len()), false);
    }

    fn backspace(&mut self) {
        if self.cursor == 0 {
            return;
        }
        let removed = self.line[self.cursor - 1];
        let (at_end, before) = (self.cursor == self.line.len(), self.drawn);
        if at_end && before.0.column > 0 && removed != '\n' && removed != '\t' {
            self.line.pop();
            self.cursor -= 1;
            let places = self.places();
            if places.0.row == before.0.row {
                self.output.push_str(&go(before.0, places.0));
                self.output.push_str("\u{1b}[K");
                self.drawn = places;
                return;
            }
            return self.draw();
        }
        self.cut(self.cursor - 1, self.cursor, false);
    }

    fn sequence(&mut self, bytes: &[u8], history: &[String]) -> Event {
        if bytes == b"\x1b[200~" {
            self.pasted = Some(Vec::new());
            return Event::None;
        }
        if bytes == b"\x1b[201~" {
            if let Some(pasted) = self.pasted.take() {
                self.insert(&pasted);
            }
            return Event::None;
        }
        if self.pasted.is_some() {
            return Event::None;
        }
        if self.search.take().is_some() {
            self.draw();
        }
        self.tabs = 0;
        match bytes {
            b"\x1b[A" | b"\x1bOA" => self.show_history(history, true),
            b"\x1b[B" | b"\x1bOB" => self.show_history(history, false),
            b"\x1b[C" | b"\x1bOC" => self.move_to(self.cursor + 1),
            b"\x1b[D" | b"\x1bOD" => self.left(),
            b"\x1b[H" | b"\x1bOH" | b"\x1b[1~" | b"\x1b[7~" => self.move_to(0),
            b"\x1b[F" | b"\x1bOF" | b"\x1b[4~" | b"\x1b[8~" => self.move_to(self.line.len()),
            b"\x1b[3~" => self.delete(),
            b"\x1bb" | b"\x1b[1;5D" | b"\x1b[1;3D" => self.move_to(self.word_left(false)),
            b"\x1bf" | b"\x1b[1;5C" | b"\x1b[1;3C" => self.move_to(self.word_right()),
            b"\x1bd" => self.cut(self.cursor, self.word_right(), true),
            b"\x1b\x7f" | b"\x1b\x08" => self.cut(self.word_left(false), self.cursor, true),
            b"\x1b<" if !history.is_empty() => {
                self.history_at = Some(1);
                self.show_history(history, true);
            }
            _ => {}
        }
        Event::None
    }

    fn draw_search(&mut self) {
        let Some(search) = &self.search else { return };
        let failed = if search.at.is_none() && !search.query.is_empty() { "failed " } else { "" };
        let query: String = search.query.iter().collect();
        let prompt = std::mem::replace(&mut self.prompt, format!("({failed}reverse-i-search)`{query}': "));
        self.draw();
        self.prompt = prompt;
    }

    fn find(&mut self, from: usize, history: &[String]) {
        let Some(search) = &mut self.search else { return };
        let query: String = search.query.iter().collect();
        let found = history[..from.min(history.len())].iter().rposition(|line| line.contains(&query));
        if let Some(at) = found.filter(|_| !query.is_empty()) {
            search.at = Some(at);
            let start = history[at].find(&query).map_or(0, |byte| history[at][..byte].chars().count());
            self.line = history[at].chars().collect();
            self.cursor = start;
        } else if !query.is_empty() {
            search.at = None;
        }
        self.draw_search();
    }

    fn search_key(&mut self, c: char, history: &[String]) -> Event {
        let Some(search) = &mut self.search else { return Event::None };
        match c {
            '\u{12}' => {
                let from = search.at.unwrap_or(history.len());
                self.find(from, history);
                Event::None
            }
            '\u{8}' | '\u{7f}' => {
                search.query.pop();
                self.find(history.len(), history);
                Event::None
            }
            '\u{7}' => {
                let (line, cursor) = search.before.clone();
                self.search = None;
                (self.line, self.cursor) = (line, cursor);
                self.draw();
                Event::None
            }
            c if !c.is_control() => {
                search.query.push(c);
                let from = search.at.map_or(history.len(), |at| at + 1);
                self.find(from, history);
                Event::None
            }
            c => {
                self.history_at = search.at;
                self.search = None;
                self.draw();
                let mut buffer = [0; 4];
                match c.encode_utf8(&mut buffer).as_bytes() {
                    [byte] if c != '\t' => self.key(*byte, history),
                    _ => Event::None,
                }
            }
        }
    }

    /// The text before the cursor.
    pub(super) fn before_cursor(&self) -> String {
        self.line[..self.cursor].iter().collect()
    }

    /// Replaces the last `count` characters before the cursor.
    pub(super) fn replace_back(&mut self, count: usize, text: &str) {
        let from = self.cursor - count.min(self.cursor);
        self.line.drain(from..self.cursor);
        self.cursor = from;
        self.line.splice(from..from, text.chars());
        self.cursor += text.chars().count();
        self.draw();
    }

    /// Shows candidates in columns below the line, then the line again.
    pub(super) fn list(&mut self, items: &[String]) {
        let width = |item: &String| unicode_width::UnicodeWidthStr::width(item.as_str());
        let column = items.iter().map(width).max().unwrap_or(0) + 2;
        let across = (self.columns / column).max(1);
        let rows = items.len().div_ceil(across);
        let cursor = self.cursor;
        self.move_to(self.line.len());
        self.output.push_str("\r\n");
        for row in 0..rows {
            let mut line = String::new();
            for item in items.iter().skip(row).step_by(rows) {
                line.push_str(item);
                line.push_str(&" ".repeat(column - width(item)));
            }
            self.output.push_str(line.trim_end());
            self.output.push_str("\r\n");
        }
        self.drawn = Default::default();
        self.cursor = cursor;
        self.draw();
    }

    /// Nothing to complete.
    pub(super) fn refuse(&mut self) {
        self.bell();
    }
}

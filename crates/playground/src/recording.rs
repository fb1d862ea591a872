//! A terminal's part of a session as a recording for asciinema: <https://docs.asciinema.org/manual/asciicast/v2/>.

use serde_json::json;
use sim::Time;
use unicode_width::UnicodeWidthChar;

use crate::{Act, Output, Replay, Session, TerminalId};

/// Columns that a player shows at least, and at most: a page's terminal is wider than what is seen of it.
const COLUMNS: [usize; 2] = [80, 300];
/// Rows that a player shows.
const ROWS: u16 = 24;
/// Seconds after which a player goes on when nothing is printed.
const LONGEST_PAUSE: u64 = 2;

/// A recording that is being made: the session is lived again, in as many pieces as its host likes.
pub struct Recording {
    replay: Replay,
    terminal: TerminalId,
    /// When the terminal was opened.
    began: Time,
    events: String,
    /// Bytes that begin a character whose end is not printed yet.
    begun: Vec<u8>,
    widest: Widest,
}

impl Recording {
    /// The recording of a terminal of the session; one that was never opened prints nothing.
    pub fn new(session: Session, terminal: TerminalId) -> Self {
        let opened = session
            .entries
            .iter()
            .find(|entry| matches!(entry.act, Act::Open { terminal: one, .. } if one == terminal));
        let began = opened.map_or(session.end, |entry| entry.at);
        let widest = Widest::default();
        Recording { replay: Replay::new(session), terminal, began, events: String::new(), begun: Vec::new(), widest }
    }

    /// Goes on for at most so many turns of the world. True when all is recorded.
    pub fn go_on(&mut self, turns: u64) -> bool {
        (0..turns).any(|_| {
            let over = self.replay.go_on(1);
            self.note();
            over
        })
    }

    /// The file: a header, and a line for each time something was printed.
    pub fn finish(self) -> String {
        let header = json!({
            "version": 2,
            "width": self.widest.columns.clamp(COLUMNS[0], COLUMNS[1]),
            "height": ROWS,
            "timestamp": self.began.unix_micros() / 1_000_000,
            "idle_time_limit": LONGEST_PAUSE,
            "title": "kube-playground",
            "env": { "SHELL": "/bin/bash", "TERM": "xterm-256color" },
        });
        format!("{header}\n{}", self.events)
    }

    /// Writes down what was printed since the last time.
    fn note(&mut self) {
        let playground = self.replay.playground_mut();
        let printed = playground.output(self.terminal);
        let micros = playground.now().unix_micros() - self.began.unix_micros();
        for output in printed {
            if let Output::Bytes(bytes) = output {
                self.begun.extend(bytes);
            }
        }
        let text = take_text(&mut self.begun);
        if !text.is_empty() {
            self.widest.see(&text);
            // From whole numbers: no two computers print another digit.
            let time = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            self.events += &format!("[{time}, \"o\", {}]\n", serde_json::Value::from(text));
        }
    }
}

/// Takes the text out of bytes and leaves the beginning of a character whose end has not come. What is no UTF-8 becomes U+FFFD.
fn take_text(bytes: &mut Vec<u8>) -> String {
    let unfinished = match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.split_off(error.valid_up_to()),
        _ => Vec::new(),
    };
    let text = String::from_utf8_lossy(bytes).into_owned();
    *bytes = unfinished;
    text
}

/// How many columns the widest printed line has.
#[derive(Default)]
struct Widest {
    columns: usize,
    /// The column after what was printed last.
    at: usize,
    /// Within a sequence that begins with ESC: what it begins with.
    escape: String,
}

impl Widest {
    fn see(&mut self, text: &str) {
        for character in text.chars() {
            if !self.escape.is_empty() {
                self.escape.push(character);
                // ESC [ … letter, and ESC with one character.
                if self.escape.len() > 2 && ('@'..='~').contains(&character) || !self.escape.starts_with("\x1b[") {
                    self.escape.clear();
                }
                continue;
            }
            match character {
                '\x1b' => self.escape.push(character),
                '\r' | '\n' => self.at = 0,
                '\t' => self.at = (self.at / 8 + 1) * 8,
                '\x08' => self.at = self.at.saturating_sub(1),
                _ => self.at += character.width().unwrap_or(0),
            }
            self.columns = self.columns.max(self.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Recording, Widest, take_text};
    use crate::{Act, Entry, Playground, Settings, TerminalId};
    use sim::Duration;

    #[test]
    fn a_recording_has_what_was_printed_when_it_was() {
        let mut playground = Playground::new(Settings::default());
        let terminal = playground.open_terminal(300, 24);
        let wait = |playground: &mut Playground, milliseconds| {
            let until = playground.now() + Duration::from_millis(milliseconds);
            playground.advance(until, u64::MAX);
        };
        wait(&mut playground, 1_000);
        playground.input(terminal, "echo 한글; sleep 2; echo wide-$(seq -s - 60)\r".as_bytes());
        wait(&mut playground, 5_000);
        let session = playground.session();
        let cast = |turns: u64| {
            let mut recording = Recording::new(session.clone(), terminal);
            while !recording.go_on(turns) {}
            recording.finish()
        };
        let text = cast(u64::MAX);
        assert_eq!(cast(7), text, "a recording depends on how many pieces it is made in");
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        // `wide-` and the numbers to 60 with 59 dashes.
        assert_eq!((&lines[0]["version"], &lines[0]["width"]), (&2.into(), &(5 + 9 + 51 * 2 + 59).into()));
        let times: Vec<f64> = lines[1..].iter().map(|line| line[0].as_f64().unwrap()).collect();
        assert!(times.is_sorted() && times[0] == 0.0, "{times:?}");
        let at = |what: &str| {
            let line = lines[1..].iter().find(|line| line[2].as_str().unwrap().contains(what));
            line.unwrap_or_else(|| panic!("nothing printed {what}"))[0].as_f64().unwrap()
        };
        // The typed line is printed as it is typed.
        assert_eq!(times[1], 1.0);
        let (first, last) = (at("한글\r\n"), at("wide-1-2"));
        assert!(last - first >= 2.0 && last - first < 2.5, "from {first} to {last}");
    }

    #[test]
    fn a_terminal_that_was_never_opened_prints_nothing() {
        let session = Playground::new(Settings::default()).session();
        assert!(!session.entries.iter().any(|Entry { act, .. }| matches!(act, Act::Open { .. })));
        let mut recording = Recording::new(session, TerminalId(1));
        while !recording.go_on(100) {}
        assert_eq!(recording.finish().lines().count(), 1);
    }

    #[test]
    fn a_character_is_written_when_its_last_byte_has_come() {
        let mut bytes = "a한".as_bytes()[..3].to_vec();
        assert_eq!((take_text(&mut bytes), bytes.len()), ("a".to_owned(), 2));
        bytes.extend(&"한".as_bytes()[2..]);
        bytes.extend(b"\xffb");
        assert_eq!((take_text(&mut bytes), bytes.len()), ("한\u{fffd}b".to_owned(), 0));
    }

    #[test]
    fn colours_have_no_width() {
        for (text, columns) in
            [("\x1b[1;32mab\x1b[0m", 2), ("한글\r\nabc", 4), ("a\tb", 9), ("\x1b=ab", 2), ("ab\x08\x08c", 2)]
        {
            let mut widest = Widest::default();
            widest.see(text);
            assert_eq!(widest.columns, columns, "{text:?}");
        }
    }
}

//! What the world printed and how it looks, brought to the page.

use playground::{Note, Output, TerminalId};

use super::{Kept, Screen, Session, World};
use crate::browser::milliseconds;
use crate::text::wrap::wrap;

impl Session {
    /// Brings the terminals' output to their screens and, when the world looks different, a snapshot to the page.
    pub(super) fn notify_page(&self) {
        // A terminal may be there before the page listens: nothing is taken out of the world that nobody would draw.
        if self.0.listener.borrow().is_none() {
            return;
        }
        let lang = self.0.lang.get();
        let mut edits = Vec::new();
        let mut screens = Vec::new();
        let snapshot = {
            let mut world = self.0.world.borrow_mut();
            let world = &mut *world;
            let listeners = self.0.screens.borrow().clone();
            for (terminal, screen) in listeners {
                let mut fresh = Vec::new();
                let mut told = 0;
                // What a replay prints again opens no editor.
                let mut again = world.tabs.met.insert(terminal);
                for output in world.playground.output(terminal) {
                    let shown = match output {
                        Output::Bytes(bytes) => Screen::Bytes(bytes),
                        Output::Restart => {
                            world.tabs.notes.remove(&terminal);
                            again = true;
                            Screen::Restart
                        }
                        Output::Note(note) => {
                            let Some(text) = crate::text::explain::note(&note, &world.playground, lang) else {
                                continue;
                            };
                            let text = wrap(&text, world.tabs.columns(terminal));
                            let text = format!("\x1b[90m{text}\x1b[0m\r\n");
                            if let Note::Edit { path, .. } = &note
                                && !again
                            {
                                edits.push(path.clone());
                            }
                            if world.is_of_curl(&note) {
                                // Replayed commands may all come at once: the one before has its prompt already.
                                world.place_note(terminal, &mut fresh, &mut told);
                                world.tabs.notes.insert(terminal, text);
                                told = fresh.len();
                                continue;
                            }
                            Screen::Bytes(text.into_bytes())
                        }
                    };
                    world.clock.hurry = false;
                    fresh.push(shown);
                }
                world.place_note(terminal, &mut fresh, &mut told);
                screens.extend(fresh.into_iter().map(|shown| (screen.clone(), shown)));
            }
            let snapshot = world.snapshot(&self.0.storage);
            world.keep.pass(&world.playground, &self.0.storage);
            snapshot
        };
        if !screens.is_empty() {
            self.fetch_rest();
        }
        for (screen, shown) in screens {
            screen.emit(shown);
        }
        let listener = self.0.listener.borrow().clone();
        if let Some(listener) = listener {
            for path in edits {
                listener.edit.emit(path);
            }
            for kept in self.0.told.take().into_iter().chain(self.0.storage.news().into_iter().map(Kept::from)) {
                listener.kept.emit(kept);
            }
            if let Some(snapshot) = snapshot {
                let (session, began) = (self.clone(), milliseconds());
                listener.changed.emit(snapshot);
                // Yew draws as soon as this turn is over, and before what follows.
                wasm_bindgen_futures::spawn_local(async move {
                    session.0.world.borrow_mut().snapshot_state.was_drawn_in(milliseconds() - began);
                });
            }
        }
    }
}

/// Where a prompt begins in what a terminal shows: at the start of a line, whatever its colours.
fn prompt_in(bytes: &[u8]) -> Option<usize> {
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(starts).find(|start| {
        let mut rest = &bytes[*start..];
        while rest.starts_with(b"\x1b[") {
            let Some(end) = rest.iter().position(u8::is_ascii_alphabetic) else { return false };
            rest = &rest[end + 1..];
        }
        [&b"student@"[..], b"docker@", b"root@"].iter().any(|user| rest.starts_with(user))
    })
}

impl World {
    /// Puts the note that waits between what its command printed (in `fresh`, from `told` on) and the prompt after it.
    fn place_note(&mut self, terminal: TerminalId, fresh: &mut Vec<Screen>, told: &mut usize) {
        if !self.tabs.notes.contains_key(&terminal) {
            return;
        }
        let place = fresh.iter().enumerate().skip(*told).find_map(|(index, shown)| match shown {
            Screen::Bytes(bytes) => prompt_in(bytes).map(|at| (index, at)),
            Screen::Restart => None,
        });
        if place.is_none() && self.playground.is_busy(terminal) {
            return;
        }
        let Some(text) = self.tabs.notes.remove(&terminal) else { return };
        match place {
            Some((index, at)) => {
                if let Screen::Bytes(bytes) = &mut fresh[index] {
                    bytes.splice(at..at, text.into_bytes());
                }
            }
            None => fresh.push(Screen::Bytes(format!("\r\n{text}").into_bytes())),
        }
        *told = fresh.len();
    }

    /// Whether a note is about a curl: it goes on printing after its attempt failed, so the note waits for its end.
    fn is_of_curl(&self, note: &Note) -> bool {
        matches!(note, Note::Trace(id) if self.playground.trace(*id).is_some_and(|record| record.program == "curl"))
    }
}

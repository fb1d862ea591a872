//! The part of the wasm that arrives after the first prompt: what is typed meanwhile waits for it.

use std::cell::{Cell, RefCell};

use gloo::timers::callback::Timeout;
use lesson::Lang;
use playground::TerminalId;

use super::{Screen, Session};
use crate::browser::rest;
use crate::text::wrap::wrap;

/// Milliseconds before the first try again; each wait is twice the one before, up to the longest.
const PAUSE: u32 = 1_000;
const LONGEST_PAUSE: u32 = 30_000;
/// Milliseconds that a Return may go unanswered before a line says why.
const PATIENCE: u32 = 700;

/// What a terminal may be told about the rest.
#[derive(Clone, Copy)]
enum News {
    Waiting,
    Failed,
}

#[derive(Default)]
pub(super) struct Rest {
    asked: Cell<bool>,
    here: Cell<bool>,
    /// What was typed from the first key on that only the rest can answer, in order.
    held: RefCell<Vec<(TerminalId, Vec<u8>)>>,
}

impl Rest {
    pub fn is_here(&self) -> bool {
        self.here.get()
    }

    /// Keeps back what has to wait; gives back what need not. The line editor takes letters at once, so that they are seen.
    fn hold<'a>(&self, terminal: TerminalId, bytes: &'a [u8]) -> &'a [u8] {
        if self.here.get() {
            return bytes;
        }
        let mut held = self.held.borrow_mut();
        let now = if held.is_empty() { bytes.iter().position(|byte| *byte < b' ').unwrap_or(bytes.len()) } else { 0 };
        if now < bytes.len() {
            held.push((terminal, bytes[now..].to_vec()));
        }
        &bytes[..now]
    }

    fn holds_anything(&self) -> bool {
        !self.held.borrow().is_empty()
    }

    /// Milliseconds until the next turn while the rest is on its way.
    pub fn waits(&self) -> f64 {
        if self.holds_anything() { 0.0 } else { super::turns::TICK }
    }
}

impl Session {
    /// Fetches the rest, the first time this is called, and then lets through what was held.
    pub(super) fn fetch_rest(&self) {
        if self.0.rest.asked.replace(true) {
            return;
        }
        self.try_rest(PAUSE);
    }

    fn try_rest(&self, pause: u32) {
        let session = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            if rest::fetch().await {
                session.wake();
            } else {
                if pause == PAUSE {
                    session.say(News::Failed);
                }
                Timeout::new(pause, move || session.try_rest((pause * 2).min(LONGEST_PAUSE))).forget();
            }
        });
    }

    /// Once the rest is there, types what was held. Comes with every frame: a function may have fetched the rest by itself.
    pub(super) fn let_held_through(&self) {
        let own = &self.0.rest;
        if own.here.get() || !rest::is_here() {
            return;
        }
        own.here.set(true);
        for (terminal, bytes) in own.held.take() {
            self.input(terminal, &bytes);
        }
    }

    /// Bytes from a keyboard, without those that have to wait.
    pub(super) fn held_back<'a>(&self, terminal: TerminalId, bytes: &'a [u8]) -> &'a [u8] {
        let rest = &self.0.rest;
        let held_before = rest.holds_anything();
        let now = rest.hold(terminal, bytes);
        if !held_before && rest.holds_anything() {
            let session = self.clone();
            let say = move || {
                if session.0.rest.holds_anything() {
                    session.say(News::Waiting);
                }
            };
            Timeout::new(PATIENCE, say).forget();
        }
        now
    }

    fn say(&self, news: News) {
        let text = match (news, self.0.lang.get()) {
            (News::Waiting, Lang::Ko) => "페이지의 나머지 부분을 받고 있습니다. 받는 대로 실행합니다.",
            (News::Waiting, Lang::En) => "The rest of this page is on its way. This runs as soon as it is here.",
            (News::Failed, Lang::Ko) => {
                "페이지의 나머지 부분을 받지 못했습니다. 네트워크를 확인해 주세요. 곧 다시 시도합니다."
            }
            (News::Failed, Lang::En) => {
                "The rest of this page did not arrive. Please check the network; it is tried again shortly."
            }
        };
        let screens = self.0.screens.borrow().clone();
        for (terminal, screen) in screens {
            let text = wrap(text, self.0.world.borrow().tabs.columns(terminal));
            screen.emit(Screen::Bytes(format!("\r\n\x1b[90m{text}\x1b[0m\r\n").into_bytes()));
        }
    }
}

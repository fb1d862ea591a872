//! A world's terminals: what is typed at them goes to who reads, or interrupts who runs.

use sim::Notify;

use crate::{Hint, Kernel, Note, Signal, Tty, TtyId};

impl Kernel {
    /// Makes a terminal.
    pub fn add_tty(&self, interactive: bool) -> TtyId {
        self.with(|state| {
            let id = TtyId(state.next_id());
            state.ttys.insert(id, Tty::new(interactive));
            id
        })
    }

    pub(crate) fn bell(&self, tty: TtyId) -> Notify {
        self.0.bells.borrow_mut().entry(tty).or_default().clone()
    }

    /// Bytes typed at a terminal whose foreground is a running program.
    pub(crate) fn type_at(&self, tty: TtyId, bytes: &[u8]) {
        for &byte in bytes {
            let group = self.with(|state| {
                let tty = state.ttys.get_mut(&tty)?;
                if tty.take(byte) { tty.foreground } else { None }
            });
            if let Some(group) = group {
                self.kill_group(group, Signal::Interrupt);
            }
        }
        self.bell(tty).notify_all();
    }

    /// Says something beside the screen of a terminal, and that a person may be lost.
    pub(crate) fn hint(&self, tty: Option<TtyId>, hint: Hint) {
        if let Some(tty) = tty {
            self.with(|state| {
                if let Some(tty) = state.ttys.get_mut(&tty) {
                    tty.note(Note::Hint(hint));
                }
            });
        }
    }
}

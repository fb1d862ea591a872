//! Living an earlier visit's session again before the page is drawn, a slice at a time: the page answers meanwhile, says how far
//! it is, and lets a person choose otherwise.

use std::cell::RefCell;
use std::rc::Rc;

use playground::{Playground, Replay};

use super::{Begin, keep};
use crate::browser::storage::Storage;
use crate::browser::{milliseconds, page};

/// Milliseconds of a slice: less than a frame's worth of waiting for a click.
const SLICE: f64 = 40.0;
/// Turns of the world between two looks at the clock.
const TURNS: u64 = 20;

/// What was lived again, until [`super::Session::open`] takes it.
#[derive(Clone, Default)]
pub struct Lived(Rc<RefCell<Option<(playground::Session, Playground)>>>);

impl PartialEq for Lived {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Lived {
    /// Lives again what [`super::Session::open`] will take up, if there is something.
    pub async fn of(storage: &Storage, begin: &Begin) -> Lived {
        let lived = Lived::default();
        let Some(session) = keep::session_of(storage, begin) else { return lived };
        keep::Keep::default().begin_replay(storage);
        let mut replay = Replay::new(session.clone());
        loop {
            let until = milliseconds() + SLICE;
            while milliseconds() < until {
                if replay.go_on(TURNS) {
                    lived.0.replace(Some((session, replay.playground())));
                    return lived;
                }
            }
            page::replaying(replay.part()).await;
        }
    }

    /// The world at the end of this session.
    pub(super) fn take(&self, session: &playground::Session) -> Playground {
        match self.0.take() {
            Some((lived, playground)) if lived == *session => playground,
            _ => Playground::replay(session),
        }
    }
}

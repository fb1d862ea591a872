//! What every component may use: the page's state, its texts, and the session.

use std::rc::Rc;

use lesson::Place;
use playground::Playground;
use sim::{Duration, Time};
use yew::prelude::*;

use crate::browser::{self, address::Panel};
use crate::session::Session;
use crate::state::{Do, Notice, Ui};
use crate::text::Texts;

/// The page as components see it.
#[derive(Clone)]
pub struct Page {
    /// The page's own state.
    pub ui: Rc<Ui>,
    /// The texts in the page's language.
    pub t: &'static Texts,
    /// The world's session.
    pub session: Session,
    /// Sends what a person does to the state.
    pub dispatch: UseReducerDispatcher<Ui>,
}

impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        self.ui == other.ui && std::ptr::eq(self.t, other.t) && self.session == other.session
    }
}

impl Page {
    /// A person did something with the page.
    pub fn send(&self, action: Do) {
        self.dispatch.dispatch(action);
    }

    /// Opens another lesson, or none.
    pub fn choose_lesson(&self, id: Option<&str>) {
        if self.session.choose_lesson(id) {
            self.send(Do::Tell(Notice::UsedCluster));
        }
    }

    /// Types a command where it belongs; a phone goes to the terminal to show it.
    pub fn run(&self, place: &Place, line: &str) {
        self.session.run(place, line);
        // Who looked at the end of a long row now sees where the command is typed.
        if let Ok(Some(terminal)) = gloo::utils::document().query_selector(browser::element::TERMINAL) {
            browser::element::call(&terminal, "follow", &[]);
        }
        if browser::is_phone() {
            self.send(Do::Go(Panel::Terminal));
        }
    }
}

/// The page.
#[hook]
pub fn use_page() -> Page {
    use_context::<Page>().expect("the app provides the page")
}

/// The virtual time, for a component that is drawn again each time so much of it has passed; `None`: when something else makes it
/// be drawn.
#[hook]
pub fn use_time(every: Option<Duration>) -> Time {
    let session = use_page().session;
    let now = session.read(Playground::now);
    let drawing = use_force_update();
    use_effect_with(every, move |every| {
        let tell = Callback::from(move |()| drawing.force_update());
        let watching = every.map(|every| session.watch_time(every, tell));
        move || watching.into_iter().for_each(|id| session.unwatch_time(id))
    });
    now
}

//! What the page remembers about itself: language, theme, what is open. The world is not here.

mod layout;

use std::rc::Rc;

use lesson::Lang;
use serde_json::{Value, json};
use yew::Reducible;

use crate::browser::address::{Address, Panel, Theme};
use crate::browser::storage::Storage;
use crate::session::{Kept, ObjectRef};

pub use layout::{Layout, Sizable};

/// What stands over the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialog {
    /// Asks before a reset.
    Reset,
    /// The link to share.
    Share,
    /// A lesson from elsewhere.
    OpenLesson,
    /// The shortcuts.
    Shortcuts,
    /// The name of a new file.
    NewFile,
    /// Another name for the file in the editor.
    RenameFile,
}

/// Something the page tells once.
#[derive(Clone, PartialEq, Debug)]
pub enum Notice {
    /// Parameters of the address were ignored.
    Ignored(String),
    /// Nothing survives the page.
    Forgets,
    /// The browser opened no second window.
    NoWindow,
    /// The world is at its beginning again; it can be undone.
    WasReset(sim::Time),
    /// Something about what is kept.
    Kept(Kept),
    /// A lesson was chosen whose world is as the one before left it.
    UsedCluster,
}

/// The page's own state.
#[derive(Clone, PartialEq, Debug)]
pub struct Ui {
    /// The language.
    pub lang: Lang,
    /// Light or dark.
    pub theme: Theme,
    /// Large type, fewer panels.
    pub projector: bool,
    /// Inside another page.
    pub embed: bool,
    /// The panels that are shown.
    pub panels: Vec<Panel>,
    /// The place a phone shows.
    pub place: Panel,
    /// The file in the editor.
    pub file: Option<String>,
    /// Files whose tabs were closed; they are still in the home folder.
    pub closed: Vec<String>,
    /// Files whose text has changed since they were last applied.
    pub unapplied: Vec<String>,
    /// The object in the inspector.
    pub selected: Option<ObjectRef>,
    /// The dialog that is open.
    pub dialog: Option<Dialog>,
    /// Where the lesson is that the address asks for, and that is not the one that goes on.
    pub source: Option<String>,
    /// What is to be told.
    pub notices: Vec<Notice>,
    /// Terminals keep their text for screen readers.
    pub screen_reader: bool,
    /// How big the panels and their type are.
    pub layout: Layout,
}

/// What a projector shows; the lesson's step is a line above them.
const PROJECTED: [Panel; 3] = [Panel::Picture, Panel::Timeline, Panel::Terminal];

/// What a person does with the page.
#[derive(Clone, PartialEq, Debug)]
pub enum Do {
    /// Another language.
    Speak(Lang),
    /// Another theme.
    Wear(Theme),
    /// Projector mode on or off.
    Project(bool),
    /// A phone goes to another place.
    Go(Panel),
    /// Shows or hides a panel.
    Show(Panel, bool),
    /// Opens a file in the editor.
    Open(String),
    /// Closes a file's tab and opens another file, if there is one.
    Close(String, Option<String>),
    /// The file's text changed.
    Changed(String),
    /// The file was applied.
    Applied(String),
    /// Puts an object into the inspector.
    Select(Option<ObjectRef>),
    /// Opens or closes a dialog.
    Ask(Option<Dialog>),
    /// Tells something.
    Tell(Notice),
    /// Tells something about what is kept.
    Keep(Kept),
    /// It was read.
    Dismiss(usize),
    /// Terminals for screen readers.
    ReadScreens(bool),
    /// Sizes something, in CSS pixels; `None` gives it back its usual size.
    Resize(Sizable, Option<u16>),
    /// Makes a panel's type larger by so many pixels; 0 gives it back its usual size.
    Enlarge(Panel, i16),
    /// Gives a panel all the room; `None` gives the others theirs back.
    Maximise(Option<Panel>),
}

impl Ui {
    /// As the address asks, as it was kept, or as the browser is.
    pub fn begin(address: &Address, storage: &Storage) -> Ui {
        let kept: Value =
            storage.get("settings").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null);
        // The inline script of index.html has decided on language and theme already: it painted with them.
        let root = gloo::utils::document_element();
        let korean = root.get_attribute("lang").as_deref() == Some("ko");
        let dark = root.get_attribute("data-theme").as_deref() == Some("dark");
        let all = Panel::ALL.map(|(panel, _)| panel).to_vec();
        let panels = match &address.panels {
            Some(panels) => panels.clone(),
            None if address.embed => vec![Panel::Picture, Panel::Terminal],
            None if address.projector => PROJECTED.to_vec(),
            None => all,
        };
        let mut notices = Vec::new();
        if !address.unknown.is_empty() {
            notices.push(Notice::Ignored(address.unknown.join(", ")));
        }
        // An embedded page keeps nothing and is not expected to.
        if storage.forgets() && !address.embed {
            notices.push(Notice::Forgets);
        }
        let place = panels.iter().copied().find(|panel| *panel != Panel::Timeline).unwrap_or(Panel::Picture);
        Ui {
            lang: if korean { Lang::Ko } else { Lang::En },
            theme: if dark { Theme::Dark } else { Theme::Light },
            projector: address.projector,
            embed: address.embed,
            panels,
            place,
            file: None,
            closed: Vec::new(),
            unapplied: Vec::new(),
            selected: None,
            dialog: None,
            source: address.source.clone(),
            notices,
            screen_reader: kept["screenReader"] == true,
            layout: Layout::from_kept(&kept["layout"]),
        }
    }

    /// Whether a panel is shown.
    pub fn shows(&self, panel: Panel) -> bool {
        self.panels.contains(&panel)
    }

    /// What survives a reload.
    pub fn to_kept(&self) -> String {
        json!({
            "lang": if self.lang == Lang::Ko { "ko" } else { "en" },
            "theme": if self.theme == Theme::Dark { "dark" } else { "light" },
            "screenReader": self.screen_reader,
            "layout": self.layout.to_kept(),
        })
        .to_string()
    }
}

impl Reducible for Ui {
    type Action = Do;

    fn reduce(self: Rc<Self>, action: Do) -> Rc<Self> {
        let mut ui = (*self).clone();
        match action {
            Do::Speak(lang) => ui.lang = lang,
            Do::Wear(theme) => ui.theme = theme,
            Do::Project(on) => {
                ui.projector = on;
                ui.panels = if on { PROJECTED.to_vec() } else { Panel::ALL.map(|(panel, _)| panel).to_vec() };
            }
            Do::Go(place) => {
                ui.place = place;
                // Whoever goes elsewhere wants to see it.
                ui.layout.maximised = ui.layout.maximised.filter(|panel| *panel == place);
                if !ui.panels.contains(&place) {
                    ui.panels.push(place);
                }
            }
            Do::Show(panel, shown) => {
                ui.panels.retain(|open| *open != panel);
                if shown {
                    ui.panels.push(panel);
                }
            }
            Do::Open(file) => {
                ui.closed.retain(|closed| *closed != file);
                ui.file = Some(file);
            }
            Do::Close(file, next) => {
                ui.closed.push(file);
                ui.file = next;
            }
            Do::Changed(file) => {
                if !ui.unapplied.contains(&file) {
                    ui.unapplied.push(file);
                }
            }
            Do::Applied(file) => ui.unapplied.retain(|open| *open != file),
            Do::Select(object) => ui.selected = object,
            Do::Ask(dialog) => ui.dialog = dialog,
            Do::Tell(notice) => {
                ui.notices.retain(|told| *told != notice);
                ui.notices.push(notice);
            }
            Do::Keep(kept) => {
                ui.notices.retain(|told| !matches!(told, Notice::Kept(Kept::Full)));
                match kept {
                    Kept::FitsAgain => {}
                    kept => {
                        ui.notices.retain(|told| *told != Notice::Kept(kept.clone()));
                        ui.notices.push(Notice::Kept(kept));
                    }
                }
            }
            Do::Dismiss(index) => {
                if index < ui.notices.len() {
                    ui.notices.remove(index);
                }
            }
            Do::ReadScreens(on) => ui.screen_reader = on,
            Do::Resize(what, size) => ui.layout.resize(what, size),
            Do::Enlarge(panel, by) => ui.layout.enlarge(panel, by, ui.projector),
            Do::Maximise(panel) => ui.layout.maximised = panel,
        }
        Rc::new(ui)
    }
}

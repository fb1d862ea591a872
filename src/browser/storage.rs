//! What survives a reload: the browser's storage, or memory where that is blocked or not asked for.
//!
//! Which storage it is, `www/page/keeping.ts` has found out before the app begins: of all later visits (one tab has it at a
//! time), of this tab alone, or none.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use wasm_bindgen::JsCast;

use super::element;

const PREFIX: &str = "kube-playground.";
/// Concerns the browser, not a session: every tab may write it.
const SETTINGS: &str = "settings";
/// What a visit is taken up from: whether there is room for it is what a person has to know.
const SESSION: &str = "session";

/// Texts by name. Clones are the same storage.
#[derive(Clone)]
pub struct Storage(Rc<Inner>);

struct Inner {
    place: RefCell<Place>,
    /// What could not be written: it lasts as long as the page.
    memory: RefCell<BTreeMap<String, String>>,
    full: Cell<bool>,
    news: RefCell<Vec<StorageNews>>,
}

enum Place {
    /// The storage of all tabs, as long as its owner is this one.
    Shared(web_sys::Storage, Option<String>),
    /// The storage of this tab.
    Own(web_sys::Storage),
    Memory,
}

/// What a person has to know about the storage, at the moment when it happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StorageNews {
    /// There is no room for the session any more: what was kept of it before stays.
    Full,
    /// There is room again.
    FitsAgain,
    /// Another tab has taken the session over: nothing more is written.
    Lost,
}

fn keeping() -> wasm_bindgen::JsValue {
    element::get(&element::get(&gloo::utils::window(), "kubePlayground"), "keeping")
}

fn usable(storage: Option<web_sys::Storage>) -> Option<web_sys::Storage> {
    storage.filter(|storage| {
        storage.set_item("kube-playground.try", "1").is_ok() && storage.remove_item("kube-playground.try").is_ok()
    })
}

fn local() -> Option<web_sys::Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}

fn of_tab() -> Option<web_sys::Storage> {
    usable(gloo::utils::window().session_storage().ok().flatten())
}

impl Storage {
    /// The storage this page has; memory if it cannot be written to.
    pub fn open() -> Storage {
        let keeping = keeping();
        let place = match element::get(&keeping, "mode").as_string().as_deref() {
            Some("own") => of_tab().map(Place::Own),
            Some("memory") => None,
            // A page without our scripts, in a test, has no other tab.
            _ => usable(local()).map(|storage| Place::Shared(storage, element::get(&keeping, "id").as_string())),
        };
        let storage = Storage::at(place.unwrap_or(Place::Memory));
        if storage.forgets() {
            storage.take_linked();
        }
        storage
    }

    /// The session of a link where nothing is kept (`www/page/shared.ts`).
    fn take_linked(&self) {
        let linked = element::get(&element::get(&gloo::utils::window(), "kubePlayground"), "linked");
        let Ok(linked) = linked.dyn_into::<js_sys::Object>() else { return };
        let mut memory = self.0.memory.borrow_mut();
        for name in js_sys::Object::keys(&linked).iter().filter_map(|name| name.as_string()) {
            if let Some(text) = element::get(&linked, &name).as_string() {
                memory.insert(name, text);
            }
        }
    }

    fn at(place: Place) -> Storage {
        let place = RefCell::new(place);
        Storage(Rc::new(Inner { place, memory: RefCell::default(), full: Cell::default(), news: RefCell::default() }))
    }

    /// A storage that forgets with the page.
    #[cfg(test)]
    pub fn memory() -> Storage {
        Storage::at(Place::Memory)
    }

    /// Whether what is kept is lost with the page.
    pub fn forgets(&self) -> bool {
        matches!(*self.0.place.borrow(), Place::Memory)
    }

    /// Whether what is kept is of this tab alone.
    pub fn is_own(&self) -> bool {
        matches!(*self.0.place.borrow(), Place::Own(_))
    }

    fn storage_for(&self, name: &str) -> Option<web_sys::Storage> {
        match &*self.0.place.borrow() {
            Place::Shared(storage, _) => Some(storage.clone()),
            _ if name == SETTINGS => local(),
            Place::Own(storage) => Some(storage.clone()),
            Place::Memory => None,
        }
    }

    /// What was kept under a name.
    pub fn get(&self, name: &str) -> Option<String> {
        let held = self.0.memory.borrow().get(name).cloned();
        held.or_else(|| self.storage_for(name)?.get_item(&format!("{PREFIX}{name}")).ok().flatten())
    }

    /// Keeps a text; false when it lasts only as long as the page, because there is no storage or no room in it. What was
    /// kept before under the name then stays for the next visit.
    pub fn set(&self, name: &str, value: &str) -> bool {
        self.lose_if_taken();
        let storage = self.storage_for(name);
        let kept = storage.as_ref().is_some_and(|it| it.set_item(&format!("{PREFIX}{name}"), value).is_ok());
        let mut memory = self.0.memory.borrow_mut();
        if kept {
            memory.remove(name);
        } else {
            memory.insert(name.to_owned(), value.to_owned());
        }
        if storage.is_some() && kept == self.0.full.get() && (name == SESSION || !kept) {
            self.0.full.set(!kept);
            self.0.news.borrow_mut().push(if kept { StorageNews::FitsAgain } else { StorageNews::Full });
        }
        kept
    }

    /// Forgets a text.
    pub fn remove(&self, name: &str) {
        self.lose_if_taken();
        self.0.memory.borrow_mut().remove(name);
        if let Some(storage) = self.storage_for(name) {
            let _ = storage.remove_item(&format!("{PREFIX}{name}"));
        }
    }

    /// Moves a text to another name.
    pub fn rename(&self, from: &str, to: &str) {
        if let Some(text) = self.get(from) {
            // First away: there may be no room for it twice.
            self.remove(from);
            self.set(to, &text);
        }
    }

    /// Goes on in memory if another tab has become the owner.
    pub fn lose_if_taken(&self) {
        let taken = match &*self.0.place.borrow() {
            Place::Shared(storage, Some(id)) => {
                storage.get_item(&format!("{PREFIX}owner")).ok().flatten().is_some_and(|owner| owner != *id)
            }
            _ => false,
        };
        if taken {
            *self.0.place.borrow_mut() = Place::Memory;
            self.0.news.borrow_mut().push(StorageNews::Lost);
        }
    }

    /// Goes on in the storage of this tab; false when there is none.
    pub fn become_own(&self) -> bool {
        element::call(&keeping(), "leave", &[]);
        let own = of_tab().map(Place::Own);
        let is_there = own.is_some();
        *self.0.place.borrow_mut() = own.unwrap_or(Place::Memory);
        is_there
    }

    /// What has happened since this was last asked.
    pub fn news(&self) -> Vec<StorageNews> {
        self.0.news.take()
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn what_is_set_can_be_got_by_whoever_opens_the_storage_later() {
        let storage = Storage::open();
        assert!(!storage.forgets());
        assert!(storage.set("test", "안녕"));
        assert_eq!(Storage::open().get("test").as_deref(), Some("안녕"));
        assert_eq!(storage.get("another"), None);
        storage.rename("test", "another");
        assert_eq!((storage.get("test"), storage.get("another").as_deref()), (None, Some("안녕")));
    }

    #[wasm_bindgen_test]
    fn without_room_it_says_so_and_what_was_kept_before_stays() {
        let storage = Storage::open();
        assert!(storage.set("session", "before"));
        let large = "x".repeat(20_000_000);
        assert!(!storage.set("session", &large));
        assert!(!storage.set("session", &large));
        assert_eq!(storage.news(), [StorageNews::Full], "said once");
        assert_eq!(storage.get("session").map(|text| text.len()), Some(20_000_000));
        assert_eq!(Storage::open().get("session").as_deref(), Some("before"));
        assert!(storage.set("lesson", "pvc"), "what has room is kept");
        assert_eq!(storage.news(), []);
        assert!(storage.set("session", "after"));
        assert_eq!(storage.news(), [StorageNews::FitsAgain]);
        assert_eq!(Storage::open().get("session").as_deref(), Some("after"));
    }

    #[wasm_bindgen_test]
    fn what_another_tab_has_taken_is_not_written() {
        let browser = local().unwrap();
        browser.set_item("kube-playground.owner", "one").unwrap();
        let storage = Storage::at(Place::Shared(browser.clone(), Some("one".to_owned())));
        assert!(storage.set("taken", "mine"));
        browser.set_item("kube-playground.owner", "two").unwrap();
        assert!(!storage.set("taken", "overwritten"));
        assert_eq!(storage.news(), [StorageNews::Lost]);
        assert_eq!(browser.get_item("kube-playground.taken").unwrap().as_deref(), Some("mine"));
        assert!(storage.forgets());
        assert!(storage.become_own() && storage.is_own());
        assert!(storage.set("taken", "my own"));
        assert_eq!(browser.get_item("kube-playground.taken").unwrap().as_deref(), Some("mine"));
        browser.remove_item("kube-playground.owner").unwrap();
    }

    #[wasm_bindgen_test]
    fn memory_forgets() {
        assert!(Storage::memory().forgets());
    }
}

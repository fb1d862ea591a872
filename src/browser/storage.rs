//! What survives a reload: the browser's storage, or memory where that is blocked.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

const PREFIX: &str = "kube-playground.";

/// Texts by name.
#[derive(Clone)]
pub struct Storage {
    place: Rc<RefCell<Place>>,
}

enum Place {
    Browser(web_sys::Storage),
    Memory(BTreeMap<String, String>),
}

impl Storage {
    /// The browser's storage if it can be written to.
    pub fn open() -> Storage {
        let usable = gloo::utils::window().local_storage().ok().flatten().filter(|storage| {
            storage.set_item("kube-playground.try", "1").is_ok() && storage.remove_item("kube-playground.try").is_ok()
        });
        Storage { place: Rc::new(RefCell::new(usable.map_or_else(|| Place::Memory(BTreeMap::new()), Place::Browser))) }
    }

    /// A storage that forgets with the page.
    #[cfg(test)]
    pub fn memory() -> Storage {
        Storage { place: Rc::new(RefCell::new(Place::Memory(BTreeMap::new()))) }
    }

    /// Whether what is kept is lost with the page.
    pub fn forgets(&self) -> bool {
        matches!(*self.place.borrow(), Place::Memory(_))
    }

    /// What was kept under a name.
    pub fn get(&self, name: &str) -> Option<String> {
        match &*self.place.borrow() {
            Place::Browser(storage) => storage.get_item(&format!("{PREFIX}{name}")).ok().flatten(),
            Place::Memory(kept) => kept.get(name).cloned(),
        }
    }

    /// Keeps a text. When the browser has no room (or takes its storage back), everything goes on in memory: false.
    pub fn set(&self, name: &str, value: &str) -> bool {
        let mut place = self.place.borrow_mut();
        if let Place::Browser(storage) = &*place {
            if storage.set_item(&format!("{PREFIX}{name}"), value).is_ok() {
                return true;
            }
            *place = Place::Memory(BTreeMap::new());
        }
        if let Place::Memory(kept) = &mut *place {
            kept.insert(name.to_owned(), value.to_owned());
        }
        false
    }
}

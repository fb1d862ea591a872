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
    }

    #[wasm_bindgen_test]
    fn without_room_it_goes_on_in_memory_and_says_so() {
        let storage = Storage::open();
        assert!(!storage.set("large", &"x".repeat(20_000_000)));
        assert!(storage.forgets());
        assert_eq!(storage.get("large").map(|text| text.len()), Some(20_000_000));
    }

    #[wasm_bindgen_test]
    fn memory_forgets() {
        assert!(Storage::memory().forgets());
    }
}

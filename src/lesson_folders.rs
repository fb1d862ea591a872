//! The folders of lessons, those that come with the page and those from elsewhere, as `www/lessons/folder.ts` reads them.

use lesson::{Folder, PRACTICE};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::browser::address::HELD_LESSON;
use crate::browser::element;
use crate::session::Fetched;

/// What comes with the page in `lessons/`, by the name before the colon of its address: `course:01-pods-and-deployments`.
pub const COURSE: &str = "course";
/// See [`COURSE`].
pub const CHALLENGE: &str = "challenge";

/// Whether an address is of something that comes with the page, or with the address itself, so that nobody is asked for it.
pub fn comes_with_the_page(source: &str) -> bool {
    source.starts_with(HELD_LESSON)
        || source.split_once(':').is_some_and(|(kind, _)| [COURSE, CHALLENGE, PRACTICE].contains(&kind))
}

/// The challenge of a number, and what it is called.
pub fn practice(number: u64, lang: lesson::Lang) -> Option<(Fetched, String)> {
    let name = format!("{PRACTICE}:{number}");
    let folder = lesson::practice(number);
    let title = lesson::open(&name, &folder).ok()?.lesson.title.get(lang).to_owned();
    Some((Fetched { name: name.clone(), source: name, folder }, title))
}

/// The number of such a challenge's address.
pub fn practice_number(source: &str) -> Option<u64> {
    source.trim().strip_prefix(PRACTICE)?.strip_prefix(':')?.parse().ok()
}

/// All lessons of a kind that come with the page, in their order, and what they are called.
pub async fn built_in(kind: &'static str, lang: lesson::Lang) -> Vec<(Fetched, String)> {
    let Ok(part) = part().await else { return Vec::new() };
    let folders = js_sys::Array::from(&element::call(&part, "builtIn", &[kind.into()]));
    let named = |folder: JsValue| {
        let fetched = to_fetched(&folder);
        let title = lesson::open(&fetched.name, &fetched.folder).ok()?.lesson.title.get(lang).to_owned();
        Some((fetched, title))
    };
    folders.iter().filter_map(named).collect()
}

/// A folder by a function of `www/lessons/folder.ts`, or its word for why there is none; a challenge that is made of a number needs
/// no such function.
pub async fn fetch(how: &str, of: JsValue) -> Result<Fetched, String> {
    if let Some((made, _)) = of.as_string().and_then(|source| practice(practice_number(&source)?, lesson::Lang::En)) {
        return Ok(made);
    }
    Ok(to_fetched(&settled(element::call(&part().await?, how, &[of])).await?))
}

/// `www/entries/lessons.ts`
async fn part() -> Result<JsValue, String> {
    let page = element::get(&gloo::utils::window(), "kubePlayground");
    settled(element::call(&page, "part", &["lessons.js".into()])).await
}

/// What a promise comes to, or the word of its refusal.
async fn settled(promise: JsValue) -> Result<JsValue, String> {
    let network = || "network".to_owned();
    let promise = promise.dyn_into::<js_sys::Promise>().map_err(|_| network())?;
    let word = |error: JsValue| element::get(&error, "why").as_string().unwrap_or_else(network);
    JsFuture::from(promise).await.map_err(word)
}

fn to_fetched(folder: &JsValue) -> Fetched {
    let text = |name: &str| element::get(folder, name).as_string().unwrap_or_default();
    let mut files = Folder::new();
    for entry in js_sys::Array::from(&element::get(folder, "files")).iter() {
        let entry = js_sys::Array::from(&entry);
        if let (Some(path), Ok(bytes)) = (entry.get(0).as_string(), entry.get(1).dyn_into::<js_sys::Uint8Array>()) {
            files.insert(path, bytes.to_vec());
        }
    }
    Fetched { name: text("name"), source: text("source"), folder: files }
}

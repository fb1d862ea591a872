//! The rest of this page's wasm, which arrives after the first prompt (`www/page/rest.ts`, `xtask/src/split`).

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;

use super::element;

#[wasm_bindgen]
extern "C" {
    /// Waits for the rest, the page standing still; throws when it cannot be had.
    #[wasm_bindgen(js_namespace = ["kubePlayground", "rest"], js_name = fetchNow)]
    fn fetch_now();
}

/// What a function calls that is not there yet. Exported because the stubs that call it are made after the compiler is done.
#[wasm_bindgen(js_name = fetchRestNow)]
pub fn fetch_rest_now() {
    fetch_now();
}

fn page() -> wasm_bindgen::JsValue {
    element::get(&element::get(&gloo::utils::window(), "kubePlayground"), "rest")
}

/// Hands over what the rest needs of this part. Comes before everything else.
pub fn offer() {
    element::call(&page(), "offer", &[wasm_bindgen::exports()]);
}

/// Whether the rest is there.
pub fn is_here() -> bool {
    // A page without our scripts, in a test, has all of the wasm.
    let page = page();
    page.is_undefined() || element::get(&page, "came").is_truthy()
}

/// Waits until the rest is there, however often it has to be fetched.
pub async fn arrive() {
    if let Ok(promise) = element::call(&page(), "arrive", &[]).dyn_into::<js_sys::Promise>() {
        let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    }
}

/// Does something once the rest is there, without asking for it: the first prompt does (`Session::fetch_rest`), and nothing
/// that only prepares the page shares the network with what comes before it.
pub fn once_here(what: impl FnOnce() + 'static) {
    if is_here() {
        return what();
    }
    wasm_bindgen_futures::spawn_local(async {
        if let Ok(promise) = element::get(&page(), "arrival").dyn_into::<js_sys::Promise>() {
            let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
        }
        what();
    });
}

/// Does something that only the rest may know how to do: at once, or when the rest is there.
pub fn then(what: impl FnOnce() + 'static) {
    if is_here() {
        return what();
    }
    wasm_bindgen_futures::spawn_local(async {
        arrive().await;
        what();
    });
}

/// Fetches the rest; whether it is there now.
pub async fn fetch() -> bool {
    let fetching = element::call(&page(), "fetch", &[]);
    match fetching.dyn_into::<js_sys::Promise>() {
        Ok(promise) => wasm_bindgen_futures::JsFuture::from(promise).await.is_ok_and(|came| came.is_truthy()),
        Err(_) => true,
    }
}

//! `kubePlayground`, which `www/page` puts on the window: what outlives a panic.

use wasm_bindgen::JsCast;

use super::element;

/// Leaves the session where the crash page finds it: outside wasm memory.
pub fn keep_session(session: &str) {
    element::set(&element::get(&gloo::utils::window(), "kubePlayground"), "session", &session.into());
}

/// Waits until `www/page` knows where the session is kept and, if the last visit broke off, how a person wants to go on.
pub async fn begin() {
    wait_for("begin").await;
}

/// Lets the browser do what it has to do: a long task in slices.
pub async fn breathe() {
    wait_for("breathe").await;
}

async fn wait_for(what: &str) {
    let page = element::get(&gloo::utils::window(), "kubePlayground");
    if let Ok(promise) = element::call(&page, what, &[]).dyn_into::<js_sys::Promise>() {
        let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    }
}

/// Says how far an earlier visit's session is lived again, from 0 to 1, and lets the browser do what it has to.
pub async fn replaying(part: f64) {
    let page = element::get(&gloo::utils::window(), "kubePlayground");
    if let Ok(promise) = element::call(&page, "replaying", &[part.into()]).dyn_into::<js_sys::Promise>() {
        let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    }
}

/// A link that holds a session, as `Session::to_shared` has it; `None` when it cannot be made.
pub async fn share(shared: &str) -> Option<String> {
    made("share", shared).await
}

/// A shell script that does again what `Session::to_done` has; `None` when it cannot be made.
pub async fn script(done: &str) -> Option<String> {
    made("script", done).await
}

/// Of objects those that a person made, as another cluster takes them: a list, in JSON; `None` when it cannot be made.
pub async fn manifests(objects: &str) -> Option<String> {
    made("manifests", objects).await
}

/// Offers the picture that is shown as a file, `svg` or `png`; whether there was one.
pub async fn save_picture(kind: &str) -> bool {
    made("picture", kind).await.is_some_and(|name| !name.is_empty())
}

async fn made(what: &str, of: &str) -> Option<String> {
    let page = element::get(&gloo::utils::window(), "kubePlayground");
    let promise = element::call(&page, what, &[of.into()]).dyn_into::<js_sys::Promise>().ok()?;
    wasm_bindgen_futures::JsFuture::from(promise).await.ok()?.as_string()
}

/// Takes the session from the tab that has it; loads the page again.
pub fn take_over() {
    let page = element::get(&gloo::utils::window(), "kubePlayground");
    element::call(&element::get(&page, "keeping"), "takeOver", &[]);
}

/// From now on a panic shows the crash page.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        let page = element::get(&gloo::utils::window(), "kubePlayground");
        element::call(&page, "crash", &[message.as_str().into()]);
    }));
}

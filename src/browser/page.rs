//! `kubePlayground`, which `www/page` puts on the window: what outlives a panic.

use super::element;

/// Leaves the session where the crash page finds it: outside wasm memory.
pub fn keep_session(session: &str) {
    element::set(&element::get(&gloo::utils::window(), "kubePlayground"), "session", &session.into());
}

/// From now on a panic shows the crash page.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        let page = element::get(&gloo::utils::window(), "kubePlayground");
        element::call(&page, "crash", &[message.as_str().into()]);
    }));
}

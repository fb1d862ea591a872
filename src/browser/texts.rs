//! Texts that commands ask for (`kubectl explain`, `--help`): files of their own, fetched when they are first asked for.

use super::element;

/// Waits for the text, the page standing still: a command's answer does not depend on when a file arrives, and is the same
/// when it is replayed. `None` when it cannot be had.
///
/// A service worker is not asked for what the page stands still for: where one has the files, they are here already
/// (`www/offline/page.ts`).
pub fn read(file: &str) -> Option<String> {
    let here = element::get(&element::get(&gloo::utils::window(), "kubePlayground"), "texts");
    if let Some(text) = element::get(&here, file).as_string() {
        return Some(text);
    }
    let request = web_sys::XmlHttpRequest::new().ok()?;
    request.open_with_async("GET", file, false).ok()?;
    request.send().ok()?;
    if request.status().ok()? == 200 { request.response_text().ok()? } else { None }
}

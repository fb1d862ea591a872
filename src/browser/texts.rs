//! Texts that commands ask for (`kubectl explain`, `--help`): files of their own, fetched when they are first asked for.

/// Waits for the text, the page standing still: a command's answer does not depend on when a file arrives, and is the same
/// when it is replayed. `None` when it cannot be had.
pub fn read(file: &str) -> Option<String> {
    let request = web_sys::XmlHttpRequest::new().ok()?;
    request.open_with_async("GET", file, false).ok()?;
    request.send().ok()?;
    if request.status().ok()? == 200 { request.response_text().ok()? } else { None }
}

//! What `kubectl explain` says: a file of its own, fetched when it is first asked for.

/// Waits for the text, the page standing still: a command's answer does not depend on when a file arrives, and is the same
/// when it is replayed. `None` when it cannot be had.
pub fn read() -> Option<String> {
    let request = web_sys::XmlHttpRequest::new().ok()?;
    request.open_with_async("GET", "descriptions.txt", false).ok()?;
    request.send().ok()?;
    if request.status().ok()? == 200 { request.response_text().ok()? } else { None }
}

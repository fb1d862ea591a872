//! Answers that go on: the events of a watch, a line each, and logs that are followed.

use api::{ByteStream, LocalFuture, WatchEvent, WatchStream};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

/// The next bytes of a body; `None` at its end, however it came.
async fn piece(body: &mut Incoming) -> Option<Vec<u8>> {
    loop {
        let frame = body.frame().await?.ok()?;
        if let Ok(bytes) = frame.into_data() {
            return Some(bytes.to_vec());
        }
    }
}

/// A watch.
pub struct Watch {
    body: Incoming,
    bytes: Vec<u8>,
}

impl Watch {
    /// A watch whose events are the lines of this body.
    pub fn new(body: Incoming) -> Self {
        Watch { body, bytes: Vec::new() }
    }
}

impl WatchStream for Watch {
    fn next(&mut self) -> LocalFuture<'_, Option<WatchEvent>> {
        Box::pin(async move {
            loop {
                if let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = self.bytes.drain(..=end).collect();
                    return event(&line);
                }
                self.bytes.extend(piece(&mut self.body).await?);
            }
        })
    }
}

fn event(line: &[u8]) -> Option<WatchEvent> {
    let mut value: Value = serde_json::from_slice(line).ok()?;
    let kinds = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];
    let kind = kinds.into_iter().find(|kind| value["type"] == *kind)?;
    Some(WatchEvent { kind, object: value["object"].take() })
}

/// A log that is followed.
pub struct Log {
    body: Incoming,
}

impl Log {
    /// A log whose lines are in this body.
    pub fn new(body: Incoming) -> Self {
        Log { body }
    }
}

impl ByteStream for Log {
    fn next(&mut self) -> LocalFuture<'_, Option<Vec<u8>>> {
        Box::pin(piece(&mut self.body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_event() {
        let found = event(b"{\"type\":\"DELETED\",\"object\":{\"kind\":\"Pod\"}}\n").unwrap();
        assert_eq!((found.kind, found.object["kind"].as_str()), ("DELETED", Some("Pod")));
        assert_eq!(event(b"nothing\n"), None);
    }
}

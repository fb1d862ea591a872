//! Answers that go on: watches as lines of JSON or frames of protobuf, followed logs as text. They end when the client goes away.

use std::rc::Rc;
use std::time::Duration;

use api::{Reason, Request, Status, WatchEvent};
use bytes::Bytes;
use playground::{Following, Watching};
use serde_json::json;
use tokio::sync::mpsc::channel;
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep_until};

use super::http::{Body, metadata_only};
use super::negotiate::Media;
use super::{Server, protobuf};

/// How long a watch lasts when the client does not say, in seconds: the API server ends it between 30 and 60 minutes.
const LONGEST_WATCH: u64 = 1800;
/// The longest that a client may ask for: no clock counts to the end of all numbers.
const YEAR: u64 = 366 * 86_400;

/// How long a client wants to watch. These are real seconds: they are about the connection.
pub fn longest(request: &Request) -> Duration {
    let seconds = request.query("timeoutSeconds").and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.filter(|seconds| *seconds > 0).unwrap_or(LONGEST_WATCH).min(YEAR))
}

/// The request without its `timeoutSeconds`, which the API server would take for virtual ones.
pub fn without_end(request: &Request) -> Request {
    let mut request = request.clone();
    request.query.retain(|(name, _)| name != "timeoutSeconds");
    request
}

/// The events of a watch, a line or a frame each.
pub fn watch(server: &Rc<Server>, mut watching: Watching, longest: Duration, metadata: bool, media: Media) -> Body {
    let (out, pieces) = channel::<Bytes>(16);
    let server = server.clone();
    spawn_local(async move {
        let end = Instant::now() + longest;
        loop {
            let (events, ended) = server.world().watch_events(&mut watching);
            if !events.is_empty() && out.send(written(events, metadata, media)).await.is_err() {
                return;
            }
            if ended {
                return;
            }
            tokio::select! {
                () = server.moved() => {}
                () = out.closed() => return,
                () = sleep_until(end) => return,
            }
        }
    });
    Body::Pieces(pieces)
}

fn written(events: Vec<WatchEvent>, metadata: bool, media: Media) -> Bytes {
    let mut bytes = Vec::new();
    for event in events {
        let partial = metadata && event.kind != "ERROR";
        let object = if partial { metadata_only(&event.object) } else { event.object };
        if media == Media::Protobuf {
            let unwritten = || {
                let message = "unable to encode watch object: it has no protobuf";
                protobuf::frame("ERROR", &Status::new(Reason::InternalError, message).to_value())
            };
            bytes.extend(protobuf::frame(event.kind, &object).or_else(unwritten).unwrap_or_default());
            continue;
        }
        bytes.extend(serde_json::to_vec(&json!({"type": event.kind, "object": object})).unwrap_or_default());
        bytes.push(b'\n');
    }
    bytes.into()
}

/// A log as it grows.
pub fn log(server: &Rc<Server>, mut log: Following) -> Body {
    let (out, pieces) = channel::<Bytes>(16);
    let server = server.clone();
    spawn_local(async move {
        loop {
            let Some(bytes) = server.world().follow_log(&mut log) else { return };
            if !bytes.is_empty() && out.send(bytes.into()).await.is_err() {
                return;
            }
            tokio::select! {
                () = server.moved() => {}
                () = out.closed() => return,
            }
        }
    });
    Body::Pieces(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_ends_at_a_moment_that_there_is() {
        for (asked, seconds) in [("5", 5), ("0", LONGEST_WATCH), ("x", LONGEST_WATCH), ("18446744073709551615", YEAR)] {
            let request = Request::get("/api/v1/pods").with_query("timeoutSeconds", asked);
            assert_eq!(longest(&request).as_secs(), seconds, "{asked}");
            let _ = Instant::now() + longest(&request);
        }
    }
}

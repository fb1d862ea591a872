//! Answers that go on: watches as lines of JSON, followed logs as text. They end when the client goes away.

use std::rc::Rc;
use std::time::Duration;

use api::{Request, WatchEvent};
use bytes::Bytes;
use playground::{Following, Watching};
use serde_json::json;
use tokio::sync::mpsc::channel;
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep_until};

use super::Server;
use super::http::{Body, metadata_only};

/// How long a watch lasts when the client does not say, in seconds: the API server ends it between 30 and 60 minutes.
const LONGEST_WATCH: u64 = 1800;
/// How long a client wants to watch. These are real seconds: they are about the connection.
pub fn longest(request: &Request) -> Duration {
    let seconds = request.query("timeoutSeconds").and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.filter(|seconds| *seconds > 0).unwrap_or(LONGEST_WATCH))
}

/// The request without its `timeoutSeconds`, which the API server would take for virtual ones.
pub fn without_end(request: &Request) -> Request {
    let mut request = request.clone();
    request.query.retain(|(name, _)| name != "timeoutSeconds");
    request
}

/// The events of a watch, a line each.
pub fn watch(server: &Rc<Server>, mut watching: Watching, longest: Duration, metadata: bool) -> Body {
    let (out, pieces) = channel::<Bytes>(16);
    let server = server.clone();
    spawn_local(async move {
        let end = Instant::now() + longest;
        loop {
            let (events, ended) = server.world().watch_events(&mut watching);
            if !events.is_empty() && out.send(lines(events, metadata)).await.is_err() {
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

fn lines(events: Vec<WatchEvent>, metadata: bool) -> Bytes {
    let mut bytes = Vec::new();
    for event in events {
        let partial = metadata && event.kind != "ERROR";
        let object = if partial { metadata_only(&event.object) } else { event.object };
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

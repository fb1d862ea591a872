//! port-forward: SPDY streams inside of a WebSocket's binary messages. A connection is two streams of the same `requestid`:
//! `error`, on which we say why it failed, and `data`.
//!
//! Follows k8s.io/apiserver and the kubelet, pkg/kubelet/portforward.

use std::collections::BTreeMap;

use futures_util::{SinkExt, StreamExt};
use playground::{Forward, ForwardRequest};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::Server;
use crate::channels::Stream;
use crate::spdy::{Decoder, Encoder, Received};

/// The subprotocol.
pub const PROTOCOL: &str = "SPDY/3.1+portforward.k8s.io";

/// A connection that is forwarded.
struct Connection {
    port: u16,
    /// The stream on which errors are told.
    error: u32,
    forward: Option<Forward>,
}

/// Forwards connections until the client goes away.
pub async fn run<S: Stream>(server: &Server, mut socket: WebSocketStream<S>, request: &ForwardRequest) {
    let (mut decoder, mut encoder) = (Decoder::new(), Encoder::new());
    let mut errors: BTreeMap<String, u32> = BTreeMap::new();
    let mut open: BTreeMap<u32, Connection> = BTreeMap::new();
    loop {
        let mut frames = Vec::new();
        open.retain(|stream, connection| !connection.move_on(*stream, &encoder, request, &mut frames));
        if !frames.is_empty() && socket.send(Message::Binary(frames.into())).await.is_err() {
            return;
        }
        let bytes = tokio::select! {
            () = server.moved() => continue,
            received = socket.next() => match received {
                Some(Ok(Message::Binary(bytes))) => bytes,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        let Some(received) = decoder.take(&bytes) else { return };
        let mut frames = Vec::new();
        for one in received {
            match one {
                Received::Open { stream, headers } => {
                    frames.extend(encoder.reply(stream));
                    let header = |name: &str| {
                        let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                        found.map_or("", |(_, value)| value.as_str())
                    };
                    let id = header("requestid").to_owned();
                    match header("streamtype") {
                        "error" => _ = errors.insert(id, stream),
                        _ => {
                            let Some(error) = errors.remove(&id) else { continue };
                            let port = header("port").parse().unwrap_or_default();
                            let forward = server.world().forward(request, port);
                            open.insert(stream, Connection { port, error, forward });
                        }
                    }
                }
                Received::Data { stream, bytes } => {
                    if let Some(forward) = open.get(&stream).and_then(|connection| connection.forward.as_ref()) {
                        forward.write(bytes);
                    }
                }
                Received::End { stream } => {
                    if let Some(forward) = open.get(&stream).and_then(|connection| connection.forward.as_ref()) {
                        forward.close();
                    }
                }
                Received::Reset { stream } => _ = open.remove(&stream),
                Received::Ping { id } => frames.extend(encoder.pong(id)),
            }
        }
        if !frames.is_empty() && socket.send(Message::Binary(frames.into())).await.is_err() {
            return;
        }
    }
}

impl Connection {
    /// Passes on what came back. True when it has ended.
    fn move_on(&self, stream: u32, encoder: &Encoder, request: &ForwardRequest, frames: &mut Vec<u8>) -> bool {
        let failure = match &self.forward {
            None => Some("No such container".to_owned()),
            Some(forward) => {
                let bytes = forward.read();
                if !bytes.is_empty() {
                    frames.extend(encoder.data(stream, &bytes, false));
                }
                forward.error().map(|why| {
                    let port = self.port;
                    format!(
                        "failed to connect to localhost:{port} inside namespace, IPv4: dial tcp4 127.0.0.1:{port}: connect: {}",
                        why.to_lowercase()
                    )
                })
            }
        };
        if failure.is_none() && !self.forward.as_ref().is_some_and(Forward::has_ended) {
            return false;
        }
        let text =
            failure.map(|why| format!("error forwarding port {} to pod {}, uid : {why}", self.port, request.pod));
        frames.extend(encoder.data(self.error, text.unwrap_or_default().as_bytes(), true));
        frames.extend(encoder.data(stream, &[], true));
        true
    }
}

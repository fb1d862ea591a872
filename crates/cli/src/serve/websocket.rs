//! exec and attach over WebSocket: the subprotocols `v5.channel.k8s.io` and `v4.channel.k8s.io`. The first byte of a message
//! is its channel.
//!
//! Follows k8s.io/apimachinery/pkg/util/remotecommand.

use std::rc::Rc;
use std::sync::Arc;

use api::{Reason, Status};
use futures_util::{SinkExt, StreamExt};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use playground::{Answer, Exec, ExecRequest};
use serde_json::{Value, json};
use tokio::task::spawn_local;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role};

use super::authentication::authenticate;
use super::connections::Place;
use super::http::{Body, failure, head, refusal, response};
use super::negotiate::Media;
use super::{Server, portforward};
use crate::channels::{CLOSE, ERROR, RESIZE, STDERR, STDIN, STDOUT, Stream};

const EXEC_PROTOCOLS: &[&str] = &["v5.channel.k8s.io", "v4.channel.k8s.io"];
/// The client's input is read only while there is room for so much.
const LARGEST_INPUT: usize = 32 * 1024;

/// Answers a request to upgrade the connection.
pub fn upgrade(server: &Rc<Server>, place: &Arc<Place>, mut request: hyper::Request<Incoming>) -> Response<Body> {
    let mut asked = match head(request.method(), request.uri(), request.headers()) {
        Ok(asked) => asked,
        Err(status) => return failure(&status, Media::Json),
    };
    if let Err(status) = authenticate(server, request.headers(), &mut asked) {
        return refusal(&status);
    }
    let answer = server.world().answer(&asked);
    let offered: &[&str] = match &answer {
        Answer::Exec(_) => EXEC_PROTOCOLS,
        Answer::Forward(_) => &[portforward::PROTOCOL],
        Answer::Json { code, value, .. } if *code >= 400 => {
            let status = Status::from_value(value);
            // The kubelet's own refusals come as plain text; clients put the words before them.
            let of_kubelet = "Internal error occurred: unable to upgrade connection: ";
            return match status.message.strip_prefix(of_kubelet) {
                Some(why) => response(*code, "text/plain; charset=utf-8", Body::Whole(Some(format!("{why}\n").into()))),
                None => refusal(&status),
            };
        }
        _ => return refusal(&Status::new(Reason::BadRequest, "there is nothing here to upgrade to")),
    };
    let Some((accept, protocol)) = handshake(request.headers(), offered) else {
        let message = "unable to upgrade: only WebSocket is served here, not SPDY";
        return refusal(&Status::new(Reason::BadRequest, message));
    };
    let (upgrading, server, answering) = (hyper::upgrade::on(&mut request), server.clone(), place.answer());
    spawn_local(async move {
        let _answering = answering;
        let Ok(stream) = upgrading.await else { return };
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Server, None).await;
        connect(&server, socket, &answer).await;
    });
    let mut response = Response::new(Body::Whole(None));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

/// Connects the client's WebSocket to what it asked for, until either ends.
pub(super) async fn connect<S: Stream>(server: &Server, socket: WebSocketStream<S>, answer: &Answer) {
    match answer {
        Answer::Exec(exec) => run(server, socket, exec).await,
        Answer::Forward(forward) => portforward::run(server, socket, forward).await,
        _ => {}
    }
}

/// The key to answer with, and the first of our protocols that the client knows.
fn handshake(headers: &HeaderMap, offered: &[&'static str]) -> Option<(String, &'static str)> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if !text(header::UPGRADE)?.eq_ignore_ascii_case("websocket") {
        return None;
    }
    let key = text(header::SEC_WEBSOCKET_KEY)?;
    let wanted = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let wanted: Vec<&str> = wanted.flat_map(|value| value.split(',')).map(str::trim).collect();
    let protocol = offered.iter().find(|protocol| wanted.contains(*protocol))?;
    Some((derive_accept_key(key.as_bytes()), protocol))
}

/// Connects a command to the client's streams until either ends.
async fn run<S: Stream>(server: &Server, mut socket: WebSocketStream<S>, request: &ExecRequest) {
    let mut exec = server.world().start_exec(request);
    loop {
        let poll = server.world().poll_exec(&mut exec);
        for (channel, bytes, wanted) in
            // Errors first: who has read all that is printed (kubectl cp) reads no more.
            [(STDERR, poll.stderr, request.stderr), (STDOUT, poll.stdout, request.stdout)]
        {
            for piece in bytes.chunks(LARGEST_INPUT).filter(|_| wanted) {
                if socket.send(message(channel, piece)).await.is_err() {
                    return;
                }
            }
        }
        if let Some(code) = poll.status {
            let status = serde_json::to_vec(&exit_status(code)).unwrap_or_default();
            let _ = socket.send(message(ERROR, &status)).await;
            // Without a code clients take it for a broken connection.
            let _ = socket.close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() })).await;
            // The client closes, too; what it still sends is for nobody.
            while let Some(Ok(_)) = socket.next().await {}
            return;
        }
        tokio::select! {
            () = server.moved() => {}
            received = socket.next(), if exec.input_capacity() >= LARGEST_INPUT => match received {
                Some(Ok(Message::Binary(bytes))) => take(&mut exec, &bytes),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}

fn message(channel: u8, bytes: &[u8]) -> Message {
    let mut data = Vec::with_capacity(bytes.len() + 1);
    data.push(channel);
    data.extend(bytes);
    Message::Binary(data.into())
}

/// What the client sent.
fn take(exec: &mut Exec, bytes: &[u8]) {
    match bytes {
        [STDIN, input @ ..] => exec.write(input),
        [CLOSE, STDIN] => exec.close(),
        [RESIZE, size @ ..] => {
            let size: Value = serde_json::from_slice(size).unwrap_or_default();
            let side =
                |name: &str| size[name].as_u64().and_then(|side| u16::try_from(side).ok()).filter(|side| *side > 0);
            if let (Some(columns), Some(rows)) = (side("Width"), side("Height")) {
                exec.resize(columns, rows);
            }
        }
        _ => {}
    }
}

/// How a command ended, as the kubelet reports it.
fn exit_status(code: i32) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    json!({
        "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": format!("command terminated with non-zero exit code: command terminated with exit code {code}"),
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}

//! exec and attach over a WebSocket: `v5.channel.k8s.io`. The first byte of a message is its channel.
//!
//! Follows k8s.io/client-go/tools/remotecommand.

use std::io::{self, IsTerminal as _};

use api::{Body, ExecOutput, LocalFuture, Reason, Request, Response, Status, Upgraded, path};
use base64::Engine as _;
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::Full;
use hyper::StatusCode;
use hyper::header;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};

use super::http::{Http, read, unreachable};
use crate::channels::{CLOSE, ERROR, RESIZE, STDERR, STDIN, STDOUT, Socket};

/// The most bytes of one message.
const LARGEST: usize = 32 * 1024;

/// Asks for a command's streams.
pub async fn upgrade(http: &Http, request: &Request) -> Result<Response, Status> {
    let socket = match connect(http, request, "v5.channel.k8s.io").await? {
        Ok(socket) => socket,
        Err(refused) => return Ok(refused),
    };
    let on = |name: &str| request.query(name) == Some("true");
    let streams = Streams { socket, stdin: on("stdin"), tty: on("tty") };
    Ok(Response { code: 101, warnings: Vec::new(), body: Body::Upgrade(Box::new(streams)) })
}

/// A WebSocket of this subprotocol, or the server's refusal.
pub async fn connect(
    http: &Http,
    request: &Request,
    protocol: &'static str,
) -> Result<Result<Socket, Response>, Status> {
    let key = base64::engine::general_purpose::STANDARD.encode(b"kube-playground!");
    let head = http.head(request, "GET")?.header(header::UPGRADE, "websocket").header(header::CONNECTION, "Upgrade");
    let head = head.header(header::SEC_WEBSOCKET_VERSION, "13").header(header::SEC_WEBSOCKET_KEY, key);
    let head = head.header(header::SEC_WEBSOCKET_PROTOCOL, protocol).body(Full::new(Bytes::new()));
    let mut response = http.exchange(head.map_err(|error| unreachable(error.to_string()))?).await?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let mut refused = read(request, response).await?;
        // The kubelet refuses in plain text, which clients put behind these words.
        if let Body::Json(status) = &mut refused.body
            && status["reason"].is_null()
        {
            status["message"] = format!("unable to upgrade connection: {}", path::str(status, "message")).into();
        }
        return Ok(Err(refused));
    }
    let stream = hyper::upgrade::on(&mut response).await.map_err(|error| Status::internal(error.to_string()))?;
    Ok(Ok(WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Client, None).await))
}

struct Streams {
    socket: Socket,
    stdin: bool,
    tty: bool,
}

fn message(channel: u8, bytes: &[u8]) -> Message {
    let mut data = vec![channel];
    data.extend(bytes);
    Message::Binary(data.into())
}

fn size() -> Option<Message> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(message(RESIZE, json!({"Width": size.ws_col, "Height": size.ws_row}).to_string().as_bytes()))
}

/// A terminal that passes every key on; as it was when dropped.
struct Raw(Option<rustix::termios::Termios>);

impl Raw {
    fn new(wanted: bool) -> Raw {
        let before = rustix::termios::tcgetattr(io::stdin()).ok().filter(|_| wanted && io::stdin().is_terminal());
        if let Some(before) = &before {
            let mut raw = before.clone();
            raw.make_raw();
            let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, &raw);
        }
        Raw(before)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, before);
        }
    }
}

/// What came on the channel of the status.
fn status(bytes: &[u8]) -> Status {
    let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
    Status::from_value(&value)
}

fn broken() -> Status {
    Status::new(Reason::Unknown, "error reading from error stream: next reader: EOF")
}

impl Streams {
    /// Carries bytes both ways until the command ends. Each way goes on when the other one is full.
    async fn carry(self) -> Status {
        let Streams { socket, stdin, tty } = self;
        let _raw = Raw::new(tty);
        let Ok(mut resized) = signal(SignalKind::window_change()) else { return broken() };
        let (mut sink, mut stream) = socket.split();
        let sending = async {
            if let Some(size) = size().filter(|_| tty) {
                let _ = sink.send(size).await;
            }
            let (mut input, mut open) = (tokio::io::stdin(), stdin);
            let mut buffer = vec![0; LARGEST];
            loop {
                let sent = tokio::select! {
                    read = input.read(&mut buffer), if open => {
                        let read = read.unwrap_or_default();
                        open = read > 0;
                        Some(if open { message(STDIN, &buffer[..read]) } else { message(CLOSE, &[STDIN]) })
                    }
                    _ = resized.recv(), if tty => size(),
                    else => break,
                };
                if let Some(sent) = sent
                    && sink.send(sent).await.is_err()
                {
                    break;
                }
            }
            // What the command still says is waited for.
            std::future::pending::<Status>().await
        };
        let receiving = async {
            while let Some(Ok(received)) = stream.next().await {
                let Message::Binary(bytes) = received else { continue };
                match bytes.split_first() {
                    Some((&STDOUT, bytes)) => put(&mut io::stdout().lock(), bytes),
                    Some((&STDERR, bytes)) => put(&mut io::stderr().lock(), bytes),
                    Some((&ERROR, bytes)) => return status(bytes),
                    _ => {}
                }
            }
            broken()
        };
        let status = tokio::select! { status = receiving => status, status = sending => status };
        let _ = sink.close().await;
        status
    }

    async fn exchange(self, input: Vec<u8>) -> ExecOutput {
        let (mut sink, mut stream) = self.socket.split();
        let sending = async {
            let pieces = input.chunks(LARGEST).map(|piece| message(STDIN, piece));
            for piece in pieces.chain([message(CLOSE, &[STDIN])]) {
                if sink.send(piece).await.is_err() {
                    break;
                }
            }
            std::future::pending::<ExecOutput>().await
        };
        let receiving = async {
            let mut ran = ExecOutput { status: broken(), stdout: Vec::new(), stderr: Vec::new() };
            while let Some(Ok(received)) = stream.next().await {
                match received.into_data().split_first() {
                    Some((&STDOUT, bytes)) => ran.stdout.extend(bytes),
                    Some((&STDERR, bytes)) => ran.stderr.extend(bytes),
                    Some((&ERROR, bytes)) => {
                        ran.status = status(bytes);
                        break;
                    }
                    _ => {}
                }
            }
            ran
        };
        tokio::select! { ran = receiving => ran, ran = sending => ran }
    }
}

fn put(stream: &mut dyn io::Write, bytes: &[u8]) {
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
}

impl Upgraded for Streams {
    fn attach_stdio(self: Box<Self>) -> LocalFuture<'static, Status> {
        Box::pin(self.carry())
    }

    fn exec_capture(self: Box<Self>, input: Vec<u8>) -> LocalFuture<'static, ExecOutput> {
        Box::pin(self.exchange(input))
    }
}

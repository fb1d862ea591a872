//! port-forward: local ports whose connections travel as SPDY streams inside of a WebSocket. A connection is two streams of the
//! same `requestid`: `error`, on which the other end says why it failed, and `data`.
//!
//! Follows k8s.io/client-go/tools/portforward.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{SocketAddr, TcpListener as Listener};

use api::{Body, ForwardEvent, LocalFuture, Request, Response, Status};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{AbortHandle, spawn_local};
use tokio_tungstenite::tungstenite::protocol::Message;

use super::exec::connect;
use super::http::Http;
use crate::channels::Socket;
use crate::spdy::{Decoder, Encoder, Received};

const PROTOCOL: &str = "SPDY/3.1+portforward.k8s.io";

/// Asks for a tunnel to a Pod's ports.
pub async fn upgrade(http: &Http, request: &Request) -> Result<Response, Status> {
    let socket = match connect(http, request, PROTOCOL).await? {
        Ok(socket) => socket,
        Err(refused) => return Ok(refused),
    };
    let (sender, local) = channel(64);
    let interrupt = signal(SignalKind::interrupt()).map_err(|error| Status::internal(error.to_string()))?;
    let tunnel = Tunnel {
        socket,
        encoder: Encoder::new(),
        decoder: Decoder::new(),
        stream: 1,
        open: BTreeMap::new(),
        failures: BTreeMap::new(),
        events: VecDeque::new(),
        sender,
        local,
        listeners: Vec::new(),
        interrupt,
    };
    Ok(Response { code: 101, warnings: Vec::new(), body: Body::Forward(Box::new(tunnel)) })
}

/// What happens on this computer.
enum Local {
    /// Somebody connected to a local port, to be led to the remote one.
    Connected { stream: TcpStream, local: u16, remote: u16 },
    /// Bytes for a stream; none at the end.
    Bytes { stream: u32, bytes: Vec<u8> },
}

struct Connection {
    writer: OwnedWriteHalf,
    reader: AbortHandle,
}

/// The stream on which errors come, and what is known of it.
struct Failure {
    local: u16,
    remote: u16,
    text: Vec<u8>,
}

/// The WebSocket to a Pod, and the connections that go through it.
struct Tunnel {
    socket: Socket,
    encoder: Encoder,
    decoder: Decoder,
    stream: u32,
    open: BTreeMap<u32, Connection>,
    failures: BTreeMap<u32, Failure>,
    events: VecDeque<ForwardEvent>,
    sender: Sender<Local>,
    local: Receiver<Local>,
    listeners: Vec<AbortHandle>,
    /// Keeps a Ctrl-C that comes while something else is being done.
    interrupt: Signal,
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.listeners.iter().for_each(AbortHandle::abort);
        self.open.values().for_each(|connection| connection.reader.abort());
    }
}

/// The system's words for what Go's `net.Listen` met.
fn why(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "address already in use",
        io::ErrorKind::PermissionDenied => "permission denied",
        _ => "cannot assign requested address",
    }
}

impl api::Forward for Tunnel {
    fn listen(&mut self, address: &str, local: u16, remote: u16) -> Result<u16, String> {
        let version = if address.contains(':') { "tcp6" } else { "tcp4" };
        let shown = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        let failed = |error: &io::Error| format!("listen {version} {shown}:{local}: bind: {}", why(error));
        let address: SocketAddr =
            format!("{shown}:{local}").parse().map_err(|_| format!("listen {version}: no address {shown}"))?;
        let listener = Listener::bind(address).map_err(|error| failed(&error))?;
        listener.set_nonblocking(true).map_err(|error| failed(&error))?;
        let listener = TcpListener::from_std(listener).map_err(|error| failed(&error))?;
        let local = listener.local_addr().map_err(|error| failed(&error))?.port();
        let sender = self.sender.clone();
        let task = spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                if sender.send(Local::Connected { stream, local, remote }).await.is_err() {
                    return;
                }
            }
        });
        self.listeners.push(task.abort_handle());
        Ok(local)
    }

    fn next(&mut self) -> LocalFuture<'_, Option<ForwardEvent>> {
        Box::pin(async move {
            loop {
                if let Some(event) = self.events.pop_front() {
                    return Some(event);
                }
                tokio::select! {
                    _ = self.interrupt.recv() => return None,
                    Some(local) = self.local.recv() => self.take_local(local).await,
                    received = self.socket.next() => match received {
                        Some(Ok(Message::Binary(bytes))) => self.take_remote(&bytes).await,
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Some(self.lost_connection()),
                        Some(Ok(_)) => {}
                    },
                }
            }
        })
    }
}

impl Tunnel {
    fn lost_connection(&self) -> ForwardEvent {
        ForwardEvent::Failed("lost connection to pod".to_owned())
    }

    /// What happened here goes there.
    async fn take_local(&mut self, local: Local) {
        let frames = match local {
            Local::Connected { stream, local, remote } => {
                let (error, data) = (self.stream, self.stream + 2);
                self.stream += 4;
                let (id, port) = ((error / 4).to_string(), remote.to_string());
                let headers = |kind| [("port", port.as_str()), ("requestid", id.as_str()), ("streamtype", kind)];
                let mut frames = self.encoder.open(error, &headers("error"));
                frames.extend(self.encoder.data(error, &[], true));
                frames.extend(self.encoder.open(data, &headers("data")));
                self.failures.insert(error, Failure { local, remote, text: Vec::new() });
                let (mut reader, writer) = stream.into_split();
                let sender = self.sender.clone();
                let task = spawn_local(async move {
                    let mut buffer = vec![0; 16 * 1024];
                    loop {
                        let read = reader.read(&mut buffer).await.unwrap_or_default();
                        let bytes = buffer[..read].to_vec();
                        if sender.send(Local::Bytes { stream: data, bytes }).await.is_err() || read == 0 {
                            return;
                        }
                    }
                });
                self.open.insert(data, Connection { writer, reader: task.abort_handle() });
                self.events.push_back(ForwardEvent::Connection(local));
                frames
            }
            Local::Bytes { stream, bytes } if self.open.contains_key(&stream) => {
                self.encoder.data(stream, &bytes, bytes.is_empty())
            }
            Local::Bytes { .. } => return,
        };
        if self.socket.send(Message::Binary(frames.into())).await.is_err() {
            self.events.push_back(self.lost_connection());
        }
    }

    /// What happened there comes here.
    async fn take_remote(&mut self, bytes: &[u8]) {
        let Some(received) = self.decoder.take(bytes) else {
            self.events.push_back(self.lost_connection());
            return;
        };
        for one in received {
            match one {
                Received::Data { stream, bytes } => {
                    if let Some(failure) = self.failures.get_mut(&stream) {
                        failure.text.extend(bytes);
                    } else if let Some(connection) = self.open.get_mut(&stream) {
                        let _ = connection.writer.write_all(&bytes).await;
                    }
                }
                Received::End { stream } | Received::Reset { stream } => {
                    if let Some(failure) = self.failures.remove(&stream).filter(|failure| !failure.text.is_empty()) {
                        let Failure { local, remote, text } = failure;
                        let text = String::from_utf8_lossy(&text);
                        let why = format!("an error occurred forwarding {local} -> {remote}: {text}");
                        self.events.push_back(ForwardEvent::Failed(why));
                    }
                    if let Some(mut connection) = self.open.remove(&stream) {
                        let _ = connection.writer.shutdown().await;
                        connection.reader.abort();
                    }
                }
                Received::Ping { id } => {
                    let _ = self.socket.send(Message::Binary(self.encoder.pong(id).into())).await;
                }
                Received::Open { .. } => {}
            }
        }
    }
}

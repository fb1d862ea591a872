//! A client that is no longer there: all that it sends on an upgraded connection is known beforehand, and nothing is a socket.

use std::cell::RefCell;

use playground::{Answer, Playground};
use sim::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::Server;
use super::clock::Clock;
use super::websocket::connect;

/// How much virtual time passes between two looks at the connection, in milliseconds, and the most steps meanwhile.
const TURN: (u64, u64) = (5, 500);

/// What came of a connection.
pub struct Recorded {
    /// The world afterwards.
    pub world: Playground,
    /// What the server sent.
    pub sent: Vec<u8>,
    /// Whether the server ended the connection, or had seen that the client did.
    pub ended: bool,
}

/// Plays the bytes that a client sends after its request was answered with `answer`, an [`Answer::Exec`] or an
/// [`Answer::Forward`], and then ends the connection. At most so many `turns` of five milliseconds of virtual time pass.
pub fn play_recorded(world: Playground, answer: &Answer, bytes: &[u8], turns: usize) -> Recorded {
    let server = Server { world: RefCell::new(world), bell: Notify::new(), clock: Clock::new(1.0, true) };
    let (mut sent, mut ended) = (Vec::new(), false);
    // Neither sockets nor timers: nothing can fail, and nothing waits for real time.
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() {
        runtime.block_on(async {
            let (client, stream) = duplex(64 * 1024);
            let (mut from_server, mut to_server) = tokio::io::split(client);
            let serving = async {
                let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
                connect(&server, socket, answer).await;
            };
            let sending = async {
                // A server that ended the connection reads no more.
                let _ = to_server.write_all(bytes).await;
                let _ = to_server.shutdown().await;
            };
            let reading = async {
                let _ = from_server.read_to_end(&mut sent).await;
            };
            let passing = async {
                for _ in 0..turns {
                    let until = server.world().now() + Duration::from_millis(TURN.0);
                    server.world().advance(until, TURN.1);
                    server.bell.notify_waiters();
                    yield_now().await;
                }
            };
            tokio::select! {
                _ = async { tokio::join!(serving, sending, reading) } => ended = true,
                () = passing => {}
            }
        });
    }
    Recorded { world: server.world.into_inner(), sent, ended }
}

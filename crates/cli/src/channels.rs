//! The channels of an exec or attach over a WebSocket: each message's first byte says which one it belongs to.
//!
//! Follows k8s.io/apimachinery/pkg/util/remotecommand (`v5.channel.k8s.io`).

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;

/// A WebSocket connection, of either end.
pub type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// What a WebSocket can be spoken on.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// The command's input.
pub const STDIN: u8 = 0;
/// The command's output.
pub const STDOUT: u8 = 1;
/// The command's errors.
pub const STDERR: u8 = 2;
/// How it ended, as a `Status`.
pub const ERROR: u8 = 3;
/// The size of the client's terminal.
pub const RESIZE: u8 = 4;
/// v5: the next byte names the channel that is closed.
pub const CLOSE: u8 = 255;

//! What clients of `kube-playground serve` send.

use api::Request;
use cli::serve::{play_recorded, protobuf};
use cli::spdy::{Decoder, Encoder, Received};
use playground::Answer;

use super::LARGEST;
use super::worlds::fresh;

/// Turns that a connection may take to end after its last byte.
const TURNS: usize = 2_000;

/// A body in protobuf: what was read is written, and read again as the same.
///
/// # Panics
/// When it is not.
pub fn protobuf(bytes: &[u8]) -> bool {
    let Some(object) = protobuf::decode(bytes) else { return false };
    assert!(object.to_string().len() <= LARGEST, "it grew");
    let written = protobuf::encode(&object).unwrap_or_else(|| panic!("not to be written: {object}"));
    let again = protobuf::decode(&written).unwrap_or_else(|| panic!("not to be read again: {object}"));
    assert_eq!(protobuf::encode(&again), Some(written), "{object}\n{again}");
    true
}

/// Frames of SPDY: in pieces they say what they say at once, and what they open can be opened with our own frames.
///
/// # Panics
/// When they do not, or it cannot.
pub fn spdy(bytes: &[u8]) -> bool {
    let whole = Decoder::new().take(bytes);
    let mut decoder = Decoder::new();
    let mut pieces = Some(Vec::new());
    for piece in bytes.chunks(7) {
        pieces = pieces.and_then(|mut received| {
            received.extend(decoder.take(piece)?);
            Some(received)
        });
    }
    assert_eq!(pieces, whole);
    let taken = whole.as_ref().is_some_and(|received| !received.is_empty());
    let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
    for frame in whole.into_iter().flatten() {
        match &frame {
            Received::Open { stream, headers } => {
                let pairs: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
                assert_eq!(decoder.take(&encoder.open(*stream, &pairs)), Some(vec![frame.clone()]));
            }
            Received::Data { stream, bytes } => {
                assert_eq!(decoder.take(&encoder.data(*stream, bytes, false)), Some(vec![frame.clone()]));
            }
            Received::Ping { id } => assert_eq!(decoder.take(&encoder.pong(*id)), Some(vec![frame.clone()])),
            Received::End { .. } | Received::Reset { .. } => {}
        }
    }
    taken
}

/// The frames of a WebSocket on which `kubectl exec -i` speaks to `cat` in a Pod.
///
/// # Panics
/// When the connection does not end after the client's last byte.
pub fn exec(bytes: &[u8]) -> bool {
    upgraded("pods/etcd-minikube/exec?command=sh&command=-c&command=cat&stdin=true&stdout=true&stderr=true", bytes)
}

/// The frames of a WebSocket on which `kubectl port-forward` speaks SPDY.
///
/// # Panics
/// When the connection does not end after the client's last byte.
pub fn port_forward(bytes: &[u8]) -> bool {
    upgraded("pods/etcd-minikube/portforward?ports=2379", bytes)
}

/// True when the client was answered with more than the end of the connection.
fn upgraded(address: &str, bytes: &[u8]) -> bool {
    let mut world = fresh();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut request = Request::get(format!("/api/v1/namespaces/kube-system/{path}"));
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        request = request.with_query(name, value);
    }
    let answer = world.answer(&request);
    assert!(matches!(answer, Answer::Exec(_) | Answer::Forward(_)), "{path} cannot be had");
    let mut played = play_recorded(world, &answer, bytes, TURNS);
    assert!(played.ended, "the connection is still open");
    assert!(played.sent.len() <= LARGEST, "{} bytes were sent", played.sent.len());
    let answer = played.world.answer(&Request::get("/version"));
    assert!(matches!(answer, Answer::Json { code: 200, .. }), "it does not answer any more");
    played.sent.len() > 16
}

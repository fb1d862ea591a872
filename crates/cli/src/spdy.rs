//! SPDY/3.1 frames, as far as port-forward needs them: streams with headers, data, and their ends. There is no flow control,
//! as in the implementation that Kubernetes' clients use.
//!
//! <https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/>

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags::TINFL_FLAG_HAS_MORE_INPUT};

/// A flag of SYN_STREAM, SYN_REPLY and data frames: the sender sends no more on this stream.
const FIN: u8 = 1;

const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;

/// What the other end sent.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the variants' sentences name their fields")]
pub enum Received {
    /// A new `stream` with these `headers`.
    Open { stream: u32, headers: Vec<(String, String)> },
    /// `bytes` on a `stream`.
    Data { stream: u32, bytes: Vec<u8> },
    /// The other end sends no more on a `stream`.
    End { stream: u32 },
    /// The other end wants no more of a `stream`.
    Reset { stream: u32 },
    /// A ping, whose `id` is to be sent back.
    Ping { id: u32 },
}

/// The other end's bytes, until they make frames.
#[derive(Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    headers: Inflate,
}

impl Decoder {
    /// Before the first byte.
    pub fn new() -> Self {
        Decoder::default()
    }

    /// Takes more bytes and gives what they complete; `None` when they are no SPDY.
    pub fn take(&mut self, bytes: &[u8]) -> Option<Vec<Received>> {
        self.bytes.extend(bytes);
        let mut received = Vec::new();
        while let [a, b, c, d, flags, length @ ..] = self.bytes.as_slice() {
            let &[x, y, z, ..] = length else { break };
            let (flags, length) = (*flags, u32::from_be_bytes([0, x, y, z]) as usize);
            if self.bytes.len() < 8 + length {
                break;
            }
            let head = u32::from_be_bytes([*a, *b, *c, *d]);
            let payload: Vec<u8> = self.bytes.drain(..8 + length).skip(8).collect();
            let number = |at: usize| {
                let bytes = payload.get(at..at + 4)?;
                Some(u32::from_be_bytes(bytes.try_into().ok()?))
            };
            if head >> 31 == 0 {
                let stream = head;
                if !payload.is_empty() {
                    received.push(Received::Data { stream, bytes: payload });
                }
                received.extend((flags & FIN != 0).then_some(Received::End { stream }));
                continue;
            }
            match (head & 0xffff) as u16 {
                SYN_STREAM => {
                    let stream = number(0)? & 0x7fff_ffff;
                    let headers = self.headers.read(payload.get(10..)?)?;
                    received.push(Received::Open { stream, headers: pairs(&headers)? });
                    received.extend((flags & FIN != 0).then_some(Received::End { stream }));
                }
                RST_STREAM => received.push(Received::Reset { stream: number(0)? & 0x7fff_ffff }),
                PING => received.push(Received::Ping { id: number(0)? }),
                _ => {} // settings, windows, farewells
            }
        }
        Some(received)
    }
}

/// Header names and values, each behind its length.
fn pairs(mut bytes: &[u8]) -> Option<Vec<(String, String)>> {
    fn number(bytes: &mut &[u8]) -> Option<usize> {
        let (taken, rest) = bytes.split_first_chunk::<4>()?;
        *bytes = rest;
        usize::try_from(u32::from_be_bytes(*taken)).ok()
    }
    fn text(bytes: &mut &[u8]) -> Option<String> {
        let length = number(bytes)?;
        let (taken, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        String::from_utf8(taken.to_vec()).ok()
    }
    let count = number(&mut bytes)?;
    (0..count).map(|_| Some((text(&mut bytes)?, text(&mut bytes)?))).collect()
}

/// Writes frames.
#[derive(Default)]
pub struct Encoder {
    started: bool,
}

impl Encoder {
    /// Before the first frame.
    pub fn new() -> Self {
        Encoder::default()
    }

    /// Opens a stream with these headers.
    pub fn open(&mut self, stream: u32, headers: &[(&str, &str)]) -> Vec<u8> {
        let mut payload = stream.to_be_bytes().to_vec();
        payload.extend([0; 6]); // no stream that it belongs to, no priority
        if !self.started {
            payload.extend([0x78, 0x01]); // zlib, no dictionary
            self.started = true;
        }
        let number = |length: usize| u32::try_from(length).unwrap_or_default().to_be_bytes();
        let mut block = number(headers.len()).to_vec();
        for text in headers.iter().flat_map(|(name, value)| [name, value]) {
            block.extend(number(text.len()));
            block.extend(text.as_bytes());
        }
        // A block that is stored as it is, and an empty one, which flushes it.
        for block in [block.as_slice(), &[]] {
            let length = u16::try_from(block.len()).unwrap_or_default();
            payload.push(0);
            payload.extend(length.to_le_bytes());
            payload.extend((!length).to_le_bytes());
            payload.extend(block);
        }
        control(SYN_STREAM, &payload)
    }

    /// Accepts a stream, without headers.
    pub fn reply(&mut self, stream: u32) -> Vec<u8> {
        let mut payload = stream.to_be_bytes().to_vec();
        if !self.started {
            payload.extend([0x78, 0x01]); // zlib, no dictionary
            self.started = true;
        }
        // No headers: the number 0 in a block that is stored as it is, and an empty block, which flushes it.
        payload.extend([0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
        control(SYN_REPLY, &payload)
    }

    /// Bytes on a stream, perhaps the last ones.
    pub fn data(&self, stream: u32, bytes: &[u8], end: bool) -> Vec<u8> {
        let mut frame = stream.to_be_bytes().to_vec();
        frame.extend(head(if end { FIN } else { 0 }, bytes.len()));
        frame.extend(bytes);
        frame
    }

    /// The answer to a ping.
    pub fn pong(&self, id: u32) -> Vec<u8> {
        control(PING, &id.to_be_bytes())
    }
}

fn control(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80, 3];
    frame.extend(kind.to_be_bytes());
    frame.extend(head(0, payload.len()));
    frame.extend(payload);
    frame
}

/// Flags and a length of 24 bits.
fn head(flags: u8, length: usize) -> [u8; 4] {
    let [_, a, b, c] = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    [flags, a, b, c]
}

/// The size of deflate's window.
const WINDOW: usize = 32 * 1024;
/// The most that the headers of one stream may come to.
const LARGEST_HEADERS: usize = 64 * 1024;

/// The other end's compressed headers: one zlib stream, of which each frame holds a part, with the protocol's dictionary.
struct Inflate {
    state: Box<DecompressorOxide>,
    window: Box<[u8; WINDOW]>,
    at: usize,
    started: bool,
}

impl Default for Inflate {
    /// Before the first byte.
    fn default() -> Self {
        let (mut window, dictionary) = (Box::new([0; WINDOW]), dictionary());
        window[..dictionary.len()].copy_from_slice(&dictionary);
        Inflate { state: Box::default(), window, at: dictionary.len(), started: false }
    }
}

impl Inflate {
    fn read(&mut self, mut bytes: &[u8]) -> Option<Vec<u8>> {
        if !self.started {
            // Two bytes of zlib's; four of the dictionary's checksum, if it is used.
            bytes = bytes.get(if bytes.get(1)? & 0x20 == 0 { 2 } else { 6 }..)?;
            self.started = true;
        }
        let mut out = Vec::new();
        loop {
            let flags = TINFL_FLAG_HAS_MORE_INPUT;
            let (status, read, written) =
                decompress(&mut self.state, bytes, self.window.as_mut_slice(), self.at, flags);
            bytes = bytes.get(read..)?;
            out.extend(self.window.get(self.at..self.at + written)?);
            self.at = (self.at + written) % WINDOW;
            match status {
                TINFLStatus::HasMoreOutput if out.len() <= LARGEST_HEADERS => {}
                TINFLStatus::NeedsMoreInput | TINFLStatus::Done => return Some(out),
                _ => return None,
            }
        }
    }
}

/// The words that the protocol takes for known, each behind its length.
const WORDS: &str = "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges \
    age allow authorization cache-control connection content-base content-encoding content-language content-length \
    content-location content-md5 content-range content-type date etag expect expires from host if-match \
    if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma \
    proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade \
    user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie \
    keep-alive origin";
/// And what follows them.
const PHRASES: &str = "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 \
    Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not \
    Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov \
    Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,\
    application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=\
    iso-8859-1,utf-,*,enq=0.";

fn dictionary() -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in WORDS.split(' ') {
        let word = word.replace('_', " ");
        bytes.extend(u32::try_from(word.len()).unwrap_or_default().to_be_bytes());
        bytes.extend(word.as_bytes());
    }
    bytes.extend(PHRASES.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_the_protocols() {
        let (mut a, mut b) = (1_u32, 0_u32);
        for byte in dictionary() {
            a = (a + u32::from(byte)) % 65521;
            b = (b + a) % 65521;
        }
        assert_eq!(b << 16 | a, 0xe3c6_a7c2);
    }

    #[test]
    fn what_one_end_opens_the_other_reads() {
        let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
        for stream in [1, 3] {
            let frame = encoder.open(stream, &[("port", "80"), ("streamtype", "data")]);
            let headers = vec![("port".to_owned(), "80".to_owned()), ("streamtype".to_owned(), "data".to_owned())];
            assert_eq!(decoder.take(&frame), Some(vec![Received::Open { stream, headers }]));
        }
    }

    #[test]
    fn frames_are_read_whatever_pieces_they_come_in() {
        // SYN_STREAM 1 with `streamtype: data` in a stored block; then data with FIN, and a ping.
        let mut block = vec![0, 0, 0, 1, 0, 0, 0, 10];
        block.extend(b"streamtype\0\0\0\x04data");
        let length = u16::try_from(block.len()).unwrap();
        let mut payload = vec![0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x78, 0x01, 0];
        payload.extend(length.to_le_bytes());
        payload.extend((!length).to_le_bytes());
        payload.extend(&block);
        let mut bytes = control(SYN_STREAM, &payload);
        bytes.extend(Encoder::new().data(1, b"hi", true));
        bytes.extend(Encoder::new().pong(7));
        let mut decoder = Decoder::new();
        let received: Vec<Received> = bytes.chunks(5).flat_map(|piece| decoder.take(piece).unwrap()).collect();
        assert_eq!(
            received,
            [
                Received::Open { stream: 1, headers: vec![("streamtype".to_owned(), "data".to_owned())] },
                Received::Data { stream: 1, bytes: b"hi".to_vec() },
                Received::End { stream: 1 },
                Received::Ping { id: 7 },
            ]
        );
    }
}

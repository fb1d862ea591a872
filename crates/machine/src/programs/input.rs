//! What a program reads: files by name, or its standard input for `-`.

use super::prelude::*;

/// The longest line that is kept together.
const LINE_LIMIT: usize = 1 << 20;

/// One thing to read from.
pub enum Source {
    /// A file, read whole when it was opened.
    Bytes {
        /// Its content.
        data: Vec<u8>,
        /// How much of it was taken.
        at: usize,
    },
    /// The process's standard input, read as it comes.
    Stdin {
        /// The process.
        p: Process,
        /// What was read and not taken yet.
        buffer: Vec<u8>,
    },
}

impl Source {
    /// Opens `path`; `-` and `/dev/stdin` are the standard input. A directory is `EISDIR`, as read(2) says.
    pub fn open(p: &Process, path: &str) -> Result<Source, Errno> {
        if path == "-" || path == "/dev/stdin" {
            return Ok(Source::stdin(p));
        }
        Ok(Source::Bytes { data: p.read_file(path)?, at: 0 })
    }

    /// The standard input.
    pub fn stdin(p: &Process) -> Source {
        Source::Stdin { p: p.clone(), buffer: Vec::new() }
    }

    /// The next line, with its newline if it has one.
    pub async fn line(&mut self) -> Option<Vec<u8>> {
        match self {
            Source::Stdin { p, buffer } => {
                let mut searched = 0;
                loop {
                    if let Some(end) = buffer[searched..].iter().position(|b| *b == b'\n') {
                        let rest = buffer.split_off(searched + end + 1);
                        return Some(std::mem::replace(buffer, rest));
                    }
                    searched = buffer.len();
                    let more = if searched > LINE_LIMIT { Vec::new() } else { p.read(0).await };
                    if more.is_empty() {
                        return Some(std::mem::take(buffer)).filter(|line| !line.is_empty());
                    }
                    buffer.extend(more);
                }
            }
            Source::Bytes { data, at } => {
                let rest = data.get(*at..).filter(|rest| !rest.is_empty())?;
                let len = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |end| end + 1);
                let line = rest[..len].to_vec();
                *at += len;
                Some(line)
            }
        }
    }

    /// Some more bytes.
    pub async fn chunk(&mut self) -> Option<Vec<u8>> {
        match self {
            Source::Stdin { p, buffer } if buffer.is_empty() => Some(p.read(0).await).filter(|bytes| !bytes.is_empty()),
            Source::Stdin { buffer, .. } => Some(std::mem::take(buffer)),
            Source::Bytes { data, at } => {
                let rest = data.get(*at..).filter(|rest| !rest.is_empty())?.to_vec();
                *at = data.len();
                Some(rest)
            }
        }
    }

    /// Everything that is left.
    pub async fn all(&mut self) -> Vec<u8> {
        match self {
            Source::Stdin { p, buffer } => {
                let mut all = std::mem::take(buffer);
                all.extend(p.read_to_end(0).await);
                all
            }
            Source::Bytes { data, at } => {
                let rest = data.get(*at..).unwrap_or_default().to_vec();
                *at = data.len();
                rest
            }
        }
    }
}

/// The operands to read: `-` if there are none.
pub fn operands_or_stdin(operands: &[String]) -> Vec<String> {
    if operands.is_empty() { vec!["-".to_owned()] } else { operands.to_vec() }
}

/// Everything the operands hold, one after the other. What cannot be read is complained about as `NAME: FILE: reason`, and
/// makes the status 1.
pub async fn read_operands(p: &Process, operands: &[String]) -> (Vec<u8>, i32) {
    let (mut data, mut status) = (Vec::new(), 0);
    for path in operands_or_stdin(operands) {
        match Source::open(p, &path) {
            Ok(mut source) => data.extend(source.all().await),
            Err(error) => status = fail(p, &format!("{}: {error}", quote_if_needed(&path))).await,
        }
    }
    (data, status)
}

/// A text's lines, without their newlines; a last line without a newline counts.
pub fn lines(data: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = data.split(|b| *b == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines
}

//! What a program reads: files by name, or its standard input for `-`.

use machine::Fd;
use machine::MEMORY_LIMIT;

use super::prelude::*;

/// How much is handed out before it is counted as work.
const COUNTED: u64 = 16 * 1024;
/// The number under which a program holds the stream it reads, beside the three it was given.
const OPENED: u32 = 1 << 16;

/// One thing to read from.
pub(crate) struct Source {
    p: Process,
    /// The number of the stream that more is read from; `None` for a file, which was read whole when it was opened.
    stream: Option<u32>,
    /// What was read, and how much of it was taken.
    data: Vec<u8>,
    at: usize,
    /// Bytes handed out that are not counted as work yet.
    uncounted: u64,
}

impl Source {
    /// Opens `path`; `-` and `/dev/stdin` are the standard input. A directory is `EISDIR`, as read(2) says.
    pub(crate) fn open(p: &Process, path: &str) -> Result<Source, Errno> {
        if path == "-" {
            return Ok(Source::stdin(p));
        }
        match p.open_stream(path)? {
            Some(fd) => Ok(Source::stream(p, fd)),
            None => {
                let data = p.read_file(path)?;
                Ok(Source { p: p.clone(), stream: None, data, at: 0, uncounted: 0 })
            }
        }
    }

    /// The standard input.
    pub(crate) fn stdin(p: &Process) -> Source {
        Source { p: p.clone(), stream: Some(0), data: Vec::new(), at: 0, uncounted: 0 }
    }

    fn stream(p: &Process, fd: Fd) -> Source {
        let mut p = p.clone();
        p.set_fd(OPENED, fd);
        Source { p, stream: Some(OPENED), data: Vec::new(), at: 0, uncounted: 0 }
    }

    /// A file's whole content; `None` for a stream.
    pub(crate) fn file(&self) -> Option<&[u8]> {
        self.stream.is_none().then_some(self.data.as_slice())
    }

    /// Reads on. False at the end.
    async fn more(&mut self) -> bool {
        let Some(fd) = self.stream else { return false };
        self.data.drain(..self.at);
        self.at = 0;
        if self.data.len() > MEMORY_LIMIT {
            exhausted(&self.p).await;
        }
        let more = self.p.read(fd).await;
        if self.data.is_empty() {
            self.data = more;
        } else if more.is_empty() {
            return false;
        } else {
            self.data.extend(more);
        }
        !self.data.is_empty()
    }

    /// Puts bytes before those that are to be read.
    pub(crate) fn put_back(&mut self, bytes: &[u8]) {
        let rest = self.data.split_off(self.at);
        self.data = [bytes, &rest].concat();
        self.at = 0;
    }

    async fn count(&mut self, bytes: usize) {
        self.uncounted += bytes as u64 + 16;
        if self.uncounted >= COUNTED {
            self.p.work(std::mem::take(&mut self.uncounted)).await;
        }
    }

    /// The next line, with its newline if it has one.
    pub(crate) async fn line(&mut self) -> Option<Vec<u8>> {
        self.until(b'\n').await
    }

    /// The bytes up to and with the next `end`, or all that are left.
    pub(crate) async fn until(&mut self, end: u8) -> Option<Vec<u8>> {
        let mut searched = 0;
        let length = loop {
            let rest = &self.data[self.at..];
            if let Some(at) = rest[searched..].iter().position(|b| *b == end) {
                break searched + at + 1;
            }
            searched = rest.len();
            if !self.more().await {
                break searched;
            }
        };
        let line = self.data[self.at..self.at + length].to_vec();
        self.at += length;
        self.count(length).await;
        Some(line).filter(|line| !line.is_empty())
    }

    /// The bytes up to and with the next `end`, or as many as are at hand: for who need not hold a whole line.
    pub(crate) async fn piece(&mut self, end: u8) -> Option<Vec<u8>> {
        if self.at == self.data.len() && !self.more().await {
            return None;
        }
        let rest = &self.data[self.at..];
        let piece = rest[..rest.iter().position(|b| *b == end).map_or(rest.len(), |at| at + 1)].to_vec();
        self.at += piece.len();
        self.count(piece.len()).await;
        Some(piece)
    }

    /// Some more bytes.
    pub(crate) async fn chunk(&mut self) -> Option<Vec<u8>> {
        if self.at == self.data.len() && !self.more().await {
            return None;
        }
        let chunk = if self.at == 0 { std::mem::take(&mut self.data) } else { self.data.split_off(self.at) };
        (self.data, self.at) = (Vec::new(), 0);
        Some(chunk)
    }

    /// Everything that is left. Ends the program if that is more than it may hold.
    pub(crate) async fn all(&mut self) -> Vec<u8> {
        while self.more().await {}
        let all = self.data.split_off(self.at);
        (self.data, self.at) = (Vec::new(), 0);
        self.p.work(all.len() as u64).await;
        all
    }
}

/// Ends a program that would have to hold more than it may: in a container with a limit by the kernel, else with GNU's words
/// and status. The kernel has nothing against a file on a disk, nor against programs that in life hold little of what they read.
pub(crate) async fn exhausted(p: &Process) -> ! {
    let name = name_of(p);
    let holds_little = ["gzip", "gunzip", "zcat", "base64", "split", "tar", "strings", "nl"].contains(&name.as_str());
    let reads_file = [OPENED, 0].iter().any(|number| p.fd(*number).is_some_and(|fd| fd.is_file()));
    if !holds_little && !reads_file {
        p.wants_endless_memory().await;
    }
    let status = match name.as_str() {
        "grep" | "egrep" | "fgrep" | "sort" | "diff" | "cmp" | "awk" | "tar" => 2,
        _ => 1,
    };
    p.err(&format!("{name}: memory exhausted (a program of this playground holds 8 MB at most)\n")).await;
    p.exit(status).await
}

/// The operands to read: `-` if there are none.
pub(crate) fn operands_or_stdin(operands: &[String]) -> Vec<String> {
    if operands.is_empty() { vec!["-".to_owned()] } else { operands.to_vec() }
}

/// What the operands name, each opened when its turn comes. What cannot be opened is complained about as
/// `NAME: FILE: reason`, and makes the status 1.
pub(crate) struct Sources {
    pub p: Process,
    operands: std::vec::IntoIter<String>,
    /// Status 1 once something could not be opened.
    pub status: Result<(), ExitStatus>,
}

impl Sources {
    /// The standard input, if there are no operands.
    pub(crate) fn new(p: &Process, operands: &[String]) -> Sources {
        Sources { p: p.clone(), operands: operands_or_stdin(operands).into_iter(), status: Ok(()) }
    }

    /// The next one that can be opened.
    pub(crate) async fn next(&mut self) -> Option<Source> {
        self.next_named().await.map(|(_, source)| source)
    }

    /// [`Sources::next`] with the operand.
    pub(crate) async fn next_named(&mut self) -> Option<(String, Source)> {
        for path in self.operands.by_ref() {
            match Source::open(&self.p, &path) {
                Ok(source) => return Some((path, source)),
                Err(error) => {
                    self.status = fail(&self.p, &format!("{}: {error}", quote_if_needed(&path))).await;
                }
            }
        }
        None
    }
}

/// Everything the operands hold, one after the other, and the status: see [`Sources`].
pub(crate) async fn read_operands(p: &Process, operands: &[String]) -> (Vec<u8>, Result<(), ExitStatus>) {
    let (mut data, mut sources) = (Vec::new(), Sources::new(p, operands));
    while let Some(mut source) = sources.next().await {
        data.extend(source.all().await);
    }
    (data, sources.status)
}

/// A text's lines, without their newlines; a last line without a newline counts.
pub(crate) fn lines(data: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = data.split(|b| *b == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines
}

//! The lines of all files, with one line of foresight: `$` is the last of all.

use super::super::prelude::*;

/// Reads lines of several files as one text, always knowing whether another line follows.
pub(super) struct Lines {
    pub sources: std::collections::VecDeque<(String, Option<Source>)>,
    pub ahead: Option<Vec<u8>>,
    pub status: i32,
}

impl Lines {
    async fn fetch(&mut self, p: &Process) -> Option<Vec<u8>> {
        loop {
            let (path, source) = self.sources.front_mut()?;
            if source.is_none() {
                match Source::open(p, path) {
                    Ok(opened) => *source = Some(opened),
                    Err(Errno::EISDIR) => {
                        self.status = 2;
                        complain(p, &format!("read error on {path}: Is a directory")).await;
                    }
                    Err(error) => {
                        self.status = 2;
                        complain(p, &format!("can't read {path}: {error}")).await;
                    }
                }
            }
            if let Some(line) = match source {
                Some(source) => source.line().await,
                None => None,
            } {
                return Some(line);
            }
            self.sources.pop_front();
        }
    }

    pub(super) async fn next(&mut self, p: &Process) -> Option<Vec<u8>> {
        match self.ahead.take() {
            Some(line) => Some(line),
            None => self.fetch(p).await,
        }
    }

    pub(super) async fn is_last(&mut self, p: &Process) -> bool {
        if self.ahead.is_none() {
            self.ahead = self.fetch(p).await;
        }
        self.ahead.is_none()
    }
}

pub(super) fn take_line(line: Vec<u8>) -> (String, bool) {
    let newline = line.ends_with(b"\n");
    let body = if newline { &line[..line.len() - 1] } else { &line[..] };
    (String::from_utf8_lossy(body).into_owned(), newline)
}

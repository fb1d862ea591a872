//! bash's network files: `/dev/tcp/HOST/PORT` in a redirection is a connection.
//!
//! <https://www.gnu.org/software/bash/manual/html_node/Redirections.html>

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;

use super::{Flavour, Shell};
use crate::fd::Stream;
use crate::{Connection, Errno, Fd, Process, ResolveError};

/// A future in an allocation of its own.
type Borrowing<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// As redirections give it: the word, and what is wrong with it.
type Opened = Result<(), (String, String)>;

/// An open network file: what was written is sent when somebody reads, or when it is closed.
pub(crate) struct NetworkFile {
    connection: RefCell<Connection>,
    written: RefCell<Vec<u8>>,
    answer: RefCell<VecDeque<u8>>,
}

impl NetworkFile {
    /// Adds to what will be sent.
    pub(crate) fn write(&self, bytes: &[u8]) {
        self.written.borrow_mut().extend_from_slice(bytes);
    }

    /// At most so many bytes of the answer; none when it is over.
    pub(crate) fn read(&self, most: usize) -> Borrowing<'_, Vec<u8>> {
        Box::pin(self.read_at_most(most))
    }

    #[allow(clippy::await_holding_refcell_ref, reason = "one process at a time reads a connection")]
    async fn read_at_most(&self, most: usize) -> Vec<u8> {
        if self.answer.borrow().is_empty() {
            let request = self.written.take();
            if let Ok(mut connection) = self.connection.try_borrow_mut() {
                let answer = connection.exchange(&request).await;
                self.answer.borrow_mut().extend(answer);
            }
        }
        let mut answer = self.answer.borrow_mut();
        let take = most.min(answer.len());
        answer.drain(..take).collect()
    }
}

impl Drop for NetworkFile {
    fn drop(&mut self) {
        let written = self.written.take();
        if !written.is_empty() {
            self.connection.get_mut().send_last(&written);
        }
    }
}

/// The host and port of a network file; `None` for other paths.
fn place(path: &str) -> Option<(&str, &str, &str)> {
    let rest = path.strip_prefix("/dev/")?;
    let (proto, rest) = rest.split_once('/')?;
    let (host, port) = rest.split_once('/')?;
    (matches!(proto, "tcp" | "udp") && !host.is_empty() && !port.is_empty()).then_some((proto, host, port))
}

impl Shell {
    /// Opens a network file under a number, if bash runs and the path is one. An allocation of its own, because a shell within a
    /// shell holds many futures of redirections on the stack.
    #[inline(never)]
    pub(super) fn open_network_file<'a>(&'a mut self, path: &'a str, number: u32) -> Option<Borrowing<'a, Opened>> {
        let (proto, host, port) = place(path).filter(|_| self.state.flavour == Flavour::Bash)?;
        Some(Box::pin(async move {
            let opened = connect(&self.process, self, proto, host, port).await;
            let fd = opened.map_err(|why| (path.to_owned(), why))?;
            self.process.fds.insert(number, fd);
            Ok(())
        }))
    }
}

async fn connect(process: &Process, shell: &Shell, proto: &str, host: &str, port: &str) -> Result<Fd, String> {
    let Ok(number) = port.parse::<u16>() else {
        shell.complain(&format!("{port}: Servname not supported for ai_socktype")).await;
        return Err(Errno::EINVAL.to_string());
    };
    if proto == "udp" {
        shell.complain(&format!("/dev/udp/{host}/{port}: UDP is not simulated")).await;
        return Err(Errno::EINVAL.to_string());
    }
    let address = match process.resolve_host(host).await {
        Ok(address) => address,
        Err(error) => {
            let why = match error {
                ResolveError::NotFound => "Name or service not known",
                ResolveError::NoAnswer => "Temporary failure in name resolution",
            };
            shell.complain(&format!("{host}: {why}")).await;
            return Err(Errno::EINVAL.to_string());
        }
    };
    match process.connect(address, number, None).await {
        Ok(connection) => Ok(Fd::new(Stream::Network(Box::new(NetworkFile {
            connection: RefCell::new(connection),
            written: RefCell::default(),
            answer: RefCell::default(),
        })))),
        Err(error) => {
            process.note(crate::Note::Trace(error.trace));
            process.err(&format!("bash: connect: {}\n", error.kind)).await;
            Err(error.kind.to_string())
        }
    }
}

//! How many connections are open at once, and how long one may wait for its client: each costs a descriptor, and a client
//! that never ends its request, or never asks anything, must not keep others out.
//!
//! A connection waits for its client until the client has sent a whole request, and again once that is answered; also while
//! the client does not read its answer. Times follow k8s.io/apiserver, pkg/server/secure_serving.go.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// How many connections, and how long they may wait. A watch, a followed log and an exec wait for nobody and go on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Limits {
    /// The most connections that are open at once; below the 256 files that some systems let a process open.
    pub connections: usize,
    /// How long a client may take from the first byte of a request to the last of its body.
    pub read: Duration,
    /// How long a connection on which nothing is asked stays open.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { connections: 200, read: Duration::from_secs(32), idle: Duration::from_secs(90) }
    }
}

/// All open connections.
pub struct Connections {
    limits: Limits,
    /// In the order in which they were opened.
    open: Vec<Weak<Place>>,
}

/// One open connection's place among them; free when dropped.
pub struct Place {
    limits: Limits,
    /// Whether it is one more than there may be: it is only told so.
    pub is_surplus: bool,
    state: Mutex<State>,
}

struct State {
    /// How many answers are on their way: at most one, and what an upgraded connection is used for.
    answers: usize,
    /// Whether something of a request has arrived.
    has_begun: bool,
    /// Whether the client does not read what it is sent.
    is_stalled: bool,
    /// When it began to wait for its client.
    since: Instant,
    is_closed: bool,
    /// Who reads or writes.
    waker: Option<Waker>,
}

impl State {
    fn waits(&self) -> bool {
        self.answers == 0 || self.is_stalled
    }
}

impl Connections {
    /// None is open yet.
    pub fn new(limits: Limits) -> Self {
        Connections { limits, open: Vec::new() }
    }

    /// A place for one more. When all are taken, the connection that has waited longest for its client is closed; when none
    /// waits, the new one is surplus.
    pub fn open(&mut self) -> Arc<Place> {
        self.open.retain(|place| place.strong_count() > 0);
        while self.open.len() >= self.limits.connections && self.close_one() {}
        let is_surplus = self.open.len() >= self.limits.connections;
        let state = State {
            answers: 0,
            has_begun: false,
            is_stalled: false,
            since: Instant::now(),
            is_closed: false,
            waker: None,
        };
        let place = Arc::new(Place { limits: self.limits, is_surplus, state: Mutex::new(state) });
        self.open.push(Arc::downgrade(&place));
        place
    }

    /// Closes the connection that has waited longest; false when none waits.
    fn close_one(&mut self) -> bool {
        let waiting = self.open.iter().enumerate().filter_map(|(at, place)| {
            let place = place.upgrade()?;
            let since = Some(place.state()).filter(|state| state.waits())?.since;
            Some((since, at, place))
        });
        let Some((_, at, place)) = waiting.min_by_key(|(since, at, _)| (*since, *at)) else { return false };
        place.close();
        self.open.remove(at);
        true
    }
}

impl Place {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// From now on it does not wait for its client, until what this gives is dropped.
    pub fn answer(self: &Arc<Self>) -> Answering {
        self.state().answers += 1;
        Answering(self.clone())
    }
}

/// An answer that is on its way.
pub struct Answering(Arc<Place>);

impl Drop for Answering {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.answers -= 1;
        state.has_begun = false;
        state.is_stalled = false;
        state.since = Instant::now();
    }
}

/// A connection that fails when its client takes too long, or when its place is needed.
pub struct Limited<S> {
    stream: S,
    place: Arc<Place>,
    timer: Pin<Box<Sleep>>,
}

impl<S> Limited<S> {
    /// Puts a connection in its place.
    pub fn new(stream: S, place: Arc<Place>) -> Self {
        Limited { stream, place, timer: Box::pin(sleep_until(Instant::now())) }
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "its place was needed")
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let mut state = this.place.state();
        if state.is_closed {
            return Poll::Ready(Err(closed()));
        }
        let before = into.filled().len();
        if let Poll::Ready(done) = Pin::new(&mut this.stream).poll_read(cx, into) {
            if into.filled().len() > before && state.answers == 0 && !state.has_begun {
                state.has_begun = true;
                state.since = Instant::now();
            }
            return Poll::Ready(done);
        }
        state.waker = Some(cx.waker().clone());
        if state.answers > 0 {
            return Poll::Pending;
        }
        let longest = if state.has_begun { this.place.limits.read } else { this.place.limits.idle };
        let end = state.since + longest;
        if this.timer.deadline() != end {
            this.timer.as_mut().reset(end);
        }
        ready!(this.timer.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client took too long")))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let mut state = this.place.state();
        if state.is_closed {
            return Poll::Ready(Err(closed()));
        }
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        if written.is_pending() {
            state.waker = Some(cx.waker().clone());
            if !state.is_stalled {
                state.since = Instant::now();
            }
        }
        state.is_stalled = written.is_pending();
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::timeout;

    use super::*;

    fn connections(most: usize) -> Connections {
        Connections::new(Limits { connections: most, ..Limits::default() })
    }

    fn connection(all: &mut Connections) -> (DuplexStream, Limited<DuplexStream>) {
        let (client, server) = duplex(16);
        (client, Limited::new(server, all.open()))
    }

    /// How long reading waits before it fails.
    async fn patience(connection: &mut Limited<DuplexStream>) -> (io::ErrorKind, Duration) {
        let start = Instant::now();
        let mut bytes = [0; 16];
        loop {
            match connection.read(&mut bytes).await {
                Ok(count) => assert!(count > 0, "the client has gone"),
                Err(error) => return (error.kind(), start.elapsed().round()),
            }
        }
    }

    trait Round {
        fn round(self) -> Duration;
    }

    impl Round for Duration {
        /// Timers are of milliseconds.
        fn round(self) -> Duration {
            Duration::from_secs((self + Duration::from_millis(500)).as_secs())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_nothing_and_who_never_ends_a_request_is_cut_off() {
        let limits = Limits::default();
        let mut all = connections(4);
        let (_client, mut idle) = connection(&mut all);
        assert_eq!(patience(&mut idle).await, (io::ErrorKind::TimedOut, limits.idle));

        // A byte now and then does not help: the time is the whole request's.
        let (mut client, mut slow) = connection(&mut all);
        let drip = async {
            loop {
                client.write_all(b"G").await.unwrap();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        let ended = tokio::select! { ended = patience(&mut slow) => ended, () = drip => unreachable!() };
        assert_eq!(ended, (io::ErrorKind::TimedOut, limits.read));

        // While it is answered, however long that takes, it waits for nobody; afterwards it is idle again.
        let (mut client, mut watch) = connection(&mut all);
        client.write_all(b"GET").await.unwrap();
        watch.read_exact(&mut [0; 3]).await.unwrap();
        let answering = watch.place.answer();
        assert!(timeout(Duration::from_secs(3600), watch.read(&mut [0; 3])).await.is_err());
        drop(answering);
        assert_eq!(patience(&mut watch).await, (io::ErrorKind::TimedOut, limits.idle));
    }

    #[tokio::test(start_paused = true)]
    async fn the_one_that_waits_longest_makes_room() {
        let mut all = connections(3);
        let (_first, mut first) = connection(&mut all);
        let (_second, second) = connection(&mut all);
        let (_third, mut third) = connection(&mut all);
        let answering = first.place.answer();
        let (_fourth, fourth) = connection(&mut all);
        assert!(!fourth.place.is_surplus);
        assert!(second.place.state().is_closed, "the first is being answered, the second waits longest");
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(answering);
        let (_fifth, _fifth_server) = connection(&mut all);
        assert_eq!(patience(&mut third).await, (io::ErrorKind::ConnectionAborted, Duration::ZERO));
        assert!(third.write(b"x").await.is_err());
        assert!(timeout(Duration::from_secs(1), first.read(&mut [0; 1])).await.is_err(), "it was answered later");
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_makes_room_and_none_is_closed_that_is_being_answered() {
        let mut all = connections(2);
        let (_first, first) = connection(&mut all);
        let (_second, mut second) = connection(&mut all);
        let (_one, _two) = (first.place.answer(), second.place.answer());
        let surplus = connection(&mut all);
        assert!(surplus.1.place.is_surplus);
        assert!(!first.place.state().is_closed && !second.place.state().is_closed);
        // There is never more than one of them.
        let next = connection(&mut all);
        assert!(next.1.place.is_surplus && surplus.1.place.state().is_closed);
        // What nobody reads.
        assert!(timeout(Duration::from_secs(1), second.write_all(&[0; 99])).await.is_err());
        drop(next);
        drop(surplus);
        let (_last, last) = connection(&mut all);
        assert!(!last.place.is_surplus && second.place.state().is_closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_connection_wakes_who_reads_it() {
        let mut all = connections(1);
        let (_first, mut first) = connection(&mut all);
        let reading = tokio::spawn(async move { patience(&mut first).await });
        tokio::task::yield_now().await;
        let _second = connection(&mut all);
        assert_eq!(reading.await.unwrap().0, io::ErrorKind::ConnectionAborted);
    }
}

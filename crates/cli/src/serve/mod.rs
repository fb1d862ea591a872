//! `kube-playground serve`: the world's API server behind HTTP on loopback, for real clients.
//!
//! One thread owns the world; connections are tasks of the same thread. Here: who listens. [`clock`] ties virtual time to
//! real time, [`local`] says who is answered, [`connections`] how many and how long, [`http`] turns requests and answers into
//! HTTP, [`stream`] what goes on and on, [`websocket`] what is interactive.

mod authentication;
mod clock;
mod connections;
mod http;
mod kubeconfig;
mod local;
mod negotiate;
mod openapi;
mod portforward;
pub mod protobuf;
mod recorded;
mod stream;
mod websocket;

use std::cell::{RefCell, RefMut};
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

pub use connections::Limits;
use connections::{Connections, Limited};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use playground::{Playground, Settings};
pub use recorded::{Recorded, play_recorded};
use sim::Time;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{LocalSet, spawn_local};

/// How old a world is when it is handed over.
const BOOT: Duration = Duration::from_secs(80);

/// What to serve, and how.
#[derive(Clone, PartialEq, Debug)]
pub struct Options {
    /// The world's seed.
    pub seed: u64,
    /// The TCP port; 0 lets the system choose.
    pub port: u16,
    /// How many times faster than real time the world's time goes.
    pub speed: f64,
    /// Where to write the kubeconfig.
    pub kubeconfig: Option<String>,
    /// When the world begins; `None`: now, so that a client's clock shows the same time.
    pub epoch: Option<Time>,
    /// Whether time stands still at first.
    pub paused: bool,
    /// How many connections, and how long they may wait for their clients.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            seed: 1,
            port: 8001,
            speed: 1.0,
            kubeconfig: None,
            epoch: None,
            paused: false,
            limits: Limits::default(),
        }
    }
}

/// The world, and a bell that rings whenever its time went on.
struct Server {
    world: RefCell<Playground>,
    bell: Notify,
    clock: clock::Clock,
}

impl Server {
    /// The world. Never to be held over an `await`.
    fn world(&self) -> RefMut<'_, Playground> {
        self.world.borrow_mut()
    }

    /// Waits until time has gone on.
    async fn moved(&self) {
        self.bell.notified().await;
    }
}

/// Serves until the process is ended.
///
/// # Errors
/// When the port cannot be had, or the kubeconfig cannot be written.
pub fn run(options: &Options) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
    LocalSet::new().block_on(&runtime, serve(options))
}

async fn serve(options: &Options) -> Result<(), String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await;
    let listener = listener.map_err(|error| format!("port {}: {error}", options.port))?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    let epoch = options.epoch.unwrap_or_else(|| now() - BOOT);
    let world = Playground::new(Settings { seed: options.seed, epoch, ..Settings::default() });
    let world = world.without_checkpoints();
    let clock = clock::Clock::new(options.speed, options.paused);
    let server = Rc::new(Server { world: RefCell::new(world), bell: Notify::new(), clock });
    kubeconfig::announce(port, options)?;
    spawn_local(clock::keep(server.clone()));
    let mut connections = Connections::new(options.limits);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many files are open, say: some will be closed.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (server, place) = (server.clone(), connections.open());
        spawn_local(async move {
            let stream = TokioIo::new(Limited::new(stream, place.clone()));
            let service = service_fn(|request| {
                let (server, place) = (server.clone(), place.clone());
                async move { Ok::<_, Infallible>(http::answer(&server, &place, request).await) }
            });
            // A client that goes away in the middle is no error of ours.
            let _ = http1::Builder::new().serve_connection(stream, service).with_upgrades().await;
        });
    }
}

/// The second that it is.
#[expect(clippy::disallowed_types, reason = "clients outside of the world have the real clock")]
fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time::from_unix_secs(i64::try_from(since.as_secs()).unwrap_or_default())
}

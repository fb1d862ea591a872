//! How the world's time follows the real one; and with `--paused`, how a test lets it stand, jump and flow.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use api::{Reason, Status};
use hyper::header::{self, HeaderValue};
use hyper::{Method, Response};
use tokio::task::yield_now;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Server;
use super::http::{Body, refusal, response};

/// How often the world moves on.
const TICK: Duration = Duration::from_millis(5);
/// The most steps of one tick: clients are to be answered meanwhile.
const FUEL: u64 = 20_000;
/// The longest jump.
const LONGEST_JUMP: f64 = 86_400.0 * 366.0;

/// Whether time flows, and how fast.
pub struct Clock {
    speed: f64,
    flows: Cell<bool>,
    /// Whether requests may say so.
    is_told: bool,
}

impl Clock {
    /// Time that flows at this speed; when paused, not before it is told to.
    pub fn new(speed: f64, paused: bool) -> Self {
        Clock { speed, flows: Cell::new(!paused), is_told: paused }
    }
}

/// Lets the world's time follow the real one. A world that cannot keep up falls behind; it does not hurry after.
pub async fn keep(server: Rc<Server>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut start, mut from) = (Instant::now(), server.world().now());
    loop {
        ticks.tick().await;
        if server.clock.flows.get() {
            let until = from + start.elapsed().mul_f64(server.clock.speed);
            let advance = server.world().advance(until, FUEL);
            // It cannot keep up; or it was told to jump.
            if advance.out_of_fuel || advance.now > until {
                (start, from) = (Instant::now(), advance.now);
            }
        } else {
            (start, from) = (Instant::now(), server.world().now());
        }
        server.bell.notify_waiters();
    }
}

/// Answers `POST /playground/run`, `/playground/pause` and `/playground/advance?seconds=N` with the time it then is; `None`
/// for other paths, and where nobody may say so. Other methods change nothing (405): a browser sends a GET for any picture.
pub async fn answer(server: &Rc<Server>, method: &Method, uri: &hyper::Uri) -> Option<Response<Body>> {
    let word = uri.path().strip_prefix("/playground/").filter(|_| server.clock.is_told)?;
    if method != Method::POST {
        let status = Status::new(Reason::MethodNotAllowed, format!("{} is told by POST only", uri.path()));
        let mut refused = refusal(&status);
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return Some(refused);
    }
    match word {
        "run" => server.clock.flows.set(true),
        "pause" => server.clock.flows.set(false),
        "advance" => {
            let seconds = uri.query().and_then(|query| query.strip_prefix("seconds=")?.parse().ok());
            let Some(seconds) = seconds.filter(|seconds| (0.0..LONGEST_JUMP).contains(seconds)) else {
                return Some(refusal(&Status::new(Reason::BadRequest, "seconds=N is missing")));
            };
            let until = server.world().now() + Duration::from_secs_f64(seconds);
            while server.world().advance(until, FUEL).out_of_fuel {
                server.bell.notify_waiters();
                yield_now().await;
            }
            server.bell.notify_waiters();
        }
        _ => return None,
    }
    let now = server.world().now().rfc3339_micros() + "\n";
    Some(response(200, "text/plain", Body::Whole(Some(now.into()))))
}

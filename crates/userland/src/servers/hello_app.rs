//! Google's `hello-app`, in two versions, for a rollout to show.

use machine::{DaemonStart, ServiceCx};

use super::super::http::Request;
use super::super::prelude::*;
use super::{Kind, Reply, hostname, plain, server};

/// Google's `hello-app`.
pub(crate) fn hello_app(p: &Process) -> DaemonStart {
    hello_server(p, Kind::Http(|cx, request| say_hello(cx, request, "1.0.0")))
}

/// Its second version, for a rollout to show.
pub(crate) fn hello_app_2(p: &Process) -> DaemonStart {
    hello_server(p, Kind::Http(|cx, request| say_hello(cx, request, "2.0.0")))
}

fn hello_server(p: &Process, kind: Kind) -> DaemonStart {
    let port = p.env("PORT").and_then(|port| port.parse().ok()).unwrap_or(8080);
    let time = strftime::format(p.now(), "%Y/%m/%d %H:%M:%S");
    server(kind, &[port], format!("{time} Server listening on port {port}\n"))
}

fn say_hello(cx: &mut ServiceCx<'_>, request: &Request, version: &str) -> Reply {
    let time = strftime::format(cx.now, "%Y/%m/%d %H:%M:%S");
    let line = format!("{time} Serving request: {}\n", request.path());
    cx.kernel.write_log(cx.machine, true, line.as_bytes(), cx.now);
    let text = format!("Hello, world!\nVersion: {version}\nHostname: {}\n", hostname(cx));
    plain(cx, text)
}

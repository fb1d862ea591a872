//! An echo server: says what it was asked.

use machine::{DaemonStart, ServiceCx};

use super::super::http::Request;
use super::super::prelude::*;
use super::{Kind, Reply, hostname, plain, server};

/// An echo server: says what it was asked.
pub(crate) fn echo_server(_: &Process) -> DaemonStart {
    server(Kind::Http(echo), &[8080], "Echo server listening on port 8080.\n".to_owned())
}

fn echo(cx: &mut ServiceCx<'_>, request: &Request) -> Reply {
    let mut text =
        format!("Request served by {}\n\n{} {} {}\n\n", hostname(cx), request.version, request.method, request.target);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if !request.body.is_empty() {
        text.push_str(&format!("\n{}\n", String::from_utf8_lossy(&request.body)));
    }
    plain(cx, text)
}

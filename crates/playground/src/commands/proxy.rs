//! `kubectl proxy`: the API by plain HTTP at a port of kubectl's computer, with kubectl's own rights.
//!
//! <https://kubernetes.io/docs/tasks/extend-kubernetes/http-proxy-access-api/>

use std::net::Ipv4Addr;

use machine::{Process, Proto, Service, ServiceCx};
use userland::http;

use crate::control::{WeakShared, upgrade};
use crate::node::api_server::{self, Caller};

/// What the words after `proxy` say.
pub(super) struct Options {
    address: String,
    port: String,
    accepts_all: bool,
    /// A flag that is none, or whose work is not simulated.
    refused: Option<String>,
}

/// The options, when the words are those of `kubectl proxy`; its help is kubectl's own.
pub(super) fn asked(args: &[String]) -> Option<Options> {
    let at = args
        .iter()
        .position(|word| word == "proxy")
        .filter(|at| args[..*at].iter().all(|word| word.starts_with('-')))?;
    let words = &args[at + 1..];
    if words.iter().any(|word| word == "--help" || word == "-h") {
        return None;
    }
    let mut options =
        Options { address: "127.0.0.1".to_owned(), port: "8001".to_owned(), accepts_all: false, refused: None };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        let mut value = || value.map(str::to_owned).or_else(|| words.next().cloned()).unwrap_or_default();
        match name {
            "-p" | "--port" => options.port = value(),
            "--address" => options.address = value(),
            "--accept-hosts" => options.accepts_all = !value().starts_with("^localhost$"),
            "--disable-filter" => options.accepts_all = true,
            "--accept-paths"
            | "--reject-paths"
            | "--reject-methods"
            | "--api-prefix"
            | "--www"
            | "-w"
            | "-P"
            | "--www-prefix"
            | "-u"
            | "--unix-socket"
            | "--append-server-path" => {
                options.refused = Some(format!("error: {name} of kubectl proxy is not simulated here\n"));
            }
            "--context" | "--cluster" | "--user" | "--kubeconfig" | "-n" | "--namespace" | "--keepalive" | "-v"
            | "--v" | "--token" | "-s" | "--server" => drop(value()),
            _ if name.starts_with('-') => {
                options.refused = Some(format!("error: unknown flag: {name}\nSee 'kubectl proxy --help' for usage.\n"));
            }
            _ => {}
        }
    }
    Some(options)
}

struct Door {
    world: WeakShared,
    token: String,
    accepts_all: bool,
}

impl Service for Door {
    fn respond(&self, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        let Some(world) = upgrade(&self.world) else { return Vec::new() };
        let text = |code: &str, text: &str| {
            let length = text.len();
            format!(
                "HTTP/1.1 {code}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\r\n{text}"
            )
            .into_bytes()
        };
        let Some(asked) = http::Request::parse(request) else { return text("400 Bad Request", "400 Bad Request") };
        let host = asked.header("Host").unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        let path = asked.path();
        let is_exec = path.contains("/pods/") && (path.ends_with("/exec") || path.ends_with("/attach"));
        if is_exec || !(self.accepts_all || matches!(host, "localhost" | "127.0.0.1" | "[::1]")) {
            return text("403 Forbidden", "Forbidden\n");
        }
        if world.control.try_borrow_mut().is_err() || !world.control.borrow().cluster.api_answers() {
            return text("502 Bad Gateway", "");
        }
        let user = match self.token.as_str() {
            "" => None,
            token => world.control.borrow().cluster.authenticate(cx.now, token),
        };
        let caller = match (&user, self.token.is_empty()) {
            (None, false) => Caller::ByHeaders,
            _ => Caller::Is(user),
        };
        api_server::answer(&world, cx, request, caller)
    }
}

/// Serves until it is interrupted.
pub(super) async fn run(p: Process, world: WeakShared, config: ::kubectl::ServerConfig, options: Options) -> i32 {
    if let Some(text) = options.refused {
        p.err(&text).await;
        return 1;
    }
    let port = match options.port.parse::<u16>() {
        Ok(0) => 32768 + p.random(28232) as u16,
        Ok(port) => port,
        Err(_) => {
            p.err(&format!(
                "error: invalid argument \"{}\" for \"-p, --port\" flag: strconv.ParseInt: parsing \"{}\": invalid syntax\nSee \
                 'kubectl proxy --help' for usage.\n",
                options.port, options.port
            ))
            .await;
            return 1;
        }
    };
    let address: Option<Ipv4Addr> = options.address.parse().ok();
    let bind = address.filter(|address| !address.is_unspecified());
    let door = Door { world, token: config.token, accepts_all: options.accepts_all };
    let served = p.serve(Proto::Tcp, bind, port, door);
    let (address, _serving) = match (address, served) {
        (Some(address), Ok(serving)) => (address, serving),
        (_, Err(error)) => {
            p.err(&format!("error: listen tcp {}:{port}: bind: {error}\n", options.address)).await;
            return 1;
        }
        (None, _) => {
            p.err(&format!("error: listen tcp: lookup {}: no such host\n", options.address)).await;
            return 1;
        }
    };
    let shown = if address.is_unspecified() { "[::]".to_owned() } else { address.to_string() };
    p.out(&format!("Starting to serve on {shown}:{port}\n")).await;
    std::future::pending::<()>().await;
    0
}

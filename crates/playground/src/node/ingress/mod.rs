//! ingress-nginx at its ports: a daemon that asks the cluster, when a request comes, where its Ingresses send it.
//!
//! The real controller writes nginx a configuration whenever an Ingress, a Service or an endpoint changes; this one looks at the
//! objects at that moment, so nothing is ever out of date. Not simulated: annotations but for rewriting, regular expressions and
//! the redirect to TLS; the API warns whoever sets another (`apiserver/src/unsimulated.rs`).
//! <https://kubernetes.github.io/ingress-nginx/>

pub(crate) mod certgen;
mod routes;

use std::net::Ipv4Addr;

use api::path;
use machine::libc::strftime;
use machine::{Daemon, Exit, Process, Program, Proto, Service, ServiceCx, Signal};
use serde_json::Value;
use sim::{Duration, Time};
use userland::{http, tls};

use self::routes::Route;
use super::api_server::json_at;
use crate::control::Shared;

/// Whom [`machine::Backend::respond`] answers for.
pub(super) const SERVER: &str = "ingress-nginx";
const PORTS: [u16; 3] = [80, 443, HEALTH];
const TLS: u16 = 443;
const HEALTH: u16 = 10254;
const LINE: &str = "-------------------------------------------------------------------------------\n";

/// `nginx-ingress-controller`.
pub(crate) fn program() -> Program {
    Program::daemon("nginx-ingress-controller", start)
}

fn start(_process: &Process) -> Result<Option<Daemon>, (String, i32)> {
    let mut daemon = Daemon::new(Controller);
    daemon.listen = PORTS.iter().map(|port| (Proto::Tcp, *port)).collect();
    daemon.greeting_stderr = format!(
        "{LINE}NGINX Ingress controller\n  Repository:    https://github.com/kubernetes/ingress-nginx\n  \
         nginx version: nginx/1.27.1\n\n{LINE}\n"
    );
    Ok(Some(daemon))
}

/// Whether a controller runs.
pub(crate) fn runs(state: &machine::KernelState) -> bool {
    state.processes.values().any(|process| process.argv.iter().any(|word| word == "/nginx-ingress-controller"))
}

struct Controller;

impl Service for Controller {
    fn respond(&self, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        if cx.local.1 == HEALTH {
            let healthy = http::Request::parse(request).is_some_and(|request| request.path() == "/healthz");
            let (code, body) = if healthy { ("200 OK", "ok") } else { ("404 Not Found", "404 page not found\n") };
            let (date, length) = (http::date(cx.now), body.len());
            return format!(
                "HTTP/1.1 {code}\r\nDate: {date}\r\nContent-Length: {length}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}"
            )
            .into_bytes();
        }
        cx.backend.map_or_else(Vec::new, |backend| backend.respond(SERVER, cx, request))
    }

    fn signal(&self, signal: Signal, _is_init: bool) -> Option<(Duration, Exit)> {
        matches!(signal, Signal::Terminate | Signal::Interrupt | Signal::Quit)
            .then_some((Duration::from_millis(100), Exit::Code(0)))
    }
}

/// An answer before it is written out.
struct Answer {
    code: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// The access log's words about whom was asked: the upstream's name, its address, how much came, and the code.
    asked: [String; 4],
}

impl Answer {
    /// One of nginx's own pages.
    fn page(code: u16) -> Answer {
        let reason = http::reason(code);
        let body = format!(
            "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body>\r\n<center><h1>{code} {reason}</h1></center>\r\n\
             <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        );
        let headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
        Answer { code, headers, body: body.into_bytes(), asked: std::array::from_fn(|_| "-".to_owned()) }
    }
}

/// What the controller answers to bytes at its ports.
pub(super) fn respond(world: &Shared, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
    // Nobody is asked while a component has the cluster in hand.
    if world.control.try_borrow_mut().is_err() {
        return Vec::new();
    }
    if cx.local.1 != TLS {
        return answer(world, cx, request, false);
    }
    let now = cx.now;
    let shown = |name: &str| certificate(world, now, name);
    let answered = tls::serve(request, true, shown, |plain, _| answer(world, cx, plain, true));
    answered.unwrap_or_else(|| {
        let mut page = Answer::page(400);
        let why = "The plain HTTP request was sent to HTTPS port";
        page.body = String::from_utf8_lossy(&page.body)
            .replace("</h1></center>\r\n", &format!("</h1></center>\r\n<center>{why}</center>\r\n"))
            .into_bytes();
        write(now, &http::Request { version: "HTTP/1.1".into(), ..http::Request::default() }, &page)
    })
}

/// The Ingresses of this controller, the oldest first.
fn ingresses(world: &Shared, cx: &ServiceCx<'_>) -> Vec<Value> {
    let list = |place: &str| match json_at(world, cx.now, place)["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    };
    let classes: Vec<String> = list("/apis/networking.k8s.io/v1/ingressclasses")
        .iter()
        .filter(|class| class["spec"]["controller"] == "k8s.io/ingress-nginx")
        .map(|class| path::str(class, "metadata.name").to_owned())
        .collect();
    let argv = cx.kernel.processes.get(&cx.pid).map(|process| process.argv.clone()).unwrap_or_default();
    let without_class = argv.iter().any(|word| word == "--watch-ingress-without-class=true");
    let mut all = list("/apis/networking.k8s.io/v1/ingresses");
    all.retain(|ingress| routes::is_for(ingress, &classes, without_class));
    let age = |ingress: &Value| path::str(ingress, "metadata.creationTimestamp").to_owned();
    sim::order::sort_by(&mut all, |a, b| age(a).cmp(&age(b)));
    all
}

/// The certificate for a name: that of an Ingress' Secret, or the controller's own, which nobody believes.
fn certificate(world: &Shared, now: Time, name: &str) -> Vec<u8> {
    let list = json_at(world, now, "/apis/networking.k8s.io/v1/ingresses");
    for ingress in path::list(&list, "items") {
        for tls in path::list(ingress, "spec.tls") {
            let hosts = path::list(tls, "hosts");
            let secret = tls["secretName"].as_str().filter(|_| hosts.iter().any(|host| host == name));
            let Some(secret) = secret else { continue };
            let place = format!("/api/v1/namespaces/{}/secrets/{secret}", path::str(ingress, "metadata.namespace"));
            let secret = json_at(world, now, &place);
            let pem = secret["data"]["tls.crt"].as_str().and_then(api::base64::decode).unwrap_or_default();
            if let Some(found) = tls::of_pem(&String::from_utf8_lossy(&pem)) {
                return found;
            }
        }
    }
    let day = |days: i64| Time::from_unix_secs(now.unix_secs() / 86_400 * 86_400 + days * 86_400);
    let subject = [("O", "Acme Co"), ("CN", "Kubernetes Ingress Controller Fake Certificate")];
    tls::self_signed(&subject, &["DNS:ingress.local"], day(0), day(365))
}

fn answer(world: &Shared, cx: &mut ServiceCx<'_>, message: &[u8], is_tls: bool) -> Vec<u8> {
    let Some(request) = http::Request::parse(message) else {
        return write(
            cx.now,
            &http::Request { version: "HTTP/1.1".into(), ..http::Request::default() },
            &Answer::page(400),
        );
    };
    let host = request.header("Host").unwrap_or_default().to_owned();
    let name = host.split(':').next().unwrap_or_default();
    let ingresses = ingresses(world, cx);
    let answer = match routes::find(&ingresses, name, &request.path()) {
        None => Answer {
            asked: ["upstream-default-backend", "127.0.0.1:8181", "-", "404"].map(str::to_owned),
            ..Answer::page(404)
        },
        Some(route) if route.wants_tls && !is_tls => {
            let mut page = Answer::page(308);
            page.headers.push(("Location".to_owned(), format!("https://{name}{}", request.target)));
            page.asked[0] = route.upstream();
            page
        }
        Some(route) => proxied(world, cx, &request, &route, is_tls),
    };
    let sent = if request.method == "HEAD" { 0 } else { answer.body.len() };
    let [upstream, address, length, code] = &answer.asked;
    let quoted = |name: &str| request.header(name).filter(|value| !value.is_empty()).unwrap_or("-").to_owned();
    let version = if request.version == "HTTP/2" { "HTTP/2.0" } else { &request.version };
    let line = format!(
        "{} - - [{}] \"{} {} {version}\" {} {sent} \"{}\" \"{}\" {} 0.001 [{upstream}] [] {address} {length} {} {code} {:032x}\n",
        cx.client.0,
        strftime::format(cx.now, "%d/%b/%Y:%H:%M:%S +0000"),
        request.method,
        request.target,
        answer.code,
        quoted("Referer"),
        quoted("User-Agent"),
        message.len(),
        if code == "-" { "-" } else { "0.001" },
        (u128::from(cx.rng.below(u64::MAX)) << 64) | u128::from(cx.rng.below(u64::MAX)),
    );
    cx.kernel.write_log(cx.machine, false, line.as_bytes(), cx.now);
    write(cx.now, &request, &answer)
}

/// The addresses of a Service's Pods that take requests.
fn servers(world: &Shared, now: Time, route: &Route) -> Vec<(Ipv4Addr, u16)> {
    let get = |resource: &str| {
        json_at(world, now, &format!("/api/v1/namespaces/{}/{resource}/{}", route.namespace, route.service))
    };
    let service = get("services");
    let port =
        path::list(&service, "spec.ports").iter().find(|port| port["port"] == route.port || port["name"] == route.port);
    let Some(port) = port else { return Vec::new() };
    let mut found = Vec::new();
    for subset in path::list(&get("endpoints"), "subsets") {
        let number = path::list(subset, "ports")
            .iter()
            .find(|one| one["name"] == port["name"])
            .and_then(|one| one["port"].as_u64());
        let Some(number) = number.and_then(|number| number.try_into().ok()) else { continue };
        let addresses = path::list(subset, "addresses").iter().filter_map(|one| one["ip"].as_str()?.parse().ok());
        found.extend(addresses.map(|address| (address, number)));
    }
    found
}

fn proxied(world: &Shared, cx: &mut ServiceCx<'_>, request: &http::Request, route: &Route, is_tls: bool) -> Answer {
    let failed = |code: u16, asked: &str| {
        let mut page = Answer::page(code);
        page.asked = [
            route.upstream(),
            asked.to_owned(),
            "-".to_owned(),
            if asked == "-" { "-".to_owned() } else { code.to_string() },
        ];
        page
    };
    let mut servers = servers(world, cx.now, route);
    if servers.is_empty() {
        let line = format!(
            "W{} controller.go:1112] Service \"{}/{}\" does not have any active Endpoint.\n",
            strftime::format(cx.now, "%m%d %H:%M:%S.000000       7"),
            route.namespace,
            route.service,
        );
        cx.kernel.write_log(cx.machine, true, line.as_bytes(), cx.now);
        return failed(503, "-");
    }
    // One after the other.
    let before =
        cx.kernel.machines.get(&cx.machine).map_or(0, |machine| machine.log.len() as u64 + machine.log_dropped);
    let first = before as usize % servers.len();
    servers.rotate_left(first);
    let message = forwarded(cx, request, route, is_tls);
    for server in &servers {
        let answer = cx.exchange(*server, &message).unwrap_or_default();
        let Some(response) = http::Response::parse(&answer) else {
            continue;
        };
        let hidden = ["server", "date", "connection", "content-length", "keep-alive", "transfer-encoding"];
        let headers = response.head.iter().skip(1).filter_map(|line| line.split_once(':'));
        let headers = headers
            .filter(|(name, _)| !hidden.contains(&name.to_ascii_lowercase().as_str()))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        let (headers, length) = (headers.collect(), response.body.len().to_string());
        let asked = [route.upstream(), format!("{}:{}", server.0, server.1), length, response.code.to_string()];
        return Answer { code: response.code, headers, body: response.body, asked };
    }
    let (address, port) = servers[0];
    let line = format!(
        "{} [error] 30#30: *{before} connect() failed (111: Connection refused) while connecting to upstream, client: {}, server: {}, \
         request: \"{} {} HTTP/1.1\", upstream: \"http://{address}:{port}{}\", host: \"{}\"\n",
        strftime::format(cx.now, "%Y/%m/%d %H:%M:%S"),
        cx.client.0,
        request.header("Host").unwrap_or("_"),
        request.method,
        request.target,
        request.target,
        request.header("Host").unwrap_or_default(),
    );
    cx.kernel.write_log(cx.machine, true, line.as_bytes(), cx.now);
    failed(502, &format!("{address}:{port}"))
}

/// The request as the Service's Pod gets it.
fn forwarded(cx: &mut ServiceCx<'_>, request: &http::Request, route: &Route, is_tls: bool) -> Vec<u8> {
    let query = request.target.split_once('?').map_or_else(String::new, |(_, query)| format!("?{query}"));
    let path = request.target.split('?').next().unwrap_or("/");
    let host = request.header("Host").unwrap_or_default();
    let scheme = if is_tls { "https" } else { "http" };
    let mut message = format!("{} {}{query} HTTP/1.1\r\nHost: {host}\r\n", request.method, route.rewritten(path));
    for (name, value) in [
        (
            "X-Request-ID",
            format!("{:032x}", (u128::from(cx.rng.below(u64::MAX)) << 64) | u128::from(cx.rng.below(u64::MAX))),
        ),
        ("X-Real-IP", cx.client.0.to_string()),
        ("X-Forwarded-For", cx.client.0.to_string()),
        ("X-Forwarded-Host", host.to_owned()),
        ("X-Forwarded-Port", cx.local.1.to_string()),
        ("X-Forwarded-Proto", scheme.to_owned()),
        ("X-Forwarded-Scheme", scheme.to_owned()),
        ("X-Scheme", scheme.to_owned()),
    ] {
        message.push_str(&format!("{name}: {value}\r\n"));
    }
    let passed = |name: &str| {
        !["host", "connection"].iter().any(|own| name.eq_ignore_ascii_case(own))
            && !name.to_ascii_lowercase().starts_with("x-forwarded-")
    };
    for (name, value) in request.headers.iter().filter(|(name, _)| passed(name)) {
        message.push_str(&format!("{name}: {value}\r\n"));
    }
    [message.as_bytes(), b"\r\n", &request.body].concat()
}

fn write(now: Time, request: &http::Request, answer: &Answer) -> Vec<u8> {
    let is_h2 = request.version == "HTTP/2";
    let mut lines = vec![
        if is_h2 {
            format!("HTTP/2 {} ", answer.code)
        } else {
            format!("HTTP/1.1 {} {}", answer.code, http::reason(answer.code))
        },
        format!("Date: {}", http::date(now)),
    ];
    let mut headers = answer.headers.clone();
    if let Some(at) = headers.iter().position(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        let (_, value) = headers.remove(at);
        lines.push(format!("Content-Type: {value}"));
    }
    lines.push(format!("Content-Length: {}", answer.body.len()));
    if !is_h2 {
        lines.push("Connection: keep-alive".to_owned());
    }
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    if is_h2 {
        for line in lines.iter_mut().skip(1) {
            if let Some((name, value)) = line.split_once(':') {
                *line = format!("{}:{value}", name.to_ascii_lowercase());
            }
        }
    }
    let body: &[u8] = if request.method == "HEAD" { &[] } else { &answer.body };
    [lines.join("\r\n").as_bytes(), b"\r\n\r\n", body].concat()
}

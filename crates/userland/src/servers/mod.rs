//! Servers that images start, other than nginx: a few answer, the rest stay up and say that they are stand-ins.

pub(crate) mod databases;
pub(crate) mod echo;
pub(crate) mod entrypoint;
pub(crate) mod hello_app;
pub(crate) mod httpd;
pub(crate) mod metrics_server;
pub(crate) mod redis;
pub(crate) mod samples;

use machine::{Daemon, DaemonStart, Exit, Proto, Service, ServiceCx, Signal};

use super::http::{self, Request};
use super::prelude::*;

/// A server that ends when it is asked to. What an answer costs, where that is more than usual.
struct Polite {
    kind: Kind,
    cost: Option<Duration>,
}

pub(crate) enum Kind {
    /// Answers every HTTP request with what this makes.
    Http(fn(&mut ServiceCx<'_>, &Request) -> Reply),
    /// The same, from something that the server was started with.
    HttpOf(String, fn(&mut ServiceCx<'_>, &Request, &str) -> Reply),
    /// Speaks enough of its protocol for its client here.
    Redis,
    /// Accepts connections and says nothing.
    Silent,
}

pub(crate) struct Reply {
    pub code: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Service for Polite {
    fn respond(&self, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        match &self.kind {
            Kind::Silent => Vec::new(),
            Kind::Redis => redis::respond(cx, request),
            kind => {
                let Some(request) = Request::parse(request) else {
                    return b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec();
                };
                let mut reply = match kind {
                    Kind::Http(answer) => answer(cx, &request),
                    Kind::HttpOf(text, answer) => answer(cx, &request, text),
                    Kind::Redis | Kind::Silent => return Vec::new(),
                };
                let reason = match reply.code {
                    404 => "Not Found",
                    405 => "Method Not Allowed",
                    code => http::reason(code),
                };
                let mut head = format!("HTTP/1.1 {} {reason}\r\n", reply.code);
                for (name, value) in &reply.headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                if request.method == "HEAD" {
                    reply.body.clear();
                }
                [head.into_bytes(), reply.body].concat()
            }
        }
    }

    fn cost(&self) -> Duration {
        self.cost.unwrap_or(USUAL)
    }

    fn signal(&self, signal: Signal, _is_init: bool) -> Option<(Duration, Exit)> {
        match signal {
            Signal::Terminate | Signal::Interrupt | Signal::Quit => Some((Duration::from_millis(40), Exit::Code(0))),
            _ => None,
        }
    }
}

/// What an answer costs that is no work.
const USUAL: Duration = Duration::from_micros(300);

pub(crate) fn server(kind: Kind, ports: &[u16], greeting: String) -> DaemonStart {
    working_server(kind, None, ports, greeting)
}

/// A server each of whose answers keeps a processor busy for so long.
pub(crate) fn working_server(kind: Kind, cost: Option<Duration>, ports: &[u16], greeting: String) -> DaemonStart {
    let mut daemon = Daemon::new(Polite { kind, cost });
    daemon.listen = ports.iter().map(|port| (Proto::Tcp, *port)).collect();
    daemon.greeting = greeting;
    Ok(Some(daemon))
}

/// `pause`: holds a Pod's namespaces.
pub(crate) fn pause(_: &Process) -> DaemonStart {
    server(Kind::Silent, &[], String::new())
}

/// A part of the control plane, or an add-on, that the world plays itself.
pub(crate) fn system_service(p: &Process) -> DaemonStart {
    server(Kind::Silent, &[], first_lines(&name_of(p), p.now()))
}

/// What a part of the control plane logs first, and that it logs no more here.
pub fn first_lines(name: &str, now: Time) -> String {
    let lines: &[(&str, &str)] = match name {
        "kube-apiserver" => &[("server.go:150", "Version: v1.36.2")],
        "kube-controller-manager" => &[("controllermanager.go:189", "\"Starting\" version=\"v1.36.2\"")],
        "kube-scheduler" => &[("server.go:175", "\"Starting Kubernetes Scheduler\" version=\"v1.36.2\"")],
        "kube-proxy" => &[("server_linux.go:53", "\"Using iptables proxy\"")],
        "storage-provisioner" => &[
            ("storage_provisioner.go:116", "Initializing the minikube storage provisioner..."),
            ("storage_provisioner.go:141", "Storage provisioner initialized, now starting service!"),
        ],
        _ => &[],
    };
    let time = strftime::format(now, "%m%d %H:%M:%S.%6N");
    let mut text: String = lines.iter().map(|(place, what)| format!("I{time} {:>7} {place}] {what}\n", 1)).collect();
    text.push_str(&format!(
        "{name}: what it logs from here on is not simulated; 'kubectl get events -A' shows what happens\n"
    ));
    text
}

pub(crate) fn plain(cx: &ServiceCx<'_>, body: String) -> Reply {
    let headers = vec![
        ("Date", http::date(cx.now)),
        ("Content-Length", body.len().to_string()),
        ("Content-Type", "text/plain; charset=utf-8".to_owned()),
    ];
    Reply { code: 200, headers, body: body.into_bytes() }
}

pub(crate) fn hostname(cx: &ServiceCx<'_>) -> String {
    cx.kernel.machines.get(&cx.machine).map_or(String::new(), |machine| machine.hostname.clone())
}

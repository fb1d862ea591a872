//! The API server at its port: HTTP over TLS for programs such as curl, in the world's own network.
//!
//! kubectl does not come this way (its transport is a function call); what both are answered is the same.
//! <https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>

use api::{Reason, Request, Status, User, go_json};
use cluster::{LogRequest, Reply};
use machine::{Daemon, Process, Program, Proto, Service, ServiceCx};
use serde_json::Value;
use sim::{Duration, Time};
use userland::{http, tls};

use super::proxy;
use crate::control::Shared;
use crate::transport::{cut_log, json_of};
use crate::wire;

/// Whom [`machine::Backend::respond`] answers for.
pub(super) const SERVER: &str = "kube-apiserver";
/// The port of a minikube's API server.
const PORT: u16 = 8443;
/// The names in the API server's certificate, as minikube has them.
const NAMES: [&str; 11] = [
    "DNS:minikubeCA",
    "DNS:control-plane.minikube.internal",
    "DNS:kubernetes.default.svc.cluster.local",
    "DNS:kubernetes.default.svc",
    "DNS:kubernetes.default",
    "DNS:kubernetes",
    "DNS:localhost",
    "IP:10.96.0.1",
    "IP:127.0.0.1",
    "IP:10.0.0.1",
    "IP:192.168.49.2",
];
/// Go's server says this to who speaks HTTP at its TLS port.
const NO_TLS: &[u8] = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// `kube-apiserver`: listens at its port; whoever hosts the kernel answers.
pub(crate) fn program() -> Program {
    Program::daemon("kube-apiserver", start)
}

fn start(process: &Process) -> Result<Option<Daemon>, (String, i32)> {
    let mut daemon = Daemon::new(ApiServer);
    daemon.greeting = userland::first_lines("kube-apiserver", process.now());
    daemon.listen = vec![(Proto::Tcp, PORT)];
    Ok(Some(daemon))
}

struct ApiServer;

impl Service for ApiServer {
    fn respond(&self, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        cx.backend.map_or_else(Vec::new, |backend| backend.respond(SERVER, cx, request))
    }

    fn signal(&self, signal: machine::Signal, _is_init: bool) -> Option<(Duration, machine::Exit)> {
        matches!(signal, machine::Signal::Terminate | machine::Signal::Interrupt)
            .then_some((Duration::from_millis(500), machine::Exit::Code(0)))
    }
}

/// What the API server answers to bytes at its port.
pub(super) fn respond(world: &Shared, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
    // Nobody is asked while a component has the cluster in hand.
    if world.control.try_borrow_mut().is_err() {
        return Vec::new();
    }
    let now = cx.now;
    let answer = |plain: &[u8], shown: &[u8]| {
        let caller = match shown {
            [] => Caller::ByHeaders,
            _ => Caller::Showing(client(world, now, shown)),
        };
        answer(world, cx, plain, caller)
    };
    tls::serve(request, true, |_| certificate(world, now), answer).unwrap_or_else(|| NO_TLS.to_vec())
}

/// An object or a list of the API, as the administrator gets it.
pub(super) fn json_at(world: &Shared, now: Time, path: &str) -> Value {
    json_of(world.handle_at(now, &Request::get(path)))
}

/// The server's certificate, which the cluster's CA has signed.
fn certificate(world: &Shared, now: Time) -> Vec<u8> {
    let path = "/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt";
    let map = json_at(world, now, path);
    let made = map["metadata"]["creationTimestamp"].as_str().and_then(Time::parse_rfc3339).unwrap_or_default();
    let day = |days: i64| Time::from_unix_secs(made.unix_secs() + days * 86_400);
    let subject = [("O", "system:masters"), ("CN", "minikube")];
    let authority = map["data"]["ca.crt"].as_str().unwrap_or_default();
    tls::issue(authority, "minikubeCA", &subject, &NAMES, day(-1), day(3 * 365))
}

/// Whom a client's certificate names, if the cluster's CA has signed it and it is valid now.
pub(crate) fn client(world: &Shared, now: Time, certificate: &[u8]) -> Option<User> {
    let map = json_at(world, now, "/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt");
    let (name, groups) = tls::client(certificate, map["data"]["ca.crt"].as_str().unwrap_or_default(), now)?;
    Some(User { name, groups, ..User::default() })
}

/// An answer before it is written out.
struct Answer {
    code: u16,
    kind: &'static str,
    warnings: Vec<String>,
    body: String,
}

/// Who a request is from.
pub(crate) enum Caller {
    /// Whom its bearer token names; without one, nobody.
    ByHeaders,
    /// Whom its bearer token names; without one, whom its certificate names, if that is to be believed.
    Showing(Option<User>),
    /// This user; `None` is the administrator.
    Is(Option<User>),
}

/// The answer to a request in plain HTTP.
pub(crate) fn answer(world: &Shared, cx: &mut ServiceCx<'_>, message: &[u8], caller: Caller) -> Vec<u8> {
    let Some(asked) = http::Request::parse(message) else {
        return b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"
            .to_vec();
    };
    let agent = asked.header("User-Agent").unwrap_or_default();
    let is_person = ["curl", "Wget", "Mozilla/5.0"].iter().any(|name| agent.starts_with(name));
    let refusal = |status: &Value| {
        let code = status["code"].as_u64().and_then(|code| code.try_into().ok()).unwrap_or(500);
        object(code, status, Vec::new(), is_person)
    };
    let answer = match read(world, cx.now, &asked, caller) {
        Ok(request) => match proxy::answer(world, cx, &request, &asked) {
            Some(Ok(bytes)) => return bytes,
            Some(Err(proxy::Failed::Refused(status))) => refusal(&status.to_value()),
            Some(Err(proxy::Failed::Unreachable(body))) => {
                Answer { code: 503, kind: "text/plain; charset=utf-8", warnings: Vec::new(), body }
            }
            None => {
                let pretty = request.query("pretty").map_or(is_person, |value| value != "false" && value != "0");
                reply(world, cx, &request, pretty)
            }
        },
        Err(status) => refusal(&status),
    };
    write(cx.now, &asked, &answer)
}

/// What a message asks for, and who does.
fn read(world: &Shared, now: Time, asked: &http::Request, caller: Caller) -> Result<Request, Box<Value>> {
    let header = |name: &str| asked.header(name).unwrap_or_default();
    let mut request = wire::head(&asked.method, &asked.target, header)?;
    let refused = |status: Status| Box::new(status.to_value());
    request.body = wire::body(header("Content-Type"), &asked.body, &request.path)?;
    let user = match header("Authorization").split_once(' ') {
        _ if matches!(caller, Caller::Is(_)) => {
            if let (Caller::Is(user), None) = (caller, &request.user) {
                request.user = user.map(Box::new);
            }
            return Ok(request);
        }
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            let user = world.control.borrow().cluster.authenticate(now, token.trim());
            user.ok_or_else(|| refused(Status::new(Reason::Unauthorized, "Unauthorized")))?
        }
        Some(_) => return Err(refused(Status::new(Reason::Unauthorized, "Unauthorized"))),
        None if let Caller::Showing(user) = caller => {
            user.ok_or_else(|| refused(Status::new(Reason::Unauthorized, "Unauthorized")))?
        }
        None => User {
            name: "system:anonymous".to_owned(),
            groups: vec!["system:unauthenticated".to_owned()],
            ..User::default()
        },
    };
    match &request.user {
        Some(wanted) => {
            wire::may_impersonate(&user, wanted, |review| json_of(world.handle_at(now, review))).map_err(refused)?
        }
        None => request.user = Some(Box::new(user)),
    }
    Ok(request)
}

fn reply(world: &Shared, cx: &ServiceCx<'_>, request: &Request, pretty: bool) -> Answer {
    let text = |body: String| Answer { code: 200, kind: "text/plain", warnings: Vec::new(), body };
    match world.handle_at(cx.now, request) {
        Reply::Json { code: 200, value, .. } if value.is_string() => {
            text(value.as_str().unwrap_or_default().to_owned())
        }
        // What no handler is there for, Go's own server answers.
        Reply::Json { code: 404, value, .. }
            if value["message"] == "the server could not find the requested resource" =>
        {
            let kind = "text/plain; charset=utf-8";
            Answer { code: 404, kind, warnings: Vec::new(), body: "404 page not found\n".to_owned() }
        }
        Reply::Json { code, value, warnings } => {
            if code < 400 {
                world.lives.borrow_mut().mark(request, &value, cx.now);
            }
            object(code, &value, warnings, pretty)
        }
        Reply::List(mut list) => {
            let warnings = std::mem::take(&mut list.warnings);
            let mut value = list.into_value();
            // Items of what is built in do not say what they are: the list does.
            let items = value["items"].as_array_mut().filter(|_| wire::built_in(&request.path) == Some(true));
            for fields in items.into_iter().flatten().filter_map(Value::as_object_mut) {
                fields.remove("kind");
                fields.remove("apiVersion");
            }
            object(200, &value, warnings, pretty)
        }
        Reply::Watch(mut watch) => {
            // A connection here has one answer: what there is by now, and why it ends.
            let events = world.control.borrow().cluster.poll_watch(cx.now, &mut watch);
            let line = |kind: &str, object: &Value| {
                format!("{{\"type\":\"{kind}\",\"object\":{}}}\n", go_json::typed_compact(object))
            };
            let mut body: String = events.iter().map(|event| line(event.kind, &event.object)).collect();
            let why = "watching by HTTP is not simulated here beyond what there is by now: kubectl get --watch goes on";
            body.push_str(&line("ERROR", &Status::internal(why).to_value()));
            Answer { code: 200, kind: "application/json", warnings: Vec::new(), body }
        }
        Reply::Log(log) => text(log_text(world, cx, &log)),
        Reply::Exec(_) | Reply::Forward(_) => {
            object(400, &Status::new(Reason::BadRequest, "Upgrade request required").to_value(), Vec::new(), pretty)
        }
    }
}

fn log_text(world: &Shared, cx: &ServiceCx<'_>, log: &LogRequest) -> String {
    let machine = log.id.as_ref().and_then(|id| world.node.borrow().containers.get(id).map(|one| one.machine));
    let found = machine.and_then(|machine| cx.kernel.machines.get(&machine));
    found.map(|machine| cut_log(log, cx.now, &machine.log)).unwrap_or_default()
}

fn object(code: u16, value: &Value, warnings: Vec<String>, pretty: bool) -> Answer {
    let mut value = std::borrow::Cow::Borrowed(value);
    // Of a path that is no object nothing more is known, which Go writes all the same.
    if value["reason"] == "Forbidden" && value["details"].is_null() && value["kind"] == "Status" {
        value.to_mut()["details"] = serde_json::json!({});
    }
    let body = match pretty {
        true => go_json::narrow(&go_json::typed(&value)),
        false => go_json::typed_compact(&value) + "\n",
    };
    Answer { code, kind: "application/json", warnings, body }
}

fn write(now: Time, asked: &http::Request, answer: &Answer) -> Vec<u8> {
    let is_h2 = asked.version == "HTTP/2";
    let mut lines = vec![("Cache-Control", "no-cache, private".to_owned()), ("Content-Type", answer.kind.to_owned())];
    for warning in &answer.warnings {
        lines.push(("Warning", format!("299 - \"{}\"", warning.replace('\\', "\\\\").replace('"', "\\\""))));
    }
    lines.push(("Content-Length", answer.body.len().to_string()));
    lines.push(("Date", http::date(now)));
    let mut head = match is_h2 {
        true => format!("HTTP/2 {} \r\n", answer.code),
        false => format!("HTTP/1.1 {} {}\r\n", answer.code, api::phrase(answer.code)),
    };
    for (name, value) in lines {
        let name = if is_h2 { name.to_ascii_lowercase() } else { name.to_owned() };
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    if asked.method != "HEAD" {
        head.push_str(&answer.body);
    }
    head.into_bytes()
}

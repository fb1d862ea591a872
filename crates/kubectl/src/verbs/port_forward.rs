//! `kubectl port-forward`: ports of this computer that lead to ports of a Pod.

use api::{Body, ForwardEvent, LocalFuture, Method, Request, Status, find_resource, path};
use serde_json::Value;
use sim::Duration;

use crate::command::{RUNNING, Verb};
use crate::error::{Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag, no_number};
use crate::session::Session;
use crate::target::resource_of;
use crate::verbs::exec::pods_of;

const FLAGS: &[Flag] = &[flag("address", ' ', Takes::List, "localhost")];

/// The verb. IPv6 is not simulated, so `localhost` is `127.0.0.1` alone.
pub static VERB: Verb = Verb {
    name: "port-forward",
    aliases: &[],
    flags: &[FLAGS, RUNNING],
    run: |session, args| Box::pin(forward(session, args)),
};

fn forward<'a>(session: &'a Session, args: &'a Args) -> LocalFuture<'a, Outcome> {
    Box::pin(async move {
        let [word, ports @ ..] = args.words.as_slice() else { return usage() };
        if ports.is_empty() {
            return usage();
        }
        let (kind, name) = word.split_once('/').unwrap_or(("pods", word));
        let resource = resource_of(kind)?;
        let object = session.get(resource, &session.namespace, name).await?;
        let pod = match resource.key() == "pods" {
            true => object.clone(),
            false => {
                let until = session.now() + args.duration("pod-running-timeout").unwrap_or(Duration::from_secs(60));
                loop {
                    let mut pods = pods_of(session, resource, &object, "cannot attach to").await?;
                    if !pods.is_empty() {
                        break pods.swap_remove(0);
                    }
                    if session.now() >= until {
                        return plain("timed out waiting for the condition");
                    }
                    session.host.sleep(Duration::from_secs(1)).await;
                }
            }
        };
        let service = Some(&object).filter(|_| resource.key() == "services");
        let mut pairs: Vec<(u16, u16)> = Vec::new();
        for port in ports {
            pairs.push(numbers(port, &remote_port(port, service, &pod)?)?);
        }
        let phase = path::str(&pod, "status.phase");
        if phase != "Running" {
            return plain(format!("unable to forward port because pod is not running. Current status={phase}"));
        }
        listen(session, args, &pod, &pairs).await
    })
}

fn usage<T>() -> Outcome<T> {
    plain(
        "TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples",
    )
}

fn split(port: &str) -> (&str, &str) {
    match port.split_once(':') {
        Some((local, remote)) if !remote.contains(':') => (local, remote),
        _ => (port.split(':').next().unwrap_or(port), port.split(':').next().unwrap_or(port)),
    }
}

/// The port of the Pod that is meant: as it stands, by a Service's port, or by a name.
fn remote_port(port: &str, service: Option<&Value>, pod: &Value) -> Outcome<String> {
    let (_, remote) = split(port);
    let of_pod = |name: &str| {
        let containers = path::list(pod, "spec.containers").iter().chain(path::list(pod, "spec.initContainers"));
        let mut ports = containers.flat_map(|container| path::list(container, "ports"));
        match ports.find(|one| one["name"] == name) {
            Some(one) => Ok(one["containerPort"].to_string()),
            None => plain(format!("Pod '{}' does not have a named port '{name}'", path::str(pod, "metadata.name"))),
        }
    };
    let number = remote.parse::<i64>().ok();
    let Some(service) = service else {
        if remote.is_empty() {
            return plain("remote port cannot be empty");
        }
        udp(
            path::list(pod, "spec.containers").iter().flat_map(|one| path::list(one, "ports")),
            "containerPort",
            remote,
        )?;
        return if number.is_some() { Ok(remote.to_owned()) } else { of_pod(remote) };
    };
    let name = path::str(service, "metadata.name");
    let ports = path::list(service, "spec.ports");
    let found = match number {
        Some(number) => ports.iter().find(|one| one["port"] == number),
        None => ports.iter().find(|one| one["name"] == remote),
    };
    let Some(found) = found else {
        return match number {
            Some(number) => plain(format!("Service {name} does not have a service port {number}")),
            None => plain(format!("Service '{name}' does not have a named port '{remote}'")),
        };
    };
    udp(ports.iter(), "port", remote)?;
    if path::str(service, "spec.clusterIP") == "None" {
        return Ok(found["port"].to_string());
    }
    match &found["targetPort"] {
        Value::String(name) => of_pod(name),
        target if target.as_i64().unwrap_or_default() == 0 => Ok(found["port"].to_string()),
        target => Ok(target.to_string()),
    }
}

/// Refuses a port that is there for UDP only.
fn udp<'a>(ports: impl Iterator<Item = &'a Value>, field: &str, remote: &str) -> Outcome {
    let number = remote.parse::<i64>().ok();
    let is = |one: &&Value| one["name"] == remote || number.is_some() && one[field].as_i64() == number;
    let same: Vec<&Value> = ports.filter(is).collect();
    if !same.is_empty() && same.iter().all(|one| one["protocol"] == "UDP") {
        return plain(format!("UDP protocol is not supported for {remote}"));
    }
    Ok(())
}

/// `8080:80` as two numbers.
fn numbers(port: &str, remote: &str) -> Outcome<(u16, u16)> {
    let parse = |what: &str, text: &str| {
        text.parse::<u16>()
            .or_else(|_| plain(format!("error parsing {what} port '{text}': {}", no_number("ParseUint", text))))
    };
    if port.matches(':').count() > 1 {
        return plain(format!("invalid port format '{port}'"));
    }
    let local = match port.split_once(':') {
        Some(("", _)) => "0",
        Some((local, _)) => local,
        None if port.parse::<u16>().is_ok() => port,
        None => remote,
    };
    let pair = (parse("local", local)?, parse("remote", remote)?);
    if pair.1 == 0 { plain("remote port must be > 0") } else { Ok(pair) }
}

async fn listen(session: &Session, args: &Args, pod: &Value, pairs: &[(u16, u16)]) -> Outcome {
    let mut addresses: Vec<&str> = Vec::new();
    let given = args.list("address");
    let all: Vec<&str> = if given.is_empty() { vec!["localhost"] } else { given.iter().map(String::as_str).collect() };
    // Of localhost's two addresses, one is enough.
    let local = all.contains(&"localhost");
    for address in all {
        let both = if address == "localhost" { &["127.0.0.1", "::1"][..] } else { &[address] };
        for address in both {
            if address.parse::<std::net::IpAddr>().is_err() {
                return plain(format!("{address} is not a valid IP"));
            }
            if !addresses.contains(address) {
                addresses.push(address);
            }
        }
    }
    sim::order::sort_by(&mut addresses, |a, b| a.cmp(b));
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
    let place = format!("{}/portforward", pods.path(Some(namespace), Some(name)));
    let mut way = match session.send(Request::new(Method::Post, place)).await.body {
        Body::Forward(way) => way,
        Body::Json(value) => {
            return plain(format!("error upgrading connection: {}", Status::from_value(&value).message));
        }
        _ => return plain("error upgrading connection: the server answered with something else"),
    };
    let mut listening = 0;
    let optional = |address: &str| local && address == "::1";
    for (local, remote) in pairs {
        let mut errors: Vec<String> = Vec::new();
        let mut bound = *local;
        for address in &addresses {
            match way.listen(address, bound, *remote) {
                Ok(port) => {
                    bound = port;
                    let shown = if address.contains(':') { format!("[{address}]") } else { (*address).to_owned() };
                    session.out(&format!("Forwarding from {shown}:{port} -> {remote}\n")).await;
                }
                Err(_) if optional(address) && bound != 0 && errors.is_empty() => {}
                Err(why) => errors.push(format!("unable to create listener: Error {why}")),
            }
        }
        if errors.is_empty() {
            listening += 1;
            continue;
        }
        let errors = errors.join(" ");
        session
            .err(&format!(
                "Unable to listen on port {local}: Listeners failed to create with the following errors: [{errors}]\n"
            ))
            .await;
    }
    if listening == 0 {
        let ports: Vec<String> = pairs.iter().map(|(local, remote)| format!("{{{local} {remote}}}")).collect();
        return plain(format!("unable to listen on any of the requested ports: [{}]", ports.join(" ")));
    }
    loop {
        match way.next().await {
            Some(ForwardEvent::Connection(port)) => {
                session.out(&format!("Handling connection for {port}\n")).await;
            }
            Some(ForwardEvent::Failed(why)) => {
                session.err(&format!("{}{why:?}\n", log_line(session))).await;
                return plain("lost connection to pod");
            }
            None => return Ok(()), // Ctrl-C ends it well
        }
    }
}

/// How klog starts a line.
fn log_line(session: &Session) -> String {
    let now = session.now().rfc3339_micros();
    let (date, time) = now.split_once('T').unwrap_or((&now, ""));
    let day: String = date.chars().skip(5).filter(|c| *c != '-').collect();
    format!("E{day} {}    4321 portforward.go:424] \"Unhandled Error\" err=", time.trim_end_matches('Z'))
}

//! The subresource `proxy` of Pods and Services: the API server asks them on its client's behalf.
//!
//! <https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/>

use std::net::Ipv4Addr;

use api::{Body, Reason, Request, Response, Status};
use machine::ServiceCx;
use serde_json::{Value, json};
use sim::Time;
use userland::http;

use crate::control::Shared;
use crate::transport::json_of;

/// Why nobody was asked.
pub(super) enum Failed {
    Refused(Status),
    Unreachable(String),
}

/// What stands before `/proxy/` in a path, and what after it.
struct Place<'a> {
    namespace: &'a str,
    resource: &'a str,
    name: &'a str,
    port: &'a str,
    rest: &'a str,
}

impl Place<'_> {
    fn read(path: &str) -> Option<Place<'_>> {
        let words: Vec<&str> = path.strip_prefix("/api/v1/namespaces/")?.splitn(5, '/').collect();
        let (namespace, resource, named) = (*words.first()?, *words.get(1)?, *words.get(2)?);
        if words.get(3) != Some(&"proxy") || !matches!(resource, "pods" | "services") {
            return None;
        }
        // NAME, NAME:PORT, SCHEME:NAME:PORT
        let parts: Vec<&str> = named.split(':').collect();
        let (name, port) = match parts[..] {
            [_, name, port] | [name, port] => (name, port),
            _ => (named, ""),
        };
        Some(Place { namespace, resource, name, port, rest: words.get(4).copied().unwrap_or_default() })
    }

    /// Where it leads to.
    fn address(&self, world: &Shared, now: Time) -> Result<(Ipv4Addr, u16), Status> {
        let get = |resource: &str| {
            let path = format!("/api/v1/namespaces/{}/{resource}/{}", self.namespace, self.name);
            json_of(world.handle_at(now, &Request::get(path)))
        };
        let object = get(self.resource);
        if object["kind"] == "Status" {
            return Err(Status::not_found("", self.resource, self.name));
        }
        if self.resource == "pods" {
            let first = || {
                object["spec"]["containers"]
                    .as_array()?
                    .iter()
                    .find_map(|one| one["ports"][0]["containerPort"].as_u64())
            };
            let port = self.port.parse().ok().or_else(|| first().and_then(|port| port.try_into().ok())).unwrap_or(80);
            let address = object["status"]["podIP"].as_str().and_then(|text| text.parse().ok());
            return address.map(|address| (address, port)).ok_or_else(|| Status::internal("address not allowed"));
        }
        let none = |why: &str| {
            let message = format!("{why} \"{}\"", self.name);
            Status::new(Reason::ServiceUnavailable, message)
        };
        let ports = object["spec"]["ports"].as_array().cloned().unwrap_or_default();
        let wanted = |port: &&Value| match self.port {
            "" => ports.len() == 1 || port["name"].is_null(),
            text => port["name"] == text || port["port"].as_u64().map(|port| port.to_string()).as_deref() == Some(text),
        };
        let Some(port) = ports.iter().find(wanted) else { return Err(none("no service port found for service")) };
        let endpoints = get("endpoints");
        for subset in endpoints["subsets"].as_array().into_iter().flatten() {
            let matching = subset["ports"].as_array().into_iter().flatten().find(|one| one["name"] == port["name"]);
            let port = matching.and_then(|one| one["port"].as_u64()).and_then(|port| port.try_into().ok());
            let address = subset["addresses"][0]["ip"].as_str().and_then(|text| text.parse().ok());
            if let (Some(address), Some(port)) = (address, port) {
                return Ok((address, port));
            }
        }
        Err(none("no endpoints available for service"))
    }

    /// Whether the client may.
    fn permitted(&self, world: &Shared, now: Time, request: &Request) -> Result<(), Status> {
        let Some(user) = &request.user else { return Ok(()) };
        let verb = match request.method {
            api::Method::Get => "get",
            api::Method::Post => "create",
            api::Method::Put => "update",
            api::Method::Patch => "patch",
            api::Method::Delete => "delete",
        };
        let mut review = Request::new(api::Method::Post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
        review.user = Some(user.clone());
        review.body = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "verb": verb, "resource": self.resource, "subresource": "proxy", "name": self.name,
                "namespace": self.namespace,
            }},
        });
        if json_of(world.handle_at(now, &review))["status"]["allowed"] == true {
            return Ok(());
        }
        let why = format!(
            "User \"{}\" cannot {verb} resource \"{}/proxy\" in API group \"\" in the namespace \"{}\"",
            user.name, self.resource, self.namespace
        );
        Err(Status::forbidden("", self.resource, self.name, &why))
    }
}

/// The answer to a request that leads to a Pod or a Service; `None` for every other.
pub(super) fn answer(
    world: &Shared,
    cx: &mut ServiceCx<'_>,
    request: &Request,
    asked: &http::Request,
) -> Option<Result<Vec<u8>, Failed>> {
    let place = Place::read(&request.path)?;
    let found = place.permitted(world, cx.now, request).and_then(|()| place.address(world, cx.now));
    let (address, port) = match found {
        Ok(found) => found,
        Err(status) => return Some(Err(Failed::Refused(status))),
    };
    let query = asked.target.split_once('?').map_or_else(String::new, |(_, query)| format!("?{query}"));
    let mut message = format!("{} /{}{query} HTTP/1.1\r\n", asked.method, place.rest);
    for (name, value) in asked.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("authorization")) {
        message.push_str(&format!("{name}: {value}\r\n"));
    }
    message.push_str("\r\n");
    let from = world.node.borrow().host;
    let message = [message.as_bytes(), &asked.body].concat();
    let Ok(answer) = cx.ask((from, cx.client.1), (address, port), &message) else {
        let why = format!("Error trying to reach service: 'dial tcp {address}:{port}: connect: connection refused'");
        return Some(Err(Failed::Unreachable(why)));
    };
    let head = answer.iter().position(|byte| *byte == b'\r').filter(|_| asked.version == "HTTP/2");
    Some(Ok(match head {
        Some(end) => {
            let line = String::from_utf8_lossy(&answer[..end]).into_owned();
            let code = line.split(' ').nth(1).unwrap_or("502");
            [format!("HTTP/2 {code} ").as_bytes(), &answer[end..]].concat()
        }
        None => answer,
    }))
}

/// The same for kubectl, which sends no HTTP.
pub(crate) fn answer_kubectl(world: &Shared, request: &Request) -> Option<Response> {
    let place = Place::read(&request.path)?;
    let now = world.sim.now();
    let failed =
        |status: Status| Response { code: status.code, warnings: Vec::new(), body: Body::Json(status.to_value()) };
    let found = place.permitted(world, now, request).and_then(|()| place.address(world, now));
    let (address, port) = match found {
        Ok(found) => found,
        Err(status) => return Some(failed(status)),
    };
    let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let message = format!(
        "GET /{}{mark}{} HTTP/1.1\r\nHost: {address}:{port}\r\nUser-Agent: kubectl/v1.36.2 (linux/amd64)\r\nAccept: \
         application/json, */*\r\n\r\n",
        place.rest,
        query.join("&")
    );
    let from = world.node.borrow().host;
    let answer = world.kernel.ask_from(from, (address, port), message.as_bytes());
    let Some(answer) = answer.as_deref().and_then(http::Response::parse) else {
        let why = format!("error trying to reach service: dial tcp {address}:{port}: connect: connection refused");
        return Some(failed(Status::new(Reason::ServiceUnavailable, why)));
    };
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    Some(match answer.code {
        404 => failed(Status::new(Reason::NotFound, "the server could not find the requested resource")),
        400.. => failed(Status::internal(format!(
            "an error on the server (\"{}\") has prevented the request from succeeding",
            text.trim()
        ))),
        code => Response { code, warnings: Vec::new(), body: Body::Text(text) },
    })
}

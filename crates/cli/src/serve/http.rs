//! HTTP requests as the API server's, and its answers as HTTP.

use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use api::{Method, PatchType, Reason, Request, Status, User};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Frame, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};
use playground::Answer;
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;

use super::authentication::authenticate;
use super::negotiate::{Form, form};
use super::{Server, clock, protobuf, stream, websocket};

/// The largest body of a request, as the API server's.
const LARGEST_BODY: usize = 3 << 20;

/// The form in which kubectl wants OpenAPI v2.
const OPENAPI_PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// The body of an answer: at once, or piece by piece.
pub enum Body {
    /// All of it.
    Whole(Option<Bytes>),
    /// As it comes; the other end notices when nobody listens any more.
    Pieces(Receiver<Bytes>),
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Body::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Body::Pieces(pieces) => pieces.poll_recv(cx).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }
}

/// An answer with a body of this type.
pub fn response(code: u16, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}

fn json_response(code: u16, value: &Value) -> Response<Body> {
    json_text(code, value.to_string())
}

fn json_text(code: u16, mut text: String) -> Response<Body> {
    text.push('\n');
    response(code, "application/json", Body::Whole(Some(text.into_bytes().into())))
}

/// A `Status` as an answer.
pub fn refusal(status: &Status) -> Response<Body> {
    json_response(status.code, &status.to_value())
}

/// Answers a request.
pub async fn answer(server: &Rc<Server>, request: hyper::Request<Incoming>) -> Response<Body> {
    if let Some(told) = clock::tell(server, request.uri()).await {
        return told;
    }
    if request.headers().contains_key(header::UPGRADE) {
        return websocket::upgrade(server, request);
    }
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if request.uri().path() == "/openapi/v2"
        && accept.is_some_and(|accept| accept.starts_with("application/com.github.proto-openapi"))
    {
        // A document that defines nothing (`swagger: "2.0"`): kubectl asks for it only about what v3 does not have.
        return response(200, OPENAPI_PROTOBUF, Body::Whole(Some(Bytes::from_static(b"\x0a\x032.0"))));
    }
    let Some(form) = form(accept) else {
        return status_response(
            406,
            "NotAcceptable",
            "only the following media types are accepted: application/json, application/json;stream=watch",
        );
    };
    let (parts, body) = request.into_parts();
    let mut asked = match head(&parts.method, &parts.uri, &parts.headers) {
        Ok(asked) => asked,
        Err(response) => return *response,
    };
    if let Err(status) = authenticate(server, &parts.headers, &mut asked) {
        return refusal(&status);
    }
    asked.as_table = form == Form::Table;
    let body = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            let message = format!("Request entity too large: limit is {LARGEST_BODY}");
            return status_response(413, "RequestEntityTooLarge", &message);
        }
        Err(error) => return refusal(&Status::new(Reason::BadRequest, error.to_string())),
    };
    match read_body(&parts.headers, &body) {
        Ok(value) => asked.body = value,
        Err(response) => return *response,
    }
    if form == Form::Discovery
        && let Some(document) = server.world().aggregated_discovery(&asked.path)
    {
        let content_type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        let bytes = serde_json::to_vec(&document).unwrap_or_default();
        return response(200, content_type, Body::Whole(Some(bytes.into())));
    }
    respond(server, &asked, form)
}

fn warn(response: &mut Response<Body>, warnings: &[String]) {
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{quoted}\"")) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
}

fn respond(server: &Rc<Server>, asked: &Request, form: Form) -> Response<Body> {
    let reply = server.world().answer(&stream::without_end(asked));
    match reply {
        Answer::Json { code, value, warnings } => {
            let health = value.as_str().filter(|_| code == 200);
            let mut response = match (health, form) {
                (Some(text), _) => response(code, "text/plain; charset=utf-8", whole(text.to_owned())),
                (None, Form::Metadata) if code < 400 => json_response(code, &metadata_only(&value)),
                (None, _) => json_response(code, &value),
            };
            warn(&mut response, &warnings);
            response
        }
        Answer::List(list) => {
            let mut response = match form {
                Form::Metadata => json_response(200, &metadata_only(&list.clone().into_value())),
                _ => json_text(200, list.to_json()),
            };
            warn(&mut response, &list.warnings);
            response
        }
        Answer::Text(text) => response(200, "text/plain", whole(text)),
        Answer::Log(log) => response(200, "text/plain", stream::log(server, log)),
        Answer::Watch(watching) => response(
            200,
            "application/json",
            stream::watch(server, *watching, stream::longest(asked), form == Form::Metadata),
        ),
        Answer::Exec(_) | Answer::Forward(_) => refusal(&Status::new(Reason::BadRequest, "Upgrade request required")),
    }
}

fn whole(text: String) -> Body {
    Body::Whole(Some(text.into()))
}

/// A `Status` whose reason the simulated API server never gives.
fn status_response(code: u16, reason: &str, message: &str) -> Response<Body> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason,
        "code": code,
    });
    json_response(code, &status)
}

/// Method, path, query and whom the client acts for.
pub fn head(method: &hyper::Method, uri: &hyper::Uri, headers: &HeaderMap) -> Result<Request, Box<Response<Body>>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let method = match *method {
        hyper::Method::GET | hyper::Method::HEAD => Method::Get,
        hyper::Method::POST => Method::Post,
        hyper::Method::PUT => Method::Put,
        hyper::Method::PATCH => Method::Patch,
        hyper::Method::DELETE => Method::Delete,
        _ => {
            let message = "the server does not allow this method on the requested resource";
            return Err(Box::new(refusal(&Status::new(Reason::MethodNotAllowed, message))));
        }
    };
    let mut request = Request::new(method, decode(uri.path(), false));
    for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request.query.push((decode(name, true), decode(value, true)));
    }
    if method == Method::Patch {
        request.patch = match text("content-type").split(';').next().unwrap_or_default().trim() {
            "application/json-patch+json" => Some(PatchType::Json),
            "application/merge-patch+json" => Some(PatchType::Merge),
            "application/strategic-merge-patch+json" => Some(PatchType::Strategic),
            "application/apply-patch+yaml" => Some(PatchType::Apply),
            _ => {
                let message = "the body of the request was in an unknown format - accepted media types include: \
                               application/json-patch+json, application/merge-patch+json, \
                               application/strategic-merge-patch+json, application/apply-patch+yaml";
                return Err(Box::new(status_response(415, "UnsupportedMediaType", message)));
            }
        };
    }
    let user = text("impersonate-user");
    if !user.is_empty() {
        let groups = headers.get_all("impersonate-group").iter();
        let groups = groups.filter_map(|group| group.to_str().ok()).map(str::to_owned).collect();
        let uid = text("impersonate-uid").to_owned();
        request.user = Some(Box::new(User { name: user.to_owned(), uid, groups }));
    }
    Ok(request)
}

/// The body as JSON: it may be YAML, or protobuf for what is built in.
fn read_body(headers: &HeaderMap, body: &[u8]) -> Result<Value, Box<Response<Body>>> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let unreadable = |message: String| Box::new(refusal(&Status::new(Reason::BadRequest, message)));
    match content_type.split(';').next().unwrap_or_default().trim() {
        "application/vnd.kubernetes.protobuf" => protobuf::decode(body).ok_or_else(|| {
            let message = "the body of the request was in an unknown format - accepted media types include: \
                           application/json, application/yaml";
            Box::new(status_response(415, "UnsupportedMediaType", message))
        }),
        "application/yaml" | "application/apply-patch+yaml" => {
            let mut parsed = manifest::parse(&String::from_utf8_lossy(body));
            match parsed.error {
                Some(error) => Err(unreadable(format!("error decoding YAML: {}", error.message))),
                None if parsed.documents.is_empty() => Ok(Value::Null),
                None => Ok(parsed.documents.swap_remove(0).value),
            }
        }
        kind if kind.ends_with("-patch+json") => serde_json::from_slice(body).map_err(|error| {
            let text = String::from_utf8_lossy(body);
            unreadable(kubectl::json_error(&text).unwrap_or_else(|| error.to_string()))
        }),
        _ => serde_json::from_slice(body)
            .map_err(|error| unreadable(format!("couldn't get version/kind; json parse error: {error}"))),
    }
}

/// `%2F` as `/`; in a query also `+` as a space.
fn decode(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (bytes[at], hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) if plus => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Objects without all but their metadata.
pub fn metadata_only(value: &Value) -> Value {
    let one = |object: &Value| json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]});
    match value["items"].as_array() {
        Some(items) => json!({
            "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": value["metadata"],
            "items": items.iter().map(one).collect::<Vec<_>>(),
        }),
        None => one(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let uri: hyper::Uri = "/api/v1/pods?labelSelector=app%3Dweb%2Ctier+in+%28a%29&watch=".parse().unwrap();
        let request = head(&hyper::Method::GET, &uri, &HeaderMap::new()).map_err(|_| "refused").unwrap();
        assert_eq!(request.query("labelSelector"), Some("app=web,tier in (a)"));
        assert_eq!(request.query("watch"), Some(""));
        assert_eq!(decode("100%", true), "100%");
    }
}

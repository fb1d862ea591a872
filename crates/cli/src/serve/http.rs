//! HTTP requests as the API server's, and its answers as HTTP.

use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use api::{Reason, Request, Status, go_json};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use playground::{Answer, wire};
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;

use super::authentication::authenticate;
use super::connections::{Answering, Place};
use super::negotiate::{Form, Media, accepted};
use super::{Server, clock, local, openapi, protobuf, stream, websocket};

/// The largest body of a request, as the API server's.
const LARGEST_BODY: usize = 3 << 20;

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

/// The media types of objects, in the words of refusals.
const ACCEPTED: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// An object as an answer; a refusal when it cannot be written so.
fn object(code: u16, value: &Value, media: Media) -> Response<Body> {
    match media {
        Media::Json => json_text(code, go_json::typed_compact(value)),
        Media::Yaml => response(code, "application/yaml", body_of(manifest::to_yaml(value))),
        Media::Protobuf => match protobuf::encode(value) {
            Some(bytes) => response(code, "application/vnd.kubernetes.protobuf", Body::Whole(Some(bytes.into()))),
            None => failure(&not_acceptable(), Media::Json),
        },
    }
}

fn not_acceptable() -> Value {
    status(406, "NotAcceptable", &format!("only the following media types are accepted: {ACCEPTED}"))
}

fn json_text(code: u16, mut text: String) -> Response<Body> {
    text.push('\n');
    response(code, "application/json", Body::Whole(Some(text.into_bytes().into())))
}

/// A `Status` as an answer in JSON.
pub fn refusal(status: &Status) -> Response<Body> {
    failure(&status.to_value(), Media::Json)
}

/// A `Status` as an answer.
pub fn failure(status: &Value, media: Media) -> Response<Body> {
    object(status["code"].as_u64().and_then(|code| code.try_into().ok()).unwrap_or(500), status, media)
}

/// A body of which the connection knows until when it is on its way.
pub struct Sent {
    body: Body,
    _answering: Answering,
}

impl hyper::body::Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }
}

/// Answers a request of a client that may ask.
pub async fn answer(server: &Rc<Server>, place: &Arc<Place>, request: hyper::Request<Incoming>) -> Response<Sent> {
    if let Err(status) = admit(place, &request) {
        return closing(place, &status);
    }
    if request.headers().contains_key(header::UPGRADE) {
        let answering = place.answer();
        return websocket::upgrade(server, place, request).map(|body| Sent { body, _answering: answering });
    }
    let (parts, body) = request.into_parts();
    // Until then the connection waits for its client.
    let body = collect(body).await;
    let answering = place.answer();
    let response = match clock::answer(server, &parts.method, &parts.uri).await {
        Some(told) => told,
        None => api(server, &parts, body),
    };
    response.map(|body| Sent { body, _answering: answering })
}

/// Who may ask, and whether there is room.
fn admit(place: &Place, request: &hyper::Request<Incoming>) -> Result<(), Status> {
    local::check(request.uri(), request.headers())?;
    if place.is_surplus {
        let message = "too many connections are open, please try again later";
        return Err(Status::new(Reason::TooManyRequests, message));
    }
    Ok(())
}

/// A refusal after which the connection ends: its body is not read.
fn closing(place: &Arc<Place>, status: &Status) -> Response<Sent> {
    let answering = place.answer();
    let mut response = refusal(status);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    if status.reason == Reason::TooManyRequests {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response.map(|body| Sent { body, _answering: answering })
}

/// What is wrong with a request's body.
enum BadBody {
    TooLarge,
    Broken(String),
}

/// All of a request's body. One that is too large is read to its end, too, and forgotten: a client that is still writing
/// would see a broken connection in the place of the refusal. For how long it may write, [`super::connections`] says.
async fn collect(mut body: Incoming) -> Result<Vec<u8>, BadBody> {
    let (mut bytes, mut is_too_large) = (Vec::new(), false);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| BadBody::Broken(error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        is_too_large |= bytes.len() + data.len() > LARGEST_BODY;
        if is_too_large {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&data);
        }
    }
    if is_too_large { Err(BadBody::TooLarge) } else { Ok(bytes) }
}

/// Answers a request as the API server does.
fn api(server: &Rc<Server>, parts: &Parts, body: Result<Vec<u8>, BadBody>) -> Response<Body> {
    let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let path = parts.uri.path();
    let gnostic = |accept: &str| accept.starts_with("application/com.github.proto-openapi");
    if path == "/openapi/v2" && accept.is_some_and(gnostic) {
        let answer = server.world().answer(&Request::get("/openapi/v2"));
        let document = if let Answer::Json { value, .. } = answer { openapi::document(&value) } else { None };
        return match document {
            Some(bytes) => response(200, openapi::CONTENT_TYPE, Body::Whole(Some(bytes.into()))),
            None => failure(&not_acceptable(), Media::Json),
        };
    }
    // What is no object comes in its own form.
    let negotiated =
        wire::built_in(path).map_or(Some((Form::Plain, Media::Json)), |built_in| accepted(accept, built_in));
    let Some((form, media)) = negotiated else { return failure(&not_acceptable(), Media::Json) };
    let mut asked = match head(&parts.method, &parts.uri, &parts.headers) {
        Ok(asked) => asked,
        Err(status) => return failure(&status, media),
    };
    if let Err(status) = authenticate(server, &parts.headers, &mut asked) {
        return failure(&status.to_value(), media);
    }
    asked.as_table = form == Form::Table;
    let body = match body {
        Ok(body) => body,
        Err(BadBody::TooLarge) => {
            let message = format!("Request entity too large: limit is {LARGEST_BODY}");
            return failure(&status(413, "RequestEntityTooLarge", &message), media);
        }
        Err(BadBody::Broken(why)) => return failure(&Status::new(Reason::BadRequest, why).to_value(), media),
    };
    match read_body(&parts.headers, &body, path) {
        Ok(value) => asked.body = value,
        Err(status) => return failure(&status, media),
    }
    if form == Form::Discovery
        && let Some(document) = server.world().aggregated_discovery(&asked.path)
    {
        let content_type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        let bytes = serde_json::to_vec(&document).unwrap_or_default();
        return response(200, content_type, Body::Whole(Some(bytes.into())));
    }
    respond(server, &asked, form, media)
}

fn warn(response: &mut Response<Body>, warnings: &[String]) {
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
        if let Ok(value) = HeaderValue::from_bytes(format!("299 - \"{quoted}\"").as_bytes()) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
}

fn respond(server: &Rc<Server>, asked: &Request, form: Form, media: Media) -> Response<Body> {
    let reply = server.world().answer(&stream::without_end(asked));
    match reply {
        Answer::Json { code, value, warnings } => {
            let health = value.as_str().filter(|_| code == 200);
            let mut response = match (health, form) {
                (Some(text), _) => response(code, "text/plain; charset=utf-8", body_of(text.to_owned())),
                (None, Form::Metadata) if code < 400 => object(code, &metadata_only(&value), media),
                // What belongs to the server itself comes in lines.
                (None, _) if matches!(asked.path.as_str(), "/" | "/version" | "/version/") => {
                    response(code, "application/json", body_of(go_json::narrow(&go_json::typed(&value))))
                }
                (None, _) => object(code, &value, media),
            };
            warn(&mut response, &warnings);
            response
        }
        Answer::List(mut list) => {
            // Items of what is built in do not say what they are: the list does.
            if wire::built_in(&asked.path) == Some(true) {
                for item in &mut list.items {
                    let fields = item.as_object().into_iter().flatten();
                    let fields = fields.filter(|(name, _)| !["apiVersion", "kind"].contains(&name.as_str()));
                    *item = Rc::new(fields.map(|(name, value)| (name.clone(), value.clone())).collect());
                }
            }
            let mut response = match (form, media) {
                (Form::Metadata, media) => object(200, &metadata_only(&list.clone().into_value()), media),
                (_, media) => object(200, &list.clone().into_value(), media),
            };
            warn(&mut response, &list.warnings);
            response
        }
        Answer::Text(text) => response(200, "text/plain", body_of(text)),
        Answer::Log(log) => response(200, "text/plain", stream::log(server, log)),
        Answer::Watch(watching) => {
            let content_type = match media {
                Media::Json => "application/json",
                Media::Protobuf => "application/vnd.kubernetes.protobuf;stream=watch",
                // No stream of YAML is offered.
                Media::Yaml => return failure(&not_acceptable(), Media::Json),
            };
            let events = stream::watch(server, *watching, stream::longest(asked), form == Form::Metadata, media);
            response(200, content_type, events)
        }
        Answer::Exec(_) | Answer::Forward(_) => {
            failure(&Status::new(Reason::BadRequest, "Upgrade request required").to_value(), media)
        }
    }
}

fn body_of(text: String) -> Body {
    Body::Whole(Some(text.into()))
}

/// A `Status` whose reason the simulated API server never gives.
fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason,
        "code": code,
    })
}

/// Method, path, query and whom the client acts for.
pub fn head(method: &hyper::Method, uri: &hyper::Uri, headers: &HeaderMap) -> Result<Request, Box<Value>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut request = wire::head(method.as_str(), target, text)?;
    if let Some(user) = &mut request.user {
        let groups = headers.get_all("impersonate-group").iter();
        user.groups = groups.filter_map(|group| group.to_str().ok()).map(str::to_owned).collect();
    }
    Ok(request)
}

/// The body as JSON: it may be YAML, or protobuf for what is built in.
fn read_body(headers: &HeaderMap, body: &[u8], path: &str) -> Result<Value, Box<Value>> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !body.is_empty()
        && content_type.split(';').next().unwrap_or_default().trim() == "application/vnd.kubernetes.protobuf"
    {
        // Custom resources have none.
        return protobuf::decode(body).ok_or_else(|| wire::unknown_format("application/json, application/yaml"));
    }
    wire::body(content_type, body, path)
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
    fn warnings_of_all_letters_are_sent() {
        let mut response = response(200, "text/plain", body_of(String::new()));
        warn(&mut response, &["unknown field \"spec.이름\"".to_owned()]);
        let sent = response.headers().get(header::WARNING).map(|value| value.as_bytes().to_vec());
        assert_eq!(sent.as_deref(), Some("299 - \"unknown field \\\"spec.이름\\\"\"".as_bytes()));
    }
}

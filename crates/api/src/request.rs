//! A request to the Kubernetes REST API and its answer.

use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use crate::{Reason, Status};

/// A future on the one thread there is.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The HTTP verb of a [`Request`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// get, list, watch, and the `log` subresource
    Get,
    /// create, and the `exec`, `binding` and `eviction` subresources
    Post,
    /// update
    Put,
    /// patch; the kind of patch is [`Request::patch`]
    Patch,
    /// delete, deletecollection
    Delete,
}

/// The content type of a patch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PatchType {
    /// `application/json-patch+json`
    Json,
    /// `application/merge-patch+json`
    Merge,
    /// `application/strategic-merge-patch+json`
    Strategic,
    /// `application/apply-patch+yaml`: server-side apply
    Apply,
}

/// The user that a request acts for, where that is not the administrator: `Impersonate-User` and the headers beside it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct User {
    /// `jane`, `system:serviceaccount:default:robot`
    pub name: String,
    /// The uid, if one was given.
    pub uid: String,
    /// The groups that were given; the server adds those that follow from the name.
    pub groups: Vec<String>,
}

/// A request to the API server. Content is JSON data, never bytes: framing belongs to whoever has a wire.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    /// The HTTP verb.
    pub method: Method,
    /// The path, such as `/apis/apps/v1/namespaces/default/deployments/web/status`; no query.
    pub path: String,
    /// The query, in order: `labelSelector`, `fieldSelector`, `watch`, `dryRun`, `fieldManager`, `fieldValidation` …
    pub query: Vec<(String, String)>,
    /// The kind of patch, for [`Method::Patch`].
    pub patch: Option<PatchType>,
    /// Ask for a `meta.k8s.io/v1 Table` instead of the objects.
    pub as_table: bool,
    /// The JSON body; `Value::Null` when there is none.
    pub body: Value,
    /// The user that the client acts for; `None` for the administrator.
    pub user: Option<Box<User>>,
    /// The client does not read what the server warns of: it need not be found out.
    pub ignores_warnings: bool,
}

impl Request {
    /// A request with no query and no body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Request {
            method,
            path: path.into(),
            query: Vec::new(),
            patch: None,
            as_table: false,
            body: Value::Null,
            user: None,
            ignores_warnings: false,
        }
    }

    /// A GET of `path`.
    pub fn get(path: impl Into<String>) -> Self {
        Request::new(Method::Get, path)
    }

    /// The same request with one more query parameter.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// The same request with this body.
    #[must_use]
    pub fn with_body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// One event of a watch: `{"type": …, "object": …}`.
#[derive(Clone, PartialEq, Debug)]
pub struct WatchEvent {
    /// `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`.
    pub kind: &'static str,
    /// The object; with `as_table`, a Table of one row; for `ERROR`, a `Status`.
    pub object: Value,
}

/// The events of a watch, as they happen.
pub trait WatchStream {
    /// The next event; `None` when the server ends the watch.
    fn next(&mut self) -> LocalFuture<'_, Option<WatchEvent>>;
}

/// A body that arrives piece by piece: `logs -f`.
pub trait ByteStream {
    /// The next piece; `None` at the end.
    fn next(&mut self) -> LocalFuture<'_, Option<Vec<u8>>>;
}

/// A connection that became an interactive one: exec, attach. Input and output belong to whoever made the request.
pub trait Upgraded {
    /// Connects the client's standard streams (its own, as its host knows them) and waits for the end: the exit status as
    /// the kubelet reports it (`Success`, or `Failure` with reason `NonZeroExitCode` and a cause `ExitCode`).
    fn attach_stdio(self: Box<Self>) -> LocalFuture<'static, Status>;

    /// Gives the other end this input and nothing more, and keeps what it writes: `kubectl cp`.
    fn exec_capture(self: Box<Self>, input: Vec<u8>) -> LocalFuture<'static, ExecOutput> {
        let _ = input;
        let status = Status::internal("this connection keeps no output");
        Box::pin(std::future::ready(ExecOutput { status, stdout: Vec::new(), stderr: Vec::new() }))
    }
}

/// The status and the output of a command that was run by [`Upgraded::exec_capture`].
#[derive(Clone, PartialEq, Debug)]
pub struct ExecOutput {
    /// As [`Upgraded::attach_stdio`] gives it.
    pub status: Status,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

/// Something that happened to a port forward.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ForwardEvent {
    /// Somebody connected to this local port.
    Connection(u16),
    /// A connection failed, which ends the port-forward; the reason in client-go's words.
    Failed(String),
}

/// A port-forward to a Pod. The local ports are those of the computer on which the request was made, as its host
/// knows them.
pub trait Forward {
    /// Listens at a local port (0: one that is free) for connections to a port of the Pod. Gives the local port.
    ///
    /// # Errors
    /// In the words of Go's `net.Listen`.
    fn listen(&mut self, address: &str, local: u16, remote: u16) -> Result<u16, String>;
    /// What happens next; `None` when the person ended it.
    fn next(&mut self) -> LocalFuture<'_, Option<ForwardEvent>>;
}

/// What a [`Response`] carries.
pub enum Body {
    /// An object, a list, a Table or a `Status`.
    Json(Value),
    /// Plain text: a container's log without `follow`.
    Text(String),
    /// A watch.
    Watch(Box<dyn WatchStream>),
    /// A log that is followed.
    Stream(Box<dyn ByteStream>),
    /// An interactive connection.
    Upgrade(Box<dyn Upgraded>),
    /// A connection to ports of a Pod.
    Forward(Box<dyn Forward>),
}

/// The answer to a [`Request`].
pub struct Response {
    /// The HTTP status code.
    pub code: u16,
    /// Texts of `Warning` headers; kubectl prints them on stderr as `Warning: …`.
    pub warnings: Vec<String>,
    /// The content.
    pub body: Body,
}

impl Response {
    /// The JSON body, or the `Status` the server refused with. A body that is no JSON is an internal error here.
    ///
    /// # Errors
    /// The `Status` of a response whose code is 400 or more.
    pub fn json(self) -> Result<Value, Status> {
        match self.body {
            Body::Json(value) if self.code < 400 => Ok(value),
            Body::Json(value) => Err(Status::from_value(&value)),
            _ => Err(Status::internal("the server answered with something that is not JSON")),
        }
    }
}

/// The transport to a Kubernetes API server: a function call in the browser, HTTP elsewhere.
pub trait Transport {
    /// Sends a request and waits for its answer.
    fn send(&self, request: Request) -> LocalFuture<'_, Response>;

    /// Why no API server can be reached; `None` when one answers.
    fn unreachable(&self) -> LocalFuture<'_, Option<Unreachable>> {
        Box::pin(std::future::ready(None))
    }
}

/// Why no API server answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreachable {
    /// Where it was looked for: `http://localhost:8080`.
    pub server: String,
    /// What went wrong, in the words of Go's network library: `dial tcp 127.0.0.1:8080: connect: connection refused`.
    pub why: String,
    /// What kubectl ends with.
    pub said: String,
}

impl Unreachable {
    /// Where nothing answers at a server's address; `why` is Go's error.
    pub fn new(server: &str, why: &str) -> Self {
        let place = server.split_once("://").map_or(server, |(_, rest)| rest);
        let place = place.split('/').next().unwrap_or_default();
        let said = if why.ends_with("connection refused") {
            format!("The connection to the server {place} was refused - did you specify the right host or port?")
        } else {
            format!("Unable to connect to the server: {why}")
        };
        Unreachable { server: server.trim_end_matches('/').to_owned(), why: why.to_owned(), said }
    }

    /// The failure of a request: the code 0 tells it from a server's words.
    pub fn status(&self) -> Status {
        Status { code: 0, ..Status::new(Reason::Unknown, self.said.clone()) }
    }
}

//! One run of kubectl: its host, its server, its namespace, and the requests it sends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use api::{Body, Method, PatchType, Reason, Request, Resource, Response, Status, Transport, User, WatchStream};
use serde_json::Value;
use sim::{Duration, Time};

use crate::Host;
use crate::config::Config;
use crate::error::{Error, Outcome};
use crate::flags::{Args, parse_duration};
use crate::select::{Either, select};

/// What every verb works with.
pub struct Session {
    /// The computer kubectl runs on.
    pub host: Rc<dyn Host>,
    /// The API server.
    pub api: Rc<dyn Transport>,
    /// The kubeconfig.
    pub config: Config,
    /// The namespace to work in.
    pub namespace: String,
    /// Whether `-n` named it.
    pub explicit_namespace: bool,
    /// Custom resources, once [`Session::discover`] has found them.
    pub(crate) custom: RefCell<Vec<&'static Resource>>,
    /// Whether the command prints what it has as Go's structs, whose fields have an order of their own.
    pub(crate) typed: bool,
    /// What `--record` records: the command; empty for nothing.
    pub(crate) cause: String,
    /// How long a request may take (`--request-timeout`).
    pub(crate) timeout: Option<Duration>,
    /// `-v`; nothing is logged of the requests that find out what the server has.
    pub(crate) verbosity: i64,
    user: Option<Box<User>>,
    warned: RefCell<Vec<String>>,
    /// Whether an object was printed as YAML already.
    pub(crate) documents: Cell<bool>,
}

/// Whom `--as` and its companions act for.
fn impersonated(args: &Args, config: &Config) -> Outcome<Option<Box<User>>> {
    let (name, uid, groups) = (args.text("as"), args.text("as-uid"), args.list("as-group"));
    if name.is_empty() {
        return match groups.is_empty() && uid.is_empty() {
            true => Ok(None),
            false => crate::error::plain(format!(
                "requesting uid, groups or user-extra for {} without impersonating a user",
                config.user(args.text("context"))
            )),
        };
    }
    Ok(Some(Box::new(User { name: name.to_owned(), uid: uid.to_owned(), groups: groups.to_vec() })))
}

impl Session {
    /// A session for a command with these (global) flags.
    ///
    /// # Errors
    /// What is wrong with the kubeconfig.
    pub fn new(host: Rc<dyn Host>, api: Rc<dyn Transport>, command: &str, args: &Args) -> Outcome<Session> {
        let config = Config::load(&*host, args.text("kubeconfig"), !command.starts_with("config"))?;
        let user = impersonated(args, &config)?;
        let explicit = args.text("namespace");
        if !command.starts_with("config") {
            let (cluster, user) = (args.text("cluster"), args.text("user"));
            if !cluster.is_empty() && args.text("server").is_empty() && config.entry("clusters", cluster).is_none() {
                return crate::error::plain(format!("no server found for cluster {cluster:?}"));
            }
            // For some verbs --user is another user.
            let of_config = !command.starts_with("create") && command != "set subject";
            if of_config && !user.is_empty() && config.entry("users", user).is_none() {
                return crate::error::plain(format!("auth info {user:?} does not exist"));
            }
        }
        let namespace = match explicit {
            // `kubectl config` must work on a file whose contexts are broken.
            _ if command.starts_with("config") => "default".to_owned(),
            "" => config.namespace(args.text("context"))?,
            explicit => explicit.to_owned(),
        };
        // Who asks no server does not look at it.
        let timeout = Some(args.text("request-timeout")).filter(|text| !text.is_empty());
        let timeout = timeout.filter(|_| !command.starts_with("config") && !args.on("local") && !args.on("client"));
        let timeout = timeout.map(|text| match text.parse::<u32>() {
            Ok(seconds) => Ok(Some(Duration::from_secs(seconds.into()))),
            Err(_) => parse_duration(text),
        });
        if timeout.as_ref().is_some_and(Result::is_err) {
            return crate::error::plain(
                "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
            );
        }
        Ok(Session {
            host,
            api,
            config,
            namespace,
            explicit_namespace: !explicit.is_empty(),
            custom: RefCell::default(),
            timeout: timeout.and_then(Result::ok).flatten().filter(|timeout| !timeout.is_zero()),
            typed: matches!(command, "run" | "expose" | "autoscale" | "events")
                || command.starts_with("create ")
                || command.starts_with("set "),
            cause: String::new(),
            verbosity: 0,
            user,
            warned: RefCell::default(),
            documents: Cell::default(),
        })
    }

    /// Prints on standard output.
    pub async fn out(&self, text: &str) {
        if !text.is_empty() {
            self.host.stdout(text.as_bytes()).await;
        }
    }

    /// Prints on standard error.
    pub async fn err(&self, text: &str) {
        if !text.is_empty() {
            self.host.stderr(text.as_bytes()).await;
        }
    }

    /// The time here.
    pub fn now(&self) -> Time {
        self.host.now()
    }

    /// Notes in an object which command changed it, if `--record` asks for that.
    pub fn record(&self, object: &mut Value) {
        if self.cause.is_empty() || !object.is_object() {
            return;
        }
        if !object["metadata"]["annotations"].is_object() {
            api::path::set(object, "metadata.annotations", serde_json::json!({}));
        }
        object["metadata"]["annotations"]["kubernetes.io/change-cause"] = self.cause.clone().into();
    }

    /// Sends a request; warnings of the answer go to standard error, each once.
    pub async fn send(&self, mut request: Request) -> Response {
        request.user.clone_from(&self.user);
        let logged = (self.verbosity > 0).then(|| request.clone());
        if let Some(request) = &logged {
            self.log_request(request).await;
        }
        let since = self.now();
        let response = self.api.send(request).await;
        if let Some(request) = &logged {
            self.log_response(request, &response, since).await;
        }
        for warning in &response.warnings {
            if !self.warned.borrow().contains(warning) {
                self.warned.borrow_mut().push(warning.clone());
                self.err(&format!("Warning: {warning}\n")).await;
            }
        }
        response
    }

    /// Sends a request and waits for JSON.
    ///
    /// # Errors
    /// The server's `Status`; that an object's name is empty, which is never sent.
    pub async fn json(&self, request: Request) -> Outcome<Value> {
        if request.path.len() > 1 && request.path.ends_with('/') {
            return crate::error::plain("resource name may not be empty");
        }
        Ok(self.send(request).await.json()?)
    }

    /// Reads an object.
    ///
    /// # Errors
    /// The server's `Status`.
    pub async fn get(&self, resource: &Resource, namespace: &str, name: &str) -> Outcome<Value> {
        match self.json(Request::get(resource.path(Some(namespace), Some(name)))).await {
            Err(error) if resource.namespaced => Err(self.or_no_namespace(error, namespace).await),
            other => other,
        }
    }

    /// Of what is not there because its namespace is not, that is what is said (cli-runtime's `Info.Get`).
    pub async fn or_no_namespace(&self, error: Error, namespace: &str) -> Error {
        if !error.is_not_found() || matches!(namespace, "" | "default") {
            return error;
        }
        match self.json(Request::get(format!("/api/v1/namespaces/{namespace}"))).await {
            Err(missing) if missing.is_not_found() => missing,
            _ => error,
        }
    }

    /// Reads the objects of a resource; `namespace` empty means all of them.
    ///
    /// # Errors
    /// The server's `Status`.
    pub async fn list(&self, resource: &Resource, namespace: &str, query: &[(&str, &str)]) -> Outcome<Vec<Value>> {
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let mut request = Request::get(resource.path(namespace, None));
        for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.with_query(name, *value);
        }
        let mut list = self.json(request).await?;
        let Value::Array(mut items) = list["items"].take() else { return Ok(Vec::new()) };
        // Items of a list leave out what the list says.
        for item in &mut items {
            if let Some(item) = item.as_object_mut() {
                item.entry("apiVersion").or_insert_with(|| resource.api_version().into());
                item.entry("kind").or_insert_with(|| resource.kind.into());
            }
        }
        Ok(items)
    }

    /// Creates an object.
    ///
    /// # Errors
    /// The server's `Status`.
    pub async fn create(
        &self,
        resource: &Resource,
        namespace: &str,
        object: Value,
        query: &[(&str, &str)],
    ) -> Outcome<Value> {
        let request = Request::new(Method::Post, resource.path(Some(namespace), None)).with_body(object);
        self.json(with_query(request, query)).await
    }

    /// Replaces an object.
    ///
    /// # Errors
    /// The server's `Status`.
    pub async fn replace(
        &self,
        resource: &Resource,
        namespace: &str,
        object: Value,
        query: &[(&str, &str)],
    ) -> Outcome<Value> {
        let name = api::path::str(&object, "metadata.name").to_owned();
        let request = Request::new(Method::Put, resource.path(Some(namespace), Some(&name))).with_body(object);
        self.json(with_query(request, query)).await
    }

    /// Patches an object.
    ///
    /// # Errors
    /// The server's `Status`.
    pub async fn patch(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
        kind: PatchType,
        patch: Value,
        query: &[(&str, &str)],
    ) -> Outcome<Value> {
        let mut request = Request::new(Method::Patch, resource.path(Some(namespace), Some(name))).with_body(patch);
        request.patch = Some(kind);
        self.json(with_query(request, query)).await
    }

    /// Starts a watch.
    ///
    /// # Errors
    /// The server's `Status`.
    pub async fn watch(&self, request: Request) -> Outcome<Box<dyn WatchStream>> {
        let response = self.send(request.with_query("watch", "true")).await;
        match response.body {
            Body::Watch(stream) => Ok(stream),
            Body::Json(value) => Err(Error::from(Status::from_value(&value))),
            _ => Err(Error::from(Status::internal("the server answered a watch with something else"))),
        }
    }

    /// A watch on one object by its name, from a version on.
    ///
    /// # Errors
    /// The server's `Status`.
    pub async fn watch_one(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
        version: &str,
    ) -> Outcome<Box<dyn WatchStream>> {
        let mut request = Request::get(resource.path(Some(namespace), None))
            .with_query("fieldSelector", format!("metadata.name={name}"));
        if !version.is_empty() {
            request = request.with_query("resourceVersion", version);
        }
        self.watch(request).await
    }

    /// Waits for an object to be gone, or for the time-out (`None`: as long as it takes). False when the time is over.
    /// An object of the same name with another uid is another one.
    ///
    /// # Errors
    /// The server's `Status`.
    pub async fn wait_gone(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
        uid: &str,
        until: Option<Time>,
    ) -> Outcome<bool> {
        let object = match self.json(Request::get(resource.path(Some(namespace), Some(name)))).await {
            Ok(object) => object,
            Err(error) if error.is_not_found() => return Ok(true),
            Err(error) => return Err(error),
        };
        if !uid.is_empty() && api::path::str(&object, "metadata.uid") != uid {
            return Ok(true);
        }
        let version = api::path::str(&object, "metadata.resourceVersion").to_owned();
        let mut stream = self.watch_one(resource, namespace, name, &version).await?;
        loop {
            match self.next_event(&mut *stream, until).await {
                Next::TimedOut => return Ok(false),
                Next::Ended => return Ok(true),
                Next::Event(event) if event.kind == "DELETED" => return Ok(true),
                Next::Event(event) if event.kind == "ERROR" => {
                    return Err(Error::from(Status::from_value(&event.object)));
                }
                Next::Event(_) => {}
            }
        }
    }

    /// Waits for the next event of a watch, if `until` is given no longer than that.
    pub async fn next_event(&self, stream: &mut dyn WatchStream, until: Option<Time>) -> Next {
        let Some(until) = until else { return stream.next().await.map_or(Next::Ended, Next::Event) };
        let left = until.since(self.now());
        if left == Duration::ZERO {
            return Next::TimedOut;
        }
        match select(stream.next(), self.host.sleep(left)).await {
            Either::Left(event) => event.map_or(Next::Ended, Next::Event),
            Either::Right(()) => Next::TimedOut,
        }
    }

    /// kubectl's answer for what no server of this kind has.
    pub fn no_resource_type(word: &str) -> Error {
        let name = word.split('.').next().unwrap_or_default();
        Error::Plain(format!("the server doesn't have a resource type {name:?}"))
    }
}

/// What comes of waiting for a watch's next event.
pub enum Next {
    /// The event.
    Event(api::WatchEvent),
    /// The server ended the watch.
    Ended,
    /// The time was over first.
    TimedOut,
}

fn with_query(mut request: Request, query: &[(&str, &str)]) -> Request {
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.with_query(name, *value);
    }
    request
}

/// Whether the server refused because the object was changed in between.
pub fn is_conflict(error: &Error) -> bool {
    matches!(error, Error::Server(status) if status.reason == Reason::Conflict)
}

//! What the API server answers, as data.

use std::rc::Rc;

use api::Status;
use serde_json::Value;

use super::watch::Watch;

/// Names a container of a runtime, such as `docker://4f6…` without the scheme: 64 hexadecimal digits.
pub type ContainerId = String;

/// The answer to a request. Data all through: streams are left to the host, which can keep them as plain state.
#[derive(Clone)]
pub enum Reply {
    /// An object, a list, a Table, a `Status` or a discovery document.
    Json {
        /// The HTTP status code.
        code: u16,
        /// The body; shared with the store where it is an object as stored.
        value: Rc<Value>,
        /// Texts of `Warning` headers.
        warnings: Vec<String>,
    },
    /// A list of objects.
    List(List),
    /// A watch; [`crate::ApiServer::poll_watch`] gives its events.
    Watch(Watch),
    /// A container's log, to be read from the node.
    Log(LogRequest),
    /// A command to run in a container (or, with no command, an attachment to its first process).
    Exec(ExecRequest),
    /// A connection to ports of a Pod.
    Forward(ForwardRequest),
}

/// A list that shares its items with the store; they are copied only where they are needed as one value.
#[derive(Clone, PartialEq, Debug)]
pub struct List {
    /// The list without its items.
    pub head: Value,
    /// The items, as they are stored.
    pub items: Vec<Rc<Value>>,
    /// Texts of `Warning` headers.
    pub warnings: Vec<String>,
}

impl List {
    /// The whole list as one value.
    pub fn into_value(self) -> Value {
        let mut list = self.head;
        list["items"] = self.items.into_iter().map(Rc::unwrap_or_clone).collect();
        list
    }
}

/// A request for connections to ports of a Pod.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ForwardRequest {
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod's name.
    pub pod: String,
}

/// A request for a part of a container's log.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LogRequest {
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod's name.
    pub pod: String,
    /// The container's name.
    pub container: String,
    /// The runtime's id; `None` when nothing runs or ran yet and the log is empty.
    pub id: Option<ContainerId>,
    /// Whether to follow the log as it grows.
    pub follow: bool,
    /// Only this many last lines.
    pub tail_lines: Option<usize>,
    /// Only lines not older than this.
    pub since_seconds: Option<i64>,
    /// Only lines from this time on, as RFC 3339.
    pub since_time: Option<String>,
    /// Whether each line starts with its time.
    pub timestamps: bool,
    /// Only this many bytes.
    pub limit_bytes: Option<usize>,
}

/// A command to run in a container.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ExecRequest {
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod's name.
    pub pod: String,
    /// The container's name.
    pub container: String,
    /// The runtime's id.
    pub id: ContainerId,
    /// The command and its arguments; empty for `attach`.
    pub command: Vec<String>,
    /// Whether the client sends input.
    pub stdin: bool,
    /// Whether the client wants the output.
    pub stdout: bool,
    /// Whether the client wants the errors.
    pub stderr: bool,
    /// Whether a terminal is wanted.
    pub tty: bool,
}

impl Reply {
    /// 200 with a body.
    pub fn ok(value: impl Into<Rc<Value>>) -> Self {
        Reply::Json { code: 200, value: value.into(), warnings: Vec::new() }
    }

    /// The answer with the `Status` of a failure.
    pub fn status(status: &Status) -> Self {
        Reply::Json { code: status.code, value: Rc::new(status.to_value()), warnings: Vec::new() }
    }

    /// The same answer with warnings added.
    #[must_use]
    pub fn warn(mut self, more: Vec<String>) -> Self {
        if let Reply::Json { warnings, .. } | Reply::List(List { warnings, .. }) = &mut self {
            warnings.extend(more);
        }
        self
    }

    /// The same answer, with a list as one value.
    #[must_use]
    pub fn whole(self) -> Self {
        match self {
            Reply::List(mut list) => {
                let warnings = std::mem::take(&mut list.warnings);
                Reply::ok(list.into_value()).warn(warnings)
            }
            reply => reply,
        }
    }

    /// The JSON body, or the failure.
    ///
    /// # Errors
    /// The `Status` of an answer whose code is 400 or more; an internal error for what is no JSON.
    pub fn json(self) -> Result<Rc<Value>, Status> {
        match self.whole() {
            Reply::Json { code, value, .. } if code < 400 => Ok(value),
            Reply::Json { value, .. } => Err(Status::from_value(&value)),
            _ => Err(Status::internal("the server answered with something that is not JSON")),
        }
    }
}

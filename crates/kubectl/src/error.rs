//! What goes wrong, in kubectl's words (k8s.io/kubectl/pkg/cmd/util/helpers.go).

use api::{Reason, Status};

/// Why a command failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A sentence of kubectl's own, printed behind `error: `.
    #[error("{0}")]
    Plain(String),
    /// A text printed as it is.
    #[error("{0}")]
    Verbatim(String),
    /// What is printed on standard output all the same, and a sentence of kubectl's own.
    #[error("{1}")]
    Printed(String, String),
    /// The server's answer.
    #[error("{}", .0.message)]
    Server(Box<Status>),
    /// Several at once, a line each.
    #[error("several errors")]
    Many(Vec<Error>),
    /// Nothing more to say: what there was to say is printed, or the code is another program's.
    #[error("exit code {0}")]
    Exit(i32),
}

/// What a command answers.
pub type Outcome<T = ()> = Result<T, Error>;

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        // No server answered: why not is a sentence of its own.
        if status.code == 0 {
            return Error::Verbatim(status.message);
        }
        Error::Server(Box::new(status))
    }
}

/// An error of kubectl's own.
pub fn plain<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Error::Plain(message.into()))
}

impl Error {
    /// The exit code.
    pub fn code(&self) -> i32 {
        match self {
            Error::Exit(code) => *code,
            _ => 1,
        }
    }

    /// Whether the server said that there is no such object.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Error::Server(status) if status.reason == Reason::NotFound)
    }

    /// Several errors as one; `Ok` when there are none.
    ///
    /// # Errors
    /// The errors.
    pub fn all(mut errors: Vec<Error>) -> Outcome {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Error::Many(errors)),
        }
    }

    /// The same error about a file: `error when creating "pod.yaml": …`.
    #[must_use]
    pub fn about_source(self, verb: &str, source: &str) -> Error {
        match self {
            Error::Server(mut status) => {
                status.message = format!("error when {verb} {source:?}: {}", status.message);
                Error::Server(status)
            }
            Error::Plain(message) => Error::Plain(format!("error when {verb} {source:?}: {message}")),
            other => other,
        }
    }

    /// What is printed on standard error, with its final line end; empty for nothing.
    pub fn render(&self) -> String {
        let mut text = match self {
            Error::Exit(_) => return String::new(),
            Error::Plain(message) if message.starts_with("error: ") => message.clone(),
            Error::Plain(message) | Error::Printed(_, message) => format!("error: {message}"),
            Error::Verbatim(message) => message.clone(),
            Error::Server(status) if status.reason == Reason::Invalid => invalid(status) + "\n",
            Error::Server(_) => self.line(),
            Error::Many(errors) => errors.iter().map(|error| error.line() + "\n").collect(),
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// The error as one of several.
    pub fn line(&self) -> String {
        match self {
            Error::Server(status) => match status.reason.as_str() {
                "" => format!("Error from server: {}", status.message),
                "Unauthorized" => format!("error: You must be logged in to the server ({})", status.message),
                reason => format!("Error from server ({reason}): {}", status.message),
            },
            Error::Many(errors) => errors.iter().map(Error::line).collect::<Vec<_>>().join("\n"),
            Error::Exit(_) => String::new(),
            Error::Plain(message) | Error::Verbatim(message) | Error::Printed(_, message) => message.clone(),
        }
    }
}

/// `The Pod "x" is invalid: …`, each cause once.
fn invalid(status: &Status) -> String {
    let mut text = "The request is invalid".to_owned();
    if !status.kind.is_empty() || !status.name.is_empty() {
        text = format!("The {} {:?} is invalid", status.kind, status.name);
    } else if !status.message.is_empty() && status.causes.is_empty() {
        text = format!("{text}: {}", status.message);
    }
    let mut causes: Vec<String> = Vec::new();
    for cause in &status.causes {
        let cause = format!("{}: {}", cause.field, cause.message);
        if !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    match causes.as_slice() {
        [] => text,
        [cause] => format!("{text}: {cause}"),
        causes => format!("{text}: \n* {}", causes.join("\n* ")),
    }
}

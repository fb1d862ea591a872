//! `--raw` of create, replace and delete: a request to a path as it stands (k8s.io/kubectl/pkg/rawhttp).

use api::{Body, Method, Request, Status};
use serde_json::Value;

use crate::error::{Error, Outcome, plain};
use crate::flags::Args;
use crate::printers::json;
use crate::session::Session;

/// Sends the file's content to the path of `--raw` and prints the answer.
///
/// # Errors
/// When other flags contradict; the server's answer.
pub async fn send(session: &Session, args: &Args, method: Method) -> Outcome {
    let place = args.text("raw");
    let files = args.list("filename");
    let wanted = if method == Method::Delete { files.len() <= 1 } else { files.len() == 1 };
    if files.is_empty() && method != Method::Delete {
        return plain("must specify one of -f and -k");
    }
    if !wanted || !args.words.is_empty() {
        return plain("--raw can only use a single local file or stdin");
    }
    for (flag, said) in
        [("edit", "--edit"), ("recursive", "--recursive"), ("selector", "--selector (-l)"), ("output", "--output")]
    {
        if args.on(flag) || !matches!(flag, "edit" | "recursive") && !args.text(flag).is_empty() {
            return plain(format!("--raw and {said} are mutually exclusive"));
        }
    }
    if files.iter().any(|file| file.starts_with("http://") || file.starts_with("https://")) {
        return plain("--raw cannot read from a url");
    }
    let mut request = Request::new(method, place);
    if let Some(file) = files.first() {
        let bytes = match file.as_str() {
            "-" => session.host.read_stdin().await,
            file => {
                session.host.read_file(file).or_else(|error| plain(format!("open {file}: {}", error.to_lowercase())))?
            }
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let parsed = serde_json::from_str::<Value>(&text)
            .ok()
            .or_else(|| manifest::parse(&text).documents.into_iter().next().map(|document| document.value));
        request = request.with_body(parsed.unwrap_or(Value::Null));
    }
    let response = session.send(request).await;
    match response.body {
        Body::Json(value) if response.code >= 400 => Err(Error::from(Status::from_value(&value))),
        Body::Json(value) => {
            session.out(&(json::compact(&value) + "\n")).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

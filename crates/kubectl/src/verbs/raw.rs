//! `--raw` of get, create, replace and delete: a request to a path as it stands (k8s.io/kubectl/pkg/rawhttp).

use api::{Body, Method, Reason, Request, Status};
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
    let mut request = request(method, place);
    if let Some(file) = files.first() {
        let bytes = match file.as_str() {
            "-" => session.host.read_stdin().await,
            file => {
                session.host.read_file(file).or_else(|error| plain(format!("open {file}: {}", error.to_lowercase())))?
            }
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match serde_json::from_str::<Value>(&text) {
            Ok(value) => request = request.with_body(value),
            Err(_) => return Err(Error::from(unreadable(&text, &request.path))),
        }
    }
    answer(session, request).await
}

/// What the API server answers to a body that is no JSON: what it takes for an object's first letters, in hexadecimal.
pub fn unreadable(text: &str, path: &str) -> Status {
    const SHOWN: usize = 30;
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (group, version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => ("", "", parts.as_slice()),
    };
    let plural = match rest {
        ["namespaces", _, plural, ..] => plural,
        [plural, ..] => plural,
        [] => "",
    };
    let kind = api::resource_at(group, version, plural).map(|resource| resource.kind).unwrap_or_default();
    let error = crate::go_json::error(text).unwrap_or_default();
    let mut shown: String = text.bytes().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    if text.starts_with('{') {
        shown = text.chars().take(SHOWN).collect();
    }
    if text.len() > SHOWN {
        shown.push_str(" ...");
    }
    Status::new(
        Reason::BadRequest,
        format!(
            "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: \
             {error} ({shown})"
        ),
    )
}

/// A request to a path with its query.
pub fn request(method: Method, place: &str) -> Request {
    let (path, query) = place.split_once('?').unwrap_or((place, ""));
    query.split('&').filter(|pair| !pair.is_empty()).fold(Request::new(method, path), |request, pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request.with_query(&unescaped(name), unescaped(value))
    })
}

/// A part of a query: `%2C` is a comma, `+` a blank.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        bytes.push(match (byte, digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(escaped)) => {
                rest = &after[2..];
                escaped
            }
            (b'+', _) => b' ',
            _ => *byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Prints what the server answers, as it comes.
///
/// # Errors
/// The server's `Status`.
pub async fn answer(session: &Session, request: Request) -> Outcome {
    // What belongs to the server itself comes in lines.
    let in_lines = matches!(request.path.as_str(), "/" | "/version" | "/version/");
    let response = session.send(request).await;
    match response.body {
        Body::Json(value) if response.code >= 400 => return Err(Error::from(Status::from_value(&value))),
        // What is no JSON is printed as it came.
        Body::Json(Value::String(text)) | Body::Text(text) => session.out(&text).await,
        Body::Json(value) if in_lines => session.out(&json::narrow(&json::typed(&value))).await,
        Body::Json(value) => session.out(&(json::typed_compact(&value) + "\n")).await,
        Body::Watch(mut events) => {
            while let Some(event) = events.next().await {
                let object = json::typed_compact(&event.object);
                session.out(&format!("{{\"type\":\"{}\",\"object\":{object}}}\n", event.kind)).await;
            }
        }
        Body::Stream(mut pieces) => {
            while let Some(piece) = pieces.next().await {
                session.out(&String::from_utf8_lossy(&piece)).await;
            }
        }
        Body::Upgrade(_) | Body::Forward(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_query() {
        let asked = request(Method::Get, "/api/v1/pods?labelSelector=a%3Db,c&limit=5&watch&x=1+2%");
        assert_eq!(asked.path, "/api/v1/pods");
        let query: Vec<(&str, &str)> = asked.query.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(query, [("labelSelector", "a=b,c"), ("limit", "5"), ("watch", ""), ("x", "1 2%")]);
        assert_eq!(request(Method::Get, "/version").query, []);
    }
}

//! kubectl's requests as HTTP/1.1, a connection each.

use api::{Body, LocalFuture, Method, PatchType, Reason, Request, Response, Status, Transport, Unreachable};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap};
use hyper::{StatusCode, Uri};
use hyper_util::rt::TokioIo;
use kubectl::ServerConfig;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::spawn_local;

use super::{exec, portforward, streams};

/// A client of the API server that a kubeconfig names.
pub struct Http {
    config: ServerConfig,
}

impl Http {
    /// Nothing is sent yet.
    pub fn new(config: ServerConfig) -> Self {
        Http { config }
    }

    async fn answer(&self, request: &Request) -> Result<Response, Status> {
        let subresource = request.path.rsplit('/').next().unwrap_or_default();
        match (request.method, subresource) {
            (Method::Post, "exec" | "attach") => exec::upgrade(self, request).await,
            (Method::Post, "portforward") => portforward::upgrade(self, request).await,
            _ => {
                let body = if request.body.is_null() {
                    Vec::new()
                } else {
                    serde_json::to_vec(&request.body).unwrap_or_default()
                };
                let head = self.head(request, method(request.method))?;
                let head =
                    head.header(header::ACCEPT, accept(request)).header(header::CONTENT_TYPE, content_type(request));
                let sent = head.body(Full::new(Bytes::from(body))).map_err(|error| unreachable(error.to_string()))?;
                read(request, self.exchange(sent).await?).await
            }
        }
    }

    /// Method, address, and who asks.
    pub fn head(&self, request: &Request, method: &str) -> Result<hyper::http::request::Builder, Status> {
        let (host, base) = self.place()?;
        let mut target = format!("{base}{}", encode(&request.path, "/"));
        for (index, (name, value)) in request.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.push_str(&format!("{}={}", encode(name, ""), encode(value, "")));
        }
        let uri: Uri = target.parse().map_err(|error| unreachable(format!("error: {target}: {error}")))?;
        let mut head = hyper::Request::builder().method(method).uri(uri).header(header::HOST, host);
        head = head.header(header::USER_AGENT, "kubectl/v1.36.2 (kube-playground)");
        if !self.config.token.is_empty() {
            head = head.header(header::AUTHORIZATION, format!("Bearer {}", self.config.token));
        }
        if let Some(user) = &request.user {
            head = head.header("Impersonate-User", &user.name);
            if !user.uid.is_empty() {
                head = head.header("Impersonate-Uid", &user.uid);
            }
            for group in &user.groups {
                head = head.header("Impersonate-Group", group);
            }
        }
        Ok(head)
    }

    /// `host:port`, and the path before all others.
    fn place(&self) -> Result<(String, &str), Status> {
        let server = self.config.server.as_str();
        let Some(rest) = server.strip_prefix("http://").or_else(|| (!server.contains("://")).then_some(server)) else {
            return Err(unreachable(format!(
                "error: {server}: kube-playground's kubectl speaks plain http only; the kubeconfig of kube-playground serve leads to such a server"
            )));
        };
        let (host, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = if host.rsplit(']').next().is_some_and(|end| end.contains(':')) {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        Ok((host, base.trim_end_matches('/')))
    }

    /// Sends a request on a connection of its own.
    pub async fn exchange(&self, request: hyper::Request<Full<Bytes>>) -> Result<hyper::Response<Incoming>, Status> {
        let (host, _) = self.place()?;
        let lost = |error: &dyn std::fmt::Display| unreachable(format!("Unable to connect to the server: {error}"));
        let stream = TcpStream::connect(&host).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::ConnectionRefused => unreachable(format!(
                "The connection to the server {host} was refused - did you specify the right host or port?"
            )),
            _ => lost(&error),
        })?;
        let _ = stream.set_nodelay(true);
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| lost(&error))?;
        spawn_local(async move { connection.with_upgrades().await });
        sender.send_request(request).await.map_err(|error| lost(&error))
    }
}

impl Transport for Http {
    fn unreachable(&self) -> LocalFuture<'_, Option<Unreachable>> {
        Box::pin(async move {
            let (host, _) = self.place().ok()?;
            let error = TcpStream::connect(&host).await.err()?;
            let refused = error.kind() == std::io::ErrorKind::ConnectionRefused;
            let place = host.replace("localhost", "127.0.0.1");
            let why =
                if refused { format!("dial tcp {place}: connect: connection refused") } else { error.to_string() };
            Some(Unreachable::new(&self.config.server, &why))
        })
    }

    fn send(&self, request: Request) -> LocalFuture<'_, Response> {
        Box::pin(async move { self.answer(&request).await.unwrap_or_else(|status| refusal(&status)) })
    }
}

/// A `Status` as an answer.
pub fn refusal(status: &Status) -> Response {
    Response { code: status.code.max(400), warnings: Vec::new(), body: Body::Json(status.to_value()) }
}

/// That no server answered: the code 0 tells it from a server's words.
pub fn unreachable(message: impl Into<String>) -> Status {
    Status { code: 0, ..Status::new(Reason::Unknown, message) }
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

fn accept(request: &Request) -> &'static str {
    if request.as_table {
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    } else {
        "application/json, */*"
    }
}

fn content_type(request: &Request) -> &'static str {
    match request.patch {
        None => "application/json",
        Some(PatchType::Json) => "application/json-patch+json",
        Some(PatchType::Merge) => "application/merge-patch+json",
        Some(PatchType::Strategic) => "application/strategic-merge-patch+json",
        Some(PatchType::Apply) => "application/apply-patch+yaml",
    }
}

/// Percent-encodes all but what is plain everywhere and what is kept.
fn encode(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || keep.as_bytes().contains(&byte);
        if plain { out.push(char::from(byte)) } else { out.push_str(&format!("%{byte:02X}")) }
    }
    out
}

/// The texts of `Warning` headers: `299 - "text"`.
fn warnings(headers: &HeaderMap) -> Vec<String> {
    let texts = headers.get_all(header::WARNING).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let unquoted = texts.filter_map(|text| {
        let (text, _) = text.split_once('"')?.1.rsplit_once('"')?;
        Some(text.replace("\\\"", "\"").replace("\\\\", "\\"))
    });
    unquoted.collect()
}

/// The server's answer as kubectl reads it.
pub async fn read(request: &Request, response: hyper::Response<Incoming>) -> Result<Response, Status> {
    let (head, body) = response.into_parts();
    let (code, warnings) = (head.status.as_u16(), warnings(&head.headers));
    let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = content_type.starts_with("text/");
    let on = |name: &str| matches!(request.query(name), Some("true" | "1" | ""));
    if head.status == StatusCode::OK {
        if on("watch") {
            return Ok(Response { code, warnings, body: Body::Watch(Box::new(streams::Watch::new(body))) });
        }
        if on("follow") && is_text {
            return Ok(Response { code, warnings, body: Body::Stream(Box::new(streams::Log::new(body))) });
        }
    }
    let bytes = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Err(unreachable(format!("Unable to connect to the server: {error}"))),
    };
    let text = || String::from_utf8_lossy(&bytes).into_owned();
    let body = match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) if !is_text => Body::Json(value),
        _ if code >= 400 => {
            let status = Status { code, ..Status::new(Reason::Unknown, text().trim_end()) };
            return Ok(Response { warnings, ..refusal(&status) });
        }
        _ if request.path.ends_with("/log") => Body::Text(text()),
        _ => Body::Json(text().into()),
    };
    Ok(Response { code, warnings, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(server: &str) -> Result<(String, String), String> {
        let http = Http::new(ServerConfig { server: server.to_owned(), ..ServerConfig::default() });
        http.place().map(|(host, base)| (host, base.to_owned())).map_err(|status| status.message)
    }

    #[test]
    fn addresses_are_read_and_https_is_refused() {
        let here = |host: &str, base: &str| Ok((host.to_owned(), base.to_owned()));
        assert_eq!(place("http://127.0.0.1:8001"), here("127.0.0.1:8001", ""));
        assert_eq!(place("http://localhost/k8s/"), here("localhost:80", "/k8s"));
        assert_eq!(place("http://[::1]:80"), here("[::1]:80", ""));
        assert!(place("https://192.168.49.2:8443").unwrap_err().contains("plain http only"));
    }

    #[test]
    fn queries_and_warnings_survive_the_way() {
        assert_eq!(encode("app in (a,b)", ""), "app%20in%20%28a%2Cb%29");
        assert_eq!(encode("/api/v1/한", "/"), "/api/v1/%ED%95%9C");
        let mut headers = HeaderMap::new();
        for text in ["299 - \"say \\\"no\\\"\"", "299 - \"이름\"", "299"] {
            headers.append(header::WARNING, header::HeaderValue::from_bytes(text.as_bytes()).unwrap());
        }
        assert_eq!(warnings(&headers), ["say \"no\"", "이름"]);
    }
}

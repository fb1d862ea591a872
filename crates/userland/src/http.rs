//! HTTP/1.1 messages, as far as `curl`, `wget` and the simulated servers speak it.

use machine::libc::strftime;
use sim::Time;

/// A request as a server reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// As it stands in the request line: path and query.
    pub target: String,
    /// Such as `HTTP/1.1`.
    pub version: String,
    /// Names and values in order.
    pub headers: Vec<(String, String)>,
    /// What follows the headers.
    pub body: Vec<u8>,
}

/// A response as a client reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status line and headers as they came, without the line ends.
    pub head: Vec<String>,
    /// The status code.
    pub code: u16,
    /// What follows the headers.
    pub body: Vec<u8>,
}

fn split_head(message: &[u8]) -> Option<(String, Vec<u8>)> {
    let (end, gap) = match message.windows(4).position(|four| four == b"\r\n\r\n") {
        Some(end) => (end, 4),
        None => (message.windows(2).position(|two| two == b"\n\n")?, 2),
    };
    Some((String::from_utf8_lossy(&message[..end]).into_owned(), message[end + gap..].to_vec()))
}

/// The value of a header, whatever its case.
fn value<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>, name: &str) -> Option<&'a str> {
    let mut headers = headers;
    headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

impl Request {
    /// Reads a request; `None` if it is none.
    pub fn parse(bytes: &[u8]) -> Option<Request> {
        let (head, body) = split_head(bytes)?;
        let mut lines = head.lines();
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let version = words.next().unwrap_or("HTTP/0.9").to_owned();
        if method.is_empty() || !version.starts_with("HTTP/") {
            return None;
        }
        let headers = lines
            .filter_map(|line| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned())))
            .collect();
        Some(Request { method, target, version, headers, body })
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        value(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())), name)
    }

    /// The path without the query, percent-decoded.
    pub fn path(&self) -> String {
        decode(self.target.split(['?', '#']).next().unwrap_or("/"))
    }
}

impl Response {
    /// Reads a response; `None` if it is none.
    pub fn parse(bytes: &[u8]) -> Option<Response> {
        let (head, body) = split_head(bytes)?;
        let head: Vec<String> = head.lines().map(str::to_owned).collect();
        let status = head.first()?.strip_prefix("HTTP/")?;
        let code = status.split(' ').nth(1)?.parse().ok()?;
        Some(Response { head, code, body })
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.iter().skip(1).filter_map(|line| line.split_once(':'));
        value(headers.map(|(name, value)| (name, value.trim())), name)
    }
}

/// Reads `%41` and the like.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The words that go with a status code.
pub fn reason(code: u16) -> &'static str {
    match code {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Not Allowed",
        416 => "Requested Range Not Satisfiable",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        _ => "",
    }
}

/// `Tue, 04 Dec 2018 14:44:49 GMT`.
pub fn date(time: Time) -> String {
    strftime::format(time, "%a, %d %b %Y %H:%M:%S GMT")
}

/// What a server sends for a file of this name.
pub(crate) fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" | "htm" => "text/html",
        "css" => "text/css",
        "js" => "application/javascript",
        "json" => "application/json",
        "txt" => "text/plain",
        "xml" => "text/xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "ico" => "image/x-icon",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_apart() {
        let request = Request::parse(b"GET /a%20b?x=1 HTTP/1.1\r\nHost: h:80\r\nA:b\r\n\r\nbody").unwrap();
        assert_eq!(
            (request.path().as_str(), request.header("host"), request.header("a")),
            ("/a b", Some("h:80"), Some("b"))
        );
        assert_eq!(request.body, b"body");
        let response = Response::parse(b"HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx").unwrap();
        assert_eq!((response.code, response.header("content-length")), (404, Some("1")));
        assert_eq!(Request::parse(b"nonsense\r\n\r\n"), None);
        assert_eq!(date(Time::from_unix_secs(1_543_934_689)), "Tue, 04 Dec 2018 14:44:49 GMT");
    }
}

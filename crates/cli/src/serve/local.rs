//! Only programs of this computer are answered, and no page of another origin that a browser on it shows: a browser lets any
//! page send requests to loopback, under the Host of whatever name leads there.
//!
//! Hosts follow `kubectl proxy --accept-hosts`, whose default is `^localhost$,^127\.0\.0\.1$,^\[::1\]$`.

use api::{Reason, Status};
use hyper::header::{self, HeaderMap};
use hyper::{Uri, http::HeaderValue};

const HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Looks at a request's Host and Origin.
///
/// # Errors
/// 403 when the Host is not this computer, or is not there; and when the request comes from a page of another origin.
pub fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), Status> {
    let refuse = |message: String| Err(Status::new(Reason::Forbidden, message));
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut hosts: Vec<String> = headers.get_all(header::HOST).iter().map(text).collect();
    hosts.extend(uri.authority().map(ToString::to_string));
    if let Some(host) = hosts.iter().find(|host| !is_local(host)) {
        return refuse(format!("only requests to localhost, 127.0.0.1 or [::1] are answered: the Host is \"{host}\""));
    }
    let Some(host) = hosts.first() else {
        return refuse("only requests to localhost, 127.0.0.1 or [::1] are answered: there is no Host".to_owned());
    };
    // Programs send none, or their own address.
    let own = format!("http://{host}");
    match headers.get_all(header::ORIGIN).iter().map(text).find(|origin| !origin.eq_ignore_ascii_case(&own)) {
        Some(origin) => refuse(format!("requests of web pages are not answered: the Origin is \"{origin}\"")),
        None => Ok(()),
    }
}

/// Whether a Host, with or without port, is this computer.
fn is_local(host: &str) -> bool {
    let found = HOSTS.iter().find_map(|name| {
        let (start, rest) = host.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some(rest)
    });
    found.is_some_and(|rest| match rest.strip_prefix(':') {
        Some(port) => port.bytes().all(|byte| byte.is_ascii_digit()),
        None => rest.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &str, headers: &[(&str, &str)]) -> Result<(), String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        check(&uri.parse().unwrap(), &map).map_err(|status| format!("{} {}", status.code, status.message))
    }

    #[test]
    fn only_local_hosts_are_answered() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1:8001", "127.0.0.1", "[::1]", "[::1]:8001", "localhost:"] {
            assert_eq!(asked("/version", &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "",
            "localhost.evil.example",
            "evil.localhost",
            "127.0.0.1.evil.example:8001",
            "127.0.0.1:8001@evil.example",
            "127.0.0.2",
            "[::1].evil",
            "localhost:80x",
            "localhost.",
            "0.0.0.0:8001",
        ] {
            let refused = asked("/version", &[("host", host)]);
            assert!(refused.is_err_and(|words| words.starts_with("403 ") && words.contains(host)), "{host}");
        }
        assert!(asked("/version", &[]).is_err());
        assert!(asked("/version", &[("host", "localhost"), ("host", "evil.example")]).is_err());
        assert!(asked("http://evil.example/version", &[("host", "localhost")]).is_err());
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let own = "127.0.0.1:8001";
        assert_eq!(asked("/", &[("host", own), ("origin", "http://127.0.0.1:8001")]), Ok(()));
        for origin in [
            "null",
            "http://127.0.0.1:8080",
            "https://127.0.0.1:8001",
            "http://localhost:8001",
            "http://evil.example",
            "",
        ] {
            let refused = asked("/", &[("host", own), ("origin", origin)]);
            assert!(refused.is_err_and(|words| words.starts_with("403 ") && words.contains(origin)), "{origin}");
        }
        assert!(asked("/", &[("host", own), ("origin", "http://127.0.0.1:8001"), ("origin", "null")]).is_err());
    }
}

//! URLs as curl reads them.

/// A URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// `http` or `https`.
    pub scheme: String,
    /// `user:password`.
    pub user: Option<String>,
    /// The host.
    pub host: String,
    /// The port; the scheme's own if none was given.
    pub port: u16,
    /// Path and query.
    pub target: String,
    explicit_port: bool,
}

impl Url {
    /// Reads a URL; without a scheme it is `http`. The error is curl's status and text.
    pub(crate) fn parse(text: &str) -> Result<Url, (i32, String)> {
        let bad = |why: &str| Err((3, format!("URL using bad/illegal format or missing URL{why}")));
        if text.chars().any(|c| c.is_control() || c == ' ') || text.is_empty() {
            return bad("");
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("http".to_owned(), text),
        };
        if scheme != "http" && scheme != "https" {
            let known = "dict file ftp ftps gopher gophers imap imaps ldap ldaps mqtt pop3 pop3s rtmp rtsp scp sftp smb smbs \
                         smtp smtps telnet tftp";
            let text = if known.split(' ').any(|name| name == scheme) {
                format!("{scheme} is not simulated here: only http is")
            } else {
                format!("Protocol \"{scheme}\" not supported or disabled in libcurl")
            };
            return Err((1, text));
        }
        let rest = rest.split('#').next().unwrap_or("");
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(super::super::http::decode(user)), place),
            None => (None, authority),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !place.ends_with(']') => (host, Some(port)),
            _ => (place, None),
        };
        if host.is_empty() {
            return bad("");
        }
        let host_ok = host.chars().all(|c| c.is_alphanumeric() || "-._[]:%".contains(c));
        if !host_ok {
            return bad("");
        }
        let default = if scheme == "https" { 443 } else { 80 };
        let (port, explicit_port) = match port {
            None | Some("") => (default, false),
            Some(port) => match port.parse::<u32>() {
                Ok(port @ 1..=65535) if port != u32::from(default) => (port as u16, true),
                Ok(port @ 1..=65535) => (port as u16, false),
                _ => return bad(""),
            },
        };
        let target = match target.chars().next() {
            None => "/".to_owned(),
            Some('?') => format!("/{target}"),
            Some(_) => target.to_owned(),
        };
        Ok(Url { scheme, user, host: host.to_owned(), port, target, explicit_port })
    }

    /// Host and port as the `Host` header has them.
    pub(crate) fn authority(&self) -> String {
        if self.explicit_port { format!("{}:{}", self.host, self.port) } else { self.host.clone() }
    }

    /// The whole URL.
    pub(crate) fn text(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority(), self.target)
    }

    /// What `Location` means, seen from here.
    pub(crate) fn join(&self, location: &str) -> Result<Url, (i32, String)> {
        if location.contains("://") {
            return Url::parse(location);
        }
        if let Some(rest) = location.strip_prefix("//") {
            return Url::parse(&format!("{}://{rest}", self.scheme));
        }
        let path = self.target.split('?').next().unwrap_or("/");
        let target = if location.starts_with('/') {
            location.to_owned()
        } else {
            format!("{}{location}", &path[..path.rfind('/').map_or(0, |at| at + 1)])
        };
        Ok(Url { target, ..self.clone() })
    }

    /// What `-O` calls the file.
    pub(crate) fn file_name(&self) -> String {
        let path = self.target.split('?').next().unwrap_or("");
        path.rsplit('/').next().unwrap_or("").to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_come_apart() {
        for (text, host, port, target, authority) in [
            ("172.17.0.4", "172.17.0.4", 80, "/", "172.17.0.4"),
            ("192.168.49.2:31080", "192.168.49.2", 31080, "/", "192.168.49.2:31080"),
            ("http://a.b/c?d=e#f", "a.b", 80, "/c?d=e", "a.b"),
            ("HTTP://u:p@h:80/x", "h", 80, "/x", "h"),
            ("h?q", "h", 80, "/?q", "h"),
        ] {
            let url = Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert_eq!((url.host.as_str(), url.port, url.target.as_str()), (host, port, target));
            assert_eq!(url.authority(), authority);
        }
        for (text, status) in [("http://", 3), ("http://a b", 3), ("foo://x", 1), ("h:99999", 3), ("http://h:port/", 3)]
        {
            assert_eq!(Url::parse(text).map_err(|(status, _)| status), Err(status), "{text}");
        }
        let url = Url::parse("http://h:81/a/b").unwrap();
        assert_eq!(url.join("/c").unwrap().text(), "http://h:81/c");
        assert_eq!(url.join("c").unwrap().text(), "http://h:81/a/c");
        assert_eq!(url.join("http://x/").unwrap().text(), "http://x/");
    }
}

//! What nginx answers, and what it logs.

use machine::{Exit, Service, ServiceCx, Signal, User};

use super::super::http::{self, Request};
use super::super::prelude::*;
use super::super::tls;
use super::conf::{Location, Server, Settings};
use super::proxy::Group;

/// How long the workers take to end.
const GOODBYE: Duration = Duration::from_millis(30);

/// The daemon: its configuration as it was read when it started.
pub(super) struct Nginx {
    /// Such as `1.14.2`.
    pub version: String,
    /// What it serves.
    pub servers: Vec<Server>,
    /// The worker's process number, as the error log shows it.
    pub worker: u32,
    /// The other servers that it asks.
    pub groups: Vec<Group>,
}

fn worker_user() -> User {
    User { name: "nginx".into(), uid: 101, gid: 101, groups: Vec::new(), home: "/nonexistent".into(), ..User::root() }
}

/// A time as the error log has it.
pub(super) fn stamp(time: Time) -> String {
    strftime::format(time, "%Y/%m/%d %H:%M:%S")
}

/// A response before it is written out.
pub(super) struct Answer {
    pub code: u16,
    pub content_type: String,
    pub body: Vec<u8>,
    /// `Last-Modified`, for files.
    pub modified: Option<Time>,
    pub location: Option<String>,
    pub headers: Vec<(String, String)>,
    pub range: Option<String>,
}

impl Nginx {
    pub(super) fn error_page(&self, code: u16) -> Answer {
        let reason = http::reason(code);
        let bgcolor = if crate::images::nginx_minor(&self.version) < (15, 9) { " bgcolor=\"white\"" } else { "" };
        let body = format!(
            "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body{bgcolor}>\r\n<center><h1>{code} \
             {reason}</h1></center>\r\n<hr><center>nginx/{}</center>\r\n</body>\r\n</html>\r\n",
            self.version
        );
        Answer {
            code,
            content_type: "text/html".to_owned(),
            body: body.into_bytes(),
            modified: None,
            location: None,
            headers: Vec::new(),
            range: None,
        }
    }

    fn server(&self, port: u16, host: &str) -> Option<&Server> {
        let listening: Vec<&Server> = self.servers.iter().filter(|server| server.ports.contains(&port)).collect();
        let named = listening.iter().find(|server| server.names.iter().any(|name| name == host));
        named.or_else(|| listening.first()).copied()
    }

    fn location<'a>(&self, server: &'a Server, path: &str) -> Option<&'a Location> {
        let exact = server.locations.iter().find(|location| location.modifier == "=" && location.path == path);
        if exact.is_some() {
            return exact;
        }
        let is_prefix = |location: &&Location| {
            (location.modifier.is_empty() || location.modifier == "^~") && path.starts_with(&location.path)
        };
        let longest = server.locations.iter().filter(is_prefix).max_by_key(|location| location.path.len());
        if longest.is_some_and(|location| location.modifier == "^~") {
            return longest;
        }
        let regex = server.locations.iter().find(|location| {
            matches!(location.modifier.as_str(), "~" | "~*")
                && super::super::pattern::build(&location.path, location.modifier == "~*")
                    .is_ok_and(|regex| regex.is_match(path))
        });
        regex.or(longest)
    }

    /// Writes to the error log; `upstream` is the other server that was asked, if one was.
    pub(super) fn log_error(
        &self,
        cx: &mut ServiceCx<'_>,
        request: &Request,
        server: &Server,
        what: &str,
        upstream: &str,
    ) {
        let name = server.names.first().map_or("", String::as_str);
        let host = request.header("Host").unwrap_or("");
        let upstream = if upstream.is_empty() { String::new() } else { format!("upstream: \"{upstream}\", ") };
        let line = format!(
            "{} [error] {worker}#{worker}: *{} {what}, client: {}, server: {name}, request: \"{} {} {}\", {upstream}host: \
             \"{host}\"\n",
            stamp(cx.now),
            connections(cx),
            cx.client.0,
            request.method,
            request.target,
            request.version,
            worker = self.worker,
        );
        cx.kernel.write_log(cx.machine, true, line.as_bytes(), cx.now);
    }

    /// What a request gets.
    fn handle(&self, cx: &mut ServiceCx<'_>, request: &Request) -> Answer {
        let host = request.header("Host").unwrap_or("").to_owned();
        if host.is_empty() && request.version == "HTTP/1.1" {
            return self.error_page(400);
        }
        let name = host.split(':').next().unwrap_or("");
        let Some(server) = self.server(cx.local.1, name).or_else(|| self.servers.first()) else {
            return self.error_page(404);
        };
        let mut changed: Option<Request> = None;
        if let Some(rewritten) = rewrite(&server.settings.rewrites, request) {
            match rewritten {
                Rewritten::Elsewhere(code, to) => return self.redirect(code, to),
                Rewritten::Here(to, _) => changed = Some(Request { target: to, ..request.clone() }),
            }
        }
        let original = request;
        let mut path = normal(&changed.as_ref().unwrap_or(original).path());
        // An error page, an index or `rewrite` may lead to another location.
        for _ in 0..10 {
            let location = self.location(server, &path);
            let settings = location.map_or_else(|| server.settings.clone(), |l| l.settings.within(&server.settings));
            let rules = location.map_or(&[][..], |location| &location.settings.rewrites);
            match rewrite(rules, changed.as_ref().unwrap_or(original)) {
                Some(Rewritten::Elsewhere(code, to)) => return self.redirect(code, to),
                Some(Rewritten::Here(to, stays)) => {
                    let now = Request { target: to, ..original.clone() };
                    path = normal(&now.path());
                    changed = Some(now);
                    if !stays {
                        continue;
                    }
                }
                None => {}
            }
            let request = changed.as_ref().unwrap_or(original);
            let answer = self.serve(cx, request, server, location, &settings, &path);
            let page = settings.error_pages.iter().find(|(code, _)| *code == answer.code);
            match page {
                Some((_, target)) if path != *target && target.starts_with('/') => {
                    let location = self.location(server, target);
                    let inner =
                        location.map_or_else(|| server.settings.clone(), |l| l.settings.within(&server.settings));
                    let mut shown = self.serve(cx, request, server, location, &inner, target);
                    if shown.code == 200 {
                        shown.code = answer.code;
                        return shown;
                    }
                    return answer;
                }
                _ => {}
            }
            match answer.location.as_deref().and_then(|to| to.strip_prefix("internal:")) {
                Some(to) => path = to.to_owned(),
                None => return answer,
            }
        }
        self.error_page(500)
    }

    fn redirect(&self, code: u16, to: String) -> Answer {
        let mut answer = self.error_page(code);
        answer.location = Some(to);
        answer
    }

    fn serve(
        &self,
        cx: &mut ServiceCx<'_>,
        request: &Request,
        server: &Server,
        location: Option<&Location>,
        settings: &Settings,
        path: &str,
    ) -> Answer {
        if let Some((code, text)) = settings.returns.as_ref().or(server.settings.returns.as_ref()) {
            let text = expand(text, request, cx, server);
            if matches!(code, 301 | 302 | 303 | 307 | 308) {
                let mut answer = self.error_page(*code);
                answer.location = Some(text);
                return answer;
            }
            if text.is_empty() && *code != 200 && *code != 204 {
                return self.error_page(*code);
            }
            let content_type = settings.default_type.clone().unwrap_or_else(|| "text/plain".to_owned());
            return Answer {
                code: *code,
                content_type,
                body: text.into_bytes(),
                modified: None,
                location: None,
                headers: settings.headers.clone(),
                range: None,
            };
        }
        if let Some((target, _)) = &settings.proxy_pass {
            return self.proxy(cx, request, server, location, settings, target);
        }
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return self.error_page(405);
        }
        let root = settings.root.clone().unwrap_or_else(|| "/etc/nginx/html".to_owned());
        let root = if root.starts_with('/') { root } else { format!("/etc/nginx/{root}") };
        let file_of = |path: &str| match location
            .and_then(|location| location.alias.as_ref().map(|alias| (location, alias)))
        {
            Some((location, alias)) => format!("{alias}{}", path.strip_prefix(location.path.as_str()).unwrap_or("")),
            None => format!("{}{path}", root.trim_end_matches('/')),
        };
        let user = worker_user();
        if let Some((last, tries)) = settings.try_files.split_last() {
            let uri = |pattern: &str| pattern.replace("$uri", path).replace("//", "/");
            for pattern in tries {
                let to = uri(pattern);
                let there = cx.kernel.metadata(cx.machine, &user, &file_of(to.trim_end_matches('/')), true);
                if there.is_ok_and(|metadata| metadata.is_dir() == pattern.ends_with('/')) {
                    return self.file(cx, request, server, settings, &to, &file_of(&to));
                }
            }
            if let Some(code) = last.strip_prefix('=') {
                return self.error_page(code.parse().unwrap_or(404));
            }
            let to = uri(last);
            if to != path {
                let mut answer = self.error_page(200);
                answer.location = Some(format!("internal:{to}"));
                return answer;
            }
        }
        self.file(cx, request, server, settings, path, &file_of(path))
    }

    fn file(
        &self,
        cx: &mut ServiceCx<'_>,
        request: &Request,
        server: &Server,
        settings: &Settings,
        path: &str,
        file: &str,
    ) -> Answer {
        let user = worker_user();
        let mut file = file.to_owned();
        let mut metadata = None;
        if path.ends_with('/') {
            let names = if settings.index.is_empty() { vec!["index.html".to_owned()] } else { settings.index.clone() };
            let dir = file.trim_end_matches('/').to_owned();
            let found = names.iter().map(|name| format!("{dir}/{name}")).find(|index| {
                metadata = cx.kernel.metadata(cx.machine, &user, index, true).ok();
                metadata.is_some()
            });
            match found {
                Some(index) => file = index,
                None => match cx.kernel.metadata(cx.machine, &user, &dir, true) {
                    Ok(there) if there.is_dir() && settings.autoindex => return self.listing(cx, path, &dir),
                    Ok(there) if there.is_dir() => {
                        self.log_error(cx, request, server, &format!("directory index of \"{dir}/\" is forbidden"), "");
                        return self.error_page(403);
                    }
                    _ => {
                        let name = names.first().map_or("", String::as_str);
                        let what = format!("\"{dir}/{name}\" is not found (2: No such file or directory)");
                        self.log_error(cx, request, server, &what, "");
                        return self.error_page(404);
                    }
                },
            }
        }
        let metadata = match metadata {
            Some(metadata) => Ok(metadata),
            None => cx.kernel.metadata(cx.machine, &user, &file, true),
        };
        if metadata.as_ref().is_ok_and(Metadata::is_dir) {
            let mut answer = self.error_page(301);
            let host = request.header("Host").unwrap_or("").split(':').next().unwrap_or("").to_owned();
            let port = if cx.local.1 == 80 { String::new() } else { format!(":{}", cx.local.1) };
            answer.location = Some(format!("http://{host}{port}{path}/"));
            return answer;
        }
        let read = metadata.and_then(|metadata| Ok((metadata, cx.kernel.read_file(cx.machine, &user, &file)?)));
        match read {
            Ok((metadata, body)) => Answer {
                code: 200,
                content_type: match http::content_type(&file) {
                    "application/octet-stream" => {
                        settings.default_type.clone().unwrap_or_else(|| "application/octet-stream".to_owned())
                    }
                    known => known.to_owned(),
                },
                body,
                modified: Some(metadata.modified),
                location: None,
                headers: settings.headers.clone(),
                range: request.header("Range").map(str::to_owned),
            },
            Err(error) => {
                let (code, number) = if error == Errno::EACCES { (403, 13) } else { (404, 2) };
                self.log_error(cx, request, server, &format!("open() \"{file}\" failed ({number}: {error})"), "");
                self.error_page(code)
            }
        }
    }

    fn listing(&self, cx: &mut ServiceCx<'_>, path: &str, dir: &str) -> Answer {
        let user = worker_user();
        let mut body = format!(
            "<html>\r\n<head><title>Index of {path}</title></head>\r\n<body>\r\n<h1>Index of {path}</h1><hr><pre><a \
             href=\"../\">../</a>\r\n"
        );
        for entry in cx.kernel.read_dir(cx.machine, &user, dir).unwrap_or_default() {
            let metadata = cx.kernel.metadata(cx.machine, &user, &format!("{dir}/{}", entry.name), true);
            let Ok(metadata) = metadata else { continue };
            let name = if metadata.is_dir() { format!("{}/", entry.name) } else { entry.name };
            let size = if metadata.is_dir() { "-".to_owned() } else { metadata.size.to_string() };
            let date = strftime::format(metadata.modified, "%d-%b-%Y %H:%M");
            let gap = " ".repeat(51usize.saturating_sub(name.chars().count()));
            body.push_str(&format!("<a href=\"{name}\">{name}</a>{gap}{date}{size:>20}\r\n"));
        }
        body.push_str("</pre><hr></body>\r\n</html>\r\n");
        Answer { body: body.into_bytes(), ..self.error_page(200) }
    }

    fn write(&self, cx: &mut ServiceCx<'_>, request: &Request, mut answer: Answer) -> Vec<u8> {
        let mut lines = Vec::new();
        let etag = answer.modified.map(|time| format!("\"{:x}-{:x}\"", time.unix_secs(), answer.body.len()));
        let whole = answer.body.len();
        let mut content_range = None;
        if let Some(modified) = answer.modified.filter(|_| answer.code == 200) {
            let fresh = match (request.header("If-None-Match"), request.header("If-Modified-Since")) {
                (Some(tag), _) => Some(tag) == etag.as_deref() || tag == "*",
                (None, Some(since)) => since == http::date(modified),
                _ => false,
            };
            if fresh {
                answer.code = 304;
            } else if let Some((first, last)) = answer.range.as_deref().and_then(|range| byte_range(range, whole)) {
                answer.code = 206;
                answer.body = answer.body[first..=last].to_vec();
                content_range = Some(format!("bytes {first}-{last}/{whole}"));
            }
        }
        lines.push(format!("HTTP/1.1 {} {}", answer.code, http::reason(answer.code)));
        lines.push(format!("Server: nginx/{}", self.version));
        lines.push(format!("Date: {}", http::date(cx.now)));
        if answer.code != 304 && answer.code != 204 {
            lines.push(format!("Content-Type: {}", answer.content_type));
            lines.push(format!("Content-Length: {}", answer.body.len()));
        }
        if let Some(modified) = answer.modified {
            lines.push(format!("Last-Modified: {}", http::date(modified)));
        }
        if let Some(location) = &answer.location {
            lines.push(format!("Location: {location}"));
        }
        let close = request.version == "HTTP/1.0"
            || request.header("Connection").is_some_and(|c| c.eq_ignore_ascii_case("close"));
        lines.push(format!("Connection: {}", if close || answer.code == 400 { "close" } else { "keep-alive" }));
        if let Some(etag) = &etag {
            lines.push(format!("ETag: {etag}"));
        }
        for (name, value) in &answer.headers {
            lines.push(format!("{name}: {value}"));
        }
        match content_range {
            Some(range) => lines.push(format!("Content-Range: {range}")),
            None if answer.modified.is_some() && answer.code == 200 => lines.push("Accept-Ranges: bytes".to_owned()),
            None => {}
        }
        if matches!(answer.code, 304 | 204) {
            answer.body.clear();
        }
        let sent = if request.method == "HEAD" { 0 } else { answer.body.len() };
        let quoted = |name: &str| request.header(name).filter(|value| !value.is_empty()).unwrap_or("-").to_owned();
        let line = format!(
            "{} - - [{}] \"{} {} {}\" {} {sent} \"{}\" \"{}\" \"{}\"\n",
            cx.client.0,
            strftime::format(cx.now, "%d/%b/%Y:%H:%M:%S +0000"),
            request.method,
            request.target,
            request.version,
            answer.code,
            quoted("Referer"),
            quoted("User-Agent"),
            quoted("X-Forwarded-For"),
        );
        cx.kernel.write_log(cx.machine, false, line.as_bytes(), cx.now);
        let mut bytes = format!("{}\r\n\r\n", lines.join("\r\n")).into_bytes();
        if sent > 0 {
            bytes.extend(answer.body);
        }
        bytes
    }
}

/// What `rewrite` makes of a request.
enum Rewritten {
    /// Its client is sent to another address.
    Elsewhere(u16, String),
    /// It is for something else now; and whether it stays in its location (`break`).
    Here(String, bool),
}

/// What the rules of a server or a location make of a request; `None` if none fits.
fn rewrite(rules: &[(String, String, String)], request: &Request) -> Option<Rewritten> {
    if rules.is_empty() {
        return None;
    }
    let (_, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let (mut path, mut fitted) = (request.path(), false);
    for (pattern, to, flag) in rules {
        let Some(groups) = regex_lite::Regex::new(pattern).ok().and_then(|regex| {
            let groups = regex.captures(&path)?;
            Some(groups.iter().map(|group| group.map_or("", |one| one.as_str()).to_owned()).collect::<Vec<String>>())
        }) else {
            continue;
        };
        let mut made = to.clone();
        for (number, group) in groups.iter().enumerate().skip(1) {
            made = made.replace(&format!("${number}"), group);
        }
        // A question mark at the end leaves the query out.
        let made = match made.strip_suffix('?') {
            Some(made) => made.to_owned(),
            None if query.is_empty() => made,
            None => format!("{made}{}{query}", if made.contains('?') { '&' } else { '?' }),
        };
        match flag.as_str() {
            "permanent" => return Some(Rewritten::Elsewhere(301, made)),
            "redirect" => return Some(Rewritten::Elsewhere(302, made)),
            _ if made.starts_with("http://") || made.starts_with("https://") => {
                return Some(Rewritten::Elsewhere(302, made));
            }
            "break" => return Some(Rewritten::Here(made, true)),
            "last" => return Some(Rewritten::Here(made, false)),
            _ => (path, fitted) = (made, true),
        }
    }
    fitted.then_some(Rewritten::Here(path, false))
}

/// The number of this connection: one more than the requests that were logged.
pub(super) fn connections(cx: &ServiceCx<'_>) -> usize {
    let log = cx.kernel.machines.get(&cx.machine).map(|machine| &machine.log);
    1 + log.map_or(0, |log| log.iter().filter(|line| !line.stderr && line.text.contains(" HTTP/1.")).count())
}

/// The variables that a `return` may use.
pub(super) fn expand(text: &str, request: &Request, cx: &ServiceCx<'_>, server: &Server) -> String {
    if !text.contains('$') {
        return text.to_owned();
    }
    let hostname = cx.kernel.machines.get(&cx.machine).map_or(String::new(), |machine| machine.hostname.clone());
    let host = request.header("Host").unwrap_or("").split(':').next().unwrap_or("").to_owned();
    let forwarded = match request.header("X-Forwarded-For") {
        Some(known) => format!("{known}, {}", cx.client.0),
        None => cx.client.0.to_string(),
    };
    let values = [
        ("proxy_add_x_forwarded_for", forwarded),
        ("remote_port", cx.client.1.to_string()),
        ("request_uri", request.target.clone()),
        ("remote_addr", cx.client.0.to_string()),
        ("server_addr", cx.local.0.to_string()),
        ("server_port", cx.local.1.to_string()),
        ("server_name", server.names.first().cloned().unwrap_or_default()),
        ("hostname", hostname),
        ("http_host", request.header("Host").unwrap_or("").to_owned()),
        ("host", host),
        ("uri", request.path()),
        ("request_method", request.method.clone()),
        ("scheme", "http".to_owned()),
        ("time_local", strftime::format(cx.now, "%d/%b/%Y:%H:%M:%S +0000")),
    ];
    let mut out = text.to_owned();
    if text.contains("$request_id") {
        let what = format!("{:?} {:?} {}", cx.now, cx.client, request.target);
        out = out.replace("$request_id", &digest::sha256_hex(what.as_bytes())[..32]);
    }
    for (name, value) in values {
        out = out.replace(&format!("${{{name}}}"), &value).replace(&format!("${name}"), &value);
    }
    out
}

/// `/a/./b/../c//d` is `/a/c/d`.
fn normal(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    let slash = if !names.is_empty() && (path.ends_with('/') || path.ends_with("/.")) { "/" } else { "" };
    format!("/{}{slash}", names.join("/"))
}

/// One range of `bytes=0-99`, `bytes=100-`, `bytes=-5`.
fn byte_range(text: &str, len: usize) -> Option<(usize, usize)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let end = len.checked_sub(1)?;
    let (first, last) = match (first.parse::<usize>().ok(), last.parse::<usize>().ok()) {
        (Some(first), Some(last)) => (first, last.min(end)),
        (Some(first), None) => (first, end),
        (None, Some(count)) if count > 0 => (len.saturating_sub(count), end),
        _ => return None,
    };
    (first <= last && last < len).then_some((first, last))
}

/// Bytes as the access log has them: what is no text as `\x16`.
fn escaped(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        match byte {
            b'"' | b'\\' => out.push_str(&format!("\\x{byte:02X}")),
            b' '..=b'~' | b'\r' | b'\n' => out.push(char::from(*byte)),
            _ => out.push_str(&format!("\\x{byte:02X}")),
        }
    }
    out
}

impl Nginx {
    /// The server's certificate as DER, for a port at which it speaks TLS.
    fn certificate(&self, cx: &ServiceCx<'_>) -> Option<Vec<u8>> {
        let port = cx.local.1;
        let server = self.servers.iter().find(|server| server.secure_ports.contains(&port))?;
        let path = server.certificate.as_deref().unwrap_or_default();
        let pem = cx.kernel.read_file(cx.machine, &User::root(), path).unwrap_or_default();
        Some(tls::certificates(&String::from_utf8_lossy(&pem)).into_iter().next().unwrap_or_default())
    }

    fn answer(&self, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        let (request, answer) = match Request::parse(request) {
            Some(request) => {
                let answer = self.handle(cx, &request);
                (request, answer)
            }
            None => {
                let line = escaped(request).lines().next().unwrap_or("").to_owned();
                let mut words = line.splitn(3, ' ').map(str::to_owned);
                let request = Request {
                    method: words.next().unwrap_or_default(),
                    target: words.next().unwrap_or_default(),
                    version: words.next().unwrap_or_default(),
                    ..Request::default()
                };
                (request, self.error_page(400))
            }
        };
        self.write(cx, &request, answer)
    }
}

impl Service for Nginx {
    fn respond(&self, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        let Some(certificate) = self.certificate(cx) else { return self.answer(cx, request) };
        if let Some(answer) = tls::serve(request, false, |_| certificate, |plain, _| self.answer(cx, plain)) {
            return answer;
        }
        let mut answer = self.error_page(400);
        let page = String::from_utf8_lossy(&answer.body)
            .replace("<hr>", "<center>The plain HTTP request was sent to HTTPS port</center>\r\n<hr>");
        answer.body = page.into_bytes();
        self.write(cx, &Request::parse(request).unwrap_or_default(), answer)
    }

    fn signal(&self, signal: Signal, _is_init: bool) -> Option<(Duration, Exit)> {
        match signal {
            Signal::Terminate | Signal::Interrupt | Signal::Quit => Some((GOODBYE, Exit::Code(0))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_ranges() {
        assert_eq!(normal("/a/./b/../c//d"), "/a/c/d");
        assert_eq!(normal("/../../etc/passwd"), "/etc/passwd");
        assert_eq!(normal("/a/"), "/a/");
        assert_eq!(byte_range("bytes=0-4", 10), Some((0, 4)));
        assert_eq!(byte_range("bytes=-3", 10), Some((7, 9)));
        assert_eq!(byte_range("bytes=12-", 10), None);
    }
}

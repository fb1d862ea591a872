//! One transfer: the connection, the request, redirects, and how it ended.

use std::net::Ipv4Addr;

use machine::{ConnectErrorKind, Connection, Note, ResolveError};

use super::super::http::Response;
use super::super::prelude::*;
use super::super::tls;
use super::meter::{METER_HEAD, Meter};
use super::options::Request;
use super::secure::Secure;
use super::url::Url;

/// How a transfer ended.
#[derive(Clone, Default)]
pub(super) struct Outcome {
    pub status: i32,
    pub message: String,
    pub response: Option<Response>,
    pub url: String,
    pub remote: Option<(Ipv4Addr, u16)>,
    pub local: Option<(Ipv4Addr, u16)>,
    pub redirects: u32,
    pub connects: u32,
    pub redirect_url: String,
    pub lookup: Duration,
    pub connect: Duration,
    pub start: Duration,
    pub total: Duration,
    pub size: usize,
    /// What was received is on the terminal already.
    pub written: bool,
}

/// An open connection.
pub(super) struct Kept {
    pub connection: Connection,
    /// Host and port that it leads to.
    place: String,
    /// As curl numbers it.
    pub number: u32,
    /// Present when it is TLS.
    pub secure: Option<Secure>,
}

impl Kept {
    async fn exchange(&mut self, message: &[u8]) -> Vec<u8> {
        match &self.secure {
            Some(secure) => tls::exchange(&mut self.connection, &secure.certificate, message).await,
            None => self.connection.exchange(message).await,
        }
    }
}

pub(super) struct Transfer<'a> {
    pub p: &'a Process,
    pub request: &'a Request,
    pub began: Time,
    /// The connection that is kept for the next request.
    pub kept: &'a mut Option<Kept>,
    pub next_connection: &'a mut u32,
    pub meter: Meter,
}

impl Transfer<'_> {
    pub(super) async fn info(&self, text: &str) {
        if self.request.verbose {
            self.p.err(&format!("* {text}\n")).await;
        }
    }

    async fn meter_start(&mut self) {
        if self.meter.shown && !self.meter.begun {
            self.meter.begun = true;
            let line = Meter::line(0, 0, 0, Duration::ZERO);
            self.p.err(&format!("{METER_HEAD}{line}")).await;
        }
    }

    fn spent(&self) -> Duration {
        self.p.now().since(self.began)
    }

    fn left(&self) -> Option<Duration> {
        let limits = [self.request.max_time, self.request.connect_timeout];
        limits.into_iter().flatten().map(|limit| limit.saturating_sub(self.spent())).min()
    }

    /// The end of the meter, when there is nothing more to wait for.
    pub(super) async fn meter_end(&mut self) {
        if std::mem::take(&mut self.meter.begun) {
            self.p.err(&Meter::last_lines(0, 0, 0, self.spent())).await;
        }
    }

    async fn connect(&mut self, url: &Url, outcome: &mut Outcome) -> Option<Kept> {
        let place = format!("{}://{}:{}", url.scheme, url.host, url.port);
        if let Some(kept) = self.kept.take() {
            if kept.place == place {
                self.info("Found bundle for host: 0x0 [serially]").await;
                self.info(&format!("Re-using existing connection #{} with host {}", kept.number, url.host)).await;
                return Some(kept);
            }
            *self.kept = Some(kept);
        }
        let number = *self.next_connection;
        *self.next_connection += 1;
        self.meter_start().await;
        let (host, port) = self.request.connect_to(&url.host, url.port);
        let found = self.p.within(self.left(), self.p.resolve_all(&host)).await;
        let found = found.unwrap_or(Err(ResolveError::NoAnswer));
        outcome.lookup = self.spent();
        let addresses = match found {
            Ok(addresses) => addresses,
            Err(error) => {
                let timed_out = self.left().is_some_and(|left| left.is_zero());
                let text = match error {
                    _ if timed_out => format!("Resolving timed out after {} milliseconds", self.spent().as_millis()),
                    _ => format!("Could not resolve host: {}", url.host),
                };
                self.meter.begun = false; // curl leaves its line as it is
                self.info(&text).await;
                self.info(&format!("Closing connection {number}")).await;
                outcome.fail(if timed_out { 28 } else { 6 }, text);
                return None;
            }
        };
        let mut last: Option<(ConnectErrorKind, Duration)> = None;
        for address in &addresses {
            self.info(&format!("  Trying {address}:{port}...")).await;
            let limit = self.left();
            match self.p.connect(*address, port, limit).await {
                Ok(connection) => {
                    outcome.connect = self.spent();
                    outcome.remote = Some(connection.remote);
                    outcome.local = Some(connection.local);
                    outcome.connects += 1;
                    self.info(&format!("Connected to {} ({address}) port {port} (#{number})", url.host)).await;
                    return Some(Kept { connection, place, number, secure: None });
                }
                Err(error) => {
                    self.p.note(Note::Trace(error.trace));
                    let out_of_time = limit.is_some_and(|limit| error.after >= limit);
                    if out_of_time && error.kind == ConnectErrorKind::TimedOut {
                        let spent = self.spent();
                        let text = if self.request.max_time.is_some_and(|limit| spent >= limit) {
                            format!("Connection timed out after {} milliseconds", spent.as_millis())
                        } else {
                            self.info(&format!("ipv4 connect timeout after {}ms, move on!", spent.as_millis())).await;
                            let (host, spent) = (&url.host, spent.as_millis());
                            format!("Failed to connect to {host} port {port} after {spent} ms: Timeout was reached")
                        };
                        self.info(&text).await;
                        self.meter_end().await;
                        self.info(&format!("Closing connection {number}")).await;
                        outcome.fail(28, text);
                        return None;
                    }
                    let said = match error.kind {
                        ConnectErrorKind::NetworkUnreachable => {
                            format!("Immediate connect fail for {address}: {}", error.kind)
                        }
                        kind => format!("connect to {address} port {port} failed: {kind}"),
                    };
                    self.info(&said).await;
                    last = Some((error.kind, error.after));
                }
            }
        }
        let code = match last {
            Some((ConnectErrorKind::TimedOut, _)) => 28,
            _ => 7,
        };
        let spent = self.spent().as_millis();
        let text =
            format!("Failed to connect to {} port {port} after {spent} ms: Couldn't connect to server", url.host);
        self.info(&text).await;
        self.meter_end().await;
        self.info(&format!("Closing connection {number}")).await;
        outcome.fail(code, text);
        None
    }

    fn message(&self, url: &Url, method: &str, is_h2: bool) -> Vec<u8> {
        let request = self.request;
        let version = match is_h2 {
            true => "HTTP/2",
            false if request.http10 => "HTTP/1.0",
            false => "HTTP/1.1",
        };
        let own = |name: &str| {
            request
                .headers
                .iter()
                .any(|header| header.split([':', ';']).next().is_some_and(|n| n.eq_ignore_ascii_case(name)))
        };
        let mut head = format!("{method} {} {version}\r\n", url.target);
        if !own("Host") {
            head.push_str(&format!("Host: {}\r\n", url.authority()));
        } else if let Some(host) = request.headers.iter().find(|h| h.to_ascii_lowercase().starts_with("host:")) {
            head.push_str(&format!("{host}\r\n"));
        }
        if let Some(user) = request.user.as_ref().or(url.user.as_ref()) {
            head.push_str(&format!("Authorization: Basic {}\r\n", super::super::base64::encode(user.as_bytes())));
        }
        if let Some(range) = &request.range {
            head.push_str(&format!("Range: bytes={range}\r\n"));
        }
        match &request.agent {
            Some(agent) if agent.is_empty() => {}
            Some(agent) => head.push_str(&format!("User-Agent: {agent}\r\n")),
            None if own("User-Agent") => {}
            None => head.push_str("User-Agent: curl/7.88.1\r\n"),
        }
        if !own("Accept") {
            head.push_str("Accept: */*\r\n");
        }
        if let Some(referer) = &request.referer {
            head.push_str(&format!("Referer: {referer}\r\n"));
        }
        for header in &request.headers {
            let name = header.split([':', ';']).next().unwrap_or("");
            if name.eq_ignore_ascii_case("Host") {
                continue;
            }
            match header.split_once(':') {
                Some((_, value)) if value.trim().is_empty() => {} // takes a header away
                Some(_) => head.push_str(&format!("{header}\r\n")),
                None => head.push_str(&header.strip_suffix(';').map_or(String::new(), |name| format!("{name}:\r\n"))),
            }
        }
        let body = request.body.as_deref().filter(|_| !request.get);
        if let Some(body) = body {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
            if !own("Content-Type") {
                head.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
            }
        }
        if is_h2 {
            head = lower_names(&head);
        }
        head.push_str("\r\n");
        [head.as_bytes(), body.unwrap_or_default()].concat()
    }

    /// One URL with its redirects.
    pub(super) async fn run(&mut self, text: &str) -> Outcome {
        let mut outcome = Outcome { url: text.to_owned(), ..Outcome::default() };
        let mut url = match Url::parse(text) {
            Ok(url) => url,
            Err((status, message)) => {
                if self.request.verbose {
                    self.info(&message).await;
                    self.info("Closing connection -1").await;
                }
                outcome.fail(status, message);
                return outcome;
            }
        };
        if let Some(data) = self.request.body.as_ref().filter(|_| self.request.get) {
            let data = String::from_utf8_lossy(data);
            let mark = if url.target.contains('?') { '&' } else { '?' };
            url.target = format!("{}{mark}{data}", url.target);
        }
        let mut method = self.request.method();
        if let Some(custom) = &self.request.custom_method
            && self.request.verbose
            && custom == &self.request.implied_method()
        {
            let text = format!("Note: Unnecessary use of -X or --request, {custom} is already inferred.\n");
            self.p.err(&text).await;
        }
        loop {
            let Some(mut kept) = self.connect(&url, &mut outcome).await else { break };
            self.meter_start().await;
            if url.scheme == "https" && kept.secure.is_none() && !self.secure(&url, &mut kept, &mut outcome).await {
                break;
            }
            let number = kept.number;
            let is_h2 = kept.secure.as_ref().is_some_and(|secure| secure.is_h2);
            let message = self.message(&url, &method, is_h2);
            self.announce_request(&kept, &url, &message).await;
            if self.request.verbose {
                let head = message.windows(4).position(|four| four == b"\r\n\r\n").map_or(message.len(), |end| end + 2);
                let mut shown = String::new();
                for line in String::from_utf8_lossy(&message[..head]).lines() {
                    shown.push_str(&format!("> {line}\r\n"));
                }
                self.p.err(&format!("{shown}> \r\n")).await;
                let body = message.len() - head - 2;
                if body > 0 && !self.p.is_tty(1) {
                    self.p.err(&format!("}} [{body} bytes data]\n")).await;
                }
            }
            let bytes = kept.exchange(&message).await;
            outcome.start = self.spent();
            let Some(response) = Response::parse(&bytes) else {
                self.info("Empty reply from server").await;
                self.info(&format!("Closing connection {number}")).await;
                outcome.fail(52, "Empty reply from server".to_owned());
                break;
            };
            if self.request.verbose {
                for line in &response.head {
                    self.p.err(&format!("< {line}\r\n")).await;
                }
                self.p.err("< \r\n").await;
            }
            let keep = response.header("Connection").is_none_or(|value| !value.eq_ignore_ascii_case("close"))
                && !self.request.http10;
            let target = response.header("Location").and_then(|location| url.join(location).ok());
            let redirected = matches!(response.code, 301 | 302 | 303 | 307 | 308);
            outcome.redirect_url = target.as_ref().filter(|_| redirected).map(Url::text).unwrap_or_default();
            outcome.size = response.body.len();
            let follow = redirected && self.request.follow && target.is_some();
            if self.request.fail && response.code >= 400 {
                let text = format!("The requested URL returned error: {}", response.code);
                self.info(&text).await;
                self.info(&format!("Closing connection {number}")).await;
                outcome.fail(22, text);
                outcome.response = Some(response);
                break;
            }
            if follow {
                self.info("Ignoring the response-body").await;
            } else if self.request.verbose && !response.body.is_empty() && method != "HEAD" && !self.writes_to_tty() {
                self.p.err(&format!("{{ [{} bytes data]\n", response.body.len())).await;
            }
            if !follow && self.writes_to_tty() {
                // A terminal shows the body as it comes; a pipe's buffer is flushed at the end.
                self.p.write(1, &self.request.shown(&response)).await;
                outcome.written = true;
            }
            let text = if keep {
                format!("Connection #{number} to host {} left intact", url.host)
            } else {
                format!("Closing connection {number}")
            };
            if follow || !self.meter.shown {
                self.info(&text).await;
            } else {
                outcome.message = text; // after the meter's last line
            }
            if keep {
                *self.kept = Some(kept);
            }
            let head = response.head.clone();
            let code = response.code;
            outcome.response = Some(response);
            if let Some(next) = target.filter(|_| follow) {
                if self.request.include || self.request.head {
                    self.p.out(&format!("{}\r\n\r\n", head.join("\r\n"))).await;
                }
                if outcome.redirects >= self.request.max_redirects {
                    let text = format!("Maximum ({}) redirects followed", self.request.max_redirects);
                    self.info(&text).await;
                    outcome.fail(47, text);
                    break;
                }
                outcome.redirects += 1;
                self.info(&format!("Issue another request to this URL: '{}'", next.text())).await;
                if code == 303
                    || (matches!(code, 301 | 302) && method == "POST" && self.request.custom_method.is_none())
                {
                    method = "GET".to_owned();
                }
                url = next;
                outcome.url = url.text();
                continue;
            }
            break;
        }
        outcome.total = self.spent();
        outcome
    }

    pub(super) fn writes_to_tty(&self) -> bool {
        self.request.output.is_none() && !self.request.remote_name && self.p.is_tty(1)
    }
}

/// A request's head with the headers' names as HTTP/2 has them; curl shows `Host` as it is.
fn lower_names(head: &str) -> String {
    let line = |line: &str| match line.split_once(':') {
        Some((name, value)) if name != "Host" && !name.contains(' ') => {
            format!("{}:{value}", name.to_ascii_lowercase())
        }
        _ => line.to_owned(),
    };
    head.split_inclusive("\r\n").map(line).collect()
}

impl Request {
    /// What of a response goes to the output.
    pub(super) fn shown(&self, response: &Response) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.include || self.head {
            bytes.extend(format!("{}\r\n\r\n", response.head.join("\r\n")).into_bytes());
        }
        if !self.head {
            bytes.extend(&response.body);
        }
        bytes
    }
}

impl Outcome {
    pub(super) fn fail(&mut self, status: i32, message: String) {
        self.status = status;
        self.message = message;
    }
}

//! GNU wget 1.21: what Debian's `wget` is.

use machine::{ConnectErrorKind, Connection, Note};

use super::super::curl::url::Url;
use super::super::http::{Response, reason};
use super::super::prelude::*;
use super::super::tls::{self, Certificate, Doubt, Greeting};

const SPEC: Spec = Spec {
    short: "bcdhkmnpqrvEHKLNSVO:o:a:P:U:T:t:w:Q:i:l:A:R:4\u{1}\u{2}:\u{3}:\u{4}\u{5}\u{6}:\u{7}\u{8}:\u{b}:\u{c}\u{e}:\u{f}",
    long: &[
        ("continue", 'c'),
        ("spider", '\u{1}'),
        ("quiet", 'q'),
        ("verbose", 'v'),
        ("no-verbose", '\u{5}'),
        ("server-response", 'S'),
        ("output-document", 'O'),
        ("output-file", 'o'),
        ("append-output", 'a'),
        ("directory-prefix", 'P'),
        ("user-agent", 'U'),
        ("timeout", 'T'),
        ("tries", 't'),
        ("header", '\u{2}'),
        ("post-data", '\u{3}'),
        ("no-check-certificate", '\u{4}'),
        ("ca-certificate", '\u{e}'),
        ("https-only", '\u{f}'),
        ("method", '\u{6}'),
        ("content-on-error", '\u{7}'),
        ("progress", '\u{8}'),
        ("body-data", '\u{b}'),
        ("show-progress", '\u{c}'),
        ("connect-timeout", 'T'),
        ("read-timeout", 'T'),
        ("dns-timeout", 'T'),
        ("recursive", 'r'),
        ("mirror", 'm'),
        ("input-file", 'i'),
        ("version", 'V'),
    ],
    usage: "[OPTION]... [URL]...",
    status: 2,
};
/// Redirections that are followed.
const REDIRECTS: usize = 20;

fn stamp(p: &Process) -> String {
    strftime::format(p.now(), "%Y-%m-%d %H:%M:%S")
}

/// Why a URL was not fetched: said already; the status.
type Fetched<T> = Result<T, i32>;

struct Wget {
    p: Process,
    options: Options,
    limit: Option<Duration>,
    tries: u32,
}

impl Wget {
    async fn say(&self, text: &str) {
        if !self.options.has('q') && !self.brief() {
            self.p.err(text).await;
        }
    }

    fn brief(&self) -> bool {
        self.options.has('\u{5}')
    }

    /// A complaint, which `-q` silences and `-nv` does not.
    async fn complain(&self, text: &str) {
        if !self.options.has('q') {
            self.p.err(text).await;
        }
    }

    async fn connect(&self, url: &Url) -> Fetched<Connection> {
        let p = &self.p;
        let host = &url.host;
        let literal = host.parse::<std::net::Ipv4Addr>().ok();
        let address = match literal {
            Some(address) => address,
            None => {
                self.say(&format!("Resolving {host} ({host})... ")).await;
                match p.resolve_host(host).await {
                    Ok(address) => {
                        self.say(&format!("{address}\n")).await;
                        address
                    }
                    Err(error) => {
                        self.say(&format!("failed: {error}.\n")).await;
                        self.complain(&format!("wget: unable to resolve host address {}\n", quote(p, host))).await;
                        return Err(4);
                    }
                }
            }
        };
        let place = match literal {
            Some(_) => format!("{address}:{}", url.port),
            None => format!("{host} ({host})|{address}|:{}", url.port),
        };
        for attempt in 1..=self.tries {
            self.say(&format!("Connecting to {place}... ")).await;
            match p.connect(address, url.port, self.limit).await {
                Ok(connection) => {
                    self.say("connected.\n").await;
                    return Ok(connection);
                }
                Err(error) => {
                    p.note(Note::Trace(error.trace));
                    match self.brief() {
                        true => self.complain(&format!("failed: {}.\n", error.kind)).await,
                        false => self.say(&format!("failed: {}.\n", error.kind)).await,
                    }
                    if error.kind != ConnectErrorKind::TimedOut {
                        return Err(4);
                    }
                    let last = attempt == self.tries;
                    self.say(if last { "Giving up.\n\n" } else { "Retrying.\n\n" }).await;
                    if !last {
                        p.sleep(Duration::from_secs(u64::from(attempt).min(10))).await;
                        let name = url.text();
                        self.say(&format!("--{}--  (try:{:>2})  {name}\n", stamp(p), attempt + 1)).await;
                    }
                }
            }
        }
        Err(4)
    }

    async fn ask(&self, url: &Url) -> Fetched<Response> {
        let options = &self.options;
        let body = options.value('\u{3}').or(options.value('\u{b}'));
        let spider = options.has('\u{1}');
        let method = match (options.value('\u{6}'), body) {
            (Some(method), _) => method,
            (_, Some(_)) => "POST",
            _ if spider => "HEAD",
            _ => "GET",
        };
        let mut connection = self.connect(url).await?;
        if url.scheme == "https" {
            self.secure(url, &mut connection).await?;
        }
        let agent = options.value('U').unwrap_or("Wget/1.21.3");
        let mut message =
            format!("{method} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {agent}\r\n", url.target, url.authority());
        message.push_str("Accept: */*\r\nAccept-Encoding: identity\r\nConnection: Keep-Alive\r\n");
        for header in options.values('\u{2}') {
            message.push_str(&format!("{header}\r\n"));
        }
        if let Some(body) = body {
            message.push_str(&format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
                body.len()
            ));
        }
        message.push_str(&format!("\r\n{}", body.unwrap_or("")));
        self.say("HTTP request sent, awaiting response... ").await;
        let bytes = match url.scheme.as_str() {
            "https" => tls::exchange(&mut connection, &[], message.as_bytes()).await,
            _ => connection.exchange(message.as_bytes()).await,
        };
        let Some(answer) = Response::parse(&bytes) else {
            self.say("No data received.\nGiving up.\n\n").await;
            return Err(4);
        };
        if options.has('S') {
            self.complain(&format!("\n{}", answer.head.iter().map(|line| format!("  {line}\n")).collect::<String>()))
                .await;
        } else {
            self.say(&format!("{} {}\n", answer.code, said(&answer))).await;
        }
        Ok(answer)
    }

    /// The certificates of `--ca-certificate`.
    async fn load_authorities(&self) {
        if let Some(path) = self.options.value('\u{e}') {
            match self.authorities(path).is_empty() {
                true => self.complain(&format!("ERROR: Failed to open cert {path}: (-64).\n")).await,
                false => self.say(&format!("Loaded CA certificate '{path}'\n")).await,
            }
        }
    }

    fn authorities(&self, path: &str) -> Vec<Vec<u8>> {
        tls::certificates(&String::from_utf8_lossy(&self.p.read_file(path).unwrap_or_default()))
    }

    /// Shakes hands, and says what is wrong with the server's certificate.
    async fn secure(&self, url: &Url, connection: &mut Connection) -> Fetched<()> {
        let certificate = match tls::greet(connection, "http/1.1", &url.host).await {
            Greeting::Server { certificate, .. } => Certificate::read(&certificate),
            Greeting::Other => {
                self.complain("GnuTLS: An unexpected TLS packet was received.\nUnable to establish SSL connection.\n")
                    .await;
                return Err(4);
            }
            Greeting::Closed => {
                self.complain(
                    "GnuTLS: The TLS connection was non-properly terminated.\nUnable to establish SSL connection.\n",
                )
                .await;
                return Err(4);
            }
        };
        let known = self.authorities(self.options.value('\u{e}').unwrap_or("/etc/ssl/certs/ca-certificates.crt"));
        let goes_on = self.options.has('\u{4}');
        let (word, host) = (if goes_on { "WARNING" } else { "ERROR" }, quote(&self.p, &url.host));
        let doubt = certificate.as_ref().map_or(Some(Doubt::UnknownIssuer), |one| one.doubt(&known, self.p.now()));
        let mut text = String::new();
        if let Some(doubt) = doubt {
            let why = match doubt {
                Doubt::Expired => format!("{word}: The certificate of {host} has expired.\n"),
                Doubt::NotYetValid => format!("{word}: The certificate of {host} is not yet activated.\n"),
                _ => format!("{word}: The certificate of {host} doesn't have a known issuer.\n"),
            };
            text = format!("{word}: The certificate of {host} is not trusted.\n{why}");
        }
        let named = certificate.is_some_and(|one| one.is_for(&url.host).is_ok());
        if !named {
            text.push_str(&format!("The certificate's owner does not match hostname {host}\n"));
        }
        self.complain(&text).await;
        if goes_on || (doubt.is_none() && named) { Ok(()) } else { Err(5) }
    }

    async fn fetch(&self, text: &str) -> Fetched<()> {
        let p = &self.p;
        let mut url = match Url::parse(text) {
            Ok(url) => url,
            Err((1, _)) => {
                p.err(&format!("{text}: Unsupported scheme {}.\n", quote(p, text.split(':').next().unwrap_or(""))))
                    .await;
                return Err(1);
            }
            Err(_) => {
                p.err(&format!("{text}: Invalid host name.\n")).await;
                return Err(1);
            }
        };
        for _ in 0..REDIRECTS {
            let name = url.text();
            self.say(&format!("--{}--  {name}\n", stamp(p))).await;
            if url.scheme == "https" {
                self.load_authorities().await;
            }
            let answer = self.ask(&url).await?;
            let next = answer
                .header("Location")
                .filter(|_| (301..=308).contains(&answer.code))
                .map(|to| (to.to_owned(), url.join(to)));
            match next {
                Some((to, Ok(next))) => {
                    self.say(&format!("Location: {to} [following]\n")).await;
                    url = next;
                }
                _ => return self.finish(&url, &name, answer).await,
            }
        }
        self.complain(&format!("{REDIRECTS} redirections exceeded.\n")).await;
        Err(8)
    }

    /// What becomes of the answer.
    async fn finish(&self, url: &Url, name: &str, answer: Response) -> Fetched<()> {
        let (p, options) = (&self.p, &self.options);
        let spider = options.has('\u{1}');
        if answer.code >= 400 {
            let said = said(&answer);
            let text = match (spider, self.brief()) {
                (true, _) => "Remote file does not exist -- broken link!!!\n\n".to_owned(),
                (_, true) => format!("{name}:\n{} ERROR {}: {said}.\n", stamp(p), answer.code),
                _ => format!("{} ERROR {}: {said}.\n\n", stamp(p), answer.code),
            };
            self.complain(&text).await;
            if !options.has('\u{7}') {
                return Err(8);
            }
        }
        let size = answer.header("Content-Length").and_then(|text| text.parse::<usize>().ok());
        let kind = answer
            .header("Content-Type")
            .map_or(String::new(), |kind| format!(" [{}]", kind.split(';').next().unwrap_or(kind)));
        let human = |size: usize| match size {
            0..1024 => String::new(),
            1024..1_048_576 => format!(" ({:.1}K)", size as f64 / 1024.0),
            _ => format!(" ({:.1}M)", size as f64 / 1_048_576.0),
        };
        let length = size.map_or_else(|| "unspecified".to_owned(), |size| format!("{size}{}", human(size)));
        self.say(&format!("Length: {length}{kind}\n")).await;
        if spider {
            self.say("Remote file exists.\n\n").await;
            return Ok(());
        }
        let file = self.file(url);
        let shown = if file == "-" { "STDOUT" } else { &file };
        self.say(&format!("Saving to: {}\n\n", quote(p, shown))).await;
        let body = answer.body;
        if file == "-" {
            p.write(1, &body).await;
        } else if let Err(error) = p.write_file(&file, &body) {
            self.complain(&format!("{file}: {error}\n\nCannot write to {} (Success).\n", quote(p, &file))).await;
            return Err(3);
        }
        // A row of 50 dots, one for each kilobyte.
        let whole = body.len();
        let mut dots = String::new();
        for row in 0..=whole.saturating_sub(1) / 51_200 {
            let left = (whole - row * 51_200).div_ceil(1024).min(50);
            let marks: String = (0..left).map(|at| if at > 0 && at % 10 == 0 { " ." } else { "." }).collect();
            let marks = if whole == 0 { String::new() } else { marks };
            let done = ((row + 1) * 51_200).min(whole).saturating_mul(100).checked_div(whole).unwrap_or(100);
            dots.push_str(&format!("{:>6}K {marks:<54} {done:>3}% 45.6M=0s\n", row * 50));
        }
        self.say(&format!("{dots}\n")).await;
        let sizes = size.map_or_else(|| format!("[{whole}]"), |size| format!("[{whole}/{size}]"));
        let text = match (self.brief(), file.as_str()) {
            (true, _) => format!("{} URL:{name} {sizes} -> \"{file}\" [1]\n", stamp(p)),
            (_, "-") => format!("{} (45.6 MB/s) - written to stdout {sizes}\n\n", stamp(p)),
            _ => format!("{} (45.6 MB/s) - {} saved {sizes}\n\n", stamp(p), quote(p, &file)),
        };
        self.complain(&text).await;
        if answer.code >= 400 { Err(8) } else { Ok(()) }
    }

    /// The file to write: a free name, if none is given.
    fn file(&self, url: &Url) -> String {
        if let Some(name) = self.options.value('O') {
            return name.to_owned();
        }
        let name = url.file_name();
        let name = if name.is_empty() { "index.html".to_owned() } else { name };
        let name = self.options.value('P').map_or(name.clone(), |dir| format!("{}/{name}", dir.trim_end_matches('/')));
        if self.options.has('c') || self.p.metadata(&name).is_err() {
            return name;
        }
        let mut number = 1;
        while self.p.metadata(&format!("{name}.{number}")).is_ok() {
            number += 1;
        }
        format!("{name}.{number}")
    }
}

/// What the server says beside the code.
fn said(answer: &Response) -> String {
    let line = answer.head.first().map_or("", String::as_str);
    line.splitn(3, ' ').nth(2).map_or_else(|| reason(answer.code).to_owned(), str::to_owned)
}

pub(super) async fn run(p: Process) -> Result<(), ExitStatus> {
    // `-nv` is one option, and so is `-qO-`'s kind.
    let args: Vec<String> =
        p.args().iter().map(|arg| if arg == "-nv" { "--no-verbose".to_owned() } else { arg.clone() }).collect();
    let options = SPEC.parse_args(&p, &args).await?;
    if options.has('r') || options.has('m') || options.has('i') || options.has('o') || options.has('a') {
        return fail(
            &p,
            "fetching recursively (-r, -m), by a list (-i) and logs in files (-o, -a) are not simulated here",
        )
        .await;
    }
    if options.operands.is_empty() {
        p.err("wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n").await;
        return Err(ExitStatus(1));
    }
    let seconds = |text: &str| text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0).map(Duration::from_secs_f64);
    let limit = options.value('T').and_then(seconds);
    let tries = options.value('t').and_then(|text| text.parse().ok()).filter(|tries| *tries > 0).unwrap_or(20);
    let wget = Wget { p: p.clone(), options, limit, tries };
    if wget.options.has('\u{1}') {
        wget.say("Spider mode enabled. Check if remote file exists.\n").await;
    }
    let mut status = Ok(());
    for text in wget.options.operands.clone() {
        if let Err(code) = wget.fetch(&text).await {
            status = if status.is_ok() { ExitStatus::check(code) } else { status.min(ExitStatus::check(code)) };
        }
    }
    status
}

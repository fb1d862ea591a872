//! curl's command line.

use super::super::prelude::*;

/// What `curl --help` prints.
pub(super) const HELP: &str = "Usage: curl [options...] <url>
 -d, --data <data>          HTTP POST data
 -f, --fail                 Fail fast with no output on HTTP errors
 -h, --help <category>      Get help for commands
 -i, --include              Include protocol response headers in the output
 -o, --output <file>        Write to file instead of stdout
 -O, --remote-name          Write output to a file named as the remote file
 -s, --silent               Silent mode
 -T, --upload-file <file>   Transfer local FILE to destination
 -u, --user <user:password> Server user and password
 -A, --user-agent <name>    Send User-Agent <name> to server
 -v, --verbose              Make the operation more talkative
 -V, --version              Show version number and quit

This is not the full help, this menu is stripped into categories.
Use \"--help category\" to get an overview of all categories.
For all options use the manual or \"--help all\".
";

/// What is asked for.
#[derive(Default)]
pub(super) struct Request {
    /// `-X`.
    pub custom_method: Option<String>,
    /// `-v`.
    pub verbose: bool,
    /// `-s`.
    pub silent: bool,
    /// `-S`.
    pub show_error: bool,
    /// `--no-progress-meter`.
    pub progress_off: bool,
    /// `-o`, in order.
    pub outputs: Vec<String>,
    /// The file for the URL at hand.
    pub output: Option<String>,
    /// `-O`.
    pub remote_name: bool,
    /// `-I`.
    pub head: bool,
    /// `-i`.
    pub include: bool,
    /// `-m`.
    pub max_time: Option<Duration>,
    /// `--connect-timeout`.
    pub connect_timeout: Option<Duration>,
    /// `-w`.
    pub write_out: Option<String>,
    /// `-H`.
    pub headers: Vec<String>,
    /// `-d` and the like.
    pub body: Option<Vec<u8>>,
    /// `-d @-`.
    pub body_from_stdin: Option<Source>,
    /// `-G`.
    pub get: bool,
    /// `-L`.
    pub follow: bool,
    /// `--max-redirs`.
    pub max_redirects: u32,
    /// `-f`.
    pub fail: bool,
    /// `-A`.
    pub agent: Option<String>,
    /// `-e`.
    pub referer: Option<String>,
    /// `-u`.
    pub user: Option<String>,
    /// `-r`.
    pub range: Option<String>,
    /// `-D`.
    pub dump_header: Option<String>,
    /// `-0`.
    pub http10: bool,
    /// `--http1.1`.
    pub http11: bool,
    /// `--resolve HOST:PORT:ADDRESS`.
    pub resolve: Vec<String>,
    /// `-k`.
    pub insecure: bool,
    /// `--cacert`.
    pub authorities: Option<String>,
    /// `-E`: the client's own certificate.
    pub certificate: Option<String>,
    /// `--key`: and its key.
    pub key: Option<String>,
    /// `-V`.
    pub version: bool,
    /// `-h`.
    pub help: bool,
    /// The URLs.
    pub urls: Vec<String>,
}

impl Request {
    /// The method that the other options mean.
    pub(super) fn implied_method(&self) -> String {
        if self.head {
            "HEAD"
        } else if self.body.is_some() && !self.get {
            "POST"
        } else {
            "GET"
        }
        .to_owned()
    }

    /// The method.
    pub(super) fn method(&self) -> String {
        self.custom_method.clone().unwrap_or_else(|| self.implied_method())
    }

    /// Where to connect for a URL's host and port: `--resolve` may say so.
    pub(super) fn connect_to(&self, host: &str, port: u16) -> (String, u16) {
        let found = self.resolve.iter().find_map(|entry| {
            let mut parts = entry.trim_start_matches('+').splitn(3, ':');
            let (name, at, to) = (parts.next()?, parts.next()?, parts.next()?);
            ((name == host || name == "*") && at == port.to_string())
                .then(|| to.split(',').next().unwrap_or(to).to_owned())
        });
        (found.unwrap_or_else(|| host.to_owned()), port)
    }
}

/// What is wrong with the command line: what curl says about it and its status.
pub(super) type Complaint = (String, i32);

/// Says it.
pub(super) async fn complain(p: &Process, (text, status): Complaint) -> Result<(), ExitStatus> {
    p.err(&format!("{text}curl: try 'curl --help' or 'curl --manual' for more information\n")).await;
    ExitStatus::check(status)
}

/// Every option: its letter or `\0`, its long name, whether it takes a word.
const OPTIONS: &[(char, &str, bool)] = &[
    ('X', "request", true),
    ('v', "verbose", false),
    ('s', "silent", false),
    ('S', "show-error", false),
    ('o', "output", true),
    ('O', "remote-name", false),
    ('I', "head", false),
    ('i', "include", false),
    ('m', "max-time", true),
    ('\u{1}', "connect-timeout", true),
    ('w', "write-out", true),
    ('H', "header", true),
    ('d', "data", true),
    ('\u{2}', "data-raw", true),
    ('\u{3}', "data-binary", true),
    ('\u{4}', "data-urlencode", true),
    ('\u{5}', "data-ascii", true),
    ('\u{6}', "json", true),
    ('G', "get", false),
    ('L', "location", false),
    ('\u{7}', "max-redirs", true),
    ('f', "fail", false),
    ('k', "insecure", false),
    ('A', "user-agent", true),
    ('e', "referer", true),
    ('u', "user", true),
    ('r', "range", true),
    ('D', "dump-header", true),
    ('0', "http1.0", false),
    ('\u{8}', "http1.1", false),
    ('\u{9}', "resolve", true),
    ('V', "version", false),
    ('h', "help", false),
    ('\u{e}', "no-progress-meter", false),
    ('\u{f}', "url", true),
    ('\u{10}', "fail-with-body", false),
    ('\u{11}', "compressed", false),
    ('\u{12}', "retry", true),
    ('\u{13}', "retry-delay", true),
    ('\u{14}', "retry-connrefused", false),
    ('\u{15}', "path-as-is", false),
    ('\u{16}', "http2", false),
    ('4', "ipv4", false),
    ('6', "ipv6", false),
    ('N', "no-buffer", false),
    ('#', "progress-bar", false),
    ('g', "globoff", false),
    ('b', "cookie", true),
    ('c', "cookie-jar", true),
    ('x', "proxy", true),
    ('T', "upload-file", true),
    ('F', "form", true),
    ('K', "config", true),
    ('E', "cert", true),
    ('y', "speed-time", true),
    ('Y', "speed-limit", true),
    ('z', "time-cond", true),
    ('C', "continue-at", true),
    ('j', "junk-session-cookies", false),
    ('n', "netrc", false),
    ('q', "disable", false),
    ('Z', "parallel", false),
    ('J', "remote-header-name", false),
    ('R', "remote-time", false),
    ('\u{17}', "cacert", true),
    ('\u{18}', "key", true),
    ('\u{19}', "capath", true),
    ('\u{1a}', "tlsv1.2", false),
    ('\u{1b}', "tlsv1.3", false),
    ('\u{1c}', "tls-max", true),
    ('\u{1d}', "ssl-reqd", false),
    ('\u{1e}', "oauth2-bearer", true),
    ('\u{80}', "connect-to", true),
    ('\u{81}', "http2-prior-knowledge", false),
];

/// Letters of options that are known to curl and not simulated.
const NOT_SIMULATED: &str = "xTFKCZ\u{19}\u{80}\u{81}";

/// Reads the words after `curl`.
pub(super) fn read(p: &Process, args: &[String]) -> Result<Request, Complaint> {
    let mut request = Request { max_redirects: 50, ..Request::default() };
    let mut args = args.iter();
    let mut only_urls = false;
    while let Some(arg) = args.next() {
        if only_urls || !arg.starts_with('-') || arg == "-" {
            request.urls.push(arg.clone());
            continue;
        }
        if arg == "--" {
            only_urls = true;
            continue;
        }
        let option = |text: &str, why: &str| (format!("curl: option {text}: {why}\n"), 2);
        if let Some(name) = arg.strip_prefix("--") {
            let (name, no) = match name.strip_prefix("no-") {
                Some(rest) if OPTIONS.iter().any(|(_, long, takes)| *long == rest && !takes) => (rest, true),
                _ => (name, false),
            };
            let exact = OPTIONS.iter().find(|(_, long, _)| *long == name);
            let starting: Vec<_> = OPTIONS.iter().filter(|(_, long, _)| long.starts_with(name)).collect();
            let found = match (exact, starting.as_slice()) {
                (Some(exact), _) => exact,
                (None, [only]) => only,
                (None, []) => return Err(option(arg, "is unknown")),
                (None, _) => return Err(option(arg, "is ambiguous")),
            };
            let value = if found.2 {
                Some(args.next().ok_or_else(|| option(arg, "requires parameter"))?.as_str())
            } else {
                None
            };
            apply(p, &mut request, found.0, value, no, arg)?;
            continue;
        }
        let mut letters = arg[1..].chars();
        while let Some(letter) = letters.next() {
            let shown = format!("-{letter}");
            let Some(found) = OPTIONS.iter().find(|(known, ..)| *known == letter && !letter.is_control()) else {
                return Err(option(&format!("-{}", &arg[1..]), "is unknown"));
            };
            if !found.2 {
                apply(p, &mut request, letter, None, false, &shown)?;
                continue;
            }
            let rest = letters.as_str();
            let value = if rest.is_empty() { args.next().map(String::as_str) } else { Some(rest) };
            let value = value.ok_or_else(|| option(&shown, "requires parameter"))?;
            apply(p, &mut request, letter, Some(value), false, &shown)?;
            break;
        }
    }
    Ok(request)
}

fn apply(
    p: &Process,
    request: &mut Request,
    letter: char,
    value: Option<&str>,
    no: bool,
    shown: &str,
) -> Result<(), Complaint> {
    let text = value.unwrap_or("").to_owned();
    let number = || {
        let bad = || (format!("curl: option {shown}: expected a proper numerical parameter\n"), 2);
        text.parse::<f64>().ok().filter(|number| *number >= 0.0 && number.is_finite()).ok_or_else(bad)
    };
    match letter {
        'X' => request.custom_method = Some(text),
        'v' => request.verbose = !no,
        's' => request.silent = !no,
        'S' => request.show_error = !no,
        'o' => request.outputs.push(text),
        'O' => request.remote_name = true,
        'I' => request.head = true,
        'i' => request.include = true,
        'm' => request.max_time = Some(number()?).filter(|s| *s > 0.0).map(|s| Duration::from_secs_f64(s.min(1e9))),
        '\u{1}' => {
            request.connect_timeout = Some(number()?).filter(|s| *s > 0.0).map(|s| Duration::from_secs_f64(s.min(1e9)));
        }
        'w' => {
            request.write_out = Some(match text.strip_prefix('@') {
                Some(path) => String::from_utf8_lossy(&p.read_file(path).unwrap_or_default()).into_owned(),
                None => text,
            });
        }
        'H' => request.headers.push(text),
        'd' | '\u{2}' | '\u{3}' | '\u{4}' | '\u{5}' | '\u{6}' => {
            let data = match text.strip_prefix('@').filter(|_| letter != '\u{2}') {
                Some("-") => {
                    request.body_from_stdin = Some(Source::stdin(p));
                    Vec::new()
                }
                Some(path) => {
                    let read = p.read_file(path).map_err(|_| {
                        (format!("curl: option {shown}: error encountered when reading a file\nWarning: Couldn't read data from file \"{path}\", this makes an empty POST.\n"), 26)
                    });
                    let mut data = read?;
                    if letter == 'd' || letter == '\u{5}' {
                        data.retain(|byte| *byte != b'\n' && *byte != b'\r');
                    }
                    data
                }
                None if letter == '\u{4}' => encoded(&text).into_bytes(),
                None => text.into_bytes(),
            };
            if letter == '\u{6}' {
                request.headers.push("Content-Type: application/json".to_owned());
                request.headers.push("Accept: application/json".to_owned());
            }
            match &mut request.body {
                Some(body) => {
                    if letter != '\u{6}' {
                        body.push(b'&');
                    }
                    body.extend(data);
                }
                body => *body = Some(data),
            }
        }
        'G' => request.get = true,
        'L' => request.follow = true,
        '\u{7}' => request.max_redirects = number()? as u32,
        'f' => request.fail = true,
        'k' => request.insecure = !no,
        '\u{17}' => request.authorities = Some(text),
        'E' => request.certificate = Some(text),
        '\u{18}' => request.key = Some(text),
        '\u{1e}' => request.headers.push(format!("Authorization: Bearer {text}")),
        '\u{8}' => request.http11 = true,
        'A' => request.agent = Some(text),
        'e' => request.referer = Some(text),
        'u' => request.user = Some(if text.contains(':') { text } else { format!("{text}:") }),
        'r' => request.range = Some(text),
        'b' => request.headers.push(format!("Cookie: {text}")),
        'D' => request.dump_header = Some(text),
        '0' => request.http10 = true,
        '\u{9}' => request.resolve.push(text),
        'V' => request.version = true,
        'h' => request.help = true,
        '\u{e}' => request.progress_off = true,
        '#' => request.progress_off = true,
        '\u{f}' => request.urls.push(text),
        '\u{12}' | '\u{13}' => drop(number()?),
        letter if NOT_SIMULATED.contains(letter) => {
            return Err((format!("curl: option {shown}: not simulated here\n"), 2));
        }
        _ => {}
    }
    Ok(())
}

/// `--data-urlencode name=value`: the value percent-encoded.
fn encoded(text: &str) -> String {
    let (name, value) = match text.split_once('=') {
        Some(("", value)) => (String::new(), value),
        Some((name, value)) => (format!("{name}="), value),
        None => (String::new(), text),
    };
    let mut out = name;
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

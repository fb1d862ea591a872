//! `wget`: busybox's; where there is no busybox, GNU's.

mod gnu;

use machine::{Connection, Note};

use super::curl::url::Url;
use super::http::Response;
use super::prelude::*;
use super::tls::{self, Certificate, Greeting};

const SPEC: Spec = Spec {
    short: "cqSO:o:P:U:T:Y:t:\u{1}\u{2}:\u{3}:\u{4}",
    long: &[
        ("continue", 'c'),
        ("spider", '\u{1}'),
        ("quiet", 'q'),
        ("server-response", 'S'),
        ("output-document", 'O'),
        ("directory-prefix", 'P'),
        ("user-agent", 'U'),
        ("timeout", 'T'),
        ("header", '\u{2}'),
        ("post-data", '\u{3}'),
        ("no-check-certificate", '\u{4}'),
    ],
    usage: "[-cqS] [--spider] [-O FILE] [-o LOGFILE] [-P DIR] [-U AGENT] [-T SEC] URL...",
    status: 1,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    if !is_busybox(&p) {
        return gnu::run(p).await;
    }
    let options = SPEC.parse(&p).await?;
    if options.operands.is_empty() {
        p.err(&format!("{}\n\nUsage: wget {}\n", super::words::BUSYBOX_BANNER, SPEC.usage)).await;
        return Err(ExitStatus(1));
    }
    let quiet = options.has('q');
    let limit =
        options.value('T').and_then(|text| text.parse::<u64>().ok()).filter(|s| *s > 0).map(Duration::from_secs);
    let mut warned = options.has('\u{4}');
    for text in &options.operands {
        let mut url = match Url::parse(text) {
            Ok(url) => url,
            Err((1, _)) => return fail(&p, &format!("not an http or ftp url: {text}")).await,
            Err(_) => return fail(&p, &format!("bad address '{text}'")).await,
        };
        let mut response = None;
        for _ in 0..6 {
            let address = match p.resolve_host(&url.host).await {
                Ok(address) => address,
                Err(_) => return fail(&p, &format!("bad address '{}'", url.host)).await,
            };
            if !quiet {
                p.err(&format!("Connecting to {} ({address}:{})\n", url.authority(), url.port)).await;
            }
            let mut connection = match p.connect(address, url.port, limit).await {
                Ok(connection) => connection,
                Err(error) => {
                    p.note(Note::Trace(error.trace));
                    if limit.is_some_and(|limit| error.after >= limit) {
                        return fail(&p, "download timed out").await;
                    }
                    return fail(&p, &format!("can't connect to remote host ({address}): {}", error.kind)).await;
                }
            };
            let body = options.value('\u{3}');
            let method = if body.is_some() { "POST" } else { "GET" };
            let mut message = format!("{method} {} HTTP/1.1\r\nHost: {}\r\n", url.target, url.authority());
            message.push_str(&format!("User-Agent: {}\r\nConnection: close\r\n", options.value('U').unwrap_or("Wget")));
            for header in options.values('\u{2}') {
                message.push_str(&format!("{header}\r\n"));
            }
            if let Some(body) = body {
                message.push_str(&format!("Content-Length: {}\r\n", body.len()));
                message.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
            }
            message.push_str("\r\n");
            message.push_str(body.unwrap_or(""));
            let bytes = match url.scheme.as_str() {
                "https" => match secure(&p, &options, &mut warned, &mut connection, &url).await {
                    Ok(()) => tls::exchange(&mut connection, &[], message.as_bytes()).await,
                    Err(why) => return fail(&p, &why).await,
                },
                _ => connection.exchange(message.as_bytes()).await,
            };
            let Some(answer) = Response::parse(&bytes) else {
                return fail(&p, "error getting response").await;
            };
            if options.has('S') {
                p.err(&answer.head.iter().map(|line| format!("  {line}\n")).collect::<String>()).await;
            }
            match answer.header("Location").filter(|_| (301..=308).contains(&answer.code)).map(|to| url.join(to)) {
                Some(Ok(next)) => url = next,
                _ => {
                    response = Some(answer);
                    break;
                }
            }
        }
        let Some(response) = response else { return fail(&p, "too many redirections").await };
        if response.code >= 300 {
            let status = response.head.first().cloned().unwrap_or_default();
            return fail(&p, &format!("server returned error: {status}")).await;
        }
        if options.has('\u{1}') {
            if !quiet {
                p.err("remote file exists\n").await;
            }
            continue;
        }
        let name = match options.value('O') {
            Some(name) => name.to_owned(),
            None => {
                let name = url.file_name();
                let name = if name.is_empty() { "index.html".to_owned() } else { name };
                options.value('P').map_or(name.clone(), |dir| format!("{}/{name}", dir.trim_end_matches('/')))
            }
        };
        if name == "-" {
            p.write(1, &response.body).await;
        } else {
            if !options.has('O') && p.metadata(&name).is_ok() && !options.has('c') {
                return fail(&p, &format!("can't open '{name}': File exists")).await;
            }
            if let Err(error) = p.write_file(&name, &response.body) {
                return fail(&p, &format!("can't open '{name}': {error}")).await;
            }
        }
        if !quiet {
            let size = response.body.len();
            let to = if name == "-" { "writing to stdout".to_owned() } else { format!("saving to '{name}'") };
            let bar = format!("{:<20} 100% |{}| {size:>5}  0:00:00 ETA\n", name, "*".repeat(32));
            let done = if name == "-" { "written to stdout".to_owned() } else { format!("'{name}' saved") };
            p.err(&format!("{to}\n{bar}{done}\n")).await;
        }
    }
    Ok(())
}

/// Where Alpine keeps the certificates to believe.
const ALPINE_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Shakes hands. busybox' own TLS believes everybody, and says so once; Alpine's has a program that looks.
async fn secure(
    p: &Process,
    options: &Options,
    warned: &mut bool,
    connection: &mut Connection,
    url: &Url,
) -> Result<(), String> {
    let looks = p.metadata("/etc/alpine-release").is_ok();
    if !looks && !std::mem::replace(warned, true) {
        p.err("wget: note: TLS certificate validation not implemented\n").await;
    }
    let reset = "error getting response: Connection reset by peer".to_owned();
    let Greeting::Server { certificate, .. } = tls::greet(connection, "http/1.1", &url.host).await else {
        return Err(reset);
    };
    if looks && !options.has('\u{4}') {
        let known = tls::certificates(&String::from_utf8_lossy(&p.read_file(ALPINE_AUTHORITIES).unwrap_or_default()));
        let why = match Certificate::read(&certificate) {
            Some(certificate) => certificate.doubt(&known, p.now()).map(|doubt| doubt.said().1),
            None => Some("unable to get local issuer certificate"),
        };
        if let Some(why) = why {
            p.err(&format!("ssl_client: {}: certificate verification failed: {why}\n", url.host)).await;
            return Err(reset);
        }
    }
    Ok(())
}

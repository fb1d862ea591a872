//! The other servers that images start: a few answer, the rest stay up and say that they are stand-ins.

use machine::{Daemon, Exit, Idle, Proto, Service, ServiceCx, Signal, User};

use super::http::{self, Request};
use super::prelude::*;

pub(super) type Start = Result<Option<Daemon>, (String, i32)>;

/// A server that ends when it is asked to. What an answer costs, where that is more than usual.
struct Polite {
    kind: Kind,
    cost: Option<Duration>,
}

pub(super) enum Kind {
    /// Answers every HTTP request with what this makes.
    Http(fn(&mut ServiceCx<'_>, &Request) -> Reply),
    /// The same, from something that the server was started with.
    HttpOf(String, fn(&mut ServiceCx<'_>, &Request, &str) -> Reply),
    /// Speaks enough of its protocol for its client here.
    Redis,
    /// Accepts connections and says nothing.
    Silent,
}

pub(super) struct Reply {
    pub code: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Service for Polite {
    fn respond(&self, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        match &self.kind {
            Kind::Silent => Vec::new(),
            Kind::Redis => redis(cx, request),
            kind => {
                let Some(request) = Request::parse(request) else {
                    return b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec();
                };
                let mut reply = match kind {
                    Kind::Http(answer) => answer(cx, &request),
                    Kind::HttpOf(text, answer) => answer(cx, &request, text),
                    Kind::Redis | Kind::Silent => return Vec::new(),
                };
                let reason = match reply.code {
                    404 => "Not Found",
                    405 => "Method Not Allowed",
                    code => http::reason(code),
                };
                let mut head = format!("HTTP/1.1 {} {reason}\r\n", reply.code);
                for (name, value) in &reply.headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                if request.method == "HEAD" {
                    reply.body.clear();
                }
                [head.into_bytes(), reply.body].concat()
            }
        }
    }

    fn cost(&self) -> Duration {
        self.cost.unwrap_or(USUAL)
    }

    fn signal(&self, signal: Signal, _is_init: bool) -> Option<(Duration, Exit)> {
        match signal {
            Signal::Terminate | Signal::Interrupt | Signal::Quit => Some((Duration::from_millis(40), Exit::Code(0))),
            _ => None,
        }
    }
}

/// What an answer costs that is no work.
const USUAL: Duration = Duration::from_micros(300);

pub(super) fn server(kind: Kind, ports: &[u16], greeting: String) -> Start {
    working_server(kind, None, ports, greeting)
}

/// A server each of whose answers keeps a processor busy for so long.
pub(super) fn working_server(kind: Kind, cost: Option<Duration>, ports: &[u16], greeting: String) -> Start {
    let mut daemon = Daemon::new(Polite { kind, cost });
    daemon.listen = ports.iter().map(|port| (Proto::Tcp, *port)).collect();
    daemon.greeting = greeting;
    Ok(Some(daemon))
}

/// An entrypoint script that runs what it is given: as data, if that lives as data.
pub fn entrypoint(p: &Process) -> Start {
    p.start_daemon(p.args().get(1..).unwrap_or_default())
}

/// The same when the program it is given does not live as data.
pub async fn run_entrypoint(p: Process) -> i32 {
    let mut args = p.args().get(1..).unwrap_or_default().to_vec();
    if args.first().is_none_or(|first| first.starts_with('-') || first.contains("://"))
        && p.metadata("/usr/bin/curl").is_ok()
    {
        args.insert(0, "curl".to_owned());
    }
    match p.spawn(machine::Spawn::new(args.clone())) {
        Ok(child) => child.wait().await,
        Err(error) => {
            let name = args.first().map_or("", String::as_str);
            let line = if p.args()[0].contains("docker-entrypoint") { "47: exec: " } else { "" };
            p.err(&format!("{}: {line}{name}: not found\n", p.args()[0])).await;
            error.status()
        }
    }
}

/// `pause`: holds a Pod's namespaces.
pub fn pause(_: &Process) -> Start {
    server(Kind::Silent, &[], String::new())
}

/// A part of the control plane, or an add-on, that the world plays itself.
pub fn system_service(_: &Process) -> Start {
    server(Kind::Silent, &[], String::new())
}

/// `sleep` as a container's PID 1: it ignores SIGTERM, as every program without a handler does there.
pub fn sleep(p: &Process) -> Start {
    let total: Option<Duration> = p
        .args()
        .iter()
        .skip(1)
        .map(|text| super::small::interval(text))
        .try_fold(Duration::ZERO, |sum, d| Some(sum + d?));
    match total {
        Some(total) if p.args().len() > 1 => {
            let mut daemon = Daemon::new(Idle);
            daemon.ends = Some((p.now() + total, Exit::Code(0)));
            Ok(Some(daemon))
        }
        _ => Ok(None),
    }
}

/// `tail -f /dev/null`, the other way to keep a container up.
pub fn tail(p: &Process) -> Start {
    let args: Vec<&str> = p.args().iter().skip(1).map(String::as_str).collect();
    let follows = args.iter().any(|arg| *arg == "-f" || *arg == "-F" || *arg == "--follow");
    let nothing = args.iter().filter(|arg| !arg.starts_with('-')).eq([&"/dev/null"]);
    Ok((follows && nothing).then(|| Daemon::new(Idle)))
}

/// `httpd`: serves `/usr/local/apache2/htdocs`.
pub fn httpd(p: &Process) -> Start {
    let now = strftime::format(p.now(), "%a %b %d %H:%M:%S.%6N %Y");
    let ip = "AH00558: httpd: Could not reliably determine the server's fully qualified domain name. Set the 'ServerName' \
              directive globally to suppress this message\n";
    let started = format!(
        "{ip}[{now}] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.65 (Unix) configured -- resuming normal operations\n\
         [{now}] [core:notice] [pid 1:tid 1] AH00094: Command line: 'httpd -D FOREGROUND'\n"
    );
    let mut daemon = Daemon::new(Polite { kind: Kind::Http(apache), cost: None });
    daemon.listen = vec![(Proto::Tcp, 80)];
    daemon.greeting_stderr = started;
    Ok(Some(daemon))
}

fn apache(cx: &mut ServiceCx<'_>, request: &Request) -> Reply {
    let path = request.path();
    let mut file =
        format!("/usr/local/apache2/htdocs/{}", path.split('/').filter(|n| *n != "..").collect::<Vec<_>>().join("/"));
    if path.ends_with('/') {
        file.push_str("index.html");
    }
    let user = User { name: "www-data".into(), uid: 33, gid: 33, groups: Vec::new(), home: "/var/www".into() };
    let found = cx.kernel.read_file(cx.machine, &user, &file);
    let error = |code: u16, title: &str, text: &str| {
        let body = format!(
            "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>{code} {title}</title>\n\
             </head><body>\n<h1>{title}</h1>\n<p>{text}</p>\n</body></html>\n"
        );
        (code, "text/html; charset=iso-8859-1", body.into_bytes())
    };
    let (code, content_type, body) = match found {
        _ if !matches!(request.method.as_str(), "GET" | "HEAD" | "POST") => error(
            405,
            "Method Not Allowed",
            &format!("The requested method {} is not allowed for this URL.", request.method),
        ),
        Ok(body) => (200, http::content_type(&file), body),
        Err(Errno::EACCES) => error(403, "Forbidden", "You don't have permission to access this resource."),
        Err(_) => error(404, "Not Found", "The requested URL was not found on this server."),
    };
    let size = if body.is_empty() { "-".to_owned() } else { body.len().to_string() };
    let time = strftime::format(cx.now, "%d/%b/%Y:%H:%M:%S +0000");
    let line = format!(
        "{} - - [{time}] \"{} {} {}\" {code} {size}\n",
        cx.client.0, request.method, request.target, request.version
    );
    cx.kernel.write_log(cx.machine, false, line.as_bytes(), cx.now);
    let mut headers = vec![("Date", http::date(cx.now)), ("Server", "Apache/2.4.65 (Unix)".to_owned())];
    if let Ok(metadata) = cx.kernel.metadata(cx.machine, &user, &file, true)
        && code == 200
    {
        headers.push(("Last-Modified", http::date(metadata.modified)));
        headers.push(("Accept-Ranges", "bytes".to_owned()));
    }
    headers.push(("Content-Length", body.len().to_string()));
    headers.push(("Content-Type", content_type.to_owned()));
    Reply { code, headers, body }
}

pub(super) fn plain(cx: &ServiceCx<'_>, body: String) -> Reply {
    let headers = vec![
        ("Date", http::date(cx.now)),
        ("Content-Length", body.len().to_string()),
        ("Content-Type", "text/plain; charset=utf-8".to_owned()),
    ];
    Reply { code: 200, headers, body: body.into_bytes() }
}

pub(super) fn hostname(cx: &ServiceCx<'_>) -> String {
    cx.kernel.machines.get(&cx.machine).map_or(String::new(), |machine| machine.hostname.clone())
}

/// Google's `hello-app`.
pub fn hello_app(p: &Process) -> Start {
    hello_server(p, Kind::Http(|cx, request| say_hello(cx, request, "1.0.0")))
}

/// Its second version, for a rollout to show.
pub fn hello_app_2(p: &Process) -> Start {
    hello_server(p, Kind::Http(|cx, request| say_hello(cx, request, "2.0.0")))
}

fn hello_server(p: &Process, kind: Kind) -> Start {
    let port = p.env("PORT").and_then(|port| port.parse().ok()).unwrap_or(8080);
    let time = strftime::format(p.now(), "%Y/%m/%d %H:%M:%S");
    server(kind, &[port], format!("{time} Server listening on port {port}\n"))
}

fn say_hello(cx: &mut ServiceCx<'_>, request: &Request, version: &str) -> Reply {
    let time = strftime::format(cx.now, "%Y/%m/%d %H:%M:%S");
    let line = format!("{time} Serving request: {}\n", request.path());
    cx.kernel.write_log(cx.machine, true, line.as_bytes(), cx.now);
    let text = format!("Hello, world!\nVersion: {version}\nHostname: {}\n", hostname(cx));
    plain(cx, text)
}

/// An echo server: says what it was asked.
pub fn echo_server(_: &Process) -> Start {
    server(Kind::Http(echo), &[8080], "Echo server listening on port 8080.\n".to_owned())
}

fn echo(cx: &mut ServiceCx<'_>, request: &Request) -> Reply {
    let mut text =
        format!("Request served by {}\n\n{} {} {}\n\n", hostname(cx), request.version, request.method, request.target);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if !request.body.is_empty() {
        text.push_str(&format!("\n{}\n", String::from_utf8_lossy(&request.body)));
    }
    plain(cx, text)
}

/// `redis-server`: answers `PING`; its data is not simulated.
pub fn redis_server(p: &Process) -> Start {
    let time = strftime::format(p.now(), "%d %b %Y %H:%M:%S.%3N");
    let greeting = format!(
        "1:C {time} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n1:M {time} * Running mode=standalone, port=6379.\n\
         1:M {time} * Server initialized\n1:M {time} * Ready to accept connections tcp\n"
    );
    server(Kind::Redis, &[6379], greeting)
}

fn redis(cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(request).into_owned();
    let words: Vec<&str> = text.split_whitespace().filter(|word| !word.starts_with(['*', '$'])).collect();
    const DATA: &str = "/data/.simulated-keys";
    let root = User::root();
    let stored = cx.kernel.read_file(cx.machine, &root, DATA).unwrap_or_default();
    let mut stored: std::collections::BTreeMap<String, String> = sim::order::gather(
        String::from_utf8_lossy(&stored)
            .lines()
            .filter_map(|line| line.split_once('\t').map(|(key, value)| (key.to_owned(), value.to_owned()))),
    );
    let mut changed = false;
    let answer =
        match (words.first().map(|word| word.to_ascii_uppercase()).as_deref(), words.get(1..).unwrap_or_default()) {
            (Some("PING"), []) => "+PONG\r\n".to_owned(),
            (Some("PING" | "ECHO"), [word, ..]) => format!("${}\r\n{word}\r\n", word.len()),
            (Some("SET"), [key, value, ..]) => {
                stored.insert((*key).to_owned(), (*value).to_owned());
                changed = true;
                "+OK\r\n".to_owned()
            }
            (Some("GET"), [key]) => match stored.get(*key) {
                Some(value) => format!("${}\r\n{value}\r\n", value.len()),
                None => "$-1\r\n".to_owned(),
            },
            (Some("DEL"), [key]) => {
                changed = stored.remove(*key).is_some();
                format!(":{}\r\n", u8::from(changed))
            }
            (Some("INCR"), [key]) => match stored.get(*key).map_or(Ok(0), |value| value.parse::<i64>()) {
                Ok(number) => {
                    stored.insert((*key).to_owned(), number.saturating_add(1).to_string());
                    changed = true;
                    format!(":{}\r\n", number.saturating_add(1))
                }
                Err(_) => "-ERR value is not an integer or out of range\r\n".to_owned(),
            },
            (Some("DBSIZE"), _) => format!(":{}\r\n", stored.len()),
            (Some(name), _) => {
                format!("-ERR unknown command '{}', with args beginning with: \r\n", name.to_lowercase())
            }
            (None, _) => "-ERR Protocol error\r\n".to_owned(),
        };
    if changed {
        let text: String = stored.iter().map(|(key, value)| format!("{key}\t{value}\n")).collect();
        let _ = cx.kernel.write_file(cx.machine, &root, DATA, text.as_bytes(), false, cx.now);
    }
    answer.into_bytes()
}

/// `redis-cli`: one command to a server.
pub async fn redis_cli(p: Process) -> i32 {
    let mut args = p.args().get(1..).unwrap_or_default().to_vec();
    let (mut host, mut port) = ("127.0.0.1".to_owned(), 6379u16);
    while args.len() >= 2 && (args[0] == "-h" || args[0] == "-p") {
        if args[0] == "-h" {
            host.clone_from(&args[1]);
        } else {
            port = args[1].parse().unwrap_or(6379);
        }
        args.drain(..2);
    }
    let failed = |why: &str| format!("Could not connect to Redis at {host}:{port}: {why}\n");
    let address = match p.resolve_host(&host).await {
        Ok(address) => address,
        Err(error) => {
            p.err(&failed(&error.to_string())).await;
            return 1;
        }
    };
    let mut connection = match p.connect(address, port, None).await {
        Ok(connection) => connection,
        Err(error) => {
            p.note(machine::Note::Trace(error.trace));
            p.err(&failed(&error.kind.to_string())).await;
            return 1;
        }
    };
    if args.is_empty() {
        return fail(&p, "the interactive mode is not simulated; give a command, such as 'redis-cli ping'").await;
    }
    let mut message = format!("*{}\r\n", args.len());
    for arg in &args {
        message.push_str(&format!("${}\r\n{arg}\r\n", arg.len()));
    }
    let answer = String::from_utf8_lossy(&connection.exchange(message.as_bytes()).await).into_owned();
    let tty = p.is_tty(1);
    let mut lines = answer.lines();
    let first = lines.next().unwrap_or("");
    let text = match first.chars().next() {
        Some('+') => first[1..].to_owned(),
        Some(':') if tty => format!("(integer) {}", &first[1..]),
        Some(':') => first[1..].to_owned(),
        Some('-') if tty => format!("(error) {}", &first[1..]),
        Some('-') => first[1..].to_owned(),
        Some('$') if first == "$-1" => if tty { "(nil)" } else { "" }.to_owned(),
        Some('$') if tty => format!("\"{}\"", lines.next().unwrap_or("")),
        _ => lines.next().unwrap_or("").to_owned(),
    };
    p.out(&format!("{text}\n")).await;
    0
}

/// A database's server: stays up, and says that nothing is behind it.
fn stand_in(p: &Process, port: u16, what: &str) -> Start {
    let time = strftime::format(p.now(), "%Y-%m-%dT%H:%M:%S.%6NZ");
    let text = format!("{time} {what} is not simulated: this stands in for it, stays up and listens on port {port}.\n");
    server(Kind::Silent, &[port], text)
}

fn wants(p: &Process, names: &[&str], text: String) -> Result<(), (String, i32)> {
    if names.iter().any(|name| p.env(name).is_some_and(|value| !value.is_empty())) { Ok(()) } else { Err((text, 1)) }
}

/// `mysqld`: wants a root password, as its image's entrypoint does.
pub fn mysqld(p: &Process) -> Start {
    let maria = name_of(p).contains("maria");
    let time = strftime::format(p.now(), "%Y-%m-%d %H:%M:%S+00:00");
    let (prefix, names): (_, &[&str]) = if maria {
        (
            "MARIADB",
            &[
                "MARIADB_ROOT_PASSWORD",
                "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
                "MARIADB_RANDOM_ROOT_PASSWORD",
                "MYSQL_ROOT_PASSWORD",
                "MYSQL_ALLOW_EMPTY_PASSWORD",
            ],
        )
    } else {
        ("MYSQL", &["MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"])
    };
    let listed: String = names.iter().take(3).map(|name| format!("    - {name}\n")).collect();
    wants(
        p,
        names,
        format!(
            "{time} [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to \
             specify one of the following as an environment variable:\n{listed}"
        ),
    )?;
    stand_in(p, 3306, if prefix == "MYSQL" { "MySQL" } else { "MariaDB" })
}

/// `postgres`: likewise.
pub fn postgres(p: &Process) -> Start {
    wants(
        p,
        &["POSTGRES_PASSWORD", "POSTGRES_HOST_AUTH_METHOD"],
        "Error: Database is uninitialized and superuser password is not specified.\n       You must specify \
         POSTGRES_PASSWORD to a non-empty value for the\n       superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \
         \"docker run\".\n\n       You may also use \"POSTGRES_HOST_AUTH_METHOD=trust\" to allow all\n       connections \
         without a password. This is *not* recommended.\n\n       See PostgreSQL documentation about \"trust\":\n       \
         https://www.postgresql.org/docs/current/auth-trust.html\n"
            .to_owned(),
    )?;
    stand_in(p, 5432, "PostgreSQL")
}

/// `mongod`.
pub fn mongod(p: &Process) -> Start {
    stand_in(p, 27017, "MongoDB")
}

/// `memcached`.
pub fn memcached(p: &Process) -> Start {
    stand_in(p, 11211, "memcached")
}

/// `hello-world`: its text, and it is done.
pub async fn hello(p: Process) -> i32 {
    p.out(
        "
Hello from Docker!
This message shows that your installation appears to be working correctly.

To generate this message, Docker took the following steps:
 1. The Docker client contacted the Docker daemon.
 2. The Docker daemon pulled the \"hello-world\" image from the Docker Hub.
    (amd64)
 3. The Docker daemon created a new container from that image which runs the
    executable that produces the output you are currently reading.
 4. The Docker daemon streamed that output to the Docker client, which sent it
    to your terminal.

To try something more ambitious, you can run an Ubuntu container with:
 $ docker run -it ubuntu bash

Share images, automate workflows, and more with a free Docker ID:
 https://hub.docker.com/

For more examples and ideas, visit:
 https://docs.docker.com/get-started/

",
    )
    .await;
    0
}

/// What is there in life, but does nothing here.
pub async fn not_simulated(p: Process) -> i32 {
    let name = name_of(&p);
    let why = match name.as_str() {
        "apt" | "apt-get" | "apt-cache" | "apk" | "pip" | "npm" | "yarn" | "npx" => {
            "there is no package archive here; choose an image that has what you need"
        }
        "helm" => "there are no charts here; kubectl applies what 'helm template' prints on a real computer",
        "git" | "scp" | "rsync" => "there is no internet here; what a lesson needs is in the home folder",
        "ssh" => "there is one node, and 'minikube ssh' opens a shell on it",
        "kubeadm" | "kubelet" | "etcdctl" | "etcdutl" => {
            "the control plane is no program here: see it with 'kubectl -n kube-system get pods'"
        }
        "crictl" | "ctr" | "containerd" => "the containers are on the node: 'minikube ssh', then 'sudo crictl ps'",
        "python3" | "python" | "node" | "go" | "java" | "gcc" | "make" => {
            "no compiler or interpreter but bash, awk, sed and jq is here"
        }
        "docker" => "the cluster's containers are on the node: 'minikube ssh', then 'docker ps'",
        "top" => "'ps aux' shows the processes",
        "sudo" => "you may do here what the lessons need without it",
        _ => "the playground has no such program",
    };
    p.err(&format!("{name}: not simulated: {why}\n")).await;
    p.hint_not_simulated(&name);
    1
}

//! The servers of guides and courses: each answers as the real one does, for what it answers is what the guide shows.

use machine::{DaemonStart, ServiceCx};

use super::super::http::{self, Request};
use super::super::prelude::*;
use super::{Kind, Reply, hostname, plain, server, working_server};

/// The arguments, with `-name value` and `--name=value` made alike.
fn option(p: &Process, name: &str) -> Option<String> {
    let args = p.args();
    args.iter().enumerate().skip(1).find_map(|(at, arg)| {
        let rest = arg.trim_start_matches('-');
        if rest.len() == arg.len() {
            return None;
        }
        match rest.strip_prefix(name)? {
            "" => args.get(at + 1).cloned(),
            value => value.strip_prefix('=').map(str::to_owned),
        }
    })
}

/// A port, as a number or behind a colon.
fn port(text: Option<String>, default: u16) -> u16 {
    text.and_then(|text| text.rsplit(':').next()?.parse().ok()).unwrap_or(default)
}

/// A time as Go's `log` writes it.
fn log_time(time: Time) -> String {
    strftime::format(time, "%Y/%m/%d %H:%M:%S")
}

fn iso(time: Time) -> String {
    strftime::format(time, "%Y-%m-%dT%H:%M:%S.%3NZ")
}

fn log(cx: &mut ServiceCx<'_>, line: &str) {
    cx.kernel.write_log(cx.machine, false, format!("{line}\n").as_bytes(), cx.now);
}

fn html(cx: &ServiceCx<'_>, body: String) -> Reply {
    let mut reply = plain(cx, body);
    reply.headers[2].1 = "text/html; charset=utf-8".to_owned();
    reply
}

fn json(cx: &ServiceCx<'_>, body: String) -> Reply {
    let mut reply = plain(cx, body);
    reply.headers[2].1 = "application/json; charset=utf-8".to_owned();
    reply
}

fn with_code(mut reply: Reply, code: u16) -> Reply {
    reply.code = code;
    reply
}

/// A parameter of the query.
fn query(request: &Request, name: &str) -> Option<String> {
    let (_, query) = request.target.split_once('?')?;
    let value = query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| value.replace('+', " "))
    })?;
    Some(http::decode(&value))
}

/// `hashicorp/http-echo`: says one text.
pub(crate) fn http_echo(p: &Process) -> DaemonStart {
    let Some(text) = option(p, "text").or_else(|| p.env("ECHO_TEXT")).filter(|text| !text.is_empty()) else {
        return Err(("Missing -text option!\n".to_owned(), 127));
    };
    let port = port(option(p, "listen"), 5678);
    let code = option(p, "status-code").and_then(|code| code.parse::<u16>().ok()).unwrap_or(200);
    let started = format!("{} [INFO] server is listening on :{port}\n", log_time(p.now()));
    let answer = |cx: &mut ServiceCx<'_>, request: &Request, state: &str| {
        let (code, text) = state.split_once(' ').unwrap_or(("200", state));
        let agent = request.header("User-Agent").unwrap_or("").to_owned();
        let host = request.header("Host").unwrap_or("").to_owned();
        let line = format!(
            "{} {host} {}:{} \"{} {} {}\" {code} {} \"{agent}\" 21.6µs",
            log_time(cx.now),
            cx.client.0,
            cx.client.1,
            request.method,
            request.target,
            request.version,
            text.len() + 1
        );
        log(cx, &line);
        let mut reply = if request.path() == "/health" {
            json(cx, "{\"status\":\"ok\"}\n".to_owned())
        } else {
            with_code(plain(cx, format!("{text}\n")), code.parse().unwrap_or(200))
        };
        reply.headers.insert(0, ("X-App-Version", "1.0.0".to_owned()));
        reply.headers.insert(0, ("X-App-Name", "http-echo".to_owned()));
        reply
    };
    server(Kind::HttpOf(format!("{code} {text}"), answer), &[port], started)
}

/// `traefik/whoami`: who answers, and what was asked.
pub(crate) fn whoami(p: &Process) -> DaemonStart {
    let port = port(option(p, "port").or_else(|| p.env("WHOAMI_PORT_NUMBER")), 80);
    let name = option(p, "name").or_else(|| p.env("WHOAMI_NAME")).unwrap_or_default();
    let answer = |cx: &mut ServiceCx<'_>, request: &Request, name: &str| {
        let (host, ip) = (hostname(cx), cx.local.0);
        match request.path().as_str() {
            "/health" => plain(cx, String::new()),
            "/api" => {
                let text = format!(
                    "{{\"hostname\":\"{host}\",\"ip\":[\"127.0.0.1\",\"{ip}\"],\"headers\":{},\"url\":\"/api\",\"host\":\"{}\",\
                     \"method\":\"{}\",\"remoteAddr\":\"{}:{}\"}}\n",
                    api_headers(request),
                    request.header("Host").unwrap_or(""),
                    request.method,
                    cx.client.0,
                    cx.client.1
                );
                json(cx, text)
            }
            _ => {
                let named = if name.is_empty() { String::new() } else { format!("Name: {name}\n") };
                let mut text = format!(
                    "{named}Hostname: {host}\nIP: 127.0.0.1\nIP: {ip}\nRemoteAddr: {}:{}\n{} {} HTTP/1.1\n",
                    cx.client.0, cx.client.1, request.method, request.target
                );
                let mut headers = request.headers.clone();
                // Host comes first, the others in the order of their names, as Go writes a request.
                sim::order::sort_by(&mut headers, |a, b| {
                    (a.0 != "Host", a.0.as_str()).cmp(&(b.0 != "Host", b.0.as_str()))
                });
                for (name, value) in headers {
                    text.push_str(&format!("{name}: {value}\n"));
                }
                plain(cx, text + "\n")
            }
        }
    };
    server(Kind::HttpOf(name, answer), &[port], format!("{} Starting up on port {port}\n", log_time(p.now())))
}

/// A text as JSON writes it, with its quotes.
fn json_text(text: &str) -> String {
    let mut out = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out + "\""
}

/// The headers under small names, as Node.js has them, each made a field of JSON.
fn header_fields(request: &Request, field: impl Fn(String, String) -> String) -> Vec<String> {
    let headers = request.headers.iter();
    headers.map(|(name, value)| field(json_text(&name.to_ascii_lowercase()), json_text(value))).collect()
}

/// The headers as Go's encoder writes them.
fn api_headers(request: &Request) -> String {
    let fields = request.headers.iter().map(|(name, value)| format!("{}:[{}]", json_text(name), json_text(value)));
    format!("{{{}}}", fields.collect::<Vec<String>>().join(","))
}

/// `mendhak/http-https-echo` and `ealen/echo-server`: the request as JSON.
pub(crate) fn json_echo(p: &Process) -> DaemonStart {
    let of_mendhak = p.image().contains("mendhak");
    let port = port(p.env(if of_mendhak { "HTTP_PORT" } else { "PORT" }), if of_mendhak { 8080 } else { 80 });
    let answer = if of_mendhak { mendhak } else { ealen };
    server(Kind::Http(answer), &[port], format!("Listening on ports {port} for http.\n"))
}

fn mendhak(cx: &mut ServiceCx<'_>, request: &Request) -> Reply {
    let headers = header_fields(request, |name, value| format!("    {name}: {value}")).join(",\n");
    let headers = if headers.is_empty() { "{}".to_owned() } else { format!("{{\n{headers}\n  }}") };
    let text = format!(
        "{{\n  \"path\": {},\n  \"headers\": {headers},\n  \"method\": \"{}\",\n  \"body\": {},\n  \"fresh\": false,\n  \
         \"hostname\": \"{}\",\n  \"ip\": \"::ffff:{}\",\n  \"ips\": [],\n  \"protocol\": \"http\",\n  \"query\": {{}},\n  \
         \"subdomains\": [],\n  \"xhr\": false,\n  \"os\": {{\n    \"hostname\": \"{}\"\n  }},\n  \"connection\": {{}}\n}}\n",
        json_text(&request.path()),
        request.method,
        json_text(&String::from_utf8_lossy(&request.body)),
        request.header("Host").unwrap_or("").split(':').next().unwrap_or(""),
        cx.client.0,
        hostname(cx)
    );
    json(cx, text)
}

fn ealen(cx: &mut ServiceCx<'_>, request: &Request) -> Reply {
    let text = format!(
        "{{\"host\":{{\"hostname\":\"{}\",\"ip\":\"::ffff:{}\",\"ips\":[]}},\"http\":{{\"method\":\"{}\",\"baseUrl\":\"\",\
         \"originalUrl\":\"{}\",\"protocol\":\"http\"}},\"request\":{{\"params\":{{\"0\":\"{}\"}},\"query\":{{}},\"cookies\":{{}},\
         \"body\":{{}},\"headers\":{{{}}}}},\"environment\":{{\"HOSTNAME\":\"{}\"}}}}",
        request.header("Host").unwrap_or("").split(':').next().unwrap_or(""),
        cx.client.0,
        request.method,
        request.target,
        request.path(),
        header_fields(request, |name, value| format!("{name}:{value}")).join(","),
        hostname(cx)
    );
    json(cx, text)
}

/// `kubernetes-bootcamp`: the server of kubernetes.io's first tutorial.
pub(crate) fn bootcamp(p: &Process) -> DaemonStart {
    let version = if p.image().ends_with(":v2") { "2" } else { "1" };
    let started = format!("Kubernetes Bootcamp App Started At: {} | Running On:  {}\n\n", iso(p.now()), p.hostname());
    let answer = |cx: &mut ServiceCx<'_>, _: &Request, version: &str| {
        let host = hostname(cx);
        let last = cx.kernel.machines.get(&cx.machine).and_then(|machine| {
            let said = |line: &str| line.split("Total Requests: ").nth(1)?.split(' ').next()?.parse::<u64>().ok();
            machine.log.iter().rev().find_map(|line| said(&line.text))
        });
        let count = last.unwrap_or(0) + 1;
        let line = format!("Running On: {host} | Total Requests: {count} | Log Time: {}", iso(cx.now));
        log(cx, &line);
        let mut reply = plain(cx, format!("Hello Kubernetes bootcamp! | Running on: {host} | v={version}\n"));
        reply.headers[2].1 = "text/plain".to_owned();
        reply
    };
    server(Kind::HttpOf(version.to_owned(), answer), &[8080], started)
}

/// `luksa/kubia`: which Pod was hit.
pub(crate) fn kubia(p: &Process) -> DaemonStart {
    let tag = p.image().rsplit(':').next().unwrap_or("latest").to_owned();
    let answer = |cx: &mut ServiceCx<'_>, _: &Request, tag: &str| {
        let line = format!("Received request from ::ffff:{}", cx.client.0);
        log(cx, &line);
        let host = hostname(cx);
        let text = match tag {
            "v1" | "v2" | "v3" | "v4" => format!("This is {tag} running in pod {host}\n"),
            _ => format!("You've hit {host}\n"),
        };
        plain(cx, text)
    };
    server(Kind::HttpOf(tag, answer), &[8080], "Kubia server starting...\n".to_owned())
}

/// `paulbouwer/hello-kubernetes`: a page with a message and the Pod's name.
pub(crate) fn hello_kubernetes(p: &Process) -> DaemonStart {
    let port = port(p.env("PORT"), 8080);
    let value = |name: &str, default: &str| p.env(name).unwrap_or_else(|| default.to_owned());
    let rows = format!(
        "{}\t{}\t{}\t{}",
        value("MESSAGE", "Hello world!"),
        value("KUBERNETES_NAMESPACE", "-"),
        value("KUBERNETES_POD_NAME", &p.hostname()),
        value("KUBERNETES_NODE_NAME", "-")
    );
    let answer = |cx: &mut ServiceCx<'_>, _: &Request, rows: &str| {
        let mut cells = rows.split('\t');
        let mut cell = || cells.next().unwrap_or("");
        let text = format!(
            "<!DOCTYPE html>\n<html>\n<head>\n  <title>Hello Kubernetes!</title>\n</head>\n<body>\n  <div class=\"main\">\n    <div \
             id=\"message\">\n  {}\n</div>\n<div id=\"info\">\n  <table>\n    <tr><th>namespace:</th><td>{}</td></tr>\n    \
             <tr><th>pod:</th><td>{}</td></tr>\n    <tr><th>node:</th><td>{}</td></tr>\n  </table>\n</div>\n  </div>\n</body>\n\
             </html>\n",
            cell(),
            cell(),
            cell(),
            cell()
        );
        html(cx, text)
    };
    server(Kind::HttpOf(rows, answer), &[port], format!("Listening on: http://{}:{port}\n", p.hostname()))
}

/// Servers that answer with one line: the Pod's name in their own way.
pub(crate) fn one_line(p: &Process) -> DaemonStart {
    let (port, text) = ONE_LINE
        .iter()
        .find(|(part, ..)| p.image().contains(part))
        .map_or((8080, "HOST\n"), |(_, port, text)| (*port, *text));
    let answer = |cx: &mut ServiceCx<'_>, request: &Request, text: &str| {
        let host = hostname(cx);
        let text =
            text.replace("HOST", &host).replace("METHOD", &request.method).replace("ADDRESS", &cx.local.0.to_string());
        if text.starts_with('<') { html(cx, text) } else { plain(cx, text) }
    };
    // It adds up a million square roots for each request.
    let cost = p.image().contains("/hpa-example").then_some(Duration::from_millis(80));
    working_server(Kind::HttpOf(text.to_owned(), answer), cost, &[port], String::new())
}

/// A part of the image's name, the port, and the answer with HOST, METHOD and ADDRESS in it.
const ONE_LINE: &[(&str, u16, &str)] = &[
    ("/hpa-example", 80, "OK!"),
    ("/node-hello", 8080, "Hello Kubernetes!"),
    ("/hello-go-gke", 80, "{\"message\":\"Hello\"}\n"),
    ("jwilder/whoami", 8000, "I'm HOST\n"),
    ("subicura/whoami", 4567, "HOST"),
    ("subicura/echo", 3000, "HOST"),
    ("sysnet4admin/echo-hname", 80, "HOST\n"),
    ("sysnet4admin/echo-ip", 80, "request_method : METHOD | ip_dest: ADDRESS\n"),
    (
        "alicek106/rr-test",
        80,
        "<!DOCTYPE html>\n<meta charset=\"utf-8\" />\n<div class=\"form-layout\">\n\t<blockquote>\n\t<p>Hello,  \
         HOST</p>\t</blockquote>\n</div>\n",
    ),
    ("network-multitool", 80, "Network MultiTool (with NGINX) - HOST - ADDRESS\n"),
];

/// `registry.k8s.io/echoserver`: 1.4 and 1.10 differ in how they write.
pub(crate) fn echoserver(p: &Process) -> DaemonStart {
    let old = [":1.0", ":1.1", ":1.2", ":1.3", ":1.4", ":1.5"].iter().any(|tag| p.image().ends_with(tag));
    let answer = if old { echoserver_1_4 } else { echoserver_1_10 };
    server(Kind::Http(answer), &[8080], "Generating self-signed cert\nStarting nginx\n".to_owned())
}

fn echoed(request: &Request, indent: &str) -> (String, String, String) {
    let mut headers: Vec<String> =
        request.headers.iter().map(|(name, value)| format!("{indent}{}={value}\n", name.to_lowercase())).collect();
    sim::order::sort(&mut headers);
    let body = match String::from_utf8_lossy(&request.body).into_owned() {
        body if body.is_empty() => "-no body in request-".to_owned(),
        body => body,
    };
    let uri = format!(
        "http://{}:8080{}",
        request.header("Host").unwrap_or("").split(':').next().unwrap_or(""),
        request.target
    );
    (headers.concat(), body, uri)
}

fn echoserver_1_4(cx: &mut ServiceCx<'_>, request: &Request) -> Reply {
    let (headers, body, uri) = echoed(request, "");
    let query = request.target.split_once('?').map_or("nil", |(_, query)| query);
    let text = format!(
        "CLIENT VALUES:\nclient_address={}\ncommand={}\nreal path={}\nquery={query}\nrequest_version=1.1\nrequest_uri={uri}\n\n\
         SERVER VALUES:\nserver_version=nginx: 1.10.0 - lua: 10001\n\nHEADERS RECEIVED:\n{headers}BODY:\n{body}",
        cx.client.0, request.method, request.target
    );
    plain(cx, text)
}

fn echoserver_1_10(cx: &mut ServiceCx<'_>, request: &Request) -> Reply {
    let (headers, body, uri) = echoed(request, "\t");
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let text = format!(
        "\n\nHostname: {}\n\nPod Information:\n\t-no pod information available-\n\nServer values:\n\tserver_version=nginx: 1.13.3 \
         - lua: 10008\n\nRequest Information:\n\tclient_address={}\n\tmethod={}\n\treal path={}\n\tquery={query}\n\t\
         request_version=1.1\n\trequest_scheme=http\n\trequest_uri={uri}\n\nRequest Headers:\n{headers}\nRequest Body:\n\t{body}\n\n",
        hostname(cx),
        cx.client.0,
        request.method,
        request.target
    );
    plain(cx, text)
}

/// The subcommands of `agnhost` that there are in life and not here.
const AGNHOST_MORE: &str = "audit-proxy connect crd-conversion-webhook dns-server-list dns-suffix entrypoint-tester etc-hosts \
                            fake-gitserver fake-registry-server grpc-health-checking guestbook help inclusterclient logs-generator \
                            mounttest mtlsclient mtlsserver net nettest no-snat-test no-snat-test-proxy openidmetadata \
                            port-forward-tester resource-consumer-controller stress tcp-reset test-webserver webhook";

/// `agnhost porter`: answers at each port that a variable `SERVE_PORT_80` names with the variable's value.
fn porter(p: &Process) -> DaemonStart {
    let environment = p.environ();
    let served = environment
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("SERVE_PORT_")?.parse::<u16>().ok()?, value.clone())));
    let served: Vec<(u16, String)> = served.collect();
    let ports: Vec<u16> = served.iter().map(|(port, _)| *port).collect();
    let table: String = served.iter().map(|(port, value)| format!("{port} {value}\n")).collect();
    let answer = |cx: &mut ServiceCx<'_>, _: &Request, table: &str| {
        let port = format!("{} ", cx.local.1);
        let value = table.lines().find_map(|line| line.strip_prefix(port.as_str())).unwrap_or("").to_owned();
        plain(cx, value)
    };
    server(Kind::HttpOf(table, answer), &ports, String::new())
}

/// `agnhost`: `netexec`, `serve-hostname`, `liveness`, `porter` and `pause`.
pub(crate) fn agnhost(p: &Process) -> DaemonStart {
    let port = |default: u16| port(option(p, "http-port").or_else(|| option(p, "port")), default);
    match p.args().get(1).map_or("pause", String::as_str) {
        "netexec" => {
            let text = format!("Started HTTP server on port {}\nStarted UDP server on port  8081\n", port(8080));
            server(Kind::Http(netexec), &[port(8080)], text)
        }
        "serve-hostname" => {
            server(Kind::Http(serve_hostname), &[port(9376)], format!("Serving on port {}.\n", port(9376)))
        }
        "liveness" => liveness(p),
        "porter" => porter(p),
        "pause" => server(Kind::Silent, &[], "Paused\n".to_owned()),
        known if AGNHOST_MORE.split_whitespace().any(|name| name == known) => Err((
            format!("agnhost {known}: not simulated: netexec, serve-hostname, liveness, porter and pause are\n"),
            1,
        )),
        unknown => Err((format!("Error: unknown command \"{unknown}\" for \"app\"\nRun 'app --help' for usage.\n"), 1)),
    }
}

/// `serve_hostname`, before it was a subcommand of `agnhost`.
pub(crate) fn hostname_server(_: &Process) -> DaemonStart {
    server(Kind::Http(serve_hostname), &[9376], "Serving on port 9376.\n".to_owned())
}

/// The server of kubernetes.io's page on liveness probes: well for ten seconds.
pub(crate) fn liveness(p: &Process) -> DaemonStart {
    let started = p.now().unix_micros().to_string();
    let answer = |cx: &mut ServiceCx<'_>, request: &Request, started: &str| {
        let age = (cx.now.unix_micros() - started.parse::<i64>().unwrap_or(0)) as f64 / 1e6;
        match request.path().as_str() {
            "/healthz" if age > 10.0 => with_code(plain(cx, format!("error: {age}")), 500),
            "/healthz" => plain(cx, "ok".to_owned()),
            "/started" => plain(cx, format!("{age}s")),
            _ => with_code(plain(cx, "404 page not found\n".to_owned()), 404),
        }
    };
    server(Kind::HttpOf(started, answer), &[8080], String::new())
}

fn netexec(cx: &mut ServiceCx<'_>, request: &Request) -> Reply {
    let line = format!("{} GET {}", log_time(cx.now), request.target);
    log(cx, &line);
    let text = match request.path().as_str() {
        "/hostname" | "/hostName" => hostname(cx),
        "/clientip" => format!("{}:{}", cx.client.0, cx.client.1),
        "/healthz" => String::new(),
        "/echo" => {
            let code = query(request, "code").and_then(|code| code.parse().ok()).unwrap_or(200);
            return with_code(plain(cx, query(request, "msg").unwrap_or_default()), code);
        }
        "/header" => {
            let key = query(request, "key").unwrap_or_default();
            request.header(&key).unwrap_or("").to_owned()
        }
        path @ ("/dial" | "/exit" | "/redirect" | "/shell" | "/shutdown" | "/upload") => {
            return with_code(plain(cx, format!("agnhost netexec {path}: not simulated\n")), 501);
        }
        _ => format!("NOW: {}", strftime::format(cx.now, "%Y-%m-%d %H:%M:%S.%6N +0000 UTC")),
    };
    plain(cx, text)
}

fn serve_hostname(cx: &mut ServiceCx<'_>, _: &Request) -> Reply {
    let name = hostname(cx);
    plain(cx, name)
}

/// What runs in an image whose software is not simulated: it insists on what the real one insists on, says that it stands
/// in, and listens where that one would.
pub(crate) fn stand_in(p: &Process) -> DaemonStart {
    let Some(line) = crate::images::stand_in(&p.image()) else { return server(Kind::Silent, &[], String::new()) };
    let title = line.title().to_owned();
    let needs: Vec<&str> = line.needs.split_whitespace().collect();
    if !needs.is_empty() && !needs.iter().any(|name| p.env(name).is_some_and(|value| !value.is_empty())) {
        let one = if needs.len() == 1 { "" } else { "one of " };
        let needs = needs.join(", ");
        return Err((format!("{one}{needs} must be set (this stands in for {title}, which insists on it)\n"), 1));
    }
    let ports: Vec<String> = line.ports.iter().map(u16::to_string).collect();
    let listens = match ports.as_slice() {
        [] => String::new(),
        [port] => format!(" and listens on port {port}"),
        ports => format!(" and listens on ports {}", ports.join(", ")),
    };
    let time = strftime::format(p.now(), "%Y-%m-%dT%H:%M:%S.%6NZ");
    let text = format!("{time} {title} is not simulated: this stands in for it, stays up{listens}.\n");
    let answer = |cx: &mut ServiceCx<'_>, _: &Request, title: &str| {
        let host = hostname(cx);
        html(
            cx,
            format!(
                "<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<p>{title} is not \
                 simulated: this page stands in for it. It comes from {host}.</p>\n</body>\n</html>\n"
            ),
        )
    };
    server(if line.http { Kind::HttpOf(title, answer) } else { Kind::Silent }, &line.ports, text)
}

//! What `serve` does with clients that mean no good, or know no better: over real sockets, a cluster each.

mod common;

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use common::Served;

/// Longer than any answer takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(120);

fn connect(served: &Served) -> TcpStream {
    let stream = TcpStream::connect(served.address()).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// The text of a request to the server, which then closes the connection.
fn request(first: &str, headers: &[&str], body: &str) -> String {
    let mut text = format!("{first} HTTP/1.1\r\nconnection: close\r\n");
    for header in headers {
        text += &format!("{header}\r\n");
    }
    if !body.is_empty() {
        text += &format!("content-length: {}\r\n", body.len());
    }
    text + "\r\n" + body
}

fn code(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

/// Reads until the server ends the connection. True when it did, false when it had to be waited for too long.
fn is_ended(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn config_map(name: &str) -> String {
    format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}"}}}}"#)
}

#[test]
fn other_hosts_and_web_pages_are_refused_and_change_nothing() {
    let served = Served::start("strangers-pages", &[]);
    let own = format!("host: {}", served.address());
    let ask = |first: &str, headers: &[&str], body: &str| served.ask(&request(first, headers, body));

    let rebound = ask("GET /api/v1/pods", &["host: evil.example"], "");
    assert_eq!(code(&rebound), "403", "{rebound}");
    assert!(rebound.contains(r#""kind":"Status""#) && rebound.contains("evil.example"), "{rebound}");
    for host in ["host: localhost", "host: 127.0.0.1:1", "host: [::1]:8001", &own] {
        let answer = ask("GET /version", &[host], "");
        assert_eq!(code(&answer), "200", "{host}: {answer}");
    }
    assert_eq!(code(&ask("GET /version", &[], "")), "403");

    // What fetch(…, {method: "POST", mode: "no-cors", body: new Blob([json])}) of a page sends; and a form, and a sandbox.
    for origin in ["http://evil.example", "http://127.0.0.1:8080", "null"] {
        for kind in ["accept: */*", "content-type: text/plain", "content-type: application/json"] {
            let headers = [&own, &format!("origin: {origin}"), kind];
            let answer = ask(&format!("POST {CONFIG_MAPS}"), &headers.map(|it| it as &str), &config_map("of-a-page"));
            assert_eq!(code(&answer), "403", "{origin} {kind}: {answer}");
        }
    }
    let upgrade = [
        own.as_str(),
        "origin: http://evil.example",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
        "sec-websocket-protocol: v5.channel.k8s.io",
    ];
    let pods = "/api/v1/namespaces/kube-system/pods";
    let answer = ask(&format!("GET {pods}/etcd-minikube/exec?command=id&stdout=true"), &upgrade, "");
    assert_eq!(code(&answer), "403", "{answer}");

    // A program without Origin, and one (Python's websocket-client) that sends its own address, may.
    let there = ask(&format!("GET {CONFIG_MAPS}"), &[&own], "");
    assert!(code(&there) == "200" && !there.contains("of-a-page"), "{there}");
    let origin = format!("origin: http://{}", served.address());
    let answer = ask(&format!("POST {CONFIG_MAPS}"), &[&own, &origin], &config_map("of-a-program"));
    assert_eq!(code(&answer), "201", "{answer}");
}

#[test]
fn the_clock_is_told_by_post_only() {
    let served = Served::start("strangers-clock", &["--paused"]);
    let before = served.clock("advance?seconds=0");
    for method in ["GET", "HEAD", "PUT", "OPTIONS"] {
        let answer =
            served.ask(&request(&format!("{method} /playground/advance?seconds=60"), &["host: localhost"], ""));
        assert_eq!(code(&answer), "405", "{method}: {answer}");
        assert!(answer.to_ascii_lowercase().contains("allow: post"), "{answer}");
    }
    let headers = ["host: localhost", "origin: http://evil.example"];
    assert_eq!(code(&served.ask(&request("POST /playground/advance?seconds=60", &headers, ""))), "403");
    assert_eq!(served.clock("advance?seconds=0"), before);
    assert_eq!(served.clock("advance?seconds=60"), before + 60.0);
}

#[test]
fn half_sent_requests_keep_nobody_out() {
    let served = Served::start("strangers-half", &["--connections", "8"]);
    let mut hanging: Vec<TcpStream> = Vec::new();
    for at in 0..64 {
        let mut stream = connect(&served);
        let half = [
            "",
            "GET /version HTTP/1.1\r\nhost: localhost\r\n",
            "POST /api/v1/namespaces HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{",
        ];
        // Those that came first may be closed by now.
        let _ = stream.write_all(half[at % half.len()].as_bytes());
        hanging.push(stream);
    }
    let answer = served.ask(&request("GET /version", &["host: localhost"], ""));
    assert_eq!(code(&answer), "200", "{answer}");
    // The oldest had to go.
    assert!(is_ended(&mut hanging[0]));
}

#[test]
fn connections_that_are_used_are_not_closed_for_others() {
    let served = Served::start("strangers-used", &["--connections", "2"]);
    let watch = || {
        let mut stream = connect(&served);
        let first = format!(
            "GET {CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dnew HTTP/1.1\r\nhost: localhost\r\n\r\n"
        );
        stream.write_all(first.as_bytes()).expect("a request");
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        lines.read_line(&mut line).expect("an answer");
        assert_eq!(code(&line), "200", "{line}");
        lines
    };
    let (first, second) = (watch(), watch());
    let answer = served.ask(&request("GET /version", &["host: localhost"], ""));
    assert_eq!(code(&answer), "429", "{answer}");
    assert!(answer.to_ascii_lowercase().contains("retry-after: 1"), "{answer}");
    drop(second);
    // The server notices a moment later that it has gone.
    let create = request(&format!("POST {CONFIG_MAPS}"), &["host: localhost"], &config_map("new"));
    let answer = (0..1000).map(|_| served.ask(&create)).find(|answer| code(answer) != "429").expect("room");
    assert_eq!(code(&answer), "201", "{answer}");
    assert!(first.lines().map_while(Result::ok).any(|line| line.contains("ADDED")), "the watch goes on");
}

#[test]
fn who_asks_nothing_or_never_ends_is_closed_and_who_watches_is_not() {
    let served = Served::start("strangers-late", &["--read-timeout", "0.5", "--idle-timeout", "0.5"]);
    let mut watch = connect(&served);
    let first = format!("GET {CONFIG_MAPS}?watch=true HTTP/1.1\r\nhost: localhost\r\n\r\n");
    watch.write_all(first.as_bytes()).expect("a request");
    for half in ["", "GET /ver", "POST /api/v1/namespaces HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{"] {
        let mut stream = connect(&served);
        stream.write_all(half.as_bytes()).expect("half a request");
        assert!(is_ended(&mut stream), "{half:?}");
    }
    // An answered one that asks nothing more.
    let mut kept = connect(&served);
    kept.write_all(b"GET /version HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("a request");
    let mut text = String::new();
    kept.read_to_string(&mut text).expect("an answer, and the end");
    assert_eq!(code(&text), "200", "{text}");
    let answer = served.ask(&request(&format!("POST {CONFIG_MAPS}"), &["host: localhost"], &config_map("late")));
    assert_eq!(code(&answer), "201", "{answer}");
    let lines = BufReader::new(watch).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("\"late\"")), "the watch goes on");
}

#[test]
fn a_body_that_is_too_large_is_read_and_refused() {
    let served = Served::start("strangers-large", &[]);
    let large = "x".repeat(10 << 20);
    // `write_all` fails where the server closes before all is sent.
    let answer = served.ask(&request(&format!("POST {CONFIG_MAPS}"), &["host: localhost"], &large));
    assert_eq!(code(&answer), "413", "{}", &answer[..answer.len().min(300)]);
    assert!(answer.contains("Request entity too large: limit is 3145728"), "{answer}");
    // Without a length, and on a connection that goes on.
    let mut stream = connect(&served);
    let head = format!("POST {CONFIG_MAPS} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("a head");
    for _ in 0..10 {
        stream.write_all(format!("{:x}\r\n{}\r\n", 1 << 20, &large[..1 << 20]).as_bytes()).expect("a chunk");
    }
    stream.write_all(b"0\r\n\r\n").expect("the end");
    stream.write_all(request("GET /version", &["host: localhost"], "").as_bytes()).expect("another request");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("two answers");
    assert!(text.starts_with("HTTP/1.1 413") && text.contains("HTTP/1.1 200"), "{text}");
}

/// Bytes that no client sends: the server answers or ends the connection, and goes on.
#[test]
fn any_bytes_are_answered_or_refused() {
    let served = Served::start("strangers-bytes", &[]);
    let mut answered = 0;
    tests::corpus("http", &mut |name, bytes| {
        let mut stream = connect(&served);
        // The server may end it before all is sent.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{name}: {error}"),
            _ => {}
        }
        let text = String::from_utf8_lossy(&answer);
        answered += usize::from(!text.is_empty());
        assert!(!text.starts_with("HTTP/1.1 5"), "{name}: {text}");
        let version = served.ask(&request("GET /version", &["host: localhost"], ""));
        assert_eq!(code(&version), "200", "after {name}: {version}");
    });
    assert!(answered > 20, "only {answered} had an answer");
}

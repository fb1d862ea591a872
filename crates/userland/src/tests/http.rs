//! curl, ping and nginx, from each side of the node.

use super::*;

pub(super) fn with_nginx(image: &str) -> (World, MachineId) {
    let mut world = World::new();
    let web = world.container(image, [172, 17, 0, 4], &[]);
    (world, web)
}

const WELCOME_HEAD: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n";

#[test]
fn curl_speaks_with_nginx() {
    let (world, web) = with_nginx("nginx:1.14.2");
    let (text, status) = world.run(world.node, "curl -s 172.17.0.4");
    assert_eq!((text.len(), status, text.starts_with(WELCOME_HEAD)), (612, 0, true), "{text}");
    let (text, _) = world.run(world.node, "curl -s -X GET 172.17.0.4 -vvv -o /dev/null");
    assert_eq!(
        text.replace("\r", ""),
        "Note: Unnecessary use of -X or --request, GET is already inferred.
*   Trying 172.17.0.4:80...
* Connected to 172.17.0.4 (172.17.0.4) port 80 (#0)
> GET / HTTP/1.1
> Host: 172.17.0.4
> User-Agent: curl/7.88.1
> Accept: */*
> 
< HTTP/1.1 200 OK
< Server: nginx/1.14.2
< Date: Sun, 22 Nov 2026 10:00:00 GMT
< Content-Type: text/html
< Content-Length: 612
< Last-Modified: Tue, 04 Dec 2018 14:44:49 GMT
< Connection: keep-alive
< ETag: \"5c0692e1-264\"
< Accept-Ranges: bytes
< 
{ [612 bytes data]
* Connection #0 to host 172.17.0.4 left intact
"
    );
    for (line, expected) in [
        ("curl -s -o /dev/null -w '%{http_code}\\n' 172.17.0.4/nosuch", "404\n"),
        ("curl -sI 172.17.0.4 | head -1", "HTTP/1.1 200 OK\r\n"),
        ("curl -s -d a=b -o /dev/null -w '%{http_code}' http://172.17.0.4/", "405"),
        ("curl -f 172.17.0.4/nosuch -sS", "curl: (22) The requested URL returned error: 404\n? 22\n"),
        ("curl -s 172.17.0.4:81", "? 7\n"),
        (
            "curl -sS 172.17.0.4:81",
            "curl: (7) Failed to connect to 172.17.0.4 port 81 after 0 ms: Couldn't connect to server\n? 7\n",
        ),
        ("curl -sS nosuch.example", "curl: (6) Could not resolve host: nosuch.example\n? 6\n"),
        (
            "curl -z",
            "curl: option -z: requires parameter\ncurl: try 'curl --help' or 'curl --manual' for more information\n? 2\n",
        ),
        (
            "curl --nosuch x",
            "curl: option --nosuch: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n? 2\n",
        ),
        ("curl", "curl: try 'curl --help' or 'curl --manual' for more information\n? 2\n"),
        ("curl 'http://'", "curl: (3) URL using bad/illegal format or missing URL\n? 3\n"),
    ] {
        let (mut text, status) = world.run(world.node, line);
        if status != 0 {
            text.push_str(&format!("? {status}\n"));
        }
        assert_eq!(text, expected, "$ {line}");
    }
    let log = world.log(web);
    assert_eq!(
        log[0],
        "172.17.0.1 - - [22/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 612 \"-\" \"curl/7.88.1\" \"-\""
    );
    assert_eq!(
        log[2],
        "2026/11/22 10:00:00 [error] 7#7: *3 open() \"/usr/share/nginx/html/nosuch\" failed (2: No such file or directory), \
         client: 172.17.0.1, server: localhost, request: \"GET /nosuch HTTP/1.1\", host: \"172.17.0.4\""
    );
}

#[test]
fn the_outside_computer_reaches_no_pod() {
    let (world, _) = with_nginx("nginx:1.14.2");
    let (text, status) = world.run(world.laptop, "curl -X GET 172.17.0.4 -vs 2>&1");
    let text = text.replace("\r", "");
    let after = text.rsplit("after ").next().and_then(|rest| rest.split(' ').next()).unwrap_or("").to_owned();
    assert!(after.starts_with("30") && after.len() == 4, "{text}");
    assert_eq!(
        (text.replace(&after, "30xx"), status),
        (
            "Note: Unnecessary use of -X or --request, GET is already inferred.
*   Trying 172.17.0.4:80...
* connect to 172.17.0.4 port 80 failed: No route to host
* Failed to connect to 172.17.0.4 port 80 after 30xx ms: Couldn't connect to server
* Closing connection 0
"
            .to_owned(),
            7
        )
    );
    let (text, status) = world.run(world.laptop, "ping -c 3 172.17.0.4");
    let time: String = text.split("time ").nth(1).unwrap_or("").trim_end().to_owned();
    assert_eq!(
        (text.replace(time.lines().next().unwrap_or(""), "T"), status),
        (
            "PING 172.17.0.4 (172.17.0.4) 56(84) bytes of data.
From 172.17.0.1 icmp_seq=1 Destination Host Unreachable
From 172.17.0.1 icmp_seq=2 Destination Host Unreachable
From 172.17.0.1 icmp_seq=3 Destination Host Unreachable

--- 172.17.0.4 ping statistics ---
3 packets transmitted, 0 received, +3 errors, 100% packet loss, time T
pipe 3
"
            .to_owned(),
            1
        )
    );
    let (text, status) = world.run(world.laptop, "curl -sS -m 2 10.96.0.1");
    assert_eq!((text.as_str(), status), ("curl: (28) Connection timed out after 2000 milliseconds\n", 28));
    let (text, status) = world.run(world.laptop, "ping -c 1 -W 1 10.96.0.1");
    assert_eq!(status, 1);
    assert!(text.ends_with("1 packets transmitted, 0 received, 100% packet loss, time 0ms\n"), "{text}");
    let (text, status) = world.run(world.laptop, "ping nosuch.example");
    assert_eq!((text.as_str(), status), ("ping: nosuch.example: Name or service not known\n", 2));
}

#[test]
fn the_node_reaches_pods() {
    let (world, _) = with_nginx("nginx:1.14.2");
    let (text, status) = world.run(world.node, "ping -c 2 172.17.0.4");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(status, 0, "{text}");
    assert_eq!(lines[0], "PING 172.17.0.4 (172.17.0.4) 56(84) bytes of data.");
    assert!(lines[1].starts_with("64 bytes from 172.17.0.4: icmp_seq=1 ttl=64 time=0."), "{text}");
    assert!(lines[5].starts_with("2 packets transmitted, 2 received, 0% packet loss, time 10"), "{text}");
    assert!(lines[6].starts_with("rtt min/avg/max/mdev = 0."), "{text}");
}

#[test]
fn nginx_follows_its_configuration() {
    let (world, web) = with_nginx("nginx:1.27");
    let log = world.log(web);
    assert!(log[0].starts_with("/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty"), "{log:?}");
    assert!(log.iter().any(|line| line.ends_with("[notice] 1#1: nginx/1.27.5")), "{log:?}");
    for (line, expected) in [
        ("nginx -v", "nginx version: nginx/1.27.5\n"),
        (
            "nginx -t",
            "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n",
        ),
        ("curl -s localhost | wc -c", "615\n"),
        ("echo hi > /usr/share/nginx/html/index.html; curl -s localhost", "hi\n"),
        (
            "mkdir /usr/share/nginx/html/d; curl -s -o /dev/null -w '%{http_code} %{redirect_url}' localhost/d",
            "301 http://localhost/d/",
        ),
        ("curl -s localhost/d/ -o /dev/null -w '%{http_code}'", "403"),
        (
            "echo 'server { listen 80; location / { return 200 \"new\\n\"; } }' > /etc/nginx/conf.d/default.conf; curl -s localhost; nginx -s reload 2>/dev/null; curl -s localhost",
            "hi\nnew\n",
        ),
        (
            "echo 'server {' > /etc/nginx/conf.d/default.conf; nginx -t",
            "nginx: [emerg] unexpected end of file, expecting \"}\" in /etc/nginx/conf.d/default.conf:2\nnginx: configuration file /etc/nginx/nginx.conf test failed\n? 1\n",
        ),
        ("ps", "/bin/sh: 1: ps: not found\n? 127\n"),
        (
            "ls /",
            "bin\nboot\ndev\ndocker-entrypoint.d\ndocker-entrypoint.sh\netc\nhome\nlib\nlib64\nmedia\nmnt\nopt\nproc\nroot\nrun\nsbin\nsrv\nsys\ntmp\nusr\nvar\n",
        ),
        ("head -1 /etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
    ] {
        let (mut text, status) = world.run(web, line);
        if status != 0 {
            text.push_str(&format!("? {status}\n"));
        }
        assert_eq!(text, expected, "$ {line}");
    }
}

/// On a terminal curl shows the body before it says what becomes of the connection, and no meter.
#[test]
fn curl_on_a_terminal() {
    let (world, _) = with_nginx("nginx:1.14.2");
    let tty = world.kernel.add_tty(false);
    let fd = Fd::tty(tty);
    let argv = ["curl", "-v", "172.17.0.4"].map(str::to_owned);
    let child = world.kernel.execute(world.node, &argv, fd.clone(), fd.clone(), fd).unwrap();
    world.run_until(|| child.ended().is_some());
    let output = world.kernel.with(|state| state.tty_mut(tty).unwrap().take_output());
    let text: String = output
        .iter()
        .map(|part| match part {
            machine::Output::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            machine::Output::Note(note) => format!("{note:?}"),
        })
        .collect();
    assert!(text.starts_with("*   Trying 172.17.0.4:80...\n"), "{text}");
    assert!(text.contains("< \r\n<!DOCTYPE html>"), "{text}");
    assert!(text.ends_with("</html>\n* Connection #0 to host 172.17.0.4 left intact\n"), "{text}");
}

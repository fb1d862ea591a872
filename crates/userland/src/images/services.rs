//! The images of other servers and tools: a base system and what they add.

use machine::Disk;
use sim::Time;

use super::busybox::alpine;
use super::debian::{base, release};
use super::tree::{day, programs};

fn date() -> Time {
    day("2025-09-08")
}

fn on(version: &str) -> Disk {
    if version.contains("alpine") {
        return alpine("3.22.1");
    }
    let named = ["buster", "bullseye", "trixie"].into_iter().find(|name| version.contains(name));
    base(release(named.unwrap_or("bookworm")), date())
}

fn with(mut disk: Disk, path: &str, program: &str) -> Disk {
    disk.add_program(path, program, date());
    disk
}

/// A server under `/usr/local/bin` with the usual entrypoint script.
fn server(version: &str, names: &str) -> Disk {
    let mut disk = on(version);
    programs(&mut disk, "/usr/local/bin", names, date());
    disk.add_program("/usr/local/bin/docker-entrypoint.sh", "entrypoint", date());
    disk
}

/// `debian`.
pub(super) fn debian(version: &str) -> Disk {
    let codename = match version.split(['.', '-']).next().unwrap_or("") {
        "8" | "jessie" => "jessie",
        "9" | "stretch" => "stretch",
        "10" | "buster" => "buster",
        "11" | "bullseye" => "bullseye",
        "12" | "bookworm" => "bookworm",
        _ => "trixie",
    };
    base(release(codename), day("2025-09-08"))
}

/// `ubuntu`.
pub(super) fn ubuntu(version: &str) -> Disk {
    let codename = match version {
        "14.04" | "trusty" => "trusty",
        "16.04" | "xenial" => "xenial",
        "18.04" | "bionic" => "bionic",
        "20.04" | "focal" => "focal",
        "22.04" | "jammy" => "jammy",
        _ => "noble",
    };
    base(release(codename), day("2025-08-05"))
}

/// `httpd`.
pub(super) fn httpd(version: &str) -> Disk {
    let mut disk = on(version);
    programs(&mut disk, "/usr/local/bin", "httpd-foreground", date());
    disk.add_program("/usr/local/apache2/bin/httpd", "httpd-foreground", date());
    let page = "<html><body><h1>It works!</h1></body></html>\n";
    disk.add_file("/usr/local/apache2/htdocs/index.html", page, 0o644, day("2007-06-11"));
    disk.add_file(
        "/usr/local/apache2/conf/httpd.conf",
        "ServerRoot \"/usr/local/apache2\"\nListen 80\n",
        0o644,
        date(),
    );
    disk.add_dir("/usr/local/apache2/logs", date());
    disk
}

/// `redis`.
pub(super) fn redis(version: &str) -> Disk {
    let mut disk = server(version, "redis-server redis-cli");
    disk.add_dir("/data", date());
    disk
}

/// `memcached`.
pub(super) fn memcached(version: &str) -> Disk {
    server(version, "memcached")
}

/// `mysql`, `mariadb`.
pub(super) fn mysql(version: &str) -> Disk {
    let mut disk = server(version, "mysqld mariadbd");
    for name in ["mysql", "mysqldump", "mariadb", "mariadb-dump"] {
        disk.add_program(&format!("/usr/bin/{name}"), "not-simulated", date());
    }
    for name in ["mysqladmin", "mariadb-admin"] {
        disk.add_program(&format!("/usr/bin/{name}"), "mysqladmin", date());
    }
    disk.add_dir("/var/lib/mysql", date());
    disk
}

/// `postgres`.
pub(super) fn postgres(version: &str) -> Disk {
    let mut disk = server(version, "postgres");
    for name in ["psql", "pg_dump", "pg_restore", "createdb", "createuser"] {
        disk.add_program(&format!("/usr/bin/{name}"), "not-simulated", date());
    }
    disk.add_program("/usr/bin/pg_isready", "pg_isready", date());
    disk.add_dir("/var/lib/postgresql/data", date());
    disk
}

/// `mongo`.
pub(super) fn mongo(version: &str) -> Disk {
    let mut disk = server(version, "mongod");
    for name in ["mongosh", "mongo", "mongodump", "mongorestore"] {
        disk.add_program(&format!("/usr/bin/{name}"), "not-simulated", date());
    }
    disk.add_dir("/data/db", date());
    disk
}

/// `hello-world`: one program and nothing else.
pub(super) fn hello_world(_version: &str) -> Disk {
    with(Disk::new(date()), "/hello", "hello")
}

/// `python`: there, but no Python runs here.
pub(super) fn python(version: &str) -> Disk {
    let mut disk = on(version);
    for name in ["python3", "python", "pip"] {
        disk.add_program(&format!("/usr/local/bin/{name}"), "not-simulated", date());
    }
    disk
}

/// `node`: there, but no JavaScript runs here.
pub(super) fn node(version: &str) -> Disk {
    let mut disk = server(version, "");
    for name in ["node", "npm", "npx", "yarn"] {
        disk.add_program(&format!("/usr/local/bin/{name}"), "not-simulated", date());
    }
    disk
}

/// `curlimages/curl`.
pub(super) fn curl(_version: &str) -> Disk {
    let mut disk = alpine("3.22.1");
    disk.add_program("/usr/bin/curl", "curl", date());
    disk.add_program("/entrypoint.sh", "entrypoint", date());
    disk.add_dir("/home/curl_user", date());
    disk.set_owner("/home/curl_user", 100, 101);
    let line = b"curl_user:x:100:101:Linux User,,,:/home/curl_user:/sbin/nologin\n";
    let _ = disk.write(&["etc", "passwd"], date(), |bytes| bytes.extend_from_slice(line));
    disk
}

/// What netshoot has and this world has not.
const NETSHOOT_HAS: &str = "bird conntrack ctop ethtool fortio git grpcurl httpie iftop iperf iperf3 iptables iptraf-ng mtr ngrep nft \
                            nmap nping scapy socat speedtest-cli ssh swaks tcpdump tcptraceroute termshark tshark websocat";

/// `nicolaka/netshoot`: the network tools of this world on Alpine.
pub(super) fn netshoot(_version: &str) -> Disk {
    let mut disk = alpine("3.22.1");
    programs(&mut disk, "/usr/bin", "curl arp nslookup dig host traceroute jq openssl ss", date());
    for name in NETSHOOT_HAS.split_whitespace() {
        disk.add_program(&format!("/usr/bin/{name}"), "not-simulated", date());
    }
    disk.add_program("/bin/bash", "bash", date());
    disk.add_program("/bin/zsh", "bash", date());
    disk
}

/// What a demonstration says of the server that answers; nginx fills in the variables.
const DEMO_TEXT: &str = "Server address: $server_addr:$server_port\nServer name: $hostname\nDate: $time_local\nURI: \
                         $request_uri\nRequest ID: $request_id\n";

/// `nginxdemos/hello`: nginx on Alpine, which says where it runs, as a page or as plain text.
pub(super) fn demo(version: &str) -> Disk {
    let mut disk = super::nginx::image("1.29.3-alpine");
    let (kind, text) = if version.contains("plain-text") {
        ("text/plain", DEMO_TEXT.to_owned())
    } else {
        let rows: String = DEMO_TEXT
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| format!("<p><span>{name}:</span> <span>{value}</span></p>\n"))
            .collect();
        let head = "<!DOCTYPE html>\n<html>\n<head>\n<title>Hello World</title>\n</head>\n<body>\n";
        ("text/html", format!("{head}{rows}</body>\n</html>\n"))
    };
    let conf = format!(
        "server {{\n    listen 80;\n    listen [::]:80;\n\n    location / {{\n        default_type {kind};\n        return 200 \
         '{text}';\n    }}\n}}\n"
    );
    disk.add_file("/etc/nginx/conf.d/default.conf", conf, 0o644, date());
    disk
}

/// `nginxinc/nginx-unprivileged`: nginx that is not root, on port 8080.
pub(super) fn nginx_unprivileged(version: &str) -> Disk {
    let number = if version.starts_with("1.") { version } else { "1.29.3" };
    let mut disk = super::nginx::image(if version.contains("alpine") { "1.29.3-alpine" } else { number });
    let conf = ["etc", "nginx", "conf.d", "default.conf"];
    let change = |disk: &mut Disk, path: &[&str], from: &str, to: &str| {
        let _ = disk.write(path, date(), |bytes| {
            *bytes = String::from_utf8_lossy(bytes).replace(from, to).into_bytes();
        });
    };
    change(&mut disk, &conf, "listen       80;", "listen       8080;");
    change(&mut disk, &conf, "listen  [::]:80;", "listen  [::]:8080;");
    change(&mut disk, &["etc", "nginx", "nginx.conf"], "user  nginx;\n", "");
    change(&mut disk, &["etc", "nginx", "nginx.conf"], "/run/nginx.pid", "/tmp/nginx.pid");
    disk.set_owner("/var/cache/nginx", 101, 0);
    disk
}

/// `pause`: one program.
pub(super) fn pause(_version: &str) -> Disk {
    with(Disk::new(date()), "/pause", "pause")
}

/// The control plane's and the add-ons' images: nothing but their program, so no shell to `exec`.
pub(super) fn system(_version: &str) -> Disk {
    let mut disk = Disk::new(date());
    // Registered by the world, whose names and objects they serve.
    disk.add_program("/coredns", "coredns", date());
    disk.add_program("/usr/local/bin/kube-apiserver", "kube-apiserver", date());
    for name in ["storage-provisioner", "controller", "speaker"] {
        disk.add_program(&format!("/{name}"), "system-service", date());
    }
    disk.add_program("/usr/local/bin/etcd", "etcd", date());
    for name in ["etcdctl", "etcdutl"] {
        disk.add_program(&format!("/usr/local/bin/{name}"), "not-simulated", date());
    }
    for name in ["kube-controller-manager", "kube-scheduler", "kube-proxy"] {
        disk.add_program(&format!("/usr/local/bin/{name}"), "system-service", date());
    }
    disk.add_file("/etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\n", 0o644, date());
    disk
}

/// ingress-nginx: its controller on Alpine, and what its Jobs run. Registered by the world, whose objects they read.
pub(super) fn ingress_nginx(_version: &str) -> Disk {
    let mut disk = with(alpine("3.22.1"), "/nginx-ingress-controller", "nginx-ingress-controller");
    disk.add_program("/usr/bin/dumb-init", "nginx-ingress-controller", date());
    disk.add_program("/wait-shutdown", "true", date());
    disk.add_program("/kube-webhook-certgen", "kube-webhook-certgen", date());
    programs(&mut disk, "/usr/bin", "curl", date());
    disk
}

/// metrics-server, which has no shell.
pub(super) fn metrics_server(_version: &str) -> Disk {
    let mut disk = with(Disk::new(date()), "/metrics-server", "metrics-server");
    disk.add_file(
        "/etc/passwd",
        "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
        0o644,
        date(),
    );
    disk
}

/// `agnhost`: its program on Alpine, with BIND's tools and a user of more groups, which pages of kubernetes.io show.
pub(super) fn agnhost(_version: &str) -> Disk {
    let mut disk = with(alpine("3.12.1"), "/agnhost", "agnhost");
    programs(&mut disk, "/usr/bin", "curl dig host nslookup nc", date());
    programs(&mut disk, "/bin", "bash", date());
    programs(&mut disk, "/sbin", "ss", date());
    disk.add_program("/usr/bin/iperf", "not-simulated", date());
    for (file, line) in [
        ("passwd", "user-defined-in-image:x:1000:1000::/home/user-defined-in-image:/bin/sh\n"),
        ("group", "user-defined-in-image:x:1000:\ngroup-defined-in-image:x:50000:user-defined-in-image\n"),
    ] {
        let _ = disk.write(&["etc", file], date(), |bytes| bytes.extend_from_slice(line.as_bytes()));
    }
    disk
}

/// `serve_hostname`: one program, the server of kubernetes.io's page on debugging Services.
pub(super) fn serve_hostname(_version: &str) -> Disk {
    with(Disk::new(date()), "/serve_hostname", "serve-hostname")
}

/// Google's `hello-frontend`: nginx that asks the Service `hello`.
pub(super) fn hello_frontend(_version: &str) -> Disk {
    let mut disk = super::nginx::image("1.14.2");
    let conf = "upstream Backend {\n    server hello;\n}\n\nserver {\n    listen 80;\n\n    location / {\n        proxy_pass \
                http://Backend;\n    }\n}\n";
    disk.add_file("/etc/nginx/conf.d/default.conf", conf, 0o644, date());
    disk
}

/// An nginx of the Kubernetes project.
pub(super) fn old_nginx(_version: &str) -> Disk {
    super::nginx::image("1.14.2")
}

/// The echo server of minikube's first tutorial.
pub(super) fn echoserver(_version: &str) -> Disk {
    let mut disk = base(release("stretch"), day("2018-01-01"));
    disk.add_program("/usr/local/bin/run.sh", "echoserver", date());
    disk
}

/// `hashicorp/http-echo`: one program.
pub(super) fn http_echo(_version: &str) -> Disk {
    with(Disk::new(date()), "/http-echo", "http-echo")
}

/// `traefik/whoami`: one program.
pub(super) fn whoami(_version: &str) -> Disk {
    with(Disk::new(date()), "/whoami", "whoami-server")
}

/// Servers written for Node.js, on Debian.
pub(super) fn node_server(version: &str, program: &str) -> Disk {
    with(node(version), "/usr/local/bin/node", program)
}

/// `kubernetes-bootcamp`.
pub(super) fn bootcamp(version: &str) -> Disk {
    with(node_server(version, "bootcamp"), "/usr/bin/curl", "curl")
}

/// `luksa/kubia`.
pub(super) fn kubia(version: &str) -> Disk {
    with(node_server(version, "kubia"), "/usr/bin/curl", "curl")
}

/// `mendhak/http-https-echo`, `ealen/echo-server`.
pub(super) fn json_echo(_version: &str) -> Disk {
    node_server("20-alpine", "json-echo")
}

/// `paulbouwer/hello-kubernetes`.
pub(super) fn hello_kubernetes(_version: &str) -> Disk {
    node_server("16-alpine", "hello-kubernetes")
}

/// Servers that answer with one line.
pub(super) fn one_line(_version: &str) -> Disk {
    with(with(debian("bookworm"), "/usr/local/bin/serve", "one-line-server"), "/usr/bin/curl", "curl")
}

/// `network-multitool`: a server of one line among network tools.
pub(super) fn multitool(version: &str) -> Disk {
    with(with(netshoot(version), "/docker/entrypoint.sh", "entrypoint"), "/usr/sbin/nginx", "one-line-server")
}

/// The image of kubernetes.io's page on liveness probes.
pub(super) fn liveness(_version: &str) -> Disk {
    with(alpine("3.12.1"), "/server", "liveness")
}

/// Images of `stress`.
pub(super) fn stress(_version: &str) -> Disk {
    with(alpine("3.22.1"), "/usr/local/bin/stress", "stress")
}

/// Images of `stress-ng`.
pub(super) fn stress_ng(_version: &str) -> Disk {
    with(with(alpine("3.22.1"), "/usr/bin/stress-ng", "stress"), "/stress-ng", "stress")
}

/// `vish/stress`, a program alone.
pub(super) fn vish_stress(_version: &str) -> Disk {
    with(Disk::new(date()), "/stress", "stress")
}

/// `perl`: Debian with Perl, of which one program runs.
pub(super) fn perl(version: &str) -> Disk {
    with(with(on(version), "/usr/local/bin/perl", "perl"), "/usr/local/bin/perl5.34.0", "perl")
}

/// Images with the tools of name servers.
pub(super) fn dnsutils(version: &str) -> Disk {
    netshoot(version)
}

/// `alpine/curl`, `radial/busyboxplus`: a small system with curl.
pub(super) fn small_curl(_version: &str) -> Disk {
    with(alpine("3.22.1"), "/usr/bin/curl", "curl")
}

/// `bash`.
pub(super) fn bash(_version: &str) -> Disk {
    let disk = with(alpine("3.22.1"), "/usr/local/bin/bash", "bash");
    with(disk, "/usr/local/bin/docker-entrypoint.sh", "entrypoint")
}

/// Fedora and its kin: their own names on the base system of Debian; `dnf` and `yum` say that there is no archive.
pub(super) fn red_hat(version: &str) -> Disk {
    let mut disk = debian("bookworm");
    for name in ["dnf", "yum", "rpm"] {
        disk.add_program(&format!("/usr/bin/{name}"), "not-simulated", date());
    }
    let name = if version.starts_with(|c: char| c.is_ascii_digit()) { version } else { "9" };
    let text = format!("NAME=\"Linux\"\nVERSION=\"{name}\"\nID=rhel\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"{name}\"\n");
    disk.add_file("/usr/lib/os-release", text, 0o644, date());
    disk
}

/// `kicbase/echo-server`.
pub(super) fn echo_server(_version: &str) -> Disk {
    with(Disk::new(date()), "/bin/echo-server", "echo-server")
}

/// Google's `hello-app`.
pub(super) fn hello_app(version: &str) -> Disk {
    with(Disk::new(date()), "/hello-app", if version.starts_with('2') { "hello-app-2" } else { "hello-app" })
}

//! The images of other servers and tools: a base system and what they add.

use sim::Time;

use super::busybox::alpine;
use super::debian::{base, release};
use super::tree::{day, programs};
use crate::Disk;

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
pub fn debian(version: &str) -> Disk {
    let codename = match version.split(['.', '-']).next().unwrap_or("") {
        "10" | "buster" => "buster",
        "11" | "bullseye" => "bullseye",
        "12" | "bookworm" => "bookworm",
        _ => "trixie",
    };
    base(release(codename), day("2025-09-08"))
}

/// `ubuntu`.
pub fn ubuntu(version: &str) -> Disk {
    let codename = match version {
        "20.04" | "focal" => "focal",
        "22.04" | "jammy" => "jammy",
        _ => "noble",
    };
    base(release(codename), day("2025-08-05"))
}

/// `httpd`.
pub fn httpd(version: &str) -> Disk {
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
pub fn redis(version: &str) -> Disk {
    let mut disk = server(version, "redis-server redis-cli");
    disk.add_dir("/data", date());
    disk
}

/// `memcached`.
pub fn memcached(version: &str) -> Disk {
    server(version, "memcached")
}

/// `mysql`, `mariadb`.
pub fn mysql(version: &str) -> Disk {
    let mut disk = server(version, "mysqld mariadbd");
    disk.add_program("/usr/bin/mysql", "not-simulated", date());
    disk.add_program("/usr/bin/mariadb", "not-simulated", date());
    disk.add_dir("/var/lib/mysql", date());
    disk
}

/// `postgres`.
pub fn postgres(version: &str) -> Disk {
    let mut disk = server(version, "postgres");
    disk.add_program("/usr/bin/psql", "not-simulated", date());
    disk.add_dir("/var/lib/postgresql/data", date());
    disk
}

/// `mongo`.
pub fn mongo(version: &str) -> Disk {
    let mut disk = server(version, "mongod");
    disk.add_program("/usr/bin/mongosh", "not-simulated", date());
    disk.add_dir("/data/db", date());
    disk
}

/// `hello-world`: one program and nothing else.
pub fn hello_world(_version: &str) -> Disk {
    with(Disk::new(date()), "/hello", "hello")
}

/// `python`: there, but no Python runs here.
pub fn python(version: &str) -> Disk {
    let mut disk = on(version);
    for name in ["python3", "python", "pip"] {
        disk.add_program(&format!("/usr/local/bin/{name}"), "not-simulated", date());
    }
    disk
}

/// `node`: there, but no JavaScript runs here.
pub fn node(version: &str) -> Disk {
    let mut disk = server(version, "");
    for name in ["node", "npm", "npx", "yarn"] {
        disk.add_program(&format!("/usr/local/bin/{name}"), "not-simulated", date());
    }
    disk
}

/// `curlimages/curl`.
pub fn curl(_version: &str) -> Disk {
    let mut disk = alpine("3.22.1");
    disk.add_program("/usr/bin/curl", "curl", date());
    disk.add_program("/entrypoint.sh", "entrypoint", date());
    disk.add_dir("/home/curl_user", date());
    disk.set_owner("/home/curl_user", 100, 101);
    let line = b"curl_user:x:100:101:Linux User,,,:/home/curl_user:/sbin/nologin\n";
    let _ = disk.write(&["etc", "passwd"], date(), |bytes| bytes.extend_from_slice(line));
    disk
}

/// `nicolaka/netshoot`: the network tools of this world on Alpine.
pub fn netshoot(_version: &str) -> Disk {
    let mut disk = alpine("3.22.1");
    programs(&mut disk, "/usr/bin", "curl arp nslookup dig host traceroute", date());
    disk.add_program("/bin/bash", "bash", date());
    disk.add_program("/bin/zsh", "bash", date());
    disk
}

/// `nginxdemos/hello` and its like: nginx on Alpine.
pub fn demo(_version: &str) -> Disk {
    super::nginx::image("1.29.3-alpine")
}

/// `registry.k8s.io/nginx-slim`.
pub fn nginx_slim(_version: &str) -> Disk {
    super::nginx::image("1.14.2")
}

/// `pause`: one program.
pub fn pause(_version: &str) -> Disk {
    with(Disk::new(date()), "/pause", "pause")
}

/// The control plane's and the add-ons' images: nothing but their program, so no shell to `exec`.
pub fn system(_version: &str) -> Disk {
    let mut disk = Disk::new(date());
    disk.add_program("/coredns", "coredns", date()); // registered by the world, whose names it serves
    disk.add_program("/storage-provisioner", "system-service", date());
    for name in ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"] {
        disk.add_program(&format!("/usr/local/bin/{name}"), "system-service", date());
    }
    disk.add_file("/etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\n", 0o644, date());
    disk
}

/// `agnhost`: `pause`, and `netexec`/`serve-hostname` answer HTTP.
pub fn agnhost(_version: &str) -> Disk {
    with(alpine("3.12.1"), "/agnhost", "agnhost")
}

/// The echo server of minikube's first tutorial.
pub fn echoserver(_version: &str) -> Disk {
    let mut disk = base(release("stretch"), day("2018-01-01"));
    disk.add_program("/usr/local/bin/echo-server", "echo-server", date());
    disk.add_file("/usr/local/bin/run.sh", "exec echo-server\n", 0o755, date());
    disk
}

/// `kicbase/echo-server`.
pub fn echo_server(_version: &str) -> Disk {
    with(Disk::new(date()), "/bin/echo-server", "echo-server")
}

/// Google's `hello-app`.
pub fn hello_app(version: &str) -> Disk {
    with(Disk::new(date()), "/hello-app", if version.starts_with('2') { "hello-app-2" } else { "hello-app" })
}

//! The images that can be pulled, as a table.

use sim::Duration;

use super::{Image, PullError, Reference, busybox, nginx, services};
use crate::programs::sha256;
use crate::{Disk, Signal, User};

/// Which tags a repository has.
enum Tags {
    /// These words, numbers such as `1.2.3` whose first two parts are within the bounds, and either with one of the
    /// suffixes.
    Versions { words: &'static str, from: (u32, u32), to: (u32, u32), suffixes: &'static str },
    /// Any `v1.2.3`, `3.10`, `1.37.0-glibc`.
    Any,
}

/// One repository.
struct Family {
    repository: &'static str,
    tags: Tags,
    /// Megabytes when unpacked.
    megabytes: u64,
    entrypoint: &'static [&'static str],
    cmd: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    ports: &'static [u16],
    build: fn(&str) -> Disk,
    quit: bool,
    user: Option<(&'static str, u32)>,
    dir: &'static str,
}

const PLAIN: Family = Family {
    repository: "",
    tags: Tags::Any,
    megabytes: 100,
    entrypoint: &[],
    cmd: &[],
    env: &[],
    ports: &[],
    build: services::debian,
    quit: false,
    user: None,
    dir: "/",
};

const DEBIAN_SUFFIXES: &str = "alpine slim bookworm bullseye trixie";
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const ENTRYPOINT: &[&str] = &["docker-entrypoint.sh"];

const fn versions(words: &'static str, from: (u32, u32), to: (u32, u32)) -> Tags {
    Tags::Versions { words, from, to, suffixes: DEBIAN_SUFFIXES }
}

const FAMILIES: &[Family] = &[
    Family {
        repository: "docker.io/library/nginx",
        tags: Tags::Versions {
            words: "latest stable mainline 1 alpine perl bookworm trixie",
            from: (1, 7),
            to: (1, 29),
            suffixes: "alpine alpine-slim alpine-perl perl otel bookworm trixie bullseye",
        },
        megabytes: 152,
        cmd: &["nginx", "-g", "daemon off;"],
        ports: &[80],
        build: nginx::image,
        quit: true,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/busybox",
        tags: Tags::Versions {
            words: "latest stable 1 musl glibc uclibc",
            from: (1, 20),
            to: (1, 37),
            suffixes: "musl glibc uclibc",
        },
        megabytes: 4,
        cmd: &["sh"],
        build: busybox::busybox,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/alpine",
        tags: Tags::Versions { words: "latest edge 3", from: (3, 5), to: (3, 22), suffixes: "" },
        megabytes: 8,
        cmd: &["/bin/sh"],
        build: busybox::alpine,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/ubuntu",
        tags: Tags::Versions { words: "latest rolling focal jammy noble", from: (20, 4), to: (24, 4), suffixes: "" },
        megabytes: 78,
        cmd: &["/bin/bash"],
        build: services::ubuntu,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/debian",
        tags: Tags::Versions {
            words: "latest stable buster bullseye bookworm trixie 10 11 12 13",
            from: (10, 0),
            to: (13, 9),
            suffixes: "slim",
        },
        megabytes: 117,
        cmd: &["bash"],
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/httpd",
        tags: versions("latest 2 alpine bookworm", (2, 2), (2, 4)),
        megabytes: 148,
        cmd: &["httpd-foreground"],
        env: &[("HTTPD_PREFIX", "/usr/local/apache2")],
        ports: &[80],
        build: services::httpd,
        dir: "/usr/local/apache2",
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/redis",
        tags: versions("latest 5 6 7 8 alpine bookworm", (3, 0), (8, 4)),
        megabytes: 117,
        entrypoint: ENTRYPOINT,
        cmd: &["redis-server"],
        ports: &[6379],
        build: services::redis,
        dir: "/data",
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/memcached",
        tags: versions("latest 1 alpine", (1, 4), (1, 6)),
        megabytes: 85,
        entrypoint: ENTRYPOINT,
        cmd: &["memcached"],
        ports: &[11211],
        build: services::memcached,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/mysql",
        tags: versions("latest lts innovation 5 8 9", (5, 5), (9, 5)),
        megabytes: 781,
        entrypoint: ENTRYPOINT,
        cmd: &["mysqld"],
        ports: &[3306, 33060],
        build: services::mysql,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/mariadb",
        tags: versions("latest lts 10 11 12", (10, 2), (12, 1)),
        megabytes: 330,
        entrypoint: ENTRYPOINT,
        cmd: &["mariadbd"],
        ports: &[3306],
        build: services::mysql,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/postgres",
        tags: versions("latest alpine 12 13 14 15 16 17 18", (9, 4), (18, 9)),
        megabytes: 438,
        entrypoint: ENTRYPOINT,
        cmd: &["postgres"],
        ports: &[5432],
        build: services::postgres,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/mongo",
        tags: versions("latest 4 5 6 7 8", (3, 4), (8, 2)),
        megabytes: 850,
        entrypoint: ENTRYPOINT,
        cmd: &["mongod"],
        ports: &[27017],
        build: services::mongo,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/hello-world",
        tags: Tags::Versions { words: "latest linux", from: (1, 0), to: (0, 0), suffixes: "" },
        megabytes: 0,
        cmd: &["/hello"],
        build: services::hello_world,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/python",
        tags: versions("latest 3 slim alpine", (3, 6), (3, 14)),
        megabytes: 1020,
        cmd: &["python3"],
        build: services::python,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/node",
        tags: versions("latest lts current slim alpine 14 16 18 20 22 24", (10, 0), (24, 20)),
        megabytes: 1100,
        entrypoint: ENTRYPOINT,
        cmd: &["node"],
        build: services::node,
        ..PLAIN
    },
    Family {
        repository: "docker.io/curlimages/curl",
        tags: Tags::Any,
        megabytes: 23,
        entrypoint: &["/entrypoint.sh"],
        cmd: &["curl"],
        build: services::curl,
        user: Some(("curl_user", 100)),
        dir: "/home/curl_user",
        ..PLAIN
    },
    Family {
        repository: "docker.io/nicolaka/netshoot",
        megabytes: 533,
        cmd: &["zsh"],
        build: services::netshoot,
        dir: "/root",
        ..PLAIN
    },
    Family {
        repository: "docker.io/nginxdemos/hello",
        tags: Tags::Versions { words: "latest plain-text", from: (0, 1), to: (0, 4), suffixes: "plain-text" },
        megabytes: 50,
        cmd: &["nginx", "-g", "daemon off;"],
        ports: &[80],
        build: services::demo,
        quit: true,
        ..PLAIN
    },
    Family {
        repository: "registry.k8s.io/pause",
        megabytes: 1,
        entrypoint: &["/pause"],
        build: services::pause,
        user: Some(("65535", 65535)),
        ..PLAIN
    },
    Family {
        repository: "registry.k8s.io/coredns/coredns",
        megabytes: 76,
        entrypoint: &["/coredns"],
        ports: &[53],
        build: services::system,
        ..PLAIN
    },
    Family { repository: "registry.k8s.io/etcd", megabytes: 160, build: services::system, ports: &[2379], ..PLAIN },
    Family { repository: "registry.k8s.io/kube-apiserver", megabytes: 89, build: services::system, ..PLAIN },
    Family { repository: "registry.k8s.io/kube-controller-manager", megabytes: 75, build: services::system, ..PLAIN },
    Family { repository: "registry.k8s.io/kube-scheduler", megabytes: 52, build: services::system, ..PLAIN },
    Family { repository: "registry.k8s.io/kube-proxy", megabytes: 72, build: services::system, ..PLAIN },
    Family {
        repository: "registry.k8s.io/e2e-test-images/agnhost",
        megabytes: 139,
        entrypoint: &["/agnhost"],
        cmd: &["pause"],
        build: services::agnhost,
        ..PLAIN
    },
    Family {
        repository: "registry.k8s.io/echoserver",
        megabytes: 95,
        cmd: &["/bin/sh", "/usr/local/bin/run.sh"],
        ports: &[8080],
        build: services::echoserver,
        ..PLAIN
    },
    Family { repository: "registry.k8s.io/busybox", megabytes: 4, cmd: &["sh"], build: busybox::busybox, ..PLAIN },
    Family {
        repository: "registry.k8s.io/nginx-slim",
        megabytes: 41,
        cmd: &["nginx", "-g", "daemon off;"],
        ports: &[80],
        build: services::nginx_slim,
        quit: true,
        ..PLAIN
    },
    Family {
        repository: "gcr.io/k8s-minikube/storage-provisioner",
        megabytes: 31,
        entrypoint: &["/storage-provisioner"],
        build: services::system,
        ..PLAIN
    },
    Family {
        repository: "gcr.io/google-samples/hello-app",
        megabytes: 28,
        entrypoint: &["/hello-app"],
        ports: &[8080],
        build: services::hello_app,
        ..PLAIN
    },
    Family {
        repository: "gcr.io/google-samples/node-hello",
        megabytes: 640,
        cmd: &["/hello-app"],
        ports: &[8080],
        build: services::hello_app,
        ..PLAIN
    },
    Family {
        repository: "docker.io/kicbase/echo-server",
        megabytes: 5,
        entrypoint: &["/bin/echo-server"],
        ports: &[8080],
        build: services::echo_server,
        ..PLAIN
    },
];

/// Registries that answer, beside Docker Hub.
const REGISTRIES: &str =
    "registry.k8s.io k8s.gcr.io gcr.io quay.io ghcr.io mcr.microsoft.com public.ecr.aws registry.gitlab.com";

/// The two numbers a version starts with, how many parts it has, and what follows after a dash.
fn numbers(tag: &str) -> Option<((u32, u32), usize, &str)> {
    let (number, suffix) = tag.split_once('-').unwrap_or((tag, ""));
    let parts: Vec<&str> = number.split('.').collect();
    if parts.len() > 4 || !parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit())) {
        return None;
    }
    let number = |at: usize| parts.get(at).map_or(Some(0), |part| part.parse::<u32>().ok());
    Some(((number(0)?, number(1)?), parts.len(), suffix))
}

impl Tags {
    fn has(&self, tag: &str) -> bool {
        match self {
            Tags::Any => tag == "latest" || numbers(tag.strip_prefix('v').unwrap_or(tag)).is_some(),
            Tags::Versions { words, from, to, suffixes } => {
                let is_suffix = |text: &str| {
                    let release: String = text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_owned();
                    suffixes.split_whitespace().any(|suffix| suffix == text || suffix == release)
                };
                if words.split_whitespace().any(|word| {
                    word == tag
                        || tag.strip_prefix(word).is_some_and(|rest| rest.strip_prefix('-').is_some_and(is_suffix))
                }) {
                    return true;
                }
                let Some((version, parts, suffix)) = numbers(tag) else { return false };
                let in_range = *from <= version && version <= *to && parts >= 2;
                in_range && parts <= 3 && (suffix.is_empty() || is_suffix(suffix))
            }
        }
    }
}

/// What nginx's moving tags stand for.
fn nginx_version(tag: &str) -> String {
    const LAST_PATCH: [(u32, u32); 10] =
        [(20, 2), (21, 6), (22, 1), (23, 4), (24, 0), (25, 5), (26, 3), (27, 5), (28, 0), (29, 3)];
    let (word, suffix) = tag.split_once('-').unwrap_or((tag, ""));
    let dashed = if suffix.is_empty() { String::new() } else { format!("-{suffix}") };
    match word {
        "latest" | "mainline" | "1" | "perl" | "bookworm" | "trixie" => format!("1.29.3{dashed}"),
        "stable" => format!("1.28.0{dashed}"),
        "alpine" => format!("1.29.3-alpine{dashed}"),
        number if number.matches('.').count() == 1 => {
            let minor = nginx::minor(number).0;
            let patch = LAST_PATCH.iter().find(|(known, _)| *known == minor).map_or(2, |(_, patch)| *patch);
            format!("{number}.{patch}{dashed}")
        }
        _ => tag.to_owned(),
    }
}

fn digest(what: &str) -> String {
    format!("sha256:{}", sha256::hex(what.as_bytes()))
}

/// The image of a name, or dockerd's error.
pub fn find(reference: &Reference) -> Result<Image, PullError> {
    let mut full = format!("{}/{}", reference.registry, reference.repository);
    if let Some(rest) = full.strip_prefix("k8s.gcr.io/") {
        full = format!("registry.k8s.io/{rest}");
    }
    if full == "registry.k8s.io/coredns" {
        full = "registry.k8s.io/coredns/coredns".to_owned();
    }
    let familiar = reference.familiar();
    let suffix = reference.suffix();
    let not_found = |reason: &str| {
        PullError::NotFound(format!(
            "Error response from daemon: manifest for {familiar}{suffix} not found: {reason}: {reason}"
        ))
    };
    let Some(family) = FAMILIES.iter().find(|family| family.repository == full) else {
        return Err(match reference.registry.as_str() {
            "docker.io" => PullError::Denied(format!(
                "Error response from daemon: pull access denied for {familiar}, repository does not exist or may require \
                 'docker login': denied: requested access to the resource is denied"
            )),
            registry if REGISTRIES.split_whitespace().any(|known| known == registry) => not_found("manifest unknown"),
            registry => PullError::NoRegistry(format!(
                "Error response from daemon: Get \"https://{registry}/v2/\": dial tcp: lookup {} on 192.168.49.1:53: no such \
                 host",
                registry.split(':').next().unwrap_or(registry)
            )),
        });
    };
    let tag = reference.tag.as_deref().unwrap_or("latest");
    if !family.tags.has(tag) {
        return Err(not_found("manifest unknown"));
    }
    let is_nginx = family.repository.ends_with("/nginx");
    let version = if is_nginx { nginx_version(tag) } else { tag.trim_start_matches('v').to_owned() };
    // Tags that move share what they point to with the tag they point to.
    let what = format!("{}:{version}", family.repository);
    let repo_digest = digest(&what);
    if reference.digest.as_ref().is_some_and(|wanted| *wanted != repo_digest) && reference.tag.is_some() {
        return Err(not_found("manifest unknown"));
    }
    let mut size = family.megabytes.max(1) * 1_000_000 + u64::from_str_radix(&repo_digest[7..12], 16).unwrap_or(0);
    if version.contains("alpine") || version.contains("slim") {
        size = size * 2 / 5;
    } else if is_nginx && nginx::minor(&version) <= (16, 9) {
        size = 109_129_446;
    }
    if family.megabytes == 0 {
        size = 10_072;
    }
    let mut env = vec![("PATH".to_owned(), PATH.to_owned())];
    if full.ends_with("/httpd") {
        env[0].1 = format!("/usr/local/apache2/bin:{PATH}");
    }
    if is_nginx {
        env.push(("NGINX_VERSION".to_owned(), version.split('-').next().unwrap_or("").to_owned()));
    }
    env.extend(family.env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut entrypoint = words(family.entrypoint);
    if is_nginx && nginx::has_entrypoint(&version) {
        entrypoint = vec!["/docker-entrypoint.sh".to_owned()];
    }
    if family.repository.starts_with("registry.k8s.io/") && entrypoint.is_empty() && family.cmd.is_empty() {
        let name = family.repository.rsplit('/').next().unwrap_or("");
        entrypoint = vec![name.to_owned()];
    }
    Ok(Image {
        name: format!("{}/{}{suffix}", reference.registry, reference.repository),
        familiar: format!("{familiar}{suffix}"),
        id: digest(&format!("{what} configuration")),
        digest: reference.digest.clone().unwrap_or(repo_digest),
        size,
        pull: Duration::from_millis(1_300 + size / 60_000),
        entrypoint,
        cmd: words(family.cmd),
        env,
        working_dir: family.dir.to_owned(),
        user: family.user.map_or_else(User::root, |(name, uid)| User {
            name: name.to_owned(),
            uid,
            gid: uid,
            groups: Vec::new(),
            home: if uid == 65535 { "/".to_owned() } else { format!("/home/{name}") },
        }),
        stop_signal: if family.quit && nginx::has_entrypoint(&version) { Signal::Quit } else { Signal::Terminate },
        ports: family.ports.to_vec(),
        build: family.build,
        version,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn tags_are_plausible_ones() {
        let has = |name: &str| super::super::lookup(name).is_ok();
        for good in [
            "nginx:1.7.9",
            "nginx:1.16.1",
            "nginx:1.27",
            "nginx:1.25-alpine",
            "nginx:stable-alpine",
            "nginx:1.21.6-alpine",
            "nginx:alpine",
            "nginx:latest",
            "busybox:1.28",
            "busybox:1.36.1-glibc",
            "alpine:3.20",
            "alpine:3.19.1",
            "ubuntu:22.04",
            "debian:12-slim",
            "debian:bookworm-slim",
            "redis:7.2-alpine",
            "mysql:8.0",
            "mysql:5.7",
            "postgres:16-alpine",
            "python:3.12-slim",
            "node:20-alpine3.19",
            "registry.k8s.io/coredns/coredns:v1.12.1",
            "registry.k8s.io/kube-proxy:v1.36.2",
            "gcr.io/k8s-minikube/storage-provisioner:v5",
            "httpd:2.4",
            "hello-world",
            "curlimages/curl",
        ] {
            assert!(has(good), "{good}");
        }
        for bad in [
            "nginx:1.161",
            "nginx:9.9",
            "nginx:1.14.2.3",
            "nginx:v1.14",
            "busybox:2",
            "alpine:4.0",
            "ubuntu:19.10x",
            "redis:99",
        ] {
            assert!(!has(bad), "{bad}");
        }
        let same =
            |a: &str, b: &str| super::super::lookup(a).unwrap().digest == super::super::lookup(b).unwrap().digest;
        assert!(same("nginx", "nginx:1.29.3") && !same("nginx", "nginx:1.14.2"));
    }
}

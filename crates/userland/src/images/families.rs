//! The images whose programs run here, as a table.

use machine::Disk;

use super::tags::Tags;
use super::{busybox, nginx, services};

/// One repository.
pub(super) struct Family {
    pub repository: &'static str,
    pub tags: Tags,
    /// Megabytes when unpacked.
    pub megabytes: u64,
    pub entrypoint: &'static [&'static str],
    pub cmd: &'static [&'static str],
    pub env: &'static [(&'static str, &'static str)],
    pub ports: &'static [u16],
    pub build: fn(&str) -> Disk,
    pub quit: bool,
    pub user: Option<(&'static str, u32)>,
    pub dir: &'static str,
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
const ENTRYPOINT: &[&str] = &["docker-entrypoint.sh"];

const fn versions(words: &'static str, from: (u32, u32), to: (u32, u32)) -> Tags {
    Tags::Versions { words, from, to, suffixes: DEBIAN_SUFFIXES }
}

pub(super) const FAMILIES: &[Family] = &[
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
        tags: Tags::Versions { words: "latest edge 3", from: (2, 6), to: (3, 23), suffixes: "" },
        megabytes: 8,
        cmd: &["/bin/sh"],
        build: busybox::alpine,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/ubuntu",
        tags: Tags::Versions {
            words: "latest rolling trusty xenial bionic focal jammy noble",
            from: (14, 4),
            to: (25, 10),
            suffixes: "",
        },
        megabytes: 78,
        cmd: &["/bin/bash"],
        build: services::ubuntu,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/debian",
        tags: Tags::Versions {
            words: "latest stable jessie stretch buster bullseye bookworm trixie 8 9 10 11 12 13",
            from: (8, 0),
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
        cmd: &["/usr/local/bin/run.sh"],
        ports: &[8080],
        build: services::echoserver,
        ..PLAIN
    },
    Family {
        repository: "quay.io/metallb/controller",
        megabytes: 63,
        entrypoint: &["/controller"],
        build: services::system,
        ..PLAIN
    },
    Family {
        repository: "quay.io/metallb/speaker",
        megabytes: 114,
        entrypoint: &["/speaker"],
        build: services::system,
        ..PLAIN
    },
    Family {
        repository: "registry.k8s.io/metrics-server/metrics-server",
        megabytes: 80,
        entrypoint: &["/metrics-server"],
        build: services::metrics_server,
        user: Some(("65534", 65534)),
        ..PLAIN
    },
    Family {
        repository: "registry.k8s.io/ingress-nginx/controller",
        megabytes: 333,
        entrypoint: &["/usr/bin/dumb-init", "--"],
        cmd: &["/nginx-ingress-controller"],
        ports: &[80, 443],
        build: services::ingress_nginx,
        user: Some(("www-data", 101)),
        ..PLAIN
    },
    Family {
        repository: "registry.k8s.io/ingress-nginx/kube-webhook-certgen",
        megabytes: 71,
        entrypoint: &["/kube-webhook-certgen"],
        build: services::ingress_nginx,
        user: Some(("nonroot", 65532)),
        ..PLAIN
    },
    Family { repository: "registry.k8s.io/busybox", megabytes: 4, cmd: &["sh"], build: busybox::busybox, ..PLAIN },
    Family {
        repository: "registry.k8s.io/nginx-slim",
        megabytes: 41,
        cmd: &["nginx", "-g", "daemon off;"],
        ports: &[80],
        env: &[("NGINX_VERSION", "1.14.2")],
        build: services::old_nginx,
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
        cmd: &["serve"],
        ports: &[8080],
        build: services::one_line,
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
    Family {
        repository: "docker.io/jmalloc/echo-server",
        megabytes: 7,
        entrypoint: &["/bin/echo-server"],
        ports: &[8080],
        build: services::echo_server,
        ..PLAIN
    },
    Family {
        repository: "docker.io/nginxinc/nginx-unprivileged",
        tags: versions("latest stable mainline alpine bookworm", (1, 13), (1, 29)),
        megabytes: 152,
        entrypoint: &["/docker-entrypoint.sh"],
        cmd: &["nginx", "-g", "daemon off;"],
        ports: &[8080],
        build: services::nginx_unprivileged,
        user: Some(("101", 101)),
        quit: true,
        ..PLAIN
    },
    Family {
        repository: "registry.k8s.io/e2e-test-images/nginx",
        megabytes: 110,
        cmd: &["nginx", "-g", "daemon off;"],
        ports: &[80],
        env: &[("NGINX_VERSION", "1.14.2")],
        build: services::old_nginx,
        quit: true,
        ..PLAIN
    },
    Family {
        repository: "registry.k8s.io/e2e-test-images/busybox",
        megabytes: 4,
        cmd: &["sh"],
        build: busybox::busybox,
        ..PLAIN
    },
    Family {
        repository: "gcr.io/google-samples/hello-frontend",
        megabytes: 110,
        cmd: &["nginx", "-g", "daemon off;"],
        ports: &[80],
        env: &[("NGINX_VERSION", "1.14.2")],
        build: services::hello_frontend,
        quit: true,
        ..PLAIN
    },
    single("gcr.io/google-samples/hello-go-gke", 10, &["serve"], &[80], services::one_line),
    single("registry.k8s.io/serve_hostname", 6, &["/serve_hostname"], &[9376], services::serve_hostname),
    Family {
        repository: "registry.k8s.io/redis",
        megabytes: 420,
        entrypoint: ENTRYPOINT,
        cmd: &["redis-server"],
        ports: &[6379],
        build: services::redis,
        dir: "/data",
        ..PLAIN
    },
    single("docker.io/jwilder/whoami", 11, &["serve"], &[8000], services::one_line),
    single("docker.io/emilevauge/whoami", 7, &["/whoami"], &[80], services::whoami),
    single("docker.io/hashicorp/http-echo", 8, &["/http-echo"], &[5678], services::http_echo),
    single("docker.io/traefik/whoami", 7, &["/whoami"], &[80], services::whoami),
    single("docker.io/containous/whoami", 7, &["/whoami"], &[80], services::whoami),
    single("docker.io/mendhak/http-https-echo", 140, &["node", "./index.js"], &[8080, 8443], services::json_echo),
    single("docker.io/ealen/echo-server", 130, &["node", "webserver"], &[80], services::json_echo),
    single("gcr.io/google-samples/kubernetes-bootcamp", 211, &["node", "server.js"], &[8080], services::bootcamp),
    single("docker.io/jocatalin/kubernetes-bootcamp", 211, &["node", "server.js"], &[8080], services::bootcamp),
    single("docker.io/luksa/kubia", 660, &["node", "app.js"], &[8080], services::kubia),
    single("docker.io/paulbouwer/hello-kubernetes", 120, &["node", "server.js"], &[8080], services::hello_kubernetes),
    single("registry.k8s.io/hpa-example", 480, &["serve"], &[80], services::one_line),
    single("docker.io/subicura/whoami", 60, &["serve"], &[4567], services::one_line),
    single("ghcr.io/subicura/whoami", 60, &["serve"], &[4567], services::one_line),
    single("docker.io/subicura/echo", 60, &["serve"], &[3000], services::one_line),
    single("ghcr.io/subicura/echo", 60, &["serve"], &[3000], services::one_line),
    single("docker.io/sysnet4admin/echo-hname", 130, &["serve"], &[80], services::one_line),
    single("docker.io/sysnet4admin/echo-ip", 130, &["serve"], &[80], services::one_line),
    Family {
        tags: Tags::Versions { words: "echo-hostname", from: (1, 0), to: (0, 0), suffixes: "" },
        ..single("docker.io/alicek106/rr-test", 390, &["serve"], &[80], services::one_line)
    },
    Family {
        repository: "docker.io/polinux/stress",
        megabytes: 10,
        cmd: &["stress"],
        build: services::stress,
        ..PLAIN
    },
    single("docker.io/progrium/stress", 280, &["stress", "--verbose"], &[], services::stress),
    single("docker.io/alexeiled/stress-ng", 10, &["/stress-ng"], &[], services::stress_ng),
    single("docker.io/lorel/docker-stress-ng", 10, &["/usr/bin/stress-ng"], &[], services::stress_ng),
    single("docker.io/polinux/stress-ng", 15, &["/usr/bin/stress-ng"], &[], services::stress_ng),
    single("docker.io/vish/stress", 2, &["/stress", "-logtostderr"], &[], services::vish_stress),
    single("registry.k8s.io/liveness", 10, &["/server"], &[8080], services::liveness),
    Family {
        repository: "docker.io/library/perl",
        tags: versions("latest 5 threaded slim stable", (5, 14), (5, 42)),
        megabytes: 890,
        cmd: &["perl5.34.0", "-de0"],
        build: services::perl,
        ..PLAIN
    },
    MULTITOOL,
    Family { repository: "docker.io/wbitt/network-multitool", ..MULTITOOL },
    tools("registry.k8s.io/e2e-test-images/jessie-dnsutils", 190),
    tools("registry.k8s.io/e2e-test-images/dnsutils", 190),
    tools("docker.io/tutum/dnsutils", 200),
    tools("docker.io/infoblox/dnstools", 25),
    tools("docker.io/sysnet4admin/net-tools", 190),
    Family {
        repository: "docker.io/alpine/curl",
        megabytes: 13,
        entrypoint: &["curl"],
        build: services::small_curl,
        ..PLAIN
    },
    Family {
        repository: "docker.io/radial/busyboxplus",
        tags: Tags::Versions { words: "latest base curl git", from: (1, 0), to: (0, 0), suffixes: "" },
        megabytes: 5,
        cmd: &["/bin/sh"],
        build: services::small_curl,
        ..PLAIN
    },
    Family {
        repository: "docker.io/library/bash",
        tags: versions("latest 3 4 5 devel", (3, 0), (5, 3)),
        megabytes: 15,
        entrypoint: ENTRYPOINT,
        cmd: &["bash"],
        build: services::bash,
        ..PLAIN
    },
    red_hat("docker.io/library/centos", "latest 5 6 7 8 centos7 centos8", (5, 0), (8, 4)),
    red_hat("docker.io/library/rockylinux", "latest 8 9 minimal", (8, 3), (9, 6)),
    red_hat("docker.io/library/almalinux", "latest 8 9 10 minimal", (8, 3), (10, 1)),
    red_hat("docker.io/library/fedora", "latest rawhide 35 36 37 38 39 40 41 42 43", (1, 0), (0, 0)),
    red_hat("docker.io/library/amazonlinux", "latest 1 2 2023", (1, 0), (0, 0)),
    red_hat("docker.io/library/oraclelinux", "latest 7 8 9 10", (7, 0), (10, 1)),
    red_hat("registry.access.redhat.com/ubi8/ubi", "latest", (8, 0), (8, 10)),
    red_hat("registry.access.redhat.com/ubi9/ubi", "latest", (9, 0), (9, 7)),
];

/// An image of one program.
const fn single(
    repository: &'static str,
    megabytes: u64,
    entrypoint: &'static [&'static str],
    ports: &'static [u16],
    build: fn(&str) -> Disk,
) -> Family {
    Family { repository, megabytes, entrypoint, ports, build, ..PLAIN }
}

/// Network tools, and a server of one line.
const MULTITOOL: Family = Family {
    repository: "docker.io/praqma/network-multitool",
    tags: Tags::Versions {
        words: "latest extra minimal alpine-extra alpine-minimal",
        from: (1, 0),
        to: (0, 0),
        suffixes: "",
    },
    megabytes: 50,
    entrypoint: &["/docker/entrypoint.sh"],
    cmd: &["nginx", "-g", "daemon off;"],
    ports: &[80, 443],
    build: services::multitool,
    ..PLAIN
};

/// The tools of name servers.
const fn tools(repository: &'static str, megabytes: u64) -> Family {
    Family { repository, megabytes, cmd: &["sleep", "infinity"], build: services::dnsutils, ..PLAIN }
}

/// Fedora and its kin.
const fn red_hat(repository: &'static str, words: &'static str, from: (u32, u32), to: (u32, u32)) -> Family {
    Family {
        repository,
        tags: Tags::Versions { words, from, to, suffixes: "minimal" },
        megabytes: 200,
        cmd: &["/bin/bash"],
        build: services::red_hat,
        ..PLAIN
    }
}

//! Images that people pull often and whose software is not simulated: `stand_ins.txt` has a line for each. They start as the
//! real ones do, on the same base, as the same user, with the same ports; what runs says that it stands in.

use machine::Disk;

use super::tags::Tags;
use super::tree::day;
use super::{busybox, services};

const TABLE: &str = include_str!("stand_ins.txt");
/// What a version may have behind it.
const SUFFIXES: &str = "alpine slim bookworm bullseye trixie buster jammy noble focal ubi ubi9 rhel debian ubuntu apache fpm cli \
                        jdk jre jdk8 jdk11 jdk17 jdk21 jre11 jre17 jre21 management community enterprise ce oss perl \
                        openjdk eclipse-temurin temurin glibc musl scratch distroless rootless debug amd64 r eks";

/// Programs of images, beside the one that runs in them: they are there, and say that they are not simulated.
const OWN_PROGRAMS: &[(&str, &str)] = &[
    ("golang", "go gofmt"),
    ("rust", "cargo rustc rustup"),
    ("gcc", "gcc g++ make"),
    ("php wordpress drupal joomla phpmyadmin", "php composer"),
    ("ruby", "ruby gem bundle irb rake"),
    ("openjdk eclipse-temurin amazoncorretto tomcat jenkins", "java javac jar jshell"),
    ("maven", "mvn java javac jar"),
    ("gradle", "gradle java javac jar"),
    ("elixir", "elixir mix iex"),
    ("erlang", "erl"),
    ("swift", "swift"),
    ("r-base", "R Rscript"),
    ("haskell", "ghc ghci cabal stack"),
    ("clojure", "clojure clj lein"),
    ("groovy", "groovy groovysh java"),
    ("sdk aspnet runtime samples", "dotnet"),
    ("cassandra", "cqlsh nodetool"),
    ("rabbitmq", "rabbitmqctl rabbitmq-diagnostics rabbitmq-plugins"),
    ("kafka", "kafka-topics.sh kafka-console-producer.sh kafka-console-consumer.sh"),
    ("vault", "vault"),
    ("consul", "consul"),
    ("influxdb", "influx"),
    ("neo4j", "cypher-shell"),
    ("valkey", "valkey-cli"),
    ("etcd", "etcdctl"),
    ("zookeeper", "zkCli.sh zkServer.sh"),
    ("mysql percona", "mysql mysqldump mysqladmin"),
    ("postgresql pgvector postgis timescaledb", "psql pg_isready pg_dump"),
];

/// What is under a stand-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Base {
    /// Debian, with bash.
    Debian,
    /// Alpine, with busybox's shell.
    Alpine,
    /// Nothing, so no shell either.
    Nothing,
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct StandIn {
    /// The full name, such as `docker.io/library/wordpress`.
    pub repository: String,
    pub megabytes: u64,
    pub base: Base,
    /// The number of its user, if that is not root.
    pub uid: Option<u32>,
    pub ports: Vec<u16>,
    /// Whether one of the ports speaks HTTP.
    pub http: bool,
    /// Whether it is a program that does its work and ends.
    pub is_tool: bool,
    pub entrypoint: Vec<String>,
    pub cmd: Vec<String>,
    /// Variables of which one must be set.
    pub needs: &'static str,
    tags: &'static str,
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The full name of a table's: `library/wordpress` is Docker Hub's, `quay.io/minio/minio` says whose it is.
fn full(name: &str) -> String {
    let first = name.split('/').next().unwrap_or("");
    if first.contains('.')
        && name.matches('/').count() >= 1
        && !name.starts_with("library/")
        && !first.ends_with(".chat")
    {
        name.to_owned()
    } else {
        format!("docker.io/{name}")
    }
}

fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// How many images stand in.
pub(super) fn count() -> usize {
    lines().count()
}

/// The line of a repository, by its full name.
pub(super) fn find(repository: &str) -> Option<StandIn> {
    let name = repository.strip_prefix("docker.io/").unwrap_or(repository);
    let line =
        lines().find(|line| line.split('|').next().is_some_and(|known| known == name && full(known) == repository))?;
    let mut columns = line.split('|');
    let mut column = || columns.next().unwrap_or("");
    let (_, tags, megabytes, base, ports) = (column(), column(), column(), column(), column());
    let (entrypoint, cmd, needs) = (column(), column(), column());
    let (base, user) = base.split_once(':').unwrap_or((base, ""));
    let base = match base {
        "alpine" => Base::Alpine,
        "none" => Base::Nothing,
        _ => Base::Debian,
    };
    let entrypoint = words(if entrypoint == "e" { "docker-entrypoint.sh" } else { entrypoint });
    let shell = if base == Base::Alpine { "sh" } else { "bash" };
    let cmd = if cmd.is_empty() && entrypoint.is_empty() { words(shell) } else { words(cmd) };
    let ports: Vec<&str> = ports.split_whitespace().collect();
    Some(StandIn {
        repository: repository.to_owned(),
        megabytes: megabytes.parse().unwrap_or(100),
        base,
        uid: user.parse().ok(),
        http: ports.iter().any(|port| port.ends_with('h')),
        is_tool: ports == ["tool"],
        ports: ports.iter().filter_map(|port| port.trim_end_matches('h').parse().ok()).collect(),
        entrypoint,
        cmd,
        needs,
        tags,
    })
}

impl StandIn {
    /// Whether there is this tag.
    pub(crate) fn has(&self, tag: &str) -> bool {
        if self.tags.is_empty() {
            return Tags::Any.has(tag);
        }
        let version = |text: &str| {
            let (major, minor) = text.trim_start_matches('v').split_once('.')?;
            Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
        };
        let range = |word: &'static str| {
            let (from, to) = word.split_once('-')?;
            Some((version(from)?, version(to)?))
        };
        let tag = tag.trim_start_matches('v');
        self.tags.split_whitespace().any(|word| match range(word) {
            Some((from, to)) => Tags::Versions { words: "", from, to, suffixes: SUFFIXES }.has(&with_minor(tag, from)),
            None => Tags::Versions { words: word, from: (1, 0), to: (0, 0), suffixes: SUFFIXES }.has(tag),
        })
    }

    /// What the software is called.
    pub(crate) fn title(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or("")
    }

    /// The tree of files: the base, and at the places of its programs the one that stands in.
    pub(crate) fn tree(&self) -> Disk {
        let date = day("2025-09-08");
        let mut disk = match self.base {
            Base::Debian => services::debian("bookworm"),
            Base::Alpine => busybox::alpine("3.22.1"),
            Base::Nothing => Disk::new(date),
        };
        let own = [self.entrypoint.first(), self.entrypoint.last(), self.cmd.first()];
        for program in own.into_iter().flatten() {
            let path = match program.strip_prefix("./") {
                Some(name) => format!("{}/{name}", self.dir()),
                None if program.starts_with('/') => program.clone(),
                None => format!("/usr/local/bin/{program}"),
            };
            // Debian's /bin and /sbin are links.
            let is_linked = self.base == Base::Debian && (path.starts_with("/bin/") || path.starts_with("/sbin/"));
            let path = if is_linked { format!("/usr{path}") } else { path };
            let is_shell = matches!(path.rsplit('/').next(), Some("sh" | "bash" | "--"));
            if is_shell || path.rsplit('/').next().is_some_and(|name| name.starts_with('-')) {
                continue;
            }
            let runs = match (self.is_tool, path.ends_with("/docker-entrypoint.sh")) {
                // Its client is a program that the host brings.
                (true, _) if path.ends_with("/kubectl") => "kubectl",
                (true, _) => "not-simulated",
                (false, true) if self.entrypoint.len() == 1 && !self.cmd.is_empty() => "entrypoint",
                _ => "stand-in",
            };
            disk.add_program(&path, runs, date);
        }
        for (_, names) in
            OWN_PROGRAMS.iter().filter(|(title, _)| title.split_whitespace().any(|one| one == self.title()))
        {
            for name in names.split_whitespace().filter(|_| self.base != Base::Nothing) {
                if disk.get(&["usr", "local", "bin", name]).is_none() {
                    disk.add_program(&format!("/usr/local/bin/{name}"), "not-simulated", date);
                }
            }
        }
        if self.base == Base::Alpine && self.cmd.first().is_some_and(|word| word.ends_with("bash")) {
            disk.add_program("/bin/bash", "bash", date);
        }
        if self.repository == "docker.io/alpine/k8s" {
            disk.add_program("/usr/bin/kubectl", "kubectl", date);
        }
        disk
    }

    /// `WORKDIR`.
    pub(crate) fn dir(&self) -> &'static str {
        let relative = |words: &[String]| words.iter().any(|word| word.starts_with("./"));
        if relative(&self.entrypoint) || relative(&self.cmd) { "/app" } else { "/" }
    }
}

/// `16-alpine` as `16.0-alpine`: a major version alone is its newest minor one.
fn with_minor(tag: &str, from: (u32, u32)) -> String {
    let (number, suffix) = tag.split_once('-').map_or((tag, None), |(number, suffix)| (number, Some(suffix)));
    let number = match number.parse::<u32>() {
        Ok(major) => format!("{major}.{}", if major == from.0 { from.1 } else { 0 }),
        Err(_) => number.to_owned(),
    };
    suffix.map_or(number.clone(), |suffix| format!("{number}-{suffix}"))
}

/// Every full name of the table.
#[cfg(test)]
pub(super) fn all() -> Vec<String> {
    lines().map(|line| full(line.split('|').next().unwrap_or(""))).collect()
}

/// A tag that an image of the table has.
#[cfg(test)]
pub(super) fn some_tag(repository: &str) -> String {
    let line = find(repository).unwrap();
    let words =
        ["latest"].into_iter().chain(line.tags.split_whitespace().map(|word| word.split('-').next().unwrap_or(word)));
    let words = words.chain(line.tags.split_whitespace());
    words.into_iter().find(|tag| line.has(tag)).unwrap().to_owned()
}

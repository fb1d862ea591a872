//! Databases' servers: each wants what its image's entrypoint wants, stays up, and says that nothing is behind it.

use machine::DaemonStart;

use std::net::Ipv4Addr;

use super::super::prelude::*;
use super::{Kind, server};

/// A database's server: stays up, and says that nothing is behind it.
fn stand_in(p: &Process, port: u16, what: &str) -> DaemonStart {
    let time = strftime::format(p.now(), "%Y-%m-%dT%H:%M:%S.%6NZ");
    let text = format!("{time} {what} is not simulated: this stands in for it, stays up and listens on port {port}.\n");
    server(Kind::Silent, &[port], text)
}

fn wants(p: &Process, names: &[&str], text: String) -> Result<(), (String, i32)> {
    if names.iter().any(|name| p.env(name).is_some_and(|value| !value.is_empty())) { Ok(()) } else { Err((text, 1)) }
}

/// `mysqld`: wants a root password, as its image's entrypoint does.
pub(crate) fn mysqld(p: &Process) -> DaemonStart {
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
pub(crate) fn postgres(p: &Process) -> DaemonStart {
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
pub(crate) fn mongod(p: &Process) -> DaemonStart {
    stand_in(p, 27017, "MongoDB")
}

/// `memcached`.
pub(crate) fn memcached(p: &Process) -> DaemonStart {
    stand_in(p, 11211, "memcached")
}

/// `etcd`: listens where `--listen-client-urls` says. What it would keep is not simulated; the cluster's own is the world's.
pub(crate) fn etcd(p: &Process) -> DaemonStart {
    let urls = p.args().iter().enumerate().find_map(|(at, arg)| {
        let rest = arg.trim_start_matches('-').strip_prefix("listen-client-urls")?;
        rest.strip_prefix('=').map(str::to_owned).or_else(|| p.args().get(at + 1).cloned())
    });
    let urls = urls.unwrap_or_else(|| "http://localhost:2379".to_owned());
    let plain = urls.split(',').filter(|url| url.starts_with("http://"));
    let mut ports: Vec<u16> = Vec::new();
    for port in plain.filter_map(|url| url.rsplit(':').next()?.trim_end_matches('/').parse().ok()) {
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    server(Kind::Silent, &ports, super::first_lines("etcd", p.now()))
}

/// Whether somebody listens at the place that options name, else at `port` of this computer.
async fn answers(p: &Process, port: u16) -> (String, u16, bool) {
    let value = |letter: &str, long: &str| {
        let args = p.args();
        args.iter().enumerate().skip(1).find_map(|(at, arg)| {
            let next = || args.get(at + 1).cloned();
            if let Some(rest) = arg.strip_prefix(long) {
                return rest.strip_prefix('=').map_or_else(next, |value| Some(value.to_owned()));
            }
            let rest = arg.strip_prefix(letter).filter(|_| !arg.starts_with("--"))?;
            if rest.is_empty() { next() } else { Some(rest.to_owned()) }
        })
    };
    let host = value("-h", "--host").filter(|host| !host.starts_with('/')).unwrap_or_else(|| "localhost".to_owned());
    let letter = if name_of(p) == "pg_isready" { "-p" } else { "-P" };
    let port = value(letter, "--port").and_then(|port| port.parse().ok()).unwrap_or(port);
    let address = if host == "localhost" { Ok(Ipv4Addr::LOCALHOST) } else { p.resolve_host(&host).await };
    let is_there = match address {
        Ok(address) => p.connect(address, port, None).await.is_ok(),
        Err(_) => false,
    };
    (host, port, is_there)
}

/// `pg_isready`, which probes run: whether the server takes connections.
pub(crate) async fn pg_isready(p: Process) -> Result<(), ExitStatus> {
    let (host, port, is_there) = answers(&p, 5432).await;
    let named = p.args().iter().any(|arg| arg.starts_with("-h") || arg.starts_with("--host"));
    let place = if named { host } else { "/var/run/postgresql".to_owned() };
    let (said, status) = if is_there { ("accepting connections", 0) } else { ("no response", 2) };
    if !p.args().iter().any(|arg| arg == "-q" || arg == "--quiet") {
        p.out(&format!("{place}:{port} - {said}\n")).await;
    }
    ExitStatus::check(status)
}

/// `mysqladmin ping`, which probes run; what else it can do is not simulated.
pub(crate) async fn mysqladmin(p: Process) -> Result<(), ExitStatus> {
    let name = name_of(&p);
    if !p.args().iter().any(|arg| arg == "ping") {
        p.err(&format!("{name}: not simulated: of what it can do only 'ping' is here\n")).await;
        p.hint_not_simulated(&name);
        return Err(ExitStatus(1));
    }
    match answers(&p, 3306).await {
        (.., true) => {
            p.out("mysqld is alive\n").await;
            Ok(())
        }
        (host, port, false) => {
            let why = if host == "localhost" {
                "Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)".to_owned()
            } else {
                format!("Can't connect to MySQL server on '{host}:{port}' (111)")
            };
            p.err(&format!("{name}: connect to server at '{host}' failed\nerror: '{why}'\n")).await;
            Err(ExitStatus(1))
        }
    }
}

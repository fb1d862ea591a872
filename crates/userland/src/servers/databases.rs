//! Databases' servers: each wants what its image's entrypoint wants, stays up, and says that nothing is behind it.

use machine::DaemonStart;

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

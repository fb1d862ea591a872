//! The programs people type, one a file: each behaves as the real one, and what it prints is worked out from the
//! simulated machine. The shell and its builtins are not here.

mod base64;
mod cat;
mod chmod;
mod chown;
mod copy;
mod curl;
mod curl_options;
mod curl_url;
mod cut;
pub(crate) mod date;
mod echo;
mod find;
mod grep;
mod head;
mod http;
mod input;
mod listing;
mod ln;
mod ls;
mod mkdir;
mod nginx;
mod nginx_conf;
mod options;
mod pattern;
mod ping;
mod prelude;
pub(crate) mod printf;
mod rm;
mod rmdir;
mod sed;
mod sed_script;
mod servers;
pub(crate) mod sha256;
mod small;
mod sort;
mod tail;
mod touch;
mod tr;
mod uniq;
mod wc;
mod words;
mod xargs;

use crate::Program;

/// Every program that an executable file of an image can stand for.
pub fn all() -> Vec<Program> {
    vec![
        Program::command("cat", cat::run),
        Program::command("chmod", chmod::run),
        Program::command("chown", chown::run),
        Program::command("cp", copy::run),
        Program::command("mv", copy::run),
        Program::command("cut", cut::run),
        Program::command("date", date::run),
        Program::command("echo", echo::run),
        Program::command("printf", printf::run),
        Program::command("grep", grep::run),
        Program::command("head", head::run),
        Program::command("tail", tail::run).or_daemon(servers::tail),
        Program::command("base64", base64::run),
        Program::command("find", find::run),
        Program::command("xargs", xargs::run),
        Program::command("curl", curl::run),
        Program::command("ping", ping::run),
        Program::command("nginx", nginx::run).or_daemon(nginx::start),
        Program::command("nginx-entrypoint", servers::run_entrypoint).or_daemon(nginx::entrypoint),
        Program::command("entrypoint", servers::run_entrypoint).or_daemon(servers::entrypoint),
        Program::daemon("httpd-foreground", servers::httpd),
        Program::daemon("redis-server", servers::redis_server),
        Program::command("redis-cli", servers::redis_cli),
        Program::daemon("memcached", servers::memcached),
        Program::daemon("mysqld", servers::mysqld),
        Program::daemon("mariadbd", servers::mysqld),
        Program::daemon("postgres", servers::postgres),
        Program::daemon("mongod", servers::mongod),
        Program::daemon("pause", servers::pause),
        Program::daemon("system-service", servers::system_service),
        Program::daemon("agnhost", servers::agnhost),
        Program::daemon("echo-server", servers::echo_server),
        Program::daemon("hello-app", servers::hello_app),
        Program::command("hello", servers::hello),
        Program::command("not-simulated", servers::not_simulated),
        Program::command("ln", ln::run),
        Program::command("ls", ls::run),
        Program::command("mkdir", mkdir::run),
        Program::command("rm", rm::run),
        Program::command("rmdir", rmdir::run),
        Program::command("sed", sed::run),
        Program::command("sort", sort::run),
        Program::command("touch", touch::run),
        Program::command("tr", tr::run),
        Program::command("uniq", uniq::run),
        Program::command("wc", wc::run),
        Program::command("true", small::r#true),
        Program::command("false", small::r#false),
        Program::command("yes", small::yes),
        Program::command("sleep", small::sleep).or_daemon(servers::sleep),
        Program::command("seq", small::seq),
        Program::command("md5sum", sha256::run),
        Program::command("sha256sum", sha256::run),
        Program::command("basename", small::basename),
        Program::command("dirname", small::dirname),
        Program::command("tee", small::tee),
        Program::command("rev", small::rev),
        Program::command("tac", small::tac),
        Program::command("nl", small::nl),
        Program::command("clear", small::clear),
        Program::command("realpath", small::realpath),
        Program::command("mktemp", small::mktemp),
        Program::command("nproc", small::nproc),
        Program::command("tty", small::tty),
        Program::command("truncate", small::truncate),
    ]
}

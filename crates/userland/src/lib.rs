//! What is installed on the simulated computers: the programs people type, one a file, and the container images they are in.
//!
//! Here: [`programs`] (what a [`machine::Kernel`] is to know), each of which behaves as the real one and works out what it
//! prints from the simulated machine; [`images`] (which images there are, and their trees of files).
//! Not here: the shell and its builtins (`machine::shell`), kubectl and minikube, which the host registers, and what a
//! program asks of its machine ([`machine::Process`]).

#![warn(unreachable_pub)]

mod arp;
mod awk;
mod base64;
mod basename;
mod bc;
mod bind;
mod busybox;
mod cat;
mod chmod;
mod chown;
mod chroot;
mod clear;
mod cmp;
mod column;
mod comm;
mod copy;
mod curl;
mod cut;
mod date;
mod date_words;
mod dd;
mod deflate;
mod der;
mod df;
mod diff;
mod dirname;
mod docker;
mod du;
mod dump;
mod echo;
mod editor;
mod env;
mod envsubst;
mod expand;
mod expr;
mod fallocate;
mod false_;
mod file;
mod find;
mod fold;
mod free;
mod getent;
mod grep;
mod gzip;
mod head;
mod hello;
mod hostname;
pub mod http;
mod id;
mod ifconfig;
pub mod images;
mod input;
mod interfaces;
mod ip;
mod jq;
mod kill;
mod listing;
mod ln;
mod ls;
mod lsof;
mod man;
mod mkdir;
mod mkfifo;
mod mktemp;
mod mount;
mod mounted;
mod nc;
mod netstat;
mod nginx;
mod nice;
mod nl;
mod nohup;
mod not_simulated;
mod nproc;
mod nsenter;
mod nslookup;
mod openssl;
mod options;
mod pager;
mod paste;
mod pattern;
mod perl;
mod perl_regex;
mod pgrep;
mod pidof;
mod ping;
mod prelude;
mod printenv;
mod printf;
mod ps;
mod pwd;
mod realpath;
mod rev;
mod rm;
mod rmdir;
mod route;
mod run_as;
mod sed;
mod seq;
mod servers;
mod sha256sum;
mod shuf;
mod sleep;
mod sockets;
mod sort;
mod split;
mod ss;
mod stat;
mod stress;
mod strings;
mod stty;
mod su;
mod sudo;
mod tac;
mod tail;
mod tar;
mod tee;
mod telnet;
mod test;
#[cfg(test)]
mod tests;
mod timeout;
pub mod tls;
mod top;
mod touch;
mod tput;
mod tr;
mod traceroute;
mod tree;
mod true_;
mod truncate;
mod tty;
mod uname;
mod uniq;
mod uptime;
mod watch;
mod wc;
mod wget;
mod which;
mod whoami;
mod words;
mod xargs;
mod yes;

use std::rc::Rc;

pub use servers::first_lines;

use machine::{CommandFn, DaemonFn, DaemonStart, ExitStatus, LocalFuture, Process, Program};

/// A program's code, for one process that runs it.
type Command = fn(Process) -> LocalFuture<Result<(), ExitStatus>>;

/// A program as the table has it: without code that makes it, which would come with the page's first part.
struct Entry {
    name: &'static str,
    command: Option<Command>,
    daemon: Option<fn(&Process) -> DaemonStart>,
    anywhere: bool,
}

const fn command(name: &'static str, run: Command) -> Entry {
    Entry { name, command: Some(run), daemon: None, anywhere: false }
}

const fn daemon(name: &'static str, start: fn(&Process) -> DaemonStart) -> Entry {
    Entry { name, command: None, daemon: Some(start), anywhere: false }
}

impl Entry {
    /// Also as data, when it is a container's PID 1.
    const fn or_daemon(self, start: fn(&Process) -> DaemonStart) -> Entry {
        Entry { daemon: Some(start), ..self }
    }

    /// As data wherever it is started without a pipe, when `start` gives a daemon; as a future when `start` gives none.
    const fn or_daemon_anywhere(self, start: fn(&Process) -> DaemonStart) -> Entry {
        Entry { daemon: Some(start), anywhere: true, ..self }
    }
}

/// Every program that an executable file of an image can stand for, the shells among them.
pub fn programs() -> Vec<Program> {
    let made = TABLE.iter().map(|entry| Program {
        name: entry.name.to_owned(),
        command: entry.command.map(|run| Rc::new(run) as CommandFn),
        daemon: entry.daemon.map(|start| Rc::new(start) as DaemonFn),
        anywhere: entry.anywhere,
    });
    made.chain(machine::shell::programs()).collect()
}

static TABLE: &[Entry] = &[
    command("cat", |p| Box::pin(cat::run(p))),
    command("chmod", |p| Box::pin(chmod::run(p))),
    command("chown", |p| Box::pin(chown::run(p))),
    command("cp", |p| Box::pin(copy::run(p))),
    command("mv", |p| Box::pin(copy::run(p))),
    command("chgrp", |p| Box::pin(chown::run(p))),
    command("egrep", |p| Box::pin(grep::run(p))),
    command("fgrep", |p| Box::pin(grep::run(p))),
    command("readlink", |p| Box::pin(realpath::run(p))),
    command("sync", |p| Box::pin(true_::run(p))),
    command("whoami", |p| Box::pin(whoami::run(p))),
    command("id", |p| Box::pin(id::run(p))),
    command("hostname", |p| Box::pin(hostname::run(p))),
    command("uname", |p| Box::pin(uname::run(p))),
    command("uptime", |p| Box::pin(uptime::run(p))),
    command("free", |p| Box::pin(free::run(p))),
    command("env", |p| Box::pin(env::run(p))),
    command("printenv", |p| Box::pin(printenv::run(p))),
    command("pwd", |p| Box::pin(pwd::run(p))),
    command("which", |p| Box::pin(which::run(p))),
    command("timeout", |p| Box::pin(timeout::run(p))),
    command("test", |p| Box::pin(test::run(p))),
    command("[", |p| Box::pin(test::run(p))),
    command("expr", |p| Box::pin(expr::run(p))),
    command("busybox", |p| Box::pin(busybox::run(p))),
    command("ps", |p| Box::pin(ps::run(p))),
    command("kill", |p| Box::pin(kill::run(p))),
    command("killall", |p| Box::pin(pidof::run(p))),
    command("pidof", |p| Box::pin(pidof::run(p))),
    command("docker", |p| Box::pin(docker::run(p))),
    command("sudo", |p| Box::pin(sudo::run(p))),
    command("du", |p| Box::pin(du::run(p))),
    command("df", |p| Box::pin(df::run(p))),
    command("mount", |p| Box::pin(mount::run(p))),
    command("stat", |p| Box::pin(stat::run(p))),
    command("less", |p| Box::pin(pager::run(p))),
    command("more", |p| Box::pin(pager::run(p))),
    command("vi", |p| Box::pin(editor::run(p))),
    command("vim", |p| Box::pin(editor::run(p))),
    command("nano", |p| Box::pin(editor::run(p))),
    command("watch", |p| Box::pin(watch::run(p))),
    command("top", |p| Box::pin(top::run(p))),
    command("man", |p| Box::pin(man::run(p))),
    command("tput", |p| Box::pin(tput::run(p))),
    command("stty", |p| Box::pin(stty::run(p))),
    command("tree", |p| Box::pin(tree::run(p))),
    command("file", |p| Box::pin(file::run(p))),
    command("wget", |p| Box::pin(wget::run(p))),
    command("nslookup", |p| Box::pin(nslookup::run(p))),
    command("dig", |p| Box::pin(bind::dig::run(p))),
    command("host", |p| Box::pin(bind::host::run(p))),
    command("getent", |p| Box::pin(getent::run(p))),
    command("ip", |p| Box::pin(ip::run(p))),
    command("ifconfig", |p| Box::pin(ifconfig::run(p))),
    command("arp", |p| Box::pin(arp::run(p))),
    command("traceroute", |p| Box::pin(traceroute::run(p))),
    command("route", |p| Box::pin(route::run(p))),
    command("ss", |p| Box::pin(ss::run(p))),
    command("netstat", |p| Box::pin(netstat::run(p))),
    command("lsof", |p| Box::pin(lsof::run(p))),
    command("telnet", |p| Box::pin(telnet::run(p))),
    command("su", |p| Box::pin(su::run(p))),
    command("chroot", |p| Box::pin(chroot::run(p))),
    command("nsenter", |p| Box::pin(nsenter::run(p))),
    command("bc", |p| Box::pin(bc::run(p))),
    command("nc", |p| Box::pin(nc::run(p))),
    command("cut", |p| Box::pin(cut::run(p))),
    command("date", |p| Box::pin(date::run(p))),
    command("dd", |p| Box::pin(dd::run(p))),
    command("echo", |p| Box::pin(echo::run(p))),
    command("printf", |p| Box::pin(printf::run(p))),
    command("grep", |p| Box::pin(grep::run(p))),
    command("head", |p| Box::pin(head::run(p))),
    command("tail", |p| Box::pin(tail::run(p))).or_daemon_anywhere(tail::as_data),
    command("awk", |p| Box::pin(awk::run(p))),
    command("base64", |p| Box::pin(base64::run(p))),
    command("cmp", |p| Box::pin(cmp::run(p))),
    command("diff", |p| Box::pin(diff::run(p))),
    command("find", |p| Box::pin(find::run(p))),
    command("xargs", |p| Box::pin(xargs::run(p))),
    command("nice", |p| Box::pin(nice::run(p))),
    command("strings", |p| Box::pin(strings::run(p))),
    command("groups", |p| Box::pin(id::run(p))),
    command("arch", |p| Box::pin(uname::run(p))),
    command("nohup", |p| Box::pin(nohup::run(p))),
    command("paste", |p| Box::pin(paste::run(p))),
    command("comm", |p| Box::pin(comm::run(p))),
    command("fold", |p| Box::pin(fold::run(p))),
    command("expand", |p| Box::pin(expand::run(p))),
    command("unexpand", |p| Box::pin(expand::run(p))),
    command("shuf", |p| Box::pin(shuf::run(p))),
    command("split", |p| Box::pin(split::run(p))),
    command("column", |p| Box::pin(column::run(p))),
    command("envsubst", |p| Box::pin(envsubst::run(p))),
    command("od", |p| Box::pin(dump::od::run(p))),
    command("hexdump", |p| Box::pin(dump::hexdump::run(p))),
    command("hd", |p| Box::pin(dump::hexdump::run(p))),
    command("xxd", |p| Box::pin(dump::xxd::run(p))),
    command("gzip", |p| Box::pin(gzip::run(p))),
    command("gunzip", |p| Box::pin(gzip::run(p))),
    command("zcat", |p| Box::pin(gzip::run(p))),
    command("sha1sum", |p| Box::pin(sha256sum::run(p))),
    command("openssl", |p| Box::pin(openssl::run(p))),
    command("pgrep", |p| Box::pin(pgrep::run(p))),
    command("pkill", |p| Box::pin(pgrep::run(p))),
    command("jq", |p| Box::pin(jq::run(p))),
    command("curl", |p| Box::pin(curl::run(p))),
    command("ping", |p| Box::pin(ping::run(p))),
    command("nginx", |p| Box::pin(nginx::run(p))).or_daemon_anywhere(nginx::start),
    command("nginx-entrypoint", |p| Box::pin(nginx::run_entrypoint(p))).or_daemon(nginx::entrypoint),
    command("entrypoint", |p| Box::pin(servers::entrypoint::run_entrypoint(p)))
        .or_daemon(servers::entrypoint::entrypoint),
    daemon("httpd-foreground", servers::httpd::httpd),
    daemon("redis-server", servers::redis::redis_server),
    command("redis-cli", |p| Box::pin(servers::redis::redis_cli(p))),
    daemon("memcached", servers::databases::memcached),
    daemon("mysqld", servers::databases::mysqld),
    daemon("mariadbd", servers::databases::mysqld),
    daemon("postgres", servers::databases::postgres),
    daemon("mongod", servers::databases::mongod),
    daemon("pause", servers::pause),
    daemon("system-service", servers::system_service),
    daemon("metrics-server", servers::metrics_server::start),
    daemon("agnhost", servers::samples::agnhost),
    daemon("echoserver", servers::samples::echoserver),
    daemon("http-echo", servers::samples::http_echo),
    daemon("whoami-server", servers::samples::whoami),
    daemon("json-echo", servers::samples::json_echo),
    daemon("bootcamp", servers::samples::bootcamp),
    daemon("kubia", servers::samples::kubia),
    daemon("hello-kubernetes", servers::samples::hello_kubernetes),
    daemon("one-line-server", servers::samples::one_line),
    daemon("liveness", servers::samples::liveness),
    daemon("serve-hostname", servers::samples::hostname_server),
    daemon("etcd", servers::databases::etcd),
    command("pg_isready", |p| Box::pin(servers::databases::pg_isready(p))),
    command("mysqladmin", |p| Box::pin(servers::databases::mysqladmin(p))),
    daemon("stand-in", servers::samples::stand_in),
    command("perl", |p| Box::pin(perl::run(p))),
    command("stress", |p| Box::pin(stress::run(p))).or_daemon(stress::start),
    daemon("echo-server", servers::echo::echo_server),
    daemon("hello-app", servers::hello_app::hello_app),
    daemon("hello-app-2", servers::hello_app::hello_app_2),
    command("hello", |p| Box::pin(hello::run(p))),
    command("not-simulated", |p| Box::pin(not_simulated::run(p))),
    command("ln", |p| Box::pin(ln::run(p))),
    command("ls", |p| Box::pin(ls::run(p))),
    command("mkfifo", |p| Box::pin(mkfifo::run(p))),
    command("link", |p| Box::pin(ln::link(p))),
    command("unlink", |p| Box::pin(ln::unlink(p))),
    command("mkdir", |p| Box::pin(mkdir::run(p))),
    command("rm", |p| Box::pin(rm::run(p))),
    command("rmdir", |p| Box::pin(rmdir::run(p))),
    command("sed", |p| Box::pin(sed::run(p))),
    command("sort", |p| Box::pin(sort::run(p))),
    command("tar", |p| Box::pin(tar::run(p))),
    command("touch", |p| Box::pin(touch::run(p))),
    command("tr", |p| Box::pin(tr::run(p))),
    command("uniq", |p| Box::pin(uniq::run(p))),
    command("wc", |p| Box::pin(wc::run(p))),
    command("true", |p| Box::pin(true_::run(p))),
    command("fallocate", |p| Box::pin(fallocate::run(p))),
    command("false", |p| Box::pin(false_::run(p))),
    command("yes", |p| Box::pin(yes::run(p))),
    command("sleep", |p| Box::pin(sleep::run(p))).or_daemon_anywhere(sleep::as_data),
    command("seq", |p| Box::pin(seq::run(p))),
    command("md5sum", |p| Box::pin(sha256sum::run(p))),
    command("sha256sum", |p| Box::pin(sha256sum::run(p))),
    command("basename", |p| Box::pin(basename::run(p))),
    command("dirname", |p| Box::pin(dirname::run(p))),
    command("tee", |p| Box::pin(tee::run(p))),
    command("rev", |p| Box::pin(rev::run(p))),
    command("tac", |p| Box::pin(tac::run(p))),
    command("nl", |p| Box::pin(nl::run(p))),
    command("clear", |p| Box::pin(clear::run(p))),
    command("realpath", |p| Box::pin(realpath::run(p))),
    command("mktemp", |p| Box::pin(mktemp::run(p))),
    command("nproc", |p| Box::pin(nproc::run(p))),
    command("tty", |p| Box::pin(tty::run(p))),
    command("truncate", |p| Box::pin(truncate::run(p))),
];

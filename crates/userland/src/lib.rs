//! What is installed on the simulated computers: the programs people type, one a file, and the container images they are in.
//!
//! Here: [`programs`] (what a [`machine::Kernel`] is to know), each of which behaves as the real one and works out what it
//! prints from the simulated machine; [`images`] (which images there are, and their trees of files).
//! Not here: the shell and its builtins (`machine::shell`), kubectl and minikube, which the host registers, and what a
//! program asks of its machine ([`machine::Process`]).

mod awk;
mod base64;
mod bc;
mod bind;
mod cat;
mod chmod;
mod chown;
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
mod diff;
mod disk_usage;
mod docker;
mod dump;
mod echo;
mod environment;
mod envsubst;
mod find;
mod fold;
mod grep;
mod gzip;
mod head;
mod http;
mod identity;
pub mod images;
mod input;
mod interfaces;
mod jq;
mod json;
mod listing;
mod ln;
mod ls;
mod mkdir;
mod mkfifo;
mod names;
mod nginx;
mod nohup;
mod nslookup;
mod openssl;
mod options;
mod pager;
mod paste;
mod pattern;
mod perl;
mod perl_regex;
mod ping;
mod prelude;
mod printf;
mod privileges;
mod ps;
mod rm;
mod rmdir;
mod samples;
mod sed;
mod servers;
mod sha256;
mod shuf;
mod small;
mod sockets;
mod sort;
mod split;
mod stress;
mod tail;
mod tar;
mod telnet;
#[cfg(test)]
mod tests;
mod touch;
mod tr;
mod uniq;
mod wc;
mod wget;
mod words;
mod xargs;

use std::rc::Rc;

use machine::{CommandFn, DaemonFn, DaemonStart, LocalFuture, Process, Program};

/// A program as the table has it: without code that makes it, which would come with the page's first part.
struct Entry {
    name: &'static str,
    command: Option<fn(Process) -> LocalFuture<i32>>,
    daemon: Option<fn(&Process) -> DaemonStart>,
    anywhere: bool,
}

const fn command(name: &'static str, run: fn(Process) -> LocalFuture<i32>) -> Entry {
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
    command("readlink", |p| Box::pin(small::realpath(p))),
    command("sync", |p| Box::pin(small::r#true(p))),
    command("whoami", |p| Box::pin(identity::whoami(p))),
    command("id", |p| Box::pin(identity::id(p))),
    command("hostname", |p| Box::pin(identity::hostname(p))),
    command("uname", |p| Box::pin(identity::uname(p))),
    command("uptime", |p| Box::pin(identity::uptime(p))),
    command("free", |p| Box::pin(identity::free(p))),
    command("env", |p| Box::pin(environment::env(p))),
    command("printenv", |p| Box::pin(environment::printenv(p))),
    command("pwd", |p| Box::pin(environment::pwd(p))),
    command("which", |p| Box::pin(environment::which(p))),
    command("timeout", |p| Box::pin(environment::timeout(p))),
    command("test", |p| Box::pin(environment::test(p))),
    command("[", |p| Box::pin(environment::test(p))),
    command("expr", |p| Box::pin(environment::expr(p))),
    command("busybox", |p| Box::pin(environment::busybox(p))),
    command("ps", |p| Box::pin(ps::ps(p))),
    command("kill", |p| Box::pin(ps::kill(p))),
    command("killall", |p| Box::pin(ps::by_name(p))),
    command("pidof", |p| Box::pin(ps::by_name(p))),
    command("docker", |p| Box::pin(docker::docker(p))),
    command("sudo", |p| Box::pin(docker::sudo(p))),
    command("du", |p| Box::pin(disk_usage::du(p))),
    command("df", |p| Box::pin(disk_usage::df(p))),
    command("mount", |p| Box::pin(disk_usage::mount(p))),
    command("stat", |p| Box::pin(disk_usage::stat(p))),
    command("less", |p| Box::pin(pager::pager(p))),
    command("more", |p| Box::pin(pager::pager(p))),
    command("vi", |p| Box::pin(pager::editor(p))),
    command("vim", |p| Box::pin(pager::editor(p))),
    command("nano", |p| Box::pin(pager::editor(p))),
    command("watch", |p| Box::pin(pager::watch(p))),
    command("top", |p| Box::pin(pager::top(p))),
    command("man", |p| Box::pin(pager::man(p))),
    command("tput", |p| Box::pin(pager::tput(p))),
    command("stty", |p| Box::pin(pager::stty(p))),
    command("tree", |p| Box::pin(pager::tree(p))),
    command("file", |p| Box::pin(pager::file(p))),
    command("wget", |p| Box::pin(wget::run(p))),
    command("nslookup", |p| Box::pin(nslookup::run(p))),
    command("dig", |p| Box::pin(bind::dig(p))),
    command("host", |p| Box::pin(bind::host(p))),
    command("getent", |p| Box::pin(names::getent(p))),
    command("ip", |p| Box::pin(interfaces::ip(p))),
    command("ifconfig", |p| Box::pin(interfaces::ifconfig(p))),
    command("arp", |p| Box::pin(interfaces::arp(p))),
    command("traceroute", |p| Box::pin(interfaces::traceroute(p))),
    command("route", |p| Box::pin(interfaces::route(p))),
    command("ss", |p| Box::pin(sockets::ss(p))),
    command("netstat", |p| Box::pin(sockets::netstat(p))),
    command("lsof", |p| Box::pin(sockets::lsof(p))),
    command("telnet", |p| Box::pin(telnet::run(p))),
    command("su", |p| Box::pin(privileges::su(p))),
    command("chroot", |p| Box::pin(privileges::chroot(p))),
    command("nsenter", |p| Box::pin(privileges::nsenter(p))),
    command("bc", |p| Box::pin(bc::run(p))),
    command("nc", |p| Box::pin(interfaces::nc(p))),
    command("cut", |p| Box::pin(cut::run(p))),
    command("date", |p| Box::pin(date::run(p))),
    command("dd", |p| Box::pin(dd::run(p))),
    command("echo", |p| Box::pin(echo::run(p))),
    command("printf", |p| Box::pin(printf::run(p))),
    command("grep", |p| Box::pin(grep::run(p))),
    command("head", |p| Box::pin(head::run(p))),
    command("tail", |p| Box::pin(tail::run(p))).or_daemon_anywhere(servers::tail),
    command("awk", |p| Box::pin(awk::run(p))),
    command("base64", |p| Box::pin(base64::run(p))),
    command("cmp", |p| Box::pin(diff::cmp(p))),
    command("diff", |p| Box::pin(diff::run(p))),
    command("find", |p| Box::pin(find::run(p))),
    command("xargs", |p| Box::pin(xargs::run(p))),
    command("nohup", |p| Box::pin(nohup::run(p))),
    command("paste", |p| Box::pin(paste::run(p))),
    command("comm", |p| Box::pin(comm::run(p))),
    command("fold", |p| Box::pin(fold::run(p))),
    command("expand", |p| Box::pin(fold::expand(p))),
    command("unexpand", |p| Box::pin(fold::expand(p))),
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
    command("sha1sum", |p| Box::pin(sha256::run(p))),
    command("openssl", |p| Box::pin(openssl::run(p))),
    command("pgrep", |p| Box::pin(ps::by_pattern(p))),
    command("pkill", |p| Box::pin(ps::by_pattern(p))),
    command("jq", |p| Box::pin(jq::run(p))),
    command("curl", |p| Box::pin(curl::run(p))),
    command("ping", |p| Box::pin(ping::run(p))),
    command("nginx", |p| Box::pin(nginx::run(p))).or_daemon_anywhere(nginx::start),
    command("nginx-entrypoint", |p| Box::pin(servers::run_entrypoint(p))).or_daemon(nginx::entrypoint),
    command("entrypoint", |p| Box::pin(servers::run_entrypoint(p))).or_daemon(servers::entrypoint),
    daemon("httpd-foreground", servers::httpd),
    daemon("redis-server", servers::redis_server),
    command("redis-cli", |p| Box::pin(servers::redis_cli(p))),
    daemon("memcached", servers::memcached),
    daemon("mysqld", servers::mysqld),
    daemon("mariadbd", servers::mysqld),
    daemon("postgres", servers::postgres),
    daemon("mongod", servers::mongod),
    daemon("pause", servers::pause),
    daemon("system-service", servers::system_service),
    daemon("agnhost", samples::agnhost),
    daemon("echoserver", samples::echoserver),
    daemon("http-echo", samples::http_echo),
    daemon("whoami-server", samples::whoami),
    daemon("json-echo", samples::json_echo),
    daemon("bootcamp", samples::bootcamp),
    daemon("kubia", samples::kubia),
    daemon("hello-kubernetes", samples::hello_kubernetes),
    daemon("one-line-server", samples::one_line),
    daemon("liveness", samples::liveness),
    daemon("stand-in", samples::stand_in),
    command("perl", |p| Box::pin(perl::run(p))),
    command("stress", |p| Box::pin(stress::run(p))).or_daemon(stress::start),
    daemon("echo-server", servers::echo_server),
    daemon("hello-app", servers::hello_app),
    daemon("hello-app-2", servers::hello_app_2),
    command("hello", |p| Box::pin(servers::hello(p))),
    command("not-simulated", |p| Box::pin(servers::not_simulated(p))),
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
    command("true", |p| Box::pin(small::r#true(p))),
    command("false", |p| Box::pin(small::r#false(p))),
    command("yes", |p| Box::pin(small::yes(p))),
    command("sleep", |p| Box::pin(small::sleep(p))).or_daemon_anywhere(servers::sleep),
    command("seq", |p| Box::pin(small::seq(p))),
    command("md5sum", |p| Box::pin(sha256::run(p))),
    command("sha256sum", |p| Box::pin(sha256::run(p))),
    command("basename", |p| Box::pin(small::basename(p))),
    command("dirname", |p| Box::pin(small::dirname(p))),
    command("tee", |p| Box::pin(small::tee(p))),
    command("rev", |p| Box::pin(small::rev(p))),
    command("tac", |p| Box::pin(small::tac(p))),
    command("nl", |p| Box::pin(small::nl(p))),
    command("clear", |p| Box::pin(small::clear(p))),
    command("realpath", |p| Box::pin(small::realpath(p))),
    command("mktemp", |p| Box::pin(small::mktemp(p))),
    command("nproc", |p| Box::pin(small::nproc(p))),
    command("tty", |p| Box::pin(small::tty(p))),
    command("truncate", |p| Box::pin(small::truncate(p))),
];

//! `nginx`: the command and the daemon's start. [`serve`](self::serve) answers requests.

mod conf;
mod proxy;
mod serve;

use machine::{Daemon, Errno, KernelState, MachineId, Pid, Proto, Signal, Spawn, Stdio, User};

use self::conf::{Directive, Server, parse, servers};
use self::proxy::{Group, Wanted};
use self::serve::{Nginx, stamp};
use super::prelude::*;

const CONF: &str = "/etc/nginx/nginx.conf";
/// Reads the configuration with its includes: its servers, and what they ask. The error is nginx's, without `nginx: [emerg] `.
fn configuration(kernel: &KernelState, machine: MachineId) -> Result<(Vec<Server>, Vec<Wanted>), String> {
    let root = User::root();
    let read = |path: &str| -> Result<Vec<Directive>, String> {
        let bytes =
            kernel.read_file(machine, &root, path).map_err(|error| format!("open() \"{path}\" failed (2: {error})"))?;
        parse(&String::from_utf8_lossy(&bytes), path)
    };
    let mut top = read(CONF)?;
    for directive in &mut top {
        let Some(block) = directive.block.as_mut().filter(|_| directive.name == "http") else { continue };
        let mut all = Vec::new();
        for inner in block.drain(..) {
            if inner.name != "include" {
                all.push(inner);
                continue;
            }
            let pattern = inner.args.first().cloned().unwrap_or_default();
            let pattern = if pattern.starts_with('/') { pattern } else { format!("/etc/nginx/{pattern}") };
            if !pattern.contains(['*', '?', '[']) {
                all.extend(read(&pattern)?.into_iter().filter(|directive| directive.name != "types"));
                continue;
            }
            let (dir, name) = pattern.rsplit_once('/').unwrap_or(("", &pattern));
            for entry in kernel.read_dir(machine, &root, dir).unwrap_or_default() {
                // The links of a ConfigMap volume (`..data`) are not meant.
                if glob_match(name, &entry.name) && !entry.name.starts_with('.') {
                    all.extend(read(&format!("{dir}/{}", entry.name))?);
                }
            }
        }
        *block = all;
    }
    let servers = servers(&top);
    for server in servers.iter().filter(|server| !server.secure_ports.is_empty()) {
        let Some(path) = &server.certificate else {
            return Err("no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive in /etc/nginx/conf.d/default.conf:1".to_owned());
        };
        let pem = kernel.read_file(machine, &root, path).map_err(|_| {
            format!(
                "cannot load certificate \"{path}\": BIO_new_file() failed (SSL: error:80000002:system library::No such file or \
                 directory:calling fopen({path}, r) error:10000080:BIO routines::no such file)"
            )
        })?;
        if super::tls::certificates(&String::from_utf8_lossy(&pem)).is_empty() {
            return Err(format!(
                "cannot load certificate \"{path}\": PEM_read_bio_X509_AUX() failed (SSL: error:0480006C:PEM routines::no start \
                 line:Expecting: TRUSTED CERTIFICATE)"
            ));
        }
    }
    let wanted = proxy::wanted(&top, &servers);
    Ok((servers, wanted))
}

/// Likewise, with the addresses of what they ask.
async fn configured(p: &Process) -> Result<(Vec<Server>, Vec<Group>), String> {
    let (servers, wanted) = p.kernel().with(|state| configuration(state, p.machine()))?;
    Ok((servers, proxy::find(p, &wanted).await?))
}

/// How nginx says that it does not start.
fn emergency(p: &Process, error: &str) -> String {
    let pid = p.local_pid();
    format!("{} [emerg] {pid}#{pid}: {error}\nnginx: [emerg] {error}\n", stamp(p.now()))
}

fn version(p: &Process) -> String {
    p.env("NGINX_VERSION").filter(|version| !version.is_empty()).unwrap_or_else(|| "1.29.3".to_owned())
}

/// Whether the image starts nginx by the script, and so whether nginx says what it does.
fn is_recent(version: &str) -> bool {
    crate::images::nginx_has_entrypoint(version)
}

/// What the image's entrypoint script says.
fn script_says(p: &Process) -> String {
    const SITE: &str = "/etc/nginx/conf.d/default.conf";
    let (machine, user) = (p.machine(), p.user());
    let (text, may_write) = p.kernel().with(|state| {
        let text = state.read_file(machine, &user, SITE).ok();
        (text, state.may(machine, &user, SITE, machine::WRITE))
    });
    let site = match text {
        None => vec![format!("{SITE} is not a file or does not exist")],
        Some(_) if !may_write => vec![format!("can not modify {SITE} (read-only file system?)")],
        Some(text) => {
            let packaged = String::from_utf8_lossy(&text).contains("listen  [::]:");
            let end = if packaged {
                format!("Enabled listen on IPv6 in {SITE}")
            } else {
                format!("{SITE} differs from the packaged version")
            };
            vec![format!("Getting the checksum of {SITE}"), end]
        }
    };
    let site: String = site.iter().map(|line| format!("10-listen-on-ipv6-by-default.sh: info: {line}\n")).collect();
    format!(
        "/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration\n\
         /docker-entrypoint.sh: Looking for shell scripts in /docker-entrypoint.d/\n\
         /docker-entrypoint.sh: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh\n{site}\
         /docker-entrypoint.sh: Sourcing /docker-entrypoint.d/15-local-resolvers.envsh\n\
         /docker-entrypoint.sh: Launching /docker-entrypoint.d/20-envsubst-on-templates.sh\n\
         /docker-entrypoint.sh: Launching /docker-entrypoint.d/30-tune-worker-processes.sh\n\
         /docker-entrypoint.sh: Configuration complete; ready for start up\n"
    )
}

/// `/docker-entrypoint.sh`: its lines, then whatever it was given.
pub(crate) fn entrypoint(p: &Process) -> Result<Option<Daemon>, (String, i32)> {
    let started = super::servers::entrypoint::entrypoint(p);
    if !p.args().get(1).is_some_and(|name| name == "nginx" || name == "nginx-debug") {
        return started;
    }
    let said = script_says(p);
    match started {
        Ok(Some(mut daemon)) => {
            daemon.greeting = format!("{said}{}", daemon.greeting);
            Ok(Some(daemon))
        }
        Ok(None) => Ok(None),
        Err((text, status)) => Err((format!("{said}{text}"), status)),
    }
}

/// What nginx writes that finds its port taken, or may not have it.
fn cannot_bind(port: u16, why: &str, now: Time) -> String {
    let now = stamp(now);
    let error = format!("bind() to 0.0.0.0:{port} failed ({why})");
    let mut text = format!("{now} [emerg] 1#1: {error}\nnginx: [emerg] {error}\n");
    if why.starts_with("98") {
        text = format!("{text}{now} [notice] 1#1: try again to bind() after 500ms\n").repeat(5);
        text.push_str(&format!("{now} [emerg] 1#1: still could not bind()\nnginx: [emerg] still could not bind()\n"));
    }
    text
}

/// The first directory that nginx makes: where a container may not write, is not root, or may not give files away, it ends here.
fn make_cache(p: &Process, now: &str) -> Result<(), (String, i32)> {
    const CACHE: &str = "/var/cache/nginx/client_temp";
    let user = p.user();
    let read_only =
        p.kernel().with(|state| state.machines.get(&p.machine())?.mounts.first().map(|root| root.read_only));
    if user.uid == 0 && read_only != Some(true) {
        if p.may_root("CHOWN") {
            return Ok(()); // it could; nothing here looks into it
        }
        let error = format!("chown(\"{CACHE}\", 101) failed (1: Operation not permitted)");
        return Err((format!("{now} [emerg] 1#1: {error}\nnginx: [emerg] {error}\n"), 1));
    }
    let made = p.kernel().with(|state| state.create_dir(p.machine(), &user, CACHE, 0o700, p.now()));
    let number = match made {
        Err(Errno::EACCES) => 13,
        Err(Errno::EROFS) => 30,
        _ => return Ok(()),
    };
    let mut said = String::new();
    if user.uid != 0 {
        let warning = "the \"user\" directive makes sense only if the master process runs with super-user privileges, \
                       ignored in /etc/nginx/nginx.conf:2";
        said = format!("{now} [warn] 1#1: {warning}\nnginx: [warn] {warning}\n");
    }
    let why = made.map_or_else(|error| error.to_string(), |()| String::new());
    let error = format!("mkdir() \"{CACHE}\" failed ({number}: {why})");
    Err((format!("{said}{now} [emerg] 1#1: {error}\nnginx: [emerg] {error}\n"), 1))
}

/// `nginx -g 'daemon off;'`: the server. As a container's first process it stays in front whatever it is told; started by
/// another, only when it is told to.
pub(crate) fn start(p: &Process) -> Result<Option<Daemon>, (String, i32)> {
    let args = p.args();
    if args.iter().skip(1).any(|arg| matches!(arg.as_str(), "-v" | "-V" | "-t" | "-T" | "-s" | "-h" | "-?")) {
        return Ok(None);
    }
    let init = p.kernel().with(|state| state.machines.get(&p.machine())?.init());
    if init != Some(p.pid()) && !stays_in_front(args) {
        return Ok(None);
    }
    let found = p.kernel().with(|state| configuration(state, p.machine()));
    let (servers, wanted) = found.map_err(|error| (emergency(p, &error), 1))?;
    if proxy::needs_names(&wanted) {
        return Ok(None); // it asks for them first
    }
    server(p, servers, proxy::without_names(&wanted)).map(Some)
}

fn stays_in_front(args: &[String]) -> bool {
    args.iter().any(|arg| arg.contains("daemon off"))
}

/// The server, as its configuration has it.
fn server(p: &Process, servers: Vec<Server>, groups: Vec<Group>) -> Result<Daemon, (String, i32)> {
    let now = stamp(p.now());
    make_cache(p, &now)?;
    let version = version(p);
    let recent = is_recent(&version);
    let worker = if recent { 29 } else { 7 };
    let mut listen: Vec<(Proto, u16)> = Vec::new();
    for port in servers.iter().flat_map(|server| &server.ports) {
        if !listen.contains(&(Proto::Tcp, *port)) {
            listen.push((Proto::Tcp, *port));
        }
    }
    let mut daemon = Daemon::new(Nginx { version: version.clone(), servers, worker, groups });
    daemon.listen = listen;
    daemon.cannot_bind = Some(cannot_bind);
    let missing = ["SETGID", "SETUID"].into_iter().find(|name| p.user().uid == 0 && !p.may_root(name));
    if missing.is_some() {
        daemon.listen.clear(); // the workers end, and nobody answers
    }
    if recent {
        let mut lines = vec![
            "using the \"epoll\" event method".to_owned(),
            format!("nginx/{version}"),
            "built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1)".to_owned(),
            "OS: Linux 6.8.0-50-generic".to_owned(),
            "getrlimit(RLIMIT_NOFILE): 1048576:1048576".to_owned(),
            "start worker processes".to_owned(),
        ];
        lines.extend([29, 30].map(|pid| format!("start worker process {pid}")));
        daemon.greeting_stderr = lines.iter().map(|line| format!("{now} [notice] 1#1: {line}\n")).collect();
        for pid in [29, 30].into_iter().filter(|_| missing.is_some()) {
            let call = if missing == Some("SETGID") { "setgid" } else { "setuid" };
            daemon.greeting_stderr.push_str(&format!(
                "{now} [emerg] {pid}#{pid}: {call}(101) failed (1: Operation not permitted)\n{now} [alert] 1#1: worker process \
                 {pid} exited with fatal code 2 and cannot be respawned\n"
            ));
        }
    }
    Ok(daemon)
}

/// The server of this computer, if one runs: the first process of a container, or one that was started later.
fn master(p: &Process) -> Option<Pid> {
    p.kernel().with(|state| {
        let is_server = |one: &&machine::ProcessData| {
            let name = one.argv.first().map_or("", String::as_str);
            one.machine == p.machine() && one.pid != p.pid() && one.ended.is_none() && name.ends_with("nginx")
        };
        let found = state.processes.values().find(is_server).map(|one| one.pid);
        // As its image starts it, the script goes by its own name.
        found.or_else(|| {
            let init = state.machines.get(&p.machine())?.init()?;
            let argv = &state.processes.get(&init)?.argv;
            argv.iter().any(|word| word == "nginx" || word.ends_with("/nginx")).then_some(init)
        })
    })
}

/// nginx started by a shell: as a process of its own, for which the command waits only if it is to stay in front.
async fn serve_apart(p: &Process, server: &Daemon) -> Result<(), ExitStatus> {
    let args = p.args().to_vec();
    let heard: Vec<u16> = super::sockets::listening(p).iter().map(|socket| socket.port).collect();
    let taken = server.listen.iter().map(|(_, port)| *port).find(|port| !p.may_bind(*port) || heard.contains(port));
    if let Some(port) = taken {
        let why = if p.may_bind(port) { "98: Address already in use" } else { "13: Permission denied" };
        let text = cannot_bind(port, why, p.now()).replace("1#1:", &format!("{0}#{0}:", p.local_pid()));
        p.sleep(Duration::from_millis(if why.starts_with("98") { 2_500 } else { 0 })).await;
        p.err(&text).await;
        return Err(ExitStatus(1));
    }
    let front = stays_in_front(&args);
    let mut argv = args;
    if !front {
        argv.extend(["-g".to_owned(), "daemon off;".to_owned()]);
    }
    let stdio = |fd: u32| if p.fd(fd).is_some_and(|fd| fd.is_pipe()) { Stdio::Null } else { Stdio::Inherit };
    let apart = Spawn { stdin: Stdio::Null, stdout: stdio(1), stderr: stdio(2), ..Spawn::new(argv) };
    match p.spawn(apart) {
        Ok(child) if front => ExitStatus::check(child.wait().await),
        Ok(child) => ExitStatus::check(child.ended().map_or(0, machine::Exit::status)),
        Err(error) => ExitStatus::check(error.status()),
    }
}

/// The server in the place of this process, which says `said` first.
async fn serve_here(p: &Process, said: &str, server: Result<Daemon, (String, i32)>) -> Result<(), ExitStatus> {
    let started = server.and_then(|mut server| {
        server.greeting = format!("{said}{}", server.greeting);
        p.become_daemon(server)
    });
    match started {
        Ok(()) => Ok(()),
        Err((text, status)) => {
            // What could not listen has said the greeting itself.
            let said = if text.starts_with(said) { "" } else { said };
            p.err(&format!("{said}{text}")).await;
            ExitStatus::check(status)
        }
    }
}

/// `/docker-entrypoint.sh` of an image whose nginx asks for names before it starts, or of what is no nginx.
pub(crate) async fn run_entrypoint(p: Process) -> Result<(), ExitStatus> {
    let is_nginx = p.args().get(1).is_some_and(|name| name == "nginx" || name == "nginx-debug");
    if !is_nginx || p.args().iter().skip(2).any(|arg| matches!(arg.as_str(), "-v" | "-V" | "-t" | "-T" | "-s" | "-h")) {
        return super::servers::entrypoint::run_entrypoint(p).await;
    }
    let said = script_says(&p);
    let server = match configured(&p).await {
        Ok((servers, groups)) => server(&p, servers, groups),
        Err(error) => Err((emergency(&p, &error), 1)),
    };
    serve_here(&p, &said, server).await
}

/// `nginx` as a command: the server where it asks for names before it starts, or where a shell starts it; `-v`, `-t`, `-s`.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args = p.args().to_vec();
    let has = |flag: &str| args.iter().skip(1).any(|arg| arg == flag);
    if has("-v") || has("-V") {
        p.err(&format!("nginx version: nginx/{}\n", version(&p))).await;
        return Ok(());
    }
    if has("-h") || has("-?") {
        let text = format!(
            "nginx version: nginx/{}\nUsage: nginx [-?hvVtTq] [-s signal] [-p prefix]\n             [-e filename] [-c filename] [-g directives]\n",
            version(&p)
        );
        p.err(&text).await;
        return Ok(());
    }
    let signals = args.iter().position(|arg| arg == "-s");
    let (servers, groups) = match configured(&p).await {
        Ok(found) => found,
        Err(error) => {
            let starts = !has("-t") && !has("-T") && signals.is_none();
            p.err(&if starts { emergency(&p, &error) } else { format!("nginx: [emerg] {error}\n") }).await;
            if has("-t") {
                p.err(&format!("nginx: configuration file {CONF} test failed\n")).await;
            }
            return Err(ExitStatus(1));
        }
    };
    if has("-t") || has("-T") {
        p.err(&format!(
            "nginx: the configuration file {CONF} syntax is ok\nnginx: configuration file {CONF} test is successful\n"
        ))
        .await;
        if has("-T") {
            for path in [CONF, "/etc/nginx/conf.d/default.conf"] {
                let text = p.read_file(path).unwrap_or_default();
                p.out(&format!("# configuration file {path}:\n{}\n", String::from_utf8_lossy(&text))).await;
            }
        }
        return Ok(());
    }
    let machine = p.machine();
    let Some(at) = signals else {
        let init = p.kernel().with(|state| state.machines.get(&machine)?.init());
        let is_piped = (0..3).any(|fd| p.fd(fd).is_some_and(|fd| fd.is_pipe()));
        let server = server(&p, servers, groups);
        return match server {
            Ok(server) if init != Some(p.pid()) && (is_piped || !stays_in_front(&args)) => {
                serve_apart(&p, &server).await
            }
            server => serve_here(&p, "", server).await,
        };
    };
    let Some(master) = master(&p) else {
        p.err("nginx: [error] open() \"/run/nginx.pid\" failed (2: No such file or directory)\n").await;
        return Err(ExitStatus(1));
    };
    match args.get(at + 1).map(String::as_str) {
        Some("reload") => {
            let (version, now) = (version(&p), p.now());
            let worker = if is_recent(&version) { 29 } else { 7 };
            let text = format!(
                "{} [notice] 1#1: signal 1 (SIGHUP) received from {}, reconfiguring\n",
                stamp(now),
                p.local_pid()
            );
            p.kernel().with(|state| {
                state.set_service(master, std::rc::Rc::new(Nginx { version, servers, worker, groups }));
                state.write_log(machine, true, text.as_bytes(), now);
            });
            p.err(&format!("{} [notice] {}#{}: signal process started\n", stamp(now), p.local_pid(), p.local_pid()))
                .await;
            Ok(())
        }
        Some("stop") => {
            p.kernel().kill(master, Signal::Terminate);
            Ok(())
        }
        Some("quit") => {
            p.kernel().kill(master, Signal::Quit);
            Ok(())
        }
        Some("reopen") => Ok(()),
        Some(_) => {
            p.err(&format!("nginx: invalid option: \"-s {}\"\n", args[at + 1])).await;
            Err(ExitStatus(1))
        }
        None => {
            p.err("nginx: option \"-s\" requires parameter\n").await;
            Err(ExitStatus(1))
        }
    }
}

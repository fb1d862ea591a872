//! kubectl's transport to the API server: a function call that takes the time a request takes.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use api::{
    Body, ByteStream, ExecOutput, LocalFuture, Reason, Request, Response, Status, Transport, Unreachable, Upgraded,
    WatchEvent, WatchStream,
};
use cluster::{ExecRequest, LogRequest, Reply, Watch};
use machine::{Fd, LogLine, MachineId, Process, Session, SessionEnd, Spawn, Stdio};
use serde_json::Value;
use sim::{Duration, Time};

use crate::control::{Shared, WeakShared, upgrade};
use crate::forward::answer_forward;
use crate::server_address;

/// What a request to the API server takes.
const REQUEST: Duration = Duration::from_millis(4);

/// The API server as a process reaches it.
pub(crate) struct InProcessTransport {
    pub world: WeakShared,
    pub process: Process,
    /// The server and the token that the kubeconfig and the flags name.
    pub config: ::kubectl::ServerConfig,
}

impl InProcessTransport {
    /// The error of a client whose server is another than this world's, or does not run.
    fn nobody_answers(&self) -> Option<Unreachable> {
        let server = &self.config.server;
        server_address::unreachable(server).or_else(|| {
            let world = upgrade(&self.world)?;
            let answers = world.control.borrow().cluster.api_answers();
            (!answers).then(|| server_address::refused(server))
        })
    }

    /// Puts into a request who it is from: whom the token names, or the certificate; without either, whom minikube's certificate names.
    ///
    /// # Errors
    /// Why it is not let in.
    fn sign(&self, world: &Shared, request: &mut Request) -> Result<(), Status> {
        let now = world.sim.now();
        let user = match (self.config.token.as_str(), self.config.certificate.as_str()) {
            ("", "") => return Ok(()),
            ("", certificate) => {
                let certificate = userland::tls::of_pem(certificate).unwrap_or_default();
                crate::node::api_server::client(world, now, &certificate)
            }
            (token, _) => world.control.borrow().cluster.authenticate(now, token),
        };
        let user = user.ok_or_else(|| Status::new(Reason::Unauthorized, "Unauthorized"))?;
        match &request.user {
            Some(wanted) => crate::wire::may_impersonate(&user, wanted, |review| json_of(world.handle_at(now, review))),
            None => {
                request.user = Some(Box::new(user));
                Ok(())
            }
        }
    }
}

fn failure(status: &Status) -> Response {
    // 0, in the status itself, says that no server answered.
    Response { code: status.code.max(400), warnings: Vec::new(), body: Body::Json(status.to_value()) }
}

fn gone() -> Response {
    failure(&Status::internal("the world has ended"))
}

impl Transport for InProcessTransport {
    fn unreachable(&self) -> LocalFuture<'_, Option<Unreachable>> {
        Box::pin(async move {
            let unreachable = self.nobody_answers()?;
            if unreachable.why.ends_with("i/o timeout") {
                self.process.sleep(server_address::DIAL_TIMEOUT).await;
            }
            Some(unreachable)
        })
    }

    fn send(&self, mut request: Request) -> LocalFuture<'_, Response> {
        Box::pin(async move {
            if let Some(unreachable) = self.nobody_answers() {
                return failure(&unreachable.status());
            }
            self.process.sleep(REQUEST).await;
            let Some(world) = upgrade(&self.world) else { return gone() };
            if let Err(status) = self.sign(&world, &mut request) {
                return failure(&status);
            }
            if request.method == api::Method::Get
                && let Some(response) = crate::node::proxy::answer_kubectl(&world, &request)
            {
                return response;
            }
            match world.handle(&request) {
                Reply::Json { code, value, warnings } => {
                    if code < 400 {
                        world.lives.borrow_mut().mark(&request, &value, world.sim.now());
                    }
                    Response { code, warnings, body: Body::Json(Rc::unwrap_or_clone(value)) }
                }
                Reply::List(mut list) => {
                    let warnings = std::mem::take(&mut list.warnings);
                    Response { code: 200, warnings, body: Body::Json(list.into_value()) }
                }
                Reply::Watch(watch) => {
                    let stream = Watching { world: self.world.clone(), watch, events: VecDeque::new() };
                    Response { code: 200, warnings: Vec::new(), body: Body::Watch(Box::new(stream)) }
                }
                Reply::Log(log) => answer_log(&world, &self.world, &log),
                Reply::Exec(exec) => {
                    let upgraded = Exec { world: self.world.clone(), process: self.process.clone(), exec };
                    Response { code: 101, warnings: Vec::new(), body: Body::Upgrade(Box::new(upgraded)) }
                }
                Reply::Forward(to) => answer_forward(&world, &self.process, &to),
            }
        })
    }
}

/// A watch that waits for the store to change.
struct Watching {
    world: WeakShared,
    watch: Watch,
    events: VecDeque<WatchEvent>,
}

impl WatchStream for Watching {
    fn next(&mut self) -> LocalFuture<'_, Option<WatchEvent>> {
        Box::pin(async move {
            loop {
                if let Some(event) = self.events.pop_front() {
                    return Some(event);
                }
                let world = upgrade(&self.world)?;
                let answers = world.control.borrow().cluster.api_answers();
                if !answers || self.watch.has_ended() {
                    return None;
                }
                let changed = world.store_bell.notified();
                let now = world.sim.now();
                let events = world.control.borrow().cluster.poll_watch(now, &mut self.watch);
                self.events.extend(events);
                if self.events.is_empty() {
                    drop(world);
                    changed.await;
                }
            }
        })
    }
}

fn answer_log(world: &Shared, weak: &WeakShared, log: &LogRequest) -> Response {
    let (text, machine, seen) = log_text(world, log);
    let body = match machine {
        Some(machine) if log.follow => Body::Stream(Box::new(Following {
            world: weak.clone(),
            id: log.id.clone().unwrap_or_default(),
            machine,
            seen,
            first: Some(text),
            timestamps: log.timestamps,
        })),
        _ => Body::Text(text),
    };
    Response { code: 200, warnings: Vec::new(), body }
}

/// What a log request gets at once, the machine whose log it is, and how many lines that log had.
pub(crate) fn log_text(world: &Shared, log: &LogRequest) -> (String, Option<MachineId>, u64) {
    let machine = log.id.as_ref().and_then(|id| world.node.borrow().containers.get(id).map(|c| c.machine));
    let Some(machine) = machine else {
        let text = log
            .id
            .as_ref()
            .map(|id| format!("unable to retrieve container logs for docker://{id}"))
            .unwrap_or_default();
        return (text, None, 0);
    };
    let (lines, dropped) = read_log(world, machine);
    (cut_log(log, world.sim.now(), &lines), Some(machine), dropped + lines.len() as u64)
}

/// The part of a container's log that a request asks for.
pub(crate) fn cut_log(log: &LogRequest, now: Time, lines: &sim::SharedQueue<LogLine>) -> String {
    let since = match (&log.since_time, log.since_seconds) {
        (Some(time), _) => Time::parse_rfc3339(time),
        (None, Some(seconds)) => Some(now - Duration::from_secs(u64::try_from(seconds).unwrap_or_default())),
        (None, None) => None,
    };
    let mut lines: Vec<&LogLine> = lines.iter().filter(|line| since.is_none_or(|since| line.time >= since)).collect();
    if let Some(tail) = log.tail_lines {
        lines.drain(..lines.len().saturating_sub(tail));
    }
    let mut text: String = lines.iter().map(|line| render(line, log.timestamps)).collect();
    if let Some(limit) = log.limit_bytes {
        let mut end = limit.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}

pub(crate) fn read_log(world: &Shared, machine: MachineId) -> (sim::SharedQueue<LogLine>, u64) {
    world.kernel.with(|state| {
        state.machines.get(&machine).map(|machine| (machine.log.clone(), machine.log_dropped)).unwrap_or_default()
    })
}

pub(crate) fn render(line: &LogLine, timestamps: bool) -> String {
    if timestamps {
        let nanos = line.time.rfc3339_micros();
        format!("{}000Z {}\n", nanos.trim_end_matches('Z'), line.text)
    } else {
        format!("{}\n", line.text)
    }
}

/// `logs -f`: what is there, then what comes, until the container ends.
struct Following {
    world: WeakShared,
    id: String,
    machine: MachineId,
    seen: u64,
    first: Option<String>,
    timestamps: bool,
}

/// How often a followed log is looked at, as the kubelet does where no file event tells it.
const LOG_POLL: Duration = Duration::from_millis(100);

impl ByteStream for Following {
    fn next(&mut self) -> LocalFuture<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            if let Some(first) = self.first.take().filter(|text| !text.is_empty()) {
                return Some(first.into_bytes());
            }
            loop {
                let world = upgrade(&self.world)?;
                let (lines, dropped) = read_log(&world, self.machine);
                let total = dropped + lines.len() as u64;
                if total > self.seen {
                    let fresh = (total - self.seen).min(lines.len() as u64) as usize;
                    self.seen = total;
                    let text: String =
                        lines.iter().skip(lines.len() - fresh).map(|line| render(line, self.timestamps)).collect();
                    return Some(text.into_bytes());
                }
                let runs = world.node.borrow().containers.get(&self.id).is_some_and(|c| c.exited.is_none());
                if !runs {
                    return None;
                }
                let wait = world.sim.sleep(LOG_POLL);
                drop(world);
                wait.await;
            }
        })
    }
}

/// An exec or attach: the command runs in the container with kubectl's own streams.
struct Exec {
    world: WeakShared,
    process: Process,
    exec: ExecRequest,
}

impl Upgraded for Exec {
    fn attach_stdio(self: Box<Self>) -> LocalFuture<'static, Status> {
        Box::pin(async move {
            let Some(world) = upgrade(&self.world) else { return Status::internal("the world has ended") };
            let container = world.node.borrow().containers.get(&self.exec.id).map(|c| c.machine);
            let Some(machine) = container else {
                return Status::internal(format!(
                    "unable to upgrade connection: container not found (\"{}\")",
                    self.exec.container
                ));
            };
            if self.exec.command.is_empty() {
                if !world.kernel.container_runs(machine) {
                    return Status::internal(format!(
                        "unable to upgrade connection: container {} not found in pod {}_{}",
                        self.exec.container, self.exec.pod, self.exec.namespace
                    ));
                }
                drop(world);
                self.process.attach(machine, self.exec.stdin, self.exec.tty).await;
                return exit_status(0); // what the first process ended with is not told
            }
            let name = &self.exec.command[0];
            if let Some(why) = cannot_run(&world, machine, name) {
                self.process.out(&why).await;
                return exit_status(126);
            }
            drop(world);
            let code = if self.exec.tty && self.exec.stdin && self.process.is_tty(0) {
                let mut session = Session::new(machine, self.exec.command.iter().cloned());
                session.end = SessionEnd::Failed("command terminated with exit code {}".to_owned());
                let code = self.process.session(session).await;
                // The session has said how it ended; its code is all that is left for kubectl to pass on.
                self.process.exit(code).await
            } else {
                let spawn = Spawn {
                    argv: self.exec.command.clone(),
                    stdin: if self.exec.stdin { Stdio::Inherit } else { Stdio::Null },
                    machine: Some(machine),
                    tty: self.exec.tty,
                    ..Spawn::default()
                };
                let code = match self.process.spawn(spawn) {
                    Ok(child) => child.wait().await,
                    Err(error) => {
                        self.process.out(&format!("OCI runtime exec failed: {error}\n")).await;
                        error.status()
                    }
                };
                if self.exec.stdin {
                    // kubectl had sent it all on, whether or not the command read it (remotecommand's copyStdin).
                    self.process.skip_ready(0);
                }
                code
            };
            exit_status(code)
        })
    }

    fn exec_capture(self: Box<Self>, input: Vec<u8>) -> LocalFuture<'static, ExecOutput> {
        Box::pin(async move {
            let failed = |status| ExecOutput { status, stdout: Vec::new(), stderr: Vec::new() };
            let Some(world) = upgrade(&self.world) else {
                return failed(Status::internal("the world has ended"));
            };
            let container = world.node.borrow().containers.get(&self.exec.id).map(|c| c.machine);
            let (Some(machine), Some(name)) = (container, self.exec.command.first()) else {
                return failed(Status::internal(format!(
                    "unable to upgrade connection: container not found (\"{}\")",
                    self.exec.container
                )));
            };
            if let Some(why) = cannot_run(&world, machine, name) {
                return ExecOutput { stdout: why.into_bytes(), ..failed(exit_status(126)) };
            }
            drop(world);
            let (stdout, stderr) = (Rc::new(RefCell::new(Vec::new())), Rc::new(RefCell::new(Vec::new())));
            let spawn = Spawn {
                argv: self.exec.command.clone(),
                stdin: Stdio::Fd(Fd::bytes(input)),
                stdout: Stdio::Fd(Fd::capture(stdout.clone())),
                stderr: Stdio::Fd(Fd::capture(stderr.clone())),
                machine: Some(machine),
                ..Spawn::default()
            };
            let code = match self.process.spawn(spawn) {
                Ok(child) => child.wait().await,
                Err(error) => error.status(),
            };
            ExecOutput { status: exit_status(code), stdout: stdout.take(), stderr: stderr.take() }
        })
    }
}

/// What the container runtime says when a container has no such program, or one that may not be run; `None` when it can.
pub(crate) fn cannot_run(world: &Shared, machine: MachineId, name: &str) -> Option<String> {
    let why = world.kernel.with(|state| {
        let Some(data) = state.machines.get(&machine) else { return Some("the container is gone".to_owned()) };
        let (user, cwd) = (data.user.clone(), data.cwd.clone());
        let path = data.env.get("PATH").cloned();
        let path = path.as_deref().unwrap_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").to_owned();
        let is_dir = |file: &str| state.metadata(machine, &user, file, true).ok().map(|metadata| metadata.is_dir());
        let runs = |file: &str| state.may(machine, &user, file, machine::EXECUTE) && is_dir(file) == Some(false);
        if !name.contains('/') {
            let found = path.split(':').any(|dir| runs(&format!("{dir}/{name}")));
            return (!found).then(|| "executable file not found in $PATH".to_owned());
        }
        let file = if name.starts_with('/') { name.to_owned() } else { format!("{cwd}/{name}") };
        match is_dir(&file) {
            _ if runs(&file) => None,
            None => Some(format!("stat {name}: no such file or directory")),
            Some(true) => Some("is a directory".to_owned()),
            Some(false) => Some("permission denied".to_owned()),
        }
    })?;
    Some(format!(
        "OCI runtime exec failed: exec failed: unable to start container process: exec: \"{name}\": {why}: unknown\n"
    ))
}

/// Exec's result as the kubelet reports it.
fn exit_status(code: i32) -> Status {
    let mut status =
        Status::new(Reason::Unknown, format!("command terminated with non-zero exit code: exit status {code}"));
    status.failure = code != 0;
    status.causes = vec![api::Cause { reason: "ExitCode".to_owned(), message: code.to_string(), field: String::new() }];
    status
}

/// The JSON of a reply to a GET, for those who only look.
pub(crate) fn json_of(reply: Reply) -> Value {
    match reply.whole() {
        Reply::Json { value, .. } => Rc::unwrap_or_clone(value),
        _ => Value::Null,
    }
}

//! The API server for clients outside of the world, who speak HTTP: `kube-playground serve`.
//!
//! Answers are plain state that the host asks again after time has passed; nothing here waits. What enters the world
//! this way is not in the session's log, so undo and replay know nothing of it.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::rc::Rc;

use api::{Request, WatchEvent};
use cluster::{ExecRequest, ForwardRequest, List, LogRequest, Reply, Watch};
use machine::{Exit, MachineId, Remote};
use serde_json::Value;

use crate::Playground;
use crate::transport::{cannot_run, log_text, read_log, render};

/// What the API server answers to a request from outside.
pub enum Answer {
    /// An object, a Table, a `Status` or a discovery document.
    Json {
        /// The HTTP status code.
        code: u16,
        /// The body.
        value: Rc<Value>,
        /// Texts of `Warning` headers.
        warnings: Vec<String>,
    },
    /// A list, its items still shared with the store.
    List(List),
    /// A container's log.
    Text(String),
    /// A log that is followed: [`Playground::follow_log`].
    Log(Following),
    /// A watch: [`Playground::watch_events`].
    Watch(Box<Watching>),
    /// A command in a container, or an attachment to its first process, to be started once the connection is upgraded:
    /// [`Playground::start_exec`].
    Exec(ExecRequest),
    /// Connections to ports of a Pod, once the connection is upgraded: [`Playground::forward`].
    Forward(ForwardRequest),
}

/// A watch at some moment.
pub struct Watching {
    watch: Watch,
}

/// A followed log at some moment.
pub struct Following {
    container: String,
    machine: MachineId,
    seen: u64,
    first: Option<String>,
    timestamps: bool,
}

/// A running exec or attach.
pub struct Exec(Kind);

enum Kind {
    Command(Remote),
    /// It could not be started: what is said about it, and the status.
    Failed(Vec<u8>, i32),
}

/// What a command has written since the last [`Playground::poll_exec`], and whether it has ended.
#[derive(Default)]
pub struct ExecPoll {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Its exit status, once it has ended and all of its output was given.
    pub status: Option<i32>,
}

/// A connection to a port of a Pod.
pub struct Forward {
    buffers: Rc<std::cell::RefCell<ForwardBuffers>>,
}

/// What both ends of a forwarded connection share.
#[derive(Default)]
struct ForwardBuffers {
    requests: VecDeque<Vec<u8>>,
    answers: Vec<u8>,
    hung_up: bool,
    ended: bool,
    error: Option<String>,
}

impl Playground {
    /// Answers a request of a client outside of the world, at once.
    pub fn answer(&mut self, request: &Request) -> Answer {
        let shared = &self.world.shared;
        match shared.handle(request) {
            Reply::Json { code, value, warnings } => {
                if code < 400 {
                    shared.lives.borrow_mut().mark(request, &value, shared.sim.now());
                }
                Answer::Json { code, value, warnings }
            }
            Reply::List(list) => Answer::List(list),
            Reply::Watch(watch) => Answer::Watch(Box::new(Watching { watch })),
            Reply::Log(log) => self.answer_log(&log),
            Reply::Exec(exec) => Answer::Exec(exec),
            Reply::Forward(forward) => Answer::Forward(forward),
        }
    }

    /// Who carries this bearer token; `None` when nobody may.
    pub fn authenticate(&self, token: &str) -> Option<api::User> {
        let shared = &self.world.shared;
        shared.control.borrow().cluster.authenticate(shared.sim.now(), token)
    }

    /// The aggregated discovery document at `/api` or `/apis`.
    pub fn aggregated_discovery(&self, path: &str) -> Option<Value> {
        self.world.shared.control.borrow().cluster.aggregated_discovery(path)
    }

    /// The events of a watch since it was last asked, and whether the server has ended it.
    pub fn watch_events(&self, watching: &mut Watching) -> (Vec<WatchEvent>, bool) {
        let shared = &self.world.shared;
        let events = shared.control.borrow().cluster.poll_watch(shared.sim.now(), &mut watching.watch);
        (events, watching.watch.has_ended())
    }

    fn answer_log(&self, log: &LogRequest) -> Answer {
        let shared = &self.world.shared;
        let (text, machine, seen) = log_text(shared, log);
        let Some(machine) = machine.filter(|_| log.follow) else { return Answer::Text(text) };
        let container = log.id.clone().unwrap_or_default();
        Answer::Log(Following { container, machine, seen, first: Some(text), timestamps: log.timestamps })
    }

    /// What came to a log since it was last asked; `None` once its container has ended and all of it was given.
    pub fn follow_log(&self, log: &mut Following) -> Option<Vec<u8>> {
        let shared = &self.world.shared;
        let mut text = log.first.take().unwrap_or_default();
        // First whether it runs, then the log: what it writes as its last is not to be lost.
        let runs = shared.node.borrow().containers.get(&log.container).is_some_and(|one| one.exited.is_none());
        let (lines, dropped) = read_log(shared, log.machine);
        let total = dropped + lines.len() as u64;
        let fresh = total.saturating_sub(log.seen).min(lines.len() as u64) as usize;
        log.seen = log.seen.max(total);
        text.extend(lines.iter().skip(lines.len() - fresh).map(|line| render(line, log.timestamps)));
        (runs || !text.is_empty()).then(|| text.into_bytes())
    }

    /// Starts what an exec asks for.
    pub fn start_exec(&mut self, exec: &ExecRequest) -> Exec {
        let shared = &self.world.shared;
        let Some(machine) = shared.node.borrow().containers.get(&exec.id).map(|one| one.machine) else {
            return Exec(Kind::Failed(Vec::new(), 137));
        };
        let Some(name) = exec.command.first() else {
            let attached = Remote::attach(&shared.kernel, machine, exec.stdin, exec.tty);
            return Exec(attached.map_or_else(|error| Kind::Failed(Vec::new(), error.status()), Kind::Command));
        };
        if let Some(why) = cannot_run(shared, machine, name) {
            return Exec(Kind::Failed(why.into_bytes(), 126));
        }
        Exec(match Remote::start(&shared.kernel, machine, &exec.command, exec.stdin, exec.tty) {
            Ok(remote) => Kind::Command(remote),
            Err(error) => Kind::Failed(format!("OCI runtime exec failed: {error}\n").into_bytes(), error.status()),
        })
    }

    /// What a command has written since the last call, and its exit status once it has ended.
    pub fn poll_exec(&self, exec: &mut Exec) -> ExecPoll {
        match &mut exec.0 {
            Kind::Command(remote) => {
                let ended = remote.ended();
                let (stdout, stderr) = remote.read();
                let status = ended.filter(|_| stdout.is_empty() && stderr.is_empty()).map(Exit::status);
                ExecPoll { stdout, stderr, status }
            }
            Kind::Failed(text, status) => {
                let status = text.is_empty().then_some(*status);
                ExecPoll { stdout: std::mem::take(text), status, ..ExecPoll::default() }
            }
        }
    }

    /// Opens a connection to a port in a Pod's own network, as a port-forward does.
    pub fn forward(&mut self, forward: &ForwardRequest, port: u16) -> Option<Forward> {
        let shared = &self.world.shared;
        let machine = {
            let node = shared.node.borrow();
            node.running(&forward.namespace, &forward.pod).next().map(|(_, one)| one.machine)?
        };
        let buffers = Rc::new(std::cell::RefCell::new(ForwardBuffers::default()));
        let (inside, process) = (buffers.clone(), shared.kernel.outsider(machine, None)?);
        let sim = shared.sim.clone();
        shared.sim.spawn(async move {
            match process.connect(Ipv4Addr::LOCALHOST, port, None).await {
                Err(error) => inside.borrow_mut().error = Some(error.kind.to_string()),
                Ok(mut connection) => loop {
                    let request = inside.borrow_mut().requests.pop_front();
                    match request {
                        Some(request) => {
                            let answer = connection.exchange(&request).await;
                            let mut buffers = inside.borrow_mut();
                            buffers.answers.extend(&answer);
                            if answer.is_empty() {
                                break;
                            }
                        }
                        None if inside.borrow().hung_up => break,
                        None => sim.sleep(FORWARD_POLL).await,
                    }
                },
            }
            inside.borrow_mut().ended = true;
        });
        Some(Forward { buffers })
    }
}

/// How often the connection inside the world polls for bytes from the client.
const FORWARD_POLL: sim::Duration = sim::Duration::from_millis(2);

impl Exec {
    /// How many bytes of input there is room for.
    pub fn input_capacity(&self) -> usize {
        if let Kind::Command(remote) = &self.0 { remote.input_capacity() } else { usize::MAX }
    }

    /// Input.
    pub fn write(&self, bytes: &[u8]) {
        if let Kind::Command(remote) = &self.0 {
            remote.write(bytes);
        }
    }

    /// The end of the input.
    pub fn close(&mut self) {
        if let Kind::Command(remote) = &mut self.0 {
            remote.close();
        }
    }

    /// The client's terminal has another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        if let Kind::Command(remote) = &self.0 {
            remote.resize(columns, rows);
        }
    }
}

impl Forward {
    /// Bytes from outside.
    pub fn write(&self, bytes: Vec<u8>) {
        self.buffers.borrow_mut().requests.push_back(bytes);
    }

    /// The client sends no more: once all it sent is answered, the connection ends.
    pub fn close(&self) {
        self.buffers.borrow_mut().hung_up = true;
    }

    /// What came back since this was last called.
    pub fn read(&self) -> Vec<u8> {
        std::mem::take(&mut self.buffers.borrow_mut().answers)
    }

    /// Whether the inside has hung up, and all that came was read.
    pub fn has_ended(&self) -> bool {
        let buffers = self.buffers.borrow();
        buffers.ended && buffers.answers.is_empty()
    }

    /// Why there is no connection: `Connection refused`.
    pub fn error(&self) -> Option<String> {
        self.buffers.borrow_mut().error.take()
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.buffers.borrow_mut().hung_up = true;
    }
}

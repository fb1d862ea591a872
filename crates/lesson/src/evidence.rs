//! What a lesson may look at: objects, lives, attempts to reach something, files, commands.

use std::net::Ipv4Addr;
use std::rc::Rc;

use playground::ScriptEnd;
use serde::Deserialize;
use serde_json::Value;
use sim::Time;

/// Where something is typed or starts from.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The person's own computer, outside the cluster.
    #[default]
    Outside,
    /// The node, by `minikube ssh`.
    Node,
    /// A Pod of the default namespace, by `kubectl exec`.
    Pod(String),
}

/// How something was reached for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// curl, wget
    Tcp,
    /// ping
    Icmp,
}

/// How an attempt ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// There was an answer.
    Answers,
    /// The network said that there is no way to the address.
    Unreachable,
    /// The address said that nothing listens there.
    Refused,
    /// Nobody said anything.
    TimedOut,
}

/// What kind of address was reached for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A Pod's own address.
    Pod,
    /// A Service's ClusterIP.
    ClusterIp,
    /// A node's address at a Service's node port.
    NodePort,
}

/// One attempt to reach an address.
#[derive(Clone, PartialEq, Debug)]
pub struct Attempt {
    /// When it began.
    pub at: Time,
    /// From where.
    pub from: Place,
    /// The address as it was typed (or resolved).
    pub to: Ipv4Addr,
    /// The port; 0 for ping.
    pub port: u16,
    /// By what.
    pub protocol: Protocol,
    /// How it ended.
    pub reach: Reach,
    /// Whether the command that made it has ended, so that a person has seen all of its output.
    pub over: bool,
}

/// What a [`Life`] is the life of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LifeKind {
    /// A Pod; `ip` is its address.
    Pod,
    /// A Service; `ip` is its ClusterIP, `port` its node port.
    Service,
    /// A file a person made in a Pod; `name` is `POD:PATH`.
    File,
    /// Anything else on the timeline.
    Other,
}

/// A bar of the timeline.
#[derive(Clone, PartialEq, Debug)]
pub struct Life {
    /// Of what kind of thing.
    pub kind: LifeKind,
    /// Its name.
    pub name: String,
    /// Its address, if it has one.
    pub ip: Option<Ipv4Addr>,
    /// A Service's node port.
    pub port: Option<u16>,
    /// When it began.
    pub from: Time,
    /// When it ended, if it did.
    pub until: Option<Time>,
}

/// A file in a running Pod that is not its image's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PodFile {
    /// Its path in the container.
    pub path: String,
    /// Whether a persistent volume keeps it when the Pod is gone.
    pub kept: bool,
}

/// A command line that was run.
#[derive(Clone, PartialEq, Debug)]
pub struct CommandRun {
    /// When it ended.
    pub at: Time,
    /// Where.
    pub place: Place,
    /// The line as typed.
    pub line: String,
}

/// The world as a lesson sees it.
pub trait Evidence {
    /// The objects of a resource (`pods`, `jobs`, `deployments.apps`), in the default namespace or without one.
    fn objects(&self, resource: &str) -> Vec<Rc<Value>>;
    /// All lives so far, ended or not.
    fn lives(&self) -> Vec<Life>;
    /// All attempts so far, oldest first.
    fn attempts(&self) -> Vec<Attempt>;
    /// The files a Pod's containers have beyond their image; none when there is no such running Pod.
    fn pod_files(&self, pod: &str) -> Vec<PodFile>;
    /// The command lines that were run, oldest first.
    fn commands(&self) -> Vec<CommandRun>;
    /// How a script of the lesson ended when it was last run on a copy of this world; `None` if it never was.
    fn script(&self, _text: &str) -> Option<ScriptEnd> {
        None
    }
}

/// What kind of address an attempt was for, as things were when it was made.
pub(crate) fn target_of(attempt: &Attempt, lives: &[Life]) -> Option<TargetKind> {
    let alive = |life: &&Life| life.from <= attempt.at && life.until.is_none_or(|until| attempt.at <= until);
    for life in lives.iter().filter(alive) {
        match life.kind {
            LifeKind::Pod if life.ip == Some(attempt.to) => return Some(TargetKind::Pod),
            LifeKind::Service if life.ip == Some(attempt.to) => return Some(TargetKind::ClusterIp),
            LifeKind::Service if attempt.port != 0 && life.port == Some(attempt.port) => {
                return Some(TargetKind::NodePort);
            }
            _ => {}
        }
    }
    None
}

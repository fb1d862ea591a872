//! What a host sees of the world: snapshots, never handles.

use std::net::Ipv4Addr;

use network::Trace;
use sim::{SharedQueue, Time};

use crate::Place;

/// Names a terminal of a world; the first is 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TerminalId(pub u32);

/// Names a recorded trace of a world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TraceId(pub u64);

/// What a terminal has for its host.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// Bytes for the screen.
    Bytes(Vec<u8>),
    /// The screen begins anew (after undo, redo, seek): clear it with its scrollback; what follows is all there is.
    Restart,
    /// Something the host says in the person's language.
    Note(Note),
}

/// Something the host says (or does) in the person's language, below what the terminal shows.
#[derive(Clone, PartialEq, Debug)]
pub enum Note {
    /// A curl or ping failed: this trace says why.
    Trace(TraceId),
    /// There is no such command where it was typed, but there is one on the outside computer: leave with `exit`.
    LeaveToRun {
        /// The command.
        command: String,
        /// Where it was typed.
        place: Place,
    },
    /// There is no such command, but there is one that was probably meant; Tab at the prompt puts it in.
    Misspelt {
        /// The whole line as it was meant.
        line: String,
        /// It was typed with the Korean keyboard.
        keyboard: bool,
    },
    /// A command, such as `docker` or `minikube tunnel`, does nothing here; it has said so in English.
    NotSimulated {
        /// The command.
        command: String,
    },
    /// A placeholder of the tutorial was typed literally.
    Placeholder {
        /// `<POD-IP>`
        text: String,
    },
    /// `vi`, `nano` or `kubectl edit`: the host opens its editor on this file of the outside computer's home (a path below it).
    Edit {
        /// The path below the home folder.
        path: String,
        /// `kubectl edit` waits for Return in the terminal; Ctrl-C there leaves everything as it was.
        awaited: bool,
    },
}

/// How far [`crate::Playground::advance`] came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Advance {
    /// The virtual time now.
    pub now: Time,
    /// The steps allowed were used up before the time was reached: call again.
    pub out_of_fuel: bool,
    /// A command runs in some terminal.
    pub busy: bool,
}

/// One decision of one component, for a person who steps through time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// When.
    pub at: Time,
    /// `deployment-controller`, `kubelet`, `default-scheduler` …
    pub component: String,
    /// What it looked at: `default/web`.
    pub key: String,
    /// What it did, in a few English words.
    pub summary: String,
}

/// A packet's way, recorded.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceRecord {
    /// Its name.
    pub id: TraceId,
    /// When it was sent.
    pub at: Time,
    /// The terminal whose command sent it, if one did.
    pub terminal: Option<TerminalId>,
    /// The program that sent it: `curl`, `ping`, `kubelet`.
    pub program: String,
    /// Where it was sent from.
    pub place: Option<Place>,
    /// The way.
    pub trace: Trace,
}

/// A command line that was run in a terminal.
#[derive(Clone, PartialEq, Debug)]
pub struct CommandRun {
    /// When it began.
    pub at: Time,
    /// When it ended; `None` while it runs.
    pub ended: Option<Time>,
    /// The terminal.
    pub terminal: TerminalId,
    /// Where.
    pub place: Place,
    /// The line as typed.
    pub line: String,
}

/// A file of a Pod that its image does not have so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PodFile {
    /// The container.
    pub container: String,
    /// The path in the container.
    pub path: String,
    /// Whether it is a folder.
    pub is_dir: bool,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: Time,
    /// What becomes of it.
    pub survival: Survival,
}

/// What becomes of a file when its container or Pod ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Survival {
    /// Gone with the container.
    ContainerLayer,
    /// Kept when the container restarts, gone with the Pod: an `emptyDir`.
    PodVolume {
        /// The volume's name.
        volume: String,
    },
    /// Kept in a persistent volume.
    Claim {
        /// The claim's name.
        claim: String,
    },
    /// Kept on the node: a `hostPath`.
    NodePath {
        /// The folder on the node.
        path: String,
    },
}

/// What a [`Life`] is the life of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LifeKind {
    /// A Service; `ip` is its ClusterIP, `port` its node port.
    Service,
    /// A Pod; `ip` is its address.
    Pod,
    /// A PersistentVolumeClaim.
    Claim,
    /// A file somebody made in a Pod: `name` is `POD:PATH`.
    File,
}

/// One bar of the timeline.
#[derive(Clone, PartialEq, Debug)]
pub struct Life {
    /// Of what kind of thing.
    pub kind: LifeKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name; for a file `POD:PATH`.
    pub name: String,
    /// Tells two lives of one name apart: an object's uid, a file's number.
    pub uid: String,
    /// Its address, once it has one.
    pub ip: Option<Ipv4Addr>,
    /// A Service's node port.
    pub port: Option<u16>,
    /// For a Pod: the workload it belongs to, as `Deployment/web`. A ReplicaSet of a Deployment stands for the Deployment.
    pub owner: Option<String>,
    /// When it began.
    pub from: Time,
    /// When it ended, if it did.
    pub until: Option<Time>,
    /// For a file: what becomes of it.
    pub survival: Option<Survival>,
}

/// What a [`Mark`] says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MarkKind {
    /// An object was made by a person.
    Created,
    /// An object's deletion was asked for by a person.
    Deleted,
}

/// A moment on the timeline worth a mark.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// When.
    pub at: Time,
    /// What.
    pub kind: MarkKind,
    /// About which object: `pod/mypod`.
    pub object: String,
}

/// The lives so far.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Timeline {
    /// When the world was handed over.
    pub from: Time,
    /// Now.
    pub until: Time,
    /// The bars, in the order in which they began.
    pub lives: SharedQueue<Life>,
    /// The marks, in order.
    pub marks: SharedQueue<Mark>,
}

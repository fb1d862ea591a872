//! The world put together: a laptop, a minikube node and its cluster, with the session log, undo and forks.
//!
//! Here: [`Playground`], the whole world behind one door; the loop that interleaves programs, machines and the cluster in
//! virtual time; the node's container runtime over simulated machines; the `kubectl` and `minikube` commands; the session
//! log with replay, undo, redo and seeking; the timeline of lives.
//! Not here: the browser, wall clocks, texts in a person's language, lessons.
//!
//! ```
//! use playground::{Playground, Settings};
//!
//! let mut playground = Playground::new(Settings { seed: 7, ..Settings::default() });
//! let mut transcript = String::new();
//! playground.run_script("kubectl create deployment web --image=nginx", &mut |text| transcript.push_str(text));
//! assert_eq!(transcript, "$ kubectl create deployment web --image=nginx\ndeployment.apps/web created\n");
//! ```

#![warn(clippy::missing_errors_doc)]

mod background;
mod boot;
mod commands;
mod completion;
mod control;
mod files;
mod forward;
mod history;
mod lives;
mod node;
mod places;
mod playground;
mod recording;
mod remote_api;
mod screens;
mod script;
mod server_address;
mod session;
mod settings;
mod transport;
mod view;
pub mod wire;
mod world;

pub use background::ScriptEnd;
pub use cluster::{ExecRequest, ForwardRequest};
pub use kubectl::provide_help;
pub use network::{Step as HopStep, Trace, Verdict};
pub use places::Place;
pub use playground::{Playground, Replay, Snapshot, Starting};
pub use recording::Recording;
pub use remote_api::{Answer, Exec, ExecPoll, Following, Forward, Watching};
pub use script::KeptShell;
pub use session::{Act, Entry, Session, SessionError};
pub use settings::{Computer, Settings};
pub use view::{
    Advance, CommandRun, Life, LifeKind, Mark, MarkKind, Note, Output, PodFile, Step, Survival, TerminalId, Timeline,
    TraceId, TraceRecord,
};

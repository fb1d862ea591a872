//! Lifecycle hooks: what the kubelet does in a container, or asks of it, after its start and before its end.
//!
//! <https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/>, pkg/kubelet/lifecycle/handlers.go

use std::net::Ipv4Addr;
use std::time::Duration;

use api::path;
use component::node::{CommandId, CommandState, Node};
use serde_json::Value;
use sim::Time;

use super::probes;

/// How soon a running command is polled again; its end is usually reported earlier.
const POLL_EVERY: Duration = Duration::from_secs(5);

/// A running hook.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Hook {
    /// A command in the container.
    Command(CommandId),
    /// A wait.
    Sleep(Time),
}

/// The state of a hook.
pub(super) enum Progress {
    /// It runs; poll it again at this time.
    Runs(Time),
    Done,
    /// Why it failed.
    Failed(String),
}

/// Begins a hook of a running container. `None`: it is done already.
///
/// # Errors
/// Why it failed.
#[inline(never)]
pub(super) fn begin(
    handler: &Value,
    container: &Value,
    (id, ip): (&str, Ipv4Addr),
    now: Time,
    node: &mut dyn Node,
) -> Result<Option<Hook>, String> {
    if handler["exec"].is_object() {
        let words: Vec<String> =
            path::list(handler, "exec.command").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        return node.start_command(id, &words).map(|command| Some(Hook::Command(command)));
    }
    if let Some(seconds) = path::int(handler, "sleep.seconds") {
        return Ok(Some(Hook::Sleep(now + Duration::from_secs(seconds.max(0) as u64))));
    }
    if handler["httpGet"].is_object() {
        return match node.probe(ip, &probes::read(container, handler)) {
            // Any HTTP status counts as success.
            Err(error) if !error.starts_with("HTTP probe failed with statuscode") => Err(error),
            _ => Ok(None),
        };
    }
    // tcpSocket is accepted by the API, and never worked.
    Err("invalid handler".to_owned())
}

/// Polls a hook. A hook that is done or has failed needs no [`end`].
#[inline(never)]
pub(super) fn progress(hook: &mut Hook, now: Time, node: &mut dyn Node) -> Progress {
    let command = match *hook {
        Hook::Sleep(until) if until > now => return Progress::Runs(until),
        Hook::Sleep(_) => return Progress::Done,
        Hook::Command(command) => command,
    };
    let progress = match node.command_state(command) {
        Some(CommandState::Running) => return Progress::Runs(now + POLL_EVERY),
        Some(CommandState::Exited { code: 0, .. }) => Progress::Done,
        Some(CommandState::Exited { code, output }) => {
            Progress::Failed(format!("command exited with {code}: {output}"))
        }
        None => Progress::Failed("its container ended".to_owned()),
    };
    node.end_command(command);
    progress
}

/// Ends a hook before it is done.
#[inline(never)]
pub(super) fn end(hook: Hook, node: &mut dyn Node) {
    if let Hook::Command(command) = hook {
        node.end_command(command);
    }
}

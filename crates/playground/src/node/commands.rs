//! Commands that the kubelet runs in containers: real processes, whose traces stay.

use cluster::node::CommandState;
use machine::{CommandEnd, Pid, Signal};

use super::{NodeRuntime, NodeState};

/// A command that runs in a container, or has, and was not looked at yet.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    container: String,
    state: CommandState,
}

impl NodeState {
    /// Records that a command ended. Gives its container, if anybody still asks for it.
    pub fn command_ended(&mut self, end: CommandEnd) -> Option<String> {
        let command = self.commands.get_mut(&end.pid)?;
        let output = String::from_utf8_lossy(&end.output).into_owned();
        command.state = CommandState::Exited { code: end.exit.status(), output };
        Some(command.container.clone())
    }

    /// A container is gone, and what ran in it.
    pub(super) fn forget_commands(&mut self, container: &str) {
        let gone: Vec<Pid> =
            self.commands.iter().filter(|(_, one)| one.container == container).map(|(pid, _)| *pid).collect();
        for pid in gone {
            self.commands.remove(&pid);
        }
    }
}

impl NodeRuntime<'_> {
    pub(super) fn start_in(&mut self, container: &str, command: &[String]) -> Result<u64, String> {
        let known = self.state.containers.get(container).filter(|one| one.exited.is_none());
        let machine = known.ok_or_else(|| format!("container {container} is not running"))?.machine;
        let pid = self.kernel.start_command(machine, command)?;
        self.state.commands.insert(pid, Command { container: container.to_owned(), state: CommandState::Running });
        Ok(pid.0)
    }

    pub(super) fn command(&self, id: u64) -> Option<CommandState> {
        self.state.commands.get(&Pid(id)).map(|command| command.state.clone())
    }

    pub(super) fn forget_command(&mut self, id: u64) {
        if let Some(command) = self.state.commands.remove(&Pid(id))
            && command.state == CommandState::Running
        {
            self.kernel.kill(Pid(id), Signal::Kill);
        }
    }
}

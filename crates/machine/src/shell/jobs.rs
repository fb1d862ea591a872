//! Children of a shell: forked ones, those in the background, and waiting for those in the foreground.

use std::rc::Rc;

use brush_parser::ast::{AndOrList, Command, CoprocessCommand, Pipeline};

use super::resume::Root;
use super::state::Value;
use super::{Flow, Shell, Variable};
use crate::spawn::Group;
use crate::{Child, Exit, Fd, Signal};

/// With so many jobs, those that ended are forgotten before there is another.
const JOBS_KEPT: usize = 100;
/// The numbers at which bash has a coprocess: to read from, and to write to.
const COPROCESS: (u32, u32) = (63, 60);

impl Shell {
    /// Whether this shell makes process groups and moves the terminal between them.
    pub(crate) fn controls_jobs(&self) -> bool {
        self.state.interactive && !self.state.in_subshell
    }

    /// A child that runs one command of a pipeline or in the background.
    pub(crate) async fn fork_command(
        &mut self,
        process: crate::Process,
        command: Command,
        group: Group,
    ) -> Result<Child, Flow> {
        let state = self.subshell_state();
        let forked = process.fork(group, |child| async move {
            let mut shell = Shell::new(state, child);
            shell.in_place = matches!(command, Command::Simple(_));
            shell.process.set_catches(true);
            let result = shell.run_command(&command).await;
            shell.end_of_child(result).await
        });
        drop(process);
        self.forked(forked).await
    }

    pub(crate) async fn forked(&mut self, forked: Result<Child, crate::SpawnError>) -> Result<Child, Flow> {
        match forked {
            Ok(child) => Ok(child),
            Err(error) => {
                self.complain(&error.to_string()).await;
                Err(Flow::Abort(254))
            }
        }
    }

    pub(crate) fn subshell_state(&self) -> super::ShellState {
        let mut state = self.state.clone();
        state.in_subshell = true;
        state.main_pid.get_or_insert_with(|| self.process.local_pid());
        state.outer_jobs = std::mem::take(&mut state.jobs);
        let (errtrace, functrace) = (state.options.errtrace, state.options.functrace);
        state.traps.retain(|name, action| match name.as_str() {
            "ERR" => errtrace,
            "DEBUG" | "RETURN" => functrace,
            "EXIT" => false,
            _ => action.is_empty(), // what is ignored stays ignored
        });
        state.loops = 0;
        state.depth += 1;
        state
    }

    /// What a forked shell ends with.
    pub(crate) async fn end_of_child(&mut self, result: Result<i32, Flow>) -> i32 {
        let status = match result {
            Ok(status) | Err(Flow::Return(status) | Flow::Exit(status) | Flow::Abort(status)) => status,
            Err(Flow::Break(_) | Flow::Continue(_) | Flow::Suspended) => 0,
            Err(Flow::Interrupt) => {
                self.process.die(Exit::Signal(Signal::Interrupt)).await;
            }
        };
        self.finish(status).await
    }

    pub(super) async fn run_in_background(&mut self, list: &AndOrList) -> Result<i32, Flow> {
        let mut process = self.process.clone();
        process.fds.insert(0, Fd::null());
        self.start_job(list, process).await
    }

    /// `coproc [NAME] command`: a job whose input and output are this shell's, by the numbers in the array NAME.
    pub(super) async fn run_coprocess(&mut self, command: &CoprocessCommand) -> Result<i32, Flow> {
        let name = command.name.as_ref().map_or("COPROC", |name| name.value.as_str()).to_owned();
        let ((input, to), (from, output)) = (Fd::pipe(), Fd::pipe());
        let mut process = self.process.clone();
        process.fds.insert(0, input);
        process.fds.insert(1, output);
        let pipeline = Pipeline { timed: None, bang: false, seq: vec![Command::clone(&command.body)] };
        let status = self.start_job(&AndOrList { first: pipeline, additional: Vec::new() }, process).await?;
        let (reads, writes) = COPROCESS;
        self.process.fds.insert(reads, from);
        self.process.fds.insert(writes, to);
        let numbers = [(0, reads.to_string()), (1, writes.to_string())].into_iter();
        let ends = Variable { value: Value::Indexed(sim::order::collect(numbers)), ..Variable::scalar("") };
        self.state.variables.insert(name.as_str().into(), ends);
        let pid = self.state.last_background.unwrap_or_default();
        self.state.variables.insert(format!("{name}_PID").as_str().into(), Variable::scalar(pid.to_string()));
        Ok(status)
    }

    async fn start_job(&mut self, list: &AndOrList, process: crate::Process) -> Result<i32, Flow> {
        self.tick().await?;
        self.process.catch_up().await;
        let group = if self.controls_jobs() { Group::New } else { Group::Inherit };
        let (state, list, text) = (self.subshell_state(), list.clone(), list.to_string());
        let forked = process.fork(group, |child| async move {
            let mut shell = Shell::new(state, child);
            shell.in_place = list.additional.is_empty()
                && matches!(list.first.seq.as_slice(), [Command::Simple(_)])
                && !list.first.bang;
            shell.run_root(Root::Job(Rc::new(list))).await
        });
        drop(process);
        let child = self.forked(forked).await?;
        let pid = child.leave();
        let local_pid = self.process.kernel.with(|state| state.processes.get(&pid).map_or(0, |p| p.local_pid));
        if self.state.jobs.len() >= JOBS_KEPT {
            // Ended ones go, as bash forgets them when SIGCHLD comes: else a loop would use up the processes.
            self.reap_jobs();
            self.state.jobs.retain(|job| job.ended.is_none());
        }
        let number = self.state.jobs.iter().map(|job| job.number).max().unwrap_or(0) + 1;
        self.state.last_background = Some(local_pid);
        self.state.jobs.push(super::state::Job { number, pids: vec![pid], local_pid, command: text, ended: None });
        if self.controls_jobs() {
            self.process.err(&format!("[{number}] {local_pid}\n")).await;
        }
        Ok(0)
    }

    /// Waits for children with the terminal given to their group.
    pub(crate) async fn wait_in_front(&mut self, children: Vec<Child>, group: Group) -> Vec<Exit> {
        let tty = self.process.tty().filter(|_| self.controls_jobs());
        let own = self.process.kernel.with(|state| state.processes.get(&self.process.pid).map(|p| p.group));
        let front = match (group, children.first()) {
            (Group::Of(group), _) => Some(group),
            (Group::New, Some(child)) => Some(child.pid()),
            _ => None,
        };
        if let Some(tty) = tty {
            self.process.kernel.with(|state| state.ttys.get_mut(&tty).map(|tty| tty.foreground = front));
        }
        let mut exits = Vec::new();
        for child in children {
            exits.push(child.wait_exit().await);
        }
        self.process.take_interrupt(); // the children had it: their end says what they made of it
        if let Some(tty) = tty {
            self.process.kernel.with(|state| {
                if let Some(tty) = state.ttys.get_mut(&tty) {
                    tty.foreground = own;
                }
            });
        }
        exits
    }

    /// Waits for one child in the foreground.
    pub(crate) async fn wait_for_one(&mut self, child: Child, group: Group) -> Result<Exit, Flow> {
        if self.controls_jobs() {
            let exits = self.wait_in_front(vec![child], group).await;
            return Ok(exits.first().copied().unwrap_or(Exit::Code(0)));
        }
        self.wait_in_place(child).await
    }
}

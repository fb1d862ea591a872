//! Lists and pipelines.

use brush_parser::ast::{
    AndOr, AndOrList, Command, CompoundCommand, CompoundList, Pipeline, Program, SeparatorOperator,
};

use super::resume::{Frame, is_suspended};
use super::{Flavour, Flow, Run, Shell};
use crate::spawn::Group;
use crate::{Exit, Fd, Signal};

impl Shell {
    pub(crate) fn run_program<'a>(&'a mut self, program: &'a Program) -> Run<'a> {
        Box::pin(async move {
            let mut status = 0;
            if program.complete_commands.is_empty() {
                return Ok(self.state.status);
            }
            let whole = self.whole_line && is_whole_simple_command(program);
            self.whole_line = whole;
            let from = self.resumed_item().unwrap_or(0);
            for (at, command) in program.complete_commands.iter().enumerate().skip(from) {
                let ran = match self.run_list(command).await {
                    // bash gives up the lines of this command, and goes on with the next; but for a variable that must be set.
                    Err(Flow::Abort(now)) if now != 127 && self.state.flavour == Flavour::Bash => {
                        self.state.status = now;
                        Ok(now)
                    }
                    ran => ran,
                };
                status = self.at(ran, Frame::Item(at))?;
            }
            self.whole_line = false;
            Ok(status)
        })
    }

    pub(crate) fn run_list<'a>(&'a mut self, list: &'a CompoundList) -> Run<'a> {
        Box::pin(async move {
            let mut status = 0;
            let from = self.resumed_item().unwrap_or(0);
            for (at, item) in list.0.iter().enumerate().skip(from) {
                let ran = match item.1 {
                    SeparatorOperator::Async => self.run_in_background(&item.0).await,
                    SeparatorOperator::Sequence => self.run_and_or(&item.0).await,
                };
                status = self.at(ran, Frame::Item(at))?;
                self.state.status = status;
            }
            Ok(status)
        })
    }

    /// The number of the item at which a list goes on.
    fn resumed_item(&mut self) -> Option<usize> {
        match self.path.pop()? {
            Frame::Item(at) => Some(at),
            _ => None,
        }
    }

    pub(super) fn run_and_or<'a>(&'a mut self, list: &'a AndOrList) -> Run<'a> {
        Box::pin(async move {
            let more = !list.additional.is_empty();
            let resumed = self.resumed_item();
            if resumed.is_none() {
                self.state.tested += u32::from(more);
            }
            let mut status = 0;
            for at in resumed.unwrap_or(0)..=list.additional.len() {
                let last = at == list.additional.len();
                let goes_on = resumed == Some(at);
                if at > 0 && !goes_on {
                    self.state.status = status;
                    self.state.tested -= u32::from(last);
                }
                let pipeline = match at.checked_sub(1).map(|at| &list.additional[at]) {
                    None => &list.first,
                    Some(AndOr::And(pipeline)) if goes_on || status == 0 => pipeline,
                    Some(AndOr::Or(pipeline)) if goes_on || status != 0 => pipeline,
                    Some(_) => continue,
                };
                let ran = self.run_pipeline(pipeline, last).await;
                if ran.is_err() && !is_suspended(&ran) {
                    self.state.tested -= u32::from(!last);
                }
                status = self.at(ran, Frame::Item(at))?;
            }
            Ok(status)
        })
    }

    /// `decides`: a failure counts for `set -e`.
    fn run_pipeline<'a>(&'a mut self, pipeline: &'a Pipeline, decides: bool) -> Run<'a> {
        Box::pin(async move {
            let started = match self.path.pop() {
                Some(Frame::Pipeline(started)) => started,
                _ => {
                    self.state.tested += u32::from(pipeline.bang);
                    self.process.now()
                }
            };
            let result = match pipeline.seq.as_slice() {
                [] => Ok(0),
                [command] => {
                    let result = self.run_command(command).await;
                    if let Ok(status) = result {
                        self.state.pipe_status = vec![status];
                    }
                    result
                }
                commands => self.run_pipes(commands).await,
            };
            if is_suspended(&result) {
                return self.at(result, Frame::Pipeline(started));
            }
            self.state.tested -= u32::from(pipeline.bang);
            if pipeline.timed.is_some() {
                let micros = self.process.now().since(started).as_micros();
                let (minutes, seconds, millis) = (micros / 60_000_000, micros / 1_000_000 % 60, micros / 1000 % 1000);
                let text = format!("\nreal\t{minutes}m{seconds}.{millis:03}s\nuser\t0m0.000s\nsys\t0m0.000s\n");
                self.process.err(&text).await;
            }
            let status = result?;
            let status = if pipeline.bang { i32::from(status == 0) } else { status };
            self.state.status = status;
            if decides && status != 0 && !pipeline.bang {
                let compound = matches!(pipeline.seq.as_slice(), [Command::Compound(kind, _)]
                    if !matches!(kind, CompoundCommand::Subshell(_) | CompoundCommand::Arithmetic(_)));
                if self.state.tested == 0 && !compound {
                    if self.state.traps.contains_key("ERR") {
                        self.on_event("ERR").await?;
                    }
                    if self.state.options.errexit {
                        return Err(Flow::Exit(status));
                    }
                }
            }
            Ok(status)
        })
    }

    async fn run_pipes(&mut self, commands: &[Command]) -> Result<i32, Flow> {
        self.tick().await?;
        self.process.catch_up().await;
        let mut group = if self.controls_jobs() { Group::New } else { Group::Inherit };
        let mut children = Vec::new();
        let mut input: Option<Fd> = None;
        for (at, command) in commands.iter().enumerate() {
            let (next, output) = if at + 1 < commands.len() {
                let (reader, writer) = Fd::pipe();
                (Some(reader), Some(writer))
            } else {
                (None, None)
            };
            let mut process = self.process.clone();
            if let Some(fd) = input.take() {
                process.fds.insert(0, fd);
            }
            if let Some(fd) = output {
                process.fds.insert(1, fd);
            }
            let child = self.fork_command(process, command.clone(), group).await?;
            if group == Group::New {
                group = Group::Of(child.pid());
            }
            children.push(child);
            input = next;
        }
        let exits = self.wait_in_front(children, group).await;
        let statuses: Vec<i32> = exits.iter().map(|exit| exit.status()).collect();
        let last = statuses.last().copied().unwrap_or(0);
        let failed = statuses.iter().rev().find(|status| **status != 0).copied().unwrap_or(0);
        self.state.pipe_status = statuses;
        if exits.last() == Some(&Exit::Signal(Signal::Interrupt)) {
            return Err(Flow::Interrupt);
        }
        Ok(if self.state.options.pipefail { failed } else { last })
    }

    pub(crate) fn run_command<'a>(&'a mut self, command: &'a Command) -> Run<'a> {
        Box::pin(async move {
            match command {
                Command::Simple(simple) => self.run_simple(simple).await,
                Command::Compound(compound, None) => self.run_compound(compound).await,
                Command::Compound(compound, Some(redirects)) => {
                    let saved = match self.path.pop() {
                        Some(Frame::Redirected(saved)) => saved,
                        _ => match self.redirect(&redirects.0).await? {
                            Some(saved) => saved,
                            None => return Ok(1),
                        },
                    };
                    let result = self.run_compound(compound).await;
                    if is_suspended(&result) {
                        return self.at(result, Frame::Redirected(saved));
                    }
                    self.process.fds = saved;
                    result
                }
                Command::Function(function) => {
                    let name = function.fname.value.clone();
                    self.tick().await?;
                    self.state.functions.insert(name, std::rc::Rc::new(function.clone()));
                    Ok(0)
                }
                Command::ExtendedTest(test, redirects) => {
                    self.tick().await?;
                    let saved = match redirects {
                        Some(redirects) => match self.redirect(&redirects.0).await? {
                            Some(saved) => Some(saved),
                            None => return Ok(1),
                        },
                        None => None,
                    };
                    let result = self.extended_test(&test.expr).await;
                    if let Some(saved) = saved {
                        self.process.fds = saved;
                    }
                    result.map(|truth| truth.map_or(2, |truth| i32::from(!truth)))
                }
            }
        })
    }
}

/// One simple command, in the foreground, without a pipe: at a prompt, a session it starts may take the terminal over.
fn is_whole_simple_command(program: &Program) -> bool {
    let [list] = program.complete_commands.as_slice() else { return false };
    let [item] = list.0.as_slice() else { return false };
    matches!(item.1, SeparatorOperator::Sequence)
        && item.0.additional.is_empty()
        && !item.0.first.bang
        && matches!(item.0.first.seq.as_slice(), [Command::Simple(_)])
}

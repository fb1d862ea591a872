//! Lists, pipelines and compound commands.

use std::collections::VecDeque;
use std::rc::Rc;

use brush_parser::ast::{
    AndOr, AndOrList, CaseItemPostAction, Command, CompoundCommand, CompoundList, Pipeline, Program, SeparatorOperator,
};

use super::parse::SELECT;
use super::resume::{Frame, Root, is_suspended};
use super::{Flavour, Flow, Run, Shell};
use crate::spawn::Group;
use crate::{Child, Exit, Fd, Signal};

/// Turns of one loop in a row before a shell gives up; virtual time has its own limits.
const WORDS_LIMIT: usize = 100_000;
/// With so many jobs, those that ended are forgotten before there is another.
const JOBS_KEPT: usize = 100;

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

    /// Whether this shell makes process groups and moves the terminal between them.
    pub(crate) fn controls_jobs(&self) -> bool {
        self.state.interactive && !self.state.in_subshell
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

    async fn run_in_background(&mut self, list: &AndOrList) -> Result<i32, Flow> {
        self.tick().await?;
        self.process.catch_up().await;
        let group = if self.controls_jobs() { Group::New } else { Group::Inherit };
        let mut process = self.process.clone();
        process.fds.insert(0, Fd::null());
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
            self.look_at_jobs();
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

    /// What a loop does with what its body came to: `Ok(true)` to go on.
    pub(super) fn turn(&mut self, result: Result<i32, Flow>, status: &mut i32) -> Result<bool, Flow> {
        match result {
            Ok(now) => {
                *status = now;
                Ok(true)
            }
            Err(Flow::Break(1)) => {
                *status = 0;
                Ok(false)
            }
            Err(Flow::Continue(1)) => {
                *status = 0;
                Ok(true)
            }
            Err(Flow::Break(n)) => Err(Flow::Break(n - 1)),
            Err(Flow::Continue(n)) => Err(Flow::Continue(n - 1)),
            Err(other) => Err(other),
        }
    }

    /// Runs a condition: its failure is no error for `set -e`.
    async fn holds(&mut self, list: &CompoundList) -> Result<i32, Flow> {
        self.state.tested += u32::from(self.path.is_empty()); // when it goes on, it is counted already
        let result = self.run_list(list).await;
        self.state.tested -= u32::from(!is_suspended(&result));
        result
    }

    pub(crate) fn run_compound<'a>(&'a mut self, compound: &'a CompoundCommand) -> Run<'a> {
        Box::pin(async move {
            match compound {
                CompoundCommand::BraceGroup(group) => self.run_list(&group.list).await,
                CompoundCommand::Subshell(subshell) => self.run_subshell(&subshell.list).await,
                CompoundCommand::IfClause(clause) => {
                    let branches = [(Some(&clause.condition), &clause.then)].into_iter();
                    let elses = clause.elses.iter().flatten().map(|branch| (branch.condition.as_ref(), &branch.body));
                    let (from, held) = match self.path.pop() {
                        Some(Frame::Branch { at, body }) => (at, body),
                        _ => (0, false),
                    };
                    for (at, (condition, body)) in branches.chain(elses).enumerate().skip(from) {
                        if let Some(condition) = condition.filter(|_| !held) {
                            let status = self.holds(condition).await;
                            if self.at(status, Frame::Branch { at, body: false })? != 0 {
                                continue;
                            }
                        }
                        let ran = self.run_list(body).await;
                        return self.at(ran, Frame::Branch { at, body: true });
                    }
                    Ok(0)
                }
                CompoundCommand::WhileClause(clause) => self.run_while(&clause.0, &clause.1.list, true).await,
                CompoundCommand::UntilClause(clause) => self.run_while(&clause.0, &clause.1.list, false).await,
                CompoundCommand::ForClause(clause) if clause.variable_name.starts_with(SELECT) => {
                    self.unresumable += 1;
                    let result = Box::pin(self.run_select(clause)).await;
                    self.unresumable -= 1;
                    result
                }
                CompoundCommand::ForClause(clause) => {
                    let (words, mut status, mut goes_on) = match self.path.pop() {
                        Some(Frame::For { rest, status }) => (rest, status, true),
                        _ => {
                            let words = match &clause.values {
                                Some(values) => {
                                    let mut words = Vec::new();
                                    for value in values {
                                        words.extend(self.expand_word(value).await?);
                                    }
                                    words
                                }
                                None => self.state.positional.clone(),
                            };
                            self.state.loops += 1;
                            (words, 0, false)
                        }
                    };
                    let mut words: VecDeque<String> = words.into_iter().take(WORDS_LIMIT).collect();
                    let mut result = Ok(true);
                    while goes_on || !words.is_empty() {
                        if !std::mem::take(&mut goes_on) {
                            if let Err(flow) = self.tick().await {
                                result = Err(flow);
                                break;
                            }
                            let word = words.pop_front().unwrap_or_default();
                            self.assign_or_complain(&clause.variable_name, word).await;
                        }
                        let body = self.run_list(&clause.body.list).await;
                        if is_suspended(&body) {
                            return self.at(body, Frame::For { rest: words.into(), status });
                        }
                        result = self.turn(body, &mut status);
                        if !matches!(result, Ok(true)) {
                            break;
                        }
                    }
                    self.state.loops -= 1;
                    result.map(|_| status)
                }
                CompoundCommand::ArithmeticForClause(clause) => {
                    let (mut status, mut goes_on) = match self.path.pop() {
                        Some(Frame::Loop { status, .. }) => (status, true),
                        _ => {
                            if let Some(first) = &clause.initializer {
                                self.arithmetic(&first.value).await?;
                            }
                            self.state.loops += 1;
                            (0, false)
                        }
                    };
                    let result = loop {
                        if !std::mem::take(&mut goes_on) {
                            if let Err(flow) = self.tick().await {
                                break Err(flow);
                            }
                            if let Some(condition) = &clause.condition
                                && !condition.value.trim().is_empty()
                            {
                                match self.arithmetic(&condition.value).await {
                                    Ok(0) => break Ok(false),
                                    Ok(_) => {}
                                    Err(flow) => break Err(flow),
                                }
                            }
                        }
                        let body = self.run_list(&clause.body.list).await;
                        if is_suspended(&body) {
                            return self.at(body, Frame::Loop { body: true, status });
                        }
                        match self.turn(body, &mut status) {
                            Ok(true) => {}
                            other => break other,
                        }
                        if let Some(next) = &clause.updater
                            && let Err(flow) = self.arithmetic(&next.value).await
                        {
                            break Err(flow);
                        }
                    };
                    self.state.loops -= 1;
                    result.map(|_| status)
                }
                CompoundCommand::CaseClause(clause) => {
                    let (from, value, mut goes_on) = match self.path.pop() {
                        Some(Frame::Case { at, value }) => (at, value, true),
                        _ => {
                            self.tick().await?;
                            (0, self.expand_to_string(&clause.value.value).await?, false)
                        }
                    };
                    let mut status = 0;
                    let mut fall = false;
                    for (at, item) in clause.cases.iter().enumerate().skip(from) {
                        let mut hit = fall || std::mem::take(&mut goes_on);
                        for pattern in &item.patterns {
                            if hit {
                                break;
                            }
                            let pattern = self.expand_pattern(&pattern.value).await?;
                            hit = Box::pin(self.matches_pattern(&pattern, &value)).await?;
                        }
                        if !hit {
                            continue;
                        }
                        if let Some(list) = &item.cmd {
                            let ran = self.run_list(list).await;
                            if is_suspended(&ran) {
                                return self.at(ran, Frame::Case { at, value });
                            }
                            status = ran?;
                        }
                        match item.post_action {
                            CaseItemPostAction::ExitCase => break,
                            CaseItemPostAction::UnconditionallyExecuteNextCaseItem => fall = true,
                            CaseItemPostAction::ContinueEvaluatingCases => fall = false,
                        }
                    }
                    Ok(status)
                }
                CompoundCommand::Arithmetic(arithmetic) => {
                    self.tick().await?;
                    match self.arithmetic_for("((: ", &arithmetic.expr.value).await {
                        Ok(value) => Ok(i32::from(value == 0)),
                        Err(Flow::Abort(status)) => Ok(status),
                        Err(flow) => Err(flow),
                    }
                }
                CompoundCommand::Coprocess(_) => {
                    self.complain("coproc: not supported here").await;
                    Ok(2)
                }
            }
        })
    }

    async fn run_subshell(&mut self, list: &CompoundList) -> Result<i32, Flow> {
        let exit = match self.path.pop() {
            Some(Frame::Child(child)) => {
                let child = self.process.kernel.child(child);
                self.wait_in_place(child).await?
            }
            _ => {
                self.tick().await?;
                self.process.catch_up().await;
                let (state, list) = (self.subshell_state(), list.clone());
                let group = if self.controls_jobs() { Group::New } else { Group::Inherit };
                let forked = self.process.fork(group, |child| async move {
                    let shell = Shell::new(state, child);
                    shell.process.set_catches(true);
                    shell.run_root(Root::Subshell(Rc::new(list))).await
                });
                let child = self.forked(forked).await?;
                self.wait_for_one(child, group).await?
            }
        };
        match exit {
            Exit::Signal(Signal::Interrupt) => Err(Flow::Interrupt),
            exit => Ok(exit.status()),
        }
    }

    /// Waits for one child in the foreground.
    pub(crate) async fn wait_for_one(&mut self, child: Child, group: Group) -> Result<Exit, Flow> {
        if self.controls_jobs() {
            let exits = self.wait_in_front(vec![child], group).await;
            return Ok(exits.first().copied().unwrap_or(Exit::Code(0)));
        }
        self.wait_in_place(child).await
    }

    async fn run_while(&mut self, condition: &CompoundList, body: &CompoundList, wanted: bool) -> Result<i32, Flow> {
        let (mut status, mut goes_on, mut in_body) = match self.path.pop() {
            Some(Frame::Loop { body, status }) => (status, true, body),
            _ => {
                self.state.loops += 1;
                (0, false, false)
            }
        };
        let result = loop {
            if !std::mem::take(&mut goes_on)
                && let Err(flow) = self.tick().await
            {
                break Err(flow);
            }
            if !std::mem::take(&mut in_body) {
                let held = self.holds(condition).await;
                if is_suspended(&held) {
                    return self.at(held, Frame::Loop { body: false, status });
                }
                let mut now = 0;
                match self.turn(held, &mut now) {
                    Ok(true) if (now == 0) == wanted => {}
                    Ok(_) => break Ok(false),
                    Err(flow) => break Err(flow),
                }
            }
            let ran = self.run_list(body).await;
            if is_suspended(&ran) {
                return self.at(ran, Frame::Loop { body: true, status });
            }
            match self.turn(ran, &mut status) {
                Ok(true) => {}
                other => break other,
            }
        };
        self.state.loops -= 1;
        result.map(|_| status)
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

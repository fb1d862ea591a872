//! Compound commands: groups, subshells, `if`, loops and `case`.

use std::collections::VecDeque;
use std::rc::Rc;

use brush_parser::ast::{
    ArithmeticForClauseCommand, CaseClauseCommand, CaseItemPostAction, CompoundCommand, CompoundList, ForClauseCommand,
    IfClauseCommand,
};

use super::parse::SELECT;
use super::resume::{Frame, Root, is_suspended};
use super::{Flow, Run, Shell};
use crate::spawn::Group;
use crate::{Exit, Signal};

/// Turns of one loop in a row before a shell gives up; virtual time has its own limits.
const WORDS_LIMIT: usize = 100_000;

impl Shell {
    pub(crate) fn run_compound<'a>(&'a mut self, compound: &'a CompoundCommand) -> Run<'a> {
        Box::pin(async move {
            match compound {
                CompoundCommand::BraceGroup(group) => self.run_list(&group.list).await,
                CompoundCommand::Subshell(subshell) => self.run_subshell(&subshell.list).await,
                CompoundCommand::IfClause(clause) => self.run_if(clause).await,
                CompoundCommand::WhileClause(clause) => self.run_while(&clause.0, &clause.1.list, true).await,
                CompoundCommand::UntilClause(clause) => self.run_while(&clause.0, &clause.1.list, false).await,
                CompoundCommand::ForClause(clause) if clause.variable_name.starts_with(SELECT) => {
                    self.unresumable += 1;
                    let result = Box::pin(self.run_select(clause)).await;
                    self.unresumable -= 1;
                    result
                }
                CompoundCommand::ForClause(clause) => self.run_for(clause).await,
                CompoundCommand::ArithmeticForClause(clause) => self.run_arithmetic_for(clause).await,
                CompoundCommand::CaseClause(clause) => self.run_case(clause).await,
                CompoundCommand::Arithmetic(arithmetic) => {
                    self.tick().await?;
                    match self.arithmetic_for("((: ", &arithmetic.expr.value).await {
                        Ok(value) => Ok(i32::from(value == 0)),
                        Err(Flow::Abort(status)) => Ok(status),
                        Err(flow) => Err(flow),
                    }
                }
                CompoundCommand::Coprocess(command) => Box::pin(self.run_coprocess(command)).await,
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

    async fn run_if(&mut self, clause: &IfClauseCommand) -> Result<i32, Flow> {
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

    async fn run_for(&mut self, clause: &ForClauseCommand) -> Result<i32, Flow> {
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

    /// `for ((first; condition; next))`.
    async fn run_arithmetic_for(&mut self, clause: &ArithmeticForClauseCommand) -> Result<i32, Flow> {
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

    async fn run_case(&mut self, clause: &CaseClauseCommand) -> Result<i32, Flow> {
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

    /// Runs a condition: its failure is no error for `set -e`.
    async fn holds(&mut self, list: &CompoundList) -> Result<i32, Flow> {
        self.state.tested += u32::from(self.path.is_empty()); // when it goes on, it is counted already
        let result = self.run_list(list).await;
        self.state.tested -= u32::from(!is_suspended(&result));
        result
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
}

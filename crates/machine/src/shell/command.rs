//! Simple commands: assignments, functions, builtins, programs.

use brush_parser::ast::{
    Assignment, CommandPrefixOrSuffixItem as Item, CompoundList, IoFileRedirectKind, IoFileRedirectTarget, IoRedirect,
    ProcessSubstitutionKind, SimpleCommand, Word,
};

use super::assign::Prepared;
use super::builtins::{self, Argument};
use super::resume::{Frame, Runs, Simple, is_suspended};
use super::state::{Flavour, Value, is_name};
use super::{Flow, Run, Shell};
use crate::spawn::Group;
use crate::{Fd, Hint};

/// Builtins whose arguments may be assignments.
fn declares(name: &str) -> bool {
    matches!(name, "export" | "local" | "declare" | "typeset" | "readonly")
}

impl Shell {
    pub(crate) fn run_simple<'a>(&'a mut self, command: &'a SimpleCommand) -> Run<'a> {
        Box::pin(async move {
            let whole_line = std::mem::take(&mut self.whole_line);
            let in_place = std::mem::take(&mut self.in_place);
            if let Some(Frame::Simple(simple)) = self.path.pop() {
                return self.resume_simple(simple).await;
            }
            let assigned = command.prefix.iter().flat_map(|prefix| &prefix.0).find_map(|item| match item {
                Item::AssignmentWord(_, word) => Some(word),
                _ => None,
            });
            if let Some(line) = command.word_or_name.as_ref().or(assigned).and_then(|word| word.loc.as_ref())
                && (self.state.depth == 0 || self.state.in_subshell && self.state.calls.is_empty())
            {
                self.state.line = self.state.lines_before + line.start.line;
            }
            self.tick().await?;
            if self.state.traps.contains_key("DEBUG") {
                self.on_event("DEBUG").await?;
            }
            if let Some(aliased) = self.aliased(command) {
                for (at, part) in aliased.iter().enumerate() {
                    (self.whole_line, self.in_place) = (whole_line && at == 0, in_place && aliased.len() == 1);
                    self.unresumable += 1;
                    let last = self.run_unaliased(part).await;
                    self.unresumable -= 1;
                    let last = last?;
                    if at + 1 == aliased.len() {
                        return Ok(last);
                    }
                }
            }
            (self.whole_line, self.in_place) = (whole_line, in_place);
            self.run_unaliased(command).await
        })
    }

    async fn run_unaliased(&mut self, command: &SimpleCommand) -> Result<i32, Flow> {
        let whole_line = std::mem::take(&mut self.whole_line);
        let in_place = std::mem::take(&mut self.in_place);
        let (mut assignments, mut redirects, mut words) = (Vec::new(), Vec::new(), Vec::new());
        for item in command.prefix.iter().flat_map(|prefix| &prefix.0) {
            match item {
                Item::AssignmentWord(assignment, _) => assignments.push(assignment),
                Item::IoRedirect(redirect) => redirects.push(redirect.clone()),
                Item::Word(_) | Item::ProcessSubstitution(..) => {}
            }
        }
        let mut temporary: Vec<u32> = Vec::new();
        let substituted = self.state.status;
        self.state.status = 0; // an assignment's status is its last substitution's
        let mut arguments: Vec<Argument> = Vec::new();
        if let Some(word) = &command.word_or_name {
            self.state.status = substituted;
            words.extend(self.expand_word(word).await?);
            // Where the last word ended, so that `--from=<(list)` is one.
            let mut end = word.loc.as_ref().map(|loc| loc.end.index);
            let mut substitution_end = None;
            let takes_assignments = words.first().is_some_and(|name| declares(name));
            for item in command.suffix.iter().flat_map(|suffix| &suffix.0) {
                match item {
                    Item::IoRedirect(redirect) => redirects.push(redirect.clone()),
                    Item::AssignmentWord(assignment, _) if takes_assignments => {
                        let keyed = arguments.iter().any(|argument| {
                            matches!(argument, Argument::Word(word) if word.starts_with('-') && word.contains('A'))
                        });
                        arguments.push(Argument::Assign(self.prepare_assignment_as(assignment, keyed).await?));
                    }
                    Item::Word(word) | Item::AssignmentWord(_, word) => {
                        let mut fields = self.expand_word(word).await?;
                        let start = word.loc.as_ref().map(|loc| loc.start.index);
                        let joins = substitution_end.take().is_some_and(|end| Some(end) == start);
                        end = word.loc.as_ref().map(|loc| loc.end.index);
                        if joins
                            && !fields.is_empty()
                            && let Some(last) = words.last_mut()
                        {
                            last.push_str(&fields.remove(0));
                        }
                        if takes_assignments {
                            arguments.extend(fields.into_iter().map(Argument::Word));
                        } else {
                            words.extend(fields);
                        }
                    }
                    Item::ProcessSubstitution(kind, subshell) => {
                        // Boxed, as it would widen each level of nested functions.
                        let number = Box::pin(self.process_substitution(kind, &subshell.list)).await?;
                        temporary.push(number);
                        let file = format!("/dev/fd/{number}");
                        // `<` stands before the parenthesis.
                        let joins = end.is_some_and(|end| end + 1 == subshell.loc.start.index);
                        end = Some(subshell.loc.end.index);
                        substitution_end = end;
                        match words.last_mut().filter(|_| joins) {
                            Some(last) => last.push_str(&file),
                            None => words.push(file),
                        }
                    }
                }
            }
        }
        if words.is_empty() {
            return self.assign_only(&assignments, &redirects, substituted).await;
        }
        if self.state.options.xtrace {
            self.trace(&assignments, &words, &arguments).await?;
        }
        let placeholder = placeholder(&redirects);
        let name = words[0].clone();
        let function = if name.contains('/') { None } else { self.state.functions.get(&name).cloned() };
        let builtin = builtins::find(&name, self.state.flavour);
        if function.is_none() && builtin.is_none() {
            let saved = match self.redirect(&redirects).await? {
                Some(saved) => saved,
                None => {
                    if let Some(text) = placeholder {
                        self.process.kernel.hint(self.process.tty(), Hint::Placeholder(text));
                    }
                    self.state.pipe_status = vec![1];
                    return Ok(1);
                }
            };
            let (hidden, result) = match self.assign_for_command(&assignments).await {
                Ok(hidden) => (hidden, self.run_external(&words, whole_line, in_place).await),
                Err(flow) => (Vec::new(), Err(flow)),
            };
            let last = Some(words.last().cloned().unwrap_or_default());
            return self.end_simple(Simple { runs: Runs::Program, fds: saved, hidden, temporary, last }, result);
        }
        if name == "exec" && words.len() == 2 && function.is_none() {
            self.number_redirects(&mut words, &mut redirects);
        }
        // `exec` without a command keeps its redirections.
        let keeps = name == "exec" && words.len() == 1 && function.is_none();
        let Some(saved) = self.redirect(&redirects).await? else {
            if let Some(text) = placeholder {
                self.process.kernel.hint(self.process.tty(), Hint::Placeholder(text));
            }
            return Ok(1);
        };
        let hidden = match self.assign_for_command(&assignments).await {
            Ok(hidden) => hidden,
            Err(flow) => {
                self.process.fds = saved;
                return Err(flow);
            }
        };
        if matches!(name.as_str(), "wait" | "kill" | "jobs" | "fg" | "bg" | "exec") {
            self.process.catch_up().await; // these meet other processes
        }
        let last = match (arguments.last(), words.last()) {
            (Some(Argument::Word(word)), _) => Some(word.clone()),
            (Some(Argument::Assign(prepared)), _) => Some(prepared.name.clone()),
            (None, word) => word.cloned(),
        };
        let (runs, result) = match (function, builtin) {
            (Some(function), _) => {
                let result = self.call(&name, function.clone(), words[1..].to_vec()).await;
                (Runs::Function(name, function), result)
            }
            (None, Some(builtins::Builtin::Words(run))) => {
                let result = match name.as_str() {
                    "wait" => run(self, &words).await,
                    "exec" if !self.state.interactive => run(self, &words).await,
                    _ => {
                        self.unresumable += 1;
                        let result = run(self, &words).await;
                        self.unresumable -= 1;
                        result
                    }
                };
                (Runs::Again(words), result)
            }
            (None, Some(builtins::Builtin::Arguments(run))) => {
                (Runs::Program, run(self, &name, arguments).await) // they run nothing
            }
            (None, None) => (Runs::Program, Ok(0)),
        };
        let fds = if keeps { self.process.fds.clone() } else { saved };
        self.end_simple(Simple { runs, fds, hidden, temporary, last }, result)
    }

    /// What follows a simple command, unless the shell waits in it as data.
    fn end_simple(&mut self, simple: Simple, result: Result<i32, Flow>) -> Result<i32, Flow> {
        if is_suspended(&result) {
            return self.at(result, Frame::Simple(simple));
        }
        let Simple { fds, hidden, temporary, last, .. } = simple;
        self.restore_variables(hidden);
        self.process.fds = fds;
        for number in temporary {
            self.process.fds.remove(&number);
        }
        if let Some(last) = last {
            self.state.set("_", last);
        }
        result
    }

    /// Goes on in a simple command in which the shell waited as data.
    async fn resume_simple(&mut self, simple: Simple) -> Result<i32, Flow> {
        let result = match &simple.runs {
            Runs::Program => match self.path.pop() {
                Some(Frame::Child(child)) => {
                    let child = self.process.kernel.child(child);
                    let exit = self.wait_in_place(child).await;
                    match exit {
                        Ok(exit) => self.program_ended(exit).await,
                        Err(flow) => Err(flow),
                    }
                }
                _ => Ok(0),
            },
            Runs::Function(name, function) => self.call(name, function.clone(), Vec::new()).await,
            Runs::Again(words) => {
                self.path.clear();
                builtins::wait(self, words).await
            }
        };
        self.end_simple(simple, result)
    }

    async fn assign_only(
        &mut self,
        assignments: &[&Assignment],
        redirects: &[IoRedirect],
        before: i32,
    ) -> Result<i32, Flow> {
        if assignments.is_empty() && redirects.is_empty() {
            return Ok(self.state.status);
        }
        for assignment in assignments {
            let prepared = self.prepare_assignment(assignment).await?;
            if let Value::Scalar(text) = &prepared.value
                && self.state.options.xtrace
            {
                let start = self.state.get("PS4").unwrap_or("+ ");
                let line = format!("{start}{}={}\n", prepared.name, builtins::quote(text));
                self.process.err(&line).await;
            }
            if !self.assign(prepared).await? {
                return Err(Flow::Abort(if self.state.flavour == Flavour::Bash { 1 } else { 2 }));
            }
        }
        let status = self.state.status;
        if !redirects.is_empty() {
            self.state.status = before;
            match self.redirect(redirects).await? {
                Some(saved) => self.process.fds = saved,
                None => return Ok(1),
            }
        }
        Ok(status)
    }

    /// `<(list)` and `>(list)`: a stream of the shell's under a number from 63 down. What a list writes is complete before the
    /// command starts; what a list reads it reads while the command goes on.
    async fn process_substitution(&mut self, kind: &ProcessSubstitutionKind, list: &CompoundList) -> Result<u32, Flow> {
        let number = (4..64).rev().find(|number| !self.process.fds.contains_key(number)).unwrap_or(63);
        let fd = match kind {
            ProcessSubstitutionKind::Read => {
                let output = self.output_of(&list.to_string()).await?;
                Fd::bytes(output)
            }
            ProcessSubstitutionKind::Write => {
                let (reader, writer) = Fd::pipe();
                let mut process = self.process.clone();
                process.fds.insert(0, reader);
                let (state, list) = (self.subshell_state(), list.clone());
                let forked = process.fork(Group::Inherit, |child| async move {
                    let mut shell = Shell::new(state, child);
                    let result = shell.run_list(&list).await;
                    shell.end_of_child(result).await
                });
                drop(process);
                self.forked(forked).await?.leave();
                writer
            }
        };
        self.process.fds.insert(number, fd);
        Ok(number)
    }

    /// `exec {name}>file`: the redirection gets a free number, which the variable keeps; `exec {name}>&-` has the variable's.
    fn number_redirects(&mut self, words: &mut Vec<String>, redirects: &mut [IoRedirect]) {
        let name = words[1].strip_prefix('{').and_then(|word| word.strip_suffix('}')).filter(|name| is_name(name));
        let (Some(name), Some(IoRedirect::File(number @ None, kind, target))) = (name, redirects.first_mut()) else {
            return;
        };
        let name = name.to_owned();
        let closes = matches!(target, IoFileRedirectTarget::Duplicate(word) if word.value == "-")
            && matches!(kind, IoFileRedirectKind::DuplicateInput | IoFileRedirectKind::DuplicateOutput);
        let free = (10..256).find(|number| !self.process.fds.contains_key(number));
        let own = self.state.get(&name).and_then(|text| text.parse().ok());
        *number = if closes { own } else { free.map(|free| free as i32) };
        if let (false, Some(number)) = (closes, *number) {
            self.state.set(&name, number.to_string());
        }
        words.remove(1);
    }

    async fn trace(
        &mut self,
        assignments: &[&Assignment],
        words: &[String],
        arguments: &[Argument],
    ) -> Result<(), Flow> {
        let mut line = self.state.get("PS4").unwrap_or("+ ").to_owned();
        for assignment in assignments {
            let prepared = self.prepare_assignment(assignment).await?;
            if let Value::Scalar(text) = prepared.value {
                line.push_str(&format!("{}={} ", prepared.name, builtins::quote(&text)));
            }
        }
        let arguments = arguments.iter().map(|argument| match argument {
            Argument::Word(word) => builtins::quote(word),
            Argument::Assign(Prepared { name, value: Value::Scalar(text), .. }) => {
                builtins::quote(&format!("{name}={text}"))
            }
            Argument::Assign(prepared) => prepared.name.clone(),
        });
        let words: Vec<String> = words.iter().map(|word| builtins::quote(word)).chain(arguments).collect();
        line.push_str(&words.join(" "));
        line.push('\n');
        self.process.err(&line).await;
        Ok(())
    }
}

/// `<POD-IP>` read by the shell: an input redirection from `POD-IP` followed by an output redirection.
fn placeholder(redirects: &[IoRedirect]) -> Option<String> {
    redirects.windows(2).find_map(|pair| match pair {
        [
            IoRedirect::File(None, IoFileRedirectKind::Read, IoFileRedirectTarget::Filename(Word { value, .. })),
            IoRedirect::File(None, IoFileRedirectKind::Write, _),
        ] if value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "-_".contains(c)) => {
            Some(format!("<{value}>"))
        }
        _ => None,
    })
}

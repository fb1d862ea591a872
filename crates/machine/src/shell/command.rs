//! Simple commands: assignments, functions, builtins, programs.

use std::collections::BTreeMap;
use std::rc::Rc;

use brush_parser::ast::{
    Assignment, AssignmentName, AssignmentValue, CommandPrefixOrSuffixItem as Item, CompoundList, FunctionDefinition,
    IoFileRedirectKind, IoFileRedirectTarget, IoRedirect, ProcessSubstitutionKind, SimpleCommand, Word,
};

use super::builtins::{self, Argument};
use super::resume::{Frame, Runs, Simple, is_suspended};
use super::state::{Flavour, Value, Variable, is_name};
use super::{DEPTH_LIMIT, Flow, Run, Shell};
use crate::spawn::Group;
use crate::{Errno, Exit, Fd, Hint, Signal, Spawn, SpawnError};

/// Commands that exist only on the outside computer: typed elsewhere, the person forgot where they are.
const OUTSIDE_COMMANDS: [&str; 2] = ["kubectl", "minikube"];

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

    /// Sets variables for one command; gives what they hid.
    async fn assign_for_command(
        &mut self,
        assignments: &[&Assignment],
    ) -> Result<Vec<(String, Option<Variable>)>, Flow> {
        let mut hidden = Vec::new();
        for assignment in assignments {
            let prepared = self.prepare_assignment(assignment).await?;
            hidden.push((prepared.name.clone(), self.state.variables.get(&prepared.name).cloned()));
            let name = prepared.name.clone();
            if !self.assign(prepared).await? {
                self.restore_variables(hidden);
                return Err(Flow::Abort(1));
            }
            if let Some(variable) = self.state.variables.get_mut(&name) {
                variable.exported = true;
            }
        }
        Ok(hidden)
    }

    fn restore_variables(&mut self, hidden: Vec<(String, Option<Variable>)>) {
        for (name, old) in hidden.into_iter().rev() {
            match old {
                Some(variable) => drop(self.state.variables.insert(name, variable)),
                None => drop(self.state.variables.remove(&name)),
            }
        }
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

    /// Expands an assignment's right side.
    pub(crate) async fn prepare_assignment(&mut self, assignment: &Assignment) -> Result<Prepared, Flow> {
        self.prepare_assignment_as(assignment, false).await
    }

    /// Likewise; `keyed` if the variable becomes an associative array.
    async fn prepare_assignment_as(&mut self, assignment: &Assignment, keyed: bool) -> Result<Prepared, Flow> {
        let (name, index) = match &assignment.name {
            AssignmentName::VariableName(name) => (name.clone(), None),
            AssignmentName::ArrayElementName(name, index) => (name.clone(), Some(index.clone())),
        };
        let value = match &assignment.value {
            AssignmentValue::Scalar(word) => Value::Scalar(self.expand_assignment(&word.value).await?),
            AssignmentValue::Array(items) => {
                let known = self.state.variables.get(self.state.meant(&name)).map(|variable| &variable.value);
                let associative = keyed || matches!(known, Some(Value::Associative(_)));
                let (mut indexed, mut keyed, mut next) = (BTreeMap::new(), BTreeMap::new(), 0);
                let mut pending: Option<String> = None;
                for (key, word) in items {
                    match key {
                        Some(key) if associative => {
                            let key = self.expand_to_string(&key.value).await?;
                            keyed.insert(key, self.expand_to_string(&word.value).await?);
                        }
                        Some(key) => {
                            next = self.arithmetic(&key.value).await?;
                            indexed.insert(next, self.expand_to_string(&word.value).await?);
                            next += 1;
                        }
                        None if associative => {
                            // Words without subscripts are keys and values in turn.
                            let text = self.expand_to_string(&word.value).await?;
                            match pending.take() {
                                Some(key) => drop(keyed.insert(key, text)),
                                None => pending = Some(text),
                            }
                        }
                        None => {
                            for field in self.expand_word(word).await? {
                                indexed.insert(next, field);
                                next += 1;
                            }
                        }
                    }
                }
                if let Some(key) = pending {
                    keyed.insert(key, String::new());
                }
                if associative { Value::Associative(keyed) } else { Value::Indexed(indexed) }
            }
        };
        Ok(Prepared { name, index, value, append: assignment.append })
    }

    /// Assigns; false (having said why) if the variable is read-only.
    pub(crate) async fn assign(&mut self, prepared: Prepared) -> Result<bool, Flow> {
        let Prepared { name, index, value, append } = prepared;
        let name = self.state.meant(&name).to_owned();
        // An element of a large array costs no copy of the array.
        let current = self.state.variables.get(&name);
        let known = current.is_some();
        let associative = matches!(current.map(|v| &v.value), Some(Value::Associative(_)));
        let exported = current.is_some_and(|variable| variable.exported);
        let integer = current.is_some_and(|variable| variable.integer);
        if current.is_some_and(|variable| variable.read_only) {
            let what = if self.state.flavour == Flavour::Bash { "readonly variable" } else { "is read only" };
            self.complain(&format!("{name}: {what}")).await;
            return Ok(false);
        }
        match (index, value) {
            (Some(index), Value::Scalar(text)) => {
                if associative {
                    let key = self.expand_to_string(&index).await?;
                    if let Some(Value::Associative(items)) = self.state.variables.get_mut(&name).map(|v| &mut v.value) {
                        let old = if append { items.get(&key).cloned().unwrap_or_default() } else { String::new() };
                        items.insert(key, old + &text);
                    }
                    return Ok(true);
                }
                let mut at = self.arithmetic(&index).await?;
                let variable = self.state.variables.entry(name).or_insert_with(|| Variable::scalar(""));
                let mut items = match std::mem::replace(&mut variable.value, Value::Unset) {
                    Value::Indexed(items) => items,
                    Value::Scalar(old) if known => [(0, old)].into(),
                    _ => Default::default(),
                };
                if at < 0 {
                    at += items.last_key_value().map_or(0, |(last, _)| last + 1);
                }
                let old = if append { items.get(&at).cloned().unwrap_or_default() } else { String::new() };
                items.insert(at, old + &text);
                variable.value = Value::Indexed(items);
            }
            (_, Value::Scalar(mut text)) => {
                if integer {
                    let sum = if append { format!("{}+({text})", self.state.get(&name).unwrap_or("0")) } else { text };
                    text = self.arithmetic(&sum).await?.to_string();
                } else if append {
                    text = format!("{}{text}", self.state.get(&name).unwrap_or_default());
                }
                if text.len() > super::EXPANSION_LIMIT {
                    self.process.wants_endless_memory().await;
                    self.complain("cannot allocate memory").await;
                    return Ok(false);
                }
                self.state.set(&name, text);
            }
            (_, Value::Indexed(items)) => {
                let old = self.state.variables.get_mut(&name).filter(|_| append);
                let value = match old.map(|v| std::mem::replace(&mut v.value, Value::Unset)) {
                    Some(Value::Indexed(mut old)) => {
                        let start = old.last_key_value().map_or(0, |(last, _)| last + 1);
                        old.extend(items.into_iter().map(|(at, text)| (at + start, text)));
                        Value::Indexed(old)
                    }
                    Some(Value::Scalar(first)) => {
                        let mut all: BTreeMap<i64, String> = sim::order::gather([(0, first)]);
                        all.extend(items.into_iter().map(|(at, text)| (at + 1, text)));
                        Value::Indexed(all)
                    }
                    _ => Value::Indexed(items),
                };
                self.state.variables.insert(name, Variable { value, exported, ..Variable::scalar("") });
            }
            (_, Value::Associative(items)) => {
                let variable = self.state.variables.entry(name).or_insert_with(|| Variable::scalar(""));
                match &mut variable.value {
                    Value::Associative(old) if append => old.extend(items),
                    value => *value = Value::Associative(items),
                }
            }
            (_, value) => {
                self.state.variables.insert(name, Variable { value, ..Variable::scalar("") });
            }
        }
        Ok(true)
    }

    pub(crate) async fn assign_or_complain(&mut self, name: &str, value: String) -> bool {
        let set = self.state.set(name, value);
        if !set {
            self.complain(&format!("{name}: readonly variable")).await;
        }
        set
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

    /// Calls a function.
    pub(crate) fn call<'a>(
        &'a mut self,
        name: &'a str,
        function: Rc<FunctionDefinition>,
        arguments: Vec<String>,
    ) -> Run<'a> {
        Box::pin(async move {
            if let Some(Frame::Call { positional, loops, fds }) = self.path.pop() {
                return self.run_function(function, positional, loops, fds).await;
            }
            if self.state.depth >= DEPTH_LIMIT {
                self.complain(&format!("{name}: maximum function nesting level exceeded ({DEPTH_LIMIT})")).await;
                return Err(Flow::Abort(1));
            }
            let positional = std::mem::replace(&mut self.state.positional, arguments);
            let loops = std::mem::take(&mut self.state.loops);
            self.state.depth += 1;
            self.state.scopes.push(Default::default());
            self.state.calls.push(name.to_owned());
            let hidden = self.hide_events();
            self.state.hidden_traps.push(hidden);
            let redirects = function.body.1.as_ref().map(|list| list.0.clone()).unwrap_or_default();
            match self.redirect(&redirects).await {
                Ok(Some(fds)) => return self.run_function(function, positional, loops, fds).await,
                Ok(None) => self.end_function(Ok(1), positional, loops),
                Err(flow) => self.end_function(Err(flow), positional, loops),
            }
        })
    }

    /// Runs a function's body; `positional`, `loops` and `fds` are the caller's.
    async fn run_function(
        &mut self,
        function: Rc<FunctionDefinition>,
        positional: Vec<String>,
        loops: u32,
        fds: BTreeMap<u32, Fd>,
    ) -> Result<i32, Flow> {
        let result = self.run_compound(&function.body.0).await;
        if is_suspended(&result) {
            return self.at(result, Frame::Call { positional, loops, fds });
        }
        self.process.fds = fds;
        let mut result = result;
        if self.state.traps.contains_key("RETURN") {
            result = match (self.on_event("RETURN").await, result) {
                (Err(flow), Ok(_)) => Err(flow),
                (_, result) => result,
            };
        }
        self.end_function(result, positional, loops)
    }

    fn end_function(&mut self, result: Result<i32, Flow>, positional: Vec<String>, loops: u32) -> Result<i32, Flow> {
        self.state.calls.pop();
        self.state.traps.extend(self.state.hidden_traps.pop().unwrap_or_default());
        self.state.leave_scope();
        self.state.depth = self.state.depth.saturating_sub(1);
        self.state.loops = loops;
        self.state.positional = positional;
        match result {
            Err(Flow::Return(status)) => Ok(status),
            other => other,
        }
    }

    /// Runs a program and waits for it.
    pub(crate) async fn run_external(
        &mut self,
        words: &[String],
        whole_line: bool,
        in_place: bool,
    ) -> Result<i32, Flow> {
        self.process.catch_up().await;
        let environ: Vec<(String, String)> = self.state.environ().into_iter().collect();
        if in_place {
            return self.exec(words, environ).await;
        }
        let group = if self.state.interactive && !self.state.in_subshell { Group::New } else { Group::Inherit };
        let spawn = Spawn { argv: words.to_vec(), env: Some(environ), group, ..Spawn::default() };
        let child = match self.process.spawn(spawn) {
            Ok(child) => child,
            Err(error) => return self.not_started(&error).await,
        };
        let live = self.process.kernel.0.live.borrow().get(&child.pid()).cloned();
        if let Some(live) = &live {
            live.may_hand_over.set(whole_line && self.state.interactive);
        }
        let exit = self.wait_for_one(child, group).await?;
        if let Some(live) = live
            && let Some(session) = live.handover.take()
        {
            self.handover = Some(session);
        }
        self.program_ended(exit).await
    }

    /// The status of a program that ended in the foreground.
    async fn program_ended(&mut self, exit: Exit) -> Result<i32, Flow> {
        self.state.pipe_status = vec![exit.status()];
        match exit {
            Exit::Signal(Signal::Interrupt) => Err(Flow::Interrupt),
            Exit::Signal(Signal::Kill) if self.state.interactive => {
                self.process.err("Killed\n").await;
                Ok(137)
            }
            Exit::Signal(Signal::Terminate) if self.state.interactive => {
                self.process.err("Terminated\n").await;
                Ok(143)
            }
            exit => Ok(exit.status()),
        }
    }

    /// Becomes another program: the shell's process goes on as it, and ends with it.
    pub(crate) async fn exec(&mut self, words: &[String], environ: Vec<(String, String)>) -> Result<i32, Flow> {
        let process = &self.process;
        let environ: BTreeMap<String, String> = sim::order::gather(environ);
        match process.kernel.load(process.machine, &process.user, &environ, &process.cwd, words) {
            Ok(loaded) if loaded.command.is_some() || self.becomes_data(&loaded) => {
                let becomes_data = self.becomes_data(&loaded);
                let argv: Rc<[String]> = loaded.argv.into();
                process.kernel.with(|state| {
                    if let Some(data) = state.processes.get_mut(&process.pid) {
                        data.argv = argv.clone();
                        data.catches_interrupt = false;
                        data.handles.clear();
                    }
                });
                let process = crate::Process { argv, env: Rc::new(environ), ..process.clone() };
                process.compute(sim::Duration::from_millis(1)).await;
                if let Some(daemon) = loaded.daemon.filter(|_| becomes_data) {
                    let kernel = &self.process.kernel;
                    let start = |daemon| kernel.start_daemon(&process, daemon).map(|()| true);
                    match daemon(&process).and_then(|daemon| daemon.map_or(Ok(false), start)) {
                        Ok(true) => return Err(Flow::Suspended),
                        Err((text, status)) if loaded.command.is_none() => {
                            process.err(&text).await;
                            return Err(Flow::Exit(status));
                        }
                        Ok(false) | Err(_) => {}
                    }
                }
                self.process.fds.clear();
                match loaded.command {
                    Some(command) => {
                        let status = command(process).await;
                        self.state.traps.clear();
                        let kernel = &self.process.kernel;
                        Err(if kernel.is_data(self.process.pid) { Flow::Suspended } else { Flow::Exit(status) })
                    }
                    None => Ok(0),
                }
            }
            Ok(_) => {
                let spawn =
                    Spawn { argv: words.to_vec(), env: Some(environ.into_iter().collect()), ..Spawn::default() };
                match self.process.spawn(spawn) {
                    Ok(child) => Err(Flow::Exit(child.wait().await)),
                    Err(error) => self.not_started(&error).await,
                }
            }
            Err(error) => self.not_started(&error).await,
        }
    }

    /// Whether a program that this process becomes is to live as data: one that always does, or a container's first process.
    fn becomes_data(&self, loaded: &crate::spawn::Loaded) -> bool {
        let process = &self.process;
        let is_init = || {
            process.kernel.with(|state| {
                state.machines.get(&process.machine).is_some_and(|machine| machine.init == Some(process.pid))
            })
        };
        self.unresumable == 0
            && loaded.daemon.is_some()
            && !process.fds.values().any(Fd::is_pipe)
            && (loaded.anywhere || is_init())
    }

    /// Says why a program could not be started; gives the status.
    pub(crate) async fn not_started(&mut self, error: &SpawnError) -> Result<i32, Flow> {
        let (bash, name) = (self.state.flavour == Flavour::Bash, self.state.prefix());
        let text = match error {
            SpawnError::NotFound(command) if command.contains('/') => match bash {
                true => format!("{command}: No such file or directory"),
                false => format!("{command}: not found"),
            },
            SpawnError::NotFound(command) if bash => format!("{command}: command not found"),
            SpawnError::NotFound(command) => format!("{command}: not found"),
            SpawnError::NotExecutable(command, Errno::ENOEXEC) if bash => {
                format!("{command}: cannot execute binary file: Exec format error")
            }
            SpawnError::NotExecutable(command, Errno::EISDIR) if !bash => format!("{command}: Permission denied"),
            SpawnError::NotExecutable(command, errno) => format!("{command}: {errno}"),
            other => other.to_string(),
        };
        self.process.err(&format!("{name}: {text}\n")).await;
        if let SpawnError::NotFound(command) = error
            && OUTSIDE_COMMANDS.contains(&command.as_str())
        {
            let hint = Hint::CommandNotInSession { command: command.clone(), hostname: self.process.hostname() };
            self.process.kernel.hint(self.process.tty(), hint);
        }
        Ok(error.status())
    }
}

/// An assignment with its right side expanded.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// The variable.
    pub name: String,
    /// The subscript, unexpanded.
    pub index: Option<String>,
    /// What is assigned.
    pub value: Value,
    /// `+=`
    pub append: bool,
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

//! What awk's expressions do beside computing: run commands, read lines, call functions of the program's.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use machine::{Fd, Process, Spawn, Stdio};

use super::machine::{Flow, Machine, Outcome};
use super::tree::{Expr, From, Function, Statement};
use super::value::Value;

/// Deepest nesting of a program's functions.
const DEPTH_LIMIT: usize = 60;

/// The commands and files that a program reads and writes.
#[derive(Default)]
pub(super) struct Streams {
    /// The lines that are left of what is read, by command or file.
    reading: BTreeMap<String, VecDeque<String>>,
    /// What was written for a command that has not begun, in the order of their first lines.
    writing: Vec<(String, Vec<u8>)>,
    /// The lines of the main input that are left, for `getline` alone.
    pub main: VecDeque<String>,
}

impl Streams {
    /// Keeps text for a command.
    pub(super) fn write(&mut self, command: String, text: &str) {
        match self.writing.iter_mut().find(|(known, _)| *known == command) {
            Some((_, bytes)) => bytes.extend(text.bytes()),
            None => self.writing.push((command, text.as_bytes().to_vec())),
        }
    }
}

/// A value that comes later.
type Later<'a, T> = std::pin::Pin<Box<dyn Future<Output = Outcome<T>> + 'a>>;

fn constant(value: &Value) -> Expr {
    match value {
        Value::Number(number) => Expr::Number(*number),
        Value::Text(text) => Expr::Text(text.to_string()),
        Value::Input(text) => Expr::Input(text.to_string()),
        Value::Nothing => Expr::Nothing,
    }
}

/// Runs a command of the shell's with an input, and gives its status and (`captures`) its output.
async fn command(p: &Process, text: &str, input: Option<Vec<u8>>, captures: bool) -> (i32, Vec<u8>) {
    let argv = ["/bin/sh", "-c", text].map(str::to_owned).to_vec();
    let (reader, writer) = Fd::pipe();
    let mut spawn = Spawn::new(argv);
    if let Some(bytes) = input {
        spawn.stdin = Stdio::Fd(Fd::bytes(bytes));
    }
    if captures {
        spawn.stdout = Stdio::Fd(writer.clone());
    }
    let child = match p.spawn(spawn) {
        Ok(child) => child,
        Err(error) => return (error.status(), Vec::new()),
    };
    drop(writer);
    let mut output = Vec::new();
    if captures {
        let mut source = p.clone();
        source.set_fd(0, reader);
        output = source.read_to_end(0).await.unwrap_or_default();
    }
    (child.wait().await, output)
}

impl Machine {
    /// Runs the commands that were written to: all, or one.
    pub(super) async fn finish_commands(&mut self, p: &Process, only: Option<&str>) -> i32 {
        let out = std::mem::take(&mut self.out);
        if !out.is_empty() {
            p.write(1, &out).await;
        }
        let mut status = -1;
        let mut at = 0;
        while at < self.streams.writing.len() {
            if only.is_some_and(|only| self.streams.writing[at].0 != only) {
                at += 1;
                continue;
            }
            let (text, bytes) = self.streams.writing.remove(at);
            status = command(p, &text, Some(bytes), false).await.0;
        }
        status
    }

    /// An expression's value, whatever it does.
    pub(super) fn value_of<'a>(&'a mut self, p: &'a Process, expr: &'a Expr) -> Later<'a, Value> {
        Box::pin(async move {
            if !expr.has_effects() {
                return self.value(expr);
            }
            let ready = match expr {
                Expr::Own(name, arguments) => return self.call_own(p, name, arguments).await,
                Expr::Getline(place, from) => return self.getline(p, place.as_deref(), from).await,
                Expr::Call(name, arguments) if matches!(name.as_str(), "system" | "close" | "fflush") => {
                    let text = match arguments.first() {
                        Some(argument) => self.value_of(p, argument).await?.text().to_string(),
                        None => String::new(),
                    };
                    return self.call_out(p, name, &text).await;
                }
                Expr::Choose(condition, yes, no) => {
                    let chosen = if self.value_of(p, condition).await?.truth() { yes } else { no };
                    return self.value_of(p, chosen).await;
                }
                Expr::Binary(operator @ ("&&" | "||"), left, right) => {
                    let decides = *operator == "||";
                    let held = self.value_of(p, left).await?.truth();
                    let truth = if held == decides { decides } else { self.value_of(p, right).await?.truth() };
                    return Ok(Value::Number(f64::from(u8::from(truth))));
                }
                // The others compute with what their parts come to.
                Expr::Binary(operator, left, right) => {
                    let left = Box::new(constant(&self.value_of(p, left).await?));
                    Expr::Binary(operator, left, Box::new(constant(&self.value_of(p, right).await?)))
                }
                Expr::Match(text, pattern, negate) => {
                    let text = Box::new(constant(&self.value_of(p, text).await?));
                    Expr::Match(text, pattern.clone(), *negate)
                }
                Expr::Assign(place, operator, value) => {
                    let value = Box::new(constant(&self.value_of(p, value).await?));
                    Expr::Assign(place.clone(), operator, value)
                }
                Expr::Field(inner) => Expr::Field(Box::new(constant(&self.value_of(p, inner).await?))),
                Expr::Unary(operator, inner) => {
                    Expr::Unary(*operator, Box::new(constant(&self.value_of(p, inner).await?)))
                }
                Expr::Element(name, index) => Expr::Element(name.clone(), self.constants(p, index).await?),
                Expr::In(index, name) => Expr::In(self.constants(p, index).await?, name.clone()),
                Expr::Call(name, arguments) => Expr::Call(name.clone(), self.constants(p, arguments).await?),
                other => other.clone(),
            };
            self.value(&ready)
        })
    }

    async fn constants(&mut self, p: &Process, exprs: &[Expr]) -> Outcome<Vec<Expr>> {
        let mut ready = Vec::new();
        for expr in exprs {
            // A name may be an array's, and a pattern is none of its values.
            ready.push(if expr.has_effects() { constant(&self.value_of(p, expr).await?) } else { expr.clone() });
        }
        Ok(ready)
    }

    /// `system`, `close`, `fflush`.
    async fn call_out(&mut self, p: &Process, name: &str, text: &str) -> Outcome<Value> {
        let out = std::mem::take(&mut self.out);
        if !out.is_empty() {
            p.write(1, &out).await;
        }
        let status = match name {
            "system" => command(p, text, None, false).await.0,
            "close" => {
                let read = self.streams.reading.remove(text).is_some();
                let mut status = if read { 0 } else { self.finish_commands(p, Some(text)).await };
                if let Some((bytes, replace)) = self.files.remove(text) {
                    let written = if replace { p.write_file(text, &bytes) } else { p.append_file(text, &bytes) };
                    written.map_err(|error| format!("cannot open \"{text}\" for output ({error})"))?;
                    status = 0;
                }
                status
            }
            _ => 0,
        };
        Ok(Value::Number(f64::from(status)))
    }

    async fn getline(&mut self, p: &Process, place: Option<&Expr>, from: &From) -> Outcome<Value> {
        let line = match from {
            From::Main => self.streams.main.pop_front(),
            From::File(name) | From::Command(name) => {
                let text = self.value_of(p, name).await?.text().to_string();
                if !self.streams.reading.contains_key(&text) {
                    let bytes = if matches!(from, From::Command(_)) {
                        let out = std::mem::take(&mut self.out);
                        if !out.is_empty() {
                            p.write(1, &out).await;
                        }
                        command(p, &text, None, true).await.1
                    } else {
                        match super::super::input::Source::open(p, &text) {
                            Ok(mut source) => source.all().await,
                            Err(_) => return Ok(Value::Number(-1.0)),
                        }
                    };
                    let lines = String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect();
                    self.streams.reading.insert(text.clone(), lines);
                }
                self.streams.reading.get_mut(&text).and_then(VecDeque::pop_front)
            }
        };
        let Some(line) = line else { return Ok(Value::Number(0.0)) };
        if !matches!(from, From::File(_)) {
            let number = self.variables.get("NR").map_or(0.0, Value::number) + 1.0;
            self.variables.insert("NR".into(), Value::Number(number));
        }
        match place {
            Some(place) => self.assign(place, Value::Input(line.into()))?,
            None => self.set_record(&line)?,
        }
        Ok(Value::Number(1.0))
    }

    /// Calls a function of the program's: scalars are copied, arrays are the caller's.
    async fn call_own(&mut self, p: &Process, name: &str, arguments: &[Expr]) -> Outcome<Value> {
        let Some(function) = self.functions.get(name).cloned() else {
            return Err(format!("function {name} never defined"));
        };
        if self.aliases.len() >= DEPTH_LIMIT {
            return Err("function calls are nested too deeply".to_owned());
        }
        if arguments.len() > function.parameters.len() {
            return Err(format!("too many arguments in call to {name}"));
        }
        let (mut aliases, mut values, mut own_arrays) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (at, parameter) in function.parameters.iter().enumerate() {
            let is_array = uses_as_array(&function, parameter);
            match arguments.get(at) {
                Some(Expr::Variable(variable))
                    if is_array
                        || self.arrays.contains_key(&self.array(variable))
                            && !self.variables.contains_key(variable) =>
                {
                    aliases.insert(parameter.clone(), self.array(variable));
                    values.push(None);
                }
                Some(argument) => values.push(Some(self.value_of(p, argument).await?)),
                None => {
                    if is_array {
                        let array = format!("{parameter}\u{1}{}", self.aliases.len());
                        aliases.insert(parameter.clone(), array.clone());
                        own_arrays.push(array);
                    }
                    values.push(Some(Value::Nothing));
                }
            }
        }
        let mut hidden = Vec::new();
        for (parameter, value) in function.parameters.iter().zip(values) {
            hidden.push((parameter.clone(), self.variables.remove(parameter)));
            if let Some(value) = value {
                self.variables.insert(parameter.clone(), value);
            }
        }
        self.aliases.push(aliases);
        let flow = self.run(p, &function.body).await;
        self.aliases.pop();
        for array in own_arrays {
            self.arrays.remove(&array);
        }
        for (parameter, old) in hidden {
            match old {
                Some(value) => drop(self.variables.insert(parameter, value)),
                None => drop(self.variables.remove(&parameter)),
            }
        }
        match flow? {
            Flow::Return(value) => Ok(value),
            Flow::Exit => Err(super::EXIT.to_owned()),
            _ => Ok(Value::Nothing),
        }
    }
}

/// Whether a parameter is used as an array in a function.
fn uses_as_array(function: &Rc<Function>, parameter: &str) -> bool {
    fn in_expr(expr: &Expr, name: &str) -> bool {
        let any = |all: &[Expr]| all.iter().any(|expr| in_expr(expr, name));
        match expr {
            Expr::Element(array, index) => array == name || any(index),
            Expr::In(index, array) => array == name || any(index),
            Expr::Call(function, all) if function == "split" => {
                matches!(all.get(1), Some(Expr::Variable(array)) if array == name) || any(all)
            }
            Expr::Call(_, all) | Expr::Own(_, all) => any(all),
            Expr::Field(a) | Expr::Unary(_, a) | Expr::Step(a, ..) => in_expr(a, name),
            Expr::Assign(a, _, b) | Expr::Binary(_, a, b) | Expr::Match(a, b, _) => {
                in_expr(a, name) || in_expr(b, name)
            }
            Expr::Choose(a, b, c) => in_expr(a, name) || in_expr(b, name) || in_expr(c, name),
            Expr::Getline(place, _) => place.as_ref().is_some_and(|place| in_expr(place, name)),
            _ => false,
        }
    }
    fn in_all(statements: &[Statement], name: &str) -> bool {
        statements.iter().any(|statement| match statement {
            Statement::Expression(a) => in_expr(a, name),
            Statement::Print(all, to) | Statement::Printf(all, to) => {
                all.iter().any(|expr| in_expr(expr, name)) || to.as_ref().is_some_and(|(to, _)| in_expr(to, name))
            }
            Statement::If(a, yes, no) => in_expr(a, name) || in_all(yes, name) || in_all(no, name),
            Statement::Loop(a, step, body, _) => {
                a.as_ref().is_some_and(|a| in_expr(a, name))
                    || step.as_ref().is_some_and(|step| in_all(std::slice::from_ref(&**step), name))
                    || in_all(body, name)
            }
            Statement::ForIn(_, array, body) => array == name || in_all(body, name),
            Statement::Block(body) => in_all(body, name),
            Statement::Exit(a) | Statement::Return(a) => a.as_ref().is_some_and(|a| in_expr(a, name)),
            Statement::Delete(array, index) => {
                array == name || index.as_ref().is_some_and(|all| all.iter().any(|expr| in_expr(expr, name)))
            }
            Statement::Next | Statement::Break | Statement::Continue => false,
        })
    }
    in_all(&function.body, parameter)
}

//! `jq` 1.6: filters over JSON. [`parse`](self::parse) reads the program, [`eval`](self::eval) runs it.

mod arrays;
mod bind;
mod builtins;
mod check;
mod dates;
mod eval;
mod formats;
mod inputs;
mod item;
mod json;
mod library;
mod math;
mod operators;
mod options;
mod parse;
mod paths;
mod regex;
mod strings;
mod tokens;
mod tree;
mod update;
mod values;

use std::rc::Rc;

use self::bind::Scope;
use self::check::undefined;
use self::eval::{Flow, Machine, Stop};
use self::json::Json;
use self::parse::parse;
use super::prelude::*;

/// Says what is wrong with a program, at a character of it.
async fn compile_error(p: &Process, program: &str, what: &str, at: usize) -> Result<(), ExitStatus> {
    let before: String = program.chars().take(at).collect();
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().map_or(0, |text| text.chars().count());
    let text = program.split('\n').nth(line).unwrap_or_default();
    let number = line + 1;
    let pad = " ".repeat(column);
    p.err(&format!("jq: error: {what} at <top-level>, line {number}:\n{text}{pad}\njq: 1 compile error\n")).await;
    Err(ExitStatus(3))
}

/// What the end of one input's values means.
enum End {
    Done,
    /// With what is to be said.
    Error(String),
    /// The program ends, with a status and what is to be said.
    Halt(i32, Option<String>),
}

fn end_of(flow: Flow, place: &str) -> End {
    match flow {
        Ok(()) | Err(Stop::Error(Json::Null)) => End::Done, // `error(null)` is as good as `empty`
        Err(Stop::Error(Json::Text(text))) => End::Error(format!("jq: error (at {place}): {text}\n")),
        Err(Stop::Error(value)) => End::Error(format!("jq: error (at {place}) (not a string): {}\n", value.compact())),
        Err(Stop::Break(_)) => End::Error(format!("jq: error (at {place}): break\n")),
        Err(Stop::Limit(text)) => End::Error(format!("jq: error (at {place}): {text}\n")),
        Err(Stop::Halt(status, None)) => End::Halt(status, None),
        Err(Stop::Halt(status, Some(Json::Text(text)))) => End::Halt(status, Some(text.to_string())),
        Err(Stop::Halt(status, Some(value))) => End::Halt(status, Some(format!("{}\n", value.compact()))),
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let asked = options::read(&p).await?;
    let program = match &asked.program {
        Some(program) => program.clone(),
        None if p.is_tty(0) || p.is_tty(1) => {
            p.err(options::USAGE).await;
            return Err(ExitStatus(2));
        }
        None => ".".to_owned(),
    };
    let filter = match parse(&program) {
        Ok(filter) => filter,
        Err((what, at)) => {
            return compile_error(&p, &program, &format!("{what} (Unix shell quoting issues?)"), at).await;
        }
    };
    let environment = p.environ().into_iter().map(|(name, value)| (name.as_str().into(), Json::text(value))).collect();
    let mut machine = Machine::new(Json::object(environment), p.now());
    let named = asked.named.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect();
    let arguments = Json::object(vec![
        ("positional".into(), Json::array(asked.positional.clone())),
        ("named".into(), Json::object(named)),
    ]);
    let mut scope = Rc::new(Scope::Variable("ARGS".to_owned(), arguments, Rc::new(Scope::Empty)));
    let mut names = vec!["$ARGS".to_owned()];
    for (name, value) in &asked.named {
        scope = Rc::new(Scope::Variable(name.clone(), value.clone(), scope));
        names.push(format!("${name}"));
    }
    if let Some(name) = undefined(&filter, &names) {
        let word = name.split('/').next().unwrap_or_default();
        let at = program.find(word).map_or(0, |at| program[..at].chars().count());
        return compile_error(&p, &program, &format!("{name} is not defined"), at).await;
    }
    // With -n the input is read only if the program asks for it.
    let reads = !asked.null_input || program.contains("input");
    let (all, mut status) = if reads { inputs::read(&p, &asked).await } else { (Vec::new(), 0) };
    let mut places = Vec::new();
    for (value, place) in all {
        machine.inputs.push_back(value);
        places.push(place);
    }
    let total = places.len();
    let mut first = asked.null_input;
    let mut last = None;
    loop {
        let input = match std::mem::take(&mut first) {
            true => Ok(Json::Null),
            false if asked.null_input => break,
            false => match machine.inputs.pop_front() {
                Some(input) => input,
                None => break,
            },
        };
        let input = match input {
            Ok(input) => input,
            Err(text) => {
                p.err(&format!("parse error: {text}\n")).await;
                return Err(ExitStatus(if asked.exit_status && last.is_some() { 2 } else { 4 }));
            }
        };
        let mut out = String::new();
        let before = machine.fuel;
        let flow = machine.run_all(&filter, &scope, input, &mut |_, value| {
            last = Some(value.truth());
            if asked.sequences {
                out.push('\u{1e}');
            }
            match &value {
                Json::Text(text) if asked.raw => out.push_str(text),
                value => out.push_str(&value.written(asked.style)),
            }
            if !asked.join {
                out.push('\n');
            }
            if out.len() > machine::FILE_LIMIT as usize {
                Err(Stop::Limit("the output grows too large"))
            } else {
                Ok(())
            }
        });
        let steps = before.max(machine.fuel) - machine.fuel;
        p.work(steps * 64 + out.len() as u64).await;
        p.tick().await;
        let said = std::mem::take(&mut machine.said);
        p.err(&said).await;
        p.write(1, out.as_bytes()).await;
        let at =
            places.get(total - machine.inputs.len() - usize::from(!asked.null_input || machine.inputs.len() < total));
        let place = if asked.null_input { "<unknown>" } else { at.map_or("<unknown>", String::as_str) };
        match end_of(flow, place) {
            End::Done => {}
            End::Error(text) => {
                p.err(&text).await;
                status = 5;
            }
            End::Halt(status, text) => {
                if let Some(text) = text {
                    p.err(&text).await;
                }
                return ExitStatus::check(status);
            }
        }
    }
    if status != 0 || !asked.exit_status {
        return ExitStatus::check(status);
    }
    match last {
        Some(true) => Ok(()),
        Some(false) => Err(ExitStatus(1)),
        None => Err(ExitStatus(4)),
    }
}

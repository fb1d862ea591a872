//! `jq` 1.6: filters over JSON. [`parse`](self::parse) reads the program, [`eval`](self::eval) runs it.

mod arrays;
mod bind;
mod builtins;
mod check;
mod dates;
mod eval;
mod formats;
mod item;
mod library;
mod math;
mod operators;
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
use self::eval::{Machine, Stop};
use self::parse::parse;
use super::json::{Json, Reader, Style};
use super::prelude::*;

const USAGE: &str = "Usage:\tjq [OPTIONS] FILTER [FILES...]\n\tjq [OPTIONS] --args FILTER [ARGUMENTS...]\n\
                     \tjq [OPTIONS] --jsonargs FILTER [JSON_VALUES...]\n";

#[derive(Default)]
struct Asked {
    program: Option<String>,
    files: Vec<String>,
    raw: bool,
    join: bool,
    null_input: bool,
    slurp: bool,
    raw_input: bool,
    exit_status: bool,
    sequences: bool,
    style: Style,
    named: Vec<(String, Json)>,
    positional: Vec<Json>,
}

/// What the words ask for; `Err` is a status, said already.
async fn asked(p: &Process) -> Result<Asked, i32> {
    let mut asked =
        Asked { style: Style { indent: Some(2), color: p.is_tty(1), ..Style::default() }, ..Asked::default() };
    let mut from_file = false;
    // What the words after the program are: files, strings, JSON.
    let mut kind = 'f';
    let mut only_operands = false;
    let mut args = p.args().iter().skip(1);
    while let Some(arg) = args.next() {
        if only_operands || !arg.starts_with('-') || arg == "-" {
            if asked.program.is_none() {
                asked.program = Some(arg.clone());
            } else {
                match kind {
                    'f' => asked.files.push(arg.clone()),
                    's' => asked.positional.push(Json::text(arg)),
                    _ => match json_of(arg) {
                        Some(value) => asked.positional.push(value),
                        None => return Err(bad(p, "Invalid JSON text passed to --jsonargs").await),
                    },
                }
            }
            continue;
        }
        let Some(word) = arg.strip_prefix("--") else {
            for letter in arg[1..].chars() {
                match letter {
                    'r' => asked.raw = true,
                    'j' => (asked.raw, asked.join) = (true, true),
                    'c' => asked.style.indent = None,
                    'n' => asked.null_input = true,
                    's' => asked.slurp = true,
                    'R' => asked.raw_input = true,
                    'e' => asked.exit_status = true,
                    'S' => asked.style.sorted = true,
                    'a' => asked.style.ascii = true,
                    'C' => asked.style.color = true,
                    'M' => asked.style.color = false,
                    'f' => from_file = true,
                    'h' => {
                        p.out(USAGE).await;
                        return Err(0);
                    }
                    'V' => {
                        p.out("jq-1.6\n").await;
                        return Err(0);
                    }
                    _ => return Err(unknown(p, arg).await),
                }
            }
            continue;
        };
        match word {
            "" => only_operands = true,
            "raw-output" => asked.raw = true,
            "join-output" => (asked.raw, asked.join) = (true, true),
            "compact-output" => asked.style.indent = None,
            "null-input" => asked.null_input = true,
            "slurp" => asked.slurp = true,
            "raw-input" => asked.raw_input = true,
            "exit-status" => asked.exit_status = true,
            "sort-keys" => asked.style.sorted = true,
            "ascii-output" => asked.style.ascii = true,
            "color-output" => asked.style.color = true,
            "monochrome-output" => asked.style.color = false,
            "unbuffered" => {}
            "seq" => asked.sequences = true,
            "tab" => (asked.style.tabs, asked.style.indent) = (true, Some(1)),
            "from-file" => from_file = true,
            "args" => kind = 's',
            "jsonargs" => kind = 'j',
            "help" => {
                p.out(USAGE).await;
                return Err(0);
            }
            "version" => {
                p.out("jq-1.6\n").await;
                return Err(0);
            }
            "indent" => {
                let count = args.next().and_then(|text| text.parse::<usize>().ok());
                match count {
                    Some(count @ 0..=7) => asked.style.indent = Some(count).filter(|count| *count > 0),
                    Some(_) => return Err(bad(p, "Cannot indent more than 7 characters").await),
                    None => return Err(bad(p, "--indent takes one parameter (e.g. --indent 2)").await),
                }
            }
            "arg" | "argjson" | "slurpfile" | "rawfile" => {
                let (Some(name), Some(text)) = (args.next(), args.next()) else {
                    let what = if word.ends_with("file") { "filename" } else { "value" };
                    let text = format!("--{word} takes two parameters (e.g. --{word} varname {what})");
                    return Err(bad(p, &text).await);
                };
                let value = match word {
                    "arg" => Json::text(text),
                    "argjson" => match json_of(text) {
                        Some(value) => value,
                        None => return Err(bad(p, &format!("Invalid JSON text passed to --{word}")).await),
                    },
                    _ => {
                        let data = match p.read_file(text) {
                            Ok(data) => String::from_utf8_lossy(&data).into_owned(),
                            Err(error) => {
                                let text =
                                    format!("Bad JSON in --{word} {name} {text}: Could not open {text}: {error}");
                                p.err(&format!("jq: {text}\n")).await;
                                return Err(2);
                            }
                        };
                        if word == "rawfile" {
                            Json::text(data)
                        } else {
                            let mut reader = Reader::new(&data);
                            let mut items = Vec::new();
                            while let Some(Ok(value)) = reader.next_value() {
                                items.push(value);
                            }
                            Json::array(items)
                        }
                    }
                };
                asked.named.push((name.clone(), value));
            }
            "stream" | "stream-errors" => {
                return Err(bad(p, &format!("--{word} is not simulated here")).await);
            }
            _ => return Err(unknown(p, arg).await),
        }
    }
    if from_file && let Some(path) = asked.program.take() {
        match p.read_file(&path) {
            Ok(data) => asked.program = Some(String::from_utf8_lossy(&data).into_owned()),
            Err(error) => {
                p.err(&format!("jq: error: Could not open {path}: {error}\n")).await;
                return Err(2);
            }
        }
    }
    Ok(asked)
}

fn json_of(text: &str) -> Option<Json> {
    let mut reader = Reader::new(text);
    let value = reader.next_value()?.ok()?;
    reader.next_value().is_none().then_some(value)
}

async fn bad(p: &Process, text: &str) -> i32 {
    p.err(&format!("jq: {text}\nUse jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://stedolan.github.io/jq\n")).await;
    2
}

async fn unknown(p: &Process, arg: &str) -> i32 {
    bad(p, &format!("Unknown arguments: {arg}")).await
}

/// Says what is wrong with a program, at a character of it.
async fn compile_error(p: &Process, program: &str, what: &str, at: usize) -> i32 {
    let before: String = program.chars().take(at).collect();
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().map_or(0, |text| text.chars().count());
    let text = program.split('\n').nth(line).unwrap_or_default();
    let number = line + 1;
    let pad = " ".repeat(column);
    p.err(&format!("jq: error: {what} at <top-level>, line {number}:\n{text}{pad}\njq: 1 compile error\n")).await;
    3
}

/// A text's values, and what is wrong with it behind them; each with the lines that were read for it.
fn inputs(text: &str, name: &str) -> Vec<(Result<Json, String>, String)> {
    let mut reader = Reader::new(text);
    let mut all = Vec::new();
    while let Some(read) = reader.next_value() {
        // jq reads a line at a time.
        let end = text[reader.place()..].find('\n').map_or(text.len(), |at| reader.place() + at + 1);
        let place = format!("{name}:{}", text[..end].matches('\n').count());
        match read {
            Ok(value) => all.push((Ok(value), place)),
            Err(wrong) => {
                let at = wrong.at.min(text.len());
                // What is unfinished is seen at the end, after its newline.
                let unfinished = wrong.text.starts_with("Unfinished");
                let at = if unfinished { text.len() } else { at };
                let line = text[..at].matches('\n').count() + 1;
                let column = text[..at].rsplit('\n').next().unwrap_or_default().len();
                let end =
                    if unfinished || at == text.len() && !text.ends_with('\n') && wrong.text.starts_with("Invalid") {
                        " at EOF"
                    } else {
                        ""
                    };
                all.push((Err(format!("{}{end} at line {line}, column {column}", wrong.text)), place));
                break;
            }
        }
    }
    all
}

pub(crate) async fn run(p: Process) -> i32 {
    let asked = match asked(&p).await {
        Ok(asked) => asked,
        Err(status) => return status,
    };
    let program = match &asked.program {
        Some(program) => program.clone(),
        None if p.is_tty(0) || p.is_tty(1) => {
            p.err(USAGE).await;
            return 2;
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
    let mut status = 0;
    let mut all = Vec::new();
    let mut whole = String::new();
    // With -n the input is read only if the program asks for it.
    let reads = !asked.null_input || program.contains("input");
    for path in if reads { operands_or_stdin(&asked.files) } else { Vec::new() } {
        let data = match Source::open(&p, &path) {
            Ok(mut source) => source.all().await,
            Err(error) => {
                p.err(&format!("jq: error: Could not open file {path}: {error}\n")).await;
                status = 2;
                continue;
            }
        };
        let text = String::from_utf8_lossy(&data).into_owned();
        let name = if path == "-" { "<stdin>".to_owned() } else { path };
        if asked.raw_input && asked.slurp {
            whole.push_str(&text);
        } else if asked.raw_input {
            let lines = text.split_inclusive('\n').enumerate();
            all.extend(lines.map(|(at, line)| {
                let line = line.strip_suffix('\n').unwrap_or(line);
                (Ok(Json::text(line)), format!("{name}:{}", at + 1))
            }));
        } else {
            all.extend(inputs(&text, &name));
        }
    }
    let place = all.last().map_or_else(|| "<unknown>".to_owned(), |(_, place)| place.clone());
    if asked.slurp && asked.raw_input {
        all = vec![(Ok(Json::text(whole)), place)];
    } else if asked.slurp {
        let mut items = Vec::new();
        for (value, place) in std::mem::take(&mut all) {
            match value {
                Ok(value) => items.push(value),
                Err(text) => all.push((Err(text), place)),
            }
        }
        if all.is_empty() {
            all.push((Ok(Json::array(items)), place));
        }
    }
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
                return if asked.exit_status && last.is_some() { 2 } else { 4 };
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
        let text = match flow {
            Ok(()) | Err(Stop::Error(Json::Null)) => continue, // `error(null)` is as good as `empty`
            Err(Stop::Error(Json::Text(text))) => format!("jq: error (at {place}): {text}\n"),
            Err(Stop::Error(value)) => format!("jq: error (at {place}) (not a string): {}\n", value.compact()),
            Err(Stop::Break(_)) => format!("jq: error (at {place}): break\n"),
            Err(Stop::Limit(text)) => format!("jq: error (at {place}): {text}\n"),
            Err(Stop::Halt(status, None)) => return status,
            Err(Stop::Halt(status, Some(Json::Text(text)))) => {
                p.err(&text).await;
                return status;
            }
            Err(Stop::Halt(status, Some(value))) => {
                p.err(&format!("{}\n", value.compact())).await;
                return status;
            }
        };
        p.err(&text).await;
        status = 5;
    }
    if status != 0 || !asked.exit_status {
        return status;
    }
    match last {
        Some(true) => 0,
        Some(false) => 1,
        None => 4,
    }
}

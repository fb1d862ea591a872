//! `awk` (mawk's manners): rules over the fields of lines. [`parse`](self::parse) reads the program.

mod effects;
mod evaluate;
mod functions;
mod machine;
mod parse;
mod run;
mod tokens;
mod tree;
mod value;

use std::collections::BTreeMap;

use self::machine::{Flow, Machine, Outcome};
use self::parse::parse;
use self::tree::{Pattern, Rule, Statement};
use self::value::{Value, unescape};
use super::prelude::*;

/// What `exit` in a function ends the program with: no failure.
pub(crate) const EXIT: &str = "\u{0}exit";

/// The most steps one record may take, so that every loop ends.
const FUEL: u64 = 30_000_000;

const SPEC: Spec = Spec {
    short: "+F:v:f:W:",
    long: &[("field-separator", 'F'), ("assign", 'v'), ("file", 'f')],
    usage: "[-F fs][-v var=value][prog | -f progfile][file ...]",
    status: 2,
};

async fn flush(p: &Process, machine: &mut Machine) {
    let out = std::mem::take(&mut machine.out);
    if !out.is_empty() {
        p.write(1, &out).await;
    }
}

/// Which rules a record meets, one after the other; `true` when the program is to end.
async fn one_record(p: &Process, machine: &mut Machine, rules: &[Rule], open: &mut [bool]) -> Outcome<bool> {
    machine.fuel = FUEL;
    for (index, (pattern, action)) in rules.iter().enumerate() {
        let applies = match pattern {
            Pattern::Begin | Pattern::End => false,
            Pattern::Always => true,
            Pattern::When(expr) => machine.value_of(p, expr).await?.truth(),
            Pattern::Range(from, to) => {
                let inside = open[index] || machine.value(from)?.truth();
                if inside {
                    open[index] = !machine.value(to)?.truth();
                }
                inside
            }
        };
        if !applies {
            continue;
        }
        let flow = match action {
            Some(action) => machine.run(p, action).await?,
            None => machine.run(p, &[Statement::Print(Vec::new(), None)]).await?,
        };
        match flow {
            Flow::Next => break,
            Flow::Exit => return Ok(true),
            _ => {}
        }
    }
    Ok(false)
}

async fn edge(p: &Process, machine: &mut Machine, rules: &[Rule], edge: &Pattern) -> Outcome<bool> {
    machine.fuel = FUEL;
    for (pattern, action) in rules {
        if pattern == edge
            && let Some(action) = action
            && matches!(machine.run(p, action).await?, Flow::Exit)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(crate) async fn run(p: Process) -> i32 {
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut operands = options.operands.clone();
    let mut program = String::new();
    for path in options.values('f') {
        match p.read_file(path) {
            Ok(data) => program.push_str(&String::from_utf8_lossy(&data)),
            Err(error) => {
                fail(&p, &format!("couldn't open file {path}: {error}")).await;
                return 2;
            }
        }
    }
    if !options.has('f') {
        if operands.is_empty() {
            p.err(&format!("usage: {} {}\n", name_of(&p), SPEC.usage)).await;
            return 2;
        }
        program = operands.remove(0);
    }
    let (rules, functions) = match parse(&program) {
        Ok(program) => (program.rules, program.functions),
        Err(error) => {
            fail(&p, &format!("line 1: {error}")).await;
            return 2;
        }
    };
    let mut machine = Machine {
        variables: BTreeMap::new(),
        arrays: BTreeMap::new(),
        record: "".into(),
        fields: Vec::new(),
        out: Vec::new(),
        files: BTreeMap::new(),
        regexes: BTreeMap::new(),
        fuel: FUEL,
        spent: 0,
        held: 0,
        status: 0,
        seed: 0x2545_f491_4f6c_dd1d,
        functions,
        aliases: Vec::new(),
        streams: Default::default(),
    };
    for (name, value) in
        [("FS", " "), ("OFS", " "), ("ORS", "\n"), ("RS", "\n"), ("SUBSEP", "\u{1c}"), ("CONVFMT", "%.6g")]
    {
        machine.variables.insert(name.into(), Value::Text(value.into()));
    }
    if let Some(separator) = options.value('F') {
        let separator = if separator == "t" { "\t".to_owned() } else { unescape(separator) };
        machine.variables.insert("FS".into(), Value::Text(separator.into()));
    }
    for assignment in options.values('v') {
        if let Some((name, value)) = assignment.split_once('=') {
            machine.variables.insert(name.into(), Value::Input(unescape(value).into()));
        }
    }
    let environ = p.environ().into_iter().map(|(name, value)| (name, Value::Input(value.into())));
    machine.arrays.insert("ENVIRON".into(), sim::order::gather(environ));
    let mut words = vec![name_of(&p)];
    words.extend(operands.iter().cloned());
    machine.variables.insert("ARGC".into(), Value::Number(words.len() as f64));
    let words = words.into_iter().enumerate().map(|(at, word)| (at.to_string(), Value::Input(word.into())));
    machine.arrays.insert("ARGV".into(), sim::order::gather(words));
    let mut failure = None;
    let mut status = 0;
    let ended = edge(&p, &mut machine, &rules, &Pattern::Begin).await.unwrap_or_else(|error| {
        failure = Some(error);
        true
    });
    flush(&p, &mut machine).await;
    let reads = rules.iter().any(|(pattern, _)| *pattern != Pattern::Begin);
    let mut open = vec![false; rules.len()];
    // `getline` takes lines that the rules then do not meet.
    let reads_ahead = program.contains("getline");
    if reads && !ended {
        let is_assignment = |word: &String| {
            let name = word.split_once('=').map_or("", |(name, _)| name);
            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        };
        let mut paths = operands.clone();
        if paths.iter().all(&is_assignment) {
            paths.push("-".to_owned());
        }
        'files: for path in paths {
            if is_assignment(&path)
                && let Some((name, value)) = path.split_once('=')
            {
                machine.variables.insert(name.into(), Value::Input(unescape(value).into()));
                continue;
            }
            let mut source = match Source::open(&p, &path) {
                Ok(source) => source,
                Err(error) => {
                    fail(&p, &format!("cannot open {path} ({error})")).await;
                    status = 2;
                    continue;
                }
            };
            machine
                .variables
                .insert("FILENAME".into(), Value::Text(if path == "-" { "".into() } else { path.as_str().into() }));
            let mut in_file = 0.0;
            if reads_ahead {
                while let Some(line) = record(&mut source, &machine.text_variable("RS", "\n")).await {
                    machine.streams.main.push_back(line);
                }
            }
            while let Some(line) = match reads_ahead {
                true => machine.streams.main.pop_front(),
                false => record(&mut source, &machine.text_variable("RS", "\n")).await,
            } {
                let number = machine.variables.get("NR").map_or(0.0, Value::number) + 1.0;
                in_file += 1.0;
                machine.variables.insert("NR".into(), Value::Number(number));
                machine.variables.insert("FNR".into(), Value::Number(in_file));
                let outcome = match machine.set_record(&line) {
                    Ok(()) => one_record(&p, &mut machine, &rules, &mut open).await,
                    Err(error) => Err(error),
                };
                flush(&p, &mut machine).await;
                match outcome {
                    Ok(false) => {}
                    Ok(true) => break 'files,
                    Err(error) => {
                        failure = Some(error);
                        break 'files;
                    }
                }
            }
        }
    }
    if failure.is_none()
        && let Err(error) = edge(&p, &mut machine, &rules, &Pattern::End).await
    {
        failure = Some(error);
    }
    if failure.as_deref() == Some(EXIT) {
        failure = None;
        if let Err(error) = edge(&p, &mut machine, &rules, &Pattern::End).await
            && error != EXIT
        {
            failure = Some(error);
        }
    }
    flush(&p, &mut machine).await;
    machine.finish_commands(&p, None).await;
    for (path, (bytes, replace)) in std::mem::take(&mut machine.files) {
        if path == "/dev/stderr" {
            p.write(2, &bytes).await;
            continue;
        }
        let written = if replace { p.write_file(&path, &bytes) } else { p.append_file(&path, &bytes) };
        if let Err(error) = written {
            failure = Some(format!("cannot open \"{path}\" for output ({error})"));
        }
    }
    if let Some(error) = failure {
        fail(&p, &error).await;
        return 2;
    }
    if machine.status != 0 { machine.status } else { status }
}

/// The next record: a line, or what ends at another `RS`; an empty `RS` means paragraphs.
async fn record(source: &mut Source, separator: &str) -> Option<String> {
    if let [end] = separator.as_bytes()
        && *end != b'\n'
    {
        let mut record = source.until(*end).await?;
        record.pop_if(|last| last == end);
        return Some(String::from_utf8_lossy(&record).into_owned());
    }
    let mut record = String::new();
    loop {
        let Some(mut line) = source.line().await else {
            return Some(record).filter(|record| !record.is_empty());
        };
        if line.ends_with(b"\n") {
            line.pop();
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        match separator {
            "" if line.is_empty() && record.is_empty() => {}
            "" if line.is_empty() => return Some(record),
            "" if record.is_empty() => record = line,
            "" => {
                record.push('\n');
                record.push_str(&line);
            }
            // A separator of several characters is looked for in lines only.
            _ => return Some(line),
        }
    }
}

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

/// The text of the program: of `-f`'s files, else the first operand, which is taken away. The error is a status, after awk has
/// said why.
async fn program_text(p: &Process, options: &Options, operands: &mut Vec<String>) -> Result<String, ExitStatus> {
    let mut program = String::new();
    for path in options.values('f') {
        match p.read_file(path) {
            Ok(data) => program.push_str(&String::from_utf8_lossy(&data)),
            Err(error) => fail_with(p, 2, &format!("couldn't open file {path}: {error}")).await?,
        }
    }
    if !options.has('f') {
        if operands.is_empty() {
            p.err(&format!("usage: {} {}\n", name_of(p), SPEC.usage)).await;
            return Err(ExitStatus(2));
        }
        program = operands.remove(0);
    }
    Ok(program)
}

/// The variables that are there before the program begins.
fn set_variables(machine: &mut Machine, p: &Process, options: &Options, operands: &[String]) {
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
    machine.arrays.insert("ENVIRON".into(), sim::order::collect(environ));
    let mut words = vec![name_of(p)];
    words.extend(operands.iter().cloned());
    machine.variables.insert("ARGC".into(), Value::Number(words.len() as f64));
    let words = words.into_iter().enumerate().map(|(at, word)| (at.to_string(), Value::Input(word.into())));
    machine.arrays.insert("ARGV".into(), sim::order::collect(words));
}

/// An operand that sets a variable where a file could stand: its name and value.
fn assignment(operand: &str) -> Option<(&str, &str)> {
    let (name, value) = operand.split_once('=')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    is_name.then_some((name, value))
}

/// Lets the rules meet the records of all operands, until one ends the program. The status becomes 2 if a file cannot be
/// opened. With `reads_ahead`, a file's records are read before its first meets the rules.
async fn read_records(
    p: &Process,
    machine: &mut Machine,
    rules: &[Rule],
    operands: &[String],
    reads_ahead: bool,
    status: &mut i32,
) -> Outcome<()> {
    let mut open = vec![false; rules.len()];
    let mut paths = operands.to_vec();
    if paths.iter().all(|path| assignment(path).is_some()) {
        paths.push("-".to_owned());
    }
    for path in paths {
        if let Some((name, value)) = assignment(&path) {
            machine.variables.insert(name.into(), Value::Input(unescape(value).into()));
            continue;
        }
        let mut source = match Source::open(p, &path) {
            Ok(source) => source,
            Err(error) => {
                complain(p, &format!("cannot open {path} ({error})")).await;
                *status = 2;
                continue;
            }
        };
        let name = if path == "-" { "" } else { path.as_str() };
        machine.variables.insert("FILENAME".into(), Value::Text(name.into()));
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
                Ok(()) => one_record(p, machine, rules, &mut open).await,
                Err(error) => Err(error),
            };
            flush(p, machine).await;
            if outcome? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Writes what `print > file` printed; the error is the last file that could not be written.
async fn write_files(p: &Process, machine: &mut Machine) -> Outcome<()> {
    let mut outcome = Ok(());
    for (path, (bytes, replace)) in std::mem::take(&mut machine.files) {
        if path == "/dev/stderr" {
            p.write(2, &bytes).await;
            continue;
        }
        let written = if replace { p.write_file(&path, &bytes) } else { p.append_file(&path, &bytes) };
        if let Err(error) = written {
            outcome = Err(format!("cannot open \"{path}\" for output ({error})"));
        }
    }
    outcome
}

/// Runs the rules, from `BEGIN` to `END`: the status with which the reading of files ended.
async fn run_rules(
    p: &Process,
    machine: &mut Machine,
    rules: &[Rule],
    operands: &[String],
    reads_ahead: bool,
) -> Outcome<i32> {
    let mut outcome = edge(p, machine, rules, &Pattern::Begin).await;
    flush(p, machine).await;
    let reads = rules.iter().any(|(pattern, _)| *pattern != Pattern::Begin);
    let mut status = 0;
    if reads && outcome == Ok(false) {
        let read = read_records(p, machine, rules, operands, reads_ahead, &mut status).await;
        outcome = read.map(|()| false);
    }
    let mut failure = outcome.err();
    if failure.is_none() {
        failure = edge(p, machine, rules, &Pattern::End).await.err();
    }
    // `exit` in a function runs `END` as well.
    if failure.as_deref() == Some(EXIT) {
        failure = edge(p, machine, rules, &Pattern::End).await.err().filter(|error| error != EXIT);
    }
    flush(p, machine).await;
    failure.map_or(Ok(status), Err)
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let mut operands = options.operands.clone();
    let program = program_text(&p, &options, &mut operands).await?;
    let (rules, functions) = match parse(&program) {
        Ok(program) => (program.rules, program.functions),
        Err(error) => {
            return fail_with(&p, 2, &format!("line 1: {error}")).await;
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
    set_variables(&mut machine, &p, &options, &operands);
    // `getline` takes lines that the rules then do not meet.
    let outcome = run_rules(&p, &mut machine, &rules, &operands, program.contains("getline")).await;
    machine.finish_commands(&p, None).await;
    let written = write_files(&p, &mut machine).await;
    match written.and(outcome) {
        Ok(_) if machine.status != 0 => ExitStatus::check(machine.status),
        Ok(status) => ExitStatus::check(status),
        Err(error) => fail_with(&p, 2, &error).await,
    }
}

/// The next record where what separates them is an expression.
async fn separated(source: &mut Source, separator: &str) -> Option<String> {
    /// A separator is not looked for farther back than this from where the text goes on.
    const LONGEST: usize = 256;
    let Ok(regex) = super::pattern::compile(separator, super::pattern::Syntax::Extended, false) else {
        return source.line().await.map(|line| String::from_utf8_lossy(&line).into_owned());
    };
    let mut record = String::new();
    loop {
        let mut from = record.len().saturating_sub(LONGEST);
        while !record.is_char_boundary(from) {
            from -= 1;
        }
        let line = source.line().await;
        if let Some(line) = &line {
            record.push_str(&String::from_utf8_lossy(line));
        }
        match regex.find_at(&record, from).filter(|found| !found.is_empty()).map(|found| found.range()) {
            // One that ends where the text does may go on with the next line.
            Some(found) if found.end < record.len() || line.is_none() => {
                source.put_back(&record.as_bytes()[found.end..]);
                record.truncate(found.start);
                return Some(record);
            }
            _ if line.is_none() => return Some(record).filter(|record| !record.is_empty()),
            _ => {}
        }
    }
}

/// The next record: a line, or what ends at another `RS`; an empty `RS` means paragraphs.
async fn record(source: &mut Source, separator: &str) -> Option<String> {
    if separator.chars().nth(1).is_some() {
        return separated(source, separator).await;
    }
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
            // A newline.
            _ => return Some(line),
        }
    }
}

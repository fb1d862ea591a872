//! What a command line of jq asks for.

use super::super::prelude::*;
use super::json::{Json, Reader, Style};

pub(super) const USAGE: &str = "Usage:\tjq [OPTIONS] FILTER [FILES...]\n\tjq [OPTIONS] --args FILTER [ARGUMENTS...]\n\
                     \tjq [OPTIONS] --jsonargs FILTER [JSON_VALUES...]\n";

#[derive(Default)]
pub(super) struct Asked {
    pub program: Option<String>,
    pub files: Vec<String>,
    pub raw: bool,
    pub join: bool,
    pub null_input: bool,
    pub slurp: bool,
    pub raw_input: bool,
    pub exit_status: bool,
    pub sequences: bool,
    pub style: Style,
    pub named: Vec<(String, Json)>,
    pub positional: Vec<Json>,
}

/// What the words ask for; `Err` is a status, said already.
pub(super) async fn read(p: &Process) -> Result<Asked, ExitStatus> {
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
                        return Err(ExitStatus(0));
                    }
                    'V' => {
                        p.out("jq-1.6\n").await;
                        return Err(ExitStatus(0));
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
                return Err(ExitStatus(0));
            }
            "version" => {
                p.out("jq-1.6\n").await;
                return Err(ExitStatus(0));
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
                let value = named_value(p, word, name, text).await?;
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
                return Err(ExitStatus(2));
            }
        }
    }
    Ok(asked)
}

/// The value of `--arg NAME TEXT` and its kin; `Err` is a status, said already.
async fn named_value(p: &Process, option: &str, name: &str, text: &str) -> Result<Json, ExitStatus> {
    match option {
        "arg" => return Ok(Json::text(text)),
        "argjson" => {
            return match json_of(text) {
                Some(value) => Ok(value),
                None => Err(bad(p, &format!("Invalid JSON text passed to --{option}")).await),
            };
        }
        _ => {}
    }
    let data = match p.read_file(text) {
        Ok(data) => String::from_utf8_lossy(&data).into_owned(),
        Err(error) => {
            p.err(&format!("jq: Bad JSON in --{option} {name} {text}: Could not open {text}: {error}\n")).await;
            return Err(ExitStatus(2));
        }
    };
    if option == "rawfile" {
        return Ok(Json::text(data));
    }
    let mut reader = Reader::new(&data);
    let mut items = Vec::new();
    while let Some(Ok(value)) = reader.next_value() {
        items.push(value);
    }
    Ok(Json::array(items))
}

fn json_of(text: &str) -> Option<Json> {
    let mut reader = Reader::new(text);
    let value = reader.next_value()?.ok()?;
    reader.next_value().is_none().then_some(value)
}

async fn bad(p: &Process, text: &str) -> ExitStatus {
    p.err(&format!("jq: {text}\nUse jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://stedolan.github.io/jq\n")).await;
    ExitStatus(2)
}

async fn unknown(p: &Process, arg: &str) -> ExitStatus {
    bad(p, &format!("Unknown arguments: {arg}")).await
}

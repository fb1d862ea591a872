//! Flags as cobra and pflag read them, with their errors.

use std::collections::BTreeMap;

use sim::Duration;

use crate::error::{Outcome, plain};

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takes {
    /// `--watch`, `--watch=false`
    Bool,
    /// A text; given twice, the last one counts.
    Text,
    /// A text that may be left out; this is what it then is: `--dry-run`, `--cascade`.
    Optional(&'static str),
    /// Texts; commas part them, and it may be given several times.
    List,
    /// Texts; it may be given several times, commas are kept.
    Array,
    /// A whole number.
    Int,
    /// `5s`, `1m30s`
    Duration,
}

/// A flag of a verb.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Without the dashes.
    pub name: &'static str,
    /// The one-letter form, or a space.
    pub short: char,
    /// What it takes.
    pub takes: Takes,
    /// Its value when it is not given; as text.
    pub default: &'static str,
    /// Whether it does something here; if not, only its default is taken.
    pub simulated: bool,
}

/// A flag's definition.
pub const fn flag(name: &'static str, short: char, takes: Takes, default: &'static str) -> Flag {
    Flag { name, short, takes, default, simulated: true }
}

/// The definition of a flag that kubectl has and that does nothing here: other values than its default are refused.
pub const fn not_simulated(name: &'static str, takes: Takes, default: &'static str) -> Flag {
    Flag { name, short: ' ', takes, default, simulated: false }
}

/// What was given on the command line.
#[derive(Clone, Debug, Default)]
pub struct Args {
    /// What is no flag, in order, without the verb.
    pub words: Vec<String>,
    /// How many words stood before `--`, if there was one.
    pub dash: Option<usize>,
    /// The flags in order, as `kubectl rollout history` shows them of a command: `--name=value`.
    pub given: Vec<String>,
    values: BTreeMap<&'static str, Vec<String>>,
    defaults: BTreeMap<&'static str, &'static str>,
}

impl Args {
    /// Reads arguments against the flags they may be.
    ///
    /// # Errors
    /// pflag's sentence, without the hint where to get help.
    pub fn parse(args: &[String], flags: &[&[Flag]]) -> Outcome<Args> {
        let mut parsed = Args::default();
        for flag in flags.iter().copied().flatten() {
            // A verb's own flag stands before the global one of its name.
            parsed.defaults.entry(flag.name).or_insert(flag.default);
        }
        let mut index = 0;
        while index < args.len() {
            let arg = &args[index];
            index += 1;
            if arg == "--" {
                parsed.dash = Some(parsed.words.len());
                parsed.words.extend_from_slice(&args[index..]);
                break;
            }
            if let Some(long) = arg.strip_prefix("--") {
                parsed.long(long, flags, args, &mut index)?;
            } else if arg.len() > 1 && arg.starts_with('-') {
                parsed.shorts(&arg[1..], flags, args, &mut index)?;
            } else {
                parsed.words.push(arg.clone());
            }
        }
        Ok(parsed)
    }

    /// The first flag that does nothing here and was given another value than its default.
    pub fn first_not_simulated(&self, flags: &[&[Flag]]) -> Option<&'static str> {
        let beyond = |flag: &&Flag| {
            self.values.get(flag.name).is_some_and(|values| values.iter().any(|value| value != flag.default))
        };
        // A verb's own flag stands before the global one of its name.
        let mut seen: Vec<&str> = Vec::new();
        let mut flags = flags.iter().copied().flatten().filter(|flag| {
            let first = !seen.contains(&flag.name);
            seen.push(flag.name);
            first
        });
        flags.find(|flag| !flag.simulated && beyond(flag)).map(|flag| flag.name)
    }

    fn long(&mut self, text: &str, flags: &[&[Flag]], args: &[String], index: &mut usize) -> Outcome {
        if text.starts_with(['-', '=']) {
            return plain(format!("bad flag syntax: --{text}"));
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let Some(flag) = flags.iter().copied().flatten().find(|flag| flag.name == name) else {
            return plain(format!("unknown flag: --{name}"));
        };
        let value = match (value, flag.takes) {
            (Some(value), _) => value,
            (None, Takes::Bool) => "true".to_owned(),
            (None, Takes::Optional(value)) => value.to_owned(),
            (None, _) => match args.get(*index) {
                Some(value) => {
                    *index += 1;
                    value.clone()
                }
                None => return plain(format!("flag needs an argument: --{name}")),
            },
        };
        self.give(flag, value)
    }

    fn shorts(&mut self, text: &str, flags: &[&[Flag]], args: &[String], index: &mut usize) -> Outcome {
        let mut rest = text;
        while let Some(short) = rest.chars().next() {
            rest = &rest[short.len_utf8()..];
            let Some(flag) = flags.iter().copied().flatten().find(|flag| flag.short == short && short != ' ') else {
                return plain(format!("unknown shorthand flag: '{short}' in -{text}"));
            };
            if let Some(value) = rest.strip_prefix('=') {
                return self.give(flag, value.to_owned());
            }
            let value = match flag.takes {
                Takes::Bool => "true".to_owned(),
                Takes::Optional(value) => value.to_owned(),
                _ if !rest.is_empty() => std::mem::take(&mut rest).to_owned(),
                _ => match args.get(*index) {
                    Some(value) => {
                        *index += 1;
                        value.clone()
                    }
                    None => return plain(format!("flag needs an argument: '{short}' in -{text}")),
                },
            };
            self.give(flag, value)?;
        }
        Ok(())
    }

    fn give(&mut self, flag: &Flag, value: String) -> Outcome {
        let name = match flag.short {
            ' ' => format!("--{}", flag.name),
            short => format!("-{short}, --{}", flag.name),
        };
        let bad = |why: String| plain(format!("invalid argument {value:?} for {name:?} flag: {why}"));
        match flag.takes {
            Takes::Bool if parse_bool(&value).is_none() => {
                return bad(format!("strconv.ParseBool: parsing {value:?}: invalid syntax"));
            }
            Takes::Int if value.parse::<i64>().is_err() => return bad(no_number("ParseInt", &value)),
            Takes::Duration => {
                if let Err(why) = parse_duration(&value) {
                    return bad(why);
                }
            }
            _ => {}
        }
        self.given.push(format!("--{}={value}", flag.name));
        let values = self.values.entry(flag.name).or_default();
        match flag.takes {
            Takes::List => values.extend(value.split(',').map(str::to_owned)),
            Takes::Array => values.push(value),
            _ => *values = vec![value],
        }
        Ok(())
    }

    /// Whether files are named: `-f` or `-k`.
    pub fn names_files(&self) -> bool {
        self.has("filename") || self.has("kustomize")
    }

    /// Whether the flag was given.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The flag's text, or its default.
    pub fn text(&self, name: &str) -> &str {
        match self.values.get(name).and_then(|values| values.last()) {
            Some(value) => value,
            None => self.defaults.get(name).copied().unwrap_or_default(),
        }
    }

    /// Whether the flag is on.
    pub fn on(&self, name: &str) -> bool {
        parse_bool(self.text(name)) == Some(true)
    }

    /// The texts of a flag that may be given several times.
    pub fn list(&self, name: &str) -> &[String] {
        self.values.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The flag's number, or its default.
    pub fn int(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or_default()
    }

    /// The flag's duration, or its default: negative ones as `None`.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        parse_duration(self.text(name)).ok().flatten()
    }
}

/// Go's `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// What a function of Go's `strconv` says of a text that it could not read as a number.
pub fn no_number(function: &str, text: &str) -> String {
    let digits = match text.strip_prefix(['+', '-']) {
        Some(digits) if function != "ParseUint" => digits,
        _ => text,
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let why = if is_number { "value out of range" } else { "invalid syntax" };
    format!("strconv.{function}: parsing {text:?}: {why}")
}

/// Reads a Go duration: `1h30m`, `500ms`, `0`; `None` for a negative one.
///
/// # Errors
/// Go's sentence.
pub fn parse_duration(text: &str) -> Result<Option<Duration>, String> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if body == "0" {
        return Ok(Some(Duration::ZERO));
    }
    if body.is_empty() {
        return Err(format!("time: invalid duration {text:?}"));
    }
    let (mut total, mut rest) = (0.0_f64, body);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().map_err(|_| format!("time: invalid duration {text:?}"))?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            unit => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        total += number * unit;
        rest = &rest[end..];
    }
    let limit = 9_223_372_036.0;
    if total > limit {
        return Err(format!("time: invalid duration {text:?}"));
    }
    Ok(if negative { None } else { Some(Duration::from_micros((total * 1e6).round() as u64)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        flag("output", 'o', Takes::Text, ""),
        flag("stdin", 'i', Takes::Bool, "false"),
        flag("tty", 't', Takes::Bool, "false"),
        flag("label-columns", 'L', Takes::List, ""),
        flag("replicas", ' ', Takes::Int, "1"),
        flag("dry-run", ' ', Takes::Optional("unchanged"), "none"),
        flag("timeout", ' ', Takes::Duration, "0s"),
    ];

    fn parse(line: &str) -> Outcome<Args> {
        let args: Vec<String> = line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Args::parse(&args, &[FLAGS])
    }

    #[test]
    fn flags_in_every_form() {
        for line in ["pod -o yaml", "-oyaml pod", "pod -o=yaml", "--output=yaml pod", "pod --output yaml"] {
            let args = parse(line).unwrap();
            assert_eq!((args.text("output"), args.words.as_slice()), ("yaml", &["pod".to_owned()][..]), "{line}");
        }
        let args = parse("-it pod -L a,b -L c --dry-run --timeout 1m30s -- ls -la").unwrap();
        assert!(args.on("stdin") && args.on("tty"));
        assert_eq!(args.list("label-columns"), ["a", "b", "c"]);
        assert_eq!(args.text("dry-run"), "unchanged");
        assert_eq!(args.duration("timeout"), Some(Duration::from_secs(90)));
        assert_eq!((args.dash, args.words.len(), args.int("replicas")), (Some(1), 3, 1));
        assert!(!parse("--stdin=false").unwrap().on("stdin"));
    }

    #[test]
    fn flags_that_are_wrong() {
        for (line, error) in [
            ("--nosuch", "unknown flag: --nosuch"),
            ("-q", "unknown shorthand flag: 'q' in -q"),
            ("-iq", "unknown shorthand flag: 'q' in -iq"),
            ("-o", "flag needs an argument: 'o' in -o"),
            ("--output", "flag needs an argument: --output"),
            (
                "--replicas=x",
                "invalid argument \"x\" for \"--replicas\" flag: strconv.ParseInt: parsing \"x\": invalid syntax",
            ),
            (
                "--stdin=maybe",
                "invalid argument \"maybe\" for \"-i, --stdin\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            ("--timeout=5", "invalid argument \"5\" for \"--timeout\" flag: time: missing unit in duration \"5\""),
        ] {
            assert_eq!(parse(line).unwrap_err().to_string(), error, "{line}");
        }
    }
}

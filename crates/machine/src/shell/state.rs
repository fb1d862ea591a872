//! What a shell remembers between two commands: plain data.

use std::collections::BTreeMap;
use std::rc::Rc;

use brush_parser::ast;
use sim::Time;

use crate::Pid;

/// Which shell it speaks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavour {
    /// GNU bash.
    Bash,
    /// Debian's `sh`.
    Dash,
    /// busybox' `sh`.
    Ash,
}

/// A variable's value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// Declared, without a value.
    Unset,
    /// A string.
    Scalar(String),
    /// An indexed array.
    Indexed(BTreeMap<i64, String>),
    /// An associative array.
    Associative(BTreeMap<String, String>),
}

/// A variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// Its value.
    pub value: Value,
    /// Children get it.
    pub exported: bool,
    /// It cannot be changed.
    pub read_only: bool,
    /// Assignments are arithmetic.
    pub integer: bool,
    /// Its value is the name of the variable that is meant.
    pub reference: bool,
}

impl Variable {
    /// A plain string.
    pub fn scalar(value: impl Into<String>) -> Self {
        let (exported, read_only, integer, reference) = Default::default();
        Variable { value: Value::Scalar(value.into()), exported, read_only, integer, reference }
    }
}

/// What `set` and `shopt` switch.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Options {
    /// `-e`
    pub errexit: bool,
    /// `-u`
    pub nounset: bool,
    /// `-x`
    pub xtrace: bool,
    /// `-f`
    pub noglob: bool,
    /// `-n`
    pub noexec: bool,
    /// `-C`
    pub noclobber: bool,
    /// `-a`
    pub allexport: bool,
    /// `-v`
    pub verbose: bool,
    /// `-E`
    pub errtrace: bool,
    /// `-T`
    pub functrace: bool,
    /// `shopt extglob`
    pub extglob: bool,
    /// `shopt globstar`
    pub globstar: bool,
    /// `shopt nocaseglob`
    pub nocaseglob: bool,
    /// `shopt failglob`
    pub failglob: bool,
    /// `shopt nocasematch`
    pub nocasematch: bool,
    /// `-o pipefail`
    pub pipefail: bool,
    /// `shopt nullglob`
    pub nullglob: bool,
    /// `shopt dotglob`
    pub dotglob: bool,
    /// `shopt expand_aliases`: on at a prompt; dash and ash have no other way.
    pub expand_aliases: bool,
}

/// A job in the background.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// `%1`
    pub number: usize,
    /// Its processes, the last one's status counts.
    pub pids: Vec<Pid>,
    /// The last one's number as the machine shows it.
    pub local_pid: u32,
    /// The command's text.
    pub command: String,
    /// How it ended.
    pub ended: Option<crate::Exit>,
}

/// A shell between two commands.
#[derive(Clone, Debug)]
pub struct ShellState {
    /// Which shell it speaks like.
    pub flavour: Flavour,
    /// `$0`, and how messages start.
    pub name: String,
    /// Reads commands from a person.
    pub interactive: bool,
    /// Was started by a login.
    pub login: bool,
    /// Reads a script, so messages carry a line number.
    pub numbered: bool,
    pub(crate) variables: BTreeMap<String, Variable>,
    /// What `local` hid, a map per running function.
    pub(crate) scopes: Vec<BTreeMap<String, Option<Variable>>>,
    pub(crate) functions: BTreeMap<String, Rc<ast::FunctionDefinition>>,
    /// Names of the running functions, outermost first.
    pub(crate) calls: Vec<String>,
    pub(crate) aliases: BTreeMap<String, String>,
    /// `$1` and on.
    pub(crate) positional: Vec<String>,
    /// What `set` switched.
    pub options: Options,
    /// `$?`
    pub status: i32,
    /// The number of the shell that this one is a subshell of, at whatever depth: `$$`.
    pub(crate) main_pid: Option<u32>,
    pub(crate) pipe_status: Vec<i32>,
    /// The working directory.
    pub cwd: String,
    pub(crate) umask: u32,
    /// Lines that were entered, oldest first.
    pub history: Vec<String>,
    pub(crate) traps: BTreeMap<String, String>,
    /// What the running functions did not inherit of the traps, a list per function.
    pub(crate) hidden_traps: Vec<Vec<(String, String)>>,
    /// A trap's action runs for what is no signal.
    pub(crate) trapping: bool,
    /// The stack of directories of `pushd`, without the working directory.
    pub(crate) directories: Vec<String>,
    pub(crate) jobs: Vec<Job>,
    /// The jobs of the shell that this is a subshell of, for `jobs` to show.
    pub(crate) outer_jobs: Vec<Job>,
    pub(crate) last_background: Option<u32>,
    pub(crate) started: Time,
    pub(crate) line: usize,
    /// Lines read before the text that runs now.
    pub(crate) lines_before: usize,
    pub(crate) loops: u32,
    /// Depth of contexts in which `set -e` does not count.
    pub(crate) tested: u32,
    /// Depth of nested evaluation (`eval`, `source`, functions, substitutions).
    pub(crate) depth: u32,
    pub(crate) in_subshell: bool,
    pub(crate) getopts_offset: usize,
}

impl ShellState {
    /// A fresh shell with an environment.
    pub fn new(flavour: Flavour, name: &str, environ: &[(String, String)], cwd: &str, now: Time) -> Self {
        let mut state = ShellState {
            flavour,
            name: name.into(),
            interactive: false,
            login: false,
            numbered: true,
            variables: BTreeMap::new(),
            scopes: Vec::new(),
            functions: BTreeMap::new(),
            calls: Vec::new(),
            aliases: BTreeMap::new(),
            positional: Vec::new(),
            options: Options { expand_aliases: flavour != Flavour::Bash, ..Options::default() },
            status: 0,
            main_pid: None,
            pipe_status: vec![0],
            cwd: cwd.into(),
            umask: 0o022,
            history: Vec::new(),
            traps: BTreeMap::new(),
            hidden_traps: Vec::new(),
            trapping: false,
            directories: Vec::new(),
            jobs: Vec::new(),
            outer_jobs: Vec::new(),
            last_background: None,
            started: now,
            line: 1,
            lines_before: 0,
            loops: 0,
            tested: 0,
            depth: 0,
            in_subshell: false,
            getopts_offset: 0,
        };
        for (name, value) in environ.iter().filter(|(name, _)| is_name(name)) {
            state.variables.insert(name.clone(), Variable { exported: true, ..Variable::scalar(value) });
        }
        let export = |value: &str| Variable { exported: true, ..Variable::scalar(value) };
        state.variables.insert("PWD".into(), export(cwd));
        let level = state.get("SHLVL").and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
        state.variables.insert("SHLVL".into(), export(&(level + 1).to_string()));
        state.variables.insert("IFS".into(), Variable::scalar(" \t\n"));
        state.variables.insert("PS4".into(), Variable::scalar("+ "));
        if flavour == Flavour::Bash {
            state.variables.insert("BASH".into(), Variable::scalar("/bin/bash"));
            state.variables.insert("BASH_VERSION".into(), Variable::scalar("5.2.15(1)-release"));
            for (name, value) in
                [("OPTIND", "1"), ("OSTYPE", "linux-gnu"), ("MACHTYPE", "x86_64-pc-linux-gnu"), ("HOSTTYPE", "x86_64")]
            {
                state.variables.insert(name.into(), Variable::scalar(value));
            }
            let version = ["5", "2", "15", "1", "release", "x86_64-pc-linux-gnu"];
            let version = version.iter().enumerate().map(|(at, part)| (at as i64, (*part).to_owned()));
            let value = Value::Indexed(sim::order::collect(version));
            state.variables.insert("BASH_VERSINFO".into(), Variable { value, read_only: true, ..Variable::scalar("") });
        }
        if !state.variables.contains_key("PATH") {
            let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
            state.variables.insert("PATH".into(), Variable::scalar(path));
        }
        state
    }

    /// The variable that a name means: another one's for what `declare -n` made.
    pub(crate) fn meant<'a>(&'a self, name: &'a str) -> &'a str {
        let mut meant = name;
        for _ in 0..8 {
            match self.variables.get(meant) {
                Some(Variable { reference: true, value: Value::Scalar(target), .. }) if is_name(target) => {
                    meant = target
                }
                _ => break,
            }
        }
        meant
    }

    /// A variable's string: of an array, element 0.
    pub fn get(&self, name: &str) -> Option<&str> {
        let name = self.meant(name);
        match &self.variables.get(name)?.value {
            Value::Unset => None,
            Value::Scalar(text) => Some(text),
            Value::Indexed(items) => items.get(&0).map(String::as_str),
            Value::Associative(items) => items.get("0").map(String::as_str),
        }
    }

    /// Sets a variable's string, keeping its attributes; of an array, element 0. False if it is read-only.
    pub fn set(&mut self, name: &str, value: impl Into<String>) -> bool {
        let exported = self.options.allexport;
        let meant = self.meant(name).to_owned();
        let name = meant.as_str();
        let variable = self.variables.entry(name.to_owned()).or_insert_with(|| Variable::scalar(""));
        if variable.read_only {
            return false;
        }
        variable.exported |= exported;
        match &mut variable.value {
            Value::Indexed(items) => drop(items.insert(0, value.into())),
            Value::Associative(items) => drop(items.insert("0".into(), value.into())),
            old => *old = Value::Scalar(value.into()),
        }
        if name == "OPTIND" {
            self.getopts_offset = 0;
        }
        true
    }

    /// What a child gets as its environment.
    pub fn environ(&self) -> BTreeMap<String, String> {
        let exported = self.variables.iter().filter(|(_, variable)| variable.exported);
        sim::order::collect(exported.filter_map(|(name, _)| Some((name.clone(), self.get(name)?.to_owned()))))
    }

    /// Hides a variable until the running function returns.
    pub(crate) fn hide(&mut self, name: &str) {
        let old = self.variables.get(name).cloned();
        if let Some(scope) = self.scopes.last_mut() {
            scope.entry(name.to_owned()).or_insert(old);
        }
    }

    /// A function returned: what it hid is seen again.
    pub(crate) fn leave_scope(&mut self) {
        for (name, old) in self.scopes.pop().unwrap_or_default() {
            match old {
                Some(variable) => drop(self.variables.insert(name, variable)),
                None => drop(self.variables.remove(&name)),
            }
        }
    }

    /// How a message starts.
    pub(crate) fn prefix(&self) -> String {
        match (self.flavour, self.numbered) {
            (Flavour::Bash, true) => format!("{}: line {}", self.name, self.line),
            (Flavour::Dash, _) => format!("{}: {}", self.name.trim_start_matches('-'), self.line),
            (Flavour::Ash, true) if self.name.contains('/') || self.name.contains('.') => {
                format!("{}: line {}", self.name, self.line)
            }
            (Flavour::Ash, _) => self.name.clone(),
            (Flavour::Bash, false) => self.name.clone(),
        }
    }
}

/// An associative array's entries in the order in which bash lists them: by the places of its table of 1,024 for the keys'
/// hashes (FNV).
pub(crate) fn in_hash_order(items: &BTreeMap<String, String>) -> Vec<(&String, &String)> {
    let place = |key: &str| {
        let mix = |hash: u32, byte: u8| hash.wrapping_mul(16_777_619) ^ u32::from(byte);
        key.bytes().fold(2_166_136_261, mix) % 1024
    };
    let mut entries: Vec<(&String, &String)> = items.iter().collect();
    sim::order::sort_by(&mut entries, |a, b| place(a.0).cmp(&place(b.0)));
    entries
}

/// Whether a word can name a variable.
pub fn is_name(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

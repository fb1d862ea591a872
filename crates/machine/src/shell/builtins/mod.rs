//! The shell's own commands, one a file. A file's documentation is the builtin's synopsis.

mod alias;
mod bg;
mod break_;
mod cd;
mod colon;
mod command;
mod compgen;
mod declare;
mod dirs;
mod disown;
mod echo;
mod enable;
mod eval;
mod exec;
mod exit;
mod getopts;
mod hash;
mod help;
mod history;
mod jobs;
mod kill;
mod let_;
mod mapfile;
mod printf;
mod pwd;
mod read;
mod return_;
mod set;
mod shift;
mod shopt;
mod source;
mod test;
mod times;
mod trap;
mod type_;
mod ulimit;
mod umask;
mod unset;
mod wait;

use super::assign::Prepared;
use super::state::Flavour;
use super::{Run, Shell};

pub(super) use set::{option_is_on, set_letter};
pub(super) use wait::run as wait;

/// A builtin that takes expanded words, the first being its name.
pub(super) type WordsFn = for<'a> fn(&'a mut Shell, &'a [String]) -> Run<'a>;
/// A builtin whose arguments may be assignments.
pub(super) type ArgumentsFn = for<'a> fn(&'a mut Shell, &'a str, Vec<Argument>) -> Run<'a>;

#[derive(Clone, Copy)]
pub(super) enum Builtin {
    Words(WordsFn),
    Arguments(ArgumentsFn),
}

/// An argument of a declaring builtin.
pub(super) enum Argument {
    Word(String),
    Assign(Prepared),
}

const WORDS: &[(&str, WordsFn)] = &[
    (".", source::run),
    (":", colon::run),
    ("[", test::run),
    ("alias", alias::run),
    ("bg", bg::run),
    ("break", break_::run),
    ("builtin", command::builtin),
    ("cd", cd::run),
    ("command", command::run),
    ("compgen", compgen::run),
    ("complete", compgen::complete),
    ("compopt", compgen::complete),
    ("continue", break_::run),
    ("dirs", dirs::run),
    ("disown", disown::run),
    ("echo", echo::run),
    ("enable", enable::run),
    ("eval", eval::run),
    ("exec", exec::run),
    ("exit", exit::run),
    ("false", colon::run),
    ("fg", bg::run),
    ("getopts", getopts::run),
    ("hash", hash::run),
    ("help", help::run),
    ("history", history::run),
    ("jobs", jobs::run),
    ("kill", kill::run),
    ("let", let_::run),
    ("logout", exit::run),
    ("mapfile", mapfile::run),
    ("popd", dirs::popd),
    ("printf", printf::run),
    ("pushd", dirs::pushd),
    ("pwd", pwd::run),
    ("read", read::run),
    ("readarray", mapfile::run),
    ("return", return_::run),
    ("set", set::run),
    ("shift", shift::run),
    ("shopt", shopt::run),
    ("source", source::run),
    ("test", test::run),
    ("times", times::run),
    ("trap", trap::run),
    ("true", colon::run),
    ("type", type_::run),
    ("ulimit", ulimit::run),
    ("umask", umask::run),
    ("unalias", alias::unalias),
    ("unset", unset::run),
    ("wait", wait::run),
];

const ARGUMENTS: &[(&str, ArgumentsFn)] = &[
    ("declare", declare::run),
    ("export", declare::run),
    ("local", declare::run),
    ("readonly", declare::run),
    ("typeset", declare::run),
];

/// Builtins that only bash has.
const BASH_ONLY: &[&str] = &[
    "builtin",
    "compgen",
    "complete",
    "compopt",
    "declare",
    "dirs",
    "disown",
    "enable",
    "help",
    "history",
    "logout",
    "let",
    "mapfile",
    "popd",
    "pushd",
    "readarray",
    "shopt",
    "source",
    "typeset",
];

/// Those of bash's own that busybox' shell has as well.
const BUSYBOX_TOO: &[&str] = &["help", "history", "let", "source"];

pub(super) fn find(name: &str, flavour: Flavour) -> Option<Builtin> {
    let foreign = match flavour {
        Flavour::Bash => false,
        Flavour::Dash => BASH_ONLY.contains(&name),
        Flavour::Ash => BASH_ONLY.contains(&name) && !BUSYBOX_TOO.contains(&name),
    };
    if foreign {
        return None;
    }
    if let Ok(at) = WORDS.binary_search_by_key(&name, |(name, _)| name) {
        return Some(Builtin::Words(WORDS[at].1));
    }
    ARGUMENTS.iter().find(|(known, _)| *known == name).map(|(_, run)| Builtin::Arguments(*run))
}

/// All builtins' names, for completion and `help`.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> =
        WORDS.iter().map(|(name, _)| *name).chain(ARGUMENTS.iter().map(|(name, _)| *name)).collect();
    sim::order::sort(&mut names);
    names
}

/// A word as bash would print it so that it can be typed again.
pub(crate) fn quote(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=,@%+^".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if text.chars().any(|c| c.is_control()) {
        let mut quoted = String::from("$'");
        for c in text.chars() {
            match c {
                '\n' => quoted.push_str("\\n"),
                '\t' => quoted.push_str("\\t"),
                '\r' => quoted.push_str("\\r"),
                '\u{1b}' => quoted.push_str("\\E"),
                '\'' => quoted.push_str("\\'"),
                '\\' => quoted.push_str("\\\\"),
                c if c.is_control() => quoted.push_str(&format!("\\{:03o}", u32::from(c))),
                c => quoted.push(c),
            }
        }
        return quoted + "'";
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Likewise with backslashes, as `printf %q` writes it.
pub(crate) fn quote_with_backslashes(text: &str) -> String {
    if text.is_empty() || text.chars().any(|c| c.is_control()) {
        return if text.is_empty() { "''".to_owned() } else { quote(text) };
    }
    let mut quoted = String::new();
    for (at, c) in text.chars().enumerate() {
        if " '\"\\|&;()<>!{}*[]?^$`,".contains(c) || at == 0 && "#~".contains(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}

/// Likewise, quoted even when it need not be.
pub(crate) fn quote_always(text: &str) -> String {
    let quoted = quote(text);
    if quoted.starts_with(['\'', '$']) { quoted } else { format!("'{quoted}'") }
}

impl Shell {
    /// Says what is wrong with how a builtin was used; gives its status.
    pub(super) async fn builtin_error(&mut self, name: &str, text: &str, status: i32) -> i32 {
        self.complain(&format!("{name}: {text}")).await;
        status
    }
}

//! Reading a command line as getopt_long(3) does, and complaining in GNU's or busybox's words.

use machine::{ExitStatus, Process};

/// What a program's command line may hold.
///
/// `short` is written as for getopt(3): each letter, followed by `:` if it takes an argument and by `::` if it may; a `+`
/// in front stops at the first operand. `long` names a letter of `short` for every long option (letters that nobody can
/// type, such as `'\u{1}'`, stand for options that have no short form; they take arguments as `short` says).
pub(crate) struct Spec {
    /// The short options.
    pub short: &'static str,
    /// The long options, each with its letter.
    pub long: &'static [(&'static str, char)],
    /// What follows the program's name in the first line of its `--help`.
    pub usage: &'static str,
    /// The status of a wrong command line.
    pub status: i32,
}

/// A command line, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Every option in order, with its argument.
    pub given: Vec<(char, Option<String>)>,
    /// What is not an option.
    pub operands: Vec<String>,
}

/// What is wrong with a command line; [`Wrong::text`] says it as the C library does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// An unknown letter.
    Letter(char),
    /// An unknown word after `--`, as typed.
    Word(String),
    /// A long option that could be several.
    Ambiguous(String, Vec<&'static str>),
    /// A letter without its argument.
    LetterNeedsArgument(char),
    /// A long option without its argument.
    WordNeedsArgument(&'static str),
    /// A long option with an argument it does not take.
    WordTakesNone(&'static str),
    /// `--help` was asked for.
    Help,
    /// `--version` was asked for.
    Version,
}

impl Wrong {
    /// The complaint of the GNU C library, after the program's name.
    pub(crate) fn text(&self) -> String {
        match self {
            Wrong::Letter(c) => format!("invalid option -- '{c}'"),
            Wrong::Word(word) => format!("unrecognized option '{word}'"),
            Wrong::Ambiguous(word, names) => {
                let names: Vec<String> = names.iter().map(|name| format!("'--{name}'")).collect();
                format!("option '{word}' is ambiguous; possibilities: {}", names.join(" "))
            }
            Wrong::LetterNeedsArgument(c) => format!("option requires an argument -- '{c}'"),
            Wrong::WordNeedsArgument(name) => format!("option '--{name}' requires an argument"),
            Wrong::WordTakesNone(name) => format!("option '--{name}' doesn't allow an argument"),
            Wrong::Help | Wrong::Version => String::new(),
        }
    }

    /// The complaint of busybox (musl's getopt), after the program's name.
    fn busybox_text(&self) -> String {
        match self {
            Wrong::Letter(c) => format!("unrecognized option: {c}"),
            Wrong::Word(word) => format!("unrecognized option: {}", word.trim_start_matches('-')),
            Wrong::Ambiguous(word, _) => format!("option is ambiguous: {}", word.trim_start_matches('-')),
            Wrong::LetterNeedsArgument(c) => format!("option requires an argument: {c}"),
            Wrong::WordNeedsArgument(name) => format!("option requires an argument: {name}"),
            Wrong::WordTakesNone(name) => format!("option does not take an argument: {name}"),
            Wrong::Help | Wrong::Version => String::new(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Argument,
    Maybe,
}

impl Spec {
    fn takes(&self, letter: char) -> Option<Takes> {
        if letter == ':' || letter == '+' {
            return None;
        }
        let at = self.short.find(letter)? + letter.len_utf8();
        let rest = self.short.get(at..).unwrap_or("");
        Some(match rest.strip_prefix(':') {
            Some(more) if more.starts_with(':') => Takes::Maybe,
            Some(_) => Takes::Argument,
            None => Takes::Nothing,
        })
    }

    /// Takes `args` (without the program's name) apart.
    pub(crate) fn read(&self, args: &[String]) -> Result<Options, Wrong> {
        let in_order = self.short.starts_with('+');
        let mut options = Options::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if arg == "--" {
                options.operands.extend(args.cloned());
                break;
            } else if let Some(word) = arg.strip_prefix("--") {
                let (name, value) = match word.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (word, None),
                };
                let mut found: Vec<(&'static str, char)> =
                    self.long.iter().filter(|(long, _)| long.starts_with(name)).copied().collect();
                if let Some(exact) = found.iter().find(|(long, _)| *long == name) {
                    found = vec![*exact];
                }
                match found.as_slice() {
                    [] if "help".starts_with(name) => return Err(Wrong::Help),
                    [] if "version".starts_with(name) => return Err(Wrong::Version),
                    [] => return Err(Wrong::Word(format!("--{name}"))),
                    [(long, letter)] => match (self.takes(*letter).unwrap_or(Takes::Nothing), value) {
                        (Takes::Nothing, Some(_)) => return Err(Wrong::WordTakesNone(long)),
                        (Takes::Nothing | Takes::Maybe, None) => options.given.push((*letter, None)),
                        (Takes::Argument | Takes::Maybe, Some(value)) => options.given.push((*letter, Some(value))),
                        (Takes::Argument, None) => match args.next() {
                            Some(value) => options.given.push((*letter, Some(value.clone()))),
                            None => return Err(Wrong::WordNeedsArgument(long)),
                        },
                    },
                    [(_, first), rest @ ..] if rest.iter().all(|(_, letter)| letter == first) => {
                        options.given.push((*first, value));
                    }
                    several => {
                        return Err(Wrong::Ambiguous(arg.clone(), several.iter().map(|(long, _)| *long).collect()));
                    }
                }
            } else if arg.len() > 1 && arg.starts_with('-') {
                let mut letters = arg[1..].chars();
                while let Some(letter) = letters.next() {
                    match self.takes(letter) {
                        None => return Err(Wrong::Letter(letter)),
                        Some(Takes::Nothing) => options.given.push((letter, None)),
                        Some(Takes::Maybe) => {
                            let rest = letters.as_str().to_owned();
                            options.given.push((letter, (!rest.is_empty()).then_some(rest)));
                            break;
                        }
                        Some(Takes::Argument) => {
                            let rest = letters.as_str().to_owned();
                            let value = if rest.is_empty() { args.next().cloned() } else { Some(rest) };
                            match value {
                                Some(value) => options.given.push((letter, Some(value))),
                                None => return Err(Wrong::LetterNeedsArgument(letter)),
                            }
                            break;
                        }
                    }
                }
            } else {
                options.operands.push(arg.clone());
                if in_order {
                    options.operands.extend(args.cloned());
                    break;
                }
            }
        }
        Ok(options)
    }

    /// Takes a process's command line apart, or says what is wrong with it and gives the exit status.
    pub(crate) async fn parse(&self, process: &Process) -> Result<Options, ExitStatus> {
        self.parse_args(process, process.args()).await
    }

    /// [`Spec::parse`] for other words than the process's own; the first is the program's name.
    pub(crate) async fn parse_args(&self, process: &Process, args: &[String]) -> Result<Options, ExitStatus> {
        match self.read(args.get(1..).unwrap_or_default()) {
            Ok(options) => Ok(options),
            Err(wrong) => Err(self.complain(process, &wrong).await),
        }
    }

    async fn complain(&self, process: &Process, wrong: &Wrong) -> ExitStatus {
        let name = super::words::name_of(process);
        let busybox = super::words::is_busybox(process);
        let usage = format!("Usage: {name}{}{}\n", if self.usage.is_empty() { "" } else { " " }, self.usage);
        match wrong {
            Wrong::Help => {
                process.out(&usage).await;
                ExitStatus(0)
            }
            Wrong::Version if !busybox => {
                process.out(&format!("{name} ({}\n", super::words::package_of(&name))).await;
                ExitStatus(0)
            }
            wrong if busybox => {
                let text = format!("{name}: {}\n{}\n\n{usage}", wrong.busybox_text(), super::words::BUSYBOX_BANNER);
                process.err(&text).await;
                ExitStatus(1)
            }
            wrong => {
                let text = match name.as_str() {
                    "grep" => format!(
                        "grep: {}\nUsage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n",
                        wrong.text()
                    ),
                    "ps" | "ping" => format!("{name}: {}\n\n{usage}", wrong.text()),
                    _ => format!("{name}: {}\nTry '{name} --help' for more information.\n", wrong.text()),
                };
                process.err(&text).await;
                ExitStatus(self.status)
            }
        }
    }
}

impl Options {
    /// Whether the option was given.
    pub(crate) fn has(&self, letter: char) -> bool {
        self.given.iter().any(|(given, _)| *given == letter)
    }

    /// The argument of the option's last use.
    pub(crate) fn value(&self, letter: char) -> Option<&str> {
        self.given.iter().rev().find(|(given, _)| *given == letter).and_then(|(_, value)| value.as_deref())
    }

    /// The arguments of all its uses.
    pub(crate) fn values(&self, letter: char) -> impl Iterator<Item = &str> {
        self.given.iter().filter(move |(given, _)| *given == letter).filter_map(|(_, value)| value.as_deref())
    }

    /// The one of `letters` that was given last.
    pub(crate) fn last_of(&self, letters: &str) -> Option<char> {
        self.given.iter().rev().map(|(given, _)| *given).find(|given| letters.contains(*given))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: Spec = Spec {
        short: "alc:n::",
        long: &[("all", 'a'), ("almost", 'l'), ("count", 'c'), ("color", 'n')],
        usage: "",
        status: 1,
    };

    fn read(line: &str) -> Result<Options, String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        SPEC.read(&args).map_err(|wrong| wrong.text())
    }

    #[test]
    fn options_and_operands_mix() {
        let options = read("x -ac3 y --count=4 --color -- -l").unwrap();
        assert_eq!(options.operands, ["x", "y", "-l"]);
        assert_eq!(options.value('c'), Some("4"));
        assert!(options.has('a') && options.has('n') && !options.has('l'));
        assert_eq!(read("-c 3").unwrap().value('c'), Some("3"));
        assert_eq!(read("-").unwrap().operands, ["-"]);
    }

    #[test]
    fn complaints_are_the_c_librarys() {
        for (line, text) in [
            ("-z", "invalid option -- 'z'"),
            ("--nosuch=1", "unrecognized option '--nosuch'"),
            ("--al", "option '--al' is ambiguous; possibilities: '--all' '--almost'"),
            ("-c", "option requires an argument -- 'c'"),
            ("--count", "option '--count' requires an argument"),
            ("--all=1", "option '--all' doesn't allow an argument"),
        ] {
            assert_eq!(read(line), Err(text.to_owned()), "{line}");
        }
    }
}

//! `set [-+abefhkmnptuvxBCEHPT] [-+o option] [--] [arg …]`

use super::quote;
use crate::shell::state::{Options, Value, is_name};
use crate::shell::{Flavour, Flow, Run, Shell};

/// The options by letter and by name.
const NAMES: [(char, &str); 12] = [
    ('a', "allexport"),
    ('e', "errexit"),
    ('E', "errtrace"),
    ('T', "functrace"),
    ('C', "noclobber"),
    ('n', "noexec"),
    ('f', "noglob"),
    ('u', "nounset"),
    ('\0', "pipefail"),
    ('v', "verbose"),
    ('x', "xtrace"),
    ('\0', "interactive"),
];

pub(super) fn field<'a>(options: &'a mut Options, name: &str) -> Option<&'a mut bool> {
    Some(match name {
        "allexport" => &mut options.allexport,
        "errexit" => &mut options.errexit,
        "errtrace" => &mut options.errtrace,
        "functrace" => &mut options.functrace,
        "noclobber" => &mut options.noclobber,
        "noexec" => &mut options.noexec,
        "noglob" => &mut options.noglob,
        "nounset" => &mut options.nounset,
        "pipefail" => &mut options.pipefail,
        "verbose" => &mut options.verbose,
        "xtrace" => &mut options.xtrace,
        _ => return None,
    })
}

pub(in crate::shell) fn option_is_on(options: &Options, name: &str) -> bool {
    field(&mut options.clone(), name).is_some_and(|on| *on)
}

/// Sets an option by letter; false if there is none.
pub(in crate::shell) fn set_letter(options: &mut Options, letter: char, on: bool) -> bool {
    match NAMES.iter().find(|(known, _)| *known == letter) {
        Some((_, name)) => field(options, name).map(|field| *field = on).is_some(),
        None => "bhkmptBHP".contains(letter),
    }
}

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        if words.len() == 1 {
            let text: String = shell
                .state
                .variables
                .iter()
                .filter(|(name, _)| is_name(name))
                .filter_map(|(name, variable)| match &variable.value {
                    Value::Unset => None,
                    Value::Scalar(text) if text.is_empty() => Some(format!("{name}=\n")),
                    Value::Scalar(text) => Some(format!("{name}={}\n", quote(text))),
                    Value::Indexed(items) => {
                        let items: Vec<String> = items.iter().map(|(at, text)| format!("[{at}]=\"{text}\"")).collect();
                        Some(format!("{name}=({})\n", items.join(" ")))
                    }
                    Value::Associative(items) => {
                        let items: String = items.iter().map(|(key, text)| format!("[{key}]=\"{text}\" ")).collect();
                        Some(format!("{name}=({items})\n"))
                    }
                })
                .collect();
            return Ok(shell.print("set", text.as_bytes()).await);
        }
        let mut rest = words[1..].iter().peekable();
        let mut positional: Option<Vec<String>> = None;
        while let Some(word) = rest.next() {
            if word == "--" {
                positional = Some(rest.by_ref().cloned().collect());
                break;
            }
            let on = word.starts_with('-');
            if word.len() < 2 || !(on || word.starts_with('+')) {
                positional = Some([word.clone()].into_iter().chain(rest.by_ref().cloned()).collect());
                break;
            }
            for letter in word[1..].chars() {
                if letter == 'o' {
                    match rest.next() {
                        None => {
                            let options = shell.state.options;
                            let line = |name: &str| {
                                let state = option_is_on(&options, name);
                                match on {
                                    true => format!("{name:<15}\t{}\n", if state { "on" } else { "off" }),
                                    false => format!("set {}o {name}\n", if state { '-' } else { '+' }),
                                }
                            };
                            let text: String = NAMES[..11].iter().map(|(_, name)| line(name)).collect();
                            return Ok(shell.print("set", text.as_bytes()).await);
                        }
                        // dash 0.5.12 has none; a script ends there.
                        Some(name) if name == "pipefail" && shell.state.flavour == Flavour::Dash => {
                            shell.builtin_error("set", "Illegal option -o pipefail", 2).await;
                            return Err(Flow::Abort(2));
                        }
                        Some(name) => match field(&mut shell.state.options, name) {
                            Some(field) => *field = on,
                            None if matches!(
                                name.as_str(),
                                "emacs"
                                    | "vi"
                                    | "posix"
                                    | "monitor"
                                    | "history"
                                    | "braceexpand"
                                    | "hashall"
                                    | "histexpand"
                                    | "ignoreeof"
                                    | "nolog"
                                    | "notify"
                                    | "onecmd"
                                    | "physical"
                                    | "privileged"
                            ) => {}
                            None => {
                                let text = format!("{name}: invalid option name");
                                return Ok(shell.builtin_error("set", &text, 2).await);
                            }
                        },
                    }
                } else if !set_letter(&mut shell.state.options, letter, on) {
                    let text = format!("{}{letter}: invalid option", if on { '-' } else { '+' });
                    shell.builtin_error("set", &text, 2).await;
                    shell
                        .process
                        .err("set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n")
                        .await;
                    return Ok(2);
                }
            }
        }
        if let Some(positional) = positional {
            shell.state.positional = positional;
        }
        Ok(0)
    })
}

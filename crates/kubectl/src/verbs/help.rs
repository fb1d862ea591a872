//! `--help`, `kubectl help`, `kubectl options`: the real kubectl's words (`data/help.txt`, written by
//! `cargo xtask generate help`). Natively they are part of the binary, on the page a file that is fetched when it is first
//! asked for.

use api::FetchedText;

use crate::command::{VERBS, Verb};
use crate::error::Outcome;
use crate::session::Session;

#[cfg(not(target_arch = "wasm32"))]
static TEXT: FetchedText = FetchedText::new(include_str!("../../data/help.txt"));
#[cfg(target_arch = "wasm32")]
static TEXT: FetchedText = FetchedText::new("");

/// Says how to get the text where it is not built in.
pub fn provide_help(read: fn() -> Option<String>) {
    TEXT.provide(read);
}

/// The help of a command, `get` or `rollout undo`; of kubectl itself under the empty name. `None` for no command of
/// kubectl's.
pub fn of(name: &str) -> Option<String> {
    let title = format!("@@ {name}\n");
    let text = TEXT.get();
    if text.is_empty() {
        return Some("The help cannot be loaded just now: the page's server did not answer.\n".to_owned());
    }
    let (_, rest) = text.split_once(&title)?;
    Some(rest.split("\n@@ ").next().map(|section| format!("{}\n", section.trim_end_matches('\n'))).unwrap_or_default())
}

/// The help of a command that is there, ready to print.
pub fn shown(host: &dyn crate::Host, name: &str) -> String {
    let home = host.env("HOME").unwrap_or_default();
    of(name).unwrap_or_default().replace("@HOME@", &home)
}

/// `kubectl options`
pub static OPTIONS: Verb = Verb {
    name: "options",
    aliases: &[],
    flags: &[],
    run: |session, _| {
        Box::pin(async move {
            session.out(&shown(&*session.host, "options")).await;
            Ok(())
        })
    },
};

/// `kubectl help`
pub static HELP: Verb =
    Verb { name: "help", aliases: &[], flags: &[], run: |session, args| Box::pin(help(session, &args.words)) };

async fn help(session: &Session, words: &[String]) -> Outcome {
    let mut name = String::new();
    for word in words {
        let longer = if name.is_empty() { word.clone() } else { format!("{name} {word}") };
        let longer = longer.replace("create svc", "create service");
        let known = VERBS.iter().find(|verb| verb.name == longer || verb.is_called(&longer));
        match known.map(|verb| verb.name.to_owned()).or_else(|| of(&longer).map(|_| longer)) {
            Some(longer) => name = longer,
            None if name.is_empty() => {
                // kubectl goes on with its list of commands, without the sentence before it.
                let all = shown(&*session.host, "");
                let list = all.split_once("\n\n").and_then(|(_, rest)| rest.split_once("\n\n"));
                let list = list.map_or("", |(_, rest)| rest);
                session
                    .err(&format!(
                        "Unknown help topic [{}]\n\n\n{list}",
                        words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" ")
                    ))
                    .await;
                return Ok(());
            }
            None => break,
        }
    }
    session.out(&shown(&*session.host, &name)).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{GLOBAL, NOT_SIMULATED};
    use crate::flags::{Flag, Takes};

    /// Flags that kubectl takes and does not show.
    const HIDDEN: &[&str] = &["help", "record", "cpu-percent"];

    /// `-o, --output=''`
    fn title(flag: &Flag) -> String {
        let short = if flag.short == ' ' { String::new() } else { format!("-{}, ", flag.short) };
        let default = match flag.takes {
            Takes::Text | Takes::Optional(_) => format!("'{}'", flag.default),
            Takes::List | Takes::Array => format!("[{}]", flag.default),
            _ => flag.default.to_owned(),
        };
        match (flag.name, default.as_str()) {
            // Of a type of its own; and 1.36 has another default than 1.35.
            ("aggregation-rule", _) => "--aggregation-rule=".to_owned(),
            ("profile", "'general'") => "--profile='legacy'".to_owned(),
            (name, default) => format!("{short}--{name}={default}"),
        }
    }

    #[test]
    fn the_flags_are_those_of_the_help() {
        let mut wrong = Vec::new();
        for section in TEXT.get().split("\n@@ ").skip(1) {
            let (name, text) = section.split_once('\n').unwrap();
            let shown: Vec<&str> = text
                .lines()
                .filter_map(|line| line.strip_prefix("    ").and_then(|line| line.strip_suffix(':')))
                .filter(|line| line.starts_with('-'))
                .collect();
            let Some(verb) = VERBS.iter().find(|verb| verb.name == name) else {
                let group = VERBS.iter().any(|verb| verb.name.starts_with(&format!("{name} ")));
                let known = NOT_SIMULATED.iter().any(|(known, _)| name.split(' ').next() == Some(known));
                if !group && !known && !name.is_empty() {
                    wrong.push(format!("{name} is no command"));
                }
                continue;
            };
            let own: Vec<&Flag> = verb.flags.iter().copied().flatten().collect();
            for title in own.iter().map(|flag| (flag.name, title(flag))).filter(|(name, _)| !HIDDEN.contains(name)) {
                if !shown.contains(&title.1.as_str()) {
                    wrong.push(format!("{name} has {}", title.1));
                }
            }
            for shown in shown {
                let flag = shown.rsplit("--").next().and_then(|flag| flag.split('=').next()).unwrap_or_default();
                if !own.iter().copied().chain(GLOBAL).any(|known| known.name == flag) {
                    wrong.push(format!("{name} lacks {shown}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

//! `getopts optstring name [arg …]`

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let (Some(options), Some(name)) = (words.get(1), words.get(2)) else {
            return Ok(shell.builtin_error("getopts", "usage: getopts optstring name [arg ...]", 2).await);
        };
        let arguments = if words.len() > 3 { words[3..].to_vec() } else { shell.state.positional.clone() };
        let silent = options.starts_with(':');
        let mut index = shell.state.get("OPTIND").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1);
        let mut offset = shell.state.getopts_offset.max(1);
        let current = arguments.get(index - 1).cloned().unwrap_or_default();
        let done = current.len() < 2 || !current.starts_with('-') || current == "--";
        if done {
            let index = if current == "--" { index + 1 } else { index };
            shell.state.set("OPTIND", index.to_string());
            shell.state.set(name, "?");
            shell.state.variables.remove("OPTARG");
            return Ok(1);
        }
        let flag = current.chars().nth(offset).unwrap_or('?');
        offset += 1;
        let known = options.trim_start_matches(':').find(flag).filter(|_| flag != ':');
        let takes = known.is_some_and(|at| options.trim_start_matches(':')[at + flag.len_utf8()..].starts_with(':'));
        let rest: String = current.chars().skip(offset).collect();
        let mut value = flag.to_string();
        shell.state.variables.remove("OPTARG");
        if known.is_none() {
            value = "?".into();
            if silent {
                shell.state.set("OPTARG", flag.to_string());
            } else {
                let text = format!("{}: illegal option -- {flag}\n", shell.state.name);
                shell.process.err(&text).await;
            }
        } else if takes && !rest.is_empty() {
            shell.state.set("OPTARG", rest.clone());
            offset = usize::MAX;
        } else if takes {
            index += 1;
            offset = usize::MAX;
            match arguments.get(index - 1).cloned() {
                Some(argument) => drop(shell.state.set("OPTARG", argument)),
                None if silent => {
                    index -= 1;
                    value = ":".into();
                    shell.state.set("OPTARG", flag.to_string());
                }
                None => {
                    index -= 1;
                    value = "?".into();
                    let text = format!("{}: option requires an argument -- {flag}\n", shell.state.name);
                    shell.process.err(&text).await;
                }
            }
        }
        if offset >= current.chars().count() {
            index += 1;
            offset = 1;
        }
        shell.state.set("OPTIND", index.to_string());
        shell.state.getopts_offset = offset;
        shell.state.set(name, value);
        Ok(0)
    })
}

//! `kubectl completion`

use crate::command::Verb;
use crate::error::plain;

const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "powershell"];

/// `kubectl completion`. The terminal completes kubectl's words itself, so the script that is printed has nothing to do;
/// `source <(kubectl completion bash)` works, and so does keeping it in a file.
pub static COMPLETION: Verb = Verb {
    name: "completion",
    aliases: &[],
    flags: &[],
    run: |session, args| {
        Box::pin(async move {
            match args.words.as_slice() {
                [] => plain("Shell not specified.\nSee 'kubectl completion -h' for help and examples"),
                [shell] if SHELLS.contains(&shell.as_str()) => {
                    let said = "kubectl's commands, flags and names are completed here already: press Tab.";
                    session.out(&format!("# {said}\n")).await;
                    Ok(())
                }
                [shell] => plain(format!(
                    "Unsupported shell type {shell:?}.\nSee 'kubectl completion -h' for help and examples"
                )),
                _ => plain(
                    "Too many arguments. Expected only the shell type.\nSee 'kubectl completion -h' for help and examples",
                ),
            }
        })
    },
};

//! `shopt [-su] [optname …]`: `nullglob` and `dotglob` count, the others are taken as they are.

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let mut on = None;
        for word in &words[1..] {
            match (word.as_str(), on) {
                ("-s", _) => on = Some(true),
                ("-u", _) => on = Some(false),
                ("nullglob", Some(on)) => shell.state.options.nullglob = on,
                ("dotglob", Some(on)) => shell.state.options.dotglob = on,
                ("nullglob" | "dotglob", None) => {
                    let options = &shell.state.options;
                    let state = if word == "nullglob" { options.nullglob } else { options.dotglob };
                    let text = format!("{word:<15}\t{}\n", if state { "on" } else { "off" });
                    shell.print("shopt", text.as_bytes()).await;
                    return Ok(i32::from(!state));
                }
                (
                    "expand_aliases" | "extglob" | "globstar" | "nocaseglob" | "lastpipe" | "checkwinsize"
                    | "histappend" | "failglob",
                    _,
                ) => {}
                (name, _) if !name.starts_with('-') => {
                    let text = format!("{name}: invalid shell option name");
                    return Ok(shell.builtin_error("shopt", &text, 1).await);
                }
                _ => {}
            }
        }
        Ok(0)
    })
}

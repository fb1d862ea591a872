//! `shopt [-pqsu] [-o] [optname …]`: options that change how names are matched count, the others are taken as they are.

use super::set::field as set_option;
use crate::shell::state::Options;
use crate::shell::{Run, Shell};

/// Bash's options, and whether they are on in a script.
const NAMES: [(&str, bool); 53] = [
    ("autocd", false),
    ("assoc_expand_once", false),
    ("cdable_vars", false),
    ("cdspell", false),
    ("checkhash", false),
    ("checkjobs", false),
    ("checkwinsize", true),
    ("cmdhist", true),
    ("compat31", false),
    ("compat32", false),
    ("compat40", false),
    ("compat41", false),
    ("compat42", false),
    ("compat43", false),
    ("compat44", false),
    ("complete_fullquote", true),
    ("direxpand", false),
    ("dirspell", false),
    ("dotglob", false),
    ("execfail", false),
    ("expand_aliases", false),
    ("extdebug", false),
    ("extglob", false),
    ("extquote", true),
    ("failglob", false),
    ("force_fignore", true),
    ("globasciiranges", true),
    ("globskipdots", true),
    ("globstar", false),
    ("gnu_errfmt", false),
    ("histappend", false),
    ("histreedit", false),
    ("histverify", false),
    ("hostcomplete", true),
    ("huponexit", false),
    ("inherit_errexit", false),
    ("interactive_comments", true),
    ("lastpipe", false),
    ("lithist", false),
    ("localvar_inherit", false),
    ("localvar_unset", false),
    ("login_shell", false),
    ("mailwarn", false),
    ("no_empty_cmd_completion", false),
    ("nocaseglob", false),
    ("nocasematch", false),
    ("noexpand_translation", false),
    ("nullglob", false),
    ("patsub_replacement", true),
    ("progcomp", true),
    ("progcomp_alias", false),
    ("promptvars", true),
    ("restricted_shell", false),
];
/// More of them, in the same order.
const MORE: [(&str, bool); 4] =
    [("shift_verbose", false), ("sourcepath", true), ("varredir_close", false), ("xpg_echo", false)];

fn field<'a>(options: &'a mut Options, name: &str) -> Option<&'a mut bool> {
    Some(match name {
        "expand_aliases" => &mut options.expand_aliases,
        "nullglob" => &mut options.nullglob,
        "dotglob" => &mut options.dotglob,
        "extglob" => &mut options.extglob,
        "globstar" => &mut options.globstar,
        "nocaseglob" => &mut options.nocaseglob,
        "nocasematch" => &mut options.nocasematch,
        "failglob" => &mut options.failglob,
        _ => return None,
    })
}

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let (mut on, mut quiet, mut reusable, mut of_set) = (None, false, false, false);
        let mut names = Vec::new();
        for word in &words[1..] {
            match word.strip_prefix('-').filter(|flags| names.is_empty() && !flags.is_empty()) {
                Some(flags) => {
                    for flag in flags.chars() {
                        match flag {
                            's' => on = Some(true),
                            'u' => on = Some(false),
                            'q' => quiet = true,
                            'p' => reusable = true,
                            'o' => of_set = true,
                            other => {
                                let status =
                                    shell.builtin_error("shopt", &format!("-{other}: invalid option"), 2).await;
                                shell.process.err("shopt: usage: shopt [-pqsu] [-o] [optname ...]\n").await;
                                return Ok(status);
                            }
                        }
                    }
                }
                None => names.push(word.as_str()),
            }
        }
        let all = || NAMES.iter().chain(&MORE);
        let mut options = shell.state.options;
        let mut is_on = |name: &str| {
            let own = if of_set { set_option(&mut options, name) } else { field(&mut options, name) };
            own.map(|own| *own).or_else(|| all().find(|(known, _)| *known == name).map(|(_, on)| *on))
        };
        if names.is_empty() {
            let shown: Vec<&str> =
                all().map(|(name, _)| *name).filter(|name| on.is_none_or(|on| is_on(name) == Some(on))).collect();
            let text: String = shown.iter().map(|name| line(name, is_on(name).unwrap_or(false), reusable)).collect();
            return Ok(if quiet { 0 } else { shell.print("shopt", text.as_bytes()).await });
        }
        let (mut status, mut text) = (0, String::new());
        for name in names {
            let Some(state) = is_on(name) else {
                let what = if of_set { "invalid option name" } else { "invalid shell option name" };
                status = shell.builtin_error("shopt", &format!("{name}: {what}"), 1).await;
                continue;
            };
            let options = &mut shell.state.options;
            let own = if of_set { set_option(options, name) } else { field(options, name) };
            match (on, own) {
                (Some(on), Some(own)) => *own = on,
                (Some(_), None) => {}
                (None, _) => {
                    status = if state { status } else { 1 };
                    text.push_str(&line(name, state, reusable));
                }
            }
        }
        if !quiet && !text.is_empty() {
            shell.print("shopt", text.as_bytes()).await;
        }
        Ok(status)
    })
}

fn line(name: &str, on: bool, reusable: bool) -> String {
    match reusable {
        true => format!("shopt -{} {name}\n", if on { 's' } else { 'u' }),
        false => format!("{name:<15}\t{}\n", if on { "on" } else { "off" }),
    }
}

//! `unset [-v|-f] name …`

use crate::shell::state::Value;
use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let (mut variables, mut functions, mut status) = (true, true, 0);
        for word in &words[1..] {
            match word.as_str() {
                "-v" => functions = false,
                "-f" => variables = false,
                name => {
                    if let Some((array, index)) = name.split_once('[').filter(|_| variables) {
                        let index = index.trim_end_matches(']').to_owned();
                        let at = if index == "@" || index == "*" { None } else { Some(index) };
                        match (shell.state.variables.get_mut(array).map(|v| &mut v.value), at) {
                            (Some(Value::Indexed(items)), Some(at)) => {
                                drop(at.parse::<i64>().map(|at| items.remove(&at)))
                            }
                            (Some(Value::Associative(items)), Some(at)) => drop(items.remove(&at)),
                            (Some(_), None) => drop(shell.state.variables.remove(array)),
                            _ => {}
                        }
                    } else if variables && shell.state.variables.contains_key(name) {
                        if shell.state.variables[name].read_only {
                            let text = format!("{name}: cannot unset: readonly variable");
                            status = shell.builtin_error("unset", &text, 1).await;
                        } else {
                            shell.state.variables.remove(name);
                        }
                    } else if functions {
                        shell.state.functions.remove(name);
                    }
                }
            }
        }
        Ok(status)
    })
}

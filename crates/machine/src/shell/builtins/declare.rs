//! `declare|typeset|local|export|readonly [-aAirxpgfFnlu] [name[=value] …]`

use super::{Argument, quote};
use crate::shell::assign::Prepared;
use crate::shell::state::{Value, Variable, in_hash_order, is_name};
use crate::shell::{Flavour, Flow, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, name: &'a str, arguments: Vec<Argument>) -> Run<'a> {
    Box::pin(async move {
        let (mut flags, mut off, mut targets) = (String::new(), String::new(), Vec::new());
        for argument in arguments {
            match argument {
                Argument::Word(word) if targets.is_empty() && word.len() > 1 && word.starts_with('-') => {
                    flags.push_str(&word[1..])
                }
                Argument::Word(word) if targets.is_empty() && word.len() > 1 && word.starts_with('+') => {
                    off.push_str(&word[1..])
                }
                other => targets.push(other),
            }
        }
        if let Some(bad) = flags.chars().find(|flag| !"aAfFgiIlnrtuxp".contains(*flag)) {
            let status = shell.builtin_error(name, &format!("-{bad}: invalid option"), 2).await;
            let operands = "[-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]";
            shell.process.err(&format!("{name}: usage: {name} {operands}\n")).await;
            return Ok(status);
        }
        let local = name == "local" || matches!(name, "declare" | "typeset") && !flags.contains('g');
        if name == "local" && shell.state.scopes.is_empty() {
            if shell.state.flavour != Flavour::Bash {
                shell.builtin_error(name, "not in a function", 2).await;
                return Err(Flow::Abort(2));
            }
            return Ok(shell.builtin_error(name, "can only be used in a function", 1).await);
        }
        if flags.contains(['f', 'F']) {
            return functions(shell, name, &targets, flags.contains('F')).await;
        }
        if targets.is_empty() || flags.contains('p') {
            return print(shell, name, &flags, &targets).await;
        }
        let mut status = 0;
        for target in targets {
            let prepared = match target {
                Argument::Assign(prepared) => prepared,
                Argument::Word(word) => match word.split_once('=') {
                    Some((variable, value)) => {
                        let (variable, append) = match variable.strip_suffix('+') {
                            Some(variable) => (variable, true),
                            None => (variable, false),
                        };
                        Prepared { name: variable.into(), index: None, value: Value::Scalar(value.into()), append }
                    }
                    None => Prepared { name: word, index: None, value: Value::Unset, append: false },
                },
            };
            if !is_name(&prepared.name) {
                let shown = match &prepared.value {
                    Value::Scalar(text) => format!("`{}={text}'", prepared.name),
                    _ => format!("`{}'", prepared.name),
                };
                status = shell.builtin_error(name, &format!("{shown}: not a valid identifier"), 1).await;
                continue;
            }
            if declare(shell, name, &flags, &off, local, prepared).await? != 0 {
                status = 1;
            }
        }
        Ok(status)
    })
}

async fn declare(
    shell: &mut Shell,
    builtin: &str,
    flags: &str,
    off: &str,
    local: bool,
    prepared: Prepared,
) -> Result<i32, Flow> {
    let name = prepared.name.clone();
    if local && !shell.state.scopes.is_empty() {
        let outer = shell.state.variables.get(&name).cloned();
        if shell.state.scopes.last().is_some_and(|scope| !scope.contains_key(&name)) {
            shell.state.hide(&name);
            let exported = outer.is_some_and(|variable| variable.exported);
            let variable = Variable { value: Value::Unset, exported, ..Variable::scalar("") };
            shell.state.variables.insert(name.clone(), variable);
        }
    }
    let unset = Variable { value: Value::Unset, ..Variable::scalar("") };
    let variable = shell.state.variables.entry(name.clone()).or_insert(unset);
    if flags.contains('A') && !matches!(variable.value, Value::Associative(_)) {
        variable.value = Value::Associative(Default::default());
    }
    if flags.contains('a') && matches!(variable.value, Value::Unset) {
        variable.value = Value::Indexed(Default::default());
    }
    variable.integer = (variable.integer || flags.contains('i')) && !off.contains('i');
    let lower = flags.contains('l');
    let upper = flags.contains('u');
    if builtin == "export" && flags.contains('n') || off.contains('x') {
        variable.exported = false;
    } else if builtin == "export" || flags.contains('x') {
        variable.exported = true;
    }
    if flags.contains('n') && builtin != "export" {
        variable.reference = true;
        if let Value::Scalar(target) = prepared.value {
            variable.value = Value::Scalar(target);
        }
        return Ok(0);
    }
    if off.contains('n') {
        variable.reference = false;
    }
    if !matches!(prepared.value, Value::Unset) {
        let prepared = match prepared {
            Prepared { value: Value::Scalar(text), name, index, append } if lower || upper => {
                let text = if lower { text.to_lowercase() } else { text.to_uppercase() };
                Prepared { value: Value::Scalar(text), name, index, append }
            }
            other => other,
        };
        let exported = shell.state.variables.get(&name).is_some_and(|variable| variable.exported);
        if !shell.assign(prepared).await? {
            return Ok(1);
        }
        if let Some(variable) = shell.state.variables.get_mut(&name) {
            variable.exported |= exported;
        }
    }
    if (builtin == "readonly" || flags.contains('r'))
        && let Some(variable) = shell.state.variables.get_mut(&name)
    {
        variable.read_only = true;
    }
    Ok(0)
}

async fn functions(shell: &mut Shell, name: &str, targets: &[Argument], names_only: bool) -> Result<i32, Flow> {
    let wanted: Vec<&String> =
        targets.iter().filter_map(|t| if let Argument::Word(word) = t { Some(word) } else { None }).collect();
    let mut text = String::new();
    let mut status = 0;
    for (function, definition) in &shell.state.functions {
        if wanted.is_empty() || wanted.contains(&function) {
            text.push_str(&match names_only {
                true if wanted.is_empty() => format!("declare -f {function}\n"),
                true => format!("{function}\n"),
                false => format!("{definition}\n"),
            });
        }
    }
    if wanted.iter().any(|name| !shell.state.functions.contains_key(name.as_str())) {
        status = 1;
    }
    shell.print(name, text.as_bytes()).await;
    Ok(status)
}

fn shown(name: &str, variable: &Variable) -> String {
    let double = |text: &str| {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`"))
    };
    let mut flags = String::new();
    for (on, flag) in [
        (matches!(variable.value, Value::Indexed(_)), 'a'),
        (matches!(variable.value, Value::Associative(_)), 'A'),
        (variable.integer, 'i'),
        (variable.reference, 'n'),
        (variable.read_only, 'r'),
        (variable.exported, 'x'),
    ] {
        if on {
            flags.push(flag);
        }
    }
    if flags.is_empty() {
        flags.push('-');
    }
    let value = match &variable.value {
        Value::Unset => String::new(),
        Value::Scalar(text) => format!("={}", double(text)),
        Value::Indexed(items) => {
            let items: Vec<String> = items.iter().map(|(at, text)| format!("[{at}]={}", double(text))).collect();
            format!("=({})", items.join(" "))
        }
        Value::Associative(items) => {
            let items: String = in_hash_order(items)
                .into_iter()
                .map(|(key, text)| format!("[{}]={} ", quote(key), double(text)))
                .collect();
            format!("=({items})")
        }
    };
    format!("declare -{flags} {name}{value}\n")
}

async fn print(shell: &mut Shell, builtin: &str, flags: &str, targets: &[Argument]) -> Result<i32, Flow> {
    let mut text = String::new();
    let mut status = 0;
    if targets.is_empty() {
        let only_exported = builtin == "export" || flags.contains('x');
        let only_read_only = builtin == "readonly" || flags.contains('r');
        for (name, variable) in &shell.state.variables {
            let local = builtin != "local" || shell.state.scopes.last().is_some_and(|scope| scope.contains_key(name));
            if is_name(name)
                && local
                && (variable.exported || !only_exported)
                && (variable.read_only || !only_read_only)
            {
                text.push_str(&shown(name, variable));
            }
        }
    }
    for target in targets {
        let name = match target {
            Argument::Word(word) => word,
            Argument::Assign(prepared) => &prepared.name,
        };
        match shell.state.variables.get(name) {
            Some(variable) => text.push_str(&shown(name, variable)),
            None => status = shell.builtin_error(builtin, &format!("{name}: not found"), 1).await,
        }
    }
    shell.print(builtin, text.as_bytes()).await;
    Ok(status)
}

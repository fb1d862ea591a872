//! `env`: a command with other variables, or the variables. env(1) of GNU coreutils 9.1.

use machine::{Spawn, SpawnError};

use super::prelude::*;

/// Runs a command for another program: its status, or the complaint and status that `env` and `timeout` give.
pub(crate) async fn run_command(
    p: &Process,
    argv: Vec<String>,
    env: Option<Vec<(String, String)>>,
) -> Result<(), ExitStatus> {
    let name = argv.first().cloned().unwrap_or_default();
    let spawn = Spawn { env, ..Spawn::new(argv) };
    match p.spawn(spawn) {
        Ok(child) => ExitStatus::check(child.wait().await),
        Err(error) => {
            let why = match &error {
                SpawnError::NotExecutable(_, errno) => errno.to_string(),
                _ => "No such file or directory".to_owned(),
            };
            let shown = if is_busybox(p) { format!("can't execute '{name}'") } else { quote(p, &name) };
            let what = if name_of(p) == "timeout" { format!("failed to run command {shown}") } else { shown };
            complain(p, &format!("{what}: {why}")).await;
            ExitStatus::check(error.status())
        }
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "+iu:0C:S:v",
        long: &[("ignore-environment", 'i'), ("unset", 'u'), ("null", '0'), ("chdir", 'C')],
        usage: "[OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]",
        status: 125,
    };
    let options = SPEC.parse(&p).await?;
    let mut environment = if options.has('i') { Vec::new() } else { p.environ() };
    for name in options.values('u') {
        environment.retain(|(known, _)| known != name);
    }
    let mut operands = options.operands.as_slice();
    if operands.first().is_some_and(|first| first == "-") {
        environment.clear();
        operands = &operands[1..];
    }
    while let [first, rest @ ..] = operands
        && let Some((name, value)) = first.split_once('=')
    {
        environment.retain(|(known, _)| known != name);
        environment.push((name.to_owned(), value.to_owned()));
        operands = rest;
    }
    if operands.is_empty() {
        let end = if options.has('0') { '\0' } else { '\n' };
        let text: String = environment.iter().map(|(name, value)| format!("{name}={value}{end}")).collect();
        p.out(&text).await;
        return Ok(());
    }
    run_command(&p, operands.to_vec(), Some(environment)).await
}

//! `printenv`: variables. printenv(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let names: Vec<String> = p.args().iter().skip(1).filter(|arg| !arg.starts_with('-')).cloned().collect();
    if names.is_empty() {
        let text: String = p.environ().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        p.out(&text).await;
        return Ok(());
    }
    let mut status = Ok(());
    for name in names {
        match p.env(&name) {
            Some(value) => p.out(&format!("{value}\n")).await,
            None => status = Err(ExitStatus(1)),
        }
    }
    status
}

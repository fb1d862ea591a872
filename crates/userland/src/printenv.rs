//! `printenv`: variables. printenv(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> i32 {
    let names: Vec<String> = p.args().iter().skip(1).filter(|arg| !arg.starts_with('-')).cloned().collect();
    if names.is_empty() {
        let text: String = p.environ().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        p.out(&text).await;
        return 0;
    }
    let mut status = 0;
    for name in names {
        match p.env(&name) {
            Some(value) => p.out(&format!("{value}\n")).await,
            None => status = 1,
        }
    }
    status
}

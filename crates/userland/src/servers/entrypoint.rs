//! Entrypoint scripts of images: each runs what it is given.

use machine::DaemonStart;

use super::super::prelude::*;

/// An entrypoint script that runs what it is given: as data, if that lives as data.
pub(crate) fn entrypoint(p: &Process) -> DaemonStart {
    p.start_daemon(p.args().get(1..).unwrap_or_default())
}

/// The same when the program it is given does not live as data.
pub(crate) async fn run_entrypoint(p: Process) -> Result<(), ExitStatus> {
    let mut args = p.args().get(1..).unwrap_or_default().to_vec();
    if args.first().is_none_or(|first| first.starts_with('-') || first.contains("://"))
        && p.metadata("/usr/bin/curl").is_ok()
    {
        args.insert(0, "curl".to_owned());
    }
    match p.spawn(machine::Spawn::new(args.clone())) {
        Ok(child) => ExitStatus::check(child.wait().await),
        Err(error) => {
            let name = args.first().map_or("", String::as_str);
            let line = if p.args()[0].contains("docker-entrypoint") { "47: exec: " } else { "" };
            p.err(&format!("{}: {line}{name}: not found\n", p.args()[0])).await;
            ExitStatus::check(error.status())
        }
    }
}

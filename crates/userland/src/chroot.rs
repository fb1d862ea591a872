//! `chroot`: a command in another tree. chroot(8) of GNU coreutils 9.1.

use machine::{MachineId, User};

use super::prelude::*;
use super::run_as::run_as;

/// The machine whose whole disk a path is: the node, as a Pod that mounts `/` sees it.
fn machine_at(p: &Process, path: &str) -> Option<MachineId> {
    let path = p.canonicalize(path).ok()?;
    p.kernel().with(|state| {
        let mount = state.machines.get(&p.machine())?.mounts.iter().find(|mount| mount.path == path)?;
        let whole = mount.subpath.trim_matches('/').is_empty();
        let of = |machine: &machine::Machine| machine.mounts.first().is_some_and(|root| root.disk == mount.disk);
        let mut found = state.machines.iter().filter(|(_, machine)| machine.image.is_empty() && of(machine));
        found.next().filter(|_| whole).map(|(id, _)| *id)
    })
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args: Vec<String> = p.args().iter().skip(1).skip_while(|arg| arg.starts_with("--")).cloned().collect();
    let Some((root, command)) = args.split_first() else {
        return usage_error(&p, 125, "missing operand").await;
    };
    let verb = if is_busybox(&p) { "can't change root directory to" } else { "cannot change root directory to" };
    let refused = |why: String| format!("{verb} {}: {why}", quote_always(root));
    match p.metadata(root) {
        Err(error) => {
            return fail_with(&p, 125, &refused(error.to_string())).await;
        }
        Ok(found) if !found.is_dir() => {
            return fail_with(&p, 125, &refused("Not a directory".to_owned())).await;
        }
        Ok(_) => {}
    }
    if !p.is_capable("SYS_CHROOT") {
        return fail_with(&p, 125, &refused("Operation not permitted".to_owned())).await;
    }
    let here = p.canonicalize(root).is_ok_and(|path| path == "/");
    let machine = match machine_at(&p, root) {
        Some(machine) => Some(machine),
        None if here => None,
        None => {
            return fail_with(&p, 125, &format!("to change the root to {root} is not simulated; only a mounted root of the node ('/host') can be entered")).await;
        }
    };
    let argv = if command.is_empty() { vec!["/bin/sh".to_owned(), "-i".to_owned()] } else { command.to_vec() };
    run_as(&p, argv, Some(User::root()), machine, Some("/".to_owned())).await
}

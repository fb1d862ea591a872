//! `nsenter`: a command in another process's namespaces. nsenter(1) of util-linux 2.38.

use super::prelude::*;
use super::run_as::run_as;

/// `nsenter`: on the node the namespaces of its first process are its own; those of containers are entered by `kubectl exec`.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let mut args = p.args().get(1..).unwrap_or_default();
    let mut target = None;
    while let [flag, rest @ ..] = args
        && flag.starts_with('-')
    {
        args = rest;
        if flag == "--" {
            break;
        }
        if flag == "-t" || flag == "--target" {
            target = rest.first().cloned();
            args = rest.get(1..).unwrap_or_default();
        } else if let Some(value) = flag.strip_prefix("--target=").or_else(|| flag.strip_prefix("-t")) {
            target = Some(value.to_owned());
        }
    }
    let Some(target) = target else {
        return fail(&p, "no target PID specified for --all").await;
    };
    let known = p.processes().into_iter().any(|one| one.pid.to_string() == target);
    if !known {
        return fail(&p, &format!("cannot open /proc/{target}/ns/ns: No such file or directory")).await;
    }
    if p.user().uid != 0 {
        return fail(&p, "reassociate to namespace 'ns/ns' failed: Operation not permitted").await;
    }
    if !p.image().is_empty() {
        return fail(&p, "the namespaces of other processes are not simulated; 'chroot /host' enters a mounted node")
            .await;
    }
    let argv = if args.is_empty() { vec!["/bin/sh".to_owned(), "-i".to_owned()] } else { args.to_vec() };
    run_as(&p, argv, None, None, None).await
}

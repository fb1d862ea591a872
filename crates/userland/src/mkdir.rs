//! `mkdir`: makes directories. mkdir(1) of GNU coreutils 9.1.

use super::chmod::change_mode;
use super::prelude::*;

const SPEC: Spec = Spec {
    short: "m:pvZ",
    long: &[("mode", 'm'), ("parents", 'p'), ("verbose", 'v')],
    usage: "[OPTION]... DIRECTORY...",
    status: 1,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    if options.operands.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    let (parents, verbose) = (options.has('p'), options.has('v'));
    if let Some(mode) = options.value('m').filter(|mode| change_mode(mode, 0o777, true).is_none()) {
        return fail(&p, &format!("invalid mode {}", quote(&p, mode))).await;
    }
    let mut status = Ok(());
    'operands: for path in &options.operands {
        let mut steps = Vec::new();
        if parents {
            let mut at = String::new();
            for (index, name) in path.split('/').enumerate() {
                if index > 0 {
                    at.push('/');
                }
                at.push_str(name);
                if !name.is_empty() {
                    steps.push(at.clone());
                }
            }
        } else {
            steps.push(path.clone());
        }
        let last = steps.len().saturating_sub(1);
        for (index, step) in steps.iter().enumerate() {
            match p.create_dir(step) {
                Ok(()) => {
                    if verbose {
                        p.out(&format!("mkdir: created directory {}\n", quote_always(step))).await;
                    }
                    if let Some(mode) = options.value('m').filter(|_| index == last) {
                        let _ = p.set_mode(step, change_mode(mode, 0o777, true).unwrap_or(0o777));
                    }
                }
                Err(Errno::EEXIST) if parents && p.metadata(step).is_ok_and(|m| m.is_dir()) => {}
                Err(_) if parents && index < last && p.metadata(step).is_ok_and(|m| m.is_dir()) => {}
                Err(error) => {
                    // A file in the way of a longer path is not a directory.
                    let error = if error == Errno::EEXIST && index < last { Errno::ENOTDIR } else { error };
                    let text = if is_busybox(&p) {
                        format!("can't create directory '{step}': {error}")
                    } else {
                        format!("cannot create directory {}: {error}", quote(&p, step))
                    };
                    status = fail(&p, &text).await;
                    continue 'operands;
                }
            }
        }
    }
    status
}

//! `rmdir`: removes empty directories. rmdir(1) of GNU coreutils 9.1.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "pv\u{1}",
    long: &[("parents", 'p'), ("verbose", 'v'), ("ignore-fail-on-non-empty", '\u{1}')],
    usage: "[OPTION]... DIRECTORY...",
    status: 1,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    if options.operands.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    let mut status = Ok(());
    for operand in &options.operands {
        let mut path = operand.trim_end_matches('/').to_owned();
        if path.is_empty() {
            path = operand.clone();
        }
        loop {
            if options.has('v') {
                p.out(&format!("rmdir: removing directory, {}\n", quote_always(&path))).await;
            }
            if let Err(error) = p.remove_dir(&path) {
                if !(error == Errno::ENOTEMPTY && options.has('\u{1}')) {
                    let text = if is_busybox(&p) {
                        format!("'{path}': {error}")
                    } else {
                        format!("failed to remove {}: {error}", quote_always(&path))
                    };
                    status = fail(&p, &text).await;
                }
                break;
            }
            match path.rsplit_once('/') {
                Some((parent, _)) if options.has('p') && !parent.is_empty() => path = parent.to_owned(),
                _ => break,
            }
        }
    }
    status
}

//! `ln`: symbolic links, and other names for files (hard links); `link`, `unlink`. ln(1) of GNU coreutils 9.1.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "bfiLnPrst:Tv",
    long: &[
        ("force", 'f'),
        ("interactive", 'i'),
        ("logical", 'L'),
        ("physical", 'P'),
        ("no-dereference", 'n'),
        ("relative", 'r'),
        ("symbolic", 's'),
        ("no-target-directory", 'T'),
        ("verbose", 'v'),
    ],
    usage: "[OPTION]... [-T] TARGET LINK_NAME",
    status: 1,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let operands = &options.operands;
    if operands.is_empty() {
        return usage_hint(&p, "missing file operand").await;
    }
    let symbolic = options.has('s');
    let here = ".".to_owned();
    let (targets, place) = match operands.as_slice() {
        [only] => (std::slice::from_ref(only), &here),
        [targets @ .., place] => (targets, place),
        [] => return Err(ExitStatus(1)),
    };
    let is_dir = p.metadata(place).is_ok_and(|metadata| metadata.is_dir())
        && !options.has('T')
        && !(options.has('n') && p.symlink_metadata(place).is_ok_and(|metadata| metadata.is_symlink()));
    if targets.len() > 1 && !is_dir {
        return fail(&p, &format!("target {}: Not a directory", quote_always(place))).await;
    }
    let mut status = Ok(());
    for target in targets {
        let base = target.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        let path = if is_dir { format!("{}/{base}", place.trim_end_matches('/')) } else { place.clone() };
        let path = path.trim_start_matches("./").to_owned();
        if options.has('f') && p.symlink_metadata(&path).is_ok() {
            let _ = p.remove_file(&path);
        }
        let arrow = if symbolic { "->" } else { "=>" };
        if !symbolic {
            let followed = options.has('L').then(|| p.canonicalize(target).ok()).flatten();
            let source = followed.as_deref().unwrap_or(target);
            match p.symlink_metadata(source) {
                Err(error) => {
                    let text = match is_busybox(&p) {
                        true => format!("{target}: {error}"),
                        false => format!("failed to access {}: {error}", quote_always(target)),
                    };
                    status = fail(&p, &text).await;
                    continue;
                }
                Ok(found) if found.is_dir() => {
                    let text = match is_busybox(&p) {
                        true => format!("{path}: Operation not permitted"),
                        false => format!("{target}: hard link not allowed for directory"),
                    };
                    status = fail(&p, &text).await;
                    continue;
                }
                Ok(_) => {}
            }
        }
        match if symbolic { p.symlink(target, &path) } else { p.link(target, &path) } {
            Ok(()) if options.has('v') => {
                p.out(&format!("{} {arrow} {}\n", quote_always(&path), quote_always(target))).await;
            }
            Ok(()) => {}
            Err(error) => {
                let kind = if symbolic { "symbolic" } else { "hard" };
                // Which of the two is meant is said where it is not the new one's name that is in the way.
                let from = match symbolic || error == Errno::EEXIST {
                    true => String::new(),
                    false => format!(" => {}", quote_always(target)),
                };
                let text = match is_busybox(&p) {
                    true => format!("{path}: {error}"),
                    false => format!("failed to create {kind} link {}{from}: {error}", quote_always(&path)),
                };
                status = fail(&p, &text).await;
            }
        }
    }
    status
}

/// The two operands that are all there may be, or the complaint about it.
async fn operands(p: &Process, count: usize) -> Result<Vec<String>, ExitStatus> {
    let operands: Vec<String> = p.args().get(1..).unwrap_or_default().to_vec();
    if let Some(extra) = operands.get(count) {
        usage_hint(p, &format!("extra operand {}", quote(p, extra))).await?;
    }
    match operands.last() {
        None => usage_hint(p, "missing operand").await?,
        Some(last) if operands.len() < count => {
            usage_hint(p, &format!("missing operand after {}", quote(p, last))).await?;
        }
        Some(_) => {}
    }
    Ok(operands)
}

/// `link FILE NAME`
pub(crate) async fn link(p: Process) -> Result<(), ExitStatus> {
    let words = operands(&p, 2).await?;
    match p.link(&words[0], &words[1]) {
        Ok(()) => Ok(()),
        Err(error) => {
            let (to, from) = (quote_always(&words[1]), quote_always(&words[0]));
            fail(&p, &format!("cannot create link {to} to {from}: {error}")).await
        }
    }
}

/// `unlink FILE`
pub(crate) async fn unlink(p: Process) -> Result<(), ExitStatus> {
    let words = operands(&p, 1).await?;
    match p.remove_file(&words[0]) {
        Ok(()) => Ok(()),
        Err(error) => fail(&p, &format!("cannot unlink {}: {error}", quote_always(&words[0]))).await,
    }
}

//! `ln`: symbolic links; hard links are not simulated.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "bfinrst:Tv",
    long: &[
        ("force", 'f'),
        ("interactive", 'i'),
        ("no-dereference", 'n'),
        ("relative", 'r'),
        ("symbolic", 's'),
        ("no-target-directory", 'T'),
        ("verbose", 'v'),
    ],
    usage: "[OPTION]... [-T] TARGET LINK_NAME",
    status: 1,
};

pub async fn run(p: Process) -> i32 {
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let operands = &options.operands;
    if operands.is_empty() {
        return usage_hint(&p, "missing file operand").await;
    }
    if !options.has('s') {
        return fail(&p, "hard links are not simulated here; 'ln -s' makes a symbolic link").await;
    }
    let here = ".".to_owned();
    let (targets, place) = match operands.as_slice() {
        [only] => (std::slice::from_ref(only), &here),
        [targets @ .., place] => (targets, place),
        [] => return 1,
    };
    let is_dir = p.metadata(place).is_ok_and(|metadata| metadata.is_dir())
        && !options.has('T')
        && !(options.has('n') && p.symlink_metadata(place).is_ok_and(|metadata| metadata.is_symlink()));
    if targets.len() > 1 && !is_dir {
        return fail(&p, &format!("target {}: Not a directory", quote_always(place))).await;
    }
    let mut status = 0;
    for target in targets {
        let base = target.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        let path = if is_dir { format!("{}/{base}", place.trim_end_matches('/')) } else { place.clone() };
        let path = path.trim_start_matches("./").to_owned();
        if options.has('f') && p.symlink_metadata(&path).is_ok() {
            let _ = p.remove_file(&path);
        }
        match p.symlink(target, &path) {
            Ok(()) if options.has('v') => {
                p.out(&format!("{} -> {}\n", quote_always(&path), quote_always(target))).await;
            }
            Ok(()) => {}
            Err(error) => {
                status = fail(&p, &format!("failed to create symbolic link {}: {error}", quote_always(&path))).await;
            }
        }
    }
    status
}

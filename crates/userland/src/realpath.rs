//! `realpath`, `readlink`: where a path leads. realpath(1) and readlink(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "efmnsqz",
        long: &[
            ("canonicalize-existing", 'e'),
            ("canonicalize", 'f'),
            ("canonicalize-missing", 'm'),
            ("no-newline", 'n'),
        ],
        usage: "[OPTION]... FILE...",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    let link = name_of(&p) == "readlink";
    let mut status = 0;
    for path in &options.operands {
        let found = if link && !(options.has('e') || options.has('f') || options.has('m')) {
            p.read_link(path)
        } else {
            match p.canonicalize(path) {
                // All but the last name must exist; with -m nothing need.
                Err(Errno::ENOENT) if !options.has('e') => {
                    let absolute = p.resolve(path);
                    // A link that leads nowhere is followed as far as it goes.
                    let absolute = match p.read_link(&absolute) {
                        Ok(target) if target.starts_with('/') => target,
                        Ok(target) => p.resolve(&format!("{}/../{target}", absolute)),
                        Err(_) => absolute,
                    };
                    let (dir, name) = absolute.rsplit_once('/').unwrap_or(("", ""));
                    match p.canonicalize(if dir.is_empty() { "/" } else { dir }) {
                        Ok(dir) => Ok(format!("{}/{name}", dir.trim_end_matches('/'))),
                        Err(_) if options.has('m') => Ok(absolute),
                        Err(error) => Err(error),
                    }
                }
                found => found,
            }
        };
        match found {
            Ok(found) if options.has('n') => p.out(&found).await,
            Ok(found) => p.out(&format!("{found}\n")).await,
            Err(_) if link => status = 1,
            Err(error) => status = fail(&p, &format!("{}: {error}", quote_if_needed(path))).await,
        }
    }
    status
}

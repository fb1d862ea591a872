//! `realpath`, `readlink`: where a path leads. realpath(1) and readlink(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "efmnsqz\u{1}:",
        long: &[
            ("canonicalize-existing", 'e'),
            ("canonicalize", 'f'),
            ("canonicalize-missing", 'm'),
            ("no-newline", 'n'),
            ("relative-to", '\u{1}'),
            ("zero", 'z'),
        ],
        usage: "[OPTION]... FILE...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    if options.operands.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    let link = name_of(&p) == "readlink";
    let mut status = Ok(());
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
            Ok(found) => {
                let found = options.value('\u{1}').map_or(found.clone(), |base| relative(&found, &p.resolve(base)));
                let end = if options.has('z') {
                    "\0"
                } else if options.has('n') {
                    ""
                } else {
                    "\n"
                };
                p.out(&format!("{found}{end}")).await;
            }
            Err(_) if link || options.has('q') => status = Err(ExitStatus(1)),
            Err(error) => status = fail(&p, &format!("{}: {error}", quote_if_needed(path))).await,
        }
    }
    status
}

/// A path as it is reached from a folder.
fn relative(path: &str, base: &str) -> String {
    let parts = |text: &str| text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (path, base) = (parts(path), parts(base));
    let common = path.iter().zip(&base).take_while(|(a, b)| a == b).count();
    let up = base.iter().skip(common).map(|_| "..".to_owned());
    let all: Vec<String> = up.chain(path.into_iter().skip(common)).collect();
    if all.is_empty() { ".".to_owned() } else { all.join("/") }
}

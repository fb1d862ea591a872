//! `chmod`: changes permission bits. chmod(1) of GNU coreutils 9.1.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "cfvRrwxugoasXt,+=",
    long: &[("changes", 'c'), ("recursive", 'R'), ("silent", 'f'), ("quiet", 'f'), ("verbose", 'v')],
    usage: "[OPTION]... MODE[,MODE]... FILE...",
    status: 1,
};

/// Reads `755`, `u+x`, `go-w,a=r`; `None` if it is neither.
pub(crate) fn change_mode(text: &str, mode: u32, is_dir: bool) -> Option<u32> {
    if text.chars().all(|c| ('0'..='7').contains(&c)) && !text.is_empty() {
        return u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777);
    }
    let mut mode = mode;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, mut rest) = clause.split_at(at);
        let mut mask = 0;
        for c in who.chars() {
            mask |= match c {
                'u' => 0o4700,
                'g' => 0o2070,
                'o' => 0o1007,
                'a' => 0o7777,
                _ => return None,
            };
        }
        if who.is_empty() {
            mask = 0o7777 & !0o022;
        }
        while let Some(sign) = rest.chars().next() {
            let end = rest[1..].find(['+', '-', '=']).map_or(rest.len(), |end| end + 1);
            let mut bits = 0;
            for c in rest[1..end].chars() {
                bits |= match c {
                    'r' => 0o444,
                    'w' => 0o222,
                    'x' => 0o111,
                    'X' if is_dir || mode & 0o111 != 0 => 0o111,
                    'X' => 0,
                    's' => 0o6000,
                    't' => 0o1000,
                    'u' => (mode >> 6 & 7) * 0o111,
                    'g' => (mode >> 3 & 7) * 0o111,
                    'o' => (mode & 7) * 0o111,
                    _ => return None,
                };
            }
            match sign {
                '+' => mode |= bits & mask,
                '-' => mode &= !(bits & mask),
                _ => mode = (mode & !(mask & 0o777)) | (bits & mask),
            }
            rest = &rest[end..];
        }
    }
    Some(mode)
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    // `-x`, `-w` and the like are modes, not options.
    let mut args = p.args().to_vec();
    let mode_at = (1..args.len()).find(|at| {
        let arg = &args[*at];
        !arg.starts_with('-') || (arg.len() > 1 && arg[1..].chars().all(|c| "rwxXst".contains(c)))
    });
    let Some(mode_at) = mode_at else { return usage_hint(&p, "missing operand").await };
    let mode = args.remove(mode_at);
    let options = SPEC.parse_args(&p, &args).await?;
    if options.operands.is_empty() {
        return usage_hint(&p, &format!("missing operand after {}", quote(&p, &mode))).await;
    }
    if change_mode(&mode, 0, false).is_none() {
        let colon = if is_busybox(&p) { "" } else { ":" };
        return usage_hint(&p, &format!("invalid mode{colon} {}", quote(&p, &mode))).await;
    }
    let mut status = Ok(());
    let mut waiting: Vec<String> = options.operands.iter().rev().cloned().collect();
    while let Some(path) = waiting.pop() {
        let metadata = match p.metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) => {
                let text = match is_busybox(&p) {
                    true => format!("{path}: {error}"),
                    false => format!("cannot access {}: {error}", quote_always(&path)),
                };
                status = fail(&p, &text).await;
                continue;
            }
        };
        let new = change_mode(&mode, metadata.mode, metadata.is_dir()).unwrap_or(metadata.mode);
        if let Err(error) = p.set_mode(&path, new) {
            let what =
                if is_busybox(&p) { path.clone() } else { format!("changing permissions of {}", quote_always(&path)) };
            status = fail(&p, &format!("{what}: {error}")).await;
        }
        if options.has('R') && metadata.is_dir() && waiting.len() < 100_000 {
            let entries = p.read_dir(&path).unwrap_or_default();
            let below = entries.into_iter().filter(|entry| entry.file_type != machine::FileType::Symlink);
            waiting.extend(below.map(|entry| format!("{}/{}", path.trim_end_matches('/'), entry.name)).rev());
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::change_mode;

    #[test]
    fn modes_read_as_in_chmod() {
        for (text, before, after) in [
            ("755", 0, Some(0o755)),
            ("u+x", 0o644, Some(0o744)),
            ("+x", 0o644, Some(0o755)),
            ("go-rwx", 0o755, Some(0o700)),
            ("a=r", 0o755, Some(0o444)),
            ("u=rw,g=r,o=", 0o777, Some(0o640)),
            ("u+q", 0o644, None),
            ("9", 0o644, None),
        ] {
            assert_eq!(change_mode(text, before, false), after, "{text}");
        }
    }
}

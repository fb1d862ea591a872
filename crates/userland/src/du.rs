//! `du`: how much room files take. du(1) of GNU coreutils 9.1.

use super::listing::{blocks, human};
use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "abcd:hkms\u{1}",
        long: &[
            ("all", 'a'),
            ("apparent-size", '\u{1}'),
            ("bytes", 'b'),
            ("total", 'c'),
            ("max-depth", 'd'),
            ("human-readable", 'h'),
            ("summarize", 's'),
        ],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let mut roots = options.operands.clone();
    if roots.is_empty() {
        roots.push(".".to_owned());
    }
    let depth_limit = match options.value('d').map(str::parse::<usize>) {
        None if options.has('s') => 0,
        None => usize::MAX,
        Some(Ok(depth)) => depth,
        Some(Err(_)) => {
            return usage_hint(&p, &format!("invalid maximum depth {}", quote(&p, options.value('d').unwrap_or(""))))
                .await;
        }
    };
    let bytes = options.has('b');
    let show = |size: u64| match () {
        () if options.has('h') => human(if bytes { size } else { size * 1024 }),
        () if options.has('m') => size.div_ceil(1024).to_string(),
        () => size.to_string(),
    };
    let apparent = options.has('\u{1}');
    let measure = |metadata: &Metadata| match () {
        () if bytes => metadata.size,
        () if apparent => metadata.size.div_ceil(1024),
        () => blocks(metadata),
    };
    let (mut status, mut total) = (Ok(()), 0);
    for root in roots {
        let metadata = match p.symlink_metadata(&root) {
            Ok(metadata) => metadata,
            Err(error) => {
                status = fail(&p, &format!("cannot access {}: {error}", quote_always(&root))).await;
                continue;
            }
        };
        // Each directory under way with what was found in it so far.
        let mut stack: Vec<(String, u64, Vec<String>)> = Vec::new();
        let mut size = measure(&metadata);
        if metadata.is_dir() {
            let list = |path: &str| -> Result<Vec<String>, Errno> {
                let names = p.read_dir(path)?.into_iter().rev();
                Ok(names.map(|entry| format!("{}/{}", path.trim_end_matches('/'), entry.name)).collect())
            };
            stack.push((root.clone(), size, list(&root).unwrap_or_default()));
            while let Some((_, _, waiting)) = stack.last_mut() {
                if let Some(path) = waiting.pop() {
                    let Ok(metadata) = p.symlink_metadata(&path) else { continue };
                    let own = measure(&metadata);
                    if metadata.is_dir() && stack.len() < 200 {
                        let names = match list(&path) {
                            Ok(names) => names,
                            Err(error) => {
                                let text = format!("cannot read directory {}: {error}", quote_always(&path));
                                status = fail(&p, &text).await;
                                Vec::new()
                            }
                        };
                        stack.push((path, own, names));
                        continue;
                    }
                    if options.has('a') && stack.len() <= depth_limit {
                        p.out(&format!("{}\t{path}\n", show(own))).await;
                    }
                    if let Some((_, sum, _)) = stack.last_mut() {
                        *sum += own;
                    }
                    continue;
                }
                let Some((path, sum, _)) = stack.pop() else { break };
                if stack.len() <= depth_limit {
                    p.out(&format!("{}\t{path}\n", show(sum))).await;
                }
                match stack.last_mut() {
                    Some((_, outer, _)) => *outer += sum,
                    None => size = sum,
                }
            }
        } else {
            p.out(&format!("{}\t{root}\n", show(size))).await;
        }
        total += size;
    }
    if options.has('c') {
        p.out(&format!("{}\ttotal\n", show(total))).await;
    }
    status
}

//! `tree`: a directory as a tree. tree(1) 2.1.

use machine::FileType;

use super::prelude::*;

/// `tree`: a directory as a tree.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let all = p.args().iter().any(|arg| arg == "-a");
    let root = p.args().iter().skip(1).find(|arg| !arg.starts_with('-')).cloned().unwrap_or_else(|| ".".to_owned());
    let limit =
        p.args().iter().position(|arg| arg == "-L").and_then(|at| p.args().get(at + 1)).and_then(|n| n.parse().ok());
    let mut out = format!("{root}\n");
    let (mut dirs, mut files) = (0usize, 0usize);
    let list = |path: &str| {
        let entries = p.read_dir(path).unwrap_or_default();
        entries.into_iter().filter(|entry| all || !entry.name.starts_with('.')).collect::<Vec<_>>()
    };
    if p.read_dir(&root).is_err() {
        p.out(&format!("{root}  [error opening dir]\n\n0 directories, 0 files\n")).await;
        return Err(ExitStatus(2));
    }
    let mut stack = vec![(root, String::new(), std::collections::VecDeque::new())];
    stack[0].2 = list(&stack[0].0).into();
    while let Some((path, prefix, waiting)) = stack.last_mut() {
        let Some(entry) = waiting.pop_front() else {
            stack.pop();
            continue;
        };
        let last = waiting.is_empty();
        let below = format!("{}/{}", path.trim_end_matches('/'), entry.name);
        let target = p.read_link(&below).map(|target| format!(" -> {target}")).unwrap_or_default();
        out.push_str(&format!("{prefix}{}{}{target}\n", if last { "└── " } else { "├── " }, entry.name));
        let prefix = format!("{prefix}{}", if last { "    " } else { "│   " });
        if entry.file_type == FileType::Directory {
            dirs += 1;
            if stack.len() < limit.unwrap_or(64usize) {
                let entries = list(&below).into();
                stack.push((below, prefix, entries));
            }
        } else {
            files += 1;
        }
    }
    let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    out.push_str(&format!("\n{}, {}\n", plural(dirs, "directory", "directories"), plural(files, "file", "files")));
    p.out(&out).await;
    Ok(())
}

//! `rm`: removes files and directories. rm(1) of GNU coreutils 9.1, and busybox 1.36's messages.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "dfiIrRv\u{1}\u{2}\u{3}",
    long: &[
        ("dir", 'd'),
        ("force", 'f'),
        ("recursive", 'r'),
        ("verbose", 'v'),
        ("interactive", 'i'),
        ("no-preserve-root", '\u{1}'),
        ("preserve-root", '\u{2}'),
        ("one-file-system", '\u{3}'),
    ],
    usage: "[OPTION]... [FILE]...",
    status: 1,
};

struct Removal {
    p: Process,
    ask: bool,
    force: bool,
    recursive: bool,
    empty_dirs: bool,
    verbose: bool,
    busybox: bool,
}

impl Removal {
    async fn agrees(&self, question: &str) -> bool {
        self.p.err(&format!("{}: {question} ", name_of(&self.p))).await;
        let answer = self.p.read_line(0).await.unwrap_or_default();
        answer.first().is_some_and(|first| b"yY".contains(first))
    }

    async fn cannot(&self, path: &str, error: Errno) -> Result<(), ExitStatus> {
        let text = match (self.busybox, error) {
            (true, Errno::EISDIR) => format!("'{path}' is a directory"),
            (true, error) => format!("can't remove '{path}': {error}"),
            (false, error) => format!("cannot remove {}: {error}", quote_always(path)),
        };
        fail(&self.p, &text).await
    }

    /// Removes one file or tree, without recursion on the host's stack.
    async fn remove(&self, root: &str) -> Result<(), ExitStatus> {
        let metadata = match self.p.symlink_metadata(root) {
            Ok(metadata) => metadata,
            Err(Errno::ENOENT | Errno::ENOTDIR) if self.force => return Ok(()),
            Err(error) => return self.cannot(root, error).await,
        };
        if metadata.is_dir() && !self.recursive && !self.empty_dirs {
            return self.cannot(root, Errno::EISDIR).await;
        }
        let mut status = Ok(());
        // Each path, whether it is a directory, and whether what is in it has been dealt with.
        let mut waiting = vec![(root.to_owned(), metadata.is_dir(), false)];
        while let Some((path, is_dir, emptied)) = waiting.pop() {
            let protected = !self.force
                && self.p.is_tty(0)
                && !self.p.may(&path, machine::WRITE)
                && !self.p.symlink_metadata(&path).is_ok_and(|m| m.is_symlink());
            if !is_dir {
                let empty = self.p.symlink_metadata(&path).is_ok_and(|m| m.is_file() && m.size == 0);
                let kind = if empty { "regular empty file" } else { "regular file" };
                let protection = if protected { "write-protected " } else { "" };
                if (self.ask || protected)
                    && !self.agrees(&format!("remove {protection}{kind} {}?", quote_always(&path))).await
                {
                    continue;
                }
                match self.p.remove_file(&path) {
                    Ok(()) if self.verbose => self.p.out(&format!("removed {}\n", quote_always(&path))).await,
                    Ok(()) => {}
                    Err(error) => status = self.cannot(&path, error).await,
                }
                continue;
            }
            if !emptied && self.recursive {
                let entries = match self.p.read_dir(&path) {
                    Ok(entries) => entries,
                    Err(error) => {
                        status = self.cannot(&path, error).await;
                        continue;
                    }
                };
                let question = format!("descend into directory {}?", quote_always(&path));
                if self.ask && !entries.is_empty() && !self.agrees(&question).await {
                    continue;
                }
                waiting.push((path.clone(), true, true));
                let below = entries.into_iter().rev().map(|entry| {
                    let is_dir = entry.file_type == machine::FileType::Directory;
                    (format!("{}/{}", path.trim_end_matches('/'), entry.name), is_dir, false)
                });
                waiting.extend(below);
                continue;
            }
            if self.ask && !self.agrees(&format!("remove directory {}?", quote_always(&path))).await {
                continue;
            }
            match self.p.remove_dir(&path) {
                Ok(()) if self.verbose => self.p.out(&format!("removed directory {}\n", quote_always(&path))).await,
                Ok(()) => {}
                // What could not be removed below has been said already.
                Err(Errno::ENOTEMPTY) if self.recursive && status.is_err() => {}
                Err(error) => status = self.cannot(&path, error).await,
            }
        }
        status
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let force = options.last_of("fi") == Some('f');
    if options.operands.is_empty() {
        return if options.has('f') { Ok(()) } else { usage_hint(&p, "missing operand").await };
    }
    let removal = Removal {
        ask: options.last_of("fi") == Some('i'),
        force,
        recursive: options.has('r') || options.has('R'),
        empty_dirs: options.has('d'),
        verbose: options.has('v'),
        busybox: is_busybox(&p),
        p: p.clone(),
    };
    if options.has('I') && !force && (options.operands.len() > 3 || removal.recursive) {
        let how = if removal.recursive { " recursively" } else { "" };
        let count = options.operands.len();
        let plural = if count == 1 { "" } else { "s" };
        if !removal.agrees(&format!("remove {count} argument{plural}{how}?")).await {
            return Ok(());
        }
    }
    let mut status = Ok(());
    for path in &options.operands {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        if removal.recursive && p.resolve(path) == "/" && !options.has('\u{1}') {
            let text = "it is dangerous to operate recursively on '/'\n\
                        rm: use --no-preserve-root to override this failsafe";
            status = fail(&p, text).await;
        } else if name == "." || name == ".." {
            let text = format!("refusing to remove '.' or '..' directory: skipping {}", quote_always(path));
            status = fail(&p, &text).await;
        } else {
            status = removal.remove(path).await.max(status);
        }
    }
    status
}

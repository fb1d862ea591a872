//! `cp`, `mv`: copy and move files. cp(1) and mv(1) of GNU coreutils 9.1.

use machine::FileType;

use super::prelude::*;

/// Bytes that are copied in a second.
const SPEED: u64 = 1_500_000_000;

/// Writes what a source gives to a file, in the place of what it held.
async fn copy_bytes(p: &Process, source: &mut Source, from: &str, to: &str) -> Result<(), Errno> {
    p.write_file(to, b"")?;
    if let Some(room) = p.copy_long(from, to)? {
        p.compute(Duration::from_nanos(room * 1_000_000_000 / SPEED)).await;
        p.wrote().await;
        return Ok(());
    }
    while let Some(chunk) = source.chunk().await {
        p.append_file(to, &chunk)?;
        p.work(chunk.len() as u64).await;
        p.wrote().await;
    }
    Ok(())
}

const CP: Spec = Spec {
    short: "abdfHiLlnPprRst:TuvxZ\u{1}:",
    long: &[
        ("archive", 'a'),
        ("force", 'f'),
        ("interactive", 'i'),
        ("no-clobber", 'n'),
        ("recursive", 'r'),
        ("update", 'u'),
        ("verbose", 'v'),
        ("target-directory", 't'),
        ("no-target-directory", 'T'),
        ("preserve", 'p'),
        ("dereference", 'L'),
        ("no-dereference", 'P'),
    ],
    usage: "[OPTION]... SOURCE... DEST",
    status: 1,
};

const MV: Spec = Spec {
    short: "bfint:TuvZ",
    long: &[
        ("force", 'f'),
        ("interactive", 'i'),
        ("no-clobber", 'n'),
        ("update", 'u'),
        ("verbose", 'v'),
        ("target-directory", 't'),
        ("no-target-directory", 'T'),
    ],
    usage: "[OPTION]... SOURCE... DEST",
    status: 1,
};

struct Transfer {
    p: Process,
    options: Options,
    moving: bool,
    busybox: bool,
}

fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

impl Transfer {
    fn is_dir(&self, path: &str) -> bool {
        self.p.metadata(path).is_ok_and(|metadata| metadata.is_dir())
    }

    /// Whether the target may be written over; asks if it must.
    async fn may_replace(&self, from: &str, to: &str) -> bool {
        let Ok(there) = self.p.symlink_metadata(to) else { return true };
        if self.options.has('u')
            && let Ok(here) = self.p.metadata(from)
            && here.modified <= there.modified
        {
            return false;
        }
        match self.options.last_of("fin") {
            Some('n') => false,
            Some('i') => {
                self.p.err(&format!("{}: overwrite {}? ", name_of(&self.p), quote_always(to))).await;
                let answer = self.p.read_line(0).await.unwrap_or_default();
                answer.first().is_some_and(|first| b"yY".contains(first))
            }
            _ => true,
        }
    }

    async fn said(&self, from: &str, to: &str) {
        if self.options.has('v') {
            let how = if self.moving { "renamed " } else { "" };
            self.p.out(&format!("{how}{} -> {}\n", quote_always(from), quote_always(to))).await;
        }
    }

    /// Copies one file or tree.
    async fn copy(&self, from: &str, to: &str) -> Result<(), ExitStatus> {
        let p = &self.p;
        let preserve = self.moving || self.options.has('a') || self.options.has('p');
        let links = self.moving || self.options.has('a') || self.options.has('d') || self.options.has('P');
        let recursive = self.moving || ['a', 'r', 'R'].iter().any(|letter| self.options.has(*letter));
        let mut status = Ok(());
        let mut waiting = vec![(from.to_owned(), to.to_owned())];
        let mut dated = Vec::new();
        while let Some((from, to)) = waiting.pop() {
            let follow = !(links || (recursive && !self.options.has('L')));
            let here = match if follow { p.metadata(&from) } else { p.symlink_metadata(&from) } {
                Ok(here) => here,
                Err(error) => {
                    let text = if self.busybox {
                        format!("can't stat '{from}': {error}")
                    } else {
                        format!("cannot stat {}: {error}", quote_always(&from))
                    };
                    status = fail(p, &text).await;
                    continue;
                }
            };
            let there = p.metadata(&to).ok();
            if there.as_ref().is_some_and(|there| there.identity == here.identity) && !here.is_dir() {
                let text = format!("{} and {} are the same file", quote_always(&from), quote_always(&to));
                status = fail(p, &text).await;
                continue;
            }
            if here.is_dir() {
                if !recursive {
                    let text = if self.busybox {
                        format!("omitting directory '{from}'")
                    } else {
                        format!("-r not specified; omitting directory {}", quote_always(&from))
                    };
                    status = fail(p, &text).await;
                    continue;
                }
                let inside = format!("{}/", p.resolve(&to)).starts_with(&format!("{}/", p.resolve(&from)));
                if inside {
                    let text =
                        format!("cannot copy a directory, {}, into itself, {}", quote_always(&from), quote_always(&to));
                    status = fail(p, &text).await;
                    continue;
                }
                match there {
                    Some(there) if !there.is_dir() => {
                        let text = format!(
                            "cannot overwrite non-directory {} with directory {}",
                            quote_always(&to),
                            quote_always(&from)
                        );
                        status = fail(p, &text).await;
                        continue;
                    }
                    Some(_) => {}
                    None => {
                        if let Err(error) = p.create_dir(&to) {
                            let text = format!("cannot create directory {}: {error}", quote_always(&to));
                            status = fail(p, &text).await;
                            continue;
                        }
                        let _ = p.set_mode(&to, here.mode);
                        if !self.moving {
                            self.said(&from, &to).await;
                        }
                    }
                }
                if preserve {
                    dated.push((to.clone(), here.modified));
                    let _ = p.set_owner(&to, here.uid, here.gid);
                }
                let entries = p.read_dir(&from).unwrap_or_default();
                let below = entries.into_iter().rev().map(|entry| {
                    let name = entry.name;
                    (format!("{}/{name}", from.trim_end_matches('/')), format!("{}/{name}", to.trim_end_matches('/')))
                });
                waiting.extend(below);
                continue;
            }
            if there.as_ref().is_some_and(Metadata::is_dir) {
                let text = format!("cannot overwrite directory {} with non-directory", quote_always(&to));
                status = fail(p, &text).await;
                continue;
            }
            if !self.moving && !self.may_replace(&from, &to).await {
                continue;
            }
            let written = if here.is_symlink() {
                let _ = p.remove_file(&to);
                p.read_link(&from).and_then(|target| p.symlink(&target, &to))
            } else {
                match Source::open(p, &from) {
                    // In a folder a device is not what it gives, and cannot be made here.
                    Ok(_) if here.file_type == FileType::Device && recursive => p.write_file(&to, b""),
                    Ok(mut source) => copy_bytes(p, &mut source, &from, &to).await,
                    Err(error) => {
                        status = fail(p, &format!("cannot open {} for reading: {error}", quote_always(&from))).await;
                        continue;
                    }
                }
            };
            if let Err(error) = written {
                let full = matches!(error, Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG);
                let text = if self.busybox && full {
                    format!("write error: {error}")
                } else if self.busybox {
                    format!("can't create '{to}': {error}")
                } else {
                    let created = p.symlink_metadata(&to).is_ok();
                    if full {
                        format!("error writing {}: {error}", quote_always(&to))
                    } else if !created && to.ends_with('/') {
                        format!("cannot create regular file {}: Not a directory", quote_always(&to))
                    } else {
                        format!("cannot create regular file {}: {error}", quote_always(&to))
                    }
                };
                status = fail(p, &text).await;
                continue;
            }
            if !here.is_symlink() {
                if there.is_none() || preserve {
                    let _ = p.set_mode(&to, if preserve { here.mode } else { here.mode & !p.umask() });
                }
                if preserve {
                    let _ = p.set_owner(&to, here.uid, here.gid);
                    dated.push((to.clone(), here.modified));
                }
            }
            if !self.moving {
                self.said(&from, &to).await;
            }
        }
        for (path, time) in dated.into_iter().rev() {
            let _ = p.touch(&path, time);
        }
        status
    }

    async fn move_file(&self, from: &str, to: &str) -> Result<(), ExitStatus> {
        let p = &self.p;
        let here = match p.symlink_metadata(from) {
            Ok(here) => here,
            Err(error) => {
                let text = if self.busybox {
                    format!("can't rename '{from}': {error}")
                } else {
                    format!("cannot stat {}: {error}", quote_always(from))
                };
                return fail(p, &text).await;
            }
        };
        let there = p.symlink_metadata(to).ok();
        if there.as_ref().is_some_and(|there| there.identity == here.identity) {
            let text = format!("{} and {} are the same file", quote_always(from), quote_always(to));
            return fail(p, &text).await;
        }
        if let Some(there) = &there {
            if here.is_dir() && !there.is_dir() {
                let text = format!(
                    "cannot overwrite non-directory {} with directory {}",
                    quote_always(to),
                    quote_always(from)
                );
                return fail(p, &text).await;
            }
            if !here.is_dir() && there.is_dir() {
                let text = format!("cannot overwrite directory {} with non-directory", quote_always(to));
                return fail(p, &text).await;
            }
        }
        if here.is_dir() && format!("{}/", p.resolve(to)).starts_with(&format!("{}/", p.resolve(from))) {
            let text = format!("cannot move {} to a subdirectory of itself, {}", quote_always(from), quote_always(to));
            return fail(p, &text).await;
        }
        if !self.may_replace(from, to).await {
            return Ok(());
        }
        match p.rename(from, to) {
            Ok(()) => {
                self.said(from, to).await;
                Ok(())
            }
            Err(Errno::EXDEV) => {
                let status = self.copy(from, to).await;
                if status.is_ok() {
                    self.remove_tree(from).await;
                    self.said(from, to).await;
                }
                status
            }
            Err(error) => {
                let text = if self.busybox {
                    format!("can't rename '{from}': {error}")
                } else {
                    format!("cannot move {} to {}: {error}", quote_always(from), quote_always(to))
                };
                fail(p, &text).await
            }
        }
    }

    async fn remove_tree(&self, root: &str) {
        let mut waiting = vec![(root.to_owned(), false)];
        while let Some((path, emptied)) = waiting.pop() {
            if !self.p.symlink_metadata(&path).is_ok_and(|m| m.is_dir()) {
                let _ = self.p.remove_file(&path);
            } else if emptied {
                let _ = self.p.remove_dir(&path);
            } else {
                waiting.push((path.clone(), true));
                let entries = self.p.read_dir(&path).unwrap_or_default();
                waiting.extend(entries.into_iter().map(|entry| (format!("{path}/{}", entry.name), false)));
            }
        }
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let moving = name_of(&p) == "mv";
    let options = (if moving { MV } else { CP }).parse(&p).await?;
    let mut sources = options.operands.clone();
    let target = match options.value('t') {
        Some(target) => target.to_owned(),
        None => match sources.pop() {
            None => return usage_hint(&p, "missing file operand").await,
            Some(only) if sources.is_empty() => {
                return usage_hint(&p, &format!("missing destination file operand after {}", quote_always(&only)))
                    .await;
            }
            Some(target) => target,
        },
    };
    let busybox = is_busybox(&p);
    let transfer = Transfer { p: p.clone(), options, moving, busybox };
    let into = transfer.is_dir(&target) && !transfer.options.has('T');
    if !into && (sources.len() > 1 || transfer.options.has('t')) {
        let text = match p.metadata(&target) {
            Err(Errno::ENOENT) if !busybox && transfer.options.has('t') => {
                format!("target directory {}: No such file or directory", quote_always(&target))
            }
            _ => format!("target {}: {}", quote_always(&target), p.metadata(&target).err().unwrap_or(Errno::ENOTDIR)),
        };
        return fail(&p, &text).await;
    }
    let mut status = Ok(());
    for from in &sources {
        let to = if into { format!("{}/{}", target.trim_end_matches('/'), base(from)) } else { target.clone() };
        let done = if moving { transfer.move_file(from, &to).await } else { transfer.copy(from, &to).await };
        status = status.and(done);
    }
    status
}

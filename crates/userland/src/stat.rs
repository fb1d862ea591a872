//! `stat`: what is known of files. stat(1) of GNU coreutils 9.1.

use machine::FileType;

use super::listing::{Names, blocks, mode_text};
use super::mounted::{DISK_SIZE, Mounted, mounted};
use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "Lfc:t\u{1}:",
        long: &[("dereference", 'L'), ("format", 'c'), ("printf", '\u{1}'), ("file-system", 'f')],
        usage: "[OPTION]... FILE...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    if options.operands.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    let (users, groups) = (Names::read(&p, "/etc/passwd"), Names::read(&p, "/etc/group"));
    let mut status = Ok(());
    if options.has('f') {
        for path in &options.operands {
            let done = file_system(&p, path, options.value('c').or(options.value('\u{1}'))).await;
            status = status.and(done);
        }
        return status;
    }
    for path in &options.operands {
        let found = if options.has('L') { p.metadata(path) } else { p.symlink_metadata(path) };
        let m = match found {
            Ok(metadata) => metadata,
            Err(error) => {
                let text = if is_busybox(&p) {
                    format!("can't stat '{path}': {error}")
                } else {
                    format!("cannot statx {}: {error}", quote_always(path))
                };
                status = fail(&p, &text).await;
                continue;
            }
        };
        let kind = match m.file_type {
            FileType::Directory => "directory",
            FileType::Symlink => "symbolic link",
            FileType::Device => "character special file",
            FileType::Socket => "socket",
            FileType::Fifo => "fifo",
            FileType::File if m.size == 0 => "regular empty file",
            FileType::File => "regular file",
        };
        let date = strftime::format(m.modified, "%Y-%m-%d %H:%M:%S.%N +0000");
        let (user, group) = (users.get(m.uid), groups.get(m.gid));
        if let Some(format) = options.value('c').or(options.value('\u{1}')) {
            let out = filled(format, &|letter| {
                Some(match letter {
                    'n' => path.clone(),
                    'N' => quote_always(path),
                    's' => m.size.to_string(),
                    'a' => format!("{:o}", m.mode),
                    'A' => mode_text(&m),
                    'U' => user.clone(),
                    'u' => m.uid.to_string(),
                    'G' => group.clone(),
                    'g' => m.gid.to_string(),
                    'F' => kind.to_owned(),
                    'i' => m.identity.1.to_string(),
                    'h' => m.links.to_string(),
                    'y' | 'x' | 'z' | 'w' => date.clone(),
                    'Y' | 'X' | 'Z' | 'W' => m.modified.unix_secs().to_string(),
                    'b' => (blocks(&m) * 2).to_string(),
                    _ => return None,
                })
            });
            if options.has('\u{1}') {
                let (bytes, _) = machine::libc::escape::unescape(out.as_bytes(), false);
                p.write(1, &bytes).await;
            } else {
                p.out(&format!("{out}\n")).await;
            }
            continue;
        }
        let target = p.read_link(path).map(|target| format!(" -> {target}")).unwrap_or_default();
        p.out(&format!(
            "  File: {path}{target}\n  Size: {:<10}\tBlocks: {:<10} IO Block: 4096   {kind}\nDevice: 8,{}\tInode: {:<11} Links: {}\n\
             Access: ({:04o}/{})  Uid: ({:>5}/{user:>8})   Gid: ({:>5}/{group:>8})\nAccess: {date}\nModify: {date}\nChange: \
             {date}\n Birth: -\n",
            m.size,
            blocks(&m) * 2,
            m.identity.0.0,
            m.identity.1,
            m.links,
            m.mode,
            mode_text(&m),
            m.uid,
            m.gid,
        ))
        .await;
    }
    status
}

/// A format with its letters filled in; a letter that means nothing stays as it is.
fn filled(format: &str, value: &dyn Fn(char) -> Option<String>) -> String {
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match (c, (c == '%').then(|| chars.next()).flatten()) {
            ('%', None | Some('%')) => out.push('%'),
            ('%', Some(letter)) => match value(letter) {
                Some(text) => out.push_str(&text),
                None => out.extend(['%', letter]),
            },
            (c, _) => out.push(c),
        }
    }
    out
}

/// `stat -f`: the file system that a file is on.
async fn file_system(p: &Process, path: &str, format: Option<&str>) -> Result<(), ExitStatus> {
    const BLOCK: u64 = 4096;
    let at = match p.canonicalize(path) {
        Ok(at) => at,
        Err(error) if is_busybox(p) => {
            return fail(p, &format!("can't read file system information for '{path}': {error}")).await;
        }
        Err(error) => {
            let text = format!("cannot read file system information for {}: {error}", quote_always(path));
            return fail(p, &text).await;
        }
    };
    let inside = |mount: &Mounted| mount.path == "/" || at == mount.path || at.starts_with(&format!("{}/", mount.path));
    let Some(mount) = mounted(p).into_iter().filter(inside).max_by_key(|mount| mount.path.len()) else {
        return Err(ExitStatus(1));
    };
    // ext2, ext3 and ext4 have one number between them, and overlays their own.
    let (kind, number, id) = match mount.kind {
        "ext4" => ("ext2/ext3", "ef53", "8d13e7f1c0ffee12"),
        "overlay" => ("overlayfs", "794c7630", "5f3a90b2d41e7c08"),
        kind => (kind, "1021994", "0"),
    };
    let total = mount.size.unwrap_or(DISK_SIZE) / BLOCK;
    let (free, available) = ((total * BLOCK).saturating_sub(mount.used) / BLOCK, mount.free / BLOCK);
    let free_inodes = mount.inodes.saturating_sub(mount.inodes_used);
    let Some(format) = format else {
        p.out(&format!(
            "  File: \"{path}\"\n    ID: {id:<8} Namelen: 255     Type: {kind}\nBlock size: {BLOCK:<10} Fundamental block size: \
             {BLOCK}\nBlocks: Total: {total:<10} Free: {free:<10} Available: {available}\nInodes: Total: {:<10} Free: {free_inodes}\n",
            mount.inodes,
        ))
        .await;
        return Ok(());
    };
    let out = filled(format, &|letter| {
        Some(match letter {
            'n' => path.to_owned(),
            'T' => kind.to_owned(),
            't' => number.to_owned(),
            'i' => id.to_owned(),
            'l' => "255".to_owned(),
            's' | 'S' => BLOCK.to_string(),
            'b' => total.to_string(),
            'f' => free.to_string(),
            'a' => available.to_string(),
            'c' => mount.inodes.to_string(),
            'd' => free_inodes.to_string(),
            _ => return None,
        })
    });
    p.out(&format!("{out}\n")).await;
    Ok(())
}

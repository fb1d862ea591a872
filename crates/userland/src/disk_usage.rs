//! `du`, `df`, `mount`, `stat`.

use machine::FileType;

use super::listing::{Names, blocks, human, mode_text};
use super::prelude::*;

pub async fn du(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "abcd:hkms",
        long: &[
            ("all", 'a'),
            ("bytes", 'b'),
            ("total", 'c'),
            ("max-depth", 'd'),
            ("human-readable", 'h'),
            ("summarize", 's'),
        ],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
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
    let measure = |metadata: &Metadata| if bytes { metadata.size } else { blocks(metadata) };
    let (mut status, mut total) = (0, 0);
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

/// The size of a computer's disk in bytes, and what is on it that no disk of this world holds. What a disk takes before it is
/// full is less: [`Errno::EDQUOT`] says so.
const DISK_SIZE: u64 = 61_255_492 << 10;
const DISK_USED: u64 = 9_671_204 << 10;
/// What is kept for root.
const DISK_RESERVED: u64 = 3_128_616 << 10;
const INODES: u64 = 3_907_584;
const INODES_USED: u64 = 412_803;

/// A mounted file system: what `df` and `mount` know of it.
struct Mounted {
    path: String,
    kind: &'static str,
    source: &'static str,
    /// Its size, where `mount` says it.
    size: Option<u64>,
    read_only: bool,
    used: u64,
    free: u64,
    inodes: u64,
    inodes_used: u64,
}

fn mounted(p: &Process) -> Vec<Mounted> {
    p.kernel().with(|state| {
        let Some(machine) = state.machines.get(&p.machine()) else { return Vec::new() };
        let container = !machine.image.is_empty();
        let entry = |mount: &machine::MountPoint| {
            let disk = state.disks.get(&mount.disk);
            let used = disk.map_or(0, |disk| disk.used().div_ceil(4096) * 4096);
            let files = disk.map_or(0, |disk| disk.files());
            let size = disk.and_then(|disk| disk.memory());
            let (kind, source) = match size {
                Some(_) => ("tmpfs", "tmpfs"),
                None if container && mount.path == "/" => ("overlay", "overlay"),
                None => ("ext4", "/dev/sda1"),
            };
            let known = if size.is_some() { 0 } else { DISK_USED };
            Mounted {
                path: mount.path.clone(),
                kind,
                source,
                size,
                read_only: mount.read_only,
                used: used + known,
                free: size.unwrap_or(DISK_SIZE - DISK_USED - DISK_RESERVED).saturating_sub(used),
                inodes: size.map_or(INODES, |size| size / 4096),
                inodes_used: files + if size.is_some() { 1 } else { INODES_USED },
            }
        };
        machine.mounts.iter().map(entry).collect()
    })
}

pub async fn df(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "ahkmTiHP",
        long: &[("all", 'a'), ("human-readable", 'h'), ("print-type", 'T'), ("inodes", 'i')],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut all = mounted(&p);
    let mut status = 0;
    if !options.operands.is_empty() {
        let mut chosen = Vec::new();
        for path in &options.operands {
            match p.canonicalize(path) {
                Ok(path) => {
                    let inside = |mount: &&Mounted| {
                        mount.path == "/" || path == mount.path || path.starts_with(&format!("{}/", mount.path))
                    };
                    chosen
                        .extend(all.iter().filter(inside).max_by_key(|mount| mount.path.len()).map(|m| m.path.clone()));
                }
                Err(error) => status = fail(&p, &format!("{}: {error}", quote_if_needed(path))).await,
            }
        }
        all.retain(|mount| chosen.contains(&mount.path));
        if all.is_empty() {
            return status;
        }
    } else if !options.has('a') && !is_busybox(&p) {
        // A device is listed once, where its path is shortest.
        let shortest = |source: &str| {
            let of_device = all.iter().filter(|mount| mount.source == source);
            of_device.min_by_key(|mount| mount.path.len()).map(|mount| mount.path.clone())
        };
        let device = shortest("/dev/sda1");
        all.retain(|mount| mount.source != "/dev/sda1" || Some(&mount.path) == device.as_ref());
    }
    let (human_sizes, inodes) = (options.has('h'), options.has('i'));
    let size = |amount: u64| match () {
        () if inodes && human_sizes => human(amount),
        () if inodes => amount.to_string(),
        () if human_sizes => human(amount),
        () => (amount / 1024).to_string(),
    };
    let titles = match (inodes, human_sizes) {
        (true, _) => ["Inodes", "IUsed", "IFree", "IUse%"],
        (_, true) => ["Size", "Used", "Avail", "Use%"],
        _ => ["1K-blocks", "Used", "Available", "Use%"],
    };
    let mut rows =
        vec![["Filesystem", "Type", titles[0], titles[1], titles[2], titles[3], "Mounted on"].map(str::to_owned)];
    for mount in &all {
        let (total, used, free) = if inodes {
            (mount.inodes, mount.inodes_used, mount.inodes.saturating_sub(mount.inodes_used))
        } else {
            (mount.size.unwrap_or(DISK_SIZE), mount.used, mount.free)
        };
        let percent = (used * 100).div_ceil((used + free).max(1));
        rows.push([
            mount.source.to_owned(),
            mount.kind.to_owned(),
            size(total),
            size(used),
            size(free),
            format!("{percent}%"),
            mount.path.clone(),
        ]);
    }
    let width = |column: usize, least: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0).max(least);
    let widths = [width(0, 14), width(1, 4), width(2, 5), width(3, 5), width(4, 5), width(5, 4)];
    let mut out = String::new();
    for row in &rows {
        out.push_str(&format!("{:<1$} ", row[0], widths[0]));
        if options.has('T') {
            out.push_str(&format!("{:<1$} ", row[1], widths[1]));
        }
        for column in 2..6 {
            out.push_str(&format!("{:>1$} ", row[column], widths[column]));
        }
        out.push_str(&format!("{}\n", row[6]));
    }
    p.out(&out).await;
    status
}

pub async fn mount(p: Process) -> i32 {
    if p.args().len() > 1 && p.args()[1] != "-l" {
        p.err("mount: only root can do that, and here nobody does: volumes are mounted by the kubelet.\n").await;
        return 1;
    }
    let mut out = String::new();
    for mount in mounted(&p) {
        let mode = if mount.read_only { "ro" } else { "rw" };
        let size = mount.size.map(|size| format!(",size={}k", size / 1024)).unwrap_or_default();
        out.push_str(&format!("{} on {} type {} ({mode},relatime{size})\n", mount.source, mount.path, mount.kind));
    }
    for (kind, path) in [("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/dev")] {
        out.push_str(&format!("{kind} on {path} type {kind} (rw,nosuid,nodev,noexec,relatime)\n"));
    }
    p.out(&out).await;
    0
}

pub async fn stat(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "Lfc:t\u{1}:",
        long: &[("dereference", 'L'), ("format", 'c'), ("printf", '\u{1}'), ("file-system", 'f')],
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
    let (users, groups) = (Names::read(&p, "/etc/passwd"), Names::read(&p, "/etc/group"));
    let mut status = 0;
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
            let mut out = String::new();
            let mut chars = format.chars();
            while let Some(c) = chars.next() {
                if c != '%' {
                    out.push(c);
                    continue;
                }
                match chars.next() {
                    Some('n') => out.push_str(path),
                    Some('N') => out.push_str(&quote_always(path)),
                    Some('s') => out.push_str(&m.size.to_string()),
                    Some('a') => out.push_str(&format!("{:o}", m.mode)),
                    Some('A') => out.push_str(&mode_text(&m)),
                    Some('U') => out.push_str(&user),
                    Some('u') => out.push_str(&m.uid.to_string()),
                    Some('G') => out.push_str(&group),
                    Some('g') => out.push_str(&m.gid.to_string()),
                    Some('F') => out.push_str(kind),
                    Some('i') => out.push_str(&m.identity.1.to_string()),
                    Some('h') => out.push_str(&m.links.to_string()),
                    Some('y' | 'x' | 'z' | 'w') => out.push_str(&date),
                    Some('Y' | 'X' | 'Z' | 'W') => out.push_str(&m.modified.unix_secs().to_string()),
                    Some('b') => out.push_str(&(blocks(&m) * 2).to_string()),
                    Some('%') => out.push('%'),
                    Some(other) => out.extend(['%', other]),
                    None => out.push('%'),
                }
            }
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

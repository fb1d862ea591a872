//! `tar`: files in one file. Creates (`c`), extracts (`x`) and lists (`t`), also packed with gzip (`z`). tar(1) of GNU tar 1.34.

use ::tar::{Entry, Kind, ReadError};

use super::deflate::{pack, unpack};
use super::prelude::*;

#[derive(Default)]
struct Wanted {
    mode: Option<char>,
    file: Option<String>,
    folder: String,
    verbose: bool,
    /// `z`, or another program that packs.
    packed_by: Option<&'static str>,
    fresh: bool,
    /// `a`: whether to pack goes by the file's name.
    by_name: bool,
    names: Vec<String>,
}

/// GNU's words for what cannot go on.
async fn fatal(p: &Process, text: &str) -> Result<(), ExitStatus> {
    p.err(&format!("tar: {text}\n")).await;
    if !is_busybox(p) {
        p.err("tar: Error is not recoverable: exiting now\n").await;
    }
    Err(ExitStatus(if is_busybox(p) { 1 } else { 2 }))
}

async fn usage(p: &Process, text: &str) -> ExitStatus {
    p.err(&format!("tar: {text}\n")).await;
    if !is_busybox(p) {
        p.err("Try 'tar --help' or 'tar --usage' for more information.\n").await;
    }
    ExitStatus(if is_busybox(p) { 1 } else { 2 })
}

async fn parse(p: &Process) -> Result<Wanted, ExitStatus> {
    let mut wanted = Wanted::default();
    let mut args = p.args()[1..].iter().cloned();
    let mut first = true;
    let mut only_names = false;
    while let Some(word) = args.next() {
        let old_style = std::mem::take(&mut first) && !word.starts_with('-');
        if only_names || !old_style && !word.starts_with('-') || word == "-" {
            wanted.names.push(word);
            continue;
        }
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
            match name {
                "" => only_names = true,
                "create" => wanted.mode = Some('c'),
                "extract" | "get" => wanted.mode = Some('x'),
                "list" => wanted.mode = Some('t'),
                "verbose" => wanted.verbose = true,
                "gzip" | "gunzip" | "ungzip" => wanted.packed_by = Some("gzip"),
                "bzip2" => wanted.packed_by = Some("bzip2"),
                "xz" => wanted.packed_by = Some("xz"),
                "auto-compress" => wanted.by_name = true,
                "touch" => wanted.fresh = true,
                "file" => wanted.file = value.or_else(|| args.next()),
                "directory" => wanted.folder = value.or_else(|| args.next()).unwrap_or_default(),
                "no-same-owner"
                | "no-same-permissions"
                | "same-owner"
                | "same-permissions"
                | "preserve-permissions"
                | "numeric-owner"
                | "overwrite" => {}
                other => return Err(usage(p, &format!("unrecognized option '--{other}'")).await),
            }
            continue;
        }
        for letter in word.trim_start_matches('-').chars() {
            match letter {
                'c' | 'x' | 't' => wanted.mode = Some(letter),
                'v' => wanted.verbose = true,
                'z' => wanted.packed_by = Some("gzip"),
                'j' => wanted.packed_by = Some("bzip2"),
                'J' => wanted.packed_by = Some("xz"),
                'a' => wanted.by_name = true,
                'm' => wanted.fresh = true,
                'p' | 'o' | 'k' => {}
                'f' => wanted.file = args.next(),
                'C' => wanted.folder = args.next().unwrap_or_default(),
                other => return Err(usage(p, &format!("invalid option -- '{other}'")).await),
            }
        }
    }
    Ok(wanted)
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let wanted = parse(&p).await?;
    let Some(mode) = wanted.mode else {
        return Err(usage(&p, "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options").await);
    };
    if let Some(program) = wanted.packed_by.filter(|program| *program != "gzip") {
        p.err(&format!("tar (child): {program}: Cannot exec: No such file or directory\n")).await;
        p.err("tar (child): Error is not recoverable: exiting now\ntar: Child returned status 2\n").await;
        p.err("tar: Error is not recoverable: exiting now\n").await;
        return Err(ExitStatus(2));
    }
    if mode == 'c' {
        return create(&p, &wanted).await;
    }
    let bytes = match wanted.file.as_deref() {
        None | Some("-") => Source::stdin(&p).all().await,
        Some(file) => match p.read_file(file) {
            Ok(bytes) => bytes,
            Err(error) if is_busybox(&p) => return fail(&p, &format!("can't open '{file}': {error}")).await,
            Err(error) => return fatal(&p, &format!("{file}: Cannot open: {error}")).await,
        },
    };
    let is_packed = bytes.starts_with(&[0x1f, 0x8b]);
    let bytes = if is_packed || wanted.packed_by.is_some() {
        if is_packed
            && wanted.packed_by.is_none()
            && matches!(wanted.file.as_deref(), None | Some("-"))
            && !is_busybox(&p)
        {
            return fatal(&p, "Archive is compressed. Use -z option").await;
        }
        p.work(bytes.len() as u64 * 8).await;
        match unpack(&bytes) {
            Ok(bytes) => bytes,
            Err(_) if is_busybox(&p) => return fail(&p, "invalid gzip magic").await,
            Err(why) => {
                p.err(&format!("\ngzip: stdin: {why}\n")).await;
                p.err("tar: Child returned status 1\ntar: Error is not recoverable: exiting now\n").await;
                return Err(ExitStatus(2));
            }
        }
    } else {
        bytes
    };
    match ::tar::read(&bytes) {
        Ok(entries) => extract(&p, &wanted, entries, mode == 't').await,
        Err(_) if is_busybox(&p) => fail(&p, "invalid tar magic").await,
        Err(ReadError::Truncated) if bytes.len() > 512 => fatal(&p, "Unexpected EOF in archive").await,
        Err(_) => {
            p.err("tar: This does not look like a tar archive\n").await;
            p.err("tar: Exiting with failure status due to previous errors\n").await;
            Err(ExitStatus(2))
        }
    }
}

fn under(folder: &str, name: &str) -> String {
    if folder.is_empty() || name.starts_with('/') { name.to_owned() } else { format!("{folder}/{name}") }
}

async fn create(p: &Process, wanted: &Wanted) -> Result<(), ExitStatus> {
    if wanted.names.is_empty() {
        return match is_busybox(p) {
            true => fail(p, "empty archive").await,
            false => Err(usage(p, "Cowardly refusing to create an empty archive").await),
        };
    }
    let to_stdout = matches!(wanted.file.as_deref(), None | Some("-"));
    let (mut entries, mut status, mut told) = (Vec::new(), Ok(()), false);
    // Depth first, each directory before what is in it.
    let mut left: Vec<String> = wanted.names.iter().rev().cloned().collect();
    while let Some(name) = left.pop() {
        p.tick().await;
        let path = under(&wanted.folder, &name);
        let metadata = match p.symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) => {
                let text = match is_busybox(p) {
                    true => format!("tar: {name}: {error}\n"),
                    false => format!("tar: {name}: Cannot stat: {error}\n"),
                };
                p.err(&text).await;
                status = Err(ExitStatus(if is_busybox(p) { 1 } else { 2 }));
                continue;
            }
        };
        let mut member = name.trim_start_matches('/').to_owned();
        if member.len() < name.len() && !std::mem::replace(&mut told, true) {
            let text = match is_busybox(p) {
                true => "tar: removing leading '/' from member names\n",
                false => "tar: Removing leading `/' from member names\n",
            };
            p.err(text).await;
        }
        let kind = if metadata.is_dir() {
            member = if member.is_empty() { "./".to_owned() } else { format!("{}/", member.trim_end_matches('/')) };
            let mut below: Vec<String> =
                p.read_dir(&path).unwrap_or_default().into_iter().map(|entry| entry.name).collect();
            below.reverse();
            left.extend(below.into_iter().map(|entry| format!("{}/{entry}", name.trim_end_matches('/'))));
            Kind::Directory
        } else if let Ok(to) = p.read_link(&path) {
            Kind::Symlink(to)
        } else {
            match p.read_file(&path) {
                Ok(bytes) => Kind::File(bytes),
                Err(error) => {
                    p.err(&format!("tar: {name}: Cannot open: {error}\n")).await;
                    status = Err(ExitStatus(2));
                    continue;
                }
            }
        };
        if wanted.verbose {
            let line = format!("{member}\n");
            if to_stdout { p.err(&line).await } else { p.out(&line).await }
        }
        entries.push(Entry {
            name: member,
            kind,
            mode: metadata.mode,
            uid: metadata.uid,
            gid: metadata.gid,
            modified: metadata.modified.unix_secs().max(0) as u64,
        });
    }
    let mut bytes = ::tar::write(&entries);
    let named = wanted.file.as_deref().is_some_and(|file| file.ends_with(".gz") || file.ends_with(".tgz"));
    if wanted.packed_by.is_some() || wanted.by_name && named {
        p.work(bytes.len() as u64 * 8).await;
        bytes = pack(&bytes, None, 0);
    }
    if to_stdout {
        p.write(1, &bytes).await;
    } else if let Some(file) = &wanted.file
        && let Err(error) = p.write_file(file, &bytes)
    {
        return fatal(p, &format!("{file}: Cannot open: {error}")).await;
    }
    if status.is_err() {
        let text = match is_busybox(p) {
            true => "tar: error exit delayed from previous errors\n",
            false => "tar: Exiting with failure status due to previous errors\n",
        };
        p.err(text).await;
    }
    status
}

async fn extract(p: &Process, wanted: &Wanted, entries: Vec<Entry>, list: bool) -> Result<(), ExitStatus> {
    let mut status = Ok(());
    if !wanted.folder.is_empty() && !list && p.metadata(&wanted.folder).is_err() {
        let folder = &wanted.folder;
        return match is_busybox(p) {
            true => fail(p, &format!("can't change directory to '{folder}': No such file or directory")).await,
            false => fatal(p, &format!("{folder}: Cannot open: No such file or directory")).await,
        };
    }
    let chosen = |entry: &Entry| {
        let name = entry.name.trim_end_matches('/');
        let fits = |wanted: &String| {
            let wanted = wanted.trim_end_matches('/');
            name == wanted || name.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/'))
        };
        wanted.names.is_empty() || wanted.names.iter().any(fits)
    };
    for entry in entries.into_iter().filter(chosen) {
        p.tick().await;
        if list || wanted.verbose {
            let line = if list && wanted.verbose { long_line(&entry) } else { format!("{}\n", entry.name) };
            p.out(&line).await;
        }
        if list {
            continue;
        }
        let name = entry.name.trim_start_matches('/').trim_end_matches('/');
        if name.split('/').any(|part| part == "..") {
            p.err(&format!("tar: {}: Member name contains '..'\n", entry.name)).await;
            status = Err(ExitStatus(2));
            continue;
        }
        let path = under(&wanted.folder, name);
        for (at, _) in path.match_indices('/').filter(|(at, _)| *at > 0) {
            let _ = p.create_dir(&path[..at]); // most are there
        }
        let done = match &entry.kind {
            Kind::Directory => match p.create_dir(&path) {
                Err(Errno::EEXIST) => Ok(()),
                other => other,
            },
            Kind::Symlink(to) => {
                let _ = p.remove_file(&path);
                p.symlink(to, &path)
            }
            Kind::File(bytes) => {
                if p.symlink_metadata(&path).is_ok_and(|old| !old.is_dir()) {
                    let _ = p.remove_file(&path);
                }
                p.write_file(&path, bytes)
            }
        };
        if let Err(error) = done {
            let text = match is_busybox(p) {
                true => format!("tar: can't open '{name}': {error}\n"),
                false => format!("tar: {name}: Cannot open: {error}\n"),
            };
            p.err(&text).await;
            status = Err(ExitStatus(if is_busybox(p) { 1 } else { 2 }));
            continue;
        }
        if !matches!(entry.kind, Kind::Symlink(_)) {
            let _ = p.set_mode(&path, entry.mode);
            if p.user().uid == 0 {
                let _ = p.set_owner(&path, entry.uid, entry.gid);
            }
            if !wanted.fresh {
                let _ = p.touch(&path, Time::from_unix_secs(entry.modified as i64));
            }
        }
    }
    if status == Err(ExitStatus(2)) {
        p.err("tar: Exiting with failure status due to previous errors\n").await;
    }
    status
}

/// `-rw-r--r-- 0/0   6 2026-11-22 10:00 name`
fn long_line(entry: &Entry) -> String {
    let (letter, size, tail) = match &entry.kind {
        Kind::File(bytes) => ('-', bytes.len(), String::new()),
        Kind::Directory => ('d', 0, String::new()),
        Kind::Symlink(to) => ('l', 0, format!(" -> {to}")),
    };
    let mut mode = String::from(letter);
    for at in (0..9).rev() {
        let set = entry.mode >> at & 1 == 1;
        mode.push(if set { ["x", "w", "r"][at % 3].chars().next().unwrap_or('-') } else { '-' });
    }
    let name = |id: u32| if id == 0 { "root".to_owned() } else { id.to_string() };
    let owner = format!("{}/{}", name(entry.uid), name(entry.gid));
    let time = Time::from_unix_secs(entry.modified as i64).rfc3339().replace('T', " ");
    let time = &time[..time.len().min(16)];
    let width = 19usize.saturating_sub(owner.len() + 1);
    format!("{mode} {owner} {size:>width$} {time} {}{tail}\n", entry.name)
}

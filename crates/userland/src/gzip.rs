//! `gzip`, `gunzip`, `zcat`: pack and unpack files. What it packs is a little larger than what gzip(1) 1.12 does.

use super::deflate::{pack, unpack};
use super::prelude::*;

pub(crate) async fn run(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "acdfhklnNqrS:tv123456789",
        long: &[
            ("stdout", 'c'),
            ("to-stdout", 'c'),
            ("decompress", 'd'),
            ("uncompress", 'd'),
            ("force", 'f'),
            ("keep", 'k'),
            ("list", 'l'),
            ("no-name", 'n'),
            ("name", 'N'),
            ("quiet", 'q'),
            ("recursive", 'r'),
            ("suffix", 'S'),
            ("test", 't'),
            ("verbose", 'v'),
            ("fast", '1'),
            ("best", '9'),
        ],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let called = name_of(&p);
    // GNU's gunzip and zcat are scripts that start gzip.
    let name = if is_busybox(&p) { called.clone() } else { "gzip".to_owned() };
    let lists = options.has('l');
    let unpacks = called != "gzip" || options.has('d') || options.has('t') || lists;
    let to_stdout = called == "zcat" || options.has('c');
    if options.has('r') {
        return fail(&p, "-r is not simulated here").await;
    }
    let mut status = 0;
    let mut printed_head = false;
    for path in operands_or_stdin(&options.operands) {
        let say = |text: String| {
            let line = format!("{name}: {text}\n");
            let p = p.clone();
            async move { p.err(&line).await }
        };
        let from_stdin = path == "-";
        if from_stdin && !unpacks && p.is_tty(1) && !options.has('f') {
            say("compressed data not written to a terminal. Use -f to force compression.\nFor help, type: gzip -h"
                .to_owned())
            .await;
            return 1;
        }
        let mut path = path;
        if unpacks && !from_stdin && p.metadata(&path).is_err() && !path.ends_with("gz") {
            path.push_str(".gz");
        }
        let metadata = if from_stdin { None } else { p.metadata(&path).ok() };
        if metadata.as_ref().is_some_and(Metadata::is_dir) {
            say(format!("{path} is a directory -- ignored")).await;
            status = 2;
            continue;
        }
        let data = match Source::open(&p, &path) {
            Ok(mut source) => source.all().await,
            Err(error) => {
                say(format!("{path}: {error}")).await;
                status = 1;
                continue;
            }
        };
        let keeps = from_stdin || to_stdout || options.has('t') || lists;
        let target = match (unpacks, path.strip_suffix(".gz"), path.strip_suffix(".tgz")) {
            (true, Some(plain), _) => plain.to_owned(),
            (true, None, Some(plain)) => format!("{plain}.tar"),
            (true, None, None) if !keeps => {
                say(format!("{path}: unknown suffix -- ignored")).await;
                status = 2;
                continue;
            }
            (false, Some(_), _) if !keeps && !options.has('f') => {
                say(format!("{path} already has .gz suffix -- unchanged")).await;
                status = 2;
                continue;
            }
            (true, ..) => path.clone(),
            (false, ..) => format!("{path}.gz"),
        };
        let made = if unpacks {
            match unpack(&data) {
                Ok(made) => made,
                Err(why) => {
                    let shown = if from_stdin { "stdin" } else { &path };
                    let start = if why.starts_with("not") || why.starts_with("unexpected") || why.starts_with("invalid")
                    {
                        "\n"
                    } else {
                        ""
                    };
                    p.err(&format!("{start}{name}: {shown}: {why}\n")).await;
                    status = 1;
                    continue;
                }
            }
        } else {
            let base = path.rsplit('/').next().unwrap_or(&path);
            let kept = if from_stdin || options.has('n') { None } else { Some(base) };
            let time = metadata.as_ref().filter(|_| !options.has('n')).map_or(0, |m| m.modified.unix_secs() as u32);
            pack(&data, kept, time)
        };
        p.work((data.len() + made.len()) as u64 * 4).await;
        if lists {
            if !std::mem::replace(&mut printed_head, true) {
                p.out("         compressed        uncompressed  ratio uncompressed_name\n").await;
            }
            let body =
                data.len().saturating_sub(18 + target.rsplit('/').next().map_or(0, |name| name.len() + 1)) as f64;
            let ratio = if made.is_empty() { 0.0 } else { (1.0 - body / made.len() as f64) * 100.0 };
            p.out(&format!("{:>19} {:>19} {ratio:>5.1}% {target}\n", data.len(), made.len())).await;
            continue;
        }
        if options.has('t') {
            continue;
        }
        if from_stdin || to_stdout {
            p.write(1, &made).await;
            continue;
        }
        if p.metadata(&target).is_ok() && !options.has('f') {
            say(format!("{target} already exists;\tnot overwritten")).await;
            status = 2;
            continue;
        }
        if let Err(error) = p.write_file(&target, &made) {
            say(format!("{target}: {error}")).await;
            status = 1;
            continue;
        }
        if let Some(metadata) = &metadata {
            let _ = p.set_mode(&target, metadata.mode);
            let _ = p.touch(&target, metadata.modified);
        }
        if options.has('v') {
            let (small, large) = if unpacks { (data.len(), made.len()) } else { (made.len(), data.len()) };
            let ratio = if large == 0 { 0.0 } else { (1.0 - small as f64 / large as f64) * 100.0 };
            let what = if options.has('k') { "created" } else { "replaced with" };
            p.err(&format!("{path}:\t{ratio:>5.1}% -- {what} {target}\n")).await;
        }
        if !options.has('k')
            && let Err(error) = p.remove_file(&path)
        {
            say(format!("{path}: {error}")).await;
            status = 1;
        }
    }
    status
}

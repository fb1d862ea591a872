//! `gzip`, `gunzip`, `zcat`: pack and unpack files. What it packs is a little larger than what gzip(1) 1.12 does.

use super::deflate::{pack, unpack};
use super::prelude::*;

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

/// What a command line asks for.
struct Gzip {
    p: Process,
    options: Options,
    /// How its messages start.
    name: String,
    unpacks: bool,
    to_stdout: bool,
    /// `-l`
    lists: bool,
    /// The titles of `-l` were printed.
    printed_head: bool,
}

impl Gzip {
    async fn say(&self, text: String) {
        self.p.err(&format!("{}: {text}\n", self.name)).await;
    }

    /// The name of what is made of a file; the error is why there is none.
    fn target(&self, path: &str, keeps: bool) -> Result<String, String> {
        match (self.unpacks, path.strip_suffix(".gz"), path.strip_suffix(".tgz")) {
            (true, Some(plain), _) => Ok(plain.to_owned()),
            (true, None, Some(plain)) => Ok(format!("{plain}.tar")),
            (true, None, None) if !keeps => Err(format!("{path}: unknown suffix -- ignored")),
            (false, Some(_), _) if !keeps && !self.options.has('f') => {
                Err(format!("{path} already has .gz suffix -- unchanged"))
            }
            (true, ..) => Ok(path.to_owned()),
            (false, ..) => Ok(format!("{path}.gz")),
        }
    }

    /// Packs or unpacks one file; gives the status.
    async fn file(&mut self, mut path: String) -> Result<(), ExitStatus> {
        let p = &self.p;
        let from_stdin = path == "-";
        if self.unpacks && !from_stdin && p.metadata(&path).is_err() && !path.ends_with("gz") {
            path.push_str(".gz");
        }
        let metadata = if from_stdin { None } else { p.metadata(&path).ok() };
        if metadata.as_ref().is_some_and(Metadata::is_dir) {
            self.say(format!("{path} is a directory -- ignored")).await;
            return Err(ExitStatus(2));
        }
        let data = match Source::open(p, &path) {
            Ok(mut source) => source.all().await,
            Err(error) => {
                self.say(format!("{path}: {error}")).await;
                return Err(ExitStatus(1));
            }
        };
        let keeps = from_stdin || self.to_stdout || self.options.has('t') || self.lists;
        let target = match self.target(&path, keeps) {
            Ok(target) => target,
            Err(why) => {
                self.say(why).await;
                return Err(ExitStatus(2));
            }
        };
        let made = if self.unpacks {
            match unpack(&data) {
                Ok(made) => made,
                Err(why) => {
                    let shown = if from_stdin { "stdin" } else { &path };
                    let apart = ["not", "unexpected", "invalid"].iter().any(|start| why.starts_with(start));
                    p.err(&format!("{}{}: {shown}: {why}\n", if apart { "\n" } else { "" }, self.name)).await;
                    return Err(ExitStatus(1));
                }
            }
        } else {
            let base = path.rsplit('/').next().unwrap_or(&path);
            let kept = if from_stdin || self.options.has('n') { None } else { Some(base) };
            let time = metadata.as_ref().filter(|_| !self.options.has('n'));
            pack(&data, kept, time.map_or(0, |m| m.modified.unix_secs() as u32))
        };
        p.work((data.len() + made.len()) as u64 * 4).await;
        if self.lists {
            self.list(&data, &made, &target).await;
            return Ok(());
        }
        if self.options.has('t') {
            return Ok(());
        }
        if from_stdin || self.to_stdout {
            p.write(1, &made).await;
            return Ok(());
        }
        self.replace(&path, &target, metadata.as_ref(), &made, data.len()).await
    }

    /// A line of `-l`.
    async fn list(&mut self, packed: &[u8], made: &[u8], target: &str) {
        if !std::mem::replace(&mut self.printed_head, true) {
            self.p.out("         compressed        uncompressed  ratio uncompressed_name\n").await;
        }
        let body = packed.len().saturating_sub(18 + target.rsplit('/').next().map_or(0, |name| name.len() + 1)) as f64;
        let ratio = if made.is_empty() { 0.0 } else { (1.0 - body / made.len() as f64) * 100.0 };
        self.p.out(&format!("{:>19} {:>19} {ratio:>5.1}% {target}\n", packed.len(), made.len())).await;
    }

    /// Puts what was made in the place of its file, of which so many bytes were read; gives the status.
    async fn replace(
        &self,
        path: &str,
        target: &str,
        metadata: Option<&Metadata>,
        made: &[u8],
        read: usize,
    ) -> Result<(), ExitStatus> {
        let p = &self.p;
        if p.metadata(target).is_ok() && !self.options.has('f') {
            self.say(format!("{target} already exists;\tnot overwritten")).await;
            return Err(ExitStatus(2));
        }
        if let Err(error) = p.write_file(target, made) {
            self.say(format!("{target}: {error}")).await;
            return Err(ExitStatus(1));
        }
        if let Some(metadata) = metadata {
            let _ = p.set_mode(target, metadata.mode);
            let _ = p.touch(target, metadata.modified);
        }
        if self.options.has('v') {
            let (small, large) = if self.unpacks { (read, made.len()) } else { (made.len(), read) };
            let ratio = if large == 0 { 0.0 } else { (1.0 - small as f64 / large as f64) * 100.0 };
            let what = if self.options.has('k') { "created" } else { "replaced with" };
            p.err(&format!("{path}:\t{ratio:>5.1}% -- {what} {target}\n")).await;
        }
        if !self.options.has('k')
            && let Err(error) = p.remove_file(path)
        {
            self.say(format!("{path}: {error}")).await;
            return Err(ExitStatus(1));
        }
        Ok(())
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let called = name_of(&p);
    // GNU's gunzip and zcat are scripts that start gzip.
    let name = if is_busybox(&p) { called.clone() } else { "gzip".to_owned() };
    let lists = options.has('l');
    let unpacks = called != "gzip" || options.has('d') || options.has('t') || lists;
    let to_stdout = called == "zcat" || options.has('c');
    if options.has('r') {
        return fail(&p, "-r is not simulated here").await;
    }
    let operands = operands_or_stdin(&options.operands);
    let refuses_terminal = !unpacks && p.is_tty(1) && !options.has('f');
    let mut gzip = Gzip { p, options, name, unpacks, to_stdout, lists, printed_head: false };
    let mut status = Ok(());
    for path in operands {
        if path == "-" && refuses_terminal {
            let text =
                "compressed data not written to a terminal. Use -f to force compression.\nFor help, type: gzip -h";
            gzip.say(text.to_owned()).await;
            return Err(ExitStatus(1));
        }
        match gzip.file(path).await {
            Ok(()) => {}
            failed => status = failed,
        }
    }
    status
}

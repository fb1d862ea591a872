//! `tail`: prints the last lines or bytes, and with `-f` what is appended later. tail(1) of GNU coreutils 9.1.

use std::rc::Rc;

use machine::{Copies, Daemon, DaemonStart, Idle, LocalFuture, MEMORY_LIMIT, Resume};

use super::head::{Part, header, lines_with_ends};
use super::prelude::*;

const SPEC: Spec = Spec {
    short: "c:fFn:qs:v\u{1}:",
    long: &[
        ("bytes", 'c'),
        ("follow", 'f'),
        ("lines", 'n'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("sleep-interval", 's'),
        ("verbose", 'v'),
        ("pid", '\u{1}'),
    ],
    usage: "[OPTION]... [FILE]...",
    status: 1,
};

/// How much is kept at least before something of it is let go.
const TRIM: usize = 128 * 1024;

/// Where in `data` the last `amount` lines or bytes start, or (with `+`) where line or byte `amount` is.
fn start(data: &[u8], unit: char, amount: usize, from_start: bool) -> usize {
    match (unit, from_start) {
        ('c', true) => amount.saturating_sub(1).min(data.len()),
        ('c', false) => data.len().saturating_sub(amount),
        (_, true) => {
            let lines = lines_with_ends(data);
            lines.iter().take(amount.saturating_sub(1)).map(|line| line.len()).sum()
        }
        (_, false) => {
            let ends = data[..data.len() - usize::from(data.ends_with(b"\n"))].iter().enumerate().rev();
            let mut ends = ends.filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
            if amount == 0 { data.len() } else { ends.nth(amount - 1).unwrap_or(0) }
        }
    }
}

/// Prints the part of a source that is asked for, and gives how long the source was.
async fn show(p: &Process, source: &mut Source, unit: char, amount: usize, from_start: bool) -> usize {
    let mut length = 0;
    let mut kept: Vec<u8> = Vec::new();
    if from_start {
        let mut skip = amount.saturating_sub(1);
        while let Some(chunk) = source.chunk().await {
            length += chunk.len();
            let mut rest = chunk.as_slice();
            while skip > 0 && !rest.is_empty() {
                let taken = match (unit, rest.iter().position(|byte| *byte == b'\n')) {
                    ('c', _) => skip.min(rest.len()),
                    (_, newline) => newline.map_or(rest.len(), |at| at + 1),
                };
                let ended = unit == 'c' || rest[taken - 1] == b'\n';
                skip -= if unit == 'c' { taken } else { usize::from(ended) };
                rest = &rest[taken..];
            }
            p.write(1, rest).await;
        }
        return length;
    }
    let mut trimmed = 0;
    while let Some(chunk) = source.chunk().await {
        length += chunk.len();
        kept.extend(chunk);
        // What can no longer be among the last is let go, when it has become as much as the rest.
        if kept.len() > 2 * trimmed + TRIM {
            kept.drain(..start(&kept, unit, amount, false));
            trimmed = kept.len();
            if trimmed > MEMORY_LIMIT {
                exhausted(p).await;
            }
        }
    }
    p.write(1, &kept[start(&kept, unit, amount, false)..]).await;
    length
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let Part { unit, amount, sign, operands, headers, options } = Part::read(&p, &SPEC).await?;
    let from_start = sign == Some('+');
    let follow = options.last_of("fF");
    let (mut status, mut first) = (Ok(()), true);
    // Each followed file with how much of it has been shown; `None` for one that is not there (yet).
    let mut followed: Vec<(String, Option<usize>)> = Vec::new();
    for path in &operands {
        match Source::open(&p, path) {
            Ok(mut source) => {
                if headers {
                    header(&p, path, &mut first).await;
                }
                let length = show(&p, &mut source, unit, amount, from_start).await;
                if path != "-" {
                    followed.push((path.clone(), Some(length)));
                }
            }
            Err(Errno::EISDIR) => {
                status = fail(&p, &format!("error reading {}: Is a directory", quote_always(path))).await;
            }
            Err(error) => {
                let text = match is_busybox(&p) {
                    true => format!("{path}: {error}"),
                    false => format!("cannot open {} for reading: {error}", quote_always(path)),
                };
                status = fail(&p, &text).await;
                if follow == Some('F') {
                    followed.push((path.clone(), None));
                }
            }
        }
    }
    if follow.is_none() {
        return status;
    }
    if followed.is_empty() {
        if status.is_err() {
            complain(&p, "no files remaining").await;
        }
        return status;
    }
    let interval = options.value('s').and_then(|text| text.parse::<f64>().ok()).unwrap_or(1.0).clamp(0.01, 3600.0);
    let following = Following {
        by_name: follow == Some('F'),
        interval: Duration::from_secs_f64(interval),
        headers,
        first,
        shown: followed.len() - 1,
        followed,
    };
    ExitStatus::check(following.wait(p).await)
}

/// `tail -f` after it has shown what was there. While it waits it is data, where it can be.
#[derive(Clone)]
struct Following {
    /// `-F`: a file may come, and go.
    by_name: bool,
    interval: Duration,
    headers: bool,
    /// Nothing has a header yet.
    first: bool,
    /// The file that was shown last.
    shown: usize,
    /// Each file with how much of it has been shown; `None` for one that is not there (yet).
    followed: Vec<(String, Option<usize>)>,
}

impl Resume for Following {
    fn resume(&self, process: Process, _: &mut Copies) -> LocalFuture<i32> {
        let mut following = self.clone();
        Box::pin(async move {
            following.print_new(&process).await;
            following.wait(process).await
        })
    }
}

impl Following {
    /// Looks again and again; ends only if it goes on as data.
    async fn wait(mut self, mut p: Process) -> i32 {
        loop {
            match p.sleep_as_data(self.interval, Rc::new(self.clone())) {
                None => return 0,
                Some(process) => p = process,
            }
            p.sleep(self.interval).await;
            self.print_new(&p).await;
        }
    }

    /// Shows what is new.
    async fn print_new(&mut self, p: &Process) {
        let mut followed = std::mem::take(&mut self.followed);
        for (index, (path, seen)) in followed.iter_mut().enumerate() {
            let Ok((length, mut fresh)) = p.read_file_after(path, seen.unwrap_or(0)) else {
                if self.by_name && seen.take().is_some() {
                    let text = format!("{} has become inaccessible: No such file or directory", quote_always(path));
                    complain(p, &text).await;
                }
                continue;
            };
            match *seen {
                Some(from) if from <= length => {}
                Some(_) => {
                    complain(p, &format!("{path}: file truncated")).await;
                    fresh = p.read_file(path).unwrap_or_default();
                }
                None => {
                    complain(p, &format!("{} has appeared;  following new file", quote_always(path))).await;
                }
            }
            *seen = Some(length);
            if !fresh.is_empty() {
                if self.headers && std::mem::replace(&mut self.shown, index) != index {
                    header(p, path, &mut self.first).await;
                }
                p.write(1, &fresh).await;
            }
        }
        self.followed = followed;
    }
}

/// `tail -f /dev/null`, the other way to keep a container up.
pub(crate) fn as_data(p: &Process) -> DaemonStart {
    let args: Vec<&str> = p.args().iter().skip(1).map(String::as_str).collect();
    let follows = args.iter().any(|arg| *arg == "-f" || *arg == "-F" || *arg == "--follow");
    let nothing = args.iter().filter(|arg| !arg.starts_with('-')).eq([&"/dev/null"]);
    Ok((follows && nothing).then(|| Daemon::new(Idle)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_counted_from_either_end() {
        let data = b"1\n2\n3\n4";
        for (unit, amount, from_start, expected) in [
            ('n', 2, false, "3\n4"),
            ('n', 9, false, "1\n2\n3\n4"),
            ('n', 3, true, "3\n4"),
            ('n', 0, false, ""),
            ('c', 3, false, "3\n4"),
            ('c', 3, true, "2\n3\n4"),
        ] {
            let rest = &data[start(data, unit, amount, from_start)..];
            assert_eq!(std::str::from_utf8(rest).unwrap(), expected, "{unit}{amount}");
        }
    }
}

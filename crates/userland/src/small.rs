//! Programs of a few lines: `true`, `false`, `yes`, `sleep`, `seq`, `basename`, `dirname`, `tee`, `rev`, `nl`, `tac`,
//! `clear`, `realpath`, `readlink`, `mktemp`, `nproc`, `tty`, `sync`, `truncate`.

use machine::libc::printf;

use super::prelude::*;

pub async fn r#true(_: Process) -> i32 {
    0
}

pub async fn r#false(_: Process) -> i32 {
    1
}

pub async fn yes(p: Process) -> i32 {
    const SPEC: Spec = Spec { short: "+", long: &[], usage: "[STRING]...", status: 1 };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let line = if options.operands.is_empty() { "y\n".to_owned() } else { format!("{}\n", options.operands.join(" ")) };
    // Somebody who looks on sees small pieces.
    let size = if p.is_tty(1) { 4096 } else { 64 * 1024 };
    let block = line.repeat((size / line.len()).max(1));
    loop {
        p.write(1, block.as_bytes()).await;
        p.tick().await;
    }
}

/// A number of seconds with an optional suffix, as sleep(1) and timeout(1) read it.
pub fn interval(text: &str) -> Option<Duration> {
    let (number, unit) = match text.chars().last() {
        Some('s') => (&text[..text.len() - 1], 1.0),
        Some('m') => (&text[..text.len() - 1], 60.0),
        Some('h') => (&text[..text.len() - 1], 3600.0),
        Some('d') => (&text[..text.len() - 1], 86_400.0),
        _ => (text, 1.0),
    };
    if number.eq_ignore_ascii_case("infinity") || number.eq_ignore_ascii_case("inf") {
        return Some(Duration::from_secs(u64::from(u32::MAX)));
    }
    let number: f64 = number.parse().ok().filter(|n: &f64| *n >= 0.0)?;
    Some(Duration::from_secs_f64((number * unit).min(f64::from(u32::MAX))))
}

pub async fn sleep(p: Process) -> i32 {
    const SPEC: Spec = Spec { short: "+", long: &[], usage: "NUMBER[SUFFIX]...", status: 1 };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    let mut total = Duration::ZERO;
    for text in &options.operands {
        match interval(text) {
            Some(duration) => total += duration,
            None if is_busybox(&p) => return fail(&p, &format!("invalid number '{text}'")).await,
            None => return usage_hint(&p, &format!("invalid time interval {}", quote(&p, text))).await,
        }
    }
    p.sleep(total).await;
    0
}

pub async fn seq(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "+f:s:w0123456789.",
        long: &[("format", 'f'), ("separator", 's'), ("equal-width", 'w')],
        usage: "[OPTION]... [FIRST [INCREMENT]] LAST",
        status: 1,
    };
    // `-5` is a number here.
    let mut args = p.args().to_vec();
    if let Some(at) = (1..args.len()).find(|at| args[*at].parse::<f64>().is_ok()) {
        args.insert(at, "--".to_owned());
    }
    let options = match SPEC.parse_args(&p, &args).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut numbers = Vec::new();
    for text in &options.operands {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => numbers.push(number),
            _ => return usage_hint(&p, &format!("invalid floating point argument: {}", quote(&p, text))).await,
        }
    }
    let (first, step, last) = match numbers.as_slice() {
        [] => return usage_hint(&p, "missing operand").await,
        [last] => (1.0, 1.0, *last),
        [first, last] => (*first, 1.0, *last),
        [first, step, last] => (*first, *step, *last),
        [_, _, _, ..] => {
            return usage_hint(&p, &format!("extra operand {}", quote(&p, &options.operands[3]))).await;
        }
    };
    if step == 0.0 {
        return usage_hint(&p, &format!("invalid Zero increment value: {}", quote(&p, &options.operands[1]))).await;
    }
    let decimals = |text: &String| text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let precision = options.operands.iter().take(options.operands.len().max(2) - 1).map(decimals).max().unwrap_or(0);
    let separator = options.value('s').unwrap_or("\n").to_owned();
    let width = if options.has('w') {
        format!("{first:.precision$}").len().max(format!("{last:.precision$}").len())
    } else {
        0
    };
    let whole = |number: f64| number.fract() == 0.0 && (0.0..1e15).contains(&number);
    if options.given.is_empty() && step == 1.0 && precision == 0 && whole(first) && whole(last) {
        return count_up(&p, first as u64, last as u64).await;
    }
    let (mut index, mut out) = (0u64, String::new());
    loop {
        let value = first + step * index as f64;
        if (step > 0.0 && value > last + 1e-9) || (step < 0.0 && value < last - 1e-9) {
            break;
        }
        if index > 0 {
            out.push_str(&separator);
        }
        match options.value('f') {
            Some(pattern) => {
                let printed = printf::format(pattern, &[value.to_string()]);
                if printed.too_long {
                    exhausted(&p).await;
                }
                out.push_str(&String::from_utf8_lossy(&printed.bytes));
            }
            None => out.push_str(&format!("{value:0width$.precision$}")),
        }
        index += 1;
        if out.len() > 4096 {
            p.out(&std::mem::take(&mut out)).await;
            p.tick().await;
        }
    }
    if index > 0 {
        out.push('\n');
    }
    p.out(&out).await;
    0
}

/// Prints whole numbers, a line each: the digits of one become those of the next, as there may be a thousand million.
async fn count_up(p: &Process, first: u64, last: u64) -> i32 {
    const CHUNK: usize = 64 * 1024;
    let chunk = if p.is_tty(1) { 4096 } else { CHUNK };
    let mut out = Vec::with_capacity(CHUNK + 32);
    let mut line = format!("{first}\n").into_bytes();
    let mut pieces = 0u64;
    for _ in first..=last {
        out.extend_from_slice(&line);
        let mut at = line.len() - 1;
        loop {
            if at == 0 {
                line.insert(0, b'1');
                break;
            }
            at -= 1;
            if line[at] < b'9' {
                line[at] += 1;
                break;
            }
            line[at] = b'0';
        }
        if out.len() >= chunk {
            p.write(1, &out).await;
            out.clear();
            // It counts quickly: a step is worth several pieces.
            pieces += 1;
            if pieces.is_multiple_of(4) {
                p.tick().await;
            }
        }
    }
    p.write(1, &out).await;
    0
}

/// The last name of a path.
pub fn base_name(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() && !path.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or("") }
}

pub async fn basename(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "+as:z",
        long: &[("multiple", 'a'), ("suffix", 's'), ("zero", 'z')],
        usage: "NAME [SUFFIX]",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let multiple = options.has('a') || options.has('s');
    let mut names = options.operands.clone();
    let mut suffix = options.value('s').unwrap_or("").to_owned();
    if names.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    if !multiple {
        if let Some(extra) = names.get(2) {
            return usage_hint(&p, &format!("extra operand {}", quote(&p, extra))).await;
        }
        if names.len() == 2 {
            suffix = names.pop().unwrap_or_default();
        }
    }
    let end = if options.has('z') { '\0' } else { '\n' };
    for name in &names {
        let base = base_name(name);
        let base = base.strip_suffix(suffix.as_str()).filter(|rest| !rest.is_empty()).unwrap_or(base);
        p.out(&format!("{base}{end}")).await;
    }
    0
}

pub async fn dirname(p: Process) -> i32 {
    const SPEC: Spec = Spec { short: "z", long: &[("zero", 'z')], usage: "[OPTION] NAME...", status: 1 };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    for path in &options.operands {
        let trimmed = path.trim_end_matches('/');
        let dir = match trimmed.rsplit_once('/') {
            Some((dir, _)) => match dir.trim_end_matches('/') {
                "" => "/",
                dir => dir,
            },
            None if trimmed.is_empty() && path.starts_with('/') => "/",
            None => ".",
        };
        p.out(&format!("{dir}\n")).await;
    }
    0
}

pub async fn tee(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "aip",
        long: &[("append", 'a'), ("ignore-interrupts", 'i')],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut status = 0;
    let mut files = Vec::new();
    // Streams that a path names (`/dev/stderr`, a process substitution) are held beside the three.
    let mut streams = p.clone();
    let mut numbers = Vec::new();
    for path in &options.operands {
        if let Ok(Some(fd)) = p.open_to_write(path) {
            let number = 1 << 16 | numbers.len() as u32;
            streams.set_fd(number, fd);
            numbers.push((number, path.clone()));
            continue;
        }
        let opened = if options.has('a') { p.append_file(path, b"") } else { p.write_file(path, b"") };
        match opened {
            Ok(()) => files.push(path.clone()),
            Err(error) => status = fail(&p, &format!("{}: {error}", quote_if_needed(path))).await,
        }
    }
    let mut source = Source::stdin(&p);
    while let Some(chunk) = source.chunk().await {
        p.write(1, &chunk).await;
        for (number, path) in &numbers {
            if let Err(error) = streams.try_write(*number, &chunk).await {
                status = fail(&p, &format!("{}: {error}", quote_if_needed(path))).await;
            }
        }
        let mut failed = Vec::new();
        files.retain(|path| match p.append_file(path, &chunk) {
            Ok(()) => true,
            Err(error) => {
                failed.push(format!("{}: {error}", quote_if_needed(path)));
                false
            }
        });
        for text in failed {
            status = fail(&p, &text).await;
        }
    }
    status
}

pub async fn rev(p: Process) -> i32 {
    const SPEC: Spec = Spec { short: "", long: &[], usage: "[options] [<file> ...]", status: 1 };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut status = 0;
    for path in operands_or_stdin(&options.operands) {
        match Source::open(&p, &path) {
            Ok(mut source) => {
                while let Some(line) = source.line().await {
                    let text = String::from_utf8_lossy(&line).into_owned();
                    let (body, end) = text.strip_suffix('\n').map_or((text.as_str(), ""), |body| (body, "\n"));
                    p.out(&format!("{}{end}", body.chars().rev().collect::<String>())).await;
                }
            }
            Err(error) => status = fail(&p, &format!("cannot open {path}: {error}")).await,
        }
    }
    status
}

pub async fn tac(p: Process) -> i32 {
    const SPEC: Spec = Spec { short: "", long: &[], usage: "[OPTION]... [FILE]...", status: 1 };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let (data, status) = read_operands(&p, &options.operands).await;
    let mut lines: Vec<&[u8]> = data.split_inclusive(|b| *b == b'\n').collect();
    lines.reverse();
    p.write(1, &lines.concat()).await;
    status
}

pub async fn nl(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "b:n:s:v:w:",
        long: &[("body-numbering", 'b'), ("number-format", 'n'), ("number-separator", 's'), ("number-width", 'w')],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let all = options.value('b') == Some("a");
    let width: usize = options.value('w').and_then(|w| w.parse().ok()).unwrap_or(6).min(100);
    let mut number: i64 = options.value('v').and_then(|v| v.parse().ok()).unwrap_or(1);
    let separator = options.value('s').unwrap_or("\t");
    let (data, status) = read_operands(&p, &options.operands).await;
    let mut out = Vec::new();
    for line in lines(&data) {
        if line.is_empty() && !all {
            out.extend(" ".repeat(width + separator.len()).into_bytes());
        } else {
            let text = match options.value('n') {
                Some("ln") => format!("{number:<width$}"),
                Some("rz") => format!("{number:0>width$}"),
                _ => format!("{number:>width$}"),
            };
            out.extend(format!("{text}{separator}").into_bytes());
            number += 1;
        }
        out.extend(line);
        out.push(b'\n');
    }
    p.write(1, &out).await;
    status
}

pub async fn clear(p: Process) -> i32 {
    match p.env("TERM") {
        Some(term) if !term.is_empty() => {
            p.out("\x1b[H\x1b[2J\x1b[3J").await;
            0
        }
        _ => {
            p.err("TERM environment variable not set.\n").await;
            1
        }
    }
}

pub async fn realpath(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "efmnsqz",
        long: &[
            ("canonicalize-existing", 'e'),
            ("canonicalize", 'f'),
            ("canonicalize-missing", 'm'),
            ("no-newline", 'n'),
        ],
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
    let link = name_of(&p) == "readlink";
    let mut status = 0;
    for path in &options.operands {
        let found = if link && !(options.has('e') || options.has('f') || options.has('m')) {
            p.read_link(path)
        } else {
            match p.canonicalize(path) {
                // All but the last name must exist; with -m nothing need.
                Err(Errno::ENOENT) if !options.has('e') => {
                    let absolute = p.resolve(path);
                    // A link that leads nowhere is followed as far as it goes.
                    let absolute = match p.read_link(&absolute) {
                        Ok(target) if target.starts_with('/') => target,
                        Ok(target) => p.resolve(&format!("{}/../{target}", absolute)),
                        Err(_) => absolute,
                    };
                    let (dir, name) = absolute.rsplit_once('/').unwrap_or(("", ""));
                    match p.canonicalize(if dir.is_empty() { "/" } else { dir }) {
                        Ok(dir) => Ok(format!("{}/{name}", dir.trim_end_matches('/'))),
                        Err(_) if options.has('m') => Ok(absolute),
                        Err(error) => Err(error),
                    }
                }
                found => found,
            }
        };
        match found {
            Ok(found) if options.has('n') => p.out(&found).await,
            Ok(found) => p.out(&format!("{found}\n")).await,
            Err(_) if link => status = 1,
            Err(error) => status = fail(&p, &format!("{}: {error}", quote_if_needed(path))).await,
        }
    }
    status
}

pub async fn mktemp(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "dqtup:",
        long: &[("directory", 'd'), ("dry-run", 'u'), ("tmpdir", 'p'), ("quiet", 'q')],
        usage: "[OPTION]... [TEMPLATE]",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let template = options.operands.first().map_or("tmp.XXXXXXXXXX", String::as_str);
    let holes = template.len() - template.trim_end_matches('X').len();
    if holes < 3 {
        return fail(&p, &format!("too few X's in template {}", quote(&p, template))).await;
    }
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let end: String = (0..holes).map(|_| char::from(LETTERS[p.random(LETTERS.len() as u64) as usize])).collect();
    let name = format!("{}{end}", template.trim_end_matches('X'));
    let path = if options.operands.is_empty() || options.has('t') || options.has('p') {
        let dir =
            options.value('p').map(str::to_owned).or_else(|| p.env("TMPDIR")).unwrap_or_else(|| "/tmp".to_owned());
        format!("{}/{name}", dir.trim_end_matches('/'))
    } else {
        name
    };
    let made = match (options.has('u'), options.has('d')) {
        (true, _) => Ok(()),
        (_, true) => p.create_dir(&path).and_then(|()| p.set_mode(&path, 0o700)),
        _ => p.write_file(&path, b"").and_then(|()| p.set_mode(&path, 0o600)),
    };
    match made {
        Ok(()) => {
            p.out(&format!("{path}\n")).await;
            0
        }
        Err(error) => {
            let what = if options.has('d') { "directory" } else { "file" };
            fail(&p, &format!("failed to create {what} via template {}: {error}", quote(&p, template))).await
        }
    }
}

pub async fn nproc(p: Process) -> i32 {
    p.out("2\n").await;
    0
}

pub async fn tty(p: Process) -> i32 {
    if p.is_tty(0) {
        p.out("/dev/pts/0\n").await;
        0
    } else {
        p.out("not a tty\n").await;
        1
    }
}

pub async fn truncate(p: Process) -> i32 {
    const SPEC: Spec =
        Spec { short: "cs:", long: &[("no-create", 'c'), ("size", 's')], usage: "OPTION... FILE...", status: 1 };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some(text) = options.value('s') else {
        return usage_hint(
            &p,
            &format!("you must specify either {} or {}", quote(&p, "--size"), quote(&p, "--reference")),
        )
        .await;
    };
    let Some(size) = super::head::count(text) else {
        return fail(&p, &format!("Invalid number: {}", quote(&p, text))).await;
    };
    if options.operands.is_empty() {
        return usage_hint(&p, "missing file operand").await;
    }
    let mut status = 0;
    for path in &options.operands {
        let mut data = match p.read_file(path) {
            Ok(data) => data,
            Err(Errno::ENOENT) if options.has('c') => continue,
            Err(_) => Vec::new(),
        };
        let now = data.len() as u64;
        let new = match text.chars().next() {
            Some('+') => now.saturating_add(size),
            Some('-') => now.saturating_sub(size),
            _ => size,
        };
        let written = if new > machine::FILE_LIMIT {
            Err(Errno::EFBIG)
        } else {
            data.resize(new as usize, 0);
            p.write_file(path, &data)
        };
        if let Err(error) = written {
            status = fail(&p, &format!("cannot open {} for writing: {error}", quote_always(path))).await;
        }
    }
    status
}

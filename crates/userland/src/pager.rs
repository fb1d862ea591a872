//! Programs that a person looks at: `less`, `more`, `vi`, `nano`, `watch`, `top`, `man`, `tput`, `stty`, `tree`, `file`.

use machine::{FileType, Spawn};

use super::prelude::*;

/// `less`, `more`: one page after the other on a terminal, everything at once elsewhere.
pub async fn pager(p: Process) -> i32 {
    let name = name_of(&p);
    let operands: Vec<String> =
        p.args().iter().skip(1).filter(|arg| !arg.starts_with('-') && !arg.starts_with('+')).cloned().collect();
    if operands.is_empty() && p.is_tty(0) {
        let text = if name == "less" {
            "Missing filename (\"less --help\" for help)\n"
        } else {
            "more: bad usage\nTry 'more --help' for more information.\n"
        };
        p.err(text).await;
        return 1;
    }
    let (data, status) = {
        let mut data = Vec::new();
        let mut status = 0;
        for path in operands_or_stdin(&operands) {
            match Source::open(&p, &path) {
                Ok(mut source) => data.extend(source.all().await),
                Err(Errno::EISDIR) if name == "more" => p.out(&format!("\n*** {path}: directory ***\n\n")).await,
                Err(Errno::EISDIR) => {
                    p.err(&format!("{path} is a directory\n")).await;
                    status = 1;
                }
                Err(error) if name == "more" => {
                    p.err(&format!("more: cannot open {path}: {error}\n")).await;
                    status = 1;
                }
                Err(error) => {
                    p.err(&format!("{path}: {error}\n")).await;
                    status = 1;
                }
            }
        }
        (data, status)
    };
    // Keys come from the terminal only when standard input is one; a whole page of typed lines is not asked for.
    if !p.is_tty(1) || !p.is_tty(0) {
        p.write(1, &data).await;
        return status;
    }
    let page = usize::from(p.window().1.max(2)) - 1;
    let lines: Vec<&[u8]> = data.split_inclusive(|byte| *byte == b'\n').collect();
    let mut at = 0;
    while at < lines.len() {
        let end = (at + page).min(lines.len());
        p.write(1, &lines[at..end].concat()).await;
        at = end;
        if at < lines.len() {
            p.out(&format!("\x1b[7m--More-- ({}%; Enter: on, q: end)\x1b[m", at * 100 / lines.len())).await;
            let answer = p.read_line(0).await;
            p.out("\x1b[1A\r\x1b[K").await;
            if answer.is_none_or(|line| line.first() == Some(&b'q')) {
                break;
            }
        }
    }
    status
}

/// `vi`, `vim`, `nano`: the page's own editor opens on the file.
pub async fn editor(p: Process) -> i32 {
    let name = name_of(&p);
    let Some(path) = p.args().iter().skip(1).find(|arg| !arg.starts_with('-') && !arg.starts_with('+')).cloned() else {
        p.err(&format!("{name}: name a file to edit, such as '{name} pod.yaml'\n")).await;
        return 1;
    };
    if p.metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
        p.err(&format!("\"{path}\" is a directory\n")).await;
        return 1;
    }
    match p.open_editor(&path, false) {
        Some(()) => 0,
        None => {
            let text = format!(
                "{name}: there is no editor on this terminal; write the file with 'cat > {path} <<EOF', or change it with sed\n"
            );
            p.err(&text).await;
            1
        }
    }
}

/// `watch`: a command again and again, until Ctrl-C.
pub async fn watch(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "+bcdegn:tx",
        long: &[("interval", 'n'), ("differences", 'd'), ("no-title", 't'), ("exec", 'x')],
        usage: "[options] command",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        p.err("\nUsage:\n watch [options] command\n").await;
        return 1;
    }
    let seconds: f64 = options.value('n').and_then(|n| n.parse().ok()).unwrap_or(2.0);
    let line = options.operands.join(" ");
    let terminal = p.is_tty(1);
    loop {
        if terminal {
            p.out("\x1b[H\x1b[2J").await;
        }
        if !options.has('t') {
            let date = strftime::format(p.now(), "%a %b %e %H:%M:%S %Y");
            let title = format!("Every {seconds:.1}s: {line}");
            let width = usize::from(p.window().0);
            let right = format!("{}: {date}", p.hostname());
            let gap = width.saturating_sub(title.chars().count() + right.len()).max(1);
            p.out(&format!("{title}{}{right}\n\n", " ".repeat(gap))).await;
        }
        match p.spawn(Spawn::new(["sh", "-c", &line])) {
            Ok(child) => drop(child.wait().await),
            Err(error) => return error.status(),
        }
        p.sleep(Duration::from_secs_f64(seconds.clamp(0.1, 86_400.0))).await;
    }
}

/// `top`.
pub async fn top(p: Process) -> i32 {
    p.err("top: not simulated: 'ps aux' shows the processes\n").await;
    p.hint_not_simulated("top");
    1
}

/// `man`.
pub async fn man(p: Process) -> i32 {
    match p.args().get(1) {
        None => {
            p.err("What manual page do you want?\nFor example, try 'man man'.\n").await;
            1
        }
        Some(name) => {
            p.err(&format!("No manual entry for {name}\n")).await;
            16
        }
    }
}

/// `tput cols`, `tput lines`, `tput clear`.
pub async fn tput(p: Process) -> i32 {
    let (columns, rows) = p.window();
    let text = match p.args().get(1).map(String::as_str) {
        Some("cols") => format!("{columns}\n"),
        Some("lines") => format!("{rows}\n"),
        Some("clear") => "\x1b[H\x1b[2J".to_owned(),
        Some("bold") => "\x1b[1m".to_owned(),
        Some("sgr0") => "\x1b(B\x1b[m".to_owned(),
        Some("setaf") => format!("\x1b[3{}m", p.args().get(2).map_or("7", String::as_str)),
        _ => String::new(),
    };
    p.out(&text).await;
    0
}

/// `stty size`, `stty`: the window's size, the terminal's settings. Nothing is set.
pub async fn stty(p: Process) -> i32 {
    if !p.is_tty(0) {
        p.err("stty: 'standard input': Inappropriate ioctl for device\n").await;
        return 1;
    }
    let (columns, rows) = p.window();
    let words: Vec<&str> = p.args().iter().skip(1).map(String::as_str).collect();
    let text = match words.as_slice() {
        ["size"] => format!("{rows} {columns}\n"),
        [] => "speed 38400 baud; line = 0;\n".to_owned(),
        ["-a" | "--all"] => format!("speed 38400 baud; rows {rows}; columns {columns}; line = 0;\n"),
        _ => {
            p.err("stty: not simulated: settings cannot be changed; 'stty size' shows rows and columns\n").await;
            p.hint_not_simulated("stty");
            return 1;
        }
    };
    p.out(&text).await;
    0
}

/// `tree`: a directory as a tree.
pub async fn tree(p: Process) -> i32 {
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
        return 2;
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
    0
}

/// `file`: what a file is.
pub async fn file(p: Process) -> i32 {
    let operands: Vec<String> = p.args().iter().skip(1).filter(|arg| !arg.starts_with('-')).cloned().collect();
    for path in operands {
        let text = match p.symlink_metadata(&path) {
            Err(error) => format!("cannot open `{path}' ({error})"),
            Ok(metadata) => match metadata.file_type {
                FileType::Directory => "directory".to_owned(),
                FileType::Symlink => format!("symbolic link to {}", p.read_link(&path).unwrap_or_default()),
                FileType::Device => "character special".to_owned(),
                FileType::Socket => "socket".to_owned(),
                FileType::Fifo => "fifo (named pipe)".to_owned(),
                FileType::File => {
                    let data = p.read_file(&path).unwrap_or_default();
                    if data.is_empty() {
                        "empty"
                    } else if data.starts_with(b"\x7fELF") {
                        "ELF 64-bit LSB pie executable, x86-64"
                    } else if data.starts_with(b"#!") {
                        "POSIX shell script, ASCII text executable"
                    } else if data.is_ascii() && !data.contains(&0) {
                        "ASCII text"
                    } else if std::str::from_utf8(&data).is_ok() {
                        "Unicode text, UTF-8 text"
                    } else {
                        "data"
                    }
                    .to_owned()
                }
            },
        };
        p.out(&format!("{path}: {text}\n")).await;
    }
    0
}

//! `read [-rs] [-p prompt] [-a array] [-n nchars] [-d delim] [-t timeout] [-u fd] [name …]`

use futures_util::future::{Either, select};
use sim::Duration;

use crate::shell::state::{Value, Variable, is_name};
use crate::shell::{Flow, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let (mut raw, mut silent, mut prompt, mut array, mut count, mut delimiter, mut timeout) =
            (false, false, None, None, None, b'\n', None);
        let mut fd = 0;
        let mut rest = words[1..].iter();
        let mut names = Vec::new();
        while let Some(word) = rest.next() {
            if names.is_empty() && word.len() > 1 && word.starts_with('-') {
                if word == "--" {
                    continue;
                }
                let flags: Vec<char> = word[1..].chars().collect();
                for (at, flag) in flags.iter().enumerate() {
                    match flag {
                        'r' => raw = true,
                        's' => silent = true,
                        'e' => {}
                        'p' | 'a' | 'n' | 'N' | 'd' | 't' | 'u' | 'i' => {
                            let tail: String = flags[at + 1..].iter().collect();
                            let value = if tail.is_empty() { rest.next().cloned().unwrap_or_default() } else { tail };
                            match flag {
                                'p' => prompt = Some(value),
                                'a' => array = Some(value),
                                'n' | 'N' => count = value.parse::<usize>().ok(),
                                'd' => delimiter = value.bytes().next().unwrap_or(0),
                                't' => timeout = value.parse::<f64>().ok(),
                                'u' => {
                                    let open = value.parse().ok().filter(|fd| shell.process.fds.contains_key(fd));
                                    let Some(open) = open else {
                                        let why = if value.parse::<u32>().is_ok() {
                                            format!("{value}: invalid file descriptor: Bad file descriptor")
                                        } else {
                                            format!("{value}: invalid file descriptor specification")
                                        };
                                        return Ok(shell.builtin_error("read", &why, 1).await);
                                    };
                                    fd = open;
                                }
                                _ => {}
                            }
                            break;
                        }
                        other => {
                            let text = format!("-{other}: invalid option");
                            shell.builtin_error("read", &text, 2).await;
                            let usage = "read: usage: read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]\n";
                            shell.process.err(usage).await;
                            return Ok(2);
                        }
                    }
                }
            } else {
                names.push(word.clone());
            }
        }
        if let Some(bad) = names.iter().find(|name| !is_name(name)) {
            let text = format!("`{bad}': not a valid identifier");
            return Ok(shell.builtin_error("read", &text, 1).await);
        }
        if let Some(prompt) = prompt.filter(|_| shell.process.is_tty(fd)) {
            shell.process.err(&prompt).await;
        }
        let tty = shell.process.tty().filter(|_| silent && shell.process.is_tty(fd));
        let echo = |on: bool, shell: &Shell| {
            if let Some(tty) = tty {
                shell.process.kernel.with(|state| state.ttys.get_mut(&tty).map(|tty| tty.echo = on));
            }
        };
        echo(false, shell);
        let line = input(shell, fd, raw, delimiter, count, timeout).await;
        echo(true, shell);
        let (text, ended) = line?;
        let status = match ended {
            Ended::Delimiter => 0,
            Ended::File => 1,
            Ended::Timeout => 142,
        };
        assign(shell, &text, names, array).await;
        Ok(status)
    })
}

enum Ended {
    Delimiter,
    File,
    Timeout,
}

/// What was read, a character and whether it was escaped each.
async fn input(
    shell: &mut Shell,
    fd: u32,
    raw: bool,
    delimiter: u8,
    count: Option<usize>,
    timeout: Option<f64>,
) -> Result<(Vec<(char, bool)>, Ended), Flow> {
    let deadline =
        timeout.map(|seconds| shell.process.now() + Duration::from_micros((seconds.clamp(0.0, 1e9) * 1e6) as u64));
    let mut bytes: Vec<u8> = Vec::new();
    let mut ended = Ended::Delimiter;
    loop {
        let process = shell.process.clone();
        // From a terminal or a file a line is taken at once, as if byte by byte.
        let more = async {
            if delimiter == b'\n' && count.is_none() {
                process.read_line(fd).await.unwrap_or_default()
            } else {
                process.read_at_most(fd, 1).await
            }
        };
        let until = async {
            match deadline {
                Some(deadline) => process.sim().sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let read = process.unless_interrupted(select(Box::pin(more), Box::pin(until))).await;
        let more = match read {
            None if shell.run_traps().await?.is_some() => continue,
            None => return Err(Flow::Interrupt),
            Some(Either::Right(_)) => {
                ended = Ended::Timeout;
                break;
            }
            Some(Either::Left((more, _))) => more,
        };
        if more.is_empty() {
            ended = Ended::File;
            break;
        }
        bytes.extend_from_slice(&more);
        let complete = bytes.last() == Some(&delimiter);
        let escaped = !raw && bytes.iter().rev().skip(1).take_while(|byte| **byte == b'\\').count() % 2 == 1;
        if complete && !escaped {
            bytes.pop();
            break;
        }
        if count.is_some_and(|count| String::from_utf8_lossy(&bytes).chars().count() >= count) || bytes.len() > 1 << 20
        {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (mut read, mut chars) = (Vec::new(), text.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' if !raw => match chars.next() {
                Some('\n') | None => {}
                Some(next) => read.push((next, true)),
            },
            '\0' => {}
            c => read.push((c, false)),
        }
    }
    Ok((read, ended))
}

async fn assign(shell: &mut Shell, text: &[(char, bool)], names: Vec<String>, array: Option<String>) {
    let ifs = match shell.state.variables.get("IFS") {
        Some(_) => shell.state.get("IFS").unwrap_or_default().to_owned(),
        None => " \t\n".to_owned(),
    };
    let separates = |(c, escaped): &(char, bool)| !escaped && ifs.contains(*c);
    let blank = |c: &(char, bool)| separates(c) && matches!(c.0, ' ' | '\t' | '\n');
    let plain = |run: &[(char, bool)]| run.iter().map(|(c, _)| *c).collect::<String>();
    if names.is_empty() && array.is_none() {
        let text = plain(text);
        shell.assign_or_complain("REPLY", text).await;
        return;
    }
    let trim_end = |mut run: &[(char, bool)]| {
        while run.last().is_some_and(blank) {
            run = &run[..run.len() - 1];
        }
        run.to_vec()
    };
    let most = if array.is_some() { usize::MAX } else { names.len() };
    let mut fields: Vec<String> = Vec::new();
    let mut rest = text.to_vec();
    loop {
        let start = rest.iter().take_while(|c| blank(c)).count();
        rest.drain(..start);
        if rest.is_empty() {
            break;
        }
        let end = rest.iter().position(separates).unwrap_or(rest.len());
        if fields.len() + 1 == most {
            let last = trim_end(&rest);
            // One separator that ends the line belongs to the last field's end, not to its text.
            let only = last.len() == end + 1 && last.last().is_some_and(separates);
            fields.push(plain(if only { &last[..end] } else { &last }));
            break;
        }
        fields.push(plain(&rest[..end]));
        let mut after = end + rest[end..].iter().take_while(|c| blank(c)).count();
        if rest.get(after).is_some_and(|c| separates(c) && !blank(c)) {
            after += 1;
        }
        rest.drain(..after);
    }
    if let Some(array) = array {
        let items = sim::order::collect(fields.into_iter().enumerate().map(|(at, text)| (at as i64, text)));
        let variable = Variable { value: Value::Indexed(items), ..Variable::scalar("") };
        shell.state.variables.insert(array, variable);
        return;
    }
    let mut fields = fields.into_iter();
    for name in names {
        shell.assign_or_complain(&name, fields.next().unwrap_or_default()).await;
    }
}

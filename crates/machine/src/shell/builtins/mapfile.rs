//! `mapfile|readarray [-t] [-n count] [-s count] [-O origin] [-d delim] [-u fd] [-C callback] [-c quantum] [array]`

use crate::shell::state::{Value, Variable, is_name};
use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let builtin = words[0].as_str();
        let (mut trim, mut most, mut skip, mut origin, mut delimiter, mut fd) = (false, 0, 0, None, '\n', 0);
        let (mut callback, mut quantum) = (None, 5000);
        let mut name = "MAPFILE";
        let mut rest = words[1..].iter();
        while let Some(word) = rest.next() {
            let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty() && *flags != "-") else {
                if word != "--" {
                    name = word;
                }
                continue;
            };
            let letters: Vec<char> = flags.chars().collect();
            for (at, letter) in letters.iter().enumerate() {
                if *letter == 't' {
                    trim = true;
                    continue;
                }
                let tail: String = letters[at + 1..].iter().collect();
                let value = if tail.is_empty() { rest.next().cloned().unwrap_or_default() } else { tail };
                let number = value.parse::<usize>();
                match letter {
                    'n' | 's' if number.is_err() => {
                        let text = format!("{value}: invalid line count");
                        return Ok(shell.builtin_error(builtin, &text, 1).await);
                    }
                    'n' => most = number.unwrap_or(0),
                    's' => skip = number.unwrap_or(0),
                    'O' => match number {
                        Ok(number) => origin = Some(number as i64),
                        Err(_) => {
                            let text = format!("{value}: invalid array origin");
                            return Ok(shell.builtin_error(builtin, &text, 1).await);
                        }
                    },
                    'c' => quantum = number.unwrap_or(0).max(1),
                    'C' => callback = Some(value),
                    'd' => delimiter = value.chars().next().unwrap_or('\0'),
                    'u' => match value.parse().ok().filter(|fd| shell.process.fds.contains_key(fd)) {
                        Some(open) => fd = open,
                        None => {
                            let text = format!("{value}: invalid file descriptor: Bad file descriptor");
                            return Ok(shell.builtin_error(builtin, &text, 1).await);
                        }
                    },
                    other => {
                        let status = shell.builtin_error(builtin, &format!("-{other}: invalid option"), 2).await;
                        let operands = "[-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]";
                        shell.process.err(&format!("{builtin}: usage: {builtin} {operands}\n")).await;
                        return Ok(status);
                    }
                }
                break;
            }
        }
        if !is_name(name) {
            return Ok(shell.builtin_error(builtin, &format!("`{name}': not a valid identifier"), 1).await);
        }
        let mut items = match shell.state.variables.get(name).map(|variable| &variable.value) {
            Some(Value::Indexed(items)) if origin.is_some() => items.clone(),
            _ => Default::default(),
        };
        let origin = origin.unwrap_or(0);
        // Lines one by one, so that what is not asked for stays to be read.
        let mut count = 0;
        while most == 0 || count < most {
            let mut line = Vec::new();
            if delimiter == '\n' {
                line = shell.process.read_line(fd).await.unwrap_or_default();
            } else {
                loop {
                    let byte = shell.process.read_at_most(fd, 1).await;
                    line.extend_from_slice(&byte);
                    if byte.is_empty() || byte[0] == delimiter as u8 {
                        break;
                    }
                }
            }
            if line.is_empty() {
                break;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let mut text = String::from_utf8_lossy(&line).into_owned();
            if trim && text.ends_with(delimiter) {
                text.pop();
            }
            text.retain(|c| c != '\0');
            let at = origin + count as i64;
            count += 1;
            if let Some(callback) = callback.as_ref().filter(|_| count % quantum == 0) {
                shell.evaluate(&format!("{callback} {at} {}", super::quote(&text))).await?;
            }
            shell.work(text.len() as u64).await?;
            items.insert(at, text);
        }
        let variable = Variable { value: Value::Indexed(items), ..Variable::scalar("") };
        shell.state.variables.insert(name.to_owned(), variable);
        Ok(0)
    })
}

//! `umask [-p] [-S] [mode]`

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let (mut symbolic, mut reusable, mut rest) = (false, false, &words[1..]);
        while let Some(flags) = rest.first().and_then(|word| word.strip_prefix('-')).filter(|flags| !flags.is_empty()) {
            rest = &rest[1..];
            if flags == "-" {
                break;
            }
            for flag in flags.chars() {
                match flag {
                    'S' => symbolic = true,
                    'p' => reusable = true,
                    other => {
                        let status = shell.builtin_error("umask", &format!("-{other}: invalid option"), 2).await;
                        shell.process.err("umask: usage: umask [-p] [-S] [mode]\n").await;
                        return Ok(status);
                    }
                }
            }
        }
        let Some(word) = rest.first() else {
            let (start, flag) = if reusable { ("umask ", if symbolic { "-S " } else { "" }) } else { ("", "") };
            let mask = shell.state.umask;
            let text = if symbolic { letters(mask) } else { format!("{mask:04o}") };
            return Ok(shell.print("umask", format!("{start}{flag}{text}\n").as_bytes()).await);
        };
        let mask = if word.starts_with(|c: char| c.is_ascii_digit()) {
            match u32::from_str_radix(word, 8) {
                Ok(mask) if mask <= 0o777 => mask,
                _ => return Ok(shell.builtin_error("umask", &format!("{word}: octal number out of range"), 1).await),
            }
        } else {
            match changed(0o777 & !shell.state.umask, word) {
                Ok(allowed) => 0o777 & !allowed,
                Err(c) => {
                    let text = format!("`{c}': invalid symbolic mode character");
                    return Ok(shell.builtin_error("umask", &text, 1).await);
                }
            }
        };
        shell.state.umask = mask;
        shell.process.umask = mask;
        if symbolic {
            return Ok(shell.print("umask", format!("{}\n", letters(mask)).as_bytes()).await);
        }
        Ok(0)
    })
}

/// What a mask leaves: `u=rwx,g=rx,o=rx`.
fn letters(mask: u32) -> String {
    let one = |who: char, shift: u32| {
        let allowed = !mask >> shift;
        let letters: String =
            [(4, 'r'), (2, 'w'), (1, 'x')].iter().filter(|(bit, _)| allowed & bit != 0).map(|(_, c)| *c).collect();
        format!("{who}={letters}")
    };
    format!("{},{},{}", one('u', 6), one('g', 3), one('o', 0))
}

/// Permissions after `u=rwx,g-w,+x`; `Err` is the character that does not belong there.
fn changed(mut allowed: u32, text: &str) -> Result<u32, char> {
    for clause in text.split(',') {
        let mut chars = clause.chars().peekable();
        let mut who = 0;
        while let Some(c) = chars.next_if(|c| "ugoa".contains(*c)) {
            who |= match c {
                'u' => 0o700,
                'g' => 0o070,
                'o' => 0o007,
                _ => 0o777,
            };
        }
        let who = if who == 0 { 0o777 } else { who };
        let mut operator =
            chars.next().filter(|c| "+-=".contains(*c)).ok_or_else(|| clause.chars().next().unwrap_or(','))?;
        loop {
            let mut bits = 0;
            let mut next = None;
            for c in chars.by_ref() {
                bits |= match c {
                    'r' => 0o444,
                    'w' => 0o222,
                    'x' => 0o111,
                    'u' => (allowed >> 6 & 7) * 0o111,
                    'g' => (allowed >> 3 & 7) * 0o111,
                    'o' => (allowed & 7) * 0o111,
                    '+' | '-' | '=' => {
                        next = Some(c);
                        break;
                    }
                    other => return Err(other),
                };
            }
            match operator {
                '+' => allowed |= bits & who,
                '-' => allowed &= !(bits & who),
                _ => allowed = allowed & !who | bits & who,
            }
            match next {
                Some(c) => operator = c,
                None => break,
            }
        }
    }
    Ok(allowed)
}

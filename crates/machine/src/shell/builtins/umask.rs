//! `umask [mode]`

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        match words.get(1) {
            None => {
                let text = format!("{:04o}\n", shell.state.umask);
                Ok(shell.print("umask", text.as_bytes()).await)
            }
            Some(word) => match u32::from_str_radix(word, 8) {
                Ok(mask) if mask <= 0o777 => {
                    shell.state.umask = mask;
                    shell.process.umask = mask;
                    Ok(0)
                }
                _ => Ok(shell.builtin_error("umask", &format!("{word}: octal number out of range"), 1).await),
            },
        }
    })
}

//! `mapfile|readarray [-t] [array]`

use crate::shell::state::{Value, Variable};
use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let trim = words[1..].iter().any(|word| word == "-t");
        let name = words[1..].iter().find(|word| !word.starts_with('-')).map_or("MAPFILE", String::as_str);
        let bytes = match shell.process.read_to_end(0).await {
            Ok(bytes) => bytes,
            Err(error) => return Ok(shell.builtin_error(&words[0], &error.to_string(), 1).await),
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let lines = text.split_inclusive('\n').enumerate().map(|(at, line)| {
            let line = if trim { line.strip_suffix('\n').unwrap_or(line) } else { line };
            (at as i64, line.to_owned())
        });
        let variable = Variable { value: Value::Indexed(sim::order::gather(lines)), ..Variable::scalar("") };
        shell.state.variables.insert(name.to_owned(), variable);
        Ok(0)
    })
}

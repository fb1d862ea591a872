//! `nl`: lines with numbers. nl(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "b:n:s:v:w:",
        long: &[("body-numbering", 'b'), ("number-format", 'n'), ("number-separator", 's'), ("number-width", 'w')],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
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

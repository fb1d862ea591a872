//! `cmp`: where two files differ first. cmp(1) of GNU diffutils 3.8.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "bln:s",
    long: &[("print-bytes", 'b'), ("verbose", 'l'), ("bytes", 'n'), ("silent", 's'), ("quiet", 's')],
    usage: "[OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]",
    status: 2,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    if options.has('b') || options.operands.len() > 2 {
        return fail_with(&p, 2, "-b and bytes to skip are not simulated here").await;
    }
    let Some(first) = options.operands.first() else {
        p.err("cmp: missing operand after 'cmp'\ncmp: Try 'cmp --help' for more information.\n").await;
        return Err(ExitStatus(2));
    };
    let second = options.operands.get(1).map_or("-", String::as_str);
    let most = options.value('n').and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let mut read = Vec::new();
    for path in [first.as_str(), second] {
        match Source::open(&p, path) {
            Ok(mut source) => read.push(source.all().await),
            Err(error) => {
                return fail_with(&p, 2, &format!("{path}: {error}")).await;
            }
        }
    }
    let (a, b) = (&read[0][..read[0].len().min(most)], &read[1][..read[1].len().min(most)]);
    if a == b {
        return Ok(());
    }
    if options.has('s') {
        return Err(ExitStatus(1));
    }
    let differ: Vec<usize> = (0..a.len().min(b.len())).filter(|at| a[*at] != b[*at]).collect();
    let all = options.has('l');
    let width = a.len().min(b.len()).to_string().len();
    if all {
        let line = |at: &usize| format!("{:>width$} {:>3o} {:>3o}\n", at + 1, a[*at], b[*at]);
        p.out(&differ.iter().map(line).collect::<String>()).await;
    } else if let Some(at) = differ.first() {
        let line = a[..*at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let unit = if is_busybox(&p) { "char" } else { "byte" };
        p.out(&format!("{first} {second} differ: {unit} {}, line {line}\n", at + 1)).await;
        return Err(ExitStatus(1));
    }
    if a.len() != b.len() {
        let (short, len) = if a.len() < b.len() { (first.as_str(), a.len()) } else { (second, b.len()) };
        let line = a.iter().take(len).filter(|byte| **byte == b'\n').count();
        let line = if all { String::new() } else { format!(", line {line}") };
        p.err(&format!("cmp: EOF on {short} after byte {len}{line}\n")).await;
    }
    Err(ExitStatus(1))
}

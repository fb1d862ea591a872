//! `cmp`: where two files differ first. cmp(1) of GNU diffutils 3.8.

use super::prelude::*;

/// `cmp`.
pub(crate) async fn run(p: Process) -> i32 {
    let silent = p.args().iter().any(|arg| arg == "-s" || arg == "--silent");
    let operands: Vec<String> =
        p.args().iter().skip(1).filter(|arg| !arg.starts_with('-') || *arg == "-").cloned().collect();
    let Some(first) = operands.first() else {
        p.err("cmp: missing operand after 'cmp'\ncmp: Try 'cmp --help' for more information.\n").await;
        return 2;
    };
    let second = operands.get(1).map_or("-", String::as_str);
    let mut read = Vec::new();
    for path in [first.as_str(), second] {
        match Source::open(&p, path) {
            Ok(mut source) => read.push(source.all().await),
            Err(error) => {
                fail(&p, &format!("{path}: {error}")).await;
                return 2;
            }
        }
    }
    let (a, b) = (&read[0], &read[1]);
    if a == b {
        return 0;
    }
    if !silent {
        match a.iter().zip(b).position(|(x, y)| x != y) {
            Some(at) => {
                let line = a[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
                p.out(&format!("{first} {second} differ: byte {}, line {line}\n", at + 1)).await;
            }
            None => {
                let (short, len) = if a.len() < b.len() { (first.as_str(), a.len()) } else { (second, b.len()) };
                let line = a.iter().take(len).filter(|byte| **byte == b'\n').count();
                p.err(&format!("cmp: EOF on {short} after byte {len}, line {line}\n")).await;
            }
        }
    }
    1
}

//! `tac`: the last line first. tac(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec { short: "", long: &[], usage: "[OPTION]... [FILE]...", status: 1 };
    let options = SPEC.parse(&p).await?;
    let (data, status) = read_operands(&p, &options.operands).await;
    let mut lines: Vec<&[u8]> = data.split_inclusive(|b| *b == b'\n').collect();
    lines.reverse();
    p.write(1, &lines.concat()).await;
    status
}

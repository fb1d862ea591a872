//! `yes`: a line again and again. yes(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec { short: "+", long: &[], usage: "[STRING]...", status: 1 };
    let options = SPEC.parse(&p).await?;
    let line = if options.operands.is_empty() { "y\n".to_owned() } else { format!("{}\n", options.operands.join(" ")) };
    // Somebody who looks on sees small pieces.
    let size = if p.is_tty(1) { 4096 } else { 64 * 1024 };
    let block = line.repeat((size / line.len()).max(1));
    loop {
        p.write(1, block.as_bytes()).await;
        p.tick().await;
    }
}

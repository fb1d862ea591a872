//! `strings`: runs of four printable letters and more. strings(1) of GNU binutils 2.40.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec =
        Spec { short: "an:", long: &[("all", 'a'), ("bytes", 'n')], usage: "[option(s)] [file(s)]", status: 1 };
    let options = SPEC.parse(&p).await?;
    let least = options.value('n').and_then(|text| text.parse().ok()).unwrap_or(4usize).max(1);
    let (data, status) = read_operands(&p, &options.operands).await;
    let runs = data.split(|byte| !matches!(byte, b' '..=b'~' | b'\t')).filter(|run| run.len() >= least);
    let text: Vec<u8> = runs.flat_map(|run| [run, b"\n"].concat()).collect();
    p.write(1, &text).await;
    status
}

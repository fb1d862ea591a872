//! `rev`: lines backwards. rev(1) of util-linux 2.38.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec { short: "", long: &[], usage: "[options] [<file> ...]", status: 1 };
    let options = SPEC.parse(&p).await?;
    let mut status = Ok(());
    for path in operands_or_stdin(&options.operands) {
        match Source::open(&p, &path) {
            Ok(mut source) => {
                while let Some(line) = source.line().await {
                    let text = String::from_utf8_lossy(&line).into_owned();
                    let (body, end) = text.strip_suffix('\n').map_or((text.as_str(), ""), |body| (body, "\n"));
                    p.out(&format!("{}{end}", body.chars().rev().collect::<String>())).await;
                }
            }
            Err(error) => status = fail(&p, &format!("cannot open {path}: {error}")).await,
        }
    }
    status
}

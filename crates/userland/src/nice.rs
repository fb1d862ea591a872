//! `nice`: runs a command; all are equally nice here. nice(1) of GNU coreutils 9.1.

use machine::Spawn;

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec =
        Spec { short: "+n:", long: &[("adjustment", 'n')], usage: "[OPTION] [COMMAND [ARG]...]", status: 125 };
    let options = SPEC.parse(&p).await?;
    if let Some(number) = options.value('n').filter(|number| number.parse::<i32>().is_err()) {
        return fail_with(&p, 125, &format!("invalid adjustment {}", quote(&p, number))).await;
    }
    let Some(name) = options.operands.first().cloned() else {
        if options.has('n') {
            return usage_error(&p, 125, "a command must be given with an adjustment").await;
        }
        p.out("0\n").await;
        return Ok(());
    };
    match p.spawn(Spawn::new(options.operands)) {
        Ok(child) => ExitStatus::check(child.wait().await),
        Err(error) => {
            let why = if error.status() == 127 { "No such file or directory" } else { "Permission denied" };
            complain(&p, &format!("{}: {why}", quote_if_needed(&name))).await;
            ExitStatus::check(error.status())
        }
    }
}

//! `nice`: runs a command; all are equally nice here. nice(1) of GNU coreutils 9.1.

use machine::Spawn;

use super::prelude::*;

pub(crate) async fn run(p: Process) -> i32 {
    const SPEC: Spec =
        Spec { short: "+n:", long: &[("adjustment", 'n')], usage: "[OPTION] [COMMAND [ARG]...]", status: 125 };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Some(number) = options.value('n').filter(|number| number.parse::<i32>().is_err()) {
        fail(&p, &format!("invalid adjustment {}", quote(&p, number))).await;
        return 125;
    }
    let Some(name) = options.operands.first().cloned() else {
        if options.has('n') {
            usage_hint(&p, "a command must be given with an adjustment").await;
            return 125;
        }
        p.out("0\n").await;
        return 0;
    };
    match p.spawn(Spawn::new(options.operands)) {
        Ok(child) => child.wait().await,
        Err(error) => {
            let why = if error.status() == 127 { "No such file or directory" } else { "Permission denied" };
            fail(&p, &format!("{}: {why}", quote_if_needed(&name))).await;
            error.status()
        }
    }
}

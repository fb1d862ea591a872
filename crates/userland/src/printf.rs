//! `printf` as a program; its formats are the shell builtin's too. printf(1) of GNU coreutils 9.1.

use machine::libc::printf::format;

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args = p.args().to_vec();
    let mut operands = args.get(1..).unwrap_or_default();
    if operands.first().is_some_and(|first| first == "--") {
        operands = &operands[1..];
    }
    let Some((pattern, values)) = operands.split_first() else {
        p.err("printf: missing operand\nTry 'printf --help' for more information.\n").await;
        return Err(ExitStatus(1));
    };
    let printed = format(pattern, values);
    p.write(1, &printed.bytes).await;
    for complaint in &printed.complaints {
        complain(&p, complaint).await;
    }
    ExitStatus::check(i32::from(!printed.complaints.is_empty()))
}

//! `mkfifo`: makes pipes with a name. mkfifo(1) of GNU coreutils 9.1.

use super::chmod::change_mode;
use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec { short: "m:", long: &[("mode", 'm')], usage: "[OPTION]... NAME...", status: 1 };
    let options = SPEC.parse(&p).await?;
    if options.operands.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    let mode = match options.value('m').map(|text| change_mode(text, 0o666, false)) {
        Some(None) => return fail(&p, "invalid mode").await,
        mode => mode.flatten(),
    };
    let mut status = Ok(());
    for path in &options.operands {
        let made = p.make_fifo(path, 0o666).and_then(|()| mode.map_or(Ok(()), |mode| p.set_mode(path, mode)));
        if let Err(error) = made {
            let text = match is_busybox(&p) {
                true => format!("{path}: {error}"),
                false => format!("cannot create fifo {}: {error}", quote_always(path)),
            };
            status = fail(&p, &text).await;
        }
    }
    status
}

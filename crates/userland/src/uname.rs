//! `uname`: the system and its version. uname(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "asnrvmpio",
        long: &[
            ("all", 'a'),
            ("kernel-name", 's'),
            ("nodename", 'n'),
            ("kernel-release", 'r'),
            ("kernel-version", 'v'),
            ("machine", 'm'),
            ("processor", 'p'),
            ("hardware-platform", 'i'),
            ("operating-system", 'o'),
        ],
        usage: "[OPTION]...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    if let Some(extra) = options.operands.first() {
        return usage_hint(&p, &format!("extra operand {}", quote(&p, extra))).await;
    }
    let system = if is_busybox(&p) { "Linux" } else { "GNU/Linux" };
    let fields = [
        ('s', "Linux".to_owned()),
        ('n', p.hostname()),
        ('r', "6.8.0-50-generic".to_owned()),
        ('v', "#51-Ubuntu SMP PREEMPT_DYNAMIC Sat Nov  9 17:58:29 UTC 2024".to_owned()),
        ('m', "x86_64".to_owned()),
        ('o', system.to_owned()),
    ];
    let is_arch = name_of(&p) == "arch";
    let asked = |letter: char| {
        if is_arch {
            letter == 'm'
        } else {
            options.has('a') || options.has(letter) || (options.given.is_empty() && letter == 's')
        }
    };
    let mut shown: Vec<String> =
        fields.into_iter().filter(|(letter, _)| asked(*letter)).map(|(_, text)| text).collect();
    if shown.is_empty() {
        shown.push("unknown".to_owned());
    }
    p.out(&format!("{}\n", shown.join(" "))).await;
    Ok(())
}

//! `basename`: the last name of a path. basename(1) of GNU coreutils 9.1.

use super::prelude::*;

/// The last name of a path.
pub(crate) fn base_name(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() && !path.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or("") }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "+as:z",
        long: &[("multiple", 'a'), ("suffix", 's'), ("zero", 'z')],
        usage: "NAME [SUFFIX]",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let multiple = options.has('a') || options.has('s');
    let mut names = options.operands.clone();
    let mut suffix = options.value('s').unwrap_or("").to_owned();
    if names.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    if !multiple {
        if let Some(extra) = names.get(2) {
            return usage_hint(&p, &format!("extra operand {}", quote(&p, extra))).await;
        }
        if names.len() == 2 {
            suffix = names.pop().unwrap_or_default();
        }
    }
    let end = if options.has('z') { '\0' } else { '\n' };
    for name in &names {
        let base = base_name(name);
        let base = base.strip_suffix(suffix.as_str()).filter(|rest| !rest.is_empty()).unwrap_or(base);
        p.out(&format!("{base}{end}")).await;
    }
    Ok(())
}

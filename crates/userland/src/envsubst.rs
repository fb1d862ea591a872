//! `envsubst`: replaces `$NAME` and `${NAME}` in a text by the environment's. envsubst(1) of GNU gettext 0.21.

use super::prelude::*;

/// The names that a text refers to, each with its place in bytes.
fn references(text: &str) -> Vec<(usize, usize, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find('$').map(|at| from + at) {
        let rest = &text[at + 1..];
        let inner = rest.strip_prefix('{').unwrap_or(rest);
        let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
        let name = &inner[..end];
        let braced = inner.len() < rest.len();
        from = at + 1;
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || braced && !inner[end..].starts_with('}')
        {
            continue;
        }
        let stop = at + 1 + end + if braced { 2 } else { 0 };
        found.push((at, stop, name));
        from = stop;
    }
    found
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec { short: "v", long: &[("variables", 'v')], usage: "[OPTION] [SHELL-FORMAT]", status: 1 };
    let options = SPEC.parse(&p).await?;
    if options.operands.len() > 1 {
        return fail(&p, "too many arguments").await;
    }
    let only = options.operands.first();
    if options.has('v') {
        let Some(format) = only else { return fail(&p, "missing arguments").await };
        let text: String = references(format).iter().map(|(_, _, name)| format!("{name}\n")).collect();
        p.out(&text).await;
        return Ok(());
    }
    let wanted: Option<Vec<&str>> = only.map(|format| references(format).iter().map(|(_, _, name)| *name).collect());
    let data = Source::stdin(&p).all().await;
    let text = String::from_utf8_lossy(&data).into_owned();
    let (mut out, mut at) = (String::new(), 0);
    for (from, to, name) in references(&text) {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&name)) {
            continue;
        }
        out.push_str(&text[at..from]);
        out.push_str(&p.env(name).unwrap_or_default());
        at = to;
    }
    out.push_str(&text[at..]);
    p.out(&out).await;
    Ok(())
}

//! `truncate`: files of another size. truncate(1) of GNU coreutils 9.1.

use super::prelude::*;

/// The longest file of ext4.
const MOST: u64 = 16 << 40;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec =
        Spec { short: "cs:", long: &[("no-create", 'c'), ("size", 's')], usage: "OPTION... FILE...", status: 1 };
    let options = SPEC.parse(&p).await?;
    let Some(text) = options.value('s') else {
        return usage_hint(
            &p,
            &format!("you must specify either {} or {}", quote(&p, "--size"), quote(&p, "--reference")),
        )
        .await;
    };
    let Some(size) = super::head::count(text) else {
        return fail(&p, &format!("Invalid number: {}", quote(&p, text))).await;
    };
    if options.operands.is_empty() {
        return usage_hint(&p, "missing file operand").await;
    }
    let mut status = Ok(());
    for path in &options.operands {
        let now = match p.metadata(path) {
            Err(Errno::ENOENT) if options.has('c') => continue,
            metadata => metadata.map_or(0, |metadata| metadata.size),
        };
        let new = match text.chars().next() {
            Some('+') => now.saturating_add(size),
            Some('-') => now.saturating_sub(size),
            _ => size,
        };
        if new > MOST {
            let text = format!("failed to truncate {} at {new} bytes: File too large", quote_always(path));
            status = fail(&p, &text).await;
            continue;
        }
        let written = p.resize_file(path, new, true);
        if let Err(error) = written {
            status = fail(&p, &format!("cannot open {} for writing: {error}", quote_always(path))).await;
        }
    }
    status
}

//! `truncate`: files of another size. truncate(1) of GNU coreutils 9.1.

use super::prelude::*;

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
        let mut data = match p.read_file(path) {
            Ok(data) => data,
            Err(Errno::ENOENT) if options.has('c') => continue,
            Err(_) => Vec::new(),
        };
        let now = data.len() as u64;
        let new = match text.chars().next() {
            Some('+') => now.saturating_add(size),
            Some('-') => now.saturating_sub(size),
            _ => size,
        };
        let written = if new > machine::FILE_LIMIT {
            Err(Errno::EFBIG)
        } else {
            data.resize(new as usize, 0);
            p.write_file(path, &data)
        };
        if let Err(error) = written {
            status = fail(&p, &format!("cannot open {} for writing: {error}", quote_always(path))).await;
        }
    }
    status
}

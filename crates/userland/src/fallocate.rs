//! `fallocate`: gives a file room before anything is written to it. fallocate(1) of util-linux 2.38.

use super::listing::human;
use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "l:no:vx",
        long: &[("length", 'l'), ("keep-size", 'n'), ("offset", 'o'), ("verbose", 'v'), ("posix", 'x')],
        usage: "[options] <filename>",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let Some(text) = options.value('l') else { return fail(&p, "no length argument specified").await };
    let Some(length) = super::head::count(text).filter(|length| *length > 0) else {
        return fail(&p, "invalid length value specified").await;
    };
    let Some(offset) = super::head::count(options.value('o').unwrap_or("0")) else {
        return fail(&p, "invalid offset value specified").await;
    };
    let [path] = options.operands.as_slice() else {
        return fail(
            &p,
            if options.operands.is_empty() { "no filename specified" } else { "unexpected number of arguments" },
        )
        .await;
    };
    if options.has('n') {
        return fail(&p, "--keep-size is not simulated: leave it out, and the file gets its size, too").await;
    }
    let before = p.metadata(path).map_or(0, |metadata| metadata.size);
    let size = before.max(offset.saturating_add(length));
    let opened = p.append_file(path, b"");
    if let Err(error) = opened {
        let text = if is_busybox(&p) {
            format!("can't open '{path}': {error}")
        } else {
            format!("cannot open {path}: {error}")
        };
        return fail(&p, &text).await;
    }
    if offset > before {
        let _ = p.resize_file(path, offset, true);
    }
    if let Err(error) = p.resize_file(path, size, false) {
        let _ = p.resize_file(path, before, true);
        let text =
            if is_busybox(&p) { format!("fallocate '{path}': {error}") } else { format!("fallocate failed: {error}") };
        return fail(&p, &text).await;
    }
    p.wrote().await;
    if options.has('v') {
        p.out(&format!("{path}: {} ({length} bytes) allocated.\n", human(length))).await;
    }
    Ok(())
}

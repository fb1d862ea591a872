//! `tee`: standard input to standard output and into files. tee(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "aip",
        long: &[("append", 'a'), ("ignore-interrupts", 'i')],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let mut status = Ok(());
    let mut files = Vec::new();
    // Streams that a path names (`/dev/stderr`, a process substitution) are held beside the three.
    let mut streams = p.clone();
    let mut numbers = Vec::new();
    for path in &options.operands {
        if let Ok(Some(fd)) = p.open_to_write(path) {
            let number = 1 << 16 | numbers.len() as u32;
            streams.set_fd(number, fd);
            numbers.push((number, path.clone()));
            continue;
        }
        let opened = if options.has('a') { p.append_file(path, b"") } else { p.write_file(path, b"") };
        match opened {
            Ok(()) => files.push(path.clone()),
            Err(error) => status = fail(&p, &format!("{}: {error}", quote_if_needed(path))).await,
        }
    }
    let mut source = Source::stdin(&p);
    while let Some(chunk) = source.chunk().await {
        p.write(1, &chunk).await;
        for (number, path) in &numbers {
            if let Err(error) = streams.try_write(*number, &chunk).await {
                status = fail(&p, &format!("{}: {error}", quote_if_needed(path))).await;
            }
        }
        let mut failed = Vec::new();
        files.retain(|path| match p.append_file(path, &chunk) {
            Ok(()) => true,
            Err(error) => {
                failed.push(format!("{}: {error}", quote_if_needed(path)));
                false
            }
        });
        for text in failed {
            status = fail(&p, &text).await;
        }
    }
    status
}

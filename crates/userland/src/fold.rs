//! `fold`: breaks long lines. fold(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "bsw:",
        long: &[("bytes", 'b'), ("spaces", 's'), ("width", 'w')],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let text = options.value('w').unwrap_or("80");
    let Some(width) = text.parse::<usize>().ok().filter(|width| *width > 0) else {
        return fail(&p, &format!("invalid number of columns: {}", quote(&p, text))).await;
    };
    let mut sources = Sources::new(&p, &options.operands);
    while let Some(mut source) = sources.next().await {
        // What of the line is not written yet.
        let mut held: Vec<u8> = Vec::new();
        while let Some(piece) = source.piece(b'\n').await {
            held.extend(&piece);
            let newline = held.pop_if(|last| *last == b'\n').is_some();
            let mut out = Vec::new();
            // GNU's counts bytes here, whatever the locale.
            while held.len() > width {
                let blank = held[..width].iter().rposition(|byte| *byte == b' ' || *byte == b'\t');
                let end = if options.has('s') { blank.map_or(width, |at| at + 1) } else { width };
                out.extend(held.drain(..end));
                out.push(b'\n');
            }
            if newline {
                out.append(&mut held);
                out.push(b'\n');
            }
            p.write(1, &out).await;
        }
        p.write(1, &held).await;
    }
    sources.status
}

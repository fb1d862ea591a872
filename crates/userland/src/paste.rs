//! `paste`: joins lines of files. paste(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "d:sz",
        long: &[("delimiters", 'd'), ("serial", 's'), ("zero-terminated", 'z')],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    // `\0` is no delimiter at all.
    let mut delimiters: Vec<Option<char>> = Vec::new();
    let mut chars = options.value('d').unwrap_or("\t").chars();
    while let Some(c) = chars.next() {
        delimiters.push(match c {
            '\\' => match chars.next() {
                Some('n') => Some('\n'),
                Some('t') => Some('\t'),
                Some('0') => None,
                other => other,
            },
            c => Some(c),
        });
    }
    if delimiters.is_empty() {
        delimiters.push(None);
    }
    let end = if options.has('z') { 0 } else { b'\n' };
    let operands = operands_or_stdin(&options.operands);
    let mut sources = Vec::new();
    // The standard input, however often it is named, is one.
    let first_dash = operands.iter().position(|path| path == "-");
    for (at, path) in operands.iter().enumerate() {
        if path == "-" && first_dash != Some(at) {
            sources.push(None);
            continue;
        }
        match Source::open(&p, path) {
            Ok(source) => sources.push(Some(source)),
            Err(error) => return fail(&p, &format!("{}: {error}", quote_if_needed(path))).await,
        }
    }
    let delimiter = |at: usize| delimiters[at % delimiters.len()].map(String::from).unwrap_or_default();
    if options.has('s') {
        for source in sources.iter_mut() {
            let mut count = 0;
            // A newline becomes a delimiter only when more follows.
            let mut between = String::new();
            while let Some(source) = source
                && let Some(mut piece) = source.piece(end).await
            {
                let whole = piece.pop_if(|last| *last == end).is_some();
                p.write(1, &[std::mem::take(&mut between).into_bytes(), piece].concat()).await;
                if whole {
                    between = delimiter(count);
                    count += 1;
                }
            }
            p.write(1, &[end]).await;
        }
        return Ok(());
    }
    loop {
        // Delimiters wait until it is known that there is a line at all.
        let (mut held, mut any) = (Vec::new(), false);
        for at in 0..sources.len() {
            if at > 0 {
                held.extend(delimiter(at - 1).bytes());
            }
            let own = if sources[at].is_some() { Some(at) } else { first_dash };
            let Some(source) = own.and_then(|own| sources[own].as_mut()) else { continue };
            while let Some(mut piece) = source.piece(end).await {
                any = true;
                let whole = piece.pop_if(|last| *last == end).is_some();
                held.extend(piece);
                if whole {
                    break;
                }
                p.write(1, &std::mem::take(&mut held)).await;
            }
        }
        if !any {
            return Ok(());
        }
        held.push(end);
        p.write(1, &held).await;
    }
}

//! `hexdump`: bytes as numbers, with `-C` and the simple formats. hexdump(1) of util-linux 2.38.

use super::super::prelude::*;
use super::{Row, Rows, character, number, printable, write};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "bcCde:f:n:os:vx",
        long: &[("canonical", 'C'), ("length", 'n'), ("skip", 's'), ("no-squeezing", 'v')],
        usage: "[options] <file>...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    if options.has('e') || options.has('f') {
        return fail(&p, "formats of one's own (-e, -f) are not simulated here").await;
    }
    let amount = |letter, default| options.value(letter).map_or(Some(default), number);
    let (Some(skip), Some(most)) = (amount('s', 0), amount('n', usize::MAX)) else {
        return fail(&p, "failed to parse length").await;
    };
    let kind = if name_of(&p) == "hd" { 'C' } else { options.last_of("bcCdox").unwrap_or('h') };
    let mut out = String::new();
    let mut rows = Rows::new(&p, &options.operands, skip, most, !options.has('v'));
    while let Some(row) = rows.next(16).await {
        write(&p, &mut out).await;
        let Row::Bytes(at, chunk) = row else {
            out.push_str("*\n");
            continue;
        };
        if kind == 'C' {
            let mut hex = String::new();
            for (index, byte) in chunk.iter().enumerate() {
                hex.push_str(if index == 8 { "  " } else { " " });
                hex.push_str(&format!("{byte:02x}"));
            }
            out.push_str(&format!("{at:08x} {hex:<49}  |{}|\n", printable(&chunk)));
            continue;
        }
        let (size, format): (usize, fn(&[u8]) -> String) = match kind {
            'b' => (1, |b| format!(" {:03o}", b[0])),
            'c' => (1, |b| format!(" {:>3}", character(b[0]))),
            'd' => (2, |b| format!("   {:05}", u16::from_le_bytes([b[0], b.get(1).copied().unwrap_or(0)]))),
            'o' => (2, |b| format!("  {:06o}", u16::from_le_bytes([b[0], b.get(1).copied().unwrap_or(0)]))),
            'x' => (2, |b| format!("    {:04x}", u16::from_le_bytes([b[0], b.get(1).copied().unwrap_or(0)]))),
            _ => (2, |b| format!(" {:04x}", u16::from_le_bytes([b[0], b.get(1).copied().unwrap_or(0)]))),
        };
        let cell = format(&[0, 0]).len();
        let line: String = chunk.chunks(size).map(format).collect();
        let full = cell * 16 / size;
        out.push_str(&format!("{at:07x}{line:<full$}\n"));
    }
    if rows.at > skip {
        let end = rows.at;
        out.push_str(&if kind == 'C' { format!("{end:08x}\n") } else { format!("{end:07x}\n") });
    }
    p.out(&out).await;
    rows.sources.status
}

//! `xxd`: bytes as hexadecimal digits, and (`-r`) back. xxd(1) of Vim 9.0.

use super::super::prelude::*;
use super::{Row, Rows, number, printable, write};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec { short: "abc:eg:il:o:prs:u", long: &[], usage: "[options] [infile [outfile]]", status: 1 };
    let args = p.args().iter().map(|arg| match arg.as_str() {
        "-ps" | "-plain" | "-postscript" => "-p".to_owned(),
        "-len" => "-l".to_owned(),
        "-cols" => "-c".to_owned(),
        arg => arg.to_owned(),
    });
    let args = args.collect::<Vec<String>>();
    let options = SPEC.parse_args(&p, &args).await?;
    let amount =
        |letter, default| options.value(letter).map_or(Some(default), |text| number(text.trim_start_matches('+')));
    let plain = options.has('p');
    let bits = options.has('b');
    let default = if plain {
        30
    } else if options.has('i') {
        12
    } else if bits {
        6
    } else {
        16
    };
    let (Some(skip), Some(most), Some(columns)) = (amount('s', 0), amount('l', usize::MAX), amount('c', default))
    else {
        return fail(&p, "invalid number").await;
    };
    let group = amount('g', if bits { 1 } else { 2 }).unwrap_or(2);
    let columns = if columns == 0 && !plain { default } else { columns };
    // One line, however long.
    let endless = columns == 0;
    let inputs: Vec<String> = options.operands.iter().take(1).cloned().collect();
    if options.has('r') {
        let (data, status) = read_operands(&p, &inputs).await;
        if status.is_err() {
            return Err(ExitStatus(2));
        }
        let text = String::from_utf8_lossy(&data).into_owned();
        let mut back: Vec<u8> = Vec::new();
        for line in text.lines() {
            let digits: String = if plain {
                line.chars().filter(char::is_ascii_hexdigit).collect()
            } else {
                let Some((_, rest)) = line.split_once(':') else { continue };
                // Two blanks end the numbers.
                let rest = rest.trim_start();
                let end = rest.find("  ").unwrap_or(rest.len());
                rest[..end].chars().filter(char::is_ascii_hexdigit).collect()
            };
            let pair = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
            back.extend((0..digits.len() / 2).filter_map(|at| pair(at * 2)));
        }
        return put(&p, options.operands.get(1).filter(|path| *path != "-"), &back).await;
    }
    let byte = |byte: &u8| match (bits, options.has('u')) {
        (true, _) => format!("{byte:08b}"),
        (_, true) => format!("{byte:02X}"),
        _ => format!("{byte:02x}"),
    };
    let symbol: Option<String> = inputs
        .first()
        .filter(|name| *name != "-" && options.has('i'))
        .map(|name| name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect());
    let mut out = symbol.iter().map(|symbol| format!("unsigned char {symbol}[] = {{\n")).collect::<String>();
    let into = options.operands.get(1).filter(|path| *path != "-");
    let columns = if columns == 0 { 4096 } else { columns };
    let mut rows = Rows::new(&p, &inputs, skip, most, false);
    while let Some(Row::Bytes(at, chunk)) = rows.next(columns).await {
        if options.has('i') {
            out.push_str(if at > skip { ",\n  " } else { "  " });
            let items: Vec<String> = chunk.iter().map(|byte| format!("0x{byte:02x}")).collect();
            out.push_str(&items.join(", "));
        } else if plain {
            out.push_str(&chunk.iter().map(byte).collect::<String>());
            if !endless {
                out.push('\n');
            }
        } else {
            let mut hex = String::new();
            for (at, one) in chunk.iter().enumerate() {
                if at > 0 && group > 0 && at % group == 0 {
                    hex.push(' ');
                }
                hex.push_str(&byte(one));
            }
            let digits = if bits { 8 } else { 2 };
            let full = columns * digits + if group > 0 { columns.div_ceil(group) - 1 } else { 0 };
            out.push_str(&format!("{at:08x}: {hex:<full$}  {}\n", printable(&chunk)));
        }
        if into.is_none() {
            write(&p, &mut out).await;
        } else if out.len() > machine::MEMORY_LIMIT {
            exhausted(&p).await;
        }
    }
    if rows.sources.status.is_err() {
        return Err(ExitStatus(2));
    }
    let length = rows.at - skip;
    if options.has('i') || endless && length > 0 {
        out.push('\n');
    }
    if let Some(symbol) = &symbol {
        out.push_str(&format!("}};\nunsigned int {symbol}_len = {length};\n"));
    }
    put(&p, into, out.as_bytes()).await
}

async fn put(p: &Process, path: Option<&String>, data: &[u8]) -> Result<(), ExitStatus> {
    match path {
        Some(path) => match p.write_file(path, data) {
            Ok(()) => Ok(()),
            Err(error) => fail_with(p, 3, &format!("{path}: {error}")).await,
        },
        None => {
            p.write(1, data).await;
            Ok(())
        }
    }
}

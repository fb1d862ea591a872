//! `head`: prints the first lines or bytes. head(1) of GNU coreutils 9.1.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "c:n:qv",
    long: &[("bytes", 'c'), ("lines", 'n'), ("quiet", 'q'), ("silent", 'q'), ("verbose", 'v')],
    usage: "[OPTION]... [FILE]...",
    status: 1,
};

/// `-5` and `+5` as first argument are the old way to write `-n 5`.
fn modern(args: &[String]) -> Vec<String> {
    let mut args = args.to_vec();
    if let Some(first) = args.get_mut(1)
        && first.len() > 1
        && first.starts_with('-')
        && first[1..].starts_with(|c: char| c.is_ascii_digit())
    {
        let digits: String = first[1..].chars().take_while(char::is_ascii_digit).collect();
        let rest = first[1 + digits.len()..].to_owned();
        let letter = if rest.contains('c') { 'c' } else { 'n' };
        let follow = if rest.contains('f') { "f" } else { "" };
        *first = if follow.is_empty() { format!("-{letter}{digits}") } else { format!("-f{letter}{digits}") };
    }
    args
}

/// A count with GNU's multipliers: `2k`, `1M`.
pub(crate) fn count(text: &str) -> Option<u64> {
    let digits = text.trim_start_matches(['-', '+']);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let value: u64 = digits[..end].parse().ok()?;
    let by = match &digits[end..] {
        "" => 1,
        "b" => 512,
        "k" | "K" | "KiB" => 1 << 10,
        "kB" | "KB" => 1000,
        "m" | "M" | "MiB" => 1 << 20,
        "MB" => 1_000_000,
        "g" | "G" | "GiB" => 1 << 30,
        "GB" => 1_000_000_000,
        "T" | "TiB" => 1 << 40,
        _ => return None,
    };
    value.checked_mul(by)
}

/// What `head` and `tail` are asked for.
pub(crate) struct Part {
    /// `c` for bytes, `n` for lines.
    pub unit: char,
    pub amount: usize,
    /// `-` or `+` before the amount.
    pub sign: Option<char>,
    pub operands: Vec<String>,
    /// Whether each file's name is shown.
    pub headers: bool,
    pub options: Options,
}

impl Part {
    /// Reads the words. `Err` is the status, when they are wrong and that was said.
    pub(crate) async fn read(p: &Process, spec: &Spec) -> Result<Part, ExitStatus> {
        let options = spec.parse_args(p, &modern(p.args())).await?;
        let unit = options.last_of("cn").unwrap_or('n');
        let text = options.value(unit).unwrap_or("10").to_owned();
        let Some(amount) = count(&text) else {
            let what = if unit == 'c' { "bytes" } else { "lines" };
            complain(p, &format!("invalid number of {what}: {}", quote(p, &text))).await;
            return Err(ExitStatus(1));
        };
        let operands = operands_or_stdin(&options.operands);
        let headers = match options.last_of("qv") {
            Some(letter) => letter == 'v',
            None => operands.len() > 1,
        };
        let amount = usize::try_from(amount).unwrap_or(usize::MAX);
        let sign = text.chars().next().filter(|first| "+-".contains(*first));
        Ok(Part { unit, amount, sign, operands, headers, options })
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let Part { unit, amount, sign, operands, headers, .. } = Part::read(&p, &SPEC).await?;
    let all_but = sign == Some('-');
    let (mut status, mut first) = (Ok(()), true);
    for path in &operands {
        let mut source = match Source::open(&p, path) {
            Ok(source) => source,
            Err(Errno::EISDIR) => {
                if headers {
                    header(&p, path, &mut first).await;
                }
                status = fail(&p, &format!("error reading {}: Is a directory", quote_always(path))).await;
                continue;
            }
            Err(error) => {
                let text = match is_busybox(&p) {
                    true => format!("{path}: {error}"),
                    false => format!("cannot open {} for reading: {error}", quote_always(path)),
                };
                status = fail(&p, &text).await;
                continue;
            }
        };
        if headers {
            header(&p, path, &mut first).await;
        }
        if all_but {
            let data = source.all().await;
            let end = if unit == 'c' {
                data.len().saturating_sub(amount)
            } else {
                let lines = lines_with_ends(&data);
                lines[..lines.len().saturating_sub(amount)].iter().map(|line| line.len()).sum()
            };
            p.write(1, &data[..end]).await;
        } else if unit == 'c' {
            let mut left = amount;
            while left > 0 {
                let Some(chunk) = source.chunk().await else { break };
                let taken = chunk.len().min(left);
                p.write(1, &chunk[..taken]).await;
                left -= taken;
            }
        } else {
            for _ in 0..amount {
                let Some(line) = source.line().await else { break };
                p.write(1, &line).await;
            }
        }
    }
    status
}

/// A text's lines with their newlines.
pub(crate) fn lines_with_ends(data: &[u8]) -> Vec<&[u8]> {
    data.split_inclusive(|b| *b == b'\n').collect()
}

/// The line between several files, as `head` and `tail` print it.
pub(crate) async fn header(p: &Process, path: &str, first: &mut bool) {
    let name = if path == "-" { "standard input" } else { path };
    let gap = if std::mem::replace(first, false) { "" } else { "\n" };
    p.out(&format!("{gap}==> {name} <==\n")).await;
}

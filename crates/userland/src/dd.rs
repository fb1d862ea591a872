//! dd(1): copies blocks and says how many (GNU coreutils 9.1; busybox 1.36 in its own words).

use machine::FILE_LIMIT;

use super::prelude::*;

/// What is asked for.
struct Copying {
    input: Option<String>,
    output: Option<String>,
    /// Bytes read and written at once.
    block: u64,
    count: Option<u64>,
    /// Blocks left out at the input's start, and at the output's.
    skip: u64,
    seek: u64,
    keeps_rest: bool,
    /// Short blocks are filled up with zeros (`sync`).
    pads: bool,
    /// The file must not be there (`excl`), or must be (`nocreat`).
    new: bool,
    old: bool,
    appends: bool,
    /// Whether letters become capitals (`ucase`) or small (`lcase`).
    capitals: Option<bool>,
    status: String,
}

/// Bytes that are copied in a second.
const SPEED: u64 = 1_500_000_000;

/// A number with dd's multipliers: `1M`, `512`, `2x1024`, `4kB`, `1w`.
fn number(text: &str) -> Option<u64> {
    text.split('x').try_fold(1u64, |product, part| {
        let factor = match part.strip_suffix('w') {
            Some(rest) => rest.parse::<u64>().ok()?.checked_mul(2)?,
            None => match part.strip_suffix('c') {
                Some(rest) => rest.parse().ok()?,
                None => super::head::count(part)?,
            },
        };
        product.checked_mul(factor)
    })
}

impl Copying {
    /// Reads the operands. The error is what is said after the program's name.
    fn read(p: &Process) -> Result<Copying, String> {
        let mut copying = Copying {
            input: None,
            output: None,
            block: 512,
            count: None,
            skip: 0,
            seek: 0,
            keeps_rest: false,
            pads: false,
            new: false,
            old: false,
            appends: false,
            capitals: None,
            status: String::new(),
        };
        let busybox = is_busybox(p);
        for arg in p.args().iter().skip(1) {
            let Some((name, value)) = arg.split_once('=') else {
                return Err(if busybox {
                    format!("unknown operand {arg}")
                } else {
                    format!("unrecognized operand '{arg}'")
                });
            };
            let size = || match number(value) {
                Some(0) | None => Err(format!("invalid number: {}", quote(p, value))),
                Some(number) => Ok(number),
            };
            let any = || number(value).ok_or_else(|| format!("invalid number: {}", quote(p, value)));
            match name {
                "if" => copying.input = Some(value.to_owned()),
                "of" => copying.output = Some(value.to_owned()),
                "bs" | "ibs" | "obs" => copying.block = size()?,
                "count" => copying.count = Some(any()?),
                "skip" | "iseek" => copying.skip = any()?,
                "seek" | "oseek" => copying.seek = any()?,
                "conv" => {
                    for word in value.split(',') {
                        match word {
                            "notrunc" => copying.keeps_rest = true,
                            "ucase" => copying.capitals = Some(true),
                            "lcase" => copying.capitals = Some(false),
                            "sync" => copying.pads = true,
                            "excl" => copying.new = true,
                            "nocreat" => copying.old = true,
                            // Nothing fails to be read, and nothing waits to be written.
                            "noerror" | "fsync" | "fdatasync" | "sparse" => {}
                            _ => return Err(format!("invalid conversion: {}", quote(p, word))),
                        }
                    }
                }
                "oflag" => copying.appends |= value.split(',').any(|word| word == "append"),
                "iflag" => {}
                "status" => value.clone_into(&mut copying.status),
                _ => return Err(format!("unrecognized operand {}", quote(p, arg))),
            }
        }
        Ok(copying)
    }
}

/// `21 MB`, `20 MiB`: two digits that count, or as many as there are.
fn human(bytes: u64, base: f64, units: &[&str]) -> String {
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= base && unit + 1 < units.len() {
        value /= base;
        unit += 1;
    }
    if unit > 0 && value < 9.95 { format!("{value:.1} {}", units[unit]) } else { format!("{value:.0} {}", units[unit]) }
}

/// As C's `%g` with six digits.
fn general(value: f64) -> String {
    let digits =
        if value >= 1.0 { 6 - value.log10().floor() as i32 - 1 } else { 5 - value.max(1e-9).log10().floor() as i32 };
    let text = format!("{value:.*}", usize::try_from(digits.clamp(0, 12)).unwrap_or(0));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The last line.
fn summary(busybox: bool, bytes: u64, time: Duration) -> String {
    let seconds = time.as_secs_f64().max(1e-6);
    let rate = (bytes as f64 / seconds) as u64;
    if busybox {
        let short = |bytes: u64| {
            let (mut value, mut unit) = (bytes as f64, 0);
            let units = ["B", "KB", "MB", "GB"];
            while value >= 1024.0 && unit + 1 < units.len() {
                value /= 1024.0;
                unit += 1;
            }
            format!("{value:.1}{}", units[unit])
        };
        return format!("{bytes} bytes ({}) copied, {seconds:.6} seconds, {}/s\n", short(bytes), short(rate));
    }
    let si = ["B", "kB", "MB", "GB", "TB"];
    let sizes = match bytes {
        0..=999 => String::new(),
        1000..=1023 => format!(" ({})", human(bytes, 1000.0, &si)),
        _ => format!(" ({}, {})", human(bytes, 1000.0, &si), human(bytes, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB"])),
    };
    format!("{bytes} bytes{sizes} copied, {} s, {}/s\n", general(seconds), human(rate, 1000.0, &si))
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let busybox = is_busybox(&p);
    let copying = match Copying::read(&p) {
        Ok(copying) => copying,
        Err(error) => {
            complain(&p, &error).await;
            if !busybox && error.contains("operand") {
                p.err("Try 'dd --help' for more information.\n").await;
            }
            return Err(ExitStatus(1));
        }
    };
    let cannot = |path: &str, error: Errno| {
        if busybox { format!("can't open '{path}': {error}") } else { format!("failed to open '{path}': {error}") }
    };
    let mut source = match &copying.input {
        None => Source::stdin(&p),
        Some(path) => match Source::open(&p, path) {
            Ok(source) => source,
            Err(error) => return fail(&p, &cannot(path, error)).await,
        },
    };
    p.hold(copying.block).await;
    let start = p.now();
    let mut output = match Output::open(&p, &copying) {
        Ok(output) => output,
        Err(error) => return fail(&p, &cannot(copying.output.as_deref().unwrap_or(""), error)).await,
    };
    let (mut skipped, mut left) =
        (copying.skip.saturating_mul(copying.block), copying.count.map(|c| c.saturating_mul(copying.block)));
    let mut failed = None;
    while left != Some(0) {
        let Some(mut chunk) = source.chunk().await else { break };
        let drop_now = usize::try_from(skipped).unwrap_or(usize::MAX).min(chunk.len());
        skipped -= drop_now as u64;
        chunk.drain(..drop_now);
        if let Some(left) = &mut left {
            chunk.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= chunk.len() as u64;
        }
        if copying.pads {
            let block = copying.block.min(FILE_LIMIT) as usize;
            chunk.resize(chunk.len().next_multiple_of(block.max(1)), 0);
        }
        match copying.capitals {
            Some(true) => chunk.make_ascii_uppercase(),
            Some(false) => chunk.make_ascii_lowercase(),
            None => {}
        }
        p.compute(Duration::from_nanos(chunk.len() as u64 * 1_000_000_000 / SPEED)).await;
        if let Err(error) = output.write(&p, &chunk).await {
            failed = Some(error);
            break;
        }
    }
    let status = match failed {
        None => Ok(()),
        Some(error) => {
            let path = copying.output.as_deref().unwrap_or("standard output");
            fail(&p, &format!("error writing '{path}': {error}")).await
        }
    };
    if copying.status != "none" {
        let (full, part) = (output.bytes / copying.block, u64::from(!output.bytes.is_multiple_of(copying.block)));
        let mut text = format!("{full}+{part} records in\n{full}+{part} records out\n");
        if copying.status != "noxfer" {
            text.push_str(&summary(busybox, output.bytes, p.now().since(start)));
        }
        p.err(&text).await;
    }
    status
}

/// Where the blocks go.
struct Output {
    path: Option<String>,
    /// Where in the file the next byte goes, when it is not its end.
    at: Option<usize>,
    bytes: u64,
}

impl Output {
    /// Opens what is written to. Without `notrunc` a file ends where the output begins.
    fn open(p: &Process, copying: &Copying) -> Result<Output, Errno> {
        let output = Output { path: copying.output.clone(), at: None, bytes: 0 };
        let Some(path) = &copying.output else { return Ok(output) };
        match p.symlink_metadata(path) {
            Ok(_) if copying.new => return Err(Errno::EEXIST),
            Err(error) if copying.old => return Err(error),
            _ => {}
        }
        let is_file = p.metadata(path).map_or(true, |metadata| metadata.is_file());
        let from = usize::try_from(copying.seek.saturating_mul(copying.block)).unwrap_or(usize::MAX);
        if !is_file {
            p.append_file(path, b"")?;
        } else if copying.keeps_rest {
            if copying.appends {
                return Ok(output);
            }
            return Ok(Output { at: Some(from), ..output });
        } else if from == 0 {
            p.write_file(path, b"")?;
        } else if from as u64 > FILE_LIMIT {
            return Err(Errno::EFBIG);
        } else {
            let mut kept = p.read_file(path).unwrap_or_default();
            kept.resize(from, 0);
            p.write_file(path, &kept)?;
        }
        Ok(output)
    }

    async fn write(&mut self, p: &Process, chunk: &[u8]) -> Result<(), Errno> {
        match (&self.path, &mut self.at) {
            (None, _) => p.try_write(1, chunk).await?,
            (Some(path), None) => p.append_file(path, chunk)?,
            (Some(path), Some(at)) => {
                let mut all = p.read_file(path).unwrap_or_default();
                let end = at.checked_add(chunk.len()).filter(|end| *end as u64 <= FILE_LIMIT).ok_or(Errno::EFBIG)?;
                if all.len() < end {
                    all.resize(end, 0);
                }
                all[*at..end].copy_from_slice(chunk);
                p.write_file(path, &all)?;
                *at = end;
            }
        }
        self.bytes += chunk.len() as u64;
        p.wrote().await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, general, number, summary};

    #[test]
    fn numbers_have_multipliers() {
        for (text, value) in [
            ("512", Some(512)),
            ("1M", Some(1 << 20)),
            ("4kB", Some(4000)),
            ("2x1024", Some(2048)),
            ("1w", Some(2)),
            ("3c", Some(3)),
            ("1q", None),
            ("", None),
        ] {
            assert_eq!(number(text), value, "{text}");
        }
    }

    #[test]
    fn the_summary_is_in_gnus_words_and_busyboxs() {
        let time = Duration::from_micros(12_345);
        assert_eq!(summary(false, 20 << 20, time), "20971520 bytes (21 MB, 20 MiB) copied, 0.012345 s, 1.7 GB/s\n");
        assert_eq!(summary(false, 512, time), "512 bytes copied, 0.012345 s, 41 kB/s\n");
        assert_eq!(summary(false, 1000, time), "1000 bytes (1.0 kB) copied, 0.012345 s, 81 kB/s\n");
        assert_eq!(summary(true, 20 << 20, time), "20971520 bytes (20.0MB) copied, 0.012345 seconds, 1.6GB/s\n");
        assert_eq!(general(2.0), "2");
        assert_eq!(general(123.456_789), "123.457");
    }
}

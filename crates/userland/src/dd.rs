//! dd(1): copies blocks and says how many (GNU coreutils 9.1; busybox 1.36 in its own words).

use machine::{Device, FILE_LIMIT};

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
/// How many zeros are written in one go.
const ZEROS: u64 = 1 << 20;

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

fn takes(bytes: u64) -> Duration {
    Duration::from_nanos(bytes * 1_000_000_000 / SPEED)
}

/// Copies what the source has, or as much as is asked for.
async fn copy(p: &Process, copying: &Copying, source: &mut Source, output: &mut Output) -> Result<(), Errno> {
    let (mut skipped, mut left) =
        (copying.skip.saturating_mul(copying.block), copying.count.map(|c| c.saturating_mul(copying.block)));
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
        p.compute(takes(chunk.len() as u64)).await;
        output.write(p, &chunk).await?;
    }
    Ok(())
}

/// Copies `/dev/zero` to the end of a file, without the zeros.
async fn copy_zeros(p: &Process, copying: &Copying, output: &mut Output) -> Result<(), Errno> {
    let mut left = copying.count.map_or(u64::MAX, |count| count.saturating_mul(copying.block));
    while left > 0 {
        let piece = left.min(ZEROS);
        p.compute(takes(piece)).await;
        output.write_zeros(p, piece).await?;
        left -= piece;
    }
    Ok(())
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
    let only_zeros = copying.input.as_ref().is_some_and(|path| {
        p.metadata(path).is_ok_and(|metadata| metadata.device == Some(Device::Zero)) && !copying.pads
    });
    let copied = if only_zeros && output.takes_zeros() {
        copy_zeros(&p, &copying, &mut output).await
    } else {
        copy(&p, &copying, &mut source, &mut output).await
    };
    let status = match copied {
        Ok(()) => Ok(()),
        Err(error) => {
            let path = copying.output.as_deref().unwrap_or("standard output");
            fail(&p, &format!("error writing '{path}': {error}")).await
        }
    };
    if copying.status != "none" {
        let (full, part) = (output.bytes / copying.block, u64::from(!output.bytes.is_multiple_of(copying.block)));
        // What could not be written was read.
        let read = full + u64::from(status.is_err());
        let mut text = format!("{read}+{part} records in\n{full}+{part} records out\n");
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
    at: Option<u64>,
    /// Whether it is a file on a disk.
    is_file: bool,
    bytes: u64,
}

impl Output {
    /// Opens what is written to. Without `notrunc` a file ends where the output begins.
    fn open(p: &Process, copying: &Copying) -> Result<Output, Errno> {
        let output = Output { path: copying.output.clone(), at: None, is_file: false, bytes: 0 };
        let Some(path) = &copying.output else { return Ok(output) };
        match p.symlink_metadata(path) {
            Ok(_) if copying.new => return Err(Errno::EEXIST),
            Err(error) if copying.old => return Err(error),
            _ => {}
        }
        let is_file = p.metadata(path).map_or(true, |metadata| metadata.is_file());
        let from = copying.seek.saturating_mul(copying.block);
        if !is_file {
            p.append_file(path, b"")?;
        } else if copying.keeps_rest {
            let at = if copying.appends { None } else { Some(from) };
            p.append_file(path, b"")?;
            return Ok(Output { at, ..output });
        } else {
            p.resize_file(path, from, true)?;
        }
        Ok(Output { is_file, ..output })
    }

    /// Whether zeros need not be told one by one.
    fn takes_zeros(&self) -> bool {
        self.is_file && self.at.is_none()
    }

    fn size(&self, p: &Process) -> u64 {
        self.path.as_ref().and_then(|path| p.metadata(path).ok()).map_or(0, |metadata| metadata.size)
    }

    async fn write_zeros(&mut self, p: &Process, count: u64) -> Result<(), Errno> {
        let Some(path) = &self.path else { return Ok(()) };
        let before = self.size(p);
        let outcome = p.resize_file(path, before + count, false);
        self.bytes += self.size(p) - before;
        p.wrote().await;
        outcome
    }

    async fn write(&mut self, p: &Process, chunk: &[u8]) -> Result<(), Errno> {
        let before = self.size(p);
        let outcome = match (&self.path, &mut self.at) {
            (None, _) => p.try_write(1, chunk).await,
            (Some(path), None) => p.append_file(path, chunk),
            (Some(path), Some(at)) => p.write_file_at(path, *at, chunk).map(|()| *at += chunk.len() as u64),
        };
        // Of a disk that became full it is known how much it took.
        self.bytes += if outcome.is_ok() { chunk.len() as u64 } else { self.size(p).saturating_sub(before) };
        p.wrote().await;
        outcome
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

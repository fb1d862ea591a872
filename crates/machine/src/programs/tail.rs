//! `tail`: the last lines or bytes, and what is appended later with `-f`.

use super::head::{Part, header, lines_with_ends};
use super::prelude::*;

const SPEC: Spec = Spec {
    short: "c:fFn:qs:v\u{1}:",
    long: &[
        ("bytes", 'c'),
        ("follow", 'f'),
        ("lines", 'n'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("sleep-interval", 's'),
        ("verbose", 'v'),
        ("pid", '\u{1}'),
    ],
    usage: "[OPTION]... [FILE]...",
    status: 1,
};

/// Where in `data` the last `amount` lines or bytes start, or (with `+`) where line or byte `amount` is.
fn start(data: &[u8], unit: char, amount: usize, from_start: bool) -> usize {
    match (unit, from_start) {
        ('c', true) => amount.saturating_sub(1).min(data.len()),
        ('c', false) => data.len().saturating_sub(amount),
        (_, from_start) => {
            let lines = lines_with_ends(data);
            let skipped =
                if from_start { amount.saturating_sub(1).min(lines.len()) } else { lines.len().saturating_sub(amount) };
            lines[..skipped].iter().map(|line| line.len()).sum()
        }
    }
}

pub async fn run(p: Process) -> i32 {
    let Part { unit, amount, sign, operands, headers, options } = match Part::read(&p, &SPEC).await {
        Ok(part) => part,
        Err(status) => return status,
    };
    let from_start = sign == Some('+');
    let follow = options.last_of("fF");
    let (mut status, mut first) = (0, true);
    // Each followed file with how much of it has been shown; `None` for one that is not there (yet).
    let mut followed: Vec<(String, Option<usize>)> = Vec::new();
    for path in &operands {
        match Source::open(&p, path) {
            Ok(mut source) => {
                if headers {
                    header(&p, path, &mut first).await;
                }
                let data = source.all().await;
                p.write(1, &data[start(&data, unit, amount, from_start)..]).await;
                if path != "-" {
                    followed.push((path.clone(), Some(data.len())));
                }
            }
            Err(Errno::EISDIR) => {
                status = fail(&p, &format!("error reading {}: Is a directory", quote_always(path))).await;
            }
            Err(error) => {
                status = fail(&p, &format!("cannot open {} for reading: {error}", quote_always(path))).await;
                if follow == Some('F') {
                    followed.push((path.clone(), None));
                }
            }
        }
    }
    if follow.is_none() {
        return status;
    }
    if followed.is_empty() {
        if status != 0 {
            fail(&p, "no files remaining").await;
        }
        return status;
    }
    let mut shown = followed.len() - 1;
    let interval = options.value('s').and_then(|text| text.parse::<f64>().ok()).unwrap_or(1.0).clamp(0.01, 3600.0);
    loop {
        p.sleep(Duration::from_secs_f64(interval)).await;
        for (index, (path, seen)) in followed.iter_mut().enumerate() {
            let Ok(data) = p.read_file(path) else {
                if follow == Some('F') && seen.take().is_some() {
                    let text = format!("{} has become inaccessible: No such file or directory", quote_always(path));
                    fail(&p, &text).await;
                }
                continue;
            };
            let from = match *seen {
                Some(from) if from <= data.len() => from,
                Some(_) => {
                    fail(&p, &format!("{path}: file truncated")).await;
                    0
                }
                None => {
                    fail(&p, &format!("{} has appeared;  following new file", quote_always(path))).await;
                    0
                }
            };
            *seen = Some(data.len());
            if from < data.len() {
                if headers && std::mem::replace(&mut shown, index) != index {
                    header(&p, path, &mut first).await;
                }
                p.write(1, &data[from..]).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_counted_from_either_end() {
        let data = b"1\n2\n3\n4";
        for (unit, amount, from_start, expected) in [
            ('n', 2, false, "3\n4"),
            ('n', 9, false, "1\n2\n3\n4"),
            ('n', 3, true, "3\n4"),
            ('n', 0, false, ""),
            ('c', 3, false, "3\n4"),
            ('c', 3, true, "2\n3\n4"),
        ] {
            let rest = &data[start(data, unit, amount, from_start)..];
            assert_eq!(std::str::from_utf8(rest).unwrap(), expected, "{unit}{amount}");
        }
    }
}

//! `cmp`: where two files differ first. cmp(1) of GNU diffutils 3.8.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "bln:s",
    long: &[("print-bytes", 'b'), ("verbose", 'l'), ("bytes", 'n'), ("silent", 's'), ("quiet", 's')],
    usage: "[OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]",
    status: 2,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    if options.has('b') || options.operands.len() > 2 {
        return fail_with(&p, 2, "-b and bytes to skip are not simulated here").await;
    }
    let Some(first) = options.operands.first() else {
        p.err("cmp: missing operand after 'cmp'\ncmp: Try 'cmp --help' for more information.\n").await;
        return Err(ExitStatus(2));
    };
    let second = options.operands.get(1).map_or("-", String::as_str);
    let most = options.value('n').and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let mut sources = Vec::new();
    for path in [first.as_str(), second] {
        match Source::open(&p, path) {
            Ok(source) => sources.push(source),
            Err(error) => {
                return fail_with(&p, 2, &format!("{path}: {error}")).await;
            }
        }
    }
    let [a, b] = sources.as_mut_slice() else { return Err(ExitStatus(2)) };
    let all = options.has('l');
    let found = compare(&p, (a, b), most, all).await;
    let names = [first.as_str(), second];
    if options.has('s') {
        return ExitStatus::check(i32::from(!found.differ.is_empty() || found.shorter.is_some()));
    }
    let width = found.length.to_string().len();
    if all {
        let line = |(at, a, b): &(usize, u8, u8)| format!("{:>width$} {a:>3o} {b:>3o}\n", at + 1);
        p.out(&found.differ.iter().map(line).collect::<String>()).await;
    } else if let Some((at, ..)) = found.differ.first() {
        let unit = if is_busybox(&p) { "char" } else { "byte" };
        p.out(&format!("{first} {second} differ: {unit} {}, line {}\n", at + 1, found.newlines + 1)).await;
        return Err(ExitStatus(1));
    }
    if let Some(short) = found.shorter {
        let line = if all { String::new() } else { format!(", line {}", found.newlines) };
        p.err(&format!("cmp: EOF on {} after byte {}{line}\n", names[short], found.length)).await;
    }
    ExitStatus::check(i32::from(!found.differ.is_empty() || found.shorter.is_some()))
}

/// What a comparison came to.
#[derive(Default)]
struct Found {
    /// Where they differ, and the two bytes: the first place, or all.
    differ: Vec<(usize, u8, u8)>,
    /// How many bytes both have, or had before they differed, and the newlines in them.
    length: usize,
    newlines: usize,
    /// Which of the two ended before the other.
    shorter: Option<usize>,
}

/// Compares two sources, piece by piece.
async fn compare(p: &Process, (first, second): (&mut Source, &mut Source), most: usize, all: bool) -> Found {
    let mut found = Found::default();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    while found.length < most {
        if a.is_empty() {
            a = first.chunk().await.unwrap_or_default();
        }
        if b.is_empty() {
            b = second.chunk().await.unwrap_or_default();
        }
        let count = a.len().min(b.len()).min(most - found.length);
        if count == 0 {
            found.shorter = (a.len() != b.len()).then_some(usize::from(b.is_empty()));
            break;
        }
        let (x, y) = (&a[..count], &b[..count]);
        if x != y {
            let places = (0..count).filter(|at| x[*at] != y[*at]).take(if all { count } else { 1 });
            found.differ.extend(places.map(|at| (found.length + at, x[at], y[at])));
            if found.differ.len() > machine::MEMORY_LIMIT / 8 {
                exhausted(p).await;
            }
        }
        let same = match found.differ.first() {
            Some((at, ..)) if !all => at - found.length,
            _ => count,
        };
        found.newlines += x[..same].iter().filter(|byte| **byte == b'\n').count();
        found.length += same;
        if same < count {
            break;
        }
        p.work(count as u64).await;
        a.drain(..count);
        b.drain(..count);
    }
    found
}

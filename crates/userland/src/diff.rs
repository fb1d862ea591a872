//! `diff`: how two files differ. diff(1) of GNU diffutils 3.8.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "abBiqrNsuU:wyW:\u{1}::\u{2}",
    long: &[
        ("brief", 'q'),
        ("ignore-case", 'i'),
        ("ignore-all-space", 'w'),
        ("ignore-space-change", 'b'),
        ("ignore-blank-lines", 'B'),
        ("recursive", 'r'),
        ("new-file", 'N'),
        ("report-identical-files", 's'),
        ("unified", 'U'),
        ("color", '\u{1}'),
        ("side-by-side", 'y'),
        ("width", 'W'),
        ("suppress-common-lines", '\u{2}'),
    ],
    usage: "[OPTION]... FILES",
    status: 2,
};

/// The most lines that are compared exactly; beyond, the middle is one change.
const MOST: usize = 1500;

/// Pairs of equal lines: a longest common subsequence.
fn common(a: &[String], b: &[String]) -> Vec<(usize, usize)> {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let rest = |s: &[String]| s.len() - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(rest(a).min(rest(b))).take_while(|(x, y)| x == y).count();
    let (inner_a, inner_b) = (&a[start..a.len() - end], &b[start..b.len() - end]);
    let mut pairs: Vec<(usize, usize)> = (0..start).map(|at| (at, at)).collect();
    let (m, n) = (inner_a.len(), inner_b.len());
    if m > 0 && n > 0 && m.saturating_mul(n) <= MOST * MOST {
        let mut table = vec![0u32; (m + 1) * (n + 1)];
        for i in (0..m).rev() {
            for j in (0..n).rev() {
                table[i * (n + 1) + j] = if inner_a[i] == inner_b[j] {
                    table[(i + 1) * (n + 1) + j + 1] + 1
                } else {
                    table[(i + 1) * (n + 1) + j].max(table[i * (n + 1) + j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < m && j < n {
            if inner_a[i] == inner_b[j] {
                pairs.push((start + i, start + j));
                i += 1;
                j += 1;
            } else if table[(i + 1) * (n + 1) + j] >= table[i * (n + 1) + j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    pairs.extend((0..end).rev().map(|back| (a.len() - 1 - back, b.len() - 1 - back)));
    pairs
}

/// Places where the two differ: ranges of lines on both sides.
fn changes(a: &[String], b: &[String]) -> Vec<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let (mut found, mut i, mut j) = (Vec::new(), 0, 0);
    for (x, y) in common(a, b).into_iter().chain([(a.len(), b.len())]) {
        if i < x || j < y {
            found.push((i..x, j..y));
        }
        (i, j) = (x + 1, y + 1);
    }
    found
}

fn span(range: &std::ops::Range<usize>) -> String {
    if range.len() <= 1 { range.end.to_string() } else { format!("{},{}", range.start + 1, range.end) }
}

/// A file's lines and whether the last one ends in a newline.
struct Text {
    shown: Vec<String>,
    keys: Vec<String>,
    complete: bool,
}

fn text(data: &[u8], options: &Options) -> Text {
    let shown: Vec<String> = lines(data).iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let complete = data.is_empty() || data.ends_with(b"\n");
    let mut keys: Vec<String> = shown
        .iter()
        .map(|line| {
            let mut key = line.clone();
            if options.has('w') {
                key.retain(|c| !c.is_whitespace());
            } else if options.has('b') {
                key = key.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            if options.has('i') { key.to_lowercase() } else { key }
        })
        .collect();
    if let Some(last) = keys.last_mut().filter(|_| !complete) {
        last.push('\0');
    }
    Text { shown, keys, complete }
}

fn line(mark: &str, text: &Text, at: usize) -> String {
    let missing = if at + 1 == text.shown.len() && !text.complete { "\\ No newline at end of file\n" } else { "" };
    format!("{mark}{}\n{missing}", text.shown[at])
}

fn normal(a: &Text, b: &Text) -> String {
    let mut out = String::new();
    for (x, y) in changes(&a.keys, &b.keys) {
        let letter = if x.is_empty() {
            'a'
        } else if y.is_empty() {
            'd'
        } else {
            'c'
        };
        out.push_str(&format!("{}{letter}{}\n", span(&x), span(&y)));
        out.extend(x.clone().map(|at| line("< ", a, at)));
        if letter == 'c' {
            out.push_str("---\n");
        }
        out.extend(y.clone().map(|at| line("> ", b, at)));
    }
    out
}

/// The body of a unified diff with so many lines of context.
fn unified(a: &Text, b: &Text, context: usize) -> String {
    let all = changes(&a.keys, &b.keys);
    let mut out = String::new();
    let mut at = 0;
    while at < all.len() {
        let mut end = at;
        while end + 1 < all.len() && all[end + 1].0.start - all[end].0.end <= 2 * context {
            end += 1;
        }
        let before = all[at].0.start.min(context);
        let (from_a, from_b) = (all[at].0.start - before, all[at].1.start - before);
        let after = (a.shown.len() - all[end].0.end).min(context);
        let (to_a, to_b) = (all[end].0.end + after, all[end].1.end + after);
        let range = |from: usize, to: usize| match to - from {
            0 => format!("{from},0"),
            1 => format!("{}", from + 1),
            count => format!("{},{count}", from + 1),
        };
        out.push_str(&format!("@@ -{} +{} @@\n", range(from_a, to_a), range(from_b, to_b)));
        let mut next = from_a;
        for (x, y) in &all[at..=end] {
            out.extend((next..x.start).map(|at| line(" ", a, at)));
            out.extend(x.clone().map(|at| line("-", a, at)));
            out.extend(y.clone().map(|at| line("+", b, at)));
            next = x.end;
        }
        out.extend((next..to_a).map(|at| line(" ", a, at)));
        at = end + 1;
    }
    out
}

/// Two columns, `width` wide together, as sdiff puts them.
fn side_by_side(a: &Text, b: &Text, width: usize, common: bool) -> String {
    const TAB: usize = 8;
    let right = (width + TAB + 3) / (2 * TAB) * TAB;
    let half = right.saturating_sub(3).min(width.saturating_sub(right));
    let gap = |from: usize, to: usize| {
        let tabs = (to / TAB).saturating_sub(from / TAB);
        let from = if tabs > 0 { to / TAB * TAB } else { from };
        "\t".repeat(tabs) + &" ".repeat(to.saturating_sub(from))
    };
    let cut = |text: &str| text.chars().take(half).collect::<String>();
    let mut out = String::new();
    let mut put = |left: Option<&String>, mark: char, other: Option<&String>| {
        let left = left.map_or_else(String::new, |text| cut(text));
        let mut at = left.chars().count();
        out.push_str(&left);
        if mark != ' ' {
            out.push_str(&gap(at, half + 1));
            out.push(mark);
            at = half + 2;
        }
        if let Some(other) = other {
            out.push_str(&gap(at, right));
            out.push_str(&cut(other));
        }
        out.push('\n');
    };
    let (mut i, mut j) = (0, 0);
    for (x, y) in changes(&a.keys, &b.keys).into_iter().chain([(a.shown.len()..0, b.shown.len()..0)]) {
        while i < x.start && j < y.start {
            if common {
                put(a.shown.get(i), ' ', b.shown.get(j));
            }
            (i, j) = (i + 1, j + 1);
        }
        for at in 0..x.len().max(y.len()) {
            let (left, other) = (
                a.shown.get(x.start + at).filter(|_| at < x.len()),
                b.shown.get(y.start + at).filter(|_| at < y.len()),
            );
            let mark = match (left, other) {
                (Some(_), Some(_)) => '|',
                (Some(_), None) => '<',
                _ => '>',
            };
            put(left, mark, other);
        }
        (i, j) = (x.end.max(i), y.end.max(j));
    }
    out
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let [first, second] = options.operands.as_slice() else {
        let text = match options.operands.as_slice() {
            [] => format!("missing operand after {}", quote_always("diff")),
            [only] => format!("missing operand after {}", quote_always(only)),
            [.., extra] => format!("extra operand {}", quote_always(extra)),
        };
        p.err(&format!("diff: {text}\ndiff: Try 'diff --help' for more information.\n")).await;
        return Err(ExitStatus(2));
    };
    let context = match options.value('U').map(str::parse::<usize>) {
        Some(Ok(context)) => Some(context),
        Some(Err(_)) => {
            p.err(&format!("diff: invalid context length {}\n", quote_always(options.value('U').unwrap_or("")))).await;
            return Err(ExitStatus(2));
        }
        None => (options.has('u') || is_busybox(&p)).then_some(3),
    };
    let is_dir = |path: &str| p.metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let base = |path: &str| super::basename::base_name(path).to_owned();
    let mut pairs = Vec::new();
    let mut only = String::new();
    match (is_dir(first), is_dir(second)) {
        (true, true) => {
            let mut waiting = vec![(first.clone(), second.clone())];
            while let Some((a, b)) = waiting.pop() {
                let names = |path: &str| -> std::collections::BTreeSet<String> {
                    sim::order::collect(p.read_dir(path).unwrap_or_default().into_iter().map(|entry| entry.name))
                };
                let (in_a, in_b) = (names(&a), names(&b));
                for name in in_a.union(&in_b) {
                    let (x, y) = (format!("{a}/{name}"), format!("{b}/{name}"));
                    match (in_a.contains(name), in_b.contains(name)) {
                        (true, false) => only.push_str(&format!("Only in {a}: {name}\n")),
                        (false, _) => only.push_str(&format!("Only in {b}: {name}\n")),
                        _ if is_dir(&x) && is_dir(&y) && options.has('r') && waiting.len() < 1000 => {
                            waiting.push((x, y))
                        }
                        _ if is_dir(&x) && is_dir(&y) => {
                            only.push_str(&format!("Common subdirectories: {x} and {y}\n"))
                        }
                        _ => pairs.push((x, y, true)),
                    }
                }
            }
        }
        (true, false) => pairs.push((format!("{first}/{}", base(second)), second.clone(), false)),
        (false, true) => pairs.push((first.clone(), format!("{second}/{}", base(first)), false)),
        _ => pairs.push((first.clone(), second.clone(), false)),
    }
    let differ = Err(ExitStatus(1));
    let mut status = if only.is_empty() { Ok(()) } else { differ };
    p.out(&only).await;
    for (a, b, named) in pairs {
        let mut read = Vec::new();
        for path in [&a, &b] {
            match Source::open(&p, path) {
                Ok(mut source) => read.push(source.all().await),
                Err(error) => {
                    status = Err(ExitStatus(2));
                    if is_busybox(&p) {
                        complain(&p, &format!("can't stat '{path}': {error}")).await;
                        break;
                    }
                    complain(&p, &format!("{path}: {error}")).await;
                }
            }
        }
        let [x, y] = read.as_slice() else { continue };
        if x.contains(&0) || y.contains(&0) {
            if x != y {
                p.out(&format!("Binary files {a} and {b} differ\n")).await;
                status = status.max(differ);
            }
            continue;
        }
        let (x, y) = (text(x, &options), text(y, &options));
        if x.keys == y.keys && options.has('y') {
            let width = options.value('W').and_then(|text| text.parse().ok()).unwrap_or(130);
            p.out(&side_by_side(&x, &y, width, !options.has('\u{2}'))).await;
            continue;
        }
        if x.keys == y.keys {
            if options.has('s') {
                p.out(&format!("Files {a} and {b} are identical\n")).await;
            }
            continue;
        }
        status = status.max(differ);
        if options.has('q') {
            p.out(&format!("Files {a} and {b} differ\n")).await;
            continue;
        }
        if named {
            let flags: Vec<&str> =
                p.args().iter().skip(1).filter(|arg| arg.starts_with('-')).map(String::as_str).collect();
            p.out(&format!("diff {} {a} {b}\n", flags.join(" ")).replace("  ", " ")).await;
        }
        if options.has('y') {
            let width = options.value('W').and_then(|text| text.parse().ok()).unwrap_or(130);
            p.out(&side_by_side(&x, &y, width, !options.has('\u{2}'))).await;
            continue;
        }
        match context {
            Some(context) => {
                let head = |mark: &str, path: &str| {
                    let time = p.metadata(path).map_or_else(|_| p.now(), |metadata| metadata.modified);
                    let date = strftime::format(time, "%Y-%m-%d %H:%M:%S.%N +0000");
                    if is_busybox(&p) { format!("{mark} {path}\n") } else { format!("{mark} {path}\t{date}\n") }
                };
                p.out(&format!("{}{}{}", head("---", &a), head("+++", &b), unified(&x, &y, context))).await;
            }
            None => p.out(&normal(&x, &y)).await,
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_gnus() {
        let options = Options::default();
        let (a, b) = (text(b"a\nb\nc\nd\n", &options), text(b"a\nB\nc\nd\ne\n", &options));
        assert_eq!(normal(&a, &b), "2c2\n< b\n---\n> B\n4a5\n> e\n");
        assert_eq!(unified(&a, &b, 1), "@@ -1,4 +1,5 @@\n a\n-b\n+B\n c\n d\n+e\n");
        let (a, b) = (text(b"a", &options), text(b"a\n", &options));
        assert_eq!(normal(&a, &b), "1c1\n< a\n\\ No newline at end of file\n---\n> a\n");
    }
}

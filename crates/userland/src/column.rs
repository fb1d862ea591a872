//! `column`: lines in columns, or (`-t`) a table of their words. column(1) of util-linux 2.38.

use unicode_width::UnicodeWidthStr;

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "c:eJn:N:o:R:s:tx\u{1}:",
        long: &[
            ("output-width", 'c'),
            ("table", 't'),
            ("separator", 's'),
            ("output-separator", 'o'),
            ("table-columns", 'N'),
            ("table-right", 'R'),
            ("fillrows", 'x'),
            ("json", 'J'),
            ("table-name", 'n'),
            ("keep-empty-lines", 'e'),
        ],
        usage: "[options] [<file>...]",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    if options.has('J') {
        return fail(&p, "--json is not simulated here").await;
    }
    let (data, status) = read_operands(&p, &options.operands).await;
    let text = String::from_utf8_lossy(&data).into_owned();
    let rows: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut out = String::new();
    if options.has('t') {
        let separators = options.value('s');
        let cells = |row: &str| -> Vec<String> {
            match separators {
                // Several in a row count as one where they are blanks.
                None => row.split_whitespace().map(str::to_owned).collect(),
                Some(separators) => row.split(|c| separators.contains(c)).map(str::to_owned).collect(),
            }
        };
        let mut table: Vec<Vec<String>> = Vec::new();
        if let Some(names) = options.value('N') {
            table.push(names.split(',').map(str::to_owned).collect());
        }
        table.extend(rows.iter().map(|row| cells(row)));
        let count = table.iter().map(Vec::len).max().unwrap_or(0);
        let mut right: Vec<bool> = vec![false; count];
        for name in options.value('R').unwrap_or_default().split(',') {
            let by_name = options.value('N').and_then(|names| names.split(',').position(|known| known == name));
            let at = by_name.or(name.parse::<usize>().ok().and_then(|at| at.checked_sub(1)));
            if let Some(cell) = at.and_then(|at| right.get_mut(at)) {
                *cell = true;
            }
        }
        let width = |at: usize| table.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count).map(width).collect();
        let between = options.value('o').unwrap_or("  ");
        for row in &table {
            let mut line = String::new();
            for at in 0..count {
                let cell = row.get(at).map_or("", String::as_str);
                let pad = " ".repeat(widths[at] - cell.width());
                let last = at + 1 == count;
                match (right[at], last) {
                    (true, _) => line.push_str(&format!("{pad}{cell}")),
                    (false, true) => line.push_str(cell),
                    (false, false) => line.push_str(&format!("{cell}{pad}")),
                }
                if !last {
                    line.push_str(between);
                }
            }
            out.push_str(&line);
            out.push('\n');
        }
        p.out(&out).await;
        return status;
    }
    let text = options.value('c');
    let screen = match text.map(str::parse::<usize>) {
        Some(Ok(width)) => width,
        Some(Err(_)) => return fail(&p, &format!("invalid columns argument: {}", quote(&p, text.unwrap_or("")))).await,
        None => p.env("COLUMNS").and_then(|text| text.parse().ok()).unwrap_or_else(|| usize::from(p.window().0)),
    };
    let widest = rows.iter().map(|row| row.width()).max().unwrap_or(0);
    let cell = (widest / 8 + 1) * 8; // to the next tab
    let across = (screen / cell).max(1);
    if across == 1 || rows.is_empty() {
        rows.iter().for_each(|row| out.push_str(&format!("{row}\n")));
        p.out(&out).await;
        return status;
    }
    let down = rows.len().div_ceil(across);
    for row in 0..down {
        let mut at = 0;
        loop {
            let (here, next) = match options.has('x') {
                true => (row * across + at, row * across + at + 1),
                false => (row + at * down, row + (at + 1) * down),
            };
            let Some(text) = rows.get(here).filter(|_| at < across) else { break };
            out.push_str(text);
            if next < rows.len() && at + 1 < across {
                let tabs = (cell - text.width()).div_ceil(8);
                out.push_str(&"\t".repeat(tabs));
            }
            at += 1;
        }
        out.push('\n');
    }
    p.out(&out).await;
    status
}

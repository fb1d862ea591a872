//! `ls`: lists directories. ls(1) of GNU coreutils 9.1.

use machine::{Device, FileType};
use unicode_width::UnicodeWidthStr;

use super::listing::{Names, blocks, date, human, mode_text};
use super::prelude::*;
use super::sort::version;

const SPEC: Spec = Spec {
    short: "1aAbBcCdfFgGhHiklLmnNopqQrRsStT:uUvw:xXZ\u{1}::\u{2}:\u{3}\u{4}\u{5}:",
    long: &[
        ("all", 'a'),
        ("almost-all", 'A'),
        ("directory", 'd'),
        ("classify", 'F'),
        ("human-readable", 'h'),
        ("inode", 'i'),
        ("dereference", 'L'),
        ("numeric-uid-gid", 'n'),
        ("no-group", 'G'),
        ("reverse", 'r'),
        ("recursive", 'R'),
        ("size", 's'),
        ("color", '\u{1}'),
        ("time-style", '\u{2}'),
        ("full-time", '\u{3}'),
        ("group-directories-first", '\u{4}'),
        ("sort", '\u{5}'),
        ("width", 'w'),
    ],
    usage: "[OPTION]... [FILE]...",
    status: 2,
};

/// One file to show.
struct Entry {
    name: String,
    metadata: Metadata,
    /// Where a symbolic link points, and what is there.
    target: Option<(String, Option<Metadata>)>,
}

/// How to show it.
struct View {
    options: Options,
    long: bool,
    columns: bool,
    across: bool,
    commas: bool,
    color: bool,
    quote: bool,
    width: usize,
    busybox: bool,
    users: Names,
    groups: Names,
    now: Time,
    /// Whether a colour was printed already: the first comes with a reset before it.
    painted: bool,
}

fn entry(p: &Process, path: &str, name: &str, follow: bool) -> Result<Entry, Errno> {
    let mut metadata = p.symlink_metadata(path)?;
    let mut target = None;
    if metadata.is_symlink() {
        let there = p.metadata(path).ok();
        match there {
            Some(there) if follow => metadata = there,
            there => target = Some((p.read_link(path).unwrap_or_default(), there)),
        }
    }
    Ok(Entry { name: name.to_owned(), metadata, target })
}

fn color_of(metadata: &Metadata) -> &'static str {
    match metadata.file_type {
        FileType::Directory if metadata.mode & 0o1002 == 0o1002 => "30;42",
        FileType::Directory if metadata.mode & 0o002 != 0 => "34;42",
        FileType::Directory => "01;34",
        FileType::Symlink => "01;36",
        FileType::Device => "40;33;01",
        FileType::Socket => "01;35",
        FileType::Fifo => "40;33",
        FileType::File if metadata.mode & 0o111 != 0 => "01;32",
        FileType::File => "",
    }
}

impl View {
    /// The name as it is printed, and how many columns it takes.
    fn name(&mut self, entry: &Entry, padded: bool) -> (String, usize) {
        let plain = match self.options.has('Q') {
            true => format!("\"{}\"", entry.name.replace('\\', "\\\\").replace('"', "\\\"")),
            false if self.quote => quote_if_needed(&entry.name),
            false => entry.name.clone(),
        };
        let pad = if padded && plain == entry.name { " " } else { "" };
        let mut width = plain.width() + pad.len();
        let mut text = format!("{pad}{}", self.paint(&plain, &entry.metadata, entry.target.as_ref()));
        let mark = if self.long && entry.target.is_some() { None } else { self.mark(&entry.metadata) };
        if let Some(mark) = mark {
            text.push(mark);
            width += 1;
        }
        (text, width)
    }

    fn paint(&mut self, text: &str, metadata: &Metadata, target: Option<&(String, Option<Metadata>)>) -> String {
        if !self.color {
            return text.to_owned();
        }
        let broken = metadata.is_symlink() && target.is_some_and(|(_, there)| there.is_none());
        let code = if broken && !self.busybox { "" } else { color_of(metadata) };
        if code.is_empty() {
            return if self.busybox { format!("\x1b[0;0m{text}\x1b[m") } else { text.to_owned() };
        }
        if self.busybox {
            return format!("\x1b[{}m{text}\x1b[m", code.replace("01;", "1;"));
        }
        let reset = if std::mem::replace(&mut self.painted, true) { "" } else { "\x1b[0m" };
        format!("{reset}\x1b[{code}m{text}\x1b[0m")
    }

    fn mark(&self, metadata: &Metadata) -> Option<char> {
        let all = self.options.has('F');
        match metadata.file_type {
            FileType::Directory if all || self.options.has('p') => Some('/'),
            FileType::Symlink if all => Some('@'),
            FileType::File if all && metadata.mode & 0o111 != 0 => Some('*'),
            _ => None,
        }
    }

    fn sort(&self, entries: &mut Vec<Entry>) {
        let options = &self.options;
        let order = match (options.last_of("StUvXf"), options.value('\u{5}')) {
            (Some(letter), None) => letter,
            (_, Some("size")) => 'S',
            (_, Some("time")) => 't',
            (_, Some("none")) => 'U',
            (_, Some("version")) => 'v',
            (_, Some("extension")) => 'X',
            _ => 'n',
        };
        match order {
            'U' | 'f' => return,
            'S' => sim::order::sort_by(entries, |a, b| b.metadata.size.cmp(&a.metadata.size)),
            't' => sim::order::sort_by(entries, |a, b| b.metadata.modified.cmp(&a.metadata.modified)),
            'v' => sim::order::sort_by(entries, |a, b| version(&a.name, &b.name)),
            'X' => {
                let extension = |entry: &Entry| entry.name.rsplit_once('.').map_or("", |(_, end)| end).to_owned();
                sim::order::sort_by(entries, |a, b| extension(a).cmp(&extension(b)));
            }
            _ => {}
        }
        if options.has('r') {
            entries.reverse();
        }
        if options.has('\u{4}') {
            sim::order::sort_by(entries, |a, b| b.metadata.is_dir().cmp(&a.metadata.is_dir()));
        }
    }

    fn size(&self, metadata: &Metadata, name: &str) -> String {
        if metadata.file_type == FileType::Device {
            let numbers = match metadata.device {
                Some(Device::Zero) => "1, 5",
                Some(Device::Full) => "1, 7",
                Some(Device::Random) if name.ends_with("urandom") => "1, 9",
                Some(Device::Random) => "1, 8",
                Some(Device::Tty) => "5, 0",
                _ => "1, 3",
            };
            return numbers.to_owned();
        }
        if self.options.has('h') { human(metadata.size) } else { metadata.size.to_string() }
    }

    fn date(&self, time: Time) -> String {
        let t = time.civil();
        if self.options.has('\u{3}') || self.options.value('\u{2}') == Some("full-iso") {
            return strftime::format(time, "%Y-%m-%d %H:%M:%S.%N +0000");
        }
        match self.options.value('\u{2}') {
            Some("long-iso") => format!("{:04}-{:02}-{:02} {:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute),
            Some("iso") => format!("{:02}-{:02} {:02}:{:02}", t.month, t.day, t.hour, t.minute),
            Some(style) if style.starts_with('+') => strftime::format(time, &style[1..]),
            _ => date(time, self.now),
        }
    }

    fn blocks_text(&self, blocks: u64) -> String {
        if self.options.has('h') { human(blocks * 1024) } else { blocks.to_string() }
    }

    fn long(&mut self, entries: &[Entry]) -> String {
        let numeric = self.options.has('n');
        let name = |names: &Names, number: u32| if numeric { number.to_string() } else { names.get(number) };
        let rows: Vec<[String; 6]> = entries
            .iter()
            .map(|entry| {
                let m = &entry.metadata;
                let links = m.links.to_string();
                let (user, group) = (name(&self.users, m.uid), name(&self.groups, m.gid));
                [mode_text(m), links, user, group, self.size(m, &entry.name), self.date(m.modified)]
            })
            .collect();
        let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
        let widths = [0, width(1), width(2), width(3), width(4), 0];
        let inodes = entries.iter().map(|entry| entry.metadata.identity.1.to_string().len()).max().unwrap_or(0);
        let sizes = entries.iter().map(|entry| self.blocks_text(blocks(&entry.metadata)).len()).max().unwrap_or(0);
        let padded = self.quote && entries.iter().any(|entry| quote_if_needed(&entry.name) != entry.name);
        let mut out = String::new();
        for (entry, row) in entries.iter().zip(&rows) {
            if self.options.has('i') {
                out.push_str(&format!("{:>inodes$} ", entry.metadata.identity.1));
            }
            if self.options.has('s') {
                out.push_str(&format!("{:>sizes$} ", self.blocks_text(blocks(&entry.metadata))));
            }
            let [mode, links, user, group, size, date] = row;
            let (owner, with_group) = (!self.options.has('g'), !self.options.has('o') && !self.options.has('G'));
            if self.busybox {
                out.push_str(&format!("{mode} {links:>4} {user:<8} {group:<8} {size:>9} {date} "));
            } else {
                out.push_str(&format!("{mode} {links:>0$} ", widths[1]));
                if owner {
                    out.push_str(&format!("{user:<0$} ", widths[2]));
                }
                if with_group {
                    out.push_str(&format!("{group:<0$} ", widths[3]));
                }
                out.push_str(&format!("{size:>0$} {date} ", widths[4]));
            }
            out.push_str(&self.name(entry, padded).0);
            if let Some((target, there)) = &entry.target {
                let shown = if self.quote { quote_if_needed(target) } else { target.clone() };
                let shown = match there {
                    Some(there) => {
                        let mark = self.mark(there).map(String::from).unwrap_or_default();
                        self.paint(&shown, there, None) + &mark
                    }
                    None => shown,
                };
                out.push_str(&format!(" -> {shown}"));
            }
            out.push('\n');
        }
        out
    }

    fn short(&mut self, entries: &[Entry]) -> String {
        let padded =
            self.quote && self.columns && entries.iter().any(|entry| quote_if_needed(&entry.name) != entry.name);
        let inodes = entries.iter().map(|entry| entry.metadata.identity.1.to_string().len()).max().unwrap_or(0);
        let sizes = entries.iter().map(|entry| self.blocks_text(blocks(&entry.metadata)).len()).max().unwrap_or(0);
        let mut cells: Vec<(String, usize)> = Vec::new();
        for entry in entries {
            let mut before = String::new();
            if self.options.has('i') {
                before.push_str(&format!("{:>inodes$} ", entry.metadata.identity.1));
            }
            if self.options.has('s') {
                before.push_str(&format!("{:>sizes$} ", self.blocks_text(blocks(&entry.metadata))));
            }
            let (text, width) = self.name(entry, padded);
            cells.push((format!("{before}{text}"), before.len() + width));
        }
        if self.commas {
            return join_commas(&cells, self.width);
        }
        if !self.columns {
            return cells.iter().map(|(text, _)| format!("{text}\n")).collect();
        }
        columns(&cells, self.width, self.across)
    }

    fn show(&mut self, entries: &[Entry]) -> String {
        if self.long { self.long(entries) } else { self.short(entries) }
    }

    fn total(&self, entries: &[Entry]) -> String {
        if !self.long && !self.options.has('s') {
            return String::new();
        }
        let total = entries.iter().map(|entry| blocks(&entry.metadata)).sum();
        format!("total {}\n", self.blocks_text(total))
    }
}

fn join_commas(cells: &[(String, usize)], width: usize) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for (index, (text, size)) in cells.iter().enumerate() {
        let comma = index + 1 < cells.len();
        if index > 0 {
            if at + size + 2 + usize::from(comma) > width {
                out.push('\n');
                at = 0;
            } else {
                out.push(' ');
                at += 1;
            }
        }
        out.push_str(text);
        at += size + usize::from(comma);
        if comma {
            out.push(',');
        }
    }
    if !cells.is_empty() {
        out.push('\n');
    }
    out
}

/// Lays cells out as GNU does: the most columns that fit, each as wide as its widest cell and two spaces.
fn columns(cells: &[(String, usize)], width: usize, across: bool) -> String {
    if cells.is_empty() {
        return String::new();
    }
    let place = |count: usize, index: usize| {
        let rows = cells.len().div_ceil(count);
        if across { (index / count, index % count) } else { (index % rows, index / rows) }
    };
    let widths = |count: usize| {
        let mut widths = vec![0; count];
        for (index, (_, size)) in cells.iter().enumerate() {
            let (_, column) = place(count, index);
            let gap = if column + 1 == count { 0 } else { 2 };
            widths[column] = widths[column].max(size + gap);
        }
        widths
    };
    let most = cells.len().min((width / 3).max(1));
    // GNU's array allows a line only when it is shorter than the window.
    let count = (1..=most).rev().find(|count| widths(*count).iter().sum::<usize>() < width).unwrap_or(1);
    let widths = widths(count);
    let rows = cells.len().div_ceil(count);
    let mut lines = vec![String::new(); rows];
    let mut pending = vec![0usize; rows];
    for (index, (text, size)) in cells.iter().enumerate() {
        let (row, _) = place(count, index);
        let (_, column) = place(count, index);
        lines[row].push_str(&" ".repeat(pending[row]));
        lines[row].push_str(text);
        pending[row] = widths[column].saturating_sub(*size);
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let tty = p.is_tty(1);
    let busybox = is_busybox(&p);
    let color = match options.given.iter().rev().find(|(letter, _)| *letter == '\u{1}') {
        Some((_, None)) => true,
        Some((_, Some(when))) => matches!(when.as_str(), "always" | "yes" | "force") || (when == "auto" && tty),
        None => busybox && tty,
    };
    let format = options.last_of("1Clmxgno\u{3}");
    let width = options.value('w').and_then(|text| text.parse().ok()).filter(|width| *width > 0);
    let mut view = View {
        long: matches!(format, Some('l' | 'g' | 'n' | 'o' | '\u{3}'))
            || (format == Some('1') && ['l', 'g', 'n', 'o'].iter().any(|c| options.has(*c))),
        columns: matches!(format, Some('C' | 'x')) || (format.is_none() && tty),
        across: format == Some('x'),
        commas: format == Some('m'),
        color,
        quote: tty && !busybox && !options.has('N'),
        width: width.unwrap_or_else(|| if tty { usize::from(p.window().0).max(1) } else { 80 }),
        busybox,
        users: Names::read(&p, "/etc/passwd"),
        groups: Names::read(&p, "/etc/group"),
        now: p.now(),
        painted: false,
        options,
    };
    let mut operands = view.options.operands.clone();
    if operands.is_empty() {
        operands.push(".".to_owned());
    }
    let mut status = Ok(());
    let (mut files, mut dirs) = (Vec::new(), Vec::new());
    for path in &operands {
        let found = entry(
            &p,
            path,
            path,
            view.options.has('L') || !(view.long || view.options.has('d') || view.options.has('F')),
        );
        match found {
            Ok(found) if found.metadata.is_dir() && !view.options.has('d') => dirs.push(found),
            Ok(found) => files.push(found),
            Err(error) => {
                let text = if busybox {
                    format!("ls: {path}: {error}\n")
                } else {
                    format!("ls: cannot access {}: {error}\n", quote_always(path))
                };
                p.err(&text).await;
                status = Err(ExitStatus(if busybox { 1 } else { 2 }));
            }
        }
    }
    let by_name = |entries: &mut Vec<Entry>| sim::order::sort_by(entries, |a, b| a.name.cmp(&b.name));
    by_name(&mut files);
    by_name(&mut dirs);
    view.sort(&mut files);
    view.sort(&mut dirs);
    let headers = operands.len() > 1 || view.options.has('R');
    let mut first = files.is_empty();
    if !files.is_empty() {
        let text = view.show(&files);
        p.out(&text).await;
    }
    let mut waiting: Vec<(String, usize)> = dirs.into_iter().rev().map(|dir| (dir.name, 0)).collect();
    while let Some((path, depth)) = waiting.pop() {
        let names = match p.read_dir(&path) {
            Ok(names) => names,
            Err(error) => {
                p.err(&format!("ls: cannot open directory {}: {error}\n", quote_always(&path))).await;
                status = status.max(Err(ExitStatus(if depth == 0 { 2 } else { 1 })));
                continue;
            }
        };
        let (all, most) = (view.options.has('a') || view.options.has('f'), view.options.has('A'));
        let mut entries = Vec::new();
        if all {
            for name in [".", ".."] {
                entries.extend(entry(&p, &format!("{path}/{name}"), name, true));
            }
        }
        for name in names {
            if name.name.starts_with('.') && !all && !most || view.options.has('B') && name.name.ends_with('~') {
                continue;
            }
            let below = format!("{}/{}", path.trim_end_matches('/'), name.name);
            entries.extend(entry(&p, &below, &name.name, view.options.has('L')));
        }
        view.sort(&mut entries);
        let mut text = String::new();
        if headers {
            let gap = if first { "" } else { "\n" };
            text.push_str(&format!("{gap}{}:\n", if view.quote { quote_if_needed(&path) } else { path.clone() }));
        }
        first = false;
        text.push_str(&view.total(&entries));
        text.push_str(&view.show(&entries));
        p.out(&text).await;
        if view.options.has('R') && depth < 64 {
            let below =
                entries.iter().filter(|entry| entry.metadata.is_dir() && entry.name != "." && entry.name != "..");
            let below: Vec<String> =
                below.map(|entry| format!("{}/{}", path.trim_end_matches('/'), entry.name)).collect();
            waiting.extend(below.into_iter().rev().map(|path| (path, depth + 1)));
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_downwards_with_the_fewest_lines() {
        let cells: Vec<(String, usize)> = ["bin", "boot", "dev", "docker-entrypoint.d", "etc", "home", "lib"]
            .iter()
            .map(|s| ((*s).to_owned(), s.len()))
            .collect();
        assert_eq!(columns(&cells, 80, false), "bin  boot  dev  docker-entrypoint.d  etc  home  lib\n");
        assert_eq!(
            columns(&cells, 29, false),
            "bin                  etc\nboot                 home\ndev                  lib\ndocker-entrypoint.d\n"
        );
        assert_eq!(columns(&cells, 5, false).lines().count(), 7);
    }
}

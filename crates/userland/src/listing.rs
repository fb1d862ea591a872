//! What `ls`, `stat`, `find` and `du` say of a file: its mode, owner, size, date.

use std::collections::BTreeMap;

use machine::{FileType, Metadata, Process};
use sim::{Duration, Time};

/// The short names of the months.
pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `drwxr-xr-x`.
pub(crate) fn mode_text(metadata: &Metadata) -> String {
    let mut text = String::new();
    text.push(match metadata.file_type {
        FileType::Directory => 'd',
        FileType::Symlink => 'l',
        FileType::Device => 'c',
        FileType::Socket => 's',
        FileType::Fifo => 'p',
        FileType::File => '-',
    });
    let mode = metadata.mode;
    for (shift, special, on, off) in [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => on,
            (false, true) => off,
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// Names of users or groups by number, from `/etc/passwd` or `/etc/group`.
pub(crate) struct Names(BTreeMap<u32, String>);

impl Names {
    /// Reads the machine's file.
    pub(crate) fn read(p: &Process, path: &str) -> Names {
        let data = p.read_file(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&data).into_owned();
        let mut names = BTreeMap::new();
        for line in text.lines() {
            let mut fields = line.split(':');
            if let (Some(name), _, Some(Ok(number))) = (fields.next(), fields.next(), fields.next().map(str::parse)) {
                names.entry(number).or_insert_with(|| name.to_owned());
            }
        }
        Names(names)
    }

    /// The name, or the number where there is none.
    pub(crate) fn get(&self, number: u32) -> String {
        self.0.get(&number).cloned().unwrap_or_else(|| number.to_string())
    }

    /// The name, if there is one.
    pub(crate) fn find(&self, number: u32) -> Option<&str> {
        self.0.get(&number).map(String::as_str)
    }

    /// The number of a name.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.0.iter().find(|(_, known)| *known == name).map(|(number, _)| *number)
    }
}

/// Kilobytes that a file takes on its disk.
pub(crate) fn blocks(metadata: &Metadata) -> u64 {
    match metadata.file_type {
        FileType::Directory => 4,
        FileType::File => metadata.allocated.div_ceil(4096) * 4,
        _ => 0,
    }
}

/// `4.0K`, `12K`, `1.5M`: rounded up, as GNU's `-h`.
pub(crate) fn human(bytes: u64) -> String {
    if bytes < 1024 {
        return bytes.to_string();
    }
    let mut unit = 1024u64;
    let mut letters = "KMGTPE".chars();
    let mut letter = letters.next().unwrap_or('K');
    loop {
        let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(unit));
        if tenths < 100 {
            return format!("{}.{}{letter}", tenths / 10, tenths % 10);
        }
        let whole = bytes.div_ceil(unit);
        match letters.next() {
            Some(next) if whole >= 1024 => {
                letter = next;
                unit *= 1024;
            }
            _ => return format!("{whole}{letter}"),
        }
    }
}

/// The date in `ls -l`: with the clock for the last six months, with the year otherwise.
pub(crate) fn date(time: Time, now: Time) -> String {
    let t = time.civil();
    let month = MONTHS.get(t.month as usize - 1).copied().unwrap_or("");
    let recent = time <= now && now.since(time) < Duration::from_secs(31_556_952 / 2);
    if recent {
        format!("{month} {:2} {:02}:{:02}", t.day, t.hour, t.minute)
    } else {
        format!("{month} {:2}  {:4}", t.day, t.year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_round_up() {
        for (bytes, text) in [
            (0, "0"),
            (1023, "1023"),
            (1024, "1.0K"),
            (4096, "4.0K"),
            (10_137, "9.9K"),
            (10_240, "10K"),
            (10_241, "11K"),
            (1_048_576, "1.0M"),
            (1_048_575, "1.0M"),
            (5_368_709_120, "5.0G"),
        ] {
            assert_eq!(human(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn dates_show_the_year_when_they_are_old() {
        let now = Time::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        assert_eq!(date(Time::parse_rfc3339("2026-11-02T09:05:00Z").unwrap(), now), "Nov  2 09:05");
        assert_eq!(date(Time::parse_rfc3339("2025-03-12T09:05:00Z").unwrap(), now), "Mar 12  2025");
    }
}

//! `-printf`.

use machine::FileType;

use super::super::listing::{Names, mode_text};
use super::super::prelude::*;
use super::{Found, Walk};

impl Walk {
    pub(super) fn printf(&self, pattern: &str, found: &Found) -> String {
        let m = &found.metadata;
        let (text, _) = machine::libc::escape::unescape(pattern.as_bytes(), false);
        let text = String::from_utf8_lossy(&text).into_owned();
        let mut out = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some('p') => out.push_str(&found.path),
                Some('f') => out.push_str(&found.name),
                Some('h') => out.push_str(found.path.rsplit_once('/').map_or(".", |(dir, _)| dir)),
                Some('s') => out.push_str(&m.size.to_string()),
                Some('m') => out.push_str(&format!("{:o}", m.mode)),
                Some('M') => out.push_str(&mode_text(m)),
                Some('d') => out.push_str(&found.depth.to_string()),
                Some('u') => out.push_str(&Names::read(&self.p, "/etc/passwd").get(m.uid)),
                Some('g') => out.push_str(&Names::read(&self.p, "/etc/group").get(m.gid)),
                Some('U') => out.push_str(&m.uid.to_string()),
                Some('y') => out.push(match m.file_type {
                    FileType::File => 'f',
                    FileType::Directory => 'd',
                    FileType::Symlink => 'l',
                    FileType::Device => 'c',
                    FileType::Socket => 's',
                    FileType::Fifo => 'p',
                }),
                Some('l') => out.push_str(&self.p.read_link(&found.path).unwrap_or_default()),
                Some('t') => out.push_str(&strftime::format(m.modified, "%a %b %e %H:%M:%S.%N0 %Y")),
                Some('T') => {
                    let pattern = chars
                        .next()
                        .map_or(String::new(), |c| if c == '@' { "%s.%N0".to_owned() } else { format!("%{c}") });
                    out.push_str(&strftime::format(m.modified, &pattern));
                }
                Some('%') => out.push('%'),
                Some(other) => out.extend(['%', other]),
                None => out.push('%'),
            }
        }
        out
    }
}

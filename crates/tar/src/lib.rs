//! The tar format (POSIX ustar, with GNU's long names): what `tar` and `kubectl cp` write and read.
//!
//! Here: entries to bytes and back. Not here: files, compression, devices, sparse files, pax attributes.

/// What an entry is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A file with its content.
    File(Vec<u8>),
    /// A directory; its name ends with `/`.
    Directory,
    /// A symbolic link to this.
    Symlink(String),
}

/// A member of an archive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its path.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// When it was last written to, in seconds since 1970.
    pub modified: u64,
}

const BLOCK: usize = 512;
/// GNU tar writes records of 20 blocks.
const RECORD: usize = 20 * BLOCK;
const NAME: usize = 100;

fn octal(header: &mut [u8; BLOCK], at: usize, width: usize, number: u64) {
    let text = format!("{number:0width$o}", width = width - 1);
    let text = &text.as_bytes()[text.len().saturating_sub(width - 1)..];
    header[at..at + text.len()].copy_from_slice(text);
}

fn put(header: &mut [u8; BLOCK], at: usize, width: usize, text: &[u8]) {
    let text = &text[..text.len().min(width)];
    header[at..at + text.len()].copy_from_slice(text);
}

fn member(out: &mut Vec<u8>, entry: &Entry, flag: u8, name: &[u8], link: &[u8], content: &[u8]) {
    let mut header = [0; BLOCK];
    put(&mut header, 0, NAME, name);
    octal(&mut header, 100, 8, u64::from(entry.mode & 0o7777));
    octal(&mut header, 108, 8, u64::from(entry.uid));
    octal(&mut header, 116, 8, u64::from(entry.gid));
    octal(&mut header, 124, 12, content.len() as u64);
    octal(&mut header, 136, 12, entry.modified);
    header[148..156].fill(b' ');
    header[156] = flag;
    put(&mut header, 157, NAME, link);
    put(&mut header, 257, 8, b"ustar  \0");
    if entry.uid == 0 {
        put(&mut header, 265, 32, b"root");
        put(&mut header, 297, 32, b"root");
    }
    let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    octal(&mut header, 148, 7, sum);
    header[154] = 0;
    out.extend_from_slice(&header);
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

/// An archive of these entries.
pub fn write(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        let (flag, link, content): (u8, &str, &[u8]) = match &entry.kind {
            Kind::File(content) => (b'0', "", content),
            Kind::Directory => (b'5', "", &[]),
            Kind::Symlink(to) => (b'2', to, &[]),
        };
        for (long, text) in [(b'K', link), (b'L', &entry.name)] {
            if text.len() > NAME {
                let mut text = text.as_bytes().to_vec();
                text.push(0);
                member(&mut out, entry, long, b"././@LongLink", &[], &text);
            }
        }
        member(&mut out, entry, flag, entry.name.as_bytes(), link.as_bytes(), content);
    }
    out.resize(out.len() + 2 * BLOCK, 0);
    out.resize(out.len().next_multiple_of(RECORD), 0);
    out
}

/// What is wrong with an archive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadError {
    /// It is none.
    NotAnArchive,
    /// It ends in the middle.
    Truncated,
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

fn number(field: &[u8]) -> Option<u64> {
    let text = text(field);
    let digits = text.trim();
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

/// The entries of an archive. Members of other kinds (devices, pax headers) are left out; a hard link is an empty file.
///
/// # Errors
/// When it is no archive, or ends in the middle.
pub fn read(bytes: &[u8]) -> Result<Vec<Entry>, ReadError> {
    let mut entries = Vec::new();
    let (mut long_name, mut long_link) = (None, None);
    let mut at = 0;
    while let Some(header) = bytes.get(at..at + BLOCK) {
        if header.iter().all(|byte| *byte == 0) {
            return Ok(entries);
        }
        let sum: u64 = header
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { u64::from(b' ') } else { u64::from(*byte) })
            .sum();
        if number(&header[148..156]) != Some(sum) {
            return Err(ReadError::NotAnArchive);
        }
        let size =
            number(&header[124..136]).and_then(|size| usize::try_from(size).ok()).ok_or(ReadError::NotAnArchive)?;
        let start = at + BLOCK;
        let end = start.checked_add(size).ok_or(ReadError::Truncated)?;
        let content = bytes.get(start..end).ok_or(ReadError::Truncated)?;
        at = end.next_multiple_of(BLOCK);
        let prefix = if header[257..263] == *b"ustar\0" { text(&header[345..500]) } else { String::new() };
        let short = text(&header[..NAME]);
        let short = if prefix.is_empty() { short } else { format!("{prefix}/{short}") };
        let kind = match header[156] {
            b'L' => {
                long_name = Some(text(content));
                continue;
            }
            b'K' => {
                long_link = Some(text(content));
                continue;
            }
            b'0' | 0 | b'7' | b'1' => Kind::File(content.to_vec()),
            b'5' => Kind::Directory,
            b'2' => Kind::Symlink(long_link.take().unwrap_or_else(|| text(&header[157..257]))),
            _ => {
                (long_name, long_link) = (None, None);
                continue;
            }
        };
        let small = |field: &[u8]| number(field).and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
        entries.push(Entry {
            name: long_name.take().unwrap_or(short),
            kind,
            mode: small(&header[100..108]) & 0o7777,
            uid: small(&header[108..116]),
            gid: small(&header[116..124]),
            modified: number(&header[136..148]).unwrap_or(0),
        });
    }
    if bytes.is_empty() { Ok(entries) } else { Err(ReadError::Truncated) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: Kind) -> Entry {
        Entry { name: name.to_owned(), kind, mode: 0o644, uid: 0, gid: 0, modified: 1_700_000_000 }
    }

    #[test]
    fn what_is_written_is_read() {
        let long = format!("{}/file", "a-long-directory-name".repeat(9));
        let entries = vec![
            entry("dir/", Kind::Directory),
            entry("dir/empty", Kind::File(Vec::new())),
            entry("dir/block", Kind::File(vec![7; 512])),
            entry(&long, Kind::File(b"text".to_vec())),
            entry("link", Kind::Symlink("dir/block".to_owned())),
        ];
        let bytes = write(&entries);
        assert_eq!(bytes.len() % RECORD, 0);
        assert_eq!(read(&bytes), Ok(entries));
    }

    #[test]
    fn damage_is_found() {
        let mut bytes = write(&[entry("a", Kind::File(vec![1; 2000]))]);
        assert_eq!(read(&bytes[..1000]), Err(ReadError::Truncated));
        bytes[3] ^= 1;
        assert_eq!(read(&bytes), Err(ReadError::NotAnArchive));
        assert_eq!(read(b"hello"), Err(ReadError::Truncated));
    }

    #[test]
    fn the_header_is_gnus() {
        let bytes = write(&[entry("hello.txt", Kind::File(b"hello\n".to_vec()))]);
        assert_eq!(&bytes[..9], b"hello.txt");
        assert_eq!(&bytes[100..107], b"0000644");
        assert_eq!(&bytes[124..135], b"00000000006");
        assert_eq!(&bytes[257..265], b"ustar  \0");
    }
}

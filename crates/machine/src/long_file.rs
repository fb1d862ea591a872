//! Files that are too long to be held byte by byte: what repeats in them is held once.
//!
//! A lesson fills a volume with `dd if=/dev/zero` or `yes`, or with `/dev/urandom`: hundreds of megabytes that follow from a
//! few bytes. What does not follow is held as it is, and limited ([`crate::FILE_LIMIT`]).

use std::rc::Rc;

/// Files that are longer than this are kept as runs.
pub(crate) const LONG: u64 = 128 << 10;
/// What is looked at in one go for a pattern, and how long what repeats may be.
const PIECE: usize = 64 * 1024;
const BLOCK: usize = 4096;
/// What a run counts as held, beside its bytes.
const RUN: u64 = 64;

/// Where the bytes of a run come from.
#[derive(Clone, Debug, PartialEq)]
enum Pattern {
    /// Zeros that were never written, and take no room on the disk.
    Hole,
    /// These bytes, once.
    Literal(Rc<Vec<u8>>),
    /// These bytes, again and again.
    Repeated(Rc<[u8]>),
    /// What `/dev/urandom` gives from this state on.
    Random(u64),
}

#[derive(Clone, Debug, PartialEq)]
struct Run {
    pattern: Pattern,
    /// Where in the pattern it begins.
    from: u64,
    len: u64,
}

/// What a long file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LongFile {
    runs: Vec<Run>,
    len: u64,
}

impl LongFile {
    /// A file that begins with these bytes.
    pub(crate) fn new(bytes: &[u8]) -> LongFile {
        let mut file = LongFile::default();
        file.append(bytes);
        file
    }

    /// How long it is.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How much room it takes on its disk.
    pub fn allocated(&self) -> u64 {
        self.runs.iter().filter(|run| run.pattern != Pattern::Hole).map(|run| run.len).sum()
    }

    /// How much of this world's memory it takes.
    pub(crate) fn held(&self) -> u64 {
        let of_run = |run: &Run| match &run.pattern {
            Pattern::Literal(bytes) => bytes.len() as u64,
            Pattern::Repeated(block) => block.len() as u64,
            Pattern::Hole | Pattern::Random(_) => 0,
        };
        self.runs.iter().map(|run| RUN + of_run(run)).sum()
    }

    /// At most so many bytes from a place on.
    pub fn read(&self, at: u64, most: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut start = 0;
        for run in &self.runs {
            let end = start + run.len;
            let from = at.saturating_add(out.len() as u64);
            if out.len() < most && from < end && from >= start {
                let taken = (end - from).min((most - out.len()) as u64) as usize;
                run.put(from - start, taken, &mut out);
            }
            start = end;
        }
        out
    }

    /// Adds bytes to its end.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            let same = self.runs.last().map_or(0, |last| last.goes_on(piece));
            // A few bytes that happen to go on are better together with the rest.
            let same = if same == piece.len() || same >= BLOCK { same } else { 0 };
            if let Some(last) = self.runs.last_mut() {
                last.len += same as u64;
            }
            self.len += same as u64;
            let rest = &piece[same..];
            if rest.is_empty() {
                continue;
            }
            self.len += rest.len() as u64;
            let len = rest.len() as u64;
            match (find(rest), self.runs.last_mut()) {
                (Some(pattern), _) => self.runs.push(Run { pattern, from: 0, len }),
                (None, Some(Run { pattern: Pattern::Literal(held), from, len: taken }))
                    if *from + *taken == held.len() as u64 =>
                {
                    Rc::make_mut(held).extend_from_slice(rest);
                    *taken += len;
                }
                (None, _) => {
                    self.runs.push(Run { pattern: Pattern::Literal(Rc::new(rest.to_vec())), from: 0, len });
                }
            }
        }
    }

    /// Makes it longer by zeros, which take room or do not.
    pub(crate) fn append_zeros(&mut self, len: u64, hole: bool) {
        if len == 0 {
            return;
        }
        let pattern = if hole { Pattern::Hole } else { Pattern::Repeated([0; BLOCK].into()) };
        self.push(Run { pattern, from: 0, len });
    }

    fn push(&mut self, run: Run) {
        self.len += run.len;
        match self.runs.last_mut() {
            Some(last) if last.pattern == run.pattern && last.is_followed_by(&run) => last.len += run.len,
            _ => self.runs.push(run),
        }
    }

    /// Makes it shorter.
    pub(crate) fn cut(&mut self, len: u64) {
        let mut left = len;
        self.runs.retain_mut(|run| {
            run.len = run.len.min(left);
            left -= run.len;
            if let Pattern::Literal(held) = &mut run.pattern
                && run.from + run.len < held.len() as u64
                && run.len > 0
            {
                Rc::make_mut(held).truncate((run.from + run.len) as usize);
            }
            run.len > 0
        });
        self.len = self.len.min(len);
    }

    /// Adds a part of another to the end.
    fn append_part(&mut self, other: &LongFile, from: u64, to: u64) {
        let mut start = 0;
        for run in &other.runs {
            let end = start + run.len;
            let (first, last) = (from.max(start), to.min(end));
            if first < last {
                let from = run.from + (first - start);
                self.push(match &run.pattern {
                    // So that nothing is held of what is left out.
                    Pattern::Literal(held) if last - first < run.len => {
                        let part = held[from as usize..(from + last - first) as usize].to_vec();
                        Run { pattern: Pattern::Literal(Rc::new(part)), from: 0, len: last - first }
                    }
                    pattern => Run { pattern: pattern.clone(), from, len: last - first },
                });
            }
            start = end;
        }
    }

    /// The same with other bytes from a place on, which is not behind its end.
    pub(crate) fn with(&self, at: u64, bytes: &[u8]) -> LongFile {
        let mut file = LongFile::default();
        file.append_part(self, 0, at);
        file.append(bytes);
        file.append_part(self, at + bytes.len() as u64, self.len);
        file
    }
}

impl Run {
    /// Puts bytes from a place of the run into `out`.
    fn put(&self, at: u64, mut left: usize, out: &mut Vec<u8>) {
        let mut from = self.from + at;
        match &self.pattern {
            Pattern::Hole => out.resize(out.len() + left, 0),
            Pattern::Literal(held) => out.extend_from_slice(&held[from as usize..from as usize + left]),
            Pattern::Repeated(block) => {
                while left > 0 {
                    let start = (from % block.len() as u64) as usize;
                    let taken = left.min(block.len() - start);
                    out.extend_from_slice(&block[start..start + taken]);
                    (from, left) = (from + taken as u64, left - taken);
                }
            }
            Pattern::Random(state) => {
                while left > 0 {
                    let (word, start) = (random_word(*state, from / 8).to_le_bytes(), (from % 8) as usize);
                    let taken = left.min(8 - start);
                    out.extend_from_slice(&word[start..start + taken]);
                    (from, left) = (from + taken as u64, left - taken);
                }
            }
        }
    }

    /// How many of these bytes are those that its pattern has after its end.
    fn goes_on(&self, bytes: &[u8]) -> usize {
        if matches!(self.pattern, Pattern::Hole | Pattern::Literal(_)) {
            return 0;
        }
        let (mut same, mut expected) = (0, Vec::new());
        for piece in bytes.chunks(BLOCK) {
            expected.clear();
            self.put(self.len + same as u64, piece.len(), &mut expected);
            if expected != piece {
                return same + expected.iter().zip(piece).take_while(|(a, b)| a == b).count();
            }
            same += piece.len();
        }
        same
    }

    /// Whether a run of the same pattern begins where this one ends.
    fn is_followed_by(&self, next: &Run) -> bool {
        match &self.pattern {
            Pattern::Hole => true,
            Pattern::Literal(_) | Pattern::Random(_) => self.from + self.len == next.from,
            Pattern::Repeated(block) => (self.from + self.len) % block.len() as u64 == next.from % block.len() as u64,
        }
    }
}

/// What all the bytes follow from, if they do.
fn find(bytes: &[u8]) -> Option<Pattern> {
    if bytes.len() < BLOCK {
        return None;
    }
    // One byte or one line, again and again; the first line may have begun before.
    let mut ends = (0..BLOCK).filter(|at| bytes[*at] == b'\n');
    let line = ends.next().zip(ends.next()).map(|(first, second)| second - first);
    for period in [Some(1), line].into_iter().flatten() {
        if bytes[period..] == bytes[..bytes.len() - period] {
            return Some(Pattern::Repeated(bytes[..period].repeat(BLOCK / period).into()));
        }
    }
    let state = random_state(u64::from_le_bytes(bytes.first_chunk().copied()?));
    let run = Run { pattern: Pattern::Random(state), from: 0, len: 0 };
    (run.goes_on(&bytes[..16]) == 16 && run.goes_on(bytes) == bytes.len()).then_some(run.pattern)
}

/// The step between two states of `/dev/urandom`'s generator (SplitMix64), and the factors by which a state becomes a number.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const FIRST: u64 = 0xbf58_476d_1ce4_e5b9;
const SECOND: u64 = 0x94d0_49bb_1331_11eb;

/// The number that is so many behind a state.
fn random_word(state: u64, index: u64) -> u64 {
    let mut z = state.wrapping_add(index.wrapping_mul(STEP));
    z = (z ^ (z >> 30)).wrapping_mul(FIRST);
    z = (z ^ (z >> 27)).wrapping_mul(SECOND);
    z ^ (z >> 31)
}

/// The state whose first number this is: each number comes from one state.
fn random_state(word: u64) -> u64 {
    let unshift = |value: u64, by: u32| value ^ (value >> by) ^ (value >> (2 * by));
    // Newton's method for the inverse of an odd number modulo a power of two; each turn doubles the bits that are right.
    let inverse = |factor: u64| (0..6).fold(factor, |x, _| x.wrapping_mul(2u64.wrapping_sub(factor.wrapping_mul(x))));
    let z = unshift(word, 31).wrapping_mul(inverse(SECOND));
    let z = unshift(z, 27).wrapping_mul(inverse(FIRST));
    unshift(z, 30)
}

/// Bytes of `/dev/urandom` from a state on, and the state after them.
pub(crate) fn random_bytes(state: u64, len: usize) -> (Vec<u8>, u64) {
    let mut bytes = Vec::new();
    Run { pattern: Pattern::Random(state), from: 0, len: 0 }.put(0, len, &mut bytes);
    (bytes, state.wrapping_add((len as u64).div_ceil(8).wrapping_mul(STEP)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_is_held_once_and_read_as_it_was_written() {
        let zeros = vec![0; 300_000];
        let lines = b"some line\n".repeat(30_000);
        let rest = lines[3..].to_vec();
        let (random, state) = random_bytes(7, 100_000);
        let (more, _) = random_bytes(state, 100_000);
        let numbers: Vec<u8> = (0..20_000u32).flat_map(|n| (n * n).to_be_bytes()).collect();
        for (name, parts, held) in [
            ("zeros", vec![&zeros], 5_000),
            ("the rest of a line, and lines", vec![&rest], 5_000),
            ("lines", vec![&lines], 5_000),
            ("random", vec![&random, &more], 1_000),
            ("varied", vec![&numbers], 81_000),
            ("one after the other", vec![&zeros, &numbers, &lines, &random], 100_000),
        ] {
            let (mut file, mut whole) = (LongFile::default(), Vec::new());
            for part in parts {
                file.append(part);
                whole.extend_from_slice(part);
            }
            assert_eq!(file.len(), whole.len() as u64, "{name}");
            assert!(file.read(0, whole.len() + 1) == whole, "{name}");
            assert!(file.read(4_097, 70_001) == whole[4_097..74_098], "{name}");
            assert!(file.held() <= held, "{name}: {}", file.held());
            file.cut(5_000);
            assert!(file.read(0, 9_999) == whole[..5_000], "{name}");
        }
    }

    #[test]
    fn holes_take_no_room_and_are_filled() {
        let mut file = LongFile::default();
        file.append_zeros(1 << 30, true);
        assert_eq!((file.len(), file.allocated()), (1 << 30, 0));
        let filled = file.with(1 << 20, b"here");
        assert_eq!((filled.len(), filled.allocated()), (1 << 30, 4));
        assert_eq!(filled.read((1 << 20) - 2, 8), b"\0\0here\0\0");
        let longer = file.with((1 << 30) - 1, b"ab");
        assert_eq!((longer.len(), longer.allocated()), ((1 << 30) + 1, 2));
    }

    #[test]
    fn a_number_tells_its_state() {
        for state in [0, 1, 42, u64::MAX, 0x0123_4567_89ab_cdef] {
            assert_eq!(random_state(random_word(state, 0)), state);
        }
    }
}

//! DEFLATE (RFC 1951) in gzip's frame (RFC 1952): what is read may have any of its kinds of blocks, what is written has one
//! block of fixed codes.

/// The most bytes that unpacking gives.
const LIMIT: usize = 64 << 20;
/// How far back a copy may reach, and how long it may be.
const WINDOW: usize = 32 * 1024;
const LONGEST: usize = 258;
/// How many earlier places with the same beginning are looked at.
const TRIES: usize = 32;

const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// Where the distances of a code begin, and how many bits follow it.
fn distance(code: usize) -> (usize, u32) {
    if code < 4 {
        return (code + 1, 0);
    }
    let bits = code as u32 / 2 - 1;
    (((2 + code % 2) << bits) + 1, bits)
}

/// CRC-32 as gzip has it.
pub(crate) fn crc32(data: &[u8]) -> u32 {
    let mut table = [0u32; 256];
    for (at, entry) in table.iter_mut().enumerate() {
        *entry = (0..8).fold(at as u32, |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 });
    }
    !data.iter().fold(!0u32, |crc, byte| table[usize::from(crc as u8 ^ byte)] ^ crc >> 8)
}

struct Writer {
    out: Vec<u8>,
    bits: u32,
    count: u32,
}

impl Writer {
    fn put(&mut self, value: u32, bits: u32) {
        self.bits |= value << self.count;
        self.count += bits;
        while self.count >= 8 {
            self.out.push(self.bits as u8);
            self.bits >>= 8;
            self.count -= 8;
        }
    }

    /// A code, which begins with its highest bit.
    fn code(&mut self, code: u32, bits: u32) {
        self.put(code.reverse_bits() >> (32 - bits), bits);
    }

    fn symbol(&mut self, symbol: u32) {
        match symbol {
            0..=143 => self.code(0x30 + symbol, 8),
            144..=255 => self.code(0x190 + symbol - 144, 9),
            256..=279 => self.code(symbol - 256, 7),
            _ => self.code(0xc0 + symbol - 280, 8),
        }
    }
}

/// Packs bytes as a gzip file; `name` and `time` (Unix seconds) go into its head.
pub(crate) fn pack(data: &[u8], name: Option<&str>, time: u32) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, if name.is_some() { 8 } else { 0 }];
    out.extend(time.to_le_bytes());
    out.extend([0, 3]);
    if let Some(name) = name {
        out.extend(name.bytes());
        out.push(0);
    }
    let mut writer = Writer { out, bits: 0, count: 0 };
    writer.put(0b011, 3); // the last block, of fixed codes
    // The latest place of each beginning of three bytes, and for each place the one before it.
    let mut latest = vec![usize::MAX; 1 << 15];
    let mut before = vec![usize::MAX; data.len()];
    let hash = |at: usize| {
        let value = u32::from(data[at]) | u32::from(data[at + 1]) << 8 | u32::from(data[at + 2]) << 16;
        (value.wrapping_mul(0x9e37_79b1) >> 17) as usize
    };
    let mut at = 0;
    while at < data.len() {
        let (mut length, mut back) = (0, 0);
        if at + 3 <= data.len() {
            let mut place = latest[hash(at)];
            for _ in 0..TRIES {
                if place == usize::MAX || at - place > WINDOW {
                    break;
                }
                let most = LONGEST.min(data.len() - at);
                let same = (0..most).take_while(|n| data[place + n] == data[at + n]).count();
                if same > length {
                    (length, back) = (same, at - place);
                }
                place = before[place];
            }
        }
        let taken = if length >= 3 { length } else { 1 };
        if length >= 3 {
            let code = LENGTHS.iter().rposition(|(start, _)| usize::from(*start) <= length).unwrap_or(0);
            let (start, bits) = LENGTHS[code];
            writer.symbol(257 + code as u32);
            writer.put((length - usize::from(start)) as u32, u32::from(bits));
            let code = (0..30).rev().find(|code| distance(*code).0 <= back).unwrap_or(0);
            let (start, bits) = distance(code);
            writer.code(code as u32, 5);
            writer.put((back - start) as u32, bits);
        } else {
            writer.symbol(u32::from(data[at]));
        }
        for place in at..(at + taken).min(data.len().saturating_sub(2)) {
            let slot = &mut latest[hash(place)];
            before[place] = *slot;
            *slot = place;
        }
        at += taken;
    }
    writer.symbol(256);
    let rest = (8 - writer.count) % 8;
    writer.put(0, rest);
    let mut out = writer.out;
    out.extend(crc32(data).to_le_bytes());
    out.extend((data.len() as u32).to_le_bytes());
    out
}

/// Why something cannot be unpacked, in gzip's words.
pub(crate) type Unpacked = Result<Vec<u8>, &'static str>;

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    bit: u32,
}

const SHORT: &str = "unexpected end of file";
const BROKEN: &str = "invalid compressed data--format violated";

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Result<u32, &'static str> {
        let mut value = 0;
        for shift in 0..count {
            let byte = self.data.get(self.at).ok_or(SHORT)?;
            value |= (u32::from(*byte) >> self.bit & 1) << shift;
            self.bit += 1;
            if self.bit == 8 {
                (self.bit, self.at) = (0, self.at + 1);
            }
        }
        Ok(value)
    }

    fn align(&mut self) {
        if self.bit > 0 {
            (self.bit, self.at) = (0, self.at + 1);
        }
    }
}

/// Codes by their lengths: how many there are of each, and the symbols in their order.
struct Codes {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Codes {
    fn new(lengths: &[u8]) -> Codes {
        let mut counts = [0u16; 16];
        lengths.iter().for_each(|length| counts[usize::from(*length)] += 1);
        counts[0] = 0;
        let mut symbols = Vec::new();
        for length in 1..16 {
            let of_length = lengths.iter().enumerate().filter(|(_, own)| **own == length);
            symbols.extend(of_length.map(|(symbol, _)| symbol as u16));
        }
        Codes { counts, symbols }
    }

    fn read(&self, bits: &mut Bits) -> Result<usize, &'static str> {
        let (mut code, mut first, mut index) = (0i32, 0i32, 0i32);
        for count in &self.counts[1..] {
            code |= bits.take(1)? as i32;
            let count = i32::from(*count);
            if code - count < first {
                return self.symbols.get((index + code - first) as usize).map(|s| usize::from(*s)).ok_or(BROKEN);
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err(BROKEN)
    }
}

/// Unpacks the members of a gzip file, one after the other.
pub(crate) fn unpack(data: &[u8]) -> Unpacked {
    let mut out = Vec::new();
    let mut rest = data;
    loop {
        let (member, used) = unpack_one(rest)?;
        out.extend(member);
        rest = &rest[used..];
        if out.len() > LIMIT {
            return Err("memory exhausted");
        }
        // What follows and is no member is not read.
        if !rest.starts_with(&[0x1f, 0x8b]) {
            return Ok(out);
        }
    }
}

fn unpack_one(data: &[u8]) -> Result<(Vec<u8>, usize), &'static str> {
    if !data.starts_with(&[0x1f, 0x8b]) {
        return Err("not in gzip format");
    }
    let flags = *data.get(3).ok_or(SHORT)?;
    let mut at = 10;
    if flags & 4 != 0 {
        let length = data.get(at..at + 2).ok_or(SHORT)?;
        at += 2 + usize::from(u16::from_le_bytes([length[0], length[1]]));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            at += data.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == 0)).ok_or(SHORT)? + 1;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    let mut bits = Bits { data, at, bit: 0 };
    let out = inflate(&mut bits)?;
    bits.align();
    let end = data.get(bits.at..bits.at + 8).ok_or(SHORT)?;
    if end[..4] != crc32(&out).to_le_bytes() {
        return Err("invalid compressed data--crc error");
    }
    if end[4..] != (out.len() as u32).to_le_bytes() {
        return Err("invalid compressed data--length error");
    }
    Ok((out, bits.at + 8))
}

fn inflate(bits: &mut Bits) -> Unpacked {
    let mut out = Vec::new();
    loop {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => {
                bits.align();
                let head = bits.data.get(bits.at..bits.at + 4).ok_or(SHORT)?;
                let length = usize::from(u16::from_le_bytes([head[0], head[1]]));
                out.extend(bits.data.get(bits.at + 4..bits.at + 4 + length).ok_or(SHORT)?);
                bits.at += 4 + length;
            }
            1 => {
                let mut lengths = [8u8; 288];
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                block(bits, &Codes::new(&lengths), &Codes::new(&[5; 30]), &mut out)?;
            }
            2 => {
                let literals = bits.take(5)? as usize + 257;
                let distances = bits.take(5)? as usize + 1;
                let count = bits.take(4)? as usize + 4;
                let mut lengths = [0u8; 19];
                for place in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].iter().take(count) {
                    lengths[*place] = bits.take(3)? as u8;
                }
                let codes = Codes::new(&lengths);
                let mut lengths: Vec<u8> = Vec::new();
                while lengths.len() < literals + distances {
                    let (value, times) = match codes.read(bits)? {
                        16 => (*lengths.last().ok_or(BROKEN)?, 3 + bits.take(2)?),
                        17 => (0, 3 + bits.take(3)?),
                        18 => (0, 11 + bits.take(7)?),
                        length => (length as u8, 1),
                    };
                    lengths.extend((0..times).map(|_| value));
                }
                let (own, far) = lengths.split_at(literals);
                block(bits, &Codes::new(own), &Codes::new(&far[..distances]), &mut out)?;
            }
            _ => return Err(BROKEN),
        }
        if last {
            return Ok(out);
        }
    }
}

fn block(bits: &mut Bits, literals: &Codes, distances: &Codes, out: &mut Vec<u8>) -> Result<(), &'static str> {
    loop {
        match literals.read(bits)? {
            256 => return Ok(()),
            byte @ 0..=255 => out.push(byte as u8),
            code => {
                let (start, more) = *LENGTHS.get(code - 257).ok_or(BROKEN)?;
                let length = usize::from(start) + bits.take(u32::from(more))? as usize;
                let code = distances.read(bits)?;
                let (start, more) = distance(code);
                let back = start + bits.take(more)? as usize;
                let from = out.len().checked_sub(back).ok_or(BROKEN)?;
                for at in from..from + length {
                    out.push(out[at]);
                }
            }
        }
        if out.len() > LIMIT {
            return Err("memory exhausted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let long: Vec<u8> = (0..100_000u32).map(|n| (n % 251 * (n / 700 + 1)) as u8).collect();
        for data in [&b""[..], b"a", b"hello hello hello hello", &[7; 5000], &long] {
            let packed = pack(data, Some("f"), 1);
            assert_eq!(unpack(&packed).as_deref(), Ok(data));
        }
        assert!(pack(&[7; 5000], None, 0).len() < 100);
    }

    #[test]
    fn gzips_own_files_are_read() {
        // `printf 'hello hello hello\n' | gzip -n`
        let packed = [
            0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40,
            0x90, 0x5c, 0x00, 0x3b, 0x7c, 0x8a, 0xdf, 0x12, 0x00, 0x00, 0x00,
        ];
        assert_eq!(unpack(&packed).as_deref(), Ok(&b"hello hello hello\n"[..]));
        assert_eq!(unpack(b"plain"), Err("not in gzip format"));
        assert_eq!(unpack(&packed[..20]), Err("unexpected end of file"));
    }
}

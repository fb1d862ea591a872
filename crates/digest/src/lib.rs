//! Digests of bytes: what `sha256sum` and its kin print, what images are named by, and what kustomize appends to a name. None
//! of them protects anything here.

const K: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
];

/// Which digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// RFC 1321
    Md5,
    /// FIPS 180-4
    Sha1,
    /// FIPS 180-4
    Sha256,
}

/// A digest of bytes that come in pieces.
#[derive(Clone, Debug)]
pub struct Digest {
    kind: Kind,
    state: [u32; 8],
    /// MD5's constants.
    sines: Vec<u32>,
    /// What does not fill a block yet.
    rest: Vec<u8>,
    len: u64,
}

impl Digest {
    /// The digest of nothing yet.
    pub fn new(kind: Kind) -> Digest {
        let state = match kind {
            Kind::Md5 => [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0, 0, 0, 0],
            Kind::Sha1 => [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0, 0, 0, 0],
            Kind::Sha256 => {
                [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]
            }
        };
        let sines = match kind {
            Kind::Md5 => (1..=64).map(|i| (f64::from(i).sin().abs() * 4_294_967_296.0) as u32).collect(),
            _ => Vec::new(),
        };
        Digest { kind, state, sines, rest: Vec::new(), len: 0 }
    }

    /// Takes more bytes.
    pub fn update(&mut self, data: &[u8]) {
        self.len += data.len() as u64;
        let missing = if self.rest.is_empty() { 0 } else { (64 - self.rest.len()).min(data.len()) };
        let (first, data) = data.split_at(missing);
        self.rest.extend_from_slice(first);
        if self.rest.len() == 64 {
            let rest = std::mem::take(&mut self.rest);
            self.block(&rest);
        }
        if data.is_empty() {
            return;
        }
        let mut blocks = data.chunks_exact(64);
        for block in &mut blocks {
            self.block(block);
        }
        self.rest.extend_from_slice(blocks.remainder());
    }

    fn block(&mut self, block: &[u8]) {
        match self.kind {
            Kind::Md5 => md5_block(&mut self.state, &self.sines, block),
            Kind::Sha1 => sha1_block(&mut self.state, block),
            Kind::Sha256 => sha256_block(&mut self.state, block),
        }
    }

    /// The digest as lowercase hexadecimal digits.
    pub fn hex(mut self) -> String {
        let bits = self.len.wrapping_mul(8);
        let mut end = std::mem::take(&mut self.rest);
        end.push(0x80);
        while end.len() % 64 != 56 {
            end.push(0);
        }
        end.extend(if self.kind == Kind::Md5 { bits.to_le_bytes() } else { bits.to_be_bytes() });
        for block in end.chunks_exact(64) {
            self.block(block);
        }
        match self.kind {
            Kind::Md5 => self.state[..4].iter().map(|word| format!("{:08x}", word.swap_bytes())).collect(),
            Kind::Sha1 => self.state[..5].iter().map(|word| format!("{word:08x}")).collect(),
            Kind::Sha256 => self.state.iter().map(|word| format!("{word:08x}")).collect(),
        }
    }
}

fn of(kind: Kind, data: &[u8]) -> String {
    let mut digest = Digest::new(kind);
    digest.update(data);
    digest.hex()
}

/// SHA-256 as lowercase hexadecimal digits.
pub fn sha256_hex(data: &[u8]) -> String {
    of(Kind::Sha256, data)
}

/// SHA-1 as lowercase hexadecimal digits.
pub fn sha1_hex(data: &[u8]) -> String {
    of(Kind::Sha1, data)
}

/// MD5 as lowercase hexadecimal digits.
pub fn md5_hex(data: &[u8]) -> String {
    of(Kind::Md5, data)
}

fn add(state: &mut [u32; 8], values: &[u32]) {
    for (word, value) in state.iter_mut().zip(values) {
        *word = word.wrapping_add(*value);
    }
}

fn sha256_block(state: &mut [u32; 8], block: &[u8]) {
    let mut w = [0u32; 64];
    for (word, bytes) in w.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    for i in 16..64 {
        let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
        let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for i in 0..64 {
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let t1 = h.wrapping_add(s1).wrapping_add((e & f) ^ (!e & g)).wrapping_add(K[i]).wrapping_add(w[i]);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
        (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(t2));
    }
    add(state, &[a, b, c, d, e, f, g, h]);
}

fn sha1_block(state: &mut [u32; 8], block: &[u8]) {
    let mut w = [0u32; 80];
    for (word, bytes) in w.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    for i in 16..80 {
        w[i] = (w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16]).rotate_left(1);
    }
    let [mut a, mut b, mut c, mut d, mut e, ..] = *state;
    for (i, word) in w.iter().enumerate() {
        let (f, k) = match i / 20 {
            0 => ((b & c) | (!b & d), 0x5a827999),
            1 => (b ^ c ^ d, 0x6ed9eba1),
            2 => ((b & c) | (b & d) | (c & d), 0x8f1bbcdc),
            _ => (b ^ c ^ d, 0xca62c1d6u32),
        };
        let next = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(*word);
        (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
    }
    add(state, &[a, b, c, d, e]);
}

fn md5_block(state: &mut [u32; 8], sines: &[u32], block: &[u8]) {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut m = [0u32; 16];
    for (word, bytes) in m.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    let [mut a, mut b, mut c, mut d, ..] = *state;
    for (i, k) in sines.iter().enumerate() {
        let (f, g) = match i / 16 {
            0 => ((b & c) | (!b & d), i),
            1 => ((d & b) | (!d & c), (5 * i + 1) % 16),
            2 => (b ^ c ^ d, (3 * i + 5) % 16),
            _ => (c ^ (b | !d), (7 * i) % 16),
        };
        let sum = a.wrapping_add(f).wrapping_add(*k).wrapping_add(m[g]);
        (a, d, c) = (d, c, b);
        b = b.wrapping_add(sum.rotate_left(SHIFTS[i / 16][i % 4]));
    }
    add(state, &[a, b, c, d]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_standards() {
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256_hex(&[b'a'; 119]), "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
        assert_eq!(sha256_hex(&[b'a'; 200]), "c2a908d98f5df987ade41b5fce213067efbcc21ef2240212a41e54b5e7c28ae5");
        assert_eq!(sha1_hex(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(md5_hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        let mut pieces = Digest::new(Kind::Sha256);
        for size in [1, 63, 0, 64, 72] {
            pieces.update(&[b'a'; 72][..size]);
        }
        assert_eq!(pieces.hex(), sha256_hex(&[b'a'; 200]));
        assert_eq!(md5_hex(b"hello\n"), "b1946ac92492d2347c6235b4d2611184");
    }
}

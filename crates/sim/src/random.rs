//! The world's one source of chance.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng as _, SeedableRng};

/// A seeded random number generator. Cloning it copies its state, so a checkpoint draws the same numbers again.
#[derive(Clone, Debug)]
pub struct Rng(Pcg64Mcg);

/// The letters Kubernetes makes generated names of (k8s.io/apimachinery/pkg/util/rand): no vowels, no 0, 1, 3.
const NAME_LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

impl Rng {
    /// A generator that gives the same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Rng(Pcg64Mcg::seed_from_u64(seed))
    }

    /// Any 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64 }
    }

    /// `len` letters as in a generated name's suffix, such as `8xq2p`.
    pub fn name_suffix(&mut self, len: usize) -> String {
        (0..len).map(|_| char::from(NAME_LETTERS[self.below(NAME_LETTERS.len() as u64) as usize])).collect()
    }

    /// `len` lowercase hexadecimal digits.
    pub fn hex(&mut self, len: usize) -> String {
        (0..len).map(|_| char::from_digit(self.below(16) as u32, 16).unwrap_or('0')).collect()
    }

    /// A random (version 4) UUID.
    pub fn uuid(&mut self) -> String {
        let bits = (u128::from(self.next_u64()) << 64) | u128::from(self.next_u64());
        let mut text = String::with_capacity(36);
        for at in 0..32 {
            let digit = (bits >> (124 - 4 * at)) as u8 & 15;
            if matches!(at, 8 | 12 | 16 | 20) {
                text.push('-');
            }
            let digit = match at {
                12 => 4,                          // the version
                16 => 8 | (bits >> 62) as u8 & 3, // the variant
                _ => digit,
            };
            text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let (mut a, mut b) = (Rng::new(7), Rng::new(7));
        assert_eq!(a.uuid(), b.uuid());
        assert_eq!(a.name_suffix(5), b.name_suffix(5));
        let mut copy = a.clone();
        assert_eq!(a.hex(16), copy.hex(16));
        assert_ne!(Rng::new(8).next_u64(), Rng::new(7).next_u64());
        let uuid = a.uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!((0..1000).all(|_| a.below(10) < 10));
    }
}

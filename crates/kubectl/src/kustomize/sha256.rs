//! SHA-256 (FIPS 180-4), for the hashes in names.

const fn primes() -> [u32; 64] {
    let mut found = [0; 64];
    let (mut count, mut number) = (0, 2);
    while count < 64 {
        let (mut divisor, mut prime) = (2, true);
        while divisor * divisor <= number {
            if number % divisor == 0 {
                prime = false;
            }
            divisor += 1;
        }
        if prime {
            found[count] = number;
            count += 1;
        }
        number += 1;
    }
    found
}

/// The first 32 bits behind the point of a number's root.
fn fraction(number: u32, cube: bool) -> u32 {
    // The largest x with x^n <= number * 2^(32 n), found bit by bit.
    let target = u128::from(number) << if cube { 96 } else { 64 };
    let mut root: u128 = 0;
    for bit in (0..37).rev() {
        let tried = root | 1 << bit;
        let power = if cube {
            tried.checked_mul(tried).and_then(|two| two.checked_mul(tried))
        } else {
            tried.checked_mul(tried)
        };
        if power.is_some_and(|power| power <= target) {
            root = tried;
        }
    }
    root as u32
}

/// The digest as hexadecimal digits.
pub fn hex(text: &[u8]) -> String {
    let primes = primes();
    let mut state: Vec<u32> = primes.iter().take(8).map(|prime| fraction(*prime, false)).collect();
    let constants: Vec<u32> = primes.iter().map(|prime| fraction(*prime, true)).collect();
    let mut message = text.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((text.len() as u64 * 8).to_be_bytes());
    for block in message.chunks(64) {
        let mut words: Vec<u32> =
            block.chunks(4).map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]])).collect();
        for at in 16..64 {
            let (a, b) = (words[at - 15], words[at - 2]);
            let s0 = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let s1 = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            words.push(words[at - 16].wrapping_add(s0).wrapping_add(words[at - 7]).wrapping_add(s1));
        }
        let mut v = state.clone();
        for at in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let one = v[7].wrapping_add(s1).wrapping_add(choice).wrapping_add(constants[at]).wrapping_add(words[at]);
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(one);
            v[0] = one.wrapping_add(s0).wrapping_add(majority);
        }
        for (sum, new) in state.iter_mut().zip(v) {
            *sum = sum.wrapping_add(new);
        }
    }
    state.iter().map(|word| format!("{word:08x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn digests() {
        assert_eq!(super::hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(super::hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(super::hex(&[b'a'; 200]), "c2a908d98f5df987ade41b5fce213067efbcc21ef2240212a41e54b5e7c28ae5");
    }
}

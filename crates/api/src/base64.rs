//! Base64, as Secrets hold their data, and as tokens are written.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text of some bytes, padded.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let c = if digit <= chunk.len() { DIGITS[(bits >> (18 - 6 * digit) & 63) as usize] } else { b'=' };
            text.push(char::from(c));
        }
    }
    text
}

/// The bytes of a text, which may be in lines; `None` when it is not base64 (Go's `StdEncoding`).
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::new();
    let last = text.len().saturating_sub(4);
    for (at, chunk) in text.chunks(4).enumerate() {
        let pad = chunk.iter().rev().take_while(|b| **b == b'=').count();
        if pad > 0 && 4 * at < last {
            return None;
        }
        let mut bits = 0_u32;
        for b in &chunk[..4 - pad.min(2)] {
            bits = bits << 6 | DIGITS.iter().position(|digit| digit == b)? as u32;
        }
        bits <<= 6 * pad.min(2);
        bytes.extend(bits.to_be_bytes()[1..4 - pad.min(2)].iter());
    }
    Some(bytes)
}

/// The text of some bytes for URLs: without padding, `-` and `_` in the place of `+` and `/`.
pub fn encode_url(bytes: &[u8]) -> String {
    encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// The bytes of a text for URLs; `None` when it is none.
pub fn decode_url(text: &str) -> Option<Vec<u8>> {
    if text.contains(['+', '/', '=']) {
        return None;
    }
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    decode(&(text.replace('-', "+").replace('_', "/") + &padding))
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_go_there_and_back() {
        for (plain, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("s3cr3t", "czNjcjN0")] {
            assert_eq!(super::encode(plain.as_bytes()), text);
            assert_eq!(super::decode(text).unwrap(), plain.as_bytes());
        }
        assert_eq!(super::decode("Zm\n9v\r\n").unwrap(), b"foo");
        for bad in ["a", "Zg==Zg==", "Zm9 v", "Z===", "====", "Zg=v"] {
            assert_eq!(super::decode(bad), None, "{bad}");
        }
    }
    #[test]
    fn tokens_go_there_and_back() {
        for (plain, text) in [(&b""[..], ""), (b"a", "YQ"), (b"ab", "YWI"), (b"abc", "YWJj"), (b"\xff\xfe", "__4")] {
            assert_eq!(super::encode_url(plain), text);
            assert_eq!(super::decode_url(text).unwrap(), plain);
        }
        for bad in ["==", "YQ==", "Y", "a+b/"] {
            assert_eq!(super::decode_url(bad), None, "{bad}");
        }
    }
}

//! DER and PEM, as far as keys, requests and certificates of `openssl` need them.

use machine::libc::strftime;

use super::prelude::Time;

/// An object identifier's bytes.
pub(crate) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
/// sha256WithRSAEncryption
pub(crate) const SHA256_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
/// subjectAltName
pub(crate) const ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// keyUsage
pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
/// extKeyUsage
pub(crate) const EXTENDED_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
/// basicConstraints
pub(crate) const CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// extensionRequest
pub(crate) const EXTENSIONS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];

/// The parts of a name: how they are written, and their identifiers.
pub(crate) const PARTS: [(&str, &[u8]); 7] = [
    ("C", &[0x55, 4, 6]),
    ("ST", &[0x55, 4, 8]),
    ("L", &[0x55, 4, 7]),
    ("O", &[0x55, 4, 10]),
    ("OU", &[0x55, 4, 11]),
    ("CN", &[0x55, 4, 3]),
    ("emailAddress", &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1]),
];

/// A value with its tag and length.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        out.push(0x80 | bytes.len() as u8);
        out.extend(bytes);
    }
    out.extend(content);
    out
}

/// A SEQUENCE.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// An INTEGER that is not negative.
pub(crate) fn integer(bytes: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    if digits.first().is_none_or(|first| first & 0x80 != 0) {
        digits.insert(0, 0);
    }
    tlv(2, &digits)
}

/// An OBJECT IDENTIFIER.
pub(crate) fn oid(bytes: &[u8]) -> Vec<u8> {
    tlv(6, bytes)
}

/// An algorithm without parameters.
pub(crate) fn algorithm(bytes: &[u8]) -> Vec<u8> {
    sequence(&[&oid(bytes), &[5, 0]])
}

/// A BIT STRING of whole bytes.
pub(crate) fn bits(content: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], content].concat())
}

/// A name of parts in their order; `Err` is a part that is not known.
pub(crate) fn name(parts: &[(String, String)]) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    for (key, value) in parts {
        let Some((_, id)) = PARTS.iter().find(|(known, _)| known == key) else { return Err(key.clone()) };
        let tag = if key == "C" {
            0x13
        } else if key == "emailAddress" {
            0x16
        } else {
            0x0c
        };
        all.extend(tlv(0x31, &sequence(&[&oid(id), &tlv(tag, value.as_bytes())])));
    }
    Ok(tlv(0x30, &all))
}

/// A UTCTime.
pub(crate) fn time(time: Time) -> Vec<u8> {
    tlv(0x17, strftime::format(time, "%y%m%d%H%M%SZ").as_bytes())
}

/// What stands for a signature of some bytes by the owner of a certificate: nobody needs a key to make one.
pub(crate) fn signature(data: &[u8], authority: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut text = digest::sha256_hex(&[data, authority].concat());
    while bytes.len() < size {
        let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2).unwrap_or("00"), 16).unwrap_or(0);
        bytes.extend((0..32).map(|at| pair(at * 2)));
        text = digest::sha256_hex(text.as_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// A body with its signature; without an authority's certificate it is signed by itself.
pub(crate) fn signed(body: &[u8], authority: &[u8]) -> Vec<u8> {
    sequence(&[body, &algorithm(SHA256_RSA), &bits(&signature(body, authority, 256))])
}

/// A certificate.
pub(crate) fn certificate(
    serial: &[u8],
    issuer: &[u8],
    (start, end): (Time, Time),
    subject: &[u8],
    public: &[u8],
    extensions: Option<&[u8]>,
    authority: &[u8],
) -> Vec<u8> {
    let validity = sequence(&[&time(start), &time(end)]);
    let extensions = extensions.map_or_else(Vec::new, |extensions| tlv(0xa3, extensions));
    let body = sequence(&[
        &tlv(0xa0, &integer(&[2])),
        &integer(serial),
        &algorithm(SHA256_RSA),
        issuer,
        &validity,
        subject,
        public,
        &extensions,
    ]);
    signed(&body, authority)
}

/// Names such as `DNS:a` and `IP:1.2.3.4` as the extensions of a certificate.
pub(crate) fn alternatives<'a>(list: impl Iterator<Item = &'a str>) -> Option<Vec<u8>> {
    let mut names = Vec::new();
    for item in list {
        let (kind, value) = item.trim().split_once(':')?;
        names.extend(match kind {
            "DNS" => tlv(0x82, value.as_bytes()),
            "IP" => tlv(0x87, &value.parse::<std::net::Ipv4Addr>().ok()?.octets()),
            "email" => tlv(0x81, value.as_bytes()),
            _ => return None,
        });
    }
    let names = tlv(0x30, &names);
    Some(sequence(&[&sequence(&[&oid(ALT_NAME), &tlv(4, &names)])]))
}

/// What a certificate may be used for, by Kubernetes' words: the last bytes of the ids.
pub(crate) const PURPOSES: [(&str, u8, &str); 2] =
    [("server auth", 1, "TLS Web Server Authentication"), ("client auth", 2, "TLS Web Client Authentication")];

/// The extensions of a certificate for these of Kubernetes' usages, one after the other: it is nobody's authority.
pub(crate) fn usages(usages: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    let flag = |usage: &str, bit: u8| if usages.contains(&usage) { bit } else { 0 };
    let bits = flag("digital signature", 0x80) | flag("key encipherment", 0x20);
    let critical: &[u8] = &[1, 1, 0xff];
    if bits != 0 {
        let unused = bits.trailing_zeros() as u8;
        out.extend(sequence(&[&oid(KEY_USAGE), critical, &tlv(4, &tlv(3, &[unused, bits]))]));
    }
    let named = PURPOSES.iter().filter(|(name, ..)| usages.contains(name));
    let ids: Vec<u8> = named.flat_map(|(_, last, _)| oid(&[0x2b, 6, 1, 5, 5, 7, 3, *last])).collect();
    if !ids.is_empty() {
        out.extend(sequence(&[&oid(EXTENDED_USAGE), &tlv(4, &tlv(0x30, &ids))]));
    }
    out.extend(sequence(&[&oid(CONSTRAINTS), critical, &tlv(4, &tlv(0x30, &[]))]));
    out
}

/// A value that was read.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    /// Its tag.
    pub tag: u8,
    /// Its content.
    pub content: Vec<u8>,
    /// Tag, length and content.
    pub whole: Vec<u8>,
}

impl Value {
    /// The first value of some bytes.
    pub(crate) fn read(data: &[u8]) -> Option<Value> {
        let tag = *data.first()?;
        let first = usize::from(*data.get(1)?);
        let (length, start) = if first < 0x80 {
            (first, 2)
        } else {
            let count = first & 0x7f;
            if count > 4 {
                return None;
            }
            let bytes = data.get(2..2 + count)?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), 2 + count)
        };
        let end = start.checked_add(length)?;
        Some(Value { tag, content: data.get(start..end)?.to_vec(), whole: data.get(..end)?.to_vec() })
    }

    /// The values in it.
    pub(crate) fn parts(&self) -> Vec<Value> {
        let (mut parts, mut at) = (Vec::new(), 0);
        while let Some(part) = self.content.get(at..).and_then(Value::read) {
            at += part.whole.len();
            parts.push(part);
        }
        parts
    }

    /// A name as openssl writes it: `CN = jane, O = dev`.
    pub(crate) fn name_text(&self) -> String {
        let one = |set: &Value| {
            let pair = set.parts().first()?.parts();
            let (id, value) = (pair.first()?, pair.get(1)?);
            let key = PARTS.iter().find(|(_, known)| *known == id.content.as_slice()).map_or("?", |(key, _)| key);
            Some(format!("{key} = {}", String::from_utf8_lossy(&value.content)))
        };
        self.parts().iter().filter_map(one).collect::<Vec<String>>().join(", ")
    }

    /// A UTCTime.
    pub(crate) fn time_value(&self) -> Option<Time> {
        let text = String::from_utf8_lossy(&self.content).into_owned();
        let part = |at: usize| text.get(at..at + 2);
        let year: u32 = part(0)?.parse().ok()?;
        let century = if year < 50 { 20 } else { 19 };
        let stamp = format!("{century}{year:02}-{}-{}T{}:{}:{}Z", part(2)?, part(4)?, part(6)?, part(8)?, part(10)?);
        Time::parse_rfc3339(&stamp)
    }
}

/// Wrapped in a PEM block.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = super::base64::encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out + &format!("-----END {label}-----\n")
}

/// The first block of a PEM file with a label that ends so.
pub(crate) fn unpem(text: &str, label: &str) -> Option<Vec<u8>> {
    let begin = text.find("-----BEGIN ").filter(|_| text.contains(label))?;
    let start = text[begin..].match_indices("-----BEGIN ").map(|(at, _)| begin + at);
    for at in start {
        let head = text[at..].lines().next()?;
        if head.trim_end().ends_with(&format!("{label}-----")) {
            let body = text[at + head.len()..].split("-----END").next()?;
            let (data, good) = super::base64::decode(body.as_bytes(), true);
            return good.then_some(data);
        }
    }
    None
}

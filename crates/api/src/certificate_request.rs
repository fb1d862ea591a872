//! What a certificate signing request asks for: PKCS #10 in PEM, as far as Kubernetes reads it.
//!
//! <https://www.rfc-editor.org/rfc/rfc2986>. The signature is not checked, and the public key not looked at.

use crate::base64;

const BEGIN: &str = "-----BEGIN CERTIFICATE REQUEST-----";
const END: &str = "-----END CERTIFICATE REQUEST-----";

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
const OCTETS: u8 = 0x04;
/// Attributes: the first optional part of the request's information.
const ATTRIBUTES: u8 = 0xa0;
/// extensionRequest, 1.2.840.113549.1.9.14
const EXTENSIONS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
/// subjectAltName, 2.5.29.17
const OTHER_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

/// Who asks, and under which other names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CertificateRequest {
    /// The parts of the subject, by the last number of their id under 2.5.4: 3 for the common name, 10 for the organization.
    pub subject: Vec<(u8, String)>,
    /// `DNS:…`-names.
    pub dns_names: Vec<String>,
    /// Mail addresses.
    pub email_addresses: Vec<String>,
    /// URIs.
    pub uris: Vec<String>,
    /// Addresses; IPv6 without the short form.
    pub ip_addresses: Vec<String>,
}

impl CertificateRequest {
    /// Reads the base64 of a PEM block, as `spec.request` holds it.
    ///
    /// # Errors
    /// What Kubernetes says of it; what is no request inside of the block is told in fewer words than Go has.
    pub fn parse(request: &str) -> Result<CertificateRequest, String> {
        let pem = base64::decode(request).unwrap_or_default();
        let pem = String::from_utf8(pem).unwrap_or_default();
        let body = pem.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(body, _)| body);
        let Some(der) = body.and_then(base64::decode) else {
            return Err("PEM block type must be CERTIFICATE REQUEST".to_owned());
        };
        read(&der).ok_or_else(|| "asn1: syntax error: data truncated".to_owned())
    }

    /// All values of one part of the subject.
    pub fn subject(&self, part: u8) -> impl Iterator<Item = &str> {
        self.subject.iter().filter(move |(found, _)| *found == part).map(|(_, value)| value.as_str())
    }
}

fn read(der: &[u8]) -> Option<CertificateRequest> {
    let mut request = CertificateRequest::default();
    let whole = Der(der).take(SEQUENCE)?;
    let mut information = Der(whole).take(SEQUENCE).map(Der)?;
    let (_version, _) = information.next()?;
    let mut subject = information.take(SEQUENCE).map(Der)?;
    while let Some((tag, part)) = subject.next() {
        let mut part = Der(part);
        while let Some((SEQUENCE, pair)) = part.next().filter(|_| tag == SET) {
            let mut pair = Der(pair);
            let id = pair.take(OBJECT_ID)?;
            let (_, value) = pair.next()?;
            if let [0x55, 0x04, number] = id {
                request.subject.push((*number, String::from_utf8_lossy(value).into_owned()));
            }
        }
    }
    information.take(SEQUENCE)?; // the public key
    let mut attributes = Der(information.take(ATTRIBUTES).unwrap_or_default());
    while let Some((SEQUENCE, attribute)) = attributes.next() {
        let mut attribute = Der(attribute);
        if attribute.take(OBJECT_ID)? == EXTENSIONS {
            request.extensions(Der(Der(attribute.take(SET)?).take(SEQUENCE)?))?;
        }
    }
    Some(request)
}

impl CertificateRequest {
    fn extensions(&mut self, mut extensions: Der) -> Option<()> {
        while let Some((SEQUENCE, extension)) = extensions.next() {
            let mut extension = Der(extension);
            if extension.take(OBJECT_ID)? != OTHER_NAMES {
                continue;
            }
            // Whether it is critical may stand before the value.
            let value = loop {
                match extension.next()? {
                    (OCTETS, value) => break value,
                    _ => continue,
                }
            };
            let mut names = Der(Der(value).take(SEQUENCE)?);
            while let Some((tag, name)) = names.next() {
                let text = String::from_utf8_lossy(name).into_owned();
                match tag {
                    0x81 => self.email_addresses.push(text),
                    0x82 => self.dns_names.push(text),
                    0x86 => self.uris.push(text),
                    0x87 => self.ip_addresses.push(address(name)),
                    _ => {}
                }
            }
        }
        Some(())
    }
}

fn address(bytes: &[u8]) -> String {
    match bytes {
        [_, _, _, _] => bytes.iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        _ => bytes
            .chunks(2)
            .map(|pair| format!("{:x}", pair.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte))))
            .collect::<Vec<_>>()
            .join(":"),
    }
}

/// What is left of some DER: a row of values, each a tag, a length and content.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next value; `None` at the end, and for what is cut off.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if *first >= 0x80 {
            let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if digits.len() > 3 {
                return None;
            }
            length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
            rest = after;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }

    /// The next value, which must have this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `openssl req -new -subj "/CN=jane/O=dev/O=ops/C=KR/L=Seoul" -addext "subjectAltName=…"`
    const JANE: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQmVqQ0NBU0FDQVFBd1NERU5NQXNHQTFVRUF3d0VhbUZ1WlRFTU1Bb0dBMVVFQ2d3RFpHVjJNUXd3Q2dZRApWUVFLREFOdmNITXhDekFKQmdOVkJBWVRBa3RTTVE0d0RBWURWUVFIREFWVFpXOTFiREJaTUJNR0J5cUdTTTQ5CkFnRUdDQ3FHU000OUF3RUhBMElBQk8rMmZYZExhQXFNMGZPdm15dkdhWjBaZFYrRzZqTStTakZxU0NyTEZRcEYKbU1qb05IclNYcFRrdytTejBKZE04TVR5N3BHeUtTQ2RmbzRGZ1FiWHN0Q2dkakIwQmdrcWhraUc5dzBCQ1E0eApaekJsTUdNR0ExVWRFUVJjTUZxQ0RXRXVaWGhoYlhCc1pTNWpiMjJDRFdJdVpYaGhiWEJzWlM1amIyMkhCQW9BCkFBR0hFUDZBQUFBQUFBQUFBQUFBQUFBQUFBR0JEV3BBWlhoaGJYQnNaUzVqYjIyR0UyaDBkSEJ6T2k4dmVDNWwKZUdGdGNHeGxMM2t3Q2dZSUtvWkl6ajBFQXdJRFNBQXdSUUlnWUUrcTNTS0NTRWJ4TDUrMVNsTW16RzZRdlNMcwpoSlhzQXdaZVZiM2lxdFVDSVFEZnRWVjJ0bGVzeGpPb29VZkNYdGptVjZEV2hYT0w0WkZOOVlHVFErcnZzUT09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";

    #[test]
    fn subject_and_other_names_are_read() {
        let request = CertificateRequest::parse(JANE).unwrap();
        let subject: Vec<(u8, &str)> = request.subject.iter().map(|(part, value)| (*part, value.as_str())).collect();
        assert_eq!(subject, [(3, "jane"), (10, "dev"), (10, "ops"), (6, "KR"), (7, "Seoul")]);
        assert_eq!(request.dns_names, ["a.example.com", "b.example.com"]);
        assert_eq!(request.email_addresses, ["j@example.com"]);
        assert_eq!(request.uris, ["https://x.example/y"]);
        assert_eq!(request.ip_addresses, ["10.0.0.1", "fe80:0:0:0:0:0:0:1"]);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let other = base64::encode(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
        for text in ["", "%", "aGVsbG8=", &other] {
            let error = CertificateRequest::parse(text).unwrap_err();
            assert_eq!(error, "PEM block type must be CERTIFICATE REQUEST", "{text}");
        }
        let pem = String::from_utf8(base64::decode(JANE).unwrap()).unwrap();
        let der = base64::decode(pem.replace(BEGIN, "").split_once(END).unwrap().0).unwrap();
        for end in 0..der.len() {
            assert_eq!(read(&der[..end]), None, "cut after {end}");
        }
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] ^= 0xff;
            let _ = read(&changed); // must not panic
        }
    }
}

//! DNS messages, as far as A queries go (RFC 1035, section 4).

use std::net::Ipv4Addr;

/// A query for a name's addresses.
pub fn query(name: &str) -> Vec<u8> {
    let mut message = vec![0x4b, 0x38, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.trim_end_matches('.').split('.') {
        let label = &label.as_bytes()[..label.len().min(63)];
        message.push(label.len() as u8);
        message.extend_from_slice(label);
    }
    message.extend_from_slice(&[0, 0, 1, 0, 1]);
    message
}

/// The name a query asks for, in lower case, and where its question ends.
fn question(message: &[u8]) -> Option<(String, usize)> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*message.get(at)?);
        if length == 0 {
            return Some((labels.join("."), at + 5));
        }
        labels.push(String::from_utf8_lossy(message.get(at + 1..at + 1 + length)?).to_ascii_lowercase());
        at += 1 + length;
    }
}

/// The name a query asks for, in lower case; `None` if it is no query.
pub fn parse_query(message: &[u8]) -> Option<String> {
    question(message).map(|(name, _)| name)
}

/// The answer to a query: addresses (perhaps none), or `None` for NXDOMAIN.
pub fn answer(query: &[u8], addresses: Option<&[Ipv4Addr]>) -> Vec<u8> {
    let end = question(query).map_or(12, |(_, end)| end).min(query.len());
    let mut message = query[..end].to_vec();
    message.resize(message.len().max(12), 0);
    let found = addresses.unwrap_or_default();
    message[2] = 0x85;
    message[3] = if addresses.is_some() { 0x80 } else { 0x83 };
    message[6] = 0;
    message[7] = found.len().min(255) as u8;
    for address in found.iter().take(255) {
        message.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4]);
        message.extend_from_slice(&address.octets());
    }
    message
}

/// What an answer says: `Some(None)` for NXDOMAIN; `None` if it cannot be read.
pub fn parse_answer(message: &[u8]) -> Option<Option<Vec<Ipv4Addr>>> {
    let (_, mut at) = question(message)?;
    if message.get(3)? & 0x0f != 0 {
        return Some(None);
    }
    let mut found = Vec::new();
    for _ in 0..*message.get(7)? {
        let octets: [u8; 4] = message.get(at + 12..at + 16)?.try_into().ok()?;
        found.push(Ipv4Addr::from(octets));
        at += 16;
    }
    Some(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_there_and_its_addresses_come_back() {
        let asked = query("My-Nginx.default.svc.cluster.local");
        assert_eq!(parse_query(&asked).as_deref(), Some("my-nginx.default.svc.cluster.local"));
        let addresses = [Ipv4Addr::new(10, 96, 0, 1), Ipv4Addr::new(10, 96, 0, 2)];
        assert_eq!(parse_answer(&answer(&asked, Some(&addresses))), Some(Some(addresses.to_vec())));
        assert_eq!(parse_answer(&answer(&asked, Some(&[]))), Some(Some(Vec::new())));
        assert_eq!(parse_answer(&answer(&asked, None)), Some(None));
        assert_eq!(parse_answer(&asked[..8]), None);
    }
}

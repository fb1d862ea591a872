//! TLS as far as anybody in this world can tell: a server shows a certificate, and its client decides whether to believe it.
//!
//! Messages are in TLS' records, so that a server of plain HTTP, and a client of it, notice; nothing in them is encrypted.

use std::net::Ipv4Addr;

use machine::Connection;
use sim::Time;

use super::der::{self, Value};

const HANDSHAKE: u8 = 0x16;
const DATA: u8 = 0x17;
/// The most that a record holds.
const RECORD: usize = 1 << 14;

/// HTTP/2, as a hello offers it.
pub(crate) const H2: &str = "h2";

fn records(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 5);
    for piece in data.chunks(RECORD) {
        out.extend([kind, 3, 3]);
        out.extend((piece.len() as u16).to_be_bytes());
        out.extend(piece);
    }
    out
}

/// What records of a kind hold; `None` for anything else.
fn content(kind: u8, bytes: &[u8]) -> Option<Vec<u8>> {
    let (content, rest) = leading(kind, bytes);
    (rest.is_empty() && !bytes.is_empty()).then_some(content)
}

/// What the first records hold, as far as they are of a kind, and what comes after them.
fn leading(kind: u8, mut bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut out = Vec::new();
    while let [first, 3, 3, high, low, rest @ ..] = bytes {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if *first != kind || rest.len() < length {
            break;
        }
        out.extend(&rest[..length]);
        bytes = &rest[length..];
    }
    (out, bytes)
}

/// A server's answer to what came over a connection: its certificate for a hello, which says a name, else what `answer` makes of it and
/// of the client's certificate, which is empty without one. With `speaks_h2` it agrees to HTTP/2. `None` when it is no TLS.
pub fn serve(
    request: &[u8],
    speaks_h2: bool,
    certificate: impl FnOnce(&str) -> Vec<u8>,
    answer: impl FnOnce(&[u8], &[u8]) -> Vec<u8>,
) -> Option<Vec<u8>> {
    if let Some(hello) = content(HANDSHAKE, request) {
        let hello = String::from_utf8_lossy(&hello).into_owned();
        let (offers, name) = hello.split_once('\n').unwrap_or((&hello, ""));
        let chosen = if speaks_h2 && offers.starts_with(H2) { H2 } else { "http/1.1" };
        let certificate = certificate(name);
        return Some(records(HANDSHAKE, &[chosen.as_bytes(), b"\n", &certificate].concat()));
    }
    let (shown, rest) = leading(HANDSHAKE, request);
    let plain = content(DATA, rest)?;
    Some(records(DATA, &answer(&plain, &shown)))
}

/// What a hello was answered with.
pub(crate) enum Greeting {
    /// The server's certificate, and the protocol that it chose of those offered.
    Server {
        /// As DER.
        certificate: Vec<u8>,
        /// `h2`, `http/1.1`
        protocol: String,
    },
    /// Something that is no TLS.
    Other,
    /// Nothing.
    Closed,
}

/// Says hello to the server of a name, and offers protocols: `h2,http/1.1`.
pub(crate) async fn greet(connection: &mut Connection, protocols: &str, name: &str) -> Greeting {
    let answer = connection.exchange(&records(HANDSHAKE, format!("{protocols}\n{name}").as_bytes())).await;
    if answer.is_empty() {
        return Greeting::Closed;
    }
    let Some(hello) = content(HANDSHAKE, &answer) else { return Greeting::Other };
    let line = hello.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (protocol, certificate) = hello.split_at(line);
    let certificate = certificate.get(1..).unwrap_or_default().to_vec();
    Greeting::Server { certificate, protocol: String::from_utf8_lossy(protocol).into_owned() }
}

/// Sends a message after the hello, from whom a certificate names (it is empty for none), and gives what comes back.
pub(crate) async fn exchange(connection: &mut Connection, certificate: &[u8], message: &[u8]) -> Vec<u8> {
    let answer = connection.exchange(&[records(HANDSHAKE, certificate), records(DATA, message)].concat()).await;
    content(DATA, &answer).unwrap_or_default()
}

/// Why a certificate is not to be believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Doubt {
    /// X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
    SelfSigned,
    /// X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
    UnknownIssuer,
    /// X509_V_ERR_CERT_HAS_EXPIRED
    Expired,
    /// X509_V_ERR_CERT_NOT_YET_VALID
    NotYetValid,
}

impl Doubt {
    /// OpenSSL's number and words.
    pub(crate) fn said(self) -> (u32, &'static str) {
        match self {
            Doubt::SelfSigned => (18, "self-signed certificate"),
            Doubt::UnknownIssuer => (20, "unable to get local issuer certificate"),
            Doubt::Expired => (10, "certificate has expired"),
            Doubt::NotYetValid => (9, "certificate is not yet valid"),
        }
    }
}

/// A certificate that was read.
pub(crate) struct Certificate {
    whole: Vec<u8>,
    body: Value,
    signature: Vec<u8>,
    parts: Vec<Value>,
}

impl Certificate {
    /// Reads DER.
    pub(crate) fn read(der: &[u8]) -> Option<Certificate> {
        let [body, _, bits] = <[Value; 3]>::try_from(Value::read(der)?.parts()).ok()?;
        let parts = body.parts();
        let signature = bits.content.get(1..)?.to_vec();
        (parts.len() >= 7).then_some(Certificate { whole: der.to_vec(), body, signature, parts })
    }

    /// The issuer's name and the subject's.
    pub(crate) fn names(&self) -> (&Value, &Value) {
        (&self.parts[3], &self.parts[5])
    }

    /// From when to when it is valid.
    pub(crate) fn validity(&self) -> Option<(Time, Time)> {
        let times = self.parts[4].parts();
        Some((times.first()?.time_value()?, times.get(1)?.time_value()?))
    }

    /// Why a client that knows these certificates, as DER, does not believe it.
    pub(crate) fn doubt(&self, known: &[Vec<u8>], now: Time) -> Option<Doubt> {
        let of = |authority: &[u8]| der::signature(&self.body.whole, authority, 256) == self.signature;
        if !known.iter().any(|one| *one == self.whole || of(one)) {
            let (issuer, subject) = self.names();
            return Some(if issuer.whole == subject.whole { Doubt::SelfSigned } else { Doubt::UnknownIssuer });
        }
        match self.validity() {
            Some((start, _)) if now < start => Some(Doubt::NotYetValid),
            Some((_, end)) if now > end => Some(Doubt::Expired),
            _ => None,
        }
    }

    /// The other names that it is for, if it says so: names, and addresses.
    fn alternatives(&self) -> Option<Vec<String>> {
        let extensions = self.parts.get(7)?.parts();
        let named = |extension: &Value| {
            let parts = extension.parts();
            (parts.first()?.content == der::ALT_NAME).then(|| parts.last().cloned()).flatten()
        };
        let names = Value::read(&extensions.first()?.parts().iter().find_map(named)?.content)?;
        let one = |name: &Value| match <[u8; 4]>::try_from(name.content.as_slice()) {
            Ok(octets) if name.tag == 0x87 => Ipv4Addr::from(octets).to_string(),
            _ => String::from_utf8_lossy(&name.content).into_owned(),
        };
        Some(names.parts().iter().map(one).collect())
    }

    /// The subject's common name.
    pub(crate) fn common_name(&self) -> String {
        let text = self.names().1.name_text();
        let name = text.split(", ").find_map(|part| part.strip_prefix("CN = ")).unwrap_or_default();
        name.to_owned()
    }

    /// The name in it that this host matches, and whether it is one of the other names.
    ///
    /// # Errors
    /// None does: as curl says it.
    pub(crate) fn is_for(&self, host: &str) -> Result<(String, bool), String> {
        match self.alternatives() {
            Some(names) => match names.into_iter().find(|name| matches(name, host)) {
                Some(name) => Ok((name, true)),
                None => Err(format!("SSL: no alternative certificate subject name matches target host name '{host}'")),
            },
            None => {
                let name = self.common_name();
                let why = format!("SSL: certificate subject name '{name}' does not match target host name '{host}'");
                if matches(&name, host) { Ok((name, false)) } else { Err(why) }
            }
        }
    }
}

/// `*.example.com` is for `a.example.com`, and not for `a.b.example.com`.
fn matches(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(rest) => host.split_once('.').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(rest)),
        None => name.eq_ignore_ascii_case(host),
    }
}

/// The certificates of a PEM file, as DER.
pub(crate) fn certificates(pem: &str) -> Vec<Vec<u8>> {
    let blocks = pem.split_inclusive("-----END CERTIFICATE-----");
    blocks.filter_map(|block| der::unpem(block, "CERTIFICATE")).collect()
}

/// A certificate as PEM.
pub fn pem(certificate: &[u8]) -> String {
    der::pem("CERTIFICATE", certificate)
}

/// The first certificate of a PEM file.
pub fn of_pem(pem: &str) -> Option<Vec<u8>> {
    certificates(pem).into_iter().next()
}

/// A server's certificate that nobody else has signed.
pub fn self_signed(subject: &[(&str, &str)], names: &[&str], from: Time, to: Time) -> Vec<u8> {
    let name = distinguished(subject);
    let key = public_key(&name, &name);
    der::certificate(&[1], &name, (from, to), &name, &key, der::alternatives(names.iter().copied()).as_deref(), &name)
}

/// A name as certificates have it.
fn distinguished(parts: &[(&str, &str)]) -> Vec<u8> {
    let parts = parts.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    der::name(&parts.collect::<Vec<_>>()).unwrap_or_default()
}

/// An RSA key in form only.
fn public_key(of: &[u8], authority: &[u8]) -> Vec<u8> {
    let modulus = der::signature(of, authority, 256);
    let key = der::sequence(&[&der::integer(&modulus), &der::integer(&[1, 0, 1])]);
    der::sequence(&[&der::algorithm(der::RSA), &der::bits(&key)])
}

/// A server's certificate that the owner of the first one of a PEM file has signed.
pub fn issue(authority: &str, issuer: &str, subject: &[(&str, &str)], names: &[&str], from: Time, to: Time) -> Vec<u8> {
    let authority = der::unpem(authority, "CERTIFICATE").unwrap_or_default();
    let public = public_key(issuer.as_bytes(), &authority);
    let names = der::alternatives(names.iter().copied());
    let issuer = distinguished(&[("CN", issuer)]);
    der::certificate(&[2], &issuer, (from, to), &distinguished(subject), &public, names.as_deref(), &authority)
}

/// A certificate for a request, both in PEM, that the owner of the first one of a PEM file has signed, as Kubernetes' signers make it.
pub fn sign(authority: &str, issuer: &str, request: &str, usages: &[&str], validity: (Time, Time)) -> Option<String> {
    let request = der::unpem(request, "CERTIFICATE REQUEST")?;
    let body = Value::read(&request)?.parts().first()?.parts();
    let [_, subject, public, rest @ ..] = body.as_slice() else { return None };
    let authority = der::unpem(authority, "CERTIFICATE")?;
    let names =
        rest.first().and_then(|attributes| attributes.parts().first()?.parts().get(1)?.parts().first().cloned());
    let names = names.map(|extensions| extensions.parts()).unwrap_or_default();
    let names = names.into_iter().find(|one| one.parts().first().is_some_and(|id| id.content == der::ALT_NAME));
    let mut extensions = der::usages(usages);
    extensions.extend(names.map(|names| names.whole).unwrap_or_default());
    let extensions = der::tlv(0x30, &extensions);
    let mut serial = der::signature(&request, &validity.0.unix_secs().to_be_bytes(), 16);
    serial[0] = serial[0] & 0x7f | 0x10;
    let issuer = distinguished(&[("CN", issuer)]);
    let made =
        der::certificate(&serial, &issuer, validity, &subject.whole, &public.whole, Some(&extensions), &authority);
    Some(pem(&made))
}

/// Whom a client's certificate names for a server that believes the first one of a PEM file: the common name and the
/// organizations; `None` when it is not to be believed now.
pub fn client(certificate: &[u8], authority: &str, now: Time) -> Option<(String, Vec<String>)> {
    let certificate = Certificate::read(certificate)?;
    if certificate.doubt(&certificates(authority), now).is_some() {
        return None;
    }
    let subject = certificate.names().1.name_text();
    let groups = subject.split(", ").filter_map(|part| part.strip_prefix("O = ")).map(str::to_owned).collect();
    Some((certificate.common_name(), groups))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_believed_by_who_knows_its_authority() {
        let at = Time::from_unix_secs(1_800_000_000);
        let day = |days: i64| Time::from_unix_secs(1_800_000_000 + days * 86_400);
        let pem = |letter: &[u8]| der::pem("CERTIFICATE", letter);
        let names = ["DNS:web", "DNS:*.example.com", "IP:10.0.0.1"];
        let leaf = issue(&pem(b"ab"), "ca", &[("O", "x"), ("CN", "web")], &names, day(-1), day(1));
        let leaf = Certificate::read(&leaf).unwrap();
        let known = certificates(&(pem(b"zz") + &pem(b"ab")));
        assert_eq!(known, [b"zz".to_vec(), b"ab".to_vec()]);
        assert_eq!(leaf.doubt(&known, at), None);
        assert_eq!(leaf.doubt(&known, day(2)), Some(Doubt::Expired));
        assert_eq!(leaf.doubt(&known, day(-2)), Some(Doubt::NotYetValid));
        assert_eq!(leaf.doubt(&known[..1], at), Some(Doubt::UnknownIssuer));
        assert!(["web", "a.example.com", "10.0.0.1"].iter().all(|host| leaf.is_for(host).is_ok()));
        assert!(["x", "a.b.example.com", "10.0.0.2"].iter().all(|host| leaf.is_for(host).is_err()));
    }

    #[test]
    fn what_is_no_tls_is_noticed() {
        assert_eq!(serve(b"GET / HTTP/1.1\r\n\r\n", true, |_| Vec::new(), |data, _| data.to_vec()), None);
        let long = vec![7; 40_000];
        let answer = serve(&records(DATA, &long), true, |_| Vec::new(), |data, _| data.to_vec()).unwrap();
        assert_eq!(content(DATA, &answer), Some(long));
    }
}

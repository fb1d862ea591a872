//! DNS messages: questions, records and answers, and how they go over the wire (RFC 1035, section 4; SRV: RFC 2782).
//!
//! Names have no dot at their end. Nothing is compressed, as CoreDNS leaves it for messages that fit a datagram.

use std::net::Ipv4Addr;

/// What is asked of a name, or what a record says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind(pub u16);

impl Kind {
    /// An IPv4 address.
    pub const A: Kind = Kind(1);
    /// A name server.
    pub const NS: Kind = Kind(2);
    /// Another name for it.
    pub const CNAME: Kind = Kind(5);
    /// What a zone's owner says of it.
    pub const SOA: Kind = Kind(6);
    /// The name of an address.
    pub const PTR: Kind = Kind(12);
    /// Words.
    pub const TXT: Kind = Kind(16);
    /// An IPv6 address.
    pub const AAAA: Kind = Kind(28);
    /// Where a service is: port and host.
    pub const SRV: Kind = Kind(33);
    /// All there is.
    pub const ANY: Kind = Kind(255);

    const NAMES: [(&'static str, u16); 11] = [
        ("A", 1),
        ("NS", 2),
        ("CNAME", 5),
        ("SOA", 6),
        ("PTR", 12),
        ("HINFO", 13),
        ("MX", 15),
        ("TXT", 16),
        ("AAAA", 28),
        ("SRV", 33),
        ("ANY", 255),
    ];

    /// The kind of this name, in any case.
    pub fn named(name: &str) -> Option<Kind> {
        Self::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, number)| Kind(*number))
    }

    /// `A`, `SRV`; `TYPE65` for one without a name.
    pub fn name(self) -> String {
        let known = Self::NAMES.iter().find(|(_, number)| *number == self.0);
        known.map_or_else(|| format!("TYPE{}", self.0), |(name, _)| (*name).to_owned())
    }
}

/// What a client asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// Of which name.
    pub name: String,
    /// What.
    pub kind: Kind,
}

impl Question {
    /// A question; a dot at the name's end is left out.
    pub fn new(name: &str, kind: Kind) -> Self {
        Question { name: name.strip_suffix('.').unwrap_or(name).to_owned(), kind }
    }

    /// Asks for the name of an address.
    pub fn reverse(address: Ipv4Addr) -> Self {
        let [a, b, c, d] = address.octets();
        Question { name: format!("{d}.{c}.{b}.{a}.in-addr.arpa"), kind: Kind::PTR }
    }
}

/// What a record says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Data {
    /// [`Kind::A`]
    A(Ipv4Addr),
    /// [`Kind::CNAME`]
    Cname(String),
    /// [`Kind::PTR`]
    Ptr(String),
    /// [`Kind::NS`]
    Ns(String),
    /// [`Kind::TXT`]
    Txt(String),
    /// [`Kind::SRV`]
    Srv {
        /// The lowest is taken.
        priority: u16,
        /// Among equals, the share.
        weight: u16,
        /// The port.
        port: u16,
        /// The host.
        target: String,
    },
    /// [`Kind::SOA`]
    Soa {
        /// The first name server.
        server: String,
        /// The mail address, with a dot in the place of the `@`.
        mail: String,
        /// Serial, refresh, retry, expire, minimum.
        numbers: [u32; 5],
    },
}

impl Data {
    /// Which kind this is.
    pub fn kind(&self) -> Kind {
        match self {
            Data::A(_) => Kind::A,
            Data::Cname(_) => Kind::CNAME,
            Data::Ptr(_) => Kind::PTR,
            Data::Ns(_) => Kind::NS,
            Data::Txt(_) => Kind::TXT,
            Data::Srv { .. } => Kind::SRV,
            Data::Soa { .. } => Kind::SOA,
        }
    }

    /// As a zone's file has it: names with a dot at their end.
    pub fn text(&self) -> String {
        match self {
            Data::A(address) => address.to_string(),
            Data::Cname(name) | Data::Ptr(name) | Data::Ns(name) => format!("{name}."),
            Data::Txt(text) => format!("\"{text}\""),
            Data::Srv { priority, weight, port, target } => format!("{priority} {weight} {port} {target}."),
            Data::Soa { server, mail, numbers: [serial, refresh, retry, expire, minimum] } => {
                format!("{server}. {mail}. {serial} {refresh} {retry} {expire} {minimum}")
            }
        }
    }
}

/// A record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Of which name.
    pub name: String,
    /// For how many seconds it may be kept.
    pub ttl: u32,
    /// What it says.
    pub data: Data,
}

/// How a server answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// There is such a name (perhaps without what was asked).
    NoError,
    /// The server could not find out.
    ServFail,
    /// There is no such name.
    NxDomain,
}

impl Code {
    /// As programs print it.
    pub fn name(self) -> &'static str {
        match self {
            Code::NoError => "NOERROR",
            Code::ServFail => "SERVFAIL",
            Code::NxDomain => "NXDOMAIN",
        }
    }

    fn number(self) -> u8 {
        match self {
            Code::NoError => 0,
            Code::ServFail => 2,
            Code::NxDomain => 3,
        }
    }
}

/// What a server answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// How.
    pub code: Code,
    /// The server owns the zone.
    pub authoritative: bool,
    /// The server asks others.
    pub recursive: bool,
    /// What was asked for, the chain of other names first.
    pub answers: Vec<Record>,
    /// Whose zone it is, where there is no answer.
    pub authority: Vec<Record>,
    /// Addresses of hosts that the answers name.
    pub additional: Vec<Record>,
}

impl Answer {
    /// An answer without records.
    pub fn empty(code: Code) -> Self {
        let (answers, authority, additional) = Default::default();
        Answer { code, authoritative: false, recursive: true, answers, authority, additional }
    }

    /// The addresses in it, whatever name they belong to.
    pub fn addresses(&self) -> Vec<Ipv4Addr> {
        let address = |record: &Record| if let Data::A(address) = record.data { Some(address) } else { None };
        self.answers.iter().filter_map(address).collect()
    }

    /// The first name in it that an address was asked for.
    pub fn pointer(&self) -> Option<&str> {
        self.answers
            .iter()
            .find_map(|record| if let Data::Ptr(name) = &record.data { Some(name.as_str()) } else { None })
    }
}

fn put_number(message: &mut Vec<u8>, number: u16) {
    message.extend_from_slice(&number.to_be_bytes());
}

fn put_name(message: &mut Vec<u8>, name: &str) {
    for label in name.split('.').filter(|label| !label.is_empty()) {
        let label = &label.as_bytes()[..label.len().min(63)];
        message.push(label.len() as u8);
        message.extend_from_slice(label);
    }
    message.push(0);
}

fn put_record(message: &mut Vec<u8>, record: &Record) {
    put_name(message, &record.name);
    put_number(message, record.data.kind().0);
    put_number(message, 1);
    message.extend_from_slice(&record.ttl.to_be_bytes());
    let mut data = Vec::new();
    match &record.data {
        Data::A(address) => data.extend_from_slice(&address.octets()),
        Data::Cname(name) | Data::Ptr(name) | Data::Ns(name) => put_name(&mut data, name),
        Data::Txt(text) => {
            let text = &text.as_bytes()[..text.len().min(255)];
            data.push(text.len() as u8);
            data.extend_from_slice(text);
        }
        Data::Srv { priority, weight, port, target } => {
            [priority, weight, port].into_iter().for_each(|number| put_number(&mut data, *number));
            put_name(&mut data, target);
        }
        Data::Soa { server, mail, numbers } => {
            put_name(&mut data, server);
            put_name(&mut data, mail);
            numbers.iter().for_each(|number| data.extend_from_slice(&number.to_be_bytes()));
        }
    }
    put_number(message, data.len().min(usize::from(u16::MAX)) as u16);
    message.extend_from_slice(&data);
}

/// The message that asks a question.
pub fn query(question: &Question) -> Vec<u8> {
    let mut message = vec![0x4b, 0x38, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0];
    put_name(&mut message, &question.name);
    put_number(&mut message, question.kind.0);
    put_number(&mut message, 1);
    message
}

/// The message that answers a query.
pub fn reply(query: &[u8], answer: &Answer) -> Vec<u8> {
    let end = Reader { message: query, at: 12 }.question().map_or(12, |(_, end)| end).min(query.len());
    let mut message = query[..end].to_vec();
    message.resize(message.len().max(12), 0);
    message[2] = 0x81 | u8::from(answer.authoritative) << 2;
    message[3] = u8::from(answer.recursive) << 7 | answer.code.number();
    let count = |records: &[Record]| (records.len().min(usize::from(u16::MAX)) as u16).to_be_bytes();
    message[6..8].copy_from_slice(&count(&answer.answers));
    message[8..10].copy_from_slice(&count(&answer.authority));
    message[10..12].copy_from_slice(&count(&answer.additional));
    answer
        .answers
        .iter()
        .chain(&answer.authority)
        .chain(&answer.additional)
        .for_each(|record| put_record(&mut message, record));
    message
}

struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        self.at += 1;
        self.message.get(self.at - 1).copied()
    }

    fn number(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    fn long(&mut self) -> Option<u32> {
        Some(u32::from(self.number()?) << 16 | u32::from(self.number()?))
    }

    fn text(&mut self, length: usize) -> Option<String> {
        let bytes = self.message.get(self.at..self.at + length)?;
        self.at += length;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    fn name(&mut self) -> Option<String> {
        let mut labels = Vec::new();
        loop {
            match usize::from(self.byte()?) {
                0 => return Some(labels.join(".")),
                length @ 1..=63 => labels.push(self.text(length)?),
                _ => return None,
            }
        }
    }

    fn question(&mut self) -> Option<(Question, usize)> {
        let name = self.name()?;
        let kind = Kind(self.number()?);
        self.number()?;
        Some((Question { name, kind }, self.at))
    }

    /// `Some(None)` for a record of a kind that is not known.
    fn record(&mut self) -> Option<Option<Record>> {
        let name = self.name()?;
        let kind = Kind(self.number()?);
        self.number()?;
        let ttl = self.long()?;
        let end = usize::from(self.number()?) + self.at;
        let data = match kind {
            Kind::A => Data::A(Ipv4Addr::from(self.long()?)),
            Kind::CNAME => Data::Cname(self.name()?),
            Kind::PTR => Data::Ptr(self.name()?),
            Kind::NS => Data::Ns(self.name()?),
            Kind::TXT => {
                let length = usize::from(self.byte()?);
                Data::Txt(self.text(length)?)
            }
            Kind::SRV => {
                let (priority, weight, port) = (self.number()?, self.number()?, self.number()?);
                Data::Srv { priority, weight, port, target: self.name()? }
            }
            Kind::SOA => {
                let (server, mail) = (self.name()?, self.name()?);
                let numbers = [self.long()?, self.long()?, self.long()?, self.long()?, self.long()?];
                Data::Soa { server, mail, numbers }
            }
            _ => {
                self.at = end;
                return Some(None);
            }
        };
        self.at = end;
        Some(Some(Record { name, ttl, data }))
    }

    fn records(&mut self, count: u16) -> Option<Vec<Record>> {
        let mut found = Vec::new();
        for _ in 0..count {
            found.extend(self.record()?);
        }
        Some(found)
    }
}

/// What a query asks; `None` if it is no query.
pub fn parse_query(message: &[u8]) -> Option<Question> {
    Reader { message, at: 12 }.question().map(|(question, _)| question)
}

/// What an answer says; `None` if it cannot be read.
pub fn parse_reply(message: &[u8]) -> Option<Answer> {
    let mut reader = Reader { message, at: 12 };
    reader.question()?;
    let code = match message.get(3)? & 0x0f {
        0 => Code::NoError,
        3 => Code::NxDomain,
        _ => Code::ServFail,
    };
    let count = |at: usize| Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]));
    let answers = reader.records(count(6)?)?;
    let authority = reader.records(count(8)?)?;
    let additional = reader.records(count(10)?)?;
    Some(Answer {
        code,
        authoritative: message[2] & 4 != 0,
        recursive: message[3] & 0x80 != 0,
        answers,
        authority,
        additional,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_goes_there_and_records_come_back() {
        let asked = query(&Question::new("My-Nginx.default.svc.cluster.local.", Kind::SRV));
        let name = "My-Nginx.default.svc.cluster.local";
        assert_eq!(parse_query(&asked), Some(Question { name: name.to_owned(), kind: Kind::SRV }));
        let record = |data| Record { name: name.to_owned(), ttl: 30, data };
        let answer = Answer {
            code: Code::NoError,
            authoritative: true,
            recursive: false,
            answers: vec![
                record(Data::Cname("web.default.svc.cluster.local".to_owned())),
                record(Data::A(Ipv4Addr::new(10, 96, 0, 1))),
                record(Data::Srv { priority: 0, weight: 100, port: 80, target: name.to_owned() }),
                record(Data::Txt("1.1.0".to_owned())),
                record(Data::Ptr(name.to_owned())),
            ],
            authority: vec![record(Data::Soa {
                server: "ns.dns.cluster.local".to_owned(),
                mail: "hostmaster.cluster.local".to_owned(),
                numbers: [1, 7200, 1800, 86400, 30],
            })],
            additional: vec![record(Data::Ns("ns.dns.cluster.local".to_owned()))],
        };
        assert_eq!(parse_reply(&reply(&asked, &answer)), Some(answer.clone()));
        assert_eq!(answer.addresses(), [Ipv4Addr::new(10, 96, 0, 1)]);
        let none = Answer::empty(Code::NxDomain);
        assert_eq!(parse_reply(&reply(&asked, &none)), Some(none));
        assert_eq!(parse_reply(&asked[..8]), None);
        // What real dig says of `kubernetes.default.svc.cluster.local`: 117 bytes with its EDNS record of 11.
        let name = "kubernetes.default.svc.cluster.local";
        let mut one = Answer::empty(Code::NoError);
        one.answers = vec![Record { name: name.to_owned(), ttl: 30, data: Data::A(Ipv4Addr::new(10, 96, 0, 1)) }];
        assert_eq!(reply(&query(&Question::new(name, Kind::A)), &one).len(), 117 - 11);
    }

    #[test]
    fn kinds_have_names() {
        assert_eq!(Kind::named("srv"), Some(Kind::SRV));
        assert_eq!(Kind::SRV.name(), "SRV");
        assert_eq!(Kind(65).name(), "TYPE65");
        assert_eq!(Kind::named("nosuch"), None);
        assert_eq!(Question::reverse(Ipv4Addr::new(10, 96, 0, 1)).name, "1.0.96.10.in-addr.arpa");
    }
}

//! curl's side of TLS: what it says about the handshake, and whether it believes the server.

use super::super::prelude::*;
use super::super::tls::{self, Certificate, Greeting};
use super::transfer::{Kept, Outcome, Transfer};
use super::url::Url;

/// What curl says after the error of a certificate that it does not believe.
pub(super) const MORE: &str = "More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the web page mentioned above.
";

/// The certificates that everybody is to believe, on a Debian.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What was agreed on.
pub(super) struct Secure {
    /// HTTP/2 is spoken.
    pub is_h2: bool,
    /// The certificate that is shown to the server; empty for none.
    pub certificate: Vec<u8>,
}

impl Transfer<'_> {
    /// `} [5 bytes data]`, which only `-v` without a terminal shows.
    async fn moved(&self, mark: char, bytes: usize) {
        if self.request.verbose && !self.writes_to_tty() {
            self.p.err(&format!("{mark} [{bytes} bytes data]\n")).await;
        }
    }

    async fn step(&self, mark: char, before: usize, text: &str, bytes: usize) {
        if before > 0 {
            self.moved(mark, before).await;
        }
        self.info(text).await;
        self.moved(mark, bytes).await;
    }

    async fn give_up(&mut self, number: u32, outcome: &mut Outcome, status: i32, text: String) {
        self.info(&text).await;
        self.meter_end().await;
        self.info(&format!("Closing connection {number}")).await;
        outcome.fail(status, text);
    }

    /// The certificates that `--cacert` or the system says to believe; `None` when there are none in the file.
    fn trusted_certificates(&self) -> Option<Vec<Vec<u8>>> {
        let read =
            |path: &str| tls::certificates(&String::from_utf8_lossy(&self.p.read_file(path).unwrap_or_default()));
        match &self.request.authorities {
            Some(path) => Some(read(path)).filter(|known| !known.is_empty()),
            None => Some(read(AUTHORITIES)),
        }
    }

    /// The certificate that `--cert` names, as DER; empty without the option.
    fn own_certificate(&self) -> Result<Vec<u8>, String> {
        let Some(path) = &self.request.certificate else { return Ok(Vec::new()) };
        let read = |path: &str| self.p.read_file(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let why = match read(path) {
            Ok(text) => match tls::of_pem(&text) {
                Some(certificate) => {
                    let key = self.request.key.as_ref().unwrap_or(path);
                    let good = read(key).is_ok_and(|text| text.contains("PRIVATE KEY-----"));
                    return good
                        .then_some(certificate)
                        .ok_or_else(|| format!("unable to set private key file: '{key}' type PEM"));
                }
                None => "error:0480006C:PEM routines::no start line".to_owned(),
            },
            Err(error) => format!("error:80000002:system library::{error}"),
        };
        Err(format!(
            "could not load PEM client certificate from {path}, OpenSSL error {why}, (no key found, wrong pass phrase, or wrong file format?)"
        ))
    }

    /// Shakes hands; false when that fails, which is said.
    pub(super) async fn secure(&mut self, url: &Url, kept: &mut Kept, outcome: &mut Outcome) -> bool {
        let number = kept.number;
        let old = self.request.http10 || self.request.http11;
        let offers = if old { "http/1.1" } else { "h2,http/1.1" };
        self.info(&format!("ALPN: offers {offers}")).await;
        let own = match self.own_certificate() {
            Ok(own) => own,
            Err(text) => {
                self.give_up(number, outcome, 58, text).await;
                return false;
            }
        };
        let known = if self.request.insecure { Some(Vec::new()) } else { self.trusted_certificates() };
        self.step('}', 5, "TLSv1.3 (OUT), TLS handshake, Client hello (1):", 512).await;
        let path = self.request.authorities.as_deref().unwrap_or(AUTHORITIES);
        let Some(known) = known else {
            let text = format!("error setting certificate file: {path}");
            self.info(&text).await;
            self.give_up(number, outcome, 77, text).await;
            return false;
        };
        if !self.request.insecure {
            self.info(&format!(" CAfile: {path}")).await;
            self.info(" CApath: /etc/ssl/certs").await;
        }
        let (certificate, protocol) = match tls::greet(&mut kept.connection, offers, &url.host).await {
            Greeting::Server { certificate, protocol } => (certificate, protocol),
            Greeting::Other => {
                self.moved('{', 5).await;
                let text = "OpenSSL/3.0.17: error:0A00010B:SSL routines::wrong version number".to_owned();
                self.give_up(number, outcome, 35, text).await;
                return false;
            }
            Greeting::Closed => {
                let text =
                    format!("OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to {}:{} ", url.host, url.port);
                self.give_up(number, outcome, 35, text).await;
                return false;
            }
        };
        let size = certificate.len();
        self.step('{', 5, "TLSv1.3 (IN), TLS handshake, Server hello (2):", 122).await;
        self.step('{', 0, "TLSv1.3 (IN), TLS handshake, Encrypted Extensions (8):", 6).await;
        self.step('{', 0, "TLSv1.3 (IN), TLS handshake, Certificate (11):", size + 13).await;
        let Some(certificate) = Certificate::read(&certificate) else {
            let text = "SSL certificate problem: unable to get local issuer certificate".to_owned();
            self.give_up(number, outcome, 60, text).await;
            return false;
        };
        let doubt = certificate.doubt(&known, self.p.now());
        if let Some(doubt) = doubt.filter(|_| !self.request.insecure) {
            self.step('}', 0, "TLSv1.3 (OUT), TLS alert, unknown CA (560):", 2).await;
            let text = format!("SSL certificate problem: {}", doubt.said().1);
            self.give_up(number, outcome, 60, text).await;
            return false;
        }
        self.step('{', 0, "TLSv1.3 (IN), TLS handshake, CERT verify (15):", 264).await;
        self.step('{', 0, "TLSv1.3 (IN), TLS handshake, Finished (20):", 52).await;
        self.step('}', 0, "TLSv1.3 (OUT), TLS change cipher, Change cipher spec (1):", 1).await;
        self.step('}', 0, "TLSv1.3 (OUT), TLS handshake, Finished (20):", 52).await;
        self.info("SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384").await;
        self.info(&format!("ALPN: server accepted {protocol}")).await;
        self.info("Server certificate:").await;
        let (issuer, subject) = certificate.names();
        let name = |name: String| name.replace(", ", "; ").replace(" = ", "=");
        self.info(&format!(" subject: {}", name(subject.name_text()))).await;
        if let Some((start, end)) = certificate.validity() {
            let date = |time| strftime::format(time, "%b %e %H:%M:%S %Y GMT");
            self.info(&format!(" start date: {}", date(start))).await;
            self.info(&format!(" expire date: {}", date(end))).await;
        }
        let host = &url.host;
        match certificate.is_for(host) {
            _ if self.request.insecure => {}
            Ok((name, false)) => self.info(&format!(" common name: {name} (matched)")).await,
            Ok((_, true)) if host.parse::<std::net::Ipv4Addr>().is_ok() => {
                self.info(&format!(" subjectAltName: host \"{host}\" matched cert's IP address!")).await;
            }
            Ok((name, true)) => {
                self.info(&format!(" subjectAltName: host \"{host}\" matched cert's \"{name}\"")).await;
            }
            Err(why) => {
                if why.contains("alternative") {
                    self.info(&format!(" subjectAltName does not match {host}")).await;
                }
                self.give_up(number, outcome, 60, why).await;
                return false;
            }
        }
        self.info(&format!(" issuer: {}", name(issuer.name_text()))).await;
        let result = match doubt.map(tls::Doubt::said) {
            None => " SSL certificate verify ok.".to_owned(),
            Some((number, text)) => {
                format!(" SSL certificate verify result: {text} ({number}), continuing anyway.")
            }
        };
        self.info(&result).await;
        let is_h2 = protocol == tls::H2;
        self.info(if is_h2 { "using HTTP/2" } else { "using HTTP/1.x" }).await;
        kept.secure = Some(Secure { is_h2, certificate: own });
        true
    }

    /// The request as HTTP/2 has it, before it is sent.
    pub(super) async fn announce_request(&self, kept: &Kept, url: &Url, message: &[u8]) {
        if !self.request.verbose || !kept.secure.as_ref().is_some_and(|secure| secure.is_h2) {
            return;
        }
        let text = String::from_utf8_lossy(message).into_owned();
        let mut lines = text.lines().take_while(|line| !line.is_empty());
        let method = lines.next().and_then(|line| line.split(' ').next()).unwrap_or_default();
        let place = url.authority();
        for (name, value) in [("method", method), ("path", &url.target), ("scheme", "https"), ("authority", &place)] {
            self.info(&format!("h2h3 [:{name}: {value}]")).await;
        }
        for line in lines.filter(|line| !line.starts_with("Host:")) {
            self.info(&format!("h2h3 [{line}]")).await;
        }
        self.info("Using Stream ID: 1 (easy handle 0x55d5c3a8ae90)").await;
    }
}

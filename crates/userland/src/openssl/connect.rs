//! `openssl s_client` and `verify`: what a server's certificate says, and whether it is to be believed.

use std::net::Ipv4Addr;

use machine::Note;

use super::super::der;
use super::super::prelude::*;
use super::super::tls::{self, Certificate, Greeting};
use super::flags::{Flags, VERIFY};

fn trusted_certificates(p: &Process, path: Option<&str>) -> Vec<Vec<u8>> {
    let path = path.unwrap_or("/etc/ssl/certs/ca-certificates.crt");
    tls::certificates(&String::from_utf8_lossy(&p.read_file(path).unwrap_or_default()))
}

/// `verify [-CAfile FILE] FILE…`
pub(super) async fn verify(p: &Process, words: &[String]) -> i32 {
    if let Err(status) = VERIFY.check(p, words).await {
        return status;
    }
    let flags = Flags { words };
    let known = trusted_certificates(p, flags.value("-CAfile"));
    let mut status = 0;
    let files = words.iter().enumerate().filter(|(at, word)| {
        !word.starts_with('-') && (*at == 0 || !matches!(words[at - 1].as_str(), "-CAfile" | "-untrusted" | "-CApath"))
    });
    for (_, path) in files {
        let read = tls::certificates(&String::from_utf8_lossy(&p.read_file(path).unwrap_or_default()));
        let Some(certificate) = read.first().and_then(|der| Certificate::read(der)) else {
            p.err(&format!("Could not read certificate file from {path}\nUnable to load certificate file\n")).await;
            status = 2;
            continue;
        };
        match certificate.doubt(&known, p.now()) {
            None => p.out(&format!("{path}: OK\n")).await,
            Some(doubt) => {
                let ((number, why), name) = (doubt.said(), certificate.names().1.name_text());
                p.err(&format!("{name}\nerror {number} at 0 depth lookup: {why}\nerror {path}: verification failed\n"))
                    .await;
                status = 2;
            }
        }
    }
    status
}

/// `s_client -connect HOST:PORT`
pub(super) async fn client(p: &Process, words: &[String]) -> i32 {
    let flags = Flags { words };
    let place = flags.value("-connect").unwrap_or("localhost:4433");
    let Some((host, port)) = place.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)))
    else {
        p.err("s_client: -connect argument or target parameter malformed or ambiguous\n").await;
        return 1;
    };
    let Ok(address) = p.resolve_host(host).await else {
        p.err(
            "807BB4F5F07F0000:error:10080002:BIO routines:BIO_lookup_ex:system lib:../crypto/bio/bio_addr.c:764:Name or service not \
             known\nconnect:errno=22\n",
        )
        .await;
        return 1;
    };
    let mut connection = match p.connect(address, port, None).await {
        Ok(connection) => connection,
        Err(error) => {
            p.note(Note::Trace(error.trace));
            let number = if error.kind.to_string().contains("refused") { 111 } else { 110 };
            p.err(&format!(
                "800BE6D7C27F0000:error:{:08X}:system library:BIO_connect:{}:../crypto/bio/bio_sock2.c:117:calling connect()\n\
                 800BE6D7C27F0000:error:10000067:BIO routines:BIO_connect:connect error:../crypto/bio/bio_sock2.c:119:\n\
                 connect:errno={number}\n",
                0x8000_0000_u32 + number,
                error.kind
            ))
            .await;
            return 1;
        }
    };
    let name = flags.value("-servername").unwrap_or(host);
    let (der, certificate) = match tls::greet(&mut connection, "http/1.1", name).await {
        Greeting::Server { certificate, .. } => (certificate.clone(), Certificate::read(&certificate)),
        _ => (Vec::new(), None),
    };
    let Some(certificate) = certificate else {
        p.out(
            "CONNECTED(00000003)\n---\nno peer certificate available\n---\nNo client certificate CA names sent\n---\n",
        )
        .await;
        p.err("805BC2C88D7F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl/record/ssl3_record.c:350:\n")
            .await;
        return 1;
    };
    let doubt = certificate.doubt(&trusted_certificates(p, flags.value("-CAfile")), p.now()).map(tls::Doubt::said);
    let (issuer, subject) = certificate.names();
    let (issuer, subject) = (issuer.name_text(), subject.name_text());
    let mut said = if host.parse::<Ipv4Addr>().is_ok() && flags.value("-servername").is_none() {
        "Can't use SSL_get_servername\n".to_owned()
    } else {
        String::new()
    };
    if let Some((number, why)) = doubt {
        said.push_str(&format!("depth=0 {subject}\nverify error:num={number}:{why}\nverify return:1\n"));
    }
    p.err(&format!("{said}depth=0 {subject}\nverify return:1\n")).await;
    let pem = der::pem("CERTIFICATE", &der);
    let dates = certificate.validity().map_or_else(String::new, |(start, end)| {
        let date = |time| strftime::format(time, "%b %e %H:%M:%S %Y GMT");
        format!("   v:NotBefore: {}; NotAfter: {}\n", date(start), date(end))
    });
    let shown = if flags.has("-showcerts") { pem.as_str() } else { "" };
    let (number, why) = doubt.unwrap_or((0, "ok"));
    let verification = if number == 0 { "Verification: OK".to_owned() } else { format!("Verification error: {why}") };
    p.out(&format!(
        "CONNECTED(00000003)\n---\nCertificate chain\n 0 s:{subject}\n   i:{issuer}\n   a:PKEY: rsaEncryption, 2048 (bit); sigalg: \
         RSA-SHA256\n{dates}{shown}---\nServer certificate\n{pem}subject={subject}\nissuer={issuer}\n---\nNo client certificate CA names \
         sent\nPeer signing digest: SHA256\nPeer signature type: RSA-PSS\nServer Temp Key: X25519, 253 bits\n---\nSSL handshake has \
         read {} bytes and written 377 bytes\n{verification}\n---\nNew, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384\nServer public key is \
         2048 bit\nSecure Renegotiation IS NOT supported\nCompression: NONE\nExpansion: NONE\nNo ALPN negotiated\nEarly data was not \
         sent\nVerify return code: {number} ({why})\n---\n",
        der.len() + 556
    ))
    .await;
    let typed = p.read_to_end(0).await.unwrap_or_default();
    if typed.windows(2).any(|two| two == b"\n\n") || typed.windows(4).any(|four| four == b"\r\n\r\n") {
        p.write(1, &tls::exchange(&mut connection, &[], &typed).await).await;
    }
    p.err("DONE\n").await;
    0
}

//! `openssl req` and `x509`: requests and certificates whose form is real.

use super::super::der::{self, Value};
use super::super::prelude::*;
use super::config;
use super::flags::{self, Flags};
use super::keys::{block, chance, colons, key_text, modulus_text, new_key, public_of, put};

/// `/CN=jane/O=dev`
fn subject(text: &str) -> Result<Vec<(String, String)>, String> {
    let Some(rest) = text.strip_prefix('/') else {
        return Err(format!(
            "req: subject name is expected to be in the format /type0=value0/type1=value1/type2=... where characters may be \
             escaped by \\. This name is not in that format: '{text}'\n"
        ));
    };
    let mut parts = Vec::new();
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').ok_or_else(|| format!("req: Missing '=' in '{part}'\n"))?;
        parts.push((key.to_owned(), value.to_owned()));
    }
    Ok(parts)
}

/// `subjectAltName=DNS:a,IP:1.2.3.4` as an extension.
fn alternatives(text: &str) -> Option<Vec<u8>> {
    let list = text.split_once('=').filter(|(key, _)| key.trim() == "subjectAltName")?.1;
    der::alternatives(list.split(','))
}

fn alternatives_text(extensions: &Value) -> Option<String> {
    let named = |extension: &Value| {
        let parts = extension.parts();
        let is_it = parts.first()?.content == der::ALT_NAME;
        let names = Value::read(&parts.last()?.content).filter(|_| is_it)?;
        let one = |name: &Value| match name.tag {
            0x87 => format!("IP Address:{}", name.content.iter().map(u8::to_string).collect::<Vec<String>>().join(".")),
            0x81 => format!("email:{}", String::from_utf8_lossy(&name.content)),
            _ => format!("DNS:{}", String::from_utf8_lossy(&name.content)),
        };
        Some(names.parts().iter().map(one).collect::<Vec<String>>().join(", "))
    };
    extensions.parts().iter().find_map(named)
}

/// The extensions of a certificate as `-text` shows them.
fn extensions_text(extensions: &Value) -> String {
    let mut out = String::new();
    for extension in extensions.parts() {
        let parts = extension.parts();
        let (Some(id), Some(value)) = (parts.first(), parts.last().and_then(|last| Value::read(&last.content))) else {
            continue;
        };
        let critical = if parts.len() > 2 { "critical" } else { "" };
        let (name, text) = match id.content.as_slice() {
            der::KEY_USAGE => {
                let bits = value.content.get(1).copied().unwrap_or_default();
                let names = [(0x80, "Digital Signature"), (0x20, "Key Encipherment"), (4, "Certificate Sign")];
                let names = names.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name);
                ("Key Usage", names.collect::<Vec<&str>>().join(", "))
            }
            der::EXTENDED_USAGE => {
                let ids = value.parts();
                let known = |last: u8| ids.iter().any(|id| id.content.last() == Some(&last));
                let names = der::PURPOSES.iter().filter(|(_, last, _)| known(*last)).map(|(_, _, name)| *name);
                ("Extended Key Usage", names.collect::<Vec<&str>>().join(", "))
            }
            der::CONSTRAINTS => {
                let text = if value.content.is_empty() { "CA:FALSE" } else { "CA:TRUE" };
                ("Basic Constraints", text.to_owned())
            }
            der::ALT_NAME => match alternatives_text(extensions) {
                Some(text) => ("Subject Alternative Name", text),
                None => continue,
            },
            _ => continue,
        };
        out.push_str(&format!("            X509v3 {name}: {critical}\n                {text}\n"));
    }
    out
}

/// `req`: makes a request, or (`-x509`) a certificate that signs itself; or shows a request.
pub(super) async fn req(p: &Process, words: &[String]) -> i32 {
    if let Err(status) = flags::REQ.check(p, words).await {
        return status;
    }
    let flags = Flags { words };
    if !flags.has("-new") && !flags.has("-x509") && flags.value("-newkey").is_none() {
        return show_request(p, &flags).await;
    }
    let key = match (flags.value("-newkey"), flags.value("-key")) {
        (Some(kind), _) => {
            let bits = kind.strip_prefix("rsa:").and_then(|text| text.parse().ok()).unwrap_or(2048);
            let key = new_key(p, bits);
            let status =
                put(p, Some(flags.value("-keyout").unwrap_or("privkey.pem")), &der::pem("PRIVATE KEY", &key), true)
                    .await;
            if status != 0 {
                return status;
            }
            p.err("-----\n").await;
            key
        }
        (None, Some(path)) => match block(p, Some(path), "PRIVATE KEY", "private key").await {
            Some(key) => key,
            None => return 1,
        },
        (None, None) => {
            p.err("openssl: 'req' without -key or -newkey is not simulated here\n").await;
            return 1;
        }
    };
    let config = match flags.value("-config") {
        Some(path) => match config::read(p, path).await {
            Ok(config) => Some(config),
            Err(status) => return status,
        },
        None => None,
    };
    let parts = match (flags.value("-subj").map(subject), config.as_ref().and_then(config::Config::name)) {
        (Some(Ok(parts)), _) | (None, Some(parts)) => parts,
        (Some(Err(text)), _) => {
            p.err(&text).await;
            return 1;
        }
        (None, None) => {
            p.err(
                "openssl: the questions about a name are not simulated here: give one with -subj \"/CN=name\", or with 'prompt = no' \
                 in the file of -config\n",
            )
            .await;
            return 1;
        }
    };
    let name = match der::name(&parts) {
        Ok(name) => name,
        Err(key) => {
            p.err(&format!("req: Skipping unknown subject name attribute \"{key}\"\n")).await;
            return 1;
        }
    };
    let Some(public) = public_of(&key) else {
        p.err("Could not read private key\n").await;
        return 1;
    };
    let extensions = flags.value("-addext").map(alternatives);
    if matches!(extensions, Some(None)) {
        p.err("openssl: of extensions only subjectAltName with DNS:, IP: and email: is simulated here\n").await;
        return 1;
    }
    let mut extensions = extensions.flatten();
    if let (Some(config), None) = (&config, &extensions) {
        let (flag, key) =
            if flags.has("-x509") { ("-extensions", "x509_extensions") } else { ("-reqexts", "req_extensions") };
        let section = flags.value(flag).or_else(|| flags.value("-extensions")).or_else(|| config.value("req", key));
        if let Some(section) = section {
            extensions = match config::alternatives(p, config, section).await {
                Ok(extensions) => extensions,
                Err(status) => return status,
            };
        }
    }
    if flags.has("-x509") {
        let days = flags.value("-days").and_then(|text| text.parse().ok()).unwrap_or(30);
        let der = certificate(p, (&name, &[]), &name, &public, days, extensions.as_deref());
        return put(p, flags.value("-out"), &der::pem("CERTIFICATE", &der), false).await;
    }
    let attributes = match &extensions {
        Some(extensions) => {
            let asked = der::sequence(&[&der::oid(der::EXTENSIONS), &der::tlv(0x31, extensions)]);
            der::tlv(0xa0, &asked)
        }
        None => der::tlv(0xa0, &[]),
    };
    let body = der::sequence(&[&der::integer(&[0]), &name, &public, &attributes]);
    put(p, flags.value("-out"), &der::pem("CERTIFICATE REQUEST", &der::signed(&body, &[])), false).await
}

/// A certificate from now on; without an authority's it is signed by itself.
fn certificate(
    p: &Process,
    (issuer, authority): (&[u8], &[u8]),
    subject: &[u8],
    public: &[u8],
    days: i64,
    extensions: Option<&[u8]>,
) -> Vec<u8> {
    let mut serial = chance(p, 20);
    serial[0] = serial[0] & 0x7f | 0x10;
    let now = Time::from_unix_secs(p.now().unix_secs());
    let end = Time::from_unix_secs(now.unix_secs() + days * 86_400);
    der::certificate(&serial, issuer, (now, end), subject, public, extensions, authority)
}

/// The extensions that the attributes of a request ask for.
fn asked_extensions(attributes: &Value) -> Option<Value> {
    attributes.parts().first()?.parts().get(1)?.parts().first().cloned()
}

async fn show_request(p: &Process, flags: &Flags<'_>) -> i32 {
    let Some(data) = block(p, flags.value("-in"), "CERTIFICATE REQUEST", "certificate request").await else { return 1 };
    let Some(whole) = Value::read(&data) else { return 1 };
    let outer = whole.parts();
    let Some(body) = outer.first().map(Value::parts).filter(|body| body.len() >= 3) else {
        p.err("Unable to load X509 request\n").await;
        return 1;
    };
    if flags.has("-verify") {
        p.err("Certificate request self-signature verify OK\n").await;
    }
    let name = body[1].name_text();
    if let Err(status) = check_name_option(p, flags).await {
        return status;
    }
    let mut out = String::new();
    if flags.has("-subject") {
        out.push_str(&format!("subject={}\n", written(&name, flags.value("-nameopt"))));
    }
    if flags.has("-modulus") {
        out.push_str(&modulus_text(&body[2]));
    }
    if flags.has("-pubkey") {
        out.push_str(&der::pem("PUBLIC KEY", &body[2].whole));
    }
    if flags.has("-text") {
        out.push_str(&format!("Certificate Request:\n    Data:\n        Version: 1 (0x0)\n        Subject: {name}\n"));
        out.push_str(&key_text(&body[2]));
        out.push_str("        Attributes:\n");
        let asked = body.get(3).and_then(asked_extensions);
        match asked.as_ref().and_then(alternatives_text) {
            Some(text) => out.push_str(&format!(
                "            Requested Extensions:\n                X509v3 Subject Alternative Name: \n                    {text}\n"
            )),
            None => out.push_str("            (none)\n"),
        }
        out.push_str("    Signature Algorithm: sha256WithRSAEncryption\n    Signature Value:\n");
        let bits = outer.get(2).map(|bits| bits.content.clone()).unwrap_or_default();
        out.push_str(&colons(bits.get(1..).unwrap_or_default(), 18, 8));
    }
    if !flags.has("-noout") {
        out.push_str(&der::pem("CERTIFICATE REQUEST", &data));
    }
    put(p, flags.value("-out"), &out, false).await
}

/// A name (`CN = a, O = b`) in the form that `-nameopt` asks for.
fn written(name: &str, option: Option<&str>) -> String {
    let short: Vec<String> = name.split(", ").map(|part| part.replacen(" = ", "=", 1)).collect();
    match option {
        Some("RFC2253") => short.into_iter().rev().collect::<Vec<String>>().join(","),
        Some("compat") => format!("/{}", short.join("/")),
        _ => name.to_owned(),
    }
}

/// Refuses a form of names that is not simulated.
async fn check_name_option(p: &Process, flags: &Flags<'_>) -> Result<(), i32> {
    match flags.value("-nameopt") {
        None | Some("oneline" | "RFC2253" | "compat") => Ok(()),
        Some(other) => {
            p.hint_not_simulated("openssl");
            p.err(&format!("openssl: of -nameopt only oneline, RFC2253 and compat are simulated here, not {other}\n"))
                .await;
            Err(1)
        }
    }
}

/// `x509`: signs a request with another's key, or shows a certificate.
pub(super) async fn x509(p: &Process, words: &[String]) -> i32 {
    if let Err(status) = flags::X509.check(p, words).await {
        return status;
    }
    let flags = Flags { words };
    if let Err(status) = check_name_option(p, &flags).await {
        return status;
    }
    if flags.has("-req") {
        return sign(p, &flags).await;
    }
    let Some(data) = block(p, flags.value("-in"), "CERTIFICATE", "certificate").await else { return 1 };
    let outer = Value::read(&data).map(|whole| whole.parts()).unwrap_or_default();
    let body = outer.first().map(Value::parts).unwrap_or_default();
    let [_, serial, _, issuer, validity, subject, public, ..] = body.as_slice() else {
        p.err("Unable to load certificate\n").await;
        return 1;
    };
    let extensions = body.get(7).and_then(|part| part.parts().first().cloned());
    let alternatives = extensions.as_ref().and_then(alternatives_text);
    let times: Vec<String> = validity
        .parts()
        .iter()
        .map(|part| part.time_value().map_or_else(String::new, |time| strftime::format(time, "%b %e %H:%M:%S %Y GMT")))
        .collect();
    let time = |at: usize| times.get(at).map_or("", String::as_str);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<String>>();
    let mut out = String::new();
    for word in words {
        match word.as_str() {
            "-subject" => {
                out.push_str(&format!("subject={}\n", written(&subject.name_text(), flags.value("-nameopt"))));
            }
            "-issuer" => out.push_str(&format!("issuer={}\n", written(&issuer.name_text(), flags.value("-nameopt")))),
            "-modulus" => out.push_str(&modulus_text(public)),
            "-pubkey" => out.push_str(&der::pem("PUBLIC KEY", &public.whole)),
            "-startdate" => out.push_str(&format!("notBefore={}\n", time(0))),
            "-enddate" => out.push_str(&format!("notAfter={}\n", time(1))),
            "-dates" => out.push_str(&format!("notBefore={}\nnotAfter={}\n", time(0), time(1))),
            "-serial" => out.push_str(&format!("serial={}\n", hex(&serial.content).concat())),
            "-fingerprint" => {
                let sum = if flags.has("-sha256") { digest::sha256_hex(&data) } else { digest::sha1_hex(&data) };
                let upper = sum.to_uppercase();
                let pairs: Vec<&str> = (0..upper.len() / 2).filter_map(|at| upper.get(at * 2..at * 2 + 2)).collect();
                let kind = if flags.has("-sha256") { "sha256" } else { "sha1" };
                out.push_str(&format!("{kind} Fingerprint={}\n", pairs.join(":")));
            }
            "-ext" => match (flags.value("-ext"), &alternatives) {
                (Some("subjectAltName"), Some(text)) => {
                    out.push_str(&format!("X509v3 Subject Alternative Name: \n    {text}\n"));
                }
                (Some("subjectAltName"), None) => p.err("No extensions matches\n").await,
                (other, _) => {
                    let text = "openssl: of -ext only subjectAltName is simulated here, not";
                    p.hint_not_simulated("openssl");
                    p.err(&format!("{text} {}: -text shows them all\n", other.unwrap_or_default())).await;
                }
            },
            "-text" => {
                let serial: Vec<String> = serial.content.iter().map(|byte| format!("{byte:02x}")).collect();
                out.push_str(&format!(
                    "Certificate:\n    Data:\n        Version: 3 (0x2)\n        Serial Number:\n            {}\n\
                     \x20       Signature Algorithm: sha256WithRSAEncryption\n        Issuer: {}\n        Validity\n\
                     \x20           Not Before: {}\n            Not After : {}\n        Subject: {}\n",
                    serial.join(":"),
                    issuer.name_text(),
                    time(0),
                    time(1),
                    subject.name_text()
                ));
                out.push_str(&key_text(public));
                if let Some(extensions) = &extensions {
                    out.push_str("        X509v3 extensions:\n");
                    out.push_str(&extensions_text(extensions));
                }
                out.push_str("    Signature Algorithm: sha256WithRSAEncryption\n    Signature Value:\n");
                let bits = outer.get(2).map(|bits| bits.content.clone()).unwrap_or_default();
                out.push_str(&colons(bits.get(1..).unwrap_or_default(), 18, 8));
            }
            _ => {}
        }
    }
    if let Some(seconds) = flags.value("-checkend").and_then(|text| text.parse::<i64>().ok()) {
        let end = validity.parts().get(1).and_then(Value::time_value).map_or(0, Time::unix_secs);
        let expires = end < p.now().unix_secs() + seconds;
        out.push_str(if expires { "Certificate will expire\n" } else { "Certificate will not expire\n" });
        p.out(&out).await;
        return i32::from(expires);
    }
    if !flags.has("-noout") {
        out.push_str(&der::pem("CERTIFICATE", &data));
    }
    put(p, flags.value("-out"), &out, false).await
}

async fn sign(p: &Process, flags: &Flags<'_>) -> i32 {
    let Some(request) = block(p, flags.value("-in"), "CERTIFICATE REQUEST", "certificate request").await else {
        return 1;
    };
    let body = Value::read(&request).and_then(|whole| Some(whole.parts().first()?.parts())).unwrap_or_default();
    let [_, subject, public, ..] = body.as_slice() else { return 1 };
    let (issuer, authority) = match (flags.value("-CA"), flags.value("-signkey")) {
        (Some(path), _) => {
            let Some(authority) = block(p, Some(path), "CERTIFICATE", "CA certificate").await else { return 1 };
            let outer =
                Value::read(&authority).and_then(|whole| Some(whole.parts().first()?.parts())).unwrap_or_default();
            let Some(name) = outer.get(5).map(|name| name.whole.clone()) else { return 1 };
            if let Some(path) = flags.value("-CAkey")
                && block(p, Some(path), "PRIVATE KEY", "CA private key").await.is_none()
            {
                return 1;
            }
            (name, authority)
        }
        (None, Some(_)) => (subject.whole.clone(), Vec::new()),
        (None, None) => {
            p.err("We need a private key to sign with, use -key or -CAkey or -CA with private key\n").await;
            return 1;
        }
    };
    let mut extensions = None;
    if let Some(path) = flags.value("-extfile") {
        let read = match config::read(p, path).await {
            Ok(config) => {
                // Without `-extensions` it is the section that the file names so, or what stands before the first.
                let section = flags.value("-extensions").or_else(|| config.value("default", "extensions"));
                config::alternatives(p, &config, section.unwrap_or("default")).await
            }
            Err(status) => Err(status),
        };
        extensions = match read {
            Ok(extensions) => extensions,
            Err(status) => return status,
        };
    } else if flags.value("-copy_extensions").is_some_and(|which| which.starts_with("copy")) {
        extensions = body.get(3).and_then(asked_extensions).map(|asked| asked.whole);
    }
    let days = flags.value("-days").and_then(|text| text.parse().ok()).unwrap_or(30);
    let der = certificate(p, (&issuer, &authority), &subject.whole, &public.whole, days, extensions.as_deref());
    p.err(&format!("Certificate request self-signature ok\nsubject={}\n", subject.name_text())).await;
    put(p, flags.value("-out"), &der::pem("CERTIFICATE", &der), false).await
}

//! `openssl genrsa`, `genpkey`, `rsa` and `pkey`: keys whose form is real, and whose numbers are chance: nobody can sign or verify
//! anything with them.

use super::super::der::{self, Value};
use super::super::prelude::*;
use super::flags::{self, Flags};

pub(super) fn chance(p: &Process, count: usize) -> Vec<u8> {
    (0..count).map(|_| p.random(256) as u8).collect()
}

/// An RSA key of so many bits, as PKCS#8.
pub(super) fn new_key(p: &Process, bits: usize) -> Vec<u8> {
    let number = |bits: usize| {
        let mut bytes = chance(p, bits / 8);
        if let (Some(first), true) = (bytes.first_mut(), bits >= 8) {
            *first |= 0xc0;
        }
        if let Some(last) = bytes.last_mut() {
            *last |= 1;
        }
        der::integer(&bytes)
    };
    let exponent = der::integer(&[1, 0, 1]);
    let half = bits / 2;
    let parts = [
        der::integer(&[0]),
        number(bits),
        exponent,
        number(bits),
        number(half),
        number(half),
        number(half),
        number(half),
        number(half),
    ];
    let key = der::tlv(0x30, &parts.concat());
    der::sequence(&[&der::integer(&[0]), &der::algorithm(der::RSA), &der::tlv(4, &key)])
}

/// The public half of a private key.
pub(super) fn public_of(key: &[u8]) -> Option<Vec<u8>> {
    let parts = Value::read(key)?.parts();
    // PKCS#8 has the key in a string; the older form is it.
    let inner = match parts.get(2).filter(|part| part.tag == 4) {
        Some(part) => Value::read(&part.content)?.parts(),
        None => parts,
    };
    let (modulus, exponent) = (inner.get(1)?, inner.get(2)?);
    let public = der::sequence(&[&modulus.whole, &exponent.whole]);
    Some(der::sequence(&[&der::algorithm(der::RSA), &der::bits(&public)]))
}

/// The modulus of a public key.
pub(super) fn modulus(public: &Value) -> Vec<u8> {
    let parts = public.parts();
    let modulus =
        parts.get(1).and_then(|bits| Value::read(bits.content.get(1..)?)).and_then(|key| key.parts().first().cloned());
    modulus.map(|modulus| modulus.content).unwrap_or_default()
}

/// What `-modulus` prints.
pub(super) fn modulus_text(public: &Value) -> String {
    let digits =
        modulus(public).iter().skip_while(|byte| **byte == 0).map(|byte| format!("{byte:02X}")).collect::<String>();
    format!("Modulus={digits}\n")
}

/// Bytes as `00:11:22`, fifteen in a line of a public key, eighteen of a signature.
pub(super) fn colons(bytes: &[u8], per_line: usize, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let lines = bytes.chunks(per_line).map(|chunk| {
        let line: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{pad}{}", line.join(":"))
    });
    lines.collect::<Vec<String>>().join(":\n") + "\n"
}

pub(super) fn key_text(public: &Value) -> String {
    let modulus = modulus(public);
    let bits = modulus.iter().skip_while(|byte| **byte == 0).count() * 8;
    format!(
        "        Subject Public Key Info:\n            Public Key Algorithm: rsaEncryption\n                Public-Key: ({bits} bit)\n\
         \x20               Modulus:\n{}                Exponent: 65537 (0x10001)\n",
        colons(&modulus, 15, 20)
    )
}

pub(super) async fn put(p: &Process, path: Option<&str>, text: &str, private: bool) -> i32 {
    let Some(path) = path else {
        p.out(text).await;
        return 0;
    };
    if let Err(error) = p.write_file(path, text.as_bytes()) {
        p.err(&format!("Can't open \"{path}\" for writing, {error}\n")).await;
        return 1;
    }
    if private {
        let _ = p.set_mode(path, 0o600);
    }
    0
}

/// The block of a file; says why there is none.
pub(super) async fn block(p: &Process, path: Option<&str>, label: &str, what: &str) -> Option<Vec<u8>> {
    let data = match Source::open(p, path.unwrap_or("-")) {
        Ok(mut source) => source.all().await,
        Err(error) => {
            p.err(&format!("Could not open file or uri for loading {what} from {}\n", path.unwrap_or("-"))).await;
            p.err(&format!("{}: {error}\n", path.unwrap_or("-"))).await;
            return None;
        }
    };
    let found = der::unpem(&String::from_utf8_lossy(&data), label);
    if found.is_none() {
        p.err(&format!("Could not read {what} from {}\n", path.unwrap_or("<stdin>"))).await;
    }
    found
}

/// `genrsa`, `genpkey`.
pub(super) async fn generate(p: &Process, known: &flags::Known, words: &[String]) -> i32 {
    if let Err(status) = known.check(p, words).await {
        return status;
    }
    let flags = Flags { words };
    let kind = flags.value("-algorithm").unwrap_or("RSA");
    if !kind.eq_ignore_ascii_case("rsa") {
        p.err(&format!("openssl: keys of {kind} are not simulated here: RSA is\n")).await;
        return 1;
    }
    let option = flags.value("-pkeyopt").and_then(|text| text.strip_prefix("rsa_keygen_bits:"));
    let last = words.last().map(String::as_str).filter(|_| flags.value("-out") != words.last().map(String::as_str));
    let bits = option.or(last).and_then(|text| text.parse::<usize>().ok()).unwrap_or(2048);
    if !(512..=8192).contains(&bits) {
        p.err("genrsa: Error generating RSA key\n").await;
        return 1;
    }
    p.sleep(Duration::from_millis(200)).await;
    let key = new_key(p, bits);
    put(p, flags.value("-out"), &der::pem("PRIVATE KEY", &key), true).await
}

/// `rsa`, `pkey`: a private key, its public half, or what can be said of it.
pub(super) async fn key(p: &Process, known: &flags::Known, words: &[String]) -> i32 {
    if let Err(status) = known.check(p, words).await {
        return status;
    }
    let flags = Flags { words };
    let Some(key) = block(p, flags.value("-in"), "PRIVATE KEY", "private key").await else { return 1 };
    let Some(public) = public_of(&key) else { return 1 };
    let rsa = known.command == "rsa";
    if flags.has("-check") {
        p.out(if rsa { "RSA key ok\n" } else { "Key is valid\n" }).await;
    }
    if flags.has("-modulus") {
        p.out(&Value::read(&public).map(|public| modulus_text(&public)).unwrap_or_default()).await;
    }
    if flags.has("-noout") {
        return 0;
    }
    if rsa {
        p.err("writing RSA key\n").await;
    }
    let pem = if flags.has("-pubout") { der::pem("PUBLIC KEY", &public) } else { der::pem("PRIVATE KEY", &key) };
    put(p, flags.value("-out"), &pem, !flags.has("-pubout")).await
}

//! `openssl`: chance, digests and base64; keys are in [`keys`](self::keys), certificates in [`certificates`](self::certificates).

mod certificates;
mod config;
mod connect;
mod flags;
mod keys;

use super::prelude::*;

const VERSION: &str = "OpenSSL 3.0.17 1 Jul 2025 (Library: OpenSSL 3.0.17 1 Jul 2025)\n";

/// Digits of a digest.
type Sum = fn(&[u8]) -> String;

/// The digest of a name, `sha256` or `-sha256`, and how `openssl dgst` writes the name.
fn digest(name: &str) -> Option<(Sum, &'static str)> {
    Some(match name.trim_start_matches('-').to_ascii_lowercase().as_str() {
        "sha256" => (digest::sha256_hex, "SHA2-256"),
        "sha1" => (digest::sha1_hex, "SHA1"),
        "md5" => (digest::md5_hex, "MD5"),
        _ => return None,
    })
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let words: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let Some((command, rest)) = words.split_first() else {
        p.err("help:\n\nStandard commands that are simulated here: base64 dgst enc genpkey genrsa pkey rand req rsa s_client verify version x509\n").await;
        return Ok(());
    };
    ExitStatus::check(match command.as_str() {
        "version" => {
            p.out(VERSION).await;
            0
        }
        "rand" => rand(&p, rest).await,
        "base64" => base64(&p, rest).await,
        "enc" if rest.iter().any(|word| matches!(word.as_str(), "-base64" | "-a")) => {
            let rest: Vec<String> =
                rest.iter().filter(|word| !matches!(word.as_str(), "-base64" | "-a")).cloned().collect();
            base64(&p, &rest).await
        }
        "dgst" => {
            let (mut kind, mut rest) = ("sha256".to_owned(), rest.to_vec());
            if let Some(at) = rest.iter().position(|word| digest(word).is_some() && word.starts_with('-')) {
                kind = rest.remove(at);
            }
            digests(&p, &kind, &rest).await
        }
        name if digest(name).is_some() => digests(&p, name, rest).await,
        "genrsa" => keys::generate(&p, &flags::GENRSA, rest).await,
        "genpkey" => keys::generate(&p, &flags::GENPKEY, rest).await,
        "rsa" => keys::key(&p, &flags::RSA, rest).await,
        "pkey" => keys::key(&p, &flags::PKEY, rest).await,
        "req" => certificates::req(&p, rest).await,
        "x509" => certificates::x509(&p, rest).await,
        "s_client" => connect::client(&p, rest).await,
        "verify" => connect::verify(&p, rest).await,
        "ecparam" | "ec" | "ca" | "s_server" | "pkcs12" | "enc" | "passwd" | "ciphers" | "crl" | "asn1parse"
        | "speed" | "genpkcs" | "rsautl" | "pkeyutl" => {
            p.err(&format!("openssl: '{command}' is not simulated here\n")).await;
            p.hint_not_simulated("openssl");
            1
        }
        other => {
            p.err(&format!("Invalid command '{other}'; type \"help\" for a list.\n")).await;
            1
        }
    })
}

async fn rand(p: &Process, words: &[String]) -> i32 {
    let (mut hex, mut base64, mut out, mut count) = (false, false, None, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-hex" => hex = true,
            "-base64" => base64 = true,
            "-out" => out = words.next(),
            word if !word.starts_with('-') => count = word.parse::<usize>().ok(),
            other => {
                p.err(&format!("rand: Unknown option: {}\nrand: Use -help for summary.\n", &other[1..])).await;
                return 1;
            }
        }
    }
    let Some(count) = count.filter(|count| *count <= 1 << 20) else {
        p.err("rand: Use -help for summary.\n").await;
        return 1;
    };
    let bytes: Vec<u8> = (0..count).map(|_| p.random(256) as u8).collect();
    let text = if hex {
        format!("{}\n", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()).into_bytes()
    } else if base64 {
        wrapped(&bytes).into_bytes()
    } else {
        bytes
    };
    put(p, out, &text).await
}

/// Base64 in lines of 64.
fn wrapped(data: &[u8]) -> String {
    let text = super::base64::encode(data);
    let mut out = String::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = more;
    }
    out
}

async fn put(p: &Process, path: Option<&String>, data: &[u8]) -> i32 {
    match path {
        Some(path) => match p.write_file(path, data) {
            Ok(()) => 0,
            Err(error) => {
                p.err(&format!("Can't open \"{path}\" for writing, {error}\n")).await;
                1
            }
        },
        None => {
            p.write(1, data).await;
            0
        }
    }
}

async fn get(p: &Process, path: Option<&String>) -> Option<Vec<u8>> {
    match Source::open(p, path.map_or("-", String::as_str)) {
        Ok(mut source) => Some(source.all().await),
        Err(error) => {
            p.err(&format!("Can't open \"{}\" for reading, {error}\n", path.map_or("", String::as_str))).await;
            None
        }
    }
}

async fn base64(p: &Process, words: &[String]) -> i32 {
    let (mut decodes, mut one_line, mut input, mut out) = (false, false, None, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-d" => decodes = true,
            "-e" => {}
            "-A" => one_line = true,
            "-in" => input = words.next(),
            "-out" => out = words.next(),
            other => {
                p.err(&format!("base64: Unknown option: {}\n", other.trim_start_matches('-'))).await;
                return 1;
            }
        }
    }
    let Some(data) = get(p, input).await else { return 1 };
    let made = match (decodes, one_line) {
        (true, _) => super::base64::decode(&data, true).0,
        (false, true) => super::base64::encode(&data).into_bytes(),
        (false, false) => wrapped(&data).into_bytes(),
    };
    put(p, out, &made).await
}

async fn digests(p: &Process, kind: &str, words: &[String]) -> i32 {
    let Some((sum, name)) = digest(kind) else { return 1 };
    let (mut files, mut short, mut out) = (Vec::new(), false, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-r" => short = true,
            "-hex" => {}
            "-out" => out = words.next(),
            flag if flag.starts_with('-') => {
                let flag = flag.trim_start_matches('-');
                p.err(&format!("openssl: 'dgst -{flag}' is not simulated here\n")).await;
                return 1;
            }
            _ => files.push(word),
        }
    }
    let mut text = String::new();
    let inputs: Vec<Option<&String>> =
        if files.is_empty() { vec![None] } else { files.into_iter().map(Some).collect() };
    for path in inputs {
        let Some(data) = get(p, path).await else { return 1 };
        let shown = path.map_or("stdin", String::as_str);
        text.push_str(&if short {
            format!("{} *{shown}\n", sum(&data))
        } else {
            format!("{name}({shown})= {}\n", sum(&data))
        });
    }
    put(p, out, text.as_bytes()).await
}

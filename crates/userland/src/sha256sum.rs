//! `sha256sum`, `sha1sum`, `md5sum`: print and check digests. sha256sum(1), sha1sum(1) and md5sum(1) of GNU coreutils 9.1.

use super::prelude::*;
use digest::{md5_hex, sha1_hex, sha256_hex};

const SPEC: Spec = Spec {
    short: "bcqstw",
    long: &[("binary", 'b'), ("check", 'c'), ("quiet", 'q'), ("status", 's'), ("text", 't')],
    usage: "[OPTION]... [FILE]...",
    status: 1,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let sum = match name_of(&p).as_str() {
        "md5sum" => md5_hex,
        "sha1sum" => sha1_hex,
        _ => sha256_hex,
    };
    let mut status = Ok(());
    let mut sources = Sources::new(&p, &options.operands);
    while let Some((path, mut source)) = sources.next_named().await {
        let data = source.all().await;
        if !options.has('c') {
            p.out(&format!("{}  {path}\n", sum(&data))).await;
            continue;
        }
        let mut failed = 0;
        for line in String::from_utf8_lossy(&data).lines() {
            let Some((wanted, name)) = line.split_once(' ') else { continue };
            let name = name.trim_start_matches([' ', '*']);
            let found = p.read_file(name).map(|data| sum(&data) == wanted);
            if !found.unwrap_or(false) {
                failed += 1;
            }
            let word = match found {
                Ok(true) => "OK",
                Ok(false) => "FAILED",
                Err(_) => "FAILED open or read",
            };
            p.out(&format!("{name}: {word}\n")).await;
        }
        if failed > 0 {
            let plural = if failed == 1 { "" } else { "s" };
            status = fail(&p, &format!("WARNING: {failed} computed checksum{plural} did NOT match")).await;
        }
    }
    status.max(sources.status)
}

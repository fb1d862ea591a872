//! `sha256sum`, `sha1sum`, `md5sum`: print and check digests. sha256sum(1), sha1sum(1) and md5sum(1) of GNU coreutils 9.1.

use super::prelude::*;
use digest::{Digest, Kind};

const SPEC: Spec = Spec {
    short: "bcqstw",
    long: &[("binary", 'b'), ("check", 'c'), ("quiet", 'q'), ("status", 's'), ("text", 't')],
    usage: "[OPTION]... [FILE]...",
    status: 1,
};

/// The digest of what a source holds.
async fn digest_of(p: &Process, kind: Kind, source: &mut Source) -> String {
    let mut digest = Digest::new(kind);
    while let Some(chunk) = source.chunk().await {
        for piece in chunk.chunks(64 * 1024) {
            digest.update(piece);
            p.work(piece.len() as u64).await;
        }
    }
    digest.hex()
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let kind = match name_of(&p).as_str() {
        "md5sum" => Kind::Md5,
        "sha1sum" => Kind::Sha1,
        _ => Kind::Sha256,
    };
    let mut status = Ok(());
    let mut sources = Sources::new(&p, &options.operands);
    while let Some((path, mut source)) = sources.next_named().await {
        if !options.has('c') {
            let sum = digest_of(&p, kind, &mut source).await;
            p.out(&format!("{sum}  {path}\n")).await;
            continue;
        }
        let data = source.all().await;
        let mut failed = 0;
        for line in String::from_utf8_lossy(&data).lines() {
            let Some((wanted, name)) = line.split_once(' ') else { continue };
            let name = name.trim_start_matches([' ', '*']);
            let found = match Source::open(&p, name) {
                Ok(mut source) => Ok(digest_of(&p, kind, &mut source).await == wanted),
                Err(error) => Err(error),
            };
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

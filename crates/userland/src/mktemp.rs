//! `mktemp`: a file or directory with a new name. mktemp(1) of GNU coreutils 9.1.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "dqtup:",
        long: &[("directory", 'd'), ("dry-run", 'u'), ("tmpdir", 'p'), ("quiet", 'q')],
        usage: "[OPTION]... [TEMPLATE]",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let template = options.operands.first().map_or("tmp.XXXXXXXXXX", String::as_str);
    let holes = template.len() - template.trim_end_matches('X').len();
    if holes < 3 {
        return fail(&p, &format!("too few X's in template {}", quote(&p, template))).await;
    }
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let end: String = (0..holes).map(|_| char::from(LETTERS[p.random(LETTERS.len() as u64) as usize])).collect();
    let name = format!("{}{end}", template.trim_end_matches('X'));
    let path = if options.operands.is_empty() || options.has('t') || options.has('p') {
        let dir =
            options.value('p').map(str::to_owned).or_else(|| p.env("TMPDIR")).unwrap_or_else(|| "/tmp".to_owned());
        format!("{}/{name}", dir.trim_end_matches('/'))
    } else {
        name
    };
    let made = match (options.has('u'), options.has('d')) {
        (true, _) => Ok(()),
        (_, true) => p.create_dir(&path).and_then(|()| p.set_mode(&path, 0o700)),
        _ => p.write_file(&path, b"").and_then(|()| p.set_mode(&path, 0o600)),
    };
    match made {
        Ok(()) => {
            p.out(&format!("{path}\n")).await;
            Ok(())
        }
        Err(error) => {
            let what = if options.has('d') { "directory" } else { "file" };
            fail(&p, &format!("failed to create {what} via template {}: {error}", quote(&p, template))).await
        }
    }
}

//! `df`: how full file systems are. df(1) of GNU coreutils 9.1.

use super::listing::human;
use super::mounted::{DISK_SIZE, Mounted, mounted};
use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "ahkmTiHP",
        long: &[("all", 'a'), ("human-readable", 'h'), ("print-type", 'T'), ("inodes", 'i')],
        usage: "[OPTION]... [FILE]...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let mut all = mounted(&p);
    let mut status = Ok(());
    if !options.operands.is_empty() {
        let mut chosen = Vec::new();
        for path in &options.operands {
            match p.canonicalize(path) {
                Ok(path) => {
                    let inside = |mount: &&Mounted| {
                        mount.path == "/" || path == mount.path || path.starts_with(&format!("{}/", mount.path))
                    };
                    chosen
                        .extend(all.iter().filter(inside).max_by_key(|mount| mount.path.len()).map(|m| m.path.clone()));
                }
                Err(error) => status = fail(&p, &format!("{}: {error}", quote_if_needed(path))).await,
            }
        }
        all.retain(|mount| chosen.contains(&mount.path));
        if all.is_empty() {
            return status;
        }
    } else if !options.has('a') && !is_busybox(&p) {
        // A device is listed once, where its path is shortest.
        let shortest = |source: &str| {
            let of_device = all.iter().filter(|mount| mount.source == source);
            of_device.min_by_key(|mount| mount.path.len()).map(|mount| mount.path.clone())
        };
        let device = shortest("/dev/sda1");
        all.retain(|mount| mount.source != "/dev/sda1" || Some(&mount.path) == device.as_ref());
    }
    let (human_sizes, inodes) = (options.has('h'), options.has('i'));
    let size = |amount: u64| match () {
        () if inodes && human_sizes => human(amount),
        () if inodes => amount.to_string(),
        () if human_sizes => human(amount),
        () => (amount / 1024).to_string(),
    };
    let titles = match (inodes, human_sizes) {
        (true, _) => ["Inodes", "IUsed", "IFree", "IUse%"],
        (_, true) => ["Size", "Used", "Avail", "Use%"],
        _ => ["1K-blocks", "Used", "Available", "Use%"],
    };
    let mut rows =
        vec![["Filesystem", "Type", titles[0], titles[1], titles[2], titles[3], "Mounted on"].map(str::to_owned)];
    for mount in &all {
        let (total, used, free) = if inodes {
            (mount.inodes, mount.inodes_used, mount.inodes.saturating_sub(mount.inodes_used))
        } else {
            (mount.size.unwrap_or(DISK_SIZE), mount.used, mount.free)
        };
        let percent = (used * 100).div_ceil((used + free).max(1));
        rows.push([
            mount.source.to_owned(),
            mount.kind.to_owned(),
            size(total),
            size(used),
            size(free),
            format!("{percent}%"),
            mount.path.clone(),
        ]);
    }
    let width = |column: usize, least: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0).max(least);
    let widths = [width(0, 14), width(1, 4), width(2, 5), width(3, 5), width(4, 5), width(5, 4)];
    let mut out = String::new();
    for row in &rows {
        out.push_str(&format!("{:<1$} ", row[0], widths[0]));
        if options.has('T') {
            out.push_str(&format!("{:<1$} ", row[1], widths[1]));
        }
        for column in 2..6 {
            out.push_str(&format!("{:>1$} ", row[column], widths[column]));
        }
        out.push_str(&format!("{}\n", row[6]));
    }
    p.out(&out).await;
    status
}

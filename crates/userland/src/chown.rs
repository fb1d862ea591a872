//! `chown`, `chgrp`: change owners and groups. chown(1) and chgrp(1) of GNU coreutils 9.1.

use super::listing::Names;
use super::prelude::*;

const SPEC: Spec = Spec {
    short: "cfhvR",
    long: &[("recursive", 'R'), ("verbose", 'v'), ("changes", 'c'), ("no-dereference", 'h')],
    usage: "[OPTION]... [OWNER][:[GROUP]] FILE...",
    status: 1,
};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let Some((who, files)) = options.operands.split_first() else { return usage_hint(&p, "missing operand").await };
    if files.is_empty() {
        return usage_hint(&p, &format!("missing operand after {}", quote(&p, who))).await;
    }
    let group_only = name_of(&p) == "chgrp";
    let (owner, group) = match who.split_once([':', '.']) {
        _ if group_only => ("", who.as_str()),
        Some((owner, group)) => (owner, group),
        None => (who.as_str(), ""),
    };
    let number = |names: &Names, text: &str| text.parse::<u32>().ok().or_else(|| names.number(text));
    let users = Names::read(&p, "/etc/passwd");
    let groups = Names::read(&p, "/etc/group");
    let uid = number(&users, owner);
    let gid = number(&groups, group);
    if (!owner.is_empty() && uid.is_none()) || (!group.is_empty() && gid.is_none()) {
        let what = if !owner.is_empty() && uid.is_none() { "user" } else { "group" };
        return fail(&p, &format!("invalid {what}: {}", quote(&p, who))).await;
    }
    let mut status = Ok(());
    let mut waiting: Vec<String> = files.iter().rev().cloned().collect();
    while let Some(path) = waiting.pop() {
        let metadata = match p.metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) => {
                let text = format!("cannot access {}: {error}", quote_always(&path));
                status = fail(&p, &if is_busybox(&p) { format!("{path}: {error}") } else { text }).await;
                continue;
            }
        };
        if let Err(error) = p.set_owner(&path, uid.unwrap_or(metadata.uid), gid.unwrap_or(metadata.gid)) {
            let what = if group_only { "group" } else { "ownership" };
            let text = format!("changing {what} of {}: {error}", quote_always(&path));
            status = fail(&p, &if is_busybox(&p) { format!("{path}: {error}") } else { text }).await;
        }
        if options.has('R') && metadata.is_dir() && waiting.len() < 100_000 {
            let entries = p.read_dir(&path).unwrap_or_default();
            let below = entries.into_iter().filter(|entry| entry.file_type != machine::FileType::Symlink);
            waiting.extend(below.map(|entry| format!("{}/{}", path.trim_end_matches('/'), entry.name)).rev());
        }
    }
    status
}

//! `mount`: what is mounted. mount(8) of util-linux 2.38.

use super::mounted::mounted;
use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    if p.args().len() > 1 && p.args()[1] != "-l" {
        p.err("mount: only root can do that, and here nobody does: volumes are mounted by the kubelet.\n").await;
        return Err(ExitStatus(1));
    }
    let mut out = String::new();
    for mount in mounted(&p) {
        let mode = if mount.read_only { "ro" } else { "rw" };
        let size = mount.size.map(|size| format!(",size={}k", size / 1024)).unwrap_or_default();
        out.push_str(&format!("{} on {} type {} ({mode},relatime{size})\n", mount.source, mount.path, mount.kind));
    }
    for (kind, path) in [("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/dev")] {
        out.push_str(&format!("{kind} on {path} type {kind} (rw,nosuid,nodev,noexec,relatime)\n"));
    }
    p.out(&out).await;
    Ok(())
}

//! `busybox`: runs an applet, or lists them. BusyBox 1.36.1.

use machine::Spawn;

use super::prelude::*;

/// `busybox`: runs an applet, or lists them.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let applets: Vec<String> = p.read_dir("/bin").unwrap_or_default().into_iter().map(|entry| entry.name).collect();
    match args.first().map(String::as_str) {
        None | Some("--help") => {
            let text = format!(
                "{}\nBusyBox is copyrighted by many authors between 1998-2015.\nLicensed under GPLv2. See source distribution \
                 for detailed\ncopyright notices.\n\nUsage: busybox [function [arguments]...]\n   or: busybox --list\n\n\
                 Currently defined functions:\n\t{}\n",
                super::words::BUSYBOX_BANNER,
                applets.join(", ")
            );
            p.out(&text).await;
            Ok(())
        }
        Some("--list") => {
            p.out(&applets.iter().map(|name| format!("{name}\n")).collect::<String>()).await;
            Ok(())
        }
        Some(name) if name.starts_with('-') || p.env("PATH").is_none() => {
            fail_with(&p, 127, &format!("{name}: applet not found")).await
        }
        Some(name) => match p.spawn(Spawn::new(args.clone())) {
            Ok(child) => ExitStatus::check(child.wait().await),
            Err(_) => {
                p.err(&format!("{name}: applet not found\n")).await;
                Err(ExitStatus(127))
            }
        },
    }
}

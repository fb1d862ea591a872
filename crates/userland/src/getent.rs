//! `getent`: the databases of the C library, names among them. getent(1) of glibc 2.36.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let Some(database) = args.first() else {
        p.err("getent: wrong number of arguments\nTry `getent --help' or `getent --usage' for more information.\n")
            .await;
        return Err(ExitStatus(1));
    };
    let keys = &args[1..];
    match database.as_str() {
        "hosts" | "ahosts" | "ahostsv4" if !keys.is_empty() => {
            let mut status = Ok(());
            for key in keys {
                let conf = p.resolv_conf();
                if let Some(address) = key.parse().ok().filter(|_| database == "hosts") {
                    match p.name_of_address(address, &conf).await {
                        Some(name) => p.out(&format!("{key:<15} {name}\n")).await,
                        None => status = Err(ExitStatus(2)),
                    }
                    continue;
                }
                match p.addresses_of(key, &conf).await {
                    Ok(found) => {
                        let mut text = String::new();
                        for (index, address) in found.addresses.iter().enumerate() {
                            let address = address.to_string();
                            if database == "hosts" {
                                text.push_str(&format!("{address:<15} {}\n", found.name));
                            } else {
                                let name = if index == 0 { found.name.as_str() } else { "" };
                                text.push_str(&format!(
                                    "{address:<15} STREAM {name}\n{address:<15} DGRAM  \n{address:<15} RAW    \n"
                                ));
                            }
                        }
                        p.out(&text).await;
                    }
                    Err(_) => status = Err(ExitStatus(2)),
                }
            }
            status
        }
        "hosts" | "passwd" | "group" => {
            let text =
                String::from_utf8_lossy(&p.read_file(&format!("/etc/{database}")).unwrap_or_default()).into_owned();
            let mut status = Ok(());
            if keys.is_empty() {
                p.out(&text).await;
            }
            for key in keys {
                let line = text.lines().find(|line| {
                    let mut fields = line.split(':');
                    fields.next() == Some(key) || fields.nth(1) == Some(key)
                });
                match line {
                    Some(line) => p.out(&format!("{line}\n")).await,
                    None => status = Err(ExitStatus(2)),
                }
            }
            status
        }
        other => {
            p.err(&format!(
                "Unknown database: {other}\nTry `getent --help' or `getent --usage' for more information.\n"
            ))
            .await;
            Err(ExitStatus(1))
        }
    }
}

//! `arp`: neighbours. arp(8) of net-tools 2.10.

use super::interfaces::{hardware, neighbours};
use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let all = p.args().iter().any(|arg| arg == "-a");
    let mut out = String::new();
    if !all {
        out.push_str("Address                  HWtype  HWaddress           Flags Mask            Iface\n");
    }
    for (address, device) in neighbours(&p) {
        let hardware = hardware(address);
        if all {
            out.push_str(&format!("? ({address}) at {hardware} [ether] on {device}\n"));
        } else {
            out.push_str(&format!("{:<24} ether   {hardware}   C                     {device}\n", address.to_string()));
        }
    }
    p.out(&out).await;
    Ok(())
}

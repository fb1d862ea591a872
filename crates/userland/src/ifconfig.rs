//! `ifconfig`: interfaces. ifconfig(8) of net-tools 2.10, and busybox'.

use super::interfaces::{Link, broadcast, hardware, links_and_routes, mask};
use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let (links, _) = links_and_routes(&p);
    let wanted = p.args().iter().skip(1).find(|arg| !arg.starts_with('-')).cloned();
    let busybox = is_busybox(&p);
    let mut links: Vec<Link> =
        links.into_iter().filter(|link| wanted.as_ref().is_none_or(|name| *name == link.name)).collect();
    if links.is_empty() {
        let name = wanted.unwrap_or_default();
        p.err(&format!("{name}: error fetching interface information: Device not found\n")).await;
        return Err(ExitStatus(1));
    }
    sim::order::sort_by(&mut links, |a, b| a.name.cmp(&b.name));
    let mut out = String::new();
    for link in &links {
        let loopback = link.address.is_loopback();
        if busybox {
            let first = if loopback {
                "Link encap:Local Loopback  ".to_owned()
            } else {
                format!("Link encap:Ethernet  HWaddr {}  ", hardware(link.address).to_uppercase())
            };
            let cast = if loopback { String::new() } else { format!("  Bcast:{}", broadcast(link)) };
            let flags =
                if loopback { "UP LOOPBACK RUNNING  MTU:65536" } else { "UP BROADCAST RUNNING MULTICAST  MTU:1500" };
            out.push_str(&format!(
                "{:<10}{first}\n          inet addr:{}{cast}  Mask:{}\n          {flags}  Metric:1\n\n",
                link.name,
                link.address,
                mask(link.prefix)
            ));
        } else {
            let flags = match (loopback, link.up) {
                (true, _) => "flags=73<UP,LOOPBACK,RUNNING>  mtu 65536",
                (_, true) => "flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500",
                (_, false) => "flags=4099<UP,BROADCAST,MULTICAST>  mtu 1500",
            };
            let cast = if loopback { String::new() } else { format!("  broadcast {}", broadcast(link)) };
            let kind = if loopback {
                "        loop  txqueuelen 1000  (Local Loopback)".to_owned()
            } else {
                format!("        ether {}  txqueuelen 0  (Ethernet)", hardware(link.address))
            };
            out.push_str(&format!(
                "{}: {flags}\n        inet {}  netmask {}{cast}\n{kind}\n\n",
                link.name,
                link.address,
                mask(link.prefix)
            ));
        }
    }
    p.out(&out).await;
    Ok(())
}

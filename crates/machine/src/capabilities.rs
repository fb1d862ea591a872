//! Capabilities: what of root's rights a container's root has.
//!
//! capabilities(7); <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>

/// The names, in the order of their numbers, without `CAP_`.
const NAMES: &str = "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE \
                     NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT \
                     SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE \
                     AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ \
                     PERFMON BPF CHECKPOINT_RESTORE";

/// A set of capabilities, a bit for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Capabilities(pub u64);

impl Capabilities {
    /// All that there are.
    pub const ALL: Capabilities = Capabilities(0x1ff_ffff_ffff);
    /// What container runtimes leave a container.
    pub const CONTAINER: Capabilities = Capabilities(0xa804_25fb);

    /// The set of one, by its name (`NET_RAW`, `CAP_NET_RAW`), or of all (`ALL`); none for a name that does not exist.
    pub fn named(name: &str) -> Capabilities {
        let name = name.to_ascii_uppercase();
        let name = name.strip_prefix("CAP_").unwrap_or(&name);
        if name == "ALL" {
            return Capabilities::ALL;
        }
        Capabilities(NAMES.split_whitespace().position(|known| known == name).map_or(0, |number| 1 << number))
    }

    /// Whether one of these names is among them.
    pub fn has(self, name: &str) -> bool {
        self.0 & Capabilities::named(name).0 != 0
    }

    /// These and those.
    pub fn with(self, other: Capabilities) -> Capabilities {
        Capabilities(self.0 | other.0)
    }

    /// These without those.
    pub fn without(self, other: Capabilities) -> Capabilities {
        Capabilities(self.0 & !other.0)
    }
}

impl crate::Process {
    /// Whether its computer leaves root this capability: a process may use it if it is root's.
    pub fn may_root(&self, name: &str) -> bool {
        let wanted = Capabilities::named(name).0;
        self.kernel().with(|state| {
            state.machines.get(&self.machine()).is_none_or(|machine| machine.capabilities.0 & wanted == wanted)
        })
    }

    /// Whether the process may listen at a port.
    pub fn may_bind(&self, port: u16) -> bool {
        port >= self.unprivileged_port_start() || self.is_capable("NET_BIND_SERVICE")
    }

    /// Whether the process may send ICMP packets. The program that needs the right has it as a file's capability.
    pub fn may_ping(&self) -> bool {
        self.unprivileged_port_start() == 0 || self.may_root("NET_RAW")
    }

    fn unprivileged_port_start(&self) -> u16 {
        let start = |state: &mut crate::KernelState| Some(state.machines.get(&self.machine())?.unprivileged_port_start);
        self.kernel().with(start).unwrap_or_default()
    }

    /// Whether the process is root's, and root may.
    pub fn is_capable(&self, name: &str) -> bool {
        self.user().uid == 0 && self.may_root(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_as_the_kernel_numbers_them() {
        let admin = Capabilities::named("NET_ADMIN").with(Capabilities::named("CAP_SYS_TIME"));
        assert_eq!(Capabilities::CONTAINER.with(admin).0, 0xaa04_35fb);
        assert_eq!(Capabilities::named("checkpoint_restore").0, 1 << 40);
        assert_eq!(Capabilities::named("NOSUCH").0, 0);
        assert_eq!(Capabilities::CONTAINER.without(Capabilities::ALL).0, 0);
    }
}

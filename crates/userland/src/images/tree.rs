//! Building trees of files.

use machine::{Device, Disk};
use sim::Time;

/// Puts programs into a directory, each under its own name.
pub(super) fn programs(disk: &mut Disk, dir: &str, names: &str, date: Time) {
    for name in names.split_whitespace() {
        disk.add_program(&format!("{dir}/{name}"), name, date);
    }
}

/// The day an image was built.
pub(super) fn day(text: &str) -> Time {
    Time::parse_rfc3339(&format!("{text}T00:00:00Z")).unwrap_or_default()
}

/// `/dev`, `/proc` and `/sys`, as far as anyone looks.
pub(super) fn system(disk: &mut Disk, date: Time) {
    for (path, device) in [
        ("/dev/null", Device::Null),
        ("/dev/zero", Device::Zero),
        ("/dev/full", Device::Full),
        ("/dev/random", Device::Random),
        ("/dev/urandom", Device::Random),
        ("/dev/tty", Device::Tty),
    ] {
        disk.add_device(path, device, date);
    }
    disk.add_dir("/dev/pts", date);
    disk.add_dir("/dev/shm", date);
    disk.add_dir("/sys/fs/cgroup", date);
    for (path, text) in [
        (
            "/proc/version",
            "Linux version 6.8.0-50-generic (buildd@lcy02-amd64-075) (x86_64-linux-gnu-gcc-13 (Ubuntu \
             13.2.0-23ubuntu4) 13.2.0, GNU ld (GNU Binutils for Ubuntu) 2.42) #51-Ubuntu SMP PREEMPT_DYNAMIC Sat Nov  9 17:58:29 UTC 2024\n",
        ),
        (
            "/proc/cpuinfo",
            "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Simulated CPU\ncpu cores\t: 2\n\nprocessor\t: 1\n\
             vendor_id\t: GenuineIntel\nmodel name\t: Simulated CPU\ncpu cores\t: 2\n\n",
        ),
        (
            "/proc/meminfo",
            "MemTotal:        8028684 kB\nMemFree:         2713284 kB\nMemAvailable:    5433580 kB\nBuffers:          \
             251564 kB\nCached:          2763932 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n",
        ),
        ("/proc/filesystems", "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\toverlay\n\text4\n"),
        ("/proc/sys/net/ipv4/ip_forward", "1\n"),
        ("/proc/sys/kernel/ostype", "Linux\n"),
        ("/proc/sys/kernel/osrelease", "6.8.0-50-generic\n"),
        ("/proc/sys/kernel/hostname", ""),
    ] {
        disk.add_file(path, text, 0o444, date);
    }
    disk.set_mode("/sys", 0o555);
    disk.set_mode("/proc", 0o555);
}

/// `/tmp` and the like: everyone may write, nobody may remove another's.
pub(super) fn sticky(disk: &mut Disk, path: &str, date: Time) {
    disk.add_dir(path, date);
    disk.set_mode(path, 0o1777);
}

//! The images whose programs are busybox's: `busybox` itself and Alpine.

use machine::Disk;
use sim::Time;

use super::tree::{day, programs, sticky, system};

/// What busybox can be called as, where this world has it.
const APPLETS: &str = "[ arch awk base64 basename bc cat chgrp chmod chown chroot clear cmp comm cp cut date dd df diff dirname du echo egrep env \
                       expand expr fallocate false fgrep find fold free grep groups gunzip gzip hd head hexdump hostname id ifconfig ip kill killall less link ln ls md5sum mkdir mkfifo \
                       mktemp more mount mv nc netstat nice nl nohup nproc nsenter nslookup od paste pgrep pidof ping pkill printenv printf ps pwd readlink realpath rev \
                       rm rmdir route sed seq sha1sum sha256sum shuf sleep sort split stat strings su sync tac tail tar tee telnet test timeout top touch tr traceroute \
                       true truncate tty uname unexpand uniq unlink uptime vi wc wget which whoami xargs xxd yes zcat";

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
sync:x:4:100:sync:/bin:/bin/sync
mail:x:8:8:mail:/var/spool/mail:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
operator:x:37:37:Operator:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
";

const GROUP: &str = "root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
wheel:x:10:root
mail:x:8:
www-data:x:33:
users:x:100:
nobody:x:65534:
";

/// What busybox has and this world has not.
const NOT_SIMULATED: &str = "adduser addgroup arp arping brctl cksum crond crontab cttyhack deluser dmesg dnsdomainname \
                             fdisk flock fsync fuser getty halt httpd hwclock init install ipcalc killall5 last logger login \
                             losetup lsof lzop microcom mkfs.ext2 mknod mkpasswd passwd patch pstree \
                             rdate reboot renice reset resize runsv script setsid sha512sum sha3sum strings sulogin sum \
                             swapon sysctl telnetd tftp time traceroute6 tunctl udhcpc umount unzip usleep uudecode \
                             uuencode vconfig watchdog xz zcip";

fn common(disk: &mut Disk, date: Time) {
    for name in NOT_SIMULATED.split_whitespace() {
        disk.add_program(&format!("/bin/{name}"), "not-simulated", date);
    }
    disk.add_program("/bin/busybox", "busybox", date);
    disk.add_program("/bin/sh", "busybox-sh", date);
    disk.add_program("/bin/ash", "busybox-sh", date);
    system(disk, date);
    sticky(disk, "/tmp", date);
    disk.add_dir("/home", date);
    disk.add_dir("/root", date);
    disk.set_mode("/root", 0o700);
    disk.add_file("/etc/passwd", PASSWD, 0o644, date);
    disk.add_file("/etc/group", GROUP, 0o644, date);
}

/// `busybox`: everything is in `/bin`.
pub(super) fn busybox(_version: &str) -> Disk {
    let date = day("2024-09-26");
    let mut disk = Disk::new(date);
    programs(&mut disk, "/bin", APPLETS, date);
    common(&mut disk, date);
    for dir in ["/lib", "/usr/bin", "/usr/sbin", "/var/spool/mail", "/var/www"] {
        disk.add_dir(dir, date);
    }
    disk.add_symlink("/lib64", "lib", date);
    disk.add_file("/etc/network/if-up.d/.keep", "", 0o644, date);
    disk
}

/// `alpine` of a version such as `3.20`.
pub(super) fn alpine(version: &str) -> Disk {
    let (number, date) = match version {
        "" | "latest" | "edge" => ("3.22.1", day("2025-07-15")),
        version => (version, day("2024-07-22")),
    };
    let full = if number.matches('.').count() < 2 { format!("{number}.3") } else { number.to_owned() };
    let mut disk = Disk::new(date);
    let in_bin = "base64 cat chgrp chmod chown cp date dd df echo egrep false fgrep grep hostname kill ln ls mkdir mktemp more \
                  mount mv ping printenv ps pwd rm rmdir route sed sleep stat sync touch true uname";
    let in_sbin = "ifconfig ip";
    let rest: Vec<&str> = APPLETS
        .split_whitespace()
        .filter(|name| !in_bin.split_whitespace().chain(in_sbin.split_whitespace()).any(|other| other == *name))
        .collect();
    programs(&mut disk, "/bin", in_bin, date);
    programs(&mut disk, "/sbin", in_sbin, date);
    programs(&mut disk, "/usr/bin", &rest.join(" "), date);
    common(&mut disk, date);
    for dir in
        "/lib /media/cdrom /media/floppy /media/usb /mnt /opt /run /srv /usr/lib /usr/local/bin /usr/sbin /usr/share \
                /var/cache /var/lib /var/log /var/spool /etc/apk /usr/local/lib /usr/local/share"
            .split_whitespace()
    {
        disk.add_dir(dir, date);
    }
    sticky(&mut disk, "/var/tmp", date);
    disk.add_symlink("/var/run", "../run", date);
    disk.add_program("/sbin/apk", "not-simulated", date);
    disk.add_program("/usr/bin/getent", "getent", date);
    let branch: Vec<&str> = full.split('.').take(2).collect();
    disk.add_file("/etc/alpine-release", format!("{full}\n"), 0o644, date);
    disk.add_file(
        "/etc/os-release",
        format!(
            "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID={full}\nPRETTY_NAME=\"Alpine Linux v{}\"\n\
             HOME_URL=\"https://alpinelinux.org/\"\nBUG_REPORT_URL=\"https://gitlab.alpinelinux.org/alpine/aports/-/issues\"\n",
            branch.join(".")
        ),
        0o644,
        date,
    );
    disk.add_file("/etc/shells", "# valid login shells\n/bin/sh\n/bin/ash\n", 0o644, date);
    disk.add_file("/etc/hostname", "localhost\n", 0o644, date);
    disk.add_file(
        "/etc/issue",
        format!("Welcome to Alpine Linux {}\nKernel \\r on an \\m (\\l)\n\n", branch.join(".")),
        0o644,
        date,
    );
    disk.add_file("/etc/motd", "Welcome to Alpine!\n", 0o644, date);
    disk
}

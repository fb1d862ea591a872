//! Debian's (and Ubuntu's) base system: the slim images have nothing else.

use machine::Disk;
use sim::Time;

use super::tree::{programs, sticky, system};

/// One release.
pub(super) struct Release {
    /// `debian` or `ubuntu`.
    pub id: &'static str,
    /// Such as `12`.
    pub number: &'static str,
    /// Such as `12.11`.
    pub point: &'static str,
    /// Such as `bookworm`.
    pub codename: &'static str,
    /// Whether `/bin` is a link to `/usr/bin`.
    pub merged: bool,
}

/// The releases that images are made of, oldest first.
pub(super) const RELEASES: &[Release] = &[
    Release { id: "debian", number: "8", point: "8.11", codename: "jessie", merged: false },
    Release { id: "debian", number: "9", point: "9.8", codename: "stretch", merged: false },
    Release { id: "debian", number: "10", point: "10.13", codename: "buster", merged: false },
    Release { id: "debian", number: "11", point: "11.11", codename: "bullseye", merged: false },
    Release { id: "debian", number: "12", point: "12.11", codename: "bookworm", merged: true },
    Release { id: "debian", number: "13", point: "13.1", codename: "trixie", merged: true },
    Release { id: "ubuntu", number: "14.04", point: "14.04", codename: "trusty", merged: false },
    Release { id: "ubuntu", number: "16.04", point: "16.04", codename: "xenial", merged: false },
    Release { id: "ubuntu", number: "18.04", point: "18.04", codename: "bionic", merged: false },
    Release { id: "ubuntu", number: "20.04", point: "20.04", codename: "focal", merged: true },
    Release { id: "ubuntu", number: "22.04", point: "22.04", codename: "jammy", merged: true },
    Release { id: "ubuntu", number: "24.04", point: "24.04", codename: "noble", merged: true },
];

/// The release of this codename; Debian 12 if there is none.
pub(super) fn release(codename: &str) -> &'static Release {
    RELEASES.iter().find(|release| release.codename == codename).unwrap_or(&RELEASES[4])
}

/// `/bin` of every Debian.
const BIN: &str = "bash cat chgrp chmod chown cp date dd df echo egrep false fgrep grep gunzip gzip hostname ln ls mkdir mktemp more mount \
                   mv pwd readlink rm rmdir sed sleep sync tar touch true uname zcat";
/// `/usr/bin` of every Debian.
const USR_BIN: &str = "[ arch awk base64 basename chroot clear cmp comm cut diff dirname du env expand expr fallocate find fold getent groups head id link \
                       md5sum mkfifo nice nl nohup nproc od paste printenv printf realpath rev seq sha1sum sha256sum shuf sort split stat su tac \
                       tail tee test timeout tr truncate tty unexpand uniq unlink wc which whoami xargs yes";
/// What is there but not simulated.
const NOT_SIMULATED: &str = "apt apt-get dpkg perl useradd usermod groupadd passwd umount lsblk join tsort csplit pr \
                             sha224sum sha384sum sha512sum b2sum cksum sum factor numfmt ptx stdbuf mknod install logger script";

/// The directories of a root file system in Debian's order of `ls`.
const DIRS: &str = "/boot /etc /home /media /mnt /opt /proc /root /run /srv /sys /usr/bin /usr/games /usr/include /usr/lib \
                    /usr/local/bin /usr/local/etc /usr/local/lib /usr/local/sbin /usr/local/share /usr/sbin /usr/share \
                    /usr/src /var/backups /var/cache /var/lib /var/local /var/log /var/mail /var/opt /var/spool /etc/init.d \
                    /etc/apt /etc/profile.d /etc/ssl /etc/skel /etc/default";

pub(super) const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
sync:x:4:65534:sync:/bin:/bin/sync
games:x:5:60:games:/usr/games:/usr/sbin/nologin
man:x:6:12:man:/var/cache/man:/usr/sbin/nologin
lp:x:7:7:lp:/var/spool/lpd:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
news:x:9:9:news:/var/spool/news:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
backup:x:34:34:backup:/var/backups:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
_apt:x:42:65534::/nonexistent:/usr/sbin/nologin
";

pub(super) const GROUP: &str = "root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
lp:x:7:
mail:x:8:
man:x:12:
sudo:x:27:
www-data:x:33:
backup:x:34:
shadow:x:42:
staff:x:50:
games:x:60:
users:x:100:
nogroup:x:65534:
";

fn os_release(release: &Release) -> String {
    if release.id == "ubuntu" {
        let name = match release.codename {
            "trusty" => "14.04.6 LTS, Trusty Tahr",
            "xenial" => "16.04.7 LTS (Xenial Xerus)",
            "bionic" => "18.04.6 LTS (Bionic Beaver)",
            "focal" => "20.04.6 LTS (Focal Fossa)",
            "noble" => "24.04.3 LTS (Noble Numbat)",
            _ => "22.04.5 LTS (Jammy Jellyfish)",
        };
        let pretty = name.split(" (").next().unwrap_or(name);
        return format!(
            "PRETTY_NAME=\"Ubuntu {pretty}\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"{}\"\nVERSION=\"{name}\"\n\
             VERSION_CODENAME={}\nID=ubuntu\nID_LIKE=debian\nHOME_URL=\"https://www.ubuntu.com/\"\n\
             SUPPORT_URL=\"https://help.ubuntu.com/\"\nBUG_REPORT_URL=\"https://bugs.launchpad.net/ubuntu/\"\n\
             UBUNTU_CODENAME={}\n",
            release.number, release.codename, release.codename
        );
    }
    format!(
        "PRETTY_NAME=\"Debian GNU/Linux {number} ({codename})\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"{number}\"\n\
         VERSION=\"{number} ({codename})\"\nVERSION_CODENAME={codename}\nID=debian\nHOME_URL=\"https://www.debian.org/\"\n\
         SUPPORT_URL=\"https://www.debian.org/support\"\nBUG_REPORT_URL=\"https://bugs.debian.org/\"\n",
        number = release.number,
        codename = release.codename
    )
}

/// The base system of a release.
pub(super) fn base(release: &Release, date: Time) -> Disk {
    let mut disk = Disk::new(date);
    for dir in DIRS.split_whitespace() {
        disk.add_dir(dir, date);
    }
    let (bin, sbin) = if release.merged { ("/usr/bin", "/usr/sbin") } else { ("/bin", "/sbin") };
    if release.merged {
        disk.add_dir("/usr/lib64", date);
        for name in ["bin", "lib", "lib64", "sbin"] {
            disk.add_symlink(&format!("/{name}"), &format!("usr/{name}"), date);
        }
    } else {
        for dir in ["/bin", "/lib", "/lib64", "/sbin"] {
            disk.add_dir(dir, date);
        }
    }
    programs(&mut disk, bin, BIN, date);
    programs(&mut disk, "/usr/bin", USR_BIN, date);
    for name in NOT_SIMULATED.split_whitespace() {
        disk.add_program(&format!("/usr/bin/{name}"), "not-simulated", date);
    }
    disk.add_program(&format!("{bin}/dash"), "sh", date);
    disk.add_symlink(&format!("{bin}/sh"), "dash", date);
    disk.add_symlink(&format!("{bin}/rbash"), "bash", date);
    disk.add_dir(sbin, date);
    system(&mut disk, date);
    sticky(&mut disk, "/tmp", date);
    sticky(&mut disk, "/var/tmp", date);
    disk.add_symlink("/var/run", "/run", date);
    disk.add_symlink("/var/lock", "/run/lock", date);
    sticky(&mut disk, "/run/lock", date);
    disk.set_mode("/root", 0o700);
    for (path, text) in [
        ("/etc/passwd", PASSWD),
        ("/etc/group", GROUP),
        (
            "/etc/shells",
            "# /etc/shells: valid login shells\n/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/rbash\n/bin/dash\n",
        ),
        ("/etc/nsswitch.conf", "passwd:         files\ngroup:          files\nhosts:          files dns\n"),
        ("/etc/issue", if release.id == "ubuntu" { "Ubuntu \\n \\l\n\n" } else { "Debian GNU/Linux \\n \\l\n\n" }),
        ("/etc/profile", "# /etc/profile: system-wide .profile file for the Bourne shell (sh(1))\n"),
        ("/etc/bash.bashrc", "# System-wide .bashrc file for interactive bash(1) shells.\n"),
        ("/etc/host.conf", "multi on\n"),
        ("/etc/fstab", "# UNCONFIGURED FSTAB FOR BASE SYSTEM\n"),
        ("/root/.bashrc", "# ~/.bashrc: executed by bash(1) for non-login shells.\n"),
        ("/root/.profile", "# ~/.profile: executed by Bourne-compatible login shells.\n"),
    ] {
        disk.add_file(path, text, 0o644, date);
    }
    let version = if release.id == "ubuntu" { "bookworm/sid" } else { release.point };
    disk.add_file("/etc/debian_version", format!("{version}\n"), 0o644, date);
    disk.add_file("/usr/lib/os-release", os_release(release), 0o644, date);
    disk.add_symlink("/etc/os-release", "../usr/lib/os-release", date);
    disk.add_file("/etc/shadow", "root:*:17000:0:99999:7:::\n", 0o640, date);
    disk
}

//! The trees of the two computers: the student's, and the node.

use machine::{Device, Disk};
use sim::Time;

use super::debian::{base, release};
use super::tree::programs;

/// What both have beyond a base system.
const NETWORK: &str = "curl ping ip ifconfig arp";

const BASHRC: &str = r"# ~/.bashrc: executed by bash(1) for non-login shells.
alias ls='ls --color=auto'
alias grep='grep --color=auto'
alias ll='ls -alF'
alias la='ls -A'
alias l='ls -CF'
";

fn person(disk: &mut Disk, name: &str, bashrc: &str, now: Time) {
    let home = format!("/home/{name}");
    disk.add_dir(&home, now);
    disk.add_file(&format!("{home}/.bashrc"), bashrc, 0o644, now);
    disk.add_file(
        &format!("{home}/.profile"),
        "# ~/.profile: executed by the command interpreter for login shells.\n",
        0o644,
        now,
    );
    for path in ["", "/.bashrc", "/.profile"] {
        disk.set_owner(&format!("{home}{path}"), 1000, 1000);
    }
    let passwd = format!("{name}:x:1000:1000:{name},,,:{home}:/bin/bash\n");
    let group = format!("{name}:x:1000:\ndocker:x:999:{name}\n");
    for (file, line) in [("passwd", passwd), ("group", group)] {
        let _ = disk.write(&["etc", file], now, |bytes| bytes.extend_from_slice(line.as_bytes()));
    }
}

/// The outside computer: Debian with kubectl and minikube, a person `student`, and two editors.
///
/// `kubectl` and `minikube` are programs the host registers ([`machine::Kernel::register`]).
pub fn laptop(now: Time) -> Disk {
    workstation(Some("student"), "laptop", now)
}

/// The computer `controlplane` of public scenarios, on which people are root: the laptop's programs, and `k` for kubectl.
pub fn control_plane(now: Time) -> Disk {
    let mut disk = workstation(None, "controlplane", now);
    // What is there on such a machine, and lives on the node here, or nowhere.
    for name in ["kubeadm", "kubelet", "etcdctl", "etcdutl", "ctr", "containerd", "podman", "apt-cache", "gpg"] {
        disk.add_program(&format!("/usr/bin/{name}"), "not-simulated", now);
    }
    programs(&mut disk, "/usr/bin", "crictl", now);
    let aliases = BASHRC.split_once('\n').map_or("", |(_, aliases)| aliases);
    let _ = disk.write(&["root", ".bashrc"], now, |bytes| {
        bytes.extend_from_slice(format!("{aliases}alias k=kubectl\n").as_bytes());
    });
    disk
}

/// Debian with the programs that lessons type, and the home of a person who may become root if there is one.
fn workstation(person_name: Option<&str>, hostname: &str, now: Time) -> Disk {
    let mut disk = base(release("bookworm"), now);
    programs(&mut disk, "/usr/bin", NETWORK, now);
    programs(
        &mut disk,
        "/usr/bin",
        "ps kill pgrep pkill free uptime top strings bc column envsubst lsof netstat nsenter route ss telnet hexdump hd jq openssl xxd less vi vim nano wget nslookup dig host tree file traceroute nc watch tput stty base64 man",
        now,
    );
    programs(&mut disk, "/usr/local/bin", "kubectl minikube", now);
    for name in [
        "docker", "git", "scp", "python3", "helm", "tcpdump", "yq", "unzip", "zip", "rsync", "iptables", "socat",
        "make", "gcc", "node", "npm", "go", "java", "crontab",
    ] {
        disk.add_program(&format!("/usr/bin/{name}"), "not-simulated", now);
    }
    programs(&mut disk, "/usr/bin", "sudo systemctl journalctl ssh", now);
    if let Some(name) = person_name {
        person(&mut disk, name, &format!("{BASHRC}alias k=kubectl\n"), now);
        disk.add_file(&format!("/etc/sudoers.d/{name}"), format!("{name} ALL=(ALL) NOPASSWD: ALL\n"), 0o644, now);
    }
    let hosts = format!("127.0.0.1\tlocalhost\n127.0.1.1\t{hostname}\n");
    for (path, text) in [
        ("/etc/hostname", &*format!("{hostname}\n")),
        ("/etc/hosts", &hosts),
        ("/etc/resolv.conf", "nameserver 192.168.0.1\n"),
    ] {
        disk.add_file(path, text, 0o644, now);
    }
    disk
}

/// The node, as minikube's `kicbase` makes it: Ubuntu with docker, without kubectl and editors.
pub fn node(now: Time) -> Disk {
    let mut disk = base(release("jammy"), now);
    programs(&mut disk, "/usr/bin", NETWORK, now);
    programs(
        &mut disk,
        "/usr/bin",
        "ps kill pgrep pkill free uptime top column hexdump lsof netstat nsenter route ss jq less nc openssl watch nslookup docker sudo systemctl journalctl crictl",
        now,
    );
    for name in [
        "iptables",
        "iptables-save",
        "ip6tables",
        "ipvsadm",
        "ssh",
        "conntrack",
        "sysctl",
        "tcpdump",
        "dmesg",
        "modprobe",
        "kubeadm",
        "kubelet",
        "ethtool",
        "nft",
    ] {
        disk.add_program(&format!("/usr/bin/{name}"), "not-simulated", now);
    }
    person(&mut disk, "docker", BASHRC, now);
    for (path, text) in [
        ("/etc/hostname", "minikube\n"),
        (
            "/etc/hosts",
            "127.0.0.1\tlocalhost\n192.168.49.2\tminikube\n192.168.49.1\thost.minikube.internal\n192.168.49.2\t\
             control-plane.minikube.internal\n",
        ),
        ("/etc/resolv.conf", "nameserver 192.168.49.1\n"),
        ("/var/lib/kubelet/config.yaml", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"),
        ("/etc/sudoers.d/docker", "docker ALL=(ALL) NOPASSWD: ALL\n"),
        ("/kind/version", "v20250815-36f61a64\n"),
    ] {
        disk.add_file(path, text, 0o644, now);
    }
    for (file, user) in [
        ("admin", "kubernetes-admin"),
        ("super-admin", "kubernetes-super-admin"),
        ("controller-manager", "system:kube-controller-manager"),
        ("scheduler", "system:kube-scheduler"),
        ("kubelet", "system:node:minikube"),
    ] {
        disk.add_file(&format!("/etc/kubernetes/{file}.conf"), kubeconfig(user), 0o600, now);
    }
    for dir in [
        "/data",
        "/var/lib/docker",
        "/var/lib/minikube",
        "/etc/kubernetes/manifests",
        "/tmp/hostpath-provisioner",
        "/tmp/hostpath_pv",
    ] {
        disk.add_dir(dir, now);
    }
    for path in ["/run/docker.sock", "/run/containerd/containerd.sock", "/run/cri-dockerd.sock"] {
        disk.add_device(path, Device::Socket, now);
        disk.set_mode(path, 0o660);
        disk.set_owner(path, 0, 999);
    }
    disk.set_mode("/tmp/hostpath-provisioner", 0o755);
    disk.set_mode("/tmp", 0o1777);
    disk
}

/// A kubeconfig of the node's, as kubeadm writes it, without keys.
fn kubeconfig(user: &str) -> String {
    format!(
        "# The certificates of this user are not simulated.\napiVersion: v1\nclusters:\n- cluster:\n    certificate-authority: \
         /var/lib/minikube/certs/ca.crt\n    server: https://control-plane.minikube.internal:8443\n  name: mk\ncontexts:\n- \
         context:\n    cluster: mk\n    user: {user}\n  name: {user}@mk\ncurrent-context: {user}@mk\nkind: Config\nusers:\n- \
         name: {user}\n  user: {{}}\n"
    )
}

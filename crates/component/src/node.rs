//! The node's machine as the kubelet, kube-proxy and the volume provisioner use it.
//!
//! The cluster owns no machine and no network: a host implements [`Node`] (in this project `playground`, with containers on
//! simulated computers; in the tests of `cluster`, a small stand-in).

use std::net::Ipv4Addr;

use sim::{Duration, Time};

pub use apiserver::ContainerId;

/// What a Pod's sandbox needs to know.
#[derive(Clone, PartialEq, Debug)]
pub struct Sandbox {
    /// The Pod's namespace.
    pub namespace: String,
    /// The Pod's name.
    pub pod: String,
    /// The Pod's uid.
    pub uid: String,
    /// The containers' host name.
    pub hostname: String,
    /// Whether the host name is the full one, with the domain (`setHostnameAsFQDN`).
    pub full_hostname: bool,
    /// Whether the Pod shares the node's network (then its address is the node's).
    pub host_network: bool,
    /// The domain in which the host name is known to the Pod (`subdomain`); empty for none.
    pub domain: String,
    /// Lines of `/etc/hosts` beside the Pod's own: an address and its names.
    pub host_aliases: Vec<(String, Vec<String>)>,
    /// Where its containers' names are looked up.
    pub dns: Dns,
    /// Ports that the node opens for its containers.
    pub host_ports: Vec<HostPort>,
}

/// What `/etc/resolv.conf` of a Pod's containers is made from (pkg/kubelet/network/dns/dns.go).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dns {
    /// Where servers and domains come from, by `dnsPolicy`.
    pub from: DnsFrom,
    /// `dnsConfig`: further servers.
    pub servers: Vec<String>,
    /// Further domains to search.
    pub searches: Vec<String>,
    /// Further options, which go before those of the same name.
    pub options: Vec<(String, String)>,
}

/// Which servers and domains a Pod starts from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DnsFrom {
    /// The cluster's.
    #[default]
    Cluster,
    /// The node's.
    Node,
    /// None.
    Nothing,
}

/// A port that the node opens for a container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostPort {
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The address it is open at; `None` for all of the node's.
    pub address: Option<Ipv4Addr>,
    /// The node's port.
    pub port: u16,
    /// The container's.
    pub container_port: u16,
}

/// A mount of a container.
#[derive(Clone, PartialEq, Debug)]
pub struct Mount {
    /// The path in the container.
    pub path: String,
    /// What is mounted there.
    pub source: MountSource,
    /// Whether the container may not write.
    pub read_only: bool,
}

/// What a [`Mount`] shows.
#[derive(Clone, PartialEq, Debug)]
pub enum MountSource {
    /// A folder (or file) of the node; made as a folder where it is missing.
    NodePath(String),
    /// An `emptyDir`: a folder that lives as long as the Pod.
    EmptyDir {
        /// The volume's name.
        volume: String,
        /// The folder or file of it that is shown; empty for all.
        sub_path: String,
        /// How many bytes it may hold, where it is memory (`medium: Memory`); no more than the node has.
        memory: Option<u64>,
    },
    /// Files whose content the kubelet writes: ConfigMap, Secret, downward API, service account token. They live as long as the
    /// Pod, and [`Node::write_volume`] replaces them.
    Files {
        /// The volume's name.
        volume: String,
        /// Its kind, as paths on the node have it: `configmap`.
        kind: &'static str,
        /// The file or folder that is shown as it is now, whatever the volume becomes; empty for all.
        sub_path: String,
        /// What the volume holds from now on; `None` to leave it as it is.
        files: Option<Vec<VolumeFile>>,
        /// The size of the memory it is of (tmpfs), no more than the node has; `None` for a disk.
        memory: Option<u64>,
    },
    /// The files of an image.
    Image {
        /// The image as the manifest names it.
        reference: String,
        /// The folder or file of it that is shown; empty for all.
        sub_path: String,
    },
}

/// A file whose content the kubelet writes.
#[derive(Clone, PartialEq, Debug)]
pub struct VolumeFile {
    /// The path in the volume: `token`, or `deep/er/x.txt`.
    pub path: String,
    /// The content.
    pub content: Vec<u8>,
    /// Its permission bits.
    pub mode: u32,
    /// The owner's uid.
    pub owner: u32,
}

/// What is at a path of the node, after following links.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeFile {
    /// A folder.
    Directory,
    /// A regular file.
    File,
    /// A character device.
    CharDevice,
    /// A socket.
    Socket,
}

/// Why a container did not start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StartError {
    /// The container that was made and could not be started.
    pub id: ContainerId,
    /// The runtime's words: `exec: "foo": executable file not found in $PATH: unknown`.
    pub message: String,
}

/// A container to start.
#[derive(Clone, PartialEq, Debug)]
pub struct ContainerSpec {
    /// The Pod's uid.
    pub pod_uid: String,
    /// The container's name in the Pod.
    pub name: String,
    /// The image as the manifest names it.
    pub image: String,
    /// `command`, empty for the image's entrypoint.
    pub command: Vec<String>,
    /// `args`, empty for the image's command.
    pub args: Vec<String>,
    /// The environment, in order, with service variables first.
    pub env: Vec<(String, String)>,
    /// `workingDir`, empty for the image's.
    pub working_dir: String,
    /// The mounts.
    pub mounts: Vec<Mount>,
    /// `stdin`: its standard input stays open.
    pub stdin: bool,
    /// `stdinOnce`: its standard input ends with the first who attached.
    pub stdin_once: bool,
    /// `tty`
    pub tty: bool,
    /// `terminationMessagePath`: where the container may leave a word about its end.
    pub termination_message_path: String,
    /// How often the container was restarted before.
    pub restart_count: u32,
    /// User, groups and capabilities that it runs with.
    pub security: Security,
    /// `resources.limits.memory`, in bytes.
    pub memory_limit: Option<u64>,
    /// `resources.limits.cpu`, in thousandths of a processor.
    pub cpu_limit: Option<i64>,
}

/// What of a container's and its Pod's `securityContext` a runtime acts on.
/// <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Security {
    /// `runAsUser`; the image's, if there is none.
    pub user: Option<u32>,
    /// `runAsGroup`
    pub group: Option<u32>,
    /// `supplementalGroups`
    pub groups: Vec<u32>,
    /// `supplementalGroupsPolicy: Strict`: the groups that the image's `/etc/group` gives the user do not count.
    pub strict_groups: bool,
    /// `fsGroup`: who the Pod's volumes belong to, besides.
    pub fs_group: Option<u32>,
    /// `readOnlyRootFilesystem`
    pub read_only_root: bool,
    /// `privileged`
    pub privileged: bool,
    /// `capabilities.add`
    pub adds: Vec<String>,
    /// `capabilities.drop`
    pub drops: Vec<String>,
    /// Not `allowPrivilegeEscalation`.
    pub no_new_privileges: bool,
    /// Whether `seccompProfile` names a profile.
    pub seccomp: bool,
}

/// An image on the node.
#[derive(Clone, PartialEq, Debug)]
pub struct ImageInfo {
    /// `docker.io/library/nginx:1.14.2`, as `status.containerStatuses[].image` shows it for this runtime.
    pub canonical: String,
    /// `docker-pullable://nginx@sha256:…`
    pub image_id: String,
    /// In bytes.
    pub size: u64,
    /// The user of its configuration: a name, a number, or empty for root.
    pub user: String,
}

/// An account at a registry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// The registry's host, with its port.
    pub server: String,
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Whether an image is on the node, or how it gets there.
#[derive(Clone, PartialEq, Debug)]
pub enum Pull {
    /// It is there already.
    Present(ImageInfo),
    /// It can be pulled, which takes this long.
    Takes(Duration, ImageInfo),
    /// The pull fails; the text is the runtime's error, as events show it.
    Fails(String),
}

/// What a container is doing.
#[derive(Clone, PartialEq, Debug)]
pub enum ContainerState {
    /// Its first process runs.
    Running,
    /// Its first process ended.
    Exited {
        /// The exit code; 128 + signal when it was killed.
        code: i32,
        /// The time at which it ended.
        at: Time,
    },
    /// The kernel killed it for want of memory.
    OutOfMemory {
        /// The time at which it ended.
        at: Time,
    },
}

/// What a container uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Load {
    /// For how long its programs have computed since it started, on one processor.
    pub computed: Duration,
    /// What it keeps busy beside that, in thousandths of a processor.
    pub busy: u64,
    /// Bytes of memory.
    pub memory: u64,
}

/// Names a command that runs in a container.
pub type CommandId = u64;

/// The state of a command in a container.
#[derive(Clone, PartialEq, Debug)]
pub enum CommandState {
    /// It runs.
    Running,
    /// It ended.
    Exited {
        /// The exit code; 128 + signal when it was killed.
        code: i32,
        /// The beginning of what it wrote to its standard output and error.
        output: String,
    },
}

/// A probe over the network, as the kubelet sends it.
#[derive(Clone, PartialEq, Debug)]
pub enum Probe {
    /// GET to the Pod's address.
    HttpGet {
        /// The port.
        port: u16,
        /// The path.
        path: String,
    },
    /// A TCP connection to the Pod's address.
    TcpSocket {
        /// The port.
        port: u16,
    },
}

/// One Service port as kube-proxy programs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceRule {
    /// `default/my-nginx`, with `:port-name` where there is one.
    pub service: String,
    /// The ClusterIP; `None` for a headless Service (then there is no rule).
    pub cluster_ip: Ipv4Addr,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The Service's port.
    pub port: u16,
    /// The node port, if any.
    pub node_port: Option<u16>,
    /// The ready endpoints.
    pub endpoints: Vec<(Ipv4Addr, u16)>,
    /// `sessionAffinity: ClientIP`.
    pub client_affinity: bool,
    /// Addresses from outside that are answered for: `externalIPs`, and a load balancer's.
    pub external: Vec<Ipv4Addr>,
    /// `externalTrafficPolicy: Local`: who comes by the node keeps the source address.
    pub keeps_source: bool,
}

/// What NetworkPolicies make of a Pod's traffic. A direction without rules is open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PodFilter {
    /// The Pod: `default/web-0`.
    pub pod: String,
    /// Who may connect to it.
    pub ingress: Option<PolicyRules>,
    /// Where it may connect to.
    pub egress: Option<PolicyRules>,
}

/// The rules of one direction: what none of them allows is dropped.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PolicyRules {
    /// The NetworkPolicies that isolate the Pod: `default/deny-all`.
    pub policies: Vec<String>,
    /// What they allow.
    pub allowed: Vec<PolicyRule>,
}

/// What a rule of a NetworkPolicy allows: these peers, at these ports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyRule {
    /// The policy.
    pub policy: String,
    /// The other side; `None` for anybody.
    pub peers: Option<Vec<PolicyPeer>>,
    /// The destination's ports; `None` for all.
    pub ports: Option<Vec<PolicyPort>>,
}

/// Somebody a Pod may talk with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PolicyPeer {
    /// A Pod, by its address, whenever it has one: `default/web-0`.
    Pod(String),
    /// A range of addresses (an address and how many of its bits count), less some of it.
    Block((Ipv4Addr, u8), Vec<(Ipv4Addr, u8)>),
}

/// Ports that a rule allows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyPort {
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The first port.
    pub first: u16,
    /// The last one.
    pub last: u16,
}

/// A node's machine, as Kubernetes' agents on it use it: container runtime, network rules, folders.
pub trait Node {
    /// Whether an image is on the node, how long a pull takes, or why it fails. Pulls nothing itself.
    /// `accounts` are tried at a registry that needs one.
    fn pull_image(&mut self, image: &str, accounts: &[Account]) -> Pull;

    /// How many images are on the node.
    fn image_count(&self) -> usize {
        0
    }

    /// The images that are on the node, the largest first: their names, by digest and by tag, and their size.
    fn images(&self) -> Vec<(Vec<String>, u64)> {
        Vec::new()
    }

    /// Marks an image as present (the kubelet calls it when the pull's time has passed).
    fn image_pulled(&mut self, image: &str);

    /// Makes a Pod's sandbox and gives it an address.
    ///
    /// # Errors
    /// When the node's range has no free address; the text is the runtime's.
    fn create_sandbox(&mut self, sandbox: &Sandbox) -> Result<Ipv4Addr, String>;

    /// Starts a container in its Pod's sandbox.
    ///
    /// # Errors
    /// The container that was made, and why it does not run.
    fn start_container(&mut self, spec: &ContainerSpec) -> Result<ContainerId, StartError>;

    /// Replaces the files of a Pod's volume all at once, if they differ (`AtomicWriter`), as containers see them that mount all
    /// of it; those that mount a file or a folder of it keep theirs. With a group that the Pod's volumes belong to.
    fn write_volume(&mut self, pod_uid: &str, volume: &str, files: &[VolumeFile], fs_group: Option<u32>);

    /// How many bytes a Pod's `emptyDir` holds; 0 for one that was not made.
    fn volume_usage(&self, pod_uid: &str, volume: &str) -> u64;

    /// How many bytes a container has written to its own layer and its log.
    fn container_usage(&self, id: &str) -> u64;

    /// How many bytes are on the node's disk: in its own files, and in those of all containers and volumes of Pods, even of Pods
    /// that have ended.
    fn disk_usage(&self) -> (u64, u64);

    /// What a container uses of processors and memory; nothing for one that does not run.
    fn container_load(&self, id: &str) -> Load;

    /// A regular file's content in a container's tree, whether the container runs or has ended; `None` if there is no such file.
    fn container_file(&self, id: &str, path: &str) -> Option<Vec<u8>>;

    /// What a container is doing; `None` for one that was removed.
    fn container_state(&self, id: &str) -> Option<ContainerState>;

    /// Sends the stop signal; after `grace`, the host kills it. The end shows in [`Node::container_state`].
    fn stop_container(&mut self, id: &str, grace: Duration);

    /// Changes what a running container may use: bytes of memory, thousandths of a processor.
    fn resize_container(&mut self, id: &str, memory: Option<u64>, cpu: Option<i64>);

    /// Removes an ended container with its own files and log.
    fn remove_container(&mut self, id: &str);

    /// Removes a Pod's sandbox, its containers and its `emptyDir`s; its address becomes free.
    fn remove_sandbox(&mut self, pod_uid: &str);

    /// Sends a probe over the network now. `Err` says why it failed, in the kubelet's words.
    ///
    /// # Errors
    /// The probe's failure.
    fn probe(&mut self, pod_ip: Ipv4Addr, probe: &Probe) -> Result<(), String>;

    /// Starts a command in a running container. It stays the container's until [`Node::end_command`].
    ///
    /// # Errors
    /// The runtime's message, when the command cannot start.
    fn start_command(&mut self, container: &str, command: &[String]) -> Result<CommandId, String>;

    /// The state of a command; `None` when its container ended.
    fn command_state(&self, id: CommandId) -> Option<CommandState>;

    /// Forgets a command, and kills it if it still runs.
    fn end_command(&mut self, id: CommandId);

    /// The container's log so far, a line an entry: time, text without line end.
    fn container_log(&self, id: &str) -> Vec<(Time, String)>;

    /// Makes a folder on the node, with its parents, open to all (the hostPath provisioner).
    fn make_directory(&mut self, path: &str);

    /// What is at a path of the node; `None` if there is nothing.
    fn node_file(&self, path: &str) -> Option<NodeFile>;

    /// Makes an empty file on the node, mode 0644. Not its folder: false when that is missing.
    fn make_file(&mut self, path: &str) -> bool;

    /// Removes a folder of the node with all it holds.
    fn remove_directory(&mut self, path: &str);

    /// The Pods that files in the node's folder of static Pods describe, in the files' order. Files that describe none are left out.
    fn static_pods(&mut self) -> Vec<serde_json::Value> {
        Vec::new()
    }

    /// Replaces the addresses, besides its own, that the node answers for on its network. Gives those that are new.
    fn announce(&mut self, addresses: &[Ipv4Addr]) -> Vec<Ipv4Addr> {
        let _ = addresses;
        Vec::new()
    }

    /// A certificate for a request, both in PEM, that the owner of the authority's certificate has signed; `None` where nobody
    /// signs, or when the request cannot be read.
    fn sign(&self, authority: &str, request: &str, usages: &[&str], validity: (Time, Time)) -> Option<String> {
        let _ = (authority, request, usages, validity);
        None
    }

    /// Replaces what the network plugin filters; `None` if nothing filters.
    fn sync_filters(&mut self, filters: Option<Vec<PodFilter>>) {
        let _ = filters;
    }

    /// Replaces all NAT rules that kube-proxy owns.
    fn sync_services(&mut self, rules: &[ServiceRule]);
}

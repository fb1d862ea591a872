//! The checks of the standards Baseline and Restricted, as k8s.io/pod-security-admission/policy has them.

use api::path;
use serde_json::Value;

use super::{Level, Policy};

/// What a Pod has that it may not.
pub(super) struct Violation {
    pub(super) reason: &'static str,
    pub(super) detail: String,
}

pub(super) fn containers(spec: &Value) -> Vec<&Value> {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    lists.into_iter().flat_map(|list| path::list(spec, list)).collect()
}

/// A Pod's specification, its containers, and the violations found so far.
struct Check<'a> {
    pub(super) spec: &'a Value,
    pub(super) containers: Vec<&'a Value>,
    pub(super) found: Vec<Violation>,
}

impl<'a> Check<'a> {
    pub(super) fn add(&mut self, reason: &'static str, detail: String) {
        self.found.push(Violation { reason, detail });
    }

    /// The names of the containers that are so.
    pub(super) fn named(&self, bad: impl Fn(&'a Value) -> bool) -> Vec<&'a str> {
        self.containers.iter().copied().filter(|one| bad(one)).map(|one| path::str(one, "name")).collect()
    }

    /// A violation of containers, if some are so.
    pub(super) fn of_containers(&mut self, reason: &'static str, bad: impl Fn(&'a Value) -> bool, must: &str) {
        let named = self.named(bad);
        if !named.is_empty() {
            self.add(reason, format!("{} {must}", those(&named)));
        }
    }

    /// A violation of the Pod's own security context, or of containers'.
    pub(super) fn of_contexts(&mut self, reason: &'static str, bad: impl Fn(&'a Value) -> bool, must: &str) -> bool {
        let named = self.named(|one| bad(&one["securityContext"]));
        let mut setters: Vec<String> = Vec::new();
        if bad(&self.spec["securityContext"]) {
            setters.push("pod".to_owned());
        }
        if !named.is_empty() {
            setters.push(those(&named));
        }
        if setters.is_empty() {
            return false;
        }
        self.add(reason, format!("{} {must}", setters.join(" and ")));
        true
    }

    /// The values that a field of the security contexts has and may not have.
    pub(super) fn values(&self, field: &str, bad: impl Fn(&str) -> bool) -> Vec<&'a str> {
        let contexts = self.containers.iter().map(|one| &one["securityContext"]);
        let all = std::iter::once(&self.spec["securityContext"]).chain(contexts);
        distinct(all.filter_map(|context| path::get(context, field).as_str()).filter(|text| bad(text)))
    }
}

fn distinct<'a>(items: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = items.collect();
    sim::order::sort_texts(&mut all);
    all.dedup();
    all
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<String>>().join(", ")
}

fn plural(count: usize, one: &'static str, more: &'static str) -> &'static str {
    if count == 1 { one } else { more }
}

fn those(containers: &[&str]) -> String {
    format!("{} {}", plural(containers.len(), "container", "containers"), quoted(containers))
}

/// What of a Pod, or of a template, a policy forbids: first what Baseline does, then what Restricted does.
pub(super) fn violations(policy: Policy, pod: &Value) -> Vec<Violation> {
    let spec = &pod["spec"];
    let mut check = Check { spec, containers: containers(spec), found: Vec::new() };
    if policy.level == Level::Privileged {
        return Vec::new();
    }
    baseline(policy, pod, &mut check);
    if policy.level == Level::Restricted {
        restricted(policy, &mut check);
    }
    check.found
}

const DEFAULT_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
/// Kernel parameters that concern the Pod alone, and since which minor version they are allowed.
const SYSCTLS: &[(u32, &str)] = &[
    (0, "kernel.shm_rmid_forced"),
    (0, "net.ipv4.ip_local_port_range"),
    (0, "net.ipv4.tcp_syncookies"),
    (0, "net.ipv4.ping_group_range"),
    (0, "net.ipv4.ip_unprivileged_port_start"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_keepalive_time"),
    (29, "net.ipv4.tcp_fin_timeout"),
    (29, "net.ipv4.tcp_keepalive_intvl"),
    (29, "net.ipv4.tcp_keepalive_probes"),
    (32, "net.ipv4.tcp_rmem"),
    (32, "net.ipv4.tcp_wmem"),
];

/// The checks of Baseline, in the order of their names; those that Restricted has in a form of its own are left to it.
fn baseline(policy: Policy, pod: &Value, check: &mut Check) {
    let spec = check.spec;
    let restricted = policy.level == Level::Restricted;
    app_armor(pod, check);
    if !(restricted && policy.minor >= 22) {
        let bad = |capability: &str| !DEFAULT_CAPABILITIES.contains(&capability);
        added_capabilities("non-default capabilities", bad, check);
    }
    let shared = ["hostNetwork", "hostPID", "hostIPC"].into_iter().filter(|field| path::bool(spec, field));
    let shared: Vec<String> = shared.map(|field| format!("{field}=true")).collect();
    if !shared.is_empty() {
        check.add("host namespaces", shared.join(", "));
    }
    let volumes = path::list(spec, "volumes").iter().filter(|volume| volume["hostPath"].is_object());
    let volumes: Vec<&str> = volumes.map(|volume| path::str(volume, "name")).collect();
    if !volumes.is_empty() && !restricted {
        check.add("hostPath volumes", format!("{} {}", plural(volumes.len(), "volume", "volumes"), quoted(&volumes)));
    }
    host_ports(check);
    if policy.minor >= 34 {
        probe_hosts(check);
    }
    let privileged = |one: &Value| path::bool(one, "securityContext.privileged");
    check.of_containers("privileged", privileged, "must not set securityContext.privileged=true");
    if !(has_user_namespace(policy, spec) || restricted && policy.minor >= 35) {
        proc_mount(check);
    }
    se_linux(policy, check);
    if !(restricted && policy.minor >= 19) {
        seccomp_set(check);
    }
    let known = |name: &str| SYSCTLS.iter().any(|(since, known)| *known == name && policy.minor >= *since);
    let names = path::list(spec, "securityContext.sysctls").iter().map(|one| path::str(one, "name"));
    let names: Vec<&str> = names.filter(|name| !known(name)).collect();
    if !names.is_empty() {
        check.add("forbidden sysctls", names.join(", "));
    }
    let host = |context: &Value| path::bool(context, "windowsOptions.hostProcess");
    check.of_contexts("hostProcess", host, "must not set securityContext.windowsOptions.hostProcess=true");
}

/// Whether the users of the Pod's containers are nobody on the node, so that less is forbidden.
fn has_user_namespace(policy: Policy, spec: &Value) -> bool {
    policy.minor >= 35 && spec["hostUsers"] == false
}

fn proc_mount(check: &mut Check) {
    let unmasked = |one: &Value| !matches!(path::str(one, "securityContext.procMount"), "" | "Default");
    check.of_containers("procMount", unmasked, "must not set securityContext.procMount to \"Unmasked\"");
}

fn app_armor(pod: &Value, check: &mut Check) {
    let annotations = pod["metadata"]["annotations"].as_object();
    let of_annotations: Vec<String> = annotations
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.starts_with("container.apparmor.security.beta.kubernetes.io/"))
        .filter_map(|(name, value)| Some((name, value.as_str()?)))
        .filter(|(_, value)| !matches!(*value, "" | "runtime/default") && !value.starts_with("localhost/"))
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .collect();
    let bad = |kind: &str| !matches!(kind, "" | "RuntimeDefault" | "Localhost");
    let values = check.values("appArmorProfile.type", bad);
    let reason =
        plural(values.len() + of_annotations.len(), "forbidden AppArmor profile", "forbidden AppArmor profiles");
    let must = format!("must not set AppArmor profile type to {}", quoted(&values));
    let set = check.of_contexts(reason, |context| bad(path::str(context, "appArmorProfile.type")), &must);
    match check.found.last_mut().filter(|_| set) {
        _ if of_annotations.is_empty() => {}
        Some(last) => last.detail = format!("{}, {}", of_annotations.join(", "), last.detail),
        None => check.add(reason, of_annotations.join(", ")),
    }
}

fn host_ports(check: &mut Check) {
    let ports = |one: &Value| -> Vec<String> {
        let ports = path::list(one, "ports").iter().filter_map(|port| path::int(port, "hostPort"));
        ports.filter(|port| *port != 0).map(|port| port.to_string()).collect()
    };
    let named = check.named(|one| !ports(one).is_empty());
    if named.is_empty() {
        return;
    }
    let all: Vec<String> = check.containers.iter().flat_map(|one| ports(one)).collect();
    let all = distinct(all.iter().map(String::as_str));
    let (use_, ports) = (plural(named.len(), "uses", "use"), plural(all.len(), "hostPort", "hostPorts"));
    check.add("hostPort", format!("{} {use_} {ports} {}", those(&named), all.join(", ")));
}

fn probe_hosts(check: &mut Check) {
    let hosts = |one: &Value| -> Vec<String> {
        let handlers = ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop"];
        let all = handlers.into_iter().flat_map(|handler| {
            ["httpGet", "tcpSocket"].map(|kind| path::str(&path::get(one, handler)[kind], "host").to_owned())
        });
        all.filter(|host| !host.is_empty()).collect()
    };
    let named = distinct(check.named(|one| !hosts(one).is_empty()).into_iter());
    if named.is_empty() {
        return;
    }
    let all: Vec<String> = check.containers.iter().flat_map(|one| hosts(one)).collect();
    let all = distinct(all.iter().map(String::as_str));
    let use_ = plural(named.len(), "uses", "use");
    let what = plural(all.len(), "probe or lifecycle host", "probe or lifecycle hosts");
    check.add("probe or lifecycle host", format!("{} {use_} {what} {}", those(&named), quoted(&all)));
}

fn se_linux(policy: Policy, check: &mut Check) {
    let bad_type = |kind: &str| match kind {
        "" | "container_t" | "container_init_t" | "container_kvm_t" => false,
        "container_engine_t" => policy.minor < 31,
        _ => true,
    };
    let types = check.values("seLinuxOptions.type", bad_type);
    let mut wrong = Vec::new();
    if !types.is_empty() {
        wrong.push(format!("{} {}", plural(types.len(), "type", "types"), quoted(&types)));
    }
    for field in ["user", "role"] {
        if !check.values(&format!("seLinuxOptions.{field}"), |text| !text.is_empty()).is_empty() {
            wrong.push(format!("{field} may not be set"));
        }
    }
    let bad = |context: &Value| {
        let option = |field: &str| path::str(&context["seLinuxOptions"], field);
        bad_type(option("type")) || !option("user").is_empty() || !option("role").is_empty()
    };
    let must = format!("set forbidden securityContext.seLinuxOptions: {}", wrong.join("; "));
    check.of_contexts("seLinuxOptions", bad, &must);
}

/// Capabilities that containers add and may not.
fn added_capabilities(reason: &'static str, bad: impl Fn(&str) -> bool, check: &mut Check) {
    if let Some(detail) = forbidden_capabilities(bad, check) {
        check.add(reason, detail);
    }
}

fn forbidden_capabilities(bad: impl Fn(&str) -> bool, check: &Check) -> Option<String> {
    let added = |one: &Value| {
        let all = path::list(one, "securityContext.capabilities.add").to_vec();
        all.into_iter()
            .filter_map(|name| name.as_str().filter(|name| bad(name)).map(str::to_owned))
            .collect::<Vec<String>>()
    };
    let named = check.named(|one| !added(one).is_empty());
    if named.is_empty() {
        return None;
    }
    let all: Vec<String> = check.containers.iter().flat_map(|one| added(one)).collect();
    let all = quoted(&distinct(all.iter().map(String::as_str)));
    Some(format!("{} must not include {all} in securityContext.capabilities.add", those(&named)))
}

fn allowed_seccomp(kind: &str) -> bool {
    matches!(kind, "RuntimeDefault" | "Localhost")
}

/// Whether somebody sets a seccomp profile that is not allowed.
fn seccomp_set(check: &mut Check) -> bool {
    let bad = |kind: &str| !allowed_seccomp(kind);
    let values = check.values("seccompProfile.type", bad);
    let must = format!("must not set securityContext.seccompProfile.type to {}", quoted(&values));
    let set = |context: &Value| context["seccompProfile"].is_object() && bad(path::str(context, "seccompProfile.type"));
    check.of_contexts("seccompProfile", set, &must)
}

fn restricted(policy: Policy, check: &mut Check) {
    let spec = check.spec;
    if policy.minor >= 8 {
        let may = |one: &Value| one["securityContext"]["allowPrivilegeEscalation"] != false;
        let must = "must set securityContext.allowPrivilegeEscalation=false";
        check.of_containers("allowPrivilegeEscalation != false", may, must);
    }
    if policy.minor >= 22 {
        let keeps =
            |one: &Value| !path::list(one, "securityContext.capabilities.drop").iter().any(|name| name == "ALL");
        let keeping = check.named(keeps);
        let mut details = Vec::new();
        if !keeping.is_empty() {
            details.push(format!("{} must set securityContext.capabilities.drop=[\"ALL\"]", those(&keeping)));
        }
        details.extend(forbidden_capabilities(|name| name != "NET_BIND_SERVICE", check));
        if !details.is_empty() {
            check.add("unrestricted capabilities", details.join("; "));
        }
    }
    if policy.minor >= 35 {
        proc_mount(check);
    }
    restricted_volumes(check);
    let as_nobody = has_user_namespace(policy, spec);
    if !as_nobody {
        let refuses = |context: &Value| context["runAsNonRoot"] == false;
        if !check.of_contexts("runAsNonRoot != true", refuses, "must not set securityContext.runAsNonRoot=false") {
            let set = |context: &Value| context["runAsNonRoot"] == true;
            unset("runAsNonRoot != true", set, "must set securityContext.runAsNonRoot=true", check);
        }
    }
    if policy.minor >= 23 && !as_nobody {
        check.of_contexts("runAsUser=0", |context| context["runAsUser"] == 0, "must not set runAsUser=0");
    }
    if policy.minor >= 19 && !seccomp_set(check) {
        let set = |context: &Value| allowed_seccomp(path::str(context, "seccompProfile.type"));
        let must = "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"";
        unset("seccompProfile", set, must, check);
    }
}

/// Containers that neither set something themselves nor have it from the Pod.
fn unset(reason: &'static str, set: impl Fn(&Value) -> bool, must: &str, check: &mut Check) {
    let named = check.named(|one| !set(&one["securityContext"]));
    if !named.is_empty() && !set(&check.spec["securityContext"]) {
        check.add(reason, format!("pod or {} {must}", those(&named)));
    }
}

fn restricted_volumes(check: &mut Check) {
    const ALLOWED: &[&str] = &[
        "name",
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];
    let volumes = path::list(check.spec, "volumes").iter().filter_map(Value::as_object);
    let bad = volumes.filter_map(|volume| {
        let kind = volume.keys().find(|kind| !ALLOWED.contains(&kind.as_str()))?;
        Some((volume.get("name").and_then(Value::as_str).unwrap_or_default(), kind.as_str()))
    });
    let (names, kinds): (Vec<&str>, Vec<&str>) = bad.unzip();
    if names.is_empty() {
        return;
    }
    let kinds = distinct(kinds.into_iter());
    let (volume, use_) = (plural(names.len(), "volume", "volumes"), plural(names.len(), "uses", "use"));
    let what = plural(kinds.len(), "restricted volume type", "restricted volume types");
    check.add("restricted volume types", format!("{volume} {} {use_} {what} {}", quoted(&names), quoted(&kinds)));
}

//! What a pull of a name gives: an image of one of the two tables, or dockerd's error.

use machine::{Signal, User};
use sim::Duration;

use super::families::{FAMILIES, Family};
use super::stand_ins::{self, StandIn};
use super::{Image, PullError, Reference, Tree, nginx};

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What the tables say of an image.
enum Known {
    Family(&'static Family),
    StandIn(StandIn),
}

/// Registries that answer, beside Docker Hub.
const REGISTRIES: &str = "registry.k8s.io k8s.gcr.io gcr.io quay.io ghcr.io mcr.microsoft.com public.ecr.aws registry.gitlab.com \
                          registry.example.com mirror.gcr.io docker.elastic.co nvcr.io us-docker.pkg.dev registry.access.redhat.com";

/// What nginx's moving tags stand for.
fn nginx_version(tag: &str) -> String {
    const LAST_PATCH: [(u32, u32); 10] =
        [(20, 2), (21, 6), (22, 1), (23, 4), (24, 0), (25, 5), (26, 3), (27, 5), (28, 0), (29, 3)];
    let (word, suffix) = tag.split_once('-').unwrap_or((tag, ""));
    let dashed = if suffix.is_empty() { String::new() } else { format!("-{suffix}") };
    match word {
        "latest" | "mainline" | "1" | "perl" | "bookworm" | "trixie" => format!("1.29.3{dashed}"),
        "stable" => format!("1.28.0{dashed}"),
        "alpine" => format!("1.29.3-alpine{dashed}"),
        number if number.matches('.').count() == 1 => {
            let minor = nginx::minor(number).0;
            let patch = LAST_PATCH.iter().find(|(known, _)| *known == minor).map_or(2, |(_, patch)| *patch);
            format!("{number}.{patch}{dashed}")
        }
        _ => tag.to_owned(),
    }
}

fn digest(what: &str) -> String {
    format!("sha256:{}", digest::sha256_hex(what.as_bytes()))
}

/// The name under which the tables have a repository: registries mirror each other, and some moved.
pub(super) fn canonical(reference: &Reference) -> String {
    const MOVED: [(&str, &str); 8] = [
        ("k8s.gcr.io/", "registry.k8s.io/"),
        ("gcr.io/google-containers/", "registry.k8s.io/"),
        ("gcr.io/google_containers/", "registry.k8s.io/"),
        ("gcr.io/google_samples/", "gcr.io/google-samples/"),
        ("us-docker.pkg.dev/google-samples/containers/gke/", "gcr.io/google-samples/"),
        ("public.ecr.aws/docker/", "docker.io/"),
        ("public.ecr.aws/nginx/", "docker.io/library/"),
        ("mirror.gcr.io/", "docker.io/"),
    ];
    let full = format!("{}/{}", reference.registry, reference.repository);
    if full == "registry.k8s.io/coredns" {
        return "registry.k8s.io/coredns/coredns".to_owned();
    }
    if reference.registry == super::private::REGISTRY {
        let name = reference.repository.rsplit('/').next().unwrap_or_default();
        return format!("docker.io/library/{name}");
    }
    match MOVED.iter().find_map(|(old, new)| Some((full.strip_prefix(old)?, new))) {
        Some((rest, new)) => format!("{new}{rest}"),
        None => full,
    }
}

/// Whether the tables have a repository.
pub(super) fn has(repository: &str) -> bool {
    FAMILIES.iter().any(|family| family.repository == repository) || stand_ins::find(repository).is_some()
}

/// The image of a name, or dockerd's error.
pub(super) fn find(reference: &Reference) -> Result<Image, PullError> {
    let full = canonical(reference);
    let familiar = reference.familiar();
    let suffix = reference.suffix();
    let not_found = |reason: &str| {
        PullError::NotFound(format!(
            "Error response from daemon: manifest for {familiar}{suffix} not found: {reason}: {reason}"
        ))
    };
    let known = match FAMILIES.iter().find(|family| family.repository == full) {
        Some(family) => Some(Known::Family(family)),
        None => stand_ins::find(&full).map(Known::StandIn),
    };
    let Some(known) = known else {
        return Err(match reference.registry.as_str() {
            "docker.io" => PullError::Denied(format!(
                "Error response from daemon: pull access denied for {familiar}, repository does not exist or may require \
                 'docker login': denied: requested access to the resource is denied"
            )),
            registry if REGISTRIES.split_whitespace().any(|known| known == registry) => not_found("manifest unknown"),
            // A registry of the node's own is asked without https; there is none.
            registry if matches!(registry.split(':').next(), Some("localhost" | "127.0.0.1")) => {
                let port = registry.split_once(':').map_or("80", |(_, port)| port);
                PullError::NoRegistry(format!(
                    "Error response from daemon: Get \"http://{registry}/v2/\": dial tcp 127.0.0.1:{port}: connect: connection \
                     refused"
                ))
            }
            registry => PullError::NoRegistry(format!(
                "Error response from daemon: Get \"https://{registry}/v2/\": dial tcp: lookup {} on 192.168.49.1:53: no such \
                 host",
                registry.split(':').next().unwrap_or(registry)
            )),
        });
    };
    let tag = reference.tag.as_deref().unwrap_or("latest");
    let (has_tag, megabytes) = match &known {
        Known::Family(family) => (family.tags.has(tag), family.megabytes),
        Known::StandIn(stand_in) => (stand_in.has(tag), stand_in.megabytes),
    };
    if !has_tag {
        return Err(not_found("manifest unknown"));
    }
    let is_nginx = full == "docker.io/library/nginx";
    let version = if is_nginx { nginx_version(tag) } else { tag.trim_start_matches('v').to_owned() };
    // Tags that move share what they point to with the tag they point to.
    let what = format!("{full}:{version}");
    let repo_digest = digest(&what);
    if reference.digest.as_ref().is_some_and(|wanted| *wanted != repo_digest) && reference.tag.is_some() {
        return Err(not_found("manifest unknown"));
    }
    let mut size = megabytes.max(1) * 1_000_000 + u64::from_str_radix(&repo_digest[7..12], 16).unwrap_or(0);
    if version.contains("alpine") || version.contains("slim") {
        size = size * 2 / 5;
    } else if is_nginx && nginx::minor(&version) <= (16, 9) {
        size = 109_129_446;
    }
    if megabytes == 0 {
        size = 10_072;
    }
    let image = Image {
        name: format!("{}/{}{suffix}", reference.registry, reference.repository),
        familiar: format!("{familiar}{suffix}"),
        id: digest(&format!("{what} configuration")),
        digest: reference.digest.clone().unwrap_or(repo_digest),
        size,
        pull: Duration::from_millis(1_300 + size / 60_000),
        entrypoint: Vec::new(),
        cmd: Vec::new(),
        env: vec![("PATH".to_owned(), PATH.to_owned())],
        working_dir: String::new(),
        user: User::root(),
        stop_signal: Signal::Terminate,
        ports: Vec::new(),
        tree: Tree::StandIn,
        version,
    };
    Ok(match known {
        Known::Family(family) => of_family(image, family, is_nginx),
        Known::StandIn(stand_in) => of_stand_in(image, &stand_in),
    })
}

/// The rest of an image whose programs run here.
fn of_family(mut image: Image, family: &Family, is_nginx: bool) -> Image {
    if family.repository.ends_with("/httpd") {
        image.env[0].1 = format!("/usr/local/apache2/bin:{PATH}");
    }
    if is_nginx {
        let number = image.version.split('-').next().unwrap_or("").to_owned();
        image.env.push(("NGINX_VERSION".to_owned(), number));
    }
    image.env.extend(family.env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    image.entrypoint = words(family.entrypoint);
    if is_nginx && nginx::has_entrypoint(&image.version) {
        image.entrypoint = vec!["/docker-entrypoint.sh".to_owned()];
    }
    if family.repository.starts_with("registry.k8s.io/") && image.entrypoint.is_empty() && family.cmd.is_empty() {
        let name = family.repository.rsplit('/').next().unwrap_or("");
        image.entrypoint = vec![name.to_owned()];
    }
    if family.quit && nginx::has_entrypoint(&image.version) {
        image.stop_signal = Signal::Quit;
    }
    image.user = family.user.map_or_else(User::root, |(name, uid)| User {
        name: name.to_owned(),
        uid,
        gid: uid,
        groups: Vec::new(),
        home: if uid == 65535 { "/".to_owned() } else { format!("/home/{name}") },
        ..User::root()
    });
    image.cmd = words(family.cmd);
    image.working_dir = family.dir.to_owned();
    image.ports = family.ports.to_vec();
    image.tree = Tree::Built(family.build);
    image
}

/// The rest of an image that stands in.
fn of_stand_in(mut image: Image, stand_in: &StandIn) -> Image {
    image.entrypoint.clone_from(&stand_in.entrypoint);
    image.cmd.clone_from(&stand_in.cmd);
    image.working_dir = stand_in.dir().to_owned();
    image.ports.clone_from(&stand_in.ports);
    if let Some(uid) = stand_in.uid {
        image.user =
            User { name: uid.to_string(), uid, gid: 0, groups: Vec::new(), home: "/".to_owned(), ..User::root() };
    }
    image
}

#[cfg(test)]
mod tests {
    #[test]
    fn tags_are_plausible_ones() {
        let has = |name: &str| super::super::lookup(name).is_ok();
        for good in [
            "nginx:1.7.9",
            "nginx:1.16.1",
            "nginx:1.27",
            "nginx:1.25-alpine",
            "nginx:stable-alpine",
            "nginx:1.21.6-alpine",
            "nginx:alpine",
            "nginx:latest",
            "busybox:1.28",
            "busybox:1.36.1-glibc",
            "alpine:3.20",
            "alpine:3.19.1",
            "ubuntu:22.04",
            "debian:12-slim",
            "debian:bookworm-slim",
            "redis:7.2-alpine",
            "mysql:8.0",
            "mysql:5.7",
            "postgres:16-alpine",
            "python:3.12-slim",
            "node:20-alpine3.19",
            "registry.k8s.io/coredns/coredns:v1.12.1",
            "registry.k8s.io/kube-proxy:v1.36.2",
            "gcr.io/k8s-minikube/storage-provisioner:v5",
            "httpd:2.4",
            "hello-world",
            "curlimages/curl",
        ] {
            assert!(has(good), "{good}");
        }
        for bad in [
            "nginx:1.161",
            "nginx:9.9",
            "nginx:1.14.2.3",
            "nginx:v1.14",
            "busybox:2",
            "alpine:4.0",
            "ubuntu:19.10x",
            "redis:99",
        ] {
            assert!(!has(bad), "{bad}");
        }
        for name in super::super::stand_ins::all() {
            let image = super::super::lookup(&format!("{name}:nosuch"));
            assert!(matches!(image, Err(super::PullError::NotFound(_))), "{name}");
        }
        let same =
            |a: &str, b: &str| super::super::lookup(a).unwrap().digest == super::super::lookup(b).unwrap().digest;
        assert!(same("nginx", "nginx:1.29.3") && !same("nginx", "nginx:1.14.2"));
    }

    /// Whether what a container of an image starts is there.
    fn starts(name: &str) -> bool {
        let image = super::super::lookup(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let disk = image.disk();
        let program = image.entrypoint.first().or(image.cmd.first()).cloned().unwrap_or_default();
        let path = image.env.iter().find(|(name, _)| name == "PATH").map_or("", |(_, path)| path);
        let places: Vec<String> = match program.strip_prefix("./") {
            Some(program) => vec![format!("{}/{program}", image.working_dir)],
            None if program.starts_with('/') => vec![program],
            None => path.split(':').map(|dir| format!("{dir}/{program}")).collect(),
        };
        places.iter().any(|place| {
            let mut names: Vec<String> = place.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            if let Some(machine::Content::Symlink(target)) = disk.get(&names[..1]).map(|inode| &inode.content) {
                names.splice(..1, target.split('/').map(str::to_owned));
            }
            disk.get(&names).is_some()
        })
    }

    #[test]
    fn every_image_has_what_it_starts() {
        let mut wrong = Vec::new();
        for family in super::FAMILIES {
            let tag = match family.tags {
                super::super::tags::Tags::Versions { words, .. } => words.split(' ').next().unwrap_or("latest"),
                super::super::tags::Tags::Any => "latest",
            };
            let name = format!("{}:{tag}", family.repository);
            if !starts(&name) {
                wrong.push(name);
            }
        }
        for name in super::super::stand_ins::all() {
            let tag = super::super::stand_ins::some_tag(&name);
            if !starts(&format!("{name}:{tag}")) {
                wrong.push(name);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join(" "));
    }

    #[test]
    fn a_registry_of_the_node_is_asked_without_https() {
        let error = super::super::lookup("localhost:5000/app").unwrap_err().to_string();
        assert!(
            error.ends_with("Get \"http://localhost:5000/v2/\": dial tcp 127.0.0.1:5000: connect: connection refused"),
            "{error}"
        );
    }
}

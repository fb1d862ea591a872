//! Container images: which there are, how they are named, and the tree of files each starts a container with.
//!
//! Here: [`lookup`] (what a pull of a name gives, or dockerd's error), [`Image`], and the trees of the two computers
//! ([`laptop`], [`node`]). Not here: pulling itself (that is the node's kubelet) and running.

mod busybox;
mod catalogue;
mod computers;
mod debian;
mod families;
mod nginx;
pub mod private;
mod reference;
mod services;
mod stand_ins;
mod tags;
mod tree;

use std::cell::RefCell;
use std::collections::BTreeMap;

use machine::{Disk, Signal, User};
use sim::{Duration, Time};
use thiserror::Error;

pub use computers::{control_plane, laptop, node};
pub(crate) use nginx::{has_entrypoint as nginx_has_entrypoint, minor as nginx_minor};
pub use reference::Reference;
pub(crate) use stand_ins::StandIn;

/// Where a container leaves a word about its end; the kubelet mounts an empty file there, open to all.
pub const TERMINATION_LOG: &str = "/dev/termination-log";

/// An image as a pull gives it: the fields of its configuration and where its tree comes from.
#[derive(Clone, Debug)]
pub struct Image {
    /// The full name, such as `docker.io/library/nginx:1.14.2`.
    pub name: String,
    /// The short name that docker shows, such as `nginx:1.14.2`.
    pub familiar: String,
    /// The manifest's digest, `sha256:...`: made from the name, so it is the same in every world.
    pub digest: String,
    /// The configuration's digest: what docker calls the image's ID.
    pub id: String,
    /// Bytes when unpacked, as `docker images` and the kubelet's event show.
    pub size: u64,
    /// How long a pull takes on this world's line.
    pub pull: Duration,
    /// `ENTRYPOINT`.
    pub entrypoint: Vec<String>,
    /// `CMD`.
    pub cmd: Vec<String>,
    /// `ENV`, with `PATH`.
    pub env: Vec<(String, String)>,
    /// `WORKDIR`, else `/`.
    pub working_dir: String,
    /// `USER`, else root.
    pub user: User,
    /// `STOPSIGNAL`, else SIGTERM.
    pub stop_signal: Signal,
    /// `EXPOSE`, TCP.
    pub ports: Vec<u16>,
    tree: Tree,
    /// The tag's version, for the tree.
    pub(crate) version: String,
}

/// Where an image's tree of files comes from.
#[derive(Clone, Copy, Debug)]
enum Tree {
    /// It is made so for a version.
    Built(fn(&str) -> Disk),
    /// It is that of the line of the stand-ins.
    StandIn,
}

impl Image {
    fn built(&self) -> Disk {
        let mut disk = match self.tree {
            Tree::Built(build) => build(&self.version),
            Tree::StandIn => stand_in(&self.name).map_or_else(|| Disk::new(Time::default()), |line| line.tree()),
        };
        disk.add_file(TERMINATION_LOG, Vec::new(), 0o666, Time::default());
        disk
    }

    /// `nginx@sha256:...`, as a container's `imageID` has it after `docker-pullable://`.
    pub fn repo_digest(&self) -> String {
        let repository = self.familiar.split('@').next().unwrap_or("");
        let slash = repository.rfind('/').map_or(0, |at| at + 1);
        let end = repository[slash..].rfind(':').map_or(repository.len(), |at| slash + at);
        format!("{}@{}", &repository[..end], self.digest)
    }

    /// The tree of files that a container starts with: give [`Disk::container_layer`] of it to each.
    ///
    /// It is built once an image and then shared.
    pub fn disk(&self) -> Disk {
        thread_local! {
            static BUILT: RefCell<BTreeMap<String, Disk>> = const { RefCell::new(BTreeMap::new()) };
        }
        BUILT.with(|built| {
            let mut built = built.borrow_mut();
            built.entry(self.name.clone()).or_insert_with(|| self.built()).clone()
        })
    }
}

/// What stands in for the software of an image, if something does. `name` is the image's full name, with its tag.
pub(crate) fn stand_in(name: &str) -> Option<StandIn> {
    let reference = Reference::parse(name).ok()?;
    stand_ins::find(&catalogue::canonical(&reference))
}

/// Whether the repository of a name is one of the catalogue's, whatever its tag.
pub fn has_repository(name: &str) -> bool {
    Reference::parse(name).is_ok_and(|reference| catalogue::has(&catalogue::canonical(&reference)))
}

/// How many repositories the catalogue has.
pub fn count() -> usize {
    families::FAMILIES.len() + stand_ins::count()
}

/// Why a name gives no image, in the words that a kubelet on Docker reports.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum PullError {
    /// The name cannot be read; the kubelet's reason is `InvalidImageName`.
    #[error("{0}")]
    InvalidName(String),
    /// The registry has no such repository, or wants a login.
    #[error("{0}")]
    Denied(String),
    /// The repository has no such tag.
    #[error("{0}")]
    NotFound(String),
    /// There is no such registry.
    #[error("{0}")]
    NoRegistry(String),
}

/// What a pull of `name` gives. Any plausible tag of the images in the catalogue is known; everything else fails as it
/// does with dockerd.
pub fn lookup(name: &str) -> Result<Image, PullError> {
    let reference = Reference::parse(name).map_err(PullError::InvalidName)?;
    catalogue::find(&reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_docker_finds_them() {
        for (name, full, familiar) in [
            ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
            ("nginx:1.14.2", "docker.io/library/nginx:1.14.2", "nginx:1.14.2"),
            ("docker.io/library/nginx:1.27-alpine", "docker.io/library/nginx:1.27-alpine", "nginx:1.27-alpine"),
            ("busybox:1.28", "docker.io/library/busybox:1.28", "busybox:1.28"),
            ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"),
            ("k8s.gcr.io/echoserver:1.4", "k8s.gcr.io/echoserver:1.4", "k8s.gcr.io/echoserver:1.4"),
        ] {
            let image = lookup(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((image.name.as_str(), image.familiar.as_str()), (full, familiar));
            assert_eq!(image.digest.len(), "sha256:".len() + 64);
            assert!(image.pull > Duration::ZERO && image.size > 0);
        }
        let image = lookup("nginx:1.14.2").unwrap();
        assert_eq!(image.repo_digest(), format!("nginx@{}", image.digest));
        assert_eq!(image.digest, lookup("docker.io/nginx:1.14.2").unwrap().digest);
        let pinned = lookup(&format!("nginx@{}", image.digest)).unwrap();
        assert_eq!(pinned.repo_digest(), image.repo_digest());
    }

    #[test]
    fn what_is_not_there_fails_in_dockers_words() {
        for (name, error) in [
            (
                "nosuch",
                "Error response from daemon: pull access denied for nosuch, repository does not exist or may require \
                 'docker login': denied: requested access to the resource is denied",
            ),
            (
                "someone/app:1",
                "Error response from daemon: pull access denied for someone/app, repository does not exist or may \
                 require 'docker login': denied: requested access to the resource is denied",
            ),
            (
                "nginx:nosuch",
                "Error response from daemon: manifest for nginx:nosuch not found: manifest unknown: manifest unknown",
            ),
            (
                "nginx:1.161",
                "Error response from daemon: manifest for nginx:1.161 not found: manifest unknown: manifest unknown",
            ),
            (
                "Nginx",
                "couldn't parse image name \"Nginx\": invalid reference format: repository name (library/Nginx) must \
                 be lowercase",
            ),
            ("nginx:", "couldn't parse image name \"nginx:\": invalid reference format"),
        ] {
            assert_eq!(lookup(name).map(|image| image.name).unwrap_err().to_string(), error, "{name}");
        }
    }

    #[test]
    fn containers_of_an_image_share_its_tree() {
        let disk = lookup("nginx:1.14.2").unwrap().disk();
        let names = |disk: &Disk| match disk.get::<&str>(&[]).map(|root| root.content.clone()) {
            Some(machine::Content::Directory(entries)) => entries.keys().map(ToString::to_string).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        assert_eq!(
            names(&disk).join(" "),
            "bin boot dev etc home lib lib64 media mnt opt proc root run sbin srv sys tmp usr var"
        );
        let recent = lookup("nginx").unwrap().disk();
        assert_eq!(
            names(&recent).join(" "),
            "bin boot dev docker-entrypoint.d docker-entrypoint.sh etc home lib lib64 media mnt opt proc root run sbin \
             srv sys tmp usr var"
        );
        for (path, there) in [
            (&["usr", "bin", "ping"][..], false),
            (&["bin", "ping"], false),
            (&["usr", "bin", "vi"], false),
            (&["bin", "ps"], false),
            (&["usr", "bin", "curl"], false),
            (&["bin", "bash"], true),
            (&["usr", "sbin", "nginx"], true),
        ] {
            assert_eq!(disk.get(path).is_some(), there, "{path:?}");
        }
        assert!(recent.get(&["usr", "bin", "curl"]).is_some());
        assert!(lookup("busybox").unwrap().disk().get(&["bin", "bash"]).is_none());
        assert!(disk.container_layer().changes().is_empty());
    }
}

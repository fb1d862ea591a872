//! Images on the node: what is there, and what a pull would give.

use std::cell::RefCell;
use std::collections::BTreeMap;

use cluster::node::{Account, ImageInfo, Pull};
use sim::Duration;
use userland::images::{self, Image, PullError, private};

use super::NodeRuntime;

/// This world's line is fast: a Pod of an ordinary image runs within two seconds, the first time as well.
const SLOWEST_PULL: Duration = Duration::from_millis(900);
const LINE: u32 = 4;
/// How many names are kept.
const MOST_KNOWN: usize = 64;

impl NodeRuntime<'_> {
    pub(super) fn pull(&mut self, image: &str, accounts: &[Account]) -> Pull {
        if private::is_of(image) {
            let mut mine = accounts.iter().filter(|account| account.server == private::REGISTRY).peekable();
            let known = mine.peek().is_some();
            if !mine.any(|account| account.user == private::USER && account.password == private::PASSWORD) {
                return Pull::Fails(private::refusal(image, known));
            }
        }
        match lookup(image) {
            Ok(found) => {
                let info = info(&found);
                if self.state.images.contains(&found.name) || is_preloaded(&found.name) {
                    Pull::Present(info)
                } else {
                    Pull::Takes((found.pull / LINE).min(SLOWEST_PULL), info)
                }
            }
            Err(error) => Pull::Fails(error.to_string()),
        }
    }

    pub(super) fn pulled(&mut self, image: &str) {
        if let Ok(found) = lookup(image) {
            self.state.images.insert(found.name);
        }
    }
}

/// The image of a name. Names are few and asked for often, so what they say is kept.
fn lookup(name: &str) -> Result<Image, PullError> {
    thread_local! {
        static KNOWN: RefCell<BTreeMap<String, Image>> = const { RefCell::new(BTreeMap::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(image) = known.get(name) {
            return Ok(image.clone());
        }
        let image = images::lookup(name)?;
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(name.to_owned(), image.clone());
        Ok(image)
    })
}

/// The full names of all images on a node: what was pulled, and what came with it.
pub(crate) fn on_node(node: &super::NodeState) -> Vec<String> {
    const CAME: [&str; 8] = [
        "registry.k8s.io/kube-apiserver:v1.36.2",
        "registry.k8s.io/kube-controller-manager:v1.36.2",
        "registry.k8s.io/kube-scheduler:v1.36.2",
        "registry.k8s.io/kube-proxy:v1.36.2",
        "registry.k8s.io/etcd:3.6.6-0",
        "registry.k8s.io/coredns/coredns:v1.13.1",
        "registry.k8s.io/pause:3.10.1",
        "gcr.io/k8s-minikube/storage-provisioner:v5",
    ];
    let mut all: Vec<String> = CAME.iter().map(|name| (*name).to_owned()).collect();
    all.extend(node.images.iter().filter(|name| !CAME.contains(&name.as_str())).cloned());
    all
}

/// The images of a node as the kubelet reports them, the largest first.
pub(super) fn sizes(node: &super::NodeState) -> Vec<(Vec<String>, u64)> {
    let found = on_node(node).into_iter().filter_map(|name| {
        let image = lookup(&name).ok()?;
        Some((vec![image.repo_digest(), image.familiar.clone()], image.size))
    });
    let mut found: Vec<(Vec<String>, u64)> = found.collect();
    sim::order::sort_by(&mut found, |(names, size), (others, other)| other.cmp(size).then_with(|| names.cmp(others)));
    found
}

/// minikube's preload holds what the system Pods need.
pub(crate) fn is_preloaded(name: &str) -> bool {
    const SYSTEM: [&str; 5] = [
        "registry.k8s.io/kube-",
        "registry.k8s.io/etcd:",
        "registry.k8s.io/coredns/",
        "registry.k8s.io/pause:",
        "gcr.io/k8s-minikube/storage-provisioner",
    ];
    SYSTEM.iter().any(|prefix| name.starts_with(prefix))
}

fn info(image: &Image) -> ImageInfo {
    ImageInfo {
        canonical: image.familiar.clone(),
        image_id: format!("docker-pullable://{}", image.repo_digest()),
        size: image.size,
        user: if image.user.uid == 0 { String::new() } else { image.user.name.clone() },
    }
}

/// The image a container is made from.
pub(super) fn find(image: &str) -> Option<Image> {
    lookup(image).ok()
}

//! The outside computer's own commands: kubectl, and minikube.

mod editor;
mod examples;
mod ingress_nginx;
mod kubectl;
mod metallb;
mod minikube;
mod network_plugins;
mod not_here;
mod proxy;
mod ssh;

use std::rc::Rc;

use ::machine::Kernel;

use crate::control::WeakShared;

/// What a cluster that kubeadm made has beside minikube's: a network plugin.
#[inline(never)]
pub(crate) fn install_network_plugin(world: &crate::control::Shared) {
    minikube::install_network_plugin(world, "calico");
}

/// Makes them known to the kernel: whoever has an executable of their name can run them.
pub(crate) fn register(kernel: &Kernel, world: &WeakShared) {
    kernel.register(kubectl::program(world.clone()));
    kernel.register(minikube::program(world.clone()));
    kernel.register(ssh::program(world.clone()));
    kernel.register(crate::node::coredns());
    kernel.register(crate::node::systemctl(world.clone()));
    kernel.register(crate::node::crictl(world.clone()));
    kernel.register(crate::node::journalctl(world.clone()));
    kernel.register(crate::node::api_server::program());
    kernel.register(crate::node::ingress::program());
    kernel.register(crate::node::ingress::certgen::program(world.clone()));
    kernel.set_backend(Rc::new(crate::node::ClusterBackend(world.clone())));
}

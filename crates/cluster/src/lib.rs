//! The control plane and the node's agents: API server, store, controllers, scheduler, kubelet, kube-proxy.

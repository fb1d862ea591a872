//! The components: their names, and how fast they are.

use std::time::Duration;

/// A component of the control plane or of the node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Component {
    /// The API server, for its own Service.
    ApiServer,
    /// Gives each namespace its `default` ServiceAccount.
    ServiceAccount,
    /// Gives each namespace the ConfigMap `kube-root-ca.crt`.
    RootCa,
    /// Empties namespaces that are being deleted.
    Namespace,
    /// Deployments to ReplicaSets.
    Deployment,
    /// ReplicaSets to Pods.
    ReplicaSet,
    /// ReplicationControllers to Pods.
    ReplicationController,
    /// StatefulSets to Pods and claims.
    StatefulSet,
    /// DaemonSets to Pods.
    DaemonSet,
    /// Jobs to Pods.
    Job,
    /// CronJobs to Jobs.
    CronJob,
    /// Services and Pods to EndpointSlices.
    EndpointSlice,
    /// Services and Pods to Endpoints.
    Endpoints,
    /// Claims to volumes.
    PersistentVolume,
    /// Makes volumes for claims of minikube's `standard` class.
    Provisioner,
    /// Keeps claims while Pods use them.
    PvcProtection,
    /// Keeps volumes while claims are bound to them.
    PvProtection,
    /// Makes claims for the ephemeral volumes of Pods.
    EphemeralVolume,
    /// Serves what CustomResourceDefinitions define.
    Definitions,
    /// Counts what disruption budgets allow.
    Disruption,
    /// Counts what is used of quotas.
    ResourceQuota,
    /// Scales by load.
    HorizontalPodAutoscaler,
    /// Removes what its owners no longer hold.
    GarbageCollector,
    /// Taints nodes that are not ready.
    NodeLifecycle,
    /// Removes the Pods of nodes that are gone.
    PodGc,
    /// Pods to nodes.
    Scheduler,
    /// Pods to containers.
    Kubelet,
    /// Services to NAT rules.
    Proxy,
    /// MetalLB: Services to addresses from outside.
    LoadBalancer,
    /// metrics-server: measures what containers use.
    MetricsServer,
    /// ingress-nginx: Ingresses to addresses.
    IngressNginx,
    /// Calico or another network plugin that acts on NetworkPolicies: policies to filters.
    NetworkPlugin,
    /// Approved certificate requests to certificates.
    CertificateSigner,
}

impl Component {
    /// Every component, in the order in which ties are broken.
    pub const ALL: [Component; 33] = [
        Component::ApiServer,
        Component::ServiceAccount,
        Component::RootCa,
        Component::Namespace,
        Component::Deployment,
        Component::ReplicaSet,
        Component::ReplicationController,
        Component::StatefulSet,
        Component::DaemonSet,
        Component::Job,
        Component::CronJob,
        Component::EndpointSlice,
        Component::Endpoints,
        Component::PersistentVolume,
        Component::Provisioner,
        Component::PvcProtection,
        Component::PvProtection,
        Component::EphemeralVolume,
        Component::Definitions,
        Component::Disruption,
        Component::ResourceQuota,
        Component::HorizontalPodAutoscaler,
        Component::GarbageCollector,
        Component::NodeLifecycle,
        Component::PodGc,
        Component::Scheduler,
        Component::Kubelet,
        Component::Proxy,
        Component::LoadBalancer,
        Component::MetricsServer,
        Component::IngressNginx,
        Component::NetworkPlugin,
        Component::CertificateSigner,
    ];

    /// The name in events and in Kubernetes' documentation.
    pub fn name(self) -> &'static str {
        match self {
            Component::ApiServer => "kube-apiserver",
            Component::ServiceAccount => "serviceaccount-controller",
            Component::RootCa => "root-ca-certificate-publisher-controller",
            Component::Namespace => "namespace-controller",
            Component::Deployment => "deployment-controller",
            Component::ReplicaSet => "replicaset-controller",
            Component::ReplicationController => "replication-controller",
            Component::StatefulSet => "statefulset-controller",
            Component::DaemonSet => "daemonset-controller",
            Component::Job => "job-controller",
            Component::CronJob => "cronjob-controller",
            Component::EndpointSlice => "endpoint-slice-controller",
            Component::Endpoints => "endpoint-controller",
            Component::PersistentVolume => "persistentvolume-controller",
            Component::Provisioner => "k8s.io/minikube-hostpath",
            Component::PvcProtection => "pvc-protection-controller",
            Component::PvProtection => "pv-protection-controller",
            Component::EphemeralVolume => "ephemeral_volume",
            Component::Definitions => "apiextensions-apiserver",
            Component::Disruption => "controllermanager",
            Component::ResourceQuota => "resourcequota-controller",
            Component::HorizontalPodAutoscaler => "horizontal-pod-autoscaler",
            Component::GarbageCollector => "garbage-collector",
            Component::NodeLifecycle => "node-controller",
            Component::PodGc => "pod-garbage-collector-controller",
            Component::Scheduler => "default-scheduler",
            Component::Kubelet => "kubelet",
            Component::Proxy => "kube-proxy",
            Component::LoadBalancer => "metallb-controller",
            Component::MetricsServer => "metrics-server",
            Component::IngressNginx => "nginx-ingress-controller",
            Component::NetworkPlugin => "calico-node",
            Component::CertificateSigner => "certificatesigningrequest-signing-controller",
        }
    }

    /// The manager of its writes in `metadata.managedFields`.
    pub fn field_manager(self) -> &'static str {
        match self {
            Component::Scheduler => "kube-scheduler",
            Component::Kubelet => "kubelet",
            Component::ApiServer | Component::Definitions => "kube-apiserver",
            Component::Provisioner => "storage-provisioner",
            _ => "kube-controller-manager",
        }
    }

    /// The time from a change to the reconcile that it causes.
    pub fn latency(self) -> Duration {
        Duration::from_millis(match self {
            Component::Scheduler => 3,
            Component::Kubelet => 8,
            Component::Proxy => 20,
            Component::Provisioner => 30,
            Component::EndpointSlice | Component::Endpoints => 10,
            Component::GarbageCollector => 10,
            _ => 5,
        })
    }

    /// The time that it is busy with one key.
    pub fn pace(self) -> Duration {
        Duration::from_micros(match self {
            Component::Scheduler => 1_000,
            _ => 500,
        })
    }
}

//! Where something is typed or happens.

/// A computer of the world.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// The outside computer.
    Laptop,
    /// The minikube node.
    Node,
    /// A container of a Pod.
    Container {
        /// The Pod's namespace.
        namespace: String,
        /// The Pod's name.
        pod: String,
        /// The container's name.
        container: String,
    },
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Laptop => f.write_str("laptop"),
            Place::Node => f.write_str("minikube"),
            Place::Container { pod, .. } => f.write_str(pod),
        }
    }
}

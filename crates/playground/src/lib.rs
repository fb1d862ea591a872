//! The world put together: a laptop, a minikube node and its cluster, with the session log, undo and forks.

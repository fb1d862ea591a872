//! The native `kube-playground`.
fn main() {}

//! Schema generator.
fn main() {}

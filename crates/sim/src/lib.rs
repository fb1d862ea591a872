//! Virtual time, seeded randomness and a deterministic executor.

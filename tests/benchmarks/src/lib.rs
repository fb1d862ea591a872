//! Benchmarks, in `benches/`. They print lines `budget NAME VALUE`, which `cargo xtask bench` holds against `budgets.toml`.

//! Virtual time, seeded randomness and a deterministic executor: the ground everything else stands on.
//!
//! Here: [`Time`], [`Rng`], [`Sim`] (clock, tasks, timers), [`Notify`], and [`SharedMap`], what states are made of.
//! Not here: anything that knows what is simulated. Nothing in this crate reads a wall clock, starts a thread or
//! iterates in an order that could differ between two runs: the same seed and the same inputs give the same bytes.

mod executor;
mod notify;
pub mod order;
mod random;
mod shared;
mod time;

pub use executor::{Sim, SimState, TaskId};
pub use notify::Notify;
pub use random::Rng;
pub use shared::{SharedMap, SharedQueue, SharedSet};
pub use std::time::Duration;
pub use time::{CivilTime, Time};

//! What Doorstep does: use cases that load, let `domain` decide and store, and the jobs that follow.

pub mod setup;

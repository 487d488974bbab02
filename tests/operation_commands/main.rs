//! The commands that change who has the feature, and those that stand in the way of it, through the binary on a flagd
//! file: what each does, what it refuses and why, and that a refused one leaves the flag as it was, to the byte.

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/past.rs"]
mod past;
#[path = "../fault_matrix/telemetry.rs"]
mod telemetry;
#[path = "../support/terminal.rs"]
mod terminal;

mod advance;
mod audit;
mod drift;
mod holds;
mod reduce;
mod rollback;
mod rollout;
mod terminal_advance;
mod two_people;

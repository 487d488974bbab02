//! Where the operations stand, by the log and by telemetry: what was rolled back and how far that is, what is held, paused
//! and asked for, what was seen and still stands.

mod actions;
mod deployed;
mod legacy;
mod polls;
mod procedure;
mod record;
#[path = "../support/scene.rs"]
mod scene;
mod seen;
mod signature;

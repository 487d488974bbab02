//! The guard: what it decides, and the binary that does it.

mod decisions;
mod demo;
mod news;
mod notices;
mod rolling;
mod watch;

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/faulty.rs"]
mod faulty;
#[path = "../support/past.rs"]
mod past;
#[path = "../support/scene.rs"]
mod scene;
#[path = "../support/unreliable_unleash.rs"]
mod unreliable_unleash;

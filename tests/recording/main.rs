//! Recording what the cockpit shows, and playing it again.
#![allow(missing_docs)]

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/scene.rs"]
mod scene;
#[path = "../support/terminal.rs"]
mod terminal;

mod cockpit;
mod film;
mod hostile;
mod round_trip;
mod writer;

//! Operations against stores and logs that fail in every way, and against each other. Time is paused: a hang costs nothing.

mod advance;
mod change;
mod log;
mod many;
mod people;
mod rollback;
mod start;
mod store;
mod world;

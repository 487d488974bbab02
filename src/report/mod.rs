//! What gonogo tells outside the screen: status JSON and text for people.

mod status;
mod tallies;
mod text;

pub use status::{SCHEMA, Status};
pub use text::text;

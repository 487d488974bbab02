//! What gonogo tells outside the screen: status and replay, as JSON and as text for people.

mod approvals;
mod changes;
mod replay;
mod standing;
mod status;
mod tallies;
mod text;
mod text_approvals;
mod text_standing;

pub use changes::{Change, What, changes};
pub use replay::{Asked, REPLAY_SCHEMA, Replay};
pub use status::{SCHEMA, Status};
pub use text::text;

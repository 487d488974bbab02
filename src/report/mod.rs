//! What gonogo tells outside the screen: status, replay and the report of a rollout.

mod approvals;
mod changes;
pub mod release;
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

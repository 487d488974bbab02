//! What can be entered into the audit log from the cockpit: the list, what each line asks for, and the entry that comes of
//! it. Pure.

mod choices;
mod entry;
pub mod polls;
mod told;

pub use choices::{Ask, Choice, Kind, OUTCOME, WHERE, choices};
pub use entry::{About, Deed, FileToAttach, Shows, by_hand, deed, name};
pub use polls::polls;
pub use told::{State, Told, answer};

//! What can be entered into the audit log from the cockpit: the list, what each line asks for, and the entry that comes of
//! it. Pure.

mod choices;
mod entry;
mod link;
pub mod polls;
mod told;

pub use choices::{Ask, Choice, Kind, OUTCOME, WHERE, choices};
pub use entry::{About, Deed, FileToAttach, by_hand, deed, name};
pub use link::{is_link, link};
pub use polls::polls;
pub use told::{State, Told, answer};

//! What can be entered into the audit log from the cockpit: the list, what each line asks for, and the entry that comes of
//! it. Pure.

mod choices;
mod entry;
mod told;

pub use choices::{Ask, Choice, Kind, choices};
pub use entry::{About, Deed, deed, name};
pub use told::{State, Told, answer};

//! Keys: the one table, the names that keys have, and the keymap that is in force.

mod command;
mod key;
mod keymap;
mod table;

pub use command::Command;
pub use key::Key;
pub use keymap::{Bound, Keymap, Kind};
pub use table::{BINDINGS, Binding, Does, During};

//! What the cockpit saw, kept in a file while it runs, and played again later: for a post-mortem, and for training.
//!
//! A recording is newline-delimited JSON, compressed with gzip: first a [`line::Header`], then one [`line::Line`] for each
//! thing that happened, in order. A poll says only what changed since the line before. From time to time one says
//! everything; it begins a gzip member of its own, so that a player can begin there. What is written is handed to the
//! system every few seconds: a process that is killed loses no more than that, and what is left can be played.
//!
//! An hour of a demo, polled every five seconds, takes some 0.2 MB. It grows with the tallies that change between two
//! polls, and with the minutes of the stage: those are said in full every 240 lines, as long as they are no more than half
//! of the file.
//!
//! Nothing is in it that is not on the screen or judged: the flag as its store gave it is left out.

mod counts;
mod decode;
mod encode;
mod film;
pub mod line;
mod logs;
mod member;
mod player;
mod reel;
mod taped;
mod transport;
mod unplayable;
mod when;
mod wire;
mod write;

pub use decode::{Broken, Decoder};
pub use encode::Encoder;
pub use film::Film;
pub use player::{Moment, Player};
pub use reel::{Reel, Scene};
pub use taped::Taped;
pub use transport::{Order, Playing, Speed, Transport};
pub use unplayable::Unplayable;
pub use write::{Recorder, create};

/// The version of the format. A reader refuses any other.
pub const SCHEMA: u32 = 1;

/// The longest line, in bytes. Everything that can be known of a month takes less.
pub const LONGEST_LINE: usize = 16 << 20;

/// What a session has to do with a recording.
pub enum Tape {
    /// It is kept in a file.
    Recording(Recorder),
    /// It is played from a file.
    Playing(Box<Player>),
}

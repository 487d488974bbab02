//! The cockpit: the screen that is watched for hours, and from which a stage is advanced or rolled back.
//!
//! Keys and news become [`update::Msg`]s; [`update::update`] is pure and answers with [`update::Effect`]s;
//! [`view::render`] draws a [`model::Model`] and nothing else. Only [`event_loop`] and [`terminal`] touch the world.

mod attending;
pub mod dialog;
pub mod drawn;
pub mod event_loop;
pub mod field;
pub mod hint;
pub mod keys;
pub mod lists;
pub mod log_state;
pub mod model;
pub mod operation;
pub mod record;
pub mod rollouts;
mod shell;
mod signals;
pub mod sort;
pub mod terminal;
pub mod theme;
pub mod times;
pub mod title;
pub mod update;
pub mod view;
pub mod words;
pub mod zoom;

pub use event_loop::{Options, run};
pub use rollouts::run_several;

//! The report of a rollout: what it tells, that nothing from outside acts in it, and the command that writes it.

mod command;
mod forms;
mod html;
mod incidents;
mod log;
mod markdown;
mod story;

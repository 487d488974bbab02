//! Several rollouts on one screen: a list, the worst first, and behind each line its cockpit.
//!
//! The list is a small model of its own, as pure as that of a cockpit: [`update::update`] takes messages in and answers
//! with effects, [`crate::tui::view::rollouts::render`] draws a [`list::Rollouts`]. Only `run` touches the world: it
//! holds a shell for each rollout, one of them or the list in front.

mod ears;
mod held;
pub mod keys;
pub mod list;
mod mouse;
pub mod order;
mod run;
pub mod standing;
pub mod update;

pub use run::run_several;

use crate::session::Session;

/// What is known of a rollout before anything is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Its runbook's file, as it was named.
    pub file: String,
    /// The profile that its addresses are from, if they are from one.
    pub profile: Option<String>,
    /// The runbook's key; empty where the runbook cannot be used.
    pub key: String,
    /// Name for people: the runbook's title, else the file.
    pub title: String,
    /// Where: `production`; empty where that cannot be told.
    pub environment: String,
    /// No acting key.
    pub read_only: bool,
}

impl Named {
    /// The rollout by its name, and where, so that it is no other: `Secure upload, production`.
    pub fn whole(&self) -> String {
        match self.environment.as_str() {
            "" => self.title.clone(),
            environment => format!("{}, {environment}", self.title),
        }
    }
}

/// A rollout of the list.
pub enum Rollout {
    /// One that can be opened.
    Open {
        /// What it is called.
        named: Named,
        /// Everything that it is run with.
        session: Box<Session>,
        /// Equal where the same server is asked the same: then at the same instant, so that it is asked once.
        asks: u64,
    },
    /// One that cannot, and why: a runbook that does not hold together, an address that is none.
    Broken {
        /// What it is called.
        named: Named,
        /// Why, and what to do about it; in sentences.
        why: String,
    },
}

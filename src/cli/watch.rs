//! `gonogo` and `gonogo watch`: the cockpit.

use std::io::{self, IsTerminal};

use super::{Exit, Failure, block_on, connect, options, options::Options};
use crate::{config::Settings, session::Session};

pub(super) fn run(given: &Options) -> Result<u8, Failure> {
    let settings = given.resolve()?;
    connect::require_sources(&settings)?;
    let runbook = options::load_runbook(&settings)?;
    let look = Look::new(&settings);
    open(connect::session(settings, runbook)?, look)
}

/// How the screen is to look, as far as somebody said.
pub(super) struct Look {
    theme: Option<String>,
    ascii: bool,
}

impl Look {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { theme: settings.theme.as_ref().map(|theme| theme.value.clone()), ascii: settings.ascii.value }
    }
}

/// Opens the cockpit on a session, until it is left.
pub(super) fn open(session: Session, look: Look) -> Result<u8, Failure> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        let what = "the cockpit needs a terminal; without one use `gonogo status`";
        return Err(Failure::new(Exit::Usage, what));
    }
    block_on(connect::cockpit(session, look))
}

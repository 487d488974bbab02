//! `gonogo` and `gonogo watch`: the cockpit.

use std::io::{self, IsTerminal};

use super::{Exit, Failure, block_on, connect, options, options::Options};
use crate::{
    config::Settings,
    session::Session,
    tui::{self, theme::ThemeName},
};

pub(super) fn run(given: &Options) -> Result<u8, Failure> {
    let settings = given.resolve()?;
    connect::require_sources(&settings)?;
    let runbook = options::load_runbook(&settings)?;
    let look = look(&settings)?;
    block_on(open(connect::session(settings, runbook)?, look))
}

/// How the screen is to look, as far as somebody said.
///
/// # Errors
/// A theme that is none.
pub(super) fn look(settings: &Settings) -> Result<tui::Options, Failure> {
    let theme = match settings.theme.as_ref().map(|theme| theme.value.as_str()) {
        None | Some("dark") => ThemeName::Dark,
        Some("light") => ThemeName::Light,
        Some("colour-blind" | "color-blind") => ThemeName::ColourBlind,
        Some("mono") => return Ok(tui::Options { mono: true, ascii: settings.ascii.value, ..tui::Options::default() }),
        Some(other) => {
            let what = format!("there is no theme {other:?}; choose dark, light, colour-blind or mono");
            return Err(Failure::new(Exit::Usage, what));
        }
    };
    // https://no-color.org: present and not empty.
    let mono = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Ok(tui::Options { theme, ascii: settings.ascii.value, mono })
}

/// Opens the cockpit on a session, until it is left.
pub(super) async fn open(session: Session, look: tui::Options) -> Result<u8, Failure> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        let what = "the cockpit needs a terminal; without one use `gonogo status`";
        return Err(Failure::new(Exit::Usage, what));
    }
    let ended = tui::run(session, look).await;
    ended.map_err(|error| Failure::new(Exit::CouldNotRun, format!("the cockpit could not run: {error}")))
}

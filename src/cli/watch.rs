//! `gonogo` and `gonogo watch`: the cockpit.

use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

use super::{Exit, Failure, block_on, connect, options, options::Options};
use crate::{
    config::{Settings, Zone},
    session::Session,
    tui::{self, keys::Keymap, theme::ThemeName, times::Times},
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
/// A theme that is none, keys that cannot be.
pub(super) fn look(settings: &Settings) -> Result<tui::Options, Failure> {
    let keys = settings.keys.iter().map(|(name, keys)| (name.clone(), keys.names())).collect();
    let keymap = Keymap::rebound(&keys).map_err(|wrong| {
        let place = settings.file.value.as_ref().map_or_else(String::new, |path| format!("{}: ", path.display()));
        Failure::new(Exit::Usage, format!("{place}[keys] {}", wrong.join("; ")))
    })?;
    let times = match settings.screen.times {
        Zone::Utc => Times::Utc,
        Zone::Local => Times::Local,
    };
    let ascii = settings.ascii.value;
    let look = tui::Options { keymap: Arc::new(keymap), times, ascii, ..tui::Options::default() };
    let theme = match settings.theme.as_ref().map(|theme| theme.value.as_str()) {
        None | Some("dark") => ThemeName::Dark,
        Some("light") => ThemeName::Light,
        Some("colour-blind" | "color-blind") => ThemeName::ColourBlind,
        Some("mono") => return Ok(tui::Options { mono: true, ..look }),
        Some(other) => {
            let what = format!("there is no theme {other:?}; choose dark, light, colour-blind or mono");
            return Err(Failure::new(Exit::Usage, what));
        }
    };
    // https://no-color.org: present and not empty.
    let mono = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Ok(tui::Options { theme, mono, ..look })
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

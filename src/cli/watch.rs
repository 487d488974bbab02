//! `gonogo` and `gonogo watch`: the cockpit.

use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

use super::{Exit, Failure, block_on, connect, options, options::Options, record::Record};
use crate::{
    config::{Settings, Zone},
    session::Session,
    tui::{
        self,
        keys::Keymap,
        terminal::Features,
        theme::{Depth, Themes},
        times::Times,
    },
};

pub(super) fn run(given: &Options, record: &Record) -> Result<u8, Failure> {
    let settings = given.resolve()?;
    connect::require_sources(&settings)?;
    let (text, runbook) = (record.text(&settings)?, options::load_runbook(&settings)?);
    let look = look(&settings)?;
    let session = connect::session(settings, runbook)?;
    if !record.is_none() {
        require_terminal(NO_TERMINAL)?;
    }
    block_on(open(record.tape(session, text)?, look))
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
    let features = Features::find(settings.screen.links, &variable);
    let themes = themes(settings)?;
    let (alerts, mouse) = (settings.screen.alerts, settings.mouse.value);
    Ok(tui::Options { themes, features, alerts, keymap: Arc::new(keymap), times, mouse })
}

/// The themes that there are here, the chosen one in front.
///
/// # Errors
/// A theme that is none.
pub(super) fn themes(settings: &Settings) -> Result<Themes, Failure> {
    let depth = Depth::find(settings.screen.colours, &variable);
    let mut themes = Themes::new(&settings.palettes, depth, settings.ascii.value);
    let chosen = match &settings.theme {
        Some(theme) => theme.value.as_str(),
        None if is_light(&variable) => "light",
        None => "dark",
    };
    if themes.choose(chosen) {
        return Ok(themes);
    }
    let known: Vec<&str> = themes.names().collect();
    Err(Failure::new(Exit::Usage, format!("there is no theme {chosen:?}; choose one of {}", known.join(", "))))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether the terminal says that its ground is light. Few do; nothing is asked of it.
fn is_light(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    // rxvt, Konsole: `foreground;background`, at times with another word between them.
    variable("COLORFGBG").is_some_and(|colours| matches!(colours.rsplit(';').next(), Some("7" | "15")))
}

/// Opens the cockpit on a session, until it is left.
pub(super) async fn open(session: Session, look: tui::Options) -> Result<u8, Failure> {
    require_terminal(NO_TERMINAL)?;
    let ended = tui::run(session, look).await;
    ended.map_err(|error| Failure::new(Exit::CouldNotRun, format!("the cockpit could not run: {error}")))
}

/// What to use where there is no terminal.
pub(super) const NO_TERMINAL: &str =
    "the cockpit needs a terminal; without one use `gonogo status`, or `gonogo guard` to watch";

/// Refuses, in these words, where there is no terminal, or one that cannot move its cursor.
pub(super) fn require_terminal(what: &str) -> Result<(), Failure> {
    if variable("TERM").as_deref() == Some("dumb") {
        let what = "the cockpit needs a terminal that can move its cursor, and TERM=dumb says that this one cannot; \
                    use `gonogo status`, or `gonogo guard` to watch";
        return Err(Failure::new(Exit::Usage, what));
    }
    match io::stdout().is_terminal() && io::stdin().is_terminal() {
        true => Ok(()),
        false => Err(Failure::new(Exit::Usage, what)),
    }
}

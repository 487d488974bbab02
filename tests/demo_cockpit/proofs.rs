//! What proves a line of the table of keys, in each kind of session that has it.

use std::ops::ControlFlow;

use gonogo::tui::keys::Kind;

/// A kind of session, and how it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// A demo.
    Demo,
    /// The recording of a demo, played.
    Replay,
    /// Two rollouts.
    Several,
}

impl Session {
    pub const ALL: [Self; 3] = [Self::Demo, Self::Replay, Self::Several];

    /// What decides which lines of the table it has.
    pub fn kind(self) -> Kind {
        match self {
            Self::Demo => Kind { simulated: true, ..Kind::default() },
            Self::Replay => Kind { replay: true, read_only: true, ..Kind::default() },
            Self::Several => Kind { several: true, ..Kind::default() },
        }
    }
}

/// How a line of the table is proved.
pub enum Proof {
    /// From the overview these keys lead there, which is then to be seen; and the key leads to this.
    Leads { by: &'static [&'static str], there: &'static str, to: &'static str },
    /// The same, and the key leads away from it.
    Leaves { by: &'static [&'static str], there: &'static str },
    /// The selection goes on by so many lines, after these keys.
    Selects { by: &'static [&'static str], there: &'static str, lines: isize },
    /// From the beginning of the recording, where it stands still, these keys lead to where the key does this.
    Plays { by: &'static [&'static str], does: fn(&Player, &Player) -> bool },
    /// The same, with a key that may have to be pressed several times until that is to be seen.
    Steps { by: &'static [&'static str], does: fn(&Player, &Player) -> bool },
    /// It ends the session.
    Ends,
    /// It stops the process; it goes on when it is told to.
    Stops,
    /// It draws everything again.
    Redraws,
    /// Time passes.
    Passes,
    /// Success shows another window.
    Zooms,
}

use Proof::{Ends, Leads, Leaves, Passes, Plays, Redraws, Selects, Steps, Stops, Zooms};

/// What the header says of the player.
#[derive(Debug, Clone, PartialEq)]
pub struct Player {
    pub paused: bool,
    pub ended: bool,
    /// Recorded seconds in one real one; none at its end, where that is not said.
    pub speed: Option<f64>,
    /// Seconds from the beginning.
    pub at: u32,
}

impl Player {
    /// What the header says, if it says it.
    pub fn of(screen: &vt100::Screen) -> Option<Self> {
        let header = screen.rows(0, 200).next()?;
        let mut words = header.split_once(" REPLAY ")?.1.split_whitespace().peekable();
        let (paused, ended) = (words.peek() == Some(&"paused"), words.peek() == Some(&"end"));
        if paused || ended {
            words.next();
        }
        let speed =
            words.peek().and_then(|word| word.strip_suffix('x')).and_then(|speed| match speed.split_once('/') {
                Some((one, part)) => Some(one.parse::<f64>().ok()? / part.parse::<f64>().ok()?),
                None => speed.parse().ok(),
            });
        if speed.is_some() {
            words.next();
        }
        let at = words.next()?.split('/').next()?.split(':').try_fold(0, |all, part| match part.parse::<u32>() {
            Ok(part) => ControlFlow::Continue(all * 60 + part),
            Err(_) => ControlFlow::Break(()),
        });
        Some(Self { paused, ended, speed, at: at.continue_value()? })
    }
}

pub const OVERVIEW: &str = "Rollback triggers";
pub const GATES: &str = "Exit gates";
pub const DOWN: &str = "\x1b[B";
pub const END: &str = "\x1b[F";

/// What proves a line, by its name; nothing where nobody thought of it.
pub fn proofs(session: Session, name: &str) -> Vec<Proof> {
    let special = match session {
        Session::Demo => None,
        Session::Replay => replay(name),
        Session::Several => several(name),
    };
    special.unwrap_or_else(|| common(name).into_iter().collect())
}

fn from_overview(to: &'static str) -> Proof {
    Leads { by: &[], there: OVERVIEW, to }
}

/// Of the lines that a recording has otherwise, or alone.
fn replay(name: &str) -> Option<Vec<Proof>> {
    const LATER: &[&str] = &[")", ")"];
    let one = match name {
        // What only looks has no gate to run, and no poll to open.
        "checks" => from_overview("Automated gate"),
        "briefing" => from_overview("no poll was held"),
        "pause" => Plays { by: &[], does: |_, now| !now.paused },
        "slower" => Plays { by: &[], does: |before, now| now.speed == before.speed.map(|speed| speed / 2.0) },
        "faster" => Plays { by: &[], does: |before, now| now.speed == before.speed.map(|speed| speed * 2.0) },
        "step" => {
            Steps { by: &[], does: |before, now| now.paused && (before.at + 1..before.at + 600).contains(&now.at) }
        }
        "step-back" => Steps { by: LATER, does: |before, now| now.paused && now.at < before.at },
        "back-10m" => Plays { by: LATER, does: |before, now| now.at + 600 == before.at },
        "on-10m" => Plays { by: &[], does: |before, now| now.at == before.at + 600 },
        "to-start" => Plays { by: LATER, does: |_, now| now.at == 0 },
        "to-end" => Plays { by: &[], does: |_, now| now.ended && now.at > 3600 },
        "seek" => from_overview("Go to a time"),
        // In a list they are what they are anywhere.
        "first" => {
            return Some(common(name).into_iter().chain([Plays { by: LATER, does: |_, now| now.at == 0 }]).collect());
        }
        "last" => return Some(common(name).into_iter().chain([Plays { by: &[], does: |_, now| now.ended }]).collect()),
        _ => return None,
    };
    Some(vec![one])
}

/// Of the lines that several rollouts have otherwise, or alone.
fn several(name: &str) -> Option<Vec<Proof>> {
    let one = match name {
        "rollouts" => from_overview("2 rollouts"),
        // Nobody has recorded anything yet.
        "advance" => from_overview("Not now."),
        _ => return None,
    };
    Some(vec![one])
}

/// In any kind of session.
fn common(name: &str) -> Option<Proof> {
    let on_briefing = |to| Leads { by: &["b"], there: "no poll is open", to };
    let on_readiness = |to| Leads { by: &["c"], there: "Checklist", to };
    let on_check = |to| Leads { by: &["c", DOWN], there: "▸ fresh-item", to };
    let in_help = |by, there| Leaves { by, there };
    Some(match name {
        "advance" => from_overview("type default-on"),
        "roll-back" => from_overview("Sent again until the store confirms it"),
        "reduce" => from_overview("Back one stage, not all the way off"),
        "flag" => from_overview("The flag is as the stage says"),
        "enter" => from_overview("Enter into the audit log"),
        "vote" | "decide" => on_briefing("not now, oncall"),
        "open-poll" => on_briefing("empty: whether to go on"),
        "write-report" => on_briefing("report: written to"),
        "run-gate" => on_readiness("Run the automated gate?"),
        "details" => Leaves { by: &["c"], there: "Checklist" },
        "pass" => on_check("▸ pass"),
        "fail" => on_check("▸ fail"),
        "find" => Leads { by: &["t"], there: "Entry", to: "kind:rollback  who:ann" },
        "write-timeline" => Leads { by: &["t"], there: "Entry", to: "timeline: written to" },
        "overview" => Leads { by: &["g"], there: "data age", to: OVERVIEW },
        "success" | "storage" | "rollback-plan" | "sources" => Leaves { by: &[], there: GATES },
        "gates" => from_overview("data age"),
        "guardrails" => from_overview("raised when"),
        "checks" => from_overview("x run gate"),
        "timeline" => from_overview("Entry"),
        "briefing" => from_overview("no poll is open"),
        "help" => from_overview("lowercase looks"),
        "next-view" => Leads { by: &["s"], there: "Esc back", to: "data age" },
        "previous-view" => Leads { by: &["u"], there: "raised when", to: "data age" },
        "note" => from_overview("what is to be remembered"),
        "palette" => from_overview("the name of what is to be done"),
        "back" => Leads { by: &["g"], there: "data age", to: OVERVIEW },
        "open" => from_overview("data age"),
        "up" => Selects { by: &["g", DOWN, DOWN], there: "data age", lines: -1 },
        "down" => Selects { by: &["g"], there: "data age", lines: 1 },
        "page-down" => in_help(&["?"], "lowercase looks"),
        "page-up" => in_help(&["?", END], "Treat guardrail violations as hard-stop signals"),
        "first" => Leads { by: &["?", END], there: "Rules of this rollout", to: "lowercase looks" },
        "last" => Leads { by: &["?"], there: "lowercase looks", to: "Rules of this rollout" },
        "quit" => Ends,
        "suspend" => Stops,
        "redraw" => Redraws,
        "skip" => Passes,
        "zoom" | "left" | "right" => Zooms,
        "sort" => Leaves { by: &["u"], there: "last▼" },
        "copy" => from_overview("not every terminal takes them"),
        "theme" => from_overview("until gonogo ends"),
        // There and back: what comes after it reads the clock.
        "times" => Leads { by: &["\x1bOR"], there: "times as this machine has them", to: "times in UTC" },
        _ => return None,
    })
}

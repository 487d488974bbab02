//! What turned between two assessments. Pure.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::{
    judge::{Assessment, FlagAssessment, GateAssessment},
    text::clean,
};

/// What can turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The stage.
    Stage,
    /// The flag: whom it serves, and whether that is what the stage says.
    Flag,
    /// A hard stop.
    HardStop,
    /// A rollback trigger.
    Trigger,
    /// An exit gate of the present stage.
    Gate,
    /// The call.
    Call,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Stage => "stage",
            Self::Flag => "flag",
            Self::HardStop => "hard-stop",
            Self::Trigger => "trigger",
            Self::Gate => "gate",
            Self::Call => "call",
        })
    }
}

/// One thing that turned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The instant at which it was first seen to have turned.
    pub at: DateTime<Utc>,
    /// What.
    pub what: What,
    /// Which one: a gate, a trigger, a signature, a stage; none for the call and the flag.
    pub key: Option<String>,
    /// What it was; none for a gate of a stage that was just entered.
    pub from: Option<String>,
    /// What it is.
    pub to: String,
    /// Why, in one line.
    pub reason: String,
}

/// What is in `after` as it was not in `before`: causes first, then what follows from them, the call last.
///
/// Counts, ages and reasons that change while the verdict stays are no change.
pub fn changes(before: &Assessment, after: &Assessment) -> Vec<Change> {
    let change = |what: What, key: Option<&str>, from: Option<&str>, to: &str, reason: &str| Change {
        at: after.at,
        what,
        key: key.map(clean),
        from: from.map(clean),
        to: clean(to),
        reason: clean(reason),
    };
    let mut all = Vec::new();
    let same_stay = before.stage.key == after.stage.key && before.stage.entered_at == after.stage.entered_at;
    if !same_stay {
        let again = if before.stage.key == after.stage.key { " again" } else { "" };
        let reason = format!("entered{again}: {}", after.stage.title);
        all.push(change(What::Stage, Some(&after.stage.key), Some(&before.stage.key), &after.stage.key, &reason));
    }
    let (was, is) = (flag(&before.flag), flag(&after.flag));
    if was != is || before.flag.drift != after.flag.drift {
        let flag = &after.flag;
        let reason = flag.drift.as_deref().or(flag.blind.as_deref()).unwrap_or("as the stage says");
        all.push(change(What::Flag, None, Some(&was), &is, reason));
    }
    for stop in &after.hard_stops {
        if before.hard_stops.iter().all(|known| known.signature != stop.signature) {
            all.push(change(What::HardStop, Some(&stop.signature), Some("clear"), "standing", &stop.reason));
        }
    }
    for stop in &before.hard_stops {
        if after.hard_stops.iter().all(|known| known.signature != stop.signature) {
            let reason = format!("no longer stands: {}", stop.reason);
            all.push(change(What::HardStop, Some(&stop.signature), Some("standing"), "clear", &reason));
        }
    }
    for trigger in &after.triggers {
        let known = before.triggers.iter().find(|known| known.key == trigger.key).map(|known| known.state);
        if known != Some(trigger.state) {
            let from = known.map(|state| state.word());
            all.push(change(What::Trigger, Some(&trigger.key), from, trigger.state.word(), &trigger.reason));
        }
    }
    for gate in &after.gates {
        let is_it = |known: &&GateAssessment| same_stay && known.key == gate.key;
        let known = before.gates.iter().find(is_it).map(|known| known.verdict);
        if known != Some(gate.verdict) {
            let from = known.map(|verdict| verdict.word());
            all.push(change(What::Gate, Some(&gate.key), from, gate.verdict.word(), &gate.reason));
        }
    }
    if before.call != after.call {
        all.push(change(What::Call, None, Some(before.call.word()), after.call.word(), &after.headline));
    }
    all
}

/// The flag in a few words: `internal + 5 %`, `off, drifted`.
pub(super) fn flag(flag: &FlagAssessment) -> String {
    let serves = flag.serves.as_ref().map_or_else(|| "never read".to_owned(), ToString::to_string);
    if flag.drift.is_some() { format!("{serves}, drifted") } else { serves }
}

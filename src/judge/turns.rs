//! When exposure changed, and by what: for the time axis of whatever is drawn over time.

use chrono::{DateTime, TimeDelta, Utc};

use super::History;
use crate::{runbook::Runbook, text::clean};

/// What changed exposure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// The rollout was watched first.
    Watched,
    /// A later stage was entered.
    Advanced,
    /// An earlier stage was entered.
    Reduced,
    /// It was taken from everybody.
    RolledBack,
    /// Somebody changed the flag elsewhere.
    Drifted,
    /// The flag was put back to what the stage says.
    Restored,
    /// What somebody made of the flag elsewhere was accepted as a stage.
    Adopted,
}

impl Turned {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Watched => "watched",
            Self::Advanced => "advance",
            Self::Reduced => "reduce",
            Self::RolledBack => "rollback",
            Self::Drifted => "drift",
            Self::Restored => "restore",
            Self::Adopted => "adopt",
        }
    }
}

/// An instant at which exposure changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// When.
    pub at: DateTime<Utc>,
    /// By what.
    pub what: Turned,
    /// The index and the key of the stage that was entered, if one was.
    pub stage: Option<(usize, String)>,
}

/// What an action did to the flag is on record within this of the action.
const NEAR: TimeDelta = TimeDelta::minutes(1);

/// Every change of exposure on record, oldest first.
pub fn turns(runbook: &Runbook, history: &History) -> Vec<Turn> {
    let near = |a: DateTime<Utc>, b: DateTime<Utc>| (a - b).abs() < NEAR;
    let is_near = |kind: &str, at| history.timeline.iter().any(|line| line.kind == kind && near(line.at, at));
    let mut all = Vec::new();
    let mut before: Option<usize> = None;
    for visit in &history.visits {
        let found = runbook.stage(&visit.stage).map(|(index, _)| index);
        let what = match (before, found) {
            _ if visit.by_rollback => Turned::RolledBack,
            _ if is_near("adopt", visit.entered_at) => Turned::Adopted,
            (Some(before), Some(index)) if index < before => Turned::Reduced,
            (None, _) if !is_near("advance", visit.entered_at) => Turned::Watched,
            _ => Turned::Advanced,
        };
        before = found.or(before);
        all.push(Turn { at: visit.entered_at, what, stage: found.map(|index| (index, clean(&visit.stage))) });
    }
    let changes = history.flags.windows(2).filter(|pair| pair[0].version != pair[1].version).map(|pair| pair[1].at);
    // What an entry into a stage wrote is no other change.
    let others = changes.filter(|at| !history.visits.iter().any(|visit| near(visit.entered_at, *at)));
    all.extend(others.map(|at| {
        let restored = history.timeline.iter().any(|line| line.kind == "restore" && line.at == at);
        Turn { at, what: if restored { Turned::Restored } else { Turned::Drifted }, stage: None }
    }));
    all.sort_by_key(|turn| turn.at);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{FlagChange, TimelineEntry, Visit},
        runbook::built_in,
    };

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minutes * 60, 0).unwrap()
    }

    #[test]
    fn each_change_is_what_it_was_and_is_told_once() {
        let visit = |stage: &str, minutes, by_rollback| Visit {
            stage: stage.into(),
            entered_at: at(minutes),
            left_at: None,
            by_rollback,
        };
        let flag = |minutes, version: &str| FlagChange { at: at(minutes), version: version.into() };
        let line = |kind: &str, minutes| TimelineEntry {
            seq: 0,
            at: at(minutes),
            kind: kind.into(),
            operator: None,
            text: String::new(),
        };
        let history = History {
            visits: vec![
                visit("dark-launch", 0, false),
                visit("internal-canary", 100, false),
                visit("limited-external", 200, false),
                visit("internal-canary", 300, false),
                visit("dark-launch", 400, true),
            ],
            flags: vec![flag(0, "a"), flag(100, "b"), flag(150, "x"), flag(160, "b"), flag(200, "c"), flag(210, "c")],
            timeline: vec![line("advance", 100), line("restore", 160)],
            ..History::default()
        };
        let found: Vec<(i64, &str)> =
            turns(built_in(), &history).iter().map(|turn| (turn.at.timestamp() / 60, turn.what.word())).collect();
        let want = [
            (0, "watched"),
            (100, "advance"),
            (150, "drift"),
            (160, "restore"),
            (200, "advance"),
            (300, "reduce"),
            (400, "rollback"),
        ];
        assert_eq!(found, want);
    }
}

//! A replay of the past: what turned, and when; as text and as JSON. The JSON's schema is `assets/replay.schema.json`.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::changes::{Change, changes, flag};
use crate::{
    judge::{Assessment, Verdict},
    runbook::Runbook,
    text::clean,
    units,
};

/// Names this form of the replay. It changes when a name or a meaning does.
pub const REPLAY_SCHEMA: &str = "gonogo/replay/1";

/// What was judged, and from what.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The first instant judged.
    pub from: DateTime<Utc>,
    /// The last.
    pub to: DateTime<Utc>,
    /// Between two of them.
    pub step: TimeDelta,
    /// Telemetry was read from here on.
    pub judged_from: DateTime<Utc>,
    /// Where: `production`.
    pub environment: String,
    /// The commit under rollout, if one was named.
    pub candidate: Option<String>,
}

/// Assessments of one instant after another, as what turned between them.
#[derive(Debug, Clone)]
pub struct Replay {
    start: Assessment,
    end: Assessment,
    changes: Vec<Change>,
    looks: usize,
}

impl Replay {
    /// One that begins with this assessment.
    pub fn new(start: Assessment) -> Self {
        Self { end: start.clone(), start, changes: Vec::new(), looks: 1 }
    }

    /// Goes on to the next instant.
    pub fn turn(&mut self, next: Assessment) {
        self.changes.extend(changes(&self.end, &next));
        self.end = next;
        self.looks += 1;
    }

    /// What turned so far, oldest first.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// For people: the state at the beginning, one line for each change, and what it came to.
    pub fn text(&self, runbook: &Runbook, asked: &Asked, notes: &[String]) -> String {
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = self.write(&mut out, runbook, asked, notes);
        out
    }

    fn write(&self, out: &mut String, runbook: &Runbook, asked: &Asked, notes: &[String]) -> std::fmt::Result {
        let candidate = asked.candidate.as_ref().map_or_else(String::new, |it| format!(", candidate {}", clean(it)));
        writeln!(out, "{} in {}{candidate}", clean(&runbook.title), clean(&asked.environment))?;
        for note in notes {
            writeln!(out, "note: {}", clean(note))?;
        }
        let start = &self.start;
        let entered = start.stage.entered_at.map_or_else(String::new, |at| format!("entered {}; ", units::moment(at)));
        let counts = gate_counts(start);
        let first = [
            units::moment(start.at),
            "start".to_owned(),
            start.stage.key.clone(),
            start.call.word().to_owned(),
            format!("{entered}{counts}; {}", start.headline),
        ];
        let rows = self.changes.iter().map(|change| {
            let from = change.from.as_deref().unwrap_or("-");
            [
                units::moment(change.at),
                change.what.to_string(),
                change.key.clone().unwrap_or_default(),
                format!("{from} -> {}", change.to),
                change.reason.clone(),
            ]
        });
        let rows: Vec<[String; 5]> = std::iter::once(first).chain(rows).collect();
        let widths: [usize; 4] = std::array::from_fn(|i| rows.iter().map(|row| row[i].width()).max().unwrap_or(0));
        for row in &rows {
            for (cell, width) in row.iter().zip(widths) {
                write!(out, "{cell}{}  ", " ".repeat(width.saturating_sub(cell.width())))?;
            }
            writeln!(out, "{}", row[4])?;
        }
        writeln!(
            out,
            "{} in {} over {}; at {} {}: {}",
            units::plural(self.changes.len(), "change"),
            units::plural(self.looks, "look"),
            units::duration(asked.to - asked.from),
            units::moment(self.end.at),
            self.end.call.banner(),
            self.end.headline
        )
    }

    /// For machines.
    pub fn document<'a>(&'a self, runbook: &'a Runbook, asked: &'a Asked, notes: &'a [String]) -> impl Serialize + 'a {
        Document {
            schema: REPLAY_SCHEMA,
            rollout: Rollout {
                name: &runbook.key,
                environment: &asked.environment,
                candidate: asked.candidate.as_deref(),
            },
            from: time(asked.from),
            to: time(asked.to),
            step_s: asked.step.num_seconds(),
            judged_from: time(asked.judged_from),
            looks: self.looks,
            notes,
            start: State::of(&self.start),
            changes: self.changes.iter().map(Turn::of).collect(),
            end: State::of(&self.end),
        }
    }
}

/// `3 gates pass, 1 pending`: how the gates stand, the best first.
fn gate_counts(assessment: &Assessment) -> String {
    let verdicts = [Verdict::Pass, Verdict::Pending, Verdict::Unknown, Verdict::Fail];
    let counted = verdicts.iter().filter_map(|verdict| {
        let n = assessment.gates.iter().filter(|gate| gate.verdict == *verdict).count();
        (n > 0).then(|| format!("{n} {}", verdict.word()))
    });
    let counted: Vec<String> = counted.collect();
    if counted.is_empty() { "no gates".to_owned() } else { format!("gates: {}", counted.join(", ")) }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    rollout: Rollout<'a>,
    from: String,
    to: String,
    step_s: i64,
    judged_from: String,
    looks: usize,
    notes: &'a [String],
    start: State<'a>,
    changes: Vec<Turn<'a>>,
    end: State<'a>,
}

#[derive(Serialize)]
struct Rollout<'a> {
    name: &'a str,
    environment: &'a str,
    candidate: Option<&'a str>,
}

#[derive(Serialize)]
struct Turn<'a> {
    at: String,
    what: String,
    key: Option<&'a str>,
    from: Option<&'a str>,
    to: &'a str,
    reason: &'a str,
}

impl<'a> Turn<'a> {
    fn of(change: &'a Change) -> Self {
        Self {
            at: time(change.at),
            what: change.what.to_string(),
            key: change.key.as_deref(),
            from: change.from.as_deref(),
            to: &change.to,
            reason: &change.reason,
        }
    }
}

/// Everything that can turn, as it stood at one instant.
#[derive(Serialize)]
struct State<'a> {
    at: String,
    call: &'static str,
    headline: &'a str,
    stage: &'a str,
    entered_at: Option<String>,
    flag: String,
    gates: Vec<Judged<'a>>,
    triggers: Vec<Judged<'a>>,
    hard_stops: Vec<Judged<'a>>,
}

#[derive(Serialize)]
struct Judged<'a> {
    key: &'a str,
    is: &'static str,
    reason: &'a str,
}

impl<'a> State<'a> {
    fn of(assessment: &'a Assessment) -> Self {
        let gates = assessment.gates.iter();
        let triggers = assessment.triggers.iter();
        let stops = assessment.hard_stops.iter();
        Self {
            at: time(assessment.at),
            call: assessment.call.word(),
            headline: &assessment.headline,
            stage: &assessment.stage.key,
            entered_at: assessment.stage.entered_at.map(time),
            flag: flag(&assessment.flag),
            gates: gates.map(|it| Judged { key: &it.key, is: it.verdict.word(), reason: &it.reason }).collect(),
            triggers: triggers.map(|it| Judged { key: &it.key, is: it.state.word(), reason: &it.reason }).collect(),
            hard_stops: stops.map(|it| Judged { key: &it.signature, is: "standing", reason: &it.reason }).collect(),
        }
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

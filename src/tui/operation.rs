//! An action under way, as the progress dialog shows it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    audit::{Action, Event, Outcome},
    fault::{Fault, FaultKind},
    operations::Progress,
};

/// One write, and what came of it. Times are since the confirmation.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteLine {
    /// What it does.
    pub title: String,
    /// When it was first sent.
    pub sent: Duration,
    /// How often it was sent.
    pub attempts: u32,
    /// When the store confirmed it.
    pub answered: Option<Duration>,
    /// Why the last attempt failed.
    pub fault: Option<Fault>,
}

/// An action that was confirmed: what it does, how far it is, how it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// 1, 2, 3, ... in this run of the cockpit.
    pub number: u64,
    /// Which action.
    pub action: Action,
    /// Why, in the operator's words.
    pub reason: String,
    /// Who was served before, in words.
    pub before: String,
    /// Who is to be served, in words.
    pub after: String,
    /// When it was confirmed.
    pub at: DateTime<Utc>,
    /// When it was confirmed, on the monotonic clock of the model.
    pub since: Duration,
    /// Who began it, where and when, if it is one that was cut off and is taken up again.
    pub taken_up: Option<String>,
    /// The writes, in order.
    pub writes: Vec<WriteLine>,
    /// What could not be recorded in the audit log.
    pub not_recorded: Option<Fault>,
    /// What of it is in no audit log but only here and in the log file.
    pub kept: Vec<Event>,
    /// When the flag was read back, and who it serves, in words.
    pub read_back: Option<(Duration, String)>,
    /// How and when it ended.
    pub ended: Option<(Duration, Outcome)>,
}

impl Operation {
    /// Whether it has not ended.
    pub fn runs(&self) -> bool {
        self.ended.is_none()
    }

    /// Takes one report in. `elapsed` is the time since the confirmation.
    pub fn report(&mut self, progress: Progress, elapsed: Duration) {
        match progress {
            Progress::Begun { at } => self.at = at,
            Progress::NotRecorded(fault) => self.not_recorded = Some(fault),
            Progress::Kept(entries) => self.kept.extend(entries),
            Progress::Sent { title, attempt } => {
                let write = self.write(title, elapsed);
                write.attempts = attempt;
                write.answered = None;
            }
            Progress::Answered { title } => {
                let write = self.write(title, elapsed);
                write.answered = Some(elapsed);
                write.fault = None;
            }
            Progress::Retrying { title, fault, attempts } => {
                let write = self.write(title, elapsed);
                write.attempts = attempts;
                write.fault = Some(fault);
            }
            Progress::ReadBack(flag) => self.read_back = Some((elapsed, flag.serves().to_string())),
            // Said by what was read back, and by why it is sent again.
            Progress::Converging(_) | Progress::Joined { .. } => {}
            Progress::Ended { outcome, after } => {
                if let Some(flag) = after {
                    let at = self.read_back.as_ref().map_or(elapsed, |read| read.0);
                    self.read_back = Some((at, flag.serves().to_string()));
                }
                self.ended = Some((elapsed, outcome));
            }
        }
    }

    /// The driver is gone without a word: nobody knows what the store did.
    pub fn lost(&mut self, elapsed: Duration) {
        if self.runs() {
            let fault = Fault::new(
                FaultKind::Server,
                "the action stopped without an answer",
                "read the flag in its store, and roll back if in doubt",
            );
            self.ended = Some((elapsed, Outcome::NotConfirmed { fault }));
        }
    }

    fn write(&mut self, title: String, elapsed: Duration) -> &mut WriteLine {
        let i = self.writes.iter().position(|write| write.title == title).unwrap_or_else(|| {
            self.writes.push(WriteLine { title, sent: elapsed, attempts: 1, answered: None, fault: None });
            self.writes.len() - 1
        });
        &mut self.writes[i]
    }
}

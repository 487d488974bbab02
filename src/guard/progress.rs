//! The guard's own rollback, in words. Pure.

use chrono::{DateTime, Utc};

use super::Said;
use crate::{audit::Outcome, operations::Progress, units::moment};

/// From this attempt on a rollback that is not confirmed is told.
const TOLD_FROM: u32 = 4;

/// How a rollback goes.
#[derive(Debug, Clone)]
pub(super) struct Rolling {
    /// When it was begun.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
    told: bool,
}

impl Rolling {
    /// One that begins now, and what is said of it.
    pub(super) fn begin(at: DateTime<Utc>, reason: &str, triggers: &[String], resumes: Option<&str>) -> (Self, Said) {
        let (event, what) = match resumes {
            Some(id) => ("taken-up", format!("rollback {id} was cut off, and is taken up: off for everyone")),
            None => ("rollback-begun", "rolling back: off for everyone".to_owned()),
        };
        let mut said = Said::new(event, what).because(reason).since(Some(at)).told();
        if let Some(id) = resumes {
            said = said.with("rollback", id);
        }
        if !triggers.is_empty() {
            said = said.with("triggers", triggers.to_vec());
        }
        (Self { at, reason: reason.to_owned(), told: false }, said)
    }

    /// What is said of its progress; of its end, whether it was verified.
    pub(super) fn report(&mut self, progress: &Progress, now: DateTime<Utc>) -> (Option<Said>, Option<bool>) {
        let step = |what: String| Some(Said::new("rollback-progress", what).with("elapsed_ms", self.elapsed(now)));
        let said = match progress {
            Progress::Begun { .. } => None,
            Progress::Sent { title, attempt: 1 } => step(format!("sent: {title}")),
            Progress::Sent { title, attempt } => step(format!("sent again ({attempt}): {title}")),
            Progress::Answered { title } => step(format!("the store confirmed: {title}")),
            Progress::Converging(flag) => {
                step(format!("the store confirmed, and does not say off yet: it serves {}", flag.serves()))
            }
            Progress::Joined { operator, at } => {
                step(format!("{operator} had begun to roll back at {}: both are one rollback", moment(*at)))
            }
            Progress::ReadBack(flag) => step(format!("read back: serves {}", flag.serves())),
            Progress::NotRecorded(fault) => {
                let what = "the audit log could not be written; the rollback goes on";
                Some(Said::new("not-recorded", what).because(fault.to_string()))
            }
            Progress::Kept(entries) => {
                let entries = serde_json::to_value(entries).unwrap_or_default();
                Some(Said::new("not-recorded", "these entries are not in the audit log").with("entries", entries))
            }
            Progress::Retrying { fault, attempts, .. } => {
                let what = format!("not confirmed after {attempts} attempts; it goes on trying");
                let mut said = Said::new("rollback-not-confirmed", what).because(fault.to_string());
                said = said.since(Some(self.at)).with("attempts", *attempts).with("elapsed_ms", self.elapsed(now));
                if *attempts >= TOLD_FROM && !std::mem::replace(&mut self.told, true) {
                    said = said.told();
                }
                Some(said)
            }
            Progress::Ended { outcome, .. } => return self.ended(outcome, now),
        };
        (said, None)
    }

    fn ended(&self, outcome: &Outcome, now: DateTime<Utc>) -> (Option<Said>, Option<bool>) {
        let said = match outcome {
            Outcome::Verified => {
                let what = "rolled back: the store, read again, says off";
                Said::new("rollback-verified", what).because(&self.reason)
            }
            Outcome::NotConfirmed { fault } => self.unconfirmed(&fault.to_string()),
            Outcome::Refused { why } => self.unconfirmed(&why.join("; ")),
        };
        let said = said.since(Some(self.at)).with("elapsed_ms", self.elapsed(now)).told();
        (Some(said), Some(matches!(outcome, Outcome::Verified)))
    }

    /// It is gone without having ended.
    pub(super) fn lost(&self) -> Said {
        self.unconfirmed("the rollback crashed; see the log file").since(Some(self.at)).told()
    }

    fn unconfirmed(&self, why: &str) -> Said {
        let what = "NOT CONFIRMED: the flag may still serve; it is tried again. Switch it off in the store itself";
        Said::new("rollback-not-confirmed", what).because(why)
    }

    fn elapsed(&self, now: DateTime<Utc>) -> i64 {
        (now - self.at).num_milliseconds().max(0)
    }
}

//! Whether to roll back by itself, and why not. Pure.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    judge::{Assessment, History, TriggerAssessment, TriggerState, Trouble},
    runbook::Runbook,
};

/// Somebody else's rollback is left alone for so long; by then it has ended or was cut off.
const OTHERS: TimeDelta = TimeDelta::minutes(3);

/// After a rollback that ended without being confirmed, the next is begun no sooner than this.
const AGAIN: TimeDelta = TimeDelta::seconds(30);

/// A reason no longer than this goes into the audit log.
const LONGEST: usize = 400;

/// What an armed guard answered, and what it may answer.
#[derive(Debug, Clone)]
pub struct Guard {
    armed: bool,
    automatic: BTreeSet<String>,
    /// A rollback of its own runs.
    rolling: bool,
    /// Everything that tripped up to here has been answered by a rollback.
    answered: Option<DateTime<Utc>>,
    /// The same before the rollback that runs.
    before: Option<DateTime<Utc>>,
    not_before: Option<DateTime<Utc>>,
}

/// What a tripped trigger leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Roll back, for this reason.
    RollBack {
        /// Names each trigger and says why it tripped.
        reason: String,
        /// Their keys.
        triggers: Vec<String>,
    },
    /// Leave it to people.
    Leave,
}

/// Why a tripped trigger is left to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The guard was started without `--auto-rollback`.
    NotArmed,
    /// The runbook does not mark it automatic.
    NotAutomatic,
    /// The audit log was never read: what people resolved is not known.
    PastUnknown,
    /// Nobody has the feature.
    NobodyHasIt,
    /// People resolved it.
    Resolved,
    /// There was a rollback after it tripped.
    Answered,
    /// A rollback runs.
    Runs,
}

impl Why {
    /// In words, for the log.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotArmed => "not rolled back: the guard is not armed (--auto-rollback)",
            Self::NotAutomatic => "not rolled back: the runbook does not mark this trigger automatic",
            Self::PastUnknown => "not rolled back: the audit log cannot be read, so what was resolved is not known",
            Self::NobodyHasIt => "not rolled back: nobody has the feature",
            Self::Resolved => "not rolled back: people resolved it",
            Self::Answered => "not rolled back again: there was a rollback after it tripped",
            Self::Runs => "a rollback runs already",
        }
    }
}

impl Guard {
    /// A guard for this runbook. `armed`: the operator said that it may roll back.
    pub fn new(runbook: &Runbook, armed: bool) -> Self {
        let automatic = runbook.triggers.iter().filter(|trigger| trigger.automatic).map(|trigger| trigger.key.clone());
        Self { armed, automatic: automatic.collect(), rolling: false, answered: None, before: None, not_before: None }
    }

    /// Keys of the triggers that it may roll back on; none where it is not armed.
    pub fn armed_for(&self) -> Vec<&str> {
        self.automatic.iter().filter(|_| self.armed).map(String::as_str).collect()
    }

    /// Whether the operator said that it may roll back.
    pub fn is_armed(&self) -> bool {
        self.armed
    }

    /// Whether a rollback of its own runs.
    pub fn rolls(&self) -> bool {
        self.rolling
    }

    /// Whether to roll back now. Unknown never does.
    pub fn decide(&self, assessment: &Assessment, history: &History) -> Decision {
        if self.not_before.is_some_and(|time| assessment.at < time) {
            return Decision::Leave;
        }
        let due = |trigger: &&TriggerAssessment| {
            trigger.state == TriggerState::Tripped && self.why_not(trigger, assessment, history).is_none()
        };
        let due: Vec<&TriggerAssessment> = assessment.triggers.iter().filter(due).collect();
        if due.is_empty() {
            return Decision::Leave;
        }
        let reasons: Vec<String> =
            due.iter().map(|trigger| format!("rollback trigger {}: {}", trigger.title, trigger.reason)).collect();
        let reason = reasons.join("; ").chars().take(LONGEST).collect();
        Decision::RollBack { reason, triggers: due.iter().map(|trigger| trigger.key.clone()).collect() }
    }

    /// Why this trigger, being tripped, is left to people; none where it is rolled back on.
    pub fn why_not(&self, trigger: &TriggerAssessment, assessment: &Assessment, history: &History) -> Option<Why> {
        let since = trigger.since.unwrap_or(assessment.at);
        let others = history
            .unfinished
            .as_ref()
            .is_some_and(|unfinished| unfinished.action == "rollback" && assessment.at - unfinished.at < OTHERS);
        match () {
            () if !self.armed => Some(Why::NotArmed),
            () if !self.automatic.contains(&trigger.key) => Some(Why::NotAutomatic),
            () if history.blind.is_some() => Some(Why::PastUnknown),
            () if assessment.rollback_called_for.is_empty() => Some(Why::NobodyHasIt),
            () if resolved(history, &trigger.key, since) => Some(Why::Resolved),
            () if self.rolling || others => Some(Why::Runs),
            () if self.answered.max(rolled_back(history)).is_some_and(|answered| since <= answered) => {
                Some(Why::Answered)
            }
            () => None,
        }
    }

    /// A rollback was begun at this instant.
    pub fn begun(&mut self, at: DateTime<Utc>) {
        self.rolling = true;
        self.before = self.answered;
        self.answered = self.answered.max(Some(at));
    }

    /// It ended. Without having been verified it answers nothing, and is begun again.
    pub fn ended(&mut self, at: DateTime<Utc>, verified: bool) {
        self.rolling = false;
        self.not_before = (!verified).then(|| at + AGAIN);
        if !verified {
            self.answered = self.before;
        }
    }
}

/// When off was last read back after a rollback, also one that joined another: what had tripped by then is answered.
fn rolled_back(history: &History) -> Option<DateTime<Utc>> {
    let verified = history.rollback.as_ref().and_then(|rollback| rollback.verified_at);
    let visit = history.visits.iter().rev().find(|visit| visit.by_rollback);
    verified.max(visit.map(|visit| visit.entered_at))
}

fn resolved(history: &History, trigger: &str, since: DateTime<Utc>) -> bool {
    let is_it = |trouble: &Trouble| matches!(trouble, Trouble::Trigger { trigger: key } if key == trigger);
    history.resolutions.iter().any(|resolution| is_it(&resolution.trouble) && resolution.at >= since)
}

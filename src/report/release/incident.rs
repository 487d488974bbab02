//! A rollback told as an incident: what it was called for, when each step of it was done, how long each took. Pure, from
//! the entries of the audit log.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    audit::{Action, Entry, Event, Outcome, Phase, RolledBack},
    judge::{History, LegacyEvidence, Trouble, candidate, qa_standing},
    runbook::Runbook,
};

/// A rollback from what it was called for to the way on.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Id of the rollback.
    pub rollback: String,
    /// The stage that it left.
    pub from_stage: String,
    /// The commit that was rolled back.
    pub candidate: Option<String>,
    /// Who was served before, where it was known.
    pub before: Option<String>,
    /// What it was called for, oldest first: seen or raised before it began, and not resolved by then.
    pub called_for: Vec<Step>,
    /// The first of those.
    pub detected: Option<Step>,
    /// The first rollback trigger among those, tripped or raised.
    pub tripped: Option<Step>,
    /// Somebody asked for it: who, on which machine, why.
    pub requested: Step,
    /// The store changed the flag, by the store's own clock; where it tells.
    pub written: Option<Step>,
    /// The store, read again, said off.
    pub confirmed: Option<Step>,
    /// The old path was confirmed.
    pub legacy: Option<Step>,
    /// Diagnostics that were kept.
    pub kept: Vec<Step>,
    /// What it was called for was resolved.
    pub resolved: Option<Step>,
    /// Another candidate was named.
    pub fixed: Option<Step>,
    /// The automated gate was green on it.
    pub green: Option<Step>,
    /// The stage that exposes nobody was left again.
    pub left: Option<Step>,
    /// Everybody who rolled back, in order; more than one where somebody joined, or tried again.
    pub attempts: Vec<Attempt>,
}

/// Something that was done, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// When.
    pub at: DateTime<Utc>,
    /// Who, if a person.
    pub by: Option<String>,
    /// What, in one line.
    pub what: String,
}

/// One action that took part.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Its id.
    pub id: String,
    /// When it began.
    pub at: DateTime<Utc>,
    /// Who, and on which machine.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it ended; none where it was cut off or is under way.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended, in one line.
    pub ended: String,
    /// Whether the store confirmed it.
    pub confirmed: bool,
}

impl Incident {
    /// From what it was called for to the order.
    pub fn to_request(&self) -> Option<TimeDelta> {
        Some(self.requested.at - self.detected.as_ref()?.at)
    }

    /// From the order to the store that says off.
    pub fn to_confirmed(&self) -> Option<TimeDelta> {
        Some(self.confirmed.as_ref()?.at - self.requested.at)
    }

    /// From the order to users on the old path.
    pub fn to_legacy(&self) -> Option<TimeDelta> {
        Some(self.legacy.as_ref()?.at - self.requested.at)
    }

    /// From what it was called for, else from the order, to users on the old path.
    pub fn total(&self) -> Option<TimeDelta> {
        let from = self.detected.as_ref().unwrap_or(&self.requested).at;
        Some(self.legacy.as_ref()?.at - from)
    }
}

/// What the entries of a log say of its rollbacks, taken one by one.
#[derive(Debug, Clone, Default)]
pub struct Incidents {
    troubles: Vec<(Trouble, Step)>,
    resolved: BTreeMap<Trouble, BTreeSet<DateTime<Utc>>>,
    attempts: Vec<Attempt>,
    /// Id of an action and when the store says that the flag was changed.
    written: Vec<(String, DateTime<Utc>, Option<String>)>,
    /// Candidates as they were named.
    named: Vec<(DateTime<Utc>, String, String)>,
}

impl Incidents {
    /// Takes the next entry.
    pub fn pass(&mut self, entry: &Entry) {
        let step = |by: bool, what: String| Step { at: entry.at, by: by.then(|| entry.operator.clone()), what };
        match &entry.event {
            Event::Seen { trouble, reason } => {
                self.troubles.push((trouble.clone(), step(false, format!("{trouble}: {reason}"))));
            }
            Event::Raised { trigger, reason } => {
                let trouble = Trouble::Trigger { trigger: trigger.clone() };
                self.troubles.push((trouble, step(true, format!("rollback trigger {trigger} raised: {reason}"))));
            }
            Event::HoldRaised { hold, reason, .. } => {
                let trouble = Trouble::Hold { hold: hold.clone() };
                self.troubles.push((trouble, step(true, format!("hold {hold}: {reason}"))));
            }
            Event::Resolved { trouble, .. } => _ = self.resolved.entry(trouble.clone()).or_default().insert(entry.at),
            Event::Begun(begun) if begun.action == Action::Rollback => {
                // What was recorded twice was done once.
                if self.attempts.iter().all(|known| known.id != begun.id) {
                    self.attempts.push(Attempt {
                        id: begun.id.clone(),
                        at: entry.at,
                        by: format!("{} on {}", entry.operator, entry.host),
                        reason: begun.reason.clone(),
                        ended_at: None,
                        ended: "how it ended is not known: it was cut off, or is under way".to_owned(),
                        confirmed: false,
                    });
                }
                self.name(entry, begun.candidate.as_deref());
            }
            Event::Begun(begun) => self.name(entry, begun.candidate.as_deref()),
            Event::Ended { id, action: Action::Rollback, outcome, after } => {
                let Some(attempt) = self.attempts.iter_mut().find(|known| known.id == *id) else { return };
                if attempt.confirmed {
                    return;
                }
                attempt.ended_at = Some(entry.at);
                attempt.confirmed = *outcome == Outcome::Verified;
                attempt.ended = match outcome {
                    Outcome::Verified => "the store, read again, said off".to_owned(),
                    Outcome::Refused { why } => format!("refused, nothing was sent: {}", why.join("; ")),
                    Outcome::NotConfirmed { fault } => format!("not confirmed: {}", fault.what),
                };
                let changed = after.as_ref().and_then(|flag| Some((flag.changed_at?, flag.changed_by.clone())));
                self.written.extend(changed.map(|(at, by)| (id.clone(), at, by)));
            }
            Event::Opened { candidate, .. } | Event::Basis { candidate, .. } => self.name(entry, candidate.as_deref()),
            _ => {}
        }
    }

    fn name(&mut self, entry: &Entry, candidate: Option<&str>) {
        let Some(candidate) = candidate::named(candidate) else { return };
        if self.named.last().is_none_or(|(_, _, known)| known != candidate) {
            self.named.push((entry.at, entry.operator.clone(), candidate.to_owned()));
        }
    }

    /// Each rollback as an incident, oldest first. `history` and `rolled_back` are of the same log.
    pub fn finish(self, runbook: &Runbook, history: &History, rolled_back: &[RolledBack]) -> Vec<Incident> {
        let mut incidents: Vec<Incident> = Vec::new();
        for rollback in rolled_back {
            // What called for the one before did not call for this one, too.
            let from = incidents.last().map(|before| before.requested.at);
            incidents.push(self.incident(runbook, history, rollback, from));
        }
        incidents
    }

    fn incident(
        &self,
        runbook: &Runbook,
        history: &History,
        RolledBack { record, members }: &RolledBack,
        from: Option<DateTime<Utc>>,
    ) -> Incident {
        let called_for = self.called_for(record.at, from);
        let is_trigger = |trouble: &Trouble| matches!(trouble, Trouble::Trigger { .. });
        let tripped = called_for.iter().find(|(trouble, _)| is_trigger(trouble)).map(|(_, step)| (*step).clone());
        let attempts: Vec<Attempt> =
            members.iter().filter_map(|id| self.attempts.iter().find(|known| known.id == *id)).cloned().collect();
        let written = self.written.iter().find(|(id, at, _)| members.contains(id) && *at >= record.at);
        let step = |at: DateTime<Utc>, by: Option<&str>, what: String| Step { at, by: by.map(str::to_owned), what };
        let fixed = self.named.iter().find(|(at, _, named)| {
            let another = !candidate::same(record.candidate.as_deref(), Some(named));
            *at > record.at && another && record.left_at.is_none_or(|left| *at <= left)
        });
        Incident {
            rollback: record.id.clone(),
            from_stage: record.from_stage.clone(),
            candidate: record.candidate.clone(),
            before: record.before.as_ref().map(ToString::to_string),
            detected: called_for.first().map(|(_, step)| (*step).clone()),
            tripped,
            called_for: called_for.into_iter().map(|(_, step)| step.clone()).collect(),
            requested: step(
                record.at,
                Some(&record.operator),
                format!("on {}, in {}: {}", record.host, record.from_stage, record.reason),
            ),
            written: written.map(|(_, at, by)| step(*at, by.as_deref(), "the store changed the flag".to_owned())),
            confirmed: record.verified_at.map(|at| step(at, None, "the store, read again, said off".to_owned())),
            legacy: record.legacy.as_ref().map(|(at, who, evidence)| match evidence {
                LegacyEvidence::Telemetry { found, .. } => step(*at, None, format!("by telemetry: {found}")),
                LegacyEvidence::Attested { statement } => step(*at, Some(who), format!("by hand: {statement}")),
            }),
            kept: record
                .kept
                .iter()
                .map(|(at, phase, place)| {
                    let when = if *phase == Phase::AtOnce { "at once" } else { "at the end" };
                    step(*at, None, format!("{when}: {place}"))
                })
                .collect(),
            resolved: record.resolved.as_ref().map(|it| step(it.at, Some(&it.operator), it.evidence.clone())),
            green: fixed.and_then(|(_, _, named)| green(runbook, history, named, record.at)),
            fixed: fixed.map(|(at, who, named)| step(*at, Some(who), format!("candidate {named}"))),
            left: record.left_at.map(|at| step(at, None, "the rollout went on".to_owned())),
            attempts,
        }
    }

    /// What stood when it began: seen since `from`, and not resolved between.
    fn called_for(&self, at: DateTime<Utc>, from: Option<DateTime<Utc>>) -> Vec<(&Trouble, &Step)> {
        let stood = |trouble: &Trouble, seen: DateTime<Utc>| {
            self.resolved.get(trouble).is_none_or(|resolved| resolved.range(seen..=at).next().is_none())
        };
        let mut standing: Vec<(&Trouble, &Step)> = self
            .troubles
            .iter()
            .filter(|(trouble, step)| {
                step.at <= at && from.is_none_or(|from| from < step.at) && stood(trouble, step.at)
            })
            .map(|(trouble, step)| (trouble, step))
            .collect();
        standing.sort_by_key(|(_, step)| step.at);
        standing
    }
}

/// The first run since then that made the automated gate green on this candidate.
fn green(runbook: &Runbook, history: &History, named: &str, since: DateTime<Utc>) -> Option<Step> {
    let gate = runbook.qa.as_ref()?;
    let reports: Vec<_> = history.qa_reports.iter().filter(|report| report.at > since).cloned().collect();
    let first = (1..=reports.len()).find(|&n| qa_standing(gate, &reports[..n], named, None, reports[n - 1].at).green());
    let report = &reports[first? - 1];
    let what = format!("`{}` green on {}", report.run.command, report.run.candidate);
    Some(Step { at: report.at, by: Some(report.operator.clone()), what })
}

//! What `gonogo rollback` answers: how it ended, how far the procedure is, and what is left to do.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;

use super::{
    Rollback,
    following::{Scene, State},
};
use crate::{
    audit::Phase,
    cli::{Failure, output},
    evidence::phase_name,
    fault::Fault,
    judge::{RollbackRecord, StepState},
    runbook::{ProcedureStep, StepKind},
    text::clean,
    units,
};

/// How to confirm the legacy path by hand.
const CONFIRM: &str = "`gonogo rollback confirm --statement \"what you looked at\"`";

/// The answer, as far as it is known.
pub(super) struct Answer {
    json: bool,
    no_watch: bool,
    name: String,
    serves: String,
    was_off: bool,
    telemetry: bool,
    at: DateTime<Utc>,
    clock: crate::clock::Clock,
    verified_at: Option<DateTime<Utc>>,
    steps: Vec<ProcedureStep>,
    /// Another's rollback that stood before this one.
    stood: Option<RollbackRecord>,
}

/// One step of the procedure.
#[derive(Serialize)]
struct Step {
    title: String,
    does: StepKind,
    state: &'static str,
    /// Seconds from the confirmation to its end, where it ended.
    after_s: Option<f64>,
    found: String,
}

#[derive(Serialize)]
struct Kept {
    phase: &'static str,
    folder: String,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Facts<'a> {
    outcome: &'static str,
    already_off: bool,
    served_before: &'a str,
    id: Option<&'a str>,
    began_at: String,
    verified_at: Option<String>,
    joined: &'a [String],
    steps: Vec<Step>,
    kept: Vec<Kept>,
    open: Vec<String>,
    fault: Option<&'a Fault>,
}

impl Answer {
    pub(super) fn new(asked: &Rollback, scene: &Scene, serves: String, was_off: bool) -> Self {
        Self {
            json: asked.json,
            no_watch: asked.no_watch,
            name: scene.runbook.flag.key.clone(),
            serves,
            was_off,
            telemetry: scene.telemetry_named,
            at: scene.at,
            clock: scene.clock,
            verified_at: None,
            steps: scene.runbook.rollback.clone(),
            stood: scene.history.rollback.clone().filter(|rollback| rollback.left_at.is_none()),
        }
    }

    /// The store, read again, says off.
    pub(super) fn verified(&mut self) -> Result<(), Failure> {
        self.verified_at = Some(self.clock.now());
        match self.json {
            true => Ok(()),
            false if self.was_off => {
                output::answer(&format!("{} was off already; the store, read again, says off\n", self.name))
            }
            false => output::answer(&format!("rolled back: {} -> off; the store, read again, says off\n", self.serves)),
        }
    }

    /// It is not known to be off.
    pub(super) fn not_confirmed(&self, fault: &Fault) -> Result<(), Failure> {
        match self.json {
            true => output::json(&self.facts("not-confirmed", None, Vec::new(), Vec::new(), Some(fault))),
            false => Ok(()),
        }
    }

    /// How far the procedure is; `seen` is none where nobody lost anything, and there is no procedure.
    pub(super) fn end(&self, seen: Option<&State>) -> Result<(), Failure> {
        if let Some(stood) = &self.stood {
            let (who, when) = (clean(&stood.operator), units::moment(stood.at));
            output::tell(&format!("{who} rolled back at {when} already ({}): it stays that one rollback", stood.id));
        }
        let steps = seen.map_or_else(Vec::new, |state| self.steps(state));
        let open = seen.map_or_else(Vec::new, |state| self.open(state));
        if self.json {
            return output::json(&self.facts("verified", seen, steps, open, None));
        }
        for (i, step) in steps.iter().enumerate() {
            let after = step.after_s.map_or_else(String::new, |after| format!(" after {after:.1} s"));
            let found = if step.found.is_empty() { String::new() } else { format!(": {}", step.found) };
            output::tell(&format!("{}. {}: {}{after}{found}", i + 1, step.title, step.state));
        }
        open.iter().for_each(|open| output::tell(&format!("open: {open}")));
        Ok(())
    }

    fn steps(&self, seen: &State) -> Vec<Step> {
        let judged = seen.procedure.as_ref().map_or(&[][..], |procedure| &procedure.steps);
        let record = seen.rollback.as_ref();
        let began = record.map_or(self.at, |record| record.at);
        let step = |(i, step): (usize, &ProcedureStep)| {
            let (state, at) = match step.does {
                StepKind::Disable => (StepState::Verified, self.verified_at),
                StepKind::ConfirmLegacy => {
                    let at = record.and_then(|record| record.legacy.as_ref()).map(|(at, _, _)| *at);
                    (if at.is_some() { StepState::Verified } else { StepState::Waiting }, at)
                }
                StepKind::KeepDiagnostics => {
                    let kept = record.iter().flat_map(|record| &record.kept).map(|(at, _, _)| *at).max();
                    let state = if seen.is_kept(Phase::AtOnce) { StepState::Kept } else { StepState::Waiting };
                    (state, kept)
                }
                StepKind::FixFirst => (StepState::Locked, None),
                StepKind::ByHand => (StepState::ByHand, None),
            };
            // The judge knows better than this: it has read the flag and telemetry.
            let judged = judged.get(i).filter(|judged| judged.does == step.does);
            let found = judged.map_or_else(String::new, |judged| clean(&judged.found));
            let state = match judged {
                Some(judged) if step.does != StepKind::Disable => judged.state,
                _ => state,
            };
            let after = at.map(|at| (at - began).max(TimeDelta::zero()).as_seconds_f64());
            Step { title: clean(&step.title), does: step.does, state: state.word(), after_s: after, found }
        };
        self.steps.iter().enumerate().map(step).collect()
    }

    /// What is left, and how to finish it.
    fn open(&self, seen: &State) -> Vec<String> {
        let mut open = Vec::new();
        let goes_on = "`gonogo` or `gonogo guard` on the same audit log goes on with it";
        let wanted = |does| self.steps.iter().any(|step| step.does == does);
        let confirmed = seen.rollback.as_ref().is_some_and(|rollback| rollback.legacy.is_some());
        if wanted(StepKind::ConfirmLegacy) && !confirmed {
            let why = match (self.telemetry, &seen.telemetry) {
                (false, _) => format!("no telemetry is named: look yourself, then {CONFIRM}"),
                (true, Some(fault)) => format!("telemetry is down ({}): look yourself, then {CONFIRM}", fault.what),
                (true, None) => format!("{goes_on}; or look yourself, then {CONFIRM}"),
            };
            open.push(format!("the legacy path is not confirmed; {why}"));
        }
        if wanted(StepKind::KeepDiagnostics) {
            match (&seen.in_memory, seen.is_kept(Phase::AtOnce), seen.is_kept(Phase::AtTheEnd)) {
                (Some(fault), _, _) => {
                    open.push(format!("diagnostics were NOT kept, they are lost with this run: {fault}"))
                }
                (None, false, _) if self.no_watch => open.push(format!("diagnostics are not kept yet; {goes_on}")),
                (None, false, _) => open.push(format!("diagnostics were NOT kept in time; {goes_on}")),
                (None, true, false) => open.push(format!("diagnostics at the end follow the legacy path; {goes_on}")),
                (None, true, true) => {}
            }
        }
        open.extend(seen.not_recorded.iter().map(|what| format!("not in the audit log: {what}")));
        open
    }

    fn facts<'a>(
        &'a self,
        outcome: &'static str,
        seen: Option<&'a State>,
        steps: Vec<Step>,
        open: Vec<String>,
        fault: Option<&'a Fault>,
    ) -> Facts<'a> {
        let rollback = seen.and_then(|state| state.rollback.as_ref()).or(self.stood.as_ref());
        let kept = seen.map_or(&[][..], |state| &state.kept);
        Facts {
            outcome,
            already_off: self.was_off,
            served_before: &self.serves,
            id: rollback.map(|rollback| rollback.id.as_str()),
            began_at: instant(rollback.map_or(self.at, |rollback| rollback.at)),
            verified_at: self.verified_at.map(instant),
            joined: rollback.map_or(&[][..], |rollback| &rollback.joined),
            steps,
            kept: kept
                .iter()
                .map(|(phase, folder, _)| Kept { phase: phase_name(*phase), folder: folder.clone() })
                .collect(),
            open,
            fault,
        }
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

//! Snapshot × Runbook × History → Assessment. Pure.
//!
//! Blindness has classes (`health`): what leaves the counts sound (a source gone silent, a gap) lets a Fail stand that
//! those counts show, and keeps everything from passing; what puts the counts in doubt (a partial answer, successes
//! above attempts, an absurd clock) makes every verdict that rests on their ratio Unknown. An event that must not happen
//! counts from the instant it was seen, whatever else is blind.

mod actions;
mod approvals;
mod assessment;
mod call;
pub(crate) mod candidate;
mod checks;
mod context;
mod digest;
mod drift;
mod evidence;
mod gate;
mod guardrails;
mod hard_stops;
mod health;
mod history;
mod legacy;
mod monitors;
mod operable;
mod period;
mod pieces;
mod promotion;
mod qa;
mod rates;
mod roles;
mod seen;
mod seen_checks;
mod select;
mod sign_off_block;
mod signals;
mod stage;
mod standing;
mod trace;
mod triggers;
mod turns;
mod words;

pub use approvals::*;
pub use assessment::*;
pub use checks::{CheckMade, check_made, check_places};
use chrono::{DateTime, TimeDelta, Utc};
pub use evidence::{EvidenceStanding, Shown, described, evidence_standing};
pub use history::*;
pub use operable::*;
pub use pieces::{Picked, Tallied, pieces, tallied};
pub use promotion::*;
pub(crate) use qa::IMPORTED;
pub use qa::{QaStanding, qa_standing};
pub(crate) use roles::same_person;
pub use roles::{holder, roles};
pub use seen::{OnRecord, on_record, unseen};
pub use seen_checks::{SeenCheck, SeenHow, seen_check, seen_checks};
pub use sign_off_block::{BlockField, sign_off_block};
pub use standing::present_poll;
pub use trace::{Trace, evidence_begins, trace};
pub use turns::{Turn, Turned, turns};

use self::{call::Findings, context::Context, digest::Relied};
use crate::{
    fault::{Fault, FaultKind},
    runbook::{RateScope, Runbook},
    snapshot::Snapshot,
    text::clean,
};

/// Evidence is taken from no further back than this.
const EVIDENCE_LIMIT: TimeDelta = TimeDelta::days(30);

/// Judges everything at the instant `now`.
///
/// # Panics
/// On a runbook without stages, which [`crate::runbook`] refuses to make.
pub fn assess(
    runbook: &Runbook,
    snapshot: &Snapshot,
    history: &History,
    candidate: Option<&str>,
    now: DateTime<Utc>,
) -> Assessment {
    let cx = Context::new(runbook, snapshot, history, candidate, now).expect("a runbook has a stage");
    let present = &cx.present;

    let views = rates::present(&cx);
    let judged = seen::keep_failed(&cx, gate::assess(&cx, &views));
    let guarded = guardrails::assess(&cx);
    let triggers = triggers::assess(&cx, &views);
    let flag = drift::assess(&snapshot.flag, present, now);

    let next = runbook.stages.get(present.index + 1).map(|stage| stage.key.as_str());
    let relied = Relied {
        stage: &present.stage.key,
        to_stage: next,
        candidate: cx.candidate,
        runbook: &runbook.digest,
        flag: &flag,
        gates: &[],
        hard_stops: &guarded.hard_stops,
        triggers: &triggers,
        guardrails_blind: guarded.blind.is_some(),
    };
    // What a signature approves is judged before the signature.
    let approval = Relied { gates: &judged, ..relied }.approval(&history.resolutions);
    let signature = gate::sign_off::standing(&cx, &approval);
    let gates = gate::with_signature(&cx, judged, signature);
    let digest = Relied { gates: &gates, ..relied }.digest();

    let stops = standing::Stops::of(&cx);

    let findings = Findings {
        gates: &gates,
        hard_stops: &guarded.hard_stops,
        triggers: &triggers,
        flag: &flag,
        guardrails_blind: guarded.blind.as_deref(),
        unrecorded: present.unrecorded.as_deref(),
        history,
        stops: &stops,
        exposes: cx.exposes(),
    };
    let reasons = findings.reasons();
    let last = present.index + 1 >= runbook.stages.len();
    let (call, headline) = (call::call(&reasons), call::headline(&reasons, last));
    let complete = last && reasons.is_empty();
    let advance = actions::advance(runbook, present, reasons);
    let judged = standing::Judged {
        flag: &flag,
        gates: &gates,
        hard_stops: &guarded.hard_stops,
        triggers: &triggers,
        to: next,
        digest: &digest,
        signature,
    };
    let standing = standing::assess(&cx, stops, &judged);

    Assessment {
        at: now,
        generation: snapshot.generation,
        call,
        headline,
        stage: StageAssessment {
            index: present.index,
            key: present.stage.key.clone(),
            title: clean(&present.stage.title),
            entered_at: Some(present.entered_at),
            inferred: present.inferred,
            evidence_from: present.evidence_from(),
            restarted: present.restarted().map(str::to_owned),
            observed: (now - present.entered_at).max(TimeDelta::zero()),
            observe: TimeDelta::from_std(present.stage.observe).unwrap_or(TimeDelta::MAX),
        },
        sources: vec![snapshot.telemetry_source.clone(), snapshot.flag_source.clone()],
        rates: rates::assess(&cx, &views),
        monitors: monitors::assess(&cx),
        signals: signals::assess(&cx),
        chart: views
            .iter()
            .find(|view| view.rate.scope == RateScope::Rollout)
            .map_or_else(Vec::new, |view| view.chart()),
        warnings: warnings(history),
        rollback: actions::rollback(runbook),
        standing,
        rollback_called_for: call::rollback_called_for(&triggers, cx.exposes()),
        complete,
        guardrails: guarded.rows,
        guardrails_blind: guarded.blind,
        history_blind: history.blind.as_deref().map(clean),
        hard_stops: guarded.hard_stops,
        flag,
        gates,
        triggers,
        advance,
        digest,
        approval,
        candidate: cx.candidate.map(clean),
    }
}

/// From when on telemetry is needed: a day back, or to where the rollout was first watched, but never more than 30 days.
pub fn evidence_since(history: &History, now: DateTime<Utc>) -> DateTime<Utc> {
    let day = now - TimeDelta::hours(24);
    let first = history.visits.first().map_or(day, |visit| visit.entered_at);
    day.min(first).max(evidence_limit(now))
}

fn evidence_limit(now: DateTime<Utc>) -> DateTime<Utc> {
    now - EVIDENCE_LIMIT
}

fn warnings(history: &History) -> Vec<Fault> {
    let damage = history.damage.iter().map(|damage| {
        Fault::new(
            FaultKind::File,
            format!("the audit log is damaged: {damage}"),
            "keep a copy of the file, and find out who else writes to it",
        )
    });
    damage.collect()
}

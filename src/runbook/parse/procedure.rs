//! The rollback procedure, and what tells that users are back on the old path.

use super::{one_of, rates, table::Table, value::Value};
use crate::runbook::{LegacyPath, ProcedureStep, Signal, StepKind};

/// What gonogo can do of a step, as it is written.
const KINDS: &[(&str, StepKind)] = &[
    ("disable", StepKind::Disable),
    ("confirm_legacy", StepKind::ConfirmLegacy),
    ("keep_diagnostics", StepKind::KeepDiagnostics),
    ("fix_first", StepKind::FixFirst),
    ("by_hand", StepKind::ByHand),
];

/// The steps in order. Whatever a procedure says, it begins with taking the feature away: a first step that does not say
/// what it does is that one.
pub(super) fn steps(root: &Table<'_>) -> Vec<ProcedureStep> {
    let mut done: Vec<StepKind> = Vec::new();
    root.list("rollback", |value| {
        value.table(|t| {
            let usual = if done.is_empty() { StepKind::Disable } else { StepKind::ByHand };
            let does = t.optional("does", |value| one_of(value, KINDS)).unwrap_or(usual);
            if let Some(value) = t.get("does") {
                refuse_misplaced(&value, does, &done);
            }
            done.push(does);
            let step = ProcedureStep {
                key: t.need("key", Value::slug),
                title: t.need("title", Value::words),
                detail: t.need("detail", Value::words),
                does,
            };
            t.finish();
            Some(step)
        })
    })
}

fn refuse_misplaced(value: &Value<'_>, does: StepKind, done: &[StepKind]) {
    let first = done.is_empty();
    if first && does != StepKind::Disable {
        value.refuse::<()>("expected \"disable\" in the first step: nothing comes before taking the feature away");
    } else if !first && does == StepKind::Disable {
        value.refuse::<()>("expected \"disable\" in the first step only: nothing comes before taking the feature away");
    } else if does != StepKind::ByHand && done.contains(&does) {
        value.refuse::<()>("expected each kind of step once, except \"by_hand\"");
    }
}

/// `gone` and `back` are counted by one source, or one of them is never seen.
pub(super) fn legacy_path(value: &Value<'_>, signals: &[Signal]) -> Option<LegacyPath> {
    value.table(|t| {
        let (gone, back) = (t.required("gone", rates::selection), t.required("back", rates::selection));
        let sdk_poll = t.need("sdk_poll", Value::duration);
        let signal = |key: &str| signals.iter().find(|signal| signal.key == key);
        if let (Some(gone), Some(back), Some(written)) = (&gone, &back, t.get("back")) {
            if rates::same(gone, back) {
                written.refuse::<()>("expected something else than in `gone`: what comes back is not what goes");
            }
            if let (Some(one), Some(other)) = (signal(&gone.signal), signal(&back.signal)) {
                let both = (one.prometheus.is_some() && other.prometheus.is_some())
                    || (one.events.is_some() && other.events.is_some());
                if !both {
                    let (one, other) = (&one.key, &other.key);
                    written.refuse::<()>(format!(
                        "expected a signal that the same source can read: {one} and {other} have none in common"
                    ));
                }
            }
        }
        t.finish();
        Some(LegacyPath { gone: gone?, back: back?, sdk_poll })
    })
}

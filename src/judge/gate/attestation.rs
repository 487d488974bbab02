//! Somebody gave their word for what telemetry cannot see.

use super::{Finding, recorded};
use crate::{
    judge::{Attestation, Verdict, candidate, context::Context, words::shorten},
    runbook::Gate,
    units::moment,
};

/// The verdict on the attestations of this stage and gate: one on the candidate, of the statement as the gate asks for
/// it now, since the stage was entered and since the gate's failure was resolved, if it was.
pub(super) fn judge(cx: &Context<'_>, gate: &Gate, statement: &str) -> Finding {
    let candidate = match recorded::candidate(cx) {
        Ok(candidate) => candidate,
        Err(found) => return *found,
    };
    let from = cx.fails_from(gate);
    let of_this_gate = |word: &&Attestation| word.stage == cx.present.stage.key && word.gate == gate.key;
    let words = || cx.history.attestations.iter().filter(of_this_gate);
    let bound = |word: &Attestation| candidate::same(Some(candidate), word.candidate.as_deref());
    if let Some(word) = words().rfind(|word| bound(word) && word.statement == statement && word.at >= from) {
        let reason = format!("{} at {}: {}", shorten(&word.operator), moment(word.at), shorten(&word.evidence));
        return Finding::new(Verdict::Pass, reason, "attested")
            .evidence([("age_s", recorded::seconds(recorded::age(cx, word.at)))])
            .seen(recorded::seen(cx, word.at));
    }
    let on = candidate::shown(candidate);
    let why = match words().next_back() {
        None => format!("nobody has given their word on {on}"),
        Some(word) if !bound(word) => {
            let there = word.candidate.as_deref().map_or_else(|| "no candidate".to_owned(), candidate::shown);
            format!("the latest word is on {there}, the candidate is {on}")
        }
        Some(word) if word.statement != statement => {
            format!("the latest word is that \"{}\", and the gate asks for another", shorten(&word.statement))
        }
        Some(word) => {
            format!("the latest word is of {}, from before {}", moment(word.at), moment(from))
        }
    };
    let reason = format!("{why}: gonogo attest {} --evidence, that \"{}\"", gate.key, shorten(statement));
    Finding::new(Verdict::Pending, reason, "no word")
}

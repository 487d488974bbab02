//! The release owner's signature. It falls with what was signed.
//!
//! It is bound to the digest of what was approved: each other gate, the flag, hard stops, triggers, and what was resolved
//! so far. While one of them is not as it was, such as a gate that cannot be seen for a moment, the signature does not
//! stand, and it stands again once all is as it was. What somebody resolved since then was not known to the one who
//! signed: after a resolution it does not stand again.

use chrono::{DateTime, Utc};

use super::{Finding, recorded};
use crate::{
    judge::{GateAssessment, SignOff, Verdict, candidate, context::Context, roles, words::shorten},
    runbook::{Condition, Gate},
    units::moment,
};

/// The signature that stands in the present stage, if one does: by the release owner, for the candidate and this version
/// of the runbook, since the stage was entered, with no other candidate or runbook on record since, and for just what is
/// there to approve now.
pub(in crate::judge) fn standing<'a>(cx: &Context<'a>, approval: &str) -> Option<&'a SignOff> {
    let candidate = recorded::candidate(cx).ok()?;
    let from = signed_from(cx);
    signed(cx).rfind(|signed| {
        is_for(cx, candidate, signed)
            && signed.at >= from
            && !fell(cx, candidate, signed)
            && roles::releases(cx.runbook, cx.history, &signed.operator)
            && signed.approval.as_deref() == Some(approval)
    })
}

/// The verdict on the signatures of this stage. `others` are the gates beside it.
pub(super) fn judge(cx: &Context<'_>, others: &[GateAssessment], standing: Option<&SignOff>) -> Finding {
    let candidate = match recorded::candidate(cx) {
        Ok(candidate) => candidate,
        Err(found) => return *found,
    };
    if let Some(signed) = standing {
        let (who, what) = (shorten(&signed.operator), shorten(&signed.statement));
        return Finding::new(Verdict::Pass, format!("{who} at {}: {what}", moment(signed.at)), "signed")
            .evidence([("age_s", recorded::seconds(recorded::age(cx, signed.at)))])
            .seen(recorded::seen(cx, signed.at));
    }
    let why = why_not(cx, candidate, others);
    Finding::new(Verdict::Pending, format!("{why}: gonogo sign-off --statement"), "not signed")
}

/// Why the latest signature does not stand.
fn why_not(cx: &Context<'_>, candidate: &str, others: &[GateAssessment]) -> String {
    let on = candidate::shown(candidate);
    let Some(signed) = signed(cx).next_back() else { return format!("nobody has signed for {on}") };
    let from = signed_from(cx);
    if !candidate::same(Some(candidate), signed.candidate.as_deref()) {
        let there = signed.candidate.as_deref().map_or_else(|| "no candidate".to_owned(), candidate::shown);
        return format!("the latest signature is for {there}, the candidate is {on}");
    }
    if signed.runbook != cx.runbook.digest {
        return "the latest signature is for another version of the runbook".to_owned();
    }
    if signed.at < from {
        return format!("the latest signature is of {}, from before {}", moment(signed.at), moment(from));
    }
    if fell(cx, candidate, signed) {
        return "the candidate or the runbook changed since the latest signature".to_owned();
    }
    let who = shorten(&signed.operator);
    if !roles::releases(cx.runbook, cx.history, &signed.operator) {
        return format!("the latest signature is by {who}, who is not the release owner");
    }
    if signed.approval.is_none() {
        return format!("the signature of {who} does not say what was approved: an earlier version wrote it");
    }
    if let Some(resolved) = cx.history.resolutions.iter().rfind(|resolution| resolution.at > signed.at) {
        let (what, at) = (shorten(&resolved.trouble.to_string()), moment(resolved.at));
        return format!("{what} was resolved at {at}, after {who} signed");
    }
    let mut now: Vec<String> = others
        .iter()
        .filter(|gate| gate.verdict != Verdict::Pass && !is_approval(gate))
        .map(|gate| format!("gate {} is {} now", gate.title, gate.verdict.word()))
        .collect();
    if let Some(change) = cx.history.flags.iter().rfind(|change| change.at > signed.at) {
        now.insert(0, format!("the flag was changed at {}", moment(change.at)));
    }
    let told = if now.is_empty() { String::new() } else { format!(" ({})", recorded::first_of(&now)) };
    format!("a gate, the flag, a hard stop or a trigger is not as it was when {who} signed{told}")
}

/// Whether a gate is an approval itself: no approval rests on another.
pub(in crate::judge) fn is_approval(gate: &GateAssessment) -> bool {
    matches!(gate.kind, "sign_off" | "poll")
}

/// Signatures of the present stage, oldest first.
fn signed<'a>(cx: &Context<'a>) -> impl DoubleEndedIterator<Item = &'a SignOff> {
    let stage = &cx.present.stage.key;
    cx.history.sign_offs.iter().filter(move |signed| signed.stage == *stage)
}

fn is_for(cx: &Context<'_>, candidate: &str, signed: &SignOff) -> bool {
    candidate::same(Some(candidate), signed.candidate.as_deref()) && signed.runbook == cx.runbook.digest
}

/// A signature that fell does not stand up again when the candidate comes back.
fn fell(cx: &Context<'_>, candidate: &str, signed: &SignOff) -> bool {
    let mut since = cx.history.bases.iter().filter(|basis| basis.since > signed.at);
    since.any(|basis| {
        !candidate::same(Some(candidate), basis.candidate.as_deref()) || basis.runbook != cx.runbook.digest
    })
}

/// From when on signatures count: since the stage was entered, and since a gate that asks for one was resolved.
fn signed_from(cx: &Context<'_>) -> DateTime<Utc> {
    let gates = cx.present.stage.gates.iter().filter(|gate| asks(gate));
    gates.map(|gate| cx.fails_from(gate)).fold(cx.present.entered_at, DateTime::max)
}

/// Whether a gate asks for a signature.
pub(super) fn asks(gate: &Gate) -> bool {
    gate.condition == Condition::SignOff
}

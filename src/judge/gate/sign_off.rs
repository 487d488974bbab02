//! The release owner's signature. It falls with what was signed.

use super::{Finding, recorded};
use crate::{
    judge::{SignOff, Verdict, candidate, context::Context, words::shorten},
    runbook::Gate,
    units::moment,
};

/// The verdict on the signatures of this stage: one for the candidate and this version of the runbook, since the stage
/// was entered, and with no other candidate or runbook on record since.
pub(super) fn judge(cx: &Context<'_>, gate: &Gate) -> Finding {
    let candidate = match recorded::candidate(cx) {
        Ok(candidate) => candidate,
        Err(found) => return *found,
    };
    let from = cx.fails_from(gate);
    let here =
        |named: Option<&str>, runbook: &str| candidate::same(Some(candidate), named) && runbook == cx.runbook.digest;
    // A signature that fell does not stand up again when the candidate comes back.
    let fell = |signed: &SignOff| {
        let since = cx.history.bases.iter().filter(|basis| basis.since > signed.at);
        since.into_iter().any(|basis| !here(basis.candidate.as_deref(), &basis.runbook))
    };
    let signed = || cx.history.sign_offs.iter().filter(|signed| signed.stage == cx.present.stage.key);
    let stands =
        |signed: &SignOff| here(signed.candidate.as_deref(), &signed.runbook) && signed.at >= from && !fell(signed);
    if let Some(signed) = signed().rfind(|signed| stands(signed)) {
        let (who, what) = (shorten(&signed.operator), shorten(&signed.statement));
        return Finding::new(Verdict::Pass, format!("{who} at {}: {what}", moment(signed.at)), "signed")
            .evidence([("age_s", recorded::seconds(recorded::age(cx, signed.at)))])
            .seen(recorded::seen(cx, signed.at));
    }
    let on = candidate::shown(candidate);
    let why = match signed().next_back() {
        None => format!("nobody has signed for {on}"),
        Some(signed) if !candidate::same(Some(candidate), signed.candidate.as_deref()) => {
            let there = signed.candidate.as_deref().map_or_else(|| "no candidate".to_owned(), candidate::shown);
            format!("the latest signature is for {there}, the candidate is {on}")
        }
        Some(signed) if signed.runbook != cx.runbook.digest => {
            "the latest signature is for another version of the runbook".to_owned()
        }
        Some(signed) if signed.at < from => {
            format!("the latest signature is of {}, from before {}", moment(signed.at), moment(from))
        }
        Some(_) => "the candidate or the runbook changed since the latest signature".to_owned(),
    };
    Finding::new(Verdict::Pending, format!("{why}: gonogo sign-off --statement"), "not signed")
}

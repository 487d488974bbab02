//! The signature of the release owner: what stands against it, and the entry that it is. Pure.

use chrono::{DateTime, Utc};

use crate::{
    audit::Event,
    facts,
    judge::{Assessment, BlockField, History, SignOff, TriggerState, Verdict, candidate, sign_off_block},
    runbook::{Fill, Runbook},
    text::clean,
};

/// What somebody signs, in their words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// Who signs.
    pub operator: String,
    /// What is decided.
    pub statement: String,
    /// What they wrote into fields of the block, by title.
    pub fields: Vec<(String, String)>,
}

/// The block as it would be signed now, with what is open in it.
pub fn block(runbook: &Runbook, history: &History, assessment: &Assessment, signing: &Signing) -> Vec<BlockField> {
    let signed = signature(runbook, assessment, signing, assessment.at);
    // The decision can be evidence itself.
    let mut with = history.clone();
    with.sign_offs.push(signed.clone());
    let (roles, named) = (&assessment.standing.roles, assessment.candidate.as_deref());
    let mut block = sign_off_block(runbook, &with, roles, named, Some(&signed), assessment.at);
    for field in block.iter_mut().filter(|field| field.fill == Fill::ByHand) {
        if field.value.as_deref().is_none_or(|value| value.trim().is_empty()) {
            (field.value, field.open) = (None, Some("filled in by the one who signs".to_owned()));
        }
    }
    block
}

/// The signature as an entry of the audit log, to be appended only where the log still ends as it was judged.
///
/// # Errors
/// Everything that stands against it, worst first; nothing may then be recorded.
pub fn sign(
    runbook: &Runbook,
    history: &History,
    assessment: &Assessment,
    signing: &Signing,
    now: DateTime<Utc>,
) -> Result<Event, Vec<String>> {
    let block = block(runbook, history, assessment, signing);
    let mut against = standing_against(assessment);
    against.extend(block.iter().filter_map(|field| Some(format!("{}: {}", field.title, field.open.as_ref()?))));
    against.extend(unknown_fields(runbook, signing));
    against.extend(facts::may_sign(runbook, history, &signing.operator).err());
    if signing.statement.trim().is_empty() {
        against.push("a signature says what was decided; give it in words".to_owned());
    }
    if candidate::named(assessment.candidate.as_deref()).is_none() {
        against.push("no candidate is named: a signature is for one commit".to_owned());
    }
    if !against.is_empty() {
        return Err(against);
    }
    let SignOff { stage, candidate, runbook, statement, approval, .. } = signature(runbook, assessment, signing, now);
    let block = block.into_iter().filter_map(|field| Some((field.title, field.value?))).collect();
    Ok(Event::SignedOff { stage, candidate, runbook, statement, approval, block })
}

fn signature(runbook: &Runbook, assessment: &Assessment, signing: &Signing, at: DateTime<Utc>) -> SignOff {
    let each = signing.fields.iter();
    SignOff {
        at,
        stage: assessment.stage.key.clone(),
        candidate: assessment.candidate.clone(),
        runbook: runbook.digest.clone(),
        operator: clean(&signing.operator),
        statement: clean(signing.statement.trim()),
        approval: Some(assessment.approval.clone()),
        block: each.map(|(title, value)| (title.clone(), clean(value.trim()))).collect(),
    }
}

/// What keeps anybody from signing, whatever is in the block: all that a decision to go on must not pass over.
fn standing_against(assessment: &Assessment) -> Vec<String> {
    let mut against: Vec<String> =
        assessment.hard_stops.iter().map(|stop| format!("hard stop: {}", stop.reason)).collect();
    let triggers = |state| assessment.triggers.iter().filter(move |trigger| trigger.state == state);
    let of_trigger =
        |trigger: &crate::judge::TriggerAssessment| format!("rollback trigger {}: {}", trigger.title, trigger.reason);
    against.extend(triggers(TriggerState::Tripped).map(of_trigger));
    against.extend(assessment.flag.drift.iter().map(|drift| format!("drift: the flag {drift}")));
    against.extend(assessment.history_blind.iter().map(|why| format!("what happened before is not known: {why}")));
    against.extend(assessment.flag.blind.clone());
    against.extend(assessment.guardrails_blind.iter().map(|why| format!("guardrails cannot be seen: {why}")));
    against.extend(triggers(TriggerState::Unknown).map(of_trigger));
    let open = assessment.gates.iter().filter(|gate| gate.verdict != Verdict::Pass && gate.kind != "sign_off");
    let mut open: Vec<_> = open.collect();
    open.sort_by_key(|gate| std::cmp::Reverse(gate.verdict));
    against.extend(open.iter().map(|gate| format!("gate {} ({}): {}", gate.title, gate.verdict.word(), gate.reason)));
    against
}

/// Fields that the block does not have, or that are not filled in by hand.
fn unknown_fields(runbook: &Runbook, signing: &Signing) -> Vec<String> {
    let field = |title: &str| runbook.sign_off.iter().find(|field| field.title == title);
    let wrong = signing.fields.iter().filter_map(|(title, _)| match field(title) {
        None => Some(format!("the sign-off block has no field {:?}", clean(title))),
        Some(field) if field.fill != Fill::ByHand => Some(format!("{} is filled from what is on record", clean(title))),
        Some(_) => None,
    });
    wrong.collect()
}

//! What people and tools recorded, as the gates and triggers that rest on it read it.

use super::{polls, words};
use crate::{
    audit::{Entry, Event},
    judge::{
        Assignment, AttachmentRecord, Attestation, CheckOutcome, CheckResult, History, QaReport, Raised, Resolution,
        Seen, SignOff,
    },
};

/// Takes it into the history; its kind and its words for the timeline.
pub(super) fn recorded(history: &mut History, entry: &Entry) -> (&'static str, String) {
    let (at, operator) = (entry.at, entry.operator.clone());
    match entry.event.clone() {
        Event::Resolved { trouble, evidence } => {
            let text = format!("{trouble} resolved: {evidence}");
            history.resolutions.push(Resolution { at, trouble, operator, evidence });
            ("resolution", text)
        }
        Event::Raised { trigger, reason } => {
            let text = format!("rollback trigger {trigger} raised: {reason}");
            history.raised.push(Raised { at, trigger, operator, reason });
            ("raised", text)
        }
        Event::Seen { trouble, reason } => {
            let text = format!("{trouble} was seen: {reason}");
            history.seen.push(Seen { at, trouble, reason });
            ("seen", text)
        }
        Event::Attested { stage, gate, statement, candidate, evidence } => {
            let text = format!("attested for gate {gate}: {statement} ({evidence})");
            history.attestations.push(Attestation { at, stage, gate, statement, candidate, operator, evidence });
            ("attestation", text)
        }
        Event::QaReported(run) => {
            let passed = run.checks.iter().filter(|check| check.status == "pass").count();
            let text =
                format!("`{}` on {}: {passed} of {} checks passed", run.command, run.candidate, run.checks.len());
            history.qa_reports.push(QaReport { at, operator, run: *run });
            ("qa", text)
        }
        Event::Checked { check, environment, outcome, candidate, note, attached } => {
            let word = match outcome {
                CheckOutcome::Pass => "passed",
                CheckOutcome::Fail => "failed",
                CheckOutcome::Blocked => "blocked",
            };
            let text = format!("check {check} in {environment} {word}: {note}");
            history.checks.push(CheckResult { at, check, environment, outcome, candidate, operator, note, attached });
            ("check", text)
        }
        Event::SignedOff { stage, candidate, runbook, statement, approval, block } => {
            let text = format!("signed off {stage}: {statement}");
            let signed = SignOff { at, stage, candidate, runbook, operator, statement, approval, block };
            history.sign_offs.push(signed);
            ("sign-off", text)
        }
        Event::Attached(attachment) => {
            let text = words::attached(&attachment);
            let host = entry.host.clone();
            history.attachments.push(AttachmentRecord { at, operator, host, attachment: *attachment });
            ("evidence", text)
        }
        Event::Assigned { role, name } => {
            let text = match &name {
                Some(name) => format!("{role} is {name}"),
                None => format!("nobody is {role} any more"),
            };
            history.assigned.insert(role, Assignment { at, operator, name });
            ("role", text)
        }
        Event::PollOpened { .. } | Event::Voted { .. } | Event::PollClosed { .. } => {
            ("poll", polls::take(history, entry))
        }
        _ => ("other", String::new()),
    }
}

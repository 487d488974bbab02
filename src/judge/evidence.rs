//! What there is of the evidence that the runbook lists, for one candidate.

use chrono::{DateTime, Utc};

use super::{Attached, EvidenceAssessment, History, SignOff, candidate, qa_standing, words::shorten};
use crate::{
    runbook::{EvidenceFrom, EvidenceItem, Runbook},
    text::clean,
    units::{moment, plural},
};

/// One item of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceStanding<'a> {
    /// The item.
    pub item: &'a EvidenceItem,
    /// What there is, oldest first; of the candidate and of no other.
    pub shown: Vec<Shown>,
    /// What is missing, in one line; none where there is something.
    pub open: Option<String>,
}

/// Something that shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// By whom.
    pub operator: String,
    /// What it is, in one line, harmless: an address, a file with its digest, a run.
    pub text: String,
}

/// What there is of each item that the runbook lists, in its order, at the instant `now`. Whether a signature still stands
/// is not known here: [`super::Standing`] has the same with the one that does.
pub fn evidence_standing<'a>(
    runbook: &'a Runbook,
    history: &History,
    named: Option<&str>,
    now: DateTime<Utc>,
) -> Vec<EvidenceStanding<'a>> {
    let named = history.candidate(named);
    let signed = history.sign_offs.iter().rfind(|signed| candidate::same(named, signed.candidate.as_deref()));
    runbook.evidence.iter().map(|item| standing(runbook, history, named, now, item, signed)).collect()
}

/// The same where it is known which signature stands.
pub(super) fn evidence_assessments(
    runbook: &Runbook,
    history: &History,
    named: Option<&str>,
    signed: Option<&SignOff>,
    now: DateTime<Utc>,
) -> Vec<EvidenceAssessment> {
    let each = runbook.evidence.iter().map(|item| {
        let EvidenceStanding { shown, open, .. } = standing(runbook, history, named, now, item, signed);
        EvidenceAssessment { key: item.key.clone(), title: clean(&item.title), shown, open }
    });
    each.collect()
}

fn standing<'a>(
    runbook: &Runbook,
    history: &History,
    named: Option<&str>,
    now: DateTime<Utc>,
    item: &'a EvidenceItem,
    signed: Option<&SignOff>,
) -> EvidenceStanding<'a> {
    let same = |of: Option<&str>| candidate::same(named, of);
    let attached = history
        .attachments
        .iter()
        .filter(|record| record.attachment.item == item.key && same(record.attachment.candidate.as_deref()));
    let mut shown: Vec<Shown> = attached
        .map(|record| Shown {
            at: record.at,
            operator: clean(&record.operator),
            text: noted(&described(&record.attachment.attached), &record.attachment.note),
        })
        .collect();
    let mut missing = "nothing is attached: gonogo evidence attach".to_owned();
    match &item.from {
        EvidenceFrom::ByHand => {}
        EvidenceFrom::Logs(_) => missing = "nothing is attached: gonogo evidence fetch, or attach".to_owned(),
        EvidenceFrom::QaReport => match (&runbook.qa, candidate::named(named)) {
            (Some(gate), Some(named)) => {
                let standing = qa_standing(gate, &history.qa_reports, named, None, now);
                let report = standing.report.filter(|_| standing.green());
                shown.extend(report.map(|report| Shown {
                    at: report.at,
                    operator: clean(&report.operator),
                    text: format!(
                        "{} of `{}` passed on {}: {}",
                        plural(standing.passed, "check"),
                        shorten(&report.run.command),
                        clean(&report.run.candidate),
                        report.run.checks.iter().map(|check| shorten(&check.id)).collect::<Vec<_>>().join(", ")
                    ),
                }));
                missing = format!("the automated gate is not green: {}", standing.missing.join("; "));
            }
            _ => missing = "there is no automated gate, or no candidate".to_owned(),
        },
        EvidenceFrom::QaOutput => {
            let runs = history.qa_reports.iter().filter(|report| same(Some(&report.run.candidate)));
            let mut outputs = runs.filter_map(|report| Some((report, report.run.ran.as_ref()?.output.as_ref()?)));
            shown.extend(outputs.next_back().map(|(report, file)| Shown {
                at: report.at,
                operator: clean(&report.operator),
                text: format!("{} (sha256 {})", clean(&file.path), &file.digest),
            }));
            missing = "no output is kept: run the gate with gonogo qa run, or attach it".to_owned();
        }
        EvidenceFrom::SignOff => {
            shown.extend(signed.map(|signed| Shown {
                at: signed.at,
                operator: clean(&signed.operator),
                text: format!(
                    "{} signed at {}: {}",
                    clean(&signed.operator),
                    moment(signed.at),
                    shorten(&signed.statement)
                ),
            }));
            missing = "nobody has signed: gonogo sign-off".to_owned();
        }
    }
    let open = shown.is_empty().then_some(missing);
    EvidenceStanding { item, shown, open }
}

/// What was attached, in one line, harmless: an address, a file with its digest.
pub fn described(attached: &Attached) -> String {
    match attached {
        Attached::Link { url } => clean(url),
        Attached::File { file, name } => format!("{} (sha256 {})", shorten(name), file.digest),
        Attached::Logs { file, lines, source } => {
            format!("{} from {} (sha256 {})", plural(*lines, "log line"), shorten(source), file.digest)
        }
    }
}

fn noted(text: &str, note: &str) -> String {
    match note.trim() {
        "" => text.to_owned(),
        note => format!("{text}: {}", shorten(note)),
    }
}

//! The sign-off block of the runbook, filled from facts. What is open is named.

use chrono::{DateTime, Utc};

use super::{
    EvidenceStanding, History, QaReport, RoleAssessment, SignOff, Tree, candidate, evidence_standing, qa_standing,
    words::shorten,
};
use crate::{
    runbook::{Duty, Fill, Runbook},
    text::clean,
    units::moment,
};

/// A field of the block.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockField {
    /// As in the team's template.
    pub title: String,
    /// What fills it.
    pub fill: Fill,
    /// What is in it, harmless; none while it is open.
    pub value: Option<String>,
    /// Why it is open; none where it is filled.
    pub open: Option<String>,
}

/// The block for a candidate, each field in the order of the runbook. `signed` is the signature that stands, if one does;
/// `roles` is who has which role.
pub fn sign_off_block(
    runbook: &Runbook,
    history: &History,
    roles: &[RoleAssessment],
    named: Option<&str>,
    signed: Option<&SignOff>,
    now: DateTime<Utc>,
) -> Vec<BlockField> {
    let named = history.candidate(named);
    let evidence = evidence_standing(runbook, history, named, now);
    let each = runbook.sign_off.iter().map(|field| {
        let found = match &field.fill {
            Fill::Candidate => {
                candidate::named(named).map(clean).ok_or_else(|| "no candidate is named: give --candidate".to_owned())
            }
            Fill::GateCommand => match &runbook.qa {
                Some(gate) => Ok(clean(&gate.command)),
                None => Err("the runbook has no automated gate".to_owned()),
            },
            Fill::GateResult => gate_result(runbook, history, named, now),
            Fill::Evidence(item) => shown(&evidence, item),
            Fill::RollbackOwner => {
                let owner = roles.iter().find(|role| role.duty == Some(Duty::RollbackOwner));
                let name = owner.and_then(|owner| owner.name.clone());
                name.ok_or_else(|| "nobody is named: gonogo role assign".to_owned())
            }
            Fill::Decision => signed
                .map(|signed| {
                    format!("{}, {}: {}", clean(&signed.operator), moment(signed.at), shorten(&signed.statement))
                })
                .ok_or_else(|| "nobody has signed: gonogo sign-off".to_owned()),
            Fill::ByHand => signed
                .and_then(|signed| signed.block.iter().find(|(title, _)| clean(title) == clean(&field.title)))
                .map(|(_, value)| clean(value))
                .ok_or_else(|| "filled in by the one who signs".to_owned()),
        };
        let (value, open) = match found {
            Ok(value) => (Some(value), None),
            Err(open) => (None, Some(open)),
        };
        BlockField { title: clean(&field.title), fill: field.fill.clone(), value, open }
    });
    each.collect()
}

fn gate_result(
    runbook: &Runbook,
    history: &History,
    named: Option<&str>,
    now: DateTime<Utc>,
) -> Result<String, String> {
    let Some(gate) = &runbook.qa else { return Err("the runbook has no automated gate".to_owned()) };
    let Some(named) = candidate::named(named) else { return Err("no candidate is named: give --candidate".to_owned()) };
    let standing = qa_standing(gate, &history.qa_reports, named, None, now);
    match standing.report {
        Some(report) if standing.green() => {
            Ok(format!("PASS: {} of {} checks, {}", standing.passed, standing.needed, run_of(report)))
        }
        _ => Err(format!("not green: {}", standing.missing.join("; "))),
    }
}

/// When it ran, and what is known of the tree it ran on.
fn run_of(report: &QaReport) -> String {
    let ended = moment(report.run.completed_at.unwrap_or(report.at));
    let tree = match report.run.ran.as_ref().map(|ran| &ran.tree) {
        None => "imported: nothing is known of the tree it ran on",
        Some(Tree::Clean) => "on a clean tree",
        Some(Tree::Dirty { .. }) => "on a tree that differs from the commit",
        Some(Tree::Unknown { .. }) => "on a tree of which nothing is known",
    };
    format!("run that ended {ended}, {tree}")
}

fn shown(evidence: &[EvidenceStanding<'_>], key: &str) -> Result<String, String> {
    let standing = evidence.iter().find(|standing| standing.item.key == key);
    let latest = standing.and_then(|standing| standing.shown.last());
    match latest {
        Some(latest) => Ok(latest.text.clone()),
        None => Err(standing.and_then(|standing| standing.open.clone()).unwrap_or_default()),
    }
}

//! What a promotion rests on beside telemetry: checks, the automated gate, evidence, sign-off, roles.

use super::words::{any_of, conditions, named, selection, span};
use crate::runbook::{Deployed, Duty, EvidenceFrom, Fill, QaGate, Runbook, page::Page};

pub(super) fn approval(page: &mut Page, runbook: &Runbook) {
    checklist(page, runbook);
    if let Some(gate) = &runbook.qa {
        qa(page, gate);
    }
    if !runbook.evidence.is_empty() {
        page.heading("Evidence to capture");
        page.dashes(
            2,
            runbook.evidence.iter().map(|item| format!("{}: {}", named(&item.title, &item.key), from(&item.from))),
        );
    }
    if !runbook.sign_off.is_empty() {
        page.heading("Sign-off");
        page.dashes(2, runbook.sign_off.iter().map(|field| format!("{}: {}", field.title, fill(&field.fill))));
    }
    if !runbook.roles.is_empty() {
        page.heading("Roles, in the order in which a poll asks them");
        page.dashes(
            2,
            runbook.roles.iter().map(|role| {
                let duty = match role.duty {
                    Some(Duty::ReleaseOwner) => ": release_owner, who decides, and signs",
                    Some(Duty::RollbackOwner) => ": rollback_owner, who rolls back; named before anybody is served",
                    None => "",
                };
                format!("{}{duty}", named(&role.title, &role.key))
            }),
        );
    }
    if let Some(told) = &runbook.deployed {
        deployed(page, told);
    }
}

fn checklist(page: &mut Page, runbook: &Runbook) {
    if !runbook.checklist.is_empty() {
        page.heading("Checklist");
    }
    for (index, check) in runbook.checklist.iter().enumerate() {
        page.line(2, &format!("{:>2}. ", index + 1), &named(&check.title, &check.key));
        page.dashes(6, check.seen.iter().map(|seen| format!("telemetry sees {}", selection(seen))));
    }
}

fn qa(page: &mut Page, gate: &QaGate) {
    page.heading("Required automated gate");
    page.fact(2, "command", &gate.command);
    if !gate.report.is_empty() {
        page.fact(2, "report by", &gate.report.join(" "));
    }
    if !gate.reported_as.is_empty() {
        page.fact(2, "reported as", &gate.reported_as.join(", or "));
    }
    page.fact(2, "checks", &gate.checks.join(", "));
    if !gate.older.is_empty() {
        let older: Vec<String> = gate.older.iter().map(|(was, now)| format!("{was} is now {now}")).collect();
        page.fact(2, "older ids", &older.join(", "));
    }
    page.fact(2, "killed after", &span(gate.limit));
    page.fact(2, "valid for", &span(gate.max_age));
    if !gate.covers.is_empty() {
        page.fact(2, "covers", "");
        page.dashes(4, &gate.covers);
    }
}

fn deployed(page: &mut Page, told: &Deployed) {
    page.heading("What is deployed");
    if let Some(read) = &told.prometheus {
        page.fact(2, "prometheus", &(read.metric.clone() + &conditions(&read.matchers)));
        page.fact(2, "", &format!("commit from {}, a series for each instance", read.commit));
    }
    if let Some(read) = &told.events {
        page.fact(2, "events", &format!("{} is {}", read.name_field, any_of(&read.names)));
        let instance = match &read.instance {
            Some(instance) => format!("instance from {instance}, the newest record of each counts"),
            None => "the newest record counts".to_owned(),
        };
        page.fact(2, "", &format!("commit from {}, {instance}", read.commit));
    }
    let unknown = match told.required {
        true => "where it is not known, nobody is advanced",
        false => "where it is not known, nothing is compared",
    };
    page.line(2, "", &format!("Another commit than the candidate stops an advance; {unknown}."));
}

fn from(from: &EvidenceFrom) -> String {
    match from {
        EvidenceFrom::ByHand => "by_hand: people attach it".to_owned(),
        EvidenceFrom::QaReport => "qa_report: the report of the automated gate on the candidate".to_owned(),
        EvidenceFrom::QaOutput => "qa_output: the output of the automated gate on the candidate".to_owned(),
        EvidenceFrom::SignOff => "sign_off: the decision and the signature".to_owned(),
        EvidenceFrom::Logs(logs) => {
            format!("logs: lines of {} of the last {}: {}", logs.environment, span(logs.within), logs.query)
        }
    }
}

fn fill(fill: &Fill) -> String {
    match fill {
        Fill::Candidate => "candidate, whole".to_owned(),
        Fill::GateCommand => "gate_command: the command of the automated gate".to_owned(),
        Fill::GateResult => "gate_result: the result of the automated gate on the candidate".to_owned(),
        Fill::Evidence(item) => format!("what is attached to the evidence {item}"),
        Fill::RollbackOwner => "rollback_owner: who has that duty".to_owned(),
        Fill::Decision => "decision: who signs, and when".to_owned(),
        Fill::ByHand => "by_hand: written by the one who signs".to_owned(),
    }
}

//! What is known of the things that go wrong.

use crate::runbook::{Runbook, page::Page};

pub(super) fn failures(page: &mut Page, runbook: &Runbook) {
    if let Some(guardrails) = &runbook.guardrails {
        page.heading("Hard stops");
        page.line(2, "", &format!("Each occurrence of {} stops the rollout, listed here or not.", guardrails.signal));
        for listed in &guardrails.listed {
            page.gap();
            page.line(2, "", &listed.signature);
            page.fact(4, "raised when", &listed.raised_when);
            page.fact(4, "triage", &listed.triage);
        }
        if !guardrails.triage.is_empty() {
            page.gap();
            page.line(2, "", "Triage of a divergence");
            page.numbers(2, &guardrails.triage);
        }
    }
    if !runbook.failure_messages.is_empty() {
        page.heading("Failure messages");
        page.line(2, "", "These may reach a user, and no other.");
    }
    for message in &runbook.failure_messages {
        page.gap();
        page.line(2, "", &message.text);
        page.dashes(4, message.variants.iter().map(|variant| format!("also: {variant}")));
        page.fact(4, "meaning", &message.meaning);
    }
    if !runbook.codes.is_empty() {
        page.heading("Codes");
    }
    for (index, code) in runbook.codes.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        page.line(2, "", &format!("{} {} ({})", code.signal, code.code, code.class));
        page.fact(4, "meaning", &code.meaning);
        page.fact(4, "triage", &code.triage);
    }
}

//! A runbook in words, for people: everything that it says, in the order of a rollout.

mod approval;
mod ending;
mod failures;
mod measured;
mod stages;
mod words;

use words::{any_of, named};

use super::{Runbook, page::Page};

/// The whole runbook as plain text.
pub fn show(runbook: &Runbook) -> String {
    let mut page = Page::default();
    opening(&mut page, runbook);
    cohorts(&mut page, runbook);
    stages::stages(&mut page, runbook);
    ending::ending(&mut page, runbook);
    measured::rates(&mut page, runbook);
    failures::failures(&mut page, runbook);
    measured::monitors(&mut page, runbook);
    measured::signals(&mut page, runbook);
    page.into_text()
}

fn opening(page: &mut Page, runbook: &Runbook) {
    page.line(0, "", &runbook.title);
    page.gap();
    page.fact(2, "runbook", &runbook.key);
    page.fact(2, "flag", &runbook.flag.key);
    if let Some(legacy) = &runbook.flag.legacy {
        page.fact(2, "legacy flag", &format!("{legacy} (the path that users fall back to; never changed)"));
    }
    page.fact(2, "digest", &runbook.digest);
    listed(page, "Scope", &runbook.scope);
    listed(page, "Preconditions", &runbook.preconditions);
    listed(page, "Rules", &runbook.rules);
}

fn cohorts(page: &mut Page, runbook: &Runbook) {
    if runbook.cohorts.is_empty() {
        return;
    }
    page.heading("Cohorts");
    for cohort in &runbook.cohorts {
        page.line(2, "", &named(&cohort.title, &cohort.key));
        if let Some(segment) = &cohort.segment {
            page.fact(4, "unleash", &format!("segment {segment}"));
        }
        if let Some(rule) = &cohort.attribute {
            page.fact(4, "flagd", &format!("attribute {} is {}", rule.name, any_of(&rule.values)));
        }
    }
}

fn listed(page: &mut Page, heading: &str, texts: &[String]) {
    if !texts.is_empty() {
        page.heading(heading);
        page.dashes(2, texts);
    }
}

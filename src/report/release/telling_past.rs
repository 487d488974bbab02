//! The second half of a report: what was run and attached, what went wrong, what happened, and the log it is from.

use std::io;

use super::{
    model::*,
    page::{Cell, Page, Tone},
    telling::{code, lasted, verdict, when},
};
use crate::units;

pub(super) fn qa_runs(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.heading(2, "Automated gate")?;
    if report.qa_runs.is_empty() {
        return page.paragraph(&[Cell::text("No run is on record.")]);
    }
    let columns = [
        ("Run", false),
        ("By", false),
        ("Command", false),
        ("Commit", false),
        ("Tree", false),
        ("Took", true),
        ("Passed", true),
        ("Report", false),
    ];
    page.table("Runs", &columns, report.qa_runs.len())?;
    for run in report.qa_runs.iter().rev() {
        let took = run.duration_s.map_or_else(|| "–".to_owned(), |seconds| lasted(seconds as i64));
        let passed = format!("{} of {}{}", run.passed, run.checks.len(), if run.dry_run { ", dry run" } else { "" });
        page.row(&[
            when(Some(run.at)),
            Cell::text(&run.operator),
            Cell::code(&run.command),
            Cell::code(&run.candidate),
            match &run.tree_note {
                Some(note) => Cell::word(Tone::Bad, format!("{} ({note})", run.tree)),
                None => verdict(run.tree),
            },
            Cell::Number(took),
            Cell::Number(passed),
            code((!run.digest.is_empty()).then_some(run.digest.as_str())),
        ])?;
    }
    page.end_table()?;
    let checks: usize = report.qa_runs.iter().map(|run| run.checks.len()).sum();
    page.table("Checks of each run", &[("Run", false), ("Check", false), ("Result", false)], checks)?;
    for run in report.qa_runs.iter().rev() {
        for check in &run.checks {
            page.row(&[when(Some(run.at)), Cell::text(&check.id), verdict(&check.status)])?;
        }
    }
    page.end_table()
}

pub(super) fn checklist(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.heading(2, "Checklist")?;
    let rows = report.checklist.iter().map(|check| check.environments.len()).sum();
    if rows == 0 {
        return page.paragraph(&[Cell::text("The runbook has no checklist.")]);
    }
    let columns = [
        ("Check", false),
        ("Where", false),
        ("Result", false),
        ("When", false),
        ("By", false),
        ("Commit", false),
        ("Remark", false),
    ];
    page.table("Checks", &columns, rows)?;
    for check in &report.checklist {
        for made in &check.environments {
            let word = match made.outcome {
                Some("pass") if !made.of_candidate => Cell::word(Tone::Waiting, "pass, another commit"),
                Some(outcome) => verdict(outcome),
                None => Cell::word(Tone::Waiting, "not made"),
            };
            page.row(&[
                Cell::text(&check.title),
                Cell::text(&made.environment),
                word,
                when(made.at),
                Cell::maybe(made.operator.as_deref()),
                code(made.candidate.as_deref()),
                Cell::maybe(made.note.as_deref()),
            ])?;
        }
    }
    page.end_table()
}

pub(super) fn evidence(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.heading(2, "Evidence")?;
    if !report.evidence.is_empty() {
        let rows = report.evidence.iter().map(|item| item.shown.len().max(1)).sum();
        let columns = [("Evidence", false), ("What there is", false), ("When", false), ("By", false)];
        page.table("Evidence", &columns, rows)?;
        for item in &report.evidence {
            if let Some(why) = &item.open {
                let open = Cell::word(Tone::Waiting, format!("OPEN: {why}"));
                page.row(&[Cell::text(&item.title), open, when(None), Cell::maybe(None)])?;
            }
            for shown in &item.shown {
                let what = Cell::address(&shown.text);
                page.row(&[Cell::text(&item.title), what, when(Some(shown.at)), Cell::text(&shown.operator)])?;
            }
        }
        page.end_table()?;
    }
    if report.attachments.is_empty() {
        return page.paragraph(&[Cell::text("Nothing is attached.")]);
    }
    page.heading(3, "Attached")?;
    let columns = [
        ("Of", false),
        ("What", false),
        ("Bytes", true),
        ("SHA-256", false),
        ("Where", false),
        ("When", false),
        ("By", false),
    ];
    page.table("Attached", &columns, report.attachments.len())?;
    for attachment in &report.attachments {
        let what = match (&attachment.url, &attachment.name) {
            (Some(url), _) => Cell::address(url),
            (None, name) => Cell::maybe(name.as_deref()),
        };
        let place = attachment.path.as_ref().map(|path| format!("{}:{path}", attachment.host));
        page.row(&[
            Cell::text(&attachment.of),
            what,
            Cell::Number(attachment.bytes.map_or_else(|| "–".to_owned(), units::count)),
            code(attachment.digest.as_deref()),
            Cell::text(place.unwrap_or_else(|| "–".to_owned())),
            when(Some(attachment.at)),
            Cell::text(&attachment.operator),
        ])?;
    }
    page.end_table()
}

pub(super) fn deployed(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.heading(2, "Deployed")?;
    let Some(deployed) = &report.deployed else {
        return page.paragraph(&[Cell::text("The runbook does not say how to tell what is deployed.")]);
    };
    let told = match (&deployed.why, deployed.matches) {
        (_, true) => [Cell::word(Tone::Good, "The candidate"), Cell::text("and nothing else")],
        (why, false) => {
            let word = match deployed.commits.is_empty() {
                true => Cell::word(Tone::Blind, "Not known"),
                false => Cell::word(Tone::Bad, "Not the candidate alone"),
            };
            [word, Cell::text(why.as_deref().unwrap_or_default())]
        }
    };
    page.paragraph(&told)?;
    if deployed.commits.is_empty() {
        return Ok(());
    }
    page.table("Deployed", &[("Commit", false), ("Instances", true)], deployed.commits.len())?;
    for told in &deployed.commits {
        page.row(&[Cell::code(&told.commit), Cell::Number(units::count(told.instances))])?;
    }
    page.end_table()
}

/// What a step is called in a report.
fn step(key: &str) -> &'static str {
    match key {
        "detected" => "Detected",
        "tripped" => "Trigger tripped",
        "requested" => "Rollback ordered",
        "written" => "First write",
        "confirmed" => "Store says off",
        "legacy" => "Old path confirmed",
        "kept" => "Diagnostics kept",
        "resolved" => "Resolved",
        "fixed" => "Another candidate",
        "green" => "Automated gate green on it",
        _ => "Went on",
    }
}

pub(super) fn incidents(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.heading(2, "Incidents")?;
    if report.incidents.is_empty() {
        return page.paragraph(&[Cell::text("Nothing was rolled back.")]);
    }
    for incident in report.incidents.iter().rev() {
        let at = incident.steps.iter().find(|step| step.step == "requested").and_then(|step| step.at);
        let at = at.map_or_else(String::new, units::moment);
        page.heading(3, &format!("Rollback from {}, {at}", incident.from_stage))?;
        let span = |seconds: Option<i64>| Cell::text(seconds.map_or_else(|| "–".to_owned(), lasted));
        page.facts(&[
            ("Detection to order", span(incident.detection_to_request_s)),
            ("Order to store off", span(incident.request_to_confirmed_s)),
            ("Order to old path", span(incident.request_to_legacy_s)),
            ("Total", span(incident.total_s)),
            ("Served before", Cell::maybe(incident.before.as_deref())),
            ("Rolled back", code(incident.candidate.as_deref())),
        ])?;
        let columns = [("Step", false), ("When", false), ("After the order", true), ("By", false), ("What", false)];
        page.table("Steps", &columns, incident.steps.len())?;
        for done in &incident.steps {
            let after = match done.after_s {
                None => "–".to_owned(),
                Some(after) if after < 0 => format!("-{}", lasted(-after)),
                Some(after) => lasted(after),
            };
            let time = done.at.map_or_else(|| "–".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string());
            page.row(&[
                Cell::text(step(done.step)),
                Cell::text(time),
                Cell::Number(after),
                Cell::maybe(done.by.as_deref()),
                Cell::text(&done.what),
            ])?;
        }
        page.end_table()?;
        if incident.called_for.len() > 1 {
            page.table("What it was called for", &[("When", false), ("What", false)], incident.called_for.len())?;
            for mark in &incident.called_for {
                page.row(&[when(Some(mark.at)), Cell::text(&mark.what)])?;
            }
            page.end_table()?;
        }
        if incident.attempts.len() > 1 || incident.attempts.iter().any(|attempt| !attempt.confirmed) {
            let columns = [("Begun", false), ("By", false), ("Why", false), ("Ended", false), ("How", false)];
            page.table("Who rolled back", &columns, incident.attempts.len())?;
            for attempt in &incident.attempts {
                let tone = if attempt.confirmed { Tone::Good } else { Tone::Bad };
                page.row(&[
                    when(Some(attempt.at)),
                    Cell::text(&attempt.by),
                    Cell::text(&attempt.reason),
                    when(attempt.ended_at),
                    Cell::word(tone, attempt.ended.as_str()),
                ])?;
            }
            page.end_table()?;
        }
    }
    Ok(())
}

pub(super) fn timeline(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.heading(2, "Timeline")?;
    if report.timeline.is_empty() {
        return page.paragraph(&[Cell::text("Nothing is on record.")]);
    }
    let columns = [("When", false), ("Who", false), ("Kind", false), ("What", false)];
    page.table("Timeline", &columns, report.timeline.len())?;
    for line in report.timeline {
        let who = line.operator.as_deref().unwrap_or("gonogo");
        page.row(&[
            when(Some(line.at)),
            Cell::text(who),
            Cell::text(line.kind.as_str()),
            Cell::text(line.text.as_str()),
        ])?;
    }
    page.end_table()
}

pub(super) fn audit(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    let audit = &report.audit;
    page.heading(2, "Audit log")?;
    let state = match (&audit.problem, audit.sound) {
        (_, true) => Cell::word(Tone::Good, "sound"),
        (problem, false) => Cell::word(Tone::Bad, format!("DAMAGED: {}", problem.as_deref().unwrap_or("see above"))),
    };
    page.facts(&[
        ("Place", Cell::text(&audit.place)),
        ("State", state),
        ("Entries", Cell::text(units::count(audit.count))),
        ("Head", code((!audit.head.is_empty()).then_some(audit.head.as_str()))),
        ("Not in it yet", Cell::text(units::plural(audit.waiting, "event"))),
        (
            "Timeline told",
            Cell::text(format!("{} of {}", units::count(audit.told as u64), units::count(audit.lines as u64))),
        ),
        ("Assessment", Cell::code(&report.digest)),
        ("Runbook", Cell::code(&report.rollout.runbook)),
    ])
}

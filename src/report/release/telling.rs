//! What a report tells, and in which order: first the answer, then who signed for it, then why, then what happened.

use std::io;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    model::*,
    page::{Cell, Page, Tone},
    telling_past as past, telling_stops as stops,
};
use crate::units;

/// Tells all of it.
pub(super) fn tell(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.begin(report)?;
    call(report, page)?;
    sign_off(report, page)?;
    polls(report, page)?;
    stages(report, page)?;
    gates(report, page)?;
    rates(report, page)?;
    stops::guardrails(report, page)?;
    past::qa_runs(report, page)?;
    past::checklist(report, page)?;
    past::evidence(report, page)?;
    past::deployed(report, page)?;
    past::incidents(report, page)?;
    past::timeline(report, page)?;
    past::audit(report, page)?;
    page.end()
}

pub(super) fn when(at: Option<DateTime<Utc>>) -> Cell<'static> {
    Cell::text(at.map_or_else(|| "–".to_owned(), units::moment))
}

pub(super) fn lasted(seconds: i64) -> String {
    units::duration(TimeDelta::seconds(seconds))
}

pub(super) fn verdict(word: &str) -> Cell<'_> {
    let tone = match word {
        "pass" | "armed" | "GO" | "clean" | "ok" => Tone::Good,
        "fail" | "tripped" | "NO-GO" | "dirty" | "failed" => Tone::Bad,
        "pending" | "blocked" | "skipped" | "imported" => Tone::Waiting,
        _ => Tone::Blind,
    };
    Cell::word(tone, word)
}

fn open(why: &str) -> Cell<'_> {
    Cell::word(Tone::Waiting, format!("OPEN: {why}"))
}

fn call(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    if !report.blockers.is_empty() {
        page.heading(2, "What stands against going on")?;
        let lines: Vec<_> = report.blockers.iter().map(|blocker| vec![Cell::text(blocker)]).collect();
        page.list(&lines)?;
    }
    let failing: Vec<_> = report.sources.iter().filter(|source| source.state != "ok").collect();
    for source in failing {
        let why = source.error.as_deref().unwrap_or("it has not answered");
        page.paragraph(&[
            Cell::word(Tone::Blind, "Not seen"),
            Cell::text(format!("{} {}: {why}", source.name, source.address)),
        ])?;
    }
    Ok(())
}

fn sign_off(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.heading(2, "Sign-off")?;
    if report.sign_off.is_empty() {
        page.paragraph(&[Cell::text("The runbook has no sign-off block.")])?;
    }
    if !report.sign_off.is_empty() {
        page.table("Sign-off block", &[("Field", false), ("Value", false)], report.sign_off.len())?;
        for field in &report.sign_off {
            let value = match (&field.value, &field.open) {
                (Some(value), _) => Cell::address(value),
                (None, why) => open(why.as_deref().unwrap_or("nothing is in it")),
            };
            page.row(&[Cell::text(&field.title), value])?;
        }
        page.end_table()?;
    }
    page.heading(3, "Signatures")?;
    if report.signatures.is_empty() {
        return page.paragraph(&[Cell::text("Nobody has signed.")]);
    }
    let columns = [
        ("Signed", false),
        ("By", false),
        ("Stage", false),
        ("Decision", false),
        ("Candidate", false),
        ("Stands", false),
        ("Approved", false),
    ];
    page.table("Signatures", &columns, report.signatures.len())?;
    for signed in report.signatures.iter().rev() {
        let stands = if signed.stands { Cell::word(Tone::Good, "yes") } else { Cell::word(Tone::Waiting, "no") };
        page.row(&[
            when(Some(signed.at)),
            Cell::text(&signed.operator),
            Cell::text(&signed.stage),
            Cell::text(&signed.statement),
            code(signed.candidate.as_deref()),
            stands,
            code(signed.approval.as_deref()),
        ])?;
    }
    page.end_table()
}

pub(super) fn code(text: Option<&str>) -> Cell<'_> {
    text.map_or(Cell::text("–"), Cell::code)
}

fn polls(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.heading(2, "Go/no-go")?;
    if report.polls.is_empty() {
        page.paragraph(&[Cell::text("No poll was held.")])?;
        let named: Vec<_> =
            report.roles.iter().map(|role| (role.title.as_str(), Cell::maybe(role.name.as_deref()))).collect();
        return if named.is_empty() { Ok(()) } else { page.facts(&named) };
    }
    for poll in report.polls.iter().rev() {
        page.heading(3, &format!("{}: {}", poll.stage, poll.question))?;
        if let Some(fell) = &poll.fell {
            page.paragraph(&[Cell::word(Tone::Bad, "Counts no more"), Cell::text(fell)])?;
        }
        let columns = [("Role", false), ("Name", false), ("Answer", false), ("When", false), ("Reason", false)];
        page.table("Answers", &columns, poll.answers.len())?;
        for answer in &poll.answers {
            let word = answer.answer.map_or(Cell::word(Tone::Waiting, "no answer"), verdict);
            let (name, reason) = (answer.name.as_deref(), answer.reason.as_deref());
            page.row(&[Cell::text(&answer.title), Cell::maybe(name), word, when(answer.at), Cell::maybe(reason)])?;
        }
        page.end_table()?;
        let opened = format!("{} by {}", units::moment(poll.at), poll.operator);
        let mut facts = vec![("Opened", Cell::text(opened)), ("Candidate", code(poll.candidate.as_deref()))];
        match &poll.decision {
            Some(decision) => {
                facts.push(("Decision", verdict(decision.answer)));
                let (who, at) = (&decision.operator, units::moment(decision.at));
                facts.push(("Decided", Cell::text(format!("{at} by {who}: {}", decision.reason))));
            }
            None => facts.push(("Decision", open("it is not decided"))),
        }
        page.facts(&facts)?;
    }
    Ok(())
}

fn stages(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.heading(2, "Stages")?;
    page.ruler(report)?;
    if report.stages.is_empty() {
        return page.paragraph(&[Cell::text("No stage is on record.")]);
    }
    let columns =
        [("Stage", false), ("Entered", false), ("Left", false), ("Lasted", true), ("By", false), ("Why", false)];
    page.table("Stages", &columns, report.stages.len())?;
    for visit in &report.stages {
        let left = visit.left_at.map_or(Cell::word(Tone::Good, "present"), |at| when(Some(at)));
        let why = match (&visit.why, visit.by_rollback) {
            (Some(why), true) => format!("rollback: {why}"),
            (Some(why), false) => why.clone(),
            (None, true) => "rollback".to_owned(),
            (None, false) => "found so".to_owned(),
        };
        page.row(&[
            Cell::text(format!("{} ({})", visit.title, visit.stage)),
            when(Some(visit.entered_at)),
            left,
            Cell::Number(lasted(visit.lasted_s)),
            Cell::maybe(visit.by.as_deref()),
            Cell::text(why),
        ])?;
    }
    page.end_table()
}

fn gates(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.heading(2, "Exit gates of this stage")?;
    if report.gates.is_empty() {
        return page.paragraph(&[Cell::text("This stage has no exit gates.")]);
    }
    let columns =
        [("Gate", false), ("Verdict", false), ("Figures", false), ("Why", false), ("Since", false), ("Age", true)];
    page.table("Exit gates", &columns, report.gates.len())?;
    for gate in &report.gates {
        let age = gate.age_s.map_or_else(|| "–".to_owned(), lasted);
        page.row(&[
            Cell::text(&gate.title),
            verdict(gate.verdict),
            Cell::text(&gate.brief),
            Cell::text(&gate.reason),
            when(gate.since),
            Cell::Number(age),
        ])?;
    }
    page.end_table()?;
    page.heading(3, "What each gate asks, and of what")?;
    let columns = [("Gate", false), ("Asks", false), ("Source", false), ("Query", false)];
    page.table("What each gate asks", &columns, report.gates.len())?;
    for gate in &report.gates {
        let source = Cell::text(gate.source.as_deref().unwrap_or("the audit log"));
        page.row(&[Cell::text(&gate.title), Cell::text(&gate.asks), source, code(gate.query.as_deref())])?;
    }
    page.end_table()?;
    let numbers = report.gates.iter().map(|gate| gate.evidence.len()).sum();
    page.table("Numbers of each gate", &[("Gate", false), ("Number", false), ("Value", true)], numbers)?;
    for gate in &report.gates {
        for (name, value) in &gate.evidence {
            page.row(&[Cell::text(&gate.title), Cell::code(name), Cell::Number(short(*value))])?;
        }
    }
    page.end_table()
}

/// A number in a few digits; all of them are in the JSON.
fn short(value: f64) -> String {
    if value.fract() == 0.0 || value.abs() >= 10_000.0 {
        return format!("{:.0}", value + 0.0);
    }
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn rates(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    page.heading(2, "Success rates")?;
    page.rate(&report.charts)?;
    if report.rates.is_empty() {
        return page.paragraph(&[Cell::text("The runbook measures no success rate.")]);
    }
    let columns = [
        ("Rate", false),
        ("Of", false),
        ("Success", true),
        ("Range it can be in", true),
        ("Wanted", true),
        ("Succeeded", true),
        ("Attempts", true),
        ("Window", false),
    ];
    page.table("Success rates", &columns, report.rates.len())?;
    for rate in &report.rates {
        let of = rate.scope.strip_prefix("stage:").unwrap_or("step, this stage");
        let share = rate.rate.map_or_else(|| "–".to_owned(), units::percent);
        let range = format!("{} to {}", units::percent(rate.low), units::percent(rate.high));
        let blind = rate.blind.as_ref().map_or_else(String::new, |blind| format!("; not to be relied on: {blind}"));
        page.row(&[
            Cell::text(&rate.title),
            Cell::text(of),
            Cell::Number(share),
            Cell::Number(range),
            Cell::Number(units::percent(rate.slo)),
            Cell::Number(units::count(rate.successes)),
            Cell::Number(units::count(rate.attempts)),
            Cell::text(format!("{} to {}{blind}", units::moment(rate.from), units::moment(rate.to))),
        ])?;
    }
    page.end_table()?;
    page.paragraph(&[Cell::text("The range holds with 95 % however often anybody looks.")])
}

//! What stops a rollout, as it is told: guardrails, hard stops, rollback triggers, holds.

use std::io;

use super::{
    model::*,
    page::{Cell, Page, Tone},
    telling::{verdict, when},
};
use crate::units;

fn resolved(resolutions: &[Resolved]) -> String {
    let each = resolutions.iter().map(|it| format!("{} by {}: {}", units::moment(it.at), it.operator, it.evidence));
    each.collect::<Vec<_>>().join("; ")
}

pub(super) fn guardrails(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    let guardrails = &report.guardrails;
    page.heading(2, "Guardrails")?;
    if let Some(blind) = &guardrails.blind {
        page.paragraph(&[Cell::word(Tone::Blind, "Cannot be seen"), Cell::text(blind)])?;
    }
    if guardrails.tallies.is_empty() {
        page.paragraph(&[Cell::text("No violation was seen.")])?;
    } else {
        page.tallies(report)?;
        let columns = [
            ("Signature", false),
            ("15 m", true),
            ("1 h", true),
            ("24 h", true),
            ("This stage", true),
            ("First", false),
            ("Last", false),
            ("State", false),
        ];
        page.table("Guardrail tallies", &columns, guardrails.tallies.len())?;
        for tally in &guardrails.tallies {
            let count = |n| Cell::Number(units::count(n));
            let state = match (tally.hard_stop, tally.listed) {
                (true, _) => Cell::word(Tone::Bad, "hard stop"),
                (false, true) => Cell::word(Tone::Good, "resolved"),
                (false, false) => Cell::word(Tone::Waiting, "unlisted"),
            };
            page.row(&[
                Cell::code(&tally.signature),
                count(tally.m15),
                count(tally.h1),
                count(tally.h24),
                count(tally.stage),
                when(tally.first_seen),
                when(tally.last_seen),
                state,
            ])?;
        }
        page.end_table()?;
    }
    if guardrails.never_seen > 0 {
        let text = format!("{} never seen.", units::plural(guardrails.never_seen, "listed signature"));
        page.paragraph(&[Cell::text(text)])?;
    }
    if !guardrails.hard_stops.is_empty() {
        page.heading(3, "Hard stops")?;
        let columns = [("Signature", false), ("State", false), ("Since", false), ("What", false), ("Resolved", false)];
        page.table("Hard stops", &columns, guardrails.hard_stops.len())?;
        for stop in &guardrails.hard_stops {
            let stands = if stop.stands { Cell::word(Tone::Bad, "stands") } else { Cell::word(Tone::Good, "resolved") };
            let how = resolved(&stop.resolutions);
            let how = if how.is_empty() { "not resolved".to_owned() } else { how };
            page.row(&[
                Cell::code(&stop.signature),
                stands,
                when(stop.since),
                Cell::text(&stop.reason),
                Cell::text(how),
            ])?;
        }
        page.end_table()?;
    }
    triggers(report, page)?;
    holds(report, page)
}

fn triggers(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    if report.triggers.is_empty() {
        return Ok(());
    }
    page.heading(3, "Rollback triggers")?;
    let columns = [("Trigger", false), ("State", false), ("Since", false), ("Why", false), ("Resolved", false)];
    page.table("Rollback triggers", &columns, report.triggers.len())?;
    for trigger in &report.triggers {
        let how = resolved(&trigger.resolutions);
        page.row(&[
            Cell::text(&trigger.title),
            verdict(trigger.state),
            when(trigger.since),
            Cell::text(&trigger.reason),
            Cell::text(if how.is_empty() { "–".to_owned() } else { how }),
        ])?;
    }
    page.end_table()
}

fn holds(report: &Report<'_>, page: &mut dyn Page) -> io::Result<()> {
    if report.holds.is_empty() {
        return Ok(());
    }
    page.heading(3, "Holds")?;
    let columns = [("Hold", false), ("Raised", false), ("By", false), ("Why", false), ("Cleared", false)];
    page.table("Holds", &columns, report.holds.len())?;
    for hold in &report.holds {
        let cleared = match &hold.cleared {
            Some(cleared) => Cell::text(resolved(std::slice::from_ref(cleared))),
            None => Cell::word(Tone::Bad, "stands"),
        };
        let why = format!("{} ({})", hold.reason, hold.evidence);
        page.row(&[Cell::text(&hold.hold), when(Some(hold.at)), Cell::text(&hold.operator), Cell::text(why), cleared])?;
    }
    page.end_table()
}

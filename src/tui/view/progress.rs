//! An action under way: each step with its time since the confirmation, and a loud end.

use std::time::Duration;

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{dialog, line, tallies};
use crate::{
    audit::{Action, Event, Outcome},
    tui::{model::Model, operation::Operation, theme::Theme, words},
    units::moment,
};

/// Columns of glyph and number before a step.
const STEP: usize = 5;

/// Draws it.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let Some(operation) = &model.operation else { return };
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let mut body = dialog::change(&operation.before, &operation.after, model, columns);
    body.push(line::row(
        vec![
            line::text("reason  ", theme.dim),
            line::plain(&operation.reason),
            line::text("   by ", theme.dim),
            line::plain(&model.facts.operator),
        ],
        Vec::new(),
        columns,
        theme,
    ));
    body.push(Line::default());
    if let Some((at, outcome)) = &operation.ended {
        body.extend(end(operation, *at, outcome, columns, theme));
        body.push(Line::default());
    }
    if !operation.kept.is_empty() {
        body.extend(kept(operation, model, columns));
        body.push(Line::default());
    }
    match operation.action {
        Action::Rollback => body.extend(procedure(operation, model, columns)),
        Action::Advance | Action::Reduce | Action::Restore => {
            body.extend(step(1, "Change the flag", operation, columns, theme));
            body.push(Line::default());
        }
    }
    if let Some(fault) = operation.not_recorded.as_ref().filter(|_| operation.kept.is_empty()) {
        let label = format!("{} not in the audit log: ", theme.glyphs.fail);
        body.extend(line::paragraph(&label, theme.wait, &fault.to_string(), Style::new(), columns));
        body.push(Line::default());
    }
    let runs = operation.runs();
    let back = if runs { "back to the overview, this goes on" } else { "back to the overview" };
    let mut keys = dialog::key("Esc", back, theme);
    let verified = matches!(operation.ended, Some((_, Outcome::Verified)));
    let settled = verified || (runs && operation.action == Action::Rollback);
    if !model.facts.read_only && !settled {
        keys.extend(dialog::key(
            "R",
            if operation.action == Action::Rollback { "try again" } else { "roll back" },
            theme,
        ));
    }
    let elapsed = operation.ended.as_ref().map_or(model.uptime.saturating_sub(operation.since), |(at, _)| *at);
    let (doing, done) = match operation.action {
        Action::Rollback => ("Rolling back", "Rollback"),
        Action::Advance => ("Advancing", "Advance"),
        Action::Reduce => ("Reducing", "Reduce"),
        Action::Restore => ("Restoring", "Restore"),
    };
    let style = match &operation.ended {
        Some((_, Outcome::Verified)) => theme.good,
        Some(_) => theme.bad,
        None if operation.action == Action::Rollback => theme.bad,
        None => theme.accent,
    };
    let sheet = dialog::Sheet {
        title: if runs { doing.to_owned() } else { done.to_owned() },
        fact: format!("{} since {}", words::stopwatch(elapsed), operation.at.format("%H:%M:%S")),
        style,
        body,
        buttons: vec![line::row(keys, Vec::new(), columns, theme)],
    };
    dialog::render(frame, area, sheet, theme);
}

/// The end, in a block that cannot be overlooked.
fn end(operation: &Operation, at: Duration, outcome: &Outcome, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let block = |word: &str, style| Span::styled(format!("  {word}  "), style);
    match outcome {
        Outcome::Verified => {
            let served = operation.read_back.as_ref().map_or_else(|| operation.after.clone(), |read| read.1.clone());
            let text = format!("the store, read again, says {served} {}", words::stopwatch(at));
            let mut spans = vec![block("VERIFIED", theme.go), line::gap(2)];
            spans.push(line::plain(text));
            vec![line::row(spans, Vec::new(), columns, theme)]
        }
        Outcome::NotConfirmed { fault } => {
            let mut rows = vec![Line::from(block("NOT CONFIRMED", theme.no_go))];
            rows.extend(line::paragraph("what  ", theme.dim, &fault.what, theme.strong, columns));
            rows.extend(line::paragraph("next  ", theme.dim, &fault.next, theme.strong, columns));
            rows.extend(line::paragraph(
                "      ",
                theme.dim,
                "Something was sent: the flag may or may not have changed. Read it in its store.",
                Style::new(),
                columns,
            ));
            rows
        }
        Outcome::Refused { why } => {
            let mut rows =
                vec![Line::from(vec![block("REFUSED", theme.no_go), line::gap(2), line::plain("nothing was sent")])];
            for reason in why {
                rows.extend(line::paragraph(
                    &format!("{} ", theme.glyphs.fail),
                    theme.bad,
                    reason,
                    Style::new(),
                    columns,
                ));
            }
            rows
        }
    }
}

/// What no audit log holds, so that it can be written down: nothing is lost as long as somebody reads it.
fn kept(operation: &Operation, model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut rows = vec![Line::from(vec![
        Span::styled("  NOT IN THE AUDIT LOG  ", theme.no_go),
        line::gap(2),
        line::plain("write this down; the log file has it too"),
    ])];
    if let Some(fault) = &operation.not_recorded {
        rows.extend(line::paragraph("why   ", theme.dim, &fault.to_string(), Style::new(), columns));
    }
    for event in &operation.kept {
        let text = match event {
            Event::Begun(begun) => format!(
                "{} began at {} by {}, from {} to {}: {}",
                begun.id,
                moment(operation.at),
                model.facts.operator,
                begun.from_stage,
                begun.to_stage,
                begun.reason
            ),
            Event::Ended { id, outcome: Outcome::Verified, .. } => format!("{id} ended, verified"),
            Event::Ended { id, outcome: Outcome::NotConfirmed { fault }, .. } => format!("{id} not confirmed: {fault}"),
            Event::Ended { id, outcome: Outcome::Refused { why }, .. } => format!("{id} refused: {}", why.join("; ")),
            Event::Opened { stage, .. } => format!("watched from stage {stage} on"),
            Event::Resolved { trouble, evidence } => format!("{trouble} resolved: {evidence}"),
            Event::Note { text } => text.clone(),
            // An operation records none of the others.
            _ => continue,
        };
        rows.extend(line::paragraph(&format!("  {} ", theme.glyphs.dot), theme.dim, &text, theme.strong, columns));
    }
    rows
}

/// The steps of the runbook's procedure. gonogo drives the first; the others are shown as the runbook says them.
fn procedure(operation: &Operation, model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let steps = &model.facts.runbook.rollback;
    let first = steps.first().map_or("Disable", |step| step.title.as_str());
    let mut rows = step(1, first, operation, columns, theme);
    rows.push(Line::default());
    for (i, later) in steps.iter().enumerate().skip(1) {
        rows.push(Line::from(vec![
            line::text(format!("{} ", theme.glyphs.open), theme.dim),
            line::text(format!("{:<3}", i + 1), theme.strong),
            line::text(format!("{:<26}", later.title), theme.strong),
            line::text("  by hand", theme.dim),
        ]));
        rows.extend(line::paragraph(&" ".repeat(STEP), theme.dim, &later.detail, theme.dim, columns));
        // Whether uploads go back is by the tallies; the operator looks, and the tallies move while he does.
        if i == 1 && off_since(operation, model) {
            for mut row in tallies::since_entered(model, columns.saturating_sub(STEP)) {
                row.spans.insert(0, line::gap(STEP));
                rows.push(row);
            }
        }
        rows.push(Line::default());
    }
    rows
}

/// Whether the tallies of the present stage are those since this rollback.
fn off_since(operation: &Operation, model: &Model) -> bool {
    let entered_at = model.assessment.as_ref().and_then(|a| a.stage.entered_at);
    matches!(operation.ended, Some((_, Outcome::Verified))) && entered_at.is_some_and(|at| at >= operation.at)
}

/// The step that gonogo drives: its state, and each write.
fn step(number: usize, title: &str, operation: &Operation, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let failing = operation.writes.iter().find(|write| write.fault.is_some());
    let (glyph, state, style) = match (&operation.ended, failing) {
        (Some((_, Outcome::Verified)), _) => (theme.glyphs.pass, "verified".to_owned(), theme.good),
        (Some((_, Outcome::NotConfirmed { .. })), _) => (theme.glyphs.fail, "not confirmed".to_owned(), theme.bad),
        (Some((_, Outcome::Refused { .. })), _) => (theme.glyphs.fail, "refused".to_owned(), theme.bad),
        (None, Some(write)) => (theme.glyphs.here, format!("trying again, attempt {}", write.attempts + 1), theme.wait),
        (None, None) => (theme.glyphs.here, "asking the store".to_owned(), theme.accent),
    };
    let mut rows = vec![Line::from(vec![
        line::text(format!("{glyph} "), style),
        line::text(format!("{number:<3}"), theme.strong),
        line::text(format!("{title:<26}  "), theme.strong),
        line::text(state, style),
    ])];
    let dot = theme.glyphs.dot;
    for write in &operation.writes {
        let mut facts = format!("{} {dot} asked {}", write.title, words::stopwatch(write.sent));
        if write.attempts > 1 {
            facts.push_str(&format!(" {dot} {} times", write.attempts));
        }
        if let Some(at) = write.answered {
            facts.push_str(&format!(" {dot} confirmed {}", words::stopwatch(at)));
        }
        rows.extend(line::paragraph(&" ".repeat(STEP), theme.dim, &facts, theme.dim, columns));
        if let Some(fault) = &write.fault {
            rows.extend(line::paragraph(&" ".repeat(STEP), theme.dim, &fault.to_string(), theme.wait, columns));
        }
    }
    if let Some((at, served)) = &operation.read_back {
        let text = format!("read back {}: {served}", words::stopwatch(*at));
        rows.push(Line::from(vec![line::gap(STEP), line::text(text, theme.dim)]));
    }
    rows
}

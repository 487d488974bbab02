//! An action under way: each step with its time since the confirmation, and a loud end.

use std::time::Duration;

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    dialog::{self, ESC, ROLL_BACK},
    line, serving,
};
use crate::{
    audit::{Action, Event, Outcome},
    tui::{model::Model, operation::Operation, theme::Theme, words},
};

/// Columns before what is said of a write.
const STEP: usize = 5;

/// The dialog of an advance, a reduce or a restore.
pub fn sheet(area: Rect, model: &Model, operation: &Operation) -> dialog::Sheet {
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
    body.extend(ending(operation, model, columns));
    let (glyph, word, style) = state(operation, theme);
    body.push(Line::from(vec![
        line::text(format!("{glyph} "), style),
        line::text(format!("{:<31}", "Change the flag"), theme.strong),
        line::text(word, style),
    ]));
    body.extend(writes(operation, columns, theme));
    body.push(Line::default());
    let verified = matches!(operation.ended, Some((_, Outcome::Verified)));
    if let Some(serving) = serving::line(model).filter(|_| verified && entered_since(operation, model)) {
        let seen = model.assessment.as_deref().and_then(|a| a.standing.serving.as_ref());
        let (glyph, style) = match seen {
            Some(serving) if serving.since.is_some() => (theme.glyphs.pass, theme.good),
            _ => (theme.glyphs.pending, theme.wait),
        };
        let head = vec![line::text(format!("{glyph} "), style), line::plain(serving)];
        body.push(line::row(head, Vec::new(), columns, theme));
        body.push(Line::default());
    }
    let runs = operation.runs();
    let mut keys = vec![(ESC, if runs { "back to the overview, this goes on" } else { "back to the overview" })];
    if !verified {
        keys.push((ROLL_BACK, "roll back"));
    }
    let (doing, done) = match operation.action {
        Action::Rollback => ("Rolling back", "Rollback"),
        Action::Advance => ("Advancing", "Advance"),
        Action::Reduce => ("Reducing", "Reduce"),
        Action::Restore => ("Restoring", "Restore"),
    };
    let style = match &operation.ended {
        Some((_, Outcome::Verified)) => theme.good,
        Some(_) => theme.bad,
        None => theme.accent,
    };
    dialog::Sheet {
        title: if runs { doing.to_owned() } else { done.to_owned() },
        fact: clock(operation, model),
        style,
        body,
        buttons: vec![dialog::keys(&keys, columns, model)],
        stops: Vec::new(),
    }
}

/// Time since the confirmation, on the stopwatch.
pub fn clock(operation: &Operation, model: &Model) -> String {
    let elapsed = operation.ended.as_ref().map_or(model.uptime.saturating_sub(operation.since), |(at, _)| *at);
    format!("{} since {}", words::stopwatch(elapsed), model.times.write(operation.at, "%H:%M:%S"))
}

/// Whether the stage on record is the one that this action entered.
pub fn entered_since(operation: &Operation, model: &Model) -> bool {
    let entered_at = model.assessment.as_ref().and_then(|a| a.stage.entered_at);
    entered_at.is_some_and(|at| at >= operation.at)
}

/// How it ended, if it did, and what of it is in no audit log.
pub fn ending(operation: &Operation, model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut rows = Vec::new();
    if let Some((at, outcome)) = &operation.ended {
        rows.extend(end(operation, *at, outcome, columns, theme));
        rows.push(Line::default());
    }
    if !operation.kept.is_empty() {
        rows.extend(kept(operation, model, columns));
        rows.push(Line::default());
    } else if let Some(fault) = &operation.not_recorded {
        let label = format!("{} not in the audit log: ", theme.glyphs.fail);
        rows.extend(line::paragraph(&label, theme.wait, &fault.to_string(), Style::new(), columns));
        rows.push(Line::default());
    }
    rows
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
                model.times.minute(operation.at),
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

/// How far it is: asked, answered by the store, answered and not yet read back so, read back.
pub fn state(operation: &Operation, theme: &Theme) -> (&'static str, String, Style) {
    let failing = operation.writes.iter().find(|write| write.fault.is_some());
    let answered = !operation.writes.is_empty() && operation.writes.iter().all(|write| write.answered.is_some());
    match (&operation.ended, failing) {
        (Some((_, Outcome::Verified)), _) => (theme.glyphs.pass, "verified".to_owned(), theme.good),
        (Some((_, Outcome::NotConfirmed { .. })), _) => (theme.glyphs.fail, "not confirmed".to_owned(), theme.bad),
        (Some((_, Outcome::Refused { .. })), _) => (theme.glyphs.fail, "refused".to_owned(), theme.bad),
        (None, Some(write)) => (theme.glyphs.here, format!("trying again, attempt {}", write.attempts + 1), theme.wait),
        (None, None) if answered && operation.read_back.is_some() => {
            (theme.glyphs.here, "converging".to_owned(), theme.accent)
        }
        (None, None) if answered => (theme.glyphs.here, "confirmed".to_owned(), theme.accent),
        (None, None) if operation.writes.is_empty() => (theme.glyphs.here, "asking".to_owned(), theme.accent),
        (None, None) => (theme.glyphs.here, "requested".to_owned(), theme.accent),
    }
}

/// Each write, and what was read back.
pub fn writes(operation: &Operation, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
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

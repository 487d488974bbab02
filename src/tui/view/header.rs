//! The top line: what is rolled out where, how each source is, the time.

use chrono::TimeDelta;
use ratatui::{Frame, layout::Rect, text::Span};

use super::{line, paint, readiness::candidate, recording};
use crate::{
    snapshot::{SourceState, SourceStatus},
    tui::{
        model::{Model, Screen},
        words,
    },
    units::duration,
};

/// Draws it. What there is no room for goes in this order: the ages of sources that answer, the name gonogo, the candidate, the
/// label, the title, the words of the sources.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let columns = usize::from(area.width.saturating_sub(2));
    let briefing = model.screen == Screen::Briefing;
    for detail in (0..=6).rev() {
        let right = if briefing { go_no_go(model, detail) } else { right(model, detail) };
        let left = left(model, detail);
        if line::width(&left) + line::width(&right) + 2 <= columns || detail == 0 {
            let row = line::row(left, right, columns, &model.theme);
            let inset = area.width.min(1);
            paint::line(frame, Rect { x: area.x + inset, width: area.width - inset, ..area }, &row);
            return;
        }
    }
}

/// For a shared screen: what this is, and the time in minutes. A source is named where it does not answer.
fn go_no_go(model: &Model, detail: u8) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let mut spans = Vec::new();
    for status in model.sources().into_iter().filter(|status| status.state != SourceState::Ok) {
        let (glyph, style) = theme.source(status.state);
        let word = if detail >= 1 { format!(" {}", status.state.word()) } else { String::new() };
        spans.extend([
            line::plain(&status.name),
            line::gap(1),
            line::text(format!("{glyph}{word}"), style),
            line::gap(3),
        ]);
    }
    if detail >= 1 {
        spans.push(line::text(format!("go/no-go {} ", theme.glyphs.dot), theme.dim));
    }
    spans.push(line::text(
        format!("{} {}", model.times.write(model.now, "%H:%M"), model.times.zone(model.now)),
        theme.strong,
    ));
    spans
}

fn left(model: &Model, detail: u8) -> Vec<Span<'static>> {
    let (facts, theme) = (&model.facts, &model.theme);
    let mut spans = Vec::new();
    if detail >= 5 {
        spans.extend([line::text("gonogo", theme.strong), line::gap(2)]);
    }
    if detail >= 2 {
        spans.extend([line::text(&facts.runbook.title, theme.strong), line::gap(2)]);
    }
    let style = if facts.environment.eq_ignore_ascii_case("production") { theme.no_go } else { theme.badge };
    spans.push(line::text(format!(" {} ", facts.environment.to_uppercase()), style));
    if let Some(label) = facts.label.as_ref().filter(|_| detail >= 3) {
        spans.extend([line::gap(1), line::text(format!(" {} ", label.to_uppercase()), theme.hold)]);
    }
    spans.extend(recording::badge(model, detail));
    if facts.read_only && !facts.replay && detail >= 1 {
        spans.extend([line::gap(2), line::text("read-only", theme.wait)]);
    }
    if let Some(gate) = model.gate.as_ref().filter(|_| model.gate_runs()) {
        let (passed, all) = (gate.progress.passed(), gate.progress.checks.len());
        let since = duration(TimeDelta::from_std(model.uptime.saturating_sub(gate.since)).unwrap_or(TimeDelta::MAX));
        let text =
            if detail >= 2 { format!("gate runs {passed}/{all} {since}") } else { format!("gate {passed}/{all}") };
        spans.extend([line::gap(2), line::text(text, theme.accent)]);
    }
    // The briefing has it beside the call, with whether it is deployed.
    if detail >= 4 && model.screen != Screen::Briefing {
        spans.push(line::gap(2));
        match &facts.candidate {
            Some(sha) => spans.extend([line::text("candidate ", theme.dim), line::plain(words::commit(sha))]),
            None => spans.push(line::text("no candidate", theme.dim)),
        }
    }
    // What runs elsewhere than where it should is worth more than the name of what should.
    let warning = if detail >= 1 { candidate::warning(model) } else { Vec::new() };
    if !warning.is_empty() {
        spans.push(line::gap(2));
        spans.extend(warning);
    }
    spans
}

fn right(model: &Model, detail: u8) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    // Where there is little room, what a recording is and how far matters more than how its sources were.
    let sources = model.sources().into_iter().filter(|_| detail >= 1 || model.playing.is_none());
    for status in sources {
        spans.extend(source(model, status, detail));
        spans.push(line::gap(if detail >= 3 { 3 } else { 2 }));
    }
    let (times, now) = (model.times, model.now);
    let time = match detail {
        0 => times.short(now),
        _ => format!("{} {}", times.write(now, "%H:%M:%S"), times.zone(now)),
    };
    spans.push(line::text(time, model.theme.strong));
    spans
}

fn source(model: &Model, status: &SourceStatus, detail: u8) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let (glyph, style) = theme.source(status.state);
    let mut spans = vec![line::plain(&status.name), line::gap(1), Span::styled(glyph, style)];
    // The line of problems has the word too; the environment is worth more.
    if status.state != SourceState::Ok && detail >= 1 {
        spans.push(line::text(format!(" {}", status.state.word()), style));
    }
    if let Some(age) = status.age(model.now) {
        let bound = bound(model).filter(|bound| status.state == SourceState::Ok && age < *bound);
        match bound {
            Some(bound) if detail >= 6 => spans.push(line::text(format!(" <{}", words::age(bound)), theme.dim)),
            Some(_) => {}
            None => spans.push(line::text(format!(" {}", words::age(age)), theme.dim)),
        }
    }
    spans
}

/// What the age of a source that answers stays under, unless it missed a poll. Counted up and set back by each poll, it would
/// be the one thing that moves on a screen where nothing happens.
fn bound(model: &Model) -> Option<TimeDelta> {
    let bound = 2 * TimeDelta::from_std(model.every?).ok()?.num_seconds();
    let unit = match bound {
        ..60 => 1,
        60..3600 => 60,
        _ => 3600,
    };
    Some(TimeDelta::seconds(bound - bound % unit))
}

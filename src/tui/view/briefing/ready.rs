//! What stands against going on, counted; and what a rollback rests on, as far as that is on record.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::stage::minutes;
use crate::{
    judge::{StepState, TriggerState},
    runbook::{Duty, StepKind},
    text::clean,
    tui::{model::Model, theme::Theme, view::line},
    units::count,
};

/// Guardrails, triggers, hard stops. What cannot be seen is not none.
pub fn counts(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let Some(a) = model.assessment.as_deref() else { return Vec::new() };
    let violations: u64 = a.guardrails.iter().map(|guardrail| guardrail.counts.stage).sum();
    let state = |wanted| a.triggers.iter().filter(|trigger| trigger.state == wanted).count();
    let (tripped, unknown) = (state(TriggerState::Tripped), state(TriggerState::Unknown));
    let stops = a.hard_stops.len();
    let guardrails = match (&a.guardrails_blind, violations, stops) {
        (Some(_), 0, 0) => blind("Guardrails not seen", theme),
        (_, 0, _) => good("Guardrails 0", theme),
        // Nothing of it stands any more.
        (_, n, 0) => line::plain(format!("{} Guardrails {}", theme.glyphs.open, count(n))),
        (_, n, _) => bad(&format!("Guardrails {}", count(n)), theme),
    };
    let triggers = match (tripped, unknown) {
        (0, 0) => good("Triggers 0", theme),
        (0, n) => blind(&format!("Triggers 0, {n} not seen"), theme),
        (n, 0) => bad(&format!("Triggers {n}"), theme),
        (n, m) => bad(&format!("Triggers {n}, {m} not seen"), theme),
    };
    let stops = match (stops, &a.guardrails_blind) {
        (0, Some(_)) => blind("Hard stops 0 on record", theme),
        (0, None) => good("Hard stops 0", theme),
        (n, _) => bad(&format!("Hard stops {n}"), theme),
    };
    let spans = vec![guardrails, line::gap(4), triggers, line::gap(4), stops];
    vec![Line::from(line::cut(spans, columns, theme))]
}

fn good(text: &str, theme: &Theme) -> Span<'static> {
    line::text(format!("{} {text}", theme.glyphs.pass), theme.good)
}

fn bad(text: &str, theme: &Theme) -> Span<'static> {
    line::text(format!("{} {text}", theme.glyphs.fail), theme.bad.patch(theme.strong))
}

fn blind(text: &str, theme: &Theme) -> Span<'static> {
    line::text(format!("{} {text}", theme.glyphs.unknown), theme.blind)
}

/// Who rolls back, and what is on record of the last time; how far one is that stands.
pub fn rollback(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let dot = format!(" {} ", theme.glyphs.dot);
    let mut spans = vec![line::text("Rollback  ", theme.dim)];
    let owner = model.facts.runbook.on_duty(Duty::RollbackOwner).zip(model.meeting());
    if let Some((role, meeting)) = owner {
        spans.push(match crate::facts::holder_of(meeting.runbook, meeting.history, &role.key) {
            Some(name) => line::plain(format!("{} {name}", clean(&role.title))),
            None => line::text(format!("nobody is {}", clean(&role.title)), theme.wait),
        });
        spans.push(line::text(&dot, theme.dim));
    }
    let Some(history) = model.history.as_deref() else {
        spans.push(line::text("the audit log was not read yet", theme.dim));
        return vec![Line::from(line::cut(spans, columns, theme))];
    };
    if let Some(procedure) = model.procedure() {
        let legacy = procedure.steps.iter().find(|step| step.does == StepKind::ConfirmLegacy);
        let how = legacy.map_or("", |step| match step.state {
            StepState::Verified | StepState::Attested => ", old path confirmed",
            _ => ", old path not confirmed yet",
        });
        let text =
            format!("rolled back {} ago by {}{how}", minutes(model.now - procedure.at), clean(&procedure.operator));
        spans.push(line::text(text, theme.wait));
        return vec![Line::from(line::cut(spans, columns, theme))];
    }
    let (text, style) = match &history.rollback {
        None => ("never rolled back in this rollout".to_owned(), theme.dim),
        Some(last) => {
            let ago = minutes(model.now - last.at);
            let off = last.verified_at.map(|at| (at - last.at).num_milliseconds().max(0));
            match off {
                Some(took) => {
                    (format!("last rolled back {ago} ago, off in {:.1} s", took as f64 / 1000.0), Style::new())
                }
                None => (format!("last rolled back {ago} ago, off not confirmed"), theme.wait),
            }
        }
    };
    spans.push(line::text(text, style));
    vec![Line::from(line::cut(spans, columns, theme))]
}

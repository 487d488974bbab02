//! What calls for a rollback, and the tallies beside it.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{line, paint, panel, wide};
use crate::{
    judge::{Assessment, MonitorAssessment, TriggerAssessment, TriggerState},
    tui::{model::Model, theme::Theme, words},
    units::count,
};

/// How many rows the triggers take, one each.
pub fn length(model: &Model) -> u16 {
    u16::try_from(model.facts.runbook.triggers.len()).unwrap_or(u16::MAX).max(1)
}

/// Draws the panel.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let Some(assessment) = model.assessment.as_deref() else {
        let fact = vec![line::text("not judged yet", theme.dim)];
        let inner = panel::open(frame, area, "Rollback triggers", fact, theme);
        paint::lines(frame, inner, unjudged(model, &inner, wide(frame.area())));
        return;
    };
    let triggers = &assessment.triggers;
    let inner = panel::open(frame, area, "Rollback triggers", summary(triggers, theme), theme);
    let (columns, mut room) = (usize::from(inner.width), usize::from(inner.height));
    let mut rows = Vec::new();
    let tallies = tallies(assessment, columns, model);
    let boxed = wide(frame.area());
    if boxed && room > triggers.len() + 2 {
        rows.push(Line::default());
        room -= 1;
    }
    let reasons = room > triggers.len() * 2;
    let (shown, more) = shown(triggers, room);
    for trigger in shown {
        rows.push(trigger_row(trigger, columns, model));
        if reasons {
            let text = words::fit(&trigger.reason, columns.saturating_sub(10), theme.glyphs.ellipsis);
            rows.push(Line::from(vec![line::gap(10), line::text(text, theme.dim)]));
            if room > triggers.len() * 3 + 1 {
                rows.push(Line::default());
            }
        }
    }
    rows.extend(more.map(|more| Line::from(line::text(more, theme.dim))));
    let height = usize::from(inner.height);
    if !tallies.is_empty() && height >= rows.len() + 2 {
        rows.push(Line::default());
        rows.extend(tallies.into_iter().take(height.saturating_sub(rows.len())));
    }
    paint::lines(frame, inner, rows);
}

/// Those that are shown in so many rows, and what is said of the others. Where they do not fit, the worst come first.
fn shown(triggers: &[TriggerAssessment], room: usize) -> (Vec<&TriggerAssessment>, Option<String>) {
    let mut shown: Vec<&TriggerAssessment> = triggers.iter().collect();
    if shown.len() <= room {
        return (shown, None);
    }
    // A stable sort: those that stand alike stay in the runbook's order.
    let worst_first = [TriggerState::Tripped, TriggerState::Unknown, TriggerState::Armed];
    shown.sort_by_key(|trigger| worst_first.iter().position(|state| *state == trigger.state));
    if room < 2 {
        // In a single row the worst says more than how many there are.
        shown.truncate(room);
        return (shown, None);
    }
    let others = shown.split_off(room - 1);
    let counts = worst_first.iter().filter_map(|state| {
        let count = others.iter().filter(|other| other.state == *state).count();
        (count > 0).then(|| format!("{count} {}", state.word()))
    });
    (shown, Some(format!("  and {}", counts.collect::<Vec<_>>().join(", "))))
}

/// Each, in the place where its state comes to stand.
fn unjudged(model: &Model, area: &Rect, boxed: bool) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let triggers = &model.facts.runbook.triggers;
    let room = usize::from(area.height);
    let mut rows = Vec::new();
    rows.extend((boxed && room > triggers.len() + 2).then(Line::default));
    rows.extend(triggers.iter().map(|trigger| {
        let text = format!("{} {:<7} {}", theme.glyphs.open, "not yet", trigger.title);
        line::row(vec![line::text(text, theme.dim)], Vec::new(), usize::from(area.width), theme)
    }));
    rows
}

fn summary(triggers: &[TriggerAssessment], theme: &Theme) -> Vec<Span<'static>> {
    let count = |state| triggers.iter().filter(|trigger| trigger.state == state).count();
    match (count(TriggerState::Tripped), count(TriggerState::Unknown)) {
        (0, 0) => vec![line::text("none tripped", theme.dim)],
        (0, blind) => vec![line::text(format!("{} {blind} unknown", theme.glyphs.unknown), theme.blind)],
        (tripped, _) => vec![line::text(
            format!("{} {tripped} TRIPPED: roll back", theme.glyphs.fail),
            theme.bad.patch(theme.strong),
        )],
    }
}

fn trigger_row(trigger: &TriggerAssessment, columns: usize, model: &Model) -> Line<'static> {
    let theme = &model.theme;
    let (glyph, style) = theme.trigger(trigger.state);
    let loud = if trigger.state == TriggerState::Tripped { style.patch(theme.strong) } else { style };
    let word = if trigger.state == TriggerState::Tripped { "TRIPPED" } else { trigger.state.word() };
    let left = vec![
        line::text(format!("{glyph} "), style),
        line::text(format!("{word:<7} "), loud),
        line::plain(&trigger.title),
    ];
    let since = trigger.since.map(|at| format!("since {}", moment(at, model)));
    let both = since.as_ref().map(|since| format!("{} {} {since}", trigger.brief, theme.glyphs.dot));
    let words = since.as_ref().map(|since| format!("{} {since}", trigger.brief));
    let both = [both, words].into_iter().flatten();
    // The title whole, and then as much as there is room for: what it measured says less than since when it is tripped.
    let room = columns.saturating_sub(line::width(&left) + 1);
    let facts = both.chain(since).find(|facts| words::width(facts) <= room);
    let facts = facts.unwrap_or_else(|| trigger.brief.clone());
    line::row(left, vec![line::text(facts, theme.dim)], columns, theme)
}

/// A time of day, with its day where that is not today: as on the timeline.
fn moment(at: chrono::DateTime<chrono::Utc>, model: &Model) -> String {
    let today = model.times.day(at) == model.times.day(model.now);
    model.times.write(at, if today { "%H:%M" } else { "%d %b %H:%M" })
}

/// How often each monitored class was seen in a day, those that were seen first, in as few rows as hold them.
fn monitored(monitors: &[MonitorAssessment], columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut order: Vec<&MonitorAssessment> = monitors.iter().collect();
    // A stable sort: those equally rare stay in the runbook's order.
    order.sort_by_key(|monitor| (monitor.blind.is_none(), std::cmp::Reverse(monitor.counts.h24)));
    let mut rows = vec![vec![line::text("24 h", theme.dim)]];
    for monitor in order {
        let seen = match &monitor.blind {
            Some(_) => line::text(format!("{} not seen", theme.glyphs.unknown), theme.blind),
            None if monitor.counts.h24 == 0 => line::text("0", theme.dim),
            None => line::plain(count(monitor.counts.h24)),
        };
        let piece = [line::text(format!("   {} ", monitor.title), theme.dim), seen];
        if rows.last().is_some_and(|row| line::width(row) + line::width(&piece) > columns) {
            rows.push(vec![line::gap(4)]);
        }
        rows.last_mut().into_iter().for_each(|row| row.extend(piece.clone()));
    }
    rows.into_iter().map(|row| line::row(row, Vec::new(), columns, theme)).collect()
}

/// Codes that have a meaning in the runbook and were seen in a day, by their signal; most frequent first.
fn tallies(assessment: &Assessment, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    if !assessment.monitors.is_empty() {
        return monitored(&assessment.monitors, columns, theme);
    }
    let runbook = &model.facts.runbook;
    let mut rows = Vec::new();
    let mut signals: Vec<&str> = runbook.codes.iter().map(|code| code.signal.as_str()).collect();
    signals.dedup();
    for key in signals {
        let mut seen: Vec<(&str, u64)> = assessment
            .signals
            .iter()
            .filter(|signal| signal.key == key && signal.h24 > 0)
            .filter_map(|signal| Some((signal.by.values().next()?.as_str(), signal.h24)))
            .collect();
        seen.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let title = key.replace('_', " ");
        let mut spans = vec![line::text(format!("{title} 24 h"), theme.dim)];
        if seen.is_empty() {
            spans.push(match model.blind() {
                true => line::text(format!("  {} not seen", theme.glyphs.unknown), theme.blind),
                false => line::text("  none", theme.dim),
            });
        }
        for (code, n) in seen {
            spans.extend([line::text(format!("  {code} "), theme.dim), line::plain(count(n))]);
        }
        rows.push(line::row(spans, Vec::new(), columns, theme));
    }
    rows
}

//! What else was counted: the signals beside the primary one, by their labels.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{line, paint, panel};
use crate::{
    judge::{MonitorAssessment, SignalAssessment, WindowCounts},
    runbook::{Rate, Signal},
    tui::{model::Model, theme::Theme},
    units::count,
};

/// A signal and what was seen of it in a day or in this stage, most frequent first.
type Group<'a> = (&'a Signal, Vec<&'a SignalAssessment>);

/// Draws the panel.
pub fn render(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let title = if monitors(model).is_empty() { "Other signals" } else { "Monitored" };
    let inner = panel::open(frame, area, title, Vec::new(), theme);
    paint::lines(frame, inner, rows(model, usize::from(inner.width), usize::from(inner.height)));
}

/// The monitored classes; in a runbook without any, the tallies of every signal but the one that the primary rate
/// counts. In at most so many rows.
pub fn rows(model: &Model, columns: usize, room: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    if !monitors(model).is_empty() {
        return monitored(monitors(model), columns, room, theme);
    }
    let mut rows = Vec::new();
    for (of, seen) in groups(model) {
        // A title without a row below it says nothing.
        if room < rows.len() + 2 {
            break;
        }
        let head = if rows.is_empty() { format!("{:>10}{:>10}", "stage", "24 h") } else { String::new() };
        rows.push(line::row(vec![line::text(&of.title, theme.dim)], vec![line::text(head, theme.dim)], columns, theme));
        for signal in seen.into_iter().take(room - rows.len()) {
            let style = if signal.count > 0 { Style::new() } else { theme.dim };
            let numbers = vec![
                line::text(format!("{:>10}", count(signal.count)), style),
                line::text(format!("{:>10}", count(signal.h24)), theme.dim),
            ];
            rows.push(line::row(
                vec![line::gap(2), line::text(labels(of, signal, theme), style)],
                numbers,
                columns,
                theme,
            ));
        }
    }
    if rows.is_empty() && room > 0 {
        rows.push(Line::from(match model.blind() {
            true => line::text(format!("{} what else happens cannot be seen", theme.glyphs.unknown), theme.blind),
            false => line::text("nothing else was counted in 24 h", theme.dim),
        }));
    }
    rows
}

fn monitors(model: &Model) -> &[MonitorAssessment] {
    model.assessment.as_ref().map_or(&[], |assessment| &assessment.monitors)
}

/// Each class with its sums; below it what it is made of, as far as that was seen and there is room.
fn monitored(monitors: &[MonitorAssessment], columns: usize, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    // Where it is narrow, two windows and the names whole.
    let all = columns >= 70;
    let right = |[m15, h1, h24, stage]: [String; 4]| match all {
        true => format!("{m15:>7}{h1:>8}{h24:>9}{stage:>10}"),
        false => format!("{h24:>9}{stage:>9}"),
    };
    let figures = |counts: &WindowCounts, style| {
        vec![line::text(right([counts.m15, counts.h1, counts.h24, counts.stage].map(count)), style)]
    };
    let style = |counts: &WindowCounts| if counts.h24 + counts.stage > 0 { Style::new() } else { theme.dim };
    let head = vec![line::text(right(["15 m", "1 h", "24 h", "stage"].map(str::to_owned)), theme.dim)];
    let mut rows = vec![line::row(Vec::new(), head, columns, theme)];
    // Every class has its row before any has its parts.
    let mut left = room.saturating_sub(1 + monitors.len());
    for monitor in monitors {
        let numbers = match &monitor.blind {
            Some(_) => vec![line::text(format!("{} not seen", theme.glyphs.unknown), theme.blind)],
            None => figures(&monitor.counts, style(&monitor.counts)),
        };
        rows.push(line::row(vec![line::text(&monitor.title, style(&monitor.counts))], numbers, columns, theme));
        for row in monitor.rows.iter().filter(|row| row.counts.h24 + row.counts.stage > 0).take(left) {
            left -= 1;
            let value = if row.value.is_empty() { "(none)" } else { &row.value };
            let unlisted = if row.listed { "" } else { " unlisted" };
            let name = vec![line::gap(2), line::text(value, theme.dim), line::text(unlisted, theme.wait)];
            rows.push(line::row(name, figures(&row.counts, theme.dim), columns, theme));
        }
    }
    rows.truncate(room);
    rows
}

/// The most frequent of the first of them: its labels, and its count in this stage.
pub fn first(model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let groups = groups(model);
    let tally = groups.first().and_then(|(of, seen)| Some((of, seen.first()?)));
    tally.map_or_else(Vec::new, |(of, tally)| {
        vec![line::text(format!("{} ", labels(of, tally, theme)), theme.dim), line::plain(count(tally.count))]
    })
}

/// Since the present stage was entered: how often the primary rate's signal came, and what came beside it.
pub fn since_entered(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let Some(assessment) = &model.assessment else { return Vec::new() };
    let primary = model.facts.runbook.primary_rate();
    let of_primary = assessment.signals.iter().filter(|signal| is_of(primary, &signal.key));
    let attempts = of_primary.map(|signal| signal.count).fold(0, u64::saturating_add);
    let title = primary.map_or("Attempts", |rate| rate.title.as_str());
    let mut rows = vec![vec![line::text(format!("since then  {title} "), theme.dim), line::plain(count(attempts))]];
    // The first of the others is the nearest: the runbook's order is the order of what matters.
    if let Some((of, seen)) = groups(model).into_iter().next() {
        rows.push(vec![line::text(format!("{:12}{}", "", of.title), theme.dim)]);
        for signal in seen.into_iter().filter(|signal| signal.count > 0) {
            let piece =
                [line::text(format!("  {} ", labels(of, signal, theme)), theme.dim), line::plain(count(signal.count))];
            let last = rows.last().map_or(0, |row| line::width(row));
            if last + line::width(&piece) > columns {
                rows.push(vec![line::gap(12)]);
            }
            rows.last_mut().into_iter().for_each(|row| row.extend(piece.clone()));
        }
    }
    rows.into_iter().map(|row| line::row(row, Vec::new(), columns, theme)).collect()
}

fn is_of(primary: Option<&Rate>, key: &str) -> bool {
    primary.is_some_and(|rate| rate.attempts.signal == key)
}

fn groups(model: &Model) -> Vec<Group<'_>> {
    let runbook = &model.facts.runbook;
    let primary = runbook.primary_rate();
    let Some(assessment) = &model.assessment else { return Vec::new() };
    let others = runbook.signals.iter().filter(|signal| !is_of(primary, &signal.key));
    let group = |signal: &'_ Signal| {
        let of_signal = assessment.signals.iter().filter(|tally| tally.key == signal.key);
        let mut seen: Vec<&SignalAssessment> = of_signal.filter(|tally| tally.count + tally.h24 > 0).collect();
        seen.sort_by_key(|tally| std::cmp::Reverse((tally.count, tally.h24)));
        seen
    };
    others.map(|signal| (signal, group(signal))).filter(|(_, seen)| !seen.is_empty()).collect()
}

/// `path legacy · flag off`, in the runbook's order; a label without a value is left out.
fn labels(of: &Signal, tally: &SignalAssessment, theme: &Theme) -> String {
    let value = |name: &String| tally.by.get(name).filter(|value| !value.is_empty());
    let named: Vec<String> = of.by.iter().filter_map(|name| Some(format!("{name} {}", value(name)?))).collect();
    if named.is_empty() { "all".to_owned() } else { named.join(&format!(" {} ", theme.glyphs.dot)) }
}

//! The success rates on the full screen: one of them as a line over time, and below it all of them.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span, Text},
};

use super::{
    super::{chart::Chart, line, panel, state, wide},
    figures,
    looked::{Window, ordered, source, stages, steps, traced},
    marks, rows,
};
use crate::{
    judge::{Assessment, RateAssessment, Trace, evidence_begins, turns},
    snapshot::minute_of,
    tui::{drawn::Target, keys::Command, model::Model, words, zoom::Zoom},
    units::{count, duration},
};

/// The line has at least so many rows wherever there are so many.
const LINE: u16 = 6;
/// From so many columns on the tables stand side by side.
const BROAD: u16 = 160;
/// What stands in the panel besides the line: figures, what they are, times, marks.
const BESIDE: u16 = 4;

/// How many rates can be selected.
pub fn length(model: &Model) -> usize {
    model.assessment.as_deref().map_or(0, |assessment| assessment.rates.len())
}

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    let theme = &model.theme;
    let title = model.facts.runbook.primary_rate().map_or("Success", |rate| rate.title.as_str());
    if let Some(state) = state::of_telemetry(model) {
        let inner = panel::open(frame, area, title, zoom(model), theme);
        return state.render(frame, inner, model);
    }
    let Some(assessment) = model.assessment.as_deref() else { return };
    let all = ordered(assessment);
    let Some(rate) = all.get(model.place.selected.min(all.len().saturating_sub(1))) else {
        let inner = panel::open(frame, area, title, Vec::new(), theme);
        let none = state::State::Empty {
            what: "the runbook has no success rate".to_owned(),
            next: "name one under [[rate]]; `gonogo runbook validate` checks it".to_owned(),
        };
        return none.render(frame, inner, model);
    };
    let (upper, lower) = split(frame, area, assessment, model);
    chart_panel(frame, upper, rate, assessment, model);
    if lower.height > 0 {
        tables(frame, lower, assessment, model);
    }
}

/// The chart's area and that of the tables: the tables take what they need, and leave the line its rows and a half.
fn split(frame: &Frame, area: Rect, assessment: &Assessment, model: &Model) -> (Rect, Rect) {
    if model.place.open {
        return (area, Rect { y: area.bottom(), height: 0, ..area });
    }
    let boxed = wide(frame.area());
    let borders = if boxed { 2 } else { 1 };
    let count = |rates: Vec<&RateAssessment>| u16::try_from(rates.len()).unwrap_or(u16::MAX);
    let (of_stages, of_steps) = (count(stages(assessment)), count(steps(assessment)));
    let needed = match area.width >= BROAD {
        true => borders + 1 + of_stages.max(of_steps),
        // The rule above the tables is the head of the first of them where there is no box.
        false => (if boxed { 3 } else { 1 }) + of_stages + 1 + of_steps,
    };
    let chart = borders + BESIDE + LINE;
    let below = needed.min(area.height.saturating_sub(chart)).min(area.height / 2 + 1);
    let below = if below < 3 { 0 } else { below };
    let upper = Rect { height: area.height - below, ..area };
    (upper, Rect { y: upper.bottom(), height: below, ..area })
}

/// The windows there are, the present one marked.
fn zoom(model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let mut spans = vec![line::text(format!("{} ", model.keymap.shown(Command::Zoom)), theme.key)];
    for (i, zoom) in Zoom::ALL.into_iter().enumerate() {
        if i > 0 {
            spans.push(line::text(format!(" {} ", theme.glyphs.dot), theme.dim));
        }
        spans.push(match zoom == model.zoom {
            true => line::text(format!("[{}]", zoom.word()), theme.strong),
            false => line::text(zoom.word(), theme.dim),
        });
    }
    spans
}

fn chart_panel(frame: &mut Frame, area: Rect, rate: &RateAssessment, assessment: &Assessment, model: &Model) {
    let theme = &model.theme;
    let title = source(rate, model).map_or(rate.title.as_str(), |rate| rate.title.as_str());
    let whole = format!("{title} {} {}", theme.glyphs.dot, rows::name(rate, model));
    let title = if rate.scope == "step" { title.to_owned() } else { whole };
    let inner = panel::open(frame, area, &title, zoom(model), theme);
    if inner.is_empty() {
        return;
    }
    let columns = usize::from(inner.width);
    let window = Window::of(rate, model.zoom);
    let begins =
        evidence_begins(model.history.as_deref().unwrap_or(&crate::judge::History::default()), &assessment.stage);
    let Some(trace) = traced(rate, window, &begins, model) else {
        let why = format!("telemetry has told nothing of {}", rate.title);
        return state::unknown(&why, model).render(frame, inner, model);
    };
    let mut points = trace.points();
    if model.zoom == Zoom::Stage {
        // What came before the stage says nothing of it.
        points.retain(|point| point.minute >= minute_of(window.from));
    }
    let mut chart = Chart {
        to: window.to,
        blind: rate.blind.is_some(),
        mean: window.mean,
        gaps: &trace.gaps,
        times: model.times,
        ..Chart::new(&points, rate.slo, window.from)
    };
    let mut head = vec![line::row(figures(rate, theme, true), in_window(&trace, window, model), columns, theme)];
    head.extend(notes(rate, &trace, window, &chart, columns, model));
    let room = inner.height.saturating_sub(2 + LINE);
    head.truncate(usize::from(room.max(1)));
    // White space where it costs the line nothing that it needs.
    if inner.height > 2 + 2 * LINE {
        head.push(Line::default());
        head.insert(0, Line::default());
    }
    let top = u16::try_from(head.len()).unwrap_or(u16::MAX).min(inner.height);
    frame.render_widget(Text::from(head), Rect { height: top, ..inner });
    let rest = Rect { y: inner.y + top, height: inner.height - top, ..inner };
    let Some(plot) = Chart::plot(Rect { height: rest.height.saturating_sub(1), ..rest }) else { return };
    let (from, to) = (minute_of(window.from), minute_of(window.to));
    if trace.between(from, to).0 == 0 {
        return empty(rate, model).render(frame, rest, model);
    }
    let turns = turns(&model.facts.runbook, model.history.as_deref().unwrap_or(&crate::judge::History::default()));
    chart.band = trace.intervals(&begins, &chart.ends(plot.width));
    chart.marks = turns.iter().map(|turn| turn.at).collect();
    let buffer = frame.buffer_mut();
    chart.render(buffer, Rect { height: rest.height - 1, ..rest }, theme);
    marks::render(&chart, &turns, buffer, Rect { y: rest.bottom() - 1, height: 1, ..plot }, theme);
}

/// What the window itself holds.
fn in_window(trace: &Trace, window: Window, model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let (attempts, failures) = trace.between(minute_of(window.from), minute_of(window.to));
    if attempts == 0 || model.zoom == Zoom::Stage {
        return Vec::new();
    }
    let share = (attempts - failures) as f64 / attempts as f64;
    vec![
        line::text(format!("{}  ", model.zoom.word()), theme.dim),
        line::text(format!("{} %", words::percent(share)), theme.strong),
        line::text(format!(" of {}", count(attempts)), theme.dim),
    ]
}

/// What the line and the shade are; why they are not to be relied on; from when on there are minutes.
fn notes(
    rate: &RateAssessment,
    trace: &Trace,
    window: Window,
    chart: &Chart,
    columns: usize,
    model: &Model,
) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut rows = Vec::new();
    if let Some(blind) = &rate.blind {
        let mark = format!("{} cannot be relied on: ", theme.glyphs.unknown);
        rows.push(line::row(vec![line::text(mark, theme.blind), line::plain(blind)], Vec::new(), columns, theme));
    }
    let late = trace.kept_from - window.from;
    let kept = (late > chrono::TimeDelta::minutes(1)).then(|| {
        format!(
            "minutes are kept from {} on, {} after the window begins",
            model.times.minute(trace.kept_from),
            duration(late)
        )
    });
    if let Some(kept) = kept {
        rows.push(line::row(vec![line::text(kept, theme.wait)], Vec::new(), columns, theme));
    }
    if trace.between(minute_of(window.from), minute_of(window.to)).0 == 0 {
        return rows;
    }
    let mut left = vec![match chart.mean_of() {
        Some(mean) => line::text(format!("line: {mean}"), theme.dim),
        None => line::text(
            format!("fewer than {} attempts: too few yet for a line", super::super::chart::FEWEST),
            theme.wait,
        ),
    }];
    if !chart.blind {
        left.push(line::text("   shade: what the rate could be, 95 %", theme.dim));
    }
    let zone = format!("times in {}", model.times.zone(model.now));
    rows.push(line::row(left, vec![line::text(zone, theme.dim)], columns, theme));
    rows
}

/// Nothing was attempted in the window.
fn empty(rate: &RateAssessment, model: &Model) -> state::State {
    if let Some(blind) = &rate.blind {
        return state::unknown(blind, model);
    }
    let window = match model.zoom.span() {
        Some(span) => format!("in the last {}", duration(span)),
        None => "in this stage".to_owned(),
    };
    let served = model.serves().is_some_and(|serves| serves.is_off());
    let next = match (served, model.zoom) {
        (true, _) => "nobody has the feature: the line begins with the first stage that serves somebody".to_owned(),
        (false, Zoom::Stage) => "the line begins with the first attempts".to_owned(),
        (false, _) => format!("{} widens the window", model.keymap.shown(Command::Left)),
    };
    state::State::Empty { what: format!("no attempt of {} ended {window}", rate.title), next }
}

fn tables(frame: &mut Frame, area: Rect, assessment: &Assessment, model: &Model) {
    let theme = &model.theme;
    let boxed = wide(frame.area());
    let (of_stages, of_steps) = (stages(assessment), steps(assessment));
    let first_step = of_stages.len();
    if area.width >= BROAD {
        let left = Rect { width: area.width / 2, ..area };
        let right = Rect { x: left.right(), width: area.width - left.width, ..area };
        for (area, title, rates, first) in [(left, STAGES, of_stages, 0), (right, STEPS, of_steps, first_step)] {
            let inner = panel::open(frame, area, title, Vec::new(), theme);
            let columns = usize::from(inner.width);
            let mut lines = vec![indented(rows::head("", columns - 2, model))];
            lines.extend(table(&rates, first, columns, model));
            let below = Rect { y: inner.y + 1, ..inner }.intersection(inner);
            model.drawn.mark_lines(below, first, first + rates.len());
            panel::scrolled(frame, inner, lines, 0);
        }
        model.drawn.mark_first(0);
        return;
    }
    // Where there is no box, its rule is the head of the first table.
    let (title, names) = match boxed {
        true => ("Rates", Vec::new()),
        false => (STAGES, rows::names(usize::from(area.width).saturating_sub(4), model)),
    };
    let inner = panel::open(frame, area, title, names, theme);
    let columns = usize::from(inner.width);
    let mut lines = Vec::new();
    if boxed {
        lines.push(indented(rows::head(STAGES, columns - 2, model)));
    }
    lines.extend(table(&of_stages, 0, columns, model));
    lines.push(indented(rows::head(STEPS, columns - 2, model)));
    lines.extend(table(&of_steps, first_step, columns, model));
    let row_of = |rate: usize| rate + usize::from(boxed) + usize::from(rate >= first_step);
    let height = usize::from(inner.height);
    // The selected one is seen, and the worst steps are as long as nobody looks for anything else; under a click it all
    // stays where it is.
    let seen = || (row_of(model.place.selected) + 1).saturating_sub(height);
    let first = model.place.clicked.map_or_else(seen, |clicked| clicked.first).min(lines.len().saturating_sub(height));
    model.drawn.mark_first(first);
    for (row, shown) in inner.rows().zip(first..) {
        if let Some(rate) = (0..first_step + of_steps.len()).find(|rate| row_of(*rate) == shown) {
            model.drawn.mark(row, Target::Line(rate));
        }
    }
    panel::scrolled(frame, inner, lines, first);
}

const STAGES: &str = "By stage";
const STEPS: &str = "By step, worst first";

/// The rows of a table whose first one is selected by this number.
fn table(rates: &[&RateAssessment], first: usize, columns: usize, model: &Model) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let row = |(i, rate): (usize, &&RateAssessment)| {
        let row = rows::row(rate, columns.saturating_sub(2), model);
        match first + i == model.place.selected {
            true => {
                let mut row = row.patch_style(theme.strong);
                row.spans.insert(0, Span::styled(format!("{} ", theme.glyphs.selected), theme.key));
                row
            }
            false => indented(row),
        }
    };
    rates.iter().enumerate().map(row).collect()
}

fn indented(mut row: Line<'static>) -> Line<'static> {
    row.spans.insert(0, line::gap(2));
    row
}

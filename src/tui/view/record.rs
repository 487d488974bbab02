//! Something for the audit log: the list, then the words of one line of it.

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    dialog::{
        self, ESC,
        Hint::{Fixed, Pair},
        ROLL_BACK, Row, Stop, TAB,
    },
    line,
};
use crate::tui::{
    dialog::{Answer, Focus, RecordForm},
    keys::Command,
    model::Model,
    record::{Ask, State, Told},
    words,
};

/// The dialog.
pub fn sheet(area: Rect, model: &Model, form: &RecordForm) -> dialog::Sheet {
    match (&form.answers, form.choice()) {
        (Some(answers), Some(choice)) => {
            let (title, detail, asks) = (choice.title.clone(), choice.detail.clone(), choice.asks.clone());
            words_sheet(area, model, form, answers, (title, &detail, &asks))
        }
        _ => list_sheet(area, model, form),
    }
}

fn list_sheet(area: Rect, model: &Model, form: &RecordForm) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let titles = form.choices.iter().map(|choice| words::width(&choice.title)).max().unwrap_or(0);
    let width = titles.min(columns / 2);
    let told = told(model, columns);
    // The list scrolls around its selected line; what was recorded last stays in sight.
    let room = usize::from(area.height).saturating_sub(5 + told.len() + usize::from(!told.is_empty())).max(3);
    let first = form.selected.saturating_sub(room / 2).min(form.choices.len().saturating_sub(room));
    let (mut body, mut stops) = (Vec::new(), Vec::new());
    for (i, choice) in form.choices.iter().enumerate().skip(first).take(room) {
        let selected = i == form.selected;
        let mark = if selected { theme.glyphs.selected } else { " " };
        let title = words::fit(&choice.title, width, theme.glyphs.ellipsis);
        let pad = " ".repeat(width.saturating_sub(words::width(&title)));
        let spans = vec![
            Span::styled(format!("{mark} "), theme.key),
            line::text(title, if selected { theme.strong } else { Style::new() }),
            line::plain(format!("{pad}  ")),
            line::text(&choice.detail, theme.dim),
        ];
        stops.push(Stop::row(Row::Body(body.len()), Focus::Line(i)));
        body.push(line::row(spans, Vec::new(), columns, theme));
    }
    body.push(Line::default());
    if !told.is_empty() {
        body.extend(told);
        body.push(Line::default());
    }
    let keys = [
        (Pair(Command::Up, Command::Down), "which"),
        (Fixed(theme.glyphs.enter), "choose"),
        (ESC, "close"),
        (ROLL_BACK, "roll back"),
    ];
    dialog::Sheet {
        title: "Enter into the audit log".to_owned(),
        fact: format!("{} of {}", (form.selected + 1).min(form.choices.len()), form.choices.len()),
        style: theme.accent,
        body,
        buttons: vec![dialog::keys(&keys, columns, model)],
        stops,
    }
}

fn words_sheet(
    area: Rect,
    model: &Model,
    form: &RecordForm,
    answers: &[Answer],
    (title, detail, asks): (String, &str, &[Ask]),
) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let mut body = line::paragraph("", theme.dim, detail, Style::new(), columns);
    let candidate = model.facts.candidate.as_deref().map_or_else(|| "none".to_owned(), words::commit);
    let facts = format!("candidate {candidate} {} by {}", theme.glyphs.dot, model.facts.operator);
    body.push(Line::from(line::text(facts, theme.dim)));
    body.push(Line::default());
    let mut stops = vec![Stop::row(Row::Button(0), Focus::Answer(asks.len()))];
    for (i, (ask, answer)) in asks.iter().zip(answers).enumerate() {
        let focused = form.focus == i;
        stops.push(Stop::row(Row::Body(body.len()), Focus::Answer(i)));
        body.push(match (ask, answer) {
            (Ask::Text { label, hint }, Answer::Text(field)) => {
                dialog::field(label, field, focused, hint, columns, theme)
            }
            (Ask::Pick { label, options }, Answer::Pick(at)) => {
                options_row(label, options, *at, focused, model, columns)
            }
            _ => Line::default(),
        });
    }
    if let Some(complaint) = &form.complaint {
        body.push(Line::default());
        let mark = format!("{} ", theme.glyphs.fail);
        body.extend(line::paragraph(&mark, theme.wait, complaint, theme.wait, columns));
    }
    body.push(Line::default());
    let back = if form.alone { "close" } else { "back to the list" };
    let keys = [(TAB, "next"), (Fixed(theme.glyphs.enter), "choose"), (ESC, back), (ROLL_BACK, "roll back")];
    let buttons =
        vec![Line::from(dialog::button("Record", form.at_button(), theme)), dialog::keys(&keys, columns, model)];
    dialog::Sheet { title, fact: model.facts.environment.to_uppercase(), style: theme.accent, body, buttons, stops }
}

/// What there is to choose from, the chosen one marked.
fn options_row(
    label: &str,
    options: &[String],
    at: usize,
    focused: bool,
    model: &Model,
    columns: usize,
) -> Line<'static> {
    let theme = &model.theme;
    let mut spans = vec![line::text(format!("{label:<8} "), if focused { theme.key } else { theme.dim })];
    for (i, option) in options.iter().enumerate() {
        let chosen = i == at;
        let style = match (chosen, focused) {
            (true, true) => theme.focus,
            (true, false) => theme.strong,
            (false, _) => theme.dim,
        };
        let mark = if chosen { theme.glyphs.selected } else { " " };
        spans.push(Span::styled(format!("{mark} {option} "), style));
    }
    if focused {
        spans.push(line::text("  Left Right", theme.dim));
    }
    line::row(spans, Vec::new(), columns, theme)
}

/// What became of the last entry.
fn told(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let Some(Told { what, state, .. }) = &model.told else { return Vec::new() };
    let (mark, style, text) = match state {
        State::Waiting => (theme.glyphs.here, theme.accent, format!("{what}: being recorded")),
        State::Recorded(answer) => (theme.glyphs.pass, theme.good, format!("{what}: {answer}")),
        State::Failed(fault) => (theme.glyphs.fail, theme.bad, format!("{what}: not recorded: {fault}")),
        // The footer tells of files.
        State::Writing | State::Written(_) | State::Unwritten(_) => return Vec::new(),
    };
    line::paragraph(&format!("{mark} "), style, &text, Style::new(), columns)
}

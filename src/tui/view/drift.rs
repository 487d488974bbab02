//! Somebody else changed the flag: who, when, what; and the three ways out.

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    dialog::{self, ESC, Hint, ROLL_BACK, Row, Stop},
    line,
};
use crate::{
    tui::{
        dialog::{DriftForm, Focus, ways_out},
        keys::Command,
        model::Model,
    },
    units::duration,
};

/// The choice.
pub fn sheet(area: Rect, model: &Model, form: &DriftForm) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let sheet = |body, keys: &[(Hint, &str)]| dialog::Sheet {
        title: "The flag drifted".to_owned(),
        fact: model.facts.environment.to_uppercase(),
        style: theme.bad,
        body,
        buttons: vec![dialog::keys(keys, columns, model)],
        stops: Vec::new(),
    };
    let assessment = model.assessment.as_deref();
    let Some((assessment, drift)) = assessment.and_then(|a| Some((a, a.flag.drift.as_ref()?))) else {
        let text = match assessment {
            Some(_) => "The flag is as the stage says: nobody changed it elsewhere.",
            None => "Nothing is judged yet, so nobody knows whether the flag drifted.",
        };
        let mut body = line::paragraph("", theme.dim, text, Style::new(), columns);
        body.push(Line::default());
        let mut sheet = sheet(body, &[(ESC, "close"), (ROLL_BACK, "roll back")]);
        (sheet.title, sheet.style) = ("The flag".to_owned(), theme.accent);
        return sheet;
    };
    let mut body = line::paragraph("drift    ", theme.dim, drift, theme.strong, columns);
    body.extend(changed(model, columns));
    body.push(Line::default());
    let mut stops = Vec::new();
    for (i, way) in ways_out(model, assessment).into_iter().enumerate() {
        let selected = i == form.selected;
        let possible = way.blockers.is_empty();
        let mark = if selected { theme.glyphs.selected } else { " " };
        let style = match (selected, possible) {
            (true, true) => theme.focus,
            (_, true) => theme.strong,
            (_, false) => theme.dim,
        };
        let mut head = vec![Span::styled(format!("{mark} {} ", way.title), style)];
        if !possible {
            head.push(line::text("  not possible", theme.bad));
        }
        stops.push(Stop::row(Row::Body(body.len()), Focus::Line(i)));
        body.push(Line::from(head));
        body.extend(line::paragraph(
            "    ",
            theme.dim,
            &way.would,
            if possible { Style::new() } else { theme.dim },
            columns,
        ));
        for blocker in &way.blockers {
            body.extend(line::paragraph(
                &format!("    {} ", theme.glyphs.fail),
                theme.bad,
                blocker,
                Style::new(),
                columns,
            ));
        }
        body.push(Line::default());
    }
    let sheet = sheet(
        body,
        &[
            (Hint::Pair(Command::Up, Command::Down), "which"),
            (Hint::Fixed(theme.glyphs.enter), "open it"),
            (ESC, "close"),
            (ROLL_BACK, "roll back"),
        ],
    );
    dialog::Sheet { stops, ..sheet }
}

/// Who changed what, as far as the store knows, and whose rules are in the way.
fn changed(model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let Some(flag) = &model.snapshot.flag.state else { return Vec::new() };
    let who = flag.changed_by.as_deref().unwrap_or("the store does not say who");
    let when = flag.changed_at.map_or_else(
        || "the store does not say when".to_owned(),
        |at| format!("{}, {} ago", model.times.minute(at), duration((model.now - at).max(chrono::TimeDelta::zero()))),
    );
    let mut rows = line::paragraph("who      ", theme.dim, who, Style::new(), columns);
    rows.extend(line::paragraph("when     ", theme.dim, &when, Style::new(), columns));
    if let Some(what) = &flag.changed_what {
        rows.extend(line::paragraph("what     ", theme.dim, what, Style::new(), columns));
    }
    if !flag.foreign.is_empty() {
        rows.extend(line::paragraph("foreign  ", theme.dim, &flag.foreign.join("; "), theme.wait, columns));
    }
    rows
}

//! Somebody's word that uploads are on the old path again.

use ratatui::{layout::Rect, style::Style, text::Line};

use super::{
    dialog::{self, ESC, Hint::Fixed, ROLL_BACK, Row, Stop, TAB},
    line,
};
use crate::tui::{
    dialog::{Focus, LegacyFocus, LegacyForm},
    model::Model,
};

/// The attestation.
pub fn sheet(area: Rect, model: &Model, form: &LegacyForm) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let mut body = Vec::new();
    if let Some(procedure) = model.procedure() {
        body.extend(line::paragraph("blind    ", theme.dim, &procedure.legacy.found, theme.wait, columns));
        body.push(Line::default());
    }
    let asks = "Say where you looked and what you saw: that no upload takes the new path any more, and that uploads \
                take the old one.";
    body.extend(line::paragraph("", theme.dim, asks, Style::new(), columns));
    let name = format!(
        "It stands in the audit log under your name, {}, as your word and not as a measurement.",
        model.facts.operator
    );
    body.extend(line::paragraph("", theme.dim, &name, theme.dim, columns));
    body.push(Line::default());
    let focus = form.focus;
    let hint = "what was looked at";
    let row = Line::from(vec![
        dialog::button("Cancel", focus == LegacyFocus::Cancel, theme),
        line::gap(2),
        dialog::button("Confirm by hand", focus == LegacyFocus::Confirm, theme),
    ]);
    let of = [Focus::Legacy(LegacyFocus::Cancel), Focus::Legacy(LegacyFocus::Confirm)];
    let mut stops = dialog::stops(&row, Row::Button(2), &of);
    stops.push(Stop::row(Row::Button(0), Focus::Legacy(LegacyFocus::Statement)));
    let buttons = vec![
        dialog::field("seen", &form.statement, focus == LegacyFocus::Statement, hint, columns, theme),
        dialog::complaint(form.complaint, columns, theme),
        row,
        dialog::keys(
            &[(TAB, "next"), (Fixed(theme.glyphs.enter), "choose"), (ESC, "cancel"), (ROLL_BACK, "roll back")],
            columns,
            model,
        ),
    ];
    dialog::Sheet {
        title: "Legacy behaviour back?".to_owned(),
        fact: model.facts.environment.to_uppercase(),
        style: theme.wait,
        body,
        buttons,
        stops,
    }
}

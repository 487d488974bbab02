//! On to the next stage? Everything that it rests on is shown, and typed text confirms it; or what stands against it.

use ratatui::{layout::Rect, style::Style, text::Line};

use super::{
    dialog::{
        self, ESC,
        Hint::{Fixed, Of},
        ROLL_BACK, Row, Stop, TAB,
    },
    line, plan,
};
use crate::{
    tui::{
        dialog::{AdvanceFocus, AdvanceForm, Focus, Way, gains},
        keys::Command,
        model::{Model, Screen},
        words,
    },
    units::duration,
};

/// The confirmation.
pub fn sheet(area: Rect, model: &Model, form: &AdvanceForm) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let mut body = dialog::change(&form.before.to_string(), &form.after.to_string(), model, columns);
    let gains = gains(&form.before, &form.after, &model.facts.runbook);
    body.extend(line::paragraph("gains    ", theme.dim, &gains, Style::new(), columns));
    body.extend(asked(form, model, columns));
    if !form.withdraws() {
        body.extend(plan::rows(&form.plan, columns, theme));
        body.push(Line::default());
        for (verdict, title, brief) in &form.gates {
            let mut left = super::gates::verdict(*verdict, theme);
            left.push(line::plain(title));
            body.push(line::row(left, vec![line::text(brief, theme.dim)], columns, theme));
        }
        let digest: String = form.binding.digest.chars().take(8).collect();
        let version = words::fit(&form.binding.flag_version, 8, "");
        let candidate = form.binding.candidate.as_deref().map_or_else(|| "none".to_owned(), words::commit);
        let seen = format!("candidate {candidate}   flag version {version}   assessment {digest}");
        body.push(Line::from(line::text(words::fit(&seen, columns, theme.glyphs.ellipsis), theme.dim)));
    }
    body.push(Line::default());
    let (mut buttons, mut stops) = (Vec::new(), Vec::new());
    if form.changed.is_empty() {
        (buttons, stops) = fields(form, model, columns);
    } else {
        body.extend(dialog::changed(&form.changed, columns, theme));
        buttons.push(dialog::keys(
            &[(Of(Command::Advance), "look again"), (ESC, "close"), (ROLL_BACK, "roll back")],
            columns,
            model,
        ));
    }
    let doing = match form.way {
        Way::Alone => "Advance to",
        Way::Request { .. } => "Ask for",
        Way::Confirm(_) => "Confirm the advance to",
        Way::Own(_) => "Asked for",
    };
    dialog::Sheet {
        title: format!("{doing} {}", form.title),
        fact: model.facts.environment.to_uppercase(),
        style: theme.accent,
        body,
        buttons,
        stops,
    }
}

/// What is typed, and the buttons.
fn fields(form: &AdvanceForm, model: &Model, columns: usize) -> (Vec<Line<'static>>, Vec<Stop>) {
    let theme = &model.theme;
    let focus = form.focus;
    let (mut rows, mut stops) = (Vec::new(), Vec::new());
    let stop = |row: usize, focus| Stop::row(Row::Button(row), Focus::Advance(focus));
    if !form.withdraws() {
        let hint = format!("type {}", form.binding.to_stage);
        stops.push(stop(rows.len(), AdvanceFocus::Stage));
        rows.push(dialog::field("stage", &form.stage, focus == AdvanceFocus::Stage, &hint, columns, theme));
    }
    let hint = if form.withdraws() { "why it is taken back; may stay empty" } else { "why now" };
    stops.push(stop(rows.len(), AdvanceFocus::Reason));
    rows.push(dialog::field("reason", &form.reason, focus == AdvanceFocus::Reason, hint, columns, theme));
    rows.push(dialog::complaint(form.complaint, columns, theme));
    let label = match form.way {
        Way::Alone => "Advance",
        Way::Request { .. } => "Request",
        Way::Confirm(_) => "Confirm and advance",
        Way::Own(_) => "Take back",
    };
    let mut advance = dialog::button(label, focus == AdvanceFocus::Advance, theme);
    if form.missing().is_some() && focus != AdvanceFocus::Advance {
        advance.style = theme.dim;
    }
    let buttons =
        Line::from(vec![dialog::button("Cancel", focus == AdvanceFocus::Cancel, theme), line::gap(2), advance]);
    let of = [Focus::Advance(AdvanceFocus::Cancel), Focus::Advance(AdvanceFocus::Advance)];
    stops.extend(dialog::stops(&buttons, Row::Button(rows.len()), &of));
    rows.push(buttons);
    let keys = [(TAB, "next"), (Fixed(theme.glyphs.enter), "choose"), (ESC, "cancel"), (ROLL_BACK, "roll back")];
    rows.push(dialog::keys(&keys, columns, model));
    (rows, stops)
}

/// Where it takes two people: who has asked, or that somebody is to be asked, and until when.
fn asked(form: &AdvanceForm, model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut rows = Vec::new();
    let mut row = |label: &str, text: &str, style: Style| {
        rows.extend(line::paragraph(&format!("{label:<9}"), theme.dim, text, style, columns));
    };
    let left = |until: chrono::DateTime<chrono::Utc>| duration((until - model.now).max(chrono::TimeDelta::zero()));
    match &form.way {
        Way::Alone => {}
        Way::Request { stands, fallen } => {
            let until = model.times.minute(model.now + *stands);
            row(
                "two",
                &format!("Another person must confirm it, until {until} ({}).", duration(*stands)),
                theme.strong,
            );
            if let Some(fallen) = fallen {
                row("before", fallen, theme.wait);
            }
        }
        Way::Confirm(request) => {
            let (who, at) = (&request.operator, model.times.minute(request.at));
            row("asked by", &format!("{who} at {at}: {}", request.reason), theme.strong);
            row(
                "until",
                &format!("{}, {} left", model.times.minute(request.expires_at), left(request.expires_at)),
                Style::new(),
            );
        }
        Way::Own(request) => {
            row("asked by", &format!("you, at {}: {}", model.times.minute(request.at), request.reason), theme.strong);
            let until = format!("{}, {} left", model.times.minute(request.expires_at), left(request.expires_at));
            row("until", &until, Style::new());
            row("", "Another person must confirm it. You can take it back.", theme.strong);
        }
    }
    rows
}

/// What stands against advancing.
pub fn blocked(area: Rect, model: &Model) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let action = model.assessment.as_ref().map(|a| &a.advance);
    let next = action.and_then(|a| a.to.as_ref()).and_then(|key| model.facts.runbook.stage(key));
    let title = next.map_or_else(|| "Advance".to_owned(), |(i, stage)| format!("Advance to {i} {}", stage.title));
    let mut keys = vec![(ESC, "close"), (Of(Command::Show(Screen::Gates)), "gates"), (ROLL_BACK, "roll back")];
    if !model.facts.read_only {
        keys.insert(2, (Of(Command::Record), "enter"));
    }
    if action.is_some_and(|action| action.allowed) {
        keys.insert(0, (Of(Command::Advance), "go on"));
    }
    dialog::Sheet {
        title,
        fact: model.facts.environment.to_uppercase(),
        style: theme.wait,
        body: dialog::blockers(action, columns, theme),
        buttons: vec![dialog::keys(&keys, columns, model)],
        stops: Vec::new(),
    }
}

//! Reduce, restore, adopt: short confirmations that show what they change; or what stands against one.

use ratatui::{layout::Rect, style::Style, text::Line};

use super::{
    dialog::{
        self, ESC,
        Hint::{Fixed, Of},
        ROLL_BACK, Row, Stop, TAB,
    },
    line, plan,
};
use crate::tui::{
    dialog::{Change, ChangeFocus, ChangeForm, Focus, gains},
    keys::Command,
    model::{Model, Screen},
};

/// The confirmation.
pub fn sheet(area: Rect, model: &Model, form: &ChangeForm) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let mut body = match form.change {
        Change::Adopt => {
            let text = format!("{}: nothing is written to the store", form.before);
            line::paragraph("serves   ", theme.dim, &text, theme.strong, columns)
        }
        Change::Reduce | Change::Restore => {
            dialog::change(&form.before.to_string(), &form.after.to_string(), model, columns)
        }
    };
    let promise = match form.change {
        Change::Reduce => "Back one stage, not all the way off. No gate is asked. The store is read again at the end.",
        Change::Restore => "Back to what this stage says. Rules of others are taken away.",
        Change::Adopt => "What somebody else decided is on record as decided; evidence begins again in that stage.",
    };
    if form.grows {
        let gains = gains(&form.before, &form.after, &model.facts.runbook);
        body.extend(line::paragraph("gains    ", theme.dim, &gains, theme.wait, columns));
    }
    if let Some(plan) = &form.plan {
        body.extend(plan::rows(plan, columns, theme));
    }
    body.push(Line::default());
    body.extend(line::paragraph("", theme.dim, promise, theme.dim, columns));
    body.push(Line::default());
    let (mut buttons, mut stops) = (Vec::new(), Vec::new());
    if form.changed.is_empty() {
        let focus = form.focus;
        let stop = |row: usize, focus| Stop::row(Row::Button(row), Focus::Change(focus));
        if form.grows {
            let hint = format!("type {}", form.binding.to_stage);
            stops.push(stop(buttons.len(), ChangeFocus::Stage));
            buttons.push(dialog::field("stage", &form.stage, focus == ChangeFocus::Stage, &hint, columns, theme));
        }
        stops.push(stop(buttons.len(), ChangeFocus::Reason));
        buttons.push(dialog::field("reason", &form.reason, focus == ChangeFocus::Reason, "why", columns, theme));
        buttons.push(dialog::complaint(form.complaint, columns, theme));
        let mut act = dialog::button(form.change.button(), focus == ChangeFocus::Do, theme);
        if form.missing().is_some() && focus != ChangeFocus::Do {
            act.style = theme.dim;
        }
        let cancel = dialog::button("Cancel", focus == ChangeFocus::Cancel, theme);
        let row = Line::from(vec![cancel, line::gap(2), act]);
        let of = [Focus::Change(ChangeFocus::Cancel), Focus::Change(ChangeFocus::Do)];
        stops.extend(dialog::stops(&row, Row::Button(buttons.len()), &of));
        buttons.push(row);
        let does = form.change.button().to_lowercase();
        let mut keys =
            vec![(TAB, "next"), (Fixed(theme.glyphs.enter), "choose"), (ESC, "cancel"), (ROLL_BACK, "roll back")];
        if form.armed && focus != ChangeFocus::Reason {
            keys.insert(0, (Fixed("y"), &does));
        }
        buttons.push(dialog::keys(&keys, columns, model));
    } else {
        body.extend(dialog::changed(&form.changed, columns, theme));
        buttons.push(dialog::keys(&[(ESC, "close"), (ROLL_BACK, "roll back")], columns, model));
    }
    let title = match form.change {
        Change::Reduce => format!("Reduce to {}", form.title),
        Change::Restore => format!("Restore {}", form.title),
        Change::Adopt => format!("Adopt as {}", form.title),
    };
    let fact = model.facts.environment.to_uppercase();
    dialog::Sheet { title, fact, style: theme.wait, body, buttons, stops }
}

/// What stands against it.
pub fn not_now(area: Rect, model: &Model, change: Change) -> dialog::Sheet {
    let theme = &model.theme;
    let columns = dialog::columns(area);
    let action = model.assessment.as_deref().map(|a| change.judged(a));
    let mut body = dialog::blockers(action, columns, theme);
    if change == Change::Reduce {
        let text = "Rolling back, off for everyone, is possible whatever stands against this.";
        body.extend(line::paragraph("", theme.dim, text, Style::new(), columns));
        body.push(Line::default());
    }
    dialog::Sheet {
        title: change.button().to_owned(),
        fact: model.facts.environment.to_uppercase(),
        style: theme.wait,
        body,
        buttons: vec![dialog::keys(
            &[(ESC, "close"), (Of(Command::Show(Screen::Gates)), "gates"), (ROLL_BACK, "roll back")],
            columns,
            model,
        )],
        stops: Vec::new(),
    }
}

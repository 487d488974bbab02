//! The go/no-go poll: what is asked, who says what, and what was decided.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::{
    judge::{PollAnswer, PollAssessment, RoleAnswer},
    text::clean,
    tui::{keys::Command, model::Model, theme::Theme, view::line, words},
};

/// Columns of an answer's badge: ` NO-GO ` is the widest but `no answer`.
const BADGE: usize = 9;
/// Widest columns of title and name.
const TITLE: usize = 24;
const NAME: usize = 18;

/// The heading: what is asked.
pub fn heading(model: &Model, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let mut left = vec![line::text("Poll", theme.strong)];
    if let Some(poll) = latest(model) {
        left.extend([line::gap(2), line::text(&poll.record.question, Style::new())]);
    }
    Line::from(line::cut(left, columns, theme))
}

/// The poll in at most so many rows: a row for each role and below it why it says NO-GO; where there is not room for
/// that, in numbers. From a pitch of 3 on the reason stands in the white space, and moves nothing when it comes.
pub fn lines(model: &Model, columns: usize, rows: usize, pitch: usize) -> Vec<Line<'static>> {
    let Some(poll) = latest(model) else { return none(model, columns, rows, pitch) };
    let theme = &model.theme;
    let last = outcome(poll, model, columns);
    let dissent = poll.dissent().count();
    let (asked, least) = (poll.answers.len(), poll.answers.len() + last.len());
    if rows < least {
        let mut lines = vec![numbers(poll, columns, theme)];
        lines.extend(last.into_iter().take(rows.saturating_sub(1)));
        lines.truncate(rows);
        return lines;
    }
    let reasons = rows >= least + dissent;
    let wide = pitch >= 3 && rows >= 3 * asked + last.len();
    let airy = pitch >= 2 && rows > 2 * asked + dissent + last.len();
    let widths = widths(poll.answers.iter().map(|answer| (answer.title.as_str(), who(answer))), columns);
    let mut lines = Vec::new();
    for answer in &poll.answers {
        let mut spans = columns_of(&answer.title, who(answer), widths, theme);
        spans.extend(badge(answer.vote.as_ref().map(|vote| vote.answer), theme));
        lines.push(Line::from(line::cut(spans, columns, theme)));
        let vote = answer.vote.as_ref().filter(|vote| vote.answer == PollAnswer::NoGo && reasons);
        let air = usize::from(airy) + usize::from(wide && vote.is_none());
        if let Some(vote) = vote {
            let room = columns.saturating_sub(4);
            let reason = words::fit(&vote.reason, room, theme.glyphs.ellipsis);
            lines.push(Line::from(vec![line::gap(2), line::text(format!("“{reason}”"), theme.dim)]));
        }
        lines.extend(vec![Line::default(); air]);
    }
    lines.extend(last);
    lines
}

fn latest(model: &Model) -> Option<&PollAssessment> {
    model.assessment.as_deref()?.standing.poll.as_ref()
}

/// No poll was held in this stage: how one is, and who would be asked.
fn none(model: &Model, columns: usize, rows: usize, pitch: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let text = match model.facts.read_only {
        true => "no poll was held in this stage".to_owned(),
        false => format!("no poll is open: {} opens one", model.keymap.shown(Command::OpenPoll)),
    };
    let mut lines = vec![Line::styled(text, theme.dim)];
    let roles = model.assessment.as_deref().map(|a| a.standing.roles.as_slice()).unwrap_or_default();
    if rows == usize::MAX || roles.is_empty() || rows < roles.len() + 2 {
        return lines;
    }
    lines.push(Line::default());
    let named = |name: &Option<String>| name.clone().unwrap_or_else(|| "nobody".to_owned());
    let who: Vec<(String, String)> = roles.iter().map(|role| (role.title.clone(), named(&role.name))).collect();
    let widths = widths(who.iter().map(|(title, name)| (title.as_str(), name.as_str())), columns);
    let air = (1..pitch).rev().find(|air| rows >= (air + 1) * roles.len() + 2).unwrap_or(0);
    for (title, name) in &who {
        lines.push(Line::from(line::cut(columns_of(title, name, widths, theme), columns, theme)));
        lines.extend(vec![Line::default(); air]);
    }
    lines
}

/// Who answered; else who is asked.
fn who(answer: &RoleAnswer) -> &str {
    let voted = answer.vote.as_ref().map(|vote| vote.operator.as_str());
    voted.or(answer.name.as_deref()).unwrap_or("nobody")
}

/// Columns of titles and of names.
fn widths<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>, columns: usize) -> (usize, usize) {
    let (mut titles, mut names) = (0, 0);
    for (title, name) in rows {
        titles = titles.max(words::width(&clean(title)));
        names = names.max(words::width(&clean(name)));
    }
    let room = columns.saturating_sub(BADGE + 4);
    let names = names.min(NAME).min(room / 2);
    (titles.min(TITLE).min(room - names), names)
}

fn columns_of(title: &str, name: &str, (titles, names): (usize, usize), theme: &Theme) -> Vec<Span<'static>> {
    let fitted = |text: &str, width: usize| {
        let text = words::fit(text, width, theme.glyphs.ellipsis);
        let pad = width.saturating_sub(words::width(&text)) + 2;
        format!("{text}{}", " ".repeat(pad))
    };
    vec![line::plain(fitted(title, titles)), line::text(fitted(name, names), theme.dim)]
}

fn badge(answer: Option<PollAnswer>, theme: &Theme) -> Vec<Span<'static>> {
    match answer {
        Some(answer) => {
            let style = if answer == PollAnswer::Go { theme.go } else { theme.no_go };
            vec![Span::styled(format!(" {} ", answer.word()), style)]
        }
        None => vec![line::text("no answer", theme.dim)],
    }
}

/// What was decided; that it counts no more; or nothing while it is open.
fn outcome(poll: &PollAssessment, model: &Model, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    if let Some(why) = &poll.fell {
        let text = format!("{} counts no more: {why}", theme.glyphs.fail);
        return vec![Line::from(line::cut(vec![line::text(text, theme.wait)], columns, theme))];
    }
    let Some(decision) = &poll.record.decision else { return Vec::new() };
    let mut spans = vec![line::text("decided ", theme.dim)];
    spans.extend(badge(Some(decision.answer), theme));
    let at = format!("{} {}", model.times.write(decision.at, "%H:%M"), model.times.zone(decision.at));
    spans.push(line::plain(format!(" by {} at {at}", clean(&decision.operator))));
    let reason = words::fit(&decision.reason, columns.saturating_sub(4), theme.glyphs.ellipsis);
    vec![
        Line::from(line::cut(spans, columns, theme)),
        Line::from(vec![line::gap(2), line::text(format!("“{reason}”"), theme.dim)]),
    ]
}

/// `GO 3   NO-GO 1 (API)   no answer 1`
fn numbers(poll: &PollAssessment, columns: usize, theme: &Theme) -> Line<'static> {
    let said =
        |wanted: PollAnswer| poll.answers.iter().filter(move |a| a.vote.as_ref().is_some_and(|v| v.answer == wanted));
    let against: Vec<String> = said(PollAnswer::NoGo).map(|answer| clean(&answer.title)).collect();
    let mut spans = badge(Some(PollAnswer::Go), theme);
    spans.push(line::plain(format!(" {}   ", said(PollAnswer::Go).count())));
    if !against.is_empty() {
        spans.extend(badge(Some(PollAnswer::NoGo), theme));
        spans.push(line::plain(format!(" {} ({})   ", against.len(), against.join(", "))));
    }
    let silent = poll.answers.len() - poll.answered();
    if silent > 0 {
        spans.push(line::text(format!("no answer {silent}"), theme.dim));
    }
    Line::from(line::cut(spans, columns, theme))
}

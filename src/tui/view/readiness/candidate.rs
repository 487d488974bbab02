//! The candidate, and what is deployed beside it.

use ratatui::text::{Line, Span};

use super::{
    Known,
    marks::{Look, said},
};
use crate::{
    judge::{DeployedAssessment, candidate},
    text::clean,
    tui::{keys::Command, model::Model, theme::Theme, view::line, words},
};

/// One line where both fit, the candidate whole or else in its first digits; else two.
pub(super) fn lines(known: &Known<'_>, columns: usize) -> Vec<Line<'static>> {
    let theme = known.theme();
    let deployed = deployed(known.model);
    let whole = known.candidate().map(clean);
    let short = known.candidate().map(candidate::shown);
    for sha in [&whole, &short] {
        let mut one = named(sha.as_deref(), known.model);
        if !deployed.is_empty() {
            one.push(line::gap(3));
            one.extend(deployed.clone());
        }
        if line::width(&one) <= columns {
            return vec![Line::from(one)];
        }
    }
    let lines = [named(whole.as_deref(), known.model), deployed].into_iter().filter(|line| !line.is_empty());
    lines.map(|line| Line::from(line::cut(line, columns, theme))).collect()
}

fn named(sha: Option<&str>, model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let sha = match sha {
        Some(sha) => line::text(sha, theme.strong),
        None => line::text(format!("none is named: {} names one", model.keymap.shown(Command::Record)), theme.wait),
    };
    vec![line::text("candidate ", theme.dim), sha]
}

/// What is deployed, in words: `deployed on 12 of 12`. Nothing where the runbook does not say how it is told.
fn deployed(model: &Model) -> Vec<Span<'static>> {
    let theme = &model.theme;
    if model.facts.runbook.deployed.is_none() {
        return Vec::new();
    }
    let told = model.assessment.as_deref().and_then(|a| a.standing.deployed.as_ref());
    let Some(told) = told.filter(|told| !told.commits.is_empty()) else {
        return quiet(Look::Void, "not told what is deployed", theme);
    };
    let all = instances(told);
    if told.matches {
        return said(Look::Good, &format!("deployed on {all} of {all}"), theme);
    }
    let others: Vec<String> =
        others(model, told).map(|(commit, n)| format!("{} on {n} of {all}", candidate::shown(commit))).collect();
    said(Look::Bad, &format!("deployed is {}", others.join(", ")), theme)
}

/// For the header: that what runs is not the candidate, or not everywhere; nothing where it is, or is not told.
pub fn warning(model: &Model) -> Vec<Span<'static>> {
    let told = model.assessment.as_deref().and_then(|a| a.standing.deployed.as_ref());
    let Some(told) = told.filter(|told| !told.matches && !told.commits.is_empty()) else { return Vec::new() };
    if model.facts.candidate.is_none() {
        return Vec::new();
    }
    let (all, other) = (instances(told), others(model, told).map(|(_, n)| n).sum::<u64>());
    let text = match other {
        other if other >= all => "not deployed".to_owned(),
        other => format!("not on {other} of {all}"),
    };
    said(Look::Bad, &text, &model.theme)
}

fn instances(told: &DeployedAssessment) -> u64 {
    told.commits.iter().map(|(_, n)| *n).fold(0, u64::saturating_add)
}

fn others<'a>(model: &'a Model, told: &'a DeployedAssessment) -> impl Iterator<Item = (&'a str, u64)> {
    let named = model.facts.candidate.as_deref();
    let others = told.commits.iter().filter(move |(commit, _)| !candidate::same(named, Some(commit)));
    others.map(|(commit, n)| (commit.as_str(), *n))
}

fn quiet(look: Look, words: &str, theme: &Theme) -> Vec<Span<'static>> {
    said(look, words, theme).into_iter().map(|span| Span::styled(span.content, theme.dim)).collect()
}

/// How old something is, in a column.
pub(super) fn age(known: &Known<'_>, at: chrono::DateTime<chrono::Utc>) -> String {
    words::age(known.model.now - at)
}

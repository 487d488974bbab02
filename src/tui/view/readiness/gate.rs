//! The automated gate: whether it is green on the candidate, and on which run that rests.

use chrono::TimeDelta;
use ratatui::text::Line;

use super::{
    Known,
    marks::{Look, aside, fact, mark, stands},
};
use crate::{
    judge::{KeptFile, QaReport, QaStanding, Tree, Verdict, candidate, qa_standing},
    runbook::QaGate,
    text::clean,
    tui::{keys::Command, view::line},
    units::{duration, plural},
};

/// How it stands, with its word.
pub(super) fn look(known: &Known<'_>) -> (Look, &'static str) {
    match standing(known).map(|standing| standing.verdict) {
        _ if known.blind => (Look::Blind, "unknown"),
        Some(Verdict::Pass) => (Look::Good, "green"),
        Some(Verdict::Fail) => (Look::Bad, "failed"),
        Some(Verdict::Unknown) => (Look::Blind, "unknown"),
        Some(Verdict::Pending) | None => (Look::Wait, "open"),
    }
}

fn standing<'a>(known: &Known<'a>) -> Option<QaStanding<'a>> {
    let (gate, named) = (known.runbook.qa.as_ref()?, known.candidate()?);
    Some(qa_standing(gate, &known.history.qa_reports, named, None, known.model.now))
}

/// Its line.
pub(super) fn row(known: &Known<'_>, columns: usize) -> Line<'static> {
    let theme = known.theme();
    let (look, word) = look(known);
    let mut left = mark(look, word, theme);
    let command = known.runbook.qa.as_ref().map_or("", |gate| gate.command.as_str());
    left.push(line::plain(command));
    let brief = match standing(known) {
        _ if known.blind => String::new(),
        None => "no candidate".to_owned(),
        Some(QaStanding { report: None, .. }) => "no run on it yet".to_owned(),
        Some(QaStanding { report: Some(report), passed, needed, .. }) => {
            let dot = theme.glyphs.dot;
            let age = super::candidate::age(known, ended(report));
            format!("{passed} of {needed} {dot} {age} old {dot} {}", tree_word(report))
        }
    };
    line::row(left, vec![line::text(brief, theme.dim)], columns, theme)
}

/// Title and detail.
pub(super) fn detail(known: &Known<'_>, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let (gate, theme) = (known.runbook.qa.as_ref()?, known.theme());
    let (look, word) = look(known);
    let standing = standing(known);
    let count = standing.as_ref().map_or_else(String::new, |s| format!("{} of {} checks", s.passed, s.needed));
    let mut facts =
        stands("gate", (look, word), if known.blind { "the past cannot be read" } else { &count }, columns, theme);
    let missing = match &standing {
        _ if known.blind => Vec::new(),
        None => vec!["no candidate is named".to_owned()],
        Some(standing) => standing.missing.clone(),
    };
    for (i, what) in missing.iter().enumerate() {
        facts.extend(fact(if i == 0 { "missing" } else { "" }, what, columns, theme));
    }
    if !known.model.facts.read_only {
        let key = |command| known.model.keymap.shown(command);
        let keys = format!("{} runs it; {} imports a report", key(Command::RunQa), key(Command::Record));
        facts.extend(aside("keys", &keys, columns, theme));
    }
    facts.extend(fact("command", &gate.command, columns, theme));
    if let Some(report) = standing.and_then(|standing| standing.report) {
        facts.extend(run(known, gate, report, columns));
    }
    for (i, covers) in gate.covers.iter().enumerate() {
        facts.extend(aside(if i == 0 { "covers" } else { "" }, covers, columns, theme));
    }
    Some(("Automated gate".to_owned(), facts))
}

/// The run that decides.
fn run(known: &Known<'_>, gate: &QaGate, report: &QaReport, columns: usize) -> Vec<Line<'static>> {
    let theme = known.theme();
    let fact = |name: &str, body: &str| fact(name, body, columns, theme);
    let most = duration(TimeDelta::from_std(gate.max_age).unwrap_or(TimeDelta::MAX));
    let age = duration(known.model.now - ended(report));
    let ended_at = match report.run.completed_at {
        Some(at) => format!("{}, {age} ago; at most {most} counts", known.model.times.minute(at)),
        None => "it was cut off".to_owned(),
    };
    let mut facts = fact("last run", &format!("on {}", candidate::shown(&report.run.candidate)));
    facts.extend(fact("ended", &ended_at));
    facts.extend(fact("recorded", &format!("{} by {}", known.model.times.minute(report.at), clean(&report.operator))));
    facts.extend(fact("tree", &tree(report)));
    if let Some(ran) = &report.run.ran {
        let how = match (&ran.killed, ran.exit) {
            (Some(why), _) => format!("ended before it was done: {why}"),
            (None, Some(code)) => format!("exit code {code}"),
            (None, None) => "a signal ended it".to_owned(),
        };
        let took = duration(TimeDelta::milliseconds(i64::try_from(ran.duration_ms).unwrap_or(i64::MAX)));
        facts.extend(fact("took", &format!("{took}; {how}")));
        for (name, file) in [("output", &ran.output), ("report", &ran.report)] {
            facts.extend(file.iter().flat_map(|file| fact(name, &kept(file))));
        }
    }
    for (i, check) in report.run.checks.iter().enumerate() {
        let status = clean(&check.status);
        let look = match status.as_str() {
            "pass" => Look::Good,
            "fail" => Look::Bad,
            _ => Look::Wait,
        };
        facts.extend(stands(if i == 0 { "checks" } else { "" }, (look, &status), &check.id, columns, theme));
    }
    facts
}

/// A kept file, in words.
pub(super) fn kept(file: &KeptFile) -> String {
    let cut = if file.cut { ", its middle left out" } else { "" };
    format!("{} (sha256 {}{cut})", clean(&file.path), file.digest)
}

fn ended(report: &QaReport) -> chrono::DateTime<chrono::Utc> {
    report.run.completed_at.unwrap_or(report.at)
}

fn tree_word(report: &QaReport) -> &'static str {
    match report.run.ran.as_ref().map(|ran| &ran.tree) {
        None => "imported",
        Some(Tree::Clean) => "clean tree",
        Some(Tree::Dirty { .. }) => "dirty tree",
        Some(Tree::Unknown { .. }) => "tree unknown",
    }
}

fn tree(report: &QaReport) -> String {
    match report.run.ran.as_ref().map(|ran| &ran.tree) {
        None => "imported: nothing is known of the tree it ran on".to_owned(),
        Some(Tree::Clean) => "clean: what ran was the commit and nothing else".to_owned(),
        Some(Tree::Dirty { files, count }) => {
            let verb = if *count == 1 { "differs" } else { "differ" };
            format!("dirty: {} {verb} from the commit: {}", plural(*count, "file"), clean(&files.join(", ")))
        }
        Some(Tree::Unknown { why }) => format!("not known: {}", clean(why)),
    }
}

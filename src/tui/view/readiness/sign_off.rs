//! The sign-off block, each field filled or open; and who answers for what.

use ratatui::{style::Style, text::Line};

use super::{
    Known,
    marks::{Look, aside, fact, mark, stands},
};
use crate::{
    judge::{BlockField, RoleAssessment, SignOff, Verdict, candidate, sign_off_block},
    runbook::{Condition, Duty, Fill},
    text::clean,
    tui::{model::Model, view::line, words},
};

/// The columns that a field's title takes at most, where its value stands beside it.
const TITLE: usize = 44;

fn roles<'a>(known: &Known<'a>) -> &'a [RoleAssessment] {
    known.model.assessment.as_deref().map_or(&[], |a| &a.standing.roles)
}

/// The signature that stands for the present stage, as the gate that asks for it sees it.
pub(super) fn signed<'a>(known: &Known<'a>) -> Option<&'a SignOff> {
    let assessment = known.model.assessment.as_deref()?;
    let passes = |gate: &&crate::judge::GateAssessment| gate.kind == "sign_off" && gate.verdict == Verdict::Pass;
    assessment.gates.iter().find(passes)?;
    known.history.sign_offs.iter().rfind(|signed| {
        signed.stage == assessment.stage.key
            && signed.runbook == known.runbook.digest
            && candidate::same(known.candidate(), signed.candidate.as_deref())
    })
}

/// Whether a gate of the present stage asks for a signature.
pub(super) fn asked(known: &Known<'_>) -> bool {
    let stage = known.model.assessment.as_deref().and_then(|a| known.runbook.stage(&a.stage.key));
    stage.is_some_and(|(_, stage)| stage.gates.iter().any(|gate| gate.condition == Condition::SignOff))
}

fn block(known: &Known<'_>) -> Vec<BlockField> {
    sign_off_block(known.runbook, known.history, roles(known), known.candidate(), signed(known), known.model.now)
}

/// The fields that must be filled before somebody signs and are not, the worst first. What the signature itself fills is
/// not among them.
pub fn open_fields(model: &Model) -> Vec<BlockField> {
    let Some(known) = Known::of(model) else { return Vec::new() };
    open(block(&known), known.blind)
}

fn open(block: Vec<BlockField>, blind: bool) -> Vec<BlockField> {
    let before = |field: &BlockField| !matches!(field.fill, Fill::Decision | Fill::ByHand);
    let mut open: Vec<BlockField> =
        block.into_iter().filter(|field| before(field) && (blind || field.open.is_some())).collect();
    open.sort_by_key(|field| match field.fill {
        Fill::Candidate => 0,
        Fill::GateResult => 1,
        Fill::GateCommand => 2,
        Fill::RollbackOwner => 3,
        Fill::Evidence(_) => 4,
        Fill::Decision | Fill::ByHand => 5,
    });
    open
}

/// The place of the rollback owner's role, where nobody has it.
pub fn owner(model: &Model) -> Option<usize> {
    let known = Known::of(model)?;
    let named = roles(&known).iter().any(|role| role.duty == Some(Duty::RollbackOwner) && role.name.is_some());
    if named { None } else { known.runbook.roles.iter().position(|role| role.duty == Some(Duty::RollbackOwner)) }
}

/// The lines of all fields.
pub(super) fn rows(known: &Known<'_>, columns: usize) -> Vec<Line<'static>> {
    let theme = known.theme();
    let row = |field: &BlockField| {
        let (look, word) = look(known, field);
        let mut spans = mark(look, word, theme);
        let room = columns.saturating_sub(line::width(&spans));
        let width = TITLE.min(room * 3 / 5);
        // What is open is told in full beside the list; what it is about is worth more here.
        if field.value.is_none() && words::width(&field.title) >= width && room < 2 * TITLE {
            spans.push(line::plain(&field.title));
            return Line::from(line::cut(spans, columns, theme));
        }
        let title = words::fit(&field.title, width.saturating_sub(1), theme.glyphs.ellipsis);
        let rest = width.saturating_sub(words::width(&title));
        spans.extend([line::plain(title), line::gap(rest)]);
        if !known.blind {
            spans.push(line::text(field.value.as_ref().or(field.open.as_ref()).map_or("", String::as_str), theme.dim));
        }
        Line::from(line::cut(spans, columns, theme))
    };
    block(known).iter().map(row).collect()
}

fn look(known: &Known<'_>, field: &BlockField) -> (Look, &'static str) {
    match &field.value {
        _ if known.blind => (Look::Blind, "unknown"),
        Some(_) => (Look::Good, "filled"),
        None => (Look::Wait, "open"),
    }
}

/// Title and detail of a field: what is in it, and what is open before somebody signs.
pub(super) fn detail(known: &Known<'_>, at: usize, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let theme = known.theme();
    let block = block(known);
    let field = block.get(at)?.clone();
    let mut facts = line::paragraph("", Style::new(), &field.title, theme.strong, columns);
    let said = match (&field.value, &field.open) {
        _ if known.blind => "the past cannot be read",
        (Some(text), _) | (None, Some(text)) => text,
        (None, None) => "",
    };
    facts.extend(stands("field", look(known, &field), said, columns, theme));
    facts.push(Line::default());
    let open = open(block, known.blind);
    for (i, open) in open.iter().enumerate() {
        let why = if known.blind { None } else { open.open.as_deref() };
        let text = format!("{}: {}", open.title, why.unwrap_or("unknown"));
        facts.extend(fact(if i == 0 { "still open" } else { "" }, &text, columns, theme));
    }
    facts.extend(signature(known, columns));
    if !known.model.facts.read_only {
        let enter = theme.glyphs.enter;
        let keys = match (field.fill == Fill::RollbackOwner && field.value.is_none(), open.is_empty()) {
            (true, _) => format!("{enter} names the rollback owner"),
            (false, true) if asked(known) => format!("{enter} signs"),
            (false, true) => "no gate of this stage asks for a signature".to_owned(),
            (false, false) => "the rest is filled before somebody signs".to_owned(),
        };
        facts.extend(aside("keys", &keys, columns, theme));
    }
    Some(("Sign-off".to_owned(), facts))
}

fn signature(known: &Known<'_>, columns: usize) -> Vec<Line<'static>> {
    let theme = known.theme();
    if let Some(signed) = signed(known) {
        let on = signed.candidate.as_deref().map_or_else(|| "no candidate".to_owned(), candidate::shown);
        let text = format!(
            "{}, {}, for {} on {on}: {}",
            clean(&signed.operator),
            known.model.times.minute(signed.at),
            clean(&signed.stage),
            clean(&signed.statement)
        );
        return fact("signed", &text, columns, theme);
    }
    let gates = known.model.assessment.as_deref().map_or(&[][..], |a| &a.gates);
    match gates.iter().find(|gate| gate.kind == "sign_off") {
        Some(gate) => fact("signature", &gate.reason, columns, theme),
        None => aside("signature", "no gate of this stage asks for one", columns, theme),
    }
}

/// The lines of all roles.
pub(super) fn role_rows(known: &Known<'_>, columns: usize) -> Vec<Line<'static>> {
    let theme = known.theme();
    let row = |role: &crate::runbook::Role| {
        let name = name(known, &role.key);
        let (look, word) = role_look(known, name.as_deref());
        let mut left = mark(look, word, theme);
        left.push(line::plain(&role.title));
        line::row(left, name.map(|name| line::text(name, theme.dim)).into_iter().collect(), columns, theme)
    };
    known.runbook.roles.iter().map(row).collect()
}

fn name(known: &Known<'_>, role: &str) -> Option<String> {
    roles(known).iter().find(|known| known.key == role)?.name.clone()
}

fn role_look(known: &Known<'_>, name: Option<&str>) -> (Look, &'static str) {
    match name {
        _ if known.blind || known.model.assessment.is_none() => (Look::Blind, "unknown"),
        Some(_) => (Look::Good, "named"),
        None => (Look::Wait, "open"),
    }
}

/// Title and detail of a role.
pub(super) fn role_detail(known: &Known<'_>, at: usize, columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    let (role, theme) = (known.runbook.roles.get(at)?, known.theme());
    let name = name(known, &role.key);
    let (look, word) = role_look(known, name.as_deref());
    let mut facts = stands("role", (look, word), name.as_deref().unwrap_or("nobody is named"), columns, theme);
    let duty = match role.duty {
        Some(Duty::ReleaseOwner) => "decides when a poll is closed, and signs",
        Some(Duty::RollbackOwner) => "rolls back when it is called for; somebody has the role before anybody is served",
        None => "answers in a go/no-go poll",
    };
    facts.extend(fact("does", duty, columns, theme));
    let told = match known.history.assigned.get(&role.key) {
        Some(assigned) => {
            format!("the audit log: {} said so, {}", clean(&assigned.operator), known.model.times.minute(assigned.at))
        }
        None if name.is_some() => "this configuration; the audit log says nothing else".to_owned(),
        None => "neither the audit log nor this configuration names anybody".to_owned(),
    };
    facts.extend(fact("by", &told, columns, theme));
    if !known.model.facts.read_only {
        facts.extend(aside("keys", &format!("{} names who has it", theme.glyphs.enter), columns, theme));
    }
    Some((clean(&role.title), facts))
}

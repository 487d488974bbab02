//! The timeline's words for each entry.

use crate::{
    audit::{Action, Begun, Outcome, Phase},
    judge::{Attached, Attachment, Basis, LegacyEvidence},
    snapshot::FlagState,
    units::plural,
};

pub(super) fn way(begun: &Begun) -> String {
    match begun.action {
        Action::Advance => format!("advance {} → {}", begun.from_stage, begun.to_stage),
        Action::Rollback if begun.from_stage == begun.to_stage => format!("rollback in {}", begun.from_stage),
        Action::Rollback => format!("rollback from {}", begun.from_stage),
        Action::Reduce => format!("reduce {} → {}", begun.from_stage, begun.to_stage),
        Action::Restore => format!("restore of {}", begun.to_stage),
    }
}

pub(super) fn opened(stage: &str, flag: Option<&FlagState>) -> String {
    match flag {
        Some(flag) => format!("watched from stage {stage} on; the flag serves {}", flag.serves()),
        None => format!("watched from stage {stage} on; the flag could not be read"),
    }
}

/// `joined` says whose rollback this one belongs to.
pub(super) fn ended(
    action: Action,
    begun: Option<&Begun>,
    outcome: &Outcome,
    after: Option<&FlagState>,
    joined: Option<&str>,
) -> String {
    let what = begun.map_or_else(|| action.word().to_owned(), way);
    let serves = after.map_or_else(String::new, |flag| format!("; the flag serves {}", flag.serves()));
    let why = begun.map_or_else(String::new, |begun| format!(": {}", begun.reason));
    let joined = joined.map_or_else(String::new, |who| format!(", together with that of {who}"));
    match outcome {
        Outcome::Verified => format!("{what} verified{joined}{why}{serves}"),
        Outcome::Refused { why } => format!("{what} refused, nothing was sent: {}", why.join("; ")),
        Outcome::NotConfirmed { fault } => format!("{what} not confirmed: {}{serves}", fault.what),
    }
}

pub(super) fn basis(before: Option<&Basis>, candidate: Option<&str>, runbook: &str) -> String {
    let name = |candidate: Option<&str>| candidate.unwrap_or("none").to_owned();
    let mut changes = Vec::new();
    if before.is_none_or(|before| before.candidate.as_deref() != candidate) {
        changes.push(format!("candidate {}", name(candidate)));
    }
    if before.is_none_or(|before| before.runbook != runbook) {
        changes.push(format!("runbook {}", runbook.chars().take(12).collect::<String>()));
    }
    format!("evidence begins again: {}", changes.join(", "))
}

pub(super) fn flag_found(flag: &FlagState) -> String {
    let who = flag.changed_by.as_ref().map_or_else(String::new, |who| format!(" by {who}"));
    let what = flag.changed_what.as_ref().map_or_else(String::new, |what| format!(" ({what})"));
    format!("the flag was changed elsewhere{who}{what}: it serves {}", flag.serves())
}

pub(super) fn legacy(by: &LegacyEvidence) -> String {
    match by {
        LegacyEvidence::Telemetry { found, .. } => format!("the old path is confirmed by telemetry: {found}"),
        LegacyEvidence::Attested { statement } => format!("the old path is confirmed by hand: {statement}"),
    }
}

pub(super) fn kept(phase: Phase, folder: &str, files: usize) -> String {
    let when = match phase {
        Phase::AtOnce => "at once",
        Phase::AtTheEnd => "at the end",
    };
    format!("diagnostics kept {when}: {} in {folder}", plural(files, "file"))
}

pub(super) fn attached(attachment: &Attachment) -> String {
    let what = match &attachment.attached {
        Attached::Link { url } => url.clone(),
        Attached::File { name, file, .. } => format!("file {name}, {}", plural(file.bytes as usize, "byte")),
        Attached::Logs { lines, source, .. } => format!("{} from {source}", plural(*lines, "log line")),
    };
    let note = if attachment.note.is_empty() { String::new() } else { format!(" ({})", attachment.note) };
    format!("evidence {} attached: {what}{note}", attachment.item)
}

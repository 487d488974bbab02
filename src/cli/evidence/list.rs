//! What there is of each item, and what is open.

use serde_json::json;

use crate::{
    cli::{Exit, Failure, block_on, options::Options, output, recording::Recording},
    judge::{EvidenceStanding, evidence_standing},
    runbook::EvidenceFrom,
    text::clean,
    units::{moment, plural},
};

/// Evidence is pending, as a status says it.
const OPEN: u8 = 4;

pub(super) fn run(given: &Options, json: bool) -> Result<u8, Failure> {
    let recording = Recording::to_read(given)?;
    let history = block_on(recording.history())?;
    let Some(candidate) = history.candidate(recording.candidate()).map(clean) else {
        let what = "evidence is of one commit, and none is on record; name it with --candidate";
        return Err(Failure::new(Exit::Usage, what));
    };
    let items = evidence_standing(&recording.runbook, &history, Some(&candidate), recording.now());
    let open = items.iter().filter(|item| item.open.is_some()).count();
    if json {
        let each: Vec<_> = items.iter().map(facts).collect();
        output::json(&json!({"candidate": candidate, "open": open, "items": each}))?;
    } else if items.is_empty() {
        output::answer("the runbook lists no evidence\n")?;
    } else {
        let sum = match open {
            0 => format!("all there: {}\n", plural(items.len(), "item")),
            open => format!("{open} of {} open\n", plural(items.len(), "item")),
        };
        output::answer(&format!("Evidence on {candidate}\n{}{sum}", items.iter().map(text).collect::<String>()))?;
    }
    Ok(if open == 0 { Exit::Done as u8 } else { OPEN })
}

fn facts(standing: &EvidenceStanding<'_>) -> serde_json::Value {
    let shown = standing.shown.iter();
    let shown = shown.map(|shown| json!({"at": shown.at, "operator": shown.operator, "text": shown.text}));
    json!({
        "key": standing.item.key,
        "title": clean(&standing.item.title),
        "from": from(&standing.item.from),
        "open": standing.open,
        "shown": shown.collect::<Vec<_>>(),
    })
}

fn from(from: &EvidenceFrom) -> &'static str {
    match from {
        EvidenceFrom::ByHand => "by-hand",
        EvidenceFrom::QaReport => "qa-report",
        EvidenceFrom::QaOutput => "qa-output",
        EvidenceFrom::SignOff => "sign-off",
        EvidenceFrom::Logs(_) => "logs",
    }
}

fn text(standing: &EvidenceStanding<'_>) -> String {
    let mut text = format!("{}  {}\n", standing.item.key, clean(&standing.item.title));
    for shown in &standing.shown {
        text.push_str(&format!("  {} at {}: {}\n", shown.operator, moment(shown.at), shown.text));
    }
    if let Some(open) = &standing.open {
        text.push_str(&format!("  open: {open}\n"));
    }
    text
}

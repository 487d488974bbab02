//! Monitored classes: each with its own tally, what is known of each code or message, and whether it can be seen.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{MonitorAssessment, MonitorRow, WindowCounts, context::Context, guardrails::windows};
use crate::{
    runbook::{MatchOp, Monitor, Runbook},
    snapshot::Counts,
    text::clean,
};

/// Every class, in the runbook's order.
pub(super) fn assess(cx: &Context<'_>) -> Vec<MonitorAssessment> {
    cx.runbook.monitors.iter().map(|monitor| one(cx, monitor)).collect()
}

fn one(cx: &Context<'_>, monitor: &Monitor) -> MonitorAssessment {
    let signal = cx.runbook.signal(&monitor.events.signal);
    let label = signal.and_then(|signal| signal.by.iter().position(|by| *by == monitor.by));
    let mut rows: BTreeMap<String, MonitorRow> = BTreeMap::new();
    let mut counts = WindowCounts::default();
    for (labels, tally) in cx.select(&monitor.events).tallies() {
        let value = label.and_then(|i| labels.get(i)).map_or("", String::as_str);
        let row = rows.entry(clean(value)).or_insert_with_key(|value| row(cx.runbook, monitor, value));
        let seen = windows(cx, tally);
        row.counts.add(seen);
        counts.add(seen);
        row.first_seen = earlier(row.first_seen, tally);
        row.last_seen = row.last_seen.max(tally.last());
    }
    for code in cx.runbook.codes.iter().filter(|code| code.signal == monitor.events.signal) {
        // Only those that this class would count.
        let by = monitor.events.matchers.iter().filter(|matcher| matcher.field == monitor.by);
        if signal.is_some_and(|signal| signal.by.first() == Some(&monitor.by)) && holds(by.map(|m| &m.op), &code.code) {
            rows.entry(code.code.clone()).or_insert_with_key(|value| row(cx.runbook, monitor, value));
        }
    }
    let mut rows: Vec<MonitorRow> = rows.into_values().collect();
    // A stable sort: those equally frequent stay in the order of their names, for two gonogos alike.
    rows.sort_by_key(|row| std::cmp::Reverse((row.counts.stage, row.counts.h24, row.last_seen)));
    let sight = cx.sight(&monitor.events.signal, cx.stay());
    let blind = sight.blind.filter(|blind| cx.exposes() || blind.cause.matters_unexposed());
    MonitorAssessment {
        key: monitor.key.clone(),
        title: clean(&monitor.title),
        counts,
        rows,
        blind: blind.map(|blind| blind.why),
    }
}

fn row(runbook: &Runbook, monitor: &Monitor, value: &str) -> MonitorRow {
    let code = runbook.codes.iter().find(|code| code.signal == monitor.events.signal && code.code == value);
    let message = runbook
        .failure_messages
        .iter()
        .find(|message| message.text == value || message.variants.iter().any(|variant| variant == value));
    let meaning = code.map(|code| &code.meaning).or(message.map(|message| &message.meaning));
    MonitorRow {
        value: value.to_owned(),
        class: code.map(|code| clean(&code.class)),
        listed: meaning.is_some(),
        meaning: meaning.map(|meaning| clean(meaning)),
        counts: WindowCounts::default(),
        first_seen: None,
        last_seen: None,
    }
}

fn holds<'a>(mut conditions: impl Iterator<Item = &'a MatchOp>, value: &str) -> bool {
    conditions.all(|condition| condition.holds(value))
}

fn earlier(known: Option<DateTime<Utc>>, counts: &Counts) -> Option<DateTime<Utc>> {
    [known, counts.first()].into_iter().flatten().min()
}

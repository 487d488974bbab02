//! Every failure message seen is one that the runbook declares.

use super::Finding;
use crate::{
    judge::{
        Verdict,
        context::Context,
        period::{Period, first_since, since},
        words::shorten,
    },
    runbook::{Gate, Runbook, Selection},
    units::{count, plural},
};

/// The verdict on failure messages. A message that nobody declared is a Fail from its first instant, blind or not.
pub(super) fn judge<'a>(cx: &Context<'a>, gate: &Gate, events: &'a Selection, label: &str) -> Finding {
    let signal = cx.runbook.signal(&events.signal);
    let position = signal.and_then(|signal| signal.by.iter().position(|by| by == label));
    let (from, period) = (cx.fails_from(gate), cx.passes_over(gate));
    let mut first = None;
    let (mut declared, mut kinds, mut undeclared, mut silent) = (0_u64, 0_usize, Vec::new(), 0_u64);
    for (labels, counts) in cx.select(events).tallies() {
        let n = since(counts, from);
        if n == 0 {
            continue;
        }
        match position.and_then(|i| labels.get(i)).map(|message| message.trim()) {
            None | Some("") => silent = silent.saturating_add(n),
            Some(message) if is_declared(cx.runbook, message) => {
                declared = declared.saturating_add(n);
                kinds += 1;
            }
            Some(message) => {
                undeclared.push((n, message));
                first = [first, first_since(counts, from)].into_iter().flatten().min();
            }
        }
    }
    // The most frequent first; by text where equally frequent, so that two gonogos say the same.
    undeclared.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let strangers: u64 = undeclared.iter().map(|u| u.0).fold(0, u64::saturating_add);
    let sight = cx.sight(&events.signal, period);
    let exposure = signal.and_then(|signal| signal.heartbeat.as_ref()).map(|heartbeat| alive(cx, period, heartbeat));
    let found = match (&sight.blind, undeclared.first()) {
        (_, Some((n, message))) => {
            let more = match undeclared.len() - 1 {
                0 => String::new(),
                others => format!(", and {}", plural(others, "other message")),
            };
            let times = if *n == 1 { "once".to_owned() } else { format!("{} times", count(*n)) };
            let reason = format!("not declared, seen {times}: \"{}\"{more}", shorten(message));
            Finding::new(Verdict::Fail, reason, format!("{} undeclared", undeclared.len())).failed_at(first)
        }
        (Some(blind), None) => Finding::unknown(blind, plural(kinds, "kind")),
        (None, None) if silent > 0 => {
            let reason = format!("{} came without a message, so nobody knows what users saw", failures(silent));
            Finding::new(Verdict::Unknown, reason, "no message")
        }
        (None, None) if declared > 0 => {
            let reason = format!("{}, all with a declared message", failures(declared));
            Finding::new(Verdict::Pass, reason, plural(kinds, "kind"))
        }
        (None, None) => match exposure {
            Some(n) if n > 0 => {
                Finding::new(Verdict::Pass, format!("no failure message in {} attempts", count(n)), "none seen")
            }
            _ => Finding::new(
                Verdict::Pending,
                "no failure so far, but nothing that could have failed either",
                "none seen",
            ),
        },
    };
    found
        .evidence([
            ("declared", declared as f64),
            ("undeclared", strangers as f64),
            ("without_message", silent as f64),
            ("kinds", kinds as f64),
        ])
        .seen(sight)
}

fn failures(n: u64) -> String {
    plural(usize::try_from(n).unwrap_or(usize::MAX), "failure")
}

fn is_declared(runbook: &Runbook, message: &str) -> bool {
    runbook.failure_messages.iter().any(|m| m.text == message || m.variants.iter().any(|variant| variant == message))
}

/// What the heartbeat counted in the complete minutes of the stage: what could have failed.
fn alive(cx: &Context<'_>, period: Period, heartbeat: &str) -> u64 {
    let minutes = period.minutes(cx.sight(heartbeat, period).newest, cx.now);
    let tallies = cx.snapshot.reading(heartbeat).into_iter().flat_map(|reading| reading.tallies.values());
    tallies.map(|counts| counts.between(minutes.from, minutes.to)).fold(0, u64::saturating_add)
}

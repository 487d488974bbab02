//! Nothing of this kind ever happens, over enough exposure to have seen it.

use chrono::{DateTime, Utc};

use super::{Finding, at_traffic, traffic};
use crate::{
    judge::{Verdict, context::Context, period::since, select::Selected, words::shorten},
    runbook::{Gate, Selection},
    stats::{ALPHA, zero},
    units::{count, duration, moment, percent},
};

/// How many kinds of event a reason names.
const NAMED: usize = 2;

/// The verdict on events that must not happen.
///
/// One event is a Fail from its first instant: in the minute that is still filling, and while everything else is
/// blind, because what was seen was seen. Blindness only keeps the gate from passing.
pub(super) fn judge<'a>(
    cx: &Context<'a>,
    gate: &Gate,
    events: &'a Selection,
    exposure: &'a Selection,
    tolerated: f64,
) -> Finding {
    let (from, period) = (cx.fails_from(gate), cx.passes_over(gate));
    let seen = cx.select(events);
    let happened = seen.since(from);
    let sight = cx.sight(&events.signal, period).with(cx.sight(&exposure.signal, period));
    let minutes = period.minutes(sight.newest, cx.now);
    let exposed = cx.select(exposure);
    let n = exposed.between(minutes);
    let needed = zero::needed(tolerated, ALPHA);
    let brief = format!("{} of {}", count(happened), count(n));
    let found = match &sight.blind {
        _ if happened > 0 => {
            let reason = format!("{} since {}{}; none is tolerated", count(happened), moment(from), which(&seen, from));
            Finding::new(Verdict::Fail, reason, brief).failed_at(seen.first_since(from))
        }
        Some(blind) => Finding::unknown(blind, brief),
        None if n == 0 => {
            Finding::new(Verdict::Pending, "none so far, but there was nothing it could have happened to", brief)
        }
        None if n >= needed => {
            let bound = percent(zero::upper_bound(n, ALPHA));
            Finding::new(Verdict::Pass, format!("none in {}; its rate is below {bound}", count(n)), brief)
        }
        None => {
            let eta = at_traffic((needed - n) as f64, traffic(&exposed, minutes));
            let when = eta.map_or(String::new(), |eta| format!(", about {}", duration(eta)));
            let limit = percent(tolerated);
            let reason = format!("none in {} so far; {} more to rule out {limit}{when}", count(n), count(needed - n));
            Finding::new(Verdict::Pending, reason, brief).eta(eta)
        }
    };
    found
        .evidence([
            ("events", happened as f64),
            ("exposure", n as f64),
            ("exposure_needed", needed as f64),
            ("tolerated", tolerated),
            ("rate_below", if happened == 0 { zero::upper_bound(n, ALPHA) } else { f64::NAN }),
        ])
        .seen(sight)
}

/// What happened, and when last: ` (pull:pullCursorRegression), the latest at ...`.
fn which(seen: &Selected<'_>, from: DateTime<Utc>) -> String {
    let mut names = Vec::new();
    let mut latest = None;
    for (labels, counts) in seen.tallies().filter(|(_, counts)| since(counts, from) > 0) {
        let shown: Vec<&str> = labels.iter().map(String::as_str).filter(|label| !label.is_empty()).collect();
        names.extend((!shown.is_empty()).then(|| shorten(&shown.join(":"))));
        latest = latest.max(counts.last());
    }
    let more = if names.len() > NAMED { ", ..." } else { "" };
    names.truncate(NAMED);
    let named = if names.is_empty() { String::new() } else { format!(" ({}{more})", names.join(", ")) };
    let when = latest.map_or(String::new(), |latest| format!(", the latest at {}", moment(latest)));
    format!("{named}{when}")
}

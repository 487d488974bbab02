//! Rollback triggers: armed, tripped, or unable to see.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    TriggerAssessment, TriggerState,
    context::Context,
    health::{Blind, Cause},
    period::{ceil_minute, since},
    rates::RateView,
    words::shorten,
};
use crate::{
    runbook::{Repetition, Selection, Trigger, TripWire},
    snapshot::{Counts, minute_of, minute_start},
    stats::{ALPHA, repeated},
    text::clean,
    units::{count, duration, moment, percent},
};

/// What one trip wire says.
struct Wire {
    state: TriggerState,
    /// Why it cannot be seen, where that makes it unknown.
    blind: Option<Cause>,
    reason: String,
    brief: String,
}

/// Every trigger, tripped ones first.
pub(super) fn assess(cx: &Context<'_>, rates: &[RateView<'_>]) -> Vec<TriggerAssessment> {
    let mut all: Vec<TriggerAssessment> = cx.runbook.triggers.iter().map(|trigger| one(cx, rates, trigger)).collect();
    all.sort_by_key(|trigger| std::cmp::Reverse(severity(trigger.state)));
    all
}

fn severity(state: TriggerState) -> u8 {
    match state {
        TriggerState::Armed => 0,
        TriggerState::Unknown => 1,
        TriggerState::Tripped => 2,
    }
}

/// A trigger is as bad as the worst of its wires, and shows that one.
fn one(cx: &Context<'_>, rates: &[RateView<'_>], trigger: &Trigger) -> TriggerAssessment {
    let wires = trigger.when.iter().map(|wire| match wire {
        TripWire::FailureRate { rate } => failure_rate(rates, rate),
        TripWire::Repeated { events, threshold, within } => {
            let at_least = match *threshold {
                Repetition::AtLeast(n) => n,
                Repetition::BackgroundPerDay(background) => {
                    repeated::threshold(background, within.as_secs_f64(), ALPHA)
                }
            };
            repetition(cx, events, at_least, TimeDelta::from_std(*within).unwrap_or(TimeDelta::MAX))
        }
        TripWire::Raised => raised(cx, trigger),
        TripWire::Any { events } => any(cx, events),
    });
    let worst = wires.reduce(|worst, wire| if severity(wire.state) > severity(worst.state) { wire } else { worst });
    let nothing = || Wire {
        state: TriggerState::Unknown,
        blind: None,
        reason: "the runbook does not say what trips it".to_owned(),
        brief: "-".to_owned(),
    };
    let mut worst = worst.unwrap_or_else(nothing);
    let idle = match worst.state {
        TriggerState::Armed => false,
        TriggerState::Tripped => true,
        TriggerState::Unknown => worst.blind.is_some_and(|cause| !cause.matters_unexposed()),
    };
    if idle && !cx.exposes() {
        // Nothing to roll back. What was counted stays on view, and a hard stop is not touched by this.
        worst.state = TriggerState::Armed;
        worst.reason = format!("nobody has the feature, so there is nothing to roll back ({})", worst.reason);
    }
    TriggerAssessment {
        key: trigger.key.clone(),
        title: clean(&trigger.title),
        state: worst.state,
        reason: clean(&worst.reason),
        brief: clean(&worst.brief),
        since: None,
        by: None,
    }
}

/// Tripped by what was seen; unknown where it was not seen and cannot be.
fn wire(tripped: bool, blind: Option<&Blind>, reason: String, brief: String) -> Wire {
    match blind {
        _ if tripped => Wire { state: TriggerState::Tripped, blind: None, reason, brief },
        Some(blind) => {
            let reason = format!("cannot be seen: {}", blind.why);
            Wire { state: TriggerState::Unknown, blind: Some(blind.cause), reason, brief }
        }
        None => Wire { state: TriggerState::Armed, blind: None, reason, brief },
    }
}

/// Tripped when the rate's own test fails in the present stage.
fn failure_rate(rates: &[RateView<'_>], key: &str) -> Wire {
    let Some(view) = rates.iter().find(|view| view.rate.key == key) else {
        let reason = format!("the runbook has no rate `{key}`");
        return Wire { state: TriggerState::Unknown, blind: None, reason, brief: "-".to_owned() };
    };
    let allowed = percent(1.0 - view.rate.slo);
    let Some(share) = view.share() else {
        let reason = "no attempt has ended in this stage yet".to_owned();
        return wire(false, view.sight.blind.as_ref(), reason, format!("- of {allowed}"));
    };
    // What a drop is about is its own minutes, not the hours of health before it.
    let (failing, attempts, since) = match view.drop.filter(|_| !view.shown_below()) {
        Some(drop) => {
            let share = drop.failures as f64 / drop.attempts.max(1) as f64;
            (percent(share), drop.attempts, format!(" from {} on", moment(minute_start(drop.from))))
        }
        None => (percent(1.0 - share), view.attempts, String::new()),
    };
    // 0.18 of 0.50 %: one unit for both.
    let brief = format!("{} of {allowed}", failing.trim_end_matches(" %"));
    let reason = format!("{failing} of {} attempts failed{since}, {allowed} is allowed", count(attempts));
    wire(view.fails(), view.sight.blind.as_ref(), reason, brief)
}

/// Tripped by as many occurrences with the same labels within a window that lies in the present stage, once and for as
/// long as the stage lasts.
fn repetition<'a>(cx: &Context<'a>, events: &'a Selection, at_least: u64, within: TimeDelta) -> Wire {
    let span = duration(within);
    let mut most: (u64, String, Option<DateTime<Utc>>) = (0, String::new(), None);
    for (labels, counts) in cx.select(events).tallies() {
        let n = densest(counts, cx.present.entered_at, within);
        if n > most.0 {
            most = (n, shorten(&labels.join(":")), counts.last());
        }
    }
    let (n, name, last) = most;
    let reason = match last {
        None => format!("none; {} of a kind within {span} trip it", count(at_least)),
        Some(last) => {
            format!("{name}: {} within {span}, the latest at {}; {} trip it", count(n), moment(last), count(at_least))
        }
    };
    let sight = cx.sight(&events.signal, cx.present.period(cx.now));
    let brief = format!("{} of {} in {span}", count(n), count(at_least));
    wire(n >= at_least.max(1), sight.blind.as_ref(), reason, brief)
}

/// The most occurrences in any window of this length since `from`. Occurrences are known to the minute, so the window
/// is taken so long that none that could lie within it is missed.
fn densest(counts: &Counts, from: DateTime<Utc>, within: TimeDelta) -> u64 {
    let known = since(counts, from);
    if known == 0 {
        return 0;
    }
    let whole = counts.first().is_some_and(|first| first >= from);
    let buckets = counts.range(if whole { minute_of(from) } else { ceil_minute(from) }, i64::MAX);
    let minutes = (within.num_seconds().max(0) + 59) / 60;
    let (mut sum, mut most, mut oldest) = (0_u64, 0_u64, 0_usize);
    for &(minute, n) in buckets {
        sum = sum.saturating_add(n);
        while buckets[oldest].0 < minute.saturating_sub(minutes) {
            sum -= buckets[oldest].1.min(sum);
            oldest += 1;
        }
        most = most.max(sum);
    }
    // Of the minute in which the stage was entered, one may be known although no whole minute holds it.
    most.max(1)
}

/// Tripped by any occurrence since the stage was entered.
fn any<'a>(cx: &Context<'a>, events: &'a Selection) -> Wire {
    let selected = cx.select(events);
    let n = selected.since(cx.present.entered_at);
    let sight = cx.sight(&events.signal, cx.present.period(cx.now));
    let here = selected.tallies().filter(|(_, counts)| since(counts, cx.present.entered_at) > 0);
    let latest = here.max_by_key(|(_, counts)| counts.last());
    let reason = match latest {
        None => "none in this stage; one trips it".to_owned(),
        Some((labels, counts)) => {
            let when = counts.last().map_or(String::new(), |last| format!(" at {}", moment(last)));
            format!("{} in this stage, the latest {}{when}", count(n), shorten(&labels.join(":")))
        }
    };
    wire(n > 0, sight.blind.as_ref(), reason, count(n))
}

/// Tripped by an operator who raised it.
fn raised(cx: &Context<'_>, trigger: &Trigger) -> Wire {
    let raised = cx.history.raised.iter().rfind(|raised| raised.trigger == trigger.key);
    let reason = raised.map_or_else(
        || "nobody raised it".to_owned(),
        |raised| format!("raised by {} at {}: {}", raised.operator, moment(raised.at), shorten(&raised.reason)),
    );
    wire(raised.is_some(), None, reason, if raised.is_some() { "raised" } else { "-" }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_densest_window_misses_nothing_that_could_lie_in_it() {
        for (events, from, want) in [
            (vec![], 0, 0),
            (vec![600], 0, 1),
            (vec![600, 700], 0, 2),
            // 14 m 50 s apart, in the first and the sixteenth minute.
            (vec![50, 940], 0, 2),
            (vec![0, 1020], 0, 1),
            (vec![0, 10, 2000, 2010, 2020], 0, 3),
            // Only what lies in the stage.
            (vec![100, 200], 150, 1),
            (vec![100, 110], 150, 0),
            (vec![100, 160], 150, 1),
        ] {
            let mut counts = Counts::default();
            for &s in &events {
                counts.add(at(s), 1);
            }
            assert_eq!(densest(&counts, at(from), TimeDelta::minutes(15)), want, "{events:?} from {from}");
        }
    }
}

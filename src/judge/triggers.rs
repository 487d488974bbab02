//! Rollback triggers: armed, tripped, or unable to see.
//!
//! A trigger that was tripped stays tripped until somebody resolves it or the rollout is rolled back: it is tripped by
//! anything since the stage was entered or since it was last resolved, whatever was seen afterwards.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    History, Raised, TriggerAssessment, TriggerState, Trouble,
    context::Context,
    health::{Blind, Cause},
    period::{Period, ceil_minute, first_since, since},
    rates::{self, RateView},
    seen,
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
    /// Since when it is tripped, and what tripped it.
    tripped: Option<(DateTime<Utc>, String)>,
    /// Whether it matters where nobody has the feature.
    always: bool,
}

/// The trigger under judgement, and the stretches of time that matter to it.
struct Watched<'c, 'a> {
    cx: &'c Context<'a>,
    trigger: &'a Trigger,
    /// What trips it counts from here.
    from: DateTime<Utc>,
    /// It must be in sight over this.
    period: Period,
}

/// Every trigger, tripped ones first.
pub(super) fn assess<'a>(cx: &Context<'a>, rates: &[RateView<'a>]) -> Vec<TriggerAssessment> {
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

/// A trigger is as bad as the worst of its wires, and shows that one; if several are tripped, all of those.
fn one<'a>(cx: &Context<'a>, rates: &[RateView<'a>], trigger: &'a Trigger) -> TriggerAssessment {
    let trouble = Trouble::Trigger { trigger: trigger.key.clone() };
    let watched = Watched { cx, trigger, from: cx.stands_from(&trouble), period: cx.cleared_over(&trouble) };
    let wires = trigger.when.iter().map(|wire| match wire {
        TripWire::FailureRate { rate } => watched.failure_rate(rates, rate),
        TripWire::Repeated { events, threshold, within } => {
            let at_least = match *threshold {
                Repetition::AtLeast(n) => n,
                Repetition::BackgroundPerDay(background) => {
                    repeated::threshold(background, within.as_secs_f64(), ALPHA)
                }
            };
            watched.repeated(events, at_least, TimeDelta::from_std(*within).unwrap_or(TimeDelta::MAX))
        }
        TripWire::Any { events } => watched.any(events),
        TripWire::Raised => watched.raised(),
    });
    let mut wires: Vec<Wire> = wires.collect();
    // What was seen stays, although the source may have forgotten it.
    if wires.iter().all(|wire| wire.state != TriggerState::Tripped)
        && let Some(seen) = seen::in_run(cx, &trouble)
    {
        wires.insert(0, Wire::tripped(seen.at, "", seen::words(seen), "seen earlier".to_owned()));
    }
    let mut wires: Vec<Wire> = wires.into_iter().map(|wire| wire.idle(cx)).collect();
    // A stable sort: the first of those equally bad is the one that the runbook names first.
    wires.sort_by_key(|wire| std::cmp::Reverse(severity(wire.state)));
    let Some(worst) = wires.first() else {
        return assessed(trigger, TriggerState::Unknown, "the runbook does not say what trips it", "-");
    };
    let alike = wires.iter().filter(|wire| wire.state == worst.state && worst.state == TriggerState::Tripped);
    let reasons: Vec<&str> = alike.clone().map(|wire| wire.reason.as_str()).collect();
    let reason = if reasons.is_empty() { worst.reason.clone() } else { reasons.join("; ") };
    let tripped = || alike.clone().filter_map(|wire| wire.tripped.as_ref());
    let by: Vec<&str> = tripped().map(|(_, by)| by.as_str()).filter(|by| !by.is_empty()).collect();
    TriggerAssessment {
        since: tripped().map(|(since, _)| *since).min(),
        by: (!by.is_empty()).then(|| clean(&by.join(", "))),
        ..assessed(trigger, worst.state, &reason, &worst.brief)
    }
}

fn assessed(trigger: &Trigger, state: TriggerState, reason: &str, brief: &str) -> TriggerAssessment {
    TriggerAssessment {
        key: trigger.key.clone(),
        title: clean(&trigger.title),
        state,
        reason: clean(reason),
        brief: clean(brief),
        since: None,
        by: None,
    }
}

impl Wire {
    fn armed(reason: impl Into<String>, brief: impl Into<String>) -> Self {
        Self {
            state: TriggerState::Armed,
            blind: None,
            reason: reason.into(),
            brief: brief.into(),
            tripped: None,
            always: false,
        }
    }

    fn tripped(since: DateTime<Utc>, by: impl Into<String>, reason: String, brief: String) -> Self {
        Self { state: TriggerState::Tripped, tripped: Some((since, by.into())), ..Self::armed(reason, brief) }
    }

    /// Nothing trips it, as far as can be seen.
    fn quiet(blind: Option<&Blind>, reason: String, brief: String) -> Self {
        match blind {
            Some(blind) => Self {
                state: TriggerState::Unknown,
                blind: Some(blind.cause),
                ..Self::armed(format!("cannot be seen: {}", blind.why), brief)
            },
            None => Self::armed(reason, brief),
        }
    }

    /// Where nobody has the feature there is nothing to roll back. What was counted stays on view, and a hard stop is
    /// not touched by this.
    fn idle(self, cx: &Context<'_>) -> Self {
        let idle = match self.state {
            TriggerState::Armed => false,
            TriggerState::Tripped => !self.always,
            TriggerState::Unknown => self.blind.is_some_and(|cause| !cause.matters_unexposed()),
        };
        if !idle || cx.exposes() {
            return self;
        }
        let reason = format!("nobody has the feature, so there is nothing to roll back ({})", self.reason);
        Self::armed(reason, self.brief)
    }
}

impl<'a> Watched<'_, 'a> {
    /// Tripped when the rate's own test fails in the present stage.
    fn failure_rate(&self, rates: &[RateView<'a>], key: &str) -> Wire {
        let cx = self.cx;
        let Some(rate) = cx.runbook.rate(key) else {
            let unknown = Wire::armed(format!("the runbook has no rate `{key}`"), "-");
            return Wire { state: TriggerState::Unknown, ..unknown };
        };
        let mut own = None;
        let view = rates::over(cx, rates, rate, self.period, &mut own);
        let earlier = rates::earlier_shortfall(cx, rate, self.from);
        let shortfall = earlier.or_else(|| view.sound_shortfall());
        let allowed = percent(1.0 - rate.slo);
        // 0.18 of 0.50 %: one unit for both.
        let brief = |failing: &str| format!("{} of {allowed}", failing.trim_end_matches(" %"));
        if let Some(shortfall) = shortfall {
            // What a drop is about is its own minutes, not the hours of health before it.
            let (failing, attempts) = match view.share() {
                Some(share) if view.shows_below() && earlier.is_none() => (1.0 - share, view.attempts),
                _ => (shortfall.failures as f64 / shortfall.attempts.max(1) as f64, shortfall.attempts),
            };
            let failing = percent(failing);
            let from = match view.shows_below() && earlier.is_none() {
                true => String::new(),
                false => {
                    let [from, to] = [shortfall.from, shortfall.at].map(|minute| moment(minute_start(minute)));
                    format!(" from {from} to {to}")
                }
            };
            let reason = format!("{failing} of {} attempts failed{from}, {allowed} is allowed", count(attempts));
            return Wire::tripped(minute_start(shortfall.at), clean(&rate.title), reason, brief(&failing));
        }
        let blind = view.sight.blind.as_ref();
        match view.share() {
            None => Wire::quiet(blind, "no attempt has ended in this stage yet".to_owned(), brief("-")),
            Some(share) => {
                let failing = percent(1.0 - share);
                let reason = format!("{failing} of {} attempts failed, {allowed} is allowed", count(view.attempts));
                Wire::quiet(blind, reason, brief(&failing))
            }
        }
    }

    /// Tripped by as many occurrences with the same labels within a window that lies in the present stage.
    fn repeated(&self, events: &'a Selection, at_least: u64, within: TimeDelta) -> Wire {
        let span = duration(within);
        let (mut most, mut latest, mut name) = (0, None, String::new());
        let mut tripped: Option<(DateTime<Utc>, String)> = None;
        for (labels, counts) in self.cx.select(events).tallies() {
            let densest = densest(counts, self.from, within, at_least.max(1));
            if let Some(minute) = densest.reached {
                // The instant itself is known where it was the first or the latest.
                let at = minute_start(minute).max(self.from);
                if tripped.as_ref().is_none_or(|(first, _)| at < *first) {
                    tripped = Some((at, shorten(&labels.join(":"))));
                }
            }
            if densest.most > most {
                (most, latest, name) = (densest.most, counts.last(), shorten(&labels.join(":")));
            }
        }
        let needed = count(at_least);
        let brief = format!("{} of {needed} in {span}", count(most));
        let reason = match latest {
            None => format!("none; {needed} of a kind within {span} trip it"),
            Some(last) => {
                format!("{name}: {} within {span}, the latest at {}; {needed} trip it", count(most), moment(last))
            }
        };
        match tripped {
            Some((since, by)) => Wire::tripped(since, by, reason, brief),
            None => Wire::quiet(self.cx.sight(&events.signal, self.period).blind.as_ref(), reason, brief),
        }
    }

    /// Tripped by any occurrence.
    fn any(&self, events: &'a Selection) -> Wire {
        let selected = self.cx.select(events);
        let n = selected.since(self.from);
        let (mut first, mut latest) = (None, None);
        for (labels, counts) in selected.tallies() {
            let Some(at) = first_since(counts, self.from) else { continue };
            if first.is_none_or(|(earliest, _)| at < earliest) {
                first = Some((at, labels));
            }
            if latest.is_none_or(|(_, last)| last < counts.last()) {
                latest = Some((labels, counts.last()));
            }
        }
        let (Some((since, by)), Some((labels, last))) = (first, latest) else {
            let blind = self.cx.sight(&events.signal, self.period).blind;
            return Wire::quiet(blind.as_ref(), "none in this stage; one trips it".to_owned(), count(n));
        };
        let when = last.map_or(String::new(), |last| format!(" at {}", moment(last)));
        let reason =
            format!("{} since {}, the latest {}{when}", count(n), moment(self.from), shorten(&labels.join(":")));
        Wire::tripped(since, shorten(&by.join(":")), reason, count(n))
    }

    /// Tripped by an operator who raised it, also where nobody has the feature: what is raised before an advance stands
    /// against it. A rollback ends it.
    fn raised(&self) -> Wire {
        let raised = standing_raise(self.cx.history, &self.trigger.key, self.cx.now);
        let Some(raised) = raised else { return Wire::armed("nobody raised it", "-") };
        let (who, why) = (clean(&raised.operator), shorten(&raised.reason));
        let reason = format!("raised by {who} at {}: {why}", moment(raised.at));
        Wire { always: true, ..Wire::tripped(raised.at, who, reason, "raised".to_owned()) }
    }
}

/// The first time that an operator raised this trigger, since nobody rolled back or resolved it.
pub(super) fn standing_raise<'a>(history: &'a History, key: &str, now: DateTime<Utc>) -> Option<&'a Raised> {
    let mut raised = history.raised.iter().filter(|raised| raised.trigger == key).peekable();
    raised.peek()?;
    let rolled_back = history.visits.iter().rev().find(|visit| visit.by_rollback).map(|visit| visit.entered_at);
    let is_it = |trouble: &Trouble| matches!(trouble, Trouble::Trigger { trigger } if trigger == key);
    let resolutions = history.resolutions.iter().filter(|resolution| is_it(&resolution.trouble));
    let ended = rolled_back.max(resolutions.map(|resolution| resolution.at.min(now)).max());
    raised.find(|raised| ended.is_none_or(|ended| ended < raised.at))
}

/// The densest window, up to the first that is dense enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Densest {
    /// Occurrences in it.
    most: u64,
    /// The minute in which a window first held as many as were asked for.
    reached: Option<i64>,
}

/// The most occurrences in any window of this length since `from`, until there are `needed`. Occurrences are known to the
/// minute, so the window is taken so long that none that could lie within it is missed.
fn densest(counts: &Counts, from: DateTime<Utc>, within: TimeDelta, needed: u64) -> Densest {
    let known = since(counts, from);
    if known == 0 {
        return Densest { most: 0, reached: None };
    }
    let whole = counts.first().is_some_and(|first| first >= from);
    let buckets = counts.range(if whole { minute_of(from) } else { ceil_minute(from) }, i64::MAX);
    let minutes = (within.num_seconds().max(0) + 59) / 60;
    let (mut sum, mut most, mut oldest) = (0_u64, 0_u64, 0_usize);
    let mut reached = None;
    for &(minute, n) in buckets {
        sum = sum.saturating_add(n);
        while buckets[oldest].0 < minute.saturating_sub(minutes) {
            sum -= buckets[oldest].1.min(sum);
            oldest += 1;
        }
        most = most.max(sum);
        if sum >= needed {
            // It stays reached, and there may be a day of minutes after it.
            reached = Some(minute);
            break;
        }
    }
    // Of the minute in which the stage was entered, one may be known although no whole minute holds it.
    let lone = (needed <= 1).then(|| counts.last().map_or(0, minute_of));
    Densest { most: most.max(1), reached: reached.or(lone) }
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
            (vec![0, 10, 2000, 2010, 2020], 0, 2),
            // Only what lies in the stage.
            (vec![100, 200], 150, 1),
            (vec![100, 110], 150, 0),
            (vec![100, 160], 150, 1),
        ] {
            let mut counts = Counts::default();
            for &s in &events {
                counts.add(at(s), 1);
            }
            let got = densest(&counts, at(from), TimeDelta::minutes(15), 2);
            assert_eq!(got.most, want, "{events:?} from {from}");
            assert_eq!(got.reached.is_some(), want >= 2, "{events:?} from {from}");
        }
    }
}

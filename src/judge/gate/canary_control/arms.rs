//! The two arms of a comparison, and events that belong to neither or to both.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{named, plural_events};
use crate::{
    judge::{
        context::Context,
        health::{Blind, Cause, Sight},
        period::{Period, since},
        select::Selected,
    },
    runbook::{Arm, Selection},
};

/// One arm over the tallies it counts.
pub(super) struct Side<'a> {
    pub events: Selected<'a>,
    pub exposure: Selected<'a>,
}

/// Both arms.
pub(super) struct Arms<'a> {
    pub canary: Side<'a>,
    pub control: Side<'a>,
    /// The signals that they are counted from, each once.
    signals: BTreeSet<&'a str>,
}

impl<'a> Arms<'a> {
    pub fn new(cx: &Context<'a>, canary: &'a Arm, control: &'a Arm) -> Self {
        let side = |arm: &'a Arm| Side { events: cx.select(&arm.events), exposure: cx.select(&arm.exposure) };
        let selections = [&canary.events, &canary.exposure, &control.events, &control.exposure];
        Self {
            canary: side(canary),
            control: side(control),
            signals: selections.map(|selection| selection.signal.as_str()).into_iter().collect(),
        }
    }

    /// How well both arms are seen over a period: as well as the worst of their signals.
    pub fn sight(&self, cx: &Context<'_>, period: Period) -> Sight {
        let of = |signal: &&str| cx.sight(signal, period);
        let mut sight = self.signals.iter().map(of).reduce(Sight::with).unwrap_or_default();
        if self.signals.len() > 1 && sight.blind.as_ref().is_none_or(|blind| blind.cause.leaves_counts_sound()) {
            // Where one of several signals is missing for a while, their ratio is not just less certain, it is wrong; and
            // that one of them has gone silent since does not make it right.
            let counted = Period { until: sight.newest.or(period.until), ..period };
            let mut holes = self.signals.iter().filter_map(|signal| cx.sight(signal, counted).blind);
            let hole = holes.find(|blind| blind.cause == Cause::Patchy);
            sight.blind = hole.map(|blind| Blind { cause: Cause::Untrue, ..blind }).or(sight.blind);
        }
        sight
    }

    /// Events that the arms do not tell apart, in words: those in neither of them, those in both. What both arms ask of an
    /// event alike is what they are about, and an event without it is another matter.
    pub fn strays(&self, cx: &Context<'_>, canary: &Arm, control: &Arm, from: DateTime<Utc>) -> Option<String> {
        if canary.events.signal != control.events.signal {
            return None;
        }
        let shared = canary.events.matchers.iter().filter(|matcher| control.events.matchers.contains(matcher));
        let about = Selection { signal: canary.events.signal.clone(), matchers: shared.cloned().collect() };
        let kinds = |side: &Side<'a>| -> BTreeSet<&[String]> { side.events.tallies().map(|(kind, _)| kind).collect() };
        let (with, without) = (kinds(&self.canary), kinds(&self.control));
        let all = Selected::new(cx.runbook, cx.snapshot, &about);
        let stray = |place: &str, in_both: bool| {
            let here =
                all.tallies().filter(|(kind, _)| (with.contains(kind), without.contains(kind)) == (in_both, in_both));
            let seen = here.map(|(kind, counts)| (kind, since(counts, from))).filter(|&(_, n)| n > 0);
            let (kinds, counts): (Vec<_>, Vec<_>) = seen.unzip();
            let n = counts.into_iter().fold(0, u64::saturating_add);
            let are = if n == 1 { "is" } else { "are" };
            (n > 0).then(|| format!("{} {are} in {place}: {}", plural_events(n), named(&kinds)))
        };
        stray("neither arm", false).or_else(|| stray("both arms", true))
    }
}

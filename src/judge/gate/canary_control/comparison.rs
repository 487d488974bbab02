//! What was counted in both arms, candidate by candidate.

use chrono::{DateTime, Utc};

use super::arms::Arms;
use crate::{
    judge::{
        context::Context,
        health::{Blind, Sight},
        period::{Minutes, Period},
        rates::TRAFFIC_MINUTES,
        select::Selected,
        stage::Start,
    },
    runbook::Gate,
    stats::ratio::{Segment, SegmentedTest},
};

/// One candidate's evidence: a segment for each exposure that it had.
pub(super) struct Comparison {
    /// Where it begins.
    pub from: DateTime<Utc>,
    /// How well both arms are seen over it.
    pub sight: Sight,
    /// The sums of each segment, in its complete minutes.
    pub totals: Vec<Segment>,
    /// The minute with which it was first shown to be more often in the canary, and the sums up to there.
    pub failed: Option<(i64, Vec<Segment>)>,
    /// What the last half hour of the last segment counted, a minute.
    pub per_minute: Segment,
}

/// The evidence since the stage was entered or the gate's failure was resolved: a comparison for each candidate or runbook,
/// oldest first, the last the present one. A change of the flag alone goes on with the evidence, in a new segment.
pub(super) fn comparisons(cx: &Context<'_>, gate: &Gate, arms: &Arms<'_>, test: SegmentedTest) -> Vec<Comparison> {
    let mut candidates: Vec<Vec<Period>> = Vec::new();
    for (period, start) in cx.stretches_from(cx.fails_from(gate)) {
        match candidates.last_mut() {
            Some(periods) if start == Start::Flag => periods.push(period),
            _ => candidates.push(vec![period]),
        }
    }
    candidates.iter().filter_map(|periods| Comparison::new(cx, arms, test, periods)).collect()
}

impl Comparison {
    fn new(cx: &Context<'_>, arms: &Arms<'_>, test: SegmentedTest, periods: &[Period]) -> Option<Self> {
        let (first, last) = (periods.first()?, periods.last()?);
        let sight = arms.sight(cx, Period { from: first.from, until: last.until });
        let minutes: Vec<Minutes> = periods.iter().map(|period| period.minutes(sight.newest, cx.now)).collect();
        let segments: Vec<Vec<Segment>> = minutes.iter().map(|&minutes| by_minute(arms, minutes)).collect();
        let scan = test.scan(&segments);
        let failed = scan.failed.and_then(|(i, minute, sums)| Some((minutes.get(i)?.from + minute as i64, sums)));
        let recent = segments.last().map_or(&[][..], |all| &all[all.len() - all.len().min(TRAFFIC_MINUTES as usize)..]);
        let share = 1.0 / recent.len().max(1) as f64;
        let per_minute = recent.iter().fold(Segment::default(), |sum, &minute| sum.plus(minute, share));
        Some(Self { from: first.from, sight, totals: scan.totals, failed, per_minute })
    }

    /// Over all segments.
    pub fn sums(&self) -> Segment {
        self.totals.iter().fold(Segment::default(), |sum, &segment| sum.plus(segment, 1.0))
    }

    /// What a minute is expected to bring: today's exposure, at the rates of events so far.
    pub fn expected(&self) -> Segment {
        let sums = self.sums();
        let rate = |events: f64, exposure: f64| if exposure > 0.0 { events / exposure } else { 0.0 };
        let Segment { canary_exposure, control_exposure, .. } = self.per_minute;
        Segment {
            canary_events: canary_exposure * rate(sums.canary_events, sums.canary_exposure),
            control_events: control_exposure * rate(sums.control_events, sums.control_exposure),
            canary_exposure,
            control_exposure,
        }
    }

    /// Why its counts are in doubt, if they are.
    pub fn unsound(&self) -> Option<&Blind> {
        self.sight.blind.as_ref().filter(|blind| !blind.cause.leaves_counts_sound())
    }
}

fn by_minute(arms: &Arms<'_>, minutes: Minutes) -> Vec<Segment> {
    let of = |selected: &Selected<'_>| {
        let mut series = vec![0_u64; minutes.len()];
        selected.add_to(&mut series, minutes);
        series
    };
    let (canary, control) = (of(&arms.canary.events), of(&arms.control.events));
    let (with, without) = (of(&arms.canary.exposure), of(&arms.control.exposure));
    let events = canary.into_iter().zip(control);
    let both = events.zip(with.into_iter().zip(without));
    both.map(|((canary_events, control_events), (canary_exposure, control_exposure))| Segment {
        canary_events: canary_events as f64,
        canary_exposure: canary_exposure as f64,
        control_events: control_events as f64,
        control_exposure: control_exposure as f64,
    })
    .collect()
}

//! Whether users are back on the old path after a rollback, by telemetry.
//!
//! It is verified by whole minutes, from when all SDKs have asked the flag store again, in which nobody was on the new
//! path and so many were on the old one that nobody on the new one is no coincidence: had the share p of the new path
//! been what it was before, n uses without any of it would have a chance of (1 − p)ⁿ, which must be below 1 %.
//!
//! Blind telemetry never verifies: then people look, and give their word.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    LegacyAssessment, RollbackRecord, StepState,
    context::Context,
    health::{Blind, Cause, Sight},
    period::{Minutes, Period, ceil_minute},
    select::Selected,
};
use crate::{
    runbook::LegacyPath,
    snapshot::{minute_of, minute_start},
    units::{clock, count, duration},
};

/// The chance below which it is no coincidence that nobody was on the new path.
const CHANCE: f64 = 0.01;

/// The fewest uses of the old path that count, whatever the share was.
const FEWEST: u64 = 3;

/// The fewest whole minutes.
const FEWEST_MINUTES: usize = 2;

/// Over so many minutes before the rollback the share of the new path is taken.
const SHARE_MINUTES: i64 = 60;

/// The minutes that are given begin so long before the rollback, and end so long after it.
const SHOWN: (i64, i64) = (15, 105);

/// Over so many minutes the present rate of the old path is taken.
const RATE_MINUTES: i64 = 10;

/// Where the old path stands. `off` says whether the store said off, and says so still.
pub(super) fn assess(cx: &Context<'_>, record: &RollbackRecord, off: StepState) -> LegacyAssessment {
    let Some(legacy) = &cx.runbook.legacy else {
        let found = "the runbook does not say how telemetry tells the old path: look, and confirm it by hand: gonogo rollback confirm";
        return untold(StepState::Blind, found.to_owned());
    };
    let watch = Watch { cx, legacy, gone: cx.select(&legacy.gone), back: cx.select(&legacy.back), record };
    let minutes = watch.by_minute();
    match record.verified_at {
        Some(off_at) if off == StepState::Verified => LegacyAssessment { minutes, ..watch.since(off_at) },
        _ => LegacyAssessment { minutes, ..untold(StepState::Waiting, "the store does not say off yet".to_owned()) },
    }
}

fn untold(state: StepState, found: String) -> LegacyAssessment {
    LegacyAssessment { state, gone: 0, back: 0, last_gone: None, sdks_by: None, minutes: Vec::new(), found }
}

struct Watch<'c, 'a> {
    cx: &'c Context<'a>,
    legacy: &'a LegacyPath,
    gone: Selected<'a>,
    back: Selected<'a>,
    record: &'c RollbackRecord,
}

/// What the whole minutes show in which nobody was on the new path.
struct Quiet {
    minutes: Minutes,
    back: u64,
    needed: u64,
}

impl Watch<'_, '_> {
    fn since(&self, off_at: DateTime<Utc>) -> LegacyAssessment {
        let sdks_by = off_at + TimeDelta::from_std(self.legacy.sdk_poll).unwrap_or_default();
        // What came after all SDKs knew sets it back: its minute is no quiet one, nor are those before it.
        let latest = self.gone.latest(minute_of(sdks_by));
        let from = latest.map_or(ceil_minute(sdks_by), |minute| ceil_minute(sdks_by).max(minute + 1));
        // So does a gap, however short it is beside the rest: nobody saw who was on which path.
        let from = self.last_gap().map_or(from, |end| from.max(ceil_minute(end)));
        let sight = self.sight(Period { from: minute_start(from), until: None });
        let now = self.cx.now;
        let minutes = Period { from: minute_start(from), until: None }.minutes(sight.newest, now);
        let back = self.back.between(minutes);
        let (gone_since, back_since) = (self.gone.since(off_at), self.back.since(off_at));
        let last_gone = self.gone.tallies().filter_map(|(_, counts)| counts.last()).filter(|at| *at >= off_at).max();

        let share = self.share_before();
        let (state, found) = match (sight.blind.map(|blind| blind.why), share) {
            (Some(why), _) | (None, Err(why)) => {
                (StepState::Blind, format!("{why}; look, and confirm it by hand: gonogo rollback confirm"))
            }
            (None, Ok(share)) => {
                let quiet = Quiet { minutes, back, needed: needed(share) };
                self.judge(&quiet, sdks_by)
            }
        };
        LegacyAssessment {
            state,
            gone: gone_since,
            back: back_since,
            last_gone,
            sdks_by: Some(sdks_by),
            minutes: Vec::new(),
            found,
        }
    }

    fn judge(&self, quiet: &Quiet, sdks_by: DateTime<Utc>) -> (StepState, String) {
        let whole = quiet.minutes.len();
        let gone_for = duration(TimeDelta::minutes(i64::try_from(whole).unwrap_or(i64::MAX / 120_000)));
        if whole >= FEWEST_MINUTES && quiet.back >= quiet.needed {
            let (from, to) = quiet.minutes.span();
            let found = format!(
                "nobody on the new path from {} to {}, {} on the old one ({} needed)",
                clock(from),
                clock(to),
                count(quiet.back),
                count(quiet.needed)
            );
            return (StepState::Verified, found);
        }
        let poll = duration(TimeDelta::from_std(self.legacy.sdk_poll).unwrap_or_default());
        let sdks = format!("SDKs ask every {poll}, all by {}", clock(sdks_by));
        let gone = match whole {
            0 => "the new path is not seen gone yet".to_owned(),
            _ => format!("gone for {gone_for}"),
        };
        let so_far = format!("{} of {} uses of the old path needed", count(quiet.back), count(quiet.needed));
        let when = match self.estimate(quiet, sdks_by) {
            Some(span) => format!("in about {}", duration(span)),
            None => "and none come".to_owned(),
        };
        (StepState::Converging, format!("{gone}, {so_far}, {when}; {sdks}"))
    }

    /// How long from now, at the present rate of the old path; none where it is not used.
    fn estimate(&self, quiet: &Quiet, sdks_by: DateTime<Utc>) -> Option<TimeDelta> {
        let now = self.cx.now;
        let begins = minute_start(ceil_minute(sdks_by).max(quiet.minutes.from));
        let minutes_by = begins + TimeDelta::minutes(i64::try_from(FEWEST_MINUTES).unwrap_or(2));
        let missing = quiet.needed.saturating_sub(quiet.back);
        let enough_by = if missing == 0 {
            now
        } else {
            let recent = Minutes { from: minute_of(now) - RATE_MINUTES, to: minute_of(now) };
            let per_minute = self.back.between(recent) as f64 / RATE_MINUTES as f64;
            let span = missing as f64 / per_minute;
            // Beyond a day it is no estimate any more.
            let whole = (span.is_finite() && span < 1440.0).then(|| TimeDelta::minutes(span.ceil() as i64))?;
            begins.max(now) + whole
        };
        Some((minutes_by.max(enough_by) - now).max(TimeDelta::minutes(1)))
    }

    /// When the last gap of either signal ended.
    fn last_gap(&self) -> Option<DateTime<Utc>> {
        let signals = [&self.legacy.gone.signal, &self.legacy.back.signal];
        let readings = signals.into_iter().filter_map(|signal| self.cx.snapshot.reading(signal));
        readings.flat_map(|reading| &reading.gaps).map(|gap| gap.1).max()
    }

    fn sight(&self, period: Period) -> Sight {
        let gone = self.cx.sight(&self.legacy.gone.signal, period);
        if self.legacy.gone.signal == self.legacy.back.signal {
            return gone;
        }
        gone.with(self.cx.sight(&self.legacy.back.signal, period))
    }

    /// The share of the new path in the hour before the rollback; over the stay that it ended, where that hour had none.
    fn share_before(&self) -> Result<f64, String> {
        let until = minute_of(self.record.at);
        let hour = Minutes { from: until - SHARE_MINUTES, to: until };
        let stays = self.cx.history.visits.iter().rev();
        let stay = stays.filter(|visit| visit.stage == self.record.from_stage && visit.entered_at <= self.record.at);
        let entered = stay.map(|visit| ceil_minute(visit.entered_at)).next();
        let longer = entered.map(|from| Minutes { from: from.clamp(until - 24 * 60, hour.from), to: until });
        for minutes in [Some(hour), longer].into_iter().flatten() {
            let gone = self.gone.between(minutes);
            if gone == 0 {
                continue;
            }
            let (from, to) = minutes.span();
            let sight = self.sight(Period { from, until: Some(to) });
            if let Some(Blind { why, .. }) = sight.blind.filter(|blind| self.in_doubt(blind.cause)) {
                return Err(format!("the share of the new path before the rollback: {why}"));
            }
            return Ok(gone as f64 / gone.saturating_add(self.back.between(minutes)) as f64);
        }
        Err("nobody was on the new path before the rollback, so that nobody is says nothing".to_owned())
    }

    /// Whether a share of such counts is no share. One signal that misses some minutes misses them for both paths.
    fn in_doubt(&self, cause: Cause) -> bool {
        !cause.leaves_counts_sound() || self.legacy.gone.signal != self.legacy.back.signal
    }

    fn by_minute(&self) -> Vec<(i64, u64, u64)> {
        let began = minute_of(self.record.at);
        let minutes = Minutes { from: began - SHOWN.0, to: (minute_of(self.cx.now) + 1).clamp(began, began + SHOWN.1) };
        let (mut gone, mut back) = (vec![0; minutes.len()], vec![0; minutes.len()]);
        self.gone.add_to(&mut gone, minutes);
        self.back.add_to(&mut back, minutes);
        (minutes.from..).zip(gone.into_iter().zip(back)).map(|(minute, (gone, back))| (minute, gone, back)).collect()
    }
}

/// How many uses of the old path, none of the new one among them, are no coincidence where this was the share of it.
fn needed(share: f64) -> u64 {
    let n = CHANCE.ln() / (-share).ln_1p();
    // A share of one gives -0; one that is hardly above none gives more than anybody will count.
    if n.is_finite() { (n.ceil() as u64).max(FEWEST) } else { FEWEST }
}

#[cfg(test)]
mod tests {
    use super::needed;

    #[test]
    fn so_many_are_no_coincidence() {
        for (share, want) in [(1.0, 3), (0.9, 3), (0.8, 3), (0.5, 7), (0.1, 44), (0.05, 90), (0.001, 4603)] {
            assert_eq!(needed(share), want, "{share}");
            assert!(share >= 1.0 || (1.0 - share).powi(want as i32) < 0.01, "{share}");
        }
    }
}

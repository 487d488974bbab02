//! How fast the error budget burns: each pair of windows, and what all of them say now.

use chrono::TimeDelta;

use super::super::Finding;
use crate::{
    judge::{Verdict, rates::RateView},
    stats::burn::{Burn, Pair, Series, Window},
    units::duration,
};

/// What one pair of windows says at one time.
pub(super) struct PairNow {
    pub(super) pair: Pair,
    state: Burn,
    /// The burn rates of the long and the short window; none without attempts.
    pub(super) burns: (Option<f64>, Option<f64>),
    /// How much of either window has elapsed, in minutes.
    spans: (usize, usize),
}

impl PairNow {
    pub(super) fn new(series: &Series, end: usize, slo: f64, pair: Pair) -> Self {
        Self {
            pair: pair.after(end),
            state: series.state(end, slo, pair),
            burns: (series.window(end, pair.long).burn(slo), series.window(end, pair.short).burn(slo)),
            spans: (pair.long.min(end), pair.short.min(end)),
        }
    }

    /// How near the long window is to its threshold.
    pub(super) fn share(&self) -> f64 {
        self.burns.0.unwrap_or(0.0) / self.pair.threshold
    }

    pub(super) fn brief(&self) -> String {
        format!("{} of {}", times(self.burns.0.unwrap_or(0.0)), times(self.pair.threshold))
    }

    pub(super) fn both(&self, failing: &str) -> String {
        let limit = times(self.pair.threshold);
        let (long, short) = (times(self.burns.0.unwrap_or(0.0)), times(self.burns.1.unwrap_or(0.0)));
        let (over_long, over_short) = (minutes(self.spans.0), minutes(self.spans.1));
        format!(
            "{failing} {long} times as fast as the SLO allows over {over_long}, and {short} times over the last {over_short}; {limit} is the limit"
        )
    }

    fn words(&self) -> String {
        match self.state {
            Burn::NoData => format!("nothing was attempted in the last {}", minutes(self.spans.0)),
            Burn::Ok => self.both("failing"),
            Burn::Spike => format!("a spike, not sustained so far: {}", self.both("failing")),
            Burn::Recovering => format!("recovering: {}", self.both("failing")),
            Burn::Sustained => format!("a sustained spike: {}", self.both("failing")),
        }
    }
}

/// What the present stretch says now.
pub(super) struct Now {
    /// Every pair, shortest first.
    pub(super) pairs: Vec<PairNow>,
    /// The counts of the longest window.
    pub(super) longest: Window,
    pub(super) longest_minutes: usize,
    /// Complete minutes of the stretch.
    pub(super) elapsed: usize,
    /// Of the pairs whose long window alone burns, the one that takes longest to stop: its index, and in how many minutes
    /// without a failure it does.
    recovering: Option<(usize, usize)>,
}

impl Now {
    pub(super) fn new(view: &RateView<'_>, pairs: &[Pair]) -> Self {
        let series = Series::new(view.series());
        let elapsed = series.minutes();
        let longest_minutes = pairs.iter().map(|pair| pair.long).max().unwrap_or(1);
        let slo = view.rate.slo;
        let all: Vec<PairNow> = pairs.iter().map(|&pair| PairNow::new(&series, elapsed, slo, pair)).collect();
        let recovering = all.iter().enumerate().filter(|(_, pair)| pair.state == Burn::Recovering);
        let recovering = recovering.map(|(i, pair)| (i, series.minutes_to_recover(slo, pair.pair)));
        Self {
            recovering: recovering.max_by_key(|&(_, left)| left),
            pairs: all,
            longest: series.window(elapsed, longest_minutes),
            longest_minutes,
            elapsed,
        }
    }

    /// The pair that has the most to say: the worst state, then the nearest to its threshold.
    pub(super) fn worst(&self) -> Option<&PairNow> {
        self.pairs
            .iter()
            .max_by(|a, b| severity(a.state).cmp(&severity(b.state)).then_with(|| a.share().total_cmp(&b.share())))
    }

    pub(super) fn brief(&self) -> String {
        match self.worst() {
            Some(pair) if self.longest.attempts > 0 => pair.brief(),
            _ => "no attempts".to_owned(),
        }
    }

    /// Pass or Pending: nothing is sustained, and everything is in sight.
    pub(super) fn verdict(&self, brief: String) -> Finding {
        let left = self.longest_minutes.saturating_sub(self.elapsed);
        if self.longest.attempts == 0 {
            let over = match self.elapsed {
                0 => "this stage yet".to_owned(),
                elapsed => format!("the last {}", minutes(elapsed.min(self.longest_minutes))),
            };
            return Finding::new(Verdict::Pending, format!("nothing was attempted in {over}"), brief);
        }
        let state = self.worst().map_or_else(String::new, PairNow::words);
        // What was spent in a long window is spent although the short one has calmed down.
        let recovering = self.recovering.map(|(_, left)| left);
        if left > 0 {
            let (so_far, longest, to_go) = (minutes(self.elapsed), minutes(self.longest_minutes), minutes(left));
            let reason = format!("no sustained spike in {so_far} of {longest}, {to_go} to go; {state}");
            let left = left.max(recovering.unwrap_or(0));
            return Finding::new(Verdict::Pending, reason, brief).eta(Some(span(left)));
        }
        match self.recovering.and_then(|(i, left)| Some((self.pairs.get(i)?, left))) {
            Some((pair, left)) => {
                let reason = format!("{}; passes in {} if nothing more fails", pair.words(), minutes(left));
                Finding::new(Verdict::Pending, reason, brief).eta(Some(span(left)))
            }
            None => {
                let reason = format!("no sustained spike in {}; {state}", minutes(self.elapsed));
                Finding::new(Verdict::Pass, reason, brief)
            }
        }
    }
}

fn severity(state: Burn) -> u8 {
    match state {
        Burn::NoData => 0,
        Burn::Ok => 1,
        Burn::Recovering => 2,
        Burn::Spike => 3,
        Burn::Sustained => 4,
    }
}

/// `14.4`, `3`, `0.25`: as many digits as tell something.
fn times(burn: f64) -> String {
    let decimals = if burn >= 100.0 {
        0
    } else if burn >= 1.0 || burn == 0.0 {
        1
    } else {
        2
    };
    let text = format!("{burn:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn span(minutes: usize) -> TimeDelta {
    TimeDelta::minutes(i64::try_from(minutes).unwrap_or(i64::MAX / 60_000).min(i64::MAX / 60_000))
}

fn minutes(n: usize) -> String {
    duration(span(n))
}

/// The name of a window in the evidence: `5m`, `1h`, `3d`.
pub(super) fn label(minutes: usize) -> String {
    match minutes {
        n if n % 1440 == 0 => format!("{}d", n / 1440),
        n if n % 60 == 0 => format!("{}h", n / 60),
        n => format!("{n}m"),
    }
}

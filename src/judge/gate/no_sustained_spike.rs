//! No failures come so fast, for so long, that they spend the error budget.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Finding, stretches::pieces};
use crate::{
    judge::{Verdict, context::Context, health::Blind, rates::RateView},
    runbook::Gate,
    snapshot::minute_start,
    stats::{
        ALPHA,
        burn::{Burn, Pair, Series, Window, pairs_within},
        cusum::Cusum,
    },
    units::{count, duration, moment, percent},
};

/// The verdict on a rate's spikes: multi-window burn rate, and the CUSUM that sees what burns too slowly for it.
///
/// One sustained spike in the stay fails the gate until somebody resolves it, whatever came after; each stretch of the
/// stay is a series of its own. A Pass takes a longest window that has elapsed, so that each pair had its say. An SLO so
/// low that a pair cannot reach its threshold leaves that to the CUSUM.
pub(super) fn judge(cx: &Context<'_>, gate: &Gate, key: &str, rates: &[RateView<'_>]) -> Finding {
    let Some(rate) = rates.iter().map(|view| view.rate).find(|rate| rate.key == key) else {
        return Finding::new(Verdict::Unknown, format!("the runbook has no rate `{key}`"), "-");
    };
    let pairs = pairs_within(usize::try_from(cx.present.stage.observe.as_secs() / 60).unwrap_or(usize::MAX));
    let stretches: Vec<RateView<'_>> =
        pieces(cx, gate).into_iter().map(|piece| RateView::new(cx, rate, piece.period)).collect();
    let failures = stretches.iter().filter_map(|view| Some((failure(view, &pairs)?, unsound(view))));
    let (sound, doubtful): (Vec<_>, Vec<_>) = failures.partition(|(_, unsound)| unsound.is_none());
    let Some(view) = stretches.last() else {
        return Finding::new(Verdict::Unknown, "the stage has no evidence", "-");
    };
    let now = Now::new(view, &pairs);
    let brief = now.brief();
    let found = match (sound.into_iter().next(), doubtful.first().and_then(|(_, blind)| *blind), &view.sight.blind) {
        (Some((failure, _)), _, _) => {
            Finding::new(Verdict::Fail, failure.reason, failure.brief).failed_at(Some(failure.at)).evidence([
                ("failed_burn_long", failure.burns.0.unwrap_or(f64::NAN)),
                ("failed_burn_short", failure.burns.1.unwrap_or(f64::NAN)),
            ])
        }
        (None, Some(blind), _) | (None, None, Some(blind)) => Finding::unknown(blind, brief),
        (None, None, None) => now.verdict(brief),
    };
    let mut found = found.evidence([
        ("slo", rate.slo),
        ("failures", now.longest.failures as f64),
        ("attempts", now.longest.attempts as f64),
        ("elapsed_minutes", now.elapsed as f64),
        ("longest_minutes", now.longest_minutes as f64),
        ("drop_attempts", view.drop.map_or(f64::NAN, |drop| drop.attempts as f64)),
        ("drop_failures", view.drop.map_or(f64::NAN, |drop| drop.failures as f64)),
    ]);
    for pair in &now.pairs {
        let (long, short) = (label(pair.pair.long), label(pair.pair.short));
        found = found.evidence([
            (&format!("burn_{long}"), pair.burns.0.unwrap_or(f64::NAN)),
            (&format!("burn_{short}"), pair.burns.1.unwrap_or(f64::NAN)),
            (&format!("threshold_{long}"), pair.pair.threshold),
        ]);
    }
    found.seen(view.sight.clone())
}

/// Why the counts of a stretch are in doubt, if they are.
fn unsound<'v>(view: &'v RateView<'_>) -> Option<&'v Blind> {
    view.sight.blind.as_ref().filter(|blind| !blind.cause.leaves_counts_sound())
}

/// A spike that was sustained, or a drop for good.
struct Failure {
    /// When it was certain.
    at: DateTime<Utc>,
    /// In words.
    reason: String,
    /// The same in a few characters.
    brief: String,
    /// The burn rates of the long and the short window then; none of a drop.
    burns: (Option<f64>, Option<f64>),
}

/// The first failure of a stretch, by whichever half saw it first.
fn failure(view: &RateView<'_>, pairs: &[Pair]) -> Option<Failure> {
    let burned = sustained(view, pairs);
    let dropped = dropped(view);
    [burned, dropped].into_iter().flatten().min_by_key(|failure| failure.at)
}

fn sustained(view: &RateView<'_>, pairs: &[Pair]) -> Option<Failure> {
    let slo = view.rate.slo;
    let series = Series::new(view.series());
    let (end, pair) = series.first_sustained(slo, pairs)?;
    let at = minute_start(view.minutes.from + end as i64);
    let seen = PairNow::new(&series, end, slo, pair);
    let reason = format!("a sustained spike: at {} {}", moment(at), seen.both("it was failing"));
    Some(Failure { at, reason, brief: seen.brief(), burns: seen.burns })
}

fn dropped(view: &RateView<'_>) -> Option<Failure> {
    let drop = view.drop?;
    let mut cusum = Cusum::new(view.rate.slo, ALPHA);
    let alarm = view.series().iter().position(|&(attempts, failures)| cusum.add(attempts, failures))?;
    let share = percent(drop.failures as f64 / drop.attempts.max(1) as f64);
    let brief = format!("{} of {}", share.trim_end_matches(" %"), percent(1.0 - view.rate.slo));
    let reason = format!(
        "too many failures for too long: from {} on {} of {} failed ({share}), the SLO is {}",
        moment(minute_start(drop.from)),
        count(drop.failures),
        count(drop.attempts),
        percent(view.rate.slo)
    );
    Some(Failure { at: minute_start(view.minutes.from + alarm as i64 + 1), reason, brief, burns: (None, None) })
}

/// What one pair of windows says at one time.
struct PairNow {
    pair: Pair,
    state: Burn,
    /// The burn rates of the long and the short window; none without attempts.
    burns: (Option<f64>, Option<f64>),
    /// How much of either window has elapsed, in minutes.
    spans: (usize, usize),
}

impl PairNow {
    fn new(series: &Series, end: usize, slo: f64, pair: Pair) -> Self {
        Self {
            pair,
            state: series.state(end, slo, pair),
            burns: (series.window(end, pair.long).burn(slo), series.window(end, pair.short).burn(slo)),
            spans: (pair.long.min(end), pair.short.min(end)),
        }
    }

    /// How near the long window is to its threshold.
    fn share(&self) -> f64 {
        self.burns.0.unwrap_or(0.0) / self.pair.threshold
    }

    fn brief(&self) -> String {
        format!("{} of {}", times(self.burns.0.unwrap_or(0.0)), times(self.pair.threshold))
    }

    fn both(&self, failing: &str) -> String {
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
struct Now {
    /// Every pair, shortest first.
    pairs: Vec<PairNow>,
    /// The counts of the longest window.
    longest: Window,
    longest_minutes: usize,
    /// Complete minutes of the stretch.
    elapsed: usize,
    /// Of the pairs whose long window alone burns, the one that takes longest to stop: its index, and in how many minutes
    /// without a failure it does.
    recovering: Option<(usize, usize)>,
}

impl Now {
    fn new(view: &RateView<'_>, pairs: &[Pair]) -> Self {
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
    fn worst(&self) -> Option<&PairNow> {
        self.pairs
            .iter()
            .max_by(|a, b| severity(a.state).cmp(&severity(b.state)).then_with(|| a.share().total_cmp(&b.share())))
    }

    fn brief(&self) -> String {
        match self.worst() {
            Some(pair) if self.longest.attempts > 0 => pair.brief(),
            _ => "no attempts".to_owned(),
        }
    }

    /// Pass or Pending: nothing is sustained, and everything is in sight.
    fn verdict(&self, brief: String) -> Finding {
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
fn label(minutes: usize) -> String {
    match minutes {
        n if n % 1440 == 0 => format!("{}d", n / 1440),
        n if n % 60 == 0 => format!("{}h", n / 60),
        n => format!("{n}m"),
    }
}

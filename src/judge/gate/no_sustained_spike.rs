//! No failures come so fast, for so long, that they spend the error budget.

mod burning;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use self::burning::{Now, PairNow, label};
use super::Finding;
use crate::{
    judge::{
        Verdict,
        context::Context,
        health::Blind,
        rates::{self, RateView},
    },
    runbook::Gate,
    snapshot::minute_start,
    stats::burn::{Pair, Series, pairs_within},
    units::{count, moment, percent},
};

/// The verdict on spikes in some rates: that of the worst of them.
pub(super) fn judge<'a>(cx: &Context<'a>, gate: &Gate, keys: &'a [String], views: &[RateView<'a>]) -> Finding {
    let pairs = pairs_within(usize::try_from(cx.present.stage.observe.as_secs() / 60).unwrap_or(usize::MAX));
    let mut each: Vec<One<'_>> = keys.iter().map(|key| one(cx, gate, key, views, &pairs)).collect();
    // A stable sort: of those equally bad the first of the runbook.
    each.sort_by(|a, b| b.found.verdict.cmp(&a.found.verdict).then_with(|| b.share.total_cmp(&a.share)));
    let mut all = each.into_iter();
    let Some(mut worst) = all.next() else {
        return Finding::new(Verdict::Unknown, "the runbook names no rate", "-");
    };
    if keys.len() > 1 {
        worst.found.reason = format!("{}: {}", worst.title, worst.found.reason);
        worst.found.evidence = worst.named_evidence();
    }
    for other in all {
        if other.found.verdict == Verdict::Fail {
            worst.found.reason = format!("{}; {}: {}", worst.found.reason, other.title, other.found.reason);
        }
        worst.found.evidence.extend(other.named_evidence());
        let found = other.found;
        worst.found.eta = match (worst.found.verdict, worst.found.eta) {
            (Verdict::Pending, Some(eta)) if found.verdict == Verdict::Pending => found.eta.map(|other| eta.max(other)),
            (_, eta) => eta,
        };
        worst.found.failed_at = [worst.found.failed_at, found.failed_at].into_iter().flatten().min();
        worst.found.sight = match (worst.found.sight, found.sight) {
            (Some(a), Some(b)) => Some(a.with(b)),
            (a, b) => a.or(b),
        };
    }
    worst.found
}

/// What is found of one rate.
struct One<'a> {
    key: &'a str,
    title: &'a str,
    found: Finding,
    /// How near it is to a limit.
    share: f64,
}

impl One<'_> {
    /// Its numbers, told apart from those of the other rates.
    fn named_evidence(&self) -> BTreeMap<String, f64> {
        self.found.evidence.iter().map(|(name, value)| (format!("{}.{name}", self.key), *value)).collect()
    }
}

/// The verdict on one rate's spikes: multi-window burn rate, and the CUSUM that sees what burns too slowly for it.
///
/// One sustained spike in the stay fails the gate until somebody resolves it, whatever came after; each stretch of the
/// stay is a series of its own. A Pass takes a longest window that has elapsed, so that each pair had its say. An SLO so
/// low that a pair cannot reach its threshold leaves that to the CUSUM.
fn one<'a>(cx: &Context<'a>, gate: &Gate, key: &'a str, views: &[RateView<'a>], pairs: &[Pair]) -> One<'a> {
    let Some(rate) = cx.runbook.rate(key) else {
        let found = Finding::new(Verdict::Unknown, format!("the runbook has no rate `{key}`"), "-");
        return One { key, title: key, found, share: 0.0 };
    };
    let mut own = None;
    let view = rates::over(cx, views, rate, cx.passes_over(gate), &mut own);
    let before = cx.stretches_before(cx.fails_from(gate)).map(|period| RateView::new(cx, rate, period));
    let before: Vec<RateView<'_>> = before.collect();
    let stretches = before.iter().chain([view]);
    let failures = stretches.filter_map(|view| Some((failure(view, pairs)?, unsound(view))));
    let (sound, doubtful): (Vec<_>, Vec<_>) = failures.partition(|(_, unsound)| unsound.is_none());
    let now = Now::new(view, pairs);
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
    let share = now.worst().map_or(0.0, PairNow::share);
    One { key, title: &rate.title, found: found.seen(view.sight.clone()), share }
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
    let share = percent(drop.failures as f64 / drop.attempts.max(1) as f64);
    let brief = format!("{} of {}", share.trim_end_matches(" %"), percent(1.0 - view.rate.slo));
    let reason = format!(
        "too many failures for too long: from {} to {} {} of {} failed ({share}), {} is wanted",
        moment(minute_start(drop.from)),
        moment(minute_start(drop.at)),
        count(drop.failures),
        count(drop.attempts),
        percent(view.rate.slo)
    );
    Some(Failure { at: minute_start(drop.at), reason, brief, burns: (None, None) })
}

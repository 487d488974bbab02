//! A success rate against its SLO: the sequential test of [`crate::stats::bernoulli`], and the CUSUM beside it.

use chrono::TimeDelta;

use super::{Finding, at_traffic};
use crate::{
    judge::{
        Verdict,
        context::Context,
        rates::{self, FAIL_BUCKETS, PASS_BUCKETS, RateView, Shortfall},
    },
    runbook::{Gate, Rate},
    snapshot::minute_start,
    stats::{Decision, eta},
    units::{count, duration, moment, percent},
};

/// The verdict on a rate.
///
/// Fail comes first, and stands while telemetry is silent, because attempts that failed have failed; not where the
/// counts themselves are in doubt (see [`crate::judge`]'s causes of blindness). It stands, too, when the rate recovers and
/// when candidate or runbook change, until somebody resolves it. Then Unknown, then Pending, then Pass.
pub(super) fn judge<'a>(cx: &Context<'a>, gate: &Gate, rate: &'a Rate, views: &[RateView<'a>]) -> Finding {
    let mut own = None;
    let view = rates::over(cx, views, rate, cx.passes_over(gate), &mut own);
    let earlier = rates::earlier_shortfall(cx, rate, cx.fails_from(gate));
    let shortfall = earlier.or_else(|| view.sound_shortfall());
    let share = view.share();
    let brief = share.map_or_else(|| "no attempts".to_owned(), percent);
    let so_far = format!("{} of {} attempts succeeded", percent(share.unwrap_or(0.0)), count(view.attempts));
    let slo = percent(view.rate.slo);
    let (f, n) = view.effective();
    let found = match (&view.sight.blind, shortfall) {
        (_, Some(shortfall)) => Finding::new(Verdict::Fail, fell_short(view, shortfall, &so_far, &slo), brief)
            .failed_at(Some(minute_start(shortfall.at))),
        (Some(blind), None) => Finding::unknown(blind, brief),
        (None, None) if view.attempts == 0 => {
            Finding::new(Verdict::Pending, "no attempt has ended in this stage yet", brief)
        }
        (None, None) if view.passes() => {
            let lower = percent(view.low);
            Finding::new(
                Verdict::Pass,
                format!("{so_far}; allowing for luck, at least {lower} ({slo} is wanted)"),
                brief,
            )
        }
        (None, None) => pending(view, &so_far, brief),
    };
    found
        .evidence([
            ("attempts", view.attempts as f64),
            ("successes", view.successes as f64),
            ("failures", view.failures as f64),
            ("low", view.low),
            ("high", view.high),
            ("slo", view.rate.slo),
            ("phi", view.phi),
            ("buckets", view.buckets as f64),
            ("shortfall_attempts", shortfall.map_or(f64::NAN, |shortfall| shortfall.attempts as f64)),
            ("shortfall_failures", shortfall.map_or(f64::NAN, |shortfall| shortfall.failures as f64)),
            ("attempts_per_minute", view.per_minute),
            ("ln_e_fail", view.test.ln_e_fail(f, n)),
            ("ln_e_pass", view.test.ln_e_pass(f, n)),
            ("ln_e_needed", view.test.bound()),
        ])
        .evidence([("rate", share.unwrap_or(f64::NAN))])
        .seen(view.sight.clone())
}

/// What shows that the rate is below its SLO, or was.
fn fell_short(view: &RateView<'_>, shortfall: Shortfall, so_far: &str, slo: &str) -> String {
    let Shortfall { at, from, attempts, failures } = shortfall;
    if view.shows_below() && minute_start(from) >= view.period.from {
        return format!("{so_far}; allowing for luck, at most {} ({slo} is wanted)", percent(view.high));
    }
    let share = percent(failures as f64 / attempts.max(1) as f64);
    let (failures, attempts) = (count(failures), count(attempts));
    let (from, at) = (moment(minute_start(from)), moment(minute_start(at)));
    format!("{so_far}, but from {from} to {at} {failures} of {attempts} failed ({share}); {slo} is wanted")
}

fn pending(view: &RateView<'_>, so_far: &str, brief: String) -> Finding {
    let minutes_left = |needed: usize| TimeDelta::minutes(needed.saturating_sub(view.buckets) as i64);
    if view.decision == Decision::Fail {
        let reason = format!("{so_far}, below the SLO, but seen in {} of {FAIL_BUCKETS} minutes", view.buckets);
        return Finding::new(Verdict::Pending, reason, brief).eta(busy(view, minutes_left(FAIL_BUCKETS)));
    }
    if view.decision == Decision::Pass {
        let reason = format!("{so_far}, enough of them; {} of {PASS_BUCKETS} minutes with traffic", view.buckets);
        return Finding::new(Verdict::Pending, reason, brief).eta(busy(view, minutes_left(PASS_BUCKETS)));
    }
    let (f, n) = view.effective();
    let r = if n > 0.0 { f / n } else { 0.0 };
    // Clumped failures say less: each attempt then counts for one phi-th.
    let real = |more: Option<u64>| more.map(|m| m as f64 * view.phi);
    let best = real(eta::to_pass(&view.test, f, n, 0.0, eta::CAP));
    let failing = r > 1.0 - view.rate.slo;
    let present = real(match failing {
        true => eta::to_fail(&view.test, f, n, r, eta::CAP),
        false => eta::to_pass(&view.test, f, n, r, eta::CAP),
    });
    let least = minutes_left(if failing { FAIL_BUCKETS } else { PASS_BUCKETS });
    let when = |more: Option<f64>| Some(at_traffic(more?, view.per_minute)?.max(least));
    let in_time = |more| when(more).map_or(String::new(), |eta| format!(", about {}", duration(eta)));
    let missing = match (best, present) {
        (Some(b), Some(p)) if failing => format!(
            "passes after {} more without a failure{}; at the present failure rate it fails after {}{}",
            whole(b),
            in_time(best),
            whole(p),
            in_time(present)
        ),
        (Some(b), Some(p)) if p > b => format!(
            "passes after {} more without a failure{}, or after {} at the present failure rate{}",
            whole(b),
            in_time(best),
            whole(p),
            in_time(present)
        ),
        (Some(b), Some(_)) => format!("passes after {} more without a failure{}", whole(b), in_time(best)),
        (Some(b), None) => format!(
            "passes after {} more without a failure{}; it cannot pass at the present failure rate",
            whole(b),
            in_time(best)
        ),
        (None, _) => "it cannot pass at this rate".to_owned(),
    };
    let idle = if view.per_minute > 0.0 { "" } else { "; nothing was attempted in the last half hour" };
    Finding::new(Verdict::Pending, format!("{so_far}; {missing}{idle}"), brief).eta(when(present)).evidence([
        ("more_attempts_at_best", best.unwrap_or(f64::NAN)),
        ("more_attempts_at_present_rate", present.unwrap_or(f64::NAN)),
    ])
}

/// Minutes that must yet be seen come only with traffic.
fn busy(view: &RateView<'_>, left: TimeDelta) -> Option<TimeDelta> {
    (view.per_minute > 0.0).then_some(left)
}

fn whole(more: f64) -> String {
    count(more.ceil() as u64)
}

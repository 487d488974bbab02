//! Those who have the feature do not see something more often than those who do not, at the same time.

mod arms;
mod comparison;

use self::{
    arms::Arms,
    comparison::{Comparison, comparisons},
};
use super::{Finding, at_traffic};
use crate::{
    judge::{Verdict, context::Context, words::shorten},
    runbook::{Arm, Gate},
    snapshot::minute_start,
    stats::{
        ALPHA, eta,
        ratio::{Segment, SegmentedTest},
        zero,
    },
    units::{count, duration, moment, percent},
};
use chrono::TimeDelta;

/// Minutes of a year: beyond it, an estimate is none.
const YEAR: u64 = 525_600;

/// The verdict on a canary beside its control.
///
/// Fail: it is shown to be more often in the canary, at any time since the stage was entered or the failure was resolved.
/// Pass: twice as often, or whatever the runbook tolerates, is ruled out by what was counted of this candidate; or nothing
/// happened to anybody, in so much exposure of the canary that its rate is below the tolerated one.
pub(super) fn judge<'a>(
    cx: &Context<'a>,
    gate: &Gate,
    canary: &'a Arm,
    control: &'a Arm,
    max_ratio: f64,
    tolerated: f64,
) -> Finding {
    let test = SegmentedTest { rho_max: max_ratio, alpha: ALPHA };
    let arms = Arms::new(cx, canary, control);
    let all = comparisons(cx, gate, &arms, test);
    let Some(present) = all.last() else {
        return Finding::new(Verdict::Unknown, "the stage has no evidence", "-");
    };
    let failed = |doubtful: bool| all.iter().find(|one| one.failed.is_some() && one.unsound().is_some() == doubtful);
    let sums = present.sums();
    let brief = brief(&test, &present.totals);
    let needed = zero::needed(tolerated, ALPHA / 2.0);
    let strays = arms.strays(cx, canary, control, present.from);
    let found = match (failed(false), failed(true).and_then(Comparison::unsound), &present.sight.blind) {
        (Some(failure), _, _) => fail(&test, failure, brief),
        (None, Some(blind), _) | (None, None, Some(blind)) => Finding::unknown(blind, brief),
        (None, None, None) => match (strays, unmatched(present)) {
            (Some(strays), _) | (None, Some(strays)) => Finding::new(Verdict::Unknown, strays, brief),
            (None, None) if sums.canary_exposure <= 0.0 => {
                let reason = "nobody with the feature was counted in this stage yet";
                Finding::new(Verdict::Pending, reason, brief)
            }
            (None, None) if sums.control_exposure <= 0.0 => {
                let reason = "there is no control: nobody without the feature was counted";
                Finding::new(Verdict::Unknown, reason, brief)
            }
            (None, None) if sums.events() <= 0.0 => nothing_happened(present, &arms, needed, tolerated, brief),
            (None, None) => compared(&test, present, brief),
        },
    };
    let (low, high) = test.interval(&present.totals).unwrap_or((f64::NAN, f64::NAN));
    found
        .evidence([
            ("canary_events", sums.canary_events),
            ("canary_exposure", sums.canary_exposure),
            ("control_events", sums.control_events),
            ("control_exposure", sums.control_exposure),
            ("segments", present.totals.len() as f64),
            ("ratio", test.ratio(&present.totals).unwrap_or(f64::NAN)),
            ("ratio_low", low),
            ("ratio_high", high),
            ("max_ratio", max_ratio),
            ("ln_e_fail", test.ln_e_fail(&present.totals)),
            ("ln_e_pass", test.ln_e_pass(&present.totals)),
            ("ln_e_needed", test.bound()),
            ("exposure_needed_without_events", needed as f64),
            ("tolerated", tolerated),
        ])
        .since(present.from)
        .seen(present.sight.clone())
}

/// What was seen up to the minute that settled it; what came after does not take it back.
fn fail(test: &SegmentedTest, failure: &Comparison, brief: String) -> Finding {
    let Some((minute, segments)) = &failure.failed else {
        return Finding::new(Verdict::Unknown, "no failure", brief);
    };
    let at = minute_start(minute + 1);
    let so_far = so_far(test, segments);
    let reason = format!("by {}, {so_far}: more often than without it, and no coincidence", moment(at));
    Finding::new(Verdict::Fail, reason, self::brief(test, segments)).failed_at(Some(at)).evidence([
        ("failed_canary_events", segments.iter().map(|segment| segment.canary_events).sum()),
        ("failed_control_events", segments.iter().map(|segment| segment.control_events).sum()),
        ("failed_ln_e_fail", test.ln_e_fail(segments)),
    ])
}

/// Events with the feature that there is nothing to compare with: a Pass must not leave them out.
fn unmatched(present: &Comparison) -> Option<String> {
    let alone = |segment: &&Segment| segment.canary_exposure <= 0.0 || segment.control_exposure <= 0.0;
    let n: f64 = present.totals.iter().filter(alone).map(|segment| segment.canary_events).sum();
    let events = plural_events(n as u64);
    (n > 0.0).then(|| format!("{events} with the feature, while only one of the two sides was counted"))
}

/// No event anywhere is no evidence of a ratio. Then the canary's own exposure decides, at half of alpha.
fn nothing_happened(present: &Comparison, arms: &Arms<'_>, needed: u64, tolerated: f64, brief: String) -> Finding {
    let sums = present.sums();
    let n = sums.canary_exposure as u64;
    let none = format!("none in {} with the feature, none in {} without", count(n), whole(sums.control_exposure));
    if arms.canary.events.since(present.from) > 0 {
        // In the minute that is still filling, or in one in which the exposure changed.
        return Finding::new(Verdict::Pending, format!("{none}, but one came in a minute that is not whole"), brief);
    }
    if n >= needed {
        let bound = percent(zero::upper_bound(n, ALPHA / 2.0));
        return Finding::new(Verdict::Pass, format!("{none}; with the feature its rate is below {bound}"), brief);
    }
    let (limit, more) = (percent(tolerated), needed - n);
    let eta = at_traffic(more as f64, present.per_minute.canary_exposure);
    let when = eta.map_or(String::new(), |eta| format!(", about {}", duration(eta)));
    let reason = format!("{none}; {} more with the feature to rule out {limit}{when}", count(more));
    Finding::new(Verdict::Pending, reason, brief).eta(eta).evidence([("more_exposure", more as f64)])
}

/// Events in either arm, and no Fail: a Pass, or what is missing of it.
fn compared(test: &SegmentedTest, present: &Comparison, brief: String) -> Finding {
    let so_far = so_far(test, &present.totals);
    let limit = format!("{} times as often", test.rho_max);
    if test.passes(&present.totals) {
        return Finding::new(Verdict::Pass, format!("{so_far}; {limit} is ruled out"), brief);
    }
    let cap = YEAR.min(eta::CAP);
    let until = |shown: fn(&SegmentedTest, &[Segment]) -> bool| {
        test.minutes_until(&present.totals, present.expected(), cap, shown)
    };
    let idle = present.per_minute.canary_exposure <= 0.0 || present.per_minute.control_exposure <= 0.0;
    let (pass, fail) = match idle {
        true => (None, None),
        false => (until(SegmentedTest::passes), until(SegmentedTest::fails)),
    };
    let span = |minutes: u64| TimeDelta::minutes(i64::try_from(minutes).unwrap_or(i64::MAX / 60_000));
    let missing = match (pass, fail) {
        _ if idle => "in the last half hour there was nobody to compare, on one side or on both".to_owned(),
        (Some(pass), fail) if fail.is_none_or(|fail| pass <= fail) => {
            format!("at the present rates it passes in about {}", duration(span(pass)))
        }
        (_, Some(fail)) => format!("at the present rates it fails in about {}", duration(span(fail))),
        (_, None) => "it cannot pass at the present rates".to_owned(),
    };
    let eta = [pass, fail].into_iter().flatten().min().map(span);
    Finding::new(Verdict::Pending, format!("{so_far}; {limit} is not ruled out yet; {missing}"), brief).eta(eta)
}

/// `2 in 12,004 with the feature, 9 in 48,100 without: 0.9 times as often (0.3 to 2.4)`.
fn so_far(test: &SegmentedTest, segments: &[Segment]) -> String {
    let sums = segments.iter().fold(Segment::default(), |sum, &segment| sum.plus(segment, 1.0));
    let counted = format!(
        "{} in {} with the feature, {} in {} without",
        whole(sums.canary_events),
        whole(sums.canary_exposure),
        whole(sums.control_events),
        whole(sums.control_exposure)
    );
    let range = match test.interval(segments) {
        Some((low, high)) if high.is_finite() => format!("{} to {}", times(low), times(high)),
        Some((low, _)) => format!("at least {}", times(low)),
        None => "the exposures differ in it".to_owned(),
    };
    match test.ratio(segments) {
        Some(ratio) if ratio.is_finite() => format!("{counted}: {} times as often ({range})", times(ratio)),
        Some(_) => format!("{counted}: {range} times as often"),
        None => counted,
    }
}

fn brief(test: &SegmentedTest, segments: &[Segment]) -> String {
    let sums = segments.iter().fold(Segment::default(), |sum, &segment| sum.plus(segment, 1.0));
    match test.ratio(segments) {
        Some(ratio) if ratio.is_finite() => format!("{} times", times(ratio)),
        _ => format!("{} beside {}", whole(sums.canary_events), whole(sums.control_events)),
    }
}

/// `0.04`, `0.9`, `2.4`, `31`: about two digits that tell something.
fn times(ratio: f64) -> String {
    match ratio {
        r if r <= 0.0 => "0".to_owned(),
        r if r < 0.01 => "under 0.01".to_owned(),
        r if r < 0.095 => format!("{r:.2}"),
        r if r < 9.95 => format!("{r:.1}"),
        r if r < 1e6 => count(r.round() as u64),
        _ => "a million".to_owned(),
    }
}

fn whole(n: f64) -> String {
    count(n as u64)
}

fn plural_events(n: u64) -> String {
    if n == 1 { "1 event".to_owned() } else { format!("{} events", count(n)) }
}

/// The kinds of event that a reason names, at most two of them.
fn named(kinds: &[&[String]]) -> String {
    let name = |labels: &&[String]| match shorten(&labels.join(":")) {
        name if name.chars().all(|c| c == ':') => "without a label".to_owned(),
        name => name,
    };
    let more = if kinds.len() > 2 { ", ..." } else { "" };
    format!("{}{more}", kinds.iter().take(2).map(name).collect::<Vec<_>>().join(", "))
}

//! Every reference vector of `tests/vectors/reference_vectors.json`, each to its own tolerance.

use std::collections::BTreeMap;

use gonogo::stats::{
    Decision,
    bernoulli::SloTest,
    burn::{self, Burn, Window},
    cusum::Cusum,
    dispersion, eta,
    mixture::Mixture,
    ratio::RatioTest,
    repeated, wilson, zero,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

/// Vectors without a `tol` of their own are held to this.
const DEFAULT_TOLERANCE: f64 = 1e-9;

fn vectors() -> BTreeMap<String, Vec<Value>> {
    let all: BTreeMap<String, Value> =
        serde_json::from_str(include_str!("vectors/reference_vectors.json")).expect("the vectors are JSON");
    all.into_iter().filter_map(|(kind, v)| Some((kind, v.as_array()?.clone()))).collect()
}

fn number(vector: &Value, field: &str) -> f64 {
    match &vector[field] {
        Value::String(word) if word == "inf" => f64::INFINITY,
        Value::String(word) if word == "-inf" => f64::NEG_INFINITY,
        value => value.as_f64().unwrap_or_else(|| panic!("no number {field} in {vector}")),
    }
}

fn whole(vector: &Value, field: &str) -> u64 {
    vector[field].as_u64().unwrap_or_else(|| panic!("no whole number {field} in {vector}"))
}

fn near(vector: &Value, field: &str, got: f64) {
    let want = number(vector, field);
    let tolerance = vector["tol"].as_f64().unwrap_or(DEFAULT_TOLERANCE);
    let close = if want.is_infinite() { got == want } else { (got - want).abs() <= tolerance * want.abs().max(1.0) };
    assert!(close, "{field}: got {got}, want {want} to {tolerance}, in {vector}");
}

fn buckets(vector: &Value) -> Vec<(u64, u64)> {
    serde_json::from_value(vector["buckets_attempts_failures"].clone()).expect("pairs")
}

fn decision(vector: &Value) -> Decision {
    match vector["verdict"].as_str() {
        Some("Pass") => Decision::Pass,
        Some("Fail") => Decision::Fail,
        Some("NotEnoughData") => Decision::Undecided,
        other => panic!("verdict {other:?}"),
    }
}

fn bernoulli(v: &Value) {
    let (f, n) = (number(v, "failures"), number(v, "attempts"));
    let (a, b) = (number(v, "prior_failure_shape"), number(v, "prior_success_shape"));
    let (slo, alpha) = (number(v, "slo"), number(v, "alpha"));
    let test = match v["prior_rule"].as_str() {
        Some("default") => SloTest::new(slo, alpha),
        _ => SloTest::with_prior(slo, alpha, Mixture::with_shapes(a, b)),
    };
    near(v, "log_e_fail", test.ln_e_fail(f, n));
    near(v, "log_e_pass", test.ln_e_pass(f, n));
    near(v, "log_e_two_sided", test.ln_e_two_sided(f, n));
    let (low, high) = test.failure_interval(f, n);
    near(v, "cs_failure_lo", low);
    near(v, "cs_failure_hi", high);
    let (low, high) = test.success_interval(f, n);
    near(v, "cs_lo", low);
    near(v, "cs_hi", high);
    assert_eq!(test.decide(f, n), decision(v), "{v}");
    if test.decide(f, n) == Decision::Undecided {
        assert_eq!(eta::to_pass(&test, f, n, 0.0, eta::CAP), v["eta_best_case_attempts"].as_u64(), "{v}");
    }
    let z = match alpha {
        0.05 => wilson::Z95,
        0.01 => 2.575_829_303_548_901,
        0.1 => 1.644_853_626_951_472_7,
        0.001 => 3.290_526_731_491_895,
        other => panic!("no quantile for alpha {other}"),
    };
    let (low, high) = wilson::interval_at(whole(v, "successes"), whole(v, "attempts"), z);
    near(v, "wilson_lo", low);
    near(v, "wilson_hi", high);
}

fn poisson_two_sample(v: &Value) {
    let test = RatioTest::new(
        number(v, "canary_exposure"),
        number(v, "control_exposure"),
        number(v, "rho_max"),
        number(v, "alpha"),
    );
    let (x, y) = (whole(v, "canary_events"), whole(v, "control_events"));
    near(v, "null_share", test.null_share);
    near(v, "share_at_rho_max", test.share_at_max);
    near(v, "log_e_fail", test.ln_e_fail(x, y));
    near(v, "log_e_pass", test.ln_e_pass(x, y));
    let (low, high) = test.interval(x, y);
    near(v, "ratio_cs_lo", low);
    near(v, "ratio_cs_hi", high);
    assert_eq!(test.decide(x, y), decision(v), "{v}");
}

fn zero_tolerance(v: &Value) {
    let (r, alpha) = (number(v, "r_max"), number(v, "alpha"));
    let n = zero::needed(r, alpha);
    assert_eq!(n, whole(v, "required_exposure"), "{v}");
    near(v, "required_poisson_exposure", zero::needed_poisson(r, alpha));
    near(v, "upper_bound_at_required", zero::upper_bound(n, alpha));
}

fn time_to_verdict(v: &Value) {
    let test = SloTest::new(number(v, "slo"), number(v, "alpha"));
    let (f, n, r) = (number(v, "failures"), number(v, "attempts"), number(v, "assumed_failure_rate"));
    let cap = whole(v, "cap");
    let got = match v["kind"].as_str() {
        Some("eta_pass") => eta::to_pass(&test, f, n, r, cap),
        Some("eta_fail") => eta::to_fail(&test, f, n, r, cap),
        other => panic!("kind {other:?}"),
    };
    assert_eq!(got, v["more_attempts"].as_u64(), "{v}");
}

fn burn_rate(v: &Value) {
    let (slo, threshold) = (number(v, "slo"), number(v, "threshold"));
    let long = Window { failures: whole(v, "failures_long"), attempts: whole(v, "attempts_long") };
    let short = Window { failures: whole(v, "failures_short"), attempts: whole(v, "attempts_short") };
    for (field, window) in [("burn_long", long), ("burn_short", short)] {
        match window.burn(slo) {
            Some(burn) => near(v, field, burn),
            None => assert!(v[field].is_null(), "{v}"),
        }
    }
    for (field, least) in [("status_unguarded", 0), ("status_min5", 5)] {
        let word = match burn::state(long, short, slo, threshold, least) {
            Burn::NoData => "NoData",
            Burn::Ok => "Ok",
            Burn::Spike => "Spike",
            Burn::Sustained => "Sustained",
            Burn::Recovering => "Recovering",
        };
        assert_eq!(Some(word), v[field].as_str(), "{field} in {v}");
    }
}

fn cusum(v: &Value) {
    let mut chart = Cusum::with_settings(
        number(v, "slo"),
        number(v, "alpha"),
        number(v, "alternative_multiple"),
        number(v, "horizon_buckets"),
        number(v, "clip_k"),
    );
    near(v, "threshold", chart.threshold());
    let mut first = None;
    let want: Vec<f64> = serde_json::from_value(v["w"].clone()).expect("numbers");
    for (i, ((attempts, failures), want)) in buckets(v).into_iter().zip(want).enumerate() {
        if chart.add(attempts, failures) && first.is_none() {
            first = Some(i as u64);
        }
        assert!(
            (chart.w() - want).abs() <= DEFAULT_TOLERANCE * want.abs().max(1.0),
            "bucket {i} of {v}: {}",
            chart.w()
        );
    }
    assert_eq!(first, v["first_alarm_index"].as_u64(), "{v}");
}

fn repeated_signature(v: &Value) {
    let events: Vec<(i64, String, String)> =
        serde_json::from_value(v["events_t_signature_unit"].clone()).expect("events");
    let (n, units) = (whole(v, "n") as usize, whole(v, "min_units") as usize);
    let window = whole(v, "window_s") as i64;
    let signatures: std::collections::BTreeSet<&str> = events.iter().map(|e| e.1.as_str()).collect();
    for signature in signatures {
        let of_it = events.iter().filter(|e| e.1 == signature).map(|e| (e.0, e.2.as_str()));
        assert_eq!(
            repeated::first(of_it, n, window, units),
            v["first_flagged"][signature].as_i64(),
            "{signature} in {v}"
        );
    }
}

fn repeat_threshold(v: &Value) {
    let n = repeated::threshold(
        number(v, "background_per_day"),
        number(v, "window_s"),
        number(v, "budget_false_clusters_per_day"),
    );
    assert_eq!(n, whole(v, "n"), "{v}");
}

fn over_dispersion(v: &Value) {
    near(v, "phi", dispersion::phi(buckets(v).into_iter()));
}

#[test]
fn every_reference_vector_holds() {
    let mut checked = BTreeMap::new();
    for (kind, vectors) in vectors() {
        let check = match kind.as_str() {
            "bernoulli" => bernoulli,
            "poisson_two_sample" => poisson_two_sample,
            "zero_tolerance" => zero_tolerance,
            "eta" => time_to_verdict,
            "burn_rate" => burn_rate,
            "cusum" => cusum,
            "repeated_signature" => repeated_signature,
            "repeat_threshold" => repeat_threshold,
            "dispersion" => over_dispersion,
            other => panic!("no check for vectors of kind {other}"),
        };
        vectors.iter().for_each(check);
        checked.insert(kind, vectors.len());
    }
    println!("checked {checked:?}");
    assert_eq!(checked.values().sum::<usize>(), 150);
}

/// Looked at every minute for a day, at a rate exactly on the SLO: a fixed-horizon interval is wrong in a quarter of
/// such days or more.
#[test]
fn however_often_it_is_looked_at_it_is_rarely_wrong() {
    const RUNS: usize = 400;
    const PER_MINUTE: f64 = 100.0;
    let q0: f64 = 0.005;
    let test = SloTest::new(1.0 - q0, 0.05);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(2026);
    // The number of attempts from one failure to the next is geometric.
    let mut until_failure = || ((1.0 - random.random::<f64>()).ln() / (-q0).ln_1p()).ceil().max(1.0);
    let (mut failed, mut passed) = (0, 0);
    for _ in 0..RUNS {
        let (mut n, mut f, mut next) = (0.0, 0.0, until_failure());
        let (mut ever_failed, mut ever_passed) = (false, false);
        for _ in 0..1440 {
            n += PER_MINUTE;
            while next <= n {
                f += 1.0;
                next += until_failure();
            }
            match test.decide(f, n) {
                Decision::Fail => ever_failed = true,
                Decision::Pass => ever_passed = true,
                Decision::Undecided => {}
            }
        }
        failed += usize::from(ever_failed);
        passed += usize::from(ever_passed);
    }
    println!("of {RUNS} days on the SLO {failed} ever said Fail, {passed} ever said Pass");
    assert!(failed <= RUNS / 20 && passed <= RUNS / 20, "{failed} ever said Fail, {passed} ever said Pass");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_failures_never_turn_fail_into_pass(
        slo in 0.5_f64..0.9999, n in 1_u64..1_000_000, share in 0.0_f64..1.0, more in 0_u64..1000,
    ) {
        let test = SloTest::new(slo, 0.05);
        let f = (share * n as f64) as u64;
        let worse = (f + more).min(n);
        if test.decide(f as f64, n as f64) == Decision::Fail {
            prop_assert_eq!(test.decide(worse as f64, n as f64), Decision::Fail);
        }
        if test.decide(worse as f64, n as f64) == Decision::Pass {
            prop_assert_eq!(test.decide(f as f64, n as f64), Decision::Pass);
        }
    }

    #[test]
    fn verdict_and_interval_agree(slo in 0.001_f64..0.9999, n in 1.0_f64..1e9, share in 0.0_f64..=1.0) {
        let test = SloTest::new(slo, 0.05);
        let f = share * n;
        let (low, high) = test.success_interval(f, n);
        prop_assert!(low <= high && (0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high));
        match test.decide(f, n) {
            Decision::Fail => prop_assert!(high <= slo + 1e-9),
            Decision::Pass => prop_assert!(low >= slo - 1e-9),
            Decision::Undecided => prop_assert!(low <= slo + 1e-9 && high >= slo - 1e-9),
        }
    }

    #[test]
    fn anything_gives_a_number(slo: f64, f: f64, n: f64, alpha in 0.0001_f64..0.5) {
        let test = SloTest::new(slo, alpha);
        let (low, high) = test.success_interval(f, n);
        for x in [test.ln_e_fail(f, n), test.ln_e_pass(f, n), low, high] {
            prop_assert!(!x.is_nan());
        }
    }

    #[test]
    fn dispersion_never_falls_below_one(buckets in proptest::collection::vec((0_u64..1000, 0_u64..1000), 0..50)) {
        let phi = dispersion::phi(buckets.into_iter());
        prop_assert!(phi.is_finite() && phi >= 1.0);
    }
}

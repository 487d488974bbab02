//! `status --json` counts what happened, to the last one.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use chrono::DateTime;
use serde_json::{Value, json};

use super::{
    fleet::{BLOBS, FAILURES, Fleet, GUARDRAILS, MISMATCHES, PATHS, STORAGE, Series, UPLOADS},
    past,
    prometheus::{self, Options},
    scene::Scene,
    support, victoria,
};

/// When each stage was entered, in minutes before the end of the history.
const ENTERED: [(&str, i64); 3] = [("dark-launch", 280), ("internal-canary", 190), ("limited-external", 75)];

/// A tally by its signal and labels.
type Tallies = BTreeMap<(String, String), u64>;
/// Successes and attempts by scope and rate.
type Rates = BTreeMap<(String, String), (u64, u64)>;

/// How a signal is read: its metric, its own condition, and its labels by the metric's.
type Reading = (&'static str, &'static str, fn(&Series) -> bool, &'static [(&'static str, &'static str)]);

const SIGNALS: [Reading; 7] = [
    ("secure_upload", UPLOADS, |_| true, &[("success", "success"), ("fail_stage", "fail_stage")]),
    ("upload_path", PATHS, |_| true, &[("path", "path"), ("flag", "secure_flag")]),
    (
        "blob_operation",
        BLOBS,
        |_| true,
        &[("operation", "operation_kind"), ("success", "success"), ("status", "status_code")],
    ),
    ("attach_failure", BLOBS, |s| s.label("operation_kind") == "attach" && !succeeded(s), &[("status", "status_code")]),
    ("client_failure", FAILURES, |_| true, &[("message", "message")]),
    ("storage_error", STORAGE, |_| true, &[("code", "code")]),
    ("protocol_mismatch", MISMATCHES, |_| true, &[("route", "route")]),
];

fn succeeded(series: &Series) -> bool {
    ["true", "1"].contains(&series.label("success"))
}

fn production(fleet: &Fleet) -> impl Iterator<Item = &Series> {
    fleet.series.iter().filter(|series| series.label("environment") == "production")
}

fn entered(fleet: &Fleet, minutes: i64) -> i64 {
    fleet.end.div_euclid(60) * 60 - minutes * 60
}

fn signals(fleet: &Fleet) -> Tallies {
    let since = entered(fleet, ENTERED[2].1);
    let mut tallies = Tallies::new();
    for (key, metric, condition, labels) in SIGNALS {
        for series in production(fleet).filter(|series| series.metric == metric && condition(series)) {
            let value = |label: &str| match label {
                "success" => succeeded(series).to_string(),
                label => series.label(label).to_owned(),
            };
            let by: BTreeMap<&str, String> = labels.iter().map(|&(name, label)| (name, value(label))).collect();
            *tallies.entry((key.to_owned(), json!(by).to_string())).or_default() += series.added(since, i64::MAX);
        }
    }
    tallies.retain(|_, n| *n > 0);
    tallies
}

fn rates(fleet: &Fleet) -> Rates {
    let mut rates = Rates::new();
    let mut put = |scope: &str,
                   key: &str,
                   (from, to): (i64, i64),
                   metric,
                   of: &dyn Fn(&Series) -> bool,
                   bad: &dyn Fn(&Series) -> bool| {
        let all: Vec<&Series> = production(fleet).filter(|s| s.metric == metric && of(s)).collect();
        let attempts: u64 = all.iter().map(|series| series.added(from, to)).sum();
        let failures: u64 = all.iter().filter(|series| bad(series)).map(|series| series.added(from, to)).sum();
        rates.insert((scope.to_owned(), key.to_owned()), (attempts - failures, attempts));
    };
    for (n, (stage, minutes)) in ENTERED.into_iter().enumerate() {
        let until = ENTERED.get(n + 1).map_or(i64::MAX, |(_, minutes)| entered(fleet, *minutes));
        let window = (entered(fleet, minutes), until);
        put(&format!("stage:{stage}"), "secure_upload", window, UPLOADS, &|_| true, &|s| !succeeded(s));
    }
    let window = (entered(fleet, ENTERED[2].1), i64::MAX);
    let stage = |s: &Series, stages: &[&str]| stages.contains(&s.label("fail_stage"));
    let kind = |s: &Series, kinds: &[&str]| kinds.contains(&s.label("operation_kind"));
    put("step", "register", window, UPLOADS, &|_| true, &|s| stage(s, &["register", "orchestrator_unavailable"]));
    put("step", "stage", window, BLOBS, &|s| kind(s, &["stage", "chunk", "commit"]), &|s| !succeeded(s));
    put("step", "attach", window, BLOBS, &|s| kind(s, &["attach"]), &|s| !succeeded(s));
    put("step", "flush", window, UPLOADS, &|s| stage(s, &["", "flush"]), &|s| stage(s, &["flush"]));
    rates
}

fn told_signals(status: &Value) -> Tallies {
    let each = status["signals"].as_array().expect("signals").iter();
    let each = each.map(|s| ((s["key"].as_str().expect("a key").to_owned(), s["by"].to_string()), s["count"].as_u64()));
    each.map(|(key, count)| (key, count.expect("a count"))).filter(|(_, count)| *count > 0).collect()
}

fn told_rates(status: &Value) -> Rates {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let number = |value: &Value| value.as_u64().expect("a number");
    let each = status["rates"].as_array().expect("rates").iter();
    each.map(|r| ((text(&r["scope"]), text(&r["key"])), (number(&r["successes"]), number(&r["attempts"])))).collect()
}

/// `[15 minutes, an hour, a day, this stage]` by signature, those that were seen.
fn told_guardrails(status: &Value) -> BTreeMap<String, ([u64; 4], bool, bool)> {
    let each = status["guardrails"].as_array().expect("guardrails").iter().filter(|g| !g["last_seen"].is_null());
    each.map(|g| {
        let count = |key: &str| g["counts"][key].as_u64().expect("a count");
        let flags = (g["listed"].as_bool().expect("a word"), g["hard_stop"].as_bool().expect("a word"));
        let counts = ["m15", "h1", "h24", "stage"].map(count);
        (g["signature"].as_str().expect("a signature").to_owned(), (counts, flags.0, flags.1))
    })
    .collect()
}

async fn scene(fleet: &Fleet, base: &str) -> Scene {
    let mut scene = Scene::new("vfsSecureUpload", base, "");
    let fractional = json!({"fractional": [["on", 5], ["off", 95]]});
    let targeting = json!({"if": [{"in": [{"var": "group"}, ["internal"]]}, "on", fractional]});
    let flag = json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
        "targeting": targeting});
    let flags = scene.home.write("flags.json", json!({"flags": {"vfsSecureUpload": flag}}).to_string());
    let visits = ENTERED
        .map(|(stage, minutes)| (stage, DateTime::from_timestamp(entered(fleet, minutes), 0).expect("an instant")));
    past::entered(&scene.data(), &visits).await;
    scene.flags = format!("flagd:{flags}");
    scene
}

/// A server that has the history and scrapes what comes after it must tell exactly what happened.
async fn counts_exactly(fleet: &Fleet, base: &str) {
    let scene = scene(fleet, base).await;
    let (code, status) = scene.status().await;
    assert_eq!((code, &status["call"]), (3, &json!("no-go")), "{status:#}");
    assert_eq!(told_signals(&status), signals(fleet));
    assert_eq!(told_rates(&status), rates(fleet));
    let guardrails = told_guardrails(&status);
    let expected = [
        ("hydrate:brandNew", ([1, 1, 1, 1], false, true)),
        ("pull:pullDuplicateOpReplay", ([3, 7, 7, 7], true, true)),
        ("reconcile:reconcileCursorRegression", ([0, 0, 8, 0], true, true)),
    ];
    assert_eq!(guardrails, expected.map(|(signature, row)| (signature.to_owned(), row)).into());
    let stops: Vec<_> = status["hard_stops"].as_array().expect("stops").iter().map(|s| s["count"].as_u64()).collect();
    assert_eq!(stops.iter().flatten().sum::<u64>(), 16);

    // What is added from now on is scraped: in the tallies at once, in the rates when its minute is over.
    fleet.add(&[
        (UPLOADS, &[("success", "true"), ("pod", "a")], 170),
        (UPLOADS, &[("success", "false"), ("fail_stage", "flush"), ("pod", "new")], 1),
        (GUARDRAILS, &[("stage", "flush"), ("code", "first")], 1),
    ]);
    let key = |success: &str, stage: &str| {
        ("secure_upload".to_owned(), json!({"fail_stage": stage, "success": success}).to_string())
    };
    let (mut tallies, before) = (signals(fleet), rates(fleet));
    *tallies.entry(key("true", "")).or_default() += 170;
    *tallies.entry(key("false", "flush")).or_default() += 1;
    let mut after = before.clone();
    for (scope, rate) in [("stage:limited-external", "secure_upload"), ("step", "register"), ("step", "flush")] {
        let counts = after.get_mut(&(scope.to_owned(), rate.to_owned())).expect("a rate");
        let failed = u64::from(rate != "register");
        *counts = (counts.0 + 171 - failed, counts.1 + 171);
    }
    let began = Instant::now();
    loop {
        let (_, status) = scene.status().await;
        let (told, told_rates) = (told_signals(&status), told_rates(&status));
        // A server may show a counter that is new a moment after those it knew; none ever shows another number.
        let earlier = signals(fleet);
        let known = |key, n: &u64| tallies.get(key) == Some(n) || earlier.get(key) == Some(n);
        assert!(told.iter().all(|(key, n)| known(key, n)), "{told:#?}");
        let between = |key, (ok, all): &(u64, u64)| {
            before[key].0 <= *ok && *ok <= after[key].0 && before[key].1 <= *all && *all <= after[key].1
        };
        assert!(told_rates.iter().all(|(key, counts)| between(key, counts)), "{told_rates:#?}");
        if told == tallies && told_rates == after {
            assert_eq!(told_guardrails(&status)["flush:first"], ([1, 1, 1, 1], false, true));
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "not told in time: {told:#?} {told_rates:#?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test]
async fn with_prometheus_backfilled_and_scraped() {
    let fleet = Fleet::new(true).await;
    let options = Options { history: &fleet.history(), target: Some(fleet.target()), ..Options::default() };
    let Some(server) = prometheus::start(&options) else { return support::missing("Prometheus") };
    counts_exactly(&fleet, &server.base).await;
}

#[tokio::test]
async fn with_victoria_metrics_imported_and_scraped() {
    let fleet = Fleet::new(true).await;
    let Some(server) = victoria::scraping(fleet.target()) else { return support::missing("VictoriaMetrics") };
    server.import(&fleet.history()).await;
    counts_exactly(&fleet, &server.base).await;
}

/// What of a status is a verdict or a fact, and neither an age nor a sentence.
fn facts(status: &Value) -> Value {
    let each = |list: &str, keys: &[&str]| -> Value {
        let entries = status[list].as_array().expect("a list").iter();
        let fact = |entry: &Value| keys.iter().map(|&key| (key.to_owned(), entry[key].clone())).collect();
        entries.map(|entry| Value::Object(fact(entry))).collect()
    };
    let mut gates = each("gates", &["key", "stage", "verdict", "evidence"]);
    for gate in gates.as_array_mut().expect("a list").iter_mut().filter(|gate| gate["key"] == "observed") {
        // What it counts is time.
        gate["evidence"] = Value::Null;
    }
    json!({
        "call": status["call"],
        "gates": gates,
        "rates": status["rates"],
        "signals": status["signals"],
        "guardrails": status["guardrails"],
        "hard_stops": each("hard_stops", &["signature", "count", "since"]),
        "triggers": each("triggers", &["key", "state"]),
        "advance": status["actions"]["advance"]["allowed"],
    })
}

#[tokio::test]
async fn both_servers_make_the_same_verdicts_of_the_same_history() {
    let fleet = Fleet::new(true).await;
    let history = fleet.history();
    let Some(prometheus) = prometheus::start(&Options { history: &history, ..Options::default() }) else {
        return support::missing("Prometheus");
    };
    let Some(victoria) = victoria::start(&history).await else { return support::missing("VictoriaMetrics") };
    let scenes = (scene(&fleet, &prometheus.base).await, scene(&fleet, &victoria.base).await);
    let minute = |status: &Value| status["observed_at"].as_str().expect("an instant")[..16].to_owned();
    loop {
        let (of_prometheus, of_victoria) = (scenes.0.status().await.1, scenes.1.status().await.1);
        if minute(&of_prometheus) != minute(&of_victoria) {
            continue;
        }
        assert_eq!(facts(&of_prometheus), facts(&of_victoria));
        assert_eq!(told_signals(&of_prometheus), signals(&fleet));
        assert_eq!(told_rates(&of_prometheus), rates(&fleet));
        let verdicts = of_prometheus["gates"].as_array().expect("gates").iter();
        let fails: Vec<&str> =
            verdicts.filter(|gate| gate["verdict"] == "fail").filter_map(|gate| gate["key"].as_str()).collect();
        for key in ["sync-divergence", "no-silent-fallback", "declared-messages"] {
            assert!(fails.contains(&key), "{key} is not among {fails:?}");
        }
        return;
    }
}

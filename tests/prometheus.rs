//! Prometheus as a source: exact counts from real servers, and honesty about everything that goes wrong.

#[path = "support/faulty.rs"]
mod faulty;
#[path = "support/prometheus.rs"]
mod prometheus;
#[path = "support/mod.rs"]
mod support;
#[path = "support/victoria.rs"]
mod victoria;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use faulty::{Faulty, Reply};
use gonogo::{
    fault::FaultKind,
    http::{Auth, Endpoint, Http},
    runbook::{
        Exposure, Flag, MatchOp, Matcher, Outcome, PrometheusRead, Rate, RateScope, Runbook, Selection, Signal, Stage,
    },
    snapshot::{Counts, Health, Poll, Reading, SourceState, minute_of},
    telemetry::{Telemetry, prometheus::Prometheus},
};
use prometheus::{Known, Options};

// ---- a small runbook ----------------------------------------------------------------------------------------------

const UPLOADS: &str = "vfs_secure_upload_total";
const GUARDRAILS: &str = "vfs_sync_guardrail_violation_total";

fn is(field: &str, value: &str) -> Matcher {
    Matcher { field: field.to_owned(), op: MatchOp::In(vec![value.to_owned()]) }
}

fn signal(key: &str, metric: &str, by: &[&str], labels: &[&str]) -> Signal {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Signal {
        key: key.to_owned(),
        title: key.to_owned(),
        by: owned(by),
        heartbeat: None,
        prometheus: Some(PrometheusRead {
            metric: metric.to_owned(),
            matchers: vec![is("environment", "{environment}")],
            labels: owned(labels),
        }),
        events: None,
    }
}

fn runbook() -> Runbook {
    let uploads = |matchers| Selection { signal: "upload".to_owned(), matchers };
    Runbook {
        key: "test".to_owned(),
        title: "Test".to_owned(),
        scope: Vec::new(),
        flag: Flag { key: "flag".to_owned(), legacy: None },
        preconditions: Vec::new(),
        cohorts: Vec::new(),
        stages: vec![Stage {
            key: "off".to_owned(),
            title: "Off".to_owned(),
            exposure: Exposure::off(),
            observe: Duration::from_secs(60),
            actions: Vec::new(),
            gates: Vec::new(),
        }],
        signals: vec![
            signal("upload", UPLOADS, &["ok", "step"], &["success", "fail_stage"]),
            signal("by_step", UPLOADS, &["step"], &["fail_stage"]),
            signal("guardrail", GUARDRAILS, &["stage", "code"], &["stage", "code"]),
            Signal { prometheus: None, ..signal("elsewhere", "x", &[], &[]) },
        ],
        rates: vec![Rate {
            key: "upload".to_owned(),
            title: "Uploads".to_owned(),
            scope: RateScope::Rollout,
            attempts: uploads(Vec::new()),
            outcome: Outcome::Successes(uploads(vec![is("ok", "true")])),
            slo: 0.99,
        }],
        guardrails: None,
        failure_messages: Vec::new(),
        codes: Vec::new(),
        triggers: Vec::new(),
        rollback: Vec::new(),
        rules: Vec::new(),
        checklist: Vec::new(),
        qa: None,
        evidence: Vec::new(),
        sign_off: Vec::new(),
        digest: String::new(),
    }
}

fn endpoint(base: &str) -> Endpoint {
    Endpoint {
        name: "prometheus".to_owned(),
        base: base.to_owned(),
        auth: Auth::None,
        headers: Vec::new(),
        ca_file: None,
        timeout: Duration::from_secs(10),
        body_limit: 64 << 20,
    }
}

fn source_at(endpoint: Endpoint) -> Prometheus {
    Prometheus::new(Http::new(endpoint).expect("a client"), &runbook(), "production").expect("a source")
}

fn source(base: &str) -> Prometheus {
    source_at(endpoint(base))
}

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("an instant")
}

fn reading<'a>(poll: &'a Poll, signal: &str) -> &'a Reading {
    &poll.observation.readings[signal]
}

fn totals(reading: &Reading) -> BTreeMap<String, u64> {
    reading.tallies.iter().map(|(key, counts)| (key.join("/"), counts.total())).collect()
}

fn map(entries: &[(&str, u64)]) -> BTreeMap<String, u64> {
    entries.iter().map(|(key, n)| ((*key).to_owned(), *n)).collect()
}

// ---- a history that is known ----------------------------------------------------------------------------------------

/// The samples of a process that counts: scraped every `step` seconds in `from..=to`, `each` more at every scrape,
/// from `first` on, and from nothing again after each of `restarts`.
fn counting(from: i64, to: i64, step: i64, first: u64, each: u64, restarts: &[i64]) -> Vec<(i64, f64)> {
    let mut value = first;
    let mut samples = Vec::new();
    let mut at = from;
    while at <= to {
        if at > from {
            value += each;
            if restarts.iter().any(|restart| (at - step..at).contains(restart)) {
                value = each;
            }
        }
        samples.push((at * 1000 + 123, value as f64));
        at += step;
    }
    samples
}

/// What happened in the four hours before `end`, with more before it.
fn history(end: i64) -> Vec<Known> {
    let hour = 3600;
    let start = end - 4 * hour;
    let upload = |environment: &str, success: &str, step: &str, instance: &str, samples| Known {
        metric: UPLOADS,
        labels: format!(
            "environment=\"{environment}\",success=\"{success}\",fail_stage=\"{step}\",instance=\"{instance}\""
        ),
        samples,
    };
    let mut silent = counting(start - 4 * hour, start + 600, 15, 0, 1, &[]);
    let resumed = counting(start + 3000, end, 15, 5000, 1, &[]);
    silent.extend(&resumed);
    vec![
        // Scraped all along: `up` says that the server has data from before.
        Known {
            metric: "up",
            labels: "job=\"api\"".to_owned(),
            samples: counting(start - 4 * hour, end, 60, 1, 0, &[]),
        },
        // There before the window at a high count, restarted twice within: 960 scrapes of +2.
        upload(
            "production",
            "true",
            "",
            "a",
            counting(start - 4 * hour, end, 15, 70_000, 2, &[start + 3605, end - 3605]),
        ),
        // A pod that came and went, its first sample 1: 1 + 120 * 3.
        upload("production", "true", "", "b", counting(start + 3600, start + 3600 + 1800, 15, 1, 3, &[])),
        // The same pod's name again later, from nothing: 2 + 40 * 1.
        upload("production", "true", "", "b2", counting(start + 9000, start + 9600, 15, 2, 1, &[])),
        // An exporter that writes booleans as digits; born within: 7 + 40.
        upload("production", "1", "", "c", counting(start + 7200, start + 7800, 15, 7, 1, &[])),
        // Failures: one newborn at 1 that never moves, one that was there before and never moves in the window.
        upload("production", "false", "stage_attach", "a", counting(start + 5000, end, 15, 1, 0, &[])),
        upload("production", "false", "flush", "a", counting(start - 4 * hour, end, 15, 12, 0, &[])),
        // Not scraped for 40 minutes, counting on meanwhile.
        upload("production", "true", "register", "d", silent),
        // Another environment, busier.
        upload("staging", "false", "flush", "s", counting(start - hour, end, 15, 0, 1000, &[])),
        Known {
            metric: GUARDRAILS,
            labels: "environment=\"production\",stage=\"pull\",code=\"pullDuplicateOpReplay\"".to_owned(),
            samples: counting(end - 600, end - 300, 15, 1, 0, &[]),
        },
    ]
}

/// What must be counted of it.
fn expected(end: i64) -> BTreeMap<String, u64> {
    let start = end - 4 * 3600;
    // The first sample of `d` in the window counts one step; the value of 5000 after the silence, the difference.
    let before_silence = 600 / 15 + 1;
    let d = before_silence + (5000 - (4 * 3600 + 600) / 15) + (end - start - 3000) / 15;
    map(&[
        ("true/", 961 * 2 + (1 + 120 * 3) + (2 + 40) + (7 + 40)),
        ("true/register", d as u64),
        ("false/stage_attach", 1),
    ])
}

/// The last whole minute but one, so that nothing of the history is in the future.
fn recently() -> i64 {
    Utc::now().timestamp() / 60 * 60 - 60
}

async fn check_history(base: &str, end: i64) -> Poll {
    let since = instant(end - 4 * 3600);
    let mut source = source(base);
    let poll = source.poll(since, Utc::now()).await;
    assert_eq!(poll.status.state, SourceState::Ok, "{:?}", poll.status);
    let uploads = reading(&poll, "upload");
    assert_eq!(totals(uploads), expected(end));
    assert_eq!(uploads.health, Health::Good);
    assert_eq!(uploads.covered_from, since);
    assert_eq!(uploads.newest.expect("samples").timestamp(), end);
    assert_eq!(uploads.step, TimeDelta::seconds(15));
    assert!(uploads.gaps.is_empty(), "{:?}", uploads.gaps);
    assert_eq!(uploads.query, r#"vfs_secure_upload_total{environment="production"}"#);
    assert_eq!(
        uploads.tallies[&vec!["false".to_owned(), "stage_attach".to_owned()]].first().expect("one").timestamp(),
        end - 4 * 3600 + 5000
    );
    let guardrails = reading(&poll, "guardrail");
    assert_eq!(totals(guardrails), map(&[("pull/pullDuplicateOpReplay", 1)]));
    let steps = totals(reading(&poll, "by_step"));
    assert_eq!(steps["stage_attach"], 1);
    assert_eq!(steps[""], expected(end)["true/"]);
    assert_eq!(reading(&poll, "elsewhere").health, Health::Unreadable);

    // Asked again, nothing counts twice; with a window that begins earlier or later, its counts are as exact.
    let again = source.poll(since, Utc::now()).await;
    assert_eq!(reading(&again, "upload").tallies, uploads.tallies);
    let later = source.poll(instant(end - 3600), Utc::now()).await;
    // A restart at end - 3605 shows in the sample at end - 3600.
    assert_eq!(totals(reading(&later, "upload")), map(&[("true/", 241 * 2), ("true/register", 241)]));
    let earlier = source.poll(instant(end - 7200 * 3), Utc::now()).await;
    assert_eq!(totals(reading(&earlier, "upload"))["true/"], expected(end)["true/"] + 480 * 2);
    poll
}

fn same(a: &Poll, b: &Poll) {
    for signal in ["upload", "by_step", "guardrail"] {
        assert_eq!(reading(a, signal).tallies, reading(b, signal).tallies, "{signal}");
        assert_eq!(reading(a, signal).gaps, reading(b, signal).gaps, "{signal}");
        assert_eq!(reading(a, signal).newest, reading(b, signal).newest, "{signal}");
    }
}

#[tokio::test]
async fn a_known_history_is_counted_exactly_and_the_same_by_both_servers() {
    let end = recently();
    let history = history(end);
    let from_prometheus = match prometheus::start(&Options { history: &history, ..Options::default() }) {
        Some(server) => Some(check_history(&server.base, end).await),
        None => {
            support::missing("Prometheus");
            None
        }
    };
    let from_victoria = match victoria::start(&history).await {
        Some(server) => Some(check_history(&server.base, end).await),
        None => {
            support::missing("VictoriaMetrics");
            None
        }
    };
    if let (Some(a), Some(b)) = (&from_prometheus, &from_victoria) {
        same(a, b);
    }
}

#[tokio::test]
async fn samples_that_arrive_between_polls_are_counted_as_if_read_at_once() {
    let end = recently();
    let history = history(end);
    let Some(server) = victoria::start(&[]).await else { return support::missing("VictoriaMetrics") };
    let mut source = source(&server.base);
    let since = instant(end - 4 * 3600);
    let mut from = i64::MIN;
    for to in [end - 4 * 3600, end - 9000, end - 5400, end - 5390, end - 550, end] {
        let slice: Vec<Known> = history
            .iter()
            .map(|known| Known {
                metric: known.metric,
                labels: known.labels.clone(),
                samples: known.samples.iter().copied().filter(|(at, _)| *at > from && *at <= to * 1000 + 500).collect(),
            })
            .filter(|known| !known.samples.is_empty())
            .collect();
        server.import(&slice).await;
        source.poll(since, Utc::now()).await;
        from = to * 1000 + 500;
    }
    let poll = source.poll(since, Utc::now()).await;
    let at_once = self::source(&server.base).poll(since, Utc::now()).await;
    same(&poll, &at_once);
    assert_eq!(totals(reading(&poll, "upload")), expected(end));
}

#[tokio::test]
async fn live_counters_are_what_the_target_served() {
    let (ok, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (served_ok, served_failed) = (Arc::clone(&ok), Arc::clone(&failed));
    let target = Faulty::scripted(move |_| {
        let label = |success: &str, step: &str| {
            format!("{UPLOADS}{{environment=\"production\",success=\"{success}\",fail_stage=\"{step}\"}}")
        };
        let mut text = format!("{} {}\n", label("true", ""), served_ok.load(Ordering::SeqCst));
        let failures = served_failed.load(Ordering::SeqCst);
        if failures > 0 {
            text.push_str(&format!("{} {failures}\n", label("false", "flush")));
        }
        Reply::status(200, "text/plain", text)
    })
    .await;
    let options = Options { target: Some(target.address), ..Options::default() };
    let Some(server) = prometheus::start(&options) else { return support::missing("Prometheus") };
    let mut source = source(&server.base);
    let since = Utc::now() - TimeDelta::hours(1);
    let began = Utc::now();
    // It looks for its targets every five seconds.
    while target.requests().is_empty() {
        assert!(Utc::now() - began < TimeDelta::seconds(30), "never scraped");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for round in 0..8 {
        ok.fetch_add(17, Ordering::SeqCst);
        if round == 4 {
            failed.store(1, Ordering::SeqCst);
        }
        tokio::time::sleep(Duration::from_millis(450)).await;
        source.poll(since, Utc::now()).await;
    }
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let poll = source.poll(since, Utc::now()).await;
    let uploads = reading(&poll, "upload");
    assert_eq!(totals(uploads), map(&[("true/", 8 * 17), ("false/flush", 1)]));
    assert_eq!(uploads.health, Health::Good);
    assert_eq!(reading(&poll, "guardrail").health, Health::Absent);
    assert_eq!(uploads.step, TimeDelta::seconds(1));
    // The server did not run an hour ago, and nobody claims to know what happened then.
    assert!(uploads.covered_from >= began - TimeDelta::seconds(2), "{:?}", uploads.covered_from);
    let at_once = self::source(&server.base).poll(since, Utc::now()).await;
    assert_eq!(totals(reading(&at_once, "upload")), totals(uploads));
}

#[tokio::test]
async fn basic_authentication() {
    // bcrypt of "correct horse", at the lowest cost.
    let web = "basic_auth_users:\n  me: $2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n";
    let options =
        Options { web_config: Some(web), authorization: Some("Basic bWU6Y29ycmVjdCBob3JzZQ=="), ..Options::default() };
    let Some(server) = prometheus::start(&options) else { return support::missing("Prometheus") };
    let with = |auth| Endpoint { auth, ..endpoint(&server.base) };
    let since = Utc::now() - TimeDelta::minutes(5);

    let basic = |password: &str| Auth::Basic { user: "me".to_owned(), password: password.into() };
    let poll = source_at(with(basic("correct horse"))).poll(since, Utc::now()).await;
    assert_eq!(poll.status.state, SourceState::Ok, "{:?}", poll.status);

    for (auth, says) in [(basic("wrong horse"), "does not accept the token"), (Auth::None, "none was given")] {
        let poll = source_at(with(auth)).poll(since, Utc::now()).await;
        let fault = poll.status.error.expect("a fault");
        assert_eq!((poll.status.state, fault.kind), (SourceState::Failed, FaultKind::Unauthorized));
        assert!(fault.what.contains(says) && !fault.what.contains("horse"), "{fault}");
        assert!(matches!(poll.observation.readings["upload"].health, Health::Failed(_)));
    }
}

// ---- a stand-in that answers queries from a history, by its own clock -----------------------------------------------

type Answer = dyn Fn(&Ask) -> Option<Reply> + Send + Sync;

/// A query as it was asked.
struct Ask {
    query: String,
    /// Absent for `time()`.
    time: Option<i64>,
}

struct StandIn {
    server: Faulty,
    clock: Arc<AtomicI64>,
    history: Arc<Mutex<Vec<Known>>>,
    special: Arc<Mutex<Box<Answer>>>,
}

impl StandIn {
    async fn new(history: Vec<Known>, clock: i64) -> Self {
        let (clock, history) = (Arc::new(AtomicI64::new(clock)), Arc::new(Mutex::new(history)));
        let special: Arc<Mutex<Box<Answer>>> = Arc::new(Mutex::new(Box::new(|_| None)));
        let (own_clock, own_history, own_special) = (Arc::clone(&clock), Arc::clone(&history), Arc::clone(&special));
        let server = Faulty::scripted(move |request| {
            let form = request.split_once("\r\n\r\n").map_or("", |parts| parts.1);
            let url = reqwest::Url::parse(&format!("http://x/?{form}")).expect("a form");
            let field =
                |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
            let time = field("time").map(|time| time.parse().expect("whole seconds"));
            let ask = Ask { query: field("query").expect("a query"), time };
            let special = own_special.lock().expect("no poison")(&ask);
            special.unwrap_or_else(|| {
                answer(&ask, &own_history.lock().expect("no poison"), own_clock.load(Ordering::SeqCst))
            })
        })
        .await;
        Self { server, clock, history, special }
    }

    fn when(&self, special: impl Fn(&Ask) -> Option<Reply> + Send + Sync + 'static) {
        *self.special.lock().expect("no poison") = Box::new(special);
    }

    fn normally(&self) {
        self.when(|_| None);
    }

    fn source(&self) -> Prometheus {
        source(&self.server.base())
    }

    fn now(&self) -> DateTime<Utc> {
        instant(self.clock.load(Ordering::SeqCst))
    }
}

fn success(result_type: &str, result: &serde_json::Value) -> String {
    serde_json::json!({"status": "success", "data": {"resultType": result_type, "result": result}}).to_string()
}

/// As Prometheus answers the queries that are asked, for selectors on environment "production".
fn answer(ask: &Ask, history: &[Known], clock: i64) -> Reply {
    if ask.query == "time()" {
        return Reply::json(success("scalar", &serde_json::json!([clock, clock.to_string()])));
    }
    let time = ask.time.expect("a time");
    if ask.query == "count(up)" {
        return Reply::json(success("vector", &serde_json::json!([{"metric": {}, "value": [time, "1"]}])));
    }
    let (last, inner) = match ask.query.strip_prefix("last_over_time(") {
        Some(inner) => (true, inner.trim_end_matches(')')),
        None => (false, ask.query.as_str()),
    };
    let (selector, range) = inner.trim_end_matches("s]").rsplit_once('[').expect("a range");
    let range: i64 = range.parse().expect("seconds");
    let metric = selector.split('{').next().expect("a name");
    let mut result = Vec::new();
    for known in
        history.iter().filter(|known| known.metric == metric && known.labels.contains("environment=\"production\""))
    {
        // Left-open, as Prometheus has it since its third version.
        let samples: Vec<_> = known
            .samples
            .iter()
            .filter(|(at, _)| *at > (time - range) * 1000 && *at <= time * 1000 && *at <= clock * 1000)
            .map(|(at, value)| serde_json::json!([*at as f64 / 1000.0, value.to_string()]))
            .collect();
        let labels: serde_json::Map<String, serde_json::Value> = known
            .labels
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('"').into()))
            .collect();
        match samples.last() {
            None => {}
            Some(sample) if last => result.push(serde_json::json!({"metric": labels, "value": sample})),
            Some(_) => result.push(serde_json::json!({"metric": labels, "values": samples})),
        }
    }
    Reply::json(success(if last { "vector" } else { "matrix" }, &result.into()))
}

const END: i64 = 1_790_000_040;

#[tokio::test]
async fn polling_in_steps_gives_what_one_read_gives() {
    let stand_in = StandIn::new(history(END), END - 4 * 3600 + 10).await;
    let since = instant(END - 4 * 3600);
    let mut source = stand_in.source();
    let steps = [0, 5, 5, 7, 600, 1800, 30, 30, 30, 3600, 5, 5, 5, 5, 1200, 300, 20, 20, 900, 5000, 5, 5, 800];
    let mut now = END - 4 * 3600 + 10;
    for step in steps {
        now = (now + step).min(END + 1);
        stand_in.clock.store(now, Ordering::SeqCst);
        source.poll(since, instant(now)).await;
    }
    stand_in.clock.store(END + 1, Ordering::SeqCst);
    let poll = source.poll(since, instant(END + 1)).await;
    assert_eq!(totals(reading(&poll, "upload")), expected(END));
    let at_once = stand_in.source().poll(since, instant(END + 1)).await;
    same(&poll, &at_once);
}

#[tokio::test]
async fn a_poll_asks_little_and_only_for_what_is_new() {
    let stand_in = StandIn::new(history(END), END + 1).await;
    let mut source = stand_in.source();
    source.poll(instant(END - 4 * 3600), stand_in.now()).await;
    let before = stand_in.server.requests().len();
    source.poll(instant(END - 4 * 3600), stand_in.now()).await;
    let asked = stand_in.server.requests().split_off(before);
    // Two counters, of which one is read by two signals, and the time.
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked.iter().all(|request| request.contains("timeout=9000ms")));
    let uploads = asked.iter().find(|request| request.contains(UPLOADS)).expect("asked for");
    assert!(uploads.contains("%5B122s%5D"), "{uploads}");
}

#[tokio::test]
async fn readings_without_news_are_shared() {
    let stand_in = StandIn::new(history(END), END + 1).await;
    let mut source = stand_in.source();
    let first = source.poll(instant(END - 4 * 3600), stand_in.now()).await;
    let second = source.poll(instant(END - 4 * 3600), stand_in.now()).await;
    assert!(Arc::ptr_eq(&first.observation.readings["upload"], &second.observation.readings["upload"]));
}

#[tokio::test]
async fn warnings_make_a_reading_partial_until_it_has_been_read_in_full() {
    let stand_in = StandIn::new(history(END), END + 1).await;
    let since = instant(END - 4 * 3600);
    let mut source = stand_in.source();
    // A store that is down: the series of one pod is missing even from before the window.
    let full = history(END);
    let others: Vec<Known> =
        history(END).into_iter().filter(|known| !known.labels.contains("instance=\"a\"")).collect();
    *stand_in.history.lock().expect("no poison") = others;
    let warn = |ask: &Ask| {
        let Reply::Whole(status, kind, headers, body) = answer(ask, &history(END), END + 1) else { return None };
        let body = String::from_utf8(body).expect("text").replacen('{', "{\"warnings\":[\"store \\u001b[2Jgone\"],", 1);
        (ask.query.contains(UPLOADS)).then_some(Reply::Whole(status, kind, headers, body.into_bytes()))
    };
    stand_in.when(warn);
    let poll = source.poll(since, stand_in.now()).await;
    let Health::Partial(words) = &reading(&poll, "upload").health else {
        panic!("{:?}", reading(&poll, "upload").health)
    };
    assert!(words.contains("incomplete: store [2Jgone"), "{words}");
    assert_eq!(poll.status.state, SourceState::Partial);
    assert_eq!(poll.status.failures, 0);
    assert_eq!(reading(&poll, "guardrail").health, Health::Good);

    // The store is back: nothing of what it had before the window is counted.
    *stand_in.history.lock().expect("no poison") = full;
    stand_in.normally();
    stand_in.clock.store(END + 5, Ordering::SeqCst);
    let poll = source.poll(since, stand_in.now()).await;
    assert_eq!(reading(&poll, "upload").health, Health::Good);
    assert_eq!(totals(reading(&poll, "upload")), expected(END));
}

#[tokio::test]
async fn a_partial_answer_of_a_cluster_is_partial() {
    let stand_in = StandIn::new(Vec::new(), END).await;
    stand_in.when(|ask| {
        ask.query
            .contains(GUARDRAILS)
            .then(|| Reply::json(r#"{"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[]}}"#))
    });
    let poll = stand_in.source().poll(instant(END - 60), stand_in.now()).await;
    assert!(matches!(&reading(&poll, "guardrail").health, Health::Partial(words) if words.contains("storage node")));
}

#[tokio::test]
async fn what_is_no_count_makes_its_signal_partial_and_is_not_counted() {
    for (value, says) in
        [(f64::NAN, "holds NaN"), (f64::INFINITY, "holds an infinity"), (-3.0, "negative"), (1e300, "too large")]
    {
        let mut history = history(END);
        let bad = history.iter_mut().find(|known| known.labels.contains("instance=\"b\"")).expect("there");
        bad.samples[5].1 = value;
        let stand_in = StandIn::new(history, END + 1).await;
        let poll = stand_in.source().poll(instant(END - 4 * 3600), stand_in.now()).await;
        let uploads = reading(&poll, "upload");
        assert!(
            matches!(&uploads.health, Health::Partial(words) if words.contains(says) && words.contains(UPLOADS)),
            "{:?}",
            uploads.health
        );
        assert_eq!(totals(uploads), expected(END));
        assert_eq!(reading(&poll, "guardrail").health, Health::Good);
    }
}

#[tokio::test]
async fn an_absent_counter_is_not_zero() {
    let stand_in = StandIn::new(Vec::new(), END).await;
    let poll = stand_in.source().poll(instant(END - 600), stand_in.now()).await;
    assert_eq!(reading(&poll, "upload").health, Health::Absent);
    assert_eq!(reading(&poll, "upload").newest, None);
    assert_eq!(poll.status.state, SourceState::Ok);
}

#[tokio::test]
async fn a_silence_is_a_gap() {
    let mut history = history(END);
    let silence = (END - 7200) * 1000..(END - 5400) * 1000;
    for known in &mut history {
        known.samples.retain(|(at, _)| !silence.contains(at));
    }
    let stand_in = StandIn::new(history, END + 1).await;
    let poll = stand_in.source().poll(instant(END - 4 * 3600), stand_in.now()).await;
    let gaps = &reading(&poll, "upload").gaps;
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!((gaps[0].0.timestamp(), gaps[0].1.timestamp()), (END - 7210, END - 5400));
    // What was counted meanwhile is not lost, but for the pod of which nobody ever saw a sample.
    assert_eq!(totals(reading(&poll, "upload"))["true/"], expected(END)["true/"] - 47);
}

#[tokio::test]
async fn a_silence_at_the_beginning_is_a_gap_unless_nothing_was_there() {
    let mut history = history(END);
    let silence = (END - 4 * 3600 - 600) * 1000..(END - 3 * 3600) * 1000;
    for known in &mut history {
        known.samples.retain(|(at, _)| !silence.contains(at));
    }
    let stand_in = StandIn::new(history, END + 1).await;
    let poll = stand_in.source().poll(instant(END - 4 * 3600), stand_in.now()).await;
    let gaps = &reading(&poll, "upload").gaps;
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!((gaps[0].0.timestamp(), gaps[0].1.timestamp()), (END - 4 * 3600, END - 3 * 3600));
    // The first violation ever is no gap.
    assert!(reading(&poll, "guardrail").gaps.is_empty());
}

#[tokio::test]
async fn a_poll_that_is_given_up_half_way_loses_nothing() {
    let stand_in = StandIn::new(history(END), END + 1).await;
    let since = instant(END - 4 * 3600);
    let mut source = stand_in.source();
    // Answers for the history come, one after another; the last hangs.
    let asked = AtomicU64::new(0);
    stand_in.when(move |ask| {
        let is_samples = ask.query.starts_with(UPLOADS);
        (is_samples && asked.fetch_add(1, Ordering::SeqCst) > 0).then(|| Reply::Hang(Vec::new()))
    });
    let mut clock = END - 4 * 3600 + 30;
    for step in [0, 3600, 3600] {
        clock += step;
        stand_in.clock.store(clock, Ordering::SeqCst);
        let _ = tokio::time::timeout(Duration::from_millis(200), source.poll(since, instant(clock))).await;
    }
    stand_in.normally();
    stand_in.clock.store(END + 1, Ordering::SeqCst);
    let poll = source.poll(since, instant(END + 1)).await;
    assert_eq!(poll.status.state, SourceState::Ok, "{:?}", poll.status);
    assert_eq!(totals(reading(&poll, "upload")), expected(END));
    let at_once = stand_in.source().poll(since, instant(END + 1)).await;
    same(&poll, &at_once);
}

#[tokio::test]
async fn a_longer_window_that_cannot_be_read_leaves_the_shorter_one_standing() {
    let stand_in = StandIn::new(history(END), END + 1).await;
    let mut source = stand_in.source();
    let short = source.poll(instant(END - 3600), stand_in.now()).await;
    stand_in.when(|ask| ask.query.starts_with("last_over_time").then(|| Reply::status(503, "text/plain", "busy")));
    let failed = source.poll(instant(END - 4 * 3600), stand_in.now()).await;
    let uploads = reading(&failed, "upload");
    assert_eq!(uploads.tallies, reading(&short, "upload").tallies);
    assert!(matches!(uploads.health, Health::Failed(_)));
    assert_eq!(uploads.covered_from, instant(END - 3600));
    stand_in.normally();
    let long = source.poll(instant(END - 4 * 3600), stand_in.now()).await;
    assert_eq!(totals(reading(&long, "upload")), expected(END));
    assert_eq!(reading(&long, "upload").covered_from, instant(END - 4 * 3600));
}

#[tokio::test]
async fn a_window_from_before_the_servers_data_is_covered_from_its_first_sample() {
    let mut history = history(END);
    for known in &mut history {
        known.samples.retain(|(at, _)| *at >= (END - 3600) * 1000);
    }
    let stand_in = StandIn::new(history, END + 1).await;
    stand_in.when(|ask| (ask.query == "count(up)").then(|| Reply::json(success("vector", &serde_json::json!([])))));
    let poll = stand_in.source().poll(instant(END - 4 * 3600), stand_in.now()).await;
    assert_eq!(reading(&poll, "guardrail").covered_from.timestamp(), END - 3600);
    assert_eq!(reading(&poll, "upload").covered_from.timestamp(), END - 3600);
}

#[tokio::test]
async fn the_servers_clock_is_what_counts() {
    let stand_in = StandIn::new(history(END), END + 1).await;
    let here = instant(END + 1 - 600);
    let assert_skew = |poll: &Poll| {
        let skew = poll.observation.skew.expect("known");
        assert!((skew - TimeDelta::seconds(600)).abs() < TimeDelta::seconds(1), "{skew}");
    };
    let mut source = stand_in.source();
    let poll = source.poll(instant(END - 4 * 3600), here).await;
    assert_eq!(totals(reading(&poll, "upload")), expected(END));
    assert_skew(&poll);
    assert!((poll.observation.at - stand_in.now()).abs() < TimeDelta::seconds(1));
    assert!(
        poll.status.note.as_deref().is_some_and(|note| note.contains("m") && note.contains("ahead of")),
        "{:?}",
        poll.status.note
    );

    // Where `time()` is refused, the date of the answers is used.
    stand_in.when(|ask| match ask.query.as_str() {
        "time()" => Some(Reply::status(400, "application/json", r#"{"status":"error","error":"no selector"}"#)),
        _ => {
            let Reply::Whole(status, kind, _, body) = answer(ask, &history(END), END + 1) else { return None };
            let date = format!("date: {}\r\n", instant(END + 1).to_rfc2822());
            Some(Reply::Whole(status, kind, date, body))
        }
    });
    let poll = stand_in.source().poll(instant(END - 4 * 3600), here).await;
    assert_skew(&poll);
    assert_eq!(poll.status.state, SourceState::Ok, "{:?}", poll.status);
}

#[tokio::test]
async fn a_failing_server_keeps_the_tallies_and_says_that_it_fails() {
    let error = r#"{"status":"error","errorType":"execution","error":"query processing broke"}"#;
    let huge = Reply::Endless { announced: Some(200 << 20) };
    let cut = Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"status\":\"succ".to_vec());
    for (reply, kind, says) in [
        (Reply::status(422, "application/json", error), FaultKind::Server, "(422: query processing broke)"),
        (Reply::json(error), FaultKind::Server, "answered with an error: query processing broke"),
        (Reply::status(503, "application/json", error), FaultKind::Server, "failed (503: query processing broke)"),
        (Reply::status(401, "text/plain", "Unauthorized"), FaultKind::Unauthorized, "wants a token"),
        (Reply::status(200, "text/html", "<html>Sign in</html>"), FaultKind::Malformed, "an HTML page instead of JSON"),
        (
            Reply::json(r#"{"status":"success","data":{"result":[{"metric":7}]}}"#),
            FaultKind::Malformed,
            "another shape",
        ),
        (Reply::json(r#"{"status":"success"}"#), FaultKind::Malformed, "without data"),
        (Reply::json(r#"{"status":"success","data":{"resu"#), FaultKind::Malformed, "cut off"),
        (cut, FaultKind::Malformed, "broke its answer off"),
        (Reply::Hang(Vec::new()), FaultKind::Timeout, "did not answer within 300ms"),
        (huge, FaultKind::TooLarge, "more than 64 MB"),
    ] {
        let stand_in = StandIn::new(history(END), END + 1).await;
        let since = instant(END - 4 * 3600);
        let address = endpoint(&stand_in.server.base());
        let mut source = source_at(Endpoint { timeout: Duration::from_millis(300), ..address });
        let mut polls = vec![source.poll(since, stand_in.now()).await];
        assert_eq!(polls[0].status.state, SourceState::Ok, "{:?}", polls[0].status);
        stand_in.when(move |_| Some(reply.clone()));
        for failures in 1..=2 {
            let poll = source.poll(since, stand_in.now() + TimeDelta::seconds(5)).await;
            assert_eq!((poll.status.state, poll.status.failures), (SourceState::Failed, failures));
            assert_eq!(poll.status.last_ok, Some(stand_in.now()));
            let fault = poll.status.error.clone().expect("a fault");
            assert_eq!(fault.kind, kind, "{fault}");
            assert!(fault.what.contains(says), "{fault}");
            let uploads = reading(&poll, "upload");
            assert!(matches!(&uploads.health, Health::Failed(fault) if fault.kind == kind), "{:?}", uploads.health);
            assert_eq!(totals(uploads), totals(reading(&polls[0], "upload")));
            polls.push(poll);
        }
        // And back: what was missed meanwhile is counted.
        stand_in.normally();
        stand_in.clock.store(END + 1, Ordering::SeqCst);
        let poll = source.poll(since, stand_in.now()).await;
        assert_eq!((poll.status.state, poll.status.failures), (SourceState::Ok, 0));
        assert_eq!(totals(reading(&poll, "upload")), expected(END));
    }
}

#[tokio::test]
async fn one_failing_counter_does_not_blind_the_others() {
    let stand_in = StandIn::new(history(END), END + 1).await;
    stand_in.when(|ask| ask.query.contains(GUARDRAILS).then(|| Reply::status(500, "text/plain", "disk")));
    let poll = stand_in.source().poll(instant(END - 4 * 3600), stand_in.now()).await;
    assert_eq!((poll.status.state, poll.status.failures), (SourceState::Partial, 0));
    assert_eq!(reading(&poll, "upload").health, Health::Good);
    assert!(matches!(reading(&poll, "guardrail").health, Health::Failed(_)));
    assert!(reading(&poll, "guardrail").tallies.is_empty());
}

#[tokio::test]
async fn a_server_that_hangs_from_the_start_costs_one_timeout() {
    let server = Faulty::always(Reply::Hang(Vec::new())).await;
    let mut source = source_at(Endpoint { timeout: Duration::from_millis(300), ..endpoint(&server.base()) });
    let began = std::time::Instant::now();
    let poll = source.poll(instant(END - 60), instant(END)).await;
    assert!(began.elapsed() < Duration::from_secs(3));
    assert_eq!(poll.status.state, SourceState::Failed);
    assert!(matches!(reading(&poll, "upload").health, Health::Failed(_)));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_history_too_large_for_one_answer_is_asked_for_in_smaller_parts() {
    let stand_in = StandIn::new(history(END), END + 1).await;
    let most = 40 * 60;
    stand_in.when(move |ask| {
        let range: i64 = ask.query.rsplit_once('[')?.1.trim_end_matches("s]").parse().ok()?;
        (range > most).then(|| {
            let error = r#"{"status":"error","error":"query processing would load too many samples into memory"}"#;
            Reply::status(422, "application/json", error)
        })
    });
    let poll = stand_in.source().poll(instant(END - 4 * 3600), stand_in.now()).await;
    assert_eq!(poll.status.state, SourceState::Ok, "{:?}", poll.status);
    assert_eq!(totals(reading(&poll, "upload")), expected(END));
}

#[tokio::test]
async fn a_server_that_cannot_look_back_far_is_asked_for_less() {
    let stand_in = StandIn::new(history(END), END + 1).await;
    stand_in.when(|ask| {
        let (query, range) = ask.query.rsplit_once('[')?;
        let range: i64 = range.trim_end_matches("s])").parse().ok()?;
        (query.starts_with("last_over_time") && range > 86_400).then(|| {
            Reply::status(
                503,
                "application/json",
                r#"{"status":"error","error":"query timed out in expression evaluation"}"#,
            )
        })
    });
    let mut source = stand_in.source();
    let since = instant(END - 4 * 3600);
    for failures in 1..=2 {
        let poll = source.poll(since, stand_in.now()).await;
        assert_eq!((poll.status.state, poll.status.failures), (SourceState::Failed, failures));
    }
    let poll = source.poll(since, stand_in.now()).await;
    assert_eq!(poll.status.state, SourceState::Ok, "{:?}", poll.status);
    assert_eq!(totals(reading(&poll, "upload")), expected(END));
}

#[tokio::test]
async fn ten_thousand_series_are_counted() {
    let many = (0..10_000).map(|i| Known {
        metric: UPLOADS,
        labels: format!("environment=\"production\",success=\"true\",fail_stage=\"\",instance=\"{i}\""),
        samples: counting(END - 120, END, 15, 1, 1, &[]),
    });
    let stand_in = StandIn::new(many.collect(), END + 1).await;
    let poll = stand_in.source().poll(instant(END - 600), stand_in.now()).await;
    assert_eq!(totals(reading(&poll, "upload")), map(&[("true/", 10_000 * 9)]));
}

#[tokio::test]
async fn tallies_without_end_are_partial() {
    let many = (0..10_001).map(|i| Known {
        metric: UPLOADS,
        labels: format!("environment=\"production\",success=\"false\",fail_stage=\"{i}\""),
        samples: vec![(END * 1000, 1.0)],
    });
    let stand_in = StandIn::new(many.collect(), END + 1).await;
    let poll = stand_in.source().poll(instant(END - 600), stand_in.now()).await;
    let uploads = reading(&poll, "upload");
    assert!(matches!(&uploads.health, Health::Partial(words) if words.contains("more")), "{:?}", uploads.health);
    assert_eq!(uploads.tallies.len(), 10_000);
}

#[tokio::test]
async fn the_tenant_and_the_path_prefix_are_sent() {
    let stand_in = StandIn::new(history(END), END + 1).await;
    let base = format!("{}/prometheus/", stand_in.server.base());
    let headers = vec![("X-Scope-OrgID".to_owned(), "team-a".into())];
    let poll = source_at(Endpoint { headers, ..endpoint(&base) }).poll(instant(END - 60), stand_in.now()).await;
    assert_eq!(poll.status.state, SourceState::Ok);
    for request in stand_in.server.requests() {
        assert!(request.starts_with("POST /prometheus/api/v1/query HTTP/1.1"), "{request}");
        assert!(request.contains("x-scope-orgid: team-a"), "{request}");
    }
}

#[tokio::test]
async fn a_series_that_was_forgotten_by_the_server_does_not_count_twice() {
    // Silent for two days while the window moves on, then back with a higher value.
    let day = 86_400;
    let start = END - 2 * day;
    let labels = "environment=\"production\",success=\"true\",instance=\"a\"".to_owned();
    let mut samples = counting(start - 3600, start + 600, 15, 1000, 1, &[]);
    let last = samples.last().expect("some").1;
    samples.push((END * 1000, last + 5.0));
    let stand_in = StandIn::new(vec![Known { metric: UPLOADS, labels, samples }], start + 700).await;
    let mut source = stand_in.source();
    let mut poll = None;
    for now in [start + 700, start + day, END - 60, END + 1] {
        stand_in.clock.store(now, Ordering::SeqCst);
        poll = Some(source.poll(instant(now - 3600), instant(now)).await);
    }
    let poll = poll.expect("polled");
    assert_eq!(totals(reading(&poll, "upload")), map(&[("true/", 5)]));
    let counts: &Counts = &reading(&poll, "upload").tallies[&vec!["true".to_owned(), String::new()]];
    assert_eq!(counts.range(i64::MIN, i64::MAX), &[(minute_of(instant(END)), 5)]);
}

//! What is deployed, as real servers tell it, and what a failure of that question costs.

use std::collections::BTreeMap;

use chrono::{TimeDelta, Utc};
use gonogo::{
    http::Http,
    runbook::{Deployed, DeployedMetric, Runbook},
    snapshot::{Health, Poll, SourceState},
    telemetry::{Telemetry, prometheus::Prometheus},
};

use super::{
    endpoint,
    faulty::Reply,
    history::{counting, recently},
    instant, is, map,
    prometheus::{self, Known, Options},
    reading, runbook,
    stand_in::{END, StandIn, success},
    support, totals, victoria,
};

const OLD: &str = "018e611abc1234567890abcdef1234567890abcd";
const NEW: &str = "51a7000000000000000000000000000000000000";

fn asking() -> Runbook {
    let metric = DeployedMetric {
        metric: "build_info".to_owned(),
        matchers: vec![is("environment", "{environment}")],
        commit: "commit".to_owned(),
    };
    Runbook { deployed: Some(Deployed { prometheus: Some(metric), events: None, required: false }), ..runbook() }
}

fn source(base: &str) -> Prometheus {
    Prometheus::new(Http::new(endpoint(base)).expect("a client"), &asking(), "production").expect("a source")
}

fn instance(environment: &str, name: &str, commit: &str, samples: Vec<(i64, f64)>) -> Known {
    let labels = format!("environment=\"{environment}\",instance=\"{name}\",commit=\"{commit}\"");
    Known { metric: "build_info", labels, samples }
}

/// Samples of a gauge that is always one.
fn up(from: i64, to: i64) -> Vec<(i64, f64)> {
    counting(from, to, 15, 1, 0, &[])
}

/// Three instances, one of them still on the old commit; one that is gone for an hour, and one of another environment.
fn history(end: i64) -> Vec<Known> {
    vec![
        instance("production", "a", NEW, up(end - 600, end)),
        instance("production", "b", NEW, up(end - 600, end)),
        instance("production", "c", OLD, up(end - 7200, end)),
        instance("production", "a", OLD, up(end - 7200, end - 3600)),
        instance("production", "d", "", up(end - 600, end)),
        instance("staging", "e", OLD, up(end - 600, end)),
    ]
}

fn deployed(poll: &Poll) -> Option<BTreeMap<String, u64>> {
    poll.observation.deployed.clone()
}

fn expected() -> Option<BTreeMap<String, u64>> {
    Some(map(&[(NEW, 2), (OLD, 1), ("unknown", 1)]))
}

#[tokio::test]
async fn real_servers_tell_which_commits_run_and_forget_instances_that_are_gone() {
    let end = recently();
    let since = instant(end - 3600);
    match prometheus::start(&Options { history: &history(end), ..Options::default() }) {
        Some(server) => {
            let mut source = source(&server.base);
            assert_eq!(deployed(&source.poll(since, Utc::now()).await), expected());
            // The same server, half an hour after the last sample.
            let mut later = self::source(&server.base).in_the_past();
            assert_eq!(deployed(&later.poll(since, instant(end + 1800)).await), None);
            assert_eq!(deployed(&later.poll(since, instant(end - 3700)).await), Some(map(&[(OLD, 2)])));
        }
        None => support::missing("Prometheus"),
    }
    match victoria::start(&history(end)).await {
        Some(server) => assert_eq!(deployed(&source(&server.base).poll(since, Utc::now()).await), expected()),
        None => support::missing("VictoriaMetrics"),
    }
}

/// What ran so many minutes before the end, as it was known then.
async fn over(source: Prometheus, end: i64, before: &[i64]) -> Vec<Option<BTreeMap<String, u64>>> {
    let mut source = source.in_the_past();
    source.poll(instant(end - 7200), instant(end)).await;
    let told = source.deployments();
    before.iter().map(|minutes| told.at(end.div_euclid(60) - minutes).cloned()).collect()
}

#[tokio::test]
async fn the_past_tells_what_ran_in_each_of_its_minutes() {
    // Long after the old instance was gone, before the new ones came; with them; and of what nobody asked.
    let (asked, want) =
        ([80, 30, 1, 0, 200, -1], [Some(map(&[(OLD, 2)])), Some(map(&[(OLD, 1)])), expected(), expected(), None, None]);
    let mut known = history(END);
    known.retain(|known| !known.labels.contains("staging"));
    let server = StandIn::new(known, END).await;
    assert_eq!(over(source(&server.server.base()), END, &asked).await, want);
    let live = source(&server.server.base());
    assert_eq!(live.deployments(), gonogo::snapshot::Deployments::default(), "the present is asked anew each time");
    // In part is not at all, and said.
    let part = success("matrix", &serde_json::json!([{"metric": {"commit": NEW}, "values": [[END, "2"]]}]));
    let part = part.replacen("{", "{\"warnings\":[\"a store did not answer\"],", 1);
    server.when(move |ask| ask.query.ends_with(":1m]").then(|| Reply::json(part.clone())));
    let mut past = source(&server.server.base()).in_the_past();
    let poll = past.poll(instant(END - 7200), instant(END)).await;
    assert_eq!(past.deployments().at(END.div_euclid(60)), None);
    assert!(poll.status.note.is_some_and(|note| note.starts_with("what is deployed is not known: ")));

    let end = recently();
    match prometheus::start(&Options { history: &history(end), ..Options::default() }) {
        Some(server) => assert_eq!(over(source(&server.base), end, &asked).await, want),
        None => support::missing("Prometheus"),
    }
    match victoria::start(&history(end)).await {
        Some(server) => assert_eq!(over(source(&server.base), end, &asked[..4]).await, want[..4]),
        None => support::missing("VictoriaMetrics"),
    }
}

#[tokio::test]
async fn a_question_that_fails_makes_it_unknown_and_spoils_nothing_else() {
    let mut known = history(END);
    known.push(Known {
        metric: super::UPLOADS,
        labels: "environment=\"production\",success=\"true\",fail_stage=\"\"".to_owned(),
        samples: counting(END - 3600, END, 15, 0, 1, &[]),
    });
    // What the stand-in does not tell apart by itself.
    known.retain(|known| !known.labels.contains("staging"));
    let server = StandIn::new(known, END).await;
    let mut source = source(&server.server.base());
    let since = server.now() - TimeDelta::minutes(30);
    let poll = source.poll(since, server.now()).await;
    assert_eq!((deployed(&poll), poll.status.note.clone()), (expected(), None));
    let counted = totals(reading(&poll, "upload"));
    assert!(counted["true/"] > 0);

    let whole = success("vector", &serde_json::json!([{"metric": {"commit": NEW}, "value": [END, "2"]}]));
    let in_part = whole.replacen("{", "{\"warnings\":[\"a store did not answer\"],", 1);
    for reply in [
        Reply::status(503, "application/json", r#"{"status":"error","error":"too busy"}"#),
        Reply::json(r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":5}]}}"#),
        Reply::json(in_part),
    ] {
        let reply = std::sync::Mutex::new(Some(reply));
        server.when(move |ask| match ask.query.starts_with("count by (commit) (build_info{") {
            true => {
                Some(reply.lock().expect("no poison").take().unwrap_or_else(|| Reply::status(500, "text/plain", "")))
            }
            false => None,
        });
        let poll = source.poll(since, server.now()).await;
        assert_eq!(deployed(&poll), None, "what was known before is not said again");
        assert_eq!((poll.status.state, reading(&poll, "upload").health.clone()), (SourceState::Ok, Health::Good));
        assert_eq!(totals(reading(&poll, "upload")), counted);
        let note = poll.status.note.expect("a note");
        assert!(note.starts_with("what is deployed is not known: prometheus at "), "{note}");
    }
    server.normally();
    let poll = source.poll(since, server.now()).await;
    assert_eq!((deployed(&poll), poll.status.note), (expected(), None));
    // Nobody is there to say so: not the same as an empty fleet that runs the candidate.
    server
        .when(|ask| ask.query.starts_with("count by").then(|| Reply::json(success("vector", &serde_json::json!([])))));
    assert_eq!(deployed(&source.poll(since, server.now()).await), None);
}

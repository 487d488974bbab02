//! Counters that two servers scrape, behind a store that keeps both copies.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use gonogo::{
    http::Http,
    runbook::Runbook,
    snapshot::Poll,
    telemetry::{Telemetry, prometheus::Prometheus},
};

use super::{
    endpoint,
    history::{expected, history},
    instant, map,
    prometheus::Known,
    reading, runbook, same,
    stand_in::{END, StandIn},
    totals,
};

/// The history as two servers have it: the second scrapes at moments of its own, by a clock that is a little off, and is
/// down for a while; both label what they scrape.
fn twice(history: Vec<Known>, label: &str) -> Vec<Known> {
    let copy = |known: &Known, name: &str, samples| Known {
        metric: known.metric,
        labels: format!("{},{label}=\"{name}\"", known.labels),
        samples,
    };
    let down = (END - 6000) * 1000..(END - 5000) * 1000;
    let mut both = Vec::new();
    for known in &history {
        both.push(copy(known, "a", known.samples.clone()));
        let later = known.samples.iter().map(|(at, value)| (at + 2_000, *value));
        both.push(copy(known, "b", later.filter(|(at, _)| !down.contains(at)).collect()));
    }
    both
}

async fn polled(stand_in: &StandIn, runbook: &Runbook) -> Poll {
    let http = Http::new(endpoint(&stand_in.server.base())).expect("a client");
    let mut source = Prometheus::new(http, runbook, "production").expect("a source");
    source.poll(instant(END - 4 * 3600), stand_in.now()).await
}

/// The runbook of the tests, its first two signals with these replica labels.
fn with(first: &[&str], second: &[&str]) -> Runbook {
    let mut runbook = runbook();
    for (signal, labels) in runbook.signals.iter_mut().zip([first, second]) {
        let read = signal.prometheus.as_mut().expect("read from Prometheus");
        read.replica_labels = labels.iter().map(|label| (*label).to_owned()).collect();
    }
    runbook
}

fn doubled(counts: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    counts.iter().map(|(key, n)| (key.clone(), 2 * n)).collect()
}

#[tokio::test]
async fn a_pod_that_two_servers_scrape_counts_once() {
    let stand_in = StandIn::new(twice(history(END), "prometheus_replica"), END + 3).await;
    let poll = polled(&stand_in, &runbook()).await;
    assert_eq!(totals(reading(&poll, "upload")), expected(END));
    assert_eq!(totals(reading(&poll, "guardrail")), map(&[("pull/pullDuplicateOpReplay", 1)]));
    assert!(reading(&poll, "upload").gaps.is_empty(), "{:?}", reading(&poll, "upload").gaps);
}

#[tokio::test]
async fn polling_copies_in_steps_gives_what_one_read_gives() {
    let stand_in = StandIn::new(twice(history(END), "prometheus_replica"), END - 4 * 3600 + 10).await;
    let mut source = stand_in.source();
    let since = instant(END - 4 * 3600);
    let mut now = END - 4 * 3600 + 10;
    for step in [0, 5, 7, 600, 1800, 30, 30, 3600, 5, 5, 1200, 300, 20, 900, 2500, 5, 5, 800, 2000] {
        now = (now + step).min(END + 3);
        stand_in.clock.store(now, Ordering::SeqCst);
        source.poll(since, instant(now)).await;
    }
    stand_in.clock.store(END + 3, Ordering::SeqCst);
    let poll = source.poll(since, instant(END + 3)).await;
    assert_eq!(totals(reading(&poll, "upload")), expected(END));
    same(&poll, &stand_in.source().poll(since, instant(END + 3)).await);
}

#[tokio::test]
async fn the_runbook_says_which_labels_tell_copies_apart() {
    let stand_in = StandIn::new(twice(history(END), "scraper"), END + 3).await;
    let upload = |poll: &Poll| totals(reading(poll, "upload"));
    // Labels that nobody named are those of two counters. What `b` did not see when it was down, it sees afterwards.
    let twice_as_many = doubled(&expected(END));
    let poll = polled(&stand_in, &runbook()).await;
    assert_eq!(upload(&poll)["true/register"], twice_as_many["true/register"]);
    let poll = polled(&stand_in, &with(&["scraper"], &["scraper"])).await;
    assert_eq!(upload(&poll), expected(END));
    // Signals that do not agree are read each by itself.
    let poll = polled(&stand_in, &with(&["scraper"], &[])).await;
    assert_eq!(upload(&poll), expected(END));
    assert_eq!(totals(reading(&poll, "by_step"))["register"], twice_as_many["true/register"]);
}

#[tokio::test]
async fn a_label_that_is_counted_by_tells_no_copies_apart() {
    let stand_in = StandIn::new(twice(history(END), "prometheus_replica"), END + 3).await;
    let mut runbook = runbook();
    runbook.signals[1].by.push("server".to_owned());
    runbook.signals[1].prometheus.as_mut().expect("read").labels.push("prometheus_replica".to_owned());
    let poll = polled(&stand_in, &runbook).await;
    assert_eq!(totals(reading(&poll, "upload")), expected(END));
    let by_step = totals(reading(&poll, "by_step"));
    let once = expected(END)["true/register"];
    assert_eq!((by_step["register/a"], by_step["register/b"]), (once, once));
}

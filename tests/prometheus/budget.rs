//! How much is asked of a server: by the runbook that is built in, counted at the stand-in.

use std::{path::Path, sync::atomic::Ordering};

use gonogo::{
    http::Http,
    runbook::{Runbook, load},
    snapshot::{Health, SourceState},
    telemetry::{Telemetry, prometheus::Prometheus},
};

use super::{
    endpoint,
    history::counting,
    instant,
    prometheus::Known,
    stand_in::{END, StandIn},
};

/// What a steady poll may ask.
const MOST_QUERIES: usize = 12;

/// Queries that a counter's first day takes: the values before it, and its samples in two parts.
const FIRST: usize = 3;

/// Samples may be so late.
const LATE: i64 = 120;

fn built_in() -> Runbook {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/runbooks/vfs-secure-upload.toml");
    load(Path::new(file)).expect("the built-in runbook")
}

/// Every counter of the runbook, scraped every fifteen seconds for a day and more.
fn history(runbook: &Runbook) -> Vec<Known> {
    let mut metrics: Vec<&str> =
        runbook.signals.iter().filter_map(|s| s.prometheus.as_ref()).map(|read| read.metric.as_str()).collect();
    metrics.sort_unstable();
    metrics.dedup();
    let known = |metric: &str| Known {
        metric: metric.to_owned().leak(),
        labels: "environment=\"production\",operation_kind=\"attach\",success=\"false\",stage=\"pull\"".to_owned(),
        samples: counting(END - 90_000, END + 600, 15, 1, 1, &[]),
    };
    metrics.into_iter().map(known).collect()
}

/// The query and the time of a request; none for one without a range.
fn range_of(request: &str) -> Option<(String, i64)> {
    let form = request.split_once("\r\n\r\n").expect("a body").1;
    let url = reqwest::Url::parse(&format!("http://x/?{form}")).expect("a form");
    let query = url.query_pairs().find(|(key, _)| key == "query").expect("a query").1.into_owned();
    let (_, range) = query.rsplit_once('[')?;
    let range = range.trim_end_matches([']', ')']).trim_end_matches('s').parse().expect("seconds");
    Some((query, range))
}

#[tokio::test]
async fn a_steady_poll_asks_a_dozen_queries_at_most_and_only_for_what_is_new() {
    let runbook = built_in();
    let stand_in = StandIn::new(history(&runbook), END + 1).await;
    let http = Http::new(endpoint(&stand_in.server.base())).expect("a client");
    let mut source = Prometheus::new(http, &runbook, "production").expect("a source");
    let since = instant(END - 86_400);
    let first = source.poll(since, stand_in.now()).await;
    assert_eq!(first.status.state, SourceState::Ok, "{:?}", first.status);
    let mut asked = stand_in.server.requests().len();
    // A day of history: the time, whether there was data, what is deployed, and for each counter the values before and the samples.
    let counters = stand_in.server.requests().iter().filter(|r| r.contains("last_over_time")).count();
    assert_eq!(asked, 3 + FIRST * counters, "{asked} for {counters} counters");
    let mut at = END + 1;
    for pause in [5, 15, 60, 5, 300] {
        let newest = (at - END % 15) / 15 * 15 + END % 15;
        at += pause;
        stand_in.clock.store(at, Ordering::SeqCst);
        let poll = source.poll(since, instant(at)).await;
        for (signal, reading) in &poll.observation.readings {
            assert_eq!(reading.health, Health::Good, "{signal}");
        }
        let requests = stand_in.server.requests().split_off(asked);
        asked += requests.len();
        assert!(requests.len() <= MOST_QUERIES, "{requests:#?}");
        let ranges: Vec<(String, i64)> = requests.iter().filter_map(|request| range_of(request)).collect();
        assert_eq!(ranges.len(), counters);
        for (query, range) in ranges {
            assert!(!query.contains("last_over_time"), "{query}");
            // One second more: some servers leave out the sample at the very beginning.
            assert!(range <= at - newest + LATE + 1, "{query} {range} {newest} {at}");
        }
    }
}

//! What is counted, asked for and known, against the stand-in.

use std::sync::{Arc, atomic::Ordering};

use chrono::TimeDelta;
use gonogo::{
    http::Endpoint,
    snapshot::{Counts, Poll, SourceState, minute_of},
    telemetry::Telemetry,
};

use super::{
    UPLOADS, endpoint,
    faulty::Reply,
    history::{counting, expected, history},
    instant, map,
    prometheus::Known,
    reading, same, source_at,
    stand_in::{END, StandIn, answer, success},
    totals,
};

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
    assert!(reading(&first, "upload").latency.is_some(), "how long it took is told");
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

//! What goes wrong, against the stand-in: none of it ends a poll, and none of it is zero.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use chrono::TimeDelta;
use gonogo::{
    fault::FaultKind,
    http::Endpoint,
    snapshot::{Health, SourceState},
    telemetry::Telemetry,
};

use super::{
    GUARDRAILS, UPLOADS, endpoint,
    faulty::{Faulty, Reply},
    history::{expected, history},
    instant,
    prometheus::Known,
    reading, same, source_at,
    stand_in::{Ask, END, StandIn, answer},
    totals,
};

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

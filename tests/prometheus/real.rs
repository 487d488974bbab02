//! Against real servers: Prometheus backfilled and scraping, VictoriaMetrics.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use gonogo::{
    fault::FaultKind,
    http::{Auth, Endpoint},
    snapshot::{Health, Poll, SourceState},
    telemetry::Telemetry,
};

use super::{
    UPLOADS, endpoint,
    faulty::{Faulty, Reply},
    history::{expected, history, recently},
    instant, map,
    prometheus::{self, Known, Options},
    reading, same, source, source_at, support, totals, victoria,
};

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
    // A sample that was taken after the last change shows all of it.
    let changed = Utc::now();
    let poll = loop {
        let poll = source.poll(since, Utc::now()).await;
        if reading(&poll, "upload").newest.is_some_and(|newest| newest > changed) {
            break poll;
        }
        assert!(Utc::now() - changed < TimeDelta::seconds(30), "not scraped any more");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let uploads = reading(&poll, "upload");
    assert_eq!(totals(uploads), map(&[("true/", 8 * 17), ("false/flush", 1)]));
    assert_eq!(uploads.health, Health::Good);
    assert_eq!(reading(&poll, "guardrail").health, Health::Absent);
    // Scraped every second, by a server that may be a little late on a busy machine.
    let step = uploads.step.num_milliseconds();
    assert!((900..=1100).contains(&step), "{step} ms");
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

#[tokio::test]
async fn the_end_of_a_series_is_no_nan() {
    let phase = Arc::new(AtomicU64::new(0));
    let served = Arc::clone(&phase);
    let target = Faulty::scripted(move |_| {
        let serve = |value: &str| {
            Reply::status(
                200,
                "text/plain",
                format!("{UPLOADS}{{environment=\"production\",success=\"true\"}} {value}\n"),
            )
        };
        match served.load(Ordering::SeqCst) {
            0 => serve("5"),
            1 => Reply::status(500, "text/plain", ""),
            2 => serve("8"),
            _ => serve("NaN"),
        }
    })
    .await;
    let Some(server) = victoria::scraping(target.address) else { return support::missing("VictoriaMetrics") };
    let mut source = source(&server.base);
    let since = Utc::now() - TimeDelta::minutes(5);
    // Each phase lasts until three more scrapes were served.
    let scraped = async |phase_number: u64| {
        phase.store(phase_number, Ordering::SeqCst);
        let (before, began) = (target.requests().len(), Utc::now());
        while target.requests().len() < before + 3 {
            assert!(Utc::now() - began < TimeDelta::seconds(60), "not scraped");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // What was scraped can be read a second later.
        tokio::time::sleep(Duration::from_millis(2000)).await;
    };
    for (number, count) in [(0, 5), (1, 5), (2, 8)] {
        scraped(number).await;
        for source in [&mut source, &mut self::source(&server.base)] {
            let poll = source.poll(since, Utc::now()).await;
            let uploads = reading(&poll, "upload");
            assert_eq!(uploads.health, Health::Good, "phase {number}");
            assert_eq!(totals(uploads), map(&[("true/", count)]), "phase {number}");
        }
    }
    // A counter that becomes NaN is not stored: it grows stale.
    let before = Utc::now();
    scraped(3).await;
    let poll = source.poll(since, Utc::now()).await;
    assert_eq!(totals(reading(&poll, "upload")), map(&[("true/", 8)]));
    assert!(reading(&poll, "upload").newest.is_some_and(|newest| newest < before + TimeDelta::seconds(2)));
}

#[tokio::test]
async fn a_scraped_nan_is_partial() {
    let target = Faulty::always(Reply::status(
        200,
        "text/plain",
        format!("{UPLOADS}{{environment=\"production\",success=\"true\"}} NaN\n"),
    ))
    .await;
    let options = Options { target: Some(target.address), ..Options::default() };
    let Some(server) = prometheus::start(&options) else { return support::missing("Prometheus") };
    let (mut source, began) = (source(&server.base), Utc::now());
    loop {
        let poll = source.poll(began - TimeDelta::minutes(5), Utc::now()).await;
        match &reading(&poll, "upload").health {
            Health::Absent => {}
            Health::Partial(words) if words.contains("holds NaN") => return,
            other => panic!("{other:?}"),
        }
        assert!(Utc::now() - began < TimeDelta::seconds(60), "never scraped");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

//! The database away, hanging, or gone in the middle: nothing waits for it long, nothing is lost, nothing is there twice.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use gonogo::audit::{AuditLog, Event, Outbox};

use super::{
    at, log, note,
    postgres::Postgres,
    proxy::{Cut, Proxy},
};

fn outbox(address: &str, folder: &Path) -> Outbox {
    Outbox::new(Arc::new(log(address)), folder, false)
}

fn texts(events: impl IntoIterator<Item = Event>) -> Vec<String> {
    let text = |event| match event {
        Event::Note { text } => text,
        other => panic!("{other:?}"),
    };
    events.into_iter().map(text).collect()
}

async fn in_log(address: &str) -> Vec<String> {
    let record = log(address).read().await.unwrap();
    assert_eq!(record.damage, None);
    texts(record.entries.into_iter().map(|entry| entry.event))
}

async fn until_nothing_waits(outbox: &Outbox) {
    let until = Instant::now() + Duration::from_secs(10);
    while !outbox.kept().is_empty() {
        assert!(Instant::now() < until, "still waiting: {:?}", outbox.kept());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_may_wait_arrives_once_and_in_order_when_the_database_is_back() {
    let Some(mut server) = Postgres::start("t") else { return };
    let (address, folder) = (server.address("t"), tempfile::tempdir().unwrap());
    let here = outbox(&address, folder.path());
    here.append(at(0), "ann", note("before")).await.unwrap();
    server.stop();

    let began = Instant::now();
    let fault = here.append(at(1), "ann", note("refused")).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(fault.what.contains("127.0.0.1"), "{fault}");
    for text in ["a", "b", "c"] {
        let began = Instant::now();
        here.append_soon(at(2), "ann", note(text)).await.unwrap();
        assert!(began.elapsed() < Duration::from_millis(250), "{:?}", began.elapsed());
    }
    assert_eq!(texts(here.kept().into_iter().map(|(_, _, event)| event)), ["a", "b", "c"]);
    assert!(here.append(at(3), "ann", note("overtaking")).await.is_err(), "nothing overtakes what waits");
    // What this process does not live to send, the next one does.
    drop(here);
    let next = outbox(&address, folder.path());
    next.append_soon(at(4), "bob", note("d")).await.unwrap();
    server.go_on();
    until_nothing_waits(&next).await;
    next.append(at(5), "bob", note("after")).await.unwrap();
    assert_eq!(in_log(&address).await, ["before", "a", "b", "c", "d", "after"]);
}

#[tokio::test]
async fn a_database_that_hangs_is_waited_for_only_so_long() {
    let Some(server) = Postgres::start("t") else { return };
    let (address, folder) = (server.address("t"), tempfile::tempdir().unwrap());
    let (plain, here) = (log(&address), outbox(&address, folder.path()));
    plain.append(at(0), "ann", note("a")).await.unwrap();
    server.signal("-STOP");
    let began = Instant::now();
    let fault = plain.append(at(1), "ann", note("never sent")).await;
    let took = began.elapsed();
    let began = Instant::now();
    let soon = here.append_soon(at(2), "ann", note("b")).await;
    let soon_took = began.elapsed();
    server.signal("-CONT");
    let fault = fault.unwrap_err();
    assert!(took < Duration::from_secs(9), "{took:?}");
    assert!(fault.what.contains("did not answer within"), "{fault}");
    soon.unwrap();
    assert!(soon_took < Duration::from_millis(250), "{soon_took:?}");
    until_nothing_waits(&here).await;
    assert_eq!(in_log(&address).await, ["a", "b"]);
}

#[tokio::test]
async fn a_commit_that_nobody_answered_is_looked_up() {
    let Some(server) = Postgres::start("t") else { return };
    for cut in [Cut::Before, Cut::After] {
        let proxy = Proxy::start(server.port, cut).await;
        let address = format!("postgres://postgres@{}/t", proxy.address);
        let cut_log = log(&address);
        let before = log(&server.address("t")).read().await.unwrap().head.count;
        cut_log.append(at(0), "ann", note("whole")).await.unwrap();
        proxy.arm();
        let entry = cut_log.append(at(1), "ann", note("cut")).await.unwrap();
        assert!(proxy.has_cut(), "the commit was cut");
        assert_eq!(entry.seq, before + 2, "{cut:?}");
        let record = log(&server.address("t")).read().await.unwrap();
        assert_eq!((record.head.count, record.damage), (before + 2, None), "{cut:?}: once");
        assert_eq!(record.entries.last(), Some(&entry));

        let folder = tempfile::tempdir().unwrap();
        let here = outbox(&address, folder.path());
        proxy.arm();
        here.append_soon(at(2), "ann", note("forwarded")).await.unwrap();
        until_nothing_waits(&here).await;
        assert!(proxy.has_cut());
        assert_eq!(log(&address).read().await.unwrap().head.count, before + 3, "{cut:?}: once");
    }
}

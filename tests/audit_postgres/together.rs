//! Many on one log: nothing lost, one winner, each hears of the other.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use gonogo::{
    audit::{
        AuditLog, FileLog, Head, PostgresLog,
        postgres::{Address, Database},
    },
    fault::FaultKind,
};

use super::{at, log, note, postgres::Postgres, sql, stored};

#[tokio::test]
async fn it_holds_the_lines_that_a_file_holds() {
    let Some(server) = Postgres::start("t") else { return };
    let address = server.address("t");
    let folder = tempfile::tempdir().unwrap();
    let (database, file) = (log(&address), FileLog::at(folder.path()));
    assert_eq!(database.read().await.unwrap().head, Head::default(), "a log that is not there yet is empty");
    for (minute, text) in ["a", "ü and \u{1f680}", "with \"quotes\"\nand\u{0} lines"].into_iter().enumerate() {
        let there = database.append(at(minute as i64), "ann", note(text)).await.unwrap();
        assert_eq!(there, file.append(at(minute as i64), "ann", note(text)).await.unwrap());
    }
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert_eq!(stored(&address).await, text.lines().collect::<Vec<_>>());
    let record = database.read().await.unwrap();
    assert_eq!(record, file.read().await.unwrap());
    assert_eq!(record.damage, None);

    database.append(at(9), "ann", note("d")).await.unwrap();
    let whole = log(&address).read().await.unwrap();
    assert_eq!(database.read().await.unwrap(), whole, "what is added to what was read is the whole");
    assert_eq!(whole.entries.len(), 4);

    let socket = format!("postgres:///t?host={}&port={}&user=postgres", server.data().display(), server.port);
    assert_eq!(log(&socket).read().await.unwrap(), whole, "a socket serves as well");

    sql(&address, "UPDATE gonogo_audit SET line = replace(line, '\"d\"', '\"x\"') WHERE seq = 4").await;
    assert!(database.read().await.unwrap().damage.is_some(), "a changed end is seen by who has read it before");
}

#[tokio::test]
async fn twenty_appenders_keep_one_chain() {
    let Some(server) = Postgres::start("t") else { return };
    let address = server.address("t");
    let appenders: Vec<_> = (0..20)
        .map(|n| {
            let log = log(&address);
            tokio::spawn(async move {
                for m in 0..5 {
                    log.append(at(m), &format!("operator {n}"), note(&format!("{n}.{m}"))).await.unwrap();
                }
            })
        })
        .collect();
    for appender in appenders {
        appender.await.unwrap();
    }
    let record = log(&address).read().await.unwrap();
    assert_eq!((record.entries.len(), record.damage, record.head.count), (100, None, 100));
    let texts: BTreeSet<String> = record.entries.iter().map(|entry| format!("{:?}", entry.event)).collect();
    assert_eq!(texts.len(), 100, "each once");
}

#[tokio::test]
async fn of_twenty_who_decide_on_the_same_past_one_acts() {
    let Some(server) = Postgres::start("t") else { return };
    let address = server.address("t");
    let logs: Vec<_> = (0..20).map(|_| Arc::new(log(&address))).collect();
    for round in 0..3 {
        let head = logs[0].read().await.unwrap().head;
        let racing: Vec<_> = logs
            .iter()
            .map(|log| {
                let (log, head) = (Arc::clone(log), head.clone());
                tokio::spawn(async move { log.append_after(&head, at(round), "ann", note("mine")).await })
            })
            .collect();
        let mut won = 0;
        for one in racing {
            match one.await.unwrap() {
                Ok(entry) => {
                    won += 1;
                    assert_eq!(entry.seq, head.count + 1);
                }
                Err(fault) => assert_eq!(fault.kind, FaultKind::Changed, "{fault}"),
            }
        }
        assert_eq!(won, 1);
    }
    assert_eq!(logs[7].read().await.unwrap().head.count, 3);
}

#[tokio::test]
async fn an_append_is_heard_of_within_a_second() {
    let Some(server) = Postgres::start("t") else { return };
    let address = server.address("t");
    let (here, there) = (Arc::new(log(&address)), log(&address));
    there.append(at(0), "ann", note("a")).await.unwrap();
    for text in ["b", "c", "d"] {
        let head = here.read().await.unwrap().head;
        let waiting = tokio::spawn({
            let (here, head) = (Arc::clone(&here), head.clone());
            async move { here.changed(&head).await }
        });
        tokio::time::sleep(Duration::from_millis(1_300)).await;
        assert!(!waiting.is_finished(), "nothing happened yet");
        let began = Instant::now();
        there.append(at(1), "bob", note(text)).await.unwrap();
        waiting.await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        assert_ne!(here.read().await.unwrap().head, head);
    }
}

#[tokio::test]
async fn many_logs_of_one_database_share_its_connections_and_each_hears_of_its_own() {
    let Some(server) = Postgres::start("t") else { return };
    let address = server.address("t");
    let database = Arc::new(Database::new(Address::parse(&address).unwrap(), None, None));
    let logs: Vec<Arc<PostgresLog>> = (0..200)
        .map(|n| Arc::new(PostgresLog::on(Arc::clone(&database), &format!("rollout-{n}"), "production")))
        .collect();
    let first = log(&address);
    first.append(at(0), "ann", note("makes the table")).await.unwrap();
    let heads: Vec<Head> =
        join_all(logs.iter().map(|log| log.read())).await.into_iter().map(|r| r.unwrap().head).collect();
    let watches: Vec<_> = logs
        .iter()
        .zip(heads)
        .map(|(log, head)| {
            let log = Arc::clone(log);
            log.attended(false);
            tokio::spawn(async move { log.changed(&head).await })
        })
        .collect();
    let other = PostgresLog::new(Address::parse(&address).unwrap(), None, None, "rollout-7", "production");
    other.append(at(1), "ben", note("x")).await.unwrap();
    let mut watches = watches;
    watches.remove(7).await.unwrap();
    assert!(watches.iter().all(|watch| !watch.is_finished()), "nothing was appended to the others");
    let (client, connection) = tokio_postgres::connect(&address, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let rows = client.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gonogo'", &[]).await;
    let open: i64 = rows.unwrap()[0].get(0);
    // Eight that look, one that listens, and those of the two other logs here.
    assert!((1..=12).contains(&open), "{open} connections");
    watches.iter().for_each(tokio::task::JoinHandle::abort);
    connection.abort();
}

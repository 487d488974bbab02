//! The audit log of a team, on a real PostgreSQL.

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/mod.rs"]
mod support;

mod away;
mod bundle;
mod commands;
mod proxy;
mod together;

use chrono::{DateTime, TimeDelta, Utc};
use gonogo::audit::{Event, PostgresLog, postgres::Address};

const ROLLOUT: &str = "vfs-secure-upload";

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn note(text: &str) -> Event {
    Event::Note { text: text.to_owned() }
}

/// A log on connections of its own, as another process has.
fn log(address: &str) -> PostgresLog {
    PostgresLog::new(Address::parse(address).unwrap(), None, None, ROLLOUT, "production")
}

/// Statements behind gonogo's back.
async fn sql(address: &str, statements: &str) {
    let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(statements).await.unwrap();
    connection.abort();
}

/// The lines of the log as they are stored.
async fn stored(address: &str) -> Vec<String> {
    let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let rows = client.query("SELECT line FROM gonogo_audit ORDER BY seq", &[]).await.unwrap();
    connection.abort();
    rows.iter().map(|row| row.get(0)).collect()
}

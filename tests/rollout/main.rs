//! A whole rollout with the real binary: Prometheus backfilled and scraped, VictoriaMetrics, Unleash on PostgreSQL.

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/cache.rs"]
mod cache;
#[path = "../support/faulty.rs"]
mod faulty;
#[path = "../support/past.rs"]
mod past;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/prometheus.rs"]
mod prometheus;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/unleash.rs"]
mod unleash_server;
#[path = "../support/users.rs"]
mod users;
#[path = "../support/victoria.rs"]
mod victoria;

mod counts;
mod drift;
mod fleet;
mod refusals;
mod scene;
mod stages;
mod tokens;

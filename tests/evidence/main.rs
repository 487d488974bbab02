//! Evidence of a rollback: as it came, whole, never overwritten, without any secret.

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/prometheus.rs"]
mod prometheus;
#[path = "../support/mod.rs"]
mod support;

mod command;
mod folder;
mod telemetry;
mod whole;

//! Judging the past: `gonogo replay` and `gonogo status --at`, against histories of which every minute is known.

#[path = "../support/binary.rs"]
mod binary;
#[path = "../support/faulty.rs"]
mod faulty;
#[path = "../support/past.rs"]
mod past;
#[path = "../support/prometheus.rs"]
mod prometheus;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/victoria.rs"]
mod victoria;

mod agreement;
mod changes;
mod day;
mod record;
mod refusals;
mod turns;

//! gonogo: a terminal cockpit for people who roll a feature out in stages.
//!
//! A functional core (`runbook`, `snapshot`, `stats`, `judge`, and the state machines of `operations`) takes time and
//! data as arguments. A thin shell (`telemetry`, `flags`, `audit`, `poller`, `tui`, `cli`) does the IO around it.

pub mod aside;
pub mod audit;
pub mod bundle;
pub mod checkout;
pub mod cli;
pub mod clock;
pub mod colour;
pub mod config;
pub mod demo;
pub mod evidence;
pub mod facts;
pub mod fault;
pub mod fingerprint;
pub mod flags;
pub mod guard;
pub mod http;
pub mod judge;
pub mod logs;
pub mod notify;
pub mod operations;
pub mod poller;
pub mod qa;
pub mod recording;
pub mod report;
pub mod runbook;
pub mod seen_in;
pub mod session;
pub mod snapshot;
pub mod stats;
pub mod telemetry;
pub mod text;
pub mod timeline;
pub mod tui;
pub mod units;

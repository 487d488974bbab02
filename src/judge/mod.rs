//! Snapshot × Runbook × History → Assessment. Pure.

mod assessment;
mod history;

pub use assessment::*;
pub use history::*;

//! What is told: one JSON object, the same for the webhook and for the hook.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// One notice. No link and no secret is in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Notice {
    /// `gonogo.notice/1`: which shape this is.
    pub schema: &'static str,
    /// What it is about: `trigger-tripped`, `hard-stop`, `drift`, `blind`, `rollback-begun`, `rollback-verified`,
    /// `rollback-not-confirmed`.
    pub event: String,
    /// When it was seen.
    pub at: DateTime<Utc>,
    /// Key of the runbook.
    pub rollout: String,
    /// Where: `production`.
    pub environment: String,
    /// Key of the stage that the rollout is in.
    pub stage: String,
    /// `go`, `no-go`, `hold`.
    pub call: String,
    /// What happened, in one line.
    pub what: String,
    /// Why, in one line.
    pub reason: String,
    /// Since when, where that is known.
    pub since: Option<DateTime<Utc>>,
    /// Who acts, as it is in the audit log.
    pub operator: String,
    /// On which machine.
    pub host: String,
}

impl Notice {
    /// The present value of [`Notice::schema`].
    pub const SCHEMA: &'static str = "gonogo.notice/1";
}

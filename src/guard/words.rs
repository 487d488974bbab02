//! What the guard says of itself and of its notices. Pure.

use super::Said;
use crate::notify::Report;

/// What is in force when it starts.
pub(super) struct Start<'a> {
    pub rollout: &'a str,
    pub environment: &'a str,
    /// The stage on record, if one is.
    pub stage: Option<String>,
    /// Name and address of each.
    pub sources: Vec<String>,
    pub audit_log: String,
    pub armed: bool,
    /// Keys of the triggers that it may roll back on.
    pub armed_for: Vec<&'a str>,
    /// Who is told.
    pub notifies: Vec<&'static str>,
    pub operator: &'a str,
}

/// That it starts.
pub(super) fn start(start: Start<'_>) -> Said {
    let armed_for = start.armed_for;
    let what = match (start.armed, armed_for.is_empty()) {
        (false, _) => "guarding; it notifies, and rolls nothing back".to_owned(),
        (true, true) => "guarding; armed, but the runbook marks no trigger automatic".to_owned(),
        (true, false) => format!("guarding; armed to roll back on {}", armed_for.join(", ")),
    };
    Said::new("start", what)
        .with("rollout", start.rollout)
        .with("environment", start.environment)
        .with("recorded_stage", start.stage)
        .with("sources", start.sources)
        .with("audit_log", start.audit_log)
        .with("armed", start.armed)
        .with("armed_for", armed_for)
        .with("notifies", start.notifies)
        .with("operator", start.operator)
        .with("version", env!("CARGO_PKG_VERSION"))
}

/// What became of a notice.
pub(super) fn reported(report: Report) -> Said {
    let Report { target, event, attempts, fault, again } = report;
    let said = match fault {
        None => Said::new("notified", format!("the {target} was told of {event}")),
        Some(fault) => {
            let next = if again { "it is tried again" } else { "it is given up" };
            let what = format!("the {target} was not told of {event}; {next}");
            Said::new("notification-failed", what).because(fault.to_string()).with("again", again)
        }
    };
    said.with("target", target).with("about", event).with("attempts", attempts)
}

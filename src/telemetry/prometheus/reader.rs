//! How the series of a counter become a signal's tallies.

use std::collections::BTreeMap;

use super::wire::Labels;
use crate::{
    runbook::{Condition, MatchOp, Outcome, Runbook, Selection, Signal, TripWire},
    snapshot::Counts,
    text::clean,
};

/// Combinations of labels that one signal is counted by. More is a mistake of the runbook or of the product.
pub const MOST_TALLIES: usize = 10_000;

/// Characters of a label's value that are kept.
const LONGEST: usize = 512;

/// One signal's way to read a counter.
#[derive(Debug)]
pub struct Reader {
    /// Signal key.
    pub signal: String,
    /// For each label of the tally: the Prometheus label, and whether it is a boolean.
    labels: Vec<(String, bool)>,
}

/// A signal's counts by the values of its labels.
pub type Tallies = BTreeMap<Vec<String>, Counts>;

impl Reader {
    /// For a signal of this runbook. A label that some selection compares with `true` or `false` is a boolean, and
    /// its values `1` and `0` then read as those words.
    pub fn new(runbook: &Runbook, signal: &Signal, labels: &[String]) -> Self {
        let is_boolean = |by: Option<&String>| {
            selections(runbook)
                .filter(|selection| selection.signal == signal.key)
                .flat_map(|selection| &selection.matchers)
                .filter(|matcher| Some(&matcher.field) == by)
                .flat_map(|matcher| match &matcher.op {
                    MatchOp::In(values) | MatchOp::NotIn(values) => values,
                })
                .any(|value| value == "true" || value == "false")
        };
        let labels =
            labels.iter().enumerate().map(|(i, label)| (label.clone(), is_boolean(signal.by.get(i)))).collect();
        Self { signal: signal.key.clone(), labels }
    }

    /// Adds a series' increments to the tally that they belong to; false if there are too many tallies for that.
    pub fn add(&self, tallies: &mut Tallies, labels: &Labels<'_>, increments: &[(i64, u64)]) -> bool {
        if increments.is_empty() {
            return true;
        }
        let key: Vec<String> = self
            .labels
            .iter()
            .map(|(label, boolean)| match (labels.get(label), boolean) {
                ("1", true) => "true".to_owned(),
                ("0", true) => "false".to_owned(),
                // Nothing to clean, and nothing to cut.
                (value, _) if value.len() <= LONGEST && value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => {
                    value.to_owned()
                }
                (value, _) => clean(value).chars().take(LONGEST).collect(),
            })
            .collect();
        if tallies.len() >= MOST_TALLIES && !tallies.contains_key(&key) {
            return false;
        }
        let counts = tallies.entry(key).or_default();
        for &(at, n) in increments {
            counts.add(chrono::DateTime::from_timestamp_millis(at).unwrap_or_default(), n);
        }
        true
    }
}

/// Every place of a runbook that picks tallies by their labels.
fn selections(runbook: &Runbook) -> impl Iterator<Item = &Selection> {
    let rates = runbook.rates.iter().flat_map(|rate| {
        let (Outcome::Successes(outcome) | Outcome::Failures(outcome)) = &rate.outcome;
        [&rate.attempts, outcome]
    });
    let gates = runbook.stages.iter().flat_map(|stage| &stage.gates).flat_map(|gate| match &gate.condition {
        Condition::ZeroTolerance { events, exposure, .. } => vec![events, exposure],
        Condition::CanaryControl { canary, control, .. } => {
            vec![&canary.events, &canary.exposure, &control.events, &control.exposure]
        }
        Condition::DeclaredMessages { events, .. } => vec![events],
        _ => Vec::new(),
    });
    let triggers = runbook.triggers.iter().flat_map(|trigger| &trigger.when).filter_map(|wire| match wire {
        TripWire::Repeated { events, .. } | TripWire::Any { events } => Some(events),
        TripWire::FailureRate { .. } | TripWire::Raised => None,
    });
    let monitors = runbook.monitors.iter().map(|monitor| &monitor.events);
    rates.chain(gates).chain(triggers).chain(monitors)
}

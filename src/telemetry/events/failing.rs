//! Which records count as failing: those that count against the rollout.

use super::plan::{Field, Plan};
use crate::runbook::{Condition, MatchOp, Outcome, Runbook, Selection, TripWire};

/// What makes a record a failing one.
#[derive(Debug)]
pub(super) struct Failing {
    any_of: Vec<Rule>,
    meaning: Vec<String>,
}

/// A record of this signal is failing if it is picked, and is not one that succeeded.
#[derive(Debug)]
struct Rule {
    signal: usize,
    picked: Vec<(Option<Field>, MatchOp)>,
    unless: Option<Vec<(Option<Field>, MatchOp)>>,
}

impl Failing {
    /// Failures of rates, guardrail violations, what trips a trigger, what a gate tolerates none of, failure messages.
    pub(super) fn new(runbook: &Runbook, plan: &Plan) -> Self {
        let mut this = Self { any_of: Vec::new(), meaning: Vec::new() };
        for rate in &runbook.rates {
            match &rate.outcome {
                Outcome::Failures(failures) => this.add(runbook, plan, failures, None, format!("rate {}", rate.key)),
                // Successes told by another signal than attempts: no record says that it failed.
                Outcome::Successes(successes) if successes.signal == rate.attempts.signal => {
                    this.add(runbook, plan, &rate.attempts, Some(successes), format!("rate {}", rate.key));
                }
                Outcome::Successes(_) => {}
            }
        }
        if let Some(guardrails) = &runbook.guardrails {
            let all = Selection { signal: guardrails.signal.clone(), matchers: Vec::new() };
            this.add(runbook, plan, &all, None, "guardrails".to_owned());
        }
        for trigger in &runbook.triggers {
            for wire in &trigger.when {
                if let TripWire::Repeated { events, .. } | TripWire::Any { events } = wire {
                    this.add(runbook, plan, events, None, format!("trigger {}", trigger.key));
                }
            }
        }
        for gate in runbook.stages.iter().flat_map(|stage| &stage.gates) {
            if let Condition::ZeroTolerance { events, .. } | Condition::DeclaredMessages { events, .. } =
                &gate.condition
            {
                this.add(runbook, plan, events, None, format!("gate {}", gate.key));
            }
        }
        this.meaning.dedup();
        this
    }

    /// Whether this record is failing.
    pub(super) fn holds(&self, plan: &Plan, texts: &[String]) -> bool {
        let picks = |matchers: &[(Option<Field>, MatchOp)]| {
            matchers.iter().all(|(field, op)| op.holds(field.as_ref().map_or("", |field| field.of(texts))))
        };
        plan.signals_of(texts).any(|index| {
            let read = plan.signals[index].read.as_ref().is_some_and(|read| read.matches(texts));
            let fails =
                |rule: &Rule| rule.signal == index && picks(&rule.picked) && !rule.unless.as_deref().is_some_and(picks);
            read && self.any_of.iter().any(fails)
        })
    }

    /// What failing records count for: `rate uploads`, `guardrails`.
    pub(super) fn meaning(&self) -> &[String] {
        &self.meaning
    }

    fn add(&mut self, runbook: &Runbook, plan: &Plan, picked: &Selection, unless: Option<&Selection>, meaning: String) {
        let Some((signal, by)) = runbook.signals.iter().enumerate().find(|(_, signal)| signal.key == picked.signal)
        else {
            return;
        };
        let Some(read) = &plan.signals[signal].read else { return };
        let compiled = |selection: &Selection| {
            let position = |name: &str| by.by.iter().position(|label| label == name);
            let field = |name: &str| position(name).and_then(|i| read.labels.get(i)).copied();
            selection.matchers.iter().map(|matcher| (field(&matcher.field), matcher.op.clone())).collect()
        };
        self.any_of.push(Rule { signal, picked: compiled(picked), unless: unless.map(compiled) });
        self.meaning.push(meaning);
    }
}

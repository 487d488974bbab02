//! The steps from one exposure to another, such that nobody is served too much after any of them.
//!
//! Growing while the environment is on adds what is missing, each strategy whole in one request. Shrinking switches
//! the environment off first. An environment is switched on last, when its strategies have been written and read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    config::Config,
    meaning::{PERCENTAGE, Stand, Subject, cohort_title},
};
use crate::{
    fault::Fault,
    runbook::{Exposure, Percent},
};

/// What a [`crate::flags::Write`] carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub(super) enum Request {
    /// Switch the environment off, wherever it stands.
    Off,
    /// Lead it from where it must stand to where it must stand then.
    Step { change: Change, before: Stand, after: Stand },
}

/// One change of one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Change {
    /// Add this strategy, whole.
    Create { title: String, strategy: Value },
    /// Change the share of the percentage strategy and nothing else.
    Rollout { from: Percent, to: Percent },
    /// Take a strategy away, while the environment is off.
    Delete { title: String },
    /// Switch the environment on.
    On,
}

impl Subject {
    /// The steps from `config`, in which nothing is foreign, to `target`, which is not off; each with its title.
    pub(super) fn steps(
        &self,
        environment: &str,
        config: &Config,
        target: &Exposure,
    ) -> Result<Vec<(String, Request)>, Fault> {
        let (mut stand, _) = self.understand(config);
        let mut steps = Vec::new();
        // Once everyone is served, cohorts are immaterial: nothing is gained by taking theirs away.
        let cohorts = if target.is_everyone() { stand.whom.cohorts.clone() } else { target.cohorts.clone() };
        let wanted = Exposure { cohorts, percent: target.percent };
        if stand.on && !wanted.covers(&stand.whom) {
            steps.push((off_title(environment), Request::Off));
            stand.on = false;
        }
        let mut step = |title: String, change: Change, after: Stand, stand: &mut Stand| {
            steps.push((title, Request::Step { change, before: stand.clone(), after: after.clone() }));
            *stand = after;
        };
        for key in stand.whom.cohorts.difference(&wanted.cohorts).cloned().collect::<Vec<_>>() {
            let mut after = stand.clone();
            after.whom.cohorts.remove(&key);
            let change = Change::Delete { title: cohort_title(&key) };
            step(format!("stop serving {key} in {environment}"), change, after, &mut stand);
        }
        for key in wanted.cohorts.difference(&stand.whom.cohorts).cloned().collect::<Vec<_>>() {
            let segment = self.segment(&key, config)?;
            let title = cohort_title(&key);
            let strategy = self.strategy(&title, Percent::ALL, Some(segment.id));
            let mut after = stand.clone();
            after.whom.cohorts.insert(key.clone());
            step(format!("serve {key} in {environment}"), Change::Create { title, strategy }, after, &mut stand);
        }
        if stand.whom.percent != wanted.percent {
            let change = if config.strategy(PERCENTAGE).is_some() {
                Change::Rollout { from: stand.whom.percent, to: wanted.percent }
            } else {
                let strategy = self.strategy(PERCENTAGE, wanted.percent, None);
                Change::Create { title: PERCENTAGE.to_owned(), strategy }
            };
            let after = Stand { whom: Exposure { percent: wanted.percent, ..stand.whom.clone() }, ..stand };
            step(format!("serve {} % in {environment}", wanted.percent.get()), change, after, &mut stand);
        }
        if !stand.on {
            let after = Stand { on: true, ..stand.clone() };
            step(format!("switch {environment} on"), Change::On, after, &mut stand);
        }
        Ok(steps)
    }
}

/// What switching off is called.
pub(super) fn off_title(environment: &str) -> String {
    format!("switch {environment} off")
}

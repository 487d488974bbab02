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
    Step { change: Box<Change>, before: Stand, after: Stand },
}

/// One change of one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Change {
    /// Add this strategy, whole.
    Create { title: String, strategy: Value },
    /// Change the share of the percentage strategy and nothing else.
    Rollout { from: Percent, to: Percent },
    /// Take a strategy of gonogo's away, while the environment is off.
    Delete { title: String },
    /// Take away the strategy of this id, whatever it is, while the environment is off.
    TakeAway { id: String },
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
            steps
                .push((title, Request::Step { change: Box::new(change), before: stand.clone(), after: after.clone() }));
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
            let after = Stand { whom: Exposure { percent: wanted.percent, ..stand.whom.clone() }, ..stand.clone() };
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

#[cfg(test)]
pub(super) mod tests {
    use proptest::{
        collection::btree_set,
        prelude::{Strategy as Shares, *},
    };
    use serde_json::json;

    use super::*;
    use crate::{
        flags::unleash::config::{Segment, Strategy},
        runbook::Cohort,
    };

    pub(in crate::flags::unleash) const KEYS: [&str; 3] = ["internal", "partners", "staff"];

    pub(in crate::flags::unleash) fn subject() -> Subject {
        let cohort = |key: &str| Cohort {
            key: key.to_owned(),
            title: key.to_owned(),
            segment: Some(format!("{key}-users")),
            attribute: None,
        };
        Subject { flag: "flag".to_owned(), cohorts: KEYS.map(cohort).to_vec() }
    }

    pub(in crate::flags::unleash) fn nothing(enabled: bool) -> Config {
        let constraints = vec![json!({"contextName": "group", "operator": "IN", "values": ["x"]})];
        let segment =
            |(id, key): (i64, &str)| Segment { id, name: format!("{key}-users"), constraints: constraints.clone() };
        let segments = (1..).zip(KEYS).map(segment).collect();
        Config { enabled, strategies: Vec::new(), segments, dependencies: Vec::new() }
    }

    pub(in crate::flags::unleash) fn add(config: &mut Config, mut strategy: Value) {
        let number = config.strategies.iter().filter_map(|s| s.id.strip_prefix("id-")?.parse::<usize>().ok()).max();
        strategy["id"] = json!(format!("id-{}", number.map_or(0, |number| number + 1)));
        config.strategies.push(serde_json::from_value::<Strategy>(strategy).unwrap());
    }

    /// What the server would make of a step.
    pub(in crate::flags::unleash) fn obey(config: &mut Config, request: &Request) {
        match request {
            Request::Off => config.enabled = false,
            Request::Step { change, .. } => match &**change {
                Change::Create { title, strategy } => {
                    assert!(config.strategy(title).is_none(), "{title} is made twice");
                    add(config, strategy.clone());
                }
                Change::Rollout { from, to } => {
                    let own = config.strategies.iter_mut().find(|s| s.title.as_deref() == Some(PERCENTAGE)).unwrap();
                    assert_eq!(own.parameter("rollout"), Some(from.get().to_string().as_str()));
                    own.parameters.insert("rollout".to_owned(), to.get().to_string().into());
                }
                Change::Delete { title } => {
                    assert!(!config.enabled);
                    config.strategies.retain(|s| s.title.as_ref() != Some(title));
                }
                Change::TakeAway { id } => {
                    assert!(!config.enabled);
                    config.strategies.retain(|s| s.id != *id);
                }
                Change::On => {
                    assert!(!config.strategies.is_empty(), "Unleash would add one for everyone");
                    config.enabled = true;
                }
            },
        }
    }

    pub(in crate::flags::unleash) fn serves(config: &Config) -> Exposure {
        let (stand, foreign) = subject().understand(config);
        assert_eq!(foreign, []);
        if stand.on { stand.whom } else { Exposure::off() }
    }

    pub(in crate::flags::unleash) fn exposure(keys: impl IntoIterator<Item = usize>, percent: u8) -> Exposure {
        Exposure {
            cohorts: keys.into_iter().map(|i| KEYS[i].to_owned()).collect(),
            percent: Percent::new(percent).unwrap(),
        }
    }

    pub(in crate::flags::unleash) fn share() -> impl Shares<Value = u8> {
        prop_oneof![Just(0u8), Just(5), Just(20), Just(100), 0u8..=100]
    }

    proptest! {
        #[test]
        fn no_prefix_of_a_plan_serves_anybody_who_is_in_neither(
            enabled in any::<bool>(), had in btree_set(0usize..3, 0..3), share in proptest::option::of(share()),
            want in btree_set(0usize..3, 0..3), percent in share(),
        ) {
            let target = exposure(want, percent);
            prop_assume!(!target.is_off());
            let mut config = nothing(enabled && (!had.is_empty() || share.is_some()));
            for &i in &had {
                let title = cohort_title(KEYS[i]);
                add(&mut config, subject().strategy(&title, Percent::ALL, Some(i as i64 + 1)));
            }
            if let Some(share) = share {
                add(&mut config, subject().strategy(PERCENTAGE, Percent::new(share).unwrap(), None));
            }
            let old = serves(&config);
            let either = Exposure {
                cohorts: old.cohorts.union(&target.cohorts).cloned().collect(),
                percent: old.percent.max(target.percent),
            };
            let grows = target.covers(&old);
            for (title, request) in subject().steps("production", &config, &target).unwrap() {
                if let Request::Step { before, .. } = &request {
                    prop_assert_eq!(&subject().understand(&config).0, before, "{}", title);
                }
                obey(&mut config, &request);
                if let Request::Step { after, .. } = &request {
                    prop_assert_eq!(&subject().understand(&config).0, after, "{}", title);
                }
                let now = serves(&config);
                prop_assert!(either.covers(&now), "{}: {} of {}", title, now, either);
                // Who keeps the feature never loses it on the way.
                prop_assert!(!grows || now.covers(&old), "{}: {} from {}", title, now, old);
            }
            prop_assert!(serves(&config).same_as(&target));
            prop_assert!(subject().steps("production", &config, &target).unwrap().is_empty());
        }
    }
}

//! The steps back to what was decided, where others have changed the flag: off, their rules away, then gonogo's own steps.

use super::{
    config::Config,
    meaning::{OTHERS, Subject},
    steps::{Change, Request, off_title},
};
use crate::{
    fault::{Fault, FaultKind},
    runbook::Exposure,
};

impl Subject {
    /// The steps from `config`, whatever is in it, to `target` and nothing else; each with its title.
    ///
    /// The environment goes off first where more than `target` may be served: only then is a strategy taken away.
    pub(super) fn restoring(
        &self,
        environment: &str,
        config: &Config,
        target: &Exposure,
    ) -> Result<Vec<(String, Request)>, Fault> {
        self.can_be_taken_away(config)?;
        let mut config = config.clone();
        let mut steps = Vec::new();
        let (stand, foreign) = self.understand(&config);
        if stand.on && (target.is_off() || !foreign.is_empty() || !target.covers(&stand.whom)) {
            steps.push((off_title(environment), Request::Off));
            config.enabled = false;
        }
        // One at a time: with a twin of its title gone, a strategy may be gonogo's own again.
        let (mut before, mut foreign) = self.understand(&config);
        while let Some((Some(id), words)) = foreign.into_iter().next().map(|first| (first.strategy, first.words)) {
            config.strategies.retain(|strategy| strategy.id != id);
            let (after, rest) = self.understand(&config);
            let change = Box::new(Change::TakeAway { id });
            steps.push((title(&words), Request::Step { change, before, after: after.clone() }));
            (before, foreign) = (after, rest);
        }
        if !target.is_off() {
            // What is left is gonogo's own, and the way on is the usual one.
            steps.extend(self.steps(environment, &config, target)?);
        }
        Ok(steps)
    }

    /// Refuses what no change of this flag's own environment takes away.
    fn can_be_taken_away(&self, config: &Config) -> Result<(), Fault> {
        if config.dependencies.is_empty() {
            return Ok(());
        }
        let parent = |dependency: &serde_json::Value| {
            ["feature", "name"].iter().find_map(|key| dependency.get(key)?.as_str().map(str::to_owned))
        };
        let names: Vec<String> = config.dependencies.iter().filter_map(parent).collect();
        let on = if names.is_empty() { "another flag".to_owned() } else { names.join(", ") };
        Err(Fault::new(
            FaultKind::Hazard,
            format!("{} depends on {on} in Unleash, in every environment: gonogo does not change that", self.flag),
            "take the dependency away in Unleash, or roll back",
        ))
    }
}

/// What taking a foreign strategy away is called, by what is foreign about it.
fn title(words: &str) -> String {
    match words.strip_prefix(OTHERS) {
        Some(which) => format!("take away the strategy {which}, that is not gonogo's"),
        None => format!("take away a strategy: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::{btree_set, vec},
        prelude::*,
    };
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        flags::unleash::{
            meaning::{PERCENTAGE, cohort_title},
            steps::tests::{KEYS, add, exposure, nothing, obey, serves, share, subject},
        },
        runbook::Percent,
    };

    /// What others may have left there, by kind: each serves somebody, or would.
    fn others(kind: usize) -> Value {
        let strategy = |title: &str, rollout: &str, segments: Value| {
            json!({"name": "flexibleRollout", "title": title, "disabled": false, "constraints": [], "variants": [],
                "segments": segments, "parameters": {"rollout": rollout, "stickiness": "userId", "groupId": "flag"}})
        };
        match kind {
            0 => json!({"name": "default", "title": null, "segments": []}),
            1 => strategy("hotfix", "100", json!([])),
            2 => strategy(PERCENTAGE, "150", json!([])),
            3 => strategy(PERCENTAGE, "50", json!([])),
            4 => strategy(&cohort_title("internal"), "100", json!([])),
            _ => strategy(&cohort_title("nobody-knows"), "100", json!([1])),
        }
    }

    /// Whether nothing but `target` can be had: rules of others count as everyone.
    fn at_most(config: &Config, target: &Exposure) -> bool {
        let (stand, foreign) = subject().understand(config);
        !stand.on || (foreign.is_empty() && target.covers(&stand.whom))
    }

    proptest! {
        #[test]
        fn no_prefix_serves_more_than_was_decided_once_it_is_off(
            enabled in any::<bool>(), had in btree_set(0usize..3, 0..3), own in proptest::option::of(share()),
            foreign in vec(0usize..6, 0..4), want in btree_set(0usize..3, 0..3), percent in share(),
        ) {
            let target = exposure(want, percent);
            let mut config = nothing(enabled);
            for &i in &had {
                add(&mut config, subject().strategy(&cohort_title(KEYS[i]), Percent::ALL, Some(i as i64 + 1)));
            }
            if let Some(own) = own {
                add(&mut config, subject().strategy(PERCENTAGE, Percent::new(own).unwrap(), None));
            }
            for kind in foreign {
                add(&mut config, others(kind));
            }
            let (at_first, found) = subject().understand(&config);
            let old = if at_first.on { at_first.whom.clone() } else { Exposure::off() };
            let alone = found.is_empty();
            let either = Exposure {
                cohorts: old.cohorts.union(&target.cohorts).cloned().collect(),
                percent: old.percent.max(target.percent),
            };
            let fine = at_most(&config, &target);
            let steps = subject().restoring("production", &config, &target).unwrap();
            // Whoever was served by others, or has more than was decided, loses the feature in the first step.
            prop_assert!(fine || matches!(steps.first(), Some((_, Request::Off))), "{:?}", steps);
            for (title, request) in steps {
                if let Request::Step { before, .. } = &request {
                    prop_assert_eq!(&subject().understand(&config).0, before, "{}", title);
                }
                obey(&mut config, &request);
                if let Request::Step { after, .. } = &request {
                    prop_assert_eq!(&subject().understand(&config).0, after, "{}", title);
                }
                prop_assert!(at_most(&config, &target), "{}: more than {}", title, target);
                if alone {
                    prop_assert!(either.covers(&serves(&config)), "{}", title);
                }
            }
            prop_assert!(serves(&config).same_as(&target));
            prop_assert!(subject().restoring("production", &config, &target).unwrap().is_empty());
        }
    }

    #[test]
    fn each_title_says_what_goes() {
        let mut config = nothing(true);
        add(&mut config, subject().strategy(&cohort_title("internal"), Percent::ALL, Some(1)));
        add(&mut config, others(1));
        add(&mut config, others(2));
        let steps = subject().restoring("production", &config, &exposure([0], 5)).unwrap();
        let titles: Vec<&str> = steps.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "switch production off",
                "take away the strategy \"hotfix\", 100 %, that is not gonogo's",
                "take away a strategy: \"gonogo: percentage\" has the rollout \"150\", which is no percentage",
                "serve 5 % in production",
                "switch production on"
            ]
        );
    }

    #[test]
    fn what_no_change_of_the_flag_takes_away_is_named() {
        let mut config = nothing(true);
        config.dependencies = vec![json!({"feature": "parent-flag"})];
        let fault = subject().restoring("production", &config, &exposure([0], 0)).unwrap_err();
        assert!(fault.kind == FaultKind::Hazard && fault.what.contains("parent-flag"), "{fault}");
        // A segment that came to match everyone: what it served goes, and it is not served again.
        let mut config = nothing(true);
        add(&mut config, subject().strategy(&cohort_title("internal"), Percent::ALL, Some(1)));
        config.segments[0].constraints.clear();
        let fault = subject().restoring("production", &config, &exposure([0], 0)).unwrap_err();
        assert!(fault.kind == FaultKind::Hazard && fault.what.contains("internal-users"), "{fault}");
        let steps = subject().restoring("production", &config, &exposure([1], 0)).unwrap();
        assert!(
            matches!(&steps[1].1, Request::Step { change, .. } if matches!(**change, Change::TakeAway { .. })),
            "{steps:?}"
        );
    }
}

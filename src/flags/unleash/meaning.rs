//! Whom a configuration serves: gonogo's own strategies, known by their titles and exact in their shape, and
//! everything else, in words.
//!
//! Users are told apart by `userId`, so that a larger percentage keeps everybody who has the feature. A context without
//! a `userId` is in no percentage, not even in 100 %: who is not signed in never gets the feature this way.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::config::{Config, Segment, Strategy};
use crate::{
    fault::{Fault, FaultKind},
    runbook::{Cohort, Exposure, Percent},
};

/// The title of the strategy that serves a share of all users.
pub(super) const PERCENTAGE: &str = "gonogo: percentage";

const COHORT: &str = "gonogo: cohort ";

/// How the words for a strategy of somebody else's begin.
pub(super) const OTHERS: &str = "a strategy that is not gonogo's: ";

/// The title of the strategy that serves a cohort.
pub(super) fn cohort_title(key: &str) -> String {
    format!("{COHORT}{key}")
}

/// Where an environment stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stand {
    /// The switch.
    pub(super) on: bool,
    /// Whom gonogo's own strategies name.
    pub(super) whom: Exposure,
    /// Ids of the strategies that are not gonogo's, or no longer as gonogo makes them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) others: BTreeSet<String>,
}

/// Something that decides who is served and is not gonogo's.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Foreign {
    /// The strategy that it is about; none where no strategy is.
    pub(super) strategy: Option<String>,
    /// For people.
    pub(super) words: String,
}

impl Foreign {
    fn new(strategy: Option<&Strategy>, words: &str) -> Self {
        Self { strategy: strategy.map(|strategy| strategy.id.clone()), words: crate::text::clean(words) }
    }

    /// Whether it is one of these strategies.
    pub(super) fn is_of(&self, strategies: &BTreeSet<String>) -> bool {
        self.strategy.as_ref().is_some_and(|id| strategies.contains(id))
    }
}

/// A flag and the cohorts it can be shown to.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) flag: String,
    pub(super) cohorts: Vec<Cohort>,
}

impl Subject {
    /// Where the environment stands, and what in it is not gonogo's.
    pub(super) fn understand(&self, config: &Config) -> (Stand, Vec<Foreign>) {
        let mut whom = Exposure::off();
        let mut foreign = Vec::new();
        let mut titles = BTreeSet::new();
        for strategy in &config.strategies {
            let outcome = match strategy.title.as_deref() {
                Some(title) if is_own(title) && !titles.insert(title) => Err(format!("\"{title}\" is there twice")),
                Some(PERCENTAGE) => self.percentage(strategy).map(|percent| whom.percent = percent),
                Some(title) if is_own(title) => self.cohort(strategy, title, config).map(|key| {
                    whom.cohorts.insert(key);
                }),
                _ => Err(describe(strategy)),
            };
            if let Err(words) = outcome {
                foreign.push(Foreign::new(Some(strategy), &words));
            }
        }
        if config.enabled && config.strategies.is_empty() {
            let words = "the environment is on without a strategy, which can serve everyone";
            foreign.push(Foreign::new(None, words));
        }
        if !config.dependencies.is_empty() {
            foreign.push(Foreign::new(None, "the flag depends on another flag"));
        }
        let others = foreign.iter().filter_map(|foreign| foreign.strategy.clone()).collect();
        (Stand { on: config.enabled, whom, others }, foreign)
    }

    fn percentage(&self, strategy: &Strategy) -> Result<Percent, String> {
        let percent = self.gradual(strategy)?;
        match strategy.segments.as_deref() {
            Some([]) => Ok(percent),
            _ => Err(format!("\"{PERCENTAGE}\" was given a segment")),
        }
    }

    fn cohort(&self, strategy: &Strategy, title: &str, config: &Config) -> Result<String, String> {
        let key = title.strip_prefix(COHORT).unwrap_or(title);
        let cohort = self.cohorts.iter().find(|cohort| cohort.key == key);
        let segment = cohort
            .and_then(|cohort| cohort.segment.as_deref())
            .ok_or_else(|| format!("\"{title}\" serves a cohort that the runbook gives no segment"))?;
        let share = self.gradual(strategy)?;
        if share != Percent::ALL {
            return Err(format!("\"{title}\" serves {} % of its cohort", share.get()));
        }
        let known = config.segment(segment).ok_or_else(|| format!("the segment \"{segment}\" is not there"))?;
        if strategy.segments.as_deref() != Some(&[known.id]) {
            return Err(format!("\"{title}\" is not limited to the segment \"{segment}\""));
        }
        if !known.constrains() {
            return Err(format!("the segment \"{segment}\" has no constraint and matches everyone"));
        }
        Ok(key.to_owned())
    }

    /// The share that a gradual rollout of gonogo's own shape serves.
    fn gradual(&self, strategy: &Strategy) -> Result<Percent, String> {
        let label = strategy.label();
        if strategy.name != "flexibleRollout" {
            return Err(format!("\"{label}\" is a {} strategy", strategy.name));
        }
        if strategy.disabled {
            return Err(format!("\"{label}\" was disabled"));
        }
        if !strategy.constraints.is_empty() || !strategy.variants.is_empty() {
            return Err(format!("\"{label}\" was given constraints or variants"));
        }
        let same_users = strategy.parameter("stickiness") == Some("userId")
            && strategy.parameter("groupId") == Some(&self.flag)
            && strategy.parameters.len() == 3;
        if !same_users {
            return Err(format!("\"{label}\" chooses its users in another way than gonogo does"));
        }
        let rollout = strategy.parameter("rollout").unwrap_or_default();
        // Unleash takes 150, -1 and "abc" without a word.
        parse_percent(rollout)
            .ok_or_else(|| format!("\"{label}\" has the rollout \"{rollout}\", which is no percentage"))
    }

    /// The segment that holds a cohort, fit to be used.
    pub(super) fn segment<'a>(&self, key: &str, config: &'a Config) -> Result<&'a Segment, Fault> {
        let named = self.cohorts.iter().find(|cohort| cohort.key == key).and_then(|cohort| cohort.segment.as_deref());
        let name = named.ok_or_else(|| {
            Fault::new(
                FaultKind::Configuration,
                format!("the runbook does not say which Unleash segment holds the cohort \"{key}\""),
                format!("give the cohort \"{key}\" an Unleash segment"),
            )
        })?;
        let segment = config.segment(name).ok_or_else(|| {
            Fault::new(
                FaultKind::Hazard,
                format!("Unleash has no segment \"{name}\", which holds the cohort \"{key}\""),
                "create it in Unleash, then try again",
            )
        })?;
        if !segment.constrains() {
            return Err(Fault::new(
                FaultKind::Hazard,
                format!("the Unleash segment \"{name}\" has no constraint: it would match everyone"),
                "give the segment the constraint that tells its members, then try again",
            ));
        }
        Ok(segment)
    }

    /// The whole strategy that serves `share`, of a segment if one is given.
    pub(super) fn strategy(&self, title: &str, share: Percent, segment: Option<i64>) -> Value {
        json!({
            "name": "flexibleRollout",
            "title": title,
            "disabled": false,
            "constraints": [],
            "variants": [],
            "segments": Vec::from_iter(segment),
            "parameters": {"rollout": share.get().to_string(), "stickiness": "userId", "groupId": self.flag},
        })
    }
}

fn is_own(title: &str) -> bool {
    title == PERCENTAGE || title.starts_with(COHORT)
}

fn parse_percent(text: &str) -> Option<Percent> {
    let number: u8 = text.parse().ok()?;
    // "+5" and "05" are numbers to Rust and nobody's writing of ours.
    (number.to_string() == text).then(|| Percent::new(number)).flatten()
}

fn describe(strategy: &Strategy) -> String {
    let share = strategy.parameter("rollout").map(|rollout| format!(", {rollout} %")).unwrap_or_default();
    let off = if strategy.disabled { ", disabled" } else { "" };
    format!("{OTHERS}\"{}\"{share}{off}", strategy.label())
}

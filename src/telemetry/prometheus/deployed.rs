//! Which commit the instances run, as a metric with one series for each of them tells.

use std::collections::BTreeMap;

use super::{api::Api, selector::selector, wire::Series};
use crate::{
    fault::{Fault, FaultKind},
    runbook::{DeployedMetric, PrometheusRead},
};

/// What a commit is called that a series does not name; never a candidate.
const UNKNOWN: &str = "unknown";

/// The question, asked anew in each poll. An instance that is gone is no longer in the answer once the server has
/// noticed: its series is stale.
pub struct Question {
    query: String,
    label: String,
}

impl Question {
    /// The question for `environment`.
    ///
    /// # Errors
    /// [`FaultKind::Configuration`] for names that PromQL does not know.
    pub fn new(read: &DeployedMetric, environment: &str) -> Result<Self, Fault> {
        let label = read.commit.clone();
        let counted = PrometheusRead {
            metric: read.metric.clone(),
            matchers: read.matchers.clone(),
            labels: vec![label.clone()],
            replica_labels: Vec::new(),
        };
        let query = format!("count by ({label}) ({})", selector(&counted, environment)?);
        Ok(Self { query, label })
    }

    /// How many instances run each commit at `at`, in seconds since 1970; none where no series tells.
    ///
    /// # Errors
    /// Where the server does not answer, or not in full: an instance that is left out may run anything.
    pub async fn ask(&self, api: &Api, at: i64) -> Result<Option<BTreeMap<String, u64>>, Fault> {
        let label = self.label.clone();
        let answered = api.query(&self.query, at, move |series, _| counted(&series, &label)).await?;
        if let Some(warning) = answered.warning {
            let what = format!("{} at {} answered in part: {warning}", api.name(), api.address());
            return Err(Fault::new(FaultKind::Server, what, "look at the server"));
        }
        Ok(Some(answered.result).filter(|commits| !commits.is_empty()))
    }
}

fn counted(series: &[Series<'_>], label: &str) -> BTreeMap<String, u64> {
    let mut commits: BTreeMap<String, u64> = BTreeMap::new();
    for one in series {
        let instances = one.value.map_or(0.0, |sample| sample.value);
        if instances.is_nan() || instances < 1.0 {
            continue;
        }
        let commit = match one.metric.get(label).trim() {
            "" => UNKNOWN,
            commit => commit,
        };
        let known = commits.entry(commit.to_owned()).or_default();
        *known = known.saturating_add(instances as u64);
    }
    commits
}

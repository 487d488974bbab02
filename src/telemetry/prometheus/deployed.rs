//! Which commit the instances run, as a metric with one series for each of them tells.

use std::collections::BTreeMap;

use super::{api::Api, selector::selector, wire::Series};
use crate::{
    fault::{Fault, FaultKind},
    runbook::{DeployedMetric, PrometheusRead},
    snapshot::Deployments,
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
        whole(api, answered.warning)?;
        Ok(Some(answered.result).filter(|commits| !commits.is_empty()))
    }
}

impl Question {
    /// How many instances ran each commit when each minute from `from` to `to` began, both in seconds since 1970.
    ///
    /// # Errors
    /// As for [`Question::ask`].
    pub async fn over(&self, api: &Api, from: i64, to: i64) -> Result<Deployments, Fault> {
        let (first, last) = (from.div_euclid(60), to.div_euclid(60));
        // A minute more: ranges are open on the left.
        let query = format!("({})[{}s:1m]", self.query, (last - first + 1) * 60);
        let label = self.label.clone();
        let read = move |series: Vec<Series<'_>>, _: Option<&str>| counted_over(&series, &label, first, last);
        let answered = api.query(&query, last * 60, read).await?;
        whole(api, answered.warning)?;
        Ok(answered.result)
    }
}

fn counted_over(series: &[Series<'_>], label: &str, first: i64, last: i64) -> Deployments {
    let mut minutes: BTreeMap<i64, BTreeMap<String, u64>> = BTreeMap::new();
    for one in series {
        let commit = commit(one, label);
        for sample in one.values.iter().filter(|sample| sample.value >= 1.0) {
            let commits = minutes.entry(sample.at.div_euclid(60_000)).or_default();
            let known = commits.entry(commit.to_owned()).or_default();
            *known = known.saturating_add(sample.value as u64);
        }
    }
    Deployments::new((first..=last).map(|minute| (minute, minutes.remove(&minute))))
}

fn commit<'a>(series: &'a Series<'_>, label: &str) -> &'a str {
    match series.metric.get(label).trim() {
        "" => UNKNOWN,
        commit => commit,
    }
}

/// Refuses an answer that the server says is not whole.
fn whole(api: &Api, warning: Option<String>) -> Result<(), Fault> {
    let Some(warning) = warning else { return Ok(()) };
    let what = format!("{} at {} answered in part: {warning}", api.name(), api.address());
    Err(Fault::new(FaultKind::Server, what, "look at the server"))
}

fn counted(series: &[Series<'_>], label: &str) -> BTreeMap<String, u64> {
    let mut commits: BTreeMap<String, u64> = BTreeMap::new();
    for one in series {
        let instances = one.value.map_or(0.0, |sample| sample.value);
        if instances.is_nan() || instances < 1.0 {
            continue;
        }
        let known = commits.entry(commit(one, label).to_owned()).or_default();
        *known = known.saturating_add(instances as u64);
    }
    commits
}

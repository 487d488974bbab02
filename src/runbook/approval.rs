//! What a promotion rests on beside telemetry: checks, the automated gate, evidence, the sign-off, and who answers for it.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::{Matcher, Selection, seconds};

/// A check that people make.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Short name.
    pub key: String,
    /// What is checked.
    pub title: String,
    /// What telemetry counts where the check is made when it holds: each of these at least once. Shown beside the check,
    /// and no more than that; empty where telemetry cannot tell.
    pub seen: Vec<Selection>,
}

/// The automated gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QaGate {
    /// The command, run from the product's repo root: a program and its arguments, no shell.
    pub command: String,
    /// Arguments that make the command write its JSON report; `{report}` in them stands for the file. Empty: it writes none.
    pub report: Vec<String>,
    /// What else the tool may call the command in a report.
    pub reported_as: Vec<String>,
    /// Ids of the checks that a green run contains.
    pub checks: Vec<String>,
    /// Ids that a check had before, and its present one.
    pub older: BTreeMap<String, String>,
    /// A run that takes longer is killed.
    #[serde(serialize_with = "seconds")]
    pub limit: Duration,
    /// What it covers, in words.
    pub covers: Vec<String>,
    /// How old a green run may be.
    #[serde(serialize_with = "seconds")]
    pub max_age: Duration,
}

/// How telemetry tells which commit is deployed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deployed {
    /// A metric with one series for each instance that runs, and the commit in a label: `build_info`.
    pub prometheus: Option<DeployedMetric>,
    /// Event records that instances write of themselves; the newest of each instance counts.
    pub events: Option<DeployedEvent>,
    /// Whether advancing needs to know. If not, what is not told does not block; what is told and differs always does.
    pub required: bool,
}

/// A metric that tells what is deployed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeployedMetric {
    /// Metric name.
    pub metric: String,
    /// Label matchers, all of which must hold. A value `{environment}` stands for the environment under rollout.
    pub matchers: Vec<Matcher>,
    /// The label that holds the commit.
    pub commit: String,
}

/// An event record that tells what is deployed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeployedEvent {
    /// Field that names the kind of event.
    pub name_field: String,
    /// Its value, one of these.
    pub names: Vec<String>,
    /// Dotted path of the field that holds the commit.
    pub commit: String,
    /// Dotted path of the field that tells instances apart; without one, all are one.
    pub instance: Option<String>,
}

/// Evidence to capture before promotion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceItem {
    /// Short name, unique in the runbook: `staging-success`.
    pub key: String,
    /// What it is, in the document's words.
    pub title: String,
    /// Where it comes from.
    pub from: EvidenceFrom,
}

/// Where evidence comes from. Whatever it is, people may attach it by hand, too.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceFrom {
    /// People attach it: a link, a file, an excerpt.
    ByHand,
    /// The latest report of the automated gate on the candidate.
    QaReport,
    /// The whole output of a run of the automated gate on the candidate.
    QaOutput,
    /// The decision and the signature.
    SignOff,
    /// Log lines that a query finds.
    Logs(LogRead),
}

/// Log lines that a query finds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogRead {
    /// The query, in LogQL. `{environment}` in it stands for `environment`, `{candidate}` for the candidate.
    pub query: String,
    /// Where the logs are from: `staging`.
    pub environment: String,
    /// How far back it looks.
    #[serde(serialize_with = "seconds")]
    pub within: Duration,
}

/// A field of the sign-off block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignOffField {
    /// As in the team's template: `Rollback owner`.
    pub title: String,
    /// What fills it.
    pub fill: Fill,
}

/// What fills a field of the sign-off block.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// The candidate, whole.
    Candidate,
    /// The command of the automated gate.
    GateCommand,
    /// PASS or FAIL of the automated gate on the candidate, with the run it rests on.
    GateResult,
    /// What was attached to the item of evidence of this key.
    Evidence(String),
    /// Who has the duty of the rollback owner.
    RollbackOwner,
    /// Who signs, and when.
    Decision,
    /// What the one who signs writes there.
    ByHand,
}

/// Someone who is asked in a go/no-go poll.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Role {
    /// Short name: `release-owner`.
    pub key: String,
    /// Name for people: `Release owner`.
    pub title: String,
    /// What else the role does.
    pub duty: Option<Duty>,
    /// Who has it, by this operator's configuration; what the audit log says comes first. Not part of the runbook's text.
    #[serde(skip)]
    pub configured: Option<String>,
}

/// What a role does beside answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Decides when a poll is closed, and signs.
    ReleaseOwner,
    /// Rolls back when it is called for; somebody has this duty before anybody is served.
    RollbackOwner,
}

//! The rollout as data: stages, exposures, signals, gates, guardrails, triggers, procedures.
//!
//! A [`Runbook`] that exists is valid: [`parse`] is the only way to make one from text, and it refuses what does
//! not hold together, all errors at once.

mod approval;
mod exposure;
mod load;
mod page;
mod parse;
mod show;

use std::time::Duration;

pub use approval::*;
pub use exposure::{CohortKey, Exposure, Percent};
pub use load::{LoadError, built_in, load, text};
pub(crate) use parse::nearest;
pub use parse::{Problem, parse};
use serde::Serialize;
pub use show::show;

/// A whole rollout as its team wrote it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Runbook {
    /// Short name, fit for a file name: `vfs-secure-upload`.
    pub key: String,
    /// Name for people: `VFS secure upload`.
    pub title: String,
    /// What the runbook is for, one paragraph an entry.
    pub scope: Vec<String>,
    /// The feature flag under rollout.
    pub flag: Flag,
    /// What must be true before the rollout begins.
    pub preconditions: Vec<String>,
    /// Named groups of users that a stage can expose the feature to.
    pub cohorts: Vec<Cohort>,
    /// The stages in order; never empty, each exposes at least what the one before it does.
    pub stages: Vec<Stage>,
    /// Everything that is measured.
    pub signals: Vec<Signal>,
    /// Success rates over those signals. The first of scope [`RateScope::Rollout`] is the one the cockpit draws.
    pub rates: Vec<Rate>,
    /// Violations that are hard stops, if the rollout has such a signal.
    pub guardrails: Option<Guardrails>,
    /// The only failure messages that may reach a user, and what each means.
    pub failure_messages: Vec<FailureMessage>,
    /// Codes whose meaning and triage are shown as help (storage errors, and so on).
    pub codes: Vec<Code>,
    /// Classes of what happens that are shown with a tally each.
    pub monitors: Vec<Monitor>,
    /// What calls for a rollback.
    pub triggers: Vec<Trigger>,
    /// The steps of a rollback, in order.
    pub rollback: Vec<ProcedureStep>,
    /// What tells, after a rollback, that users are back on the old path; without it, people must say so.
    pub legacy: Option<LegacyPath>,
    /// Operational rules, in words.
    pub rules: Vec<String>,
    /// Checks that people make on the real server stack.
    pub checklist: Vec<Check>,
    /// The automated gate that promotion requires, if any.
    pub qa: Option<QaGate>,
    /// How telemetry tells which commit is deployed, where it does.
    pub deployed: Option<Deployed>,
    /// Evidence to capture before promotion.
    pub evidence: Vec<EvidenceItem>,
    /// Fields of the sign-off block, in order.
    pub sign_off: Vec<SignOffField>,
    /// Who is asked in a go/no-go poll, in this order, and who has which duty.
    pub roles: Vec<Role>,
    /// SHA-256 of the runbook's text, lower-case hex: names this very version.
    pub digest: String,
}

impl Runbook {
    /// The index and stage of this key.
    pub fn stage(&self, key: &str) -> Option<(usize, &Stage)> {
        self.stages.iter().enumerate().find(|(_, stage)| stage.key == key)
    }

    /// The signal of this key.
    pub fn signal(&self, key: &str) -> Option<&Signal> {
        self.signals.iter().find(|signal| signal.key == key)
    }

    /// The rate of this key.
    pub fn rate(&self, key: &str) -> Option<&Rate> {
        self.rates.iter().find(|rate| rate.key == key)
    }

    /// The cohort of this key.
    pub fn cohort(&self, key: &str) -> Option<&Cohort> {
        self.cohorts.iter().find(|cohort| cohort.key == *key)
    }

    /// The item of evidence of this key.
    pub fn evidence(&self, key: &str) -> Option<&EvidenceItem> {
        self.evidence.iter().find(|item| item.key == key)
    }

    /// The role of this key.
    pub fn role(&self, key: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.key == key)
    }

    /// The role that has this duty, if one has.
    pub fn on_duty(&self, duty: Duty) -> Option<&Role> {
        self.roles.iter().find(|role| role.duty == Some(duty))
    }

    /// The rate that speaks for the whole rollout.
    pub fn primary_rate(&self) -> Option<&Rate> {
        self.rates.iter().find(|rate| rate.scope == RateScope::Rollout)
    }
}

/// The feature flag under rollout.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flag {
    /// Its name in the flag store.
    pub key: String,
    /// The flag of the path that users fall back to, where there is one; shown, never changed.
    pub legacy: Option<String>,
}

/// A named group of users, and how each kind of flag store knows them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cohort {
    /// Name used in exposures: `internal`.
    pub key: CohortKey,
    /// Name for people.
    pub title: String,
    /// The Unleash segment that holds them, by name.
    pub segment: Option<String>,
    /// The evaluation-context attribute that flagd tells them by.
    pub attribute: Option<AttributeRule>,
}

/// Membership by one attribute of the evaluation context: it equals one of `values`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttributeRule {
    /// Attribute name, such as `group`.
    pub name: String,
    /// Values that mean membership; never empty.
    pub values: Vec<String>,
}

/// One stage of the rollout.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// Short name that an operator types to advance: `internal-canary`.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// Who gets the feature.
    pub exposure: Exposure,
    /// How long the stage is to be watched at least.
    #[serde(serialize_with = "seconds")]
    pub observe: Duration,
    /// Entering this stage takes two people: one requests, and another confirms within this time.
    #[serde(serialize_with = "optional_seconds")]
    pub second_person: Option<Duration>,
    /// What the team does in this stage, in words.
    pub actions: Vec<String>,
    /// What must hold before the rollout leaves this stage; never empty.
    pub gates: Vec<Gate>,
}

/// One exit gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// Short name, unique within its stage.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// The sentence of the team's document that it stands for.
    pub requirement: Option<String>,
    /// What decides it.
    pub condition: Condition,
}

/// What decides an exit gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Condition {
    /// A success rate is at or above its SLO (sequential test).
    SuccessRate {
        /// Key of the rate; its SLO is used.
        rate: String,
    },
    /// Nothing of this kind ever happens, over enough exposure to have seen it.
    ZeroTolerance {
        /// What must not happen.
        events: Selection,
        /// What it could have happened to: attempts.
        exposure: Selection,
        /// Rate that is tolerated, 0 < r < 1; sets how much exposure a Pass needs.
        tolerated: f64,
    },
    /// Every failure message seen is one that the runbook declares.
    DeclaredMessages {
        /// Failures, by a label that holds the message.
        events: Selection,
        /// The label with the message.
        label: String,
    },
    /// In none of these rates do failures come so fast, for so long, that they spend the error budget (burn rate over
    /// several windows), and none drops below its SLO for good (CUSUM).
    NoSustainedSpike {
        /// Keys of the rates, never empty; their SLOs are used.
        rates: Vec<String>,
    },
    /// Those who have the feature do not see something more often than those who do not, at the same time.
    CanaryControl {
        /// Those who have the feature.
        canary: Arm,
        /// Those who do not.
        control: Arm,
        /// The ratio of their rates, canary to control, that a Pass rules out; above 1.
        max_ratio: f64,
        /// Where neither has any event: the rate of the canary's that a Pass rules out, 0 < r < 1.
        tolerated: f64,
    },
    /// The stage has been watched for its whole observation window.
    ObservationWindow,
    /// The automated gate is green on the candidate.
    QaReport,
    /// The checklist is done in this environment.
    Checklist {
        /// Where it is to be done: `staging`, `production`.
        environment: String,
    },
    /// A person attests something that telemetry cannot see.
    Attestation {
        /// What they attest.
        statement: String,
    },
    /// The release owner's signature.
    SignOff,
    /// A go/no-go poll on the candidate in this stage was closed with GO.
    Poll,
}

impl Condition {
    /// The name of its kind, as written in a runbook.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SuccessRate { .. } => "success_rate",
            Self::ZeroTolerance { .. } => "zero_tolerance",
            Self::DeclaredMessages { .. } => "declared_messages",
            Self::NoSustainedSpike { .. } => "no_sustained_spike",
            Self::CanaryControl { .. } => "canary_control",
            Self::ObservationWindow => "observation_window",
            Self::QaReport => "qa_report",
            Self::Checklist { .. } => "checklist",
            Self::Attestation { .. } => "attestation",
            Self::SignOff => "sign_off",
            Self::Poll => "poll",
        }
    }
}

/// One side of a comparison: what happened, and to how much it could have happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Arm {
    /// What is counted.
    pub events: Selection,
    /// What it could have happened to: attempts.
    pub exposure: Selection,
}

/// Something measured: occurrences counted, by labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signal {
    /// Short name, unique in the runbook.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// The labels it is counted by, in order; a tally is keyed by their values in this order.
    pub by: Vec<String>,
    /// Another signal whose presence proves that this one's detector is alive when it has nothing to report.
    pub heartbeat: Option<String>,
    /// How it is read from a Prometheus counter.
    pub prometheus: Option<PrometheusRead>,
    /// How it is read from event records.
    pub events: Option<EventRead>,
}

/// A counter in Prometheus.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrometheusRead {
    /// Metric name.
    pub metric: String,
    /// Label matchers, all of which must hold. A value `{environment}` stands for the environment under rollout.
    pub matchers: Vec<Matcher>,
    /// For each entry of the signal's `by`, the Prometheus label that holds it.
    pub labels: Vec<String>,
    /// Labels that tell copies of one counter apart (two servers that scrape the same pod). Series that differ in
    /// nothing else are counted once.
    pub replica_labels: Vec<String>,
}

/// One condition on a label or field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Matcher {
    /// Prometheus label, or dotted path of an event field (`detail.failStage`).
    pub field: String,
    /// How the value is compared.
    pub op: MatchOp,
}

/// How a value is compared. An absent value is the empty string; booleans are `true`/`false`, and so are 1/0 in a
/// field that is compared with one of these words.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchOp {
    /// Equals one of these.
    In(Vec<String>),
    /// Equals none of these.
    NotIn(Vec<String>),
}

impl MatchOp {
    /// Whether this value satisfies the condition.
    pub fn holds(&self, value: &str) -> bool {
        match self {
            Self::In(values) => values.iter().any(|v| v == value),
            Self::NotIn(values) => values.iter().all(|v| v != value),
        }
    }
}

/// Event records: newline-delimited JSON objects.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventRead {
    /// Field that names the kind of event: `eventName`, `metricName`.
    pub name_field: String,
    /// Its value, one of these.
    pub names: Vec<String>,
    /// Further conditions on fields, all of which must hold.
    pub matchers: Vec<Matcher>,
    /// For each entry of the signal's `by`, the dotted path of the field that holds it.
    pub labels: Vec<String>,
    /// Field with how many occurrences one record stands for; one if none is named.
    pub value_field: Option<String>,
}

/// Some of a signal's tallies: those whose labels satisfy every matcher (`Matcher::field` is an entry of `by`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Selection {
    /// Signal key.
    pub signal: String,
    /// Conditions on its labels.
    pub matchers: Vec<Matcher>,
}

/// A success rate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rate {
    /// Short name, unique in the runbook.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// What it speaks for.
    pub scope: RateScope,
    /// Everything that was tried and has ended.
    pub attempts: Selection,
    /// What of it counts as good or as bad.
    pub outcome: Outcome,
    /// The worst acceptable success rate, 0 < slo < 1.
    pub slo: f64,
}

/// What a rate speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RateScope {
    /// The whole operation, judged for each rollout stage.
    Rollout,
    /// One step of the operation, such as `attach`.
    Step,
}

/// What of the attempts is counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// These succeeded.
    Successes(Selection),
    /// These failed.
    Failures(Selection),
}

/// Violations that are hard stops.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Guardrails {
    /// The signal that reports them; its labels joined by `:` in the order of `by` are the signature.
    pub signal: String,
    /// The signatures that the team knows, with meaning and triage.
    pub listed: Vec<Signature>,
    /// What to do about a divergence in general.
    pub triage: Vec<String>,
}

/// A known guardrail signature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signature {
    /// `stage:code`.
    pub signature: String,
    /// When it is raised.
    pub raised_when: String,
    /// What to do.
    pub triage: String,
}

/// A failure message that may reach a user.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailureMessage {
    /// The message as documented.
    pub text: String,
    /// Further exact forms of it that the product emits today.
    pub variants: Vec<String>,
    /// What it means.
    pub meaning: String,
}

/// A code that a signal reports, with its meaning and triage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Code {
    /// Signal that reports it.
    pub signal: String,
    /// Value of the signal's first label.
    pub code: String,
    /// `transient`, `integrity`, `configuration`: how it is grouped.
    pub class: String,
    /// What it means.
    pub meaning: String,
    /// What to do.
    pub triage: String,
}

/// What calls for a rollback.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trigger {
    /// Short name.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// The sentence of the team's document.
    pub requirement: Option<String>,
    /// Whether a guard that was armed for it may roll back by itself when it trips.
    pub automatic: bool,
    /// Any of these trips it; never empty.
    pub when: Vec<TripWire>,
}

/// One way for a trigger to trip.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TripWire {
    /// The rate is shown to be below its SLO in the present stage.
    FailureRate {
        /// Key of the rate.
        rate: String,
    },
    /// Occurrences with the same labels, as many as are no coincidence, within `within`.
    Repeated {
        /// What is counted.
        events: Selection,
        /// How many.
        threshold: Repetition,
        /// In how long.
        #[serde(serialize_with = "seconds")]
        within: Duration,
    },
    /// Any occurrence since the stage was entered.
    Any {
        /// What is counted.
        events: Selection,
    },
    /// An operator raised it.
    Raised,
}

/// How many occurrences are a repetition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Repetition {
    /// So many; at least 1.
    AtLeast(u64),
    /// As many as coincidence gives less than once in twenty days, where so many a day are usual; above 0.
    BackgroundPerDay(f64),
}

/// A class of what happens that is shown with a tally of its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Monitor {
    /// Short name, unique in the runbook.
    pub key: String,
    /// Name for people: `Storage errors: transient`.
    pub title: String,
    /// What is counted.
    pub events: Selection,
    /// The label of the signal that it is broken down by.
    pub by: String,
}

/// One step of the rollback procedure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProcedureStep {
    /// Short name: `disable`.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// What is done, in the document's words.
    pub detail: String,
    /// What gonogo does of it.
    pub does: StepKind,
}

/// What gonogo does of a step of the rollback procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// It takes the feature from everybody, until the store, read again, says off.
    Disable,
    /// It watches for uploads to be back on the old path.
    ConfirmLegacy,
    /// It keeps diagnostics.
    KeepDiagnostics,
    /// It lets nobody leave the first stage again before the fix.
    FixFirst,
    /// Nothing: people do it.
    ByHand,
}

/// How telemetry tells the new path from the old one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LegacyPath {
    /// What nobody does any more once the feature is off.
    pub gone: Selection,
    /// What everybody does again then.
    pub back: Selection,
    /// How often the users' SDKs ask the flag store: after this long, all of them know.
    #[serde(serialize_with = "seconds")]
    pub sdk_poll: Duration,
}

fn seconds<S: serde::Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(value.as_secs())
}

fn optional_seconds<S: serde::Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(|value| value.as_secs()).serialize(serializer)
}

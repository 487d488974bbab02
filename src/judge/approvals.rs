//! What people and tools put on record for a promotion: words, runs of the automated gate, checks, evidence, polls,
//! signatures.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Somebody's word for what telemetry cannot see. It stands for one gate and one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attestation {
    /// When.
    pub at: DateTime<Utc>,
    /// Stage key.
    pub stage: String,
    /// Gate key.
    pub gate: String,
    /// What was attested, word for word as the gate asked for it then.
    pub statement: String,
    /// The commit it was said of.
    pub candidate: Option<String>,
    /// By whom.
    pub operator: String,
    /// What it rests on.
    pub evidence: String,
}

/// A run of the automated gate, as it is on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QaReport {
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// By whom.
    pub operator: String,
    /// What it reported.
    #[serde(flatten)]
    pub run: QaRun,
}

/// A run of the automated gate, as it was reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QaRun {
    /// The command that was run.
    pub command: String,
    /// The commit that it says it ran on; `unknown` where the tool did not know.
    pub candidate: String,
    /// When it was begun.
    pub started_at: DateTime<Utc>,
    /// When it was over; none where it was cut off.
    pub completed_at: Option<DateTime<Utc>>,
    /// Whether nothing was really run.
    pub dry_run: bool,
    /// What it says of itself: no more than that nothing failed.
    pub all_passed: bool,
    /// What became of each check, in the order of the report.
    pub checks: Vec<QaCheck>,
    /// How its own totals contradict its checks, each in a few words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub odd: Vec<String>,
    /// SHA-256 of the report's bytes, lower-case hex; empty where there was none.
    pub digest: String,
    /// How it was run, where gonogo ran it. Of a run that was imported nothing is known of the tree it ran on.
    #[serde(default)]
    pub ran: Option<QaRan>,
}

/// A run of the automated gate that gonogo made itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QaRan {
    /// Exit code; none where a signal ended it.
    pub exit: Option<i32>,
    /// Why it was ended before it was done, if it was: somebody killed it, it took too long.
    pub killed: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The commit that was checked out when it began.
    pub head: Option<String>,
    /// Whether what ran was that commit and nothing else.
    pub tree: Tree,
    /// Everything that it printed.
    pub output: Option<KeptFile>,
    /// The report that it wrote; none where it wrote none that can be read.
    pub report: Option<KeptFile>,
}

/// Whether a checkout is its commit and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Tree {
    /// It is.
    Clean,
    /// Files differ from the commit, or are not in it.
    Dirty {
        /// The first of them, as paths from the root of the checkout.
        files: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// That could not be told.
    Unknown {
        /// Why not.
        why: String,
    },
}

/// A file of evidence, kept below the folder of the rollout on the machine of its entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Path from that folder, with `/`.
    pub path: String,
    /// Size in bytes, as kept.
    pub bytes: u64,
    /// SHA-256 of the file as kept, lower-case hex.
    pub digest: String,
    /// Whether it was longer, and only its beginning and end were kept.
    #[serde(default)]
    pub cut: bool,
}

/// One check of the automated gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QaCheck {
    /// Its id.
    pub id: String,
    /// `pass`, `fail`, `skipped`; any other word counts as not passed.
    pub status: String,
}

/// A check of the checklist that somebody made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// When.
    pub at: DateTime<Utc>,
    /// Check key.
    pub check: String,
    /// Where: `staging`, `production`.
    pub environment: String,
    /// How it went.
    pub outcome: CheckOutcome,
    /// The commit it was made on.
    pub candidate: Option<String>,
    /// By whom.
    pub operator: String,
    /// A remark.
    pub note: String,
    /// What shows it.
    #[serde(default)]
    pub attached: Option<Attached>,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckOutcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It could not be made.
    Blocked,
}

/// A signature. It is bound to stage and candidate, and falls with them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignOff {
    /// When.
    pub at: DateTime<Utc>,
    /// Stage key.
    pub stage: String,
    /// The commit that was signed for.
    pub candidate: Option<String>,
    /// The runbook's digest.
    pub runbook: String,
    /// By whom.
    pub operator: String,
    /// What was decided, in words.
    pub statement: String,
    /// Digest of what was approved; none in entries of earlier versions.
    #[serde(default)]
    pub approval: Option<String>,
    /// The sign-off block as it was signed: each field and what was in it.
    #[serde(default)]
    pub block: Vec<(String, String)>,
}

/// What shows something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Attached {
    /// An address, as it was given.
    Link {
        /// `http` or `https`.
        url: String,
    },
    /// A file, copied.
    File {
        /// The copy.
        file: KeptFile,
        /// Its name before.
        name: String,
    },
    /// Log lines.
    Logs {
        /// The lines, one a line.
        file: KeptFile,
        /// How many.
        lines: usize,
        /// Where they came from: server and query, or "by hand".
        source: String,
    },
}

/// Evidence for an item that the runbook lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// Key of the item.
    pub item: String,
    /// The commit that it shows something of.
    pub candidate: Option<String>,
    /// What was attached.
    pub attached: Attached,
    /// A remark.
    pub note: String,
}

/// Evidence on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttachmentRecord {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub operator: String,
    /// On which machine, where its file is.
    pub host: String,
    /// What.
    #[serde(flatten)]
    pub attachment: Attachment,
}

/// Who has a role, by the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// Since when.
    pub at: DateTime<Utc>,
    /// Who said so.
    pub operator: String,
    /// Who has it; none where nobody has it any more.
    pub name: Option<String>,
}

/// A role that a poll asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollRole {
    /// Role key.
    pub key: String,
    /// Name for people.
    pub title: String,
}

/// An answer in a go/no-go poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PollAnswer {
    /// Go on.
    Go,
    /// Do not.
    NoGo,
}

impl PollAnswer {
    /// The word for it: `GO`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
        }
    }
}

/// A go/no-go poll on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PollRecord {
    /// Its id.
    pub poll: String,
    /// When it began.
    pub at: DateTime<Utc>,
    /// Who opened it.
    pub operator: String,
    /// Stage key.
    pub stage: String,
    /// The commit that it is about.
    pub candidate: Option<String>,
    /// The runbook's digest.
    pub runbook: String,
    /// Who is asked, in this order.
    pub roles: Vec<PollRole>,
    /// What is asked, in words.
    pub question: String,
    /// Answers, oldest first; the last of a role counts.
    pub votes: Vec<Vote>,
    /// What was decided; none while it is open.
    pub decision: Option<Decision>,
    /// Every closing on record, oldest first, each with how many answers there were before it. The log does not know who
    /// may decide: which of them counts is judged.
    #[serde(default)]
    pub closings: Vec<(usize, Decision)>,
}

/// An answer on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    /// When.
    pub at: DateTime<Utc>,
    /// Role key.
    pub role: String,
    /// By whom.
    pub operator: String,
    /// The answer.
    pub answer: PollAnswer,
    /// Why.
    pub reason: String,
}

/// What was decided in a poll.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub operator: String,
    /// What.
    pub answer: PollAnswer,
    /// Why.
    pub reason: String,
}

impl PollRecord {
    /// The answer that counts for a role.
    pub fn answer(&self, role: &str) -> Option<&Vote> {
        self.votes.iter().rfind(|vote| vote.role == role)
    }
}

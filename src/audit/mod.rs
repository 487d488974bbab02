//! The audit log: append-only, hash-chained. Replaying it gives the [`crate::judge::History`].

mod chain;
mod file;
mod past;
mod qa_report;
mod replay;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
pub use file::FileLog;
pub(crate) use file::make_private;
pub use qa_report::{QaTotals, read_qa_report};
pub use replay::{replay, unfinished};
use serde::{Deserialize, Serialize};

use crate::{
    fault::Fault,
    flags::Plan,
    judge::{CheckOutcome, QaRun, Trouble},
    runbook::Exposure,
    snapshot::FlagState,
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// The rollout was first watched; its stage was inferred from the flag.
    Opened {
        /// Stage key.
        stage: String,
        /// When that stage is taken to have been entered.
        entered_at: DateTime<Utc>,
        /// The flag as it was found.
        flag: Option<FlagState>,
        /// The commit under rollout.
        #[serde(default)]
        candidate: Option<String>,
        /// Digest of the runbook that it is judged by.
        #[serde(default)]
        runbook: Option<String>,
    },
    /// Another candidate or another version of the runbook: evidence begins again.
    Basis {
        /// The commit under rollout.
        candidate: Option<String>,
        /// Digest of the runbook.
        runbook: String,
    },
    /// The flag was found changed by somebody else: evidence begins again.
    FlagFound {
        /// As it was found.
        flag: FlagState,
    },
    /// An action is about to be sent.
    Begun(Box<Begun>),
    /// An action was answered.
    Ended {
        /// The action's id.
        id: String,
        /// Which action.
        action: Action,
        /// How it ended.
        outcome: Outcome,
        /// The flag as read back, if it could be.
        after: Option<FlagState>,
    },
    /// A hard stop, a tripped trigger or a failed gate was resolved.
    Resolved {
        /// Which.
        #[serde(flatten)]
        trouble: Trouble,
        /// How, with evidence.
        evidence: String,
    },
    /// An operator raised a rollback trigger.
    Raised {
        /// Its key.
        trigger: String,
        /// Why.
        reason: String,
    },
    /// Somebody gave their word for what telemetry cannot see.
    Attested {
        /// Stage key.
        stage: String,
        /// Gate key.
        gate: String,
        /// What was attested.
        statement: String,
        /// The commit it was said of.
        candidate: Option<String>,
        /// What it rests on.
        evidence: String,
    },
    /// The automated gate was run, and reported this.
    QaReported(Box<QaRun>),
    /// Somebody made a check of the checklist.
    Checked {
        /// Check key.
        check: String,
        /// Where.
        environment: String,
        /// How it went.
        outcome: CheckOutcome,
        /// The commit it was made on.
        candidate: Option<String>,
        /// A remark, a link.
        note: String,
    },
    /// Somebody signed.
    SignedOff {
        /// Stage key.
        stage: String,
        /// The commit that was signed for.
        candidate: Option<String>,
        /// Digest of the runbook.
        runbook: String,
        /// What was decided, in words.
        statement: String,
    },
    /// A remark.
    Note {
        /// The remark.
        text: String,
    },
}

/// An action, before it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// Names this action; its end carries the same id.
    pub id: String,
    /// Which action.
    pub action: Action,
    /// Stage key before.
    pub from_stage: String,
    /// Stage key after.
    pub to_stage: String,
    /// The flag before, if it could be read.
    pub before: Option<FlagState>,
    /// What is to be served.
    pub target: Exposure,
    /// The writes, in order.
    pub plan: Plan,
    /// Why, in the operator's words.
    pub reason: String,
    /// The commit under rollout.
    pub candidate: Option<String>,
    /// Digest of the assessment that was confirmed; a rollback has none.
    pub digest: Option<String>,
    /// Digest of the runbook.
    #[serde(default)]
    pub runbook: Option<String>,
}

/// What an operator can do to the flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// On to the next stage.
    Advance,
    /// Off for everyone.
    Rollback,
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Outcome {
    /// The store, read again, says what was asked for.
    Verified,
    /// Nothing was sent, because something had changed or stood against it.
    Refused {
        /// What, worst first.
        why: Vec<String>,
    },
    /// Something was sent, and the store does not say what was asked for.
    NotConfirmed {
        /// What went wrong.
        fault: Fault,
    },
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// 1, 2, 3, ...
    pub seq: u64,
    /// When, by gonogo's clock.
    pub at: DateTime<Utc>,
    /// Who.
    pub operator: String,
    /// On which machine.
    pub host: String,
    /// By which version of gonogo.
    pub version: String,
    /// What happened.
    pub event: Event,
    /// Hash of the entry before; of the first, 64 zeros.
    pub previous: String,
    /// SHA-256 of this entry without this field, lower-case hex.
    pub hash: String,
}

/// The log as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// Whole entries, oldest first.
    pub entries: Vec<Entry>,
    /// What could not be read, in words: a torn last line, a broken chain.
    pub damage: Option<String>,
}

/// An append-only log.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Appends one event, and returns when it is on the disk.
    ///
    /// # Errors
    /// When it could not be made durable.
    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault>;

    /// Everything so far.
    ///
    /// # Errors
    /// When the log is there and cannot be opened. A log that is not there yet is empty.
    async fn read(&self) -> Result<Record, Fault>;
}

//! The audit log: append-only, hash-chained. Replaying it gives the [`crate::judge::History`].

mod anchor;
mod chain;
mod file;
mod journal;
mod moving;
mod outbox;
mod past;
pub mod postgres;
mod qa_file;
mod qa_report;
mod replay;
mod waiting;

pub use anchor::Anchored;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
pub use file::FileLog;
pub(crate) use file::make_private;
pub use moving::{Movable, move_log};
pub use outbox::Outbox;
pub use postgres::PostgresLog;
pub use qa_file::read_qa_file;
pub use qa_report::{QaTotals, read_qa_report};
pub use replay::{replay, unfinished};
use serde::{Deserialize, Serialize};
pub use waiting::{Kept, Waiting};

use crate::{
    fault::Fault,
    flags::{Plan, Write},
    judge::{CheckOutcome, LegacyEvidence, QaRun, Trouble},
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
    /// gonogo saw a trigger trip, a hard stop or a gate fail. It stands from here on, whatever telemetry forgets.
    Seen {
        /// Which.
        #[serde(flatten)]
        trouble: Trouble,
        /// What was seen, in one line.
        reason: String,
    },
    /// New uploads were seen on the legacy path again after a rollback.
    LegacyConfirmed {
        /// Id of the rollback.
        rollback: String,
        /// What that rests on.
        #[serde(flatten)]
        by: LegacyEvidence,
    },
    /// Diagnostics of a rollback were written down.
    DiagnosticsKept {
        /// Id of the rollback.
        rollback: String,
        /// At once, or at the end.
        phase: Phase,
        /// The folder, on the machine of this entry.
        folder: String,
        /// How many files are in it.
        files: usize,
        /// SHA-256 of its list of checksums, lower-case hex.
        digest: String,
    },
    /// Promotions are frozen.
    Paused {
        /// Why.
        reason: String,
    },
    /// Promotions go on.
    Unpaused {
        /// Why.
        reason: String,
    },
    /// Somebody holds the rollout, such as for a doubt about data integrity. A [`Event::Resolved`] clears it.
    HoldRaised {
        /// Names this hold.
        hold: String,
        /// Why.
        reason: String,
        /// What it rests on.
        evidence: String,
    },
    /// One of two people asks for a stage; the other confirms.
    Requested(Box<Request>),
    /// A request was taken back.
    Withdrawn {
        /// Id of the request.
        request: String,
        /// Why.
        why: String,
    },
    /// What somebody else made of the flag was accepted: the rollout is in this stage now.
    Adopted {
        /// Stage key.
        stage: String,
        /// The flag as it was found.
        flag: FlagState,
        /// Why.
        reason: String,
    },
    /// The log goes on elsewhere. Nothing may be appended here.
    Moved {
        /// Where, as [`AuditLog::place`] says.
        to: String,
    },
}

/// When diagnostics are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// When the rollback was confirmed.
    AtOnce,
    /// When the legacy path was confirmed.
    AtTheEnd,
}

/// The first of two people: what is to be done, and on what it rests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Names this request.
    pub id: String,
    /// Stage key before.
    pub from_stage: String,
    /// Stage key after.
    pub to_stage: String,
    /// The flag's version that the operator saw.
    pub flag_version: String,
    /// The candidate that the operator saw.
    pub candidate: Option<String>,
    /// Digest of the assessment that the operator saw.
    pub digest: String,
    /// The writes that the operator saw, in order.
    pub writes: Vec<Write>,
    /// Why.
    pub reason: String,
    /// Nobody can confirm it after this.
    pub expires_at: DateTime<Utc>,
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
    /// Id of the request that is confirmed by this, where it takes two people.
    #[serde(default)]
    pub request: Option<String>,
    /// The process that does it, on the host of this entry: whether it is gone tells whether the action was cut off.
    #[serde(default)]
    pub process: Option<u32>,
}

/// What an operator can do to the flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// On to the next stage.
    Advance,
    /// Off for everyone.
    Rollback,
    /// Back to the stage before, not all the way off.
    Reduce,
    /// Back to what the present stage says, after somebody else changed the flag.
    Restore,
}

impl Action {
    /// The word for it: `advance`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Advance => "advance",
            Self::Rollback => "rollback",
            Self::Reduce => "reduce",
            Self::Restore => "restore",
        }
    }

    /// While it runs: `advancing`.
    pub fn doing(self) -> &'static str {
        match self {
            Self::Advance => "advancing",
            Self::Rollback => "rolling back",
            Self::Reduce => "reducing",
            Self::Restore => "restoring",
        }
    }
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
    /// Where it ends.
    pub head: Head,
}

/// Where a log ends: names everything in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How many entries there are, those of other versions included.
    pub count: u64,
    /// Hash of the last; empty where there is none.
    pub hash: String,
}

impl Head {
    /// Whether a log that reads like `record` is this one, gone on; if not, what became of it, in words.
    ///
    /// # Errors
    /// Where it ends earlier, or where what it ended with then is not in it.
    pub fn is_in(&self, record: &Record) -> Result<(), String> {
        chain::continues(record, self)
    }
}

/// An append-only log.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Where it is, without any secret: a path, `postgres://HOST:PORT/DATABASE`.
    fn place(&self) -> String;

    /// Appends one event, and returns when it is durable in the log.
    ///
    /// # Errors
    /// When it could not be made durable. It is then not in the log, and will not be found there later; where a database
    /// went away while it was made durable and did not come back in time, the fault says that this is not known.
    async fn append(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault>;

    /// Appends one event if the log still ends at `head`: so that of many who decide on the same past, one acts.
    ///
    /// # Errors
    /// [`crate::fault::FaultKind::Changed`] where somebody else has appended since; else as for [`AuditLog::append`].
    async fn append_after(&self, head: &Head, at: DateTime<Utc>, operator: &str, event: Event) -> Result<Entry, Fault>;

    /// Takes one event in charge: when it returns, the event is durable here or in the log, and what is only here goes to
    /// the log, once and in order, as soon as that takes it. For what must be recorded and must not wait.
    ///
    /// # Errors
    /// When it is durable nowhere. It is kept in memory, shown by [`AuditLog::kept`], and tried again all the same.
    async fn append_soon(&self, at: DateTime<Utc>, operator: &str, event: Event) -> Result<(), Fault> {
        self.append(at, operator, event).await.map(drop)
    }

    /// Sends what is only here to the log: when it returns, everything that was taken in charge until now is in the log.
    ///
    /// # Errors
    /// Where the log does not take it. It then still waits.
    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }

    /// What is not in the log yet, oldest first: when, who, what.
    fn kept(&self) -> Vec<(DateTime<Utc>, String, Event)> {
        Vec::new()
    }

    /// The same, by where it is kept. A log that keeps nothing on the disk keeps it in memory.
    fn waiting(&self) -> Waiting {
        Waiting { in_memory: self.kept(), ..Waiting::default() }
    }

    /// Everything so far.
    ///
    /// # Errors
    /// When the log is there and cannot be opened. A log that is not there yet is empty.
    async fn read(&self) -> Result<Record, Fault>;

    /// Returns when the log may end elsewhere than at `seen`: within a second of an append, whoever made it. It also
    /// returns where it cannot tell, then not sooner than after a second.
    async fn changed(&self, _seen: &Head) {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

//! What is written down: each thing that happens to a rollout.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    fault::Fault,
    flags::{Plan, Write},
    judge::{Attached, Attachment, CheckOutcome, LegacyEvidence, PollAnswer, PollRole, QaRun, Trouble},
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
        /// A remark.
        note: String,
        /// What shows it.
        #[serde(default)]
        attached: Option<Attached>,
    },
    /// Evidence was attached.
    Attached(Box<Attachment>),
    /// Somebody has a role now, or nobody has.
    Assigned {
        /// Role key.
        role: String,
        /// Who; none where nobody has it any more.
        name: Option<String>,
    },
    /// A go/no-go poll began.
    PollOpened {
        /// Names this poll.
        poll: String,
        /// Stage key.
        stage: String,
        /// The commit that it is about.
        candidate: Option<String>,
        /// Digest of the runbook.
        runbook: String,
        /// Who is asked, in this order.
        roles: Vec<PollRole>,
        /// What is asked, in words.
        question: String,
    },
    /// Somebody answered for a role. A later answer for the same role takes its place.
    Voted {
        /// Id of the poll.
        poll: String,
        /// Role key.
        role: String,
        /// The answer.
        answer: PollAnswer,
        /// Why; a NO-GO has a reason.
        reason: String,
    },
    /// A poll was decided.
    PollClosed {
        /// Id of the poll.
        poll: String,
        /// What was decided.
        decision: PollAnswer,
        /// Why.
        reason: String,
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
        /// Digest of what was approved: [`crate::judge::Assessment::approval`]. None in entries of earlier versions.
        #[serde(default)]
        approval: Option<String>,
        /// The sign-off block as it was signed: each field and what was in it.
        #[serde(default)]
        block: Vec<(String, String)>,
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
        /// Where, as [`super::AuditLog::place`] says.
        to: String,
    },
}

/// When diagnostics are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

//! What changes the flag: state machines that say what to do next as data, and a driver that does it through the ports
//! and records it.

mod adopt;
mod alive;
mod attendant;
mod bounds;
mod change;
mod context;
mod decided;
mod draft;
mod driver;
mod named;
mod others;
mod people;
pub mod poll;
mod present;
pub mod procedure;
mod recall;
mod recheck;
mod recorder;
mod rollback;
mod settle;
mod sign_off;
mod writing;

use std::time::Duration;

pub use adopt::adopt;
pub use alive::{runs, this_host};
pub use attendant::{Attendant, AttendantContext, AttendantReport};
pub use change::{Asked, Change};
use chrono::{DateTime, Utc};
pub use context::{Assess, Context};
pub use decided::{Decided, append_decided};
pub use driver::perform;
pub use named::{append_named, names_first, told};
pub use others::Acted;
pub use people::{objections, request};
pub use present::{Present, allowance, blockers};
pub use recall::{Reading, recall};
pub use rollback::Rollback;
pub use settle::{basis, flag_found, interrupted, opening, settle};
pub use sign_off::{Signing, block, sign};

use crate::{
    audit::{Action, Outcome},
    fault::Fault,
    flags::Write,
    snapshot::FlagState,
};

/// What a change of exposure was confirmed on. All of it is checked again at the send.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// Key of the stage it leaves.
    pub from_stage: String,
    /// Key of the stage it enters.
    pub to_stage: String,
    /// The flag's version that the operator saw.
    pub flag_version: String,
    /// The candidate that the operator saw.
    pub candidate: Option<String>,
    /// Digest of the assessment that the operator saw.
    pub digest: String,
    /// The writes that the operator saw, in order.
    pub writes: Vec<Write>,
}

/// A confirmed action.
#[derive(Debug, Clone, PartialEq)]
pub enum Confirmed {
    /// On to the next stage.
    Advance {
        /// What it was confirmed on.
        binding: Binding,
        /// Why.
        reason: String,
        /// Id of another person's request that this confirms, where it takes two.
        request: Option<String>,
    },
    /// Back to the stage before, not all the way off.
    Reduce {
        /// What it was confirmed on; the digest is not checked again.
        binding: Binding,
        /// Why.
        reason: String,
    },
    /// Back to what the present stage says, rules of others taken away.
    Restore {
        /// What it was confirmed on; both stages are the present one.
        binding: Binding,
        /// Why.
        reason: String,
    },
    /// Off for everyone.
    Rollback {
        /// Why.
        reason: String,
        /// Id of a rollback on record that was cut off: this one takes it up, and no other is recorded.
        resumes: Option<String>,
    },
}

impl Confirmed {
    /// Which action it is.
    pub fn action(&self) -> Action {
        match self {
            Self::Advance { .. } => Action::Advance,
            Self::Rollback { .. } => Action::Rollback,
            Self::Reduce { .. } => Action::Reduce,
            Self::Restore { .. } => Action::Restore,
        }
    }

    /// Why, in the operator's words.
    pub fn reason(&self) -> &str {
        match self {
            Self::Advance { reason, .. }
            | Self::Reduce { reason, .. }
            | Self::Restore { reason, .. }
            | Self::Rollback { reason, .. } => reason,
        }
    }
}

/// What an operation reports while it runs, in the order in which it happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// It has begun.
    Begun {
        /// When it was confirmed.
        at: DateTime<Utc>,
    },
    /// The audit log could not be written; the entry is kept in memory and a rollback goes on regardless.
    NotRecorded(Fault),
    /// What could not be recorded even at the end, to be shown and kept by whoever watches.
    Kept(Vec<crate::audit::Event>),
    /// A write was sent.
    Sent {
        /// What it does.
        title: String,
        /// 1 for the first attempt.
        attempt: u32,
    },
    /// The store confirmed the write.
    Answered {
        /// What it does.
        title: String,
    },
    /// The store did not; it is sent again after a wait.
    Retrying {
        /// What it does.
        title: String,
        /// Why.
        fault: Fault,
        /// How many attempts were made.
        attempts: u32,
    },
    /// The flag was read back.
    ReadBack(Box<FlagState>),
    /// The store confirmed that it switched off, and the flag, read after that, is not off yet: this.
    Converging(Box<FlagState>),
    /// Another rollback was under way already, or had been verified in this stay: this one joined it.
    Joined {
        /// Who began the other.
        operator: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// It is over.
    Ended {
        /// How.
        outcome: Outcome,
        /// The flag as last read.
        after: Option<Box<FlagState>>,
    },
}

/// What an operation is told.
#[derive(Debug)]
pub enum Event {
    /// Everything that it was confirmed on was read and judged afresh.
    Rechecked(Result<Box<Present>, Fault>),
    /// The entry that says that it begins is on record, or it is not; [`crate::fault::FaultKind::Changed`] where somebody
    /// else wrote into the log since all was checked.
    Recorded(Result<(), Fault>),
    /// Who has begun a rollback since this began, if anybody has.
    Overtaken(Result<Option<Acted>, Fault>),
    /// The store answered the write, or it did not.
    Answered(Result<(), Fault>),
    /// The flag was read, or it was not.
    Read(Result<Box<FlagState>, Fault>),
    /// The wait is over.
    Waited,
    /// There is no time left for another attempt.
    OutOfTime,
}

/// What an operation asks for. Each but [`Effect::Report`] and [`Effect::Finish`] is answered by one [`Event`].
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read the flag, judge afresh, plan.
    Recheck,
    /// Record that it begins.
    Record,
    /// See in the log whether somebody has begun a rollback since.
    Look,
    /// Make this write.
    Write(Write),
    /// Read the flag.
    Read,
    /// Wait.
    Wait(Duration),
    /// Tell whoever watches.
    Report(Progress),
    /// It is over.
    Finish {
        /// How.
        outcome: Outcome,
        /// The flag as last read.
        after: Option<Box<FlagState>>,
    },
}

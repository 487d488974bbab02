//! What a promotion rests on beside telemetry: who has which role, what the poll came to, what is deployed, what evidence
//! there is.

use super::{PollAnswer, PollRecord, Shown, Vote};
use crate::runbook::Duty;

/// Who has a role.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleAssessment {
    /// Role key.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// What else the role does.
    pub duty: Option<Duty>,
    /// Who has it; none where nobody has.
    pub name: Option<String>,
}

/// What there is of one item of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceAssessment {
    /// Key of the item.
    pub key: String,
    /// What it is, in the document's words.
    pub title: String,
    /// What there is, oldest first; of the candidate and of no other.
    pub shown: Vec<Shown>,
    /// What is missing, in one line; none where there is something.
    pub open: Option<String>,
}

/// A go/no-go poll, as far as it still counts.
#[derive(Debug, Clone, PartialEq)]
pub struct PollAssessment {
    /// The poll, harmless, with the answers and the decision that count.
    pub record: PollRecord,
    /// Why it counts no more, if so: another candidate, another runbook, the stage was entered again.
    pub fell: Option<String>,
    /// Each role that it asks, in order, and the answer that counts.
    pub answers: Vec<RoleAnswer>,
}

impl PollAssessment {
    /// Whether answers are awaited.
    pub fn open(&self) -> bool {
        self.fell.is_none() && self.record.decision.is_none()
    }

    /// Roles that say NO-GO, in order.
    pub fn dissent(&self) -> impl Iterator<Item = &RoleAnswer> {
        self.answers.iter().filter(|answer| answer.vote.as_ref().is_some_and(|vote| vote.answer == PollAnswer::NoGo))
    }

    /// How many roles have answered.
    pub fn answered(&self) -> usize {
        self.answers.iter().filter(|answer| answer.vote.is_some()).count()
    }
}

/// What a role answered.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleAnswer {
    /// Role key.
    pub key: String,
    /// Name for people.
    pub title: String,
    /// Who has the role now; none where nobody has.
    pub name: Option<String>,
    /// The answer; none yet.
    pub vote: Option<Vote>,
}

/// What is deployed beside the candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct DeployedAssessment {
    /// Commits and how many instances run each, most first; empty where nothing was told.
    pub commits: Vec<(String, u64)>,
    /// How many instances run the candidate.
    pub on_candidate: u64,
    /// Whether some of it is another commit than the candidate. Where some of it is the candidate, too, a deployment is
    /// under way.
    pub differs: bool,
    /// Whether all of it is the candidate.
    pub matches: bool,
    /// Why not, or that it is not known, in one line; none where it matches.
    pub why: Option<String>,
    /// Whether that blocks: it differs, or it must be known and is not.
    pub blocks: bool,
}

impl DeployedAssessment {
    /// Whether some instances run the candidate already, and others do not.
    pub fn under_way(&self) -> bool {
        self.differs && self.on_candidate > 0
    }

    /// Whether it must be known and is not.
    pub fn unknown(&self) -> bool {
        self.blocks && !self.differs
    }
}

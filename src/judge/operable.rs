//! Where the operations stand: what else may be done, what is frozen, held, asked for, rolled back.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ActionAssessment, BlockField, DeployedAssessment, EvidenceAssessment, Paused, PollAssessment, RaisedHold,
    RoleAssessment, SignOff,
};
use crate::runbook::{Exposure, StepKind};

/// Where the operations stand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// Whether it may be reduced to the stage before, which is given.
    pub reduce: ActionAssessment,
    /// Whether what somebody else made of the flag may be undone: the present stage's exposure written again.
    pub restore: ActionAssessment,
    /// Whether what somebody else made of the flag may be accepted: the stage that says just that is given.
    pub adopt: ActionAssessment,
    /// Who froze promotions, if they are frozen.
    pub paused: Option<Paused>,
    /// Holds that stand, oldest first.
    pub holds: Vec<RaisedHold>,
    /// What keeps the first stage from being left again after a rollback; none where there is no such rollback.
    pub interlock: Option<InterlockAssessment>,
    /// The last rollback and how far its procedure is; none once the first stage was left again.
    pub procedure: Option<ProcedureAssessment>,
    /// Whether the present stage has been seen to serve; none where it exposes nobody.
    pub serving: Option<ServingAssessment>,
    /// How long a request for the next stage stands, where entering it takes two people.
    pub second_person: Option<TimeDelta>,
    /// The latest request for the next stage, fallen or not.
    pub request: Option<RequestAssessment>,
    /// Who changed the flag last, when and what, as far as the store tells.
    pub changed: Option<FlagChanged>,
    /// Who has which role, in the order of the runbook.
    pub roles: Vec<RoleAssessment>,
    /// The latest poll of the present stage; none where none was held in it.
    pub poll: Option<PollAssessment>,
    /// The signature that stands in the present stage.
    pub signature: Option<SignOff>,
    /// What there is of the evidence that the runbook lists, in its order.
    pub evidence: Vec<EvidenceAssessment>,
    /// The sign-off block for the candidate, in the order of the runbook.
    pub sign_off: Vec<BlockField>,
    /// What telemetry says is deployed, where the runbook says how it tells.
    pub deployed: Option<DeployedAssessment>,
    /// When the present run began: what was seen from here on stands until it is resolved.
    pub run_began: Option<DateTime<Utc>>,
}

/// The last change of the flag, as far as the store tells.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagChanged {
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// By whom.
    pub by: Option<String>,
    /// What, in one line.
    pub what: Option<String>,
}

/// What keeps the first stage from being left again after a rollback.
#[derive(Debug, Clone, PartialEq)]
pub struct InterlockAssessment {
    /// Id of the rollback.
    pub rollback: String,
    /// The commit that was rolled back.
    pub rolled_back: Option<String>,
    /// What is needed, in order: another candidate, a green automated gate on it, a resolution.
    pub needs: Vec<Need>,
}

impl InterlockAssessment {
    /// Whether it blocks.
    pub fn locked(&self) -> bool {
        self.needs.iter().any(|need| !need.met)
    }
}

/// One thing that the interlock needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// Short name: `candidate`, `qa`, `resolution`.
    pub key: &'static str,
    /// In a few words: `another candidate`.
    pub title: String,
    /// Whether it is there.
    pub met: bool,
    /// What there is, or what is missing and how to put it right, in one line.
    pub found: String,
}

/// A rollback, and how far its procedure is. Shown until the first stage is left again.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcedureAssessment {
    /// Id of the rollback.
    pub rollback: String,
    /// When it was confirmed: its clock runs from here.
    pub at: DateTime<Utc>,
    /// By whom, and on which machine.
    pub operator: String,
    /// On which machine.
    pub host: String,
    /// Why.
    pub reason: String,
    /// The stage that it left.
    pub from_stage: String,
    /// Who was served before, where it was known.
    pub before: Option<Exposure>,
    /// Others who rolled back, too: it stays one rollback.
    pub joined: Vec<String>,
    /// Where the legacy path stands by telemetry, whatever is recorded of it.
    pub legacy: LegacyAssessment,
    /// Each step of the runbook's procedure, in its order.
    pub steps: Vec<StepAssessment>,
    /// When everything up to the interlock was done; its clock stops here.
    pub done_at: Option<DateTime<Utc>>,
}

/// One step of the rollback procedure.
#[derive(Debug, Clone, PartialEq)]
pub struct StepAssessment {
    /// Name for people.
    pub title: String,
    /// What gonogo does of it.
    pub does: StepKind,
    /// How far it is.
    pub state: StepState,
    /// What was found, in one line; empty where there is nothing to say.
    pub found: String,
}

/// How far a step of the rollback procedure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// It waits for an earlier step.
    Waiting,
    /// The store was asked.
    Requested,
    /// The store confirmed.
    Confirmed,
    /// It is on its way: not everybody knows yet.
    Converging,
    /// It was seen to be so.
    Verified,
    /// A person gave their word for it.
    Attested,
    /// It cannot be seen.
    Blind,
    /// Diagnostics are kept; so far those that were there at once.
    Kept,
    /// The interlock blocks.
    Locked,
    /// The interlock is open.
    Open,
    /// People do it.
    ByHand,
}

impl StepState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Requested => "requested",
            Self::Confirmed => "confirmed",
            Self::Converging => "converging",
            Self::Verified => "verified",
            Self::Attested => "attested",
            Self::Blind => "cannot be seen",
            Self::Kept => "kept",
            Self::Locked => "locked",
            Self::Open => "open",
            Self::ByHand => "by hand",
        }
    }
}

/// Whether users are back on the old path, by telemetry.
#[derive(Debug, Clone, PartialEq)]
pub struct LegacyAssessment {
    /// Converging, Verified or Blind; Waiting before the store says off.
    pub state: StepState,
    /// How many used the new path since the store said off.
    pub gone: u64,
    /// How many used the old path since then.
    pub back: u64,
    /// When the last use of the new path was counted.
    pub last_gone: Option<DateTime<Utc>>,
    /// When all SDKs have asked the store again, by the runbook.
    pub sdks_by: Option<DateTime<Utc>>,
    /// By minute, from a quarter of an hour before the rollback on: minute, new path, old path; oldest first.
    pub minutes: Vec<(i64, u64, u64)>,
    /// In one line: what was seen, what is awaited, why it is blind.
    pub found: String,
}

/// Whether the present stage has been seen to serve.
#[derive(Debug, Clone, PartialEq)]
pub struct ServingAssessment {
    /// The first attempt counted since the stage was entered.
    pub since: Option<DateTime<Utc>>,
    /// How many attempts since.
    pub attempts: u64,
    /// Why it cannot be seen, if so.
    pub blind: Option<String>,
}

/// A request that waits for a second person.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestAssessment {
    /// Its id.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub operator: String,
    /// The stage that is asked for.
    pub to: String,
    /// Why.
    pub reason: String,
    /// Nobody can confirm it after this.
    pub expires_at: DateTime<Utc>,
    /// Why it fell, worst first; empty while it stands.
    pub fallen: Vec<String>,
}

//! What a line of the list says of a rollout: its cockpit's model, in short.

use chrono::{DateTime, Utc};

use crate::{
    audit::Outcome,
    judge::{Call, TriggerState, roles},
    snapshot::SourceState,
    tui::model::Model,
};

/// How a rollout stands, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// NO-GO, and a rollback is called for: a hard stop stands, a trigger tripped; or one could not be confirmed.
    Stop,
    /// NO-GO.
    NoGo,
    /// It cannot be opened: nobody watches it.
    Broken,
    /// HOLD, because something cannot be seen.
    Blind,
    /// Nothing was judged yet.
    Unseen,
    /// HOLD, evidence is pending.
    Pending,
    /// GO.
    Go,
}

impl Rank {
    /// As on the screen. Beside it stands a glyph that tells two of one word apart.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop | Self::NoGo => Call::NoGo.banner(),
            Self::Broken => "broken",
            Self::Unseen => "unseen",
            Self::Blind | Self::Pending => Call::Hold.banner(),
            Self::Go => Call::Go.banner(),
        }
    }
}

/// The stage that a rollout is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its number, as the cockpit has it: the first one is 0.
    pub number: usize,
    /// The number of the last one.
    pub last: usize,
    /// Name for people.
    pub title: String,
}

/// How a rollout stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// How bad it is.
    pub rank: Rank,
    /// The stage that it is in; none while that is not known.
    pub stage: Option<Stage>,
    /// Who gets the feature, in words; none while that is not known.
    pub serves: Option<String>,
    /// Why it stands so, the worst first.
    pub reason: String,
    /// When the source that was silent longest last answered; none where one never did.
    pub heard: Option<DateTime<Utc>>,
    /// Each source and how it is: the flag store, then telemetry.
    pub sources: Vec<(String, SourceState)>,
    /// What a source complains of, in words.
    pub problem: Option<String>,
    /// Who has a duty in it, and which: `Rollback owner`, `ann`.
    pub owners: Vec<(String, String)>,
    /// What is done to it from here now: `rolling back`, `the automated gate runs`.
    pub under_way: Option<&'static str>,
}

impl Standing {
    /// How the rollout of this cockpit stands.
    pub fn of(model: &Model) -> Self {
        let assessment = model.assessment.as_deref();
        let last = model.facts.runbook.stages.len().saturating_sub(1);
        let action = model.operation.as_ref().filter(|operation| operation.runs());
        let gate = model.gate_runs().then_some("the automated gate runs");
        let heard = model.sources().map(|source| source.last_ok);
        let failed = model.sources().into_iter().find_map(|source| source.error.as_ref());
        Self {
            rank: rank(model),
            stage: assessment.map(|a| Stage { number: a.stage.index, last, title: a.stage.title.clone() }),
            serves: model.serves().map(|serves| serves.to_string()),
            reason: reason(model),
            heard: if heard.contains(&None) { None } else { heard.into_iter().flatten().min() },
            sources: model.sources().map(|source| (source.name.clone(), source.state)).to_vec(),
            problem: failed.map(ToString::to_string),
            owners: owners(model),
            under_way: action.map(|operation| operation.action.doing()).or(gate),
        }
    }
}

/// Who the log names, else who the configuration does; before the log was read, nobody can tell.
fn owners(model: &Model) -> Vec<(String, String)> {
    let Some(history) = model.history.as_deref() else { return Vec::new() };
    let on_duty = roles(&model.facts.runbook, history).into_iter().filter(|role| role.duty.is_some());
    on_duty.filter_map(|role| Some((role.title, role.name?))).collect()
}

/// The rollback that this run of gonogo could not bring to its end.
fn unconfirmed(model: &Model) -> Option<String> {
    let operation = model.operation.as_ref()?;
    match &operation.ended {
        Some((_, Outcome::NotConfirmed { fault })) => {
            Some(format!("{} NOT CONFIRMED: {fault}", operation.action.word()))
        }
        _ => None,
    }
}

fn rank(model: &Model) -> Rank {
    if unconfirmed(model).is_some() {
        return Rank::Stop;
    }
    let Some(assessment) = model.assessment.as_deref() else { return Rank::Unseen };
    let tripped = assessment.triggers.iter().any(|trigger| trigger.state == TriggerState::Tripped);
    match assessment.call {
        _ if tripped || !assessment.hard_stops.is_empty() => Rank::Stop,
        Call::NoGo => Rank::NoGo,
        Call::Hold if assessment.exit_code() == 5 => Rank::Blind,
        Call::Hold => Rank::Pending,
        Call::Go => Rank::Go,
    }
}

fn reason(model: &Model) -> String {
    if let Some(unconfirmed) = unconfirmed(model) {
        return unconfirmed;
    }
    if let Some(assessment) = model.assessment.as_deref() {
        return assessment.headline.clone();
    }
    if let Some(fault) = &model.warning {
        return format!("nothing judged: {fault}");
    }
    if let Some(fault) = model.sources().into_iter().find_map(|source| source.error.as_ref()) {
        return format!("nothing judged yet: {fault}");
    }
    match model.heard() {
        true => "nothing judged yet: reading the audit log".to_owned(),
        false => "nothing judged yet: connecting".to_owned(),
    }
}

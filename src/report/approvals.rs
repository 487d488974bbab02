//! Roles, poll, deployment, signature, evidence and the sign-off block, as in the status.

use serde::Serialize;

use super::status::time;
use crate::{
    judge::{self, Standing},
    runbook::Duty,
};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Approvals {
    roles: Vec<Role>,
    poll: Option<Poll>,
    deployed: Option<Deployed>,
    signature: Option<Signature>,
    evidence: Vec<Evidence>,
    sign_off: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Role {
    key: String,
    title: String,
    duty: Option<Duty>,
    name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Poll {
    id: String,
    at: String,
    operator: String,
    candidate: Option<String>,
    question: String,
    open: bool,
    fell: Option<String>,
    answered: usize,
    answers: Vec<Answer>,
    decision: Option<Said>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Answer {
    role: String,
    title: String,
    name: Option<String>,
    vote: Option<Said>,
}

/// Somebody's answer or decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Said {
    answer: judge::PollAnswer,
    at: String,
    operator: String,
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Deployed {
    commits: Vec<Commit>,
    on_candidate: u64,
    matches: bool,
    under_way: bool,
    blocks: bool,
    why: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Commit {
    commit: String,
    instances: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Signature {
    at: String,
    operator: String,
    statement: String,
    candidate: Option<String>,
    approval: Option<String>,
    block: Vec<Signed>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Signed {
    title: String,
    value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Evidence {
    item: String,
    title: String,
    shown: Vec<Shown>,
    open: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Shown {
    at: String,
    operator: String,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Field {
    title: String,
    value: Option<String>,
    open: Option<String>,
}

impl Approvals {
    pub(super) fn of(standing: &Standing) -> Self {
        let roles = standing.roles.iter().map(|role| Role {
            key: role.key.clone(),
            title: role.title.clone(),
            duty: role.duty,
            name: role.name.clone(),
        });
        let evidence = standing.evidence.iter().map(|item| Evidence {
            item: item.key.clone(),
            title: item.title.clone(),
            shown: item.shown.iter().map(Shown::of).collect(),
            open: item.open.clone(),
        });
        let block = standing.sign_off.iter().map(|field| Field {
            title: field.title.clone(),
            value: field.value.clone(),
            open: field.open.clone(),
        });
        Self {
            roles: roles.collect(),
            poll: standing.poll.as_ref().map(Poll::of),
            deployed: standing.deployed.as_ref().map(Deployed::of),
            signature: standing.signature.as_ref().map(Signature::of),
            evidence: evidence.collect(),
            sign_off: block.collect(),
        }
    }
}

impl Poll {
    fn of(poll: &judge::PollAssessment) -> Self {
        let answers = poll.answers.iter().map(|answer| Answer {
            role: answer.key.clone(),
            title: answer.title.clone(),
            name: answer.name.clone(),
            vote: answer.vote.as_ref().map(|vote| Said {
                answer: vote.answer,
                at: time(vote.at),
                operator: vote.operator.clone(),
                reason: vote.reason.clone(),
            }),
        });
        let record = &poll.record;
        Self {
            id: record.poll.clone(),
            at: time(record.at),
            operator: record.operator.clone(),
            candidate: record.candidate.clone(),
            question: record.question.clone(),
            open: poll.open(),
            fell: poll.fell.clone(),
            answered: poll.answered(),
            answers: answers.collect(),
            decision: record.decision.as_ref().map(|decision| Said {
                answer: decision.answer,
                at: time(decision.at),
                operator: decision.operator.clone(),
                reason: decision.reason.clone(),
            }),
        }
    }
}

impl Deployed {
    fn of(deployed: &judge::DeployedAssessment) -> Self {
        let commits = deployed.commits.iter();
        let commits = commits.map(|(commit, instances)| Commit { commit: commit.clone(), instances: *instances });
        Self {
            commits: commits.collect(),
            on_candidate: deployed.on_candidate,
            matches: deployed.matches,
            under_way: deployed.under_way(),
            blocks: deployed.blocks,
            why: deployed.why.clone(),
        }
    }
}

impl Signature {
    fn of(signed: &judge::SignOff) -> Self {
        let block = signed.block.iter().map(|(title, value)| Signed { title: title.clone(), value: value.clone() });
        Self {
            at: time(signed.at),
            operator: signed.operator.clone(),
            statement: signed.statement.clone(),
            candidate: signed.candidate.clone(),
            approval: signed.approval.clone(),
            block: block.collect(),
        }
    }
}

impl Shown {
    fn of(shown: &judge::Shown) -> Self {
        Self { at: time(shown.at), operator: shown.operator.clone(), text: shown.text.clone() }
    }
}

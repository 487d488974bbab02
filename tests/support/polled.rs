//! A go/no-go poll: roles, who has them, and what each says.
#![allow(dead_code, missing_docs)]

use std::sync::Arc;

use chrono::TimeDelta;
use gonogo::{
    judge::{
        Assessment, Assignment, Decision, DeployedAssessment, History, PollAnswer, PollAssessment, PollRecord,
        PollRole, RoleAnswer, RoleAssessment, Vote,
    },
    runbook::{Duty, Role, Runbook},
    tui::model::{Model, Screen},
};

use crate::cockpit::*;

pub const ROLES: [(&str, &str, Option<Duty>, Option<&str>); 5] = [
    ("release-owner", "Release owner", Some(Duty::ReleaseOwner), Some("owner")),
    ("rollback-owner", "Rollback owner", Some(Duty::RollbackOwner), Some("oncall")),
    ("client", "Client", None, Some("mira")),
    ("api", "API", None, Some("oncall")),
    ("storage", "Storage", None, None),
];
pub const SHA: &str = "018e611c0ffee4a7d2b9e35f60c1d8a4b7e92f53";

pub fn with_roles() -> Arc<Runbook> {
    let mut runbook = Runbook::clone(&runbook());
    let role = |(key, title, duty, _): &(&str, &str, Option<Duty>, Option<&str>)| Role {
        key: (*key).into(),
        title: (*title).into(),
        duty: *duty,
        configured: None,
    };
    runbook.roles = ROLES.iter().map(role).collect();
    Arc::new(runbook)
}

/// A poll of a quarter of an hour ago with these answers, in the order of the roles.
pub fn record(answers: &[Option<(PollAnswer, &str)>]) -> PollRecord {
    let at = now() - TimeDelta::minutes(15);
    let votes = ROLES.iter().zip(answers).filter_map(|((key, _, _, name), answer)| {
        let (answer, reason) = (*answer)?;
        let (role, operator) = ((*key).into(), name.unwrap_or("somebody").into());
        Some(Vote { at: at + TimeDelta::minutes(5), role, operator, answer, reason: reason.into() })
    });
    PollRecord {
        poll: "p1".into(),
        at,
        operator: "owner".into(),
        stage: "limited-external".into(),
        candidate: Some(SHA.into()),
        runbook: runbook().digest.clone(),
        roles: ROLES.iter().map(|(key, title, ..)| PollRole { key: (*key).into(), title: (*title).into() }).collect(),
        question: "Go on to 3 Default-on?".into(),
        votes: votes.collect(),
        decision: None,
        closings: Vec::new(),
    }
}

pub fn go(reason: &'static str) -> Option<(PollAnswer, &'static str)> {
    Some((PollAnswer::Go, reason))
}

pub fn no_go_of(reason: &'static str) -> Option<(PollAnswer, &'static str)> {
    Some((PollAnswer::NoGo, reason))
}

pub fn said() -> PollRecord {
    record(&[go(""), go("ready"), go(""), no_go_of("waits for the divergence gate"), None])
}

pub fn decided() -> PollRecord {
    let (at, operator) = (now() - TimeDelta::minutes(2), "owner".to_owned());
    let reason = "the divergence gate is about another path".to_owned();
    PollRecord { decision: Some(Decision { at, operator, answer: PollAnswer::Go, reason }), ..said() }
}

/// The briefing with these roles given and this poll held.
pub fn briefing(assessment: Assessment, poll: Option<PollRecord>, size: (u16, u16)) -> Model {
    let mut model = model(assessment, size);
    model.facts.runbook = with_roles();
    model.facts.candidate = Some(SHA.into());
    put(&mut model, poll, None);
    model.screen = Screen::Briefing;
    model
}

pub fn put(model: &mut Model, poll: Option<PollRecord>, fell: Option<&str>) {
    let mut history = History::clone(model.history.as_ref().unwrap());
    for (key, _, _, name) in ROLES {
        let assigned = Assignment { at: now(), operator: "owner".into(), name: name.map(Into::into) };
        history.assigned.insert(key.into(), assigned);
    }
    history.polls = poll.clone().into_iter().collect();
    model.history = Some(Arc::new(history));
    let mut a = Assessment::clone(model.assessment.as_ref().unwrap());
    let role = |(key, title, duty, name): &(&str, &str, Option<Duty>, Option<&str>)| RoleAssessment {
        key: (*key).into(),
        title: (*title).into(),
        duty: *duty,
        name: name.map(Into::into),
    };
    a.standing.roles = ROLES.iter().map(role).collect();
    a.standing.poll = poll.map(|record| {
        let answers = record.roles.iter().zip(&ROLES).map(|(role, (_, _, _, name))| RoleAnswer {
            key: role.key.clone(),
            title: role.title.clone(),
            name: name.map(Into::into),
            vote: record.answer(&role.key).cloned(),
        });
        PollAssessment { answers: answers.collect(), fell: fell.map(Into::into), record: record.clone() }
    });
    let commits = vec![(SHA.to_owned(), 12)];
    a.standing.deployed =
        Some(DeployedAssessment { commits, on_candidate: 12, differs: false, matches: true, why: None, blocks: false });
    model.assessment = Some(Arc::new(a));
}
